// SPDX-License-Identifier: GPL-2.0-or-later
/* Verbs that are the same for all kinds of objects. */
#include "cli.h"
#include "get.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

/* Belongs an object of this kind to a site? */
static bool in_site(const struct cli *cli)
{
	const struct ovpp_spec_set *set = ovpp_spec_op(cli->verb->op)->set;

	return ovpp_spec_attr(set, "site");
}

/*
 * A request that names the object may have to name its site too; of sites, the
 * only one is meant where none is named.
 */
static int complete(struct cli *cli)
{
	bool names_site = !strncmp(cli->verb->op, "site-", 5) && cli->verb->subject == SUBJECT_SELF;

	return in_site(cli) || names_site ? cli_pick_site(cli) : CLI_OK;
}

int object_list(struct cli *cli)
{
	json_t *rows = NULL;
	int ret;

	ret = cli_dump(cli, cli->verb->op, cli->req, &rows);
	if (!ret)
		ret = show_rows(cli, cli->command->columns, rows);
	json_decref(rows);
	return ret;
}

int object_show(struct cli *cli)
{
	char set_op[32];
	json_t *object = NULL;
	int ret;

	ret = complete(cli);
	if (!ret)
		ret = cli_do(cli, cli->verb->op, cli->req, &object);
	if (!ret && cli->json) {
		ret = show_json(object);
	} else if (!ret) {
		/* What can be set is shown exactly. */
		snprintf(set_op, sizeof(set_op), "%s-set", cli->command->name);
		ret = show_object(cli, ovpp_spec_op(set_op) ? set_op : cli->verb->op, object);
		if (!ret && cli->command->details)
			ret = cli->command->details(cli, object);
	}
	json_decref(object);
	return ret;
}

int object_change(struct cli *cli)
{
	const char *name;
	json_t *reply = NULL, *id;
	int ret;

	ret = complete(cli);
	if (!ret)
		ret = cli_do(cli, cli->verb->op, cli->req, &reply);
	if (ret)
		return ret;
	id = json_object_get(reply, "id");
	name = get_str(reply, "name");
	if (cli->json)
		show_json(reply);
	else if (id && name)
		printf("%s %s has id %lld\n", cli->command->name, name,
		       (long long)json_integer_value(id));
	json_decref(reply);
	return CLI_OK;
}
