/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of an identity, a gateway's or a device's, and of what a gateway has
 * anchored: computed again from the events of a chain, each checked as the contracts
 * should have, with what they cannot check: proofs of Ed25519 keys.
 */
#ifndef OVPP_CHAIN_HISTORY_H
#define OVPP_CHAIN_HISTORY_H

#include "anchor.h"
#include "chain_event.h"
#include "evm_session.h"
#include "registry.h"

/**
 * struct ovpp_chain_key - a key of an identity
 * @hash: Keccak-256 of it
 * @type: OVPP_REGISTRY_ED25519 or another
 * @from: first batch that it signs
 * @until: first one that it does not; OVPP_REGISTRY_OPEN: there is none yet
 * @event: with it
 * @revoked: event that ended it, or NULL
 */
struct ovpp_chain_key {
	ovpp_hash hash;
	uint8_t type;
	uint64_t from;
	uint64_t until;
	const struct ovpp_chain_event *event;
	const struct ovpp_chain_event *revoked;
};

/**
 * struct ovpp_chain_anchored - a batch that is anchored
 * @batch: as it is
 * @event: with it
 */
struct ovpp_chain_anchored {
	struct ovpp_anchor batch;
	const struct ovpp_chain_event *event;
};

/**
 * struct ovpp_chain_history - an identity; all zero at first
 * @registry: where
 * @id: in the registry
 * @kind: OVPP_REGISTRY_GATEWAY or enum ovpp_kind
 * @owner: now
 * @operator: now; zero: none
 * @nonce: actions and sales so far
 * @key: by epoch, the first one is the one that was registered
 * @n_keys: their number
 * @first: a gateway's first batch that can be anchored
 * @head: what follows from the events, which the contract must say, too
 * @batch: all from @first on
 * @n_batches: their number
 * @room: for batches
 * @events: all, in their order
 */
struct ovpp_chain_history {
	struct ovpp_registry registry;
	uint8_t id[32];
	uint8_t kind;
	ovpp_address owner;
	ovpp_address operator;
	uint64_t nonce;
	struct ovpp_chain_key *key;
	size_t n_keys;
	uint64_t first;
	struct ovpp_anchor_head head;
	struct ovpp_chain_anchored *batch;
	size_t n_batches;
	size_t room;
	struct ovpp_chain_events events;
};

/*
 * The next event of an identity. 0; -EBADMSG with a text in @f: it cannot be; or -ENOMEM.
 */
int ovpp_chain_history_take(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
			    struct ovpp_chain_fault *f);
void ovpp_chain_history_free(struct ovpp_chain_history *h);

/* Does the key that an event registers hold its proof, and is its id right? */
bool ovpp_chain_registration_holds(const struct ovpp_registry *r, const struct ovpp_chain_event *e);

/**
 * ovpp_chain_find() - the identity that a key was registered with
 * @s: session, pinned
 * @r: registry
 * @key: Ed25519 keys of the gateway, or the device's
 * @n: their number
 * @gateway: a gateway is wanted, else a device
 * @id: set
 * @f: set with -EBADMSG and -ENOENT
 *
 * Anybody can register an Ed25519 key of somebody else: the first identity whose proof
 * holds is the right one.
 *
 * Return: 0; -ENOENT: there is none; -EBADMSG; or as ovpp_evm_view(), but -EPROTO where
 * the node does not answer as it should.
 */
int ovpp_chain_find(struct ovpp_evm_session *s, const struct ovpp_registry *r,
		    const uint8_t (*key)[OVPP_KEY_SIZE], size_t n, bool gateway, uint8_t id[32],
		    struct ovpp_chain_fault *f);

/**
 * ovpp_chain_history_read() - the history of an identity, as its events and the contracts
 * have it
 * @s: session, pinned
 * @r: registry
 * @id: whose
 * @h: set; to be freed in any case
 * @f: set with -EBADMSG
 *
 * Return: 0; -EBADMSG: the events contradict each other, or what the contracts say; or
 * another -errno as above.
 */
int ovpp_chain_history_read(struct ovpp_evm_session *s, const struct ovpp_registry *r,
			    const uint8_t id[32], struct ovpp_chain_history *h,
			    struct ovpp_chain_fault *f);

/* Who owned it behind the last event that was not after @block; NULL: nobody yet. */
const uint8_t *ovpp_chain_owner_at(const struct ovpp_chain_history *h, uint64_t block);

/* The key that signs a batch; NULL: none. */
const struct ovpp_chain_key *ovpp_chain_key_of(const struct ovpp_chain_history *h, uint64_t seq);

#endif /* OVPP_CHAIN_HISTORY_H */
