// SPDX-License-Identifier: GPL-2.0-or-later
/* A compiled hook, from its file to the kernel. */
#include "hook.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The verifier's log of a program that it refuses late is long. */
#define LOG_SIZE (16U << 20)

#define SUFFIX ".bpf.o"

/* libbpf's last words. Its callback is passed nothing of ours. */
static char warning[512];

static int remember(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN) {
		vsnprintf(warning, sizeof(warning), fmt, ap);
		warning[strcspn(warning, "\n")] = '\0';
	}
	return 0;
}

/* "what: reason (libbpf's words)"; returns CLI_REFUSED. */
static int failed(struct cli *cli, const char *what, int err)
{
	char reason[128];

	libbpf_strerror(err, reason, sizeof(reason));
	cli_error(cli, "%s: %s%s%s%s", what, reason, *warning ? " (" : "", warning,
		  *warning ? ")" : "");
	return CLI_REFUSED;
}

/* A policy beside this program: in the tree it was built in, or as installed. */
static bool find_policy(const char *name, char path[PATH_MAX])
{
	static const char *const folders[] = {"../bpf", "../lib/openvpp/bpf"};
	char self[PATH_MAX - 300];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0 || strlen(name) > 200)
		return false;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, PATH_MAX, "%s/%s/%s" SUFFIX, self, folders[i], name);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* A word without a slash and without ".o" is a policy. */
static int find_file(struct cli *cli, const char *word, char path[PATH_MAX])
{
	bool file = strchr(word, '/') || ends_with(word, ".o");

	if (file ? !access(word, R_OK) : find_policy(word, path)) {
		if (file)
			snprintf(path, PATH_MAX, "%s", word);
		return CLI_OK;
	}
	if (file)
		cli_error(cli, "%s: %s", word, strerror(errno));
	else
		cli_error(cli, "there is no installed policy '%s'; a file is given by its path",
			  word);
	return CLI_REFUSED;
}

/* "/a/deadband.bpf.o" -> "deadband" */
static int default_name(struct hook_object *o, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t n = strlen(base);

	n -= ends_with(base, SUFFIX) ? strlen(SUFFIX) : ends_with(base, ".o") ? 2 : 0;
	if (n > OPENVPP_NAME_MAX && !cli_value(o->cli, "name"))
		return cli_wrong(o->cli, "%s: longer than a name may be; give --name", base);
	snprintf(o->name, sizeof(o->name), "%.*s", (int)n, base);
	return CLI_OK;
}

static const char *struct_name(const struct hook_object *o, const struct bpf_map *map)
{
	const struct btf *btf = bpf_object__btf(o->bpf);
	const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));

	return t ? btf__name_by_offset(btf, t->name_off) : "";
}

/* The hook among the maps, and all maps for their settings. */
static int find_maps(struct hook_object *o, const char *path)
{
	struct bpf_map *map;
	size_t n = 0, hooks = 0;

	bpf_object__for_each_map(map, o->bpf) n++;
	o->maps = calloc(n + 1, sizeof(*o->maps));
	if (!o->maps)
		return failed(o->cli, path, -ENOMEM);
	bpf_object__for_each_map(map, o->bpf)
	{
		if (!bpf_map__is_internal(map))
			ovpp_bpf_map_init(&o->maps[o->n_maps++], o->bpf, map);
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		hooks++;
		if (!strcmp(struct_name(o, map), "ovpp_ops"))
			o->ops = map;
	}
	if (hooks == 1 && o->ops)
		return CLI_OK;
	cli_error(o->cli, "%s: it must have exactly one OVPP_HOOK(), and no other struct_ops",
		  path);
	return CLI_REFUSED;
}

static int take_settings(struct hook_object *o)
{
	const json_t *values = cli_values(o->cli, "set");
	int ret = CLI_OK;
	json_t *value;
	size_t i;

	o->settings = calloc(json_array_size(values) + 1, sizeof(*o->settings));
	if (!o->settings)
		return failed(o->cli, "--set", -ENOMEM);
	json_array_foreach (values, i, value) {
		ret = hook_setting(o->cli, o->maps, o->n_maps, json_string_value(value),
				   &o->settings[i]);
		if (ret)
			return ret;
		o->n_settings++;
	}
	return CLI_OK;
}

int hook_object_open(struct cli *cli, const char *file, struct hook_object *o)
{
	char path[PATH_MAX];
	int ret;

	*o = (struct hook_object){.cli = cli};
	ret = find_file(cli, file, path);
	if (!ret)
		ret = default_name(o, path);
	if (ret)
		return ret;
	libbpf_set_print(remember);
	o->bpf = bpf_object__open(path);
	if (!o->bpf)
		return failed(cli, path, -errno);
	ret = find_maps(o, path);
	if (!ret)
		ret = take_settings(o);
	return ret;
}

void hook_object_close(struct hook_object *o)
{
	bpf_object__close(o->bpf);
	free(o->maps);
	free(o->settings);
}

