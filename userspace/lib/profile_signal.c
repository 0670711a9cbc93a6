// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals of a profile: units for people to exact fractions of milli-units. */
#include "profile_yaml.h"

#include "ratio.h"
#include "spec.h"
#include "units.h"

#include <errno.h>
#include <limits.h>
#include <linux/openvpp_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN = 1, MAPPED = 2, MUX = 4 };

/* Last bit of a frame. */
#define START_MAX 511

static const struct ovpp_profile_key signal_key[] = {
	{"point", OVPP_PROFILE_TEXT, PLAIN | MAPPED},
	{"start", OVPP_PROFILE_INTEGER, PLAIN | MAPPED | MUX},
	{"length", OVPP_PROFILE_INTEGER, PLAIN | MAPPED | MUX},
	{"order", OVPP_PROFILE_TEXT, PLAIN | MAPPED | MUX},
	{"signed", OVPP_PROFILE_BOOLEAN, PLAIN},
	{"float", OVPP_PROFILE_BOOLEAN, PLAIN},
	{"scale", OVPP_PROFILE_NUMBER, PLAIN},
	{"offset", OVPP_PROFILE_NUMBER, PLAIN},
	{"unit", OVPP_PROFILE_TEXT, PLAIN | MAPPED},
	{"min_raw", OVPP_PROFILE_INTEGER, PLAIN},
	{"max_raw", OVPP_PROFILE_INTEGER, PLAIN},
	{"map", OVPP_PROFILE_OBJECT, MAPPED},
	{"mux", OVPP_PROFILE_BOOLEAN, PLAIN | MAPPED | MUX},
	{"mux_value", OVPP_PROFILE_INTEGER, PLAIN | MAPPED | MUX},
	{"bits", OVPP_PROFILE_BOOLEAN, PLAIN | MAPPED},
	{"pairs", OVPP_PROFILE_BOOLEAN, PLAIN},
	{NULL, 0, 0},
};

/* Unit of each point; the rest are states, bits and counts. */
static const struct {
	enum ovpp_unit unit;
	const char *name;
} point_unit[OVPP_POINT_MAX + 1] = {
	[OVPP_POINT_P] = {OVPP_UNIT_MW, "W"},
	[OVPP_POINT_P_MAX] = {OVPP_UNIT_MW, "W"},
	[OVPP_POINT_P_MIN] = {OVPP_UNIT_MW, "W"},
	[OVPP_POINT_P_SET] = {OVPP_UNIT_MW, "W"},
	[OVPP_POINT_P_LIMIT] = {OVPP_UNIT_MW, "W"},
	[OVPP_POINT_Q] = {OVPP_UNIT_MVAR, "var"},
	[OVPP_POINT_Q_SET] = {OVPP_UNIT_MVAR, "var"},
	[OVPP_POINT_V] = {OVPP_UNIT_MV, "V"},
	[OVPP_POINT_V_CHARGE_MAX] = {OVPP_UNIT_MV, "V"},
	[OVPP_POINT_V_DISCHARGE_MIN] = {OVPP_UNIT_MV, "V"},
	[OVPP_POINT_I] = {OVPP_UNIT_MA, "A"},
	[OVPP_POINT_I_CHARGE_MAX] = {OVPP_UNIT_MA, "A"},
	[OVPP_POINT_I_DISCHARGE_MAX] = {OVPP_UNIT_MA, "A"},
	[OVPP_POINT_F] = {OVPP_UNIT_MHZ, "Hz"},
	[OVPP_POINT_E_IMPORT] = {OVPP_UNIT_MWH, "kWh"},
	[OVPP_POINT_E_EXPORT] = {OVPP_UNIT_MWH, "kWh"},
	[OVPP_POINT_SOC] = {OVPP_UNIT_PPM, "%"},
	[OVPP_POINT_SOH] = {OVPP_UNIT_PPM, "%"},
	[OVPP_POINT_TEMP] = {OVPP_UNIT_MC, "°C"},
};

/* value in the point's unit = value in the file's unit x factor + zero */
struct unit {
	int64_t factor;
	int64_t zero;
};

/**
 * struct conversion - a signal on its way
 * @w: where
 * @yaml: its mapping
 * @out: object being filled
 * @point: its point
 * @unit: its unit
 */
struct conversion {
	const struct ovpp_profile_where *w;
	const json_t *yaml;
	json_t *out;
	unsigned int point;
	struct unit unit;
};

static int put(struct conversion *c, const char *key, json_t *v)
{
	return json_object_set_new(c->out, key, v) ? -ENOMEM : 0;
}

static bool is_true(const struct conversion *c, const char *key)
{
	return json_is_true(json_object_get(c->yaml, key));
}

static int put_point(struct conversion *c)
{
	const char *name = json_string_value(json_object_get(c->yaml, "point"));
	const struct ovpp_spec_enum *e = ovpp_spec_enum("point");
	int point = ovpp_spec_value(e, name);
	char known[512] = "";

	if (!name)
		return ovpp_profile_wrong(c->w, "'point' is missing");
	if (point >= 0) {
		c->point = (unsigned int)point;
		return put(c, "point", json_string(name));
	}
	ovpp_spec_names(e, known, sizeof(known));
	return ovpp_profile_wrong(c->w, "unknown point; known are %s", known);
}

