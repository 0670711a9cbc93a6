// SPDX-License-Identifier: GPL-2.0-or-later
/* What outlives the command: a folder of the BPF file system for each hook. */
#include "hook.h"
#include "path.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BPF_FOLDER "/sys/fs/bpf"

/* One more folder below; the file system has no dots in names, ours may have them. */
static void append_name(char *path, const char *name)
{
	ovpp_text_append(path, HOOK_PATH, "/");
	for (; *name; name++)
		ovpp_text_append(path, HOOK_PATH, strchr("./%", *name) ? "%%%02x" : "%c", *name);
}

void hook_pins_init(struct hook_pins *pins, struct cli *cli, const char *site, const char *name)
{
	*pins = (struct hook_pins){.cli = cli, .site = HOOK_PINS};
	append_name(pins->site, site);
	memcpy(pins->dir, pins->site, sizeof(pins->dir));
	append_name(pins->dir, name);
	/* No name becomes this one. */
	memcpy(pins->fresh, pins->dir, sizeof(pins->fresh));
	ovpp_text_append(pins->fresh, sizeof(pins->fresh), "%%new");
}

static int failed(const struct hook_pins *pins, const char *path, int err)
{
	cli_error(pins->cli, "%s: %s", path, strerror(err));
	return CLI_REFUSED;
}

static int check_file_system(const struct hook_pins *pins)
{
	struct statfs fs;

	if (!statfs(BPF_FOLDER, &fs) && fs.f_type == BPF_FS_MAGIC)
		return CLI_OK;
	cli_error(pins->cli,
		  BPF_FOLDER " is not mounted; mount it with: mount -t bpf bpf " BPF_FOLDER);
	return CLI_REFUSED;
}

/* A folder of pins has no folders in it. */
static int remove_folder(const char *path)
{
	char file[HOOK_PATH + 256];
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%.255s", path, entry->d_name);
		unlink(file);
	}
	closedir(dir);
	return rmdir(path) ? -errno : 0;
}

/* Folders that hold nothing more go as well. */
static void remove_parents(const struct hook_pins *pins)
{
	if (!rmdir(pins->site))
		rmdir(HOOK_PINS);
}

static int make_folder(const struct hook_pins *pins, const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? failed(pins, path, errno) : CLI_OK;
}

