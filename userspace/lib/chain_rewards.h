/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of rewards: epochs that were proposed and became final, money in, claims
 * and payments, computed again from the events of a chain; and one epoch of it against
 * what evidence says.
 */
#ifndef OVPP_CHAIN_REWARDS_H
#define OVPP_CHAIN_REWARDS_H

#include "chain_event.h"
#include "evm_session.h"
#include "reward.h"

/**
 * struct ovpp_chain_rewards - rewards on a chain; all zero at first but for the first two
 * @reward: the epoch that was computed, whose accounts have their totals; or NULL
 * @evidence: SHA-256 of its inputs, meaningful with @reward
 * @proposals: so far
 * @pending: proposal that waits, or NULL
 * @epoch: last one that is final
 * @total: of it: earned so far
 * @root: of it
 * @funded: given for rewards
 * @paid: to accounts
 * @claims: their number
 * @proposed: the proposal of @reward's epoch, the newest one; NULL: there is none
 * @finalized: the event that made it final, or NULL
 * @withdrawn: the event that ended it otherwise, or NULL
 * @owed: claim that was not paid yet, or NULL
 * @due: for it
 * @claimed: tree of accounts
 * @events: all, in their order
 */
struct ovpp_chain_rewards {
	const struct ovpp_reward *reward;
	ovpp_hash evidence;
	uint64_t proposals;
	const struct ovpp_chain_event *pending;
	uint64_t epoch;
	ovpp_u128 total;
	ovpp_hash root;
	ovpp_u128 funded;
	ovpp_u128 paid;
	uint64_t claims;
	const struct ovpp_chain_event *proposed;
	const struct ovpp_chain_event *finalized;
	const struct ovpp_chain_event *withdrawn;
	const struct ovpp_chain_event *owed;
	ovpp_u128 due;
	void *claimed;
	struct ovpp_chain_events events;
};

/* An amount as a word of the ABI. */
struct ovpp_abi ovpp_chain_amount(ovpp_u128 x);

/* The next event. 0; -EBADMSG with a text in @f: it cannot be; or -ENOMEM. */
int ovpp_chain_rewards_take(struct ovpp_chain_rewards *x, const struct ovpp_chain_event *e,
			    struct ovpp_chain_fault *f);
/* There are no more: is @reward's epoch what was proposed? */
int ovpp_chain_rewards_end(const struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f);
void ovpp_chain_rewards_free(struct ovpp_chain_rewards *x);

/**
 * ovpp_chain_rewards_read() - the history from a node, all of the above, and against what
 * the contracts say
 * @s: session, pinned
 * @d: contracts
 * @x: @reward and @evidence are set; to be freed in any case
 * @f: set with -EBADMSG
 *
 * Return: 0; -EBADMSG; -EPROTO: the node does not answer as it should; or as
 * ovpp_evm_view().
 */
int ovpp_chain_rewards_read(struct ovpp_evm_session *s, const struct ovpp_deployment *d,
			    struct ovpp_chain_rewards *x, struct ovpp_chain_fault *f);

#endif /* OVPP_CHAIN_REWARDS_H */
