// SPDX-License-Identifier: GPL-2.0-or-later
/* What the policies in bpf/ decide, without a kernel. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "../../bpf/bucket.h"
#include "../../bpf/deadband.h"
#include "../../bpf/fuse.h"
#include "../../bpf/hours.h"
#include "../../bpf/rhythm.h"
#include "../../bpf/share.h"
#include "../../bpf/taper.h"

#define MS 1000000ULL
#define S 1000000000ULL
#define P_MAX (1LL << 38)
#define ROUNDS 2000

static __s64 any(__s64 lo, __s64 hi)
{
	__u64 r = (__u64)rand() << 31 ^ (__u64)rand();

	return lo + (__s64)(r % (__u64)(hi - lo + 1));
}

TEST(a_ratio_is_exact_for_powers_below_4_mw_and_never_too_great)
{
	int i;

	EXPECT_EQ(3333333, ovpp_ratio(10000000, 1, 3));
	EXPECT_EQ(0, ovpp_ratio(1, 1, 0));
	EXPECT_EQ(7, ovpp_ratio(7, 9, 3));
	EXPECT_EQ(-3333333, ovpp_ratio_signed(-10000000, 1, 3));
	EXPECT_EQ(0, ovpp_ratio_signed(INT64_MIN, 0, 1));
	EXPECT_EQ(OVPP_RATIO_MAX, ovpp_ratio(UINT64_MAX, UINT64_MAX, UINT64_MAX));
	for (i = 0; i < ROUNDS; i++) {
		__u64 value = any(0, 1LL << 44), den = any(1, 1LL << 44), num = any(0, den);
		__u64 exact = (unsigned __int128)value * num / den;

		EXPECT_LE(ovpp_ratio(value, num, den), exact);
		EXPECT_LE(exact - ovpp_ratio(value, num, den), (value >> 18) + 1);
	}
}

/* ---- taper ---------------------------------------------------------------- */

static const struct taper taper = {
	.soc_min_ppm = 100000,
	.soc_min_taper_ppm = 200000,
	.soc_max_taper_ppm = 900000,
	.soc_max_ppm = 1000000,
	.temp_min_mc = 5000,
	.temp_taper_mc = 40000,
	.temp_max_mc = 50000,
};

static struct taper_parts at(const struct taper *t, __s64 soc, __s64 temp)
{
	return taper_parts(t, (struct taper_input){soc, true}, (struct taper_input){temp, true});
}

TEST(between_its_bands_a_battery_gives_and_takes_all)
{
	struct taper_parts parts = at(&taper, 500000, 25000);

	EXPECT_EQ(OVPP_PPM, parts.charge);
	EXPECT_EQ(OVPP_PPM, parts.discharge);
}

TEST(discharge_falls_in_a_line_to_nothing_when_empty)
{
	EXPECT_EQ(OVPP_PPM, at(&taper, 200000, 25000).discharge);
	EXPECT_EQ(OVPP_PPM / 2, at(&taper, 150000, 25000).discharge);
	EXPECT_EQ(0, at(&taper, 100000, 25000).discharge);
	EXPECT_EQ(0, at(&taper, 0, 25000).discharge);
	EXPECT_EQ(OVPP_PPM, at(&taper, 0, 25000).charge);
}

TEST(charge_falls_in_a_line_to_nothing_when_full)
{
	EXPECT_EQ(OVPP_PPM, at(&taper, 900000, 25000).charge);
	EXPECT_EQ(OVPP_PPM / 4, at(&taper, 975000, 25000).charge);
	EXPECT_EQ(0, at(&taper, 1000000, 25000).charge);
	EXPECT_EQ(OVPP_PPM, at(&taper, 1000000, 25000).discharge);
}

TEST(heat_stops_both_and_cold_stops_charging)
{
	EXPECT_EQ(OVPP_PPM / 2, at(&taper, 500000, 45000).charge);
	EXPECT_EQ(OVPP_PPM / 2, at(&taper, 500000, 45000).discharge);
	EXPECT_EQ(0, at(&taper, 500000, 50000).charge);
	EXPECT_EQ(0, at(&taper, 500000, 50000).discharge);
	EXPECT_EQ(0, at(&taper, 500000, 4999).charge);
	EXPECT_EQ(OVPP_PPM, at(&taper, 500000, 4999).discharge);
	EXPECT_EQ(OVPP_PPM, at(&taper, 500000, 5000).charge);
}

