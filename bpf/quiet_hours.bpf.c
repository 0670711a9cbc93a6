// SPDX-License-Identifier: GPL-2.0-only
/*
 * quiet_hours: a DER keeps within bounds at times of the day.
 *
 * In its window a DER's power stays within p_min_mw and p_max_mw; outside of it
 * nothing is changed. A window whose end is not after its beginning ends on the next
 * day: from 22:00 to 06:00, or all day with both the same. weekdays are those on
 * which it begins.
 *
 * Maps:
 *	config	one entry: utc_offset_min
 *	windows	by DER: from, to (HH:MM), weekdays (bit 0 Monday to bit 6 Sunday; 0:
 *		every day), p_min_mw, p_max_mw
 *
 * Units: minutes that local time is ahead of UTC, minutes after midnight, mW. Bounds
 * that are not set are 0 mW: the DER rests. p_min_mw above p_max_mw, or nothing set:
 * nothing is changed.
 *
 * No charging with the noisy converter at night, all week, in central Europe:
 *
 *	ovpp hook load quiet_hours --pin --set config.utc_offset_min=60 \
 *		--set windows.bat0.from=22:00 --set windows.bat0.to=06:00 \
 *		--set windows.bat0.p_max_mw=3000000
 *
 * Limits: daylight saving is the operator's to set ("ovpp hook set quiet_hours
 * config.utc_offset_min=120"). The wall clock is what it is: a gateway without the
 * time keeps the hours of that clock. One window a DER: load the hook again under
 * another name for a second one. The first 128 setpoints of a site, in the order of
 * their ranks.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "hours.h"

char LICENSE[] SEC("license") = "GPL";

#define SETPOINTS 128

struct hours_config {
	__s32 utc_offset_min;
};

struct window {
	ovpp_minutes from;
	ovpp_minutes to;
	__u32 weekdays;
	__s64 p_min_mw;
	__s64 p_max_mw;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hours_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SETPOINTS);
	__type(key, ovpp_der_id);
	__type(value, struct window);
} windows SEC(".maps");

static __noinline int guard_one(struct ovpp_control_ctx *control, __u32 index, __u32 minute)
{
	struct ovpp_hook_setpoint sp = {};
	const struct window *w;
	__u32 der;

	if (ovpp_setpoint_read(control, index, &sp))
		return 0;
	der = sp.der;
	w = bpf_map_lookup_elem(&windows, &der);
	if (!w || !hours_within(minute, w->from, w->to, w->weekdays))
		return 0;
	return ovpp_setpoint_clamp(control, index, w->p_min_mw, w->p_max_mw);
}

SEC("struct_ops/control")
int BPF_PROG(quiet_hours_control, struct ovpp_control_ctx *control)
{
	__u32 setpoints = control->setpoints, zero = 0, minute, i;
	const struct hours_config *c;

	c = bpf_map_lookup_elem(&config, &zero);
	minute = hours_minute(control->ctx.real_ns, c ? c->utc_offset_min : 0);
	for (i = 0; i < SETPOINTS && i < setpoints; i++)
		guard_one(control, i, minute);
	return 0;
}

OVPP_HOOK(quiet_hours) = {
	.control = (void *)quiet_hours_control,
};
