/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the outbox share: outbox.c is the machine; outbox_slot.c has the
 * transaction that is on its way, outbox_bump.c its dearer attempts; outbox_plan.c and
 * outbox_plan_call.c make the next one; outbox_settle.c says what is final.
 */
#ifndef OVPP_OUTBOX_PRIV_H
#define OVPP_OUTBOX_PRIV_H

#include <stdarg.h>

#include "evm_tx.h"
#include "outbox_db.h"

/* What is asked. */
enum outbox_step {
	STEP_CHOOSE, /* nothing yet */
	STEP_CHAIN,
	STEP_CODE,
	/* A transaction on its way. */
	STEP_SEND,
	STEP_RECEIPT,
	STEP_NONCE, /* is it used? */
	STEP_BUMP,  /* fees, for a dearer attempt */
	STEP_GAP,   /* fees, for what takes a nonce before it */
	STEP_GAP_SEND,
	/* The head, for what follows a receipt and for the next transaction. */
	STEP_BLOCK,
	STEP_HEAD,
	/* The next transaction. */
	STEP_CALL_CODE,
	STEP_CALL_RECEIPT, /* of bytes from before, if there are any */
	STEP_PLAN_NONCE,
	STEP_PLAN_FEES,
	STEP_PLAN_GAS,
	STEP_PLAN_BALANCE,
	/* What is final. */
	STEP_SAFE,
	STEP_FINALIZED,
	STEP_SETTLE_CALL,
	STEP_SETTLE,
	N_STEPS
};

/**
 * struct outbox_slot - the transaction that is on its way, as far as it is not in the database
 * @known: @nonce is meaningful
 * @nonce: of it
 * @state: of what it has
 * @batches: in it, of the target
 * @calls: in it; more than one thing only after blocks were gone
 * @attempt: which is asked for; the newest is 0
 * @newest: the newest, or the one that is asked for
 * @sent_ms: when this process sent it last; 0: not yet
 * @poll_ms: not to be asked for before
 * @gone: its nonce is used
 * @gone_ms: when that was found out
 * @rounds: how often no receipt was found since then
 * @certain: so often that it is not ours, if the nonce still is
 * @gap: a nonce before it was found free
 * @gap_nonce: which
 * @found: there is a receipt, of @newest
 * @receipt: it
 */
struct outbox_slot {
	bool known;
	uint64_t nonce;
	int state;
	size_t batches;
	size_t calls;
	unsigned int attempt;
	struct outbox_attempt newest;
	uint64_t sent_ms;
	uint64_t poll_ms;
	bool gone;
	uint64_t gone_ms;
	unsigned int rounds;
	bool certain;
	bool gap;
	uint64_t gap_nonce;
	bool found;
	struct outbox_receipt receipt;
};

/**
 * struct outbox_plan - the transaction that is being made
 * @call: number of the call; 0: it is of batches
 * @attempt: of the call, from before; the newest is 0
 * @n: batches
 * @batch: they
 * @to: who is called
 * @code: Keccak-256 of the code there; of a call
 * @value: wei
 * @data: of the call
 * @nonce: of it
 * @gas: limit
 * @tip: wei a gas
 * @fee: wei a gas
 */
struct outbox_plan {
	int64_t call;
	unsigned int attempt;
	size_t n;
	struct ovpp_anchor batch[OVPP_OUTBOX_TOGETHER];
	ovpp_address to;
	ovpp_hash code;
	struct ovpp_u256 value;
	struct ovpp_buffer data;
	uint64_t nonce;
	uint64_t gas;
	uint64_t tip;
	uint64_t fee;
};

/**
 * struct ovpp_outbox - see outbox.h
 * @opt: options
 * @db: tables
 * @head_call: asks for the head
 * @checked: the chain is the right one
 * @code_checked: and the contract
 * @until: batches from here on wait, as of identity.h
 * @fill: batches that the ledger had before may be missing
 * @step: where it is
 * @now_ms: of the last call
 * @wake_ms: nothing is asked before
 * @plan_ms: no transaction of batches is made before
 * @call_ms: nor one of calls that are held
 * @call_held: the last of those that was tried again
 * @settle_ms: finality is not looked at before
 * @slot: transaction on its way
 * @plan: the next one
 * @together: batches in it, at most
 * @block: what was looked at last
 * @block_hash: its hash
 * @block_s: its time
 * @head: of the gateway then
 * @settle_block: the call's that was looked at last
 * @safe: block
 * @finalized: block
 * @trouble: for people
 */
