/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a type of the contract ABI, read in place. */
#ifndef OVPP_ABI_TYPE_H
#define OVPP_ABI_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum abi_kind {
	ABI_BAD,
	ABI_WORD,
	ABI_BYTES,
	ABI_TUPLE,
	ABI_ARRAY,
};

/* Tuples and arrays in each other, at most. */
#define ABI_DEPTH 8

/* Where the type at @type ends: before a comma, the end of its tuple or of the text. */
const char *abi_type_end(const char *type);
enum abi_kind abi_type_kind(const char *type, const char *end);
/*
 * Bytes that it takes where it is: its own, or 32 of an offset if it is @dynamic; 0: it
 * is no type.
 */
size_t abi_type_head(const char *type, const char *end, bool *dynamic, unsigned int depth);
/* The first type of a tuple, or the one after another; NULL: there is none. */
const char *abi_type_first(const char *tuple);
const char *abi_type_next(const char *end);

#endif /* OVPP_ABI_TYPE_H */
