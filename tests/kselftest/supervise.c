// SPDX-License-Identifier: GPL-2.0-or-later
/* The supervisor: devices that fall silent or lie, and buses that fail. */

#include "helpers.h"

#include <linux/can/error.h>
#include <sched.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#define METER BENCH_METER_RX
#define BATTERY BENCH_BATTERY_RX
#define SOC_HALF 500000

/*
 * Everything here happens in a network namespace of its own, so that devices can
 * be taken down, renamed and removed. It ends with the test's process.
 */
FIXTURE(supervise)
{
	struct bench b;
	int battery;
	int meter;
};

static int shell(const char *command)
{
	return system(command) ? -EIO : 0;
}

/* Profiles whose messages time out fast; the batteries have an alarm too. */
static int add_profiles(struct ovpp_nl *nl)
{
	/* clang-format off */
	int ret = bench_profile(nl, json_loads(BENCH_JSON({
		"name": "kselftest-quick-battery", "version": 1, "kind": "battery",
		"message": [
			{ "id": 256, "stride": 1, "length": 5, "timeout_ms": 400,
			  "signal": [
				{ "point": "p", "start": 0, "length": 32, "flags": ["signed"] },
				{ "point": "alarm", "start": 32, "length": 8 }] },
			{ "id": 512, "stride": 1, "length": 4, "period_ms": 50,
			  "flags": ["tx"],
			  "signal": [
				{ "point": "p_set", "start": 0, "length": 32,
				  "flags": ["signed"] }] }]
	}), 0, NULL));

	return ret ? ret : bench_profile(nl, json_loads(BENCH_JSON({
		"name": "kselftest-quick-meter", "version": 1, "kind": "meter",
		"message": [
			{ "id": 768, "stride": 1, "length": 4, "timeout_ms": 400,
			  "flags": ["trigger"],
			  "signal": [
				{ "point": "p", "start": 0, "length": 32,
				  "flags": ["signed"] }] }]
	}), 0, NULL));
	/* clang-format on */
}

static int add_der(struct bench *b, const char *name, const char *profile, bool pcc)
{
	json_t *reply = NULL;
	int ret = bench_must(b->nl, "der-new",
			     json_pack("{s:I,s:s,s:s,s:s,s:b}", "site", (json_int_t)b->site, "name",
				       name, "bus_name", "bus", "profile", profile, "pcc", pcc),
			     &reply);

	if (!ret)
		ret = (int)json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	return ret;
}

FIXTURE_SETUP(supervise)
{
	struct bench *b = &self->b;

	if (geteuid())
		SKIP(return, "needs root, for a network namespace");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, shell("ip link add vcan0 type vcan && ip link set vcan0 up"));
	ASSERT_EQ(0,
		  bench_new(b, "kselftest-supervise",
			    json_pack("{s:i,s:i}", "heartbeat_ms", 60000, "period_ns", 2000000)));
	ASSERT_EQ(0, add_profiles(b->nl));
	self->battery = add_der(b, "battery", "kselftest-quick-battery", false);
	ASSERT_LT(0, self->battery);
	self->meter = add_der(b, "meter", "kselftest-quick-meter", true);
	ASSERT_LT(0, self->meter);
	ASSERT_EQ(0, bench_must(b->nl, "envelope-set",
				json_pack("{s:I,s:i,s:i,s:i}", "site", (json_int_t)b->site, "der",
					  self->battery, "p_min_mw", -100000000, "p_max_mw",
					  100000000),
				NULL));
}

FIXTURE_TEARDOWN(supervise)
{
	bench_end(&self->b);
}

static int say_battery(struct bench *b, uint8_t alarm)
{
	uint8_t data[5] = {0, 0, 0, 0, alarm};

	return bench_can_send(b->can, BATTERY, data, sizeof(data));
}

static int say_meter(struct bench *b)
{
	uint8_t data[4] = {0};

	return bench_can_send(b->can, METER, data, sizeof(data));
}

static int say_all(struct bench *b)
{
	int ret = say_battery(b, 0);

	return ret ? ret : say_meter(b);
}

static json_t *der_req(struct bench *b, int der)
{
	return json_pack("{s:I,s:i}", "site", (json_int_t)b->site, "id", der);
}

