// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp sunspec decode */
#include "show.h"
#include "sunspec_verbs.h"
#include "table.h"

#include <errno.h>
#include "file.h"
#include "sunspec_dump.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_MAX (16 * 1024 * 1024)
#define PATH_TEXT 160

/* Hex words in a line. */
#define WORDS 12

static const char *const type_names[] = {
	[OVPP_SUNSPEC_INT16] = "int16",
	[OVPP_SUNSPEC_UINT16] = "uint16",
	[OVPP_SUNSPEC_ACC16] = "acc16",
	[OVPP_SUNSPEC_ENUM16] = "enum16",
	[OVPP_SUNSPEC_BITFIELD16] = "bitfield16",
	[OVPP_SUNSPEC_SUNSSF] = "sunssf",
	[OVPP_SUNSPEC_PAD] = "pad",
	[OVPP_SUNSPEC_INT32] = "int32",
	[OVPP_SUNSPEC_UINT32] = "uint32",
	[OVPP_SUNSPEC_ACC32] = "acc32",
	[OVPP_SUNSPEC_ENUM32] = "enum32",
	[OVPP_SUNSPEC_BITFIELD32] = "bitfield32",
	[OVPP_SUNSPEC_INT64] = "int64",
	[OVPP_SUNSPEC_UINT64] = "uint64",
	[OVPP_SUNSPEC_ACC64] = "acc64",
	[OVPP_SUNSPEC_FLOAT32] = "float32",
	[OVPP_SUNSPEC_FLOAT64] = "float64",
	[OVPP_SUNSPEC_STRING] = "string",
	[OVPP_SUNSPEC_IPADDR] = "ipaddr",
	[OVPP_SUNSPEC_IPV6ADDR] = "ipv6addr",
	[OVPP_SUNSPEC_EUI48] = "eui48",
};

const char *sunspec_clean(char *text)
{
	json_t *string = json_string(text);

	for (char *c = text; !string && *c; c++) {
		if (*c & 0x80)
			*c = '?';
	}
	json_decref(string);
	return text;
}

/* ---- JSON ---- */

/* A whole number as an integer, if it fits; else as text. */
static json_t *json_number(const char *text)
{
	bool whole = !text[strspn(text, "-0123456789")];
	long long value;

	errno = 0;
	value = strtoll(text, NULL, 10);
	return whole && !errno ? json_integer(value) : json_string(text);
}

static json_t *json_symbol(const struct ovpp_sunspec_value *v)
{
	const struct ovpp_sunspec_symbol *s = v->point->symbol;
	bool several = ovpp_sunspec_is_bits(v->point);
	json_t *names;

	if (v->state == OVPP_SUNSPEC_ABSENT || (!several && !s))
		return json_null();
	names = several ? json_array() : json_null();
	for (; s && s->name; s++) {
		if (!ovpp_sunspec_has(v, s))
			continue;
		if (!several)
			return json_string(s->name);
		json_array_append_new(names, json_string(s->name));
	}
	return names;
}

static json_t *json_raw(const struct ovpp_sunspec_value *v)
{
	char text[OVPP_SUNSPEC_TEXT];

	if (ovpp_sunspec_format_raw(v, text))
		return json_null();
	return ovpp_sunspec_is_integer(v->point) ? json_number(text) : json_string(text);
}

static json_t *json_value(const struct ovpp_sunspec_value *v)
{
	char text[OVPP_SUNSPEC_TEXT];

	if (ovpp_sunspec_format(v, text))
		return json_null();
	return ovpp_sunspec_is_number(v->point) ? json_number(text)
						: json_string(sunspec_clean(text));
}

static json_t *json_point(const struct ovpp_sunspec_value *v)
{
	return json_pack("{s:s, s:o, s:o, s:s?, s:s, s:o}", "name", v->point->name, "raw",
			 json_raw(v), "value", json_value(v), "unit", v->point->unit, "type",
			 type_names[v->point->type], "symbol", json_symbol(v));
}

/* How deep groups are in each other, and more than any model needs. */
#define DEPTH 8

/* The models, groups and points that are open; [0] is the model. */
struct tree {
	json_t *node[DEPTH];
	size_t depth;
};

static int tree_point(void *ctx, const struct ovpp_sunspec_value *v)
{
	struct tree *t = ctx;

	return json_array_append_new(json_object_get(t->node[t->depth], "points"), json_point(v));
}