static int pin_maps(const struct hook_pins *pins, const struct hook_object *o)
{
	char path[HOOK_PATH + sizeof(o->maps->name)];

	for (size_t i = 0; i < o->n_maps; i++) {
		if (o->maps[i].type == BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		snprintf(path, sizeof(path), "%s/%s", pins->fresh, o->maps[i].name);
		if (!strcmp(o->maps[i].name, "link")) {
			cli_error(pins->cli, "a map cannot be called 'link': the hook's link is");
			return CLI_REFUSED;
		}
		if (bpf_obj_pin(o->maps[i].fd, path))
			return failed(pins, path, errno);
	}
	return CLI_OK;
}

int hook_pins_begin(struct hook_pins *pins, const struct hook_object *o)
{
	int ret = check_file_system(pins);

	if (ret)
		return ret;
	/* What a command has left that was killed. */
	remove_folder(pins->fresh);
	ret = make_folder(pins, HOOK_PINS);
	if (!ret)
		ret = make_folder(pins, pins->site);
	if (!ret)
		ret = make_folder(pins, pins->fresh);
	if (!ret)
		ret = pin_maps(pins, o);
	if (ret)
		hook_pins_abort(pins);
	return ret;
}

int hook_pins_link(struct hook_pins *pins, int link)
{
	char path[HOOK_PATH + 8];

	snprintf(path, sizeof(path), "%s/link", pins->fresh);
	return bpf_obj_pin(link, path) ? failed(pins, path, errno) : CLI_OK;
}

void hook_pins_abort(struct hook_pins *pins)
{
	remove_folder(pins->fresh);
	remove_parents(pins);
}

/* The kernel swaps the folders in one step, so that there is always a whole one. */
int hook_pins_commit(struct hook_pins *pins)
{
	if (!renameat2(AT_FDCWD, pins->fresh, AT_FDCWD, pins->dir, RENAME_NOREPLACE))
		return CLI_OK;
	if (errno != EEXIST ||
	    renameat2(AT_FDCWD, pins->fresh, AT_FDCWD, pins->dir, RENAME_EXCHANGE))
		return failed(pins, pins->dir, errno);
	remove_folder(pins->fresh);
	return CLI_OK;
}

/* Is nothing there since it is not pinned, or not even a hook? */
static int not_pinned(const struct hook_pins *pins, int err)
{
	if (err != ENOENT)
		return failed(pins, pins->dir, err);
	cli_error(pins->cli,
		  "there is no pinned hook of this name at %s; one that was loaded "
		  "without --pin ends with its command",
		  pins->dir);
	return CLI_REFUSED;
}

int hook_pins_open_link(const struct hook_pins *pins, int *fd)
{
	char path[HOOK_PATH + 8];

	snprintf(path, sizeof(path), "%s/link", pins->dir);
	*fd = bpf_obj_get(path);
	return *fd < 0 ? not_pinned(pins, errno) : CLI_OK;
}

bool hook_pins_there(const struct hook_pins *pins)
{
	char path[HOOK_PATH + 8];

	snprintf(path, sizeof(path), "%s/link", pins->dir);
	return !access(path, F_OK);
}

int hook_pins_remove(struct hook_pins *pins)
{
	int err = remove_folder(pins->dir);

	remove_parents(pins);
	return err ? failed(pins, pins->dir, -err) : CLI_OK;
}

static int is_map(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "link");
}

/* All maps come from one object and share its types. */
static int describe(struct hook_maps *maps, struct ovpp_bpf_map *map, const char *name)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_map_get_info_by_fd(map->fd, &info, &size))
		return -errno;
	snprintf(map->name, sizeof(map->name), "%s", name);
	map->type = info.type;
	map->key_size = info.key_size;
	map->value_size = info.value_size;
	map->max_entries = info.max_entries;
	if (!info.btf_value_type_id)
		return 0;
	if (!maps->btf)
		maps->btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!maps->btf)
		return -errno;
	map->btf = maps->btf;
	map->key = info.btf_key_type_id;
	map->value = info.btf_value_type_id;
	return 0;
}

static int open_map(const struct hook_pins *pins, struct hook_maps *maps, const char *name)
{
	struct ovpp_bpf_map *map = &maps->maps[maps->n];
	char path[HOOK_PATH + 256];
	int ret;

	snprintf(path, sizeof(path), "%s/%.255s", pins->dir, name);
	map->fd = bpf_obj_get(path);
	if (map->fd < 0)
		return failed(pins, path, errno);
	maps->n++;
	ret = describe(maps, map, name);
	return ret ? failed(pins, path, -ret) : CLI_OK;
}

int hook_maps_open(const struct hook_pins *pins, struct hook_maps *maps)
{
	struct dirent **entries;
	int n, ret = CLI_OK;

	*maps = (struct hook_maps){0};
	n = scandir(pins->dir, &entries, is_map, alphasort);
	if (n < 0)
		return not_pinned(pins, errno);
	maps->maps = calloc((size_t)n + 1, sizeof(*maps->maps));
	if (!maps->maps)
		ret = failed(pins, pins->dir, ENOMEM);
	for (int i = 0; i < n; i++) {
		if (!ret)
			ret = open_map(pins, maps, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (ret)
		hook_maps_close(maps);
	return ret;
}

void hook_maps_close(struct hook_maps *maps)
{
	for (size_t i = 0; i < maps->n; i++)
		close(maps->maps[i].fd);
	free(maps->maps);
	btf__free(maps->btf);
	*maps = (struct hook_maps){0};
}
