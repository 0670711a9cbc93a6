// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks: every member, kfunc and verdict, their order, their limits, their lives. */
// timeout: 300
// processors: 1

#include "helpers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/openvpp_hook.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../bpf/hook_test.h"

#define SITE "kselftest-hook"
#define OBJECTS "build/tests-bpf/"
#define SOC_HALF 500000

/**
 * struct loaded - an object whose hooks are attached one by one
 * @obj: it
 * @test: its .bss
 */
struct loaded {
	struct bpf_object *obj;
	struct hook_test *test;
};

FIXTURE(hook)
{
	struct bench b;
	struct loaded l;
	struct bpf_link *link;
	struct bpf_link *other;
	int battery;
	int meter;
	int second;
};

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static struct ovpp_ops *ops_of(struct loaded *l, const char *map)
{
	size_t size;

	return bpf_map__initial_value(bpf_object__find_map_by_name(l->obj, map), &size);
}

/* Emulation is slow, and nothing here is about budgets unless it says so. */
static void describe(struct ovpp_ops *ops, const char *name, int priority)
{
	strcpy(ops->site, SITE);
	strcpy(ops->name, name);
	ops->priority = priority;
	for (int i = 0; i <= OVPP_HOOK_MAX; i++)
		ops->budget_ns[i] = OVPP_HOOK_BUDGET_MAX_NS;
}

static int open_object(struct loaded *l)
{
	l->obj = bpf_object__open_file(OBJECTS "hook.bpf.o", NULL);
	if (!l->obj)
		return -errno;
	bpf_map__set_autocreate(bpf_object__find_map_by_name(l->obj, "nothing"), false);
	describe(ops_of(l, "all"), "all", 10);
	describe(ops_of(l, "second"), "second", 20);
	describe(ops_of(l, "empty"), "all", 10);
	return 0;
}

static int load_object(struct loaded *l)
{
	int ret = bpf_object__load(l->obj);
	void *bss;

	if (ret)
		return ret;
	bss = mmap(NULL, sizeof(*l->test), PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_object__find_map_fd_by_name(l->obj, ".bss"), 0);
	if (bss == MAP_FAILED)
		return -errno;
	l->test = bss;
	return 0;
}

static struct bpf_link *attach(struct loaded *l, const char *map)
{
	return bpf_map__attach_struct_ops(bpf_object__find_map_by_name(l->obj, map));
}

/* Loading takes its time: done once, for all tests, which are children of this process. */
static struct loaded common;

static void __attribute__((constructor)) load_common(void)
{
	libbpf_set_print(quiet);
	if (geteuid() || access("/sys/kernel/btf/openvpp", F_OK))
		return;
	if (open_object(&common) || load_object(&common))
		common.test = NULL;
}

static int shell(const char *command)
{
	return system(command) ? -EIO : 0;
}

FIXTURE_SETUP(hook)
{
	struct bench *b = &self->b;

	if (geteuid())
		SKIP(return, "needs root, for BPF and a network namespace");
	if (access("/sys/kernel/btf/openvpp", F_OK))
		SKIP(return, "the module has no BTF");
	ASSERT_NE(NULL, common.test);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, shell("ip link add vcan0 type vcan && ip link set vcan0 up"));
	ASSERT_EQ(0,
		  bench_new(b, SITE,
			    json_pack("{s:i,s:i}", "heartbeat_ms", 3600000, "period_ns", 2000000)));
	self->battery = bench_der(b, BENCH_BATTERY, 0);
	ASSERT_LT(0, self->battery);
	self->meter = bench_der(b, BENCH_METER, 0);
	ASSERT_LT(0, self->meter);
	self->second = bench_der(b, BENCH_BATTERY, 1);
	ASSERT_LT(0, self->second);
	self->l = common;
	memset(self->l.test, 0, sizeof(*self->l.test));
	self->l.test->der = (unsigned int)self->battery;
	self->l.test->lo_mw = -1000;
	self->l.test->hi_mw = 1000;
	self->l.test->hold_ms = 60000;
	self->link = attach(&self->l, "all");
	ASSERT_NE(NULL, self->link);
}

FIXTURE_TEARDOWN(hook)
{
	bpf_link__destroy(self->other);
	bpf_link__destroy(self->link);
	bench_end(&self->b);
}

