/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Votes: the contracts OVPPGovernor, and OVPPToken as far as it is about votes
 * (docs/contracts.md, "Governance"). Times are s since 1970.
 */
#ifndef OVPP_GOVERNOR_H
#define OVPP_GOVERNOR_H

#include "evm_session.h"
#include "score.h"

/* "0x", 64 digits and the end. */
#define OVPP_VOTE_ID_TEXT 67
/* Calls of a proposal, at most; others are not read. */
#define OVPP_VOTE_ACTIONS 64

#define OVPP_GOVERNOR_PROPOSE "propose(address[],uint256[],bytes[],string)"
#define OVPP_GOVERNOR_QUEUE "queue(address[],uint256[],bytes[],bytes32)"
#define OVPP_GOVERNOR_EXECUTE "execute(address[],uint256[],bytes[],bytes32)"

/* As the contract has it. */
enum ovpp_vote_state {
	OVPP_VOTE_PENDING,
	OVPP_VOTE_ACTIVE,
	OVPP_VOTE_CANCELED,
	OVPP_VOTE_DEFEATED,
	OVPP_VOTE_SUCCEEDED,
	OVPP_VOTE_QUEUED,
	OVPP_VOTE_EXPIRED,
	OVPP_VOTE_EXECUTED,
	N_OVPP_VOTE_STATES
};

/* "succeeded" */
const char *ovpp_vote_state_name(enum ovpp_vote_state state);

/**
 * struct ovpp_vote_action - a call that a proposal has the timelock make
 * @target: contract
 * @value: wei
 * @data: of the call; borrowed
 * @size: its size
 */
struct ovpp_vote_action {
	ovpp_address target;
	struct ovpp_u256 value;
	const uint8_t *data;
	size_t size;
};

/**
 * struct ovpp_vote - a proposal
 * @id: number
 * @proposer: who
 * @n: calls
 * @action: they
 * @start_s: who has votes then can cast them ...
 * @end_s: ... until then
 * @text: description; borrowed, not ended by a zero
 * @text_size: its size
 * @block: where it was made
 */
struct ovpp_vote {
	uint8_t id[32];
	ovpp_address proposer;
	size_t n;
	struct ovpp_vote_action action[OVPP_VOTE_ACTIONS];
	uint64_t start_s;
	uint64_t end_s;
	const char *text;
	size_t text_size;
	uint64_t block;
};

/* A copy with all that is borrowed, to be freed with free(); NULL without memory. */
struct ovpp_vote *ovpp_vote_copy(const struct ovpp_vote *vote);

/* Its id, as the contract computes it. 0 or -errno. */
int ovpp_vote_id(const struct ovpp_vote *vote, uint8_t id[32]);

/* "0x..."; @text has room for OVPP_VOTE_ID_TEXT. */
void ovpp_vote_id_text(const uint8_t id[32], char text[OVPP_VOTE_ID_TEXT]);

/*
 * Is @text the id, or its first digits, with or without "0x"? As a whole it may be decimal,
 * as other programs show it.
 */
bool ovpp_vote_id_is(const uint8_t id[32], const char *text);

/*
 * The event of a proposal; what is borrowed is in the event's data. 0; -EBADMSG: it is
 * none, or its id is not that of what is in it; -ENOBUFS: too many calls; or -ENOMEM.
 */
int ovpp_vote_decode(const struct ovpp_eth_log *log, struct ovpp_vote *vote);

/**
 * ovpp_vote_arguments() - of OVPP_GOVERNOR_PROPOSE, _QUEUE and _EXECUTE
 * @vote: its calls and text
 * @hashed: the description's hash (queue, execute) instead of itself
 * @v: room for OVPP_VOTE_ARGUMENTS
 *
 * Return: their number. They point into @vote.
 */
#define OVPP_VOTE_ARGUMENTS (4 + 3 * OVPP_VOTE_ACTIONS)
size_t ovpp_vote_arguments(const struct ovpp_vote *vote, bool hashed, struct ovpp_abi *v);

/**
 * ovpp_votes_visit() - all proposals, the oldest first
 * @s: session
 * @visit: called for each; what it gets is good during the call. Not 0: stop with it
 * @arg: its first argument
 *
 * Return: 0, what @visit returned, or as ovpp_evm_view(). A proposal that is not read is
 * passed over.
 */
int ovpp_votes_visit(struct ovpp_evm_session *s,
		     int (*visit)(void *arg, const struct ovpp_vote *vote), void *arg);

/**
 * struct ovpp_vote_now - how a proposal stands
 * @state: state
 * @against: votes
 * @in_favour: votes
 * @abstained: votes
 * @quorum: votes in favour and abstained that it needs; 0 before it begins
 * @eta_s: when it can be executed; 0: it is not queued
 * @time_s: of the block that says so
 */
struct ovpp_vote_now {
	enum ovpp_vote_state state;
	ovpp_u128 against;
	ovpp_u128 in_favour;
	ovpp_u128 abstained;
	ovpp_u128 quorum;
	uint64_t eta_s;
	uint64_t time_s;
};

/* At the newest block, which the session is pinned to. As ovpp_evm_view(). */
int ovpp_vote_now(struct ovpp_evm_session *s, const struct ovpp_vote *vote,
		  struct ovpp_vote_now *now);

/* When votes can be cast for it: what the contract has made of a proposal just sent. */
int ovpp_vote_times(struct ovpp_evm_session *s, struct ovpp_vote *vote);

/**
 * struct ovpp_vote_power - votes of an account
 * @tokens: that it has
 * @votes: that were delegated to it, by itself or by others
 * @delegate: to whom its tokens' votes go; zero: to nobody
 * @threshold: votes that proposing takes
 * @delay_s: from a proposal to the begin of its vote
 * @period_s: for how long votes can be cast
 */
struct ovpp_vote_power {
	ovpp_u128 tokens;
	ovpp_u128 votes;
	ovpp_address delegate;
	ovpp_u128 threshold;
	uint64_t delay_s;
	uint64_t period_s;
};

/* As ovpp_evm_view(). */
int ovpp_vote_power(struct ovpp_evm_session *s, const ovpp_address account,
		    struct ovpp_vote_power *power);

/* What an account can cast, or could have, and whether it has. As ovpp_evm_view(). */
int ovpp_vote_weight(struct ovpp_evm_session *s, const struct ovpp_vote *vote,
		     const ovpp_address account, ovpp_u128 *votes, bool *cast);

#endif /* OVPP_GOVERNOR_H */
