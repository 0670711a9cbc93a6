/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers that were written to a command: the inverse of ovpp_message_encode(). */
#ifndef SIM_SLAVE_DECODE_H
#define SIM_SLAVE_DECODE_H

#include "slave.h"

/* Where a message is. */
struct span {
	enum registers_table table;
	size_t address;
	size_t n;
};

struct span slave_span(const struct slave *s, const struct ovpp_message *msg);

/* The same of one of its signals. */
struct span slave_signal_span(const struct slave *s, const struct ovpp_message *msg,
			      const struct ovpp_signal *sig);

/* A message's payload as it stands in the registers, OVPP_MODBUS_PDU_MAX bytes. */
void slave_payload(const struct slave *s, const struct ovpp_message *msg, uint8_t *data);

/**
 * slave_decode() - the command that a point has
 * @s: slave
 * @point: a point that the profile writes, in one or several registers
 * @value: result
 *
 * A charger may take a power as a current and a switch, each of which tells a part
 * of it: what all registers that were written agree with is the command. The finest
 * one is believed first, then 0.
 *
 * Return: 0; -EAGAIN: they contradict each other, as between two writes.
 */
int slave_decode(const struct slave *s, enum ovpp_point point, int64_t *value);

#endif /* SIM_SLAVE_DECODE_H */