#define SELF FIXTURE_DATA(hook) * self

/* ---- the site around them ---- */

static json_t *der_req(SELF, int der)
{
	return json_pack("{s:I,s:i}", "site", (json_int_t)self->b.site, "id", der);
}

static int say(SELF, uint32_t id, int32_t mw, uint32_t second)
{
	return bench_can_report(&self->b, id, mw, second);
}

static int say_all(SELF)
{
	int ret = say(self, BENCH_BATTERY_RX, 0, SOC_HALF);

	ret = ret ? ret : say(self, BENCH_BATTERY_RX + 1, 0, SOC_HALF);
	return ret ? ret : say(self, BENCH_METER_RX, 0, 50000);
}

static json_int_t der_count(SELF, int der, const char *key)
{
	return bench_get(self->b.nl, "der-get", der_req(self, der), key);
}

static bool supervised(SELF, int der, const char *supervision)
{
	return bench_is(self->b.nl, "der-get", der_req(self, der), "supervision", supervision);
}

static bool commanded(SELF, int der, json_int_t mw)
{
	return der_count(self, der, "p_set_mw") == mw;
}

/* A dispatch of the first battery. */
static int dispatch(SELF, int mw)
{
	return bench_must(self->b.nl, "dispatch-new",
			  json_pack("{s:I,s:[{s:i,s:i,s:i}]}", "site", (json_int_t)self->b.site,
				    "block", "der", self->battery, "p_mw", mw, "duration_ms",
				    3600000),
			  NULL);
}

static bool follow(SELF, int mw)
{
	if (!bench_wait((say_all(self), supervised(self, self->battery, "online"))))
		return false;
	bench_do(self->b.nl, "heartbeat", json_pack("{s:I}", "id", (json_int_t)self->b.site), NULL);
	return !dispatch(self, mw) && bench_wait(commanded(self, self->battery, mw));
}

/* Newest value of the battery's P, as the module knows it. */
static bool battery_gives(SELF, json_int_t mw)
{
	json_t *reply = NULL, *point;
	bool same = false;
	size_t i;

	if (bench_do(self->b.nl, "der-get", der_req(self, self->battery), &reply))
		return false;
	json_array_foreach (json_object_get(reply, "point"), i, point)
		same |= !strcmp("p", json_string_value(json_object_get(point, "id"))) &&
			json_integer_value(json_object_get(point, "value")) == mw;
	json_decref(reply);
	return same;
}

/* What netlink says of a hook; NULL if it is not listed. */
static json_t *hook_get(SELF, const char *name)
{
	json_t *reply = NULL;

	if (bench_do(self->b.nl, "hook-get",
		     json_pack("{s:I,s:s}", "site", (json_int_t)self->b.site, "name", name),
		     &reply))
		return NULL;
	return reply;
}

static bool is_listed(SELF, const char *name)
{
	json_t *hook = hook_get(self, name);

	json_decref(hook);
	return hook;
}

static json_int_t hook_number(SELF, const char *name, const char *point, const char *key)
{
	json_t *hook = hook_get(self, name), *member;
	json_int_t value = INT64_MIN;
	size_t i;

	json_array_foreach (json_object_get(hook, "member"), i, member)
		if (!strcmp(point, json_string_value(json_object_get(member, "point"))) &&
		    json_object_get(member, key))
			value = json_integer_value(json_object_get(member, key));
	json_decref(hook);
	return value;
}

static bool ejected(SELF, const char *cause, const char *point)
{
	json_t *hook = hook_get(self, "all");
	const char *is = json_string_value(json_object_get(hook, "cause"));
	const char *at = json_string_value(json_object_get(hook, "cause_point"));
	bool same = is && !strcmp(is, cause) && at && !strcmp(at, point);

	json_decref(hook);
	return same;
}

static int32_t command_of(const struct can_frame *frame)
{
	return (int32_t)((uint32_t)frame->data[0] | (uint32_t)frame->data[1] << 8 |
			 (uint32_t)frame->data[2] << 16 | (uint32_t)frame->data[3] << 24);
}

