// SPDX-License-Identifier: GPL-2.0-only
/* A hook that the verifier refuses: it reads where there may be nothing. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/frame_rx")
int BPF_PROG(refused_frame_rx, struct ovpp_frame_ctx *frame)
{
	__u8 *data = ovpp_frame_data(frame, 0, 8);

	return data[0] == 0x5a ? OVPP_DROP : OVPP_ACCEPT;
}

OVPP_HOOK(refused) = {
	.frame_rx = (void *)refused_frame_rx,
};