static bool supervised(struct bench *b, int der, const char *supervision)
{
	return bench_is(b->nl, "der-get", der_req(b, der), "supervision", supervision);
}

static json_int_t der_count(struct bench *b, int der, const char *counter)
{
	return bench_get(b->nl, "der-get", der_req(b, der), counter);
}

static bool in_state(struct bench *b, const char *state)
{
	return bench_is(b->nl, "site-get", json_pack("{s:I}", "id", (json_int_t)b->site), "state",
			state);
}

static json_t *bus_req(struct bench *b)
{
	return json_pack("{s:I,s:s}", "site", (json_int_t)b->site, "name", "bus");
}

static bool bus_is(struct bench *b, const char *state)
{
	return bench_is(b->nl, "bus-get", bus_req(b), "state", state);
}

static json_int_t bus_count(struct bench *b, const char *counter)
{
	return bench_get(b->nl, "bus-get", bus_req(b), counter);
}

static bool follow(struct bench *b, int battery)
{
	json_t *block;

	if (!bench_wait((say_all(b), supervised(b, battery, "online"))))
		return false;
	bench_do(b->nl, "heartbeat", json_pack("{s:I}", "id", (json_int_t)b->site), NULL);
	block = json_pack("{s:I,s:[{s:i,s:i,s:i}]}", "site", (json_int_t)b->site, "block", "der",
			  battery, "p_mw", 5000000, "duration_ms", 3600000);
	return !bench_must(b->nl, "dispatch-new", block, NULL) &&
	       bench_wait((say_all(b), in_state(b, "following")));
}

static bool commanded(struct bench *b, int der, json_int_t mw)
{
	return der_count(b, der, "p_set_mw") == mw;
}

/* ---- devices ---- */

TEST_F(supervise, a_der_that_never_spoke_is_waited_for)
{
	EXPECT_TRUE(supervised(&self->b, self->battery, "waiting"));
	EXPECT_TRUE(commanded(&self->b, self->battery, 0));
}

TEST_F(supervise, a_silent_der_is_quarantined_at_its_safe_value_and_taken_back)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	ASSERT_TRUE(bench_wait((say_all(b), commanded(b, self->battery, 5000000))));
	EXPECT_TRUE(bench_wait((say_meter(b), supervised(b, self->battery, "silent"))));
	EXPECT_TRUE(bench_wait((say_meter(b), commanded(b, self->battery, 0))));
	EXPECT_EQ(1, der_count(b, self->battery, "silences"));
	EXPECT_TRUE(in_state(b, "following"));

	EXPECT_TRUE(bench_wait((say_all(b), supervised(b, self->battery, "online"))));
	EXPECT_TRUE(bench_wait((say_all(b), commanded(b, self->battery, 5000000))));
}

TEST_F(supervise, an_alarm_brings_its_der_to_the_safe_value)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	EXPECT_TRUE(bench_wait(
		(say_battery(b, 4), say_meter(b), supervised(b, self->battery, "alarmed"))));
	EXPECT_TRUE(bench_wait((say_battery(b, 4), say_meter(b), commanded(b, self->battery, 0))));
	EXPECT_TRUE(bench_wait((say_all(b), supervised(b, self->battery, "online"))));
}

TEST_F(supervise, a_lost_pcc_meter_is_a_fault_and_all_go_to_their_safe_values)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	EXPECT_TRUE(bench_wait((say_battery(b, 0), in_state(b, "fault"))));
	EXPECT_TRUE(bench_wait((say_battery(b, 0), commanded(b, self->battery, 0))));
	/* It comes back: safe until a heartbeat and a setpoint that follow. */
	EXPECT_TRUE(bench_wait((say_all(b), in_state(b, "fail_safe"))));
	EXPECT_TRUE(follow(b, self->battery));
}

TEST_F(supervise, a_disabled_der_is_held_at_its_safe_value)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	ASSERT_EQ(0, bench_must(b->nl, "policy-set",
				json_pack("{s:I,s:i,s:i}", "site", (json_int_t)b->site, "der",
					  self->battery, "enable", 0),
				NULL));
	EXPECT_TRUE(bench_wait((say_all(b), supervised(b, self->battery, "disabled"))));
	EXPECT_TRUE(bench_wait((say_all(b), commanded(b, self->battery, 0))));
}

