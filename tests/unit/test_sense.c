// SPDX-License-Identifier: GPL-2.0-or-later
/* core/sense.c: what an image says about a DER. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "core/engine.h"

#define S(n) ((u64)((n)*1000) * OVPP_NS_PER_MS)
#define KW(n) ((s64)((n)*1000000))
#define BIT(p) OVPP_POINT_BIT(OVPP_POINT_##p)

FIXTURE(sense)
{
	struct ovpp_profile prof;
	struct ovpp_der_ctl der;
	struct ovpp_image img;
	u64 now;
};

/* A battery of +-10 kW that could measure everything; power and voltage it must. */
FIXTURE_SETUP(sense)
{
	memset(self, 0, sizeof(*self));
	self->now = S(100);
	self->prof.measured = BIT(P_SET) - 1;
	self->prof.required = BIT(P) | BIT(V);
	self->prof.commands = BIT(P_SET);
	ovpp_der_ctl_init(&self->der, 1, &self->prof, OVPP_KIND_BATTERY, false);
	self->der.reachable = true;
	self->der.envelope.p_min_mw = KW(-10);
	self->der.envelope.p_max_mw = KW(10);
}

FIXTURE_TEARDOWN(sense)
{
}

#define SELF FIXTURE_DATA(sense) * self

static void capture(SELF, enum ovpp_point point, s64 value, u8 quality)
{
	struct ovpp_update up = {.value = value, .point = point, .quality = quality};

	ovpp_image_update(&self->img, &up, 1, self->now, 2000);
}

static void say(SELF, enum ovpp_point point, s64 value)
{
	capture(self, point, value, OVPP_QUALITY_GOOD);
}

static void invalidate(SELF, enum ovpp_point point)
{
	capture(self, point, 0, OVPP_QUALITY_INVALID);
}

static int sense(SELF)
{
	ovpp_der_sense(&self->der, &self->img, self->now);
	return self->der.supervision;
}

static void healthy(SELF)
{
	say(self, OVPP_POINT_P, KW(1));
	say(self, OVPP_POINT_V, 50000);
	say(self, OVPP_POINT_SOC, 500000);
}

#define EXPECT_BOUNDS(lo_, hi_)                  \
	do {                                     \
		healthy(self);                   \
		sense(self);                     \
		EXPECT_EQ(lo_, self->der.lo_mw); \
		EXPECT_EQ(hi_, self->der.hi_mw); \
	} while (0)

TEST_F(sense, der_waits_until_every_required_point_has_come)
{
	EXPECT_EQ(OVPP_SUPERVISION_WAITING, sense(self));
	EXPECT_TRUE(self->der.tripped);
	say(self, OVPP_POINT_P, 0);
	EXPECT_EQ(OVPP_SUPERVISION_WAITING, sense(self));
	say(self, OVPP_POINT_V, 0);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
	EXPECT_FALSE(self->der.tripped);
}

TEST_F(sense, der_is_silent_when_a_required_point_is_late_and_comes_back)
{
	healthy(self);
	sense(self);
	self->now += S(2);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
	say(self, OVPP_POINT_P, 0);
	self->now += 1;
	EXPECT_EQ(OVPP_SUPERVISION_SILENT, sense(self));
	EXPECT_TRUE(self->der.tripped);
	healthy(self);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
}

TEST_F(sense, silent_der_has_no_known_power)
{
	healthy(self);
	sense(self);
	EXPECT_TRUE(self->der.p_known);
	self->now += S(3);
	sense(self);
	EXPECT_FALSE(self->der.p_known);
	EXPECT_FALSE(self->der.p_measured);
}

TEST_F(sense, change_of_supervision_is_told_once)
{
	healthy(self);
	EXPECT_TRUE(ovpp_der_sense(&self->der, &self->img, self->now));
	EXPECT_FALSE(ovpp_der_sense(&self->der, &self->img, self->now));
}

