// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp doctor: the CAN net devices. */
#include "can_link.h"
#include "doctor.h"
#include "get.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Frames that a queue should hold: each DER may get two in one tick. */
#define FRAMES_PER_DER 2
#define QUEUE_MIN 64

typedef void (*link_check)(struct doctor *d, const struct can_link *link);

/* The bus that a device serves, NULL if none. */
static const json_t *bus_of(const struct doctor *d, const char *name)
{
	const char *ifname;
	json_t *bus;
	size_t i;

	json_array_foreach (d->buses, i, bus) {
		ifname = get_str(bus, "ifname");
		if (ifname && !strcmp(ifname, name))
			return bus;
	}
	return NULL;
}

static size_t ders_on(const struct doctor *d, const json_t *bus)
{
	size_t n = 0, i;
	json_t *der;

	json_array_foreach (d->ders, i, der)
		n += get_int(der, "site") == get_int(bus, "site") &&
		     get_int(der, "bus") == get_int(bus, "id");
	return n;
}

/*
 * Runs a check for the devices of the sites, or for all where there is no bus
 * yet; those in hardware only, if asked.
 */
static void each_link(struct doctor *d, bool hardware, link_check check)
{
	struct can_link *links = NULL;
	size_t n = 0, done = 0;
	int ret = can_links(&links, &n);

	if (ret) {
		doctor_say(d, DOCTOR_SKIP, NULL, "rtnetlink: %s", strerror(-ret));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (json_array_size(d->buses) && !bus_of(d, links[i].name))
			continue;
		if (hardware && strcmp(links[i].kind, "can"))
			continue;
		check(d, &links[i]);
		done++;
	}
	free(links);
	if (!done)
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no CAN %s",
			   hardware ? "controller" : "net device");
}

static void say_link(struct doctor *d, const struct can_link *link)
{
	char advice[DOCTOR_TEXT];
	bool real = !strcmp(link->kind, "can");

	snprintf(advice, sizeof(advice), "ip link set %s up%s", link->name,
		 real ? " type can bitrate 500000 (or what the bus has)" : "");
	if (!link->up)
		doctor_say(d, DOCTOR_FAIL, advice, "%s is down", link->name);
	else if (!real)
		doctor_say(d, DOCTOR_OK, NULL, "%s is up, virtual (%s)", link->name, link->kind);
	else if (!link->running)
		doctor_say(d, DOCTOR_WARN, "Look at the cabling and at the controller's state.",
			   "%s is up but has no carrier", link->name);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s is up", link->name);
}

/* A bus whose device is gone shows only here. */
static void check_links(struct doctor *d)
{
	const char *state;
	json_t *bus;
	size_t i;

	json_array_foreach (d->buses, i, bus) {
		state = get_str(bus, "state");
		if (!state || strcmp(state, "absent"))
			continue;
		doctor_say(d, DOCTOR_FAIL,
			   "Plug it in again, or give the device its name back "
			   "(ip link set OLD name NEW).",
			   "%s of bus %s is absent", get_str(bus, "ifname"), get_str(bus, "name"));
	}
	each_link(d, false, say_link);
}

static void say_bitrate(struct doctor *d, const struct can_link *link)
{
	if (!link->timed)
		doctor_say(d, DOCTOR_FAIL,
			   "ip link set DEVICE type can bitrate 500000 (what all "
			   "devices of the bus use)",
			   "%s has no bit rate", link->name);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: %u bit/s, sample point %u.%u %%", link->name,
			   link->timing.bitrate, link->timing.sample_point / 10,
			   link->timing.sample_point % 10);
}

static void check_bitrate(struct doctor *d)
{
	each_link(d, true, say_bitrate);
}

