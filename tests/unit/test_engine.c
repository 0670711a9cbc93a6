// SPDX-License-Identifier: GPL-2.0-or-later
/* core/engine.c: one tick of a site. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "sim.h"

FIXTURE(engine)
{
	struct sim s;
	struct sim_der *a, *b;
	struct ovpp_dispatch d[OVPP_DISPATCH_MAX + 2];
	struct ovpp_block block[OVPP_DISPATCH_MAX + 2];
	struct ovpp_dispatch *old;
};

FIXTURE_SETUP(engine)
{
	memset(self, 0, sizeof(*self));
	sim_init(&self->s);
	self->a = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
	self->b = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
}

FIXTURE_TEARDOWN(engine)
{
}

#define SELF FIXTURE_DATA(engine) * self

/* Dispatch @i: @mw for @der from now on for @seconds. */
static struct ovpp_dispatch *prepare(SELF, unsigned int i, u32 der, s64 mw, u64 seconds)
{
	struct ovpp_dispatch *d = &self->d[i];

	self->block[i] = (struct ovpp_block){
		.start_ns = self->s.now,
		.end_ns = self->s.now + seconds * OVPP_NS_PER_S,
		.p_mw = mw,
	};
	*d = (struct ovpp_dispatch){
		.submitted_ns = self->s.now,
		.id = 100 + i,
		.der = der,
		.blocks = 1,
		.block = &self->block[i],
	};
	return d;
}

static int submit(SELF, unsigned int i, u32 der, s64 mw, u64 seconds)
{
	return ovpp_engine_submit(&self->s.eng, prepare(self, i, der, mw, seconds), &self->old);
}

/* The same, superseding none but dispatch @instead_of, 0: none at all. */
static int submit_instead(SELF, unsigned int i, u32 instead_of, s64 mw)
{
	struct ovpp_dispatch *d = prepare(self, i, 0, mw, 60);

	d->yields = true;
	d->instead_of = instead_of;
	return ovpp_engine_submit(&self->s.eng, d, &self->old);
}

static bool all_safe(SELF)
{
	unsigned int i;

	for (i = 0; i < self->s.n; i++) {
		const struct ovpp_der_ctl *der = &self->s.der[i].ctl;

		if (der->p_cmd_mw != ovpp_der_safe(der) || !der->held ||
		    der->run != !!ovpp_der_safe(der))
			return false;
	}
	return true;
}

TEST_F(engine, nothing_moves_before_it_is_told_to)
{
	self->a->ctl.envelope.safe_mw = KW(-1);
	self->s.load = KW(5);
	self->s.dead_daemon = true;
	sim_run(&self->s, 5000);
	EXPECT_TRUE(all_safe(self));
	EXPECT_EQ(KW(-1), self->a->ctl.p_cmd_mw);
	self->s.dead_daemon = false;
	sim_run(&self->s, 5000);
	EXPECT_TRUE(all_safe(self));
	EXPECT_FALSE(ovpp_engine_has_target(&self->s.eng));
}

TEST_F(engine, setpoint_after_a_heartbeat_is_followed_from_the_next_tick)
{
	sim_step(&self->s);
	submit(self, 0, 0, KW(4), 60);
	sim_step(&self->s);
	EXPECT_EQ(OVPP_SITE_FOLLOWING, self->s.eng.lease.state);
	EXPECT_EQ(KW(4), self->a->ctl.p_cmd_mw + self->b->ctl.p_cmd_mw);
	EXPECT_TRUE(self->a->ctl.run);
	EXPECT_TRUE(ovpp_engine_has_target(&self->s.eng));
}

TEST_F(engine, dispatch_from_before_the_heartbeats_is_dropped)
{
	self->s.dead_daemon = true;
	sim_step(&self->s);
	submit(self, 0, 0, KW(4), 60);
	self->s.dead_daemon = false;
	sim_run(&self->s, 10);
	EXPECT_EQ(OVPP_DISPATCH_DROPPED, self->d[0].state);
	EXPECT_EQ(OVPP_SITE_START, self->s.eng.lease.state);
}

