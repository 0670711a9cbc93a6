/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovpp hook: BPF programs in the control path. */
#ifndef OVPP_HOOK_CLI_H
#define OVPP_HOOK_CLI_H

#include "bpf_map.h"
#include "cli.h"

#include <linux/openvpp_hook.h>

/* Where hooks that outlive the command are pinned: SITE/NAME/ below it. */
#define HOOK_PINS "/sys/fs/bpf/openvpp"

/* Where those are listed that are to be there after a start of the machine. */
#define HOOK_LIST "/etc/openvpp/hooks.d"

/* Room for the path of anything that is pinned. */
#define HOOK_PATH 512

struct bpf_map;
struct bpf_object;

/*
 * hook.c. Each prints what went wrong and returns enum cli_status.
 */

/* Name of the site that is meant. */
int hook_site(struct cli *cli, char site[OPENVPP_NAME_MAX + 1]);

/* May this process load programs, or see those of others? */
int hook_rights(struct cli *cli);

/* The hook as the kernel has it. */
int hook_get(struct cli *cli, const char *site, const char *name, json_t **hook);

/* The DER of a site as settings name them; @cli outlives it. */
struct ovpp_bpf_names hook_names(struct cli *cli);

/*
 * hook_object.c: a compiled hook, from its file to the kernel.
 */

/**
 * struct hook_object - a hook in the making
 * @cli: invocation
 * @name: its name in the site
 * @bpf: libbpf's object
 * @ops: its only map of type struct ovpp_ops
 * @maps: all maps
 * @n_maps: their number
 * @settings: what is to be set before it is attached
 * @n_settings: their number
 */
struct hook_object {
	struct cli *cli;
	char name[OPENVPP_NAME_MAX + 1];
	struct bpf_object *bpf;
	struct bpf_map *ops;
	struct ovpp_bpf_map *maps;
	size_t n_maps;
	struct ovpp_bpf_setting *settings;
	size_t n_settings;
};

/* Opens a file, or an installed policy; its settings are those of --set. */
int hook_object_open(struct cli *cli, const char *file, struct hook_object *o);
void hook_object_close(struct hook_object *o);

/* Fills in the members of struct ovpp_ops that are given here. */
int hook_object_name(struct hook_object *o, const char *site, const char *name);
int hook_object_priority(struct hook_object *o, int64_t priority);
int hook_object_budget(struct hook_object *o, const char *member, int64_t ns);

/* Gives it to the kernel. It is not attached yet, and its settings are not made. */
int hook_object_load(struct hook_object *o);

/*
 * hook_pin.c: what is pinned.
 */

/**
 * struct hook_pins - the folder of a hook
 * @cli: invocation
 * @site: folder of the site
 * @dir: folder of the hook: "link", and its maps by name
 * @fresh: what is to take its place, until it is complete
 */
struct hook_pins {
	struct cli *cli;
	char site[HOOK_PATH];
	char dir[HOOK_PATH];
	char fresh[HOOK_PATH];
};

void hook_pins_init(struct hook_pins *pins, struct cli *cli, const char *site, const char *name);

/* Begins a new folder with the maps of an object; adds the link to it. */
int hook_pins_begin(struct hook_pins *pins, const struct hook_object *o);
int hook_pins_link(struct hook_pins *pins, int link);

/* Puts the new folder into the place of the old one, or takes it away again. */
int hook_pins_commit(struct hook_pins *pins);
void hook_pins_abort(struct hook_pins *pins);

/* The pinned link of a hook, to be closed. */
int hook_pins_open_link(const struct hook_pins *pins, int *fd);

/* Is a hook pinned, whether or not its site is still there? */
bool hook_pins_there(const struct hook_pins *pins);

/* Takes a hook's folder away. */
int hook_pins_remove(struct hook_pins *pins);

/**
 * struct hook_maps - pinned maps
 * @maps: maps, sorted by name
 * @n: their number
 * @btf: their types
 */
struct hook_maps {
	struct ovpp_bpf_map *maps;
	size_t n;
	struct btf *btf;
};

int hook_maps_open(const struct hook_pins *pins, struct hook_maps *maps);
void hook_maps_close(struct hook_maps *maps);

/*
 * hook_map.c: settings.
 */

/* One text "map.key=value". */
int hook_setting(struct cli *cli, const struct ovpp_bpf_map *maps, size_t n, const char *text,
		 struct ovpp_bpf_setting *setting);

/* Writes settings, those of one entry at once; what is not set stays. */
int hook_apply(struct cli *cli, const struct ovpp_bpf_map *maps,
	       const struct ovpp_bpf_setting *settings, size_t n);

/*
 * hook_keep.c: gives a loaded object the settings of the pinned hook that it is to
 * replace, value by value. One that it has no place for is an error.
 */
int hook_keep(const struct hook_object *o, const struct hook_pins *pins);

/* Verbs. */
int hook_load(struct cli *cli);
int hook_replace(struct cli *cli);
int hook_restore(struct cli *cli);
int hook_set(struct cli *cli);
int hook_show_maps(struct cli *cli);
int hook_tap(struct cli *cli);

#endif /* OVPP_HOOK_CLI_H */
