/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The series of a batch: the records of one type of one DER, and in which order they
 * take turns. For columns.h.
 */
#ifndef OVPP_COLUMNS_SERIES_H
#define OVPP_COLUMNS_SERIES_H

#include <linux/openvpp.h>

#include "columns_io.h"
#include "evidence.h"

/* Slots of the table that finds a series: a power of two, never full. */
#define OVPP_SERIES_SLOTS (2 * OVPP_BATCH_RECORDS)

/**
 * struct ovpp_series - a series
 * @first: its first record
 * @n: records
 * @at: of the others, in struct ovpp_series_set.other
 * @next: the series whose record came after the last one of this; none yet: the
 *	number of series
 */
struct ovpp_series {
	uint16_t first;
	uint16_t n;
	uint16_t at;
	uint16_t next;
};

/**
 * struct ovpp_series_set - series in the order of their first records
 * @n: series
 * @records: records
 * @of: the series of each record
 * @series: all of them
 * @other: records that are not the first of their series, series by series
 * @slot: number of a series + 1, or 0
 */
struct ovpp_series_set {
	size_t n;
	size_t records;
	uint16_t of[OVPP_BATCH_RECORDS];
	struct ovpp_series series[OVPP_BATCH_RECORDS];
	uint16_t other[OVPP_BATCH_RECORDS];
	uint16_t slot[OVPP_SERIES_SLOTS];
};

/*
 * Series of @n records, and their order as bytes: room for 5 * @n + 5. Return: after
 * the bytes.
 */
uint8_t *ovpp_series_put(struct ovpp_series_set *set, const struct ovpp_record *rec, size_t n,
			 uint8_t *at);

/* Series of @n records from their order; without it, @in->bad is set. */
void ovpp_series_get(struct ovpp_series_set *set, size_t n, struct ovpp_bytes_in *in);

#endif /* OVPP_COLUMNS_SERIES_H */
