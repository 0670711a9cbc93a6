/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device of a scenario behind the registers of a Modbus slave. */
#ifndef SIM_SLAVE_DEVICE_H
#define SIM_SLAVE_DEVICE_H

#include "slave.h"

/*
 * The owner of a slave whose context is a struct device. The device takes P_SET or
 * P_LIMIT, as its kind does (a source takes P_SET for its limit where the profile has
 * no P_LIMIT), and CONNECT. Its watchdog is fed by a HEARTBEAT that changes or, where
 * the profile has none, by every write to registers of commands.
 */
extern const struct slave_owner slave_device;

#endif /* SIM_SLAVE_DEVICE_H */
