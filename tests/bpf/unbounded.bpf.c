// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: it never ends. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/frame_rx")
int BPF_PROG(unbounded_frame_rx, struct ovpp_frame_ctx *frame)
{
	volatile __u32 n = frame->id;

	for (;;)
		n++;
}

OVPP_HOOK(unbounded) = {
	.frame_rx = (void *)unbounded_frame_rx,
};
