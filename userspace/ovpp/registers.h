/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers or coils of a Modbus device as text. */
#ifndef OVPP_REGISTERS_H
#define OVPP_REGISTERS_H

#include <core/profile.h>
#include <stdint.h>

/**
 * struct registers - what a request has read
 * @function: function code
 * @address: of the first one
 * @len: bytes at @data
 * @data: payload, as it stands on the line
 */
struct registers {
	uint8_t function;
	uint16_t address;
	uint8_t len;
	uint8_t data[OVPP_PAYLOAD_MAX];
};

/**
 * registers_parse() - "4:52=41200000 0000" to registers
 * @line: function code, address (decimal or 0x), bytes in hexadecimal
 * @out: result
 *
 * Return: 0, or -EINVAL for any other line.
 */
int registers_parse(const char *line, struct registers *out);

/**
 * registers_of() - those that a message reads
 * @r: registers
 * @msg: received message
 *
 * Return: its payload within @r->data, or NULL if it reads others, too.
 */
const uint8_t *registers_of(const struct registers *r, const struct ovpp_message *msg);

#endif /* OVPP_REGISTERS_H */
