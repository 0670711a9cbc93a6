// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "proxy_bus.h"
#include "proxy_gate.h"
#include "proxy_rtu.h"
#include "proxy_tcp.h"
#include "spec.h"

/* Before an address or a port is tried again. */
#define RETRY_NS (5 * CLOCK_S)
/* One before it may have the same address or port; that takes a round of the loop. */
#define SOON_NS (10 * CLOCK_MS)

/**
 * struct proxy - a proxy
 * @daemon: whose
 * @next: in daemon->proxies
 * @site: name of its site
 * @config: of the desired state, see config.h
 * @where: address or port
 * @bus: bus
 * @gate: its rules and counters
 * @serial: it is a slave on a port, not a server
 * @opened: @tcp or @rtu is in use
 * @tcp: server
 * @rtu: slave
 * @retry: when to try to open it again
 * @error: why it is not open; empty: it is
 * @closing: freed when nothing is busy any more
 */
struct proxy {
	struct daemon *daemon;
	struct proxy *next;
	char *site;
	json_t *config;
	const char *where;
	struct proxy_bus *bus;
	struct proxy_gate gate;
	bool serial;
	bool opened;
	union {
		struct proxy_tcp tcp;
		struct proxy_rtu rtu;
	};
	struct loop_timer retry;
	char error[128];
	bool closing;
};

