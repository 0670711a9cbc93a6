/* SPDX-License-Identifier: GPL-2.0-only */
/* Sharing a total by weight within bounds, see health_share.bpf.c. */
#ifndef OPENVPP_SHARE_H
#define OPENVPP_SHARE_H

#include <stdbool.h>

#include "ratio.h"

#define SHARE_MEMBERS 64

/**
 * struct share_member - one that shares
 * @lo_mw: least that it may take, in the direction of the total
 * @hi_mw: greatest, likewise
 * @weight: its part; 0: what the others cannot take
 * @cap_mw: result: its share
 * @in: it shares at all
 */
struct share_member {
	__s64 lo_mw;
	__s64 hi_mw;
	__u64 weight;
	__s64 cap_mw;
	__u32 in;
	__u32 pad;
};

/**
 * share_weight() - what a battery counts for
 * @soh_ppm: its health
 * @soc_ppm: its state of charge
 * @soc_min_ppm: empty
 * @soc_max_ppm: full
 * @charge: 1: it is to be charged; 0: it gives
 *
 * Return: health times what is left to give or to take, 0 to 1,000,000.
 */
OVPP_GLOBAL __u64 share_weight(__s64 soh_ppm, __s64 soc_ppm, __s64 soc_min_ppm,
			       __s64 soc_max_ppm, __u32 charge)
{
	__s64 left = charge ? soc_max_ppm - soc_ppm : soc_ppm - soc_min_ppm;

	if (left <= 0 || soh_ppm <= 0)
		return 0;
	return ovpp_ratio(ovpp_least(left, OVPP_PPM), ovpp_least(soh_ppm, OVPP_PPM), OVPP_PPM);
}

/* Of @part_mw, @own in @all; no more than there is room for. */
OVPP_GLOBAL __s64 share_part(__s64 part_mw, __u64 own, __u64 all, __s64 room_mw)
{
	if (part_mw <= 0 || room_mw <= 0)
		return 0;
	return ovpp_least(ovpp_ratio(part_mw, own, all), room_mw);
}

static inline __s64 share_take(struct share_member *m, __u64 own, __u64 all, __s64 part_mw)
{
	__s64 take = share_part(part_mw, own, all, m->hi_mw - m->cap_mw);

	m->cap_mw += take;
	return take;
}

/**
 * share_out() - set the shares
 * @m: SHARE_MEMBERS members
 * @total_mw: what they have to come to, above 0
 *
 * First by weight; then what somebody could not take, in proportion to room; then the
 * mW that divisions lost, in order.
 *
 * Return: what is left because nobody may take it; below 0: their least is more than
 * the total, nothing is to be shared.
 */
static inline __s64 share_out(struct share_member *m, __s64 total_mw)
{
	__s64 part = total_mw, left;
	__u64 all = 0, room = 0;
	__u32 i;

	for (i = 0; i < SHARE_MEMBERS; i++) {
		if (!m[i].in)
			continue;
		m[i].cap_mw = ovpp_least(ovpp_greatest(m[i].lo_mw, 0), m[i].hi_mw);
		part -= m[i].cap_mw;
		all += m[i].weight;
	}
	left = part;
	for (i = 0; i < SHARE_MEMBERS; i++) {
		if (!m[i].in)
			continue;
		left -= share_take(&m[i], m[i].weight, all, part);
		room += m[i].hi_mw - m[i].cap_mw;
	}
	part = left;
	for (i = 0; i < SHARE_MEMBERS; i++) {
		if (m[i].in)
			left -= share_take(&m[i], m[i].hi_mw - m[i].cap_mw, room, part);
	}
	for (i = 0; i < SHARE_MEMBERS; i++) {
		if (m[i].in)
			left -= share_take(&m[i], 1, 1, left);
	}
	return left;
}

#endif /* OPENVPP_SHARE_H */
