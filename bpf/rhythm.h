/* SPDX-License-Identifier: GPL-2.0-only */
/* Is it one sender who keeps a rhythm, or two? See spoof_guard.bpf.c. */
#ifndef OPENVPP_RHYTHM_H
#define OPENVPP_RHYTHM_H

#include <stdbool.h>

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define RHYTHM_EARLY_PPM 250000U

/**
 * struct rhythm - what is known of an identifier
 * @heard_ns: its last frame, dropped or not
 * @taken_ns: its last frame that was not dropped
 * @hold_ns: until then it is suspected; 0: never was
 */
struct rhythm {
	__u64 heard_ns;
	__u64 taken_ns;
	__u64 hold_ns;
};

/* How early a frame may be. */
static inline __u64 rhythm_slack_ns(__u32 period_ms, __u32 tolerance_ppm)
{
	if (!tolerance_ppm)
		tolerance_ppm = RHYTHM_EARLY_PPM;
	if (tolerance_ppm > 1000000)
		tolerance_ppm = 1000000;
	return (__u64)period_ms * tolerance_ppm; /* ms times ppm is ns */
}

/**
 * rhythm_step() - a frame has come
 * @r: the identifier's
 * @now_ns: when
 * @period_ms: how often it should come, not 0
 * @tolerance_ppm: by how much of it a frame may be early; 0: RHYTHM_EARLY_PPM
 * @hold_ms: suspicion lasts for so long after the last frame out of rhythm
 * @strict: 1: while suspected, no frame is taken; 0: those are that keep the rhythm
 *	of the frames taken before
 * @doubled: 1: this frame is out of rhythm
 *
 * Return: true: take it.
 */
static inline bool rhythm_step(struct rhythm *r, __u64 now_ns, __u32 period_ms,
			       __u32 tolerance_ppm, __u32 hold_ms, bool strict, bool *doubled)
{
	__u64 slack = rhythm_slack_ns(period_ms, tolerance_ppm);
	__u64 period = period_ms * 1000000ULL;
	__u64 heard = r->heard_ns, taken = r->taken_ns;
	__u64 since = now_ns > taken ? now_ns - taken : 0;
	bool suspected = now_ns < r->hold_ns;
	bool out;

	r->heard_ns = now_ns;
	if (!heard) {
		r->taken_ns = now_ns;
		*doubled = false;
		return true;
	}
	if (strict) {
		out = now_ns - heard + slack < period;
	} else {
		out = since + slack < period;
		/* The one that was taken may have stopped: the other has not its place. */
		if (suspected && since % period > slack && since % period + slack < period)
			out = true;
	}
	*doubled = out;
	if (out)
		r->hold_ns = now_ns + hold_ms * 1000000ULL;
	if (out || (strict && suspected))
		return false;
	r->taken_ns = now_ns;
	return true;
}

#endif /* OPENVPP_RHYTHM_H */