/* The next frame with the battery's command on the wire; false: none came. */
static bool next_command(int can, struct can_frame *frame)
{
	struct pollfd p = {.fd = can, .events = POLLIN};

	while (poll(&p, 1, BENCH_PATIENCE_MS) > 0)
		if (read(can, frame, sizeof(*frame)) == sizeof(*frame) &&
		    frame->can_id == BENCH_BATTERY_TX)
			return true;
	return false;
}

/* The next one that says @mw. */
static bool command_comes(int can, int32_t mw, struct can_frame *frame)
{
	while (next_command(can, frame))
		if (command_of(frame) == mw)
			return true;
	return false;
}

/* ---- frames that arrive ---- */

TEST_F(hook, frame_rx_sees_every_frame_and_whose_it_is)
{
	struct hook_seen *rx = &self->l.test->rx;

	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 1234567, SOC_HALF));
	ASSERT_TRUE(bench_wait(rx->runs == 1));
	EXPECT_EQ(BENCH_BATTERY_RX, rx->id);
	EXPECT_EQ(self->battery, rx->der);
	EXPECT_EQ(8, rx->len);
	EXPECT_EQ(0, rx->flags);
	EXPECT_EQ(1234567, rx->first);
	EXPECT_EQ(1, rx->bus);
	EXPECT_EQ(self->b.site, rx->site);
	EXPECT_EQ(OVPP_HOOK_FRAME_RX, rx->point);
	EXPECT_NE(0, rx->now_ns);
	ASSERT_EQ(0, bench_can_send(self->b.can, CAN_EFF_FLAG | 0x12345, "\1\2\3\4\5", 5));
	ASSERT_TRUE(bench_wait(rx->runs == 2));
	EXPECT_EQ(0x12345, rx->id);
	EXPECT_EQ(0, rx->der);
	EXPECT_EQ(5, rx->len);
	EXPECT_EQ(OVPP_MESSAGE_EXT, rx->flags);
	EXPECT_TRUE(bench_wait(battery_gives(self, 1234567)));
}

TEST_F(hook, frame_that_is_dropped_was_never_there)
{
	json_int_t before = der_count(self, self->battery, "rx_frames");

	self->l.test->rx_mode = RX_DROP;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 1234567, SOC_HALF));
	ASSERT_TRUE(bench_wait(self->l.test->rx.runs == 1));
	EXPECT_TRUE(bench_wait(hook_number(self, "all", "frame_rx", "dropped") == 1));
	EXPECT_EQ(before, der_count(self, self->battery, "rx_frames"));
	EXPECT_TRUE(supervised(self, self->battery, "waiting"));
}

TEST_F(hook, frame_that_is_rewritten_is_decoded_as_it_was_left)
{
	self->l.test->rx_mode = RX_REWRITE;
	self->l.test->p_mw = -777;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 1234567, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, -777)));
	EXPECT_EQ(1, hook_number(self, "all", "frame_rx", "rewritten"));
}

TEST_F(hook, no_byte_beyond_a_frame_is_given)
{
	self->l.test->rx_mode = RX_BOUNDS;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(self->l.test->rx.runs == 1));
	EXPECT_EQ(1, self->l.test->beyond);
}

TEST_F(hook, nonsense_is_taken_for_accept_of_the_frame_as_it_came_and_ejects)
{
	self->l.test->rx_mode = RX_NONSENSE;
	self->l.test->p_mw = -777;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 1234567, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, 1234567)));
	EXPECT_TRUE(bench_wait(ejected(self, "verdict", "frame_rx")));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 42, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, 42)));
	EXPECT_EQ(1, self->l.test->rx.runs) TH_LOG("an ejected program was called");
}

/* ---- frames that are sent ---- */

TEST_F(hook, frame_tx_sees_what_is_sent)
{
	struct hook_seen *tx = &self->l.test->tx;

	ASSERT_TRUE(follow(self, 5000000));
	ASSERT_TRUE(bench_wait(tx->id == BENCH_BATTERY_TX && tx->first == 5000000));
	EXPECT_EQ(self->battery, tx->der);
	EXPECT_EQ(8, tx->len);
	EXPECT_EQ(OVPP_HOOK_FRAME_TX, tx->point);
}

