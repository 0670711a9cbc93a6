/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chain with one account and one TelemetryAnchor, for tests of the outbox: a pool,
 * blocks, reorganizations, and the contract's rules as it has them. Beside it is a
 * contract that counts how often it was called with each number.
 */
#ifndef OVPP_TEST_FAKE_CHAIN_H
#define OVPP_TEST_FAKE_CHAIN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "anchor.h"
#include "eth.h"
#include "evm_tx.h"
#include "keccak.h"

#define FAKE_TXS 512
#define FAKE_BATCHES 2048
#define FAKE_ID 31337
#define FAKE_GAS 40000
#define FAKE_TIME 1700000000
#define FAKE_CALLS 256
#define FAKE_FORKS 256

/* Where the counting contract is, and its code; any other account has none. */
static const ovpp_address fake_counter = {0xcc, 3};
#define FAKE_COUNTER_CODE 0xcd
#define FAKE_ANCHOR_CODE 0xc0

/**
 * struct fake_tx - a transaction that somebody sent
 * @tx: decoded; its data is in @raw
 * @block: where it is; 0: in the pool
 * @foreign: not the outbox's
 * @dropped: replaced, or its nonce is taken
 */
struct fake_tx {
	struct ovpp_buffer raw;
	struct ovpp_evm_tx tx;
	ovpp_hash hash;
	uint64_t block;
	bool succeeded;
	bool foreign;
	bool dropped;
};

struct fake_chain {
	uint8_t gateway[32];
	ovpp_address account;
	struct ovpp_anchor_head head, genesis;
	struct fake_tx tx[FAKE_TXS];
	size_t txs;
	uint64_t height;
	uint64_t fork[FAKE_FORKS]; /* first block of each reorganization */
	size_t forks;
	uint64_t nonce;
	uint64_t base;
	uint64_t tip;
	uint64_t safe, finalized;
	uint64_t time; /* of the latest block */
	uint64_t chain_id;
	bool mining;
	unsigned int sends, replaced;
	unsigned int anchored[FAKE_BATCHES];
	struct ovpp_anchor batch[FAKE_BATCHES];
	unsigned int made[FAKE_CALLS];
	uint64_t paid;		   /* wei, to accounts without code */
	struct ovpp_u256 balance;  /* never less */
	struct ovpp_buffer reason; /* the counter refuses with it, where it is asked before */
	bool refuses;		   /* likewise, if there is no reason */
	bool fails;		   /* and when it is called */
	bool blind;		   /* it knows of no receipt */
};

static inline void fake_init(struct fake_chain *c, const uint8_t gateway[32],
			     const ovpp_address account)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->gateway, gateway, 32);
	memcpy(c->account, account, sizeof(c->account));
	memcpy(c->genesis.signer, account, sizeof(c->account));
	c->head = c->genesis;
	c->height = 10;
	c->base = 1000000000;
	c->tip = 1000000;
	c->time = FAKE_TIME;
	c->chain_id = FAKE_ID;
	c->mining = true;
	c->balance = ovpp_u256(UINT64_C(1000000000000000000));
	ovpp_u256_mul(&c->balance, 1000);
}

static inline void fake_free(struct fake_chain *c)
{
	for (size_t i = 0; i < c->txs; i++)
		ovpp_buffer_free(&c->tx[i].raw);
	ovpp_buffer_free(&c->reason);
}

static inline void fake_block_hash(const struct fake_chain *c, uint64_t block, ovpp_hash hash)
{
	uint64_t of[2] = {block, 0};

	for (size_t i = 0; i < c->forks; i++)
		if (block >= c->fork[i])
			of[1] = i + 1;
	ovpp_keccak256(of, sizeof(of), hash);
}

/* The contract. */
static inline bool fake_anchor(struct fake_chain *c, const struct ovpp_abi *v)
{
	struct ovpp_anchor b;
	static const ovpp_hash zero;

	memcpy(b.root, v[2].word, sizeof(b.root));
	if (ovpp_abi_to_uint(&v[1], &b.seq) || ovpp_abi_to_uint(&v[3], &b.records) ||
	    ovpp_abi_to_uint(&v[4], &b.t0_ms) || ovpp_abi_to_uint(&v[5], &b.t1_ms))
		abort();
	if (memcmp(c->head.signer, c->account, sizeof(c->account)) || b.seq != c->head.next ||
	    !memcmp(b.root, zero, sizeof(zero)) || !b.records || b.t0_ms > b.t1_ms ||
	    b.t1_ms < c->head.t1_ms || b.t1_ms > c->time * 1000 + 120000)
		return false;
	if (ovpp_anchor_accumulate(c->gateway, &b, c->head.acc))
		abort();
	c->head.next++;
	c->head.t1_ms = b.t1_ms;
	c->anchored[b.seq]++;
	c->batch[b.seq] = b;
	return true;
}

