// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf_map.h"
#include "path.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_TEXT 256

/* A type without names and qualifiers; NULL if it is unknown. */
static const struct btf_type *plain_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

static bool is_struct(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = plain_type(btf, id);

	return t && btf_is_composite(t);
}

void ovpp_bpf_map_init(struct ovpp_bpf_map *map, const struct bpf_object *object,
		       const struct bpf_map *from)
{
	*map = (struct ovpp_bpf_map){
		.type = bpf_map__type(from),
		.key_size = bpf_map__key_size(from),
		.value_size = bpf_map__value_size(from),
		.max_entries = bpf_map__max_entries(from),
		.btf = bpf_object__btf(object),
		.key = bpf_map__btf_key_type_id(from),
		.value = bpf_map__btf_value_type_id(from),
		.fd = -1,
	};
	snprintf(map->name, sizeof(map->name), "%s", bpf_map__name(from));
}

bool ovpp_bpf_map_single(const struct ovpp_bpf_map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY && map->max_entries == 1 &&
	       is_struct(map->btf, map->value);
}

static bool has_types(const struct ovpp_bpf_map *map)
{
	struct ovpp_bpf_scalar key;

	return map->btf && map->key && map->value && !ovpp_bpf_scalar(map->btf, map->key, &key) &&
	       key.size == map->key_size &&
	       btf__resolve_size(map->btf, map->value) == map->value_size;
}

bool ovpp_bpf_map_readable(const struct ovpp_bpf_map *map)
{
	return (map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_HASH ||
		map->type == BPF_MAP_TYPE_LRU_HASH) &&
	       has_types(map);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

const char *ovpp_bpf_map_refusal(const struct ovpp_bpf_map *map)
{
	if (strchr(map->name, '.'))
		return "it holds variables of the programs";
	if (ends_with(map->name, "_state"))
		return "it is the programs' own state";
	switch (map->type) {
	case BPF_MAP_TYPE_RINGBUF:
		return "it is a ring buffer";
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return "every CPU has its own values of it";
	case BPF_MAP_TYPE_STRUCT_OPS:
		return "it is the hook itself";
	}
	if (!ovpp_bpf_map_readable(map))
		return "it is neither an array nor a hash with a number for its key and values "
		       "of a known type";
	return NULL;
}

/* Where in an entry a path has come to. */
struct place {
	const struct btf *btf;
	uint32_t type;
	uint32_t offset;
};

/* Steps into a member of this name, through members without a name; bit fields have no place. */
static bool step_member(struct place *place, const char *name, size_t len)
{
	const struct btf_type *t = plain_type(place->btf, place->type);
	const struct btf_member *m = btf_members(t);

	for (uint32_t i = 0; i < btf_vlen(t); i++, m++) {
		const char *member = btf__name_by_offset(place->btf, m->name_off);
		struct place in = {place->btf, m->type,
				   place->offset + btf_member_bit_offset(t, i) / 8};

		if (btf_member_bitfield_size(t, i))
			continue;
		if (!*member && is_struct(place->btf, m->type) && step_member(&in, name, len)) {
			*place = in;
			return true;
		}
		if (strlen(member) != len || memcmp(member, name, len))
			continue;
		*place = in;
		return true;
	}
	return false;
}

static bool step_index(struct place *place, const char *name, size_t len)
{
	const struct btf_type *t = plain_type(place->btf, place->type);
	const struct btf_array *a = btf_array(t);
	unsigned long index;
	char *end;

	if (!len || strspn(name, "0123456789") != len)
		return false;
	index = strtoul(name, &end, 10);
	if (index >= a->nelems)
		return false;
	place->type = a->type;
	place->offset += (uint32_t)(index * (size_t)btf__resolve_size(place->btf, a->type));
	return true;
}

static bool step(struct place *place, const char *name, size_t len)
{
	const struct btf_type *t = plain_type(place->btf, place->type);

	if (t && btf_is_composite(t))
		return step_member(place, name, len);
	return t && btf_is_array(t) && step_index(place, name, len);
}

/*
 * Goes a path of names and dots as far as it leads; returns what is left of it, ""
 * for nothing.
 */
static const char *walk(struct place *place, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, ".");

		if (!len || !step(place, path, len))
			break;
		path += len;
		if (*path == '.' && path[1])
			path++;
	}
	return path;
}

