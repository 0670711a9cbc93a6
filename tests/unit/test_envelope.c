// SPDX-License-Identifier: GPL-2.0-or-later
/* core/envelope.c: the last word. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "promises.h"
#include "sim.h"

FIXTURE(envelope)
{
	struct sim s;
	struct sim_der *a, *b;
};

FIXTURE_SETUP(envelope)
{
	sim_init(&self->s);
	self->a = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
	self->b = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
}

FIXTURE_TEARDOWN(envelope)
{
}

#define SELF FIXTURE_DATA(envelope) * self

/* A tick in which something behind the control law asks for these commands. */
static void ask(SELF, s64 a, s64 b)
{
	sim_step(&self->s);
	self->a->ctl.p_cmd_mw = a;
	self->b->ctl.p_cmd_mw = b;
	ovpp_envelope_apply(&self->s.eng);
}

static void follow(SELF, s64 target)
{
	sim_target(&self->s, target);
	sim_run(&self->s, 200);
}

TEST(new_der_cannot_move)
{
	struct ovpp_der_envelope e;

	ovpp_der_envelope_init(&e);
	EXPECT_EQ(0, ovpp_der_envelope_check(&e));
	EXPECT_EQ(0, e.p_min_mw);
	EXPECT_EQ(0, e.p_max_mw);
}

TEST(contradicting_limits_are_refused)
{
	struct ovpp_der_envelope d;
	struct ovpp_site_envelope s;

	ovpp_der_envelope_init(&d);
	d.p_min_mw = 1;
	EXPECT_EQ(-EINVAL, ovpp_der_envelope_check(&d));
	d.p_max_mw = OVPP_P_MAX + 1;
	EXPECT_EQ(-ERANGE, ovpp_der_envelope_check(&d));
	d.p_max_mw = 1;
	d.safe_mw = S64_MIN;
	EXPECT_EQ(-ERANGE, ovpp_der_envelope_check(&d));
	d.safe_mw = 0;
	d.soc_min_ppm = 500001;
	d.soc_max_ppm = 500000;
	EXPECT_EQ(-EINVAL, ovpp_der_envelope_check(&d));
	d.soc_max_ppm = 1000001;
	EXPECT_EQ(-ERANGE, ovpp_der_envelope_check(&d));
	d.soc_max_ppm = 1000000;
	d.bounds.f_min_mhz = 51000;
	d.bounds.f_max_mhz = 50000;
	EXPECT_EQ(-EINVAL, ovpp_der_envelope_check(&d));
	ovpp_site_envelope_init(&s);
	EXPECT_EQ(0, ovpp_site_envelope_check(&s));
	s.import_max_mw = -1;
	EXPECT_EQ(-ERANGE, ovpp_site_envelope_check(&s));
	s.import_max_mw = 0;
	s.bounds.v_min_mv = 2;
	s.bounds.v_max_mv = 1;
	EXPECT_EQ(-EINVAL, ovpp_site_envelope_check(&s));
}

TEST(bounds_that_are_set_hold_only_for_known_values)
{
	struct ovpp_bounds b = {0};

	EXPECT_TRUE(ovpp_bounds_hold(&b, false, 0, false, 0));
	b.v_max_mv = 253000;
	EXPECT_FALSE(ovpp_bounds_hold(&b, false, 230000, false, 0));
	EXPECT_TRUE(ovpp_bounds_hold(&b, true, 253000, false, 0));
	EXPECT_FALSE(ovpp_bounds_hold(&b, true, 253001, false, 0));
	b.f_min_mhz = 47500;
	EXPECT_FALSE(ovpp_bounds_hold(&b, true, 230000, true, 47499));
	EXPECT_TRUE(ovpp_bounds_hold(&b, true, 230000, true, 47500));
}

