// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp bus */
#include "bus.h"
#include "get.h"
#include "serial.h"
#include "show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct column columns[] = {
	{"NAME", "name", NULL},		{"-ID", "id", NULL},
	{"SITE", "site", show_site},	{"TYPE", "type", NULL},
	{"DEVICE", "ifname", NULL},	{"STATE", "state", NULL},
	{"-RX", "rx_frames", NULL},	{"-OTHER", "rx_other", NULL},
	{"-BAD", "rx_malformed", NULL}, {"-ERRORS", "rx_errors", NULL},
	{"-TX", "tx_frames", NULL},	{"-FAILED", "tx_failed", NULL},
	{"-BUS-OFF", "bus_offs", NULL}, {"-TIMEOUTS", "timeouts", NULL},
	{"-BUSY", "busy_ppm", NULL},	{0},
};

static const struct cli_option add_options[] = {
	{"tty", "PATH",
	 "The serial line of a bus of type modbus, as /dev/serial/by-id/...: "
	 "a name that stays the same."},
	{"serdev", "NAME", "The same of a board's device tree: serial0-0."},
	{"baud", "N", "Bits a second of the tty. Default 19200."},
	{"parity", "PARITY", "even, odd or none. Default even, as Modbus has it."},
	{"stop-bits", "N", "1 or 2. Default 1."},
	{"rs485", NULL,
	 "Have the tty's driver switch the transmitter on by RTS. "
	 "Adapters that do it by themselves need nothing."},
	{0},
};

/* Makes the request one for a serial line of type modbus. */
static int add_line(struct cli *cli)
{
	const char *type = get_str(cli->req, "type");

	if (type && strcmp(type, "modbus"))
		return cli_wrong(cli, "a tty is of --type modbus");
	json_object_set_new(cli->req, "type", json_string("modbus"));
	return CLI_OK;
}

static int add_tty(struct cli *cli)
{
	const char *path = cli_value(cli, "tty");
	struct ovpp_serial serial;
	int ret, fd;

	ret = bus_serial(cli, &serial) ?: add_line(cli);
	if (ret)
		return ret;
	if (json_object_get(cli->req, "ifname"))
		return cli_wrong(cli, "--ifname is for CAN; the tty is --tty");
	ret = bus_open_tty(cli, path, &serial, &fd);
	if (ret)
		return ret;
	json_object_set_new(cli->req, "tty_fd", json_integer(fd));
	json_object_set_new(cli->req, "path", json_string(path));
	if (serial.set_rs485)
		json_object_set_new(cli->req, "rs485", json_integer(serial.rs485));
	ret = object_change(cli);
	close(fd);
	return ret;
}

static int add_serdev(struct cli *cli)
{
	int ret = add_line(cli);

	if (ret)
		return ret;
	json_object_set_new(cli->req, "ifname", json_string(cli_value(cli, "serdev")));
	return object_change(cli);
}

/* The CAN device is most often what the bus is called after. */
static int bus_add(struct cli *cli)
{
	const char *type = get_str(cli->req, "type");

	if (cli_value(cli, "tty"))
		return add_tty(cli);
	if (cli_value(cli, "serdev"))
		return add_serdev(cli);
	if (type && !strcmp(type, "modbus"))
		return cli_wrong(cli, "which serial line? Give --tty PATH or --serdev NAME");
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
	 .doc = "Put a site on a CAN net device or a serial line. Without --ifname the CAN "
		"device is the one of the bus's name.",
	 .op = "bus-new",
	 .subject = SUBJECT_NAME,
	 .args = "NAME",
	 .options = add_options,
	 .run = bus_add},
	{.name = "set",
	 .doc = "Change a bus. What is not given stays.",
	 .op = "bus-set",
	 .subject = SUBJECT_SELF,
	 .args = "BUS",
	 .run = object_change},
	{.name = "rebind",
	 .doc = "Give serial lines that have lost their tty the one of the same name. With a "
		"TTY only those whose it is: udev calls this when it appears.",
	 .op = "bus-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "[TTY]",
	 .run = bus_rebind},
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
	.doc = "Buses: the CAN net devices and serial lines that a site is on.",
	.about = "A CAN device must have its bit rate and be up:\n"
		 "  ip link set can0 up type can bitrate 500000\n"
		 "A serial line is opened and set up by ovpp and then kept by the module.\n"
		 "\n"
		 "examples:\n"
		 "  ovpp bus add can0\n"
		 "  ovpp bus add cellar --ifname can1 --restart-max 5s\n"
		 "  ovpp bus add meters --tty /dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0 \\\n"
		 "      --baud 9600 --parity none\n"
		 "  ovpp bus rebind\n",
	.verbs = verbs,
	.columns = columns,
};
