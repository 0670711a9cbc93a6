// SPDX-License-Identifier: GPL-2.0-or-later
/* core/control.c: the site's law and its parameters, in closed loop with a plant. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "sim.h"

FIXTURE(control)
{
	struct sim s;
	struct sim_der *a, *b, *c;
};

FIXTURE_SETUP(control)
{
	sim_init(&self->s);
	self->a = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
	self->b = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
	self->c = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
}

FIXTURE_TEARDOWN(control)
{
}

#define SELF FIXTURE_DATA(control) * self

static void start(SELF, s64 target)
{
	sim_target(&self->s, target);
	sim_run(&self->s, 1000);
}

/* ---- faults in flight ---- */

TEST_F(control, saturated_site_gives_all_and_comes_back_without_wind_up)
{
	double peak = 0;
	unsigned int i;

	start(self, 0);
	self->s.load = KW(100);
	sim_run(&self->s, 20000);
	EXPECT_EQ(KW(10), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(10), self->b->ctl.p_cmd_mw);
	EXPECT_EQ(KW(10), self->c->ctl.p_cmd_mw);
	self->s.load = KW(5);
	for (i = 0; i < 2000; i++) {
		sim_step(&self->s);
		if (i > 300)
			peak = fmax(peak, fabs(self->s.pcc));
	}
	EXPECT_GT(W(1), peak);
}

TEST_F(control, one_saturated_der_is_made_up_for_by_the_others)
{
	self->a->ctl.envelope.p_max_mw = KW(1);
	sim_rank(&self->s, self->a, 1);
	self->s.load = KW(15);
	start(self, 0);
	EXPECT_EQ(KW(1), self->a->ctl.p_cmd_mw);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
	EXPECT_NEAR_W(self->b->p, self->c->p, 1);
}

TEST_F(control, der_that_does_not_follow_is_made_up_for_by_the_others)
{
	self->s.load = KW(3);
	start(self, 0);
	self->a->gain = 0; /* falls to 0 and stays, says so, raises no alarm */
	sim_run(&self->s, 60000);
	EXPECT_NEAR_W(0, self->s.pcc, 5);
}

TEST_F(control, silent_der_is_not_taken_for_one_that_gives_nothing)
{
	double worst = 0;
	unsigned int i;

	self->s.load = KW(9);
	start(self, 0);
	EXPECT_NEAR_W(KW(3), self->a->p, 1);
	self->a->mute = true; /* still gives 3 kW, then follows its safe value */
	self->a->lag = 500;
	self->s.eng.policy.settle_ms = 2500;
	for (i = 0; i < 12000; i++) {
		sim_step(&self->s);
		worst = fmax(worst, fabs(self->s.pcc));
	}
	EXPECT_EQ(OVPP_SUPERVISION_SILENT, self->a->ctl.supervision);
	/* had it been counted as zero the others had jumped by 3 kW */
	EXPECT_GT(KW(0.3), worst);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
	self->a->mute = false;
	sim_run(&self->s, 60000);
	EXPECT_NEAR_W(KW(3), self->a->p, 1);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
}

TEST_F(control, invalid_pcc_value_is_not_taken_for_zero)
{
	struct ovpp_update up = {
		.point = OVPP_POINT_P,
		.quality = OVPP_QUALITY_INVALID,
	};
	struct sim *s = &self->s;

	s->load = KW(6);
	start(self, KW(-2));
	s->meter.mute = true;
	ovpp_image_update(&s->meter.img, &up, 1, s->now, 5000);
	sim_step(s);
	EXPECT_EQ(OVPP_SITE_FAULT, s->eng.lease.state);
	EXPECT_EQ(0, self->a->ctl.p_cmd_mw);
}

TEST_F(control, stale_pcc_value_ends_control)
{
	start(self, KW(2));
	self->s.meter.mute = true;
	sim_run(&self->s, 5000);
	EXPECT_EQ(OVPP_SITE_FOLLOWING, self->s.eng.lease.state);
	sim_step(&self->s);
	EXPECT_EQ(OVPP_SITE_FAULT, self->s.eng.lease.state);
}

