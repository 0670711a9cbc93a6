/* SPDX-License-Identifier: GPL-2.0-only */
/* A hook that spins SPINS times in each call, in frames that arrive and in ticks. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline __u32 turn(void)
{
	volatile __u32 n = 0;
	__u32 i;

	for (i = 0; i < SPINS; i++)
		n++;
	return n;
}

SEC("struct_ops/frame_rx")
int BPF_PROG(spin_frame_rx, struct ovpp_frame_ctx *frame)
{
	__u8 *data = ovpp_frame_data(frame, 0, 1);
	__u32 n = turn();

	if (data)
		data[0] = n;
	return OVPP_ACCEPT;
}

SEC("struct_ops/control")
int BPF_PROG(spin_control, struct ovpp_control_ctx *control)
{
	turn();
	return 0;
}

OVPP_HOOK(spin) = {
	.frame_rx = (void *)spin_frame_rx,
};

OVPP_HOOK(spin_tick) = {
	.control = (void *)spin_control,
};
