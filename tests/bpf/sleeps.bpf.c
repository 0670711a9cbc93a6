// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: it may sleep. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops.s/frame_rx")
int BPF_PROG(sleeps_frame_rx, struct ovpp_frame_ctx *frame)
{
	return OVPP_ACCEPT;
}

OVPP_HOOK(sleeps) = {
	.frame_rx = (void *)sleeps_frame_rx,
};