TEST(what_is_not_known_allows_nothing_where_there_is_a_band)
{
	const struct taper_input known = {500000, true}, not_known = {0, false};
	struct taper low = {.soc_min_ppm = 100000}, none = {0};
	struct taper_parts parts =
		taper_parts(&taper, not_known, (struct taper_input){25000, true});

	EXPECT_EQ(0, parts.charge);
	EXPECT_EQ(0, parts.discharge);
	parts = taper_parts(&taper, known, not_known);
	EXPECT_EQ(0, parts.charge);
	EXPECT_EQ(0, parts.discharge);
	parts = taper_parts(&low, not_known, not_known);
	EXPECT_EQ(OVPP_PPM, parts.charge);
	EXPECT_EQ(0, parts.discharge);
	parts = taper_parts(&none, not_known, not_known);
	EXPECT_EQ(OVPP_PPM, parts.charge);
	EXPECT_EQ(OVPP_PPM, parts.discharge);
}

TEST(a_band_without_a_taper_is_a_step)
{
	const struct taper step = {
		.soc_min_ppm = 100000, .soc_max_ppm = 900000, .temp_max_mc = 50000};

	EXPECT_EQ(0, at(&step, 100000, 20000).discharge);
	EXPECT_EQ(OVPP_PPM, at(&step, 100001, 20000).discharge);
	EXPECT_EQ(0, at(&step, 900000, 20000).charge);
	EXPECT_EQ(OVPP_PPM, at(&step, 899999, 20000).charge);
	EXPECT_EQ(OVPP_PPM, at(&step, 500000, 49999).discharge);
	EXPECT_EQ(0, at(&step, 500000, 50000).discharge);
	EXPECT_EQ(0, at(&step, 500000, -1).charge);
}

TEST(tapered_bounds_are_never_wider_nor_upside_down)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		const struct taper_parts parts = {any(0, OVPP_PPM), any(0, OVPP_PPM)};
		__s64 was_lo = any(-P_MAX, P_MAX), was_hi = any(was_lo, P_MAX);
		__s64 lo = was_lo, hi = was_hi;

		taper_bounds(parts, &lo, &hi);
		EXPECT_LE(was_lo, lo);
		EXPECT_LE(lo, hi);
		EXPECT_LE(hi, ovpp_greatest(was_hi, lo));
	}
}

/* ---- token bucket --------------------------------------------------------- */

TEST(a_bucket_gives_its_burst_and_then_its_rate)
{
	__u64 full = 0, now = 100 * S;
	int i, passed = 0;

	for (i = 0; i < 20; i++)
		passed += bucket_take(full, now, 10, 5, &full);
	EXPECT_EQ(5, passed);
	for (i = 0; i < 1000; i++) {
		now += 10 * MS;
		passed += bucket_take(full, now, 10, 5, &full);
	}
	EXPECT_LE(104, passed);
	EXPECT_GE(105, passed);
}

TEST(a_bucket_is_full_again_after_a_rest_and_no_fuller)
{
	__u64 full = 0;
	int i, passed = 0;

	for (i = 0; i < 9; i++)
		bucket_take(full, S, 100, 3, &full);
	for (i = 0; i < 9; i++)
		passed += bucket_take(full, 1000 * S, 100, 3, &full);
	EXPECT_EQ(3, passed);
}

TEST(a_bucket_without_a_burst_holds_one)
{
	__u64 full = 0;

	EXPECT_TRUE(bucket_take(full, S, 1000, 0, &full));
	EXPECT_FALSE(bucket_take(full, S, 1000, 0, &full));
	EXPECT_TRUE(bucket_take(full, S + MS, 1000, 0, &full));
}

TEST(a_frame_that_is_refused_takes_no_token)
{
	__u64 full = 0, refused;

	EXPECT_TRUE(bucket_take(full, S, 1, 1, &full));
	EXPECT_FALSE(bucket_take(full, S + 1, 1, 1, &refused));
	EXPECT_EQ(full, refused);
}

/* ---- dead band ------------------------------------------------------------ */

static const struct deadband band = {
	.deadband_mw = 1000, .soc_ppm = 5000, .min_ms = 100, .max_ms = 10000};

