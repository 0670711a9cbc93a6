// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuse_guard: several DER behind one fuse come to no more than it bears.
 *
 * The DER behind a fuse are a group. Setpoints of a group whose sum is beyond
 * export_mw or import_mw shrink in proportion, and each DER gets bounds that keep
 * the sum within the fuse whatever is shared out afterwards. DER that are held, and
 * DER of the group that take no command, count with the power that they give now.
 *
 * Maps:
 *	groups	by group, 1 to 8: export_mw, import_mw (0: no limit), base_mw (what
 *		else flows behind the fuse, > 0 out), base (DER, a meter that measures
 *		it, P > 0 out; base_mw counts while its P is not good)
 *	members	by DER: its group; 0: none
 *	work_state	one entry: the last tick's members and sums
 *
 * Units: mW. Nothing set: nothing is changed.
 *
 * A fuse of 16 A, 3 x 230 V, for a battery and two chargers, and the load beside
 * them, which is at most 2 kW:
 *
 *	ovpp hook load fuse_guard --pin --set groups.1.export_mw=11000000 \
 *		--set groups.1.import_mw=11000000 --set groups.1.base_mw=-2000000 \
 *		--set members.bat0=1 --set members.car1=1 --set members.car2=1
 *
 * Limits: the first 64 setpoints of a site, in the order of their ranks, and its
 * first 64 DER; of a site that has more, a hook-event says so every minute (argument:
 * how many setpoints). A DER that gives power and does not tell its P counts as 0.
 * What is commanded is guarded, not what flows: a fuse needs its own protection. The
 * envelope's site limits are a separate, last word. Give the chain of calls room:
 * with 64 members it takes some ten microseconds.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "fuse.h"

char LICENSE[] SEC("license") = "GPL";

#define EVENT_NS 60000000000ULL

struct group {
	__s64 export_mw;
	__s64 import_mw;
	__s64 base_mw;
	ovpp_der_id base;
};

struct work {
	struct fuse_member m[FUSE_MEMBERS];
	struct fuse_group g[FUSE_GROUPS];
	__u64 told_ns;
	__u32 groups;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FUSE_GROUPS);
	__type(key, __u32);
	__type(value, struct group);
} groups SEC(".maps");

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

/* Group of a DER, 0 without one that has a fuse. */
static __always_inline __u32 group_of(struct work *w, __u32 der)
{
	__u32 *group = bpf_map_lookup_elem(&members, &der);

	if (!group || !*group || *group > FUSE_GROUPS || !(w->groups >> *group & 1))
		return 0;
	return *group;
}

static __always_inline bool power_of(struct ovpp_hook_ctx *hook, __u32 der, __s64 *p_mw)
{
	struct ovpp_hook_value v = {};

	if (ovpp_point_read(hook, der, OVPP_POINT_P, &v) || v.quality != OVPP_QUALITY_GOOD)
		return false;
	*p_mw = v.value;
	return true;
}

static __noinline int read_group(struct ovpp_control_ctx *control, struct work *w, __u32 number)
{
	struct group *group = bpf_map_lookup_elem(&groups, &number);
	struct fuse_group *g;
	__s64 base_mw;

	if (!group || (group->export_mw <= 0 && group->import_mw <= 0))
		return 0;
	g = &w->g[(number - 1) % FUSE_GROUPS];
	g->export_mw = group->export_mw > 0 ? group->export_mw : FUSE_NONE_MW;
	g->import_mw = group->import_mw > 0 ? group->import_mw : FUSE_NONE_MW;
	base_mw = group->base_mw;
	if (group->base)
		power_of(&control->ctx, group->base, &base_mw);
	g->fixed_mw = base_mw;
	w->groups |= 1U << number;
	return 0;
}

static __noinline int read_setpoint(struct ovpp_control_ctx *control, struct work *w, __u32 index)
{
	struct ovpp_hook_setpoint sp = {};
	struct fuse_member *m;

	if (index >= FUSE_MEMBERS)
		return 0;
	m = &w->m[index];
	m->group = 0;
	if (ovpp_setpoint_read(control, index, &sp))
		return 0;
	m->lo_mw = sp.lo_mw;
	m->hi_mw = sp.hi_mw;
	/* An earlier hook may have narrowed the bounds. */
	m->p_mw = ovpp_within(sp.p_mw, sp.lo_mw, sp.hi_mw);
	m->held = sp.held;
	m->group = group_of(w, sp.der);
	if (m->group && m->held)
		w->g[(m->group - 1) % FUSE_GROUPS].fixed_mw += sp.p_now_mw;
	return 0;
}

/* A DER of a group that takes no commands; returns the id from which to go on. */
static __noinline __u32 read_other(struct ovpp_control_ctx *control, struct work *w, __u32 least)
{
	struct ovpp_hook_der der = {};
	__s64 p_mw = 0;
	__u32 group;

	if (ovpp_der_read(&control->ctx, least, &der))
		return 0;
	if (der.controllable)
		return der.id + 1;
	group = group_of(w, der.id);
	if (group && power_of(&control->ctx, der.id, &p_mw))
		w->g[(group - 1) % FUSE_GROUPS].fixed_mw += p_mw;
	return der.id + 1;
}

static __noinline int narrow(struct work *w)
{
	fuse_narrow(w->m, w->g);
	return 0;
}

static __noinline int clamp(struct ovpp_control_ctx *control, struct work *w, __u32 index)
{
	struct fuse_member *m;

	if (index >= FUSE_MEMBERS)
		return 0;
	m = &w->m[index];
	if (!fuse_moves(m))
		return 0;
	return ovpp_setpoint_clamp(control, index, m->lo_mw, m->hi_mw);
}

static __always_inline void tell_rest(struct ovpp_control_ctx *control, struct work *w)
{
	if (w->told_ns && control->ctx.now_ns - w->told_ns < EVENT_NS)
		return;
	w->told_ns = control->ctx.now_ns;
	ovpp_event_emit(&control->ctx, 0, control->setpoints);
}

SEC("struct_ops/control")
int BPF_PROG(fuse_guard_control, struct ovpp_control_ctx *control)
{
	__u32 setpoints = control->setpoints, zero = 0, least = 1, i;
	struct work *w = bpf_map_lookup_elem(&work_state, &zero);

	if (!w)
		return 0;
	w->groups = 0;
	for (i = 1; i <= FUSE_GROUPS; i++)
		read_group(control, w, i);
	if (!w->groups)
		return 0;
	for (i = 0; i < FUSE_MEMBERS; i++)
		read_setpoint(control, w, i);
	for (i = 0; i < FUSE_MEMBERS; i++) {
		least = read_other(control, w, least);
		if (!least)
			break;
	}
	narrow(w);
	for (i = 0; i < FUSE_MEMBERS && i < setpoints; i++)
		clamp(control, w, i);
	if (setpoints > FUSE_MEMBERS)
		tell_rest(control, w);
	return 0;
}

OVPP_HOOK(fuse_guard) = {
	.control = (void *)fuse_guard_control,
};
