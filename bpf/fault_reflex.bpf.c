// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault_reflex: when one device reports a fault, its partners stop at once.
 *
 * A frame whose byte at offset, masked, equals match (with match_any: is not 0)
 * sends its partners, and with self the DER whose frame it is, to their safe
 * values, from where the frame arrived and without waiting for a tick. They are held
 * there for hold_ms after the last such frame.
 *
 * Maps:
 *	faults	by CAN identifier: offset, mask, match, match_any (0 or 1), hold_ms
 *		(0: 1,000; at most 60,000), partner.0 to partner.3 (DER; 0: none),
 *		self (0 or 1)
 *	counters_state	by CAN identifier: frames in fault, reflexes refused
 *
 * An identifier of 29 bits is written with bit 31: 0x98ff1234. mask 0: the rule does
 * nothing. Nothing set: nothing happens.
 *
 * A Pylontech pack reports a protection in byte 0 or 1 of 0x359; its inverter and
 * the charger beside it stop:
 *
 *	ovpp hook load fault_reflex --pin --set faults.0x359.offset=0 \
 *		--set faults.0x359.mask=0x9e --set faults.0x359.match_any=1 \
 *		--set faults.0x359.partner.0=inverter --set faults.0x359.partner.1=car \
 *		--set faults.0x359.self=1 --set faults.0x359.hold_ms=5000
 *
 * Limits: one rule an identifier: load the hook again under another name for a
 * second one. 256 identifiers. A frame that is too short for offset is no fault.
 * self does nothing for a frame that is no DER's. A bus that repeats the fault
 * forever holds the partners forever.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define HOLD_MS 1000
#define PARTNERS 4

struct fault {
	__u32 hold_ms;
	ovpp_der_id partner[PARTNERS];
	__u8 offset;
	__u8 mask;
	__u8 match;
	__u8 match_any;
	__u8 self;
};

struct counters {
	__u64 faults;
	__u64 refused;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct fault);
} faults SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct counters);
} counters_state SEC(".maps");

/* 1 if the reflex was refused; one that the loop has to send is none. */
static __always_inline int reflex(struct ovpp_frame_ctx *frame, __u32 der, __u32 hold_ms)
{
	int ret;

	if (!der)
		return 0;
	ret = ovpp_reflex(frame, der, hold_ms);
	return ret && ret != -100 /* ENETDOWN */ && ret != -105 /* ENOBUFS */;
}

static __always_inline void count(__u32 key, __u32 refused)
{
	const struct counters first = { .faults = 1, .refused = refused };
	struct counters *counters = bpf_map_lookup_elem(&counters_state, &key);

	if (!counters) {
		bpf_map_update_elem(&counters_state, &key, &first, BPF_NOEXIST);
		return;
	}
	__sync_fetch_and_add(&counters->faults, 1);
	__sync_fetch_and_add(&counters->refused, refused);
}

SEC("struct_ops/frame_rx")
int BPF_PROG(fault_reflex_frame_rx, struct ovpp_frame_ctx *frame)
{
	__u32 key = ovpp_frame_key(frame), hold_ms, refused = 0, i;
	const struct fault *fault;
	__u8 *byte, bits;

	fault = bpf_map_lookup_elem(&faults, &key);
	if (!fault || !fault->mask)
		return OVPP_ACCEPT;
	byte = ovpp_frame_data(frame, fault->offset, 1);
	if (!byte)
		return OVPP_ACCEPT;
	bits = *byte & fault->mask;
	if (fault->match_any ? !bits : bits != fault->match)
		return OVPP_ACCEPT;

	hold_ms = fault->hold_ms ? fault->hold_ms : HOLD_MS;
	if (hold_ms > OVPP_REFLEX_MAX_MS)
		hold_ms = OVPP_REFLEX_MAX_MS;
	for (i = 0; i < PARTNERS; i++)
		refused += reflex(frame, fault->partner[i], hold_ms);
	if (fault->self)
		refused += reflex(frame, frame->der, hold_ms);
	count(key, refused);
	return OVPP_ACCEPT;
}

OVPP_HOOK(fault_reflex) = {
	.frame_rx = (void *)fault_reflex_frame_rx,
};
