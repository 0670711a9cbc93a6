// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_attr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spec.h"

/* Keys of the file that are not called as the attribute. */
static const struct {
	const char *op;
	const char *key;
	const char *attr;
} aliases[] = {
	{"bus-new", "if", "ifname"},
	{"der-new", "bus", "bus_name"},
};

/*
 * What an object belongs to is said by its place in the file, what a tty is like by
 * keys of its own.
 */
static const char *const implied[] = {"id",	  "site",   "site_name", "der",
				      "der_name", "tty_fd", "path",	 NULL};

static bool listed(const char *const *list, const char *key)
{
	for (; *list; list++)
		if (!strcmp(*list, key))
			return true;
	return false;
}

void config_enter(struct config *c, const char *key, int index)
{
	size_t n = strlen(c->where);
	const char *dot = n ? "." : "";

	c->length[c->depth++] = n;
	if (index < 0)
		snprintf(c->where + n, sizeof(c->where) - n, "%s%s", dot, key);
	else
		snprintf(c->where + n, sizeof(c->where) - n, "%s%s[%d]", dot, key, index);
}

void config_leave(struct config *c)
{
	c->where[c->length[--c->depth]] = '\0';
}

void config_error(struct config *c, const char *key, const char *format, ...)
{
	const char *dot = *c->where && *key ? "." : "";
	char text[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(c->errors,
			      json_sprintf("%s: %s%s%s: %s", c->file, c->where, dot, key, text));
}

bool config_map(struct config *c, const json_t *value)
{
	if (!json_is_object(value))
		config_error(c, "", "must be a map");
	return json_is_object(value);
}

void config_keys(struct config *c, const json_t *map, const char *const *keys)
{
	const char *key;
	json_t *value;

	if (!config_map(c, map))
		return;
	json_object_foreach ((json_t *)map, key, value)
		if (!listed(keys, key))
			config_error(c, key, "unknown key");
}

int config_quantity(struct config *c, const char *key, const json_t *value, enum ovpp_unit unit,
		    bool bare, int64_t *out)
{
	char text[320], number[32];
	int ret;

	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		if (bare || unit == OVPP_UNIT_NONE || !*out)
			return 0;
		snprintf(number, sizeof(number), "%lld", (long long)*out);
		ovpp_units_explain(-EINVAL, number, unit, text, sizeof(text));
		config_error(c, key, "%s", text);
		return -EINVAL;
	}
	if (!json_is_string(value)) {
		config_error(c, key, "must be a number with its unit");
		return -EINVAL;
	}
	ret = ovpp_units_parse(json_string_value(value), unit, out);
	if (!ret)
		return 0;
	ovpp_units_explain(ret, json_string_value(value), unit, text, sizeof(text));
	config_error(c, key, "%s", text);
	return -EINVAL;
}

int64_t config_integer(struct config *c, const json_t *map, const char *key, int64_t min,
		       int64_t max, int64_t otherwise)
{
	const json_t *value = json_object_get(map, key);
	int64_t n = json_integer_value(value);

	if (!value)
		return otherwise;
	if (json_is_integer(value) && n >= min && n <= max)
		return n;
	config_error(c, key, "must be a number from %lld to %lld", (long long)min, (long long)max);
	return otherwise;
}

bool config_boolean(struct config *c, const json_t *map, const char *key)
{
	const json_t *value = json_object_get(map, key);

	if (value && !json_is_boolean(value))
		config_error(c, key, "must be true or false");
	return json_is_true(value);
}

/* Does an integer fit the attribute's type? */
static bool fits(const struct ovpp_spec_attr *attr, int64_t n)
{
	switch (attr->type) {
	case OVPP_SPEC_U8:
		return n >= 0 && n <= UINT8_MAX;
	case OVPP_SPEC_U32:
		return n >= 0 && n <= UINT32_MAX;
	case OVPP_SPEC_S32:
		return n >= INT32_MIN && n <= INT32_MAX;
	case OVPP_SPEC_UINT:
		return n >= 0;
	default:
		return true;
	}
}

static json_t *read_enum(struct config *c, const char *key, const struct ovpp_spec_enum *e,
			 const json_t *value)
{
	const char *name = json_string_value(value);
	char list[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (name && !strcmp(name, e->entry[i]))
			return json_string(name);
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, " %s", e->entry[i]);
	}
	config_error(c, key, "must be one of:%s", list);
	return NULL;
}

static json_t *read_string(struct config *c, const char *key, const json_t *value)
{
	if (json_is_string(value))
		return json_string(json_string_value(value));
	config_error(c, key, "must be a text; put a number in quotes");
	return NULL;
}

static json_t *read_value(struct config *c, const char *key, const struct ovpp_spec_attr *attr,
			  const json_t *value)
{
	int64_t n;

	if (attr->values)
		return read_enum(c, key, attr->values, value);
	if (attr->type == OVPP_SPEC_STRING)
		return read_string(c, key, value);
	if (attr->type == OVPP_SPEC_U8 && json_is_boolean(value))
		return json_integer(json_is_true(value));
	if (config_quantity(c, key, value, ovpp_units_of(attr->name), !strcmp(key, attr->name), &n))
		return NULL;
	if (!fits(attr, n)) {
		config_error(c, key, "is out of range");
		return NULL;
	}
	return json_integer(n);
}

static const struct ovpp_spec_attr *find_attr(const struct ovpp_spec_op *op, const char *key)
{
	const struct ovpp_spec_attr *attr;

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(aliases[i].op, op->name) && !strcmp(aliases[i].key, key))
			return ovpp_spec_attr(op->set, aliases[i].attr);
	attr = ovpp_units_attr(op, key);
	if (!attr || attr->nest || listed(implied, attr->name))
		return NULL;
	return attr;
}

json_t *config_attrs(struct config *c, const json_t *map, const char *op_name,
		     const char *const *others)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(op_name);
	const struct ovpp_spec_attr *attr;
	json_t *out = json_object();
	const char *key;
	json_t *value;

	if (!config_map(c, map))
		return out;
	json_object_foreach ((json_t *)map, key, value) {
		json_t *v;

		if (listed(others, key))
			continue;
		attr = find_attr(op, key);
		if (!attr) {
			config_error(c, key, "unknown key");
			continue;
		}
		if (json_object_get(out, attr->name)) {
			config_error(c, key, "%s is there twice", attr->name);
			continue;
		}
		v = read_value(c, key, attr, value);
		if (v)
			json_object_set_new(out, attr->name, v);
	}
	return out;
}

int config_beside(const struct config *c, const char *name, char *out, size_t size)
{
	const char *slash = strrchr(c->file, '/');
	int dir = 0, n;

	if (slash && name[0] != '/' && (strchr(name, '/') || strstr(name, ".yaml")))
		dir = (int)(slash - c->file) + 1;
	n = snprintf(out, size, "%.*s%s", dir, c->file, name);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}
