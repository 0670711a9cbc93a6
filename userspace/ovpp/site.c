// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp site */
#include "cli.h"
#include "show.h"

static const struct column columns[] = {
	{"NAME", "name", NULL},
	{"-ID", "id", NULL},
	{"STATE", "state", NULL},
	{"CAUSE", "cause", NULL},
	{"-TARGET", "target_mw", NULL},
	{"-PCC", "pcc_mw", NULL},
	{"-F", "pcc_f_mhz", NULL},
	{"-DER", "der_count", NULL},
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "All sites with their state, PCC target and PCC power.",
	 .op = "site-get",
	 .dump = true,
	 .run = object_list},
	{.name = "show",
	 .doc = "Everything that is known of a site.",
	 .op = "site-get",
	 .subject = SUBJECT_SELF,
	 .args = "[SITE]",
	 .run = object_show},
	{.name = "add",
	 .doc = "Create a site. Its loop runs at once; every DER stays at its "
		"safe value until it is told otherwise.",
	 .op = "site-new",
	 .subject = SUBJECT_NAME,
	 .args = "NAME",
	 .run = object_change},
	{.name = "set",
	 .doc = "Change a site while it runs. What is not given stays.",
	 .op = "site-set",
	 .subject = SUBJECT_SELF,
	 .args = "[SITE]",
	 .run = object_change},
	{.name = "del",
	 .doc = "Remove a site with its buses and DER. The last command to "
		"each DER is its safe value.",
	 .op = "site-del",
	 .subject = SUBJECT_SELF,
	 .args = "SITE",
	 .run = object_change},
	{0},
};

const struct cli_command cmd_site = {
	.name = "site",
	.doc = "Sites: a control loop behind a grid connection (PCC).",
	.about = "examples:\n"
		 "  ovpp site add home --period 1ms --cpu 1\n"
		 "  ovpp site set home --fallback 15min --heartbeat 2s\n"
		 "  ovpp site show home\n",
	.verbs = verbs,
	.columns = columns,
};
