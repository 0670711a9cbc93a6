// SPDX-License-Identifier: GPL-2.0-only
/* A hook that is refused: it calls a function of the kernel itself. */
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

SEC("struct_ops/frame_rx")
int BPF_PROG(kernel_kfunc_frame_rx, struct ovpp_frame_ctx *frame)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return OVPP_ACCEPT;
}

OVPP_HOOK(kernel_kfunc) = {
	.frame_rx = (void *)kernel_kfunc_frame_rx,
};
