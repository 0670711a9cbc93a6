// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: it reads beyond the bytes that it asked for. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/frame_rx")
int BPF_PROG(beyond_frame_rx, struct ovpp_frame_ctx *frame)
{
	__u8 *data = ovpp_frame_data(frame, 0, 4);

	return data && data[4] ? OVPP_DROP : OVPP_ACCEPT;
}

OVPP_HOOK(beyond) = {
	.frame_rx = (void *)beyond_frame_rx,
};
