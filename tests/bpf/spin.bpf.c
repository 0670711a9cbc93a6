// SPDX-License-Identifier: GPL-2.0-only
/* A hook that takes its time: in each call, as long as the verifier was patient. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define SPINS 30000

SEC("struct_ops/frame_rx")
int BPF_PROG(spin_frame_rx, struct ovpp_frame_ctx *frame)
{
	__u8 *data = ovpp_frame_data(frame, 0, 1);
	volatile __u32 n = 0;
	__u32 i;

	for (i = 0; i < SPINS; i++)
		n++;
	if (data)
		data[0] = n;
	return OVPP_ACCEPT;
}

OVPP_HOOK(spin) = {
	.frame_rx = (void *)spin_frame_rx,
};
