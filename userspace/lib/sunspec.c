// SPDX-License-Identifier: GPL-2.0-or-later
/* SunSpec maps: the chain of models and the points in them. */
#include "sunspec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKER_HIGH 0x5375 /* "Su" */
#define MARKER_LOW 0x6e53  /* "nS" */
#define ID_END 0xffff
#define HEADER 2 /* ID and L */
#define EXPONENT_MAX 10

#define BITS_16 UINT64_C(0xffff)
#define BITS_32 UINT64_C(0xffffffff)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const uint32_t ovpp_sunspec_bases[] = {40000, 0, 50000, 1000, 4096};
const size_t ovpp_sunspec_n_bases = COUNT(ovpp_sunspec_bases);

/* What the types are made of. */
enum form {
	FORM_SIGNED,
	FORM_UNSIGNED,
	FORM_FLOAT,
	FORM_TEXT,
};

/**
 * struct type - what there is to know of a type
 * @form: what it is made of
 * @absent: raw value of an integer that is not implemented
 */
struct type {
	enum form form;
	uint64_t absent;
};

static const struct type types[] = {
	[OVPP_SUNSPEC_INT16] = {FORM_SIGNED, (uint64_t)INT16_MIN},
	[OVPP_SUNSPEC_UINT16] = {FORM_UNSIGNED, BITS_16},
	[OVPP_SUNSPEC_ACC16] = {FORM_UNSIGNED, 0},
	[OVPP_SUNSPEC_ENUM16] = {FORM_UNSIGNED, BITS_16},
	[OVPP_SUNSPEC_BITFIELD16] = {FORM_UNSIGNED, BITS_16},
	[OVPP_SUNSPEC_SUNSSF] = {FORM_SIGNED, (uint64_t)INT16_MIN},
	[OVPP_SUNSPEC_PAD] = {FORM_UNSIGNED, 0x8000},
	[OVPP_SUNSPEC_INT32] = {FORM_SIGNED, (uint64_t)INT32_MIN},
	[OVPP_SUNSPEC_UINT32] = {FORM_UNSIGNED, BITS_32},
	[OVPP_SUNSPEC_ACC32] = {FORM_UNSIGNED, 0},
	[OVPP_SUNSPEC_ENUM32] = {FORM_UNSIGNED, BITS_32},
	[OVPP_SUNSPEC_BITFIELD32] = {FORM_UNSIGNED, BITS_32},
	[OVPP_SUNSPEC_INT64] = {FORM_SIGNED, (uint64_t)INT64_MIN},
	[OVPP_SUNSPEC_UINT64] = {FORM_UNSIGNED, UINT64_MAX},
	[OVPP_SUNSPEC_ACC64] = {FORM_UNSIGNED, 0},
	[OVPP_SUNSPEC_FLOAT32] = {FORM_FLOAT, 0},
	[OVPP_SUNSPEC_FLOAT64] = {FORM_FLOAT, 0},
	[OVPP_SUNSPEC_STRING] = {FORM_TEXT, 0},
	[OVPP_SUNSPEC_IPADDR] = {FORM_TEXT, 0},
	[OVPP_SUNSPEC_IPV6ADDR] = {FORM_TEXT, 0},
	[OVPP_SUNSPEC_EUI48] = {FORM_TEXT, 0},
};

static enum form form_of(const struct ovpp_sunspec_point *point)
{
	return types[point->type].form;
}

bool ovpp_sunspec_is_integer(const struct ovpp_sunspec_point *point)
{
	return form_of(point) == FORM_SIGNED || form_of(point) == FORM_UNSIGNED;
}

bool ovpp_sunspec_is_number(const struct ovpp_sunspec_point *point)
{
	return form_of(point) != FORM_TEXT;
}

bool ovpp_sunspec_is_bits(const struct ovpp_sunspec_point *point)
{
	return point->type == OVPP_SUNSPEC_BITFIELD16 || point->type == OVPP_SUNSPEC_BITFIELD32;
}

const struct ovpp_sunspec_model *ovpp_sunspec_model(uint16_t id)
{
	for (size_t i = 0; i < ovpp_sunspec_n_models; i++) {
		if (ovpp_sunspec_models[i].id == id)
			return &ovpp_sunspec_models[i];
	}
	return NULL;
}

/* ---- the chain ---- */

static bool is_marker(const struct ovpp_sunspec_map *map, size_t i)
{
	return map->n >= 2 && i <= map->n - 2 && map->reg[i] == MARKER_HIGH &&
	       map->reg[i + 1] == MARKER_LOW;
}

