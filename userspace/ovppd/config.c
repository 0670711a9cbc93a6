// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"

#include <errno.h>
#include <linux/openvpp_netlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config_attr.h"
#include "config_bus.h"
#include "config_chain.h"
#include "config_proxy.h"
#include "evidence.h"
#include "file.h"
#include "profile.h"
#include "units.h"
#include "yaml.h"

/* How far ahead a target is given to the kernel when nothing is said. */
#define TTL_MS 10000
#define TTL_MS_MIN 100
#define TTL_MS_MAX 604800000
#define LEDGER_SIZE INT64_C(1000000000)
/* The longest that records wait for the disk. */
#define LEDGER_BATCH_MS 60000
#define LEDGER_BATCH_MS_MAX 3600000

static const json_t *get(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

/* A list of the file; NULL if it is not there or none. */
static const json_t *get_list(struct config *c, const json_t *map, const char *key)
{
	const json_t *list = get(map, key);

	if (list && !json_is_array(list)) {
		config_error(c, key, "must be a list");
		return NULL;
	}
	return list;
}

/* A name that the kernel takes; "" after an error. */
static const char *get_name(struct config *c, const json_t *attrs)
{
	const char *name = json_string_value(get(attrs, "name"));

	if (!name || !*name) {
		if (!get(attrs, "name"))
			config_error(c, "name", "is missing");
		return "";
	}
	if (strlen(name) > OPENVPP_NAME_MAX)
		config_error(c, "name", "is longer than %d characters", OPENVPP_NAME_MAX);
	return name;
}

/* The attributes in @list[@key] that have this name. */
static const json_t *find(const json_t *list, const char *key, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		const json_t *attrs = key ? get(item, key) : item;
		const char *other = json_string_value(get(attrs, "name"));

		if (other && !strcmp(other, name))
			return attrs;
	}
	return NULL;
}

static void check_unique(struct config *c, const json_t *list, const char *key, const char *name)
{
	if (*name && find(list, key, name))
		config_error(c, "name", "\"%s\" is there twice", name);
}

/*
 * A duration or a size that is no attribute of the kernel's. Return: the value,
 * or @otherwise when it is not there or wrong.
 */
static int64_t get_quantity(struct config *c, const json_t *map, const char *key,
			    enum ovpp_unit unit, int64_t otherwise)
{
	const json_t *value = get(map, key);
	int64_t n;

	if (!value || config_quantity(c, key, value, unit, false, &n))
		return otherwise;
	return n;
}

static void read_policy(struct config *c, const json_t *map, json_t *out)
{
	static const char *const none[] = {NULL};
	const json_t *policy = get(map, "policy");

	if (!policy)
		return;
	config_enter(c, "policy", -1);
	json_object_set_new(out, "policy", config_attrs(c, policy, "policy-set", none));
	config_leave(c);
}

static void read_envelope(struct config *c, const json_t *map, json_t *out, bool site)
{
	static const char *const site_keys[] = {"lock", NULL};
	static const char *const der_keys[] = {NULL};
	const json_t *envelope = get(map, "envelope");
	const json_t *lock = get(envelope, "lock");

	if (!envelope)
		return;
	config_enter(c, "envelope", -1);
	json_object_set_new(out, "envelope",
			    config_attrs(c, envelope, "envelope-set", site ? site_keys : der_keys));
	if (site && lock && !json_is_boolean(lock))
		config_error(c, "lock", "must be true or false");
	if (site)
		json_object_set_new(out, "lock", json_boolean(json_is_true(lock)));
	config_leave(c);
}

/*
 * Compiles the profile that a DER names, by name or by path (a relative one
 * beside the configuration file), and has the DER name the result.
 */
static void read_profile(struct config *c, json_t *der)
{
	const char *name = json_string_value(get(der, "profile"));
	char beside[CONFIG_PATH_MAX], path[CONFIG_PATH_MAX], err[512];
	json_t *profile;
	int ret;

	if (!name) {
		if (!get(der, "profile"))
			config_error(c, "profile", "is missing");
		return;
	}
	if (config_beside(c, name, beside, sizeof(beside)) ||
	    ovpp_profile_find(beside, path, sizeof(path))) {
		config_error(c, "profile", "there is no profile \"%s\"", name);
		return;
	}
	ret = ovpp_profile_load(path, &profile, err, sizeof(err));
	if (ret) {
		config_error(c, "profile", "%s", err);
		return;
	}
	name = json_string_value(get(profile, "name"));
	json_object_set_new(c->profiles, name, profile);
	json_object_set_new(der, "profile", json_string(name));
}

static void read_der(struct config *c, const json_t *map, json_t *site)
{
	static const char *const keys[] = {"policy", "envelope", NULL};
	json_t *ders = json_object_get(site, "ders");
	json_t *attrs = config_attrs(c, map, "der-new", keys);
	json_t *out = json_pack("{s:o}", "der", attrs);
	const char *bus = json_string_value(get(attrs, "bus_name"));

	check_unique(c, ders, "der", get_name(c, attrs));
	if (!get(map, "bus"))
		config_error(c, "bus", "is missing");
	else if (bus && !find(get(site, "buses"), NULL, bus))
		config_error(c, "bus", "the site has no bus \"%s\"", bus);
	read_profile(c, attrs);
	read_policy(c, map, out);
	read_envelope(c, map, out, false);
	json_array_append_new(ders, out);
}

