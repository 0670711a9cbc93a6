/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink family as tables, generated from docs/netlink/specs/openvpp.yaml
 * into spec_gen.c. They let one piece of code translate every object between
 * JSON and netlink attributes. JSON keys are the spec's names with '_' for '-'.
 */
#ifndef OVPP_SPEC_H
#define OVPP_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ovpp_spec_type {
	OVPP_SPEC_U8,
	OVPP_SPEC_U32,
	OVPP_SPEC_S32,
	OVPP_SPEC_UINT,
	OVPP_SPEC_SINT,
	OVPP_SPEC_STRING,
	OVPP_SPEC_NEST,
};

/**
 * struct ovpp_spec_enum - an enumeration
 * @name: its name in the spec
 * @flags: its values are bits; a value is a list of names in JSON
 * @n: number of entries; entry n has the value n, or the bit n
 * @entry: names, with '_' for '-'
 * @doc: one line each
 */
struct ovpp_spec_enum {
	const char *name;
	bool flags;
	size_t n;
	const char *const *entry;
	const char *const *doc;
};

struct ovpp_spec_set;

/**
 * struct ovpp_spec_attr - an attribute
 * @name: JSON key
 * @doc: one line
 * @id: netlink attribute type
 * @type: how it is coded
 * @multi: may occur several times; an array in JSON
 * @values: enumeration of its values, or NULL
 * @nest: set within it, or NULL
 */
struct ovpp_spec_attr {
	const char *name;
	const char *doc;
	uint16_t id;
	enum ovpp_spec_type type;
	bool multi;
	const struct ovpp_spec_enum *values;
	const struct ovpp_spec_set *nest;
};

/* A set of attributes. */
struct ovpp_spec_set {
	const char *name;
	size_t n;
	const struct ovpp_spec_attr *attr;
};

/**
 * struct ovpp_spec_op - an operation
 * @name: its name in the spec, "der-new"
 * @doc: one line
 * @cmd: enum value
 * @set: its attributes
 * @request: attribute ids that ovpp_nl_do() may send, 0-terminated; NULL without
 *	@has_do
 * @dump_request: those that ovpp_nl_dump() may send; NULL without @has_dump
 * @has_do: it can be called with ovpp_nl_do()
 * @has_dump: it can be called with ovpp_nl_dump()
 */
struct ovpp_spec_op {
	const char *name;
	const char *doc;
	uint8_t cmd;
	const struct ovpp_spec_set *set;
	const uint16_t *request;
	const uint16_t *dump_request;
	bool has_do;
	bool has_dump;
};

extern const struct ovpp_spec_op ovpp_spec_ops[];
extern const size_t ovpp_spec_n_ops;
extern const struct ovpp_spec_enum ovpp_spec_enums[];
extern const size_t ovpp_spec_n_enums;

/* Look-ups by name; NULL if there is none. */
const struct ovpp_spec_op *ovpp_spec_op(const char *name);
const struct ovpp_spec_enum *ovpp_spec_enum(const char *name);
const struct ovpp_spec_attr *ovpp_spec_attr(const struct ovpp_spec_set *set, const char *name);

/* The same by number, as found in messages. */
const struct ovpp_spec_op *ovpp_spec_op_by_cmd(uint8_t cmd);
const struct ovpp_spec_attr *ovpp_spec_attr_by_id(const struct ovpp_spec_set *set, uint16_t id);

/* Value of a name of an enumeration, -1 if it has no such name (or @name is NULL). */
int ovpp_spec_value(const struct ovpp_spec_enum *e, const char *name);

/* Append the names of an enumeration to the text in @text: "a, b, c". */
void ovpp_spec_names(const struct ovpp_spec_enum *e, char *text, size_t size);

/* Name of a value of an enumeration, NULL if it has none. */
const char *ovpp_enum_name(const char *enum_name, unsigned int value);

#endif /* OVPP_SPEC_H */
