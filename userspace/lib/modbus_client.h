/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Modbus master, over a serial line or TCP, for tools: it blocks. */
#ifndef OVPP_MODBUS_CLIENT_H
#define OVPP_MODBUS_CLIENT_H

#include <stdint.h>

#include "core/modbus.h"

struct ovpp_modbus;

/**
 * ovpp_modbus_open_rtu() - open a serial line
 * @tty: device
 * @baud: bit rate
 * @parity: 'n', 'e' or 'o'
 * @stop_bits: 1 or 2
 * @out: set to the master, to be closed with ovpp_modbus_close()
 *
 * Return: 0 or -errno.
 */
int ovpp_modbus_open_rtu(const char *tty, int baud, char parity, int stop_bits,
			 struct ovpp_modbus **out);

/**
 * ovpp_modbus_open_tcp() - connect to a device or a gateway
 * @host: name or address
 * @port: port, as a number or a service's name
 * @timeout_ms: the longest that connecting may take
 * @out: set to the master
 *
 * Return: 0 or -errno; -EHOSTUNREACH also for a name that is not known.
 */
int ovpp_modbus_open_tcp(const char *host, const char *port, unsigned int timeout_ms,
			 struct ovpp_modbus **out);

/* Closes it; the line is as it was before. NULL is nothing. */
void ovpp_modbus_close(struct ovpp_modbus *modbus);

/**
 * ovpp_modbus_read() - read holding registers
 * @modbus: master
 * @unit: 1 to 247
 * @timeout_ms: the longest that the answer may take
 * @address: first register
 * @n: their number, at most OVPP_MODBUS_READ_MAX
 * @reg: room for them
 *
 * Return: 0; -ETIMEDOUT if nobody answers, or a gateway says so; -EREMOTEIO if the
 * device refuses; -EBADMSG for an answer that is broken; -EINTR; -errno.
 */
int ovpp_modbus_read(struct ovpp_modbus *modbus, uint8_t unit, unsigned int timeout_ms,
		     uint16_t address, uint16_t n, uint16_t *reg);

/* Writes holding registers in one request, at most OVPP_MODBUS_WRITE_MAX; as above. */
int ovpp_modbus_write(struct ovpp_modbus *modbus, uint8_t unit, unsigned int timeout_ms,
		      uint16_t address, uint16_t n, const uint16_t *reg);

#endif /* OVPP_MODBUS_CLIENT_H */