#define FAKE_BATCH "(uint256,uint48,bytes32,uint32,uint48,uint48)"

static inline bool fake_execute(struct fake_chain *c, const uint8_t *data, size_t size)
{
	static struct ovpp_abi v[1 + 8 * 128];
	size_t n = 6;

	if (!ovpp_abi_decode_call("anchor(" FAKE_BATCH ")", data, size, v, &n))
		return fake_anchor(c, v);
	n = sizeof(v) / sizeof(*v);
	if (ovpp_abi_decode_call("anchorMany((" FAKE_BATCH ",bytes32,bytes32)[])", data, size, v,
				 &n))
		return false;
	for (size_t i = 0; i < v[0].size; i++)
		fake_anchor(c, v + 1 + 8 * i);
	return true;
}

/* What a transaction of the outbox does. */
static inline bool fake_run(struct fake_chain *c, const struct ovpp_evm_tx *tx)
{
	uint64_t value;

	if (ovpp_u256_to_u64(&tx->value, &value))
		abort();
	if (tx->to[0] == 0xaa)
		return fake_execute(c, tx->data, tx->size);
	if (memcmp(tx->to, fake_counter, sizeof(fake_counter)))
		c->paid += value;
	else if (!c->fails && tx->size)
		c->made[tx->data[0]]++;
	return memcmp(tx->to, fake_counter, sizeof(fake_counter)) || !c->fails;
}

static inline void fake_mine(struct fake_chain *c)
{
	c->height++;
	c->time += 2;
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < c->txs; i++) {
			struct fake_tx *t = &c->tx[i];

			if (t->block || t->dropped || t->tx.nonce != c->nonce ||
			    t->tx.fee < c->base)
				continue;
			t->block = c->height;
			t->succeeded = t->foreign || fake_run(c, &t->tx);
			c->nonce++;
			again = true;
		}
	}
}

/* The last blocks are others now, of which none has a transaction. */
static inline void fake_reorg(struct fake_chain *c, uint64_t depth, bool keep_in_pool)
{
	uint64_t cut = c->height - depth;

	if (c->forks == FAKE_FORKS)
		abort();
	c->fork[c->forks++] = cut + 1;
	c->head = c->genesis;
	c->nonce = 0;
	memset(c->anchored, 0, sizeof(c->anchored));
	memset(c->made, 0, sizeof(c->made));
	c->paid = 0;
	for (size_t i = 0; i < c->txs; i++) {
		struct fake_tx *t = &c->tx[i];

		if (t->block > cut) {
			t->block = 0;
			t->dropped = !keep_in_pool;
		}
	}
	/* In the order of nonces, as they were. */
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < c->txs; i++) {
			struct fake_tx *t = &c->tx[i];

			if (!t->block || t->tx.nonce != c->nonce)
				continue;
			/* What was refused then is refused again. */
			if (!t->foreign && t->succeeded)
				fake_run(c, &t->tx);
			c->nonce++;
			again = true;
		}
	}
}

/* Somebody else uses the account, and is mined at once. */
static inline void fake_foreign(struct fake_chain *c)
{
	struct fake_tx *t = &c->tx[c->txs++];

	memset(t, 0, sizeof(*t));
	t->foreign = true;
	t->tx.nonce = c->nonce;
	t->tx.fee = UINT64_MAX;
	for (size_t i = 0; i + 1 < c->txs; i++)
		if (c->tx[i].tx.nonce == c->nonce && !c->tx[i].block)
			c->tx[i].dropped = true;
	t->block = ++c->height;
	c->nonce++;
}

static inline enum ovpp_eth_result fake_refuse(struct fake_chain *c, const struct ovpp_evm_tx *tx,
					       const ovpp_hash hash)
{
	struct fake_tx *same = NULL;

	if (tx->nonce < c->nonce)
		return OVPP_ETH_NONCE_TOO_LOW;
	for (size_t i = 0; i < c->txs; i++) {
		struct fake_tx *t = &c->tx[i];

		if (!memcmp(t->hash, hash, OVPP_HASH_SIZE) && !t->block && !t->dropped)
			return OVPP_ETH_KNOWN;
		if (t->tx.nonce == tx->nonce && !t->block && !t->dropped)
			same = t;
	}
	if (tx->fee < c->base)
		return OVPP_ETH_FEE_TOO_LOW;
	if (same && (tx->fee * 10 < same->tx.fee * 11 || tx->tip * 10 < same->tx.tip * 11))
		return OVPP_ETH_UNDERPRICED;
	if (same) {
		same->dropped = true;
		c->replaced++;
	}
	return OVPP_ETH_OK;
}

