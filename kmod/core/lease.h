/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease: who may move the DER of a site, and for how long.
 *
 *            created
 *               |            heartbeat, then a setpoint after it
 *               v          +------------------------------------+
 *           +-------+------+                                    v
 *           | START |           setpoint expired          +-----------+
 *           +-------+      +------------------------------| FOLLOWING |
 *               |          | or heartbeat lost (fallback) +-----------+
 *  grace [1]    |          v                                ^   |    |
 *               |    +------------+   setpoint              |   |    |
 *               +--->| AUTONOMOUS |-------------------------+   |    |
 *               +--->|            |  (heartbeat alive)          |    |
 *               |    +------------+                             |    |
 *  grace [1]    |          | no heartbeat for heartbeat_ms       |    |
 *               |          | + fallback_ms                       |    |
 *               |          v                                     |    |
 *           +-----------+<---------------------------------------+    |
 *           | FAIL-SAFE |   heartbeat lost and fallback_ms == 0       |
 *           +-----------+---> FOLLOWING: heartbeat, then a setpoint   |
 *               ^                                                     |
 *               | pcc recovered    +-------+      pcc lost            |
 *               +------------------| FAULT |<-------------------------+
 *                                  +-------+<-- AUTONOMOUS: pcc lost
 *
 * In START, FAIL-SAFE and FAULT every DER is at its safe value. The rules are
 * those of EEBus LPC: a site starts safe; it leaves START and FAIL-SAFE only on
 * a heartbeat *and* a setpoint that comes after it; a lost heartbeat ends the
 * setpoint whatever its time to live. [1] With grace_ms set, heartbeats for so
 * long without a setpoint lead to AUTONOMOUS (EEBus: 120 s).
 *
 * START and FAIL-SAFE are not left while the PCC meter is lost. A row of
 * heartbeats ends when one is late, and when the site goes to FAIL-SAFE or
 * FAULT: what leads out again must come after that.
 *
 * A site without a PCC meter cannot lose it: it has no PCC target either and
 * runs direct setpoints of its DER only.
 */
#ifndef OVPP_CORE_LEASE_H
#define OVPP_CORE_LEASE_H

#include "types.h"

/**
 * struct ovpp_lease_config - times of the lease
 * @heartbeat_ms: a heartbeat older than this is lost
 * @fallback_ms: how long AUTONOMOUS goes on after it is lost
 * @grace_ms: see [1] above; 0: never
 */
struct ovpp_lease_config {
	u32 heartbeat_ms;
	u32 fallback_ms;
	u32 grace_ms;
};

/**
 * struct ovpp_lease - state of a site's lease
 * @config: its times
 * @state: enum ovpp_site_state
 * @cause: enum ovpp_cause, why it entered @state
 * @since_ns: when it entered @state
 * @heartbeat_ns: newest heartbeat; 0: none yet
 * @alive_since_ns: first heartbeat of the present unbroken row; 0: none
 * @setpoint_until_ns: end of the setpoint in force; 0: none
 */
struct ovpp_lease {
	struct ovpp_lease_config config;
	u8 state;
	u8 cause;
	u64 since_ns;
	u64 heartbeat_ns;
	u64 alive_since_ns;
	u64 setpoint_until_ns;
};

/**
 * struct ovpp_lease_input - what a tick knows
 * @pcc_needed: the site has a PCC meter
 * @pcc_good: and its power is good now
 */
struct ovpp_lease_input {
	bool pcc_needed;
	bool pcc_good;
};

void ovpp_lease_init(struct ovpp_lease *l, u64 now);

/* A heartbeat came at @now. */
void ovpp_lease_heartbeat(struct ovpp_lease *l, u64 now);

/**
 * ovpp_lease_setpoint() - a setpoint from outside is in force until @until
 * @l: lease
 * @now: current time
 * @until: its end; not after @now: none is in force, or no longer
 *
 * Called once before each step, with the latest end of the blocks in force for
 * the site and its DER. Only those count that were submitted after the first
 * heartbeat of the present row.
 *
 * Return: 0, or -EAGAIN when no heartbeat is alive: the setpoint does not count.
 */
int ovpp_lease_setpoint(struct ovpp_lease *l, u64 now, u64 until);

/**
 * ovpp_lease_step() - advance to @now
 * @l: lease
 * @now: current time, never earlier than before
 * @in: what is known
 *
 * Return: true if the state changed.
 */
bool ovpp_lease_step(struct ovpp_lease *l, u64 now,
		     const struct ovpp_lease_input *in);

/* Is the newest heartbeat younger than its timeout? */
bool ovpp_lease_alive(const struct ovpp_lease *l, u64 now);

/* When the present state ends by itself if nothing more comes; 0: never. */
u64 ovpp_lease_end(const struct ovpp_lease *l);

/* May DER be moved off their safe values? */
static inline bool ovpp_lease_active(const struct ovpp_lease *l)
{
	return l->state == OVPP_SITE_FOLLOWING ||
	       l->state == OVPP_SITE_AUTONOMOUS;
}

#endif /* OVPP_CORE_LEASE_H */
