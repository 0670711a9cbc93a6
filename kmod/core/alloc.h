/* SPDX-License-Identifier: GPL-2.0-only */
/* Sharing a demand over DER. */
#ifndef OVPP_CORE_ALLOC_H
#define OVPP_CORE_ALLOC_H

#include "types.h"

/**
 * struct ovpp_share - one taker's part
 * @lo: least power, mW
 * @hi: greatest, >= @lo
 * @p: in: where it rests, within @lo..@hi; out: its share
 * @rank: lower ranks move first
 */
struct ovpp_share {
	s64 lo;
	s64 hi;
	s64 p;
	u8 rank;
};

/**
 * ovpp_alloc() - move a set of shares until their sum is @demand
 * @share: pointers to the takers, sorted by ascending rank
 * @n: their number, at most 1,024
 * @demand: the sum wanted, mW
 *
 * From their resting points all of the lowest rank move, each in proportion to
 * its headroom in that direction, equals therefore equally; what they cannot
 * take goes to the next rank. The sum is exact to the mW as long as the demand
 * is within the sum of the bounds, and equals get the same to 1 mW. Linear in
 * @n; one division, for the rank that is not used up.
 *
 * Return: what could not be taken: @demand minus the sum of the shares.
 */
s64 ovpp_alloc(struct ovpp_share *const *share, unsigned int n, s64 demand);

#endif /* OVPP_CORE_ALLOC_H */
