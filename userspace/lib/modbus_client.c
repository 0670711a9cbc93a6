// SPDX-License-Identifier: GPL-2.0-or-later
#include "modbus_client.h"

#include <ctype.h>
#include <errno.h>
#include <modbus/modbus.h>
#include <stdbool.h>
#include <stdlib.h>

/*
 * struct ovpp_modbus - a master
 * @ctx: libmodbus's
 * @tcp: there is a connection that can break
 */
struct ovpp_modbus {
	modbus_t *ctx;
	bool tcp;
};

static void set_timeout(modbus_t *ctx, unsigned int ms)
{
	modbus_set_response_timeout(ctx, ms / 1000, ms % 1000 * 1000);
}

/* Takes @ctx over, which may be NULL with errno set. */
static int open_with(modbus_t *ctx, bool tcp, unsigned int timeout_ms, struct ovpp_modbus **out)
{
	struct ovpp_modbus *modbus;
	int ret;

	if (!ctx)
		return errno ? -errno : -EINVAL;
	set_timeout(ctx, timeout_ms);
	/* libmodbus takes a host that is not known for a bad address of its own kind. */
	if (modbus_connect(ctx)) {
		ret = errno == ECONNREFUSED || !tcp ? -errno : -EHOSTUNREACH;
		goto free_ctx;
	}
	modbus = malloc(sizeof(*modbus));
	if (!modbus) {
		ret = -ENOMEM;
		goto close;
	}
	*modbus = (struct ovpp_modbus){ctx, tcp};
	*out = modbus;
	return 0;

close:
	modbus_close(ctx);
free_ctx:
	modbus_free(ctx);
	return ret;
}

int ovpp_modbus_open_rtu(const char *tty, int baud, char parity, int stop_bits,
			 struct ovpp_modbus **out)
{
	char upper = (char)toupper((unsigned char)parity);

	return open_with(modbus_new_rtu(tty, baud, upper, 8, stop_bits), false, 1000, out);
}

int ovpp_modbus_open_tcp(const char *host, const char *port, unsigned int timeout_ms,
			 struct ovpp_modbus **out)
{
	return open_with(modbus_new_tcp_pi(host, port), true, timeout_ms, out);
}

void ovpp_modbus_close(struct ovpp_modbus *modbus)
{
	if (!modbus)
		return;
	modbus_close(modbus->ctx);
	modbus_free(modbus->ctx);
	free(modbus);
}

/*
 * There are devices that hang up on a unit or an address that they do not have:
 * that is an answer of sorts, and the next request needs a new connection.
 */
static int hung_up(struct ovpp_modbus *modbus)
{
	modbus_close(modbus->ctx);
	return modbus_connect(modbus->ctx) ? -ECONNRESET : -ETIMEDOUT;
}

/* Why a request failed; whatever is left of its answer is none of the next one's. */
static int failure(struct ovpp_modbus *modbus)
{
	int error = errno;

	if (modbus->tcp && (error == ECONNRESET || error == EPIPE || error == EBADF))
		return hung_up(modbus);
	modbus_flush(modbus->ctx);
	switch (error) {
	case ETIMEDOUT:
	case EMBXGPATH:
	case EMBXGTAR:
		return -ETIMEDOUT;
	case EMBBADCRC:
	case EMBBADDATA:
	case EMBBADEXC:
	case EMBUNKEXC:
	case EMBMDATA:
	case EMBBADSLAVE:
		return -EBADMSG;
	default:
		return error > MODBUS_ENOBASE ? -EREMOTEIO : -error;
	}
}

static void address(struct ovpp_modbus *modbus, uint8_t unit, unsigned int timeout_ms)
{
	modbus_set_slave(modbus->ctx, unit);
	set_timeout(modbus->ctx, timeout_ms);
}

int ovpp_modbus_read(struct ovpp_modbus *modbus, uint8_t unit, unsigned int timeout_ms,
		     uint16_t first, uint16_t n, uint16_t *reg)
{
	address(modbus, unit, timeout_ms);
	return modbus_read_registers(modbus->ctx, first, n, reg) == n ? 0 : failure(modbus);
}

int ovpp_modbus_write(struct ovpp_modbus *modbus, uint8_t unit, unsigned int timeout_ms,
		      uint16_t first, uint16_t n, const uint16_t *reg)
{
	address(modbus, unit, timeout_ms);
	return modbus_write_registers(modbus->ctx, first, n, reg) == n ? 0 : failure(modbus);
}
