/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kselftest programs share: a site with devices on a CAN bus, frames from
 * those devices, and waiting for what must come. Functions return 0 or -errno.
 */
#ifndef OVPP_TEST_HELPERS_H
#define OVPP_TEST_HELPERS_H

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <linux/openvpp.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nl.h"

#define BENCH_IFNAME "vcan0"

/* Longer than anything takes on the slowest machine: only a failure waits so long. */
#define BENCH_PATIENCE_MS 20000

/*
 * Two devices. Each sends one frame, id + node: P (mW, signed) and SoC (ppm), or
 * P and F (mHz); one frame makes them known for a minute. The battery takes
 * P_SET (mW, signed) and a heartbeat counter.
 */
#define BENCH_BATTERY "kselftest-battery"
#define BENCH_BATTERY_RX 256
#define BENCH_BATTERY_TX 512
#define BENCH_METER "kselftest-meter"
#define BENCH_METER_RX 768

/**
 * struct bench - a site under test
 * @nl: client
 * @name: the site's name
 * @site: its id
 * @node: its device node
 * @can: raw CAN socket on BENCH_IFNAME, where the devices' frames come from
 */
struct bench {
	struct ovpp_nl *nl;
	const char *name;
	uint32_t site;
	char node[32];
	int can;
};

static inline uint64_t bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline void bench_sleep_ms(unsigned int ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&ts, &ts))
		;
}

/* Is @cond true, now or within the patience of the bench? */
#define bench_wait(cond)                                                         \
	({                                                                       \
		uint64_t end_ = bench_now_ns() + BENCH_PATIENCE_MS * 1000000ULL; \
		bool ok_;                                                        \
                                                                                 \
		while (!(ok_ = (cond)) && bench_now_ns() < end_)                 \
			bench_sleep_ms(2);                                       \
		ok_;                                                             \
	})

/* One request. @req is taken over; @reply may be NULL. */
static inline int bench_do(struct ovpp_nl *nl, const char *op, json_t *req, json_t **reply)
{
	int ret = ovpp_nl_do(nl, op, req, reply);

	json_decref(req);
	return ret;
}

/* The same for what must succeed: says what went wrong. */
static inline int bench_must(struct ovpp_nl *nl, const char *op, json_t *req, json_t **reply)
{
	int ret = bench_do(nl, op, req, reply);

	if (ret)
		fprintf(stderr, "# %s: %s\n", op, ovpp_nl_error(nl));
	return ret;
}

/* One integer of a reply; INT64_MIN if it is not there. */
static inline json_int_t bench_get(struct ovpp_nl *nl, const char *op, json_t *req, const char *key)
{
	json_int_t value = INT64_MIN;
	json_t *reply = NULL;
	const json_t *v;

	if (!bench_must(nl, op, req, &reply)) {
		v = json_object_get(reply, key);
		if (json_is_integer(v))
			value = json_integer_value(v);
	}
	json_decref(reply);
	return value;
}

/* Is there a reply, and the text of its key @text? */
static inline bool bench_is(struct ovpp_nl *nl, const char *op, json_t *req, const char *key,
			    const char *text)
{
	json_t *reply = NULL;
	const char *found = NULL;
	bool same;

	if (!bench_do(nl, op, req, &reply))
		found = json_string_value(json_object_get(reply, key));
	same = found && !strcmp(found, text);
	json_decref(reply);
	return same;
}

/* A request that names the site and nothing else. */
static inline json_t *bench_req(const struct bench *b)
{
	return json_pack("{s:I}", "site", (json_int_t)b->site);
}

#define BENCH_JSON(...) #__VA_ARGS__

static inline json_t *bench_battery_profile(void)
{
	/* clang-format off */
	return json_loads(BENCH_JSON({
		"name": "kselftest-battery", "version": 1, "kind": "battery",
		"message": [
			{ "id": 256, "stride": 1, "length": 8, "timeout_ms": 60000,
			  "signal": [
				{ "point": "p", "start": 0, "length": 32,
				  "flags": ["signed"] },
				{ "point": "soc", "start": 32, "length": 32 }] },
			{ "id": 512, "stride": 1, "length": 8, "period_ms": 100,
			  "flags": ["tx"],
			  "signal": [
				{ "point": "p_set", "start": 0, "length": 32,
				  "flags": ["signed"] },
				{ "point": "heartbeat", "start": 32, "length": 8 }] }]
	}), 0, NULL);
	/* clang-format on */
}

static inline json_t *bench_meter_profile(void)
{
	/* clang-format off */
	return json_loads(BENCH_JSON({
		"name": "kselftest-meter", "version": 1, "kind": "meter",
		"message": [
			{ "id": 768, "stride": 1, "length": 8, "timeout_ms": 60000,
			  "signal": [
				{ "point": "p", "start": 0, "length": 32,
				  "flags": ["signed"] },
				{ "point": "f", "start": 32, "length": 32 }] }]
	}), 0, NULL);
	/* clang-format on */
}

/* Profiles are never changed and outlive a site: one that is there is right. */
static inline int bench_profile(struct ovpp_nl *nl, json_t *profile)
{
	int ret = bench_do(nl, "profile-new", profile, NULL);

	if (ret == -EEXIST)
		return 0;
	if (ret)
		fprintf(stderr, "# profile-new: %s\n", ovpp_nl_error(nl));
	return ret;
}

