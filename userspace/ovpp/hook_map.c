// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp hook set, ovpp hook get: settings in the maps of a hook. */
#include "hook.h"
#include "path.h"
#include "show.h"
#include "table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHY_TEXT 1024
#define PATH_TEXT 512

int hook_setting(struct cli *cli, const struct ovpp_bpf_map *maps, size_t n, const char *text,
		 struct ovpp_bpf_setting *setting)
{
	struct ovpp_bpf_names names = hook_names(cli);
	char why[WHY_TEXT];

	if (!ovpp_bpf_setting_parse(maps, n, &names, text, setting, why, sizeof(why)))
		return CLI_OK;
	return *why ? cli_wrong(cli, "%s", why) : CLI_REFUSED;
}

static bool same_entry(const struct ovpp_bpf_setting *a, const struct ovpp_bpf_setting *b)
{
	return a->map == b->map && !memcmp(a->key, b->key, sizeof(a->key));
}

/* The entry of the first setting, with what all that follow say of it. */
static int apply_entry(const struct ovpp_bpf_map *map, const struct ovpp_bpf_setting *settings,
		       size_t n)
{
	uint8_t *value = calloc(1, map->value_size);
	int ret = 0;

	if (!value)
		return -ENOMEM;
	/* An entry that is not there yet begins with zeroes. */
	if (bpf_map_lookup_elem(map->fd, settings[0].key, value) && errno != ENOENT)
		ret = -errno;
	for (size_t i = 0; i < n; i++) {
		if (same_entry(&settings[0], &settings[i]))
			memcpy(value + settings[i].offset, settings[i].value, settings[i].size);
	}
	if (!ret && bpf_map_update_elem(map->fd, settings[0].key, value, BPF_ANY))
		ret = -errno;
	free(value);
	return ret;
}

int hook_apply(struct cli *cli, const struct ovpp_bpf_map *maps,
	       const struct ovpp_bpf_setting *settings, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ovpp_bpf_map *map = &maps[settings[i].map];
		size_t first = 0;
		int ret;

		while (!same_entry(&settings[first], &settings[i]))
			first++;
		if (first < i)
			continue; /* written with that one */
		ret = apply_entry(map, &settings[i], n - i);
		if (!ret)
			continue;
		if (ret == -E2BIG)
			cli_error(cli, "%s is full: it has room for %u entries", map->name,
				  map->max_entries);
		else
			cli_error(cli, "%s: %s", map->name, strerror(-ret));
		return CLI_REFUSED;
	}
	return CLI_OK;
}

/* The maps of the hook that the first word names. */
static int open_maps(struct cli *cli, struct hook_maps *maps)
{
	char site[OPENVPP_NAME_MAX + 1];
	struct hook_pins pins;
	int ret = hook_rights(cli);

	*maps = (struct hook_maps){0};
	if (!ret)
		ret = hook_site(cli, site);
	if (ret)
		return ret;
	hook_pins_init(&pins, cli, site, cli->words[0]);
	return hook_maps_open(&pins, maps);
}

/* All are read before the first one is written. */
int hook_set(struct cli *cli)
{
	struct ovpp_bpf_setting *settings;
	struct hook_maps maps;
	int ret;

	if (cli->n_words < 2)
		return cli_wrong(cli, "MAP.KEY=VALUE is missing");
	settings = calloc(cli->n_words, sizeof(*settings));
	if (!settings) {
		cli_error(cli, "out of memory");
		return CLI_REFUSED;
	}
	ret = open_maps(cli, &maps);
	for (size_t i = 1; i < cli->n_words && !ret; i++)
		ret = hook_setting(cli, maps.maps, maps.n, cli->words[i], &settings[i - 1]);
	if (!ret)
		ret = hook_apply(cli, maps.maps, settings, cli->n_words - 1);
	hook_maps_close(&maps);
	free(settings);
	return ret;
}

/**
 * struct reading - one run of get
 * @cli: invocation
 * @wanted: "map", "map.key" and so on: only this and what is below; NULL for all
 * @table: settings for people
 * @object: settings for programs
 * @by_name: path of the entry with names of DER
 * @by_id: the same with their ids
 * @found: something was shown
 */
struct reading {
	struct cli *cli;
	const char *wanted;
	struct table *table;
	json_t *object;
	char by_name[PATH_TEXT];
	char by_id[PATH_TEXT];
	bool found;
};

static bool is_below(const char *path, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(path, wanted, n) && (!path[n] || path[n] == '.');
}

static bool wanted(const struct reading *r, const char *member)
{
	char by_name[2 * PATH_TEXT], by_id[2 * PATH_TEXT];
	const char *dot = *member ? "." : "";

	if (!r->wanted)
		return true;
	snprintf(by_name, sizeof(by_name), "%s%s%s", r->by_name, dot, member);
	snprintf(by_id, sizeof(by_id), "%s%s%s", r->by_id, dot, member);
	return is_below(by_name, r->wanted) || is_below(by_id, r->wanted);
}

