// SPDX-License-Identifier: GPL-2.0-or-later
/* The history of an identity: one event after the other. */
#include "chain_history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keccak.h"

/* Values of events, as chain_event.h lists them. */
enum {
	REG_ID,
	REG_OWNER_TOPIC,
	REG_HASH,
	REG_OWNER,
	REG_OPERATOR,
	REG_KIND,
	REG_TYPE,
	REG_KEY,
	REG_SINCE,
	REG_DEADLINE,
	REG_PROOF
};
enum {
	ROT_ID,
	ROT_EPOCH,
	ROT_HASH,
	ROT_ID_AGAIN,
	ROT_TYPE,
	ROT_KEY,
	ROT_FROM,
	ROT_DEADLINE,
	ROT_NONCE,
	ROT_PROOF
};
enum { REV_ID, REV_EPOCH, REV_FROM };
enum { OWN_FROM, OWN_TO, OWN_ID };
enum { ANC_ID, ANC_SEQ, ANC_ROOT, ANC_RECORDS, ANC_T0, ANC_T1 };
/* Of operators, enrolled and authorized ones. */
enum { ACT_ID, ACT_ACCOUNT, ACT_FIRST };

static const ovpp_address nobody;

/* What fits 64 bits by its type. */
static uint64_t number(const struct ovpp_chain_event *e, size_t i)
{
	uint64_t x = UINT64_MAX;

	ovpp_abi_to_uint(&e->value[i], &x);
	return x;
}

static const uint8_t *address(const struct ovpp_chain_event *e, size_t i)
{
	return ovpp_abi_to_address(&e->value[i]);
}

static bool is_nobody(const ovpp_address account)
{
	return !memcmp(account, nobody, sizeof(nobody));
}

/* ---- keys ---- */

static struct ovpp_abi hash_of(const struct ovpp_abi *key)
{
	ovpp_hash hash;

	ovpp_keccak256(key->data, key->size, hash);
	return ovpp_abi_word(hash);
}

/* The deadline, which is the last one of an action's members, may be of any size. */
static bool proof_holds(const struct ovpp_registry *r, struct ovpp_registry_action *a,
			const struct ovpp_abi *deadline, const uint8_t *key,
			const struct ovpp_abi *proof)
{
	ovpp_hash digest;

	a->member[a->members - 1] = *deadline;
	return proof->size == OVPP_SIGNATURE_SIZE && !ovpp_registry_digest(r, a, digest) &&
	       ovpp_registry_proof_holds(digest, key, proof->data);
}

bool ovpp_chain_registration_holds(const struct ovpp_registry *r, const struct ovpp_chain_event *e)
{
	const struct ovpp_abi *v = e->value;
	struct ovpp_registration x = {
		.kind = (uint8_t)number(e, REG_KIND),
		.since = number(e, REG_SINCE),
	};
	struct ovpp_registry_action a;
	uint8_t id[32];

	if (number(e, REG_TYPE) != OVPP_REGISTRY_ED25519 || v[REG_KEY].size != OVPP_KEY_SIZE)
		return false;
	memcpy(x.owner, address(e, REG_OWNER), sizeof(x.owner));
	memcpy(x.operator, address(e, REG_OPERATOR), sizeof(x.operator));
	memcpy(x.key, v[REG_KEY].data, sizeof(x.key));
	ovpp_registry_id(r, x.key, x.owner, id);
	ovpp_registry_register(&x, &a);
	return !memcmp(id, v[REG_ID].word, sizeof(id)) &&
	       proof_holds(r, &a, &v[REG_DEADLINE], x.key, &v[REG_PROOF]);
}

static bool rotation_holds(const struct ovpp_registry *r, const struct ovpp_chain_event *e)
{
	const struct ovpp_abi *v = e->value;
	struct ovpp_registry_rotation x = {
		.from = number(e, ROT_FROM),
		.nonce = number(e, ROT_NONCE),
	};
	struct ovpp_registry_action a;

	/* Keys of other types the contract has checked. */
	if (number(e, ROT_TYPE) != OVPP_REGISTRY_ED25519)
		return true;
	if (v[ROT_KEY].size != OVPP_KEY_SIZE)
		return false;
	memcpy(x.id, v[ROT_ID].word, sizeof(x.id));
	memcpy(x.key, v[ROT_KEY].data, sizeof(x.key));
	ovpp_registry_rotate(&x, &a);
	return proof_holds(r, &a, &v[ROT_DEADLINE], x.key, &v[ROT_PROOF]);
}

