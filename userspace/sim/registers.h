/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The four tables of a Modbus device: what there is, and what stands in it. */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTERS_N 65536

enum registers_table {
	REGISTERS_COILS,
	REGISTERS_DISCRETE,
	REGISTERS_HOLDING,
	REGISTERS_INPUT,
	REGISTERS_TABLES,
};

/* What there is at an address. */
#define REGISTERS_READ 0x01
#define REGISTERS_WRITE 0x02
#define REGISTERS_WRITTEN 0x04

/**
 * struct registers - the tables
 * @value: by table and address; coils and discrete inputs are 0 or 1
 * @has: likewise, can it be read and written, and was it written
 * @one: function 4 reads the same registers as function 3
 */
struct registers {
	uint16_t value[REGISTERS_TABLES][REGISTERS_N];
	uint8_t has[REGISTERS_TABLES][REGISTERS_N];
	bool one;
};

/* Does the table hold single bits? */
static inline bool registers_are_bits(enum registers_table table)
{
	return table == REGISTERS_COILS || table == REGISTERS_DISCRETE;
}

/* The table that a function works on. */
enum registers_table registers_of(const struct registers *r, uint8_t function);

/* From now on there are @n more from @address on; those beyond the last address are not. */
void registers_add(struct registers *r, enum registers_table table, size_t address, size_t n,
		   uint8_t has);

/* Do all @n of them have it? */
bool registers_have(const struct registers *r, enum registers_table table, size_t address, size_t n,
		    uint8_t has);

/*
 * As on the line: registers big-endian, coils packed from bit 0 on, the last byte
 * filled up with 0. All of them are within the table.
 */
void registers_get(const struct registers *r, enum registers_table table, size_t address, size_t n,
		   uint8_t *data);
void registers_put(struct registers *r, enum registers_table table, size_t address, size_t n,
		   const uint8_t *data);

#endif /* SIM_REGISTERS_H */
