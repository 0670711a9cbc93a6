/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leaf of a record: its 128 bytes as evidence has them, big-endian. A field
 * has the same place and size in a leaf as in struct ovpp_record. See
 * docs/evidence.md, "Leaf".
 */
#ifndef OVPP_LEAF_H
#define OVPP_LEAF_H

#include <linux/openvpp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVPP_LEAF_SIZE 128

/* Fields that all records have, and those of a sample: the most of a type. */
#define OVPP_LEAF_HEAD_FIELDS 8
#define OVPP_LEAF_FIELDS_MAX (OVPP_LEAF_HEAD_FIELDS + 18)

/**
 * struct ovpp_leaf_field - one integer of a record
 * @name: as in struct ovpp_record, with its unit; NULL: it has no meaning, but it
 *	is kept
 * @offset: in the leaf and in the struct
 * @size: 1, 2, 4 or 8 bytes
 * @is_signed: two's complement
 */
struct ovpp_leaf_field {
	const char *name;
	uint8_t offset;
	uint8_t size;
	bool is_signed;
};

/**
 * ovpp_leaf_fields() - all integers of a record of a type, in the order of offsets
 * @type: enum ovpp_record_type; of a type that is not known the body is 11 integers
 *	of 8 bytes without names
 * @n: set to their number
 *
 * They cover all 128 bytes.
 */
const struct ovpp_leaf_field *ovpp_leaf_fields(uint16_t type, size_t *n);

/* The value of a field in a record of the host's byte order, extended to 64 bits. */
int64_t ovpp_leaf_get(const struct ovpp_record *rec, const struct ovpp_leaf_field *field);
void ovpp_leaf_set(struct ovpp_record *rec, const struct ovpp_leaf_field *field, int64_t value);

void ovpp_leaf_encode(const struct ovpp_record *rec, uint8_t leaf[OVPP_LEAF_SIZE]);
void ovpp_leaf_decode(const uint8_t leaf[OVPP_LEAF_SIZE], struct ovpp_record *rec);

#endif /* OVPP_LEAF_H */
