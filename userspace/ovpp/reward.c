// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward, and what is published of a reward */
#include "reward_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_out.h"
#include "reward.h"
#include "show.h"
#include "table.h"

int reward_load(struct cli *cli, const char *path, json_t **object)
{
	json_error_t why;

	*object = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (*object)
		return CLI_OK;
	if (why.line < 0) {
		cli_error(cli, "%s", why.text);
		return CLI_REFUSED;
	}
	return cli_wrong(cli, "%s, line %d: %s", path, why.line, why.text);
}

/* Writes the document to a file, or to standard output. */
static int put(struct cli *cli, const json_t *document)
{
	const char *path = cli_value(cli, "out");
	struct ledger_out out;
	char *text;
	int ret;

	if (!path) {
		show_json(document);
		return CLI_OK;
	}
	text = json_dumps(document, JSON_INDENT(1));
	if (!text)
		ret = -ENOMEM;
	else
		ret = ledger_out_open(&out, path);
	if (!ret)
		ret = ledger_out_close(&out, ledger_out_write(&out, text, strlen(text)));
	free(text);
	if (!ret)
		return CLI_OK;
	cli_error(cli, "%s: %s", path, strerror(-ret));
	return CLI_REFUSED;
}

/* What an error of the library means to who called. */
static int failed(struct cli *cli, int err, const char *text)
{
	if (err == -EINVAL)
		return cli_wrong(cli, "%s", text);
	cli_error(cli, "%s", text);
	return err == -EBADMSG ? CLI_NO : CLI_REFUSED;
}

/* The inputs become a document: with the gateways that were proven, and the results. */
static int compute(struct cli *cli, json_t *inputs, json_t **document)
{
	json_t *gateways = NULL, *results = NULL;
	struct ovpp_reward r = {0};
	char text[512];
	int ret;

	ret = ovpp_reward_read(&r, inputs, text, sizeof(text));
	if (!ret)
		ret = ovpp_reward_bundles(&r, cli->words + 1, cli->n_words - 1, &gateways, text,
					  sizeof(text));
	if (!ret) {
		json_object_set_new(inputs, "gateways", gateways);
		ret = ovpp_reward_results(&r, inputs, &results);
		snprintf(text, sizeof(text), "%s", strerror(-ret));
	}
	ovpp_reward_free(&r);
	if (ret)
		return failed(cli, ret, text);
	*document = json_pack("{s:O,s:o}", "inputs", inputs, "results", results);
	return *document ? CLI_OK : failed(cli, -ENOMEM, strerror(ENOMEM));
}

int reward_compute(struct cli *cli)
{
	json_t *file, *inputs, *document = NULL;
	int ret;

	if (cli->n_words < 2)
		return cli_wrong(cli, "the inputs and at least one bundle are needed");
	ret = reward_load(cli, cli->words[0], &file);
	if (ret)
		return ret;
	/* A document that is there already can be given, too. */
	inputs = json_object_get(file, "inputs");
	ret = compute(cli, inputs ? inputs : file, &document);
	if (!ret)
		ret = put(cli, document);
	json_decref(document);
	json_decref(file);
	return ret;
}

int reward_next(struct cli *cli)
{
	json_t *document, *inputs = NULL;
	int ret;

	if (cli->n_words != 1)
		return cli_wrong(cli, "one document is needed");
	ret = reward_load(cli, cli->words[0], &document);
	if (ret)
		return ret;
	if (ovpp_reward_next(document, &inputs)) {
		cli_error(cli, "%s: this is no document of a reward", cli->words[0]);
		ret = CLI_NO;
	}
	if (!ret)
		ret = put(cli, inputs);
	json_decref(inputs);
	json_decref(document);
	return ret;
}

int reward_params(struct cli *cli)
{
	static const char *const headings[] = {"NAME", "-VALUE"};
	char text[2 * OVPP_HASH_SIZE + 1], number[32];
	struct ovpp_score_params p;
	struct table *t;
	ovpp_hash hash;

	ovpp_score_params_default(&p);
	ovpp_score_params_hash(&p, hash);
	ovpp_hex(hash, sizeof(hash), text);
	if (cli->json) {
		json_t *object = json_pack("{s:o,s:s}", "params", ovpp_score_params_json(&p),
					   "params_hash", text);

		show_json(object);
		json_decref(object);
		return CLI_OK;
	}
	t = table_new(headings, 2);
	for (size_t i = 0; t && i < OVPP_SCORE_PARAMS; i++) {
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)*ovpp_score_param(&p, i));
		table_add(t, ovpp_score_param_name(i));
		table_add(t, number);
	}
	if (t)
		table_print(t, stdout, "\n");
	table_free(t);
	printf("\nHash %s\n", text);
	return CLI_OK;
}

static const struct cli_option show_options[] = {
	{"epoch", "N", "The epoch. Default: the last one that is over."},
	{"from", "TIME", "Instead: whole slots from this one on ..."},
	{"to", "TIME", "... up to here. Default now."},
	{"params", "FILE",
	 "JSON: {\"params\": {NAME: VALUE}, \"devices\": {NAME: {nameplate_mw, "
	 "capacity_mwh}}}, or a reward's document, with all that was published."},
	{"total", "WEIGHT", "Weight of all contributors. Default: of this site alone."},
	{"ledger", "FILE", "The ledger. Default /var/lib/openvpp/ledger.db."},
	{0},
};

static const struct cli_option out_options[] = {
	{"out", "FILE", "Where to; it is complete or it is not there. Default: standard output."},
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "show",
	 .doc = "What the site's devices contributed, and what it would be worth.",
	 .options = show_options,
	 .json = "Print JSON: one object.",
	 .run = reward_show},
	{.name = "compute",
	 .doc = "Compute the reward of an epoch from its inputs and the bundles of the gateways, "
		"which are verified; the document is for ovpp-verify --reward.",
	 .subject = SUBJECT_WORDS,
	 .args = "INPUTS BUNDLE...",
	 .options = out_options,
	 .json = "No difference: it is JSON.",
	 .run = reward_compute},
	{.name = "next",
	 .doc = "The inputs of the epoch after a document: what it left. What is published for "
		"that "
		"epoch is added by hand: new devices, dispatches, ceilings, a tariff.",
	 .subject = SUBJECT_WORDS,
	 .args = "DOCUMENT",
	 .options = out_options,
	 .json = "No difference: it is JSON.",
	 .run = reward_next},
	{.name = "proof",
	 .doc = "What the contract wants to pay an account: what it has earned so far, and the "
		"proof "
		"of it, from the newest document.",
	 .subject = SUBJECT_WORDS,
	 .args = "DOCUMENT ACCOUNT",
	 .json = "Print JSON: one object.",
	 .run = reward_proof},
	{.name = "params",
	 .doc = "The parameters where nobody decided, and their hash.",
	 .json = "Print JSON: one object.",
	 .run = reward_params},
	{0},
};

const struct cli_command cmd_reward = {
	.name = "reward",
	.doc = "Contribution and reward: what devices did, and what that is worth.",
	.about = "Computed from the ledger or from bundles, in integers that everybody can\n"
		 "compute again: docs/reward.md. It needs no chain.\n\n"
		 "examples:\n"
		 "  ovpp reward show --from -24h\n"
		 "  ovpp reward compute inputs.json home.evidence --out epoch7.json\n"
		 "  ovpp-verify --reward epoch7.json home.evidence\n",
	.verbs = verbs,
};