TEST_F(sense, alarm_and_fault_trip)
{
	healthy(self);
	say(self, OVPP_POINT_ALARM, 4);
	EXPECT_EQ(OVPP_SUPERVISION_ALARMED, sense(self));
	EXPECT_TRUE(self->der.tripped);
	say(self, OVPP_POINT_ALARM, 0);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
	say(self, OVPP_POINT_STATE, OVPP_DER_STATE_FAULT);
	EXPECT_EQ(OVPP_SUPERVISION_ALARMED, sense(self));
	say(self, OVPP_POINT_STATE, OVPP_DER_STATE_LIMITED);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
}

TEST_F(sense, alarm_that_is_no_longer_known_counts_as_one)
{
	healthy(self);
	say(self, OVPP_POINT_ALARM, 0);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
	invalidate(self, OVPP_POINT_ALARM);
	EXPECT_EQ(OVPP_SUPERVISION_ALARMED, sense(self));
	say(self, OVPP_POINT_ALARM, 0);
	self->now += S(3);
	healthy(self);
	EXPECT_EQ(OVPP_SUPERVISION_ALARMED, sense(self));
}

TEST_F(sense, disabled_and_unreachable_der_are_tripped)
{
	healthy(self);
	self->der.policy.enable = false;
	EXPECT_EQ(OVPP_SUPERVISION_DISABLED, sense(self));
	EXPECT_TRUE(self->der.tripped);
	self->der.policy.enable = true;
	self->der.reachable = false;
	EXPECT_EQ(OVPP_SUPERVISION_UNREACHABLE, sense(self));
	EXPECT_TRUE(self->der.tripped);
}

TEST_F(sense, invalid_power_is_estimated_not_zero)
{
	healthy(self);
	sense(self);
	invalidate(self, OVPP_POINT_P);
	sense(self);
	EXPECT_FALSE(self->der.p_measured);
	EXPECT_TRUE(self->der.p_known);
	EXPECT_EQ(KW(1), self->der.p_mw);
}

TEST_F(sense, power_beyond_all_reason_is_held_at_the_bound)
{
	healthy(self);
	say(self, OVPP_POINT_P, S64_MIN);
	sense(self);
	EXPECT_EQ(-OVPP_P_MAX, self->der.p_mw);
}

TEST_F(sense, bounds_are_the_envelope_where_the_device_says_nothing)
{
	EXPECT_BOUNDS(KW(-10), KW(10));
}

TEST_F(sense, power_that_the_device_offers_narrows_the_bounds)
{
	say(self, OVPP_POINT_P_MAX, KW(7));
	say(self, OVPP_POINT_P_MIN, KW(-3));
	EXPECT_BOUNDS(KW(-3), KW(7));
	say(self, OVPP_POINT_P_MAX, KW(70));
	say(self, OVPP_POINT_P_MIN, KW(-30));
	EXPECT_BOUNDS(KW(-10), KW(10));
}

TEST_F(sense, limit_that_is_stale_or_invalid_is_zero)
{
	say(self, OVPP_POINT_P_MAX, KW(7));
	invalidate(self, OVPP_POINT_P_MIN);
	EXPECT_BOUNDS(0, KW(7));
	self->now += S(3);
	EXPECT_BOUNDS(0, 0);
}

TEST_F(sense, current_limits_bound_the_power_at_the_present_voltage)
{
	say(self, OVPP_POINT_I_CHARGE_MAX, 100000);
	say(self, OVPP_POINT_I_DISCHARGE_MAX, 60000);
	EXPECT_BOUNDS(KW(-5), KW(3));
	say(self, OVPP_POINT_I_CHARGE_MAX, -1);
	EXPECT_BOUNDS(0, KW(3));
}

TEST_F(sense, current_limits_without_a_voltage_stop_both_directions)
{
	say(self, OVPP_POINT_I_CHARGE_MAX, 100000);
	say(self, OVPP_POINT_I_DISCHARGE_MAX, 60000);
	healthy(self);
	invalidate(self, OVPP_POINT_V);
	sense(self);
	EXPECT_EQ(0, self->der.lo_mw);
	EXPECT_EQ(0, self->der.hi_mw);
}