static void list_members(const struct btf *btf, const struct btf_type *t, char *text, size_t size,
			 const char **separator)
{
	const struct btf_member *m = btf_members(t);

	for (uint32_t i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);

		if (!*name && is_struct(btf, m->type)) {
			list_members(btf, plain_type(btf, m->type), text, size, separator);
			continue;
		}
		if (!*name || btf_member_bitfield_size(t, i))
			continue;
		ovpp_text_append(text, size, "%s%s", *separator, name);
		*separator = ", ";
	}
}

/* What there would be where a path does not lead on. */
static void append_choices(const struct place *place, char *err, size_t size)
{
	const struct btf_type *t = plain_type(place->btf, place->type);
	const char *separator = "; it has ";

	if (t && btf_is_composite(t))
		list_members(place->btf, t, err, size, &separator);
	else if (t && btf_is_array(t))
		ovpp_text_append(err, size, "; it has 0 to %u", btf_array(t)->nelems - 1);
}

/* The scalar that a path within an entry leads to. @what is the whole, for the error. */
static int resolve(struct place *place, const char *path, const char *what,
		   struct ovpp_bpf_scalar *scalar, char *err, size_t size)
{
	const char *left = walk(place, path);

	if (!*left && !ovpp_bpf_scalar(place->btf, place->type, scalar))
		return 0;
	if (*left) {
		int known = (int)(left - path);

		while (known && path[known - 1] == '.')
			known--;
		snprintf(err, size, "%s%s%.*s has no '%s'", what, known ? "." : "", known, path,
			 left);
	} else {
		snprintf(err, size, "%s%s%s is no single value", what, *path ? "." : "", path);
	}
	append_choices(place, err, size);
	return -ENOENT;
}

static int parse_key(const struct ovpp_bpf_map *map, const struct ovpp_bpf_names *names,
		     const char *text, uint8_t *key, char *err, size_t size)
{
	struct ovpp_bpf_scalar scalar;
	char why[512] = "";
	uint32_t index = 0;
	int ret;

	ovpp_bpf_scalar(map->btf, map->key, &scalar);
	ret = ovpp_bpf_parse(&scalar, names, text, key, why, sizeof(why));
	if (ret) {
		snprintf(err, size, "%s%s%s", *why ? map->name : "", *why ? ": " : "", why);
		return ret;
	}
	memcpy(&index, key, sizeof(index)); /* as all arrays have it */
	if (map->type == BPF_MAP_TYPE_ARRAY && index >= map->max_entries) {
		snprintf(err, size, "%s: '%s' is out of range: 0 to %u", map->name, text,
			 map->max_entries - 1);
		return -ERANGE;
	}
	return 0;
}

/*
 * Length of the key in "key.member": names of DER may have dots too, so it ends at
 * the first dot behind which there is a member, or at the first of all.
 */
static size_t key_length(const struct ovpp_bpf_map *map, const char *path)
{
	size_t first = strcspn(path, ".");

	for (size_t len = first; path[len]; len += 1 + strcspn(path + len + 1, ".")) {
		struct place place = {map->btf, map->value, 0};

		if (path[len + 1] && !*walk(&place, path + len + 1))
			return len;
	}
	return first;
}

static int no_key(const struct ovpp_bpf_map *map, char *err, size_t size)
{
	bool single = ovpp_bpf_map_single(map), members = is_struct(map->btf, map->value);
	struct place place = {map->btf, map->value, 0};

	snprintf(err, size, "what of %s? %s.%s%s", map->name, map->name, single ? "MEMBER" : "KEY",
		 members && !single ? ".MEMBER" : "");
	append_choices(&place, err, size);
	return -EINVAL;
}

