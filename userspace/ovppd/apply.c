// SPDX-License-Identifier: GPL-2.0-or-later
#include "apply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "serial.h"
#include "spec.h"

/**
 * struct apply - a run of apply_desired()
 * @nl: client
 * @report: what was done
 * @site: name of the site at hand; "" outside of one
 */
struct apply {
	struct ovpp_nl *nl;
	struct apply_report *report;
	const char *site;
};

static json_t *get(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static const char *text(const json_t *object, const char *key)
{
	const char *s = json_string_value(get(object, key));

	return s ? s : "";
}

static void note(const struct apply *a, json_t *list, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds "site NAME: text" to a list of the report. */
static void note(const struct apply *a, json_t *list, const char *format, ...)
{
	char buf[768];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	json_array_append_new(list, *a->site ? json_sprintf("site %s: %s", a->site, buf)
					     : json_string(buf));
}

#define note_error(a, ...) note(a, (a)->report->errors, __VA_ARGS__)
#define note_change(a, ...) note(a, (a)->report->changes, __VA_ARGS__)

/*
 * One change, in the site at hand. @what names the object for the report. An
 * object that is sent anyway says what it belongs to with "site_name", or is
 * the site itself.
 *
 * Return: 0 or the kernel's -errno.
 */
static int change(struct apply *a, const char *op, const json_t *attrs, const char *what)
{
	json_t *req = json_copy((json_t *)attrs);
	int ret;

	if (!req)
		req = json_object();
	if (*a->site && strncmp(op, "site-", 5))
		json_object_set_new(req, "site_name", json_string(a->site));
	ret = ovpp_nl_do(a->nl, op, req, NULL);
	if (ret)
		note_error(a, "%s: %s: %s", what, op, ovpp_nl_error(a->nl));
	else
		note_change(a, "%s: %s", what, op);
	a->report->between(a->report->arg);
	json_decref(req);
	return ret;
}

/* All objects of the site at hand; an empty array after an error. */
static json_t *dump(struct apply *a, const char *op)
{
	json_t *req = *a->site ? json_pack("{s:s}", "site_name", a->site) : NULL;
	json_t *all = NULL;

	if (ovpp_nl_dump(a->nl, op, req, &all)) {
		note_error(a, "%s: %s", op, ovpp_nl_error(a->nl));
		all = json_array();
	}
	json_decref(req);
	return all;
}

/* The object of an array whose member @key is the string @value. */
static json_t *find(const json_t *array, const char *key, const char *value)
{
	json_t *object;
	size_t i;

	json_array_foreach (array, i, object)
		if (!strcmp(text(object, key), value))
			return object;
	return NULL;
}

/* The members of @want that @have lacks or has otherwise; a new object. */
static json_t *differences(const json_t *want, const json_t *have)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)want, key, value)
		if (!json_equal(value, get(have, key)))
			json_object_set(out, key, value);
	return out;
}

/* Takes the members called @names out of @object. Return: were there any? */
static bool take_out(json_t *object, const char *const *names)
{
	bool found = false;

	for (; *names; names++)
		found |= !json_object_del(object, *names);
	return found;
}

/* Sets what differs, the object being named by @name. */
static int set_differences(struct apply *a, const char *op, json_t *diff, const char *name,
			   const char *what)
{
	if (!json_object_size(diff))
		return 0;
	json_object_set_new(diff, "name", json_string(name));
	return change(a, op, diff, what);
}

/* Adds the profiles that the kernel lacks. */
static void apply_profiles(struct apply *a, const json_t *profiles)
{
	json_t *have = dump(a, "profile-get");
	const char *name;
	json_t *want;

	json_object_foreach ((json_t *)profiles, name, want) {
		const json_t *old = find(have, "name", name);
		char what[64];

		snprintf(what, sizeof(what), "profile %s", name);
		if (old && json_integer_value(get(old, "version")) ==
				   json_integer_value(get(want, "version")))
			continue;
		if (old && json_integer_value(get(old, "users"))) {
			note_error(a,
				   "%s: version %lld is in use; version %lld"
				   " can come when its DER are removed",
				   what, json_integer_value(get(old, "version")),
				   json_integer_value(get(want, "version")));
			continue;
		}
		if (old) {
			json_t *req = json_pack("{s:s}", "name", name);

			change(a, "profile-del", req, what);
			json_decref(req);
		}
		change(a, "profile-new", want, what);
	}
	json_decref(have);
}