static void say_restart(struct doctor *d, const struct can_link *link)
{
	char advice[DOCTOR_TEXT];

	snprintf(advice, sizeof(advice),
		 "Leave it to the bus supervisor, which waits longer each time: "
		 "ip link set %s down; ip link set %s up type can restart-ms 0",
		 link->name, link->name);
	if (link->restart_ms)
		doctor_say(d, DOCTOR_WARN, advice,
			   "%s: the driver restarts %u ms after each bus-off", link->name,
			   link->restart_ms);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: by the bus supervisor", link->name);
}

static void check_restart(struct doctor *d)
{
	each_link(d, true, say_restart);
}

static void say_controller(struct doctor *d, const struct can_link *link)
{
	static const char *const states[] = {
		"error-active", "error-warning", "error-passive", "bus-off", "stopped", "sleeping",
	};
	static const char advice[] = "Compare the bit rates, look at termination (60 ohm between "
				     "CAN_H and CAN_L), cabling and ground; a controller alone on "
				     "its bus gets no acknowledgement.";
	char seen[DOCTOR_TEXT];
	enum doctor_verdict verdict;

	if (!link->has_state || link->state >= CAN_STATE_MAX) {
		doctor_say(d, DOCTOR_SKIP, NULL, "%s: not known", link->name);
		return;
	}
	snprintf(seen, sizeof(seen), "%s: %s, errors tx %u rx %u, bus-off %u", link->name,
		 states[link->state], link->errors.txerr, link->errors.rxerr, link->stats.bus_off);
	/* A controller that is down is stopped; the check of the link says so. */
	verdict = link->state == CAN_STATE_BUS_OFF	  ? DOCTOR_FAIL
		  : link->state == CAN_STATE_ERROR_ACTIVE ? DOCTOR_OK
		  : link->up				  ? DOCTOR_WARN
							  : DOCTOR_SKIP;
	doctor_say(d, verdict, verdict == DOCTOR_FAIL || verdict == DOCTOR_WARN ? advice : NULL,
		   "%s", seen);
}

static void check_controller(struct doctor *d)
{
	each_link(d, true, say_controller);
}

static void say_queue(struct doctor *d, const struct can_link *link)
{
	const json_t *bus = bus_of(d, link->name);
	size_t need = bus ? FRAMES_PER_DER * ders_on(d, bus) : 0;
	char advice[DOCTOR_TEXT];

	if (need < QUEUE_MIN)
		need = QUEUE_MIN;
	snprintf(advice, sizeof(advice), "ip link set %s txqueuelen 256 (60-openvpp.rules does it)",
		 link->name);
	if (link->queue < need)
		doctor_say(d, DOCTOR_WARN, advice, "%s: %u frames; a tick may send %zu", link->name,
			   link->queue, need);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: %u frames", link->name, link->queue);
}

static void check_queue(struct doctor *d)
{
	each_link(d, true, say_queue);
}

static void say_coalescing(struct doctor *d, const struct can_link *link)
{
	char advice[DOCTOR_TEXT];
	uint32_t usecs, frames;
	int ret = can_link_coalescing(link->name, &usecs, &frames);

	snprintf(advice, sizeof(advice),
		 "Frames wait in the controller: ethtool -C %s rx-frames-irq 1 "
		 "rx-usecs-irq 0",
		 link->name);
	if (ret == -EOPNOTSUPP)
		doctor_say(d, DOCTOR_OK, NULL, "%s: the driver has none", link->name);
	else if (ret)
		doctor_say(d, DOCTOR_SKIP, NULL, "%s: %s", link->name, strerror(-ret));
	else if (usecs || frames > 1)
		doctor_say(d, DOCTOR_WARN, advice, "%s: up to %u frames or %u us", link->name,
			   frames, usecs);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: off", link->name);
}

static void check_coalescing(struct doctor *d)
{
	each_link(d, true, say_coalescing);
}

const struct doctor_check doctor_can[] = {
	{"CAN device", check_links},
	{"CAN bit rate", check_bitrate},
	{"CAN restart", check_restart},
	{"CAN controller", check_controller},
	{"CAN queue", check_queue},
	{"CAN coalescing", check_coalescing},
	{0},
};