static void add_scalar(void *arg, const char *member, const struct ovpp_bpf_scalar *scalar,
		       const void *value)
{
	struct reading *r = arg;
	struct ovpp_bpf_names names = hook_names(r->cli);
	char path[2 * PATH_TEXT], text[OVPP_BPF_TEXT];

	if (!wanted(r, member))
		return;
	snprintf(path, sizeof(path), "%s%s%s", r->by_name, *member ? "." : "", member);
	ovpp_bpf_format(scalar, &names, value, text);
	table_add(r->table, path);
	table_add(r->table, text);
	r->found = true;
}

static int add_json(struct reading *r, const struct ovpp_bpf_map *map, const char *key,
		    const void *value)
{
	json_t *entry = ovpp_bpf_entry_json(map, value);
	json_t *entries;

	if (ovpp_bpf_map_single(map))
		return json_object_set_new(r->object, map->name, entry) ? -ENOMEM : 0;
	entries = json_object_get(r->object, map->name);
	return json_object_set_new(entries, key, entry) ? -ENOMEM : 0;
}

/* One entry: as lines, and as JSON if the whole entry is wanted or a part of it. */
static int read_entry(struct reading *r, const struct ovpp_bpf_map *map, const void *key,
		      const void *value)
{
	struct ovpp_bpf_names names = hook_names(r->cli);
	char by_name[OVPP_BPF_TEXT], by_id[OVPP_BPF_TEXT];
	bool before = r->found;
	int ret = 0;

	snprintf(r->by_name, PATH_TEXT, "%s", map->name);
	snprintf(r->by_id, PATH_TEXT, "%s", map->name);
	ovpp_bpf_key_text(map, NULL, key, by_id);
	if (!ovpp_bpf_map_single(map)) {
		ovpp_bpf_key_text(map, &names, key, by_name);
		ovpp_text_append(r->by_name, PATH_TEXT, ".%s", by_name);
		ovpp_text_append(r->by_id, PATH_TEXT, ".%s", by_id);
	}
	r->found = false;
	ovpp_bpf_entry_each(map, value, add_scalar, r);
	if (r->found && r->cli->json)
		ret = add_json(r, map, by_id, value);
	r->found = r->found || before;
	return ret;
}

static int read_map(struct reading *r, const struct ovpp_bpf_map *map)
{
	uint8_t *value = calloc(1, map->value_size), key[8] = {0};
	int ret = 0;

	if (!value)
		return -ENOMEM;
	if (!ovpp_bpf_map_single(map))
		ret = json_object_set_new(r->object, map->name, json_object()) ? -ENOMEM : 0;
	for (void *last = NULL; !ret && !bpf_map_get_next_key(map->fd, last, key); last = key) {
		/* An entry may be gone by now. */
		if (!bpf_map_lookup_elem(map->fd, key, value))
			ret = read_entry(r, map, key, value);
	}
	free(value);
	return ret;
}

/* Is it the map that is asked for? Of all maps, the settings are. */
static bool is_wanted(const struct reading *r, const struct ovpp_bpf_map *map)
{
	return r->wanted ? is_below(r->wanted, map->name) : !ovpp_bpf_map_refusal(map);
}

static int nothing_there(struct reading *r, const struct hook_maps *maps)
{
	char list[WHY_TEXT] = "";

	for (size_t i = 0; i < maps->n; i++) {
		if (is_wanted(r, &maps->maps[i])) {
			const struct ovpp_bpf_map *map = &maps->maps[i];

			if (!ovpp_bpf_map_readable(map))
				cli_error(r->cli, "%s cannot be shown: %s", map->name,
					  ovpp_bpf_map_refusal(map));
			else
				cli_error(r->cli, "%s has no such entry", map->name);
			return CLI_NO;
		}
		if (ovpp_bpf_map_readable(&maps->maps[i]))
			ovpp_text_append(list, sizeof(list), "%s%s", *list ? ", " : "",
					 maps->maps[i].name);
	}
	return cli_wrong(r->cli, "there is no map '%s'; there are %s", r->wanted, list);
}

static int show_reading(struct reading *r, const struct hook_maps *maps)
{
	int ret = 0;

	for (size_t i = 0; i < maps->n && !ret; i++) {
		if (is_wanted(r, &maps->maps[i]) && ovpp_bpf_map_readable(&maps->maps[i]))
			ret = read_map(r, &maps->maps[i]);
	}
	if (ret) {
		cli_error(r->cli, "%s", strerror(-ret));
		return CLI_REFUSED;
	}
	/* A whole map may be empty. */
	if (r->wanted && !r->found && (strchr(r->wanted, '.') || !json_object_size(r->object)))
		return nothing_there(r, maps);
	if (r->cli->json)
		return show_json(r->object);
	table_print(r->table, stdout, "\n");
	return CLI_OK;
}

int hook_show_maps(struct cli *cli)
{
	static const char *const headings[] = {"SETTING", "-VALUE"};
	struct reading r = {.cli = cli};
	struct hook_maps maps;
	int ret;

	if (cli->n_words > 2)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[2]);
	ret = open_maps(cli, &maps);
	if (ret)
		return ret;
	r.wanted = cli->n_words == 2 ? cli->words[1] : NULL;
	r.table = table_new(headings, 2);
	r.object = json_object();
	if (r.table && r.object) {
		ret = show_reading(&r, &maps);
	} else {
		cli_error(cli, "out of memory");
		ret = CLI_REFUSED;
	}
	table_free(r.table);
	json_decref(r.object);
	hook_maps_close(&maps);
	return ret;
}