static int add_key(struct ovpp_chain_history *h, const struct ovpp_chain_key *key)
{
	struct ovpp_chain_key *more = reallocarray(h->key, h->n_keys + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	h->key = more;
	more[h->n_keys++] = *key;
	return 0;
}

static int check_hash(const struct ovpp_chain_event *e, size_t hash, size_t key,
		      struct ovpp_chain_fault *f)
{
	return ovpp_chain_same(f, e, OVPP_CHAIN_HASH, hash_of(&e->value[key]), e->value[hash],
			       "this is not the hash of the key");
}

/* ---- one event ---- */

/* A gateway was enrolled just before. */
static int check_enrolled(const struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
			  struct ovpp_chain_fault *f)
{
	int ret;

	if (h->kind != OVPP_REGISTRY_GATEWAY)
		return 0;
	if (is_nobody(h->operator))
		return ovpp_chain_no(f, e, "a gateway was registered without an operator");
	ret = ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, e->value[REG_SINCE],
			      ovpp_abi_uint(h->head.next), "another first batch was enrolled");
	return ret ? ret
		   : ovpp_chain_same(f, e, OVPP_CHAIN_ADDRESS, e->value[REG_OPERATOR],
				     ovpp_abi_address(h->head.signer),
				     "another account was enrolled");
}

static int registered(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		      struct ovpp_chain_fault *f)
{
	const struct ovpp_chain_key key = {
		.type = OVPP_REGISTRY_ED25519,
		.from = number(e, REG_SINCE),
		.until = OVPP_REGISTRY_OPEN,
		.event = e,
	};
	int ret;

	if (h->n_keys)
		return ovpp_chain_no(f, e, "an identity was registered twice");
	h->kind = (uint8_t)number(e, REG_KIND);
	memcpy(h->operator, address(e, REG_OPERATOR), sizeof(h->operator));
	ret = ovpp_chain_same(f, e, OVPP_CHAIN_ADDRESS, ovpp_abi_address(h->owner),
			      e->value[REG_OWNER], "it was registered for somebody else");
	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_ADDRESS, e->value[REG_OWNER],
				      e->value[REG_OWNER_TOPIC], "this is not the owner");
	if (!ret)
		ret = check_hash(e, REG_HASH, REG_KEY, f);
	if (!ret)
		ret = check_enrolled(h, e, f);
	if (!ret && !ovpp_chain_registration_holds(&h->registry, e))
		ret = ovpp_chain_no(f, e, "the key's proof of the registration does not hold");
	if (!ret)
		ret = add_key(h, &key);
	if (!ret)
		memcpy(h->key->hash, e->value[REG_HASH].word, OVPP_HASH_SIZE);
	return ret;
}

static int rotated(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		   struct ovpp_chain_fault *f)
{
	struct ovpp_chain_key key = {
		.type = (uint8_t)number(e, ROT_TYPE),
		.from = number(e, ROT_FROM),
		.until = OVPP_REGISTRY_OPEN,
		.event = e,
	};
	struct ovpp_chain_key *last = &h->key[h->n_keys - 1];
	int ret = ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->n_keys),
				  e->value[ROT_EPOCH], "this is not the epoch after the last one");

	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->nonce++),
				      e->value[ROT_NONCE], "this is not the identity's nonce");
	if (!ret)
		ret = ovpp_chain_same(f, e, OVPP_CHAIN_HASH, e->value[ROT_ID],
				      e->value[ROT_ID_AGAIN], "this is the key of another one");
	if (!ret)
		ret = check_hash(e, ROT_HASH, ROT_KEY, f);
	if (!ret && (key.from <= last->from || key.from < h->head.next ||
		     (last->revoked && key.from < last->until)))
		ret = ovpp_chain_no(f, e, "a key began with batch %llu, which is another one's",
				    (unsigned long long)key.from);
	if (!ret && !rotation_holds(&h->registry, e))
		ret = ovpp_chain_no(f, e, "the proof of the key of epoch %zu does not hold",
				    h->n_keys);
	if (ret)
		return ret;
	if (!last->revoked)
		last->until = key.from;
	memcpy(key.hash, e->value[ROT_HASH].word, sizeof(key.hash));
	return add_key(h, &key);
}

static int revoked(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		   struct ovpp_chain_fault *f)
{
	uint64_t epoch = number(e, REV_EPOCH), from = number(e, REV_FROM);
	struct ovpp_chain_key *key;

	h->nonce++;
	if (epoch >= h->n_keys)
		return ovpp_chain_no(f, e, "a key was revoked that there is not");
	key = &h->key[epoch];
	if (from < key->from || from >= key->until)
		return ovpp_chain_no(f, e,
				     "a key was revoked from batch %llu on, which it is not of",
				     (unsigned long long)from);
	key->until = from;
	key->revoked = e;
	return 0;
}

static int sold(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		struct ovpp_chain_fault *f)
{
	int ret = ovpp_chain_same(f, e, OVPP_CHAIN_ADDRESS, ovpp_abi_address(h->owner),
				  e->value[OWN_FROM], "this is not who owned it");

	h->nonce += !is_nobody(h->owner);
	memcpy(h->owner, address(e, OWN_TO), sizeof(h->owner));
	return ret;
}

static int enrolled(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		    struct ovpp_chain_fault *f)
{
	if (h->n_keys)
		return ovpp_chain_no(f, e, "a gateway was enrolled twice");
	memcpy(h->head.signer, address(e, ACT_ACCOUNT), sizeof(h->head.signer));
	h->first = h->head.next = number(e, ACT_FIRST);
	return 0;
}

