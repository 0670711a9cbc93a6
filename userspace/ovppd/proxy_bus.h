/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's end of the proxies: requests to a bus of a site, by their names. */
#ifndef OVPPD_PROXY_BUS_H
#define OVPPD_PROXY_BUS_H

#include <linux/openvpp.h>
#include <stdint.h>

#include "ledger.h"
#include "proxy_line.h"

struct daemon;

/**
 * struct proxy_bus - a bus that proxies reach
 * @daemon: whose
 * @next: in daemon->proxy_buses
 * @users: proxies of it
 * @site: name of its site
 * @name: its name
 * @line: the way to it; all its proxies share it
 * @id: its id in the kernel; 0: not known
 * @of: life of the site that @id is of
 * @looked_ns: when it was looked for last
 */
struct proxy_bus {
	struct daemon *daemon;
	struct proxy_bus *next;
	unsigned int users;
	char site[OPENVPP_NAME_MAX + 1];
	char name[OPENVPP_NAME_MAX + 1];
	struct proxy_line line;
	uint32_t id;
	struct ovpp_life of;
	uint64_t looked_ns;
};

/* The bus of these names, made if need be; NULL: no memory. */
struct proxy_bus *proxy_bus_get(struct daemon *daemon, const char *site, const char *name);
void proxy_bus_put(struct proxy_bus *bus);

#endif /* OVPPD_PROXY_BUS_H */