TEST_F(engine, every_der_is_safe_one_tick_after_the_lease_ends)
{
	unsigned int tick;

	self->s.eng.lease.config.heartbeat_ms = 100;
	sim_step(&self->s);
	submit(self, 0, 0, KW(4), 3600);
	sim_run(&self->s, 200);
	EXPECT_FALSE(all_safe(self));
	self->s.dead_daemon = true;
	for (tick = 0; tick < 101 && !all_safe(self); tick++)
		sim_step(&self->s);
	EXPECT_EQ(101, tick);
	EXPECT_TRUE(all_safe(self));
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, self->s.eng.lease.state);
	EXPECT_EQ(OVPP_DISPATCH_DROPPED, self->d[0].state);
	self->s.dead_daemon = false;
	sim_run(&self->s, 100);
	EXPECT_TRUE(all_safe(self));
}

TEST_F(engine, autonomous_site_pursues_the_fallback_target)
{
	self->s.eng.policy.fallback_mw = KW(2);
	self->s.eng.lease.config.fallback_ms = 60000;
	sim_step(&self->s);
	submit(self, 0, 0, KW(6), 1);
	sim_run(&self->s, 900);
	EXPECT_EQ(KW(6), self->s.eng.control.target_mw);
	sim_run(&self->s, 300);
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, self->s.eng.lease.state);
	EXPECT_EQ(KW(2), self->s.eng.control.target_mw);
	EXPECT_EQ(OVPP_DISPATCH_DONE, self->d[0].state);
	self->s.dead_daemon = true;
	sim_run(&self->s, 10000);
	EXPECT_NEAR_W(KW(2), self->s.pcc, 10);
}

TEST_F(engine, dispatch_that_yields_supersedes_its_forerunner_only)
{
	sim_step(&self->s);
	EXPECT_EQ(0, submit_instead(self, 0, 0, KW(1)));
	EXPECT_EQ(0, submit_instead(self, 1, self->d[0].id, KW(2)));
	EXPECT_EQ(OVPP_DISPATCH_SUPERSEDED, self->d[0].state);

	/* Somebody else's comes, and goes first until it has ended. */
	EXPECT_EQ(0, submit(self, 2, 0, KW(3), 1));
	EXPECT_EQ(-EEXIST, submit_instead(self, 3, self->d[1].id, KW(4)));
	EXPECT_EQ(-EEXIST, submit_instead(self, 3, 0, KW(4)));
	sim_run(&self->s, 500);
	EXPECT_EQ(KW(3), self->s.eng.control.target_mw);
	sim_run(&self->s, 600);
	EXPECT_EQ(0, submit_instead(self, 3, self->d[1].id, KW(4)));

	/* One for a DER is no rival of one for the PCC. */
	EXPECT_EQ(0, submit(self, 4, self->a->ctl.id, KW(1), 60));
	EXPECT_EQ(0, submit_instead(self, 5, self->d[3].id, KW(1)));
}

TEST_F(engine, lost_meter_makes_every_der_safe)
{
	sim_step(&self->s);
	submit(self, 0, 0, KW(4), 3600);
	sim_run(&self->s, 100);
	self->s.meter.mute = true;
	sim_run(&self->s, 5001);
	EXPECT_EQ(OVPP_SITE_FAULT, self->s.eng.lease.state);
	EXPECT_TRUE(all_safe(self));
	self->s.meter.mute = false;
	sim_run(&self->s, 100);
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, self->s.eng.lease.state);
	EXPECT_TRUE(all_safe(self));
	submit(self, 1, 0, KW(3), 60);
	sim_run(&self->s, 100);
	EXPECT_EQ(OVPP_SITE_FOLLOWING, self->s.eng.lease.state);
}

TEST_F(engine, silent_der_goes_to_its_safe_value_in_one_tick)
{
	self->a->ctl.envelope.safe_mw = KW(-0.5);
	sim_step(&self->s);
	submit(self, 0, 0, KW(4), 3600);
	sim_run(&self->s, 100);
	self->a->mute = true;
	while (self->a->img.point[OVPP_POINT_P].time_ns + 5000 * OVPP_NS_PER_MS >=
	       self->s.now + self->s.period_ns)
		sim_step(&self->s);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, self->a->ctl.supervision);
	sim_step(&self->s);
	EXPECT_EQ(OVPP_SUPERVISION_SILENT, self->a->ctl.supervision);
	EXPECT_EQ(KW(-0.5), self->a->ctl.p_cmd_mw);
	EXPECT_TRUE(self->a->ctl.held);
}