/* ---- frames ---- */

TEST_F(supervise, truncated_frames_are_counted_and_change_nothing)
{
	struct bench *b = &self->b;
	uint8_t data[3] = {0xff, 0xff, 0xff};

	ASSERT_EQ(0, bench_can_send(b->can, BATTERY, data, sizeof(data)));
	ASSERT_EQ(0, bench_can_send(b->can, BATTERY, data, 0));
	EXPECT_TRUE(bench_wait(der_count(b, self->battery, "rx_malformed") == 2));
	EXPECT_EQ(0, der_count(b, self->battery, "rx_frames"));
	EXPECT_EQ(2, bus_count(b, "rx_malformed"));
	EXPECT_TRUE(supervised(b, self->battery, "waiting"));
}

TEST_F(supervise, remote_frames_are_malformed)
{
	struct bench *b = &self->b;
	uint8_t data[8] = {0};

	ASSERT_EQ(0, bench_can_send(b->can, BATTERY | CAN_RTR_FLAG, data, 5));
	EXPECT_TRUE(bench_wait(der_count(b, self->battery, "rx_malformed") == 1));
	EXPECT_TRUE(supervised(b, self->battery, "waiting"));
}

TEST_F(supervise, frames_of_no_profile_are_counted_apart)
{
	struct bench *b = &self->b;
	uint8_t data[8] = {0};

	json_int_t before = bus_count(b, "rx_other");

	/* An 11-bit identifier as a 29-bit one is another identifier. */
	ASSERT_EQ(0, bench_can_send(b->can, 0x7ff, data, 8));
	ASSERT_EQ(0, bench_can_send(b->can, BATTERY | CAN_EFF_FLAG, data, 8));
	EXPECT_TRUE(bench_wait(bus_count(b, "rx_other") >= before + 2));
	EXPECT_EQ(0, bus_count(b, "rx_frames"));
}

TEST_F(supervise, a_can_fd_frame_is_no_classic_one)
{
	struct bench *b = &self->b;
	struct canfd_frame f = {.can_id = BATTERY, .len = 8};
	int on = 1, fd;

	ASSERT_EQ(0, shell("ip link set vcan0 down && ip link set vcan0 mtu 72 up"));
	fd = bench_can_open(BENCH_IFNAME);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &on, sizeof(on)));
	EXPECT_TRUE(bench_wait(bus_is(b, "up")));
	EXPECT_EQ(1, bus_count(b, "fd"));
	ASSERT_EQ(CANFD_MTU, write(fd, &f, CANFD_MTU));
	EXPECT_TRUE(bench_wait(der_count(b, self->battery, "rx_malformed") == 1));
	close(fd);
}

TEST_F(supervise, an_identifier_belongs_to_one_der)
{
	struct bench *b = &self->b;

	EXPECT_EQ(-EEXIST, bench_do(b->nl, "der-new",
				    json_pack("{s:I,s:s,s:s,s:s}", "site", (json_int_t)b->site,
					      "name", "twin", "bus_name", "bus", "profile",
					      "kselftest-quick-battery"),
				    NULL));
	EXPECT_NE(NULL, strstr(ovpp_nl_error(b->nl), "battery"));
}

/* ---- buses ---- */

static int error_frame(struct bench *b, uint32_t class)
{
	uint8_t data[8] = {0};

	return bench_can_send(b->can, class | CAN_ERR_FLAG, data, 8);
}

TEST_F(supervise, bus_off_is_left_by_a_restart_after_a_pause)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	ASSERT_EQ(0, error_frame(b, CAN_ERR_BUSOFF));
	EXPECT_TRUE(bench_wait(bus_count(b, "bus_offs") == 1));
	EXPECT_TRUE(bench_wait(bus_is(b, "up")));
	EXPECT_EQ(1, bus_count(b, "restarts"));
	EXPECT_EQ(1, bus_count(b, "rx_errors"));
	EXPECT_TRUE(bench_wait((say_all(b), supervised(b, self->battery, "online"))));
}