TEST(a_sample_that_says_nothing_new_is_not_kept_until_it_is_due)
{
	const struct deadband_last last = {.kept_ns = S, .p_mw = 5000, .soc_ppm = 500000};
	struct deadband_last now = last;

	now.kept_ns = S + 500 * MS;
	EXPECT_FALSE(deadband_keep(&band, &last, &now));
	now.p_mw = 6000;
	now.soc_ppm = 505000;
	EXPECT_FALSE(deadband_keep(&band, &last, &now));
	now.p_mw = 6001;
	EXPECT_TRUE(deadband_keep(&band, &last, &now));
	now.p_mw = 3999;
	EXPECT_TRUE(deadband_keep(&band, &last, &now));
	now.p_mw = 5000;
	now.soc_ppm = 494999;
	EXPECT_TRUE(deadband_keep(&band, &last, &now));
	now = last;
	now.kept_ns = S + 10 * S;
	EXPECT_TRUE(deadband_keep(&band, &last, &now));
}

TEST(samples_are_no_closer_than_asked_but_for_what_nobody_wants_to_miss)
{
	const struct deadband_last last = {.kept_ns = S};
	struct deadband_last now = {.kept_ns = S + 99 * MS, .p_mw = P_MAX};

	EXPECT_FALSE(deadband_keep(&band, &last, &now));
#define CHANGED(member)                              \
	({                                           \
		struct deadband_last other = now;    \
		other.member++;                      \
		deadband_keep(&band, &last, &other); \
	})
	EXPECT_TRUE(CHANGED(state));
	EXPECT_TRUE(CHANGED(alarm));
	EXPECT_TRUE(CHANGED(warning));
	EXPECT_TRUE(CHANGED(quality));
	EXPECT_TRUE(CHANGED(supervision));
	EXPECT_FALSE(CHANGED(soc_ppm));
}

TEST(without_settings_every_sample_is_kept)
{
	const struct deadband none = {0};
	const struct deadband_last last = {.kept_ns = S};
	struct deadband_last now = {.kept_ns = S};

	EXPECT_TRUE(deadband_keep(&none, &last, &now));
	now.kept_ns = S - 1;
	EXPECT_TRUE(deadband_keep(&none, &last, &now));
}

TEST(a_distance_of_any_two_values_is_right)
{
	EXPECT_EQ(UINT64_MAX, deadband_apart(INT64_MIN, INT64_MAX));
	EXPECT_EQ(2, deadband_apart(1, -1));
	EXPECT_EQ(0, deadband_apart(-5, -5));
}

/* ---- rhythm --------------------------------------------------------------- */

#define PERIOD_MS 1000
#define HOLD_MS 5000

static bool frame(struct rhythm *r, __u64 ms, bool strict, int *doubles)
{
	bool doubled, taken;

	taken = rhythm_step(r, ms * MS, PERIOD_MS, 0, HOLD_MS, strict, &doubled);
	*doubles += doubled;
	return taken;
}

TEST(one_sender_with_its_jitter_is_always_taken)
{
	struct rhythm r = {0};
	int i, doubles = 0;
	__u64 ms = 1000;

	for (i = 0; i < 500; i++) {
		EXPECT_TRUE(frame(&r, ms, i & 1, &doubles));
		ms += any(760, 2500);
	}
	EXPECT_EQ(0, doubles);
}

TEST(of_two_senders_the_first_one_is_taken)
{
	struct rhythm r = {0};
	int i, doubles = 0;

	for (i = 1; i <= 20; i++) {
		EXPECT_TRUE(frame(&r, i * 1000, false, &doubles));
		EXPECT_FALSE(frame(&r, i * 1000 + 400, false, &doubles));
	}
	EXPECT_EQ(20, doubles);
}

TEST(the_second_sender_does_not_take_the_place_of_the_first)
{
	struct rhythm r = {0};
	int i, doubles = 0;

	EXPECT_TRUE(frame(&r, 1000, false, &doubles));
	for (i = 1; i <= 20; i++)
		EXPECT_FALSE(frame(&r, i * 1000 + 400, false, &doubles));
	/* Both quiet for the hold time: who speaks then is believed. */
	EXPECT_TRUE(frame(&r, 21400 + HOLD_MS, false, &doubles));
}