TEST_F(control, sum_of_commands_is_the_demand_and_within_bounds)
{
	s64 sum;
	unsigned int i;

	srand48(6);
	self->s.meter_delay = 3;
	start(self, 0);
	for (i = 0; i < 5000; i++) {
		if (i % 50 == 0)
			self->s.load = (drand48() - 0.5) * KW(80);
		sim_step(&self->s);
		sum = self->a->ctl.p_cmd_mw + self->b->ctl.p_cmd_mw + self->c->ctl.p_cmd_mw;
		ASSERT_EQ(ovpp_clamp(self->s.eng.control.demand_mw, KW(-30), KW(30)), sum);
	}
}

/* ---- policy ---- */

TEST_F(control, error_within_the_deadband_leaves_the_commands_alone)
{
	s64 before;
	unsigned int i;

	self->s.eng.policy.deadband_mw = W(100);
	self->s.load = KW(3);
	start(self, 0);
	before = self->a->ctl.p_cmd_mw;
	srand48(8);
	for (i = 0; i < 2000; i++) {
		self->s.load = KW(3) + (drand48() - 0.5) * W(150);
		sim_step(&self->s);
		ASSERT_EQ(before, self->a->ctl.p_cmd_mw);
	}
	self->s.load = KW(3.5);
	sim_run(&self->s, 2000);
	EXPECT_NE(before, self->a->ctl.p_cmd_mw);
	EXPECT_NEAR_W(0, self->s.pcc, 101);
}

TEST_F(control, target_moves_no_faster_than_its_ramp)
{
	s64 last;
	unsigned int i;

	self->s.eng.policy.ramp_mw_s = KW(2);
	start(self, 0);
	last = self->s.eng.control.target_mw;
	sim_target(&self->s, KW(4));
	for (i = 0; i < 1999; i++) {
		sim_step(&self->s);
		ASSERT_EQ(W(2), self->s.eng.control.target_mw - last);
		last = self->s.eng.control.target_mw;
	}
	sim_run(&self->s, 500);
	EXPECT_EQ(KW(4), self->s.eng.control.target_mw);
	EXPECT_NEAR_W(KW(4), self->s.pcc, 10);
}

TEST_F(control, target_ramp_starts_from_what_flows)
{
	self->s.eng.policy.ramp_mw_s = KW(1);
	self->s.load = KW(7);
	sim_step(&self->s);
	sim_step(&self->s);
	sim_target(&self->s, 0);
	sim_step(&self->s);
	EXPECT_NEAR_W(KW(-7), self->s.eng.control.target_mw, 2);
}

TEST_F(control, target_stays_within_the_export_and_import_limits)
{
	self->s.eng.policy.export_max_mw = KW(2);
	self->s.eng.policy.import_max_mw = KW(1);
	start(self, KW(9));
	EXPECT_EQ(KW(2), self->s.eng.control.target_mw);
	EXPECT_NEAR_W(KW(2), self->s.pcc, 1);
	start(self, KW(-9));
	EXPECT_EQ(KW(-1), self->s.eng.control.target_mw);
	self->s.eng.policy.droop_mw_hz = KW(10);
	sim_capture(&self->s.meter, OVPP_POINT_F, 51000, self->s.now);
	sim_step(&self->s);
	EXPECT_EQ(KW(-1), self->s.eng.control.target_mw);
}

static s64 target_at(SELF, s64 f_mhz)
{
	sim_capture(&self->s.meter, OVPP_POINT_F, f_mhz, self->s.now);
	sim_step(&self->s);
	return self->s.eng.control.target_mw;
}

