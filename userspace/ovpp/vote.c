// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp vote */
#include "vote_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parameter_store.h"
#include "show.h"
#include "table.h"

const char *vote_short(const uint8_t id[32], char buf[VOTE_SHORT])
{
	char text[OVPP_VOTE_ID_TEXT];

	ovpp_vote_id_text(id, text);
	snprintf(buf, VOTE_SHORT, "%.*s", VOTE_SHORT - 1, text);
	return buf;
}

const char *vote_when(const struct ovpp_vote *vote, const struct ovpp_vote_now *now, char *buf)
{
	const char *name = ovpp_vote_state_name(now->state);
	char date[CHAIN_DATE];

	switch (now->state) {
	case OVPP_VOTE_PENDING:
		snprintf(buf, CHAIN_WHY, "%s, votes from %s UTC on", name,
			 chain_date(vote->start_s, date));
		break;
	case OVPP_VOTE_ACTIVE:
		snprintf(buf, CHAIN_WHY, "%s, until %s UTC", name, chain_date(vote->end_s, date));
		break;
	case OVPP_VOTE_QUEUED:
		snprintf(buf, CHAIN_WHY, "%s, to be executed from %s UTC on", name,
			 chain_date(now->eta_s, date));
		break;
	default:
		snprintf(buf, CHAIN_WHY, "%s", name);
		break;
	}
	return buf;
}

/* ---- one of them ------------------------------------------------------------------------ */

/**
 * struct search - for the proposal of an id
 * @text: id or its begin
 * @found: copy, or NULL
 * @several: it is the begin of more than one
 */
struct search {
	const char *text;
	struct ovpp_vote *found;
	bool several;
};

static int match(void *arg, const struct ovpp_vote *vote)
{
	struct search *search = arg;

	if (!ovpp_vote_id_is(vote->id, search->text))
		return 0;
	search->several |= search->found != NULL;
	if (search->found)
		return 0;
	search->found = ovpp_vote_copy(vote);
	return search->found ? 0 : -ENOMEM;
}

int vote_find(const struct chain *c, const char *text, struct ovpp_vote **vote,
	      struct ovpp_vote_now *now)
{
	struct search search = {.text = text};
	int err = ovpp_votes_visit(c->session, match, &search);

	if (!err && search.found && !search.several)
		err = ovpp_vote_now(c->session, search.found, now);
	if (!err && search.found && !search.several) {
		*vote = search.found;
		return CLI_OK;
	}
	free(search.found);
	if (err)
		return chain_failed(c, "the proposals", err);
	cli_error(c->cli,
		  search.several ? "%s: several proposals begin like that"
				 : "%s: there is no such proposal; see 'ovpp vote list'",
		  text);
	return CLI_NO;
}

/* ---- as JSON ---------------------------------------------------------------------------- */

/* The contract of the deployment at an address, or NULL. */
static const char *contract_at(const struct chain *c, const ovpp_address address)
{
	for (unsigned int i = 0; i < N_OVPP_CONTRACTS; i++) {
		const struct ovpp_deployed *d = &c->config.deployment.contract[i];

		if (d->known && !memcmp(d->address, address, sizeof(d->address)))
			return ovpp_contract_name(i);
	}
	return NULL;
}

/* {NAME: value} of a call that sets parameters; NULL for another one. */
static json_t *set_json(const struct chain *c, const struct ovpp_vote_action *a)
{
	const struct ovpp_deployed *store = &c->config.deployment.contract[OVPP_PARAMETER_STORE];
	struct ovpp_parameters all;
	char text[OVPP_U256_TEXT];
	json_t *set;

	if (!store->known || memcmp(store->address, a->target, sizeof(a->target)) ||
	    ovpp_parameters_decode(a->data, a->size, &all))
		return NULL;
	set = json_object();
	for (size_t i = 0; i < all.n; i++) {
		ovpp_u256_to_decimal(&all.p[i].value, text);
		json_object_set_new(set, all.p[i].name, json_string(text));
	}
	return set;
}

static json_t *action_json(const struct chain *c, const struct ovpp_vote_action *a)
{
	char value[OVPP_U256_TEXT];
	json_t *set = set_json(c, a);

	ovpp_u256_to_decimal(&a->value, value);
	return json_pack("{s:o,s:s?,s:s,s:o,s:o}", "target", chain_address(a->target), "contract",
			 contract_at(c, a->target), "value_wei", value, "data",
			 chain_hex(a->data, a->size), "set", set ? set : json_null());
}

json_t *vote_json(const struct chain *c, const struct ovpp_vote *vote,
		  const struct ovpp_vote_now *now)
{
	json_t *actions = json_array(), *text = json_stringn(vote->text, vote->text_size);
	char id[OVPP_VOTE_ID_TEXT];

	for (size_t i = 0; i < vote->n; i++)
		json_array_append_new(actions, action_json(c, &vote->action[i]));
	/* Anybody can write what is no text. */
	if (!text)
		text = chain_hex(vote->text, vote->text_size);
	ovpp_vote_id_text(vote->id, id);
	return json_pack("{s:s,s:s,s:o,s:o,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o}", "id", id, "state",
			 ovpp_vote_state_name(now->state), "proposer",
			 chain_address(vote->proposer), "description", text, "start_s",
			 (json_int_t)vote->start_s, "end_s", (json_int_t)vote->end_s, "eta_s",
			 now->eta_s ? json_integer((json_int_t)now->eta_s) : json_null(), "for",
			 chain_amount(now->in_favour), "against", chain_amount(now->against),
			 "abstain", chain_amount(now->abstained), "quorum",
			 chain_amount(now->quorum), "actions", actions);
}