TEST_F(engine, dispatch_of_a_der_fixes_it_and_the_others_pursue_the_target)
{
	self->s.load = KW(3);
	sim_step(&self->s);
	submit(self, 0, 0, 0, 3600);
	submit(self, 1, self->a->ctl.id, KW(-4), 3600);
	sim_run(&self->s, 500);
	EXPECT_EQ(KW(-4), self->a->ctl.p_cmd_mw);
	EXPECT_NEAR_W(0, self->s.pcc, 10);
	EXPECT_NEAR_W(KW(7), self->b->p, 10);
}

TEST_F(engine, dispatch_of_a_der_stays_within_its_envelope)
{
	sim_step(&self->s);
	submit(self, 0, self->a->ctl.id, KW(40), 3600);
	sim_run(&self->s, 10);
	EXPECT_EQ(KW(10), self->a->ctl.p_cmd_mw);
}

TEST_F(engine, site_without_a_meter_runs_dispatches_of_its_der_and_rests)
{
	self->s.eng.n = 0;
	self->s.all[self->s.eng.n++] = &self->a->ctl;
	self->s.all[self->s.eng.n++] = &self->b->ctl;
	ovpp_engine_order(&self->s.eng);
	self->b->ctl.policy.rest_mw = KW(1);
	sim_step(&self->s);
	EXPECT_EQ(-ENOENT, submit(self, 0, 0, KW(4), 60));
	EXPECT_EQ(0, submit(self, 1, self->a->ctl.id, KW(4), 60));
	sim_run(&self->s, 10);
	EXPECT_EQ(KW(4), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(1), self->b->ctl.p_cmd_mw);
	EXPECT_FALSE(ovpp_engine_has_target(&self->s.eng));
}

TEST_F(engine, newer_dispatch_supersedes_the_one_for_the_same_target)
{
	sim_step(&self->s);
	submit(self, 0, 0, KW(4), 60);
	submit(self, 1, self->a->ctl.id, KW(1), 60);
	submit(self, 2, 0, KW(5), 60);
	EXPECT_EQ(OVPP_DISPATCH_SUPERSEDED, self->d[0].state);
	EXPECT_EQ(OVPP_DISPATCH_PENDING, self->d[1].state);
	sim_step(&self->s);
	EXPECT_EQ(KW(5), self->s.eng.control.target_mw);
}

TEST_F(engine, oldest_ended_dispatch_makes_room)
{
	unsigned int i;

	sim_step(&self->s);
	for (i = 0; i < OVPP_DISPATCH_MAX; i++) {
		EXPECT_EQ(0, submit(self, i, 0, KW(1), 60));
		EXPECT_EQ(NULL, self->old);
	}
	EXPECT_EQ(0, submit(self, i, 0, KW(2), 60));
	EXPECT_EQ(&self->d[0], self->old);
	EXPECT_EQ(-ENOENT, ovpp_engine_find_dispatch(&self->s.eng, 100));
	EXPECT_EQ(0, ovpp_engine_find_dispatch(&self->s.eng, 101));
	EXPECT_EQ(OVPP_DISPATCH_MAX - 1, ovpp_engine_find_dispatch(&self->s.eng, 100 + i));
}

TEST_F(engine, no_room_is_made_by_ending_what_still_runs)
{
	unsigned int i;

	while (self->s.n < SIM_DER_MAX)
		sim_add(&self->s, &sim_storage, 0, 0);
	sim_step(&self->s);
	for (i = 0; i < OVPP_DISPATCH_MAX; i++) {
		submit(self, i, 2 + i % SIM_DER_MAX, 0, 60);
		self->d[i].der += 1000 + i; /* a target of its own */
	}
	EXPECT_EQ(-EBUSY, submit(self, i, 2, 0, 60));
	EXPECT_EQ(NULL, self->old);
}

TEST_F(engine, dispatch_for_what_takes_no_command_is_refused)
{
	EXPECT_EQ(-ENOENT, submit(self, 0, 77, 0, 60));
	EXPECT_EQ(-ENOENT, submit(self, 0, self->s.meter.ctl.id, 0, 60));
}

TEST_F(engine, dispatch_accounts_what_the_meter_saw)
{
	sim_step(&self->s);
	submit(self, 0, 0, KW(3.6), 10);
	sim_run(&self->s, 10010);
	EXPECT_EQ(OVPP_DISPATCH_DONE, self->d[0].state);
	EXPECT_EQ(10000, self->d[0].delivery.asked_mwh);
	EXPECT_LE(9995, self->d[0].delivery.actual_mwh);
	EXPECT_GE(10000, self->d[0].delivery.actual_mwh);
	EXPECT_EQ(10000000, self->d[0].delivery.known_us);
}

