// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp policy and ovpp envelope: what is wanted, and what is allowed. */
#include "cli.h"
#include "get.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

static const struct column policy_columns[] = {
	{"DER", "der_name", NULL},	   {"SITE", "site", show_site},
	{"ENABLE", "enable", NULL},	   {"-RANK", "rank", NULL},
	{"-REST", "rest_mw", NULL},	   {"-SOC-MIN", "soc_min_ppm", NULL},
	{"-SOC-MAX", "soc_max_ppm", NULL}, {0},
};

static const struct column envelope_columns[] = {
	{"DER", "der_name", NULL},	   {"SITE", "site", show_site},
	{"-P-MIN", "p_min_mw", NULL},	   {"-P-MAX", "p_max_mw", NULL},
	{"-RAMP", "ramp_mw_s", NULL},	   {"-SOC-MIN", "soc_min_ppm", NULL},
	{"-SOC-MAX", "soc_max_ppm", NULL}, {"-V-MIN", "v_min_mv", NULL},
	{"-V-MAX", "v_max_mv", NULL},	   {0},
};

/* Splits a dump into what holds for a site and what holds for its DER. */
static int split(const json_t *all, json_t *sites, json_t *ders)
{
	json_t *o;
	size_t i;

	json_array_foreach (all, i, o) {
		bool der = get_int(o, "der");

		if (json_array_append(der ? ders : sites, o))
			return CLI_REFUSED;
	}
	return CLI_OK;
}

static int show_all(struct cli *cli, const json_t *all)
{
	json_t *sites = json_array(), *ders = json_array(), *site;
	char set_op[32];
	size_t i;
	int ret;

	snprintf(set_op, sizeof(set_op), "%s-set", cli->command->name);
	ret = split(all, sites, ders);
	json_array_foreach (sites, i, site) {
		if (!ret)
			ret = show_object(cli, set_op, site);
		putchar('\n');
	}
	if (!ret)
		ret = show_rows(cli, cli->command->columns, ders);
	json_decref(sites);
	json_decref(ders);
	return ret;
}

/* Of a DER, or of the site with all its DER. */
static int show(struct cli *cli)
{
	json_t *all = NULL;
	int ret;

	if (json_object_get(cli->req, "der") || json_object_get(cli->req, "der_name"))
		return object_show(cli);
	ret = cli_pick_site(cli);
	if (!ret)
		ret = cli_dump(cli, cli->verb->op, cli->req, &all);
	if (!ret)
		ret = cli->json ? show_json(all) : show_all(cli, all);
	json_decref(all);
	return ret;
}

static const struct cli_verb policy_verbs[] = {
	{.name = "show",
	 .doc = "The policy of a site and its DER, or of one DER.",
	 .op = "policy-get",
	 .subject = SUBJECT_DER,
	 .args = "[DER]",
	 .run = show},
	{.name = "set",
	 .doc = "Change the policy of the site; with a DER named, of that DER. "
		"What is not given stays.",
	 .op = "policy-set",
	 .subject = SUBJECT_DER,
	 .args = "[DER]",
	 .run = object_change},
	{0},
};

static const struct cli_verb envelope_verbs[] = {
	{.name = "show",
	 .doc = "The envelope of a site and its DER, or of one DER.",
	 .op = "envelope-get",
	 .subject = SUBJECT_DER,
	 .args = "[DER]",
	 .run = show},
	{.name = "set",
	 .doc = "Change the envelope of the site; with a DER named, of that "
		"DER. What is not given stays.",
	 .op = "envelope-set",
	 .subject = SUBJECT_DER,
	 .args = "[DER]",
	 .run = object_change},
	{.name = "lock",
	 .doc = "Make a site's envelope immutable, and the site, its DER and "
		"their safe values with it, until the module is unloaded.",
	 .op = "envelope-lock",
	 .run = object_change},
	{0},
};

const struct cli_command cmd_policy = {
	.name = "policy",
	.doc = "Policy: what the control law aims at, and each DER's part in it.",
	.about = "examples:\n"
		 "  ovpp policy set --fallback 0W --ramp 500W/s --droop 2kW/Hz\n"
		 "  ovpp policy set bat1 --rank 10 --soc-min 20% --soc-max 90%\n"
		 "  ovpp policy set genset --enable no\n",
	.verbs = policy_verbs,
	.columns = policy_columns,
};

const struct cli_command cmd_envelope = {
	.name = "envelope",
	.doc = "Envelope: hard limits that no command and no policy passes.",
	.about = "examples:\n"
		 "  ovpp envelope set --export-max 10kW --import-max 17kW\n"
		 "  ovpp envelope set bat1 --p-min -5kW --p-max 5kW\n"
		 "  ovpp envelope lock\n",
	.verbs = envelope_verbs,
	.columns = envelope_columns,
};
