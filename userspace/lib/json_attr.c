// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_attr.h"

#include "path.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What the steps of one ovpp_attr_put() share. */
struct put {
	struct nl_msg *msg;
	char *err;
	size_t err_size;
};

static int put_set(struct put *put, const struct ovpp_spec_set *set, const uint16_t *allowed,
		   const json_t *obj, const struct ovpp_path *up);

static bool is_allowed(const uint16_t *allowed, uint16_t id)
{
	if (!allowed)
		return true;
	for (; *allowed; allowed++)
		if (*allowed == id)
			return true;
	return false;
}

/* -EINVAL with the text "path: what is wrong". */
__attribute__((format(printf, 3, 4))) static int
wrong(struct put *put, const struct ovpp_path *path, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(put->err, put->err_size, "%s", "");
	ovpp_path_append(path, put->err, put->err_size);
	ovpp_text_append(put->err, put->err_size, ": %s", text);
	return -EINVAL;
}

static int unknown_key(struct put *put, const struct ovpp_spec_set *set, const uint16_t *allowed,
		       const struct ovpp_path *path)
{
	const char *sep = " ";

	wrong(put, path, "unknown key; known are");
	for (size_t i = 0; i < set->n; i++) {
		if (!is_allowed(allowed, set->attr[i].id))
			continue;
		ovpp_text_append(put->err, put->err_size, "%s%s", sep, set->attr[i].name);
		sep = ", ";
	}
	if (*sep == ' ')
		ovpp_text_append(put->err, put->err_size, " none");
	return -EINVAL;
}

static int unknown_name(struct put *put, const struct ovpp_spec_enum *e, const char *name,
			const struct ovpp_path *path)
{
	wrong(put, path, "unknown value '%s'; known are ", name);
	ovpp_spec_names(e, put->err, put->err_size);
	return -EINVAL;
}

static int put_raw(struct put *put, uint16_t id, const void *data, size_t size)
{
	if (!nla_put(put->msg, id, (int)size, data))
		return 0;
	snprintf(put->err, put->err_size, "the request is too big");
	return -EMSGSIZE;
}

/* NLA_UINT and NLA_SINT take four bytes where the value fits, else eight. */
static int put_wide(struct put *put, uint16_t id, json_int_t value, bool small)
{
	int64_t wide = value;
	int32_t narrow = (int32_t)value;

	if (small)
		return put_raw(put, id, &narrow, sizeof(narrow));
	return put_raw(put, id, &wide, sizeof(wide));
}

static int put_integer(struct put *put, const struct ovpp_spec_attr *a, json_int_t v,
		       const struct ovpp_path *path)
{
	uint8_t u8 = (uint8_t)v;
	uint32_t u32 = (uint32_t)v;

	switch (a->type) {
	case OVPP_SPEC_U8:
		if (v < 0 || v > UINT8_MAX)
			return wrong(put, path, "must be 0 to 255");
		return put_raw(put, a->id, &u8, sizeof(u8));
	case OVPP_SPEC_U32:
		if (v < 0 || v > UINT32_MAX)
			return wrong(put, path, "must be 0 to %u", UINT32_MAX);
		return put_raw(put, a->id, &u32, sizeof(u32));
	case OVPP_SPEC_S32:
		if (v < INT32_MIN || v > INT32_MAX)
			return wrong(put, path, "must be %d to %d", INT32_MIN, INT32_MAX);
		return put_raw(put, a->id, &u32, sizeof(u32));
	case OVPP_SPEC_UINT:
		if (v < 0)
			return wrong(put, path, "must not be negative");
		return put_wide(put, a->id, v, v <= UINT32_MAX);
	case OVPP_SPEC_SINT:
		return put_wide(put, a->id, v, v >= INT32_MIN && v <= INT32_MAX);
	default:
		return wrong(put, path, "must not be an integer");
	}
}

