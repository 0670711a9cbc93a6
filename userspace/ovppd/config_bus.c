// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_bus.h"

#include <linux/openvpp_netlink.h>
#include <string.h>

#include "serial.h"
#include "spec.h"

#define BAUD_MIN 50
#define BAUD_MAX 12000000

const char *const config_bus_keys[] = {"tty",	    "serdev", "baud", "parity",
				       "stop_bits", "rs485",  NULL};

static const char *read_parity(struct config *c, const json_t *map)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum("parity");
	const json_t *value = json_object_get(map, "parity");

	if (!value)
		return e->entry[OVPP_SERIAL_PARITY];
	if (ovpp_spec_value(e, json_string_value(value)) >= 0)
		return json_string_value(value);
	config_error(c, "parity", "must be one of: none even odd");
	return e->entry[OVPP_SERIAL_PARITY];
}

void config_serial(struct config *c, const json_t *map, json_t *out)
{
	int64_t baud = config_integer(c, map, "baud", BAUD_MIN, BAUD_MAX, OVPP_SERIAL_BAUD);
	int64_t stop = config_integer(c, map, "stop_bits", 1, 2, OVPP_SERIAL_STOP_BITS);

	json_object_set_new(out, "baud", json_integer(baud));
	json_object_set_new(out, "parity", json_string(read_parity(c, map)));
	json_object_set_new(out, "stop_bits", json_integer(stop));
	if (config_boolean(c, map, "rs485"))
		json_object_set_new(out, "rs485", json_integer(ovpp_serial_rs485));
}

static void read_tty(struct config *c, const json_t *map, json_t *attrs)
{
	const char *path = json_string_value(json_object_get(map, "tty"));

	if (!path || path[0] != '/' || strlen(path) > OPENVPP_PATH_MAX)
		config_error(c, "tty", "must be the path of a device, at most %d characters",
			     OPENVPP_PATH_MAX);
	json_object_set_new(attrs, "path", json_string(path ? path : ""));
	config_serial(c, map, attrs);
}

/* What only a tty has. */
static void refuse_tty_keys(struct config *c, const json_t *map)
{
	for (const char *const *key = config_bus_keys + 2; *key; key++)
		if (json_object_get(map, *key))
			config_error(c, *key, "is for a bus with a tty");
}

void config_bus_device(struct config *c, const json_t *map, json_t *attrs)
{
	const json_t *serdev = json_object_get(map, "serdev");
	bool tty = json_object_get(map, "tty"), net = json_object_get(attrs, "ifname");

	if (!tty)
		refuse_tty_keys(c, map);
	if (net + tty + !!serdev != 1) {
		config_error(c, "if",
			     net + tty + !!serdev ? "is one of several: if, tty, serdev"
						  : "is missing");
		return;
	}
	if (net)
		return;
	if (json_object_get(attrs, "type") &&
	    strcmp(json_string_value(json_object_get(attrs, "type")), "modbus"))
		config_error(c, "type", "of a serial line is modbus");
	json_object_set_new(attrs, "type", json_string("modbus"));
	if (tty)
		read_tty(c, map, attrs);
	else if (json_is_string(serdev))
		json_object_set(attrs, "ifname", (json_t *)serdev);
	else
		config_error(c, "serdev", "must be the name of a device");
}
