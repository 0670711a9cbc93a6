// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: its loop has no bound that the verifier sees. */
#include <linux/bpf.h>
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static int again(__u32 i, void *data)
{
	return 0;
}

SEC("struct_ops/frame_rx")
int BPF_PROG(loops_frame_rx, struct ovpp_frame_ctx *frame)
{
	bpf_loop(1 << 20, again, NULL, 0);
	return OVPP_ACCEPT;
}

OVPP_HOOK(loops) = {
	.frame_rx = (void *)loops_frame_rx,
};
