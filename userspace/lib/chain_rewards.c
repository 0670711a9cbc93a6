// SPDX-License-Identifier: GPL-2.0-or-later
/* The history of rewards: one event after the other. */
#include "chain_rewards.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "keccak.h"

/* Values of events, as chain_event.h lists them. */
enum { EPOCH, ID };
enum { PROP_PROPOSER = 2, PROP_ROOT, PROP_TOTAL, PROP_EVIDENCE, PROP_PARAMS };
enum { VETO_BOND = 3 };
enum { FINAL_ROOT = 2, FINAL_TOTAL };
enum { MONEY_WHO, MONEY_AMOUNT };
enum { TOKENS_TO = 1, TOKENS_AMOUNT };

/* More than all tokens that there can be: nothing overflows below it. */
#define AMOUNT_MAX ((ovpp_u128)1 << 126)

/**
 * struct account - what an account was paid
 * @address: it
 * @amount: so far
 */
struct account {
	ovpp_address address;
	ovpp_u128 amount;
};

static int by_address(const void *a, const void *b)
{
	return memcmp(((const struct account *)a)->address, ((const struct account *)b)->address,
		      OVPP_ADDRESS_SIZE);
}

/* ---- amounts ---- */

struct ovpp_abi ovpp_chain_amount(ovpp_u128 x)
{
	struct ovpp_u256 wide = {{(uint64_t)x, (uint64_t)(x >> 64)}};

	return ovpp_abi_u256(&wide);
}

/* 0 or -EBADMSG. */
static int amount(const struct ovpp_chain_event *e, size_t i, ovpp_u128 *x,
		  struct ovpp_chain_fault *f)
{
	bool large = false;

	*x = 0;
	for (size_t k = 0; k < sizeof(e->value[i].word); k++) {
		large |= k < sizeof(*x) && e->value[i].word[k];
		*x = *x << 8 | e->value[i].word[k];
	}
	return large || *x > AMOUNT_MAX ? ovpp_chain_no(f, e, "an amount is too large") : 0;
}

static int same_amount(struct ovpp_chain_fault *f, const struct ovpp_chain_event *e,
		       ovpp_u128 expected, ovpp_u128 found, const char *text)
{
	return ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, ovpp_chain_amount(expected),
			       ovpp_chain_amount(found), text);
}

/* @found is more than it may be. */
static int above(struct ovpp_chain_fault *f, const struct ovpp_chain_event *e, ovpp_u128 most,
		 ovpp_u128 found, const char *text)
{
	return found > most ? same_amount(f, e, most, found, text) : 0;
}

/* ---- proposals ---- */

static struct ovpp_abi proposal_id(const struct ovpp_chain_rewards *x,
				   const struct ovpp_chain_event *e)
{
	const struct ovpp_abi *v = e->value;
	const struct ovpp_abi all[] = {ovpp_abi_uint(x->proposals),
				       v[EPOCH],
				       v[PROP_ROOT],
				       v[PROP_TOTAL],
				       v[PROP_EVIDENCE],
				       v[PROP_PARAMS]};
	uint8_t words[sizeof(all) / sizeof(*all)][32];
	ovpp_hash id;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		memcpy(words[i], all[i].word, sizeof(words[i]));
	ovpp_keccak256(words, sizeof(words), id);
	return ovpp_abi_word(id);
}

static bool is_ours(const struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e)
{
	struct ovpp_abi own = ovpp_abi_uint(x->reward ? x->reward->number : 0);

	return x->reward && !memcmp(own.word, e->value[EPOCH].word, sizeof(own.word));
}

static int proposed(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		    struct ovpp_chain_fault *f)
{
	ovpp_u128 total;
	int ret = amount(e, PROP_TOTAL, &total, f);

	x->proposals++;
	if (!ret && x->pending)
		ret = ovpp_chain_no(f, e, "an epoch was proposed while another one waited");
	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, ovpp_abi_uint(x->epoch + 1),
				      e->value[EPOCH], "this is not the epoch after the last one");
	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_HASH, proposal_id(x, e), e->value[ID],
				      "this is not the id of the proposal");
	if (!ret)
		ret = above(f, e, total, x->total, "the total falls");
	if (!ret)
		ret = above(f, e, x->funded, total, "more is promised than there is");
	if (ret)
		return ret;
	x->pending = e;
	if (is_ours(x, e)) {
		x->proposed = e;
		x->withdrawn = NULL;
	}
	return 0;
}