static json_t *get(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

static uint32_t number(const json_t *object, const char *key)
{
	return (uint32_t)json_integer_value(get(object, key));
}

/* Has what was opened ended? */
static bool ended(const struct proxy *p)
{
	if (!p->opened)
		return true;
	return p->serial ? proxy_rtu_closed(&p->rtu) : proxy_tcp_closed(&p->tcp);
}

/* May another proxy still hold what this one wants? */
static bool must_wait(const struct proxy *p)
{
	for (const struct proxy *other = p->daemon->proxies; other; other = other->next)
		if (other->closing)
			return true;
	return !ended(p);
}

static void note_error(struct proxy *p, const char *text)
{
	if (*text && strcmp(p->error, text))
		log_err(&p->daemon->log, "proxy %s: %s", p->where, text);
	snprintf(p->error, sizeof(p->error), "%s", text);
}

/* The module frees the port; it is looked for until it is back. */
static void port_lost(void *arg)
{
	struct proxy *p = arg;

	note_error(p, "the port is gone");
	p->retry.at_ns = clock_mono() + RETRY_NS;
}

static int open_serial(struct proxy *p, char *err, size_t size)
{
	const struct ovpp_serial serial = {
		.baud = number(p->config, "baud"),
		.parity = (uint32_t)ovpp_spec_value(ovpp_spec_enum("parity"),
						    json_string_value(get(p->config, "parity"))),
		.stop_bits = number(p->config, "stop_bits"),
		.set_rs485 = get(p->config, "rs485"),
		.rs485 = number(p->config, "rs485"),
	};

	p->rtu.lost = port_lost;
	p->rtu.arg = p;
	return proxy_rtu_open(&p->rtu, &p->daemon->loop, &p->gate, p->where, &serial, err, size);
}

static int open_server(struct proxy *p, char *err, size_t size)
{
	int ret = proxy_tcp_open(&p->tcp, &p->daemon->loop, &p->gate, p->where,
				 number(p->config, "clients"));

	if (ret)
		snprintf(err, size, "%s", strerror(-ret));
	return ret;
}

static void try_open(void *arg)
{
	struct proxy *p = arg;
	char err[128] = "";
	int ret;

	if (must_wait(p)) {
		p->retry.at_ns = clock_mono() + SOON_NS;
		return;
	}
	ret = p->serial ? open_serial(p, err, sizeof(err)) : open_server(p, err, sizeof(err));
	p->opened = !ret;
	note_error(p, err);
	if (ret)
		p->retry.at_ns = clock_mono() + RETRY_NS;
	else
		log_info(&p->daemon->log, "proxy %s: bus %s of site %s%s", p->where, p->bus->name,
			 p->site, p->gate.write ? ", may write" : "");
}

static void set_gate(struct proxy *p)
{
	const json_t *units = get(p->config, "units"), *unit;
	size_t i;

	p->gate.line = &p->bus->line;
	p->gate.write = json_is_true(get(p->config, "write"));
	json_array_foreach (units, i, unit)
		proxy_gate_add_unit(&p->gate, (uint8_t)json_integer_value(unit));
	if (!units)
		proxy_gate_all_units(&p->gate);
}

static void proxy_free(struct proxy *p)
{
	if (p->bus)
		proxy_bus_put(p->bus);
	json_decref(p->config);
	free(p->site);
	free(p);
}

static void proxy_new(struct daemon *d, const char *site, json_t *config)
{
	struct proxy *p = calloc(1, sizeof(*p));

	if (!p)
		return;
	p->daemon = d;
	p->config = json_incref(config);
	p->serial = get(config, "tty");
	p->where = json_string_value(get(config, p->serial ? "tty" : "listen"));
	p->site = strdup(site);
	p->bus = proxy_bus_get(d, site, json_string_value(get(config, "bus")));
	if (!p->site || !p->bus) {
		proxy_free(p);
		return;
	}
	set_gate(p);
	p->next = d->proxies;
	d->proxies = p;
	p->retry = (struct loop_timer){.fire = try_open, .arg = p};
	loop_timer_add(&d->loop, &p->retry);
	try_open(p);
}

static void proxy_close(struct proxy *p)
{
	if (p->closing)
		return;
	p->closing = true;
	loop_timer_remove(&p->daemon->loop, &p->retry);
	if (p->opened && p->serial)
		proxy_rtu_close(&p->rtu);
	else if (p->opened)
		proxy_tcp_close(&p->tcp);
}

/* Does the desired state have this proxy, just as it is? */
static bool is_desired(const struct daemon *d, const struct proxy *p)
{
	json_t *site, *config;
	size_t i, j;

	json_array_foreach (get(d->desired, "sites"), i, site)
		json_array_foreach (get(site, "proxies"), j, config)
			if (!strcmp(p->site, json_string_value(get(get(site, "site"), "name"))) &&
			    json_equal(p->config, config))
				return true;
	return false;
}

static bool is_there(const struct daemon *d, const char *site, const json_t *config)
{
	for (const struct proxy *p = d->proxies; p; p = p->next)
		if (!p->closing && !strcmp(p->site, site) && json_equal(p->config, config))
			return true;
	return false;
}

void proxies_update(struct daemon *d)
{
	json_t *site, *config;
	size_t i, j;

	for (struct proxy *p = d->proxies; p; p = p->next)
		if (!is_desired(d, p))
			proxy_close(p);
	json_array_foreach (get(d->desired, "sites"), i, site) {
		const char *name = json_string_value(get(get(site, "site"), "name"));

		json_array_foreach (get(site, "proxies"), j, config)
			if (!is_there(d, name, config))
				proxy_new(d, name, config);
	}
}

void proxies_close(struct daemon *d)
{
	for (struct proxy *p = d->proxies; p; p = p->next)
		proxy_close(p);
}

void proxies_reap(struct daemon *d)
{
	struct proxy **at = &d->proxies, *p;

	while ((p = *at)) {
		if (p->closing && ended(p)) {
			*at = p->next;
			proxy_free(p);
		} else {
			at = &p->next;
		}
	}
}

static json_t *proxy_status(const struct proxy *p)
{
	bool tcp = p->opened && !p->serial;

	return json_pack("{s:s,s:s,s:s,s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "site", p->site, "bus",
			 p->bus->name, p->serial ? "tty" : "listen", p->where, "write",
			 p->gate.write, "error", p->error, "requests", (json_int_t)p->gate.requests,
			 "refused", (json_int_t)p->gate.refused, "errors",
			 (json_int_t)p->gate.errors, "clients", (json_int_t)(tcp ? p->tcp.n : 0),
			 "turned_away", (json_int_t)(tcp ? p->tcp.turned_away : 0), "cut_off",
			 (json_int_t)(tcp ? p->tcp.cut_off : 0));
}

json_t *proxies_status(const struct daemon *d)
{
	json_t *all = json_array();

	for (const struct proxy *p = d->proxies; p; p = p->next)
		if (!p->closing)
			json_array_append_new(all, proxy_status(p));
	return all;
}