TEST_F(hook, bits_that_carry_commands_cannot_be_rewritten)
{
	struct can_frame frame;

	ASSERT_TRUE(follow(self, 5000000));
	self->l.test->tx_mode = TX_REWRITE;
	ASSERT_TRUE(bench_wait(hook_number(self, "all", "frame_tx", "rewritten") > 0));
	while (recv(self->b.can, &frame, sizeof(frame), MSG_DONTWAIT) > 0)
		;
	ASSERT_TRUE(next_command(self->b.can, &frame));
	EXPECT_EQ(5000000, command_of(&frame));
	EXPECT_EQ(0xff, frame.data[5]);
	EXPECT_EQ(0xff, frame.data[7]);
}

TEST_F(hook, repetition_can_be_dropped_a_new_command_cannot)
{
	struct can_frame frame;

	ASSERT_TRUE(follow(self, 5000000));
	self->l.test->tx_mode = TX_DROP;
	ASSERT_TRUE(bench_wait(hook_number(self, "all", "frame_tx", "dropped") > 2));
	ASSERT_EQ(0, dispatch(self, 3000000));
	EXPECT_TRUE(command_comes(self->b.can, 3000000, &frame));
	EXPECT_LT(0, hook_number(self, "all", "frame_tx", "overruled"));
}

TEST_F(hook, frame_that_holds_a_der_cannot_be_dropped)
{
	struct can_frame frame;

	self->l.test->tx_mode = TX_DROP;
	ASSERT_TRUE(next_command(self->b.can, &frame));
	ASSERT_TRUE(next_command(self->b.can, &frame));
	EXPECT_EQ(0, command_of(&frame));
	EXPECT_EQ(0, hook_number(self, "all", "frame_tx", "dropped"));
}

TEST_F(hook, nonsense_from_frame_tx_ejects_and_the_frame_goes_out)
{
	struct can_frame frame;

	self->l.test->tx_mode = TX_NONSENSE;
	EXPECT_TRUE(bench_wait(ejected(self, "verdict", "frame_tx")));
	EXPECT_TRUE(next_command(self->b.can, &frame));
}

/* ---- samples and events ---- */

TEST_F(hook, sample_decides_which_samples_are_kept_and_nothing_else)
{
	json_t *fast = json_pack("{s:I,s:i}", "id", (json_int_t)self->b.site, "sample_ms", 10);
	uint64_t head, asked;

	self->l.test->drop_samples = 1;
	ASSERT_EQ(0, bench_must(self->b.nl, "site-set", fast, NULL));
	ASSERT_TRUE(bench_wait(self->l.test->sample.runs > 12));
	EXPECT_TRUE(bench_wait(self->l.test->sample.detail == OVPP_RECORD_SITE));
	EXPECT_TRUE(bench_wait(self->l.test->sample.detail == OVPP_RECORD_SAMPLE));
	EXPECT_NE(0, self->l.test->sample.real_ns);
	/* A missed deadline may be told of, once a second. */
	head = bench_head(&self->b);
	asked = self->l.test->sample.runs;
	ASSERT_TRUE(bench_wait(self->l.test->sample.runs > asked + 40));
	EXPECT_GE(head + 8, bench_head(&self->b));
	head = bench_head(&self->b);
	ASSERT_EQ(0, bench_records(&self->b, 1));
	EXPECT_LE(head + 1, bench_head(&self->b));
	self->l.test->drop_samples = 0;
	EXPECT_TRUE(bench_wait(bench_head(&self->b) > head + 40));
}

TEST_F(hook, event_is_told_of_events_but_not_of_what_hooks_do)
{
	struct hook_test *t = self->l.test;

	t->emit = 3;
	ASSERT_EQ(0, bench_records(&self->b, 1));
	ASSERT_TRUE(bench_wait(t->event.runs == 1));
	EXPECT_EQ(OVPP_EVENT_POLICY_CHANGED, t->event.detail);
	EXPECT_EQ(3, t->emitted);
	EXPECT_EQ(0, t->ret);
	EXPECT_EQ(-ENOENT, t->no_der);
	EXPECT_EQ(1, t->event.runs) TH_LOG("a program is told of its own events");
	t->emit = 20;
	ASSERT_EQ(0, bench_records(&self->b, 1));
	EXPECT_TRUE(bench_wait(t->event.runs == 2));
	EXPECT_EQ(-EAGAIN, t->ret);
	EXPECT_GE(20, t->emitted);
	EXPECT_LT(2, t->refused);
}