/* The proposal that waits is the one that this event is about. */
static int check_pending(const struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
			 struct ovpp_chain_fault *f)
{
	if (!x->pending)
		return ovpp_chain_no(f, e, "there is no proposal that waits");
	return ovpp_chain_same(f, e, OVPP_CHAIN_HASH, x->pending->value[ID], e->value[ID],
			       "this is not the proposal that waits");
}

static int withdrawn(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		     struct ovpp_chain_fault *f)
{
	ovpp_u128 bond = 0;
	int ret = check_pending(x, e, f);

	if (!ret && e->kind == OVPP_CHAIN_VETOED)
		ret = amount(e, VETO_BOND, &bond, f);
	if (ret)
		return ret;
	x->funded += bond;
	x->pending = NULL;
	if (is_ours(x, e))
		x->withdrawn = e;
	return 0;
}

/* Is the epoch that was computed what was proposed? */
static int check_proposal(const struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f)
{
	const struct ovpp_reward *r = x->reward;
	const struct ovpp_chain_event *p = x->proposed;
	ovpp_hash root, params;
	int ret = ovpp_epoch_root(&r->epoch, &r->contract, root);

	ovpp_score_params_hash(&r->epoch.params, params);
	if (!ret)
		ret = ovpp_chain_same(f, p, OVPP_CHAIN_HASH, ovpp_abi_word(params),
				      p->value[PROP_PARAMS],
				      "the epoch was proposed with other parameters");
	if (!ret)
		ret = ovpp_chain_same(f, p, OVPP_CHAIN_HASH, ovpp_abi_word(x->evidence),
				      p->value[PROP_EVIDENCE],
				      "the epoch was proposed with other inputs: this is not the "
				      "hash of them");
	if (!ret)
		ret = ovpp_chain_same(
			f, p, OVPP_CHAIN_NUMBER, ovpp_chain_amount(ovpp_epoch_total(&r->epoch)),
			p->value[PROP_TOTAL], "the epoch was proposed with another total");
	if (!ret)
		ret = ovpp_chain_same(f, p, OVPP_CHAIN_HASH, ovpp_abi_word(root),
				      p->value[PROP_ROOT],
				      "the epoch was proposed with another root");
	return ret;
}

static int finalized(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		     struct ovpp_chain_fault *f)
{
	const struct ovpp_chain_event *p = x->pending;
	int ret = check_pending(x, e, f);

	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_HASH, p->value[PROP_ROOT],
				      e->value[FINAL_ROOT],
				      "another root became final than was "
				      "proposed");
	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, p->value[PROP_TOTAL],
				      e->value[FINAL_TOTAL],
				      "another total became final than was "
				      "proposed");
	if (!ret)
		ret = amount(e, FINAL_TOTAL, &x->total, f);
	if (!ret)
		ret = above(f, e, x->funded, x->total, "more is promised than there is");
	if (ret)
		return ret;
	memcpy(x->root, e->value[FINAL_ROOT].word, sizeof(x->root));
	x->epoch++;
	x->pending = NULL;
	if (!is_ours(x, e))
		return 0;
	x->finalized = e;
	return check_proposal(x, f);
}

/* ---- money ---- */

static int funded(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		  struct ovpp_chain_fault *f)
{
	ovpp_u128 more;
	int ret = amount(e, MONEY_AMOUNT, &more, f);

	if (!ret && e->kind == OVPP_CHAIN_WITHDRAWN)
		ret = above(f, e, x->funded - x->total, more,
			    "more was taken back than nobody is promised");
	if (ret)
		return ret;
	if (e->kind == OVPP_CHAIN_WITHDRAWN)
		x->funded -= more;
	else
		x->funded += more;
	return above(f, e, AMOUNT_MAX, x->funded, "an amount is too large");
}

static int is_account(const void *address, const void *account)
{
	return memcmp(address, ((const struct ovpp_epoch_account *)account)->account,
		      OVPP_ACCOUNT_SIZE);
}

/* What the computed epoch has for an account; there they ascend. */
static ovpp_u128 earned(const struct ovpp_chain_rewards *x, const uint8_t *account)
{
	const struct ovpp_epoch *e = &x->reward->epoch;
	const struct ovpp_epoch_account *a =
		e->n_accounts ? bsearch(account, e->account, e->n_accounts, sizeof(*a), is_account)
			      : NULL;

	return a ? a->total : 0;
}

