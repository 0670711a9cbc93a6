/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial ports: opening one at a speed and format, giving it to the module. */
#ifndef OVPP_SERIAL_H
#define OVPP_SERIAL_H

#include <linux/openvpp_netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What Modbus over Serial Line 1.02 says that a device has when nothing is set. */
#define OVPP_SERIAL_BAUD 19200
#define OVPP_SERIAL_PARITY OVPP_PARITY_EVEN
#define OVPP_SERIAL_STOP_BITS 1

/**
 * struct ovpp_serial - how a port is to be
 * @baud: bits a second, any that the driver can
 * @parity: enum ovpp_parity
 * @stop_bits: 1 or 2
 * @set_rs485: @rs485 is to be set; otherwise it stays as the driver has it
 * @rs485: flags of struct serial_rs485
 */
struct ovpp_serial {
	uint32_t baud;
	uint32_t parity;
	uint32_t stop_bits;
	bool set_rs485;
	uint32_t rs485;
};

/* The flags that "RS-485" means by itself: the transmitter is on while RTS is. */
extern const uint32_t ovpp_serial_rs485;

/**
 * ovpp_serial_open() - open a tty for raw bytes of 8 bits
 * @path: device node
 * @serial: how it is to be
 * @err: what went wrong, a sentence without a full stop
 * @size: room for it
 *
 * -EBUSY: a bus has it, or another program for itself. Reads and writes do not wait.
 *
 * Return: file descriptor, or -errno with @err.
 */
int ovpp_serial_open(const char *path, const struct ovpp_serial *serial, char *err, size_t size);

/**
 * ovpp_serial_give() - give an open port the module's line discipline
 * @fd: port
 * @err: what went wrong
 * @size: room for it
 *
 * From then on @fd is good for the attribute tty-fd of a bus; once a bus has it, it
 * can be closed. Needs CAP_NET_ADMIN.
 *
 * Return: 0, or -errno with @err.
 */
int ovpp_serial_give(int fd, char *err, size_t size);

#endif /* OVPP_SERIAL_H */
