/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Integers for policies. BPF divides unsigned 64-bit integers and nothing else, so
 * signs are taken off first. No power here is beyond +-2^38 mW and no sum of 64 of
 * them beyond 2^44.
 */
#ifndef OPENVPP_RATIO_H
#define OPENVPP_RATIO_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/*
 * In a program the verifier looks at a global function once, whatever its arguments,
 * and not again in every turn of a loop. Arguments and result are numbers.
 */
#ifdef __bpf__
#define OVPP_GLOBAL __attribute__((noinline))
#else
#define OVPP_GLOBAL static inline
#endif

#define OVPP_PPM 1000000ULL

#define OVPP_RATIO_MAX (1ULL << 44)
#define OVPP_RATIO_BITS 19

static inline __s64 ovpp_least(__s64 a, __s64 b)
{
	return a < b ? a : b;
}

static inline __s64 ovpp_greatest(__s64 a, __s64 b)
{
	return a > b ? a : b;
}

static inline __s64 ovpp_within(__s64 value, __s64 lo, __s64 hi)
{
	return ovpp_least(ovpp_greatest(value, lo), hi);
}

/**
 * ovpp_ratio() - @value times @num / @den, rounded down
 * @value: up to 2^44, what is beyond counts as that
 * @num: up to @den, what is beyond counts as that
 * @den: up to 2^44, what is beyond counts as that; 0: the result is 0
 *
 * Exact while @value and @num are below 2^32 (4.29 MW), else less by 2 ppm of
 * @value at most.
 */
OVPP_GLOBAL __u64 ovpp_ratio(__u64 value, __u64 num, __u64 den)
{
	__u64 part, low;

	if (value > OVPP_RATIO_MAX)
		value = OVPP_RATIO_MAX;
	if (den > OVPP_RATIO_MAX)
		den = OVPP_RATIO_MAX;
	if (!den)
		return 0;
	if (num >= den)
		return value;
	if (!((value | num) >> 32))
		return value * num / den;
	part = (num << OVPP_RATIO_BITS) / den;
	low = value & ((1ULL << OVPP_RATIO_BITS) - 1);
	return (value >> OVPP_RATIO_BITS) * part + (low * part >> OVPP_RATIO_BITS);
}

/* The same of a power with its sign, towards 0. */
static inline __s64 ovpp_ratio_signed(__s64 value, __u64 num, __u64 den)
{
	if (value < 0)
		return -(__s64)ovpp_ratio(-(__u64)value, num, den);
	return ovpp_ratio(value, num, den);
}

#endif /* OPENVPP_RATIO_H */
