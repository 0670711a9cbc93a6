// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a dump, and any registers as a map: each of them, in turn, is taken for
 * each model. Nothing is read or said beyond what is there. The profiles that are
 * written of any map are either good or refused with a reason.
 */
#include "input.h"
#include "profile.h"
#include "sunspec_curve.h"
#include "sunspec_dump.h"
#include "sunspec_profile.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MODELS 8

/* What a visit has met. */
struct met {
	const struct ovpp_sunspec_block *block;
	size_t depth;
	size_t points;
};

static int meet(void *ctx, const struct ovpp_sunspec_value *v)
{
	char text[OVPP_SUNSPEC_TEXT];
	struct met *met = ctx;

	met->points++;
	PROMISE(v->reg >= met->block->reg + 2);
	PROMISE(v->reg + v->point->size <= met->block->reg + met->block->n);
	PROMISE(v->address - met->block->address == (uint32_t)(v->reg - met->block->reg));
	PROMISE(!ovpp_sunspec_format(v, text) == (v->state == OVPP_SUNSPEC_GOOD));
	PROMISE(strlen(text) < OVPP_SUNSPEC_TEXT);
	PROMISE(!ovpp_sunspec_format_raw(v, text) == (v->state != OVPP_SUNSPEC_ABSENT));
	for (const struct ovpp_sunspec_symbol *s = v->point->symbol; s && s->name; s++)
		(void)ovpp_sunspec_has(v, s);
	return 0;
}

static int enter(void *ctx, const struct ovpp_sunspec_group *group, size_t index)
{
	(void)group;
	(void)index;
	((struct met *)ctx)->depth++;
	return 0;
}

static int leave(void *ctx, const struct ovpp_sunspec_group *group)
{
	(void)group;
	((struct met *)ctx)->depth--;
	return 0;
}

static void decode(const struct ovpp_sunspec_block *block)
{
	struct met met = {.block = block};
	const struct ovpp_sunspec_visitor visitor = {meet, enter, leave, &met};
	size_t used;

	PROMISE(!ovpp_sunspec_decode(block, &visitor, &used));
	PROMISE(used >= 2 && used <= (block->n < 2 ? 2 : block->n));
	PROMISE(!met.depth && met.points <= block->n);
}

/* ---- curves ---- */

/* Whatever a device says of its curves, nothing that it follows is written. */
static void harmless(const struct ovpp_sunspec_curves *c,
		     const struct ovpp_sunspec_curve_plan *plan)
{
	PROMISE(plan->curve >= 1 && plan->curve <= c->curves && plan->curve != c->active);
	for (size_t i = 0; i < c->n; i++) {
		const struct ovpp_sunspec_curve_value *at = &c->value[i];

		PROMISE(!plan->write[at->v.reg - c->block.reg] || !at->curve ||
			at->curve == plan->curve);
	}
}

static void curves(const struct ovpp_sunspec_block *block)
{
	struct ovpp_sunspec_curve_plan plan;
	struct ovpp_sunspec_curves c;
	char err[256] = "";
	json_t *file;

	if (ovpp_sunspec_curves(block, &c))
		return;
	file = json_pack("{s:s, s:[{s:i, s:i}, {s:i, s:i}]}", "Ena", "ENABLED", "Pt", "V", 90,
			 "Var", 10, "V", 110, "Var", -10);
	if (!c.room)
		json_object_del(file, "Pt");
	if (ovpp_sunspec_curve_plan(&c, file, &plan, err, sizeof(err))) {
		PROMISE(err[0]);
	} else {
		harmless(&c, &plan);
		ovpp_sunspec_curve_plan_free(&plan);
	}
	json_decref(file);
	ovpp_sunspec_curves_free(&c);
}

static void walk(const struct ovpp_sunspec_map *map, size_t at)
{
	struct ovpp_sunspec_block block;
	size_t before = at;

	for (; ovpp_sunspec_next(map, &at, &block) > 0; before = at) {
		PROMISE(at > before && at <= map->n);
		PROMISE(block.n >= 2 && block.reg + block.n == map->reg + at);
		decode(&block);
		curves(&block);
	}
}

/* ---- profiles ---- */

