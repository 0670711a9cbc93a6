// SPDX-License-Identifier: GPL-2.0-only
/*
 * frame_tap: shows the frames of a site as the site sees and sends them.
 *
 * Copies frames into the ring buffer "tap" as struct ovpp_tap of tap.h; "ovpp hook
 * tap" prints them as candump does.
 *
 * Maps:
 *	config	one entry: id, mask (a frame is copied if its identifier and id are
 *		the same where mask has ones; 0: all), bus (id, see "ovpp bus list";
 *		0: all)
 *	counters_state	one entry: frames copied, frames lost because nobody read
 *
 * An identifier of 29 bits has bit 31 set. Nothing set: every frame is copied; no
 * frame is ever changed or dropped.
 *
 *	ovpp hook load frame_tap --pin --priority 1000 --set config.id=0x350 \
 *		--set config.mask=0x7f0
 *	ovpp hook tap frame_tap
 *
 * Limits: 256 KiB of frames wait for a reader, about 900; what comes then is
 * counted and lost. What hooks of lower priority drop or change is seen as they
 * have left it; with a low priority of its own it sees what arrived.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include <stdbool.h>
#include "tap.h"

char LICENSE[] SEC("license") = "GPL";

struct tap_config {
	__u32 id;
	__u32 mask;
	__u32 bus;
};

struct counters {
	__u64 copied;
	__u64 lost;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tap_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} tap SEC(".maps");

/* Whole words first, then what is left: pieces of a frame have constant sizes. */
static __always_inline void copy(struct ovpp_frame_ctx *frame, struct ovpp_tap *to)
{
	__u32 left = frame->len & 7, at = frame->len & 0xf8;
	__u8 *data;
	__u32 i;

	for (i = 0; i < sizeof(to->data); i += 8) {
		data = ovpp_frame_data(frame, i, 8);
		if (!data)
			break;
		__builtin_memcpy(&to->data[i], data, 8);
	}
	if (!left)
		return;
	if (left & 4) {
		data = ovpp_frame_data(frame, at, 4);
		if (data)
			__builtin_memcpy(&to->data[at], data, 4);
		at += 4;
	}
	if (left & 2) {
		data = ovpp_frame_data(frame, at, 2);
		if (data)
			__builtin_memcpy(&to->data[at], data, 2);
		at += 2;
	}
	if (left & 1) {
		data = ovpp_frame_data(frame, at, 1);
		if (data)
			to->data[at] = *data;
	}
}

static __always_inline int show(struct ovpp_frame_ctx *frame, bool sent)
{
	struct counters *counters;
	struct tap_config *c;
	struct ovpp_tap *to;
	__u32 zero = 0;

	c = bpf_map_lookup_elem(&config, &zero);
	counters = bpf_map_lookup_elem(&counters_state, &zero);
	if (!c || !counters)
		return OVPP_ACCEPT;
	if (((ovpp_frame_key(frame) ^ c->id) & c->mask) || (c->bus && c->bus != frame->bus))
		return OVPP_ACCEPT;
	to = bpf_ringbuf_reserve(&tap, sizeof(*to), 0);
	if (!to) {
		__sync_fetch_and_add(&counters->lost, 1);
		return OVPP_ACCEPT;
	}
	__builtin_memset(to, 0, sizeof(*to));
	to->time_ns = frame->ctx.now_ns;
	to->bus = frame->bus;
	to->der = frame->der;
	to->id = frame->id;
	to->len = frame->len;
	to->flags = frame->flags;
	to->sent = sent;
	copy(frame, to);
	bpf_ringbuf_submit(to, 0);
	__sync_fetch_and_add(&counters->copied, 1);
	return OVPP_ACCEPT;
}

SEC("struct_ops/frame_rx")
int BPF_PROG(frame_tap_frame_rx, struct ovpp_frame_ctx *frame)
{
	return show(frame, false);
}

SEC("struct_ops/frame_tx")
int BPF_PROG(frame_tap_frame_tx, struct ovpp_frame_ctx *frame)
{
	return show(frame, true);
}

OVPP_HOOK(frame_tap) = {
	.frame_rx = (void *)frame_tap_frame_rx,
	.frame_tx = (void *)frame_tap_frame_tx,
};