static int parse_unit(unsigned int point, const char *name, struct unit *out)
{
	enum ovpp_unit unit = point_unit[point].unit;
	char one[32];

	*out = (struct unit){.factor = 1};
	if (unit == OVPP_UNIT_MC && !strcmp(name, "K")) {
		*out = (struct unit){1000, -273150};
		return 0;
	}
	if (unit == OVPP_UNIT_MC && !strcmp(name, "degC"))
		name = "°C";
	snprintf(one, sizeof(one), "1 %s", name);
	return ovpp_units_parse(one, unit, &out->factor);
}

bool ovpp_profile_unit_known(unsigned int point, const char *unit)
{
	struct unit u;

	return point_unit[point].name && !parse_unit(point, unit, &u);
}

static int find_unit(struct conversion *c)
{
	const char *name = json_string_value(json_object_get(c->yaml, "unit"));
	char why[200];
	int ret;

	c->unit = (struct unit){.factor = 1};
	if (!point_unit[c->point].name)
		return name ? ovpp_profile_wrong(c->w, "it has no unit") : 0;
	if (!name)
		name = point_unit[c->point].name;
	ret = parse_unit(c->point, name, &c->unit);
	if (!ret)
		return 0;
	ovpp_units_explain(ret, name, point_unit[c->point].unit, why, sizeof(why));
	return ovpp_profile_wrong(c->w, "'unit': %s", why);
}

/* The number under @key, @absent if there is none. */
static int number(struct conversion *c, const char *key, const json_t *v, int64_t absent,
		  struct ovpp_ratio *out)
{
	int ret;

	if (!v || json_is_integer(v)) {
		*out = ovpp_ratio_int(v ? json_integer_value(v) : absent);
		return 0;
	}
	if (!json_is_string(v))
		return ovpp_profile_wrong(c->w, "'%s' must be a number", key);
	ret = ovpp_ratio_parse(json_string_value(v), out);
	if (ret == -ERANGE)
		return ovpp_profile_wrong(c->w, "'%s': %s cannot be held exactly", key,
					  json_string_value(v));
	if (ret)
		return ovpp_profile_wrong(c->w, "'%s': %s is not a number", key,
					  json_string_value(v));
	return 0;
}

/* A value in the file's unit to a whole number of the point's. */
static int whole(struct conversion *c, const char *key, struct ovpp_ratio v, struct unit unit,
		 int64_t *out)
{
	struct ovpp_ratio r;

	if (ovpp_ratio_mul(v, ovpp_ratio_int(unit.factor), &r) ||
	    ovpp_ratio_add(r, ovpp_ratio_int(unit.zero), &r))
		return ovpp_profile_wrong(c->w, "'%s' is out of range", key);
	if (r.den != 1)
		return ovpp_profile_wrong(c->w, "'%s' is not a whole number of milli-units", key);
	*out = r.num;
	return 0;
}

static int put_scale(struct conversion *c)
{
	struct ovpp_ratio r;
	int ret;

	ret = number(c, "scale", json_object_get(c->yaml, "scale"), 1, &r);
	if (ret)
		return ret;
	if (!r.num)
		return ovpp_profile_wrong(c->w, "'scale' must not be 0");
	if (ovpp_ratio_mul(r, ovpp_ratio_int(c->unit.factor), &r) || r.den > UINT32_MAX)
		return ovpp_profile_wrong(c->w, "'scale' cannot be held exactly");
	ret = r.num == 1 ? 0 : put(c, "num", json_integer(r.num));
	if (!ret && r.den != 1)
		ret = put(c, "den", json_integer(r.den));
	return ret;
}

static int put_offset(struct conversion *c)
{
	struct ovpp_ratio r;
	int64_t v;
	int ret;

	ret = number(c, "offset", json_object_get(c->yaml, "offset"), 0, &r);
	if (!ret)
		ret = whole(c, "offset", r, c->unit, &v);
	if (!ret && v)
		ret = put(c, "offset", json_integer(v));
	return ret;
}

static int put_integer(struct conversion *c, const char *from, const char *to, int64_t lo,
		       int64_t hi)
{
	int64_t v;
	int ret = ovpp_profile_integer(c->w, c->yaml, from, lo, hi, &v);

	return ret > 0 ? put(c, to, json_integer(v)) : ret;
}

static int map_raw(struct conversion *c, const char *text, int64_t *raw)
{
	int64_t length = json_integer_value(json_object_get(c->out, "length"));
	char *end;

	errno = 0;
	*raw = strtoll(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	if (errno || end == text || *end)
		return ovpp_profile_wrong(c->w, "'map': %s is not an integer", text);
	if (*raw < 0 || (length < 64 && *raw >> length))
		return ovpp_profile_wrong(c->w, "'map': %s does not fit into %lld bits", text,
					  (long long)length);
	return 0;
}

static int state_value(struct conversion *c, const json_t *v, int64_t *value)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum("der-state");
	char known[256] = "";

	*value = ovpp_spec_value(e, json_string_value(v));
	if (*value >= 0)
		return 0;
	ovpp_spec_names(e, known, sizeof(known));
	return ovpp_profile_wrong(c->w, "'map': unknown state; known are %s", known);
}