static void load(const struct ovpp_sunspec_profile *p)
{
	int fd = memfd_create("profile", MFD_CLOEXEC);
	struct ovpp_profile *prof;
	char path[64], err[256] = "";
	json_t *obj;

	PROMISE(fd >= 0 && write(fd, p->yaml, strlen(p->yaml)) == (ssize_t)strlen(p->yaml));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ovpp_profile_load(path, &obj, err, sizeof(err))) {
		PROMISE(err[0]);
	} else {
		PROMISE(!strcmp(json_string_value(json_object_get(obj, "name")), p->name));
		PROMISE(!ovpp_profile_compile(obj, &prof, err, sizeof(err)));
		ovpp_profile_free(prof);
		json_decref(obj);
	}
	close(fd);
}

static void profiles(const struct ovpp_sunspec_map *map, size_t at, unsigned int how)
{
	const struct ovpp_sunspec_wish wish = {
		.unit = (uint8_t)(1 + how % 247),
		.revert_s = (uint16_t)(2 + how % 60000),
		.by_unit = how & 1,
		.connect = how & 2,
		.read_only = how & 4,
	};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	struct ovpp_sunspec_profile *p;
	size_t n;

	PROMISE(!ovpp_sunspec_profiles(map, at, &wish, &p, &n));
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(p[i].name);

		PROMISE(len && len < OVPP_SUNSPEC_NAME && strspn(p[i].name, letters) == len);
		load(&p[i]);
	}
	ovpp_sunspec_profiles_free(p, n);
}

/* A chain of known models with any registers in them. */
static void chain(struct input *in)
{
	size_t n = 0, models = draw_below(in, MODELS), room = 0;
	unsigned int how = (unsigned int)draw(in, 2);
	struct ovpp_sunspec_map map = {.base = 40000};
	uint16_t *reg = NULL;

	for (size_t i = 0; i < models; i++) {
		const struct ovpp_sunspec_model *model =
			&ovpp_sunspec_models[draw_below(in, (u32)ovpp_sunspec_n_models)];

		room = n + model->top.size;
		reg = realloc(reg, room * sizeof(*reg));
		reg[n++] = model->id;
		reg[n++] = (uint16_t)(model->top.size - 2);
		while (n < room)
			reg[n++] = (uint16_t)draw(in, 2);
	}
	map.reg = reg;
	map.n = n;
	profiles(&map, 0, how);
	free(reg);
}

/* Registers in a buffer of their size, with an ID that is known. */
static void registers(struct input *in)
{
	size_t n = (size_t)(in->end - in->at) / 2, at;
	const struct ovpp_sunspec_model *model;
	struct ovpp_sunspec_map map = {.n = n, .base = 40000};
	uint16_t *reg;

	model = &ovpp_sunspec_models[draw_below(in, (u32)ovpp_sunspec_n_models)];
	reg = malloc(n ? n * sizeof(*reg) : 1);
	for (size_t i = 0; i < n; i++)
		reg[i] = (uint16_t)draw(in, 2);
	map.reg = reg;
	if (n)
		reg[0] = model->id;
	walk(&map, 0);
	profiles(&map, 0, n ? reg[n - 1] : 0);
	if (!ovpp_sunspec_find(&map, NULL, 0, &at))
		walk(&map, at);
	free(reg);
}

static void text(const u8 *data, size_t size, long base)
{
	static struct ovpp_sunspec_dump dump;
	struct ovpp_sunspec_map map;
	char *copy = malloc(size + 1), err[128];
	size_t at;

	memcpy(copy, data, size);
	copy[size] = '\0';
	if (ovpp_sunspec_dump_parse(copy, size, "f", base, &dump, err, sizeof(err)))
		PROMISE(err[0]);
	else if (!ovpp_sunspec_dump_find(&dump, &map, &at))
		walk(&map, at);
	free(copy);
}

/* The first byte says what the others are. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data + 1, data + size};

	if (!size)
		return 0;
	if (data[0] & 4)
		chain(&in);
	else if (data[0] & 1)
		registers(&in);
	else
		text(data + 1, size - 1, data[0] & 2 ? 40000 : -1);
	return 0;
}
