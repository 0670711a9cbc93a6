/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram with one bucket per power of two: bucket n counts values from
 * 2^(n-1) to 2^n - 1, bucket 0 counts zeros. Adding is a handful of
 * instructions, so it is always on.
 */
#ifndef OVPP_CORE_HIST_H
#define OVPP_CORE_HIST_H

#include "types.h"

#define OVPP_HIST_BUCKETS 40 /* the last one takes all from 2^38 on */

/**
 * struct ovpp_hist - distribution of a quantity
 * @count: values added
 * @sum: their sum, wraps
 * @min: least, or U64_MAX while empty
 * @max: greatest
 * @bucket: see above
 */
struct ovpp_hist {
	u64 count;
	u64 sum;
	u64 min;
	u64 max;
	u64 bucket[OVPP_HIST_BUCKETS];
};

static inline void ovpp_hist_init(struct ovpp_hist *h)
{
	memset(h, 0, sizeof(*h));
	h->min = U64_MAX;
}

static inline unsigned int ovpp_hist_bucket(u64 v)
{
	unsigned int n = v ? 64 - __builtin_clzll(v) : 0;

	return n < OVPP_HIST_BUCKETS ? n : OVPP_HIST_BUCKETS - 1;
}

static inline void ovpp_hist_add(struct ovpp_hist *h, u64 v)
{
	h->count++;
	h->sum += v;
	if (v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
	h->bucket[ovpp_hist_bucket(v)]++;
}

#endif /* OVPP_CORE_HIST_H */
