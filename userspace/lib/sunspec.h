/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SunSpec maps: registers that say themselves what they mean. "SunS" begins a
 * map, a chain of models follows, {ID, L, L registers} each, up to the ID 0xffff.
 * Nothing that the registers say is believed beyond where they end. No I/O, no
 * memory of its own, no binary floating point but for the float types.
 */
#ifndef OVPP_SUNSPEC_H
#define OVPP_SUNSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ovpp_sunspec_type {
	OVPP_SUNSPEC_INT16,
	OVPP_SUNSPEC_UINT16,
	OVPP_SUNSPEC_ACC16,
	OVPP_SUNSPEC_ENUM16,
	OVPP_SUNSPEC_BITFIELD16,
	OVPP_SUNSPEC_SUNSSF,
	OVPP_SUNSPEC_PAD,
	OVPP_SUNSPEC_INT32,
	OVPP_SUNSPEC_UINT32,
	OVPP_SUNSPEC_ACC32,
	OVPP_SUNSPEC_ENUM32,
	OVPP_SUNSPEC_BITFIELD32,
	OVPP_SUNSPEC_INT64,
	OVPP_SUNSPEC_UINT64,
	OVPP_SUNSPEC_ACC64,
	OVPP_SUNSPEC_FLOAT32,
	OVPP_SUNSPEC_FLOAT64,
	OVPP_SUNSPEC_STRING,
	OVPP_SUNSPEC_IPADDR,
	OVPP_SUNSPEC_IPV6ADDR,
	OVPP_SUNSPEC_EUI48,
};

/**
 * struct ovpp_sunspec_symbol - name of a value of an enum or of a bit
 * @value: value, or number of the bit
 * @name: name; NULL behind the last one
 */
struct ovpp_sunspec_symbol {
	uint32_t value;
	const char *name;
};

/**
 * struct ovpp_sunspec_point - a point of a model
 * @name: name
 * @unit: what it counts, as the model writes it; NULL for none
 * @scale: point that holds the exponent of 10, of the same group or one around
 *	it; NULL for none
 * @symbol: names of its values or bits; NULL for none
 * @type: enum ovpp_sunspec_type
 * @size: registers
 * @offset: registers before it in its group; ID and L are the first of a model
 */
struct ovpp_sunspec_point {
	const char *name;
	const char *unit;
	const char *scale;
	const struct ovpp_sunspec_symbol *symbol;
	uint8_t type;
	uint8_t size;
	uint16_t offset;
};

/**
 * struct ovpp_sunspec_group - points that may come several times
 * @name: name
 * @point: its points, one at least
 * @n_points: their number
 * @size: registers of its points
 * @group: groups behind its points
 * @n_groups: their number
 * @count: how often it comes, where @count_by is NULL; 0: as often as it fits
 * @count_by: point of a group around it that says how often it comes
 */
struct ovpp_sunspec_group {
	const char *name;
	const struct ovpp_sunspec_point *point;
	size_t n_points;
	size_t size;
	const struct ovpp_sunspec_group *group;
	size_t n_groups;
	uint16_t count;
	const char *count_by;
};

struct ovpp_sunspec_model {
	uint16_t id;
	struct ovpp_sunspec_group top;
};

/* All models that are known by name. */
extern const struct ovpp_sunspec_model ovpp_sunspec_models[];
extern const size_t ovpp_sunspec_n_models;

/* The model of this ID, NULL if it is not known. */
const struct ovpp_sunspec_model *ovpp_sunspec_model(uint16_t id);

/**
 * struct ovpp_sunspec_map - registers without a gap
 * @reg: registers
 * @n: their number
 * @base: address of the first one
 */
struct ovpp_sunspec_map {
	const uint16_t *reg;
	size_t n;
	uint32_t base;
};

/* Where devices have their maps. */
extern const uint32_t ovpp_sunspec_bases[];
extern const size_t ovpp_sunspec_n_bases;

/**
 * ovpp_sunspec_find() - find the marker "SunS"
 * @map: registers
 * @bases: addresses where it may be, the likeliest first; NULL: anywhere
 * @n: number of @bases
 * @at: set to the index of the register behind the marker
 *
 * Return: 0; -ENOENT if it is not there.
 */
int ovpp_sunspec_find(const struct ovpp_sunspec_map *map, const uint32_t *bases, size_t n,
		      size_t *at);

/**
 * struct ovpp_sunspec_block - a model as it stands in a map
 * @id: ID
 * @length: L, what it says of its own length; not ID and L themselves
 * @address: address of ID
 * @reg: its registers, ID and L first
 * @n: those that are there
 * @complete: all of them are there
 * @model: what its points are; NULL if that is not known
 */