/* Return: 0 if the site is there now. */
static int apply_site_itself(struct apply *a, const json_t *want)
{
	static const char *const fixed[] = {"ring_records", NULL};
	json_t *all, *req = json_pack("{s:s}", "name", a->site);
	json_t *have = NULL, *diff;
	int ret = ovpp_nl_do(a->nl, "site-get", req, &have);

	json_decref(req);
	if (ret == -ENOENT)
		return change(a, "site-new", want, "site");
	if (ret) {
		note_error(a, "site-get: %s", ovpp_nl_error(a->nl));
		return ret;
	}
	all = differences(want, have);
	diff = json_copy(all);
	/* The site runs on with its old ring: no reason to stop it. */
	if (take_out(diff, fixed))
		note_error(a,
			   "ring: %lld records; %lld can come when the site"
			   " is made anew",
			   json_integer_value(get(have, "ring_records")),
			   json_integer_value(get(all, "ring_records")));
	/* Left to the module; it answers with the CPU that it chose. */
	if (json_integer_value(get(want, "cpu")) == -1)
		json_object_del(diff, "cpu");
	set_differences(a, "site-set", diff, a->site, "site");
	json_decref(diff);
	json_decref(all);
	json_decref(have);
	return 0;
}

static int remove_named(struct apply *a, const char *op, const char *name, const char *what)
{
	json_t *req = json_pack("{s:s}", "name", name);
	int ret = change(a, op, req, what);

	json_decref(req);
	return ret;
}

/* Removes a bus that has to be made anew, with the DER on it. */
static int remove_bus(struct apply *a, const json_t *bus, const char *what)
{
	json_t *ders = dump(a, "der-get"), *der;
	char der_what[64];
	size_t i;

	json_array_foreach (ders, i, der) {
		if (!json_equal(get(der, "bus"), get(bus, "id")))
			continue;
		snprintf(der_what, sizeof(der_what), "der %s", text(der, "name"));
		remove_named(a, "der-del", text(der, "name"), der_what);
	}
	json_decref(ders);
	return remove_named(a, "bus-del", text(bus, "name"), what);
}

