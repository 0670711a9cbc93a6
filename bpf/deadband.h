/* SPDX-License-Identifier: GPL-2.0-only */
/* Which samples of a DER say something new, see deadband.bpf.c. */
#ifndef OPENVPP_DEADBAND_H
#define OPENVPP_DEADBAND_H

#include <stdbool.h>

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/**
 * struct deadband - when a sample is kept
 * @deadband_mw: P has moved by more than this
 * @soc_ppm: the state of charge has moved by more than this
 * @min_ms: never more often; 0: as often as they come
 * @max_ms: at least so often; 0: no dead band, every sample is kept
 */
struct deadband {
	__u64 deadband_mw;
	__u32 soc_ppm;
	__u32 min_ms;
	__u32 max_ms;
};

/* What the last sample that was kept said, and when. */
struct deadband_last {
	__u64 kept_ns;
	__s64 p_mw;
	__u32 soc_ppm;
	__u32 state;
	__u32 alarm;
	__u32 warning;
	__u32 quality;
	__u32 supervision;
};

static inline __u64 deadband_apart(__s64 a, __s64 b)
{
	return a > b ? (__u64)a - (__u64)b : (__u64)b - (__u64)a;
}

/* What nobody wants to miss. */
static inline bool deadband_urgent(const struct deadband_last *last,
				   const struct deadband_last *now)
{
	return now->state != last->state || now->alarm != last->alarm ||
	       now->warning != last->warning || now->quality != last->quality ||
	       now->supervision != last->supervision;
}

static inline bool deadband_keep(const struct deadband *limits, const struct deadband_last *last,
				 const struct deadband_last *now)
{
	__u64 age_ns = now->kept_ns > last->kept_ns ? now->kept_ns - last->kept_ns : 0;

	if (deadband_urgent(last, now))
		return true;
	if (age_ns < limits->min_ms * 1000000ULL)
		return false;
	if (!limits->max_ms || age_ns >= limits->max_ms * 1000000ULL)
		return true;
	return deadband_apart(now->p_mw, last->p_mw) > limits->deadband_mw ||
	       deadband_apart(now->soc_ppm, last->soc_ppm) > limits->soc_ppm;
}

#endif /* OPENVPP_DEADBAND_H */
