// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals of a Modbus profile: types of registers, bits of one, coils, constants. */
#include "profile_yaml.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a signal is: one of these. */
enum {
	VALUE = 1,
	VALUE_MAP = 2,
	FIELD = 4,
	FIELD_MAP = 8,
	COIL = 16,
	COIL_MAP = 32,
	CONSTANT = 64,
};

#define MAPS (VALUE_MAP | FIELD_MAP | COIL_MAP)
#define NUMBERS (VALUE | FIELD | COIL)
#define POINTS (MAPS | NUMBERS)

#define ADDRESS_MAX 65535
#define REGISTER_BITS 16

static const struct ovpp_profile_key signal_key[] = {
	{"point", OVPP_PROFILE_TEXT, POINTS},
	{"register", OVPP_PROFILE_INTEGER, VALUE | VALUE_MAP | FIELD | FIELD_MAP | CONSTANT},
	{"type", OVPP_PROFILE_TEXT, VALUE | VALUE_MAP | CONSTANT},
	{"words", OVPP_PROFILE_TEXT, VALUE | VALUE_MAP | CONSTANT},
	{"bit", OVPP_PROFILE_INTEGER, FIELD | FIELD_MAP | CONSTANT},
	{"coil", OVPP_PROFILE_INTEGER, COIL | COIL_MAP | CONSTANT},
	{"length", OVPP_PROFILE_INTEGER, FIELD | FIELD_MAP | COIL | COIL_MAP | CONSTANT},
	{"const", OVPP_PROFILE_INTEGER, CONSTANT},
	{"scale_register", OVPP_PROFILE_INTEGER, VALUE},
	{"scale", OVPP_PROFILE_NUMBER, NUMBERS},
	{"offset", OVPP_PROFILE_NUMBER, NUMBERS},
	{"unit", OVPP_PROFILE_TEXT, POINTS},
	{"min_raw", OVPP_PROFILE_INTEGER, NUMBERS},
	{"max_raw", OVPP_PROFILE_INTEGER, NUMBERS},
	{"map", OVPP_PROFILE_OBJECT, MAPS},
	{"bits", OVPP_PROFILE_BOOLEAN, POINTS},
	{"pairs", OVPP_PROFILE_BOOLEAN, NUMBERS},
	{NULL, 0, 0},
};

