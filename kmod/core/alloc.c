// SPDX-License-Identifier: GPL-2.0-only
/* Sharing a demand over DER, see alloc.h. */
#include "alloc.h"
#include "wide.h"

/* How far a share can move in the direction asked. */
static u64 room(const struct ovpp_share *s, bool up)
{
	return up ? s->hi - s->p : s->p - s->lo;
}

static void move(struct ovpp_share *s, bool up, u64 by)
{
	s->p += up ? (s64)by : -(s64)by;
}

/*
 * Moves @n shares of one rank by @want together, less than their room in sum.
 * Each takes room * want / total, rounded down: @want / @total is held as a
 * fraction of 2^64, which leaves less than 1 mW a share to be handed out after.
 */
static void share_out(struct ovpp_share *const *share, unsigned int n, bool up,
		      u64 want, u64 total)
{
	u64 rest = want, rem, lo, fraction, part;
	unsigned int i;

	fraction = ovpp_div_wide(want, 0, total, &rem);
	for (i = 0; i < n; i++) {
		part = ovpp_mul_wide(room(share[i], up), fraction, &lo);
		move(share[i], up, part);
		rest -= part;
	}
	for (i = 0; i < n && rest; i++) {
		if (!room(share[i], up))
			continue;
		move(share[i], up, 1);
		rest--;
	}
}

s64 ovpp_alloc(struct ovpp_share *const *share, unsigned int n, s64 demand)
{
	unsigned int first, end, i;
	s64 delta = demand;
	u64 want, total;
	bool up;

	for (i = 0; i < n; i++)
		delta = ovpp_sub_sat(delta, share[i]->p);
	up = delta > 0;
	want = ovpp_magnitude(delta);

	for (first = 0; first < n && want; first = end) {
		total = 0;
		for (end = first;
		     end < n && share[end]->rank == share[first]->rank; end++)
			total += room(share[end], up);
		if (want < total) {
			share_out(share + first, end - first, up, want, total);
			return 0;
		}
		for (i = first; i < end; i++)
			move(share[i], up, room(share[i], up));
		want -= total;
	}
	return up ? (s64)want : -(s64)want;
}
