// SPDX-License-Identifier: GPL-2.0-or-later
/* core/dispatch.c: a schedule, and what came of it. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "core/dispatch.h"

#define S(n) ((u64)((n)*1000) * OVPP_NS_PER_MS)
#define W(n) ((s64)(n)*1000)

FIXTURE(dispatch)
{
	struct ovpp_block block[4];
	struct ovpp_dispatch d;
	unsigned int bad;
};

/* 100 s to 110 s 1 kW, 110 s to 120 s -2 kW, 130 s to 140 s 0. */
FIXTURE_SETUP(dispatch)
{
	self->block[0] = (struct ovpp_block){S(100), S(110), W(1000)};
	self->block[1] = (struct ovpp_block){S(110), S(120), W(-2000)};
	self->block[2] = (struct ovpp_block){S(130), S(140), 0};
	self->d = (struct ovpp_dispatch){
		.submitted_ns = S(90),
		.id = 1,
		.blocks = 3,
		.block = self->block,
	};
}

FIXTURE_TEARDOWN(dispatch)
{
}

#define SELF FIXTURE_DATA(dispatch) * self

/* A tick at @seconds with an actual power of @actual W. */
static bool tick(SELF, double seconds, s64 actual)
{
	ovpp_dispatch_deliver(&self->d, S(seconds), true, W(actual));
	return ovpp_dispatch_step(&self->d, S(seconds));
}

static s64 asked_mw_us(SELF)
{
	return self->d.delivery.asked_mwh * 3600000000LL + self->d.delivery.asked_mw_us;
}

TEST_F(dispatch, blocks_are_in_force_in_their_time)
{
	EXPECT_FALSE(tick(self, 99.999, 0));
	EXPECT_FALSE(self->d.in_force);
	EXPECT_EQ(OVPP_DISPATCH_PENDING, self->d.state);
	EXPECT_TRUE(tick(self, 100, 0));
	EXPECT_TRUE(self->d.in_force);
	EXPECT_EQ(OVPP_DISPATCH_RUNNING, self->d.state);
	EXPECT_EQ(W(1000), ovpp_dispatch_setpoint(&self->d));
	tick(self, 110, 0);
	EXPECT_EQ(W(-2000), ovpp_dispatch_setpoint(&self->d));
	EXPECT_FALSE(tick(self, 120, 0));
	EXPECT_FALSE(self->d.in_force);
	EXPECT_EQ(OVPP_DISPATCH_RUNNING, self->d.state);
	tick(self, 130, 0);
	EXPECT_TRUE(self->d.in_force);
	EXPECT_TRUE(tick(self, 140, 0));
	EXPECT_FALSE(self->d.in_force);
	EXPECT_EQ(OVPP_DISPATCH_DONE, self->d.state);
	EXPECT_FALSE(tick(self, 150, 0));
}

TEST_F(dispatch, late_start_skips_what_is_over)
{
	EXPECT_TRUE(tick(self, 115, 0));
	EXPECT_EQ(W(-2000), ovpp_dispatch_setpoint(&self->d));
	self->d.state = OVPP_DISPATCH_PENDING;
	EXPECT_TRUE(tick(self, 1000, 0));
	EXPECT_EQ(OVPP_DISPATCH_DONE, self->d.state);
}

TEST_F(dispatch, energy_is_exact_to_the_microsecond)
{
	unsigned int ms;

	for (ms = 90000; ms <= 141000; ms++)
		tick(self, ms / 1000.0, 1000);
	/* 10 s of 1 kW and 10 s of -2 kW: -10 kWs */
	EXPECT_EQ(W(-10000) * 1000000, asked_mw_us(self));
	/* 30 s of 1 kW */
	EXPECT_EQ(8333, self->d.delivery.actual_mwh);
	EXPECT_EQ(30000000, self->d.delivery.known_us);
	EXPECT_EQ(0, self->d.delivery.unknown_us);
	/* 0, 3 kW and 1 kW for 10 s each */
	EXPECT_EQ(W(4000) / 3, (s64)ovpp_dispatch_error_mean(&self->d.delivery));
}

TEST_F(dispatch, spans_are_split_where_blocks_meet)
{
	self->d.submitted_ns = S(105);
	tick(self, 105, 0);
	tick(self, 135, 0); /* one tick from half of block 0 to half of 2 */
	EXPECT_EQ(20000000, self->d.delivery.known_us);
	/* 5 s of 1 kW, 10 s of -2 kW, 5 s of 0 */
	EXPECT_EQ(W(-15000) * 1000000, asked_mw_us(self));
	EXPECT_EQ(W(25000) / 20, (s64)ovpp_dispatch_error_mean(&self->d.delivery));
}

