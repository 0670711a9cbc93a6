// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp vote propose */
#include "vote_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "parameter_store.h"
#include "path.h"
#include "suggest.h"

/* A description, and who proposes it behind it. */
#define TEXT_MAX 4096
#define WHAT_MAX (TEXT_MAX - 64)

/* ---- what is set ------------------------------------------------------------------------ */

static size_t scorer_has(const char *name)
{
	size_t i = 0;

	while (i < OVPP_SCORE_PARAMS && strcmp(ovpp_score_param_name(i), name))
		i++;
	return i;
}

static int unknown_name(struct cli *cli, const char *name)
{
	struct suggestion near = {.typed = name};

	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++)
		suggest_offer(&near, ovpp_score_param_name(i));
	return cli_wrong(cli, "--set: the scorer has no %s%s%s%s; a name for later needs --new",
			 name, near.word ? "; did you mean '" : "", near.word ? near.word : "",
			 near.word ? "'?" : "");
}

/* "NAME=VALUE" */
static int add_setting(struct cli *cli, const char *setting, struct ovpp_parameters *set)
{
	const char *equals = strchr(setting, '=');
	char name[OVPP_PARAMETER_NAME];
	struct ovpp_u256 value;

	if (!equals || (size_t)(equals - setting) >= sizeof(name) ||
	    ovpp_u256_from_decimal(&value, equals + 1))
		return cli_wrong(cli, "--set: '%s' is not NAME=VALUE with a whole number", setting);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - setting), setting);
	if (scorer_has(name) == OVPP_SCORE_PARAMS && !cli_flag(cli, "new"))
		return unknown_name(cli, name);
	if (ovpp_parameters_add(set, name, &value))
		return cli_wrong(cli, "--set: %s: no name of a parameter, or given twice", name);
	return CLI_OK;
}

static int read_settings(struct cli *cli, struct ovpp_parameters *set)
{
	const json_t *all = cli_values(cli, "set"), *setting;
	const char *description = cli_value(cli, "description");
	int ret = CLI_OK;
	size_t i;

	if (description && strlen(description) >= WHAT_MAX)
		return cli_wrong(cli, "--description: %d bytes or longer", WHAT_MAX);
	if (!all)
		return cli_wrong(cli, "--set NAME=VALUE is missing");
	json_array_foreach (all, i, setting) {
		ret = add_setting(cli, json_string_value(setting), set);
		if (ret)
			return ret;
	}
	return ret;
}

/* Could the scorer compute with what there would be then? */
static int check_settings(const struct chain *c, const struct ovpp_parameters *set)
{
	struct ovpp_parameters now;
	struct ovpp_score_params p;
	char why[CHAIN_WHY];
	const char *wrong;
	ovpp_hash hash;
	size_t at;
	int err = ovpp_parameters_read(c->session, &now, hash);

	if (err)
		return chain_failed(c, "the parameters", err);
	/* What nobody can compute with now cannot get worse. */
	if (ovpp_parameters_score(&now, hash, &p, why, sizeof(why)))
		return CLI_OK;
	for (size_t i = 0; i < set->n; i++) {
		at = scorer_has(set->p[i].name);
		if (at < OVPP_SCORE_PARAMS &&
		    ovpp_u256_to_u64(&set->p[i].value, ovpp_score_param(&p, at)))
			*ovpp_score_param(&p, at) = UINT64_MAX;
	}
	wrong = ovpp_score_params_check(&p);
	if (!wrong)
		return CLI_OK;
	snprintf(why, sizeof(why), "%s would be out of its bounds: nobody could compute a reward",
		 wrong);
	return chain_no(c, why);
}

/* ---- the proposal ----------------------------------------------------------------------- */

/*
 * The description ends with who may propose it, which the governor looks at: else somebody
 * who sees it coming could make the same proposal, and cancel it.
 */
