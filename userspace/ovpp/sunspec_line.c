// SPDX-License-Identifier: GPL-2.0-or-later
#include "sunspec_line.h"

#include "modbus_line.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include "modbus_client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_MS 2000

/* Once a device is known to be there: */
#define PATIENCE_MS 2000
#define TRIES 3

long sunspec_number(const char *text, const char **end, long max)
{
	char *stop_at;
	long n;

	errno = 0;
	n = strtol(text, &stop_at, 0);
	*end = stop_at;
	return stop_at == text || errno || n < 0 || n > max ? -1 : n;
}

static int cannot_open(struct cli *cli, const char *what, int ret)
{
	cli_error(cli, "%s: %s", what, strerror(-ret));
	return CLI_REFUSED;
}

static int open_tty(struct cli *cli, struct sunspec_line *line, const char *tty)
{
	const char *baud = cli_value(cli, "baud"), *parity = cli_value(cli, "parity");
	const char *stops = cli_value(cli, "stop-bits"), *end = "";
	long rate = baud ? sunspec_number(baud, &end, INT_MAX) : 9600;
	int ret;

	if (rate <= 0 || *end)
		return cli_wrong(cli, "--baud: '%s' is no bit rate", baud);
	if (parity && (strlen(parity) != 1 || !strchr("neoNEO", *parity)))
		return cli_wrong(cli, "--parity: n, e or o, not '%s'", parity);
	if (stops && strcmp(stops, "1") && strcmp(stops, "2"))
		return cli_wrong(cli, "--stop-bits: 1 or 2, not '%s'", stops);
	ret = ovpp_modbus_open_rtu(tty, (int)rate, parity ? *parity : 'n', stops ? *stops - '0' : 1,
				   &line->modbus);
	return ret ? cannot_open(cli, tty, ret) : CLI_OK;
}

/* "host", "host:port", "[::1]:port" */
static int open_tcp(struct cli *cli, struct sunspec_line *line, const char *where)
{
	char host[256];
	const char *port = strrchr(where, ':'), *bracket = strrchr(where, ']');
	int len, ret;

	if (port && ((bracket && bracket > port) || (!bracket && strchr(where, ':') != port)))
		port = NULL;
	len = (int)(port ? (size_t)(port - where) : strlen(where));
	if (*where == '[' && len >= 2 && where[len - 1] == ']') {
		where++;
		len -= 2;
	}
	if (len <= 0 || len >= (int)sizeof(host) || (port && !port[1]))
		return cli_wrong(cli, "--tcp: '%s' is no HOST[:PORT]", cli_value(cli, "tcp"));
	snprintf(host, sizeof(host), "%.*s", len, where);
	ret = ovpp_modbus_open_tcp(host, port ? port + 1 : "502", CONNECT_MS, &line->modbus);
	return ret ? cannot_open(cli, cli_value(cli, "tcp"), ret) : CLI_OK;
}

static int open_bus(struct cli *cli, struct sunspec_line *line, const char *name)
{
	int ret = modbus_find_bus(cli, name, &line->bus);

	return ret ? ret : modbus_open_site(cli, &line->fd);
}

int sunspec_line_open(struct cli *cli, struct sunspec_line *line)
{
	const char *tty = cli_value(cli, "tty"), *tcp = cli_value(cli, "tcp");
	const char *bus = cli_value(cli, "bus");

	*line = (struct sunspec_line){.fd = -1};
	if (!!tty + !!tcp + !!bus != 1)
		return cli_wrong(cli, "say one of --tty, --tcp and --bus");
	if (bus)
		return open_bus(cli, line, bus);
	return tty ? open_tty(cli, line, tty) : open_tcp(cli, line, tcp);
}

void sunspec_line_close(struct sunspec_line *line)
{
	ovpp_modbus_close(line->modbus);
	if (line->fd >= 0)
		close(line->fd);
}

static int refusal(uint8_t exception)
{
	bool nobody = exception == OVPP_MODBUS_GATEWAY_PATH ||
		      exception == OVPP_MODBUS_GATEWAY_TARGET;

	return nobody ? -ETIMEDOUT : -EREMOTEIO;
}