static int enum_value(struct put *put, const struct ovpp_spec_enum *e, const json_t *v,
		      const struct ovpp_path *path)
{
	int n = ovpp_spec_value(e, json_string_value(v));

	if (!json_is_string(v))
		return wrong(put, path, "must be a name");
	return n < 0 ? unknown_name(put, e, json_string_value(v), path) : n;
}

static int put_enum(struct put *put, const struct ovpp_spec_attr *a, const json_t *v,
		    const struct ovpp_path *path)
{
	int n = enum_value(put, a->values, v, path);

	return n < 0 ? n : put_integer(put, a, n, path);
}

static int put_flags(struct put *put, const struct ovpp_spec_attr *a, const json_t *v,
		     const struct ovpp_path *path)
{
	json_int_t bits = 0;
	json_t *name;
	size_t i;

	if (!json_is_array(v))
		return wrong(put, path, "must be a list of names");
	json_array_foreach (v, i, name) {
		int n = enum_value(put, a->values, name, path);

		if (n < 0)
			return n;
		bits |= (json_int_t)1 << n;
	}
	return put_integer(put, a, bits, path);
}

static int put_nest(struct put *put, const struct ovpp_spec_attr *a, const json_t *v,
		    const struct ovpp_path *path)
{
	struct nlattr *nest;
	int ret;

	if (!json_is_object(v))
		return wrong(put, path, "must be an object");
	nest = nla_nest_start(put->msg, a->id | NLA_F_NESTED);
	if (!nest) {
		snprintf(put->err, put->err_size, "the request is too big");
		return -EMSGSIZE;
	}
	ret = put_set(put, a->nest, NULL, v, path);
	if (ret)
		return ret;
	if (nla_nest_end_keep_empty(put->msg, nest))
		return wrong(put, path, "holds too much");
	return 0;
}

static int put_value(struct put *put, const struct ovpp_spec_attr *a, const json_t *v,
		     const struct ovpp_path *path)
{
	if (a->type == OVPP_SPEC_NEST)
		return put_nest(put, a, v, path);
	if (a->values)
		return a->values->flags ? put_flags(put, a, v, path) : put_enum(put, a, v, path);
	if (a->type == OVPP_SPEC_STRING) {
		if (!json_is_string(v))
			return wrong(put, path, "must be a string");
		if (strlen(json_string_value(v)) != json_string_length(v))
			return wrong(put, path, "must not hold a NUL");
		return put_raw(put, a->id, json_string_value(v), json_string_length(v) + 1);
	}
	if (a->type == OVPP_SPEC_U8 && json_is_boolean(v))
		return put_integer(put, a, json_is_true(v), path);
	if (!json_is_integer(v))
		return wrong(put, path, "must be an integer");
	return put_integer(put, a, json_integer_value(v), path);
}

static int put_key(struct put *put, const struct ovpp_spec_attr *a, const json_t *v,
		   struct ovpp_path *path)
{
	json_t *element;
	int ret = 0;

	if (!a->multi)
		return put_value(put, a, v, path);
	if (!json_is_array(v))
		return wrong(put, path, "must be a list");
	path->indexed = true;
	json_array_foreach (v, path->index, element) {
		ret = put_value(put, a, element, path);
		if (ret)
			break;
	}
	return ret;
}

static int put_set(struct put *put, const struct ovpp_spec_set *set, const uint16_t *allowed,
		   const json_t *obj, const struct ovpp_path *up)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)obj, key, v) {
		const struct ovpp_spec_attr *a = ovpp_spec_attr(set, key);
		struct ovpp_path path = {.up = up, .name = key};
		int ret;

		if (!a || !is_allowed(allowed, a->id))
			return unknown_key(put, set, allowed, &path);
		ret = put_key(put, a, v, &path);
		if (ret)
			return ret;
	}
	return 0;
}

int ovpp_attr_put(struct nl_msg *msg, const struct ovpp_spec_set *set, const uint16_t *allowed,
		  const json_t *obj, char *err, size_t err_size)
{
	struct put put = {.msg = msg, .err = err, .err_size = err_size};

	if (obj && !json_is_object(obj)) {
		snprintf(err, err_size, "the request must be an object");
		return -EINVAL;
	}
	return put_set(&put, set, allowed, obj, NULL);
}