static int tree_enter(void *ctx, const struct ovpp_sunspec_group *group, size_t index)
{
	struct tree *t = ctx;
	json_t *node;

	if (t->depth + 1 == DEPTH)
		return -E2BIG;
	node = json_pack("{s:s, s:I, s:[], s:[]}", "name", group->name, "index", (json_int_t)index,
			 "points", "groups");
	if (!node)
		return -ENOMEM;
	json_array_append_new(json_object_get(t->node[t->depth], "groups"), node);
	t->node[++t->depth] = node;
	return 0;
}

static int tree_leave(void *ctx, const struct ovpp_sunspec_group *group)
{
	struct tree *t = ctx;

	(void)group;
	t->depth--;
	return 0;
}

/* Registers that no point has, from an index on. */
static json_t *json_rest(const struct ovpp_sunspec_block *block, size_t from)
{
	json_t *rest = json_array();
	char text[8];

	for (; from < block->n; from++) {
		snprintf(text, sizeof(text), "%04x", block->reg[from]);
		json_array_append_new(rest, json_string(text));
	}
	return rest;
}

static int json_block(const struct ovpp_sunspec_block *block, json_t *models)
{
	struct tree t = {0};
	const struct ovpp_sunspec_visitor visitor = {tree_point, tree_enter, tree_leave, &t};
	size_t used;
	int ret;

	t.node[0] = json_pack("{s:i, s:s?, s:i, s:i, s:b, s:[], s:[]}", "id", block->id, "name",
			      block->model ? block->model->top.name : NULL, "address",
			      (int)block->address, "length", block->length, "complete",
			      block->complete, "points", "groups");
	if (!t.node[0])
		return -ENOMEM;
	json_array_append_new(models, t.node[0]);
	ret = ovpp_sunspec_decode(block, &visitor, &used);
	json_object_set_new(t.node[0], "registers", json_rest(block, used));
	return ret;
}

/* ---- text ---- */

/* A table of points, and the names of the groups they are in, "Crv[0].Pt[1].". */
struct list {
	struct table *table;
	char path[PATH_TEXT];
};

/* "4 MPPT", "0x5 A, B" */
static void add_symbols(const struct ovpp_sunspec_value *v, char *text, size_t size)
{
	const struct ovpp_sunspec_symbol *s = v->point->symbol;
	size_t len;

	if (ovpp_sunspec_is_bits(v->point))
		snprintf(text, size, "0x%llx", (unsigned long long)v->raw);
	len = strlen(text);
	for (const char *between = " "; s && s->name && len < size; s++) {
		if (!ovpp_sunspec_has(v, s))
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s", between, s->name);
		between = ", ";
	}
}

/* "61.4 A (raw 614)" */
static void describe(const struct ovpp_sunspec_value *v, char *out, size_t size)
{
	char raw[OVPP_SUNSPEC_TEXT], text[OVPP_SUNSPEC_TEXT];
	const char *unit = v->point->unit;
	bool differs, good = !ovpp_sunspec_format(v, text);

	differs = !ovpp_sunspec_format_raw(v, raw) && ovpp_sunspec_is_integer(v->point) &&
		  strcmp(raw, text);
	if (good)
		add_symbols(v, text, sizeof(text));
	snprintf(out, size, "%s%s%s%s%s%s", good ? text : "-", good && unit ? " " : "",
		 good && unit ? unit : "", differs ? " (raw " : "", differs ? raw : "",
		 differs ? ")" : "");
}

static int list_point(void *ctx, const struct ovpp_sunspec_value *v)
{
	char name[PATH_TEXT + 64], text[2 * OVPP_SUNSPEC_TEXT + 64];
	struct list *list = ctx;

	snprintf(name, sizeof(name), "  %s%s", list->path, v->point->name);
	describe(v, text, sizeof(text));
	table_add(list->table, name);
	table_add(list->table, sunspec_clean(text));
	return 0;
}

static int list_enter(void *ctx, const struct ovpp_sunspec_group *group, size_t index)
{
	struct list *list = ctx;
	size_t len = strlen(list->path);
	bool once = group->count == 1 && !group->count_by;

	if (once)
		snprintf(list->path + len, sizeof(list->path) - len, "%s.", group->name);
	else
		snprintf(list->path + len, sizeof(list->path) - len, "%s[%zu].", group->name,
			 index);
	return 0;
}