/* ---- setpoints ---- */

TEST_F(hook, control_reads_der_points_site_and_setpoints)
{
	struct hook_test *t = self->l.test;

	ASSERT_TRUE(follow(self, 5000000));
	ASSERT_TRUE(bench_wait(t->setpoint_mw == 5000000 && t->p_cmd_mw == 5000000));
	EXPECT_EQ(2, t->control.detail);
	EXPECT_EQ(100000000, t->hi_seen_mw);
	EXPECT_EQ(0, t->held);
	EXPECT_EQ(3, t->ders);
	EXPECT_EQ((unsigned int)(OVPP_KIND_BATTERY * 10 + 1) * 10000 + OVPP_KIND_METER * 1000 +
			  OVPP_KIND_BATTERY * 10 + 1,
		  t->kinds);
	EXPECT_EQ(SOC_HALF, t->value);
	EXPECT_EQ(OVPP_QUALITY_GOOD, t->quality);
	EXPECT_LT(0, t->age_ns);
	EXPECT_EQ(OVPP_SITE_FOLLOWING, t->state);
	EXPECT_EQ(-ENOENT, t->no_der);
	EXPECT_EQ(-EINVAL, t->no_point);
	EXPECT_EQ(-ENOENT, t->beyond);
	EXPECT_NE(0, t->control.real_ns);
}

TEST_F(hook, control_narrows_a_setpoint_for_as_long_as_it_says_so)
{
	ASSERT_TRUE(follow(self, 5000000));
	self->l.test->control_mode = CONTROL_CLAMP;
	EXPECT_TRUE(bench_wait(commanded(self, self->battery, 1000)));
	EXPECT_LT(0, hook_number(self, "all", "control", "clamped"));
	self->l.test->control_mode = CONTROL_CROSSED;
	EXPECT_TRUE(bench_wait(self->l.test->ret == -EINVAL));
	EXPECT_TRUE(bench_wait(commanded(self, self->battery, 5000000)));
}

TEST_F(hook, control_cannot_loosen_the_envelope)
{
	ASSERT_TRUE(follow(self, 5000000));
	self->l.test->lo_mw = 1LL << 62;
	self->l.test->hi_mw = 1LL << 62;
	self->l.test->control_mode = CONTROL_CLAMP;
	EXPECT_TRUE(bench_wait(commanded(self, self->battery, 100000000)));
	ASSERT_EQ(0, bench_must(self->b.nl, "envelope-set",
				json_pack("{s:I,s:i,s:i}", "site", (json_int_t)self->b.site, "der",
					  self->battery, "p_max_mw", 7000000),
				NULL));
	EXPECT_TRUE(bench_wait(commanded(self, self->battery, 7000000)));
	ASSERT_EQ(0, bench_must(self->b.nl, "envelope-set",
				json_pack("{s:I,s:i}", "site", (json_int_t)self->b.site,
					  "export_max_mw", 2000000),
				NULL));
	/* With a load of 0 the batteries together may give what may leave the site. */
	EXPECT_TRUE(bench_wait(der_count(self, self->battery, "p_set_mw") +
				       der_count(self, self->second, "p_set_mw") <=
			       2000000));
}

TEST_F(hook, control_is_not_asked_while_nothing_may_move)
{
	ASSERT_TRUE(bench_wait((say_all(self), supervised(self, self->battery, "online"))));
	EXPECT_EQ(0, self->l.test->control.runs);
	ASSERT_TRUE(follow(self, 5000000));
	EXPECT_LT(0, self->l.test->control.runs);
}

TEST_F(hook, nonsense_from_control_ejects_and_the_tick_goes_on)
{
	ASSERT_TRUE(follow(self, 5000000));
	self->l.test->control_mode = CONTROL_NONSENSE;
	EXPECT_TRUE(bench_wait(ejected(self, "verdict", "control")));
	EXPECT_EQ(0, dispatch(self, 4000000));
	EXPECT_TRUE(bench_wait(commanded(self, self->battery, 4000000)));
}

/* ---- reflexes ---- */

