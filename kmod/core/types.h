/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The integer types and helpers that kmod/core needs, the same in the kernel
 * and in user space. Core code includes nothing else from outside.
 */
#ifndef OVPP_CORE_TYPES_H
#define OVPP_CORE_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <uapi/linux/openvpp.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <linux/openvpp.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define S64_MIN INT64_MIN
#define S64_MAX INT64_MAX
#define U64_MAX UINT64_MAX
#define U32_MAX UINT32_MAX
#define S32_MIN INT32_MIN
#define S32_MAX INT32_MAX

#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d) __builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#endif

#define OVPP_NS_PER_MS 1000000ULL
#define OVPP_NS_PER_S 1000000000ULL

/*
 * No power in this system is beyond +-2^38 mW (274 MW). Inputs are checked or
 * clamped to it at the door, so that sums over 1,000 DER and products with
 * 24-bit fractions cannot overflow s64.
 */
#define OVPP_P_MAX 0x4000000000LL

/* Bit of a point in a set of points. */
#define OVPP_POINT_BIT(p) (1U << (p))

static inline s64 ovpp_min(s64 a, s64 b)
{
	return a < b ? a : b;
}

static inline s64 ovpp_max(s64 a, s64 b)
{
	return a > b ? a : b;
}

/* @hi wins where the bounds cross. */
static inline s64 ovpp_clamp(s64 x, s64 lo, s64 hi)
{
	return ovpp_min(ovpp_max(x, lo), hi);
}

static inline s64 ovpp_clamp_p(s64 p)
{
	return ovpp_clamp(p, -OVPP_P_MAX, OVPP_P_MAX);
}

static inline s64 ovpp_abs(s64 x)
{
	if (x == S64_MIN)
		return S64_MAX;
	return x < 0 ? -x : x;
}

/* a + b, held at the ends of s64 instead of wrapping. */
static inline s64 ovpp_add_sat(s64 a, s64 b)
{
	s64 r;

	if (check_add_overflow(a, b, &r))
		return a < 0 ? S64_MIN : S64_MAX;
	return r;
}

/* a - b, held at the ends of s64 instead of wrapping. */
static inline s64 ovpp_sub_sat(s64 a, s64 b)
{
	s64 r;

	if (check_sub_overflow(a, b, &r))
		return a < 0 ? S64_MIN : S64_MAX;
	return r;
}

/* a * b, held at the ends of s64 instead of wrapping. */
static inline s64 ovpp_mul_sat(s64 a, s64 b)
{
	s64 r;

	if (check_mul_overflow(a, b, &r))
		return (a < 0) == (b < 0) ? S64_MAX : S64_MIN;
	return r;
}

/* Fractions of filters: 2^-20. */
#define OVPP_Q20 0x100000U

/*
 * A fraction of @x, up to the whole, rounded away from zero: a filter that moves
 * by it ends exactly where it is led to.
 */
static inline s64 ovpp_part(s64 x, u32 q20)
{
	s64 mag = ovpp_min(ovpp_abs(x), OVPP_P_MAX * 8) * q20;

	mag = (mag + OVPP_Q20 - 1) / OVPP_Q20;
	return x < 0 ? -mag : mag;
}

#endif /* OVPP_CORE_TYPES_H */