static void describe(const struct chain *c, const struct ovpp_parameters *set, char *text)
{
	char value[OVPP_U256_TEXT], date[CHAIN_DATE], address[OVPP_ADDRESS_TEXT];
	const char *given = cli_value(c->cli, "description");

	ovpp_address_format(ovpp_evm_key_address(c->key), address);
	snprintf(text, WHAT_MAX, "%s", given ? given : "Set");
	for (size_t i = 0; i < set->n && !given; i++) {
		ovpp_u256_to_decimal(&set->p[i].value, value);
		ovpp_text_append(text, WHAT_MAX, "%s %s to %s", i ? "," : "", set->p[i].name,
				 value);
	}
	if (!given)
		ovpp_text_append(text, WHAT_MAX, " (%s)", chain_date((uint64_t)time(NULL), date));
	ovpp_text_append(text, TEXT_MAX, "\n#proposer=%s", address);
}

static int has_threshold(const struct chain *c)
{
	char why[CHAIN_WHY], has[OVPP_TOKENS_TEXT], needed[OVPP_TOKENS_TEXT];
	struct ovpp_vote_power p;
	int err = ovpp_vote_power(c->session, ovpp_evm_key_address(c->key), &p);

	if (err)
		return chain_failed(c, "the account's votes", err);
	if (p.votes >= p.threshold)
		return CLI_OK;
	snprintf(why, sizeof(why),
		 "proposing takes %s votes, and the account has %s; they are delegated with 'ovpp "
		 "vote delegate'",
		 chain_tokens(p.threshold, needed), chain_tokens(p.votes, has));
	return chain_no(c, why);
}

static int done(const struct chain *c, struct ovpp_vote *vote, json_t *sent)
{
	char text[CHAIN_WHY], id[OVPP_VOTE_ID_TEXT], from[CHAIN_DATE], to[CHAIN_DATE];
	int err = ovpp_vote_times(c->session, vote);

	if (err) {
		json_decref(sent);
		return chain_failed(c, "the proposal was sent, but cannot be looked at", err);
	}
	ovpp_vote_id_text(vote->id, id);
	snprintf(text, sizeof(text), "Proposed as %s.\nVotes are cast from %s to %s UTC.", id,
		 chain_date(vote->start_s, from), chain_date(vote->end_s, to));
	return chain_call_done(c,
			       json_pack("{s:s,s:I,s:I}", "id", id, "start_s",
					 (json_int_t)vote->start_s, "end_s",
					 (json_int_t)vote->end_s),
			       sent, text);
}

static int send_proposal(const struct chain *c, struct ovpp_vote *vote)
{
	struct ovpp_abi v[OVPP_VOTE_ARGUMENTS];
	size_t n = ovpp_vote_arguments(vote, false, v);
	json_t *sent;
	int ret, err = ovpp_vote_id(vote, vote->id);

	if (err)
		return chain_failed(c, "the proposal", err);
	ret = chain_call_send(c, OVPP_GOVERNOR, "propose to vote", OVPP_GOVERNOR_PROPOSE, v, n,
			      &sent);
	return ret ? ret : done(c, vote, sent);
}

static int propose(struct chain *c)
{
	const struct ovpp_deployed *store = &c->config.deployment.contract[OVPP_PARAMETER_STORE];
	struct ovpp_parameters set = {0};
	struct ovpp_buffer data = {0};
	struct ovpp_vote vote = {.n = 1};
	char text[TEXT_MAX];
	int ret = read_settings(c->cli, &set);

	if (!ret)
		ret = check_settings(c, &set);
	if (!ret)
		ret = has_threshold(c);
	if (ret)
		return ret;
	describe(c, &set, text);
	if (ovpp_parameters_encode(&set, &data)) {
		ret = chain_failed(c, "the proposal", -ENOMEM);
	} else {
		memcpy(vote.action[0].target, store->address, sizeof(store->address));
		vote.action[0].data = data.data;
		vote.action[0].size = data.size;
		vote.text = text;
		vote.text_size = strlen(text);
		ret = send_proposal(c, &vote);
	}
	ovpp_buffer_free(&data);
	return ret;
}

int vote_propose(struct cli *cli)
{
	return chain_call(cli, true, propose);
}