TEST_F(hook, reflex_sends_the_safe_value_and_holds_the_der)
{
	struct hook_test *t = self->l.test;
	struct can_frame frame;

	ASSERT_TRUE(follow(self, 5000000));
	while (recv(self->b.can, &frame, sizeof(frame), MSG_DONTWAIT) > 0)
		;
	t->hold_ms = 300;
	t->rx_mode = RX_REFLEX;
	ASSERT_EQ(0, say(self, BENCH_METER_RX, 0, 50000));
	EXPECT_TRUE(command_comes(self->b.can, 0, &frame));
	t->rx_mode = RX_ACCEPT;
	EXPECT_EQ(0, t->ret);
	EXPECT_EQ(-ENOENT, t->no_der);
	EXPECT_EQ(-EINVAL, t->no_hold);
	EXPECT_TRUE(bench_wait(commanded(self, self->battery, 5000000)))
	TH_LOG("it is not let go after its time");
}

TEST_F(hook, reflex_is_the_last_command_while_it_holds)
{
	struct hook_test *t = self->l.test;
	struct can_frame frame;
	int i;

	ASSERT_TRUE(follow(self, 5000000));
	t->rx_mode = RX_REFLEX;
	ASSERT_EQ(0, say(self, BENCH_METER_RX, 0, 50000));
	ASSERT_TRUE(bench_wait(supervised(self, self->battery, "reflex")));
	ASSERT_EQ(0, dispatch(self, 6000000));
	for (i = 0; i < 100 && i >= 0; i++)
		ASSERT_LE(0, say(self, BENCH_METER_RX, 0, 50000));
	while (recv(self->b.can, &frame, sizeof(frame), MSG_DONTWAIT) > 0)
		;
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(next_command(self->b.can, &frame));
		EXPECT_EQ(0, command_of(&frame));
	}
	EXPECT_TRUE(commanded(self, self->battery, 0));
}

TEST_F(hook, reflex_is_for_frames_that_arrive_only)
{
	ASSERT_TRUE(follow(self, 5000000));
	self->l.test->tx_mode = TX_REFLEX;
	EXPECT_TRUE(bench_wait(self->l.test->ret == -EPERM));
	EXPECT_TRUE(supervised(self, self->battery, "online"));
}

/* ---- order and lives ---- */

TEST_F(hook, hooks_are_called_in_the_order_of_their_priorities)
{
	struct hook_test *t = self->l.test;

	self->other = attach(&self->l, "second");
	ASSERT_NE(NULL, self->other);
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(t->second.runs == 1));
	EXPECT_LT(t->rx.order, t->second.order);
	t->rx_mode = RX_REWRITE;
	t->p_mw = 99;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(t->second.runs == 2));
	EXPECT_EQ(99, t->second.first)
	TH_LOG("the second one does not see what the first one wrote");
	t->rx_mode = RX_DROP;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(t->rx.runs == 3));
	bench_sleep_ms(50);
	EXPECT_EQ(2, t->second.runs) TH_LOG("a dropped frame is shown to the next hook");
}

TEST_F(hook, names_are_unique_and_sites_exist)
{
	struct loaded twin = {0};

	ASSERT_EQ(0, open_object(&twin));
	strcpy(ops_of(&twin, "second")->site, "elsewhere");
	ASSERT_EQ(0, load_object(&twin));
	EXPECT_EQ(NULL, attach(&twin, "all"));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(NULL, attach(&twin, "second"));
	EXPECT_EQ(ENOENT, errno);
	bpf_object__close(twin.obj);
}

TEST_F(hook, bad_parameters_are_refused)
{
	static const struct {
		const char *map;
		const char *name;
		unsigned int budget;
	} bad[] = {
		{"second", "", 0},	{"second", "a b", 0},
		{"second", "a/b", 0},	{"second", "fine", OVPP_HOOK_BUDGET_MAX_NS + 1},
		{"nothing", "fine", 0},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct loaded l = {0};
		struct bpf_link *link;

		ASSERT_EQ(0, open_object(&l));
		bpf_map__set_autocreate(bpf_object__find_map_by_name(l.obj, "nothing"), true);
		describe(ops_of(&l, "nothing"), "nothing", 0);
		strcpy(ops_of(&l, bad[i].map)->name, bad[i].name);
		ops_of(&l, bad[i].map)->budget_ns[0] = bad[i].budget;
		ASSERT_EQ(0, load_object(&l));
		link = attach(&l, bad[i].map);
		EXPECT_EQ(NULL, link) TH_LOG("case %zu is taken", i);
		bpf_link__destroy(link);
		bpf_object__close(l.obj);
	}
}

