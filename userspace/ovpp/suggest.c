// SPDX-License-Identifier: GPL-2.0-or-later
#include "suggest.h"

#include <string.h>
#include <strings.h>

#define WORD_MAX 32

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, deletions, replacements and swaps of neighbours. */
static size_t distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	size_t d[WORD_MAX + 1][WORD_MAX + 1];

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= na; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			size_t differ = a[i - 1] != b[j - 1];

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + differ);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

/* Words that other tools use for the same thing. */
static const char *synonym(const char *typed)
{
	static const char *const words[][2] = {
		{"ls", "list"},	      {"rm", "del"},	 {"remove", "del"},	 {"delete", "del"},
		{"create", "add"},    {"new", "add"},	 {"get", "show"},	 {"status", "show"},
		{"info", "show"},     {"change", "set"}, {"start", "run"},	 {"stop", "cancel"},
		{"monitor", "watch"}, {"device", "der"}, {"limits", "envelope"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(typed, words[i][0]))
			return words[i][1];
	}
	return NULL;
}

void suggest_offer(struct suggestion *s, const char *word)
{
	const char *same = synonym(s->typed);
	size_t len = strlen(s->typed), d;

	if (same && !strcmp(same, word)) {
		s->word = word;
		s->distance = 0;
		return;
	}
	d = distance(s->typed, word);
	/* A beginning of a word is as near as a slip of one letter. */
	if (len >= 2 && d > 1 && !strncmp(s->typed, word, len))
		d = 1;
	if (d > 1 + len / 4 || (s->word && d >= s->distance))
		return;
	s->word = word;
	s->distance = d;
}
