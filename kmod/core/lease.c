// SPDX-License-Identifier: GPL-2.0-only
/* The lease: the state machine whose diagram is in lease.h. */
#include "lease.h"

static u64 since(u64 now, u64 then)
{
	return now > then ? now - then : 0;
}

static u64 ms(u64 n)
{
	return n * OVPP_NS_PER_MS;
}

/* Later than this the site must not go on without a new heartbeat. */
static u64 lease_ns(const struct ovpp_lease *l)
{
	return ms(l->config.heartbeat_ms) + ms(l->config.fallback_ms);
}

void ovpp_lease_init(struct ovpp_lease *l, u64 now)
{
	memset(l, 0, sizeof(*l));
	l->config.heartbeat_ms = 2000;
	l->state = OVPP_SITE_START;
	l->cause = OVPP_CAUSE_CREATED;
	l->since_ns = now;
}

bool ovpp_lease_alive(const struct ovpp_lease *l, u64 now)
{
	return l->alive_since_ns &&
	       since(now, l->heartbeat_ns) <= ms(l->config.heartbeat_ms);
}

void ovpp_lease_heartbeat(struct ovpp_lease *l, u64 now)
{
	if (!ovpp_lease_alive(l, now)) {
		/* A new row: a setpoint under an older one is void. */
		l->alive_since_ns = now;
		l->setpoint_until_ns = 0;
	}
	l->heartbeat_ns = now;
}

int ovpp_lease_setpoint(struct ovpp_lease *l, u64 now, u64 until)
{
	if (!ovpp_lease_alive(l, now)) {
		l->setpoint_until_ns = 0;
		return -EAGAIN;
	}
	l->setpoint_until_ns = until > now ? until : 0;
	return 0;
}

static bool enter(struct ovpp_lease *l, u64 now, u8 state, u8 cause)
{
	l->state = state;
	l->cause = cause;
	l->since_ns = now;
	if (!ovpp_lease_active(l)) {
		/* What is to lead out again must come after this moment. */
		l->alive_since_ns = 0;
		l->setpoint_until_ns = 0;
	}
	return true;
}

/* START and FAIL-SAFE: a heartbeat and what follows it lead out. */
static bool step_waiting(struct ovpp_lease *l, u64 now, bool setpoint)
{
	u64 grace = ms(l->config.grace_ms);

	if (!ovpp_lease_alive(l, now))
		return false;
	if (setpoint)
		return enter(l, now, OVPP_SITE_FOLLOWING, OVPP_CAUSE_SETPOINT);
	if (grace && since(now, l->alive_since_ns) >= grace)
		return enter(l, now, OVPP_SITE_AUTONOMOUS, OVPP_CAUSE_GRACE);
	return false;
}

static bool step_autonomous(struct ovpp_lease *l, u64 now, bool setpoint)
{
	if (since(now, l->heartbeat_ns) > lease_ns(l))
		return enter(l, now, OVPP_SITE_FAIL_SAFE,
			     OVPP_CAUSE_LEASE_EXPIRED);
	if (setpoint && ovpp_lease_alive(l, now))
		return enter(l, now, OVPP_SITE_FOLLOWING, OVPP_CAUSE_SETPOINT);
	return false;
}

static bool step_following(struct ovpp_lease *l, u64 now, bool setpoint)
{
	/* A row of heartbeats that began since then: one was lost between. */
	bool lost = !ovpp_lease_alive(l, now) ||
		    l->alive_since_ns > l->since_ns;

	if (lost) {
		l->setpoint_until_ns = 0;
		if (!l->config.fallback_ms ||
		    since(now, l->heartbeat_ns) > lease_ns(l))
			return enter(l, now, OVPP_SITE_FAIL_SAFE,
				     OVPP_CAUSE_HEARTBEAT_LOST);
		return enter(l, now, OVPP_SITE_AUTONOMOUS,
			     OVPP_CAUSE_HEARTBEAT_LOST);
	}
	if (!setpoint)
		return enter(l, now, OVPP_SITE_AUTONOMOUS,
			     OVPP_CAUSE_SETPOINT_EXPIRED);
	return false;
}

bool ovpp_lease_step(struct ovpp_lease *l, u64 now,
		     const struct ovpp_lease_input *in)
{
	bool setpoint = l->setpoint_until_ns > now;
	bool blind = in->pcc_needed && !in->pcc_good;

	if (!setpoint)
		l->setpoint_until_ns = 0;
	if (l->state == OVPP_SITE_FAULT)
		return !blind && enter(l, now, OVPP_SITE_FAIL_SAFE,
				       OVPP_CAUSE_RECOVERED);
	if (blind)
		return ovpp_lease_active(l) && enter(l, now, OVPP_SITE_FAULT,
						     OVPP_CAUSE_PCC_LOST);
	switch (l->state) {
	case OVPP_SITE_AUTONOMOUS:
		return step_autonomous(l, now, setpoint);
	case OVPP_SITE_FOLLOWING:
		return step_following(l, now, setpoint);
	default:
		return step_waiting(l, now, setpoint);
	}
}

u64 ovpp_lease_end(const struct ovpp_lease *l)
{
	u64 lost = l->heartbeat_ns + ms(l->config.heartbeat_ms);

	switch (l->state) {
	case OVPP_SITE_AUTONOMOUS:
		return l->heartbeat_ns + lease_ns(l);
	case OVPP_SITE_FOLLOWING:
		return l->setpoint_until_ns && l->setpoint_until_ns < lost ?
			       l->setpoint_until_ns : lost;
	default:
		return 0;
	}
}