static inline void fake_send(struct fake_chain *c, const struct ovpp_eth_request *req,
			     struct ovpp_eth_answer *a)
{
	struct fake_tx *t = &c->tx[c->txs];
	ovpp_address from;

	c->sends++;
	memset(t, 0, sizeof(*t));
	if (c->txs == FAKE_TXS || ovpp_buffer_add(&t->raw, req->data, req->size))
		abort();
	ovpp_keccak256(req->data, req->size, t->hash);
	if (ovpp_evm_tx_decode(t->raw.data, t->raw.size, &t->tx, from) ||
	    memcmp(from, c->account, sizeof(from)) || t->tx.chain_id != c->chain_id)
		ovpp_eth_fail(a, OVPP_ETH_REFUSED, "invalid");
	else
		a->result = fake_refuse(c, &t->tx, t->hash);
	if (a->result)
		ovpp_buffer_free(&t->raw);
	else
		c->txs++;
}

static inline void fake_receipt(struct fake_chain *c, const struct ovpp_eth_request *req,
				struct ovpp_eth_answer *a)
{
	a->result = OVPP_ETH_ABSENT;
	for (size_t i = 0; i < c->txs; i++) {
		struct fake_tx *t = &c->tx[i];

		if (c->blind || !t->block || memcmp(t->hash, req->hash, OVPP_HASH_SIZE))
			continue;
		a->result = OVPP_ETH_OK;
		a->block = t->block;
		fake_block_hash(c, t->block, a->block_hash);
		a->succeeded = t->succeeded;
		a->gas = FAKE_GAS;
		a->price = c->base;
	}
}

static inline void fake_head(struct fake_chain *c, struct ovpp_eth_answer *a)
{
	struct ovpp_abi v[] = {
		ovpp_abi_address(c->head.signer),
		ovpp_abi_uint(c->head.next),
		ovpp_abi_uint(c->head.t1_ms),
		ovpp_abi_word(c->head.acc),
	};

	if (ovpp_abi_encode("(address,uint48,uint48,bytes32)", v, 4, &a->data))
		abort();
}

static inline void fake_block(struct fake_chain *c, const struct ovpp_eth_request *req,
			      struct ovpp_eth_answer *a)
{
	uint64_t final = c->finalized < c->height ? c->finalized : c->height;
	uint64_t number[] = {c->height, c->safe, final, req->number};

	a->block = number[req->tag];
	a->time = c->time;
	fake_block_hash(c, a->block, a->block_hash);
	if (!a->block || a->block > c->height)
		a->result = OVPP_ETH_ABSENT;
}

static inline void fake_code(const struct ovpp_eth_request *req, struct ovpp_eth_answer *a)
{
	bool counter = !memcmp(req->to, fake_counter, sizeof(fake_counter));

	if (counter || req->to[0] == 0xaa)
		memset(a->hash, counter ? FAKE_COUNTER_CODE : FAKE_ANCHOR_CODE, sizeof(a->hash));
	else
		a->result = OVPP_ETH_ABSENT;
}

static inline void fake_estimate(struct fake_chain *c, const struct ovpp_eth_request *req,
				 struct ovpp_eth_answer *a)
{
	char why[OVPP_ETH_TEXT] = "execution reverted";

	a->number = FAKE_GAS;
	if (memcmp(req->to, fake_counter, sizeof(fake_counter)) || (!c->refuses && !c->reason.size))
		return;
	ovpp_eth_reason(&c->reason, why, sizeof(why));
	ovpp_eth_fail(a, OVPP_ETH_REVERTED, "%s", why);
	if (ovpp_buffer_add(&a->data, c->reason.data, c->reason.size))
		abort();
}

static inline void fake_answer(struct fake_chain *c, const struct ovpp_eth_request *req,
			       struct ovpp_eth_answer *a)
{
	switch (req->method) {
	case OVPP_ETH_CHAIN_ID:
		a->number = c->chain_id;
		break;
	case OVPP_ETH_CODE:
		fake_code(req, a);
		break;
	case OVPP_ETH_CALL:
		fake_head(c, a);
		break;
	case OVPP_ETH_ESTIMATE:
		fake_estimate(c, req, a);
		break;
	case OVPP_ETH_BALANCE:
		a->amount = c->balance;
		break;
	case OVPP_ETH_FEES:
		a->base = c->base;
		a->tip = c->tip;
		break;
	case OVPP_ETH_NONCE:
		a->number = c->nonce;
		break;
	case OVPP_ETH_SEND:
		fake_send(c, req, a);
		break;
	case OVPP_ETH_RECEIPT:
		fake_receipt(c, req, a);
		break;
	case OVPP_ETH_BLOCK:
		fake_block(c, req, a);
		break;
	default:
		abort();
	}
}

#endif /* OVPP_TEST_FAKE_CHAIN_H */
