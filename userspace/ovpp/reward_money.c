// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward claim, bond, fund: money out and in */
#include "reward_onchain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- claim ------------------------------------------------------------------------------ */

/**
 * struct claim - what is claimed
 * @account: that is paid
 * @total: what it has earned so far
 * @paid: of it
 * @path: proof
 * @length: of it
 */
struct claim {
	ovpp_address account;
	ovpp_u128 total;
	ovpp_u128 paid;
	ovpp_hash path[OVPP_MERKLE_DEPTH];
	size_t length;
};

static int read_proof(struct chain *c, const json_t *document, struct claim *claim)
{
	int n = ovpp_reward_proof(document, claim->account, &claim->total, claim->path);

	if (n < 0)
		return chain_no(c, n == -ENOENT ? "the account has earned nothing"
						: "the document has no proof of it");
	claim->length = (size_t)n;
	return CLI_OK;
}

static int send_claim(struct chain *c, const struct claim *claim)
{
	struct ovpp_abi v[3 + OVPP_MERKLE_DEPTH] = {
		ovpp_abi_address(claim->account),
		ovpp_abi_amount(claim->total),
		ovpp_abi_array(claim->length),
	};
	char text[CHAIN_WHY], pay[OVPP_TOKENS_TEXT], all[OVPP_TOKENS_TEXT];
	char address[OVPP_ADDRESS_TEXT];
	json_t *sent;
	int ret;

	for (size_t i = 0; i < claim->length; i++)
		v[3 + i] = ovpp_abi_word(claim->path[i]);
	ovpp_address_format(claim->account, address);
	chain_tokens(claim->total - claim->paid, pay);
	if (!c->cli->json)
		printf("%s is to get %s OVPP: %s earned, less what it was paid.\n", address, pay,
		       chain_tokens(claim->total, all));
	ret = chain_call_send(c, OVPP_REWARD_CLAIMS, "claim a reward",
			      "claim(address,uint256,bytes32[])", v, 3 + claim->length, &sent);
	if (ret) {
		cli_error(c->cli, "%s was not paid; that holds up nobody else", address);
		return ret;
	}
	snprintf(text, sizeof(text), "%s was paid %s OVPP.", address, pay);
	return chain_call_done(c,
			       json_pack("{s:o,s:o,s:o}", "account", chain_address(claim->account),
					 "cumulative", chain_amount(claim->total), "paid",
					 chain_amount(claim->total - claim->paid)),
			       sent, text);
}

/* The proof, and what is paid already. */
static int prepare_claim(struct chain *c, const json_t *document, struct claim *claim)
{
	int err, ret = read_proof(c, document, claim);

	if (ret)
		return ret;
	err = ovpp_reward_claimed(c->session, claim->account, &claim->paid);
	if (err)
		return chain_failed(c, "what was paid", err);
	if (claim->total > claim->paid)
		return CLI_OK;
	return chain_no(c, "there is nothing to pay: the account has got all that it has earned");
}

static int claim(struct chain *c)
{
	struct ovpp_reward_chain now;
	struct ovpp_reward_root root;
	struct claim claim = {0};
	json_t *document = NULL;
	char why[CHAIN_WHY];
	int ret;

	if (ovpp_address_parse(c->cli->words[1], claim.account))
		return cli_wrong(c->cli, "%s: not an address", c->cli->words[1]);
	ret = reward_document(c, c->cli->words[0], &root, &document);
	if (!ret)
		ret = reward_look(c, &now, NULL);
	if (!ret && ovpp_reward_is_final(&now, &root, why, sizeof(why)))
		ret = chain_no(c, why);
	if (!ret)
		ret = prepare_claim(c, document, &claim);
	json_decref(document);
	return ret ? ret : send_claim(c, &claim);
}

int reward_claim(struct cli *cli)
{
	if (cli->n_words != 2)
		return cli_wrong(cli, "a document and an account are needed");
	return chain_call(cli, true, claim);
}

/* ---- bond, fund ------------------------------------------------------------------------- */

static int parse_amount(struct chain *c, ovpp_u128 *amount)
{
	const char *text = c->cli->words[0];

	if (c->cli->n_words != 1 || ovpp_tokens_parse(text, amount) || !*amount)
		return cli_wrong(c->cli, "an amount of OVPP is needed, like 1000 or 12.5");
	return CLI_OK;
}

/* Has the account that much, and may the ledger take it? */
static int approve(struct chain *c, ovpp_u128 amount)
{
	const struct ovpp_deployed *ledger = &c->config.deployment.contract[OVPP_REWARD_LEDGER];
	struct ovpp_abi v[2] = {ovpp_abi_address(ledger->address), ovpp_abi_amount(amount)};
	struct ovpp_reward_account account;
	struct ovpp_reward_chain now;
	char why[CHAIN_WHY], has[OVPP_TOKENS_TEXT];
	json_t *sent;
	int ret = reward_look(c, &now, &account);

	if (ret)
		return ret;
	if (account.tokens < amount) {
		snprintf(why, sizeof(why), "the account has %s OVPP only",
			 chain_tokens(account.tokens, has));
		return chain_no(c, why);
	}
	ret = chain_call_send(c, OVPP_TOKEN, "let the ledger take tokens",
			      "approve(address,uint256)", v, 2, &sent);
	if (!ret)
		json_decref(sent);
	return ret;
}

/* A call with an amount; @text ends the line that begins with it. */
static int move(struct chain *c, ovpp_u128 amount, const char *what, const char *signature,
		const char *done)
{
	struct ovpp_abi v = ovpp_abi_amount(amount);
	char text[CHAIN_WHY], tokens[OVPP_TOKENS_TEXT];
	json_t *sent;
	int ret = chain_call_send(c, OVPP_REWARD_LEDGER, what, signature, &v, 1, &sent);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "%s OVPP %s.", chain_tokens(amount, tokens), done);
	return chain_call_done(c, json_pack("{s:o}", "amount", chain_amount(amount)), sent, text);
}

static int withdraw(struct chain *c, ovpp_u128 amount)
{
	struct ovpp_reward_account account;
	struct ovpp_reward_chain now;
	char why[CHAIN_WHY], has[OVPP_TOKENS_TEXT];
	int ret = reward_look(c, &now, &account);

	if (ret)
		return ret;
	if (account.free >= amount)
		return move(c, amount, "withdraw a bond", "withdrawBond(uint256)",
			    "were taken back");
	snprintf(why, sizeof(why), "%s OVPP of the account are there and not at stake",
		 chain_tokens(account.free, has));
	return chain_no(c, why);
}

static int bond(struct chain *c)
{
	ovpp_u128 amount;
	int ret = parse_amount(c, &amount);

	if (ret || cli_flag(c->cli, "withdraw"))
		return ret ? ret : withdraw(c, amount);
	ret = approve(c, amount);
	return ret ? ret
		   : move(c, amount, "deposit a bond", "depositBond(uint256)",
			  "were deposited for bonds");
}

static int fund(struct chain *c)
{
	ovpp_u128 amount;
	int ret = parse_amount(c, &amount);

	if (!ret)
		ret = approve(c, amount);
	return ret ? ret
		   : move(c, amount, "fund rewards", "fund(uint128)", "were given for rewards");
}

int reward_bond(struct cli *cli)
{
	return chain_call(cli, true, bond);
}

int reward_fund(struct cli *cli)
{
	return chain_call(cli, true, fund);
}
