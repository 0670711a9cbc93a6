// SPDX-License-Identifier: GPL-2.0-only
/*
 * The observer: what flows to the load, and what the DER fail to give.
 *
 * The load is the difference of two measurements that come over different ways
 * and at different times. As long as nothing moves that does not matter. While
 * DER move, a PCC value that already shows the move and a DER's power that does
 * not (or the other way round) differ by the move, and a law that believed the
 * difference would answer its own move. Three rules keep that from ringing:
 *
 * - a value is taken in only when it is coherent (see control.h), so that the
 *   two sides are never further apart than the delays of the buses,
 * - and only a share of it: gain_ppm per tick that has passed, at most half. The
 *   answer to a discrepancy is then always smaller than the discrepancy, also
 *   when a meter or a DER lags a whole interval of its own behind,
 * - and only what recent moves of the site's own will do not explain: after a
 *   step of the target, a difference up to that step may still be on its way.
 */
#include "engine.h"
#include "span.h"

/* The trim is this much slower than the slowest DER. */
#define TRIM_SLOWNESS 4

/* Motion may explain this many times itself of a shortfall. */
#define MOTION_WEIGHT 4

/* Ticks in which a move may be on its way: twice 5 for the delays, and slack. */
#define FLIGHT_TICKS 12

struct sums {
	s64 p;     /* of all DER whose power is known */
	s64 told;  /* what all of these were told */
	s64 free;  /* of those of them that follow commands */
	s64 cmd;   /* what these were told */
	bool late; /* one has moved and was not heard since */
};

/*
 * A DER whose power becomes known leaves the load, one whose power is no longer
 * known joins it with what it last gave: unknown is not zero, and the demand on
 * the others stays as it was.
 */
static void recount(struct ovpp_control *c, struct ovpp_der_ctl *der)
{
	s64 shift = der->p_known ? der->p_mw : -der->counted_mw;

	if (der->p_known != der->counted && c->observed) {
		c->load_mw += shift;
		c->demand_mw += shift;
	}
	der->counted = der->p_known;
	der->counted_mw = der->p_mw;
}

static struct sums sum_up(struct ovpp_engine *eng)
{
	struct sums s = { 0 };
	unsigned int i;

	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		recount(&eng->control, der);
		if (!der->counted)
			continue;
		s.p += der->p_mw;
		s.told += der->share.p;
		if (der->moved && der->p_measured &&
		    der->p_seq == der->seen_seq)
			s.late = true;
		if (der->tripped)
			continue;
		s.free += der->p_mw;
		s.cmd += der->share.p;
	}
	s.p = ovpp_clamp_p(s.p);
	return s;
}

static void mark_seen(struct ovpp_engine *eng)
{
	unsigned int i;

	for (i = 0; i < eng->n_order; i++) {
		eng->order[i]->seen_seq = eng->order[i]->p_seq;
		eng->order[i]->moved = false;
	}
}

/*
 * Range of what the site wanted of its own will (commands less the answer to the
 * load) in the last FLIGHT_TICKS to twice as many ticks.
 */
static s64 in_flight(struct ovpp_control *c, s64 will)
{
	if (++c->will_ticks >= FLIGHT_TICKS) {
		memcpy(c->will_before, c->will_now, sizeof(c->will_now));
		c->will_now[0] = will;
		c->will_now[1] = will;
		c->will_ticks = 0;
	}
	c->will_now[0] = ovpp_min(c->will_now[0], will);
	c->will_now[1] = ovpp_max(c->will_now[1], will);
	return ovpp_max(c->will_now[1], c->will_before[1]) -
	       ovpp_min(c->will_now[0], c->will_before[0]);
}

/* Takes in a share of what the load differs from its estimate. */
static void estimate_load(struct ovpp_control *c, s64 load, s64 flight,
			  u32 share)
{
	s64 diff = load - c->load_mw;

	c->load_mw += ovpp_part(diff - ovpp_clamp(diff, -flight, flight),
				share);
}

/*
 * The shortfall is believed only when it cannot be the tail of a move: while
 * commands or powers still differ much from their own averages over the
 * settling time, it stays as it is.
 */
static void estimate_trim(struct ovpp_engine *eng, const struct sums *s)
{
	struct ovpp_control *c = &eng->control;
	u64 settle_us = eng->policy.settle_ms * 1000ULL;
	u64 us = c->waited_us < settle_us ? c->waited_us : settle_us;
	u32 q20 = us * OVPP_Q20 / settle_us + 1;
	s64 shortfall = s->cmd - s->free - c->trim_mw;
	s64 motion;

	c->cmd_slow_mw += ovpp_part(s->cmd - c->cmd_slow_mw, q20);
	c->p_slow_mw += ovpp_part(s->free - c->p_slow_mw, q20);
	motion = ovpp_max(ovpp_abs(s->cmd - c->cmd_slow_mw),
			  ovpp_abs(s->free - c->p_slow_mw));
	if (motion * MOTION_WEIGHT <= ovpp_abs(shortfall))
		c->trim_mw += ovpp_part(shortfall, q20 / TRIM_SLOWNESS + 1);
}

/* The first measurement is believed as it is. */
static void begin(struct ovpp_control *c, const struct sums *s, s64 load)
{
	c->observed = true;
	c->load_mw = load;
	c->cmd_slow_mw = s->free;
	c->p_slow_mw = s->free;
	c->will_now[0] = s->told - load;
	c->will_now[1] = s->told - load;
	memcpy(c->will_before, c->will_now, sizeof(c->will_now));
}

void ovpp_observer_step(struct ovpp_engine *eng)
{
	struct ovpp_control *c = &eng->control;
	u64 settle_us = eng->policy.settle_ms * 1000ULL;
	u32 gain = (u64)eng->policy.gain_ppm * OVPP_Q20 / 1000000;
	u32 most = ovpp_max(gain, OVPP_Q20 / 2);
	struct sums s = sum_up(eng);
	s64 load = ovpp_clamp_p(s.p - eng->pcc->p_mw);
	bool first = !c->observed;
	s64 flight;

	if (first)
		begin(c, &s, load);
	flight = in_flight(c, s.told - c->load_mw);
	c->waited_us += eng->dt_us;
	c->kept_q20 = (u64)c->kept_q20 * (OVPP_Q20 - gain) / OVPP_Q20;
	if (!first && (eng->pcc->p_seq == c->pcc_seq ||
		       (s.late && c->waited_us < TRIM_SLOWNESS * settle_us)))
		return;
	estimate_load(c, load, flight,
		      ovpp_min(OVPP_Q20 - c->kept_q20, most));
	estimate_trim(eng, &s);
	c->pcc_seq = eng->pcc->p_seq;
	c->kept_q20 = OVPP_Q20;
	c->waited_us = 0;
	mark_seen(eng);
}