TEST(strict_takes_nobody_until_there_is_one_sender_for_the_hold_time)
{
	struct rhythm r = {0};
	int i, doubles = 0;

	EXPECT_TRUE(frame(&r, 1000, true, &doubles));
	for (i = 1; i <= 5; i++) {
		EXPECT_FALSE(frame(&r, i * 1000 + 400, true, &doubles));
		EXPECT_FALSE(frame(&r, i * 1000 + 1000, true, &doubles));
	}
	for (i = 7; i <= 10; i++)
		EXPECT_FALSE(frame(&r, i * 1000, true, &doubles));
	EXPECT_TRUE(frame(&r, 12000, true, &doubles));
	EXPECT_TRUE(frame(&r, 13000, true, &doubles));
}

/* ---- windows -------------------------------------------------------------- */

#define HM(h, m) ((h)*60 + (m))
#define MONDAY 0
#define SATURDAY 5
#define SUNDAY 6
#define ON(day, h, m) ((day)*HOURS_DAY + HM(h, m))

TEST(the_day_and_minute_of_the_week_are_those_of_the_place)
{
	/* 2024-01-01 00:00 UTC was a Monday. */
	const __u64 monday = 1704067200 * S;

	EXPECT_EQ(ON(MONDAY, 0, 0), hours_minute(monday, 0));
	EXPECT_EQ(ON(MONDAY, 1, 0), hours_minute(monday, 60));
	EXPECT_EQ(ON(SUNDAY, 19, 0), hours_minute(monday, -300));
	EXPECT_EQ(ON(MONDAY, 0, 0), hours_minute(monday, 999999));
	EXPECT_EQ(ON(MONDAY, 23, 59), hours_minute(monday + (86400 * S - 1), 0));
	EXPECT_EQ(ON(3, 0, 0), hours_minute(0, 0));
	EXPECT_EQ(ON(2, 0, 0), hours_minute(0, -HOURS_DAY));
}

TEST(a_window_over_midnight_belongs_to_the_day_on_which_it_begins)
{
	const __u32 from = HM(22, 0), to = HM(6, 0), saturdays = 1 << SATURDAY;

	EXPECT_TRUE(hours_within(ON(SATURDAY, 22, 0), from, to, saturdays));
	EXPECT_TRUE(hours_within(ON(SUNDAY, 5, 59), from, to, saturdays));
	EXPECT_FALSE(hours_within(ON(SUNDAY, 6, 0), from, to, saturdays));
	EXPECT_FALSE(hours_within(ON(SATURDAY, 5, 0), from, to, saturdays));
	EXPECT_FALSE(hours_within(ON(SUNDAY, 23, 0), from, to, saturdays));
	EXPECT_TRUE(hours_within(ON(MONDAY, 1, 0), from, to, 1 << SUNDAY));
	EXPECT_TRUE(hours_within(ON(MONDAY, 1, 0), from, to, 0));
	EXPECT_FALSE(hours_within(ON(MONDAY, 12, 0), from, to, 0));
}

TEST(a_window_within_a_day_has_its_first_minute_and_not_its_last)
{
	EXPECT_FALSE(hours_within(ON(MONDAY, 11, 59), HM(12, 0), HM(14, 0), 0));
	EXPECT_TRUE(hours_within(ON(MONDAY, 12, 0), HM(12, 0), HM(14, 0), 0));
	EXPECT_TRUE(hours_within(ON(MONDAY, 13, 59), HM(12, 0), HM(14, 0), 1 << MONDAY));
	EXPECT_FALSE(hours_within(ON(MONDAY, 14, 0), HM(12, 0), HM(14, 0), 0));
	EXPECT_FALSE(hours_within(ON(MONDAY, 13, 0), HM(12, 0), HM(14, 0), 1 << SUNDAY));
}

TEST(a_window_with_equal_ends_is_all_day)
{
	EXPECT_TRUE(hours_within(ON(MONDAY, 0, 0), 0, 0, 1 << MONDAY));
	EXPECT_TRUE(hours_within(ON(MONDAY, 23, 59), 0, 0, 1 << MONDAY));
	EXPECT_FALSE(hours_within(ON(1, 0, 0), 0, 0, 1 << MONDAY));
}

/* ---- fuse ----------------------------------------------------------------- */

FIXTURE(fuse)
{
	struct fuse_member m[FUSE_MEMBERS];
	struct fuse_group g[FUSE_GROUPS];
};

