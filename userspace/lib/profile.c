// SPDX-License-Identifier: GPL-2.0-or-later
/* Profile files: where they are, what they include. */
#include "profile.h"

#include "profile_compile.h"
#include "profile_yaml.h"
#include "spec.h"
#include "yaml.h"

#include <errno.h>
#include <limits.h>
#include <linux/openvpp_netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INCLUDE_DEPTH 4
#define SPACING_MAX 60000
#define RESPONSE_MAX 10000
/* From the folder of a program in a build tree. */
#define BUILD_TREE "../../userspace/profiles"

static const struct ovpp_profile_key file_key[] = {
	{"name", OVPP_PROFILE_TEXT, 1},
	{"version", OVPP_PROFILE_INTEGER, 1},
	{"kind", OVPP_PROFILE_TEXT, 1},
	{"bus", OVPP_PROFILE_TEXT, 1},
	{"spacing_ms", OVPP_PROFILE_INTEGER, 1},
	{"response_ms", OVPP_PROFILE_INTEGER, 1},
	{"include", OVPP_PROFILE_LIST, 1},
	{"messages", OVPP_PROFILE_LIST, 1},
	{NULL, 0, 0},
};

static bool is_path(const char *name)
{
	size_t n = strlen(name);

	return strchr(name, '/') || (n > 5 && !strcmp(name + n - 5, ".yaml"));
}

/* Set @path to <dir>/<name>.yaml, and is there such a file? */
static bool in_dir(const char *dir, size_t dir_len, const char *name, char *path, size_t size)
{
	int n = snprintf(path, size, "%.*s/%s%s", (int)dir_len, dir, name,
			 is_path(name) ? "" : ".yaml");

	return n > 0 && (size_t)n < size && !access(path, F_OK);
}

static bool in_dirs(const char *dirs, const char *name, char *path, size_t size)
{
	while (*dirs) {
		size_t n = strcspn(dirs, ":");

		if (n && in_dir(dirs, n, name, path, size))
			return true;
		dirs += n + (dirs[n] == ':');
	}
	return false;
}

static bool beside_program(const char *name, char *path, size_t size)
{
	char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *end;

	if (n < 0)
		return false;
	dir[n] = '\0';
	end = strrchr(dir, '/');
	if (!end || (size_t)(end + 1 - dir) + sizeof(BUILD_TREE) > sizeof(dir))
		return false;
	strcpy(end + 1, BUILD_TREE);
	return in_dir(dir, strlen(dir), name, path, size);
}

int ovpp_profile_find(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("OVPP_PROFILES");
	bool found;

	if (is_path(name))
		found = (size_t)snprintf(path, size, "%s", name) < size && !access(path, F_OK);
	else if (dirs)
		found = in_dirs(dirs, name, path, size);
	else
		found = in_dirs(OVPP_PROFILE_DIRS, name, path, size) ||
			beside_program(name, path, size);
	return found ? 0 : -ENOENT;
}

/**
 * struct load - a profile on its way from files
 * @names: names of the messages so far
 * @messages: the messages themselves, likewise
 * @bus: enum ovpp_bus_type of all of them, -1 before the first file
 * @spacing_ms: the greatest that a file has
 * @response_ms: likewise; 0: none has one
 * @err: room for an error text
 * @err_size: its size
 */
struct load {
	json_t *names;
	json_t *messages;
	int bus;
	int64_t spacing_ms;
	int64_t response_ms;
	char *err;
	size_t err_size;
};

static int load_file(struct load *l, const char *path, int depth, json_t **head);

static int load_include(struct load *l, const struct ovpp_profile_where *w, const json_t *entry,
			int depth)
{
	const char *name = json_string_value(entry);
	const char *slash = strrchr(w->file, '/');
	const char *dir = slash ? w->file : ".";
	size_t dir_len = slash ? (size_t)(slash - w->file) : 1;
	char path[PATH_MAX];
	json_t *head;
	int ret;

	if (!name)
		return ovpp_profile_wrong(w, "'include' must be a list of names");
	if (depth == INCLUDE_DEPTH)
		return ovpp_profile_wrong(w, "included more than %d deep", INCLUDE_DEPTH);
	if (!(*name != '/' && in_dir(dir, dir_len, name, path, sizeof(path))) &&
	    ovpp_profile_find(name, path, sizeof(path)))
		return ovpp_profile_wrong(w, "no profile '%s' to include", name);
	ret = load_file(l, path, depth + 1, &head);
	if (!ret)
		json_decref(head);
	return ret;
}