TEST_F(sense, device_forbids_charging_and_discharging)
{
	say(self, OVPP_POINT_CHARGE_OK, 0);
	say(self, OVPP_POINT_DISCHARGE_OK, 1);
	EXPECT_BOUNDS(0, KW(10));
	say(self, OVPP_POINT_CHARGE_OK, 1);
	say(self, OVPP_POINT_DISCHARGE_OK, 0);
	EXPECT_BOUNDS(KW(-10), 0);
	self->now += S(3);
	EXPECT_BOUNDS(0, 0);
}

TEST_F(sense, soc_band_of_policy_or_envelope_stops_the_direction)
{
	self->der.policy.soc_min_ppm = 500000;
	EXPECT_BOUNDS(KW(-10), 0);
	self->der.policy.soc_min_ppm = 499999;
	EXPECT_BOUNDS(KW(-10), KW(10));
	self->der.envelope.soc_min_ppm = 600000;
	EXPECT_BOUNDS(KW(-10), 0);
	self->der.envelope.soc_min_ppm = 0;
	self->der.envelope.soc_max_ppm = 500000;
	EXPECT_BOUNDS(0, KW(10));
	self->der.envelope.soc_max_ppm = 1000000;
	self->der.policy.soc_max_ppm = 400000;
	EXPECT_BOUNDS(0, KW(10));
}

TEST_F(sense, unknown_soc_with_a_band_stops_both_directions)
{
	self->der.policy.soc_max_ppm = 999999;
	healthy(self);
	invalidate(self, OVPP_POINT_SOC);
	sense(self);
	EXPECT_EQ(0, self->der.lo_mw);
	EXPECT_EQ(0, self->der.hi_mw);
}

TEST_F(sense, der_for_which_no_power_is_allowed_is_tripped)
{
	self->der.envelope.p_min_mw = KW(5); /* must run, but may not */
	say(self, OVPP_POINT_DISCHARGE_OK, 0);
	healthy(self);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
	EXPECT_TRUE(self->der.tripped);
}

TEST_F(sense, voltage_and_frequency_out_of_bounds_or_unknown_trip)
{
	self->der.envelope.bounds.v_min_mv = 44000;
	self->der.envelope.bounds.v_max_mv = 54000;
	healthy(self);
	sense(self);
	EXPECT_FALSE(self->der.tripped);
	say(self, OVPP_POINT_V, 54001);
	sense(self);
	EXPECT_TRUE(self->der.tripped);
	say(self, OVPP_POINT_V, 43999);
	sense(self);
	EXPECT_TRUE(self->der.tripped);
	invalidate(self, OVPP_POINT_V);
	sense(self);
	EXPECT_TRUE(self->der.tripped);
	healthy(self);
	self->der.envelope.bounds.f_max_mhz = 51500; /* never measured */
	sense(self);
	EXPECT_TRUE(self->der.tripped);
}

TEST_F(sense, limit_only_der_never_charges_and_its_p_max_is_an_offer)
{
	self->prof.commands = BIT(P_LIMIT);
	say(self, OVPP_POINT_P_MAX, KW(4));
	EXPECT_BOUNDS(0, KW(10));
	EXPECT_TRUE(self->der.offer_known);
	EXPECT_EQ(KW(4), self->der.offer_mw);
	self->now += S(3); /* an offer that is not renewed is none */
	EXPECT_BOUNDS(0, 0);
}

TEST_F(sense, meter_is_supervised_without_bounds)
{
	self->prof.commands = 0;
	healthy(self);
	EXPECT_EQ(OVPP_SUPERVISION_ONLINE, sense(self));
	EXPECT_TRUE(self->der.p_known);
	self->now += S(3);
	EXPECT_EQ(OVPP_SUPERVISION_SILENT, sense(self));
	EXPECT_FALSE(self->der.p_known);
}

TEST_HARNESS_MAIN
