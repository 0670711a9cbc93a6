/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the contracts RewardLedger and RewardClaims know of rewards, and what stands in
 * the way of an epoch there (docs/contracts.md, "Rewards").
 */
#ifndef OVPP_REWARD_CHAIN_H
#define OVPP_REWARD_CHAIN_H

#include "evm_session.h"
#include "reward_root.h"
#include "tokens.h"

/**
 * struct ovpp_reward_proposal - an epoch that is proposed
 * @id: hash of all of it
 * @proposer: who
 * @root: as in struct ovpp_reward_root
 * @total: likewise
 * @epoch: likewise
 * @ready_s: when its window ends, s since 1970
 * @bond: what the proposer has at stake
 * @agreed: attestors that agree
 * @revision: of the attestors who may
 */
struct ovpp_reward_proposal {
	ovpp_hash id;
	ovpp_address proposer;
	ovpp_hash root;
	ovpp_u128 total;
	uint64_t epoch;
	uint64_t ready_s;
	ovpp_u128 bond;
	uint64_t agreed;
	uint64_t revision;
};

/**
 * struct ovpp_reward_chain - the contracts at a block
 * @time_s: of the block
 * @epoch: last final one; 0: there is none
 * @root: of it
 * @params: hash of the parameters
 * @total: what all have earned so far: promised
 * @funded: what was given for rewards
 * @unclaimed: what of @total is still there
 * @step_cap: what an epoch may add to @total
 * @bond: what a proposer has at stake
 * @window_s: from a proposal to the earliest end of its epoch
 * @quorum: attestors that have to agree
 * @attestors: how many there are
 * @revision: how often they were changed
 * @proposals: so far
 * @guardian: who may stop an epoch
 * @pending: there is a proposal
 * @proposal: it
 */
struct ovpp_reward_chain {
	uint64_t time_s;
	uint64_t epoch;
	ovpp_hash root;
	ovpp_hash params;
	ovpp_u128 total;
	ovpp_u128 funded;
	ovpp_u128 unclaimed;
	ovpp_u128 step_cap;
	ovpp_u128 bond;
	uint64_t window_s;
	uint64_t quorum;
	uint64_t attestors;
	uint64_t revision;
	uint64_t proposals;
	ovpp_address guardian;
	bool pending;
	struct ovpp_reward_proposal proposal;
};

/* All of it, at one block: the session is pinned to it. As ovpp_evm_view(). */
int ovpp_reward_chain_read(struct ovpp_evm_session *s, struct ovpp_reward_chain *c);

/**
 * struct ovpp_reward_account - what it has to do with rewards
 * @attestor: it is one
 * @attested: to the proposal that is under way
 * @free: deposited for bonds, and not at stake
 * @tokens: that it has
 */
struct ovpp_reward_account {
	bool attestor;
	bool attested;
	ovpp_u128 free;
	ovpp_u128 tokens;
};

/* As above, at the same block. */
int ovpp_reward_account_read(struct ovpp_evm_session *s, const struct ovpp_reward_chain *c,
			     const ovpp_address account, struct ovpp_reward_account *a);

/*
 * All that is proposed under way, from its event: also the hashes that the contract does
 * not keep. -ENOENT: there is no such event; or as above.
 */
int ovpp_reward_proposed_read(struct ovpp_evm_session *s, const struct ovpp_reward_chain *c,
			      struct ovpp_reward_root *r);

/* Id of a proposal; @number counts them. 0 or -ENOMEM. */
int ovpp_reward_id(uint64_t number, const struct ovpp_reward_root *r, ovpp_hash id);

/* What an account was paid so far. As ovpp_evm_view(). */
int ovpp_reward_claimed(struct ovpp_evm_session *s, const ovpp_address account, ovpp_u128 *paid);

/*
 * What follows says what stands in the way of a call, in one sentence: 0; or -EPERM with
 * a text in @err.
 */

/* Is the document of this deployment? */
int ovpp_reward_here(const struct ovpp_reward_root *r, const struct ovpp_deployment *d, char *err,
		     size_t size);
int ovpp_reward_may_propose(const struct ovpp_reward_chain *c, const struct ovpp_reward_account *a,
			    const struct ovpp_reward_root *r, char *err, size_t size);
/* Is what is proposed the document's? The text says what differs first. */
int ovpp_reward_same(const struct ovpp_reward_root *proposed, const struct ovpp_reward_root *r,
		     char *err, size_t size);
int ovpp_reward_may_attest(const struct ovpp_reward_chain *c, const struct ovpp_reward_account *a,
			   char *err, size_t size);
int ovpp_reward_may_finalize(const struct ovpp_reward_chain *c, char *err, size_t size);

/* Is the newest root the document's? */
int ovpp_reward_is_final(const struct ovpp_reward_chain *c, const struct ovpp_reward_root *r,
			 char *err, size_t size);

#endif /* OVPP_REWARD_CHAIN_H */