static const struct type {
	const char *name;
	int64_t bits;
	const char *flag;
} types[] = {
	{"u16", 16, NULL}, {"i16", 16, "signed"}, {"u32", 32, NULL},	    {"i32", 32, "signed"},
	{"u64", 64, NULL}, {"i64", 64, "signed"}, {"float32", 32, "float"},
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

/**
 * struct place - a signal on its way
 * @w: where
 * @yaml: its mapping
 * @out: object being filled
 * @coils: of coils
 * @type: its type, or NULL
 * @first: first register or coil
 * @bit: start bit within it, as in DBC files
 * @length: bits
 */
struct place {
	const struct ovpp_profile_where *w;
	const json_t *yaml;
	json_t *out;
	bool coils;
	const struct type *type;
	int64_t first;
	int64_t bit;
	int64_t length;
};

static bool has(const json_t *yaml, const char *key)
{
	return json_object_get(yaml, key);
}

static unsigned int kind_of(const json_t *yaml)
{
	unsigned int kind = VALUE;

	if (has(yaml, "const"))
		return CONSTANT;
	if (has(yaml, "coil"))
		kind = COIL;
	else if (has(yaml, "bit"))
		kind = FIELD;
	return has(yaml, "map") ? kind << 1 : kind;
}

static const char *kind_name(unsigned int kind)
{
	switch (kind) {
	case VALUE:
		return "a register";
	case VALUE_MAP:
		return "a register with a map";
	case FIELD:
		return "bits of a register";
	case FIELD_MAP:
		return "bits of a register with a map";
	case COIL:
		return "a coil";
	case COIL_MAP:
		return "a coil with a map";
	default:
		return "a constant";
	}
}

static int put(struct place *p, const char *key, int64_t v)
{
	return json_object_set_new(p->out, key, json_integer(v)) ? -ENOMEM : 0;
}

static int find_coil(struct place *p)
{
	int ret;

	p->length = 1;
	ret = ovpp_profile_integer(p->w, p->yaml, "coil", 0, ADDRESS_MAX, &p->first);
	if (ret >= 0)
		ret = ovpp_profile_integer(p->w, p->yaml, "length", 1, 64, &p->length);
	return ret < 0 ? ret : 0;
}

/* Bit 0 of a register is the least significant one, which is in its second byte. */
static int find_field(struct place *p)
{
	int64_t low = 0, high;
	int ret;

	p->length = 1;
	ret = ovpp_profile_integer(p->w, p->yaml, "bit", 0, REGISTER_BITS - 1, &low);
	if (ret >= 0)
		ret = ovpp_profile_integer(p->w, p->yaml, "length", 1, REGISTER_BITS - low,
					   &p->length);
	high = low + p->length - 1;
	p->bit = high < 8 ? 8 + high : high - 8;
	return ret < 0 ? ret : 0;
}

static int find_type(struct place *p)
{
	const char *name = json_string_value(json_object_get(p->yaml, "type"));

	for (size_t i = 0; name && i < N_TYPES; i++)
		if (!strcmp(types[i].name, name))
			p->type = &types[i];
	if (!p->type)
		return ovpp_profile_wrong(p->w, "'type' must be u16, i16, u32, i32, u64, i64 or "
						"float32");
	if (has(p->yaml, "length"))
		return ovpp_profile_wrong(p->w, "'length' stands with 'bit', not with 'type'");
	p->length = p->type->bits;
	p->bit = 7;
	return 0;
}

static int find_register(struct place *p)
{
	int ret = ovpp_profile_integer(p->w, p->yaml, "register", 0, ADDRESS_MAX, &p->first);

	if (!ret)
		return ovpp_profile_wrong(p->w, "'register' is required");
	if (ret < 0)
		return ret;
	if (!has(p->yaml, "bit"))
		return find_type(p);
	if (has(p->yaml, "type"))
		return ovpp_profile_wrong(p->w, "'bit' and 'type' exclude each other");
	return find_field(p);
}

/* The registers that have to be in one request. */
static int put_extent(struct place *p)
{
	int64_t end = p->first + (p->coils ? p->length : (p->length + 15) / REGISTER_BITS);
	int64_t at = p->first, scale = -1;
	int ret;

	ret = ovpp_profile_integer(p->w, p->yaml, "scale_register", 0, ADDRESS_MAX, &scale);
	if (ret < 0)
		return ret;
	if (ret && scale < at)
		at = scale;
	if (ret && scale >= end)
		end = scale + 1;
	if (end > ADDRESS_MAX + 1)
		return ovpp_profile_wrong(p->w, "it ends beyond address %d", ADDRESS_MAX);
	if (end - at > ovpp_profile_read_max(0))
		return ovpp_profile_wrong(p->w, "its scale register is too far away to be read "
						"with it");
	if (put(p, "register", p->first) || put(p, "bit", p->bit) || put(p, "at", at) ||
	    put(p, "end", end) || (ret && put(p, "scale_register", scale)))
		return -ENOMEM;
	return put(p, "length", p->length);
}

/* Is the least significant register first? < 0: error. */
static int is_swapped(const struct place *p)
{
	const char *words = json_string_value(json_object_get(p->yaml, "words"));

	if (!words)
		return 0;
	if (strcmp(words, "little") && strcmp(words, "big"))
		return ovpp_profile_wrong(p->w, "'words' must be little or big");
	if (p->length <= REGISTER_BITS)
		return ovpp_profile_wrong(p->w, "'words' is for types of several registers");
	return !strcmp(words, "little");
}

static int put_flags(struct place *p)
{
	static const char *const simple[] = {"pairs", "bits"};
	json_t *list = json_array();
	int swapped = is_swapped(p), ret = 0;

	if (json_object_set_new(p->out, "flags", list))
		return -ENOMEM;
	if (swapped < 0)
		return swapped;
	if (!p->coils)
		ret |= json_array_append_new(list, json_string("big_endian"));
	if (p->type && p->type->flag && !has(p->yaml, "const"))
		ret |= json_array_append_new(list, json_string(p->type->flag));
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (json_is_true(json_object_get(p->yaml, simple[i])))
			ret |= json_array_append_new(list, json_string(simple[i]));
	if (swapped)
		ret |= json_array_append_new(list, json_string("swapped"));
	if (has(p->yaml, "map"))
		ret |= json_array_append_new(list, json_string("map"));
	if (has(p->yaml, "scale_register"))
		ret |= json_array_append_new(list, json_string("scaled"));
	if (has(p->yaml, "const"))
		ret |= json_array_append_new(list, json_string("const"));
	return ret ? -ENOMEM : 0;
}

static int put_const(struct place *p)
{
	const char *flag = p->type && p->type->flag ? p->type->flag : "";
	int64_t lo = 0, hi = INT64_MAX, v = 0;
	int ret;

	if (!strcmp(flag, "float"))
		return ovpp_profile_wrong(p->w, "a constant is an integer");
	if (p->length < 64)
		hi = (1LL << p->length) - 1;
	if (p->length < 64 && !strcmp(flag, "signed")) {
		hi >>= 1;
		lo = -hi - 1;
	}
	ret = ovpp_profile_integer(p->w, p->yaml, "const", lo, hi, &v);
	if (ret < 0)
		return ret;
	if (v < 0)
		v &= (1LL << p->length) - 1;
	return put(p, "mux_value", v);
}

int ovpp_profile_register(const struct ovpp_profile_where *w, const json_t *yaml, bool coils,
			  json_t **out)
{
	struct place p = {.w = w, .yaml = yaml, .coils = coils, .out = json_object()};
	unsigned int kind = kind_of(yaml);
	int ret;

	ret = ovpp_profile_keys(w, yaml, signal_key, kind, kind_name(kind));
	if (!ret && coils != has(yaml, "coil"))
		ret = ovpp_profile_wrong(w, coils ? "'coil' is required"
						  : "'coil' is not for registers");
	if (!ret)
		ret = coils ? find_coil(&p) : find_register(&p);
	if (!ret)
		ret = put_extent(&p);
	if (!ret)
		ret = put_flags(&p);
	if (!ret)
		ret = kind == CONSTANT ? put_const(&p) : ovpp_profile_meaning(w, yaml, p.out);
	if (ret)
		json_decref(p.out);
	else
		*out = p.out;
	return ret;
}