static int add_batch(struct ovpp_chain_history *h, const struct ovpp_chain_anchored *b)
{
	size_t room = h->room ? 2 * h->room : 64;
	struct ovpp_chain_anchored *more;

	if (h->n_batches == h->room) {
		more = reallocarray(h->batch, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		h->batch = more;
		h->room = room;
	}
	h->batch[h->n_batches++] = *b;
	return 0;
}

static int anchored(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		    struct ovpp_chain_fault *f)
{
	static const ovpp_hash zero;
	struct ovpp_chain_anchored b = {
		.batch.seq = number(e, ANC_SEQ),
		.batch.records = number(e, ANC_RECORDS),
		.batch.t0_ms = number(e, ANC_T0),
		.batch.t1_ms = number(e, ANC_T1),
		.event = e,
	};
	int ret;

	memcpy(b.batch.root, e->value[ANC_ROOT].word, sizeof(b.batch.root));
	f->has_batch = true;
	f->batch = b.batch.seq;
	ret = ovpp_chain_same(f, e, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->head.next),
			      e->value[ANC_SEQ], "this is not the batch after the last one");
	if (!ret && is_nobody(h->head.signer))
		ret = ovpp_chain_no(f, e, "a batch was anchored that nobody may have anchored");
	if (!ret && (!memcmp(b.batch.root, zero, sizeof(zero)) || !b.batch.records))
		ret = ovpp_chain_no(f, e, "an empty batch was anchored");
	if (!ret && (b.batch.t0_ms > b.batch.t1_ms || b.batch.t1_ms < h->head.t1_ms))
		ret = ovpp_chain_no(f, e, "a batch was anchored with times that go back");
	if (ret)
		return ret;
	f->has_batch = false;
	h->head.next++;
	h->head.t1_ms = b.batch.t1_ms;
	ret = ovpp_anchor_accumulate(h->id, &b.batch, h->head.acc);
	return ret ? ret : add_batch(h, &b);
}

/* What there is of an identity before it is registered. */
static bool may_be_first(enum ovpp_chain_event_kind kind)
{
	return kind == OVPP_CHAIN_OWNER || kind == OVPP_CHAIN_ENROLLED ||
	       kind == OVPP_CHAIN_REGISTERED;
}

static int take(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
		struct ovpp_chain_fault *f)
{
	int ret = ovpp_chain_same(f, e, OVPP_CHAIN_HASH, ovpp_abi_word(h->id),
				  e->value[e->kind == OVPP_CHAIN_OWNER ? OWN_ID : REG_ID],
				  "this is the event of another identity");

	if (ret)
		return ret;
	if (!h->n_keys && !may_be_first(e->kind))
		return ovpp_chain_no(f, e, "something happened before the registration");
	switch (e->kind) {
	case OVPP_CHAIN_REGISTERED:
		return registered(h, e, f);
	case OVPP_CHAIN_ROTATED:
		return rotated(h, e, f);
	case OVPP_CHAIN_REVOKED:
		return revoked(h, e, f);
	case OVPP_CHAIN_OPERATOR:
		h->nonce++;
		memcpy(h->operator, address(e, ACT_ACCOUNT), sizeof(h->operator));
		return 0;
	case OVPP_CHAIN_OWNER:
		return sold(h, e, f);
	case OVPP_CHAIN_ENROLLED:
		return enrolled(h, e, f);
	case OVPP_CHAIN_AUTHORIZED:
		memcpy(h->head.signer, address(e, ACT_ACCOUNT), sizeof(h->head.signer));
		return 0;
	case OVPP_CHAIN_ANCHORED:
		return anchored(h, e, f);
	default:
		return ovpp_chain_no(f, e, "this is no event of an identity");
	}
}

int ovpp_chain_history_take(struct ovpp_chain_history *h, const struct ovpp_chain_event *e,
			    struct ovpp_chain_fault *f)
{
	int ret = take(h, e, f);

	if (ret == -EBADMSG) {
		f->has_gateway = true;
		memcpy(f->gateway, h->id, sizeof(f->gateway));
	}
	return ret;
}

void ovpp_chain_history_free(struct ovpp_chain_history *h)
{
	ovpp_chain_events_free(&h->events);
	free(h->key);
	free(h->batch);
	*h = (struct ovpp_chain_history){0};
}

/* ---- questions ---- */

const uint8_t *ovpp_chain_owner_at(const struct ovpp_chain_history *h, uint64_t block)
{
	const uint8_t *owner = NULL;

	for (size_t i = 0; i < h->events.n && h->events.event[i]->block <= block; i++)
		if (h->events.event[i]->kind == OVPP_CHAIN_OWNER)
			owner = address(h->events.event[i], OWN_TO);
	return owner;
}

const struct ovpp_chain_key *ovpp_chain_key_of(const struct ovpp_chain_history *h, uint64_t seq)
{
	for (size_t i = h->n_keys; i; i--)
		if (seq >= h->key[i - 1].from && seq < h->key[i - 1].until)
			return &h->key[i - 1];
	return NULL;
}