FIXTURE_SETUP(fuse)
{
	int i;

	memset(self, 0, sizeof(*self));
	for (i = 0; i < FUSE_GROUPS; i++) {
		self->g[i].export_mw = FUSE_NONE_MW;
		self->g[i].import_mw = FUSE_NONE_MW;
	}
}

FIXTURE_TEARDOWN(fuse)
{
}

static struct fuse_member behind(__u32 group, __s64 lo, __s64 hi, __s64 p)
{
	return (struct fuse_member){.lo_mw = lo, .hi_mw = hi, .p_mw = p, .group = group};
}

TEST_F(fuse, beyond_it_setpoints_shrink_in_proportion)
{
	self->g[0].export_mw = 9000;
	self->m[0] = behind(1, -10000, 10000, 8000);
	self->m[1] = behind(1, -10000, 10000, 4000);
	fuse_narrow(self->m, self->g);
	EXPECT_EQ(6000, self->m[0].hi_mw);
	EXPECT_EQ(3000, self->m[1].hi_mw);
	EXPECT_EQ(-10000, self->m[0].lo_mw);
}

TEST_F(fuse, within_it_what_is_left_is_shared_as_headroom)
{
	self->g[0].import_mw = 10000;
	self->m[0] = behind(1, -10000, 0, -4000);
	self->m[1] = behind(1, -10000, 0, 0);
	fuse_narrow(self->m, self->g);
	EXPECT_EQ(-4000 - 2250, self->m[0].lo_mw);
	EXPECT_EQ(-3750, self->m[1].lo_mw);
	EXPECT_EQ(0, self->m[0].hi_mw);
}

TEST_F(fuse, what_is_fixed_counts_and_leaves_the_rest)
{
	self->g[0].export_mw = 10000;
	self->g[0].fixed_mw = 7000;
	self->m[0] = behind(1, 0, 10000, 6000);
	self->m[1] = behind(1, 0, 10000, 9000);
	self->m[1].held = 1;
	fuse_narrow(self->m, self->g);
	EXPECT_EQ(3000, self->m[0].hi_mw);
	EXPECT_EQ(10000, self->m[1].hi_mw);
	self->g[0].fixed_mw = 99000;
	fuse_narrow(self->m, self->g);
	EXPECT_EQ(0, self->m[0].hi_mw);
}

TEST_F(fuse, one_that_takes_makes_room_for_one_that_gives)
{
	self->g[0].export_mw = 5000;
	self->m[0] = behind(1, 0, 10000, 8000);
	self->m[1] = behind(1, -4000, -4000, -4000);
	fuse_narrow(self->m, self->g);
	EXPECT_EQ(9000, self->m[0].hi_mw);
}

TEST_F(fuse, groups_and_others_do_not_touch_each_other)
{
	self->g[1].export_mw = 1000;
	self->m[0] = behind(1, 0, 10000, 8000);
	self->m[1] = behind(2, 0, 10000, 8000);
	self->m[2] = behind(0, 0, 10000, 8000);
	fuse_narrow(self->m, self->g);
	EXPECT_EQ(10000, self->m[0].hi_mw);
	EXPECT_EQ(1000, self->m[1].hi_mw);
	EXPECT_EQ(10000, self->m[2].hi_mw);
}

TEST_F(fuse, no_setpoints_within_the_bounds_go_beyond_it)
{
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		__s64 hi = 0, lo = 0, fixed = any(-P_MAX, P_MAX),
		      most = round & 1 ? P_MAX : 9000000;

		memset(self->m, 0, sizeof(self->m));
		self->g[0].export_mw = any(1, 8 * most);
		self->g[0].import_mw = any(1, 8 * most);
		self->g[0].fixed_mw = fixed = fixed % most;
		for (i = 0; i < FUSE_MEMBERS; i++) {
			__s64 l = any(-most, 0), h = any(0, most);

			self->m[i] = behind(any(0, 1), l, h, any(l, h));
			self->m[i].held = any(0, 9) == 0;
		}
		fuse_narrow(self->m, self->g);
		for (i = 0; i < FUSE_MEMBERS; i++) {
			if (!fuse_moves(&self->m[i]))
				continue;
			EXPECT_LE(self->m[i].lo_mw, self->m[i].p_mw);
			EXPECT_LE(self->m[i].p_mw, self->m[i].hi_mw);
			hi += self->m[i].hi_mw;
			lo += self->m[i].lo_mw;
		}
		/* Where what is fixed is beyond the fuse, nobody makes it worse. */
		EXPECT_LE(hi, ovpp_greatest(self->g[0].export_mw - fixed, 0));
		EXPECT_GE(lo, ovpp_least(-self->g[0].import_mw - fixed, 0));
	}
}

