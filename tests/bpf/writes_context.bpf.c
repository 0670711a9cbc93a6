// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: it changes what the kernel told it. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/frame_rx")
int BPF_PROG(writes_context_frame_rx, struct ovpp_frame_ctx *frame)
{
	frame->id = 0;
	return OVPP_ACCEPT;
}

OVPP_HOOK(writes_context) = {
	.frame_rx = (void *)writes_context_frame_rx,
};