/* Index of the message called @name, or the number of messages. */
static size_t find_message(const struct load *l, const char *name)
{
	json_t *v;
	size_t i;

	json_array_foreach (l->names, i, v)
		if (!strcmp(json_string_value(v), name))
			return i;
	return i;
}

static bool twice(const json_t *messages, size_t at, const char *name)
{
	json_t *v;
	size_t i;

	json_array_foreach (messages, i, v) {
		const char *other = json_string_value(json_object_get(v, "name"));

		if (i < at && other && !strcmp(other, name))
			return true;
	}
	return false;
}

static int add_message(struct load *l, struct ovpp_profile_where *w, const json_t *yaml, size_t i)
{
	const json_t *entry = json_array_get(yaml, i);
	json_t *name = json_object_get(entry, "name");
	json_t *obj;
	size_t at;
	int ret;

	ret = (l->bus == OVPP_BUS_MODBUS ? ovpp_profile_request : ovpp_profile_message)(w, entry,
											&obj);
	if (ret)
		return ret;
	if (twice(yaml, i, json_string_value(name))) {
		json_decref(obj);
		return ovpp_profile_wrong(w, "message '%s' is there twice",
					  json_string_value(name));
	}
	at = find_message(l, json_string_value(name));
	if (at < json_array_size(l->messages))
		return json_array_set_new(l->messages, at, obj) ? -ENOMEM : 0;
	if (json_array_append_new(l->messages, obj) || json_array_append(l->names, name))
		return -ENOMEM;
	return 0;
}

/* The bus that a file is for; all files are for the same. */
static int take_bus(struct load *l, const struct ovpp_profile_where *w, const json_t *yaml)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum("bus-type");
	const char *name = json_string_value(json_object_get(yaml, "bus")) ?: "can";
	int bus = ovpp_spec_value(e, name);
	char known[64] = "";

	if (bus < 0) {
		ovpp_spec_names(e, known, sizeof(known));
		return ovpp_profile_wrong(w, "unknown bus '%s'; known are %s", name, known);
	}
	if (l->bus >= 0 && l->bus != bus)
		return ovpp_profile_wrong(w, "included, but its bus is another one: %s", name);
	l->bus = bus;
	return 0;
}

/* Of several files the greatest: none asks too much of the device. */
static int take_time(const struct load *l, const struct ovpp_profile_where *w, const json_t *yaml,
		     const char *key, int64_t lo, int64_t hi, int64_t *time)
{
	int64_t v = 0;
	int ret = ovpp_profile_integer(w, yaml, key, lo, hi, &v);

	if (ret > 0 && l->bus != OVPP_BUS_MODBUS)
		return ovpp_profile_wrong(w, "'%s' is for modbus only", key);
	if (ret > 0 && v > *time)
		*time = v;
	return ret < 0 ? ret : 0;
}

static int take_head(struct load *l, const struct ovpp_profile_where *w, const json_t *yaml)
{
	int ret;

	ret = ovpp_profile_keys(w, yaml, file_key, 1, "a profile");
	if (!ret)
		ret = take_bus(l, w, yaml);
	if (!ret)
		ret = take_time(l, w, yaml, "spacing_ms", 0, SPACING_MAX, &l->spacing_ms);
	if (!ret)
		ret = take_time(l, w, yaml, "response_ms", 1, RESPONSE_MAX, &l->response_ms);
	return ret;
}

static int load_messages(struct load *l, struct ovpp_profile_where *w, const json_t *yaml,
			 int depth)
{
	const json_t *include = json_object_get(yaml, "include");
	const json_t *messages = json_object_get(yaml, "messages");
	json_t *v;
	size_t i;
	int ret;

	ret = take_head(l, w, yaml);
	json_array_foreach (include, i, v) {
		if (ret)
			return ret;
		ret = load_include(l, w, v, depth);
	}
	for (i = 0; !ret && i < json_array_size(messages); i++)
		ret = add_message(l, w, messages, i);
	return ret;
}