TEST_F(hook, hook_ends_with_its_link)
{
	EXPECT_TRUE(is_listed(self, "all"));
	bpf_link__destroy(self->link);
	self->link = NULL;
	EXPECT_FALSE(is_listed(self, "all"));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 7, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, 7)));
	EXPECT_EQ(0, self->l.test->rx.runs);
}

/* A child that loads its own; killed as a program that crashed would be. */
static pid_t owner(bool pin, int ready)
{
	struct loaded l = {0};
	struct bpf_link *link;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (open_object(&l))
		_exit(1);
	describe(ops_of(&l, "second"), "owned", 0);
	if (load_object(&l))
		_exit(2);
	link = attach(&l, "second");
	if (!link || (pin && bpf_link__pin(link, "/sys/fs/bpf/kselftest-hook")))
		_exit(3);
	if (write(ready, "", 1) != 1)
		_exit(4);
	for (;;)
		pause();
}

static int own(bool pin)
{
	int ready[2], status;
	pid_t pid;
	char c;

	if (pipe(ready))
		return -errno;
	pid = owner(pin, ready[1]);
	close(ready[1]);
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		return -EIO;
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 0 : -EIO;
}

TEST_F(hook, hook_ends_with_its_owner)
{
	ASSERT_EQ(0, own(false));
	EXPECT_TRUE(bench_wait(!is_listed(self, "owned")));
}

TEST_F(hook, pinned_hook_outlives_its_owner)
{
	unlink("/sys/fs/bpf/kselftest-hook");
	ASSERT_EQ(0, own(true));
	bench_sleep_ms(50);
	EXPECT_TRUE(is_listed(self, "owned"));
	EXPECT_EQ(0, unlink("/sys/fs/bpf/kselftest-hook"));
	EXPECT_TRUE(bench_wait(!is_listed(self, "owned")));
}

TEST_F(hook, module_stays_while_a_hook_does)
{
	bench_end(&self->b);
	EXPECT_NE(0, shell("rmmod openvpp 2>/dev/null"));
	EXPECT_EQ(0, access("/sys/module/openvpp", F_OK));
}

TEST_F(hook, replacement_takes_place_and_counters)
{
	json_int_t id;
	json_t *hook;

	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(self->l.test->rx.runs == 1));
	hook = hook_get(self, "all");
	id = json_integer_value(json_object_get(hook, "id"));
	json_decref(hook);
	ASSERT_EQ(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "empty")));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 7, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, 7)));
	EXPECT_EQ(1, self->l.test->rx.runs);
	EXPECT_EQ(2, hook_number(self, "all", "frame_rx", "runs"));
	EXPECT_EQ(INT64_MIN, hook_number(self, "all", "control", "runs"));
	hook = hook_get(self, "all");
	EXPECT_EQ(id, json_integer_value(json_object_get(hook, "id")));
	json_decref(hook);
	/* Another name is another hook. */
	EXPECT_NE(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "second")));
	EXPECT_TRUE(is_listed(self, "all"));
}

TEST_F(hook, replacement_of_an_ejected_hook_runs)
{
	self->l.test->rx_mode = RX_NONSENSE;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(ejected(self, "verdict", "frame_rx")));
	ASSERT_EQ(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "empty")));
	EXPECT_FALSE(ejected(self, "verdict", "frame_rx"));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	EXPECT_TRUE(bench_wait(hook_number(self, "all", "frame_rx", "runs") == 2));
}

TEST_F(hook, der_goes_while_programs_run)
{
	struct hook_test *t = self->l.test;
	int i;

	ASSERT_TRUE(follow(self, 5000000));
	t->rx_mode = RX_REFLEX;
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, say_all(self));
		if (i != 10)
			continue;
		ASSERT_EQ(0, bench_must(self->b.nl, "der-del", der_req(self, self->battery), NULL));
	}
	EXPECT_TRUE(bench_wait((say(self, BENCH_METER_RX, 0, 50000), t->ret == -ENOENT)));
	EXPECT_TRUE(bench_wait(t->control.detail == 1));
}

