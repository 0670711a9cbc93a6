// SPDX-License-Identifier: GPL-2.0-or-later
#include "registers.h"

#include <core/modbus.h>
#include <string.h>

enum registers_table registers_of(const struct registers *r, uint8_t function)
{
	switch (function) {
	case OVPP_MODBUS_READ_COILS:
	case OVPP_MODBUS_WRITE_COIL:
	case OVPP_MODBUS_WRITE_COILS:
		return REGISTERS_COILS;
	case OVPP_MODBUS_READ_INPUTS:
		return REGISTERS_DISCRETE;
	case OVPP_MODBUS_READ_INPUT_REGISTERS:
		return r->one ? REGISTERS_HOLDING : REGISTERS_INPUT;
	default:
		return REGISTERS_HOLDING;
	}
}

void registers_add(struct registers *r, enum registers_table table, size_t address, size_t n,
		   uint8_t has)
{
	for (; n && address < REGISTERS_N; n--)
		r->has[table][address++] |= has;
}

bool registers_have(const struct registers *r, enum registers_table table, size_t address, size_t n,
		    uint8_t has)
{
	if (address + n > REGISTERS_N)
		return false;
	for (; n; n--)
		if (!(r->has[table][address++] & has))
			return false;
	return true;
}

void registers_get(const struct registers *r, enum registers_table table, size_t address, size_t n,
		   uint8_t *data)
{
	const uint16_t *value = &r->value[table][address];

	if (registers_are_bits(table))
		memset(data, 0, (n + 7) / 8);
	for (size_t i = 0; i < n; i++) {
		if (registers_are_bits(table)) {
			data[i / 8] |= (uint8_t)(value[i] << i % 8);
		} else {
			data[2 * i] = (uint8_t)(value[i] >> 8);
			data[2 * i + 1] = (uint8_t)value[i];
		}
	}
}

void registers_put(struct registers *r, enum registers_table table, size_t address, size_t n,
		   const uint8_t *data)
{
	uint16_t *value = &r->value[table][address];

	for (size_t i = 0; i < n; i++) {
		if (registers_are_bits(table))
			value[i] = data[i / 8] >> i % 8 & 1;
		else
			value[i] = (uint16_t)(data[2 * i] << 8 | data[2 * i + 1]);
	}
}
