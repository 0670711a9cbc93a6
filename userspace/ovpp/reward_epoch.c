// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward propose, attest, finalize, veto, cancel: an epoch on its way to be paid */
#include "reward_onchain.h"

#include <stdio.h>

int reward_document(struct chain *c, const char *path, struct ovpp_reward_root *root,
		    json_t **document)
{
	char why[CHAIN_WHY];
	json_t *object;
	int ret = reward_load(c->cli, path, &object);

	if (ret)
		return ret;
	if (ovpp_reward_root_read(object, root, why, sizeof(why)) ||
	    ovpp_reward_here(root, &c->config.deployment, why, sizeof(why))) {
		cli_error(c->cli, "%s: %s", path, why);
		ret = CLI_NO;
	}
	if (!ret && document)
		*document = json_incref(object);
	json_decref(object);
	return ret;
}

int reward_look(struct chain *c, struct ovpp_reward_chain *now, struct ovpp_reward_account *account)
{
	int err = ovpp_reward_chain_read(c->session, now);

	if (!err && account)
		err = ovpp_reward_account_read(c->session, now, ovpp_evm_key_address(c->key),
					       account);
	return err ? chain_failed(c, "the contracts", err) : CLI_OK;
}

/* ---- propose ---------------------------------------------------------------------------- */

static int send_proposal(struct chain *c, const struct ovpp_reward_chain *now,
			 const struct ovpp_reward_root *root)
{
	const struct ovpp_abi v[] = {
		ovpp_abi_uint(root->epoch),   ovpp_abi_word(root->root),
		ovpp_abi_amount(root->total), ovpp_abi_word(root->evidence),
		ovpp_abi_word(root->params),
	};
	char text[CHAIN_WHY], step[OVPP_TOKENS_TEXT], what[64];
	json_t *sent;
	int ret;

	snprintf(what, sizeof(what), "propose epoch %llu", (unsigned long long)root->epoch);
	ret = chain_call_send(c, OVPP_REWARD_LEDGER, what,
			      "propose(uint48,bytes32,uint128,bytes32,bytes32)", v,
			      sizeof(v) / sizeof(*v), &sent);
	if (ret)
		return ret;
	snprintf(text, sizeof(text),
		 "Epoch %llu is proposed: %s OVPP for it. Next: %s'ovpp reward finalize' when its "
		 "window of %llu s is over.",
		 (unsigned long long)root->epoch, chain_tokens(root->total - now->total, step),
		 now->quorum > 1 ? "'ovpp reward attest' by others, " : "",
		 (unsigned long long)now->window_s);
	return chain_call_done(c,
			       json_pack("{s:I,s:o,s:o}", "epoch", (json_int_t)root->epoch, "root",
					 chain_hex(root->root, OVPP_HASH_SIZE), "total",
					 chain_amount(root->total)),
			       sent, text);
}

static int propose(struct chain *c)
{
	struct ovpp_reward_account account;
	struct ovpp_reward_chain now;
	struct ovpp_reward_root root;
	char why[CHAIN_WHY];
	int ret = reward_document(c, c->cli->words[0], &root, NULL);

	if (!ret)
		ret = reward_look(c, &now, &account);
	if (ret)
		return ret;
	if (ovpp_reward_may_propose(&now, &account, &root, why, sizeof(why)))
		return chain_no(c, why);
	return send_proposal(c, &now, &root);
}

/* ---- attest ----------------------------------------------------------------------------- */

static int send_attestation(struct chain *c, const struct ovpp_reward_chain *now)
{
	const struct ovpp_abi id = ovpp_abi_word(now->proposal.id);
	unsigned long long agreed = now->proposal.agreed + 1;
	char text[CHAIN_WHY];
	json_t *sent;
	int ret = chain_call_send(c, OVPP_REWARD_LEDGER, "attest to an epoch", "attest(bytes32)",
				  &id, 1, &sent);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "Attested to epoch %llu: %llu of %llu attestors agree.",
		 (unsigned long long)now->proposal.epoch, agreed, (unsigned long long)now->quorum);
	return chain_call_done(c,
			       json_pack("{s:I,s:I,s:I}", "epoch", (json_int_t)now->proposal.epoch,
					 "agreed", (json_int_t)agreed, "quorum",
					 (json_int_t)now->quorum),
			       sent, text);
}

