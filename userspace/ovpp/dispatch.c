// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp dispatch */
#include "cli.h"
#include "get.h"
#include "plan.h"
#include "show.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ERR_MAX 320

/* How often a waiting command looks. */
#define LOOK_NS 250000000L

static const struct column columns[] = {
	{"-ID", "id", NULL},
	{"SITE", "site", show_site},
	{"STATE", "state", NULL},
	{"-BLOCKS", "block_count", NULL},
	{"-CURRENT", "current", NULL},
	{"-ASKED", "e_asked_mwh", NULL},
	{"-DELIVERED", "e_delivered_mwh", NULL},
	{"-MEAN ERROR", "error_mean_mw", NULL},
	{"-UNKNOWN", "unknown_ms", NULL},
	{0},
};

static const char *state_of(const json_t *dispatch)
{
	const char *s = get_str(dispatch, "state");

	return s ? s : "";
}

/* The blocks with their times. */
static int details(struct cli *cli, const json_t *dispatch)
{
	static const char *const headings[] = {"-BLOCK", "TARGET", "START", "-FOR", "-P"};
	struct table *t = table_new(headings, 5);
	struct plan_clock now = plan_now();
	char buf[SHOW_TEXT];
	json_t *block;
	size_t i;

	if (!t)
		return CLI_REFUSED;
	json_array_foreach (json_object_get(dispatch, "block"), i, block) {
		json_int_t der = get_int(block, "der");

		snprintf(buf, sizeof(buf), "%zu", i);
		table_add(t, buf);
		table_add(t,
			  der ? cli_name(cli, "der-get", get_int(dispatch, "site"), der) : "PCC");
		table_add(t, plan_local_time(&now, get_int(block, "start_ns"), buf));
		table_add(t, show_value("duration_ms", json_object_get(block, "duration_ms"), true,
					buf));
		table_add(t, show_value("p_mw", json_object_get(block, "p_mw"), true, buf));
	}
	putchar('\n');
	table_print(t, stdout, "\n");
	table_free(t);
	return CLI_OK;
}

/* --p, --for and --start as a plan of one row. */
static int plan_of_options(struct cli *cli, json_t **plan)
{
	static const char *const keys[] = {"p", "for", "start"};
	json_t *row = json_object();

	for (size_t i = 0; i < 3; i++) {
		if (cli_value(cli, keys[i]))
			json_object_set(row, keys[i], json_object_get(cli->opt, keys[i]));
	}
	*plan = json_pack("{s:[o]}", "rows", row);
	if (!cli_value(cli, "p") || !cli_value(cli, "for"))
		return cli_wrong(cli, "say what and how long (--p 5kW --for "
				      "15min), or name a --file");
	return CLI_OK;
}

static int plan_of_file(struct cli *cli, const char *path, json_t **plan)
{
	char err[ERR_MAX];

	if (cli_value(cli, "p") || cli_value(cli, "for") || cli_value(cli, "start"))
		return cli_wrong(cli, "--file takes the place of --p, --for "
				      "and --start");
	if (!plan_load(path, plan, err, sizeof(err)))
		return CLI_OK;
	cli_error(cli, "%s", err);
	return CLI_USAGE;
}

/* The DER that the blocks are for, 0 for the PCC. */
static int target(struct cli *cli, const json_t *plan, json_int_t *der)
{
	const char *name = cli_value(cli, "der");
	uint32_t site;
	int ret;

	*der = 0;
	if (!name)
		name = get_str(plan, "der");
	if (!name)
		return CLI_OK;
	ret = cli_site_id(cli, &site);
	return ret ? ret : cli_der_id(cli, site, name, der);
}

static int add_blocks(struct cli *cli, const json_t *plan)
{
	struct plan_cursor at = plan_begin();
	json_t *blocks = json_array(), *row, *block;
	char err[ERR_MAX];
	json_int_t der;
	size_t i;
	int ret;

	json_object_set_new(cli->req, "block", blocks);
	ret = target(cli, plan, &der);
	if (ret)
		return ret;
	json_array_foreach (json_object_get(plan, "rows"), i, row) {
		if (plan_block(row, &at, &block, err, sizeof(err)))
			return cli_wrong(cli, "block %zu: %s", i, err);
		if (block && der)
			json_object_set_new(block, "der", json_integer(der));
		if (block)
			json_array_append_new(blocks, block);
	}
	if (!json_array_size(blocks))
		return cli_wrong(cli, "all blocks are over");
	return CLI_OK;
}

static void print_progress(const json_t *d)
{
	char asked[SHOW_TEXT], done[SHOW_TEXT], state[SHOW_TEXT];

	fprintf(stderr, "\r%s: asked %s, delivered %s\033[K", show_word(state_of(d), state),
		show_value("e_asked_mwh", json_object_get(d, "e_asked_mwh"), false, asked),
		show_value("e_delivered_mwh", json_object_get(d, "e_delivered_mwh"), false, done));
}