/* While the epoch's root holds, what is claimed is what it has; before that not more. */
static int check_claim(const struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		       ovpp_u128 cumulative, struct ovpp_chain_fault *f)
{
	ovpp_u128 has;

	if (!x->reward || x->epoch > x->reward->number)
		return 0;
	has = earned(x, ovpp_abi_to_address(&e->value[MONEY_WHO]));
	if (x->epoch == x->reward->number)
		return same_amount(f, e, has, cumulative,
				   "an account has claimed something else than it has earned");
	return above(f, e, has, cumulative, "an account has claimed more than it has earned");
}

static struct account *account_of(struct ovpp_chain_rewards *x, const uint8_t *address)
{
	struct account probe = {0}, *new;
	void **node;

	memcpy(probe.address, address, sizeof(probe.address));
	node = tfind(&probe, &x->claimed, by_address);
	if (node)
		return *node;
	new = malloc(sizeof(*new));
	if (!new)
		return NULL;
	*new = probe;
	if (tsearch(new, &x->claimed, by_address))
		return new;
	free(new);
	return NULL;
}

static int claimed(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		   struct ovpp_chain_fault *f)
{
	struct account *a = account_of(x, ovpp_abi_to_address(&e->value[MONEY_WHO]));
	ovpp_u128 cumulative;
	int ret = a ? amount(e, MONEY_AMOUNT, &cumulative, f) : -ENOMEM;

	if (!ret && x->owed)
		ret = ovpp_chain_no(f, x->owed, "a claim was not paid");
	if (!ret)
		ret = above(f, e, cumulative, a->amount, "an account claimed less than before");
	if (!ret)
		ret = check_claim(x, e, cumulative, f);
	if (ret)
		return ret;
	x->owed = e;
	x->due = cumulative - a->amount;
	x->paid += x->due;
	x->claims++;
	a->amount = cumulative;
	return above(f, e, x->total, x->paid, "more is paid than was earned");
}

/* Tokens that leave the contract: the payment of the claim before, in its transaction. */
static int paid(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
		struct ovpp_chain_fault *f)
{
	const struct ovpp_chain_event *claim = x->owed;
	ovpp_u128 sum;
	int ret = amount(e, TOKENS_AMOUNT, &sum, f);

	if (!ret && (!claim || memcmp(claim->tx, e->tx, sizeof(e->tx))))
		ret = ovpp_chain_no(f, e, "tokens left RewardClaims without a claim");
	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_ADDRESS, claim->value[MONEY_WHO],
				      e->value[TOKENS_TO], "another account was paid than claimed");
	if (!ret)
		ret = same_amount(f, e, x->due, sum, "something else was paid than was claimed");
	x->owed = NULL;
	return ret;
}

int ovpp_chain_rewards_take(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
			    struct ovpp_chain_fault *f)
{
	switch (e->kind) {
	case OVPP_CHAIN_PROPOSED:
		return proposed(x, e, f);
	case OVPP_CHAIN_CANCELED:
	case OVPP_CHAIN_VETOED:
		return withdrawn(x, e, f);
	case OVPP_CHAIN_EPOCH_FINAL:
		return finalized(x, e, f);
	case OVPP_CHAIN_FUNDED:
	case OVPP_CHAIN_WITHDRAWN:
		return funded(x, e, f);
	case OVPP_CHAIN_ROOT_SET:
		return ovpp_chain_same(f, e, OVPP_CHAIN_HASH, ovpp_abi_word(x->root), e->value[0],
				       "RewardClaims was given another root than became final");
	case OVPP_CHAIN_CLAIMED:
		return claimed(x, e, f);
	case OVPP_CHAIN_TOKENS:
		return paid(x, e, f);
	default:
		return ovpp_chain_no(f, e, "this is no event of rewards");
	}
}

void ovpp_chain_rewards_free(struct ovpp_chain_rewards *x)
{
	tdestroy(x->claimed, free);
	ovpp_chain_events_free(&x->events);
	*x = (struct ovpp_chain_rewards){0};
}

int ovpp_chain_rewards_end(const struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f)
{
	if (x->owed)
		return ovpp_chain_no(f, x->owed, "a claim was not paid");
	if (!x->reward)
		return 0;
	if (!x->proposed)
		return ovpp_chain_no(f, NULL, "nobody has proposed epoch %llu, as of this block",
				     (unsigned long long)x->reward->number);
	if (x->withdrawn)
		return ovpp_chain_no(f, x->withdrawn, "the proposal of epoch %llu was %s",
				     (unsigned long long)x->reward->number,
				     x->withdrawn->kind == OVPP_CHAIN_VETOED ? "vetoed"
									     : "taken back");
	return x->finalized ? 0 : check_proposal(x, f);
}