int ovpp_sunspec_find(const struct ovpp_sunspec_map *map, const uint32_t *bases, size_t n,
		      size_t *at)
{
	size_t tries = bases ? n : map->n;

	for (size_t i = 0; i < tries; i++) {
		size_t where = i;

		if (bases && bases[i] < map->base)
			continue;
		if (bases)
			where = bases[i] - map->base;
		if (is_marker(map, where)) {
			*at = where + 2;
			return 0;
		}
	}
	return -ENOENT;
}

int ovpp_sunspec_next(const struct ovpp_sunspec_map *map, size_t *at,
		      struct ovpp_sunspec_block *block)
{
	size_t left = *at < map->n ? map->n - *at : 0;
	const uint16_t *reg;
	size_t whole;

	if (!left)
		return -ENODATA;
	reg = map->reg + *at;
	if (reg[0] == ID_END)
		return 0;
	if (reg[0] == 0)
		return -EBADMSG;
	if (left < HEADER)
		return -ENODATA;
	whole = HEADER + (size_t)reg[1];
	*block = (struct ovpp_sunspec_block){
		.id = reg[0],
		.length = reg[1],
		.address = map->base + (uint32_t)*at,
		.reg = reg,
		.n = whole < left ? whole : left,
		.complete = whole <= left,
		.model = ovpp_sunspec_model(reg[0]),
	};
	*at += block->n;
	return 1;
}

/* ---- values ---- */

static uint64_t bits(const uint16_t *reg, size_t n)
{
	uint64_t value = 0;

	for (; n; n--)
		value = value << 16 | *reg++;
	return value;
}

static uint64_t extend(uint64_t value, size_t n)
{
	uint64_t sign = UINT64_C(1) << (16 * n - 1);

	return (value ^ sign) - sign;
}

static bool all(const uint16_t *reg, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (reg[i] != value)
			return false;
	}
	return true;
}

static float to_float(const uint16_t *reg)
{
	uint32_t raw = (uint32_t)bits(reg, 2);
	float value;

	memcpy(&value, &raw, sizeof(value));
	return value;
}

static double to_double(const uint16_t *reg)
{
	uint64_t raw = bits(reg, 4);
	double value;

	memcpy(&value, &raw, sizeof(value));
	return value;
}

/* Of the types that are no integers. */
static bool other_is_absent(const struct ovpp_sunspec_value *v)
{
	switch (v->point->type) {
	case OVPP_SUNSPEC_FLOAT32:
		return to_float(v->reg) != to_float(v->reg);
	case OVPP_SUNSPEC_FLOAT64:
		return to_double(v->reg) != to_double(v->reg);
	case OVPP_SUNSPEC_EUI48:
		return all(v->reg + 1, 3, 0xffff);
	case OVPP_SUNSPEC_STRING:
		return !(v->reg[0] >> 8);
	default:
		return all(v->reg, v->point->size, 0);
	}
}

/* A value without regard to its exponent. */
static void get_raw(const struct ovpp_sunspec_point *point, const uint16_t *reg,
		    struct ovpp_sunspec_value *v)
{
	bool absent;

	*v = (struct ovpp_sunspec_value){.point = point, .reg = reg};
	if (ovpp_sunspec_is_integer(point)) {
		v->raw = bits(reg, point->size);
		if (form_of(point) == FORM_SIGNED)
			v->raw = extend(v->raw, point->size);
		absent = v->raw == types[point->type].absent;
	} else {
		absent = other_is_absent(v);
	}
	v->state = absent ? OVPP_SUNSPEC_ABSENT : OVPP_SUNSPEC_GOOD;
}

/* ---- a model ---- */

/**
 * struct scope - a group at its place, for the names in it
 * @outer: the group around it, NULL for the model
 * @group: group
 * @at: index of its first register
 */
struct scope {
	const struct scope *outer;
	const struct ovpp_sunspec_group *group;
	size_t at;
};

/* A visit. @used: index behind the last register that a point has. */
struct visit {
	const struct ovpp_sunspec_block *block;
	const struct ovpp_sunspec_visitor *visitor;
	size_t used;
};

static bool fits(const struct visit *visit, size_t at, const struct ovpp_sunspec_point *point)
{
	return at + point->offset + point->size <= visit->block->n;
}