static bool ended(const json_t *dispatch)
{
	return strcmp(state_of(dispatch), "pending") && strcmp(state_of(dispatch), "running");
}

/* Waits for the end of a dispatch; *@last is its last reply. */
static int wait_for(struct cli *cli, const json_t *who, json_t **last)
{
	const struct timespec pause = {.tv_nsec = LOOK_NS};
	bool live = isatty(STDERR_FILENO);
	int ret;

	for (;;) {
		ret = cli_do(cli, "dispatch-get", who, last);
		if (ret || ended(*last))
			break;
		if (live)
			print_progress(*last);
		json_decref(*last);
		*last = NULL;
		nanosleep(&pause, NULL);
	}
	if (live)
		fprintf(stderr, "\r\033[K");
	return ret;
}

static int run_and_wait(struct cli *cli, const json_t *who)
{
	json_t *last = NULL;
	int ret;

	ret = wait_for(cli, who, &last);
	if (!ret)
		ret = cli->json ? show_json(last) : show_object(cli, "dispatch-new", last);
	if (!ret && strcmp(state_of(last), "done"))
		ret = CLI_NO;
	json_decref(last);
	return ret;
}

static int submit(struct cli *cli)
{
	json_t *reply = NULL;
	int ret;

	ret = cli_do(cli, "dispatch-new", cli->req, &reply);
	if (ret)
		return ret;
	if (cli_flag(cli, "wait"))
		ret = run_and_wait(cli, reply);
	else if (cli->json)
		ret = show_json(reply);
	else
		printf("dispatch %lld submitted\n", (long long)get_int(reply, "id"));
	json_decref(reply);
	return ret;
}

static int dispatch_run(struct cli *cli)
{
	const char *path = cli_value(cli, "file");
	json_t *plan = NULL, *site;
	int ret;

	ret = path ? plan_of_file(cli, path, &plan) : plan_of_options(cli, &plan);
	if (ret)
		goto out;
	site = json_object_get(plan, "site");
	if (site && !json_object_get(cli->req, "site") && !json_object_get(cli->req, "site_name"))
		json_object_set(cli->req, json_is_integer(site) ? "site" : "site_name", site);
	ret = add_blocks(cli, plan);
	if (!ret)
		ret = cli_pick_site(cli);
	if (!ret)
		ret = submit(cli);
out:
	json_decref(plan);
	return ret;
}

static const struct cli_option run_options[] = {
	{"p", "POWER", "PCC target, or power of the DER."},
	{"for", "TIME", "How long."},
	{"start", "WHEN", "2025-06-01T12:00:00Z, 12:00, +10min; left out: now."},
	{"der", "DER", "Left out: the PCC."},
	{"file", "FILE", "A schedule, YAML or CSV, instead of --p and --for."},
	{"wait", NULL, "Wait for its end and show what it delivered."},
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "The dispatches that the kernel still knows.",
	 .op = "dispatch-get",
	 .dump = true,
	 .run = object_list},
	{.name = "show",
	 .doc = "A dispatch with its blocks and what it delivered.",
	 .op = "dispatch-get",
	 .subject = SUBJECT_ID,
	 .args = "ID",
	 .run = object_show},
	{.name = "run",
	 .doc = "Submit a setpoint or a schedule. It supersedes an older one "
		"for the same target. With --wait the exit status is 1 if it "
		"did not run to its end.",
	 .op = "dispatch-new",
	 .options = run_options,
	 .run = dispatch_run},
	{.name = "cancel",
	 .doc = "Withdraw a dispatch.",
	 .op = "dispatch-del",
	 .subject = SUBJECT_ID,
	 .args = "ID",
	 .run = object_change},
	{0},
};

const struct cli_command cmd_dispatch = {
	.name = "dispatch",
	.doc = "Dispatches: setpoints and schedules with an end.",
	.about = "examples:\n"
		 "  ovpp dispatch run --p 5kW --for 15min --wait\n"
		 "  ovpp dispatch run --der bat1 --p -2.5kW --for 1h --start 12:00\n"
		 "  ovpp dispatch run --file plan.yaml\n"
		 "\n"
		 "plan.yaml:\n"
		 "  blocks:\n"
		 "    - { start: 2025-06-01T12:00:00Z, for: 15min, p: 5kW }\n"
		 "    - { for: 15min, p: -2.5kW }     # follows at once\n"
		 "\n"
		 "plan.csv:\n"
		 "  start,for,p\n"
		 "  2025-06-01T12:00:00Z,15min,5kW\n"
		 "  ,15min,-2.5kW\n",
	.verbs = verbs,
	.columns = columns,
	.details = details,
};
