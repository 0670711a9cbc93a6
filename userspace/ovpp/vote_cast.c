// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp vote cast, queue, execute, delegate */
#include "vote_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *about(const struct ovpp_vote *vote)
{
	char id[OVPP_VOTE_ID_TEXT];

	ovpp_vote_id_text(vote->id, id);
	return json_pack("{s:s}", "id", id);
}

/* The proposal is not in the state that a verb wants. */
static int wrong_state(const struct chain *c, const struct ovpp_vote *vote,
		       const struct ovpp_vote_now *now, const char *wanted)
{
	char why[2 * CHAIN_WHY], when[CHAIN_WHY];

	snprintf(why, sizeof(why), "the proposal is %s; %s", vote_when(vote, now, when), wanted);
	return chain_no(c, why);
}

/* ---- cast ------------------------------------------------------------------------------- */

/* The contract's numbers. */
static const char *const choices[] = {"against", "for", "abstain"};

static int choice_of(const char *word)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(word, choices[i]))
			return i;
	return -1;
}

static int may_cast(const struct chain *c, const struct ovpp_vote *vote,
		    const struct ovpp_vote_now *now, ovpp_u128 *votes)
{
	bool cast;
	int err;

	if (now->state != OVPP_VOTE_ACTIVE)
		return wrong_state(c, vote, now, "votes are cast while it is active");
	err = ovpp_vote_weight(c->session, vote, ovpp_evm_key_address(c->key), votes, &cast);
	if (err)
		return chain_failed(c, "the account's votes", err);
	if (cast)
		return chain_no(c, "the account has cast its votes already");
	if (!*votes)
		return chain_no(c, "the account had no votes when the vote began: they have to be "
				   "delegated before, see 'ovpp vote delegate'");
	return CLI_OK;
}

static int send_cast(const struct chain *c, const struct ovpp_vote *vote, ovpp_u128 votes)
{
	const char *reason = cli_value(c->cli, "reason"), *word = c->cli->words[1];
	const struct ovpp_abi v[3] = {
		ovpp_abi_word(vote->id),
		ovpp_abi_uint((uint64_t)choice_of(word)),
		ovpp_abi_bytes(reason, reason ? strlen(reason) : 0),
	};
	char text[CHAIN_WHY], id[VOTE_SHORT], amount[OVPP_TOKENS_TEXT];
	json_t *sent, *object;
	int ret = chain_call_send(c, OVPP_GOVERNOR, "cast votes",
				  reason ? "castVoteWithReason(uint256,uint8,string)"
					 : "castVote(uint256,uint8)",
				  v, reason ? 3 : 2, &sent);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%s votes were cast %s %s.", chain_tokens(votes, amount),
		 strcmp(word, "abstain") ? word : "as abstentions on", vote_short(vote->id, id));
	object = about(vote);
	json_object_set_new(object, "choice", json_string(word));
	json_object_set_new(object, "votes", chain_amount(votes));
	return chain_call_done(c, object, sent, text);
}

static int cast(struct chain *c)
{
	struct ovpp_vote_now now;
	struct ovpp_vote *vote;
	ovpp_u128 votes;
	int ret = vote_find(c, c->cli->words[0], &vote, &now);

	if (ret)
		return ret;
	ret = may_cast(c, vote, &now, &votes);
	if (!ret)
		ret = send_cast(c, vote, votes);
	free(vote);
	return ret;
}

int vote_cast(struct cli *cli)
{
	if (cli->n_words != 2 || choice_of(cli->words[1]) < 0)
		return cli_wrong(cli, "an id, and for, against or abstain are needed");
	return chain_call(cli, true, cast);
}

/* ---- queue, execute --------------------------------------------------------------------- */

static int send_step(const struct chain *c, const struct ovpp_vote *vote, const char *what,
		     const char *signature, const char *done)
{
	struct ovpp_abi v[OVPP_VOTE_ARGUMENTS];
	size_t n = ovpp_vote_arguments(vote, true, v);
	char text[CHAIN_WHY], id[VOTE_SHORT];
	json_t *sent;
	int ret = chain_call_send(c, OVPP_GOVERNOR, what, signature, v, n, &sent);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%s %s.", vote_short(vote->id, id), done);
	return chain_call_done(c, about(vote), sent, text);
}

static int queue(struct chain *c)
{
	struct ovpp_vote_now now;
	struct ovpp_vote *vote;
	int ret = vote_find(c, c->cli->words[0], &vote, &now);

	if (ret)
		return ret;
	if (now.state == OVPP_VOTE_SUCCEEDED)
		ret = send_step(c, vote, "queue a proposal", OVPP_GOVERNOR_QUEUE,
				"is queued: 'ovpp vote show' says from when on it can be executed");
	else
		ret = wrong_state(c, vote, &now, "it is queued once it has succeeded");
	free(vote);
	return ret;
}

static int execute(struct chain *c)
{
	struct ovpp_vote_now now;
	struct ovpp_vote *vote;
	int ret = vote_find(c, c->cli->words[0], &vote, &now);

	if (ret)
		return ret;
	if (now.state == OVPP_VOTE_QUEUED && now.time_s >= now.eta_s)
		ret = send_step(c, vote, "execute a proposal", OVPP_GOVERNOR_EXECUTE,
				"is executed: what it says holds");
	else
		ret = wrong_state(c, vote, &now, "it is executed after it was queued, and waited");
	free(vote);
	return ret;
}

static int with_id(struct cli *cli, int (*run)(struct chain *c))
{
	if (cli->n_words != 1)
		return cli_wrong(cli, "one id is needed");
	return chain_call(cli, true, run);
}

int vote_queue(struct cli *cli)
{
	return with_id(cli, queue);
}

int vote_execute(struct cli *cli)
{
	return with_id(cli, execute);
}

/* ---- delegate --------------------------------------------------------------------------- */

static int delegate(struct chain *c)
{
	const char *word = c->cli->words[0];
	char text[CHAIN_WHY], address[OVPP_ADDRESS_TEXT];
	ovpp_address to;
	struct ovpp_abi v;
	json_t *sent;
	int ret;

	if (!strcmp(word, "self"))
		memcpy(to, ovpp_evm_key_address(c->key), sizeof(to));
	else if (ovpp_address_parse(word, to))
		return cli_wrong(c->cli, "%s: neither an address nor 'self'", word);
	v = ovpp_abi_address(to);
	ret = chain_call_send(c, OVPP_TOKEN, "delegate votes", "delegate(address)", &v, 1, &sent);
	if (ret)
		return ret;
	ovpp_address_format(to, address);
	snprintf(text, sizeof(text), "%s votes with the account's tokens from now on.", address);
	return chain_call_done(c, json_pack("{s:o}", "delegate", chain_address(to)), sent, text);
}

int vote_delegate(struct cli *cli)
{
	if (cli->n_words != 1)
		return cli_wrong(cli, "an address or 'self' is needed");
	return chain_call(cli, true, delegate);
}
