/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A token bucket in one number: the time at which the bucket will be full again.
 * Every frame that passes moves it on by the time of one token.
 */
#ifndef OPENVPP_BUCKET_H
#define OPENVPP_BUCKET_H

#include <stdbool.h>

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/**
 * bucket_take() - is there a token?
 * @full_ns: when the bucket is full again; 0: it is
 * @now_ns: now
 * @rate: tokens a second, not 0
 * @burst: tokens that it holds; 0 counts as 1
 * @next_ns: @full_ns after that
 *
 * Return: true: a token was there and is taken.
 */
static inline bool bucket_take(__u64 full_ns, __u64 now_ns, __u32 rate, __u32 burst,
			       __u64 *next_ns)
{
	__u64 token_ns = 1000000000ULL / rate;

	if (full_ns < now_ns)
		full_ns = now_ns;
	*next_ns = full_ns;
	if (burst && full_ns - now_ns > token_ns * (burst - 1))
		return false;
	if (!burst && full_ns > now_ns)
		return false;
	*next_ns += token_ns;
	return true;
}

#endif /* OPENVPP_BUCKET_H */