static json_t *name_or_number(const struct ovpp_spec_enum *e, uint64_t v)
{
	return v < e->n ? json_string(e->entry[v]) : json_integer((json_int_t)v);
}

/* Bits without a name are kept, as numbers. */
static json_t *flag_names(const struct ovpp_spec_enum *e, uint64_t bits)
{
	json_t *list = json_array();

	for (unsigned int i = 0; list && i < 64; i++) {
		if (!(bits >> i & 1))
			continue;
		if (json_array_append_new(list, name_or_number(e, i))) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

static json_t *unsigned_json(uint64_t v)
{
	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	return json_sprintf("%llu", (unsigned long long)v);
}

static int get_integer(const struct nlattr *nla, enum ovpp_spec_type type, uint64_t *out)
{
	bool is_signed = type == OVPP_SPEC_SINT || type == OVPP_SPEC_S32;
	bool wide = type == OVPP_SPEC_SINT || type == OVPP_SPEC_UINT;
	int32_t narrow;

	if (type == OVPP_SPEC_U8) {
		if (nla_len(nla) != 1)
			return -EBADMSG;
		*out = *(uint8_t *)nla_data(nla);
		return 0;
	}
	if (nla_len(nla) == 8 && wide) {
		memcpy(out, nla_data(nla), 8);
		return 0;
	}
	if (nla_len(nla) != 4)
		return -EBADMSG;
	memcpy(&narrow, nla_data(nla), 4);
	*out = is_signed ? (uint64_t)(int64_t)narrow : (uint32_t)narrow;
	return 0;
}

static int get_value(const struct nlattr *nla, const struct ovpp_spec_attr *a, json_t **out)
{
	uint64_t v;
	int ret;

	if (a->type == OVPP_SPEC_NEST)
		return ovpp_attr_get(nla_data(nla), nla_len(nla), a->nest, out);
	if (a->type == OVPP_SPEC_STRING) {
		const char *text = nla_data(nla);

		/* A text that is not UTF-8 cannot be said in JSON. */
		*out = json_stringn(text, strnlen(text, (size_t)nla_len(nla)));
		return *out ? 0 : -EBADMSG;
	}
	ret = get_integer(nla, a->type, &v);
	if (ret)
		return ret;
	if (a->values)
		*out = a->values->flags ? flag_names(a->values, v) : name_or_number(a->values, v);
	else if (a->type == OVPP_SPEC_SINT || a->type == OVPP_SPEC_S32)
		*out = json_integer((json_int_t)v);
	else
		*out = unsigned_json(v);
	return *out ? 0 : -ENOMEM;
}

/* Takes over @v. */
static int add_value(json_t *obj, const struct ovpp_spec_attr *a, json_t *v)
{
	json_t *list;

	if (!a->multi)
		return json_object_set_new(obj, a->name, v) ? -ENOMEM : 0;
	list = json_object_get(obj, a->name);
	if (!list) {
		list = json_array();
		if (json_object_set_new(obj, a->name, list)) {
			json_decref(v);
			return -ENOMEM;
		}
	}
	return json_array_append_new(list, v) ? -ENOMEM : 0;
}

int ovpp_attr_get(const struct nlattr *attrs, int len, const struct ovpp_spec_set *set,
		  json_t **out)
{
	const struct nlattr *nla;
	json_t *obj = json_object();
	int ret = obj ? 0 : -ENOMEM;
	int rem;

	for (nla = attrs, rem = len; !ret && nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		const struct ovpp_spec_attr *a = ovpp_spec_attr_by_id(set, (uint16_t)nla_type(nla));
		json_t *v;

		if (!a)
			continue;
		ret = get_value(nla, a, &v);
		if (!ret)
			ret = add_value(obj, a, v);
	}
	if (ret) {
		json_decref(obj);
		return ret;
	}
	*out = obj;
	return 0;
}