/* The integer of a point by its name, the nearest one; false if there is none. */
static bool look_up(const struct visit *visit, const struct scope *scope, const char *name,
		    int64_t *value)
{
	struct ovpp_sunspec_value v;

	for (; scope; scope = scope->outer) {
		const struct ovpp_sunspec_group *g = scope->group;

		for (size_t i = 0; i < g->n_points; i++) {
			if (strcmp(g->point[i].name, name))
				continue;
			if (!ovpp_sunspec_is_integer(&g->point[i]) ||
			    !fits(visit, scope->at, &g->point[i]))
				return false;
			get_raw(&g->point[i], visit->block->reg + scope->at + g->point[i].offset,
				&v);
			*value = (int64_t)v.raw;
			return v.state == OVPP_SUNSPEC_GOOD;
		}
	}
	return false;
}

static void apply_scale(const struct visit *visit, const struct scope *scope,
			struct ovpp_sunspec_value *v)
{
	int64_t exponent;

	if (!v->point->scale || v->state != OVPP_SUNSPEC_GOOD || !ovpp_sunspec_is_integer(v->point))
		return;
	if (look_up(visit, scope, v->point->scale, &exponent) && exponent >= -EXPONENT_MAX &&
	    exponent <= EXPONENT_MAX)
		v->exponent = (int)exponent;
	else
		v->state = OVPP_SUNSPEC_UNSCALED;
}

/* The value of a point that fits. */
static void get_value(const struct visit *visit, const struct scope *scope,
		      const struct ovpp_sunspec_point *point, struct ovpp_sunspec_value *v)
{
	size_t at = scope->at + point->offset;

	get_raw(point, visit->block->reg + at, v);
	v->address = visit->block->address + (uint32_t)at;
	apply_scale(visit, scope, v);
}

static int visit_points(struct visit *visit, const struct scope *scope)
{
	struct ovpp_sunspec_value v;
	int ret;

	for (size_t i = 0; i < scope->group->n_points; i++) {
		const struct ovpp_sunspec_point *point = &scope->group->point[i];

		if (!fits(visit, scope->at, point))
			break;
		get_value(visit, scope, point, &v);
		visit->used = scope->at + point->offset + point->size;
		ret = visit->visitor->point(visit->visitor->ctx, &v);
		if (ret)
			return ret;
	}
	return 0;
}

/* Is the group there once more, at this register? */
static bool is_there(const struct visit *visit, const struct ovpp_sunspec_group *group, size_t at)
{
	bool fill = !group->count_by && !group->count;

	return fill ? at + group->size <= visit->block->n : fits(visit, at, &group->point[0]);
}

static int visit_groups(struct visit *visit, const struct scope *outer, size_t *at);

/* A group once; @at is moved behind it. */
static int visit_once(struct visit *visit, const struct scope *outer,
		      const struct ovpp_sunspec_group *group, size_t index, size_t *at)
{
	const struct ovpp_sunspec_visitor *v = visit->visitor;
	struct scope scope = {outer, group, *at};
	int ret = v->enter ? v->enter(v->ctx, group, index) : 0;

	*at += group->size;
	if (!ret)
		ret = visit_points(visit, &scope);
	if (!ret)
		ret = visit_groups(visit, &scope, at);
	if (!ret && v->leave)
		ret = v->leave(v->ctx, group);
	return ret;
}

static int visit_groups(struct visit *visit, const struct scope *outer, size_t *at)
{
	int ret;

	for (size_t i = 0; i < outer->group->n_groups; i++) {
		const struct ovpp_sunspec_group *group = &outer->group->group[i];
		int64_t count = group->count ? group->count : INT64_MAX;

		if (group->count_by && !look_up(visit, outer, group->count_by, &count))
			count = 0;
		for (int64_t k = 0; k < count && is_there(visit, group, *at); k++) {
			ret = visit_once(visit, outer, group, (size_t)k, at);
			if (ret)
				return ret;
		}
	}
	return 0;
}

int ovpp_sunspec_decode(const struct ovpp_sunspec_block *block,
			const struct ovpp_sunspec_visitor *visitor, size_t *used)
{
	struct visit visit = {block, visitor, HEADER};
	struct scope top = {0};
	int ret = 0;

	if (block->model) {
		size_t at = block->model->top.size;

		top.group = &block->model->top;
		ret = visit_points(&visit, &top);
		if (!ret)
			ret = visit_groups(&visit, &top, &at);
	}
	*used = visit.used;
	return ret;
}

int ovpp_sunspec_get(const struct ovpp_sunspec_block *block, const char *name,
		     struct ovpp_sunspec_value *value)
{
	const struct visit visit = {block, NULL, HEADER};
	struct scope top = {0};