/* The tty of a bus, set up for the module; -errno with the error noted. */
static int open_tty(struct apply *a, const json_t *want, const char *what)
{
	const struct ovpp_serial serial = {
		.baud = (uint32_t)json_integer_value(get(want, "baud")),
		.parity = (uint32_t)ovpp_spec_value(ovpp_spec_enum("parity"), text(want, "parity")),
		.stop_bits = (uint32_t)json_integer_value(get(want, "stop_bits")),
		.set_rs485 = get(want, "rs485"),
		.rs485 = (uint32_t)json_integer_value(get(want, "rs485")),
	};
	char why[256];
	int fd = ovpp_serial_open(text(want, "path"), &serial, why, sizeof(why));
	int ret = fd < 0 ? fd : ovpp_serial_give(fd, why, sizeof(why));

	if (!ret)
		return fd;
	note_error(a, "%s: %s: %s", what, text(want, "path"), why);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Sends @req with the tty of @want, if it has one; takes @req over. */
static int change_tty(struct apply *a, const char *op, json_t *req, const json_t *want,
		      const char *what)
{
	int fd = get(want, "path") ? open_tty(a, want, what) : -1;
	int ret = fd;

	if (fd >= 0)
		json_object_set_new(req, "tty_fd", json_integer(fd));
	if (fd >= 0 || !get(want, "path"))
		ret = change(a, op, req, what);
	if (fd >= 0)
		close(fd);
	json_decref(req);
	return ret;
}

/* What the tty itself has been told is not told to the kernel again. */
static int new_bus(struct apply *a, const json_t *want, const char *what)
{
	static const char *const told[] = {"baud", "parity", "stop_bits", NULL};
	json_t *req = json_copy((json_t *)want);

	take_out(req, told);
	return change_tty(a, "bus-new", req, want, what);
}

static void apply_bus(struct apply *a, const json_t *want, const json_t *all)
{
	static const char *const fixed[] = {"ifname", "type",	   "path",  "baud",
					    "parity", "stop_bits", "rs485", NULL};
	const char *name = text(want, "name");
	const json_t *have = find(all, "name", name);
	json_t *diff;
	char what[64];

	snprintf(what, sizeof(what), "bus %s", name);
	if (!have) {
		new_bus(a, want, what);
		return;
	}
	diff = differences(want, have);
	if (take_out(diff, fixed)) {
		if (!remove_bus(a, have, what))
			new_bus(a, want, what);
	} else {
		set_differences(a, "bus-set", diff, name, what);
		/* A serial line that was unplugged may be there again. */
		if (get(want, "path") && !strcmp(text(have, "state"), "absent"))
			change_tty(a, "bus-set", json_pack("{s:s}", "name", name), want, what);
	}
	json_decref(diff);
}

static void apply_buses(struct apply *a, const json_t *buses)
{
	json_t *have = dump(a, "bus-get"), *want;
	size_t i;

	json_array_foreach (buses, i, want)
		apply_bus(a, want, have);
	json_decref(have);
}

static void apply_der(struct apply *a, const json_t *want, const json_t *all)
{
	static const char *const fixed[] = {"bus_name", "profile", "node", "pcc", NULL};
	const char *name = text(want, "name");
	const json_t *have = find(all, "name", name);
	json_t *diff;
	char what[64];

	snprintf(what, sizeof(what), "der %s", name);
	if (!have) {
		change(a, "der-new", want, what);
		return;
	}
	diff = differences(want, have);
	if (!take_out(diff, fixed))
		set_differences(a, "der-set", diff, name, what);
	else if (!remove_named(a, "der-del", name, what))
		change(a, "der-new", want, what);
	json_decref(diff);
}

/* The kernel says a DER's bus by its id; the desired state names it. */
static void name_buses(json_t *ders, const json_t *buses)
{
	json_t *der, *bus;
	size_t i, j;

	json_array_foreach (ders, i, der)
		json_array_foreach (buses, j, bus)
			if (json_equal(get(der, "bus"), get(bus, "id")))
				json_object_set(der, "bus_name", get(bus, "name"));
}

static void apply_ders(struct apply *a, const json_t *ders)
{
	json_t *buses = dump(a, "bus-get"), *have = dump(a, "der-get"), *want;
	size_t i;

	name_buses(have, buses);
	json_array_foreach (ders, i, want)
		apply_der(a, get(want, "der"), have);
	json_decref(have);
	json_decref(buses);
}

/*
 * Policy or envelope of the site (@der "") or of a DER. @all is what the kernel
 * has; the site's own has no DER's name.
 */
static void apply_limits(struct apply *a, const char *op, const char *der, const json_t *want,
			 const json_t *all)
{
	const json_t *have = find(all, "der_name", der);
	json_t *diff = differences(want, have);
	char what[64];

	if (*der)
		snprintf(what, sizeof(what), "der %s", der);
	else
		snprintf(what, sizeof(what), "site");
	if (json_object_size(diff)) {
		if (*der)
			json_object_set_new(diff, "der_name", json_string(der));
		change(a, op, diff, what);
	}
	json_decref(diff);
}

/* The member @key ("policy", "envelope") of the site and of all its DER. */
static void apply_all_limits(struct apply *a, const json_t *site, const char *key)
{
	char get_op[32], set_op[32];
	json_t *have, *der;
	size_t i;

	snprintf(get_op, sizeof(get_op), "%s-get", key);
	snprintf(set_op, sizeof(set_op), "%s-set", key);
	have = dump(a, get_op);
	apply_limits(a, set_op, "", get(site, key), have);
	json_array_foreach (get(site, "ders"), i, der)
		apply_limits(a, set_op, text(get(der, "der"), "name"), get(der, key), have);
	json_decref(have);
}

/* Locks what cannot be unlocked: only when all is as it should be. */
static void apply_lock(struct apply *a, bool clean)
{
	json_t *req = json_pack("{s:s}", "name", a->site), *have = NULL;

	if (!ovpp_nl_do(a->nl, "site-get", req, &have) &&
	    !json_integer_value(get(have, "locked"))) {
		if (clean)
			change(a, "envelope-lock", NULL, "site");
		else
			note_error(a, "the envelope is not locked, since not"
				      " all is as configured");
	}
	json_decref(have);
	json_decref(req);
}

static void apply_site(struct apply *a, const json_t *site)
{
	size_t errors = json_array_size(a->report->errors);

	a->site = text(get(site, "site"), "name");
	if (!apply_site_itself(a, get(site, "site"))) {
		apply_buses(a, get(site, "buses"));
		apply_ders(a, get(site, "ders"));
		apply_all_limits(a, site, "envelope");
		apply_all_limits(a, site, "policy");
		if (json_is_true(get(site, "lock")))
			apply_lock(a, json_array_size(a->report->errors) == errors);
	}
	a->site = "";
}

/*
 * Removes objects of the kernel whose names @before has and @now lacks. @key is
 * where an item holds its attributes, or NULL.
 */
static void remove_old(struct apply *a, const char *kind, const json_t *before, const json_t *now,
		       const char *key)
{
	char what[64], get_op[16], del_op[16];
	json_t *have, *item, *other;
	size_t i, j;

	snprintf(get_op, sizeof(get_op), "%s-get", kind);
	snprintf(del_op, sizeof(del_op), "%s-del", kind);
	have = dump(a, get_op);
	json_array_foreach (before, i, item) {
		const char *name = text(key ? get(item, key) : item, "name");
		bool kept = false;

		json_array_foreach (now, j, other)
			kept |= !strcmp(name, text(key ? get(other, key) : other, "name"));
		snprintf(what, sizeof(what), "%s %s", kind, name);
		if (!kept && find(have, "name", name))
			remove_named(a, del_op, name, what);
	}
	json_decref(have);
}

/* The site of a desired state with this name. */
static const json_t *find_site(const json_t *desired, const char *name)
{
	json_t *site;
	size_t i;

	json_array_foreach (get(desired, "sites"), i, site)
		if (!strcmp(text(get(site, "site"), "name"), name))
			return site;
	return NULL;
}

static void remove_undesired(struct apply *a, const json_t *desired, const json_t *before)
{
	json_t *old;
	size_t i;

	remove_old(a, "site", get(before, "sites"), get(desired, "sites"), "site");
	json_array_foreach (get(before, "sites"), i, old) {
		const char *name = text(get(old, "site"), "name");
		const json_t *site = find_site(desired, name);
		json_t *req = json_pack("{s:s}", "name", name);

		if (site && !ovpp_nl_do(a->nl, "site-get", req, NULL)) {
			a->site = name;
			remove_old(a, "der", get(old, "ders"), get(site, "ders"), "der");
			remove_old(a, "bus", get(old, "buses"), get(site, "buses"), NULL);
			a->site = "";
		}
		json_decref(req);
	}
}

int apply_desired(struct ovpp_nl *nl, const json_t *desired, const json_t *before,
		  struct apply_report *report)
{
	struct apply a = {.nl = nl, .report = report, .site = ""};
	json_t *sites = NULL, *site;
	size_t i;
	int ret = ovpp_nl_dump(nl, "site-get", NULL, &sites);

	json_decref(sites);
	if (ret)
		return ret;
	remove_undesired(&a, desired, before);
	apply_profiles(&a, get(desired, "profiles"));
	json_array_foreach (get(desired, "sites"), i, site)
		apply_site(&a, site);
	return 0;
}
