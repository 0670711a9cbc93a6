// SPDX-License-Identifier: GPL-2.0-or-later
/* core/lease.c: who may move the DER of a site, and for how long. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "core/lease.h"

#define S(n) ((u64)((n)*1000) * OVPP_NS_PER_MS)

FIXTURE(lease)
{
	struct ovpp_lease l;
	struct ovpp_lease_input in;
	u64 now;
};

FIXTURE_SETUP(lease)
{
	self->now = S(100);
	self->in = (struct ovpp_lease_input){true, true};
	ovpp_lease_init(&self->l, self->now);
	self->l.config = (struct ovpp_lease_config){
		.heartbeat_ms = 2000,
		.fallback_ms = 10000,
		.grace_ms = 0,
	};
}

FIXTURE_TEARDOWN(lease)
{
}

#define SELF FIXTURE_DATA(lease) * self

static int step(SELF)
{
	ovpp_lease_step(&self->l, self->now, &self->in);
	return self->l.state;
}

static int pass(SELF, double seconds)
{
	self->now += S(seconds);
	return step(self);
}

static void beat(SELF)
{
	ovpp_lease_heartbeat(&self->l, self->now);
}

static int setpoint(SELF, double seconds)
{
	return ovpp_lease_setpoint(&self->l, self->now, self->now + S(seconds));
}

static int follow(SELF, double seconds)
{
	beat(self);
	setpoint(self, seconds);
	return step(self);
}

TEST_F(lease, new_site_starts_safe_and_stays_so)
{
	EXPECT_EQ(OVPP_SITE_START, self->l.state);
	EXPECT_EQ(OVPP_CAUSE_CREATED, self->l.cause);
	EXPECT_EQ(OVPP_SITE_START, pass(self, 1e6));
	EXPECT_FALSE(ovpp_lease_active(&self->l));
	EXPECT_EQ(0, ovpp_lease_end(&self->l));
}

TEST_F(lease, setpoint_without_a_heartbeat_does_not_count)
{
	EXPECT_EQ(-EAGAIN, setpoint(self, 60));
	EXPECT_EQ(OVPP_SITE_START, step(self));
	beat(self);
	EXPECT_EQ(OVPP_SITE_START, step(self));
}

TEST_F(lease, heartbeat_alone_does_not_lead_out_of_start)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		beat(self);
		ASSERT_EQ(OVPP_SITE_START, pass(self, 1));
	}
}

TEST_F(lease, heartbeat_then_setpoint_leads_to_following)
{
	EXPECT_EQ(OVPP_SITE_FOLLOWING, follow(self, 60));
	EXPECT_EQ(OVPP_CAUSE_SETPOINT, self->l.cause);
	EXPECT_TRUE(ovpp_lease_active(&self->l));
}

TEST_F(lease, setpoint_ends_at_its_time)
{
	follow(self, 1);
	EXPECT_EQ(self->now + S(1), ovpp_lease_end(&self->l));
	EXPECT_EQ(OVPP_SITE_FOLLOWING, pass(self, 0.999));
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, pass(self, 0.001));
	EXPECT_EQ(OVPP_CAUSE_SETPOINT_EXPIRED, self->l.cause);
}

TEST_F(lease, withdrawn_setpoint_ends_at_once)
{
	follow(self, 60);
	EXPECT_EQ(0, ovpp_lease_setpoint(&self->l, self->now, 0));
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, step(self));
}

TEST_F(lease, setpoint_leads_from_autonomous_to_following_while_heartbeat_lives)
{
	follow(self, 1);
	pass(self, 1);
	beat(self);
	setpoint(self, 60);
	EXPECT_EQ(OVPP_SITE_FOLLOWING, step(self));
}

TEST_F(lease, lost_heartbeat_ends_the_setpoint_whatever_its_time)
{
	follow(self, 3600);
	EXPECT_EQ(self->now + S(2), ovpp_lease_end(&self->l));
	EXPECT_EQ(OVPP_SITE_FOLLOWING, pass(self, 2));
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, pass(self, 0.001));
	EXPECT_EQ(OVPP_CAUSE_HEARTBEAT_LOST, self->l.cause);
	beat(self);
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, pass(self, 0.001));
}

TEST_F(lease, lost_heartbeat_without_fallback_leads_to_fail_safe)
{
	self->l.config.fallback_ms = 0;
	follow(self, 3600);
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, pass(self, 2.001));
	EXPECT_EQ(OVPP_CAUSE_HEARTBEAT_LOST, self->l.cause);
}

TEST_F(lease, loss_between_two_steps_is_noticed)
{
	follow(self, 3600);
	self->now += S(2.5);
	beat(self);
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, pass(self, 0.001));
	EXPECT_EQ(OVPP_CAUSE_HEARTBEAT_LOST, self->l.cause);
}

TEST_F(lease, autonomous_ends_when_the_lease_does)
{
	follow(self, 1);
	pass(self, 1);
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, self->l.state);
	EXPECT_EQ(self->now + S(11), ovpp_lease_end(&self->l));
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, pass(self, 11));
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, pass(self, 0.001));
	EXPECT_EQ(OVPP_CAUSE_LEASE_EXPIRED, self->l.cause);
	EXPECT_EQ(0, ovpp_lease_end(&self->l));
}

TEST_F(lease, autonomous_lasts_while_heartbeats_come)
{
	unsigned int i;

	follow(self, 1);
	for (i = 0; i < 1000; i++) {
		beat(self);
		pass(self, 1);
	}
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, self->l.state);
}

TEST_F(lease, fail_safe_is_left_only_by_heartbeat_and_setpoint_after_it)
{
	self->l.config.fallback_ms = 0;
	follow(self, 3600);
	pass(self, 3);
	ASSERT_EQ(OVPP_SITE_FAIL_SAFE, self->l.state);
	EXPECT_EQ(-EAGAIN, setpoint(self, 60));
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, pass(self, 1));
	beat(self);
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, step(self));
	EXPECT_EQ(0, setpoint(self, 60));
	EXPECT_EQ(OVPP_SITE_FOLLOWING, step(self));
}

TEST_F(lease, grace_leads_from_start_to_autonomous)
{
	unsigned int i;

	self->l.config.grace_ms = 120000;
	for (i = 0; i < 120; i++) {
		beat(self);
		ASSERT_EQ(OVPP_SITE_START, step(self));
		self->now += S(1);
	}
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, step(self));
	EXPECT_EQ(OVPP_CAUSE_GRACE, self->l.cause);
}

TEST_F(lease, gap_in_the_heartbeats_starts_the_grace_anew)
{
	self->l.config.grace_ms = 3000;
	beat(self);
	pass(self, 1.5);
	beat(self);
	pass(self, 2.001); /* lost for 1 ms */
	beat(self);
	EXPECT_EQ(OVPP_SITE_START, pass(self, 1.9));
	beat(self);
	EXPECT_EQ(OVPP_SITE_START, pass(self, 1.099));
	EXPECT_EQ(OVPP_SITE_AUTONOMOUS, pass(self, 0.001));
}