TEST_F(control, low_frequency_raises_the_target_and_high_lowers_it)
{
	self->s.eng.policy.droop_mw_hz = KW(10);
	self->s.eng.policy.droop_deadband_mhz = 20;
	start(self, KW(1));
	EXPECT_EQ(KW(1), target_at(self, 50000));
	EXPECT_EQ(KW(1), target_at(self, 49980));
	EXPECT_EQ(KW(1), target_at(self, 50020));
	EXPECT_EQ(KW(1) + KW(0.8), target_at(self, 49900));
	EXPECT_EQ(KW(1) - KW(0.8), target_at(self, 50100));
}

TEST_F(control, unknown_frequency_gives_no_droop)
{
	struct ovpp_update up = {
		.point = OVPP_POINT_F,
		.quality = OVPP_QUALITY_INVALID,
	};

	self->s.eng.policy.droop_mw_hz = KW(10);
	start(self, KW(1));
	EXPECT_EQ(KW(1), self->s.eng.control.target_mw);
	EXPECT_EQ(KW(2), target_at(self, 49900));
	ovpp_image_update(&self->s.meter.img, &up, 1, self->s.now, 5000);
	sim_step(&self->s);
	EXPECT_EQ(KW(1), self->s.eng.control.target_mw);
}

TEST_F(control, schedule_is_tracked_block_by_block)
{
	struct ovpp_block block[3];
	struct ovpp_dispatch d = {.id = 9, .blocks = 3, .block = block};
	struct ovpp_dispatch *old;
	unsigned int i;

	self->s.load = KW(2);
	sim_step(&self->s);
	for (i = 0; i < 3; i++)
		block[i] = (struct ovpp_block){
			self->s.now + i * OVPP_NS_PER_S,
			self->s.now + (i + 1) * OVPP_NS_PER_S,
			KW(3) * i - KW(4),
		};
	d.submitted_ns = self->s.now;
	ovpp_engine_submit(&self->s.eng, &d, &old);
	for (i = 0; i < 3; i++) {
		sim_run(&self->s, 990);
		EXPECT_NEAR_W(KW(3) * i - KW(4), self->s.pcc, 1);
		sim_run(&self->s, 10);
	}
}

TEST_F(control, lower_rank_moves_first_and_equals_move_equally)
{
	sim_rank(&self->s, self->c, 1);
	self->s.load = KW(14);
	start(self, 0);
	EXPECT_EQ(KW(10), self->c->ctl.p_cmd_mw);
	EXPECT_NEAR_W(KW(2), self->a->ctl.p_cmd_mw, 1);
	EXPECT_GE(1, llabs(self->a->ctl.p_cmd_mw - self->b->ctl.p_cmd_mw));
}

/* ---- DER that can only be held back ---- */

static struct sim_der *add_inverter(SELF, double available)
{
	struct sim_der *pv = sim_add(&self->s, &sim_inverter, 0, KW(10));

	pv->available = available;
	pv->ctl.policy.rest_mw = KW(10);
	sim_rank(&self->s, pv, 200);
	return pv;
}

TEST_F(control, inverter_gives_all_it_has_while_others_can_take_it)
{
	struct sim_der *pv = add_inverter(self, KW(8));

	start(self, 0);
	EXPECT_EQ(KW(10), pv->ctl.p_cmd_mw); /* fully open */
	EXPECT_NEAR_W(KW(8), pv->p, 1);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
	pv->available = KW(2);
	sim_run(&self->s, 500);
	EXPECT_EQ(KW(10), pv->ctl.p_cmd_mw);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
}

