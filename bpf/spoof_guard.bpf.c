// SPDX-License-Identifier: GPL-2.0-only
/*
 * spoof_guard: an identifier has one sender, on one bus, of one DER.
 *
 * A frame of a guarded identifier that comes on another bus than declared, or that
 * is another DER's than declared, is dropped. One that should come every period_ms
 * and comes earlier than its tolerance allows has a second sender: it is dropped,
 * and from then on every frame out of the rhythm of those that were taken before,
 * until none has come for hold_ms. With strict nobody is believed meanwhile: all
 * frames of the identifier are dropped, its DER falls silent and goes to its safe
 * value.
 *
 * Maps:
 *	config	one entry: strict (0 or 1), hold_ms (0: 5,000), event_ms (0: 1,000)
 *	guard	by CAN identifier: bus (id, see "ovpp bus list"; 0: any), der (0: any),
 *		period_ms (0: any), tolerance_ppm (of the period; 0: 250,000)
 *	seen_state	by CAN identifier: the last frames, frames dropped by reason
 *
 * An identifier of 29 bits is written with bit 31: 0x98ff1234. Every event_ms at
 * most, and identifier, a hook-event tells of it: about the DER declared, or else
 * the frame's; its argument is the identifier in bits 0-31 and in bits 32-39 the
 * reason: 1 doubled, 2 wrong bus, 3 wrong DER. Nothing set: every frame passes.
 *
 *	ovpp hook load spoof_guard --pin --set guard.0x351.bus=1 \
 *		--set guard.0x351.der=bat0 --set guard.0x351.period_ms=1000 \
 *		--set config.hold_ms=10000
 *
 * Limits: which of two senders is the true one cannot be known; without strict the
 * one that was there first is believed, and one that takes over the rhythm exactly,
 * or speaks after the device has died, is not noticed. A device whose period varies
 * by more than the tolerance doubles itself: measure it with candump first. 256
 * identifiers.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "rhythm.h"

char LICENSE[] SEC("license") = "GPL";

#define HOLD_MS 5000
#define EVENT_MS 1000

enum reason {
	REASON_DOUBLED = 1,
	REASON_BUS = 2,
	REASON_DER = 3,
};

struct spoof_config {
	__u32 strict;
	__u32 hold_ms;
	__u32 event_ms;
};

struct guarded {
	__u32 bus;
	ovpp_der_id der;
	__u32 period_ms;
	__u32 tolerance_ppm;
};

struct seen {
	struct rhythm rhythm;
	__u64 event_ns;
	__u64 doubled;
	__u64 wrong_bus;
	__u64 wrong_der;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct spoof_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct guarded);
} guard SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct seen);
} seen_state SEC(".maps");

static __always_inline int refuse(struct ovpp_frame_ctx *frame, const struct guarded *guarded,
				  struct seen *seen, __u32 event_ms, enum reason reason)
{
	__u64 now_ns = frame->ctx.now_ns;
	__u32 der = guarded->der ? guarded->der : frame->der;

	if (!seen->event_ns || now_ns - seen->event_ns >= event_ms * 1000000ULL) {
		seen->event_ns = now_ns;
		ovpp_event_emit(&frame->ctx, der,
				(__s64)((__u64)reason << 32 | ovpp_frame_key(frame)));
	}
	return OVPP_DROP;
}

SEC("struct_ops/frame_rx")
int BPF_PROG(spoof_guard_frame_rx, struct ovpp_frame_ctx *frame)
{
	__u32 key = ovpp_frame_key(frame), zero = 0;
	struct spoof_config c = {}, *set;
	struct guarded *guarded;
	struct seen *seen;
	bool doubled;

	guarded = bpf_map_lookup_elem(&guard, &key);
	if (!guarded)
		return OVPP_ACCEPT;
	seen = bpf_map_lookup_elem(&seen_state, &key);
	if (!seen) {
		const struct seen none = {};

		bpf_map_update_elem(&seen_state, &key, &none, BPF_NOEXIST);
		seen = bpf_map_lookup_elem(&seen_state, &key);
		if (!seen)
			return OVPP_ACCEPT;
	}
	set = bpf_map_lookup_elem(&config, &zero);
	if (set)
		c = *set;
	if (!c.hold_ms)
		c.hold_ms = HOLD_MS;
	if (!c.event_ms)
		c.event_ms = EVENT_MS;

	if (guarded->bus && guarded->bus != frame->bus) {
		__sync_fetch_and_add(&seen->wrong_bus, 1);
		return refuse(frame, guarded, seen, c.event_ms, REASON_BUS);
	}
	if (guarded->der && guarded->der != frame->der) {
		__sync_fetch_and_add(&seen->wrong_der, 1);
		return refuse(frame, guarded, seen, c.event_ms, REASON_DER);
	}
	if (!guarded->period_ms)
		return OVPP_ACCEPT;
	if (rhythm_step(&seen->rhythm, frame->ctx.now_ns, guarded->period_ms,
			guarded->tolerance_ppm, c.hold_ms, c.strict, &doubled))
		return OVPP_ACCEPT;
	if (!doubled)
		return OVPP_DROP;
	__sync_fetch_and_add(&seen->doubled, 1);
	return refuse(frame, guarded, seen, c.event_ms, REASON_DOUBLED);
}

OVPP_HOOK(spoof_guard) = {
	.frame_rx = (void *)spoof_guard_frame_rx,
};