TEST_F(lease, lost_meter_is_a_fault_and_recovers_to_fail_safe_only)
{
	follow(self, 3600);
	self->in.pcc_good = false;
	EXPECT_EQ(OVPP_SITE_FAULT, step(self));
	EXPECT_EQ(OVPP_CAUSE_PCC_LOST, self->l.cause);
	beat(self);
	setpoint(self, 3600);
	EXPECT_EQ(OVPP_SITE_FAULT, pass(self, 1));
	self->in.pcc_good = true;
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, step(self));
	EXPECT_EQ(OVPP_CAUSE_RECOVERED, self->l.cause);
	/* what came before does not lead out */
	EXPECT_EQ(-EAGAIN, setpoint(self, 3600));
	EXPECT_EQ(OVPP_SITE_FAIL_SAFE, step(self));
	EXPECT_EQ(OVPP_SITE_FOLLOWING, follow(self, 3600));
}

TEST_F(lease, start_is_not_left_without_the_meter)
{
	self->in.pcc_good = false;
	EXPECT_EQ(OVPP_SITE_START, follow(self, 3600));
	self->in.pcc_good = true;
	EXPECT_EQ(OVPP_SITE_FOLLOWING, follow(self, 3600));
}

TEST_F(lease, site_without_a_meter_cannot_lose_it)
{
	self->in = (struct ovpp_lease_input){false, false};
	EXPECT_EQ(OVPP_SITE_FOLLOWING, follow(self, 3600));
	EXPECT_EQ(OVPP_SITE_FOLLOWING, pass(self, 1));
}

/*
 * Walks every sequence of events of length DEPTH over a small alphabet, and
 * compares each transition with the diagram of lease.h.
 */
#define DEPTH 7

enum event { TICK, BEAT, SETPOINT, WITHDRAW, BLIND, SEEING, PASS_1S, PASS_3S, EVENTS };