TEST_F(dispatch, odd_tick_times_lose_no_energy)
{
	u64 now;

	for (now = S(100); now < S(141); now += 1000777) {
		ovpp_dispatch_deliver(&self->d, now, true, W(1000));
		ovpp_dispatch_step(&self->d, now);
	}
	EXPECT_LE(30000000 - 3, (s64)self->d.delivery.known_us);
	EXPECT_GE(30000000, (s64)self->d.delivery.known_us);
}

TEST_F(dispatch, time_before_the_submission_is_not_accounted)
{
	self->d.submitted_ns = S(108);
	tick(self, 109, 1000);
	EXPECT_EQ(1000000, self->d.delivery.known_us);
}

TEST_F(dispatch, unknown_power_is_unknown_time_not_zero_power)
{
	tick(self, 100, 0);
	ovpp_dispatch_deliver(&self->d, S(104), false, W(5));
	tick(self, 105, 1000);
	EXPECT_EQ(4000000, self->d.delivery.unknown_us);
	EXPECT_EQ(1000000, self->d.delivery.known_us);
	EXPECT_EQ(0, ovpp_dispatch_error_mean(&self->d.delivery));
	EXPECT_EQ(1388, self->d.delivery.asked_mwh);
	EXPECT_EQ(277, self->d.delivery.actual_mwh);
}

TEST_F(dispatch, ended_dispatch_is_left_as_it_is)
{
	tick(self, 100, 0);
	ovpp_dispatch_end(&self->d, OVPP_DISPATCH_CANCELLED);
	EXPECT_FALSE(tick(self, 105, 1000));
	EXPECT_EQ(OVPP_DISPATCH_CANCELLED, self->d.state);
	EXPECT_EQ(0, self->d.delivery.known_us);
	EXPECT_FALSE(self->d.in_force);
}

TEST_F(dispatch, a_year_of_the_greatest_power_is_counted)
{
	u64 year = 366ULL * 86400;

	self->d.blocks = 1;
	self->block[0] = (struct ovpp_block){S(100), S(100 + year), OVPP_P_MAX};
	tick(self, 100, 0);
	ovpp_dispatch_deliver(&self->d, S(100 + year), true, -OVPP_P_MAX);
	EXPECT_EQ(OVPP_P_MAX * 366 * 24, self->d.delivery.asked_mwh);
	EXPECT_EQ(-OVPP_P_MAX * 366 * 24, self->d.delivery.actual_mwh);
	EXPECT_EQ(year * 1000000, self->d.delivery.known_us);
	EXPECT_LT(OVPP_P_MAX * 2 - OVPP_P_MAX / 1000,
		  (s64)ovpp_dispatch_error_mean(&self->d.delivery));
	EXPECT_GE(OVPP_P_MAX * 2, (s64)ovpp_dispatch_error_mean(&self->d.delivery));
}

TEST_F(dispatch, wrong_schedules_are_refused_with_the_block)
{
	struct ovpp_dispatch *d = &self->d;

	EXPECT_EQ(0, ovpp_dispatch_check(d, S(90), &self->bad));
	EXPECT_EQ(0, ovpp_dispatch_check(d, S(139), &self->bad));
	EXPECT_EQ(-ETIME, ovpp_dispatch_check(d, S(140), &self->bad));
	self->block[1].start_ns = S(109);
	EXPECT_EQ(-EINVAL, ovpp_dispatch_check(d, S(90), &self->bad));
	EXPECT_EQ(1, self->bad);
	self->block[1].start_ns = self->block[1].end_ns;
	EXPECT_EQ(-EINVAL, ovpp_dispatch_check(d, S(90), &self->bad));
	self->block[1].start_ns = S(110);
	self->block[2].p_mw = -OVPP_P_MAX - 1;
	EXPECT_EQ(-ERANGE, ovpp_dispatch_check(d, S(90), &self->bad));
	EXPECT_EQ(2, self->bad);
	self->block[2].p_mw = 0;
	self->block[2].end_ns = S(91 + 366ULL * 86400);
	EXPECT_EQ(-ERANGE, ovpp_dispatch_check(d, S(90), &self->bad));
	d->blocks = 0;
	EXPECT_EQ(-EINVAL, ovpp_dispatch_check(d, S(90), &self->bad));
	d->blocks = OPENVPP_BLOCK_MAX + 1;
	EXPECT_EQ(-EINVAL, ovpp_dispatch_check(d, S(90), &self->bad));
}

TEST_HARNESS_MAIN
