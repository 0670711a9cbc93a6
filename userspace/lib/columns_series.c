// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Series take turns in nearly the same order all the time. So the next one is taken
 * to be the one that came next the last time, and only what is different is written:
 * pairs of how many were as expected and which one it was then. A number that was not
 * there yet is a new series. The last pair has only its first part.
 */
#include "columns_series.h"

static void series_clear(struct ovpp_series_set *set, size_t records)
{
	set->n = 0;
	set->records = records;
}

/* Record @i is of series @s; @before: the series of the one before. */
static void series_add(struct ovpp_series_set *set, size_t i, size_t s, size_t before)
{
	if (s == set->n)
		set->series[set->n++] =
			(struct ovpp_series){.first = (uint16_t)i, .next = OVPP_BATCH_RECORDS};
	set->series[s].n++;
	set->of[i] = (uint16_t)s;
	if (i)
		set->series[before].next = (uint16_t)s;
}

/* Which series is expected after @before? */
static size_t series_expected(const struct ovpp_series_set *set, size_t before)
{
	size_t next = set->n ? set->series[before].next : 0;

	return next < set->n ? next : set->n;
}

/* The places of the other records, in the order of series. */
static void series_sort(struct ovpp_series_set *set)
{
	uint16_t at = 0;

	for (size_t s = 0; s < set->n; s++) {
		set->series[s].at = at;
		at = (uint16_t)(at + set->series[s].n - 1);
	}
	for (size_t i = 0; i < set->records; i++) {
		struct ovpp_series *s = &set->series[set->of[i]];

		if (s->first != i)
			set->other[s->at++] = (uint16_t)i;
	}
	for (size_t s = 0; s < set->n; s++)
		set->series[s].at = (uint16_t)(set->series[s].at - (set->series[s].n - 1));
}

static bool same(const struct ovpp_record *a, const struct ovpp_record *b)
{
	return a->type == b->type && a->der == b->der;
}

/* The series of a record, or the number of series: a new one. */
static size_t series_find(struct ovpp_series_set *set, const struct ovpp_record *rec, size_t i)
{
	uint32_t slot = (rec[i].der * 5 + rec[i].type) * UINT32_C(2654435761) >> 19;

	for (;; slot++) {
		uint16_t *s = &set->slot[slot % OVPP_SERIES_SLOTS];

		if (!*s)
			*s = (uint16_t)(set->n + 1);
		if (*s == set->n + 1 || same(&rec[set->series[*s - 1].first], &rec[i]))
			return *s - 1U;
	}
}

uint8_t *ovpp_series_put(struct ovpp_series_set *set, const struct ovpp_record *rec, size_t n,
			 uint8_t *at)
{
	size_t before = 0, run = 0;

	series_clear(set, n);
	memset(set->slot, 0, sizeof(set->slot));
	for (size_t i = 0; i < n; i++) {
		size_t expected = series_expected(set, before), s = expected;

		if (s == set->n || !same(&rec[set->series[s].first], &rec[i]))
			s = series_find(set, rec, i);
		if (s == expected) {
			run++;
		} else {
			at = ovpp_put_varint(at, run);
			at = ovpp_put_varint(at, s);
			run = 0;
		}
		series_add(set, i, s, before);
		before = s;
	}
	series_sort(set);
	return ovpp_put_varint(at, run);
}

void ovpp_series_get(struct ovpp_series_set *set, size_t n, struct ovpp_bytes_in *in)
{
	size_t before = 0, run = ovpp_get_below(in, n);

	series_clear(set, n);
	for (size_t i = 0; i < n && !in->bad; i++) {
		size_t s = series_expected(set, before);

		if (run) {
			run--;
		} else {
			s = ovpp_get_below(in, set->n);
			run = ovpp_get_below(in, n - i - 1);
		}
		series_add(set, i, s, before);
		before = s;
	}
	if (!in->bad)
		series_sort(set);
}