static int attest(struct chain *c)
{
	struct ovpp_reward_root root, proposed;
	struct ovpp_reward_account account;
	struct ovpp_reward_chain now;
	char why[CHAIN_WHY];
	int err, ret = reward_document(c, c->cli->words[0], &root, NULL);

	if (!ret)
		ret = reward_look(c, &now, &account);
	if (ret)
		return ret;
	if (ovpp_reward_may_attest(&now, &account, why, sizeof(why)))
		return chain_no(c, why);
	err = ovpp_reward_proposed_read(c->session, &now, &proposed);
	if (err)
		return chain_failed(c, "the proposal under way", err);
	if (ovpp_reward_same(&proposed, &root, why, sizeof(why)))
		return chain_no(c, why);
	return send_attestation(c, &now);
}

/* ---- the end of a proposal -------------------------------------------------------------- */

/**
 * struct ending - how a proposal ends
 * @signature: call
 * @what: for people
 * @done: likewise
 */
struct ending {
	const char *signature;
	const char *what;
	const char *done;
};

static int end(struct chain *c, const struct ovpp_reward_chain *now, const struct ending *how)
{
	unsigned long long epoch = now->proposal.epoch;
	char text[CHAIN_WHY];
	json_t *sent;
	int ret = chain_call_send(c, OVPP_REWARD_LEDGER, how->what, how->signature, NULL, 0, &sent);

	if (ret)
		return ret;
	snprintf(text, sizeof(text), "Epoch %llu %s.", epoch, how->done);
	return chain_call_done(c,
			       json_pack("{s:I,s:o}", "epoch", (json_int_t)epoch, "id",
					 chain_hex(now->proposal.id, OVPP_HASH_SIZE)),
			       sent, text);
}

static int finalize(struct chain *c)
{
	static const struct ending how = {"finalize()", "finalize an epoch",
					  "is final: accounts can claim what they have earned"};
	struct ovpp_reward_chain now;
	char why[CHAIN_WHY];
	int ret = reward_look(c, &now, NULL);

	if (ret)
		return ret;
	if (ovpp_reward_may_finalize(&now, why, sizeof(why)))
		return chain_no(c, why);
	return end(c, &now, &how);
}

static int stop(struct chain *c, const struct ending *how)
{
	struct ovpp_reward_chain now;
	int ret = reward_look(c, &now, NULL);

	if (ret)
		return ret;
	return now.pending ? end(c, &now, how) : chain_no(c, "no epoch is proposed");
}

static int veto(struct chain *c)
{
	static const struct ending how = {"veto()", "veto an epoch",
					  "is stopped: its bond is money for rewards now"};

	return stop(c, &how);
}

static int cancel(struct chain *c)
{
	static const struct ending how = {"cancel()", "cancel the proposal of an epoch",
					  "is not proposed any more; the bond is free again"};

	return stop(c, &how);
}

int reward_propose(struct cli *cli)
{
	if (cli->n_words != 1)
		return cli_wrong(cli, "one document is needed");
	return chain_call(cli, true, propose);
}

int reward_attest(struct cli *cli)
{
	if (cli->n_words != 1)
		return cli_wrong(cli, "one document is needed");
	return chain_call(cli, true, attest);
}

int reward_finalize(struct cli *cli)
{
	return chain_call(cli, true, finalize);
}

int reward_veto(struct cli *cli)
{
	return chain_call(cli, true, veto);
}

int reward_cancel(struct cli *cli)
{
	return chain_call(cli, true, cancel);
}
