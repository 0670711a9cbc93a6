/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps of registers, as text or JSON, and the SunSpec map in them. */
#ifndef OVPP_SUNSPEC_DUMP_H
#define OVPP_SUNSPEC_DUMP_H

#include "sunspec.h"

#define OVPP_SUNSPEC_REGISTERS 65536

/**
 * struct ovpp_sunspec_dump - what is known of a device's registers
 * @reg: registers by address
 * @known: those that the dump has
 */
struct ovpp_sunspec_dump {
	uint16_t reg[OVPP_SUNSPEC_REGISTERS];
	bool known[OVPP_SUNSPEC_REGISTERS];
};

/**
 * ovpp_sunspec_dump_parse() - read a dump
 * @text: with a NUL behind it. Lines "ADDRESS: HEX HEX ..." or "ADDRESS HEX", with
 *	decimal or 0x addresses and # comments; or JSON: an object of registers by
 *	address, in hex or as integers, alone or as "regs" of an object
 * @size: its size
 * @name: what error texts call it
 * @base: < 0; or the address of the first register of a dump that has no addresses:
 *	hex words, or a JSON array of them or of integers
 * @dump: set
 * @err: room for a text that says what is wrong and where
 * @err_size: its size
 *
 * Return: 0; -EINVAL for what is no such dump; -ENOMEM.
 */
int ovpp_sunspec_dump_parse(const char *text, size_t size, const char *name, long base,
			    struct ovpp_sunspec_dump *dump, char *err, size_t err_size);

/**
 * ovpp_sunspec_dump_find() - find the SunSpec map, first where devices have it
 * @dump: dump
 * @map: set to the registers without a gap that have it
 * @at: as in ovpp_sunspec_find()
 *
 * Return: 0; -ENOENT.
 */
int ovpp_sunspec_dump_find(const struct ovpp_sunspec_dump *dump, struct ovpp_sunspec_map *map,
			   size_t *at);

/* "0x9c40" or "40000" as an address; -1 if it is none. */
long ovpp_sunspec_address(const char *text);

#endif /* OVPP_SUNSPEC_DUMP_H */
