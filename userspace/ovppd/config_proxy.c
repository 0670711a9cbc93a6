// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_proxy.h"

#include <errno.h>
#include <linux/openvpp.h>
#include <stdio.h>
#include <string.h>

#include "core/modbus.h"
#include "config_bus.h"
#include "proxy_address.h"

#define CLIENTS 8
#define CLIENTS_MAX 64

static json_t *member(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

/* The bus of the site that a proxy names; NULL after an error. */
static json_t *get_bus(struct config *c, const json_t *map, const json_t *site)
{
	const char *name = json_string_value(member(map, "bus"));
	json_t *bus;
	size_t i;

	json_array_foreach (member(site, "buses"), i, bus) {
		const char *type = json_string_value(member(bus, "type"));

		if (!name || !json_equal(member(bus, "name"), member(map, "bus")))
			continue;
		if (type && !strcmp(type, "modbus"))
			return bus;
		config_error(c, "bus", "\"%s\" is no serial line", name);
		return NULL;
	}
	config_error(c, "bus", name ? "the site has no bus \"%s\"" : "is missing", name);
	return NULL;
}

/* The units of the DER on a bus. */
static json_t *units_of(const json_t *site, const json_t *bus)
{
	json_t *units = json_array(), *der;
	size_t i;

	json_array_foreach (member(site, "ders"), i, der) {
		const json_t *attrs = member(der, "der");

		if (json_equal(member(attrs, "bus_name"), member(bus, "name")) &&
		    member(attrs, "node"))
			json_array_append(units, member(attrs, "node"));
	}
	return units;
}

static json_t *read_units(struct config *c, const json_t *list)
{
	json_t *units = json_array(), *unit;
	size_t i;

	if (!json_array_size(list))
		config_error(c, "units", "must be a list of units");
	json_array_foreach (list, i, unit) {
		int64_t n = json_integer_value(unit);

		if (n < OVPP_MODBUS_UNIT_MIN || n > OVPP_MODBUS_UNIT_MAX)
			config_error(c, "units", "must be numbers from 1 to 247");
		json_array_append(units, unit);
	}
	return units;
}

static void read_server(struct config *c, const json_t *map, json_t *out)
{
	static const char *const keys[] = {"bus", "listen", "write", "units", "clients", NULL};
	const json_t *listen = member(map, "listen");
	struct sockaddr_storage addr;
	socklen_t len;
	char text[96];

	config_keys(c, map, keys);
	if (json_is_integer(listen))
		snprintf(text, sizeof(text), "127.0.0.1:%lld", json_integer_value(listen));
	else
		snprintf(text, sizeof(text), "%s",
			 json_is_string(listen) ? json_string_value(listen) : "");
	if (proxy_address(text, &addr, &len))
		config_error(c, "listen", "must be \"ADDRESS:PORT\" in numbers, or a port");
	json_object_set_new(out, "listen", json_string(text));
	json_object_set_new(
		out, "clients",
		json_integer(config_integer(c, map, "clients", 1, CLIENTS_MAX, CLIENTS)));
}

static void read_port(struct config *c, const json_t *map, json_t *out)
{
	static const char *const keys[] = {"bus",   "tty",   "baud",  "parity", "stop_bits",
					   "rs485", "write", "units", NULL};
	const char *tty = json_string_value(member(map, "tty"));

	config_keys(c, map, keys);
	if (!tty)
		config_error(c, "tty", "must be a path");
	json_object_set_new(out, "tty", json_string(tty ? tty : ""));
	config_serial(c, map, out);
}

/* On a line with other slaves it is silent for all units but these. */
static void choose_units(struct config *c, const json_t *map, const json_t *site, const json_t *bus,
			 json_t *out)
{
	json_t *units;

	if (member(map, "units")) {
		json_object_set_new(out, "units", read_units(c, member(map, "units")));
	} else if (member(map, "tty") && bus) {
		units = units_of(site, bus);
		if (!json_array_size(units))
			config_error(c, "units", "is missing: no DER on the bus has a node");
		json_object_set_new(out, "units", units);
	}
}

static void read_proxy(struct config *c, const json_t *map, json_t *site)
{
	json_t *bus = get_bus(c, map, site), *out = json_object();

	json_object_set(out, "bus", member(map, "bus"));
	json_object_set_new(out, "write", json_boolean(config_boolean(c, map, "write")));
	if (!member(map, "listen") == !member(map, "tty"))
		config_error(c, "", "needs one of listen and tty");
	else if (member(map, "tty"))
		read_port(c, map, out);
	else
		read_server(c, map, out);
	choose_units(c, map, site, bus, out);
	json_array_append_new(member(site, "proxies"), out);
}

/* May a proxy of the site write to this bus? */
static bool is_written(const json_t *site, const json_t *bus)
{
	json_t *proxy;
	size_t i;

	json_array_foreach (member(site, "proxies"), i, proxy)
		if (json_equal(member(proxy, "bus"), member(bus, "name")) &&
		    json_is_true(member(proxy, "write")))
			return true;
	return false;
}

/* The kernel refuses writes too, unless it was told; what the file says holds. */
static void allow_writes(struct config *c, json_t *site)
{
	json_t *bus;
	size_t i;

	json_array_foreach (member(site, "buses"), i, bus) {
		const char *type = json_string_value(member(bus, "type"));
		bool write = is_written(site, bus);

		if (!type || strcmp(type, "modbus"))
			continue;
		if (!member(bus, "foreign_write"))
			json_object_set_new(bus, "foreign_write", json_integer(write));
		else if (write && !json_integer_value(member(bus, "foreign_write")))
			config_error(c, "proxy", "may write to a bus with foreign_write: false");
	}
}

void config_proxies(struct config *c, const json_t *map, json_t *site)
{
	const json_t *list = member(map, "proxy"), *item;
	size_t i;

	json_object_set_new(site, "proxies", json_array());
	if (list && !json_is_array(list))
		config_error(c, "proxy", "must be a list");
	json_array_foreach (list, i, item) {
		config_enter(c, "proxy", (int)i);
		if (config_map(c, item))
			read_proxy(c, item, site);
		config_leave(c);
	}
	allow_writes(c, site);
}
