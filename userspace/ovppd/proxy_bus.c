// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "daemon.h"
#include "site.h"

/* The longest that a request may wait for the line: masters wait no longer. */
#define WAIT_MS 2000
/* A bus that is not there is looked for at most so often. */
#define LOOK_NS (1 * CLOCK_S)

/* Asks the kernel for the bus. Return: its id, or 0. */
static uint32_t look_up(const struct proxy_bus *b, uint32_t site)
{
	json_t *req = json_pack("{s:I}", "site", (json_int_t)site), *all = NULL, *bus;
	uint32_t id = 0;
	size_t i;

	if (!ovpp_nl_dump(b->daemon->nl, "bus-get", req, &all)) {
		json_array_foreach (all, i, bus) {
			const char *name = json_string_value(json_object_get(bus, "name"));

			if (name && !strcmp(name, b->name))
				id = (uint32_t)json_integer_value(json_object_get(bus, "id"));
		}
	}
	json_decref(all);
	json_decref(req);
	return id;
}

/* The site, with @id known; NULL if either is not there now. */
static struct site *find(struct proxy_bus *b)
{
	struct site *site = daemon_site(b->daemon, b->site);
	uint64_t now = clock_mono();

	if (!site || !b->daemon->connected)
		return NULL;
	/* In another life of the site an id says nothing. */
	if (b->id && b->of.site == site->key.site && b->of.node == site->key.node)
		return site;
	if (b->looked_ns && now - b->looked_ns < LOOK_NS)
		return NULL;
	b->looked_ns = now;
	b->id = look_up(b, site->key.site);
	b->of = site->key;
	return b->id ? site : NULL;
}

static void request_done(void *arg, int res)
{
	struct proxy_call *call = arg;
	struct proxy_bus *b = call->line->arg;

	site_release(call->via);
	/* It may be there under another id now. */
	if (res == -ENODEV)
		b->id = 0;
	proxy_line_done(call, res);
}

static int submit(struct proxy_line *line, struct proxy_call *call)
{
	struct proxy_bus *b = line->arg;
	struct site *site = find(b);
	const struct ovpp_uring_modbus req = {
		.pdu = (uintptr_t)call->pdu,
		.bus = b->id,
		.timeout_ms = WAIT_MS,
		.unit = call->unit,
		.len = call->len,
	};

	if (!site)
		return -ENODEV;
	call->via = site;
	call->op = (struct loop_op){.done = request_done, .arg = call};
	site_modbus(site, &req, &call->op);
	return 0;
}

struct proxy_bus *proxy_bus_get(struct daemon *daemon, const char *site, const char *name)
{
	struct proxy_bus *b;

	for (b = daemon->proxy_buses; b; b = b->next)
		if (!strcmp(b->site, site) && !strcmp(b->name, name))
			break;
	if (!b) {
		b = calloc(1, sizeof(*b));
		if (!b)
			return NULL;
		b->daemon = daemon;
		snprintf(b->site, sizeof(b->site), "%s", site);
		snprintf(b->name, sizeof(b->name), "%s", name);
		proxy_line_init(&b->line, submit, b);
		b->next = daemon->proxy_buses;
		daemon->proxy_buses = b;
	}
	b->users++;
	return b;
}

void proxy_bus_put(struct proxy_bus *bus)
{
	struct proxy_bus **p = &bus->daemon->proxy_buses;

	if (--bus->users)
		return;
	while (*p != bus)
		p = &(*p)->next;
	*p = bus->next;
	free(bus);
}
