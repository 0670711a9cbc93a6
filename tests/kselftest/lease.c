// SPDX-License-Identifier: GPL-2.0-or-later
/* The lease and the envelope on a real bus: who may move a DER, how far, how long. */

#include "helpers.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/time.h>

#include "kselftest_harness.h"

#define METER (BENCH_METER_RX + 0)
#define BATTERY (BENCH_BATTERY_RX + 0)
#define COMMAND (BENCH_BATTERY_TX + 0)

#define SAFE_MW (-1000000)
#define SOC_HALF 500000
#define HZ_50 50000

/* Commands that the battery hears: a socket of its own with a filter. */
static int listen_commands(void)
{
	struct can_filter filter = {COMMAND, CAN_SFF_MASK | CAN_EFF_FLAG};
	struct timeval patience = {BENCH_PATIENCE_MS / 1000, 0};
	int fd = bench_can_open(BENCH_IFNAME);

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, &filter, sizeof(filter));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* The next command in mW; INT32_MIN if none comes. */
static int32_t next_command(int fd)
{
	struct can_frame f;

	if (read(fd, &f, sizeof(f)) != sizeof(f))
		return INT32_MIN;
	return (int32_t)((uint32_t)f.data[0] | (uint32_t)f.data[1] << 8 |
			 (uint32_t)f.data[2] << 16 | (uint32_t)f.data[3] << 24);
}

FIXTURE(lease)
{
	struct bench b;
	int commands;
	int battery;
};

/* A site that has lost its heartbeat after 300 ms, a battery and the PCC meter. */
FIXTURE_SETUP(lease)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, bench_new(b, "kselftest-lease",
			       json_pack("{s:i,s:i}", "heartbeat_ms", 300, "period_ns", 2000000)));
	ASSERT_LT(0, bench_der(b, BENCH_METER, 0));
	self->battery = bench_der(b, BENCH_BATTERY, 0);
	ASSERT_LT(0, self->battery);
	ASSERT_EQ(0, bench_must(b->nl, "der-set",
				json_pack("{s:I,s:i,s:i}", "site", (json_int_t)b->site, "id",
					  self->battery, "safe_mw", SAFE_MW),
				NULL));
	self->commands = listen_commands();
	ASSERT_LE(0, self->commands);
}

FIXTURE_TEARDOWN(lease)
{
	close(self->commands);
	bench_end(&self->b);
}

/* What the devices say: power at the PCC, and of the battery. */
static int report(struct bench *b, int32_t pcc_mw, int32_t battery_mw)
{
	int ret = bench_can_report(b, METER, pcc_mw, HZ_50);

	return ret ? ret : bench_can_report(b, BATTERY, battery_mw, SOC_HALF);
}

static int beat(struct bench *b)
{
	return bench_do(b->nl, "heartbeat", json_pack("{s:I}", "id", (json_int_t)b->site), NULL);
}

static int dispatch(struct bench *b, int der, int32_t p_mw, int ms)
{
	return bench_do(b->nl, "dispatch-new",
			json_pack("{s:I,s:[{s:i,s:i,s:i}]}", "site", (json_int_t)b->site, "block",
				  "der", der, "p_mw", p_mw, "duration_ms", ms),
			NULL);
}

static bool in_state(struct bench *b, const char *state)
{
	return bench_is(b->nl, "site-get", json_pack("{s:I}", "id", (json_int_t)b->site), "state",
			state);
}

static bool supervised(struct bench *b, int der, const char *supervision)
{
	return bench_is(b->nl, "der-get",
			json_pack("{s:I,s:i}", "site", (json_int_t)b->site, "id", der),
			"supervision", supervision);
}

/* Beats and reports until @cond: what a daemon and devices do. */
#define keep_until(b, pcc, battery, cond) bench_wait((beat(b), report(b, pcc, battery), cond))

/* Waits until the battery is told @mw, while heartbeats go on or not. */
static bool is_told(struct bench *b, int fd, int32_t mw, bool beating)
{
	uint64_t end = bench_now_ns() + BENCH_PATIENCE_MS * 1000000ULL;

	while (bench_now_ns() < end) {
		int32_t p = next_command(fd);

		if (p == mw)
			return true;
		if (p == INT32_MIN)
			return false;
		if (beating)
			beat(b);
	}
	return false;
}

/* Leads the site to following with @p_mw for the battery itself. */
static bool follow(struct bench *b, int battery, int32_t p_mw)
{
	if (!keep_until(b, 0, 0, supervised(b, battery, "online")))
		return false;
	beat(b);
	return !dispatch(b, battery, p_mw, 3600000) &&
	       keep_until(b, 0, 0, in_state(b, "following"));
}