/* A member of the hook's struct ovpp_ops; NULL if the object's header lacks it. */
static void *member(struct hook_object *o, const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(o->bpf);
	const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(o->ops));
	const struct btf_member *m = btf_members(t);
	size_t room = 0;
	char *value = bpf_map__initial_value(o->ops, &room);

	for (uint32_t i = 0; value && i < btf_vlen(t); i++, m++) {
		if (strcmp(btf__name_by_offset(btf, m->name_off), name))
			continue;
		*size = (size_t)btf__resolve_size(btf, m->type);
		if (m->offset / 8 + *size <= room)
			return value + m->offset / 8;
	}
	cli_error(o->cli, "the object's struct ovpp_ops has no member '%s'", name);
	return NULL;
}

static int put_text(struct hook_object *o, const char *name, const char *text)
{
	size_t size;
	char *to = member(o, name, &size);

	if (!to)
		return CLI_REFUSED;
	if (!*text || strlen(text) >= size)
		return cli_wrong(o->cli, "--%s: '%s' must have 1 to %zu characters", name, text,
				 size - 1);
	memset(to, 0, size);
	memcpy(to, text, strlen(text));
	return CLI_OK;
}

int hook_object_name(struct hook_object *o, const char *site, const char *name)
{
	int ret;

	if (!name)
		name = o->name;
	/* The kernel has the last word; a pin's path must not be led astray before. */
	if (strchr(name, '/'))
		return cli_wrong(o->cli, "--name: a name has no slashes");
	ret = put_text(o, "site", site);
	if (!ret)
		ret = put_text(o, "name", name);
	if (!ret && name != o->name)
		snprintf(o->name, sizeof(o->name), "%s", name);
	return ret;
}

int hook_object_priority(struct hook_object *o, int64_t priority)
{
	int32_t value = (int32_t)priority;
	size_t size;
	void *to = member(o, "priority", &size);

	if (!to)
		return CLI_REFUSED;
	if (priority != value)
		return cli_wrong(o->cli, "--priority: must be %d to %d", INT32_MIN, INT32_MAX);
	memcpy(to, &value, sizeof(value));
	return CLI_OK;
}

int hook_object_budget(struct hook_object *o, const char *point, int64_t ns)
{
	int index = ovpp_spec_value(ovpp_spec_enum("hook-point"), point);
	uint32_t value = (uint32_t)ns;
	size_t size;
	char *to = member(o, "budget_ns", &size);

	if (!to)
		return CLI_REFUSED;
	if (index < 0 || (size_t)(index + 1) * sizeof(value) > size)
		return cli_wrong(o->cli, "--budget: '%s' is no member of a hook", point);
	if (ns < 1 || ns > OVPP_HOOK_BUDGET_MAX_NS)
		return cli_wrong(o->cli, "--budget: must be 1 ns to 1 s");
	memcpy(to + (size_t)index * sizeof(value), &value, sizeof(value));
	return CLI_OK;
}

/* A log of its own for every program; what is not written costs nothing. */
static void give_logs(struct hook_object *o)
{
	struct bpf_program *program;
	char *log;

	bpf_object__for_each_program(program, o->bpf)
	{
		log = calloc(1, LOG_SIZE);
		if (log && bpf_program__set_log_buf(program, log, LOG_SIZE))
			free(log);
	}
}

static void free_logs(struct hook_object *o)
{
	struct bpf_program *program;
	size_t size;
	char *log;

	bpf_object__for_each_program(program, o->bpf)
	{
		log = (char *)bpf_program__log_buf(program, &size);
		bpf_program__set_log_buf(program, NULL, 0);
		free(log);
	}
}

/* Only a program that was refused has a log: the kernel is not asked for others. */
static int not_loaded(struct hook_object *o, int err)
{
	struct bpf_program *program;
	const char *log;
	size_t size;

	bpf_object__for_each_program(program, o->bpf)
	{
		log = bpf_program__log_buf(program, &size);
		if (!log || !*log)
			continue;
		fputs(log, stderr);
		cli_error(o->cli, "the kernel has refused program %s: %s",
			  bpf_program__name(program), strerror(-err));
		return CLI_REFUSED;
	}
	return failed(o->cli, "cannot be loaded", err);
}

/* Maps have file descriptors now; those of the settings are among them. */
static void take_fds(struct hook_object *o)
{
	for (size_t i = 0; i < o->n_maps; i++)
		o->maps[i].fd = bpf_object__find_map_fd_by_name(o->bpf, o->maps[i].name);
}

int hook_object_load(struct hook_object *o)
{
	int ret, err;

	warning[0] = '\0';
	give_logs(o);
	err = bpf_object__load(o->bpf);
	ret = err ? not_loaded(o, err) : CLI_OK;
	free_logs(o);
	if (!ret)
		take_fds(o);
	return ret;
}
