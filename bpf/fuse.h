/* SPDX-License-Identifier: GPL-2.0-only */
/* Bounds whose sum is within a fuse, see fuse_guard.bpf.c. */
#ifndef OPENVPP_FUSE_H
#define OPENVPP_FUSE_H

#include <stdbool.h>

#include "ratio.h"

#define FUSE_MEMBERS 64
#define FUSE_GROUPS 8
/* No fuse, and no sum that is greater. */
#define FUSE_NONE_MW (1LL << 50)

/**
 * struct fuse_member - a DER behind a fuse
 * @lo_mw: in: least that it may take; out: least, so that the fuse holds
 * @hi_mw: greatest, likewise
 * @p_mw: its setpoint; out: what is left of it
 * @group: 1 to FUSE_GROUPS; 0: not behind a fuse
 * @held: nothing moves it from @p_mw
 */
struct fuse_member {
	__s64 lo_mw;
	__s64 hi_mw;
	__s64 p_mw;
	__u32 group;
	__u32 held;
};

/**
 * struct fuse_group - a fuse and sums of what is behind it
 * @export_mw: most that may flow out
 * @import_mw: most that may flow in
 * @fixed_mw: what flows and is not moved from here, > 0 out
 * @sum_mw: setpoints of those that move
 * @out_mw: those of them that are above 0
 * @in_mw: those that are below 0, as a magnitude
 * @up_mw: by how much they could go up
 * @down_mw: by how much they could go down
 */
struct fuse_group {
	__s64 export_mw;
	__s64 import_mw;
	__s64 fixed_mw;
	__s64 sum_mw;
	__u64 out_mw;
	__u64 in_mw;
	__u64 up_mw;
	__u64 down_mw;
};

/* Left of a setpoint in the direction in which the sum is too great by @over_mw. */
OVPP_GLOBAL __s64 fuse_shrink(__s64 p_mw, __u64 all_mw, __s64 over_mw)
{
	if (p_mw <= 0 || over_mw <= 0)
		return p_mw;
	if ((__u64)over_mw >= all_mw)
		return 0;
	return ovpp_ratio(p_mw, all_mw - over_mw, all_mw);
}

/* By how much one with @head_mw may move, of the @spare_mw that all may. */
OVPP_GLOBAL __s64 fuse_open(__s64 head_mw, __u64 all_mw, __s64 spare_mw)
{
	if (spare_mw <= 0 || head_mw <= 0)
		return 0;
	return ovpp_ratio(head_mw, spare_mw, all_mw);
}

OVPP_GLOBAL __u64 fuse_above(__s64 a, __s64 b)
{
	return a > b ? a - b : 0;
}

static inline bool fuse_moves(const struct fuse_member *m)
{
	return m->group && !m->held;
}

static inline void fuse_add(struct fuse_group *g, const struct fuse_member *m)
{
	g->sum_mw += m->p_mw;
	g->out_mw += fuse_above(m->p_mw, 0);
	g->in_mw += fuse_above(0, m->p_mw);
	g->up_mw += fuse_above(m->hi_mw, m->p_mw);
	g->down_mw += fuse_above(m->p_mw, m->lo_mw);
}

static inline void fuse_sum(struct fuse_member *m, struct fuse_group *g)
{
	__u32 i;

	for (i = 0; i < FUSE_GROUPS; i++) {
		g[i].sum_mw = 0;
		g[i].out_mw = 0;
		g[i].in_mw = 0;
		g[i].up_mw = 0;
		g[i].down_mw = 0;
	}
	for (i = 0; i < FUSE_MEMBERS; i++) {
		if (fuse_moves(&m[i]))
			fuse_add(&g[(m[i].group - 1) % FUSE_GROUPS], &m[i]);
	}
}

/**
 * fuse_narrow() - bounds within which no sum goes beyond its fuse
 * @m: FUSE_MEMBERS members
 * @g: FUSE_GROUPS groups with limits and fixed power
 *
 * Setpoints whose sum is beyond the fuse shrink in proportion; then what the fuse
 * has left is shared out, in proportion to headroom, as room that each may still
 * take or give. So the fuse holds wherever within these bounds the members end up.
 * Where what is fixed is beyond the fuse, the members' part is 0.
 */
static inline void fuse_narrow(struct fuse_member *m, struct fuse_group *g)
{
	struct fuse_group *of;
	__s64 p;
	__u32 i;

	fuse_sum(m, g);
	for (i = 0; i < FUSE_MEMBERS; i++) {
		if (!fuse_moves(&m[i]))
			continue;
		of = &g[(m[i].group - 1) % FUSE_GROUPS];
		p = m[i].p_mw;
		p = fuse_shrink(p, of->out_mw, of->sum_mw + of->fixed_mw - of->export_mw);
		p = -fuse_shrink(-p, of->in_mw, -of->sum_mw - of->fixed_mw - of->import_mw);
		m[i].p_mw = p;
	}
	fuse_sum(m, g);
	for (i = 0; i < FUSE_MEMBERS; i++) {
		if (!fuse_moves(&m[i]))
			continue;
		of = &g[(m[i].group - 1) % FUSE_GROUPS];
		p = m[i].p_mw;
		m[i].hi_mw = p + fuse_open(m[i].hi_mw - p, of->up_mw,
					   of->export_mw - of->fixed_mw - of->sum_mw);
		m[i].lo_mw = p - fuse_open(p - m[i].lo_mw, of->down_mw,
					   of->import_mw + of->fixed_mw + of->sum_mw);
	}
}

#endif /* OPENVPP_FUSE_H */