TEST_F(lease, nothing_moves_before_it_is_told_to)
{
	int i;

	ASSERT_EQ(0, report(&self->b, -5000000, 0));
	EXPECT_TRUE(in_state(&self->b, "start"));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(SAFE_MW, next_command(self->commands));
	EXPECT_TRUE(in_state(&self->b, "start"));
}

TEST_F(lease, a_setpoint_without_a_heartbeat_is_refused)
{
	ASSERT_EQ(0, report(&self->b, 0, 0));
	EXPECT_EQ(-EAGAIN, dispatch(&self->b, self->battery, 1000000, 1000));
	EXPECT_NE(NULL, strstr(ovpp_nl_error(self->b.nl), "heartbeat"));
	EXPECT_TRUE(in_state(&self->b, "start"));
}

TEST_F(lease, heartbeats_alone_do_not_lead_out_of_start)
{
	int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, beat(&self->b));
		ASSERT_EQ(0, report(&self->b, 0, 0));
		bench_sleep_ms(10);
	}
	EXPECT_TRUE(in_state(&self->b, "start"));
}

TEST_F(lease, a_heartbeat_and_a_setpoint_after_it_move_the_der)
{
	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	EXPECT_TRUE(is_told(&self->b, self->commands, 7000000, true));
}

TEST_F(lease, the_battery_covers_the_load_to_meet_the_pcc_target)
{
	ASSERT_TRUE(
		keep_until(&self->b, -5000000, 0, supervised(&self->b, self->battery, "online")));
	beat(&self->b);
	ASSERT_EQ(0, dispatch(&self->b, 0, 0, 3600000));
	ASSERT_TRUE(keep_until(&self->b, -5000000, 0, in_state(&self->b, "following")));
	/* 5 kW flow in from the grid and the battery gives nothing: it has to give them. */
	EXPECT_TRUE(keep_until(&self->b, -5000000, 0,
			       labs(next_command(self->commands) - 5000000) <= 1000));
}

TEST_F(lease, without_a_heartbeat_every_der_ends_at_its_safe_value)
{
	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	ASSERT_TRUE(is_told(&self->b, self->commands, 7000000, true));
	EXPECT_TRUE(is_told(&self->b, self->commands, SAFE_MW, false));
	EXPECT_TRUE(in_state(&self->b, "fail_safe"));
	/* It stays there, though devices go on. */
	report(&self->b, 0, 0);
	EXPECT_EQ(SAFE_MW, next_command(self->commands));
}

TEST_F(lease, fail_safe_ends_with_heartbeat_and_a_new_setpoint_only)
{
	int i;

	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	ASSERT_TRUE(bench_wait(in_state(&self->b, "fail_safe")));
	/* The old setpoint does not come back with the heartbeat. */
	for (i = 0; i < 20; i++) {
		beat(&self->b);
		report(&self->b, 0, 0);
		bench_sleep_ms(10);
	}
	EXPECT_TRUE(in_state(&self->b, "fail_safe"));
	EXPECT_TRUE(follow(&self->b, self->battery, 3000000));
	EXPECT_TRUE(is_told(&self->b, self->commands, 3000000, true));
}

TEST_F(lease, with_a_fallback_local_rules_go_on_and_then_end)
{
	ASSERT_EQ(0, bench_must(self->b.nl, "site-set",
				json_pack("{s:I,s:i}", "id", (json_int_t)self->b.site,
					  "fallback_ms", 1500),
				NULL));
	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	EXPECT_TRUE(bench_wait((report(&self->b, 0, 0), in_state(&self->b, "autonomous"))));
	EXPECT_TRUE(bench_wait((report(&self->b, 0, 0), in_state(&self->b, "fail_safe"))));
	EXPECT_TRUE(is_told(&self->b, self->commands, SAFE_MW, false));
}

TEST_F(lease, a_setpoint_that_expires_leads_to_local_rules_while_heartbeats_go_on)
{
	ASSERT_TRUE(keep_until(&self->b, 0, 0, supervised(&self->b, self->battery, "online")));
	beat(&self->b);
	ASSERT_EQ(0, dispatch(&self->b, self->battery, 7000000, 400));
	EXPECT_TRUE(keep_until(&self->b, 0, 0, in_state(&self->b, "following")));
	EXPECT_TRUE(keep_until(&self->b, 0, 0, in_state(&self->b, "autonomous")));
}

