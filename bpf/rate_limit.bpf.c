// SPDX-License-Identifier: GPL-2.0-only
/*
 * rate_limit: a device that babbles is heard no faster than it may be.
 *
 * A token bucket for each CAN identifier, and one for each bus: it holds burst
 * tokens and gains frames_s a second; a frame takes one, and a frame for which there
 * is none is dropped. Frames that arrive and frames that are sent have buckets of
 * their own.
 *
 * Maps:
 *	limits	by CAN identifier: frames_s, burst
 *	buses	by bus id (see "ovpp bus list"): frames_s, burst
 *	counters_state	by CAN identifier with a limit: rx_passed, rx_dropped,
 *		tx_passed, tx_dropped
 *
 * An identifier of 29 bits is written with bit 31: 0x98ff1234. Units: frames a
 * second, frames. frames_s 0: no limit; burst 0: one frame. Nothing set: every frame
 * passes.
 *
 *	ovpp hook load rate_limit --pin --set limits.0x351.frames_s=5 \
 *		--set limits.0x351.burst=3 --set buses.1.frames_s=2000 \
 *		--set buses.1.burst=200
 *
 * Limits: up to 1,000,000 frames a second; 1,024 identifiers, 64 buses. A limit
 * below what a device must send makes it silent, and it goes to its safe value.
 * Frames that carry a new command are sent whatever the bucket says, and take no
 * token that is not there. A frame that the bus has no token for has used up its
 * identifier's.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "bucket.h"

char LICENSE[] SEC("license") = "GPL";

#define RATE_MAX 1000000
/* Other CPUs may take tokens of the same bucket at the same time. */
#define TRIES 4

struct limit {
	__u32 frames_s;
	__u32 burst;
};

struct counters {
	__u64 rx_passed;
	__u64 rx_dropped;
	__u64 tx_passed;
	__u64 tx_dropped;
};

struct buckets {
	__u64 rx_ns;
	__u64 tx_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct limit);
} limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct limit);
} buses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct buckets);
} ids_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct buckets);
} buses_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct counters);
} counters_state SEC(".maps");

static __always_inline bool take(const struct limit *limit, __u64 *full_ns, __u64 now_ns)
{
	__u32 rate = limit->frames_s < RATE_MAX ? limit->frames_s : RATE_MAX;
	__u32 burst = limit->burst < RATE_MAX ? limit->burst : RATE_MAX;
	__u64 seen, next;
	int i;

	if (!rate)
		return true;
	for (i = 0; i < TRIES; i++) {
		seen = *(volatile __u64 *)full_ns;
		if (!bucket_take(seen, now_ns, rate, burst, &next))
			return false;
		if (__sync_val_compare_and_swap(full_ns, seen, next) == seen)
			return true;
	}
	return true;
}

/* The entry of @key, made if it is not there: all zeros. */
static __always_inline void *entry(void *map, const __u32 *key, const void *zeros)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	bpf_map_update_elem(map, key, zeros, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

static __always_inline bool id_passes(struct ovpp_frame_ctx *frame, bool tx)
{
	const struct buckets no_buckets = {};
	const struct counters no_counters = {};
	__u32 key = ovpp_frame_key(frame);
	struct counters *counters;
	struct buckets *buckets;
	struct limit *limit;
	bool passes;

	limit = bpf_map_lookup_elem(&limits, &key);
	if (!limit || !limit->frames_s)
		return true;
	buckets = entry(&ids_state, &key, &no_buckets);
	if (!buckets)
		return true;
	passes = take(limit, tx ? &buckets->tx_ns : &buckets->rx_ns, frame->ctx.now_ns);
	counters = entry(&counters_state, &key, &no_counters);
	if (counters && tx)
		__sync_fetch_and_add(passes ? &counters->tx_passed : &counters->tx_dropped, 1);
	else if (counters)
		__sync_fetch_and_add(passes ? &counters->rx_passed : &counters->rx_dropped, 1);
	return passes;
}

static __always_inline bool bus_passes(struct ovpp_frame_ctx *frame, bool tx)
{
	const struct buckets no_buckets = {};
	struct buckets *buckets;
	__u32 bus = frame->bus;
	struct limit *limit;

	limit = bpf_map_lookup_elem(&buses, &bus);
	if (!limit || !limit->frames_s)
		return true;
	buckets = entry(&buses_state, &bus, &no_buckets);
	if (!buckets)
		return true;
	return take(limit, tx ? &buckets->tx_ns : &buckets->rx_ns, frame->ctx.now_ns);
}

SEC("struct_ops/frame_rx")
int BPF_PROG(rate_limit_frame_rx, struct ovpp_frame_ctx *frame)
{
	return id_passes(frame, false) && bus_passes(frame, false) ? OVPP_ACCEPT : OVPP_DROP;
}

SEC("struct_ops/frame_tx")
int BPF_PROG(rate_limit_frame_tx, struct ovpp_frame_ctx *frame)
{
	return id_passes(frame, true) && bus_passes(frame, true) ? OVPP_ACCEPT : OVPP_DROP;
}

OVPP_HOOK(rate_limit) = {
	.frame_rx = (void *)rate_limit_frame_rx,
	.frame_tx = (void *)rate_limit_frame_tx,
};