static int map_value(struct conversion *c, const json_t *v, int64_t *value)
{
	struct ovpp_ratio r;
	int ret;

	if (c->point == OVPP_POINT_STATE)
		return state_value(c, v, value);
	ret = number(c, "map", v, 0, &r);
	return ret ? ret : whole(c, "map", r, c->unit, value);
}

static bool has_raw(const json_t *list, int64_t raw)
{
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (json_integer_value(json_object_get(entry, "raw")) == raw)
			return true;
	return false;
}

static int put_map(struct conversion *c)
{
	json_t *list = json_array();
	const char *key;
	json_t *v;

	if (put(c, "map", list))
		return -ENOMEM;
	json_object_foreach (json_object_get(c->yaml, "map"), key, v) {
		int64_t raw, value;
		json_t *entry;
		int ret;

		ret = map_raw(c, key, &raw);
		if (!ret && has_raw(list, raw))
			ret = ovpp_profile_wrong(c->w, "'map': %s is there twice", key);
		if (!ret)
			ret = map_value(c, v, &value);
		if (ret)
			return ret;
		entry = json_pack("{s:I, s:I}", "raw", (json_int_t)raw, "value", (json_int_t)value);
		if (json_array_append_new(list, entry))
			return -ENOMEM;
	}
	return 0;
}

static int put_flags(struct conversion *c)
{
	static const struct {
		const char *key;
		const char *flag;
	} simple[] = {
		{"signed", "signed"}, {"float", "float"}, {"mux", "mux"},
		{"pairs", "pairs"},   {"bits", "bits"},
	};
	const char *order = json_string_value(json_object_get(c->yaml, "order"));
	json_t *list = json_array();
	int ret = 0;

	if (order && strcmp(order, "little") && strcmp(order, "big")) {
		json_decref(list);
		return ovpp_profile_wrong(c->w, "'order' must be little or big");
	}
	if (order && !strcmp(order, "big"))
		ret |= json_array_append_new(list, json_string("big_endian"));
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (is_true(c, simple[i].key))
			ret |= json_array_append_new(list, json_string(simple[i].flag));
	if (json_object_get(c->yaml, "mux_value") && !is_true(c, "mux"))
		ret |= json_array_append_new(list, json_string("muxed"));
	if (json_object_get(c->yaml, "map"))
		ret |= json_array_append_new(list, json_string("map"));
	if (!ret && json_array_size(list))
		return put(c, "flags", list);
	json_decref(list);
	return ret ? -ENOMEM : 0;
}

/* Where its bits are. */
static int put_bits(struct conversion *c)
{
	int ret;

	if (!json_object_get(c->yaml, "start") || !json_object_get(c->yaml, "length"))
		return ovpp_profile_wrong(c->w, "'start' and 'length' are required");
	ret = put_integer(c, "start", "start", 0, START_MAX);
	if (!ret)
		ret = put_integer(c, "length", "length", 1, 64);
	if (!ret)
		ret = put_integer(c, "mux_value", "mux_value", 0, INT64_MAX);
	return ret ? ret : put_flags(c);
}

int ovpp_profile_meaning(const struct ovpp_profile_where *w, const json_t *yaml, json_t *out)
{
	struct conversion c = {.w = w, .yaml = yaml, .out = out};
	int ret;

	ret = put_point(&c);
	if (!ret)
		ret = find_unit(&c);
	if (ret)
		return ret;
	if (json_object_get(yaml, "map"))
		return put_map(&c);
	ret = put_scale(&c);
	if (!ret)
		ret = put_offset(&c);
	if (!ret)
		ret = put_integer(&c, "min_raw", "raw_min", INT64_MIN, INT64_MAX);
	if (!ret)
		ret = put_integer(&c, "max_raw", "raw_max", INT64_MIN, INT64_MAX);
	return ret;
}

int ovpp_profile_signal(const struct ovpp_profile_where *w, const json_t *yaml, json_t **out)
{
	struct conversion c = {.w = w, .yaml = yaml, .out = json_object()};
	bool mux = is_true(&c, "mux");
	bool mapped = json_object_get(yaml, "map");
	int ret;

	ret = ovpp_profile_keys(w, yaml, signal_key,
				mux	 ? MUX
				: mapped ? MAPPED
					 : PLAIN,
				mux	 ? "a multiplexer"
				: mapped ? "a signal with a map"
					 : "a signal");
	if (!ret)
		ret = put_bits(&c);
	if (!ret && !mux)
		ret = ovpp_profile_meaning(w, yaml, c.out);
	if (ret)
		json_decref(c.out);
	else
		*out = c.out;
	return ret;
}
