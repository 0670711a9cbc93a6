// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward status */
#include "reward_onchain.h"

#include <stdio.h>

#include "show.h"

/* RewardClaims may have been sent more than it promises. */
static ovpp_u128 paid(const struct ovpp_reward_chain *now)
{
	return now->total > now->unclaimed ? now->total - now->unclaimed : 0;
}

static bool is_ready(const struct ovpp_reward_chain *now)
{
	char why[CHAIN_WHY];

	return !ovpp_reward_may_finalize(now, why, sizeof(why));
}

static json_t *proposal_json(const struct ovpp_reward_chain *now)
{
	const struct ovpp_reward_proposal *p = &now->proposal;

	if (!now->pending)
		return json_null();
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:b}", "epoch", (json_int_t)p->epoch,
			 "id", chain_hex(p->id, OVPP_HASH_SIZE), "proposer",
			 chain_address(p->proposer), "root", chain_hex(p->root, OVPP_HASH_SIZE),
			 "total", chain_amount(p->total), "bond", chain_amount(p->bond), "agreed",
			 (json_int_t)p->agreed, "ready_s", (json_int_t)p->ready_s, "ready",
			 is_ready(now));
}

static json_t *account_json(const ovpp_address address, const struct ovpp_reward_account *a)
{
	return json_pack("{s:o,s:b,s:b,s:o,s:o}", "account", chain_address(address), "attestor",
			 a->attestor, "attested", a->attested, "bond_free", chain_amount(a->free),
			 "tokens", chain_amount(a->tokens));
}

static json_t *status_json(const struct ovpp_reward_chain *now)
{
	return json_pack("{s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:o,s:o}", "time_s",
			 (json_int_t)now->time_s, "epoch", (json_int_t)now->epoch, "root",
			 chain_hex(now->root, OVPP_HASH_SIZE), "params_hash",
			 chain_hex(now->params, OVPP_HASH_SIZE), "funded",
			 chain_amount(now->funded), "promised", chain_amount(now->total), "paid",
			 chain_amount(paid(now)), "step_cap", chain_amount(now->step_cap), "bond",
			 chain_amount(now->bond), "window_s", (json_int_t)now->window_s, "quorum",
			 (json_int_t)now->quorum, "attestors", (json_int_t)now->attestors,
			 "guardian", chain_address(now->guardian), "proposal", proposal_json(now));
}

static void print_proposal(const struct ovpp_reward_chain *now)
{
	const struct ovpp_reward_proposal *p = &now->proposal;
	char date[CHAIN_DATE], total[OVPP_TOKENS_TEXT], proposer[OVPP_ADDRESS_TEXT];
	char why[CHAIN_WHY];

	if (!now->pending) {
		printf("proposal     none; epoch %llu is next\n",
		       (unsigned long long)now->epoch + 1);
		return;
	}
	ovpp_address_format(p->proposer, proposer);
	printf("proposal     epoch %llu, %s OVPP in all, by %s\n", (unsigned long long)p->epoch,
	       chain_tokens(p->total, total), proposer);
	printf("  window     until %s UTC\n", chain_date(p->ready_s, date));
	printf("  attested   %llu of %llu that are needed\n", (unsigned long long)p->agreed,
	       (unsigned long long)now->quorum);
	if (ovpp_reward_may_finalize(now, why, sizeof(why)))
		printf("  next       %s\n", why);
	else
		printf("  next       'ovpp reward finalize'\n");
}

static void print_status(const struct ovpp_reward_chain *now)
{
	char a[OVPP_TOKENS_TEXT], b[OVPP_TOKENS_TEXT], date[CHAIN_DATE];

	printf("at           %s UTC\n", chain_date(now->time_s, date));
	if (now->epoch)
		printf("last epoch   %llu\n", (unsigned long long)now->epoch);
	else
		printf("last epoch   none yet\n");
	print_proposal(now);
	printf("funded       %s OVPP\n", chain_tokens(now->funded, a));
	printf("promised     %s OVPP, of it paid %s\n", chain_tokens(now->total, a),
	       chain_tokens(paid(now), b));
	printf("an epoch     adds %s OVPP at most; its bond is %s\n",
	       chain_tokens(now->step_cap, a), chain_tokens(now->bond, b));
	printf("attestors    %llu\n", (unsigned long long)now->attestors);
}

static void print_account(const char *address, const struct ovpp_reward_account *a)
{
	char free[OVPP_TOKENS_TEXT], tokens[OVPP_TOKENS_TEXT];

	printf("\n%s\n  %s attestor; has %s OVPP, and %s deposited for bonds\n", address,
	       a->attestor ? "is an" : "is no", chain_tokens(a->tokens, tokens),
	       chain_tokens(a->free, free));
}

static int show(struct chain *c)
{
	const char *address = c->cli->n_words ? c->cli->words[0] : NULL;
	struct ovpp_reward_account a;
	struct ovpp_reward_chain now;
	ovpp_address account;
	json_t *status;
	int err, ret;

	if (address && ovpp_address_parse(address, account))
		return cli_wrong(c->cli, "%s: not an address", address);
	ret = reward_look(c, &now, NULL);
	err = ret || !address ? 0 : ovpp_reward_account_read(c->session, &now, account, &a);
	if (ret || err)
		return ret ? ret : chain_failed(c, "the account", err);
	if (c->cli->json) {
		status = status_json(&now);
		if (address)
			json_object_set_new(status, "account", account_json(account, &a));
		show_json(status);
		json_decref(status);
		return CLI_OK;
	}
	print_status(&now);
	if (address)
		print_account(address, &a);
	return CLI_OK;
}

int reward_status(struct cli *cli)
{
	if (cli->n_words > 1)
		return cli_wrong(cli, "one account at most");
	return chain_call(cli, false, show);
}
