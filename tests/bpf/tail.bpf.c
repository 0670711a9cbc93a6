// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: it jumps to where another bound begins. */
#include <linux/bpf.h>
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

SEC("struct_ops/frame_rx")
int tail_frame_rx(void *ctx)
{
	bpf_tail_call(ctx, &next, 0);
	return OVPP_ACCEPT;
}

OVPP_HOOK(tail) = {
	.frame_rx = (void *)tail_frame_rx,
};