static bool is_in_diagram(u8 from, u8 to)
{
	static const bool edge[5][5] = {
		[OVPP_SITE_START][OVPP_SITE_AUTONOMOUS] = true,
		[OVPP_SITE_START][OVPP_SITE_FOLLOWING] = true,
		[OVPP_SITE_AUTONOMOUS][OVPP_SITE_FOLLOWING] = true,
		[OVPP_SITE_AUTONOMOUS][OVPP_SITE_FAIL_SAFE] = true,
		[OVPP_SITE_AUTONOMOUS][OVPP_SITE_FAULT] = true,
		[OVPP_SITE_FOLLOWING][OVPP_SITE_AUTONOMOUS] = true,
		[OVPP_SITE_FOLLOWING][OVPP_SITE_FAIL_SAFE] = true,
		[OVPP_SITE_FOLLOWING][OVPP_SITE_FAULT] = true,
		[OVPP_SITE_FAIL_SAFE][OVPP_SITE_AUTONOMOUS] = true,
		[OVPP_SITE_FAIL_SAFE][OVPP_SITE_FOLLOWING] = true,
		[OVPP_SITE_FAULT][OVPP_SITE_FAIL_SAFE] = true,
	};

	return edge[from][to];
}

struct walk {
	FIXTURE_DATA(lease) f;
	u64 last_beat; /* 0: none, or none since the site was made safe */
	bool setpoint; /* one was taken since then and stands */
	bool bad;
	bool seen[5][5];
};

static bool is_safe_state(u8 state)
{
	return state != OVPP_SITE_AUTONOMOUS && state != OVPP_SITE_FOLLOWING;
}

/* The rules in words, checked after every step. */
static void judge(struct walk *w, u8 from, u8 to)
{
	const struct ovpp_lease_config *c = &w->f.l.config;
	u64 age = w->f.now - w->f.l.heartbeat_ns;
	bool alive = w->last_beat && age <= S(c->heartbeat_ms / 1000.0);

	w->seen[from][to] = true;
	w->bad |= from != to && !is_in_diagram(from, to);
	/* nobody moves on an old lease, blind, or without a word from outside */
	if (!is_safe_state(to)) {
		w->bad |= age > S((c->heartbeat_ms + c->fallback_ms) / 1000.0);
		w->bad |= !w->f.in.pcc_good;
	}
	if (to == OVPP_SITE_FOLLOWING)
		w->bad |= !alive || !w->setpoint;
	if (is_safe_state(from) && !is_safe_state(to))
		w->bad |= !alive || (!w->setpoint && !c->grace_ms);
	/* a site with all it needs does not stay safe */
	if (is_safe_state(to) && from == to && from != OVPP_SITE_FAULT)
		w->bad |= alive && w->setpoint && w->f.in.pcc_good;
	if (from != to && is_safe_state(to)) {
		w->last_beat = 0;
		w->setpoint = false;
	}
}

static void take(struct walk *w, enum event e)
{
	u8 from = w->f.l.state;

	switch (e) {
	case BEAT:
		if (w->f.now - w->f.l.heartbeat_ns > S(2))
			w->setpoint = false;
		ovpp_lease_heartbeat(&w->f.l, w->f.now);
		w->last_beat = w->f.now;
		return;
	case SETPOINT:
		if (!ovpp_lease_setpoint(&w->f.l, w->f.now, w->f.now + S(1e6)))
			w->setpoint = true;
		return;
	case WITHDRAW:
		ovpp_lease_setpoint(&w->f.l, w->f.now, 0);
		w->setpoint = false;
		return;
	case BLIND:
	case SEEING:
		w->f.in.pcc_good = e == SEEING;
		return;
	case PASS_1S:
		w->f.now += S(1);
		break;
	case PASS_3S:
		w->f.now += S(3);
		break;
	default:
		break;
	}
	ovpp_lease_step(&w->f.l, w->f.now, &w->f.in);
	if (from == OVPP_SITE_FOLLOWING && w->f.l.state != from)
		w->setpoint = false;
	judge(w, from, w->f.l.state);
}

static void walk(struct walk *w, unsigned int depth, bool seen[5][5], bool *bad)
{
	unsigned int e, a, b;

	for (e = 0; e < EVENTS; e++) {
		struct walk next = *w;

		take(&next, e);
		for (a = 0; a < 5; a++)
			for (b = 0; b < 5; b++)
				seen[a][b] |= next.seen[a][b];
		*bad |= next.bad;
		if (depth > 1 && !next.bad)
			walk(&next, depth - 1, seen, bad);
	}
}

TEST_F(lease, transitions_are_those_of_the_diagram_and_no_others)
{
	bool seen[5][5] = {0}, bad = false;
	unsigned int a, b, fallback, grace;

	for (fallback = 0; fallback < 2; fallback++) {
		for (grace = 0; grace < 2; grace++) {
			struct walk w = {.f = *self};

			w.f.l.config.fallback_ms = fallback * 1500;
			w.f.l.config.grace_ms = grace * 1000;
			walk(&w, DEPTH, seen, &bad);
		}
	}
	EXPECT_FALSE(bad);
	for (a = 0; a < 5; a++)
		for (b = 0; b < 5; b++)
			if (a != b)
				EXPECT_EQ(is_in_diagram(a, b), seen[a][b])
	TH_LOG("%u -> %u", a, b);
}

TEST_HARNESS_MAIN
