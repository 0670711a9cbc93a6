// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp der */
#include "cli.h"
#include "get.h"
#include "show.h"
#include "table.h"

#include <stdio.h>

static const char *bus_name(struct cli *cli, const json_t *der, const char *key, char *buf)
{
	(void)buf;
	return cli_name(cli, "bus-get", get_int(der, "site"), get_int(der, key));
}

static const struct column columns[] = {
	{"NAME", "name", NULL},
	{"-ID", "id", NULL},
	{"SITE", "site", show_site},
	{"KIND", "kind", NULL},
	{"BUS", "bus", bus_name},
	{"PROFILE", "profile", NULL},
	{"STATE", "supervision", NULL},
	{"-P", "p", show_point},
	{"-SET", "p_set_mw", NULL},
	{"-SOC", "soc", show_point},
	{0},
};

static const char *point_word(const json_t *point, const char *key, char *buf)
{
	const char *word = get_str(point, key);

	return word ? show_word(word, buf) : NULL;
}

/* The process image. */
static int details(struct cli *cli, const json_t *der)
{
	static const char *const headings[] = {"POINT", "-VALUE", "QUALITY", "-AGE"};
	struct table *t = table_new(headings, 4);
	char buf[SHOW_TEXT];
	json_t *point;
	size_t i;

	if (!t)
		return CLI_REFUSED;
	json_array_foreach (json_object_get(der, "point"), i, point) {
		const char *id = get_str(point, "id");

		table_add(t, point_word(point, "id", buf));
		table_add(t, id ? show_point(cli, der, id, buf) : NULL);
		table_add(t, point_word(point, "quality", buf));
		table_add(t, show_value("age_ms", json_object_get(point, "age_ms"), false, buf));
	}
	putchar('\n');
	table_print(t, stdout, "\n");
	table_free(t);
	return CLI_OK;
}

static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "All DER with what they do and what they are told.",
	 .op = "der-get",
	 .dump = true,
	 .run = object_list},
	{.name = "show",
	 .doc = "Everything that is known of a DER, with every point.",
	 .op = "der-get",
	 .subject = SUBJECT_SELF,
	 .args = "DER",
	 .run = object_show},
	{.name = "add",
	 .doc = "Add a DER to a bus. Its profile must have been added.",
	 .op = "der-new",
	 .subject = SUBJECT_NAME,
	 .args = "NAME",
	 .run = object_change},
	{.name = "set",
	 .doc = "Change a DER. What is not given stays.",
	 .op = "der-set",
	 .subject = SUBJECT_SELF,
	 .args = "DER",
	 .run = object_change},
	{.name = "del",
	 .doc = "Remove a DER. The last command to it is its safe value.",
	 .op = "der-del",
	 .subject = SUBJECT_SELF,
	 .args = "DER",
	 .run = object_change},
	{0},
};

const struct cli_command cmd_der = {
	.name = "der",
	.doc = "DER: batteries, inverters, chargers, generators, meters.",
	.about = "A new DER cannot move: its envelope is 0 W to 0 W until it is "
		 "set.\n"
		 "\n"
		 "examples:\n"
		 "  ovpp profile add pylontech\n"
		 "  ovpp der add bat1 --bus can0 --profile pylontech\n"
		 "  ovpp envelope set bat1 --p-min -5kW --p-max 5kW\n"
		 "  ovpp der add grid --bus can0 --profile meter --pcc\n",
	.verbs = verbs,
	.columns = columns,
	.details = details,
};
