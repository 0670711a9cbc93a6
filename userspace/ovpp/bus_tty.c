// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp bus: the ttys of serial lines, opened and opened again. */
#include "bus.h"
#include "get.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WHY_MAX 256

/* A whole number of an option; @value is left alone if it is not given. */
static int number(struct cli *cli, const char *name, uint32_t max, uint32_t *value)
{
	const char *text = cli_value(cli, name);
	unsigned long n;
	char *end;

	if (!text)
		return CLI_OK;
	n = strtoul(text, &end, 10);
	if (!*text || *end || text[0] == '-' || !n || n > max)
		return cli_wrong(cli, "--%s: '%s' is no number from 1 to %u", name, text, max);
	*value = (uint32_t)n;
	return CLI_OK;
}

/* By its name or its first letter. */
static int parity(struct cli *cli, uint32_t *value)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum("parity");
	const char *text = cli_value(cli, "parity");

	for (size_t i = 0; text && i < e->n; i++) {
		if (strcmp(text, e->entry[i]) && (text[0] != e->entry[i][0] || text[1]))
			continue;
		*value = (uint32_t)i;
		return CLI_OK;
	}
	return text ? cli_wrong(cli, "--parity: '%s' is not even, odd or none", text) : CLI_OK;
}

int bus_serial(struct cli *cli, struct ovpp_serial *serial)
{
	*serial = (struct ovpp_serial){
		.baud = OVPP_SERIAL_BAUD,
		.parity = OVPP_SERIAL_PARITY,
		.stop_bits = OVPP_SERIAL_STOP_BITS,
		.set_rs485 = cli_flag(cli, "rs485"),
		.rs485 = ovpp_serial_rs485,
	};
	return number(cli, "baud", 12000000, &serial->baud) ?:
	       number(cli, "stop-bits", 2, &serial->stop_bits) ?:
	       parity(cli, &serial->parity);
}

int bus_open_tty(struct cli *cli, const char *path, const struct ovpp_serial *serial, int *fd)
{
	char why[WHY_MAX];
	int ret;

	*fd = ovpp_serial_open(path, serial, why, sizeof(why));
	ret = *fd < 0 ? *fd : ovpp_serial_give(*fd, why, sizeof(why));
	if (!ret)
		return CLI_OK;
	cli_error(cli, "%s: %s", path, why);
	if (*fd >= 0)
		close(*fd);
	return CLI_REFUSED;
}

/* Has a bus lost the tty that is called so now? @tty may be NULL: any that is there. */
static bool waits_for(const json_t *bus, const char *tty)
{
	const char *path = get_str(bus, "path"), *state = get_str(bus, "state");
	char have[PATH_MAX], wanted[PATH_MAX];

	if (!path || !state || strcmp(state, "absent") || !realpath(path, have))
		return false;
	return !tty || (realpath(tty, wanted) && !strcmp(have, wanted));
}

static int rebind(struct cli *cli, const json_t *bus)
{
	const char *name = get_str(bus, "parity");
	struct ovpp_serial serial = {
		.baud = (uint32_t)get_int(bus, "baud"),
		.parity = (uint32_t)ovpp_spec_value(ovpp_spec_enum("parity"), name),
		.stop_bits = (uint32_t)get_int(bus, "stop_bits"),
		.set_rs485 = json_object_get(bus, "rs485"),
		.rs485 = (uint32_t)get_int(bus, "rs485"),
	};
	json_t *req;
	int ret, fd;

	ret = bus_open_tty(cli, get_str(bus, "path"), &serial, &fd);
	if (ret)
		return ret;
	req = json_pack("{s:O, s:O, s:i}", "site", json_object_get(bus, "site"), "id",
			json_object_get(bus, "id"), "tty_fd", fd);
	ret = cli_do(cli, "bus-set", req, NULL);
	if (!ret)
		printf("bus %s has %s\n", get_str(bus, "name"), get_str(bus, "path"));
	json_decref(req);
	close(fd);
	return ret;
}

/* One that fails does not keep the others waiting. */
int bus_rebind(struct cli *cli)
{
	json_t *buses = NULL, *bus;
	size_t i;
	int ret;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
	ret = cli_dump(cli, "bus-get", cli->req, &buses);
	json_array_foreach (buses, i, bus) {
		if (waits_for(bus, cli->words[0]))
			ret = rebind(cli, bus) ?: ret;
	}
	json_decref(buses);
	return ret;
}
