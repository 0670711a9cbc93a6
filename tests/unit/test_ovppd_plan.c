// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/plan.c: what the PCC target should be, by the clock on the wall. */
#include "kselftest_harness.h"

#include "../../userspace/ovppd/plan.c"

#define HOUR 3600

FIXTURE(plan)
{
	struct plan *plan;
};

/* 06:00 1 W, 18:30 2 W, written in the other order; ttl 10 s. */
FIXTURE_SETUP(plan)
{
	json_t *site = json_pack("{s:{s:i,s:i},s:[{s:i,s:i},{s:i,s:i}]}", "target", "p_mw", 0,
				 "ttl_ms", 10000, "schedule", "at_s", 66600, "p_mw", 2000, "at_s",
				 6 * HOUR, "p_mw", 1000);

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	ASSERT_EQ(0, plan_new(site, &self->plan));
	json_decref(site);
}

FIXTURE_TEARDOWN(plan)
{
	free(self->plan);
}

/* A local time of the fixture's zone. */
static time_t at(int year, int month, int day, int hour, int min, int sec)
{
	struct tm tm = {.tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = hour,
			.tm_min = min,
			.tm_sec = sec,
			.tm_isdst = -1};

	return mktime(&tm);
}

TEST_F(plan, the_latest_entry_holds_until_the_next)
{
	time_t until;

	EXPECT_EQ(1000, plan_at(self->plan, at(2026, 11, 22, 6, 0, 0), &until));
	EXPECT_EQ(at(2026, 11, 22, 18, 30, 0), until);
	EXPECT_EQ(1000, plan_at(self->plan, at(2026, 11, 22, 18, 29, 59), &until));
	EXPECT_EQ(2000, plan_at(self->plan, at(2026, 11, 22, 18, 30, 0), &until));
	EXPECT_EQ(at(2026, 11, 23, 6, 0, 0), until);
}

TEST_F(plan, before_the_first_entry_of_a_day_the_last_of_the_day_before_holds)
{
	time_t until;

	EXPECT_EQ(2000, plan_at(self->plan, at(2026, 11, 22, 5, 59, 59), &until));
	EXPECT_EQ(at(2026, 11, 22, 6, 0, 0), until);
}

TEST_F(plan, it_goes_by_the_wall_clock_when_summer_time_begins_and_ends)
{
	time_t until;

	/* 29 March 2026 has 23 hours, 25 October 2026 has 25. */
	EXPECT_EQ(2000, plan_at(self->plan, at(2026, 3, 28, 23, 0, 0), &until));
	EXPECT_EQ(at(2026, 3, 29, 6, 0, 0), until);
	EXPECT_EQ(6 * HOUR, until - at(2026, 3, 28, 23, 0, 0));
	EXPECT_EQ(2000, plan_at(self->plan, at(2026, 10, 24, 23, 0, 0), &until));
	EXPECT_EQ(8 * HOUR, until - at(2026, 10, 24, 23, 0, 0));
}

TEST_F(plan, an_entry_in_the_hour_that_summer_time_leaves_out_still_comes)
{
	json_t *site = json_pack("{s:{s:i,s:i},s:[{s:i,s:i},{s:i,s:i}]}", "target", "p_mw", 0,
				 "ttl_ms", 10000, "schedule", "at_s", 2 * HOUR + 1800, "p_mw", 7,
				 "at_s", 12 * HOUR, "p_mw", 8);
	struct plan *plan;
	time_t until;

	ASSERT_EQ(0, plan_new(site, &plan));
	EXPECT_EQ(8, plan_at(plan, at(2026, 3, 29, 1, 0, 0), &until));
	EXPECT_EQ(7, plan_at(plan, at(2026, 3, 29, 4, 0, 0), &until));
	EXPECT_EQ(8, plan_at(plan, at(2026, 3, 29, 12, 0, 0), &until));
	free(plan);
	json_decref(site);
}

TEST_F(plan, a_step_of_the_clock_by_a_year_gives_the_entry_of_the_new_time)
{
	time_t until, t = at(2026, 11, 22, 12, 0, 0);

	EXPECT_EQ(1000, plan_at(self->plan, t, &until));
	EXPECT_EQ(1000, plan_at(self->plan, t + 365 * 86400, &until));
	EXPECT_EQ(2000, plan_at(self->plan, t + 365 * 86400 + 12 * HOUR, &until));
	EXPECT_EQ(2000, plan_at(self->plan, t - 365 * 86400 - 12 * HOUR, &until));
	EXPECT_EQ(1000, plan_at(self->plan, 12 * HOUR, &until));
	EXPECT_LT(12 * HOUR, until);
}

static long long block(const json_t *blocks, size_t i, const char *key)
{
	return json_integer_value(json_object_get(json_array_get(blocks, i), key));
}

TEST_F(plan, blocks_change_at_the_very_moment_of_an_entry)
{
	struct timespec now = {.tv_sec = at(2026, 11, 22, 18, 29, 55), .tv_nsec = 250000000};
	json_t *blocks = plan_blocks(self->plan, &now);

	ASSERT_EQ(2, json_array_size(blocks));
	EXPECT_EQ(1000, block(blocks, 0, "p_mw"));
	EXPECT_EQ(4750, block(blocks, 0, "duration_ms"));
	EXPECT_EQ(2000, block(blocks, 1, "p_mw"));
	EXPECT_EQ(5250, block(blocks, 1, "duration_ms"));
	json_decref(blocks);
}

TEST_F(plan, blocks_hold_no_wall_clock_time)
{
	struct timespec now = {.tv_sec = at(2026, 11, 22, 12, 0, 0)};
	json_t *blocks = plan_blocks(self->plan, &now);

	ASSERT_EQ(1, json_array_size(blocks));
	EXPECT_EQ(10000, block(blocks, 0, "duration_ms"));
	EXPECT_EQ(NULL, json_object_get(json_array_get(blocks, 0), "start_ns"));
	json_decref(blocks);
}

TEST_F(plan, a_ttl_of_days_gives_the_whole_schedule)
{
	struct timespec now = {.tv_sec = at(2026, 11, 22, 6, 0, 0)};
	json_t *blocks;
	long long sum = 0;

	self->plan->ttl_ms = 2 * 86400000;
	blocks = plan_blocks(self->plan, &now);
	ASSERT_EQ(4, json_array_size(blocks));
	for (size_t i = 0; i < 4; i++) {
		EXPECT_EQ(i % 2 ? 2000 : 1000, block(blocks, i, "p_mw"));
		sum += block(blocks, i, "duration_ms");
	}
	EXPECT_EQ(2 * 86400000, sum);
	json_decref(blocks);
}

TEST(a_constant_target_is_one_block_at_any_time)
{
	json_t *site = json_pack("{s:{s:i,s:i}}", "target", "p_mw", -5, "ttl_ms", 604800000);
	struct timespec now = {.tv_sec = 1774742399};
	struct plan *plan;
	json_t *blocks;

	ASSERT_EQ(0, plan_new(site, &plan));
	blocks = plan_blocks(plan, &now);
	ASSERT_EQ(1, json_array_size(blocks));
	EXPECT_EQ(-5, block(blocks, 0, "p_mw"));
	EXPECT_EQ(604800000, block(blocks, 0, "duration_ms"));
	json_decref(blocks);
	free(plan);
	json_decref(site);
}

TEST(a_site_without_target_has_no_plan)
{
	json_t *site = json_object();
	struct plan *plan = (struct plan *)1;

	EXPECT_EQ(0, plan_new(site, &plan));
	EXPECT_EQ(NULL, plan);
	json_decref(site);
}

TEST_HARNESS_MAIN
