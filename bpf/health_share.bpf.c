// SPDX-License-Identifier: GPL-2.0-only
/*
 * health_share: worn, nearly empty and nearly full batteries work less.
 *
 * What the control law gives to the batteries is shared by state of health times what
 * is left in the direction of power: up to soc_max_ppm when they charge, down to
 * soc_min_ppm when they discharge. Shares become bounds, upper ones when their total
 * is above 0 and lower ones when it is below; they come to that total exactly. What
 * one of them cannot take within its bounds goes round once more.
 *
 * Maps:
 *	config	one entry: all (1: every battery and vehicle of the site),
 *		soc_min_ppm (empty; 0: 0), soc_max_ppm (full; 0: 1,000,000)
 *	members	by DER: 1 it shares, 0 it does not, whatever "all" says
 *	work_state	one entry: the last tick's members and shares
 *
 * Units: ppm. Nothing set: nothing is changed.
 *
 *	ovpp hook load health_share --pin --set config.all=1 \
 *		--set config.soc_min_ppm=100000 --set config.soc_max_ppm=950000
 *
 * Limits: the first 64 setpoints of a site, in the order of their ranks. A DER whose
 * state of charge is not good, or that is held, is left as it is; one that does not
 * tell its health counts as new. What a bound takes from a battery is shared by rank:
 * give the batteries one rank and no other DER the same, or that one takes a part.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "share.h"

char LICENSE[] SEC("license") = "GPL";

struct share_config {
	__u32 all;
	__u32 soc_min_ppm;
	__u32 soc_max_ppm;
};

struct work {
	struct share_member m[SHARE_MEMBERS];
	__s64 soh_ppm[SHARE_MEMBERS];
	__s64 soc_ppm[SHARE_MEMBERS];
	__s64 total_mw;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct share_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, ovpp_der_id);
	__type(value, __u32);
} members SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} work_state SEC(".maps");

static __always_inline bool shares(__u32 der, __u32 kind, __u32 all)
{
	__u32 *said = bpf_map_lookup_elem(&members, &der);

	if (said)
		return *said;
	return all && (kind == OVPP_KIND_BATTERY || kind == OVPP_KIND_EV);
}

static __noinline int read_member(struct ovpp_control_ctx *control, struct work *w, __u32 index,
				  __u32 all)
{
	struct ovpp_hook_setpoint sp = {};
	struct ovpp_hook_value v = {};
	struct share_member *m;

	if (index >= SHARE_MEMBERS)
		return 0;
	m = &w->m[index];
	m->in = 0;
	if (ovpp_setpoint_read(control, index, &sp) || sp.held || !shares(sp.der, sp.kind, all))
		return 0;
	if (ovpp_point_read(&control->ctx, sp.der, OVPP_POINT_SOC, &v) ||
	    v.quality != OVPP_QUALITY_GOOD)
		return 0;
	w->soc_ppm[index] = v.value;
	w->soh_ppm[index] = OVPP_PPM;
	if (!ovpp_point_read(&control->ctx, sp.der, OVPP_POINT_SOH, &v) &&
	    v.quality == OVPP_QUALITY_GOOD)
		w->soh_ppm[index] = v.value;
	m->lo_mw = sp.lo_mw;
	m->hi_mw = sp.hi_mw;
	m->in = 1;
	/* An earlier hook may have narrowed the bounds. */
	w->total_mw += ovpp_within(sp.p_mw, sp.lo_mw, sp.hi_mw);
	return 0;
}

/* Weights; and where they charge, everything is turned round. */
static __noinline int weigh(struct work *w, __s64 min_ppm, __s64 max_ppm)
{
	bool charge = w->total_mw < 0;
	struct share_member *m;
	__s64 lo_mw;
	__u32 i;

	for (i = 0; i < SHARE_MEMBERS; i++) {
		m = &w->m[i];
		if (!m->in)
			continue;
		m->weight = share_weight(w->soh_ppm[i], w->soc_ppm[i], min_ppm, max_ppm, charge);
		if (charge) {
			lo_mw = m->lo_mw;
			m->lo_mw = -m->hi_mw;
			m->hi_mw = -lo_mw;
		}
	}
	return 0;
}

static __noinline __s64 share(struct work *w)
{
	return share_out(w->m, w->total_mw < 0 ? -w->total_mw : w->total_mw);
}

static __noinline int clamp(struct ovpp_control_ctx *control, struct work *w, __u32 index)
{
	struct share_member *m;

	if (index >= SHARE_MEMBERS)
		return 0;
	m = &w->m[index];
	if (!m->in)
		return 0;
	if (w->total_mw < 0)
		return ovpp_setpoint_clamp(control, index, -m->cap_mw, -m->lo_mw);
	return ovpp_setpoint_clamp(control, index, m->lo_mw, m->cap_mw);
}

SEC("struct_ops/control")
int BPF_PROG(health_share_control, struct ovpp_control_ctx *control)
{
	__u32 setpoints = control->setpoints, zero = 0, i;
	const struct share_config *c;
	struct work *w;

	c = bpf_map_lookup_elem(&config, &zero);
	w = bpf_map_lookup_elem(&work_state, &zero);
	if (!c || !w)
		return 0;
	w->total_mw = 0;
	for (i = 0; i < SHARE_MEMBERS; i++)
		read_member(control, w, i, c->all);
	if (!w->total_mw)
		return 0;
	weigh(w, c->soc_min_ppm, c->soc_max_ppm ? c->soc_max_ppm : OVPP_PPM);
	if (share(w) < 0)
		return 0;
	for (i = 0; i < SHARE_MEMBERS && i < setpoints; i++)
		clamp(control, w, i);
	return 0;
}

OVPP_HOOK(health_share) = {
	.control = (void *)health_share_control,
};