static void read_ders(struct config *c, const json_t *map, json_t *site)
{
	const json_t *list = get_list(c, map, "ders"), *item;
	int pcc = 0;
	size_t i;

	json_array_foreach (list, i, item) {
		config_enter(c, "ders", (int)i);
		if (config_map(c, item))
			read_der(c, item, site);
		config_leave(c);
	}
	json_array_foreach (get(site, "ders"), i, item)
		pcc += json_integer_value(get(get(item, "der"), "pcc")) != 0;
	if (pcc > 1)
		config_error(c, "ders", "%d of them are the PCC meter", pcc);
}

static void read_bus(struct config *c, const json_t *map, json_t *buses)
{
	json_t *attrs = config_attrs(c, map, "bus-new", config_bus_keys);

	check_unique(c, buses, NULL, get_name(c, attrs));
	config_bus_device(c, map, attrs);
	json_array_append_new(buses, attrs);
}

static void read_buses(struct config *c, const json_t *map, json_t *site)
{
	json_t *buses = json_object_get(site, "buses");
	const json_t *list = get_list(c, map, "buses"), *item;
	size_t i;

	json_array_foreach (list, i, item) {
		config_enter(c, "buses", (int)i);
		if (config_map(c, item))
			read_bus(c, item, buses);
		config_leave(c);
	}
}

/* "HH:MM" or "HH:MM:SS" to seconds after midnight; -1 if it is not. */
static int32_t time_of_day(const char *text)
{
	int h, m, s = 0, n = 0;

	if (sscanf(text, "%2d:%2d%n", &h, &m, &n) != 2)
		return -1;
	text += n;
	if (*text && (sscanf(text, ":%2d%n", &s, &n) != 1 || text[n]))
		return -1;
	if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59)
		return -1;
	return h * 3600 + m * 60 + s;
}

static void read_schedule_entry(struct config *c, const json_t *map, json_t *schedule)
{
	static const char *const keys[] = {"at", "p", NULL};
	const char *at = json_string_value(get(map, "at"));
	int32_t at_s = at ? time_of_day(at) : -1;
	const json_t *other;
	size_t i;

	config_keys(c, map, keys);
	if (at_s < 0)
		config_error(c, "at", "must be a time of day, \"06:30\"");
	json_array_foreach (schedule, i, other)
		if (json_integer_value(get(other, "at_s")) == at_s)
			config_error(c, "at", "\"%s\" is there twice", at);
	if (!get(map, "p"))
		config_error(c, "p", "is missing");
	json_array_append_new(schedule,
			      json_pack("{s:I,s:I}", "at_s", (json_int_t)at_s, "p_mw",
					(json_int_t)get_quantity(c, map, "p", OVPP_UNIT_MW, 0)));
}

static void read_schedule(struct config *c, const json_t *map, json_t *site)
{
	const json_t *list = get_list(c, map, "schedule"), *item;
	json_t *schedule;
	size_t i;

	if (!list)
		return;
	if (!json_array_size(list))
		config_error(c, "schedule", "is empty");
	schedule = json_array();
	json_object_set_new(site, "schedule", schedule);
	json_array_foreach (list, i, item) {
		config_enter(c, "schedule", (int)i);
		read_schedule_entry(c, item, schedule);
		config_leave(c);
	}
}

static void read_target(struct config *c, const json_t *map, json_t *site)
{
	static const char *const keys[] = {"p", "ttl", NULL};
	const json_t *target = get(map, "target");
	bool schedule = get(site, "schedule");
	int64_t ttl, p = 0;

	if (!target && !schedule)
		return;
	config_enter(c, "target", -1);
	if (target)
		config_keys(c, target, keys);
	if (schedule && get(target, "p"))
		config_error(c, "p", "the schedule says it already");
	else if (!schedule && !get(target, "p"))
		config_error(c, "p", "is missing");
	else
		p = get_quantity(c, target, "p", OVPP_UNIT_MW, 0);
	ttl = get_quantity(c, target, "ttl", OVPP_UNIT_MS, TTL_MS);
	if (ttl < TTL_MS_MIN || ttl > TTL_MS_MAX)
		config_error(c, "ttl", "must be from 100 ms to 7 d");
	json_object_set_new(
		site, "target",
		json_pack("{s:I,s:I}", "p_mw", (json_int_t)p, "ttl_ms", (json_int_t)ttl));
	config_leave(c);
}