/* ---- list ------------------------------------------------------------------------------- */

/**
 * struct list - proposals
 * @c: chain
 * @rows: for programs
 * @table: for people
 */
struct list {
	struct chain *c;
	json_t *rows;
	struct table *table;
};

static size_t first_line(const struct ovpp_vote *vote)
{
	const char *end = memchr(vote->text, '\n', vote->text_size);

	return end ? (size_t)(end - vote->text) : vote->text_size;
}

static int add_row(void *arg, const struct ovpp_vote *vote)
{
	char id[VOTE_SHORT], when[CHAIN_WHY], amount[OVPP_TOKENS_TEXT];
	struct list *list = arg;
	struct ovpp_vote_now now;
	char *line;
	int err = ovpp_vote_now(list->c->session, vote, &now);

	if (err)
		return err;
	json_array_append_new(list->rows, vote_json(list->c, vote, &now));
	line = strndup(vote->text, first_line(vote));
	table_add(list->table, vote_short(vote->id, id));
	table_add(list->table, vote_when(vote, &now, when));
	table_add(list->table, chain_tokens(now.in_favour, amount));
	table_add(list->table, chain_tokens(now.against, amount));
	table_add(list->table, line);
	free(line);
	return 0;
}

static int list(struct chain *c)
{
	static const char *const headings[] = {"ID", "STATE", "-FOR", "-AGAINST", "WHAT"};
	struct list list = {c, json_array(), table_new(headings, 5)};
	int err = list.table && list.rows ? ovpp_votes_visit(c->session, add_row, &list) : -ENOMEM;

	if (!err && c->cli->json)
		show_json(list.rows);
	else if (!err && !json_array_size(list.rows))
		puts("Nothing was proposed yet.");
	else if (!err)
		table_print(list.table, stdout, "\n");
	table_free(list.table);
	json_decref(list.rows);
	return err ? chain_failed(c, "the proposals", err) : CLI_OK;
}

int vote_list(struct cli *cli)
{
	return chain_call(cli, false, list);
}

/* ---- the command ------------------------------------------------------------------------ */

static const struct cli_option look_options[] = {CHAIN_OPTIONS, {0}};

static const struct cli_option send_options[] = {CHAIN_OPTION_KEY, CHAIN_OPTIONS, {0}};

static const struct cli_option cast_options[] = {
	{"reason", "TEXT", "Why; on the chain for everybody."},
	CHAIN_OPTION_KEY,
	CHAIN_OPTIONS,
	{0},
};

static const struct cli_option propose_options[] = {
	{"set", "NAME=VALUE...", "A parameter of the scorer, see 'ovpp reward params --chain'."},
	{"new", NULL, "Also names that this program's scorer does not know."},
	{"description", "TEXT", "What it is for. Default: what is set, and the date."},
	CHAIN_OPTION_KEY,
	CHAIN_OPTIONS,
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "All proposals, the oldest first.",
	 .options = look_options,
	 .json = "Print JSON: a list; votes in base units, as texts.",
	 .run = vote_list},
	{.name = "show",
	 .doc = "A proposal: what it does, and how it stands.",
	 .subject = SUBJECT_WORDS,
	 .args = "ID",
	 .options = look_options,
	 .json = "Print JSON: one object.",
	 .run = vote_show},
	{.name = "propose",
	 .doc = "Propose to set parameters.",
	 .options = propose_options,
	 .json = "Print JSON: one object.",
	 .run = vote_propose},
	{.name = "cast",
	 .doc = "Cast the account's votes.",
	 .subject = SUBJECT_WORDS,
	 .args = "ID for|against|abstain",
	 .options = cast_options,
	 .json = "Print JSON: one object.",
	 .run = vote_cast},
	{.name = "queue",
	 .doc = "Give a proposal that has succeeded to the timelock. Anybody can.",
	 .subject = SUBJECT_WORDS,
	 .args = "ID",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = vote_queue},
	{.name = "execute",
	 .doc = "Have the timelock do it, when its delay is over. Anybody can.",
	 .subject = SUBJECT_WORDS,
	 .args = "ID",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = vote_execute},
	{.name = "delegate",
	 .doc = "Let somebody cast the votes of the account's tokens. They count for nobody "
		"before, so that who wants to vote with his own delegates to himself.",
	 .subject = SUBJECT_WORDS,
	 .args = "ADDRESS|self",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = vote_delegate},
	{.name = "power",
	 .doc = "Tokens and votes of an account.",
	 .subject = SUBJECT_WORDS,
	 .args = "[ADDRESS]",
	 .options = send_options,
	 .json = "Print JSON: one object.",
	 .run = vote_power},
	{0},
};

const struct cli_command cmd_vote = {
	.name = "vote",
	.doc = "Votes on what the contracts go by: proposals, and what became of them.",
	.about = "A proposal is voted on for a time, queued, and executed after another one:\n"
		 "docs/contracts.md, \"Voting from the command line\". The begin of an ID is\n"
		 "enough.\n\n"
		 "examples:\n"
		 "  ovpp vote delegate self --key holder.key\n"
		 "  ovpp vote propose --set alpha_ppm=1100000 --key holder.key\n"
		 "  ovpp vote cast 0x3f29 for --key holder.key\n",
	.verbs = verbs,
};