TEST_F(engine, energy_is_integrated_over_known_spans_only)
{
	sim_step(&self->s);
	submit(self, 0, self->a->ctl.id, KW(3.6), 3600);
	submit(self, 1, self->b->ctl.id, KW(-7.2), 3600);
	sim_run(&self->s, 10000);
	EXPECT_LE(9990, self->a->ctl.e_export_mwh);
	EXPECT_GE(10000, self->a->ctl.e_export_mwh);
	EXPECT_EQ(0, self->a->ctl.e_import_mwh);
	EXPECT_LE(19980, self->b->ctl.e_import_mwh);
	EXPECT_GE(20000, self->b->ctl.e_import_mwh);
	EXPECT_EQ(0, self->b->ctl.e_export_mwh);
	self->a->mute = true;
	sim_run(&self->s, 20000);
	/* known until it went stale after 5 s */
	EXPECT_LE(14980, self->a->ctl.e_export_mwh);
	EXPECT_GE(15010, self->a->ctl.e_export_mwh);
	self->a->mute = false;
	self->a->p = KW(3.6);
	self->a->lag = 1e9;
	self->s.period_ns = 5 * OVPP_NS_PER_S;
	self->s.eng.lease.config.heartbeat_ms = 60000;
	sim_step(&self->s); /* known now, but not for these 5 s */
	EXPECT_TRUE(self->a->ctl.p_measured);
	EXPECT_GE(15010, self->a->ctl.e_export_mwh);
}

TEST_F(engine, commands_of_a_der_are_consistent)
{
	s64 command[OVPP_POINT_N];

	self->a->ctl.p_cmd_mw = KW(-3);
	self->a->ctl.run = true;
	ovpp_der_commands(&self->a->ctl, 7, command);
	EXPECT_EQ(KW(-3), command[OVPP_POINT_P_SET]);
	EXPECT_EQ(0, command[OVPP_POINT_P_LIMIT]);
	EXPECT_EQ(1, command[OVPP_POINT_CONNECT]);
	EXPECT_EQ(7, command[OVPP_POINT_HEARTBEAT]);
}

TEST_F(engine, order_is_by_rank_then_id)
{
	struct sim_der *c = sim_add(&self->s, &sim_storage, 0, 0);

	sim_rank(&self->s, c, 5);
	EXPECT_EQ(3, self->s.eng.n_order);
	EXPECT_EQ(&c->ctl, self->s.order[0]);
	EXPECT_EQ(&self->a->ctl, self->s.order[1]);
	EXPECT_EQ(&self->b->ctl, self->s.order[2]);
	EXPECT_EQ(&self->s.meter.ctl, self->s.eng.pcc);
}

TEST_F(engine, clock_that_stands_still_or_jumps_moves_nobody_too_far)
{
	self->a->ctl.envelope.ramp_mw_s = KW(1);
	self->b->ctl.envelope.ramp_mw_s = KW(1);
	sim_step(&self->s);
	submit(self, 0, 0, KW(20), 3600);
	sim_run(&self->s, 10);
	self->s.period_ns = 0;
	sim_run(&self->s, 1000);
	EXPECT_GE(KW(0.011), self->a->ctl.p_cmd_mw);
}

/* Programs between the law and the envelope */

static void hold_second_at_1_kw(struct sim *s)
{
	ovpp_engine_narrow(&s->der[1].ctl, KW(-1), KW(1));
}

TEST_F(engine, what_a_hook_takes_from_one_goes_to_the_others)
{
	sim_run(&self->s, 10);
	ASSERT_EQ(0, submit(self, 0, 0, KW(6), 3600));
	sim_run(&self->s, 3000);
	EXPECT_NEAR_W(KW(3), self->b->ctl.p_cmd_mw, 10);
	self->s.hook = hold_second_at_1_kw;
	sim_step(&self->s);
	/* In proportion to headroom, which is 10 to 1 now. */
	EXPECT_NEAR_W(KW(6) / 11, self->b->ctl.p_cmd_mw, 10);
	EXPECT_NEAR_W(KW(60) / 11, self->a->ctl.p_cmd_mw, 10);
	sim_run(&self->s, 3000);
	EXPECT_NEAR_W(KW(6), self->s.pcc, 10);
	self->s.hook = NULL;
	sim_step(&self->s);
	EXPECT_NEAR_W(KW(3), self->b->ctl.p_cmd_mw, 10)
	TH_LOG("bounds of a hook outlive their tick");
}