TEST_F(hook, site_goes_while_programs_run)
{
	ASSERT_TRUE(follow(self, 5000000));
	ASSERT_EQ(0, say_all(self));
	ASSERT_EQ(0, bench_site_del(&self->b));
	/* The link is there still, attached to nothing; so is a new site's room. */
	EXPECT_NE(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "empty")));
	bench_close(&self->b);
	ASSERT_EQ(0, bench_new(&self->b, SITE, json_object()));
	EXPECT_FALSE(is_listed(self, "all"));
	self->other = attach(&self->l, "second");
	EXPECT_NE(NULL, self->other);
}

/* ---- budgets ---- */

TEST_F(hook, program_over_its_budget_is_ejected_and_what_it_did_forgotten)
{
	struct loaded l = {.obj = bpf_object__open_file(OBJECTS "spin.bpf.o", NULL)};

	ASSERT_NE(NULL, l.obj);
	bpf_link__destroy(self->link);
	describe(ops_of(&l, "spin"), "all", 0);
	ops_of(&l, "spin")->budget_ns[OVPP_HOOK_FRAME_RX] = 1000;
	ASSERT_EQ(0, bpf_object__load(l.obj));
	self->link = attach(&l, "spin");
	ASSERT_NE(NULL, self->link);
	/* A call in which the task was switched out may not count, but not thrice. */
	EXPECT_TRUE(bench_wait(
		(say(self, BENCH_BATTERY_RX, 5, SOC_HALF), ejected(self, "budget", "frame_rx"))));
	EXPECT_GE(3, hook_number(self, "all", "frame_rx", "runs"));
	EXPECT_TRUE(bench_wait(battery_gives(self, 5)));
	EXPECT_EQ(hook_number(self, "all", "frame_rx", "runs") - 1,
		  hook_number(self, "all", "frame_rx", "rewritten"));
	bpf_object__close(l.obj);
}

TEST_F(hook, runs_and_times_are_counted)
{
	ASSERT_EQ(0, say_all(self));
	ASSERT_TRUE(bench_wait(hook_number(self, "all", "frame_rx", "runs") == 3));
	EXPECT_LT(0, hook_number(self, "all", "frame_rx", "time_ns"));
	EXPECT_EQ(OVPP_HOOK_BUDGET_MAX_NS, hook_number(self, "all", "frame_rx", "budget_ns"));
	EXPECT_EQ(0, hook_number(self, "all", "frame_rx", "dropped"));
}

/* ---- refused programs ---- */

/* Loads one object; true if it is refused with this in the verifier's log. */
static bool is_refused(const char *path, const char *why)
{
	static char log[1 << 16];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log,
		    .kernel_log_size = sizeof(log), .kernel_log_level = 1);
	struct bpf_object *obj;
	int ret;

	log[0] = '\0';
	obj = bpf_object__open_file(path, &opts);
	ret = obj ? bpf_object__load(obj) : -errno;
	bpf_object__close(obj);
	if (ret && strstr(log, why))
		return true;
	printf("# %s: %d; no \"%s\" in: %s\n", path, ret, why, log);
	return false;
}

TEST_F(hook, programs_that_are_not_safe_are_refused)
{
	static const struct {
		const char *object;
		const char *why;
	} bad[] = {
		{"refused", "invalid mem access"},
		{"writes_context", "only read is supported"},
		{"beyond", "invalid access to memory"},
		{"unbounded", "infinite loop"},
		{"kernel_kfunc", "attach to unsupported member"},
		{"loops", "program of this type cannot use helper bpf_loop"},
		{"tail", "program of this type cannot use helper bpf_tail_call"},
		{"sleeps", "attach to unsupported member"},
		{"foreign", "is not allowed"},
	};
	char path[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(path, sizeof(path), OBJECTS "%s.bpf.o", bad[i].object);
		ASSERT_EQ(0, access(path, R_OK)) TH_LOG("%s is missing", path);
		EXPECT_TRUE(is_refused(path, bad[i].why));
	}
}

TEST_HARNESS_MAIN
