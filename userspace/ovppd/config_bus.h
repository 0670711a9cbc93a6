/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device of a bus: a CAN net device, a tty or a serdev device. */
#ifndef OVPPD_CONFIG_BUS_H
#define OVPPD_CONFIG_BUS_H

#include <jansson.h>

#include "config_attr.h"

/* The keys of a bus that are no attributes of bus-new, NULL at the end. */
extern const char *const config_bus_keys[];

/**
 * config_bus_device() - check and complete what a bus is on
 * @c: file
 * @map: the bus in the file
 * @attrs: its request of bus-new; of a tty also path, baud, parity and stop_bits,
 *	as the kernel tells them afterwards
 */
void config_bus_device(struct config *c, const json_t *map, json_t *attrs);

/* Reads how a tty is to be: baud, parity, stop_bits, and rs485 if it is told. */
void config_serial(struct config *c, const json_t *map, json_t *out);

#endif /* OVPPD_CONFIG_BUS_H */
