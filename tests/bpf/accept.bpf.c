// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hook that accepts everything and shows what it sees, with a setting of every
 * shape and type that "ovpp hook set" knows.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "tap.h"

char LICENSE[] SEC("license") = "GPL";

enum accept_mode {
	ACCEPT_MODE_OFF,
	ACCEPT_MODE_QUIET,
	ACCEPT_MODE_LOUD = 7,
};

struct accept_config {
	__u8 small;
	__s8 change;
	_Bool loud;
	enum accept_mode mode;
	__s64 limit_mw;
	__u64 wide;
	ovpp_der_id der;
	ovpp_minutes from;
	struct {
		__s16 low;
		__s16 high;
	} band;
	__u32 list[2];
};

struct accept_window {
	ovpp_minutes from;
	ovpp_minutes until;
	__s32 p_w;
};

/* The settings of the hook: one entry. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct accept_config);
} config SEC(".maps");

/* A value a DER. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, ovpp_der_id);
	__type(value, __s32);
} weights SEC(".maps");

/* A value a place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, enum accept_mode);
} modes SEC(".maps");

/* Several values a DER. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, ovpp_der_id);
	__type(value, struct accept_window);
} windows SEC(".maps");

/* What nobody sets: the program's own, a CPU's own, frames. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} accept_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} tap SEC(".maps");

/* A classic frame with all its bytes; longer ones are shown by their beginning. */
static void show(struct ovpp_frame_ctx *frame, __u8 sent)
{
	struct ovpp_tap *entry;
	__u8 *data;

	entry = bpf_ringbuf_reserve(&tap, sizeof(*entry), 0);
	if (!entry)
		return;
	__builtin_memset(entry, 0, sizeof(*entry));
	entry->time_ns = frame->ctx.now_ns;
	entry->bus = frame->bus;
	entry->der = frame->der;
	entry->id = frame->id;
	entry->flags = frame->flags;
	entry->sent = sent;
	data = ovpp_frame_data(frame, 0, 8);
	if (data) {
		entry->len = 8;
		__builtin_memcpy(entry->data, data, 8);
	}
	bpf_ringbuf_submit(entry, 0);
}

static void count(void)
{
	__u32 zero = 0;
	__u64 *n;

	n = bpf_map_lookup_elem(&counts, &zero);
	if (n)
		++*n;
	n = bpf_map_lookup_elem(&accept_state, &zero);
	if (n)
		__sync_fetch_and_add(n, 1);
}

SEC("struct_ops/frame_rx")
int BPF_PROG(accept_frame_rx, struct ovpp_frame_ctx *frame)
{
	show(frame, 0);
	return OVPP_ACCEPT;
}

SEC("struct_ops/frame_tx")
int BPF_PROG(accept_frame_tx, struct ovpp_frame_ctx *frame)
{
	show(frame, 1);
	return OVPP_ACCEPT;
}

SEC("struct_ops/sample")
int BPF_PROG(accept_sample, struct ovpp_hook_ctx *hook, const struct ovpp_record *record)
{
	return OVPP_ACCEPT;
}

SEC("struct_ops/control")
int BPF_PROG(accept_control, struct ovpp_control_ctx *control)
{
	count();
	return 0;
}

SEC("struct_ops/event")
void BPF_PROG(accept_event, struct ovpp_hook_ctx *hook, const struct ovpp_record *record)
{
	__u32 key = 0;

	/* Settings that no program refers to are loaded all the same. */
	bpf_map_lookup_elem(&config, &key);
	bpf_map_lookup_elem(&weights, &key);
	bpf_map_lookup_elem(&modes, &key);
	bpf_map_lookup_elem(&windows, &key);
}

OVPP_HOOK(accept) = {
	.frame_rx = (void *)accept_frame_rx,
	.frame_tx = (void *)accept_frame_tx,
	.sample = (void *)accept_sample,
	.control = (void *)accept_control,
	.event = (void *)accept_event,
};
