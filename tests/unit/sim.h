/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site in miniature for closed-loop tests: DER with lags, ramps, gain errors
 * and delays, a load, a PCC meter with a delay and an interval of its own, and
 * the engine between them. One step is one tick.
 */
#ifndef OVPP_TEST_SIM_H
#define OVPP_TEST_SIM_H

#include <math.h>
#include <stdlib.h>

#include "core/engine.h"

#define SIM_DER_MAX 16
#define SIM_DELAY_MAX 8 /* a power of two, more than any delay */

#define W(x) ((s64)(x)*1000)
#define KW(x) ((s64)((x)*1000000))

#define EXPECT_NEAR_W(expected, seen, watts) \
	EXPECT_GE((double)W(watts), fabs((double)(expected) - (double)(seen)))

/* Powers that went down a wire, the newest at @at. */
struct sim_line {
	double value[SIM_DELAY_MAX];
	unsigned int at;
};

static inline double sim_line_pass(struct sim_line *l, double in, unsigned int delay)
{
	l->value[++l->at % SIM_DELAY_MAX] = in;
	return l->value[(l->at - delay) % SIM_DELAY_MAX];
}

struct sim_der {
	struct ovpp_der_ctl ctl;
	struct ovpp_image img;
	/* plant */
	double p;	  /* what it really gives */
	double lag;	  /* time constant in ticks; 0: at once */
	double ramp;	  /* mW a tick of its own; 0: none */
	double gain;	  /* gives this many times what it is told */
	double available; /* limit-only: what it would give if it were let */
	unsigned int command_delay;
	unsigned int measure_delay;
	unsigned int report_every; /* ticks; 0: does not report its power */
	bool mute;
	struct sim_line commands;
	struct sim_line measured;
};

struct sim {
	struct ovpp_engine eng;
	struct sim_der der[SIM_DER_MAX];
	struct sim_der meter;
	unsigned int n;
	double load;
	double pcc; /* what really flows */
	unsigned int meter_delay;
	unsigned int meter_every;
	bool dead_daemon;
	void (*hook)(struct sim *s); /* between law and envelope, as a program would be */
	s64 hook_lo;		     /* for its use */
	s64 hook_hi;
	u64 period_ns;
	u64 tick;
	u64 now;
	struct ovpp_dispatch target;
	struct ovpp_block target_block;
	struct ovpp_der_ctl *all[SIM_DER_MAX + 1];
	struct ovpp_der_ctl *order[SIM_DER_MAX + 1];
	struct ovpp_share *share[SIM_DER_MAX + 1];
};

static const struct ovpp_profile sim_storage = {
	.kind = OVPP_KIND_BATTERY,
	.measured = OVPP_POINT_BIT(OVPP_POINT_P) | OVPP_POINT_BIT(OVPP_POINT_SOC) |
		    OVPP_POINT_BIT(OVPP_POINT_P_MAX) | OVPP_POINT_BIT(OVPP_POINT_CHARGE_OK) |
		    OVPP_POINT_BIT(OVPP_POINT_ALARM),
	.required = OVPP_POINT_BIT(OVPP_POINT_P),
	.commands = OVPP_POINT_BIT(OVPP_POINT_P_SET),
};

static const struct ovpp_profile sim_blind = {
	.kind = OVPP_KIND_OTHER,
	.commands = OVPP_POINT_BIT(OVPP_POINT_P_SET),
};

static const struct ovpp_profile sim_inverter = {
	.kind = OVPP_KIND_PV,
	.measured = OVPP_POINT_BIT(OVPP_POINT_P) | OVPP_POINT_BIT(OVPP_POINT_P_MAX),
	.required = OVPP_POINT_BIT(OVPP_POINT_P),
	.commands = OVPP_POINT_BIT(OVPP_POINT_P_LIMIT),
};

static const struct ovpp_profile sim_meter = {
	.kind = OVPP_KIND_METER,
	.measured = OVPP_POINT_BIT(OVPP_POINT_P) | OVPP_POINT_BIT(OVPP_POINT_F) |
		    OVPP_POINT_BIT(OVPP_POINT_V),
	.required = OVPP_POINT_BIT(OVPP_POINT_P),
};

/* A value is captured now. */
static inline void sim_capture(struct sim_der *der, enum ovpp_point point, s64 value, u64 now)
{
	struct ovpp_update up = {
		.value = value,
		.point = point,
		.quality = OVPP_QUALITY_GOOD,
	};

	ovpp_image_update(&der->img, &up, 1, now, 5000);
}