/* ---- health --------------------------------------------------------------- */

FIXTURE(share)
{
	struct share_member m[SHARE_MEMBERS];
};

FIXTURE_SETUP(share)
{
	memset(self, 0, sizeof(*self));
}

FIXTURE_TEARDOWN(share)
{
}

static struct share_member one(__s64 lo, __s64 hi, __u64 weight)
{
	return (struct share_member){.lo_mw = lo, .hi_mw = hi, .weight = weight, .in = 1};
}

TEST(health_and_charge_make_the_weight)
{
	EXPECT_EQ(500000, share_weight(1000000, 500000, 0, 1000000, false));
	EXPECT_EQ(400000, share_weight(800000, 500000, 0, 1000000, true));
	EXPECT_EQ(0, share_weight(1000000, 100000, 100000, 900000, false));
	EXPECT_EQ(0, share_weight(1000000, 950000, 100000, 900000, true));
	EXPECT_EQ(0, share_weight(0, 500000, 0, 1000000, true));
	EXPECT_EQ(800000, share_weight(1000000, 100000, 100000, 900000, true));
}

TEST_F(share, what_is_shared_is_shared_by_weight)
{
	self->m[3] = one(-5000, 5000, 900);
	self->m[9] = one(-5000, 5000, 300);
	EXPECT_EQ(0, share_out(self->m, 4000));
	EXPECT_EQ(3000, self->m[3].cap_mw);
	EXPECT_EQ(1000, self->m[9].cap_mw);
}

TEST_F(share, what_one_cannot_take_the_others_do)
{
	self->m[0] = one(-5000, 1000, 900);
	self->m[1] = one(-5000, 5000, 300);
	self->m[2] = one(-5000, 5000, 0);
	EXPECT_EQ(0, share_out(self->m, 8000));
	EXPECT_EQ(1000, self->m[0].cap_mw);
	EXPECT_LT(self->m[2].cap_mw, self->m[1].cap_mw);
	EXPECT_EQ(8000, self->m[0].cap_mw + self->m[1].cap_mw + self->m[2].cap_mw);
}

TEST_F(share, without_any_weight_room_decides)
{
	self->m[0] = one(0, 1000, 0);
	self->m[1] = one(0, 3000, 0);
	EXPECT_EQ(0, share_out(self->m, 2000));
	EXPECT_EQ(500, self->m[0].cap_mw);
	EXPECT_EQ(1500, self->m[1].cap_mw);
}

TEST_F(share, one_that_must_run_does_and_no_more_than_the_total_is_shared)
{
	self->m[0] = one(2000, 5000, 0);
	self->m[1] = one(0, 5000, 1000);
	EXPECT_EQ(0, share_out(self->m, 3000));
	EXPECT_EQ(2000, self->m[0].cap_mw);
	EXPECT_EQ(1000, self->m[1].cap_mw);
	EXPECT_GT(0, share_out(self->m, 1999));
}

TEST_F(share, shares_come_to_the_total_exactly)
{
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		__s64 total = 0, sum = 0, most = round & 1 ? P_MAX : 9000000;

		memset(self->m, 0, sizeof(self->m));
		for (i = 0; i < SHARE_MEMBERS; i++) {
			__s64 hi = any(0, most);

			if (any(0, 2))
				self->m[i] = one(any(-most, 0), hi, any(0, OVPP_PPM));
			if (self->m[i].in)
				total += any(0, hi);
		}
		if (!total)
			continue;
		EXPECT_EQ(0, share_out(self->m, total));
		for (i = 0; i < SHARE_MEMBERS; i++) {
			sum += self->m[i].cap_mw;
			EXPECT_LE(self->m[i].cap_mw, self->m[i].hi_mw);
			EXPECT_LE(0, self->m[i].cap_mw);
		}
		EXPECT_EQ(total, sum);
	}
}

TEST_HARNESS_MAIN
