/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Modbus RTU slave on a serial port, on the daemon's loop. */
#ifndef OVPPD_PROXY_RTU_H
#define OVPPD_PROXY_RTU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/modbus.h"
#include "loop.h"
#include "rtu_slave.h"
#include "serial.h"

/**
 * struct proxy_rtu - the slave
 * @loop: loop
 * @watch: the port; its fd is -1 when it is gone
 * @silence: 3.5 characters after the last byte
 * @timing: times of the line
 * @slave: what is said on it
 * @lost: called when the port has gone
 * @arg: for @lost
 * @closing: ends when nothing is busy any more
 */
struct proxy_rtu {
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer silence;
	struct ovpp_modbus_timing timing;
	struct rtu_slave slave;
	void (*lost)(void *arg);
	void *arg;
	bool closing;
};

/**
 * proxy_rtu_open() - open the port
 * @r: slave, with @lost and @arg set
 * @loop: loop
 * @gate: where requests go; the slave answers for its units
 * @path: device
 * @serial: how it is to be
 * @err: what went wrong
 * @size: room for it
 *
 * Return: 0, or -errno with @err; then there is nothing to close.
 */
int proxy_rtu_open(struct proxy_rtu *r, struct loop *loop, struct proxy_gate *gate,
		   const char *path, const struct ovpp_serial *serial, char *err, size_t size);

/* The port is free when proxy_rtu_closed(). */
void proxy_rtu_close(struct proxy_rtu *r);
bool proxy_rtu_closed(const struct proxy_rtu *r);

#endif /* OVPPD_PROXY_RTU_H */
