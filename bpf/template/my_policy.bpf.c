// SPDX-License-Identifier: GPL-2.0-only
/*
 * my_policy: a DER gives no more than it is allowed to.
 *
 * Maps:
 *	limits	by DER: p_max_mw
 *
 * Units: mW. Nothing set: nothing is changed.
 *
 *	ovpp hook load build/my_policy.bpf.o --pin --set limits.bat0.p_max_mw=2000000
 *
 * Limits: the first 64 setpoints of a site.
 */
#include "vmlinux.h"
#include "openvpp.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define SETPOINTS 64
/* No DER gives less: as a bound it changes nothing. */
#define LEAST_MW (-(1LL << 38))

struct limit {
	__s64 p_max_mw;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SETPOINTS);
	__type(key, ovpp_der_id);
	__type(value, struct limit);
} limits SEC(".maps");

SEC("struct_ops/control")
int BPF_PROG(my_policy_control, struct ovpp_control_ctx *control)
{
	__u32 i;

	for (i = 0; i < SETPOINTS && i < control->setpoints; i++) {
		struct ovpp_hook_setpoint sp = {};
		struct limit *limit;
		__u32 der;

		if (ovpp_setpoint_read(control, i, &sp))
			break;
		der = sp.der;
		limit = bpf_map_lookup_elem(&limits, &der);
		if (limit)
			ovpp_setpoint_clamp(control, i, LEAST_MW, limit->p_max_mw);
	}
	return 0;
}

OVPP_HOOK(my_policy) = {
	.control = (void *)my_policy_control,
};