static inline void sim_init(struct sim *s)
{
	memset(s, 0, sizeof(*s));
	s->period_ns = OVPP_NS_PER_MS;
	s->now = 1000 * OVPP_NS_PER_S;
	s->meter_every = 1;
	ovpp_engine_init(&s->eng, s->now);
	s->eng.der = s->all;
	s->eng.order = s->order;
	s->eng.share = s->share;
	ovpp_der_ctl_init(&s->meter.ctl, 1, &sim_meter, OVPP_KIND_METER, true);
	s->meter.ctl.reachable = true;
	s->all[s->eng.n++] = &s->meter.ctl;
	ovpp_engine_order(&s->eng);
}

static inline struct sim_der *sim_add(struct sim *s, const struct ovpp_profile *prof, s64 p_min,
				      s64 p_max)
{
	struct sim_der *der = &s->der[s->n++];

	ovpp_der_ctl_init(&der->ctl, s->n + 1, prof, prof->kind, false);
	der->ctl.reachable = true;
	der->ctl.envelope.p_min_mw = p_min;
	der->ctl.envelope.p_max_mw = p_max;
	der->gain = 1;
	der->report_every = prof->measured & 1 ? 1 : 0;
	s->all[s->eng.n++] = &der->ctl;
	ovpp_engine_order(&s->eng);
	return der;
}

static inline void sim_rank(struct sim *s, struct sim_der *der, u8 rank)
{
	der->ctl.policy.rank = rank;
	ovpp_engine_order(&s->eng);
}

static inline void sim_plant_der(struct sim_der *der)
{
	double want = sim_line_pass(&der->commands, (double)der->ctl.p_cmd_mw, der->command_delay);
	double step;

	if (ovpp_der_limit_only(&der->ctl))
		want = fmin(want, der->available);
	step = (want * der->gain - der->p) / (der->lag + 1);
	if (der->ramp)
		step = fmax(fmin(step, der->ramp), -der->ramp);
	der->p += step;
}

/* Moves the plant by one tick and lets meter and DER report. */
static inline void sim_plant(struct sim *s)
{
	double sum = -s->load, seen;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		struct sim_der *der = &s->der[i];

		sim_plant_der(der);
		sum += der->p;
		seen = sim_line_pass(&der->measured, der->p, der->measure_delay);
		if (der->report_every && !der->mute && (s->tick + i) % der->report_every == 0)
			sim_capture(der, OVPP_POINT_P, llround(seen), s->now);
	}
	s->pcc = sum;
	seen = sim_line_pass(&s->meter.measured, sum, s->meter_delay);
	if (!s->meter.mute && s->tick % s->meter_every == 0)
		sim_capture(&s->meter, OVPP_POINT_P, llround(seen), s->now);
}

static inline void sim_step(struct sim *s)
{
	unsigned int i;

	s->tick++;
	s->now += s->period_ns;
	sim_plant(s);
	ovpp_der_sense(&s->meter.ctl, &s->meter.img, s->now);
	for (i = 0; i < s->n; i++)
		ovpp_der_sense(&s->der[i].ctl, &s->der[i].img, s->now);
	if (!s->dead_daemon)
		ovpp_lease_heartbeat(&s->eng.lease, s->now);
	ovpp_engine_decide(&s->eng, s->now);
	if (s->hook && ovpp_lease_active(&s->eng.lease)) {
		s->hook(s);
		ovpp_control_share(&s->eng);
	}
	ovpp_engine_apply(&s->eng, s->now);
}

static inline void sim_run(struct sim *s, unsigned int ticks)
{
	while (ticks--)
		sim_step(s);
}

/* From now on this is the PCC target; the site follows it from the next tick. */
static inline void sim_target(struct sim *s, s64 mw)
{
	struct ovpp_dispatch *old;

	if (!s->eng.lease.alive_since_ns)
		sim_step(s);
	s->target_block = (struct ovpp_block){
		.start_ns = s->now,
		.end_ns = s->now + 100000 * OVPP_NS_PER_S,
		.p_mw = mw,
	};
	if (s->target.id) {
		/* the same dispatch with another value: a schedule's next block */
		return;
	}
	s->target = (struct ovpp_dispatch){
		.submitted_ns = s->now,
		.id = 1,
		.blocks = 1,
		.block = &s->target_block,
	};
	ovpp_engine_submit(&s->eng, &s->target, &old);
}

#endif /* OVPP_TEST_SIM_H */