/* A raw CAN socket on @ifname, or -errno. */
static inline int bench_can_open(const char *ifname)
{
	struct sockaddr_can addr = {.can_family = AF_CAN};
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);
	int ret;

	if (fd < 0)
		return -errno;
	addr.can_ifindex = (int)if_nametoindex(ifname);
	if (addr.can_ifindex && !bind(fd, (void *)&addr, sizeof(addr)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

static inline int bench_can_send(int fd, uint32_t id, const void *data, uint8_t len)
{
	struct can_frame frame = {.can_id = id, .can_dlc = len};

	memcpy(frame.data, data, len);
	if (write(fd, &frame, sizeof(frame)) != sizeof(frame))
		return -errno;
	return 0;
}

/* The frame of a battery (@p_mw, SoC in ppm) or a meter (@p_mw, F in mHz). */
static inline int bench_can_report(const struct bench *b, uint32_t id, int32_t p_mw,
				   uint32_t second)
{
	uint8_t data[8];
	int i;

	for (i = 0; i < 4; i++) {
		data[i] = (uint8_t)((uint32_t)p_mw >> 8 * i);
		data[i + 4] = (uint8_t)(second >> 8 * i);
	}
	return bench_can_send(b->can, id, data, sizeof(data));
}

static inline void bench_close(struct bench *b)
{
	if (b->can >= 0)
		close(b->can);
	ovpp_nl_close(b->nl);
	b->can = -1;
	b->nl = NULL;
}

/* Removes the site, if it is still there, and lets go of everything. */
static inline void bench_end(struct bench *b)
{
	if (b->nl)
		bench_do(b->nl, "site-del", json_pack("{s:s}", "name", b->name), NULL);
	bench_close(b);
}

/**
 * bench_new() - a new site on BENCH_IFNAME, without devices
 * @b: to be filled in; to be ended with bench_end() whatever this returns
 * @name: name; one that an earlier test left is removed
 * @params: more attributes of site-new, or NULL; taken over
 *
 * Unless told otherwise the site takes samples so rarely that none disturb, and
 * its loop is slow.
 */
static inline int bench_new(struct bench *b, const char *name, json_t *params)
{
	json_t *req = json_pack("{s:s,s:i,s:i}", "name", name, "sample_ms", 3600000, "period_ns",
				5000000);
	json_t *reply = NULL;
	int ret;

	json_object_update(req, params);
	json_decref(params);
	*b = (struct bench){.name = name, .can = -1};
	ret = ovpp_nl_open(&b->nl);
	if (ret) {
		json_decref(req);
		return ret;
	}
	bench_do(b->nl, "site-del", json_pack("{s:s}", "name", name), NULL);
	ret = bench_must(b->nl, "site-new", req, &reply);
	if (ret)
		return ret;
	b->site = (uint32_t)json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	snprintf(b->node, sizeof(b->node), "/dev/ovpp%u", b->site);
	b->can = bench_can_open(BENCH_IFNAME);
	if (b->can < 0)
		return b->can;
	return bench_must(b->nl, "bus-new",
			  json_pack("{s:I,s:s,s:s}", "site", (json_int_t)b->site, "name", "bus",
				    "ifname", BENCH_IFNAME),
			  NULL);
}

/**
 * bench_der() - add a device
 * @b: site
 * @profile: BENCH_BATTERY or BENCH_METER; a meter becomes the PCC's
 * @node: which of several; also in its name, "battery0"
 *
 * A battery may go from -100 kW to 100 kW.
 *
 * Return: id or -errno.
 */
static inline int bench_der(struct bench *b, const char *profile, uint32_t node)
{
	bool battery = !strcmp(profile, BENCH_BATTERY);
	json_int_t site = b->site, id;
	json_t *reply = NULL;
	char name[32];
	int ret;

	ret = bench_profile(b->nl, battery ? bench_battery_profile() : bench_meter_profile());
	if (ret)
		return ret;
	snprintf(name, sizeof(name), "%s%u", battery ? "battery" : "meter", node);
	ret = bench_must(b->nl, "der-new",
			 json_pack("{s:I,s:s,s:s,s:s,s:I,s:b}", "site", site, "name", name,
				   "bus_name", "bus", "profile", profile, "node", (json_int_t)node,
				   "pcc", !battery),
			 &reply);
	if (ret)
		return ret;
	id = json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	if (battery)
		ret = bench_must(b->nl, "envelope-set",
				 json_pack("{s:I,s:I,s:i,s:i}", "site", site, "der", id, "p_min_mw",
					   -100000000, "p_max_mw", 100000000),
				 NULL);
	return ret ? ret : (int)id;
}

/* At least @n new records: each change of the policy is an event. */
static inline int bench_records(struct bench *b, unsigned int n)
{
	int ret = 0;

	while (n-- && !ret)
		ret = bench_must(
			b->nl, "policy-set",
			json_pack("{s:I,s:i}", "site", (json_int_t)b->site, "fallback_mw", (int)n),
			NULL);
	return ret;
}

/* Records written so far. */
static inline uint64_t bench_head(struct bench *b)
{
	return (uint64_t)bench_get(b->nl, "site-get", json_pack("{s:I}", "id", (json_int_t)b->site),
				   "head");
}

static inline int bench_site_del(struct bench *b)
{
	return bench_must(b->nl, "site-del", json_pack("{s:I}", "id", (json_int_t)b->site), NULL);
}

#endif /* OVPP_TEST_HELPERS_H */