TEST_F(envelope, command_beyond_the_bounds_is_held)
{
	follow(self, 0);
	ask(self, KW(99), KW(-99));
	EXPECT_EQ(KW(10), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(-10), self->b->ctl.p_cmd_mw);
	EXPECT_TRUE(self->a->ctl.clamped);
	EXPECT_LT(0, (s64)self->s.eng.clamps);
}

TEST_F(envelope, command_within_the_limits_is_left_alone)
{
	u64 clamps;

	follow(self, 0);
	clamps = self->s.eng.clamps;
	ask(self, KW(3), KW(-4));
	EXPECT_EQ(KW(3), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(-4), self->b->ctl.p_cmd_mw);
	EXPECT_FALSE(self->a->ctl.clamped);
	EXPECT_EQ(clamps, self->s.eng.clamps);
}

TEST_F(envelope, ramp_limits_every_change)
{
	s64 last;

	self->a->ctl.envelope.ramp_mw_s = KW(2);
	follow(self, 0);
	last = self->a->ctl.p_cmd_mw;
	ask(self, KW(10), 0);
	EXPECT_EQ(last + W(2), self->a->ctl.p_cmd_mw);
	ask(self, KW(10), 0);
	EXPECT_EQ(last + W(4), self->a->ctl.p_cmd_mw);
	last = self->a->ctl.p_cmd_mw;
	ask(self, KW(-10), 0);
	EXPECT_EQ(last - W(2), self->a->ctl.p_cmd_mw);
}

TEST_F(envelope, ramp_slower_than_a_milliwatt_a_tick_still_moves)
{
	self->a->ctl.envelope.ramp_mw_s = 100;
	self->b->ctl.envelope.p_max_mw = 0;
	follow(self, 0);
	ASSERT_EQ(0, self->a->ctl.p_cmd_mw);
	sim_target(&self->s, KW(10));
	sim_run(&self->s, 1000);
	EXPECT_EQ(100, self->a->ctl.p_cmd_mw);
}

TEST_F(envelope, ramp_is_broken_towards_a_limit)
{
	self->a->ctl.envelope.ramp_mw_s = KW(2);
	sim_target(&self->s, KW(12));
	sim_run(&self->s, 5000);
	EXPECT_LT(KW(5), self->a->ctl.p_cmd_mw);
	self->a->ctl.envelope.p_max_mw = KW(1);
	sim_step(&self->s);
	EXPECT_EQ(KW(1), self->a->ctl.p_cmd_mw);
}

TEST_F(envelope, tripped_der_is_at_its_safe_value_exactly)
{
	self->a->ctl.envelope.ramp_mw_s = 1;
	self->a->ctl.envelope.safe_mw = KW(-2);
	self->s.eng.envelope.export_max_mw = 0;
	self->s.eng.envelope.import_max_mw = 0;
	follow(self, 0);
	self->a->ctl.policy.enable = false;
	ask(self, KW(5), 0);
	EXPECT_EQ(KW(-2), self->a->ctl.p_cmd_mw);
	self->a->ctl.envelope.safe_mw = KW(-20);
	ask(self, KW(5), 0);
	EXPECT_EQ(KW(-10), self->a->ctl.p_cmd_mw);
}

TEST_F(envelope, export_limit_takes_commands_back_in_proportion)
{
	self->s.load = KW(3);
	follow(self, 0);
	self->s.eng.envelope.export_max_mw = KW(5);
	ask(self, KW(10), KW(8));
	EXPECT_EQ(KW(8), self->a->ctl.p_cmd_mw + self->b->ctl.p_cmd_mw);
	EXPECT_NEAR_W(KW(10) - KW(10) * 20 / 38, self->a->ctl.p_cmd_mw, 1);
	EXPECT_EQ(0, self->s.eng.excess_mw);
	EXPECT_TRUE(self->a->ctl.clamped);
}