static void read_site(struct config *c, const json_t *map, json_t *sites)
{
	static const char *const keys[] = {"buses",  "ders",	 "policy", "envelope",
					   "target", "schedule", "proxy",  NULL};
	json_t *attrs = config_attrs(c, map, "site-new", keys);
	json_t *site = json_pack("{s:o,s:[],s:[]}", "site", attrs, "buses", "ders");

	check_unique(c, sites, "site", get_name(c, attrs));
	read_buses(c, map, site);
	read_ders(c, map, site);
	config_proxies(c, map, site);
	read_policy(c, map, site);
	read_envelope(c, map, site, true);
	read_schedule(c, map, site);
	read_target(c, map, site);
	json_array_append_new(sites, site);
}

static void read_sites(struct config *c, const json_t *map, json_t *out)
{
	const json_t *list = get_list(c, map, "sites"), *item;
	json_t *sites = json_object_get(out, "sites");
	size_t i;

	if (!get(map, "sites"))
		config_error(c, "sites", "is missing");
	json_array_foreach (list, i, item) {
		config_enter(c, "sites", (int)i);
		if (config_map(c, item))
			read_site(c, item, sites);
		config_leave(c);
	}
}

static const char *get_path(struct config *c, const json_t *map, const char *key,
			    const char *otherwise)
{
	const json_t *value = get(map, key);

	if (!value)
		return otherwise;
	if (!json_is_string(value)) {
		config_error(c, key, "must be a path");
		return otherwise;
	}
	return json_string_value(value);
}

/* Folder of the keys: beside the database, if nothing else is said. */
static void read_keys(struct config *c, const json_t *ledger, const char *path, json_t *out)
{
	char beside[CONFIG_PATH_MAX];

	ovpp_file_beside(path, "keys", beside, sizeof(beside));
	json_object_set_new(out, "keys", json_string(get_path(c, ledger, "keys", beside)));
	if (get(ledger, "passphrase_file"))
		json_object_set_new(out, "passphrase_file",
				    json_string(get_path(c, ledger, "passphrase_file", "")));
}

static void read_batch(struct config *c, const json_t *ledger, json_t *out)
{
	static const char *const keys[] = {"time", "records", NULL};
	const json_t *batch = get(ledger, "batch");
	int64_t ms, records;

	config_enter(c, "batch", -1);
	if (batch)
		config_keys(c, batch, keys);
	ms = get_quantity(c, batch, "time", OVPP_UNIT_MS, LEDGER_BATCH_MS);
	if (ms < 100 || ms > LEDGER_BATCH_MS_MAX)
		config_error(c, "time", "is not from 100 ms to 1 h");
	records = config_integer(c, batch, "records", 1, OVPP_BATCH_RECORDS, OVPP_BATCH_RECORDS);
	config_leave(c);
	json_object_set_new(out, "batch_ms", json_integer(ms));
	json_object_set_new(out, "batch_records", json_integer(records));
}

static void read_retention(struct config *c, const json_t *ledger, json_t *out)
{
	static const char *const keys[] = {"age", "size", NULL};
	const json_t *retention = get(ledger, "retention");
	int64_t age, size;

	config_enter(c, "retention", -1);
	if (retention)
		config_keys(c, retention, keys);
	age = get_quantity(c, retention, "age", OVPP_UNIT_MS, 0);
	size = get_quantity(c, retention, "size", OVPP_UNIT_BYTE, LEDGER_SIZE);
	if (age < 0 || size < 0)
		config_error(c, age < 0 ? "age" : "size", "is negative");
	config_leave(c);
	json_object_set_new(out, "age_ms", json_integer(age));
	json_object_set_new(out, "size", json_integer(size));
}

static void read_ledger(struct config *c, const json_t *map, json_t *desired)
{
	static const char *const keys[] = {"path",  "keys",	 "passphrase_file",
					   "batch", "retention", NULL};
	const json_t *ledger = get(map, "ledger");
	json_t *out = json_object();
	const char *path;

	config_enter(c, "ledger", -1);
	if (ledger)
		config_keys(c, ledger, keys);
	path = get_path(c, ledger, "path", CONFIG_DATABASE);
	json_object_set_new(out, "path", json_string(path));
	read_keys(c, ledger, path, out);
	read_batch(c, ledger, out);
	read_retention(c, ledger, out);
	config_leave(c);
	json_object_set_new(desired, "ledger", out);
}

int config_load(const char *path, json_t **out, json_t *errors)
{
	static const char *const keys[] = {"sites", "ledger", "chain", "socket", NULL};
	struct config c = {.file = path, .errors = errors};
	size_t before = json_array_size(errors);
	json_t *map, *desired;
	char err[512];
	int ret;

	ret = ovpp_yaml_load(path, &map, err, sizeof(err));
	if (ret) {
		json_array_append_new(errors, json_string(err));
		return ret;
	}
	desired = json_pack("{s:[],s:{}}", "sites", "profiles");
	c.profiles = json_object_get(desired, "profiles");
	config_keys(&c, map, keys);
	read_sites(&c, map, desired);
	read_ledger(&c, map, desired);
	config_chain(&c, map, desired);
	json_object_set_new(desired, "socket",
			    json_string(get_path(&c, map, "socket", CONFIG_SOCKET)));
	json_decref(map);
	if (json_array_size(errors) > before) {
		json_decref(desired);
		return -EINVAL;
	}
	*out = desired;
	return 0;
}