static int list_leave(void *ctx, const struct ovpp_sunspec_group *group)
{
	struct list *list = ctx;
	size_t len = strlen(list->path);

	(void)group;
	if (len)
		list->path[len - 1] = '\0';
	while (len && list->path[len - 1] != '.')
		list->path[--len] = '\0';
	return 0;
}

static void print_rest(const struct ovpp_sunspec_block *block, size_t from)
{
	if (from >= block->n)
		return;
	printf("  not decoded:");
	for (size_t i = from; i < block->n; i++) {
		if ((i - from) % WORDS == 0)
			printf("\n    %u:", block->address + (unsigned int)i);
		printf(" %04x", block->reg[i]);
	}
	putchar('\n');
}

static int print_block(const struct ovpp_sunspec_block *block)
{
	struct list list = {.table = table_new(NULL, 2)};
	const struct ovpp_sunspec_visitor visitor = {list_point, list_enter, list_leave, &list};
	size_t used;
	int ret;

	if (!list.table)
		return -ENOMEM;
	printf("model %u %s, %u registers at %u\n", block->id,
	       block->model ? block->model->top.name : "(not known)", block->length,
	       block->address);
	ret = ovpp_sunspec_decode(block, &visitor, &used);
	table_print(list.table, stdout, "\n");
	table_free(list.table);
	print_rest(block, used);
	if (!block->complete)
		printf("  incomplete: %zu registers are not in the dump\n",
		       block->length + 2 - block->n);
	putchar('\n');
	return ret;
}

/* ---- the command ---- */

static int load(struct cli *cli, struct ovpp_sunspec_dump *dump)
{
	const char *path = cli->words[0], *base = cli_value(cli, "base");
	long from = base ? ovpp_sunspec_address(base) : -1;
	char err[PATH_MAX + 256], *text;
	size_t size;
	int ret;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
	if (base && from < 0)
		return cli_wrong(cli, "--base: '%s' is no address, 0 to 65535", base);
	ret = ovpp_file_read(path, DUMP_MAX, &text, &size);
	if (ret) {
		cli_error(cli, "%s: %s", path, strerror(-ret));
		return CLI_REFUSED;
	}
	ret = ovpp_sunspec_dump_parse(text, size, path, from, dump, err, sizeof(err));
	free(text);
	if (ret) {
		cli_error(cli, "%s", ret == -EINVAL ? err : strerror(-ret));
		return CLI_NO;
	}
	return CLI_OK;
}

/* A chain that does not end well is said, but what there is of it is good. */
static void warn(struct cli *cli, int ret, unsigned int address)
{
	if (ret == -ENODATA)
		cli_error(cli, "%s: the dump ends at %u, before the chain of models does",
			  cli->words[0], address);
	else if (ret == -EBADMSG)
		cli_error(cli, "%s: the chain of models breaks at %u: 0 is no model's ID",
			  cli->words[0], address);
}

static int decode(struct cli *cli, const struct ovpp_sunspec_dump *dump)
{
	json_t *models = cli->json ? json_array() : NULL;
	struct ovpp_sunspec_block block;
	struct ovpp_sunspec_map map;
	int ret, failed = 0;
	size_t at;

	if (ovpp_sunspec_dump_find(dump, &map, &at)) {
		cli_error(cli, "%s: there is no SunSpec map in it: no 'SunS' (5375 6e53)",
			  cli->words[0]);
		json_decref(models);
		return CLI_NO;
	}
	do {
		ret = ovpp_sunspec_next(&map, &at, &block);
		if (ret > 0)
			failed = models ? json_block(&block, models) : print_block(&block);
	} while (ret > 0 && !failed);
	if (models)
		show_json(models);
	json_decref(models);
	if (failed) {
		cli_error(cli, "%s", strerror(-failed));
		return CLI_REFUSED;
	}
	fflush(stdout);
	warn(cli, ret, map.base + (unsigned int)at);
	return CLI_OK;
}

int sunspec_decode(struct cli *cli)
{
	struct ovpp_sunspec_dump *dump = malloc(sizeof(*dump));
	int ret;

	if (!dump)
		return CLI_REFUSED;
	ret = load(cli, dump);
	if (!ret)
		ret = decode(cli, dump);
	free(dump);
	return ret;
}
