// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"
#include "get.h"
#include "show.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

int show_json(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	putchar('\n');
	return CLI_OK;
}

const char *show_word(const char *word, char *buf)
{
	size_t i;

	for (i = 0; word[i] && i < SHOW_TEXT - 1; i++)
		buf[i] = word[i] == '_' ? '-' : word[i];
	buf[i] = '\0';
	return buf;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* A moment of CLOCK_MONOTONIC as people see it. */
static const char *show_since(int64_t since_ns, char *buf)
{
	char age[OVPP_UNITS_TEXT];

	quantity_rounded(OVPP_UNIT_MS, (clock_ns(CLOCK_MONOTONIC) - since_ns) / 1000000, age);
	snprintf(buf, SHOW_TEXT, "%s ago", age);
	return buf;
}

/* Attributes of type u8 are switches. */
static bool is_switch(const char *key)
{
	static const char *const keys[] = {"locked", "loopback", "fd",
					   "pcc",    "enable",	 "foreign_write"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(key, keys[i]))
			return true;
	}
	return false;
}

const char *show_value(const char *key, const json_t *value, bool exact, char *buf)
{
	enum ovpp_unit unit = ovpp_units_of(key);

	if (!value || json_is_null(value))
		return NULL;
	if (json_is_string(value)) {
		snprintf(buf, SHOW_TEXT, "%s", json_string_value(value));
		return buf;
	}
	if (!json_is_integer(value))
		return NULL;
	if (ends_with(key, "_since_ns"))
		return show_since(json_integer_value(value), buf);
	if (is_switch(key))
		return json_integer_value(value) ? "yes" : "no";
	if (exact)
		return quantity_exact(unit, json_integer_value(value), buf);
	return quantity_rounded(unit, json_integer_value(value), buf);
}

/* The words of enumerations are shown with dashes, names as they are. */
static const char *show_attr(const struct ovpp_spec_attr *attr, const json_t *value, bool exact,
			     char *buf)
{
	if (attr && attr->values && json_is_string(value))
		return show_word(json_string_value(value), buf);
	return show_value(attr ? attr->name : "", value, exact, buf);
}

const json_t *find_point(const json_t *der, const char *name)
{
	const char *id;
	json_t *point;
	size_t i;

	json_array_foreach (json_object_get(der, "point"), i, point) {
		id = get_str(point, "id");
		if (id && !strcmp(id, name))
			return point;
	}
	return NULL;
}

const char *show_point(struct cli *cli, const json_t *der, const char *key, char *buf)
{
	const json_t *value = json_object_get(find_point(der, key), "value");

	(void)cli;
	if (!json_is_integer(value))
		return NULL;
	return quantity_rounded(ovpp_units_of_point(key), json_integer_value(value), buf);
}

const char *show_site(struct cli *cli, const json_t *row, const char *key, char *buf)
{
	const json_t *id = json_object_get(row, key);

	(void)buf;
	if (!cli_several_sites(cli))
		return NULL;
	return cli_site_name(cli, json_integer_value(id));
}

static const struct ovpp_spec_set *set_of(const struct cli *cli)
{
	return cli->verb->op ? ovpp_spec_op(cli->verb->op)->set : NULL;
}

int show_rows(struct cli *cli, const struct column *columns, const json_t *rows)
{
	const struct ovpp_spec_set *set = set_of(cli);
	const char *headings[16];
	char buf[SHOW_TEXT];
	struct table *t;
	size_t n = 0, i;
	json_t *row;

	if (cli->json)
		return show_json(rows);
	for (; columns[n].heading; n++)
		headings[n] = columns[n].heading;
	t = table_new(headings, n);
	json_array_foreach (rows, i, row) {
		for (size_t c = 0; c < n && t; c++) {
			const struct column *col = &columns[c];

			table_add(t,
				  col->text
					  ? col->text(cli, row, col->key, buf)
					  : show_attr(set ? ovpp_spec_attr(set, col->key) : NULL,
						      json_object_get(row, col->key), false, buf));
		}
	}
	if (t)
		table_print(t, stdout, "\n");
	table_free(t);
	return t ? CLI_OK : CLI_REFUSED;
}

static bool is_setting(const struct ovpp_spec_op *op, const struct ovpp_spec_attr *attr)
{
	for (const uint16_t *id = op->request; *id; id++) {
		if (*id == attr->id)
			return true;
	}
	return false;
}

/* Sets of bits are for programs; people see the names that follow. */
static bool is_set_of_points(const struct ovpp_spec_attr *attr)
{
	return !strcmp(attr->name, "points") || !strcmp(attr->name, "commands");
}

/* "soc_min_ppm" -> "soc-min" */
static const char *label(const char *attr, char *buf)
{
	show_word(attr, buf);
	buf[quantity_stem(attr)] = '\0';
	return buf;
}

int show_object(struct cli *cli, const char *op_name, const json_t *object)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(op_name);
	struct table *t = table_new(NULL, 2);
	char buf[SHOW_TEXT];

	for (size_t i = 0; t && i < op->set->n; i++) {
		const struct ovpp_spec_attr *attr = &op->set->attr[i];
		const json_t *value = json_object_get(object, attr->name);

		if (!value || attr->type == OVPP_SPEC_NEST || is_set_of_points(attr))
			continue;
		table_add(t, label(attr->name, buf));
		if (!strcmp(attr->name, "site"))
			table_add(t, cli_site_name(cli, json_integer_value(value)));
		else
			table_add(t, show_attr(attr, value, is_setting(op, attr), buf));
	}
	if (t)
		table_print(t, stdout, "\n");
	table_free(t);
	return t ? CLI_OK : CLI_REFUSED;
}