struct ovpp_outbox {
	struct ovpp_outbox_options opt;
	struct outbox_db db;
	struct ovpp_buffer head_call;
	bool checked;
	bool code_checked;
	uint64_t until;
	bool fill;
	enum outbox_step step;
	uint64_t now_ms;
	uint64_t wake_ms;
	uint64_t plan_ms;
	uint64_t call_ms;
	int64_t call_held;
	uint64_t settle_ms;
	struct outbox_slot slot;
	struct outbox_plan plan;
	size_t together;
	uint64_t block;
	ovpp_hash block_hash;
	uint64_t block_s;
	struct ovpp_anchor_head head;
	uint64_t settle_block;
	uint64_t safe;
	uint64_t finalized;
	char trouble[2 * OVPP_ETH_TEXT];
};

void outbox_say(struct ovpp_outbox *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Nothing is asked for so long. Return: 0. */
int outbox_later(struct ovpp_outbox *o, uint64_t ms);

/*
 * What is planned, the call or all batches that wait, is held for this reason, and
 * looked at again later. 0 or -errno.
 */
int outbox_hold(struct ovpp_outbox *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Batches go to the target, if there is one. 0 or -errno. */
int outbox_set_target(struct ovpp_outbox *o);
/* Follows the ledger's identity, if the target is its. 0 or -errno. */
int outbox_follow(struct ovpp_outbox *o);

/* A call in a block is this at first, and so are batches. */
static inline enum ovpp_outbox_state outbox_mined(const struct ovpp_outbox *o)
{
	return o->opt.target.network.finality == OVPP_FINALITY_RECEIPT ? OVPP_OUTBOX_FINAL
								       : OVPP_OUTBOX_MINED;
}

/*
 * Notes what the head says is anchored, within a transaction. Return: 0; 1: its hash
 * chain is not that of this ledger, and the outbox has said so; or -errno.
 */
int outbox_take_head(struct ovpp_outbox *o);

/*
 * The steps: each takes an answer, and says what is asked next. 0 or -errno.
 *
 * The transaction on its way. outbox_choose_slot() says what of it is due; -ENOENT: there
 * is none.
 */
int outbox_choose_slot(struct ovpp_outbox *o);
int outbox_take_send(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_receipt(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_nonce(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_block(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_head_answer(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
/* Why it does not get on. */
int outbox_slot_waits(struct ovpp_outbox *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A dearer attempt of it. */
int outbox_bump(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
/* Something that takes a nonce before it, which is free again. */
int outbox_gap(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_gap_send(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);

/* The next transaction, of batches ... */
int outbox_plan_head(struct ovpp_outbox *o);
/* ... or of a call. outbox_choose_call() says which is due; -ENOENT: none. */
int outbox_choose_call(struct ovpp_outbox *o);
int outbox_take_call_code(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
/* The contract does not take the call. */
int outbox_call_refused(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
/* Bytes of it from before, of nonces that somebody else's transactions had. */
int outbox_call_before(struct ovpp_outbox *o);
int outbox_take_call_receipt(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_plan_nonce(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_plan_fees(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_plan_gas(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_plan_balance(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);

/* What is final. outbox_unsettled(): 0 if something is not yet; -ENOENT or -errno. */
int outbox_unsettled(struct ovpp_outbox *o);
int outbox_take_safe(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_finalized(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_settle_call(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_take_settle(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);

/* Wei in 10^-9 of the coin, rounded up. */
int64_t outbox_gwei(uint64_t gas, uint64_t price, const struct ovpp_u256 *more);

/*
 * A transaction was mined, and its call made, if it is of one; within a transaction. 0 or
 * -errno.
 */
int outbox_end_call(struct ovpp_outbox *o, int64_t call, const ovpp_hash hash,
		    const struct outbox_receipt *receipt);

/* What a receipt says. */
struct outbox_receipt outbox_receipt(const struct ovpp_eth_answer *a);

/* Fees of now: the base fee may double before it is in a block. */
void outbox_fees(const struct ovpp_eth_answer *a, uint64_t *tip, uint64_t *fee);

/* Another fee at least an eighth above this one (pools ask for a tenth). */
uint64_t outbox_raise(uint64_t fee, uint64_t fresh);

/* The chain's day, which never goes back. */
int outbox_today(struct ovpp_outbox *o, int64_t *day);

/*
 * Within the budget? @what: NULL: yes, else what is not. The day is the chain's: a clock
 * that is set here gives nobody another budget. @batches: 0: only calls.
 */
int outbox_over_budget(struct ovpp_outbox *o, uint64_t nonce, size_t batches,
		       const struct outbox_attempt *a, const char **what);

#endif /* OVPP_OUTBOX_PRIV_H */
