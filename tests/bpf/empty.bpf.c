// SPDX-License-Identifier: GPL-2.0-only
/* The least there can be: a hook that accepts every frame, and what it is measured by. */
#include <linux/bpf.h>
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/frame_rx")
int BPF_PROG(empty_frame_rx, struct ovpp_frame_ctx *frame)
{
	return OVPP_ACCEPT;
}

OVPP_HOOK(empty) = {
	.frame_rx = (void *)empty_frame_rx,
};

/* The same hook once more, to be replaced by. */
OVPP_HOOK(twin) = {
	.frame_rx = (void *)empty_frame_rx,
};

SEC("fentry/ovpp_bus_receive")
int empty_fentry(void *ctx)
{
	return 0;
}