TEST_F(envelope, import_limit_takes_commands_back_by_rank)
{
	self->s.load = KW(3);
	sim_rank(&self->s, self->b, 1);
	follow(self, 0);
	self->s.eng.envelope.import_max_mw = KW(5);
	ask(self, KW(-5), KW(-4));
	EXPECT_EQ(KW(-5), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(3), self->b->ctl.p_cmd_mw);
	EXPECT_EQ(0, self->s.eng.excess_mw);
}

TEST_F(envelope, excess_that_nobody_can_take_back_is_told)
{
	follow(self, 0);
	self->s.eng.envelope.import_max_mw = KW(5);
	self->s.load = KW(40);
	sim_run(&self->s, 2000);
	EXPECT_EQ(KW(10), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(10), self->b->ctl.p_cmd_mw);
	EXPECT_NEAR_W(KW(-15), self->s.eng.excess_mw, 10);
}

TEST_F(envelope, export_limit_holds_at_the_meter_though_a_der_gives_too_much)
{
	self->a->gain = 1.05;
	self->b->gain = 1.05;
	self->s.eng.envelope.export_max_mw = KW(5);
	self->s.eng.policy.export_max_mw = S64_MAX;
	sim_target(&self->s, KW(15));
	sim_run(&self->s, 30000);
	EXPECT_NEAR_W(KW(5), self->s.pcc, 10);
}

TEST_F(envelope, der_that_trips_makes_room_only_when_it_is_seen_to_give_less)
{
	follow(self, KW(8));
	self->s.eng.envelope.export_max_mw = KW(8);
	self->a->ctl.policy.enable = false; /* told to go to 0, but it stays */
	self->a->lag = 1e9;
	ask(self, 0, KW(10));
	EXPECT_GE(KW(8), llround(self->a->p) + self->b->ctl.p_cmd_mw);
}

TEST_F(envelope, without_a_known_pcc_nobody_moves_towards_a_limit)
{
	self->s.eng.n = 0;
	self->s.all[self->s.eng.n++] = &self->a->ctl;
	self->s.all[self->s.eng.n++] = &self->b->ctl;
	ovpp_engine_order(&self->s.eng);
	self->s.eng.envelope.export_max_mw = KW(5);
	self->s.eng.lease.config.grace_ms = 10;
	sim_run(&self->s, 100);
	ASSERT_EQ(OVPP_SITE_AUTONOMOUS, self->s.eng.lease.state);
	ask(self, KW(3), KW(-3));
	EXPECT_EQ(0, self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(-3), self->b->ctl.p_cmd_mw);
	self->s.eng.envelope.export_max_mw = S64_MAX;
	ask(self, KW(3), KW(-3));
	self->s.eng.envelope.export_max_mw = KW(5);
	ask(self, KW(4), KW(-3));
	EXPECT_EQ(KW(3), self->a->ctl.p_cmd_mw);
}

TEST_F(envelope, site_bounds_broken_or_unknown_make_every_der_safe)
{
	follow(self, KW(4));
	self->s.eng.envelope.bounds.f_min_mhz = 47500;
	sim_step(&self->s); /* the frequency was never measured */
	EXPECT_EQ(0, self->a->ctl.p_cmd_mw);
	EXPECT_FALSE(self->a->ctl.run);
	sim_capture(&self->s.meter, OVPP_POINT_F, 50000, self->s.now);
	sim_step(&self->s);
	EXPECT_EQ(KW(2), self->a->ctl.p_cmd_mw);
	sim_capture(&self->s.meter, OVPP_POINT_F, 47000, self->s.now);
	sim_step(&self->s);
	EXPECT_EQ(0, self->a->ctl.p_cmd_mw);
}

TEST_F(envelope, no_command_moves_a_site_whose_lease_is_not_active)
{
	sim_run(&self->s, 10);
	ask(self, KW(3), KW(-3));
	EXPECT_EQ(0, self->a->ctl.p_cmd_mw);
	EXPECT_EQ(0, self->b->ctl.p_cmd_mw);
	EXPECT_FALSE(self->a->ctl.clamped && self->a->ctl.p_cmd_mw);
}

