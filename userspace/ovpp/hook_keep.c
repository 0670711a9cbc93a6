// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings that outlive the program they were made for. */
#include "hook.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOST_TEXT 256

/**
 * struct keeping - a map on its way from the old hook to the new
 * @o: new hook
 * @from: map of the old one
 * @to: its counterpart; NULL if there is none
 * @value: an entry of @from
 * @into: what becomes of it in @to
 */
struct keeping {
	const struct hook_object *o;
	const struct ovpp_bpf_map *from;
	const struct ovpp_bpf_map *to;
	uint8_t *value;
	uint8_t *into;
};

/* The setting of the same name and keys. */
static const struct ovpp_bpf_map *counterpart(const struct hook_object *o,
					      const struct ovpp_bpf_map *from)
{
	for (size_t i = 0; i < o->n_maps; i++) {
		const struct ovpp_bpf_map *to = &o->maps[i];

		if (!strcmp(to->name, from->name) && !ovpp_bpf_map_refusal(to) &&
		    ovpp_bpf_keys_alike(from, to))
			return to;
	}
	return NULL;
}

/* Nobody has set an entry of an array that has nothing but zeroes in it. */
static bool is_set(const struct keeping *k)
{
	if (k->from->type != BPF_MAP_TYPE_ARRAY)
		return true;
	for (size_t i = 0; i < k->from->value_size; i++) {
		if (k->value[i])
			return true;
	}
	return false;
}

/* A limit that went unnoticed would be worse than a program that is not replaced. */
static int not_kept(const struct keeping *k, const void *key, const char *member, const char *why)
{
	struct ovpp_bpf_names names = hook_names(k->o->cli);
	char text[OVPP_BPF_TEXT] = "";
	bool single = ovpp_bpf_map_single(k->from);

	if (!single)
		ovpp_bpf_key_text(k->from, &names, key, text);
	cli_error(k->o->cli,
		  "%s%s%s%s%s is set and cannot be taken over: %s; with --reset settings begin "
		  "anew",
		  k->from->name, single ? "" : ".", text, *member ? "." : "", member, why);
	return CLI_REFUSED;
}

static int keep_entry(const struct keeping *k, const void *key)
{
	char lost[LOST_TEXT] = "";

	if (!is_set(k))
		return CLI_OK;
	if (!k->to)
		return not_kept(k, key, lost, "the new hook has no such map");
	memset(k->into, 0, k->to->value_size);
	if (ovpp_bpf_entry_carry(k->from, k->value, k->to, k->into, lost, sizeof(lost)))
		return not_kept(k, key, lost, "the new hook has no such value");
	if (bpf_map_update_elem(k->to->fd, key, k->into, BPF_ANY))
		return not_kept(k, key, lost,
				errno == E2BIG ? "the new hook has no room for it"
					       : strerror(errno));
	return CLI_OK;
}

static int keep_map(const struct hook_object *o, const struct ovpp_bpf_map *from)
{
	struct keeping k = {.o = o, .from = from, .to = counterpart(o, from)};
	uint8_t key[8] = {0};
	int ret = CLI_OK;

	k.value = calloc(1, from->value_size);
	k.into = calloc(1, k.to ? k.to->value_size : 1);
	if (!k.value || !k.into) {
		cli_error(o->cli, "out of memory");
		ret = CLI_REFUSED;
	}
	for (void *last = NULL; !ret && !bpf_map_get_next_key(from->fd, last, key); last = key) {
		/* An entry may be gone by now. */
		if (!bpf_map_lookup_elem(from->fd, key, k.value))
			ret = keep_entry(&k, key);
	}
	free(k.value);
	free(k.into);
	return ret;
}

int hook_keep(const struct hook_object *o, const struct hook_pins *pins)
{
	struct hook_maps old;
	int ret = hook_maps_open(pins, &old);

	for (size_t i = 0; i < old.n && !ret; i++) {
		if (!ovpp_bpf_map_refusal(&old.maps[i]))
			ret = keep_map(o, &old.maps[i]);
	}
	hook_maps_close(&old);
	return ret;
}
