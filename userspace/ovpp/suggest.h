/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The word that was probably meant. */
#ifndef OVPP_SUGGEST_H
#define OVPP_SUGGEST_H

#include <stddef.h>

/**
 * struct suggestion - the best word so far
 * @typed: what was written
 * @word: nearest word, NULL if none is near
 * @distance: its distance
 */
struct suggestion {
	const char *typed;
	const char *word;
	size_t distance;
};

/* Offers one more word; @word must outlive the suggestion. */
void suggest_offer(struct suggestion *s, const char *word);

#endif /* OVPP_SUGGEST_H */
