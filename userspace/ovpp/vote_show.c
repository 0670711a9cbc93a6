// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp vote show, power */
#include "vote_verbs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "get.h"
#include "show.h"

/* Of somebody else: nothing of it may play with the terminal. */
static void print_clean(const char *text)
{
	for (; *text; text++)
		putchar(iscntrl((unsigned char)*text) ? ' ' : *text);
	putchar('\n');
}

static void print_action(const json_t *action)
{
	const json_t *set = json_object_get(action, "set");
	const char *name, *contract = get_str(action, "contract");
	json_t *value;

	json_object_foreach ((json_t *)set, name, value)
		printf("does         sets %s to %s\n", name, json_string_value(value));
	if (json_is_object(set))
		return;
	printf("does         calls %s%s%s with %s wei\n             %s\n", contract ? contract : "",
	       contract ? ", " : "", get_str(action, "target"), get_str(action, "value_wei"),
	       get_str(action, "data"));
}

static void print_vote(const struct ovpp_vote *vote, const struct ovpp_vote_now *now,
		       const json_t *object)
{
	char when[CHAIN_WHY], a[OVPP_TOKENS_TEXT], b[OVPP_TOKENS_TEXT], c[OVPP_TOKENS_TEXT];
	char from[CHAIN_DATE], to[CHAIN_DATE];
	json_t *action;
	size_t i;

	printf("%s\n\nstate        %s\n", get_str(object, "id"), vote_when(vote, now, when));
	printf("proposed by  %s\n", get_str(object, "proposer"));
	printf("voted on     %s to %s UTC\n", chain_date(vote->start_s, from),
	       chain_date(vote->end_s, to));
	printf("votes        %s for, %s against, %s abstain\n", chain_tokens(now->in_favour, a),
	       chain_tokens(now->against, b), chain_tokens(now->abstained, c));
	if (now->quorum)
		printf("quorum       %s, for and abstain together\n", chain_tokens(now->quorum, a));
	json_array_foreach (json_object_get(object, "actions"), i, action)
		print_action(action);
	printf("description  ");
	print_clean(get_str(object, "description"));
}

static int show(struct chain *c)
{
	struct ovpp_vote_now now;
	struct ovpp_vote *vote;
	json_t *object;
	int ret = vote_find(c, c->cli->words[0], &vote, &now);

	if (ret)
		return ret;
	object = vote_json(c, vote, &now);
	if (c->cli->json)
		show_json(object);
	else
		print_vote(vote, &now, object);
	json_decref(object);
	free(vote);
	return CLI_OK;
}

int vote_show(struct cli *cli)
{
	if (cli->n_words != 1)
		return cli_wrong(cli, "one id is needed");
	return chain_call(cli, false, show);
}

/* ---- power ------------------------------------------------------------------------------ */

static void print_power(const char *account, const struct ovpp_vote_power *p)
{
	static const ovpp_address nobody;
	char tokens[OVPP_TOKENS_TEXT], votes[OVPP_TOKENS_TEXT], to[OVPP_ADDRESS_TEXT];

	ovpp_address_format(p->delegate, to);
	printf("%s\n\ntokens    %s OVPP\nvotes     %s; proposing takes ", account,
	       chain_tokens(p->tokens, tokens), chain_tokens(p->votes, votes));
	printf("%s\n", chain_tokens(p->threshold, votes));
	if (!memcmp(p->delegate, nobody, sizeof(nobody)))
		printf("delegate  nobody: its tokens do not vote; see 'ovpp vote delegate self'\n");
	else
		printf("delegate  %s\n", to);
}

static json_t *power_json(const ovpp_address account, const struct ovpp_vote_power *p)
{
	static const ovpp_address nobody;
	bool none = !memcmp(p->delegate, nobody, sizeof(nobody));

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:I,s:I}", "account", chain_address(account),
			 "tokens", chain_amount(p->tokens), "votes", chain_amount(p->votes),
			 "delegate", none ? json_null() : chain_address(p->delegate), "threshold",
			 chain_amount(p->threshold), "delay_s", (json_int_t)p->delay_s, "period_s",
			 (json_int_t)p->period_s);
}

static int power(struct chain *c)
{
	const char *word = c->cli->n_words ? c->cli->words[0] : NULL;
	struct ovpp_vote_power p;
	ovpp_address account;
	json_t *object;
	int err;

	if (!word)
		memcpy(account, ovpp_evm_key_address(c->key), sizeof(account));
	else if (ovpp_address_parse(word, account))
		return cli_wrong(c->cli, "%s: not an address", word);
	err = ovpp_vote_power(c->session, account, &p);
	if (err)
		return chain_failed(c, "the account's votes", err);
	object = power_json(account, &p);
	if (c->cli->json)
		show_json(object);
	else
		print_power(get_str(object, "account"), &p);
	json_decref(object);
	return CLI_OK;
}

int vote_power(struct cli *cli)
{
	if (cli->n_words > 1)
		return cli_wrong(cli, "one account at most");
	return chain_call(cli, !cli->n_words, power);
}