/* Add a file's messages, its includes' first; @head is set to the file. */
static int load_file(struct load *l, const char *path, int depth, json_t **head)
{
	struct ovpp_profile_where w = {
		.file = path,
		.err = l->err,
		.err_size = l->err_size,
	};
	json_t *yaml;
	int ret;

	ret = ovpp_yaml_load_exact(path, &yaml, l->err, l->err_size);
	if (ret)
		return ret;
	ret = load_messages(l, &w, yaml, depth);
	if (ret)
		json_decref(yaml);
	else
		*head = yaml;
	return ret;
}

static int check_name(const struct ovpp_profile_where *w, const char *name)
{
	if (!name)
		return ovpp_profile_wrong(w, "'name' is missing");
	if (!*name || strlen(name) > OPENVPP_NAME_MAX ||
	    name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789._-")])
		return ovpp_profile_wrong(w, "'name' must be 1 to %d of A-Z a-z 0-9 . _ -",
					  OPENVPP_NAME_MAX);
	return 0;
}

static int check_kind(const struct ovpp_profile_where *w, const char *kind)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum("der-kind");
	char known[256] = "";

	if (ovpp_spec_value(e, kind) >= 0)
		return 0;
	ovpp_spec_names(e, known, sizeof(known));
	return ovpp_profile_wrong(w, "unknown kind '%s'; known are %s", kind, known);
}

static int put_bus(const struct load *l, json_t *obj)
{
	int ret;

	ret = json_object_set_new(obj, "bus", json_string("modbus"));
	ret |= json_object_set_new(obj, "spacing_ms", json_integer(l->spacing_ms));
	if (l->response_ms)
		ret |= json_object_set_new(obj, "response_ms", json_integer(l->response_ms));
	return ret ? -ENOMEM : 0;
}

/* The object of profile-new, from the file's head and all messages. */
static int assemble(const struct load *l, const char *path, const json_t *head, json_t **out)
{
	struct ovpp_profile_where w = {
		.file = path,
		.err = l->err,
		.err_size = l->err_size,
	};
	const char *name = json_string_value(json_object_get(head, "name"));
	const char *kind = json_string_value(json_object_get(head, "kind"));
	int64_t version = 0;
	int ret;

	ret = check_name(&w, name);
	if (!ret)
		ret = check_kind(&w, kind ?: "other");
	if (!ret)
		ret = ovpp_profile_integer(&w, head, "version", 0, UINT32_MAX, &version);
	if (ret < 0)
		return ret;
	*out = json_pack("{s:s, s:I, s:s, s:O}", "name", name, "version", (json_int_t)version,
			 "kind", kind ?: "other", "message", l->messages);
	if (!*out)
		return -ENOMEM;
	return l->bus == OVPP_BUS_MODBUS ? put_bus(l, *out) : 0;
}

/* The same check as the kernel's; its text gets the file in front. */
static int check(const struct load *l, const char *path, const json_t *obj)
{
	struct ovpp_profile *prof;
	char text[384];
	int ret;

	ret = ovpp_profile_compile_named(obj, l->names, &prof, text, sizeof(text));
	if (ret)
		snprintf(l->err, l->err_size, "%s: %s", path, text);
	else
		ovpp_profile_free(prof);
	return ret;
}

int ovpp_profile_load(const char *path, json_t **out, char *err, size_t err_size)
{
	struct load l = {
		.names = json_array(),
		.messages = json_array(),
		.bus = -1,
		.err = err,
		.err_size = err_size,
	};
	json_t *head = NULL, *obj = NULL;
	int ret;

	snprintf(err, err_size, "%s: %s", path, strerror(ENOMEM));
	ret = load_file(&l, path, 0, &head);
	if (!ret && l.bus == OVPP_BUS_MODBUS)
		ret = ovpp_profile_pack(l.names, l.messages);
	if (!ret)
		ret = assemble(&l, path, head, &obj);
	if (!ret)
		ret = check(&l, path, obj);
	json_decref(head);
	json_decref(l.names);
	json_decref(l.messages);
	if (ret)
		json_decref(obj);
	else
		*out = obj;
	return ret;
}
