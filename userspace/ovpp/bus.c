// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp bus */
#include "cli.h"
#include "show.h"

static const struct column columns[] = {
	{"NAME", "name", NULL},
	{"-ID", "id", NULL},
	{"SITE", "site", show_site},
	{"DEVICE", "ifname", NULL},
	{"STATE", "state", NULL},
	{"-RX", "rx_frames", NULL},
	{"-OTHER", "rx_other", NULL},
	{"-BAD", "rx_malformed", NULL},
	{"-ERRORS", "rx_errors", NULL},
	{"-TX", "tx_frames", NULL},
	{"-FAILED", "tx_failed", NULL},
	{"-BUS-OFF", "bus_offs", NULL},
	{0},
};

/* The device is most often what the bus is called after. */
static int bus_add(struct cli *cli)
{
	if (!json_object_get(cli->req, "ifname"))
		json_object_set(cli->req, "ifname", json_object_get(cli->req, "name"));
	return object_change(cli);
}

static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "All buses with their state and counters.",
	 .op = "bus-get",
	 .dump = true,
	 .run = object_list},
	{.name = "show",
	 .doc = "Everything that is known of a bus.",
	 .op = "bus-get",
	 .subject = SUBJECT_SELF,
	 .args = "BUS",
	 .run = object_show},
	{.name = "add",
	 .doc = "Put a site on a CAN net device. Without --ifname the device "
		"is the one of the bus's name.",
	 .op = "bus-new",
	 .subject = SUBJECT_NAME,
	 .args = "NAME",
	 .run = bus_add},
	{.name = "set",
	 .doc = "Change a bus. What is not given stays.",
	 .op = "bus-set",
	 .subject = SUBJECT_SELF,
	 .args = "BUS",
	 .run = object_change},
	{.name = "del",
	 .doc = "Take a bus away. Refused while DER are on it.",
	 .op = "bus-del",
	 .subject = SUBJECT_SELF,
	 .args = "BUS",
	 .run = object_change},
	{0},
};

const struct cli_command cmd_bus = {
	.name = "bus",
	.doc = "Buses: the CAN net devices that a site is on.",
	.about = "The net device must have its bit rate and be up:\n"
		 "  ip link set can0 up type can bitrate 500000\n"
		 "\n"
		 "examples:\n"
		 "  ovpp bus add can0\n"
		 "  ovpp bus add cellar --ifname can1 --restart-max 5s\n",
	.verbs = verbs,
	.columns = columns,
};