TEST_F(lease, the_heartbeat_of_a_closed_socket_belongs_to_the_next_one)
{
	struct ovpp_nl *other;

	ASSERT_EQ(0, ovpp_nl_open(&other));
	ASSERT_EQ(0, bench_do(other, "heartbeat",
			      json_pack("{s:I}", "id", (json_int_t)self->b.site), NULL));
	EXPECT_EQ(-EBUSY, beat(&self->b));
	ovpp_nl_close(other);
	EXPECT_TRUE(bench_wait(!beat(&self->b)));
}

TEST_F(lease, a_clock_that_is_stepped_by_a_year_changes_nothing)
{
	struct timespec now, year;
	int i;

	if (geteuid())
		SKIP(return, "needs root, to set the clock");
	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	clock_gettime(CLOCK_REALTIME, &now);
	year = now;
	year.tv_sec += 365 * 86400;
	ASSERT_EQ(0, clock_settime(CLOCK_REALTIME, &year));
	for (i = 0; i < 30; i++) {
		beat(&self->b);
		report(&self->b, 0, 0);
		EXPECT_TRUE(in_state(&self->b, "following"));
		bench_sleep_ms(5);
	}
	year.tv_sec -= 2 * 365 * 86400;
	clock_settime(CLOCK_REALTIME, &year);
	beat(&self->b);
	EXPECT_TRUE(in_state(&self->b, "following"));
	EXPECT_TRUE(is_told(&self->b, self->commands, 7000000, true));
	clock_settime(CLOCK_REALTIME, &now);
}

/* ---- the envelope ---- */

TEST_F(lease, no_setpoint_leaves_the_envelope)
{
	ASSERT_TRUE(follow(&self->b, self->battery, 250000000));
	EXPECT_TRUE(is_told(&self->b, self->commands, 100000000, true));
}

TEST_F(lease, a_site_limit_holds_all_der_back_together)
{
	ASSERT_EQ(0, bench_must(self->b.nl, "envelope-set",
				json_pack("{s:I,s:i}", "site", (json_int_t)self->b.site,
					  "export_max_mw", 2000000),
				NULL));
	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	EXPECT_TRUE(is_told(&self->b, self->commands, 2000000, true));
}

TEST_F(lease, a_new_der_cannot_move)
{
	int der = bench_der(&self->b, BENCH_BATTERY, 1);

	ASSERT_LT(0, der);
	ASSERT_EQ(0, bench_must(self->b.nl, "envelope-set",
				json_pack("{s:I,s:i,s:i,s:i}", "site", (json_int_t)self->b.site,
					  "der", self->battery, "p_min_mw", 0, "p_max_mw", 0),
				NULL));
	ASSERT_TRUE(follow(&self->b, self->battery, 7000000));
	EXPECT_TRUE(is_told(&self->b, self->commands, 0, true));
	EXPECT_EQ(0, next_command(self->commands));
}

/*
 * A locked site stays until its namespace or the module goes, so this one lives
 * in a namespace of its own, which ends with the test's process.
 */
TEST(a_locked_envelope_stays)
{
	struct bench b;
	json_int_t site;
	int battery;

	if (geteuid())
		SKIP(return, "needs root, for a network namespace");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link add " BENCH_IFNAME " type vcan && ip link set " BENCH_IFNAME
			    " up"));
	ASSERT_EQ(0, bench_new(&b, "kselftest-locked", NULL));
	site = b.site;
	battery = bench_der(&b, BENCH_BATTERY, 0);
	ASSERT_LT(0, battery);
	ASSERT_EQ(0, bench_must(b.nl, "envelope-lock", bench_req(&b), NULL));

	EXPECT_EQ(-EPERM,
		  bench_do(b.nl, "envelope-set",
			   json_pack("{s:I,s:i,s:i}", "site", site, "der", battery, "p_max_mw", 1),
			   NULL));
	EXPECT_EQ(-EPERM, bench_do(b.nl, "envelope-set",
				   json_pack("{s:I,s:i}", "site", site, "export_max_mw", 1), NULL));
	EXPECT_EQ(-EPERM,
		  bench_do(b.nl, "der-set",
			   json_pack("{s:I,s:i,s:i}", "site", site, "id", battery, "safe_mw", 1),
			   NULL));
	EXPECT_EQ(-EPERM, bench_do(b.nl, "der-del",
				   json_pack("{s:I,s:i}", "site", site, "id", battery), NULL));
	EXPECT_EQ(-EPERM, bench_do(b.nl, "site-del", json_pack("{s:I}", "id", site), NULL));
	EXPECT_NE(NULL, strstr(ovpp_nl_error(b.nl), "locked"));
	EXPECT_EQ(1, bench_get(b.nl, "envelope-get", bench_req(&b), "locked"));
	bench_close(&b);
}

TEST_HARNESS_MAIN
