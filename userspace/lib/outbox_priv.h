/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the outbox share: outbox.c is the machine, outbox_plan.c makes transactions. */
#ifndef OVPP_OUTBOX_PRIV_H
#define OVPP_OUTBOX_PRIV_H

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
	/* The head, for what follows a receipt and for the next transaction. */
	STEP_BLOCK,
	STEP_HEAD,
	/* The next transaction. */
	STEP_PLAN_NONCE,
	STEP_PLAN_FEES,
	STEP_PLAN_GAS,
	/* What is final. */
	STEP_SAFE,
	STEP_FINALIZED,
	STEP_SETTLE,
	N_STEPS
};

/**
 * struct outbox_slot - the transaction that is on its way, as far as it is not in the database
 * @known: @nonce is meaningful
 * @nonce: of it
 * @state: of its batches
 * @attempt: which is asked for; the newest is 0
 * @newest: the newest, or the one that is asked for
 * @sent_ms: when this process sent it last; 0: not yet
 * @poll_ms: not to be asked for before
 * @gone: its nonce is used
 * @rounds: how often no receipt was found since then
 * @found: there is a receipt, of @newest
 * @found_block: in this block
 * @cost_gwei: what it cost
 */
struct outbox_slot {
	bool known;
	uint64_t nonce;
	int state;
	unsigned int attempt;
	struct outbox_attempt newest;
	uint64_t sent_ms;
	uint64_t poll_ms;
	bool gone;
	unsigned int rounds;
	bool found;
	uint64_t found_block;
	int64_t cost_gwei;
};

/**
 * struct outbox_plan - the transaction that is being made
 * @n: batches
 * @batch: they
 * @data: call
 * @nonce: of it
 * @tip: wei a gas
 * @fee: wei a gas
 */
struct outbox_plan {
	size_t n;
	struct ovpp_anchor batch[OVPP_OUTBOX_TOGETHER];
	struct ovpp_buffer data;
	uint64_t nonce;
	uint64_t tip;
	uint64_t fee;
};

/**
 * struct ovpp_outbox - see outbox.h
 * @opt: options
 * @db: tables
 * @head_call: asks for the head
 * @checked: chain and contract are the right ones
 * @step: where it is
 * @now_ms: of the last call
 * @wake_ms: nothing is asked before
 * @plan_ms: no transaction is made before
 * @settle_ms: finality is not looked at before
 * @slot: transaction on its way
 * @plan: the next one
 * @together: batches in it, at most
 * @block: what was looked at last
 * @block_hash: its hash
 * @block_s: its time
 * @head: of the gateway then
 * @safe: block
 * @finalized: block
 * @trouble: for people
 */
struct ovpp_outbox {
	struct ovpp_outbox_options opt;
	struct outbox_db db;
	struct ovpp_buffer head_call;
	bool checked;
	enum outbox_step step;
	uint64_t now_ms;
	uint64_t wake_ms;
	uint64_t plan_ms;
	uint64_t settle_ms;
	struct outbox_slot slot;
	struct outbox_plan plan;
	size_t together;
	uint64_t block;
	ovpp_hash block_hash;
	uint64_t block_s;
	struct ovpp_anchor_head head;
	uint64_t safe;
	uint64_t finalized;
	char trouble[2 * OVPP_ETH_TEXT];
};

void outbox_say(struct ovpp_outbox *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Nothing is asked for so long. Return: 0. */
int outbox_later(struct ovpp_outbox *o, uint64_t ms);

/* All that waits is held for this reason, and looked at again later. 0 or -errno. */
int outbox_hold(struct ovpp_outbox *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Notes what the head says is anchored, within a transaction. Return: 0; 1: its hash
 * chain is not that of this ledger, and the outbox has said so; or -errno.
 */
int outbox_take_head(struct ovpp_outbox *o);

/* The next transaction: each takes an answer, and says what is asked next. 0 or -errno. */
int outbox_plan_head(struct ovpp_outbox *o);
int outbox_plan_nonce(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_plan_fees(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
int outbox_plan_gas(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
/* A dearer attempt of the one that is on its way. */
int outbox_bump(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);

/* Wei in 10^-9 of the coin, rounded up. */
int64_t outbox_gwei(uint64_t gas, uint64_t price, const struct ovpp_u256 *more);

/* Another fee at least an eighth above this one (pools ask for a tenth). */
uint64_t outbox_raise(uint64_t fee, uint64_t fresh);

#endif /* OVPP_OUTBOX_PRIV_H */
