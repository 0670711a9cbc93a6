// SPDX-License-Identifier: GPL-2.0-or-later
/* The history of rewards: from a node, and against what the contracts say. */
#include "chain_rewards.h"

#include <errno.h>
#include <string.h>

#include "chain_read.h"

static const enum ovpp_chain_event_kind wanted[] = {
	OVPP_CHAIN_PROPOSED, OVPP_CHAIN_CANCELED,  OVPP_CHAIN_VETOED,	OVPP_CHAIN_EPOCH_FINAL,
	OVPP_CHAIN_FUNDED,   OVPP_CHAIN_WITHDRAWN, OVPP_CHAIN_ROOT_SET, OVPP_CHAIN_CLAIMED,
};

/* A view without arguments that gives one word. */
static int compare(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		   enum ovpp_chain_form form, struct ovpp_abi expected, struct ovpp_chain_fault *f)
{
	struct ovpp_abi found;
	size_t n = 1;
	int ret = ovpp_chain_view(s, contract, signature, NULL, 0,
				  form == OVPP_CHAIN_HASH ? "(bytes32)" : "(uint256)", &found, &n,
				  f);

	if (!ret)
		ret = ovpp_chain_same(f, NULL, form, expected, found,
				      "the contract says something else than its events");
	if (ret == -EBADMSG)
		f->contract = ovpp_contract_name(contract);
	return ret;
}

/* Others may have given it tokens, too. */
static int check_balance(struct ovpp_evm_session *s, const struct ovpp_deployment *d,
			 const struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f)
{
	struct ovpp_abi claims = ovpp_abi_address(d->contract[OVPP_REWARD_CLAIMS].address), has;
	struct ovpp_abi least = ovpp_chain_amount(x->total - x->paid);
	size_t n = 1;
	int ret = ovpp_chain_view(s, OVPP_TOKEN, "balanceOf(address)", &claims, 1, "(uint256)",
				  &has, &n, f);

	if (ret || memcmp(has.word, least.word, sizeof(has.word)) >= 0)
		return ret;
	f->contract = ovpp_contract_name(OVPP_TOKEN);
	return ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, least, has,
			       "RewardClaims has less than was earned and not paid");
}

static int compare_all(struct ovpp_evm_session *s, const struct ovpp_deployment *d,
		       const struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f)
{
	int ret = compare(s, OVPP_REWARD_LEDGER, "epoch()", OVPP_CHAIN_NUMBER,
			  ovpp_abi_uint(x->epoch), f);

	if (!ret)
		ret = compare(s, OVPP_REWARD_LEDGER, "proposals()", OVPP_CHAIN_NUMBER,
			      ovpp_abi_uint(x->proposals), f);
	if (!ret)
		ret = compare(s, OVPP_REWARD_LEDGER, "total()", OVPP_CHAIN_NUMBER,
			      ovpp_chain_amount(x->total), f);
	if (!ret)
		ret = compare(s, OVPP_REWARD_LEDGER, "funded()", OVPP_CHAIN_NUMBER,
			      ovpp_chain_amount(x->funded), f);
	if (!ret)
		ret = compare(s, OVPP_REWARD_CLAIMS, "root()", OVPP_CHAIN_HASH,
			      ovpp_abi_word(x->root), f);
	return ret ? ret : check_balance(s, d, x, f);
}

int ovpp_chain_rewards_read(struct ovpp_evm_session *s, const struct ovpp_deployment *d,
			    struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f)
{
	struct ovpp_abi claims = ovpp_abi_address(d->contract[OVPP_REWARD_CLAIMS].address);
	int ret = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && !ret; i++)
		ret = ovpp_chain_read(s, wanted[i], 0, NULL, &x->events, f);
	if (!ret)
		ret = ovpp_chain_read(s, OVPP_CHAIN_TOKENS, 1, claims.word, &x->events, f);
	if (!ret)
		ret = ovpp_chain_read_end(&x->events, f);
	for (size_t i = 0; i < x->events.n && !ret; i++)
		ret = ovpp_chain_rewards_take(x, x->events.event[i], f);
	if (!ret)
		ret = compare_all(s, d, x, f);
	return ret ? ret : ovpp_chain_rewards_end(x, f);
}
