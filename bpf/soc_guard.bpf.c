// SPDX-License-Identifier: GPL-2.0-only
/*
 * soc_guard: batteries slow down before they are empty, full, hot or cold.
 *
 * Discharge falls in a line from all at soc_min_taper_ppm to nothing at soc_min_ppm,
 * charge from all at soc_max_taper_ppm to nothing at soc_max_ppm, both from all at
 * temp_taper_mc to nothing at temp_max_mc; below temp_min_mc there is no charging.
 * "All" is what envelope, device and earlier hooks allow in this tick. A state of
 * charge or a temperature that is not good (never came, stale, invalid) allows
 * nothing in the directions that have a band for it.
 *
 * Maps:
 *	guard	by DER: soc_min_ppm, soc_min_taper_ppm, soc_max_taper_ppm,
 *		soc_max_ppm, temp_min_mc, temp_taper_mc, temp_max_mc
 *
 * Units: ppm, m°C. Both soc_min 0: no band for discharge; soc_max_ppm 0: none for
 * charge; temp_max_mc 0: none for temperature, temp_min_mc included. With one,
 * temp_min_mc is 0 °C unless it is set. A taper that is 0 or beyond its end: a step.
 * Nothing set: nothing is changed.
 *
 *	ovpp hook load soc_guard --pin --set guard.bat0.soc_min_ppm=100000 \
 *		--set guard.bat0.soc_min_taper_ppm=200000 \
 *		--set guard.bat0.soc_max_taper_ppm=900000 \
 *		--set guard.bat0.soc_max_ppm=980000 \
 *		--set guard.bat0.temp_taper_mc=40000 --set guard.bat0.temp_max_mc=50000
 *
 * Limits: the first 128 setpoints of a site, in the order of their ranks; of a site
 * that has more, a hook-event says so every minute (argument: how many). No
 * hysteresis: a value that flickers around an end makes the power flicker. A DER
 * that is held at its safe value stays there.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "taper.h"

char LICENSE[] SEC("license") = "GPL";

#define SETPOINTS 128
#define EVENT_NS 60000000000ULL

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SETPOINTS);
	__type(key, ovpp_der_id);
	__type(value, struct taper);
} guard SEC(".maps");

/* When the last event was. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} event_state SEC(".maps");

static __always_inline void tell_rest(struct ovpp_control_ctx *control)
{
	__u32 zero = 0;
	__u64 *told = bpf_map_lookup_elem(&event_state, &zero);

	if (!told || (*told && control->ctx.now_ns - *told < EVENT_NS))
		return;
	*told = control->ctx.now_ns;
	ovpp_event_emit(&control->ctx, 0, control->setpoints);
}

static __always_inline struct taper_input read(struct ovpp_control_ctx *control, __u32 der,
					       __u32 point)
{
	struct ovpp_hook_value v = {};
	struct taper_input input = {};

	if (!ovpp_point_read(&control->ctx, der, point, &v)) {
		input.value = v.value;
		input.good = v.quality == OVPP_QUALITY_GOOD;
	}
	return input;
}

static __noinline int guard_one(struct ovpp_control_ctx *control, __u32 index)
{
	struct ovpp_hook_setpoint sp = {};
	struct taper_parts parts;
	const struct taper *taper;
	__u32 der;

	if (ovpp_setpoint_read(control, index, &sp))
		return 0;
	der = sp.der;
	taper = bpf_map_lookup_elem(&guard, &der);
	if (!taper)
		return 0;
	parts = taper_parts(taper, read(control, der, OVPP_POINT_SOC),
			    read(control, der, OVPP_POINT_TEMP));
	taper_bounds(parts, &sp.lo_mw, &sp.hi_mw);
	return ovpp_setpoint_clamp(control, index, sp.lo_mw, sp.hi_mw);
}

SEC("struct_ops/control")
int BPF_PROG(soc_guard_control, struct ovpp_control_ctx *control)
{
	__u32 setpoints = control->setpoints, i;

	for (i = 0; i < SETPOINTS && i < setpoints; i++)
		guard_one(control, i);
	if (setpoints > SETPOINTS)
		tell_rest(control);
	return 0;
}

OVPP_HOOK(soc_guard) = {
	.control = (void *)soc_guard_control,
};