struct ovpp_sunspec_block {
	uint16_t id;
	uint16_t length;
	uint32_t address;
	const uint16_t *reg;
	size_t n;
	bool complete;
	const struct ovpp_sunspec_model *model;
};

/**
 * ovpp_sunspec_next() - the next model of the chain
 * @map: registers
 * @at: index of its ID, from ovpp_sunspec_find() or the call before; moved on
 * @block: set to the model
 *
 * Return: 1 with a model; 0 at the end of the chain; -ENODATA if the registers end
 * before the chain; -EBADMSG if an ID is 0, which is no model's.
 */
int ovpp_sunspec_next(const struct ovpp_sunspec_map *map, size_t *at,
		      struct ovpp_sunspec_block *block);

/* What is known of a value. */
enum ovpp_sunspec_state {
	OVPP_SUNSPEC_GOOD,
	OVPP_SUNSPEC_ABSENT,   /* the device does not implement the point */
	OVPP_SUNSPEC_UNSCALED, /* there is a raw value, but no exponent for it */
};

/**
 * struct ovpp_sunspec_value - a point as it stands in a map
 * @point: point
 * @reg: its registers
 * @address: address of the first one
 * @state: state
 * @raw: the number, of all types that are integers; extended to 64 bits, by
 *	its sign if it has one
 * @exponent: the value is @raw x 10^@exponent
 */
struct ovpp_sunspec_value {
	const struct ovpp_sunspec_point *point;
	const uint16_t *reg;
	uint32_t address;
	enum ovpp_sunspec_state state;
	uint64_t raw;
	int exponent;
};

/**
 * struct ovpp_sunspec_visitor - what is told of a model, in the order of registers
 * @point: a value
 * @enter: a group begins; it is the @index-th of its name, from 0. May be NULL.
 * @leave: it is over. May be NULL.
 * @ctx: their first argument
 *
 * A return value but 0 ends the visit.
 */
struct ovpp_sunspec_visitor {
	int (*point)(void *ctx, const struct ovpp_sunspec_value *value);
	int (*enter)(void *ctx, const struct ovpp_sunspec_group *group, size_t index);
	int (*leave)(void *ctx, const struct ovpp_sunspec_group *group);
	void *ctx;
};

/**
 * ovpp_sunspec_decode() - the points of a model
 * @block: model; one without tables has no points
 * @visitor: is told of them
 * @used: set to the number of registers, ID and L among them, behind which no point
 *	is
 *
 * Points that are not wholly within the block are passed over.
 *
 * Return: 0 or what the visitor returned.
 */
int ovpp_sunspec_decode(const struct ovpp_sunspec_block *block,
			const struct ovpp_sunspec_visitor *visitor, size_t *used);

/**
 * ovpp_sunspec_get() - a point of a model by its name
 * @block: model
 * @name: point outside of any group
 * @value: set
 *
 * Return: 0 whatever the value's state; -ENOENT if the model has no such point, or
 * ends before it.
 */
int ovpp_sunspec_get(const struct ovpp_sunspec_block *block, const char *name,
		     struct ovpp_sunspec_value *value);

/* Is the value an integer, scaled or not? */
bool ovpp_sunspec_is_integer(const struct ovpp_sunspec_point *point);

/* Is the value a number, so that the text of it is a decimal one? */
bool ovpp_sunspec_is_number(const struct ovpp_sunspec_point *point);

/* Is the value made of bits? */
bool ovpp_sunspec_is_bits(const struct ovpp_sunspec_point *point);

/* Room for any text below: 255 registers are the longest point. */
#define OVPP_SUNSPEC_TEXT 1024

/**
 * ovpp_sunspec_format() - value to text
 * @value: value
 * @out: room for the text, of OVPP_SUNSPEC_TEXT bytes
 *
 * Integers are exact. A float is the shortest decimal that gives it back. Control
 * characters of a string become '?'; whether it is UTF-8 is not looked at.
 *
 * Return: 0; -ENODATA with an empty text if the state is not good.
 */
int ovpp_sunspec_format(const struct ovpp_sunspec_value *value, char *out);

/*
 * The same for the raw value: an integer, or the registers in hexadecimal where the
 * type is no integer. -ENODATA if the point is not implemented.
 */
int ovpp_sunspec_format_raw(const struct ovpp_sunspec_value *value, char *out);

/* Does the value have this symbol: is it that value, or is the bit set? */
bool ovpp_sunspec_has(const struct ovpp_sunspec_value *value,
		      const struct ovpp_sunspec_symbol *symbol);

#endif /* OVPP_SUNSPEC_H */