/* A request through the kernel; @len and @pdu become the answer's. */
static int ask_bus(const struct sunspec_line *line, uint8_t unit,
		   const struct ovpp_modbus_request *req, uint8_t *pdu)
{
	int len = ovpp_modbus_pdu(req, pdu);

	if (len >= 0)
		len = modbus_transact(line->fd, line->bus, unit, pdu, len);
	if (len >= 2 && pdu[0] & OVPP_MODBUS_EXCEPTION)
		return refusal(pdu[1]);
	return len;
}

static int read_bus(const struct sunspec_line *line, uint8_t unit, uint16_t address, uint16_t n,
		    uint16_t *reg)
{
	const struct ovpp_modbus_request req = {
		.function = OVPP_MODBUS_READ_HOLDING,
		.address = address,
		.quantity = n,
	};
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	int len = ask_bus(line, unit, &req, pdu);

	if (len < 0)
		return len;
	if (len != 2 + 2 * n)
		return -EBADMSG;
	for (unsigned int i = 0; i < n; i++)
		reg[i] = (uint16_t)(pdu[2 + 2 * i] << 8 | pdu[3 + 2 * i]);
	return 0;
}

static int write_bus(const struct sunspec_line *line, uint8_t unit, uint16_t address, uint16_t n,
		     const uint16_t *reg)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX], data[2 * OVPP_MODBUS_WRITE_MAX];
	const struct ovpp_modbus_request req = {
		.function = OVPP_MODBUS_WRITE_REGISTERS,
		.address = address,
		.quantity = n,
		.write_address = address,
		.write_quantity = n,
		.data = data,
		.len = (uint8_t)(2 * n),
	};
	int len;

	for (unsigned int i = 0; i < n; i++) {
		data[2 * i] = (uint8_t)(reg[i] >> 8);
		data[2 * i + 1] = (uint8_t)reg[i];
	}
	len = ask_bus(line, unit, &req, pdu);
	return len < 0 ? len : 0;
}

/* ---- patience ---- */

static volatile sig_atomic_t stopped;

static void stop(int signo)
{
	(void)signo;
	stopped = 1;
}

bool sunspec_line_stopped(void)
{
	return stopped;
}

int sunspec_line_run(int (*work)(void *ctx), void *ctx)
{
	struct sigaction action = {.sa_handler = stop}, interrupted, terminated;
	int ret;

	sigaction(SIGINT, &action, &interrupted);
	sigaction(SIGTERM, &action, &terminated);
	ret = work(ctx);
	sigaction(SIGINT, &interrupted, NULL);
	sigaction(SIGTERM, &terminated, NULL);
	return ret;
}

static bool is_worth_another(int ret)
{
	return ret == -ETIMEDOUT || ret == -EBADMSG;
}

int sunspec_line_read(struct sunspec_line *line, uint8_t unit, unsigned int timeout_ms,
		      bool patient, uint16_t address, uint16_t n, uint16_t *reg)
{
	unsigned int tries = patient ? TRIES : 1;
	int ret;

	if (patient && timeout_ms < PATIENCE_MS)
		timeout_ms = PATIENCE_MS;
	do {
		if (stopped)
			return -EINTR;
		ret = line->modbus
			      ? ovpp_modbus_read(line->modbus, unit, timeout_ms, address, n, reg)
			      : read_bus(line, unit, address, n, reg);
	} while (--tries && is_worth_another(ret));
	return ret;
}

int sunspec_line_write(struct sunspec_line *line, uint8_t unit, uint16_t address, uint16_t n,
		       const uint16_t *reg)
{
	unsigned int tries = TRIES;
	int ret;

	do {
		if (stopped)
			return -EINTR;
		ret = line->modbus
			      ? ovpp_modbus_write(line->modbus, unit, PATIENCE_MS, address, n, reg)
			      : write_bus(line, unit, address, n, reg);
	} while (--tries && is_worth_another(ret));
	return ret;
}
