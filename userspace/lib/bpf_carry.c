// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings of one map as those of another. */
#include "bpf_map.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What a value is looked for by, in the entry it is carried into, and its place there. */
struct counterpart {
	const char *path;
	const struct ovpp_bpf_scalar *scalar;
	const uint8_t *place;
};

/* The entry that values are carried into. */
struct carrying {
	const struct ovpp_bpf_map *to;
	uint8_t *into;
	char *lost;
	size_t size;
	int ret;
};

static bool alike(const struct ovpp_bpf_scalar *a, const struct ovpp_bpf_scalar *b)
{
	return a->kind == b->kind && a->size == b->size && a->is_signed == b->is_signed;
}

static bool is_zero(const void *value, size_t size)
{
	static const uint8_t zero[8];

	return !memcmp(value, zero, size);
}

bool ovpp_bpf_keys_alike(const struct ovpp_bpf_map *a, const struct ovpp_bpf_map *b)
{
	struct ovpp_bpf_scalar of_a, of_b;

	return !ovpp_bpf_scalar(a->btf, a->key, &of_a) && !ovpp_bpf_scalar(b->btf, b->key, &of_b) &&
	       alike(&of_a, &of_b);
}

static void look(void *arg, const char *path, const struct ovpp_bpf_scalar *scalar,
		 const void *value)
{
	struct counterpart *c = arg;

	if (alike(scalar, c->scalar) && !strcmp(path, c->path))
		c->place = value;
}

static void carry(void *arg, const char *path, const struct ovpp_bpf_scalar *scalar,
		  const void *value)
{
	struct carrying *c = arg;
	struct counterpart found = {.path = path, .scalar = scalar};

	ovpp_bpf_entry_each(c->to, c->into, look, &found);
	if (found.place) {
		memcpy(c->into + (found.place - c->into), value, scalar->size);
	} else if (!c->ret && !is_zero(value, scalar->size)) {
		snprintf(c->lost, c->size, "%s", path);
		c->ret = -ENOENT;
	}
}

int ovpp_bpf_entry_carry(const struct ovpp_bpf_map *from, const void *entry,
			 const struct ovpp_bpf_map *to, void *into, char *lost, size_t size)
{
	struct carrying c = {.to = to, .into = into, .lost = lost, .size = size};

	ovpp_bpf_entry_each(from, entry, carry, &c);
	return c.ret;
}