/* The place in a map that "key.member" means. */
static int find_place(const struct ovpp_bpf_map *map, const struct ovpp_bpf_names *names,
		      const char *path, struct ovpp_bpf_setting *setting,
		      struct ovpp_bpf_scalar *scalar, char *err, size_t size)
{
	struct place place = {map->btf, map->value, 0};
	char what[PATH_TEXT], key[PATH_TEXT];
	size_t len;
	int ret;

	memset(setting->key, 0, sizeof(setting->key));
	snprintf(what, sizeof(what), "%s", map->name);
	if (!ovpp_bpf_map_single(map)) {
		bool scalars = !ovpp_bpf_scalar(map->btf, map->value, scalar);

		len = scalars ? strlen(path) : key_length(map, path);
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		ret = parse_key(map, names, key, setting->key, err, size);
		if (ret)
			return ret;
		ovpp_text_append(what, sizeof(what), ".%s", key);
		path += len + (path[len] == '.');
	}
	ret = resolve(&place, path, what, scalar, err, size);
	setting->offset = place.offset;
	setting->size = scalar->size;
	return ret;
}

static int no_map(const struct ovpp_bpf_map *maps, size_t n, const char *name, char *err,
		  size_t size)
{
	const char *separator = "; there are ";

	snprintf(err, size, "there is no map '%s'", name);
	for (size_t i = 0; i < n; i++) {
		if (ovpp_bpf_map_refusal(&maps[i]))
			continue;
		ovpp_text_append(err, size, "%s%s", separator, maps[i].name);
		separator = ", ";
	}
	if (separator[0] == ';')
		ovpp_text_append(err, size, "; the hook has nothing to set");
	return -ENOENT;
}

static int find_map(const struct ovpp_bpf_map *maps, size_t n, const char *name, size_t *index,
		    char *err, size_t size)
{
	const char *why;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(maps[i].name, name))
			continue;
		why = ovpp_bpf_map_refusal(&maps[i]);
		*index = i;
		if (why)
			snprintf(err, size, "%s cannot be set: %s", name, why);
		return why ? -EPERM : 0;
	}
	return no_map(maps, n, name, err, size);
}

int ovpp_bpf_setting_parse(const struct ovpp_bpf_map *maps, size_t n,
			   const struct ovpp_bpf_names *names, const char *text,
			   struct ovpp_bpf_setting *setting, char *err, size_t size)
{
	const char *equals = strchr(text, '=');
	struct ovpp_bpf_scalar scalar;
	char path[PATH_TEXT], why[512] = "", *key;
	int ret;

	if (!equals || (size_t)(equals - text) >= sizeof(path)) {
		snprintf(err, size, "'%s' is no setting; write it as MAP.KEY=VALUE", text);
		return -EINVAL;
	}
	snprintf(path, sizeof(path), "%.*s", (int)(equals - text), text);
	key = strchr(path, '.');
	if (key)
		*key++ = '\0';
	ret = find_map(maps, n, path, &setting->map, err, size);
	if (ret)
		return ret;
	if (!key || !*key)
		return no_key(&maps[setting->map], err, size);
	ret = find_place(&maps[setting->map], names, key, setting, &scalar, err, size);
	if (ret)
		return ret;
	ret = ovpp_bpf_parse(&scalar, names, equals + 1, setting->value, why, sizeof(why));
	if (ret)
		snprintf(err, size, "%s%s%s%s%s", *why ? path : "", *why ? "." : "",
			 *why ? key : "", *why ? ": " : "", why);
	return ret;
}

void ovpp_bpf_key_text(const struct ovpp_bpf_map *map, const struct ovpp_bpf_names *names,
		       const void *key, char text[OVPP_BPF_TEXT])
{
	struct ovpp_bpf_scalar scalar;

	text[0] = '\0';
	if (!ovpp_bpf_scalar(map->btf, map->key, &scalar))
		ovpp_bpf_format(&scalar, names, key, text);
}

static json_t *value_json(const struct btf *btf, uint32_t id, const uint8_t *value);

