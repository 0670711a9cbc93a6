// SPDX-License-Identifier: GPL-2.0-only
/* Refused: a congestion control that would like to move the plant. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct sock;

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	char name[16];
} __attribute__((preserve_access_index));

SEC("struct_ops/foreign_ssthresh")
__u32 BPF_PROG(foreign_ssthresh, struct sock *sk)
{
	return ovpp_event_emit((void *)sk, 0, 0);
}

SEC("struct_ops/foreign_undo_cwnd")
__u32 BPF_PROG(foreign_undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC("struct_ops/foreign_cong_avoid")
void BPF_PROG(foreign_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC(".struct_ops")
struct tcp_congestion_ops foreign = {
	.ssthresh = (void *)foreign_ssthresh,
	.undo_cwnd = (void *)foreign_undo_cwnd,
	.cong_avoid = (void *)foreign_cong_avoid,
	.name = "ovpp_foreign",
};