/* ---- any site, any wish: what no tick may ever break ---- */

static s64 power(s64 max)
{
	return (s64)((drand48() * 2 - 1) * max);
}

static bool one_in(int n)
{
	return lrand48() % n == 0;
}

static void random_site(struct sim *s)
{
	unsigned int i, n = 1 + lrand48() % 8;

	sim_init(s);
	for (i = 0; i < n; i++) {
		s64 lo = power(KW(20)), hi = power(KW(20));
		struct sim_der *der = sim_add(s,
					      one_in(4)	  ? &sim_inverter
					      : one_in(4) ? &sim_blind
							  : &sim_storage,
					      ovpp_min(lo, hi), ovpp_max(lo, hi));

		der->lag = one_in(2) ? 0 : lrand48() % 50;
		der->available = drand48() * KW(20);
		der->ctl.envelope.safe_mw = power(KW(5));
		der->ctl.envelope.ramp_mw_s = one_in(2) ? lrand48() % KW(50) : 0;
		der->ctl.envelope.soc_min_ppm = one_in(3) ? 200000 : 0;
		der->ctl.policy.soc_max_ppm = one_in(3) ? 900000 : 1000000;
		der->ctl.policy.rest_mw = power(KW(20));
		sim_rank(s, der, lrand48() % 3);
	}
	s->load = power(KW(30));
	if (one_in(2))
		s->eng.envelope.export_max_mw = llabs(power(KW(20)));
	if (one_in(2))
		s->eng.envelope.import_max_mw = llabs(power(KW(20)));
	sim_target(s, power(KW(30)));
}

static void random_happening(struct sim *s)
{
	struct sim_der *der = &s->der[lrand48() % s->n];

	switch (lrand48() % 12) {
	case 0:
		der->mute = !der->mute;
		break;
	case 1:
		der->ctl.policy.enable = !der->ctl.policy.enable;
		break;
	case 2:
		sim_capture(der, OVPP_POINT_ALARM, one_in(3), s->now);
		break;
	case 3:
		sim_capture(der, OVPP_POINT_SOC, lrand48() % 1000000, s->now);
		break;
	case 4:
		sim_capture(der, OVPP_POINT_CHARGE_OK, lrand48() % 2, s->now);
		break;
	case 5:
		sim_capture(der, OVPP_POINT_P_MAX, power(KW(20)), s->now);
		break;
	case 6:
		s->load = power(KW(30));
		break;
	case 7:
		sim_target(s, power(KW(30)));
		break;
	case 8:
		s->meter.mute = one_in(8);
		break;
	case 9:
		s->period_ns = 1 + lrand48() % (20 * OVPP_NS_PER_MS);
		break;
	case 10:
		s->dead_daemon = one_in(8);
		break;
	case 11:
		s->now += one_in(10) ? 6 * OVPP_NS_PER_S : 0;
	}
}

TEST(no_tick_of_any_site_leaves_the_envelope)
{
	static struct sim s;
	unsigned int site, tick, i;

	srand48(3);
	for (site = 0; site < 300; site++) {
		random_site(&s);
		for (tick = 0; tick < 400; tick++) {
			const char *wrong = NULL;

			if (one_in(5))
				random_happening(&s);
			sim_step(&s);
			if (one_in(3)) {
				/* a hook has another idea */
				for (i = 0; i < s.n; i++)
					s.der[i].ctl.p_cmd_mw = power(KW(60));
				ovpp_envelope_apply(&s.eng);
			}
			for (i = 0; i < s.n && !wrong; i++)
				wrong = wrong_der(&s.eng, &s.der[i].ctl);
			if (!wrong)
				wrong = wrong_site(&s.eng);
			ASSERT_EQ(NULL, wrong)
			TH_LOG("site %u, tick %u: %s", site, tick, wrong);
		}
	}
}

TEST_HARNESS_MAIN