/* Members of a struct without a name belong to the struct that it is in. */
static int put_members(json_t *o, const struct btf *btf, const struct btf_type *t,
		       const uint8_t *value)
{
	const struct btf_member *m = btf_members(t);
	int ret = 0;

	for (uint32_t i = 0; i < btf_vlen(t) && !ret; i++, m++) {
		const char *name = btf__name_by_offset(btf, m->name_off);
		const uint8_t *at = value + btf_member_bit_offset(t, i) / 8;

		if (btf_member_bitfield_size(t, i))
			continue;
		if (!*name && is_struct(btf, m->type))
			ret = put_members(o, btf, plain_type(btf, m->type), at);
		else if (*name)
			ret = json_object_set_new(o, name, value_json(btf, m->type, at));
	}
	return ret;
}

static int put_elements(json_t *list, const struct btf *btf, const struct btf_array *a,
			const uint8_t *value)
{
	size_t size = (size_t)btf__resolve_size(btf, a->type);
	int ret = 0;

	for (uint32_t i = 0; i < a->nelems && !ret; i++)
		ret = json_array_append_new(list, value_json(btf, a->type, value + i * size));
	return ret;
}

/* What is no value for people (pointers, locks, timers) is null. */
static json_t *value_json(const struct btf *btf, uint32_t id, const uint8_t *value)
{
	const struct btf_type *t = plain_type(btf, id);
	struct ovpp_bpf_scalar scalar;
	json_t *json;
	int ret;

	if (!ovpp_bpf_scalar(btf, id, &scalar))
		return ovpp_bpf_json(&scalar, value);
	if (!t || (!btf_is_composite(t) && !btf_is_array(t)))
		return json_null();
	json = btf_is_array(t) ? json_array() : json_object();
	if (!json)
		return NULL;
	ret = btf_is_array(t) ? put_elements(json, btf, btf_array(t), value)
			      : put_members(json, btf, t, value);
	if (ret) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *ovpp_bpf_entry_json(const struct ovpp_bpf_map *map, const void *value)
{
	return value_json(map->btf, map->value, value);
}

/* Whom ovpp_bpf_entry_each() calls. */
struct visitor {
	const struct btf *btf;
	void (*fn)(void *arg, const char *path, const struct ovpp_bpf_scalar *scalar,
		   const void *value);
	void *arg;
};

static void visit(const struct visitor *v, uint32_t id, const char *path, const uint8_t *value);

static void visit_members(const struct visitor *v, const struct btf_type *t, const char *path,
			  const uint8_t *value)
{
	const struct btf_member *m = btf_members(t);
	char below[PATH_TEXT];

	for (uint32_t i = 0; i < btf_vlen(t); i++, m++) {
		const char *name = btf__name_by_offset(v->btf, m->name_off);

		if (btf_member_bitfield_size(t, i))
			continue;
		snprintf(below, sizeof(below), "%s%s%s", path, *path && *name ? "." : "", name);
		visit(v, m->type, below, value + btf_member_bit_offset(t, i) / 8);
	}
}

static void visit_elements(const struct visitor *v, const struct btf_array *a, const char *path,
			   const uint8_t *value)
{
	size_t size = (size_t)btf__resolve_size(v->btf, a->type);
	char below[PATH_TEXT];

	for (uint32_t i = 0; i < a->nelems; i++) {
		snprintf(below, sizeof(below), "%s%s%u", path, *path ? "." : "", i);
		visit(v, a->type, below, value + i * size);
	}
}

static void visit(const struct visitor *v, uint32_t id, const char *path, const uint8_t *value)
{
	const struct btf_type *t = plain_type(v->btf, id);
	struct ovpp_bpf_scalar scalar;

	if (!ovpp_bpf_scalar(v->btf, id, &scalar))
		v->fn(v->arg, path, &scalar, value);
	else if (t && btf_is_composite(t))
		visit_members(v, t, path, value);
	else if (t && btf_is_array(t))
		visit_elements(v, btf_array(t), path, value);
}

void ovpp_bpf_entry_each(const struct ovpp_bpf_map *map, const void *value,
			 void (*fn)(void *arg, const char *path,
				    const struct ovpp_bpf_scalar *scalar, const void *value),
			 void *arg)
{
	struct visitor v = {.btf = map->btf, .fn = fn, .arg = arg};

	visit(&v, map->value, "", value);
}
