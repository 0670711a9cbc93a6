// SPDX-License-Identifier: GPL-2.0-only
/* A dispatch: its schedule and its accounts, see dispatch.h. */
#include "dispatch.h"
#include "span.h"

#define HORIZON_NS (366ULL * 86400 * OVPP_NS_PER_S)

static int check_block(const struct ovpp_block *b, u64 earliest, u64 latest)
{
	if (b->start_ns >= b->end_ns || b->start_ns < earliest)
		return -EINVAL;
	if (b->end_ns > latest || b->end_ns - b->start_ns > HORIZON_NS ||
	    ovpp_abs(b->p_mw) > OVPP_P_MAX)
		return -ERANGE;
	return 0;
}

int ovpp_dispatch_check(const struct ovpp_dispatch *d, u64 now,
			unsigned int *bad)
{
	u64 earliest = 0;
	unsigned int i;
	int err;

	*bad = 0;
	if (!d->blocks || d->blocks > OPENVPP_BLOCK_MAX)
		return -EINVAL;
	for (i = 0; i < d->blocks; i++) {
		*bad = i;
		err = check_block(&d->block[i], earliest, now + HORIZON_NS);
		if (err)
			return err;
		earliest = d->block[i].end_ns;
	}
	return earliest > now ? 0 : -ETIME;
}

bool ovpp_dispatch_ended(const struct ovpp_dispatch *d)
{
	return d->state != OVPP_DISPATCH_PENDING &&
	       d->state != OVPP_DISPATCH_RUNNING;
}

void ovpp_dispatch_end(struct ovpp_dispatch *d, u8 state)
{
	d->state = state;
	d->in_force = false;
}

bool ovpp_dispatch_step(struct ovpp_dispatch *d, u64 now)
{
	u8 before = d->state;

	if (ovpp_dispatch_ended(d))
		return false;
	while (d->at < d->blocks && d->block[d->at].end_ns <= now)
		d->at++;
	if (d->at == d->blocks) {
		ovpp_dispatch_end(d, OVPP_DISPATCH_DONE);
		return true;
	}
	d->in_force = d->block[d->at].start_ns <= now;
	if (d->in_force || d->at)
		d->state = OVPP_DISPATCH_RUNNING;
	return d->state != before;
}

static void account(struct ovpp_delivery *del, s64 asked_mw, u64 us, bool known,
		    s64 actual_mw)
{
	s64 error;

	del->asked_mwh += ovpp_span_energy(asked_mw, us, &del->asked_mw_us);
	if (!known) {
		del->unknown_us += us;
		return;
	}
	error = ovpp_abs(actual_mw - asked_mw);
	del->known_us += us;
	del->actual_mwh += ovpp_span_energy(actual_mw, us, &del->actual_mw_us);
	del->error_mwh += ovpp_span_energy(error, us, &del->error_mw_us);
}

void ovpp_dispatch_deliver(struct ovpp_dispatch *d, u64 now, bool known,
			   s64 actual_mw)
{
	u64 from = d->last_ns ? d->last_ns : d->submitted_ns;
	unsigned int i;

	if (ovpp_dispatch_ended(d))
		return;
	actual_mw = ovpp_clamp_p(actual_mw);
	for (i = d->at; i < d->blocks; i++) {
		const struct ovpp_block *b = &d->block[i];
		u64 start = b->start_ns > from ? b->start_ns : from;
		u64 end = b->end_ns < now ? b->end_ns : now;
		u64 us;

		if (start >= end)
			continue;
		us = (end - start) / 1000;
		account(&d->delivery, b->p_mw, us, known, actual_mw);
		/* What is below 1 us waits for the next span. */
		d->last_ns = start + us * 1000;
	}
}

u64 ovpp_dispatch_error_mean(const struct ovpp_delivery *del)
{
	u64 mwh = del->error_mwh;

	if (!del->known_us)
		return 0;
	if (mwh < (1ULL << 62) / OVPP_MW_US_PER_MWH)
		return (mwh * OVPP_MW_US_PER_MWH + del->error_mw_us) /
		       del->known_us;
	/* Long and large: the rest below 1 mWh no longer tells. */
	return mwh / (del->known_us / OVPP_US_PER_S + 1) * 3600;
}