static void push_all_up(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		ovpp_engine_narrow(&s->der[i].ctl, S64_MAX, S64_MAX);
}

static void push_all_down(struct sim *s)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		ovpp_engine_narrow(&s->der[i].ctl, S64_MIN, S64_MIN);
}

TEST_F(engine, a_hook_cannot_loosen_the_limits_of_the_site)
{
	self->s.eng.envelope.export_max_mw = KW(3);
	self->s.eng.envelope.import_max_mw = KW(4);
	self->s.load = KW(1);
	sim_run(&self->s, 10);
	ASSERT_EQ(0, submit(self, 0, 0, 0, 3600));
	self->s.hook = push_all_up;
	sim_run(&self->s, 3000);
	EXPECT_NEAR_W(KW(3), self->s.pcc, 10);
	self->s.hook = push_all_down;
	sim_run(&self->s, 3000);
	EXPECT_NEAR_W(KW(-4), self->s.pcc, 10);
}

TEST_F(engine, a_hook_cannot_loosen_the_bounds_of_a_der)
{
	self->b->ctl.envelope.ramp_mw_s = KW(1);
	sim_run(&self->s, 10);
	ASSERT_EQ(0, submit(self, 0, 0, 0, 3600));
	self->s.hook = push_all_up;
	sim_run(&self->s, 2000);
	EXPECT_EQ(KW(10), self->a->ctl.p_cmd_mw);
	EXPECT_NEAR_W(KW(2), self->b->ctl.p_cmd_mw, 10) TH_LOG("its ramp is broken");
	sim_capture(self->b, OVPP_POINT_ALARM, 1, self->s.now);
	sim_step(&self->s);
	EXPECT_EQ(0, self->b->ctl.p_cmd_mw) TH_LOG("a hook moves what is held at its safe value");
	EXPECT_TRUE(self->b->ctl.held);
}

static void widen(struct sim *s)
{
	ovpp_engine_narrow(&s->der[0].ctl, KW(-2), KW(2));
	ovpp_engine_narrow(&s->der[0].ctl, S64_MIN, S64_MAX);
	ovpp_engine_narrow(&s->der[0].ctl, KW(3), KW(9));
}

TEST_F(engine, a_second_hook_narrows_what_the_first_one_left)
{
	sim_run(&self->s, 10);
	ASSERT_EQ(0, submit(self, 0, 0, KW(15), 3600));
	self->s.hook = widen;
	sim_run(&self->s, 3000);
	EXPECT_EQ(KW(2), self->a->ctl.p_cmd_mw);
	EXPECT_EQ(KW(10), self->b->ctl.p_cmd_mw);
}

static void hold_first_at_1_kw(struct sim *s)
{
	ovpp_engine_narrow(&s->der[0].ctl, KW(-1), KW(1));
}

TEST_F(engine, a_hook_narrows_a_dispatch_of_one_der)
{
	sim_run(&self->s, 10);
	ASSERT_EQ(0, submit(self, 0, 2, KW(7), 3600));
	sim_run(&self->s, 10);
	EXPECT_EQ(KW(7), self->a->ctl.p_cmd_mw);
	self->s.hook = hold_first_at_1_kw;
	sim_step(&self->s);
	EXPECT_EQ(KW(1), self->a->ctl.p_cmd_mw);
}

TEST_F(engine, a_reflex_holds_its_der)
{
	self->a->ctl.envelope.safe_mw = KW(-1);
	sim_run(&self->s, 10);
	ASSERT_EQ(0, submit(self, 0, 0, KW(6), 3600));
	sim_run(&self->s, 3000);
	self->a->ctl.reflex = true;
	sim_step(&self->s);
	EXPECT_EQ(OVPP_SUPERVISION_REFLEX, self->a->ctl.supervision);
	EXPECT_EQ(KW(-1), self->a->ctl.p_cmd_mw);
	sim_run(&self->s, 3000);
	EXPECT_NEAR_W(KW(6), self->s.pcc, 10);
	self->a->ctl.reflex = false;
	sim_run(&self->s, 3000);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, self->a->ctl.supervision);
	EXPECT_NEAR_W(KW(3), self->a->ctl.p_cmd_mw, 10);
}

TEST_HARNESS_MAIN