	if (!block->model)
		return -ENOENT;
	top.group = &block->model->top;
	for (size_t i = 0; i < top.group->n_points; i++) {
		const struct ovpp_sunspec_point *point = &top.group->point[i];

		if (strcmp(point->name, name))
			continue;
		if (!fits(&visit, 0, point))
			return -ENOENT;
		get_value(&visit, &top, point, value);
		return 0;
	}
	return -ENOENT;
}

/* ---- text ---- */

static void format_decimal(uint64_t raw, bool is_signed, int exponent, char *out)
{
	bool minus = is_signed && (int64_t)raw < 0;
	char digits[24];
	int n, whole;

	n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)(minus ? -raw : raw));
	/* 50.00 is 50. */
	for (; exponent < 0 && n > 1 && digits[n - 1] == '0'; exponent++)
		n--;
	if (!raw)
		exponent = 0;
	whole = n + exponent;
	if (minus)
		*out++ = '-';
	if (exponent >= 0)
		sprintf(out, "%.*s%.*s", n, digits, exponent, "0000000000");
	else if (whole > 0)
		sprintf(out, "%.*s.%.*s", whole, digits, n - whole, digits + whole);
	else
		sprintf(out, "0.%.*s%.*s", -whole, "0000000000", n, digits);
}

static void format_float(float value, char *out)
{
	for (int digits = 1; digits <= 9; digits++) {
		snprintf(out, OVPP_SUNSPEC_TEXT, "%.*g", digits, (double)value);
		if (strtof(out, NULL) == value)
			return;
	}
}

static void format_double(double value, char *out)
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, OVPP_SUNSPEC_TEXT, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			return;
	}
}

static void format_string(const uint16_t *reg, size_t n, char *out)
{
	for (size_t i = 0; i < 2 * n; i++) {
		unsigned char c = i % 2 ? reg[i / 2] & 0xff : reg[i / 2] >> 8;

		if (!c)
			break;
		*out++ = (char)(c < ' ' || c == 0x7f ? '?' : c);
	}
	*out = '\0';
}

static void format_ipv6(const uint16_t *reg, char *out)
{
	for (int i = 0; i < 8; i++)
		out += sprintf(out, "%s%x", i ? ":" : "", reg[i]);
}

static void format_eui48(const uint16_t *reg, char *out)
{
	for (int i = 1; i < 4; i++)
		out += sprintf(out, "%s%02X:%02X", i > 1 ? ":" : "", reg[i] >> 8, reg[i] & 0xff);
}

static void format_other(const struct ovpp_sunspec_value *v, char *out)
{
	switch (v->point->type) {
	case OVPP_SUNSPEC_FLOAT32:
		format_float(to_float(v->reg), out);
		break;
	case OVPP_SUNSPEC_FLOAT64:
		format_double(to_double(v->reg), out);
		break;
	case OVPP_SUNSPEC_STRING:
		format_string(v->reg, v->point->size, out);
		break;
	case OVPP_SUNSPEC_IPADDR:
		sprintf(out, "%u.%u.%u.%u", v->reg[0] >> 8, v->reg[0] & 0xff, v->reg[1] >> 8,
			v->reg[1] & 0xff);
		break;
	case OVPP_SUNSPEC_IPV6ADDR:
		format_ipv6(v->reg, out);
		break;
	default:
		format_eui48(v->reg, out);
		break;
	}
}

int ovpp_sunspec_format(const struct ovpp_sunspec_value *value, char *out)
{
	*out = '\0';
	if (value->state != OVPP_SUNSPEC_GOOD)
		return -ENODATA;
	if (ovpp_sunspec_is_integer(value->point))
		format_decimal(value->raw, form_of(value->point) == FORM_SIGNED, value->exponent,
			       out);
	else
		format_other(value, out);
	return 0;
}

int ovpp_sunspec_format_raw(const struct ovpp_sunspec_value *value, char *out)
{
	*out = '\0';
	if (value->state == OVPP_SUNSPEC_ABSENT)
		return -ENODATA;
	if (ovpp_sunspec_is_integer(value->point)) {
		format_decimal(value->raw, form_of(value->point) == FORM_SIGNED, 0, out);
		return 0;
	}
	for (size_t i = 0; i < value->point->size; i++)
		out += sprintf(out, "%04x", value->reg[i]);
	return 0;
}

bool ovpp_sunspec_has(const struct ovpp_sunspec_value *value,
		      const struct ovpp_sunspec_symbol *symbol)
{
	if (value->state == OVPP_SUNSPEC_ABSENT || !ovpp_sunspec_is_integer(value->point))
		return false;
	if (ovpp_sunspec_is_bits(value->point))
		return symbol->value < 64 && value->raw >> symbol->value & 1;
	return value->raw == symbol->value;
}
