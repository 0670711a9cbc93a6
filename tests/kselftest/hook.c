// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks: every member, kfunc and verdict. */
// timeout: 300
// processors: 1

#include "hook_fixture.h"

#include <poll.h>

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

TEST_HARNESS_MAIN