TEST_F(supervise, a_controller_that_restarted_itself_is_believed)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, bench_must(b->nl, "bus-set",
				json_pack("{s:I,s:s,s:i,s:i}", "site", (json_int_t)b->site, "name",
					  "bus", "restart_min_ms", 60000, "restart_max_ms", 60000),
				NULL));
	ASSERT_EQ(0, error_frame(b, CAN_ERR_BUSOFF));
	EXPECT_TRUE(bench_wait(bus_is(b, "bus_off")));
	EXPECT_TRUE(bench_wait(supervised(b, self->battery, "unreachable")));
	ASSERT_EQ(0, error_frame(b, CAN_ERR_RESTARTED));
	EXPECT_TRUE(bench_wait(bus_is(b, "up")));
	EXPECT_EQ(0, bus_count(b, "restarts"));
}

TEST_F(supervise, a_device_taken_down_and_up_is_followed)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	ASSERT_EQ(0, shell("ip link set vcan0 down"));
	EXPECT_TRUE(bus_is(b, "down"));
	EXPECT_TRUE(bench_wait(supervised(b, self->battery, "unreachable")));
	EXPECT_TRUE(bench_wait(in_state(b, "fault")));
	ASSERT_EQ(0, shell("ip link set vcan0 up"));
	EXPECT_TRUE(bus_is(b, "up"));
	EXPECT_TRUE(follow(b, self->battery));
}

TEST_F(supervise, a_device_that_is_renamed_is_followed)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, shell("ip link set vcan0 down && ip link set vcan0 name roof && "
			   "ip link set roof up"));
	EXPECT_TRUE(bench_is(b->nl, "bus-get", bus_req(b), "ifname", "roof"));
	EXPECT_TRUE(bench_wait((say_all(b), supervised(b, self->battery, "online"))));
}

TEST_F(supervise, a_device_that_is_removed_is_taken_back_under_its_name)
{
	struct bench *b = &self->b;

	ASSERT_TRUE(follow(b, self->battery));
	ASSERT_EQ(0, shell("ip link del vcan0"));
	EXPECT_TRUE(bus_is(b, "absent"));
	EXPECT_TRUE(bench_wait(supervised(b, self->battery, "unreachable")));
	ASSERT_EQ(0, shell("ip link add vcan0 type vcan"));
	EXPECT_TRUE(bus_is(b, "down"));
	ASSERT_EQ(0, shell("ip link set vcan0 up"));
	EXPECT_TRUE(bus_is(b, "up"));
	close(b->can);
	b->can = bench_can_open(BENCH_IFNAME);
	ASSERT_LE(0, b->can);
	EXPECT_TRUE(follow(b, self->battery));
}

TEST_F(supervise, a_device_that_moves_to_another_namespace_is_absent_until_it_is_back)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, shell("ip netns del kselftest 2>/dev/null; ip netns add kselftest && "
			   "ip link set vcan0 netns kselftest"));
	EXPECT_TRUE(bus_is(b, "absent"));
	ASSERT_EQ(0, shell("ip netns exec kselftest ip link set vcan0 netns $PPID && "
			   "ip link set vcan0 up"));
	EXPECT_TRUE(bus_is(b, "up"));
	close(b->can);
	b->can = bench_can_open(BENCH_IFNAME);
	ASSERT_LE(0, b->can);
	EXPECT_TRUE(bench_wait((say_all(b), supervised(b, self->battery, "online"))));
	shell("ip netns del kselftest");
}

TEST_F(supervise, a_net_device_serves_one_bus)
{
	struct bench *b = &self->b;

	EXPECT_EQ(-EBUSY, bench_do(b->nl, "bus-new",
				   json_pack("{s:I,s:s,s:s}", "site", (json_int_t)b->site, "name",
					     "second", "ifname", "vcan0"),
				   NULL));
	EXPECT_EQ(-EINVAL, bench_do(b->nl, "bus-new",
				    json_pack("{s:I,s:s,s:s}", "site", (json_int_t)b->site, "name",
					      "second", "ifname", "lo"),
				    NULL));
	EXPECT_EQ(-ENODEV, bench_do(b->nl, "bus-new",
				    json_pack("{s:I,s:s,s:s}", "site", (json_int_t)b->site, "name",
					      "second", "ifname", "none0"),
				    NULL));
	EXPECT_EQ(-EBUSY, bench_do(b->nl, "bus-del", bus_req(b), NULL));
}

TEST_HARNESS_MAIN
