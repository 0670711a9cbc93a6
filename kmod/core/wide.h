/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Products of 128 bits. The kernel has no library for their division, and the
 * few places that need one can afford to do it bit by bit.
 */
#ifndef OVPP_CORE_WIDE_H
#define OVPP_CORE_WIDE_H

#include "types.h"

/* a * b; returns the upper half, *@lo is the lower one. */
static inline u64 ovpp_mul_wide(u64 a, u64 b, u64 *lo)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	*lo = (u64)p;
	return (u64)(p >> 64);
}

/* hi:lo / d where @hi < @d, so that the quotient fits. */
static inline u64 ovpp_div_wide(u64 hi, u64 lo, u64 d, u64 *rem)
{
	unsigned int i;

	if (!hi) {
		*rem = lo % d;
		return lo / d;
	}
	for (i = 0; i < 64; i++) {
		bool carry = hi >> 63;

		hi = hi << 1 | lo >> 63;
		lo <<= 1;
		if (carry || hi >= d) {
			hi -= d;
			lo |= 1;
		}
	}
	*rem = hi;
	return lo;
}

/* Magnitude of @x, S64_MIN included. */
static inline u64 ovpp_magnitude(s64 x)
{
	return x < 0 ? -(u64)x : (u64)x;
}

#endif /* OVPP_CORE_WIDE_H */
