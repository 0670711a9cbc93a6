// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward, and what is published of a reward */
#include "reward_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_common.h"
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
	if (!inputs)
		inputs = file;
	ret = reward_params_take(cli, inputs);
	if (!ret)
		ret = compute(cli, inputs, &document);
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

#define OPTION_OUT                                                                               \
	{                                                                                        \
		"out", "FILE",                                                                   \
			"Where to; it is complete or it is not there. Default: standard output." \
	}

static const struct cli_option out_options[] = {OPTION_OUT, {0}};

static const struct cli_option compute_options[] = {
	OPTION_OUT,
	{"chain", NULL, "With the parameters that the chain has, instead of those of the inputs."},
	CHAIN_OPTIONS,
	{0},
};

static const struct cli_option params_options[] = {
	{"chain", NULL, "Those that the chain has instead."},
	CHAIN_OPTIONS,
	{0},
};

static const struct cli_option look_options[] = {CHAIN_OPTIONS, {0}};

static const struct cli_option send_options[] = {CHAIN_OPTION_KEY, CHAIN_OPTIONS, {0}};

static const struct cli_option bond_options[] = {
	{"withdraw", NULL, "Take so much back of what is not at stake."},
	CHAIN_OPTION_KEY,
	CHAIN_OPTIONS,
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
	 .options = compute_options,
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
	 .options = params_options,
	 .json = "Print JSON: one object.",
	 .run = reward_params},
	{.name = "status",
	 .doc = "How far the chain is: the last epoch, the proposal under way, the money; and "
		"what an account has to do with it.",
	 .subject = SUBJECT_WORDS,
	 .args = "[ACCOUNT]",
	 .options = look_options,
	 .json = "Print JSON: one object; amounts in base units, as texts.",
	 .run = reward_status},
	{.name = "propose",
	 .doc = "Propose the epoch of a document, as an attestor. The document is looked at; "
		"ovpp-verify --reward is what computes it again.",
	 .subject = SUBJECT_WORDS,
	 .args = "DOCUMENT",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_propose},
	{.name = "attest",
	 .doc = "Agree to the proposal under way, as an attestor, if it is that of the document "
		"that you have verified.",
	 .subject = SUBJECT_WORDS,
	 .args = "DOCUMENT",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_attest},
	{.name = "finalize",
	 .doc = "Make the proposal final, when attestors agree and its window is over. Anybody "
		"can.",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_finalize},
	{.name = "cancel",
	 .doc = "Take a proposal back: who made it, or anybody when it cannot become final.",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_cancel},
	{.name = "veto",
	 .doc = "Stop the proposal, as the guardian, since the evidence says something else.",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_veto},
	{.name = "claim",
	 .doc = "Have an account paid what it has earned and was not paid yet, by the document "
		"of the last final epoch. Anybody can.",
	 .subject = SUBJECT_WORDS,
	 .args = "DOCUMENT ACCOUNT",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_claim},
	{.name = "bond",
	 .doc = "Deposit OVPP that proposals put at stake.",
	 .subject = SUBJECT_WORDS,
	 .args = "AMOUNT",
	 .options = bond_options,
	 .json = "Print JSON: one object.",
	 .run = reward_bond},
	{.name = "fund",
	 .doc = "Give OVPP that rewards are paid from.",
	 .subject = SUBJECT_WORDS,
	 .args = "AMOUNT",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = reward_fund},
	{0},
};

const struct cli_command cmd_reward = {
	.name = "reward",
	.doc = "Contribution and reward: what devices did, and what that is worth.",
	.about = "Computed from the ledger or from bundles, in integers that everybody can\n"
		 "compute again: docs/reward.md. Paid on a chain, which 'chain' in the\n"
		 "configuration names.\n\n"
		 "examples:\n"
		 "  ovpp reward show --from -24h\n"
		 "  ovpp reward compute inputs.json home.evidence --out epoch7.json\n"
		 "  ovpp-verify --reward epoch7.json home.evidence\n"
		 "  ovpp reward propose epoch7.json --key attestor.key\n"
		 "  ovpp reward claim epoch7.json 0x5B38Da6a701c568545dCfcB03FcB875f56beddC4\n",
	.verbs = verbs,
};