TEST_F(control, inverter_is_held_back_when_nobody_can_take_more)
{
	struct sim_der *pv = add_inverter(self, KW(8));
	double worst = 0;
	unsigned int i;

	pv->lag = 50;
	pv->command_delay = 5;
	for (i = 0; i < 3; i++)
		self->s.der[i].ctl.envelope.p_min_mw = 0;
	self->s.load = KW(3);
	start(self, 0);
	sim_run(&self->s, 5000);
	EXPECT_NEAR_W(KW(3), pv->p, 1);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
	/* more load: the limit follows, and does not spring open */
	self->s.load = KW(5);
	for (i = 0; i < 5000; i++) {
		sim_step(&self->s);
		worst = fmax(worst, self->s.pcc);
	}
	EXPECT_GT(KW(0.4), worst);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
	/* a cloud: others step in, though the limit has not moved */
	pv->available = KW(1);
	sim_run(&self->s, 5000);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
	EXPECT_NEAR_W(KW(4), self->a->p + self->b->p + self->c->p, 1);
}

TEST_F(control, raised_limit_that_is_not_yet_followed_does_not_spring_open)
{
	struct sim_der *pv = add_inverter(self, KW(9.5));
	double worst = 0;
	unsigned int i;

	pv->command_delay = 5;
	pv->measure_delay = 5;
	for (i = 0; i < 3; i++)
		self->s.der[i].ctl.envelope.p_min_mw = 0;
	self->s.load = KW(3);
	start(self, 0);
	EXPECT_NEAR_W(KW(3), pv->p, 1);
	sim_target(&self->s, KW(3));
	for (i = 0; i < 1000; i++) {
		sim_step(&self->s);
		worst = fmax(worst, pv->p);
	}
	EXPECT_GE(KW(6), worst);
	EXPECT_NEAR_W(KW(3), self->s.pcc, 1);
}

TEST_F(control, inverter_that_says_what_it_offers_is_held_to_the_demand)
{
	struct sim_der *pv = add_inverter(self, KW(8));
	unsigned int i;

	for (i = 0; i < 3; i++)
		self->s.der[i].ctl.envelope.p_min_mw = 0;
	self->s.load = KW(3);
	sim_target(&self->s, 0);
	for (i = 0; i < 2000; i++) {
		sim_capture(pv, OVPP_POINT_P_MAX, KW(8), self->s.now);
		sim_step(&self->s);
	}
	EXPECT_NEAR_W(KW(3), pv->ctl.p_cmd_mw, 1);
	self->s.load = KW(9);
	for (i = 0; i < 2000; i++) {
		sim_capture(pv, OVPP_POINT_P_MAX, KW(8), self->s.now);
		sim_step(&self->s);
	}
	EXPECT_EQ(KW(10), pv->ctl.p_cmd_mw);
	EXPECT_NEAR_W(KW(1), self->a->p + self->b->p + self->c->p, 1);
}

TEST(parameters_out_of_range_are_refused)
{
	struct ovpp_site_policy s;
	struct ovpp_der_policy d;

	ovpp_site_policy_init(&s);
	EXPECT_EQ(0, ovpp_site_policy_check(&s));
	s.gain_ppm = 999;
	EXPECT_EQ(-ERANGE, ovpp_site_policy_check(&s));
	s.gain_ppm = 1000000;
	s.settle_ms = 0;
	EXPECT_EQ(-ERANGE, ovpp_site_policy_check(&s));
	s.settle_ms = 600000;
	s.fallback_mw = S64_MIN;
	EXPECT_EQ(-ERANGE, ovpp_site_policy_check(&s));
	s.fallback_mw = 0;
	s.f_nominal_mhz = 0;
	EXPECT_EQ(-ERANGE, ovpp_site_policy_check(&s));
	s.f_nominal_mhz = 60000;
	s.import_max_mw = -1;
	EXPECT_EQ(-ERANGE, ovpp_site_policy_check(&s));
	ovpp_der_policy_init(&d);
	EXPECT_EQ(0, ovpp_der_policy_check(&d));
	d.soc_min_ppm = 600000;
	d.soc_max_ppm = 500000;
	EXPECT_EQ(-EINVAL, ovpp_der_policy_check(&d));
	d.soc_max_ppm = 1000001;
	EXPECT_EQ(-ERANGE, ovpp_der_policy_check(&d));
}

TEST_HARNESS_MAIN
