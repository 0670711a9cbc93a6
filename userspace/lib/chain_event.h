/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the contracts have said (docs/contracts.md): their events as values, in the order
 * in which they happened. And what is wrong with one: where it stands, what it should be.
 */
#ifndef OVPP_CHAIN_EVENT_H
#define OVPP_CHAIN_EVENT_H

#include <stdbool.h>

#include "deployment.h"
#include "eth.h"

enum ovpp_chain_event_kind {
	/* id, owner, key hash, the registration's 7 values, proof */
	OVPP_CHAIN_REGISTERED,
	/* id, epoch, key hash, the rotation's 5 values, nonce, proof */
	OVPP_CHAIN_ROTATED,
	OVPP_CHAIN_REVOKED,	/* id, epoch, from, reason */
	OVPP_CHAIN_OPERATOR,	/* id, operator */
	OVPP_CHAIN_OWNER,	/* from, to, id */
	OVPP_CHAIN_ENROLLED,	/* gateway, signer, first */
	OVPP_CHAIN_AUTHORIZED,	/* gateway, signer */
	OVPP_CHAIN_ANCHORED,	/* gateway, seq, root, n, t0, t1 */
	OVPP_CHAIN_PROPOSED,	/* epoch, id, proposer, root, total, evidence, params, ready */
	OVPP_CHAIN_CANCELED,	/* epoch, id */
	OVPP_CHAIN_VETOED,	/* epoch, id, by, bond */
	OVPP_CHAIN_EPOCH_FINAL, /* epoch, id, root, total */
	OVPP_CHAIN_FUNDED,	/* from, amount */
	OVPP_CHAIN_WITHDRAWN,	/* to, amount */
	OVPP_CHAIN_ROOT_SET,	/* root */
	OVPP_CHAIN_CLAIMED,	/* account, cumulative */
	OVPP_CHAIN_TOKENS,	/* from, to, amount */
	N_OVPP_CHAIN_EVENTS
};

/**
 * struct ovpp_chain_event - an event
 * @kind: which
 * @block: number
 * @index: in the block
 * @tx: transaction
 * @n: values
 * @value: indexed ones first; their bytes are behind them
 */
struct ovpp_chain_event {
	enum ovpp_chain_event_kind kind;
	uint64_t block;
	uint64_t index;
	ovpp_hash tx;
	size_t n;
	struct ovpp_abi value[];
};

/* Its contract, and its signature as ovpp_abi_topic() takes it. */
enum ovpp_contract ovpp_chain_event_contract(enum ovpp_chain_event_kind kind);
const char *ovpp_chain_event_signature(enum ovpp_chain_event_kind kind);

/* An event of a node, to be freed. 0; -EBADMSG: it is none of that kind; or -ENOMEM. */
int ovpp_chain_event_new(enum ovpp_chain_event_kind kind, const struct ovpp_eth_log *log,
			 struct ovpp_chain_event **out);

/**
 * struct ovpp_chain_events - a list; all zero at first
 * @n: how many
 * @event: they
 * @room: allocated
 */
struct ovpp_chain_events {
	size_t n;
	struct ovpp_chain_event **event;
	size_t room;
};

/* Takes @event over, which is freed on error. 0 or -ENOMEM. */
int ovpp_chain_events_add(struct ovpp_chain_events *list, struct ovpp_chain_event *event);
/* Puts them in their order. 0; -EBADMSG: two are at one place. */
int ovpp_chain_events_sort(struct ovpp_chain_events *list);
void ovpp_chain_events_free(struct ovpp_chain_events *list);

/* Room for a value in a text. */
#define OVPP_CHAIN_VALUE 80

/**
 * struct ovpp_chain_fault - the first thing that is not as it should be
 * @text: one sentence; empty: nothing is wrong
 * @contract: name, or NULL
 * @has_event: @block and @tx are set
 * @block: number
 * @tx: transaction
 * @has_gateway: @gateway is set
 * @gateway: id in the registry, of a gateway or a device
 * @has_batch: @batch is set
 * @batch: number
 * @expected: value; empty: it is not known what should be there
 * @found: value
 */
struct ovpp_chain_fault {
	char text[256];
	const char *contract;
	bool has_event;
	uint64_t block;
	ovpp_hash tx;
	bool has_gateway;
	uint8_t gateway[32];
	bool has_batch;
	uint64_t batch;
	char expected[OVPP_CHAIN_VALUE];
	char found[OVPP_CHAIN_VALUE];
};

/* How a value is shown. */
enum ovpp_chain_form {
	OVPP_CHAIN_NUMBER,
	OVPP_CHAIN_ADDRESS,
	OVPP_CHAIN_HASH,
};

/* The answer is no. @e: where, or NULL. Always -EBADMSG. */
int ovpp_chain_no(struct ovpp_chain_fault *f, const struct ovpp_chain_event *e, const char *fmt,
		  ...) __attribute__((format(printf, 3, 4)));
/* Likewise unless both are the same: 0. @text: what is wrong then. */
int ovpp_chain_same(struct ovpp_chain_fault *f, const struct ovpp_chain_event *e,
		    enum ovpp_chain_form form, struct ovpp_abi expected, struct ovpp_abi found,
		    const char *text);

#endif /* OVPP_CHAIN_EVENT_H */
