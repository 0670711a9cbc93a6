// SPDX-License-Identifier: GPL-2.0-or-later
/* Any site, any course of events: no tick breaks a promise. */
#include "../unit/promises.h"
#include "../unit/sim.h"
#include "input.h"

/* Any power up to 64 kW, or one beyond all reason. */
static s64 draw_power(struct input *in)
{
	return draw_below(in, 16) ? (s64)(int16_t)draw(in, 2) * 2000 : ovpp_clamp_p(draw_s64(in));
}

static void draw_der(struct input *in, struct sim *s)
{
	static const struct ovpp_profile *const kinds[] = {
		&sim_storage,
		&sim_inverter,
		&sim_blind,
	};
	s64 a = draw_power(in), b = draw_power(in);
	struct sim_der *der = sim_add(s, kinds[draw_below(in, 3)], ovpp_min(a, b), ovpp_max(a, b));

	der->lag = draw(in, 1);
	der->available = (double)ovpp_abs(draw_power(in));
	der->command_delay = draw_below(in, 6);
	der->measure_delay = draw_below(in, 6);
	der->ctl.envelope.safe_mw = draw_power(in);
	der->ctl.envelope.ramp_mw_s = draw_below(in, 2) * draw(in, 4);
	der->ctl.envelope.soc_min_ppm = draw_below(in, 3) * 100000;
	der->ctl.policy.rest_mw = draw_power(in);
	sim_rank(s, der, draw_below(in, 4));
}

static void draw_site(struct input *in, struct sim *s)
{
	struct ovpp_site_policy *p = &s->eng.policy;
	unsigned int n = 1 + draw_below(in, 5);

	sim_init(s);
	while (n--)
		draw_der(in, s);
	s->meter_delay = draw_below(in, 6);
	s->meter_every = 1 + draw_below(in, 20);
	p->gain_ppm = 1000 + draw_below(in, 999001);
	p->settle_ms = 1 + draw_below(in, 600000);
	p->deadband_mw = draw_below(in, 2) * draw(in, 2);
	p->ramp_mw_s = draw_below(in, 2) * draw(in, 4);
	p->droop_mw_hz = draw_below(in, 2) * draw(in, 4);
	s->eng.lease.config.fallback_ms = draw(in, 1);
	s->eng.lease.config.grace_ms = draw(in, 1);
	if (draw_below(in, 2))
		s->eng.envelope.export_max_mw = ovpp_abs(draw_power(in));
	if (draw_below(in, 2))
		s->eng.envelope.import_max_mw = ovpp_abs(draw_power(in));
	PROMISE(!ovpp_site_policy_check(p));
	PROMISE(!ovpp_site_envelope_check(&s->eng.envelope));
	sim_target(s, draw_power(in));
}

static void draw_value(struct input *in, struct sim_der *der, u64 now)
{
	struct ovpp_update up = {
		.value = draw_s64(in),
		.point = draw_below(in, OVPP_POINT_N),
		.quality = draw_below(in, 2) ? OVPP_QUALITY_GOOD : OVPP_QUALITY_INVALID,
	};

	ovpp_image_update(&der->img, &up, 1, now, 1000);
}

/* A program that would like all DER within bounds of its own. */
static void narrow_all(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		ovpp_engine_narrow(&s->der[i].ctl, s->hook_lo, s->hook_hi);
}

static void draw_hook(struct input *in, struct sim *s)
{
	s64 a = draw_power(in), b = draw_power(in);

	s->hook_lo = ovpp_min(a, b);
	s->hook_hi = ovpp_max(a, b);
	s->hook = draw_below(in, 3) ? narrow_all : NULL;
}

static void happen(struct input *in, struct sim *s)
{
	struct sim_der *der = &s->der[draw_below(in, s->n)];

	switch (draw_below(in, 12)) {
	case 0:
		der->mute = !der->mute;
		break;
	case 1:
		der->ctl.policy.enable = !der->ctl.policy.enable;
		break;
	case 2:
		draw_value(in, der, s->now);
		break;
	case 3:
		draw_value(in, &s->meter, s->now);
		break;
	case 4:
		s->load = (double)draw_power(in);
		break;
	case 5:
		sim_target(s, draw_power(in));
		break;
	case 6:
		s->meter.mute = !s->meter.mute;
		break;
	case 7:
		s->dead_daemon = !s->dead_daemon;
		break;
	case 8:
		s->period_ns = draw(in, 4);
		break;
	case 9:
		der->ctl.reachable = !der->ctl.reachable;
		break;
	case 10:
		draw_hook(in, s);
		break;
	case 11:
		der->ctl.reflex = !der->ctl.reflex;
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	static struct sim s;
	struct input in = {bytes, bytes + size};
	unsigned int i;

	draw_site(&in, &s);
	while (in.at < in.end) {
		happen(&in, &s);
		sim_step(&s);
		PROMISE(!wrong_site(&s.eng));
		for (i = 0; i < s.n; i++)
			PROMISE(!wrong_der(&s.eng, &s.der[i].ctl));
	}
	return 0;
}
