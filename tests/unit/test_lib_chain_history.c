// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/chain_event.c, chain_history.c, chain_match.c: identities, and evidence against them. */
#include "kselftest_harness.h"

#include <errno.h>

#include "chain_made.h"
#include "chain_match.h"
#include "keccak.h"

#define CHAIN 31337
#define SINCE 3

FIXTURE(history)
{
	struct ovpp_chain_history h;
	struct ovpp_chain_evidence ev;
	struct ovpp_chain_match m;
	struct ovpp_chain_fault f;
	struct made_key key[3];
	ovpp_address owner;
	ovpp_address operator;
	uint64_t block;
	/* How the next event is wrong. */
	struct {
		bool proof;
		bool id;
		uint64_t since;
		uint64_t nonce;
	} wrong;
};

typedef struct _test_data_history fixture;

FIXTURE_SETUP(history)
{
	MUST(sodium_init() >= 0);
	self->h.registry = (struct ovpp_registry){CHAIN, {0xa1}};
	for (size_t i = 0; i < 3; i++)
		made_key(&self->key[i], (uint8_t)(1 + i));
	self->owner[0] = 0xb1;
	self->operator[0] = 0xc1;
	ovpp_registry_id(&self->h.registry, self->key[0].public, self->owner, self->h.id);
}

FIXTURE_TEARDOWN(history)
{
	ovpp_chain_history_free(&self->h);
	ovpp_chain_evidence_free(&self->ev);
}

static int take(fixture *self, enum ovpp_chain_event_kind kind, const struct ovpp_abi *v,
		size_t topics, size_t n, const char *type)
{
	self->f = (struct ovpp_chain_fault){0};
	return ovpp_chain_history_take(
		&self->h, make_event(&self->block, kind, v, topics, n, type, &self->h.events),
		&self->f);
}

static struct ovpp_abi key_hash(const uint8_t key[OVPP_KEY_SIZE])
{
	ovpp_hash hash;

	ovpp_keccak256(key, OVPP_KEY_SIZE, hash);
	return ovpp_abi_word(hash);
}

static int owned(fixture *self, const ovpp_address from, const ovpp_address to)
{
	const struct ovpp_abi v[] = {ovpp_abi_address(from), ovpp_abi_address(to),
				     ovpp_abi_word(self->h.id)};

	return take(self, OVPP_CHAIN_OWNER, v, 3, 3, NULL);
}

static int enrolled(fixture *self)
{
	const struct ovpp_abi v[] = {ovpp_abi_word(self->h.id), ovpp_abi_address(self->operator),
				     ovpp_abi_uint(SINCE)};

	return take(self, OVPP_CHAIN_ENROLLED, v, 2, 3, "(uint48)");
}

/* Signed by the key, or by another one. */
static void prove(fixture *self, struct ovpp_registry_action *a, size_t key,
		  uint8_t proof[OVPP_SIGNATURE_SIZE])
{
	ovpp_hash digest;

	MUST(!ovpp_registry_digest(&self->h.registry, a, digest));
	MUST(!ovpp_registry_prove(digest, made_sign,
				  &self->key[self->wrong.proof ? (key + 1) % 3 : key], proof));
}

static int registered(fixture *self)
{
	struct ovpp_registration r = {.kind = OVPP_REGISTRY_GATEWAY, .since = SINCE};
	uint8_t proof[OVPP_SIGNATURE_SIZE];
	struct ovpp_registry_action a;
	struct ovpp_abi v[11];
	struct ovpp_u256 deadline = {{0, 0, 0, 1}};

	memcpy(r.owner, self->owner, sizeof(r.owner));
	memcpy(r.operator, self->operator, sizeof(r.operator));
	memcpy(r.key, self->key[0].public, sizeof(r.key));
	r.since += self->wrong.since;
	ovpp_registry_register(&r, &a);
	/* One that needs more than 64 bits. */
	a.member[6] = ovpp_abi_u256(&deadline);
	prove(self, &a, 0, proof);
	v[0] = ovpp_abi_word(self->h.id);
	v[1] = ovpp_abi_address(self->owner);
	v[2] = key_hash(self->key[self->wrong.id ? 1 : 0].public);
	memcpy(&v[3], a.member, 7 * sizeof(*v));
	v[10] = ovpp_abi_bytes(proof, sizeof(proof));
	return take(self, OVPP_CHAIN_REGISTERED, v, 3, 11,
		    "((address,address,uint8,uint8,bytes,uint48,uint256),bytes)");
}

static int rotated(fixture *self, size_t epoch, uint64_t from)
{
	struct ovpp_registry_rotation r = {.from = from, .deadline = 9};
	uint8_t proof[OVPP_SIGNATURE_SIZE];
	struct ovpp_registry_action a;
	struct ovpp_abi v[10];

	memcpy(r.id, self->h.id, sizeof(r.id));
	memcpy(r.key, self->key[epoch].public, sizeof(r.key));
	r.nonce = self->h.nonce + self->wrong.nonce;
	ovpp_registry_rotate(&r, &a);
	prove(self, &a, epoch, proof);
	v[0] = ovpp_abi_word(self->h.id);
	v[1] = ovpp_abi_uint(epoch);
	v[2] = key_hash(r.key);
	memcpy(&v[3], a.member, 4 * sizeof(*v));
	v[7] = a.member[5];
	v[8] = a.member[4];
	v[9] = ovpp_abi_bytes(proof, sizeof(proof));
	return take(self, OVPP_CHAIN_ROTATED, v, 3, 10,
		    "((uint256,uint8,bytes,uint48,uint256),uint256,bytes)");
}

static int revoked(fixture *self, uint64_t epoch, uint64_t from)
{
	const struct ovpp_abi v[] = {ovpp_abi_word(self->h.id), ovpp_abi_uint(epoch),
				     ovpp_abi_uint(from), ovpp_abi_uint(1)};

	return take(self, OVPP_CHAIN_REVOKED, v, 2, 4, "(uint48,uint8)");
}

static int acts(fixture *self, enum ovpp_chain_event_kind kind, uint8_t account)
{
	const ovpp_address address = {account};
	const struct ovpp_abi v[] = {ovpp_abi_word(self->h.id), ovpp_abi_address(address)};

	return take(self, kind, v, 2, 2, NULL);
}

static struct ovpp_anchor batch(uint64_t seq)
{
	return (struct ovpp_anchor){
		.seq = seq,
		.root = {1, (uint8_t)seq},
		.records = 600,
		.t0_ms = 1000 * seq,
		.t1_ms = 1000 * seq + 900,
	};
}

static int anchored(fixture *self, const struct ovpp_anchor *b)
{
	const struct ovpp_abi v[] = {ovpp_abi_word(self->h.id), ovpp_abi_uint(b->seq),
				     ovpp_abi_word(b->root),	ovpp_abi_uint(b->records),
				     ovpp_abi_uint(b->t0_ms),	ovpp_abi_uint(b->t1_ms)};

	return take(self, OVPP_CHAIN_ANCHORED, v, 2, 6, "(bytes32,uint32,uint48,uint48)");
}

static void set_up_gateway(fixture *self)
{
	static const ovpp_address nobody;

	MUST(!owned(self, nobody, self->owner) && !enrolled(self) && !registered(self));
}

/* Batches SINCE to @last. */
static void anchor_to(fixture *self, uint64_t last)
{
	for (uint64_t seq = self->h.head.next; seq <= last; seq++) {
		struct ovpp_anchor b = batch(seq);

		MUST(!anchored(self, &b));
	}
}

/* ---- events ---- */

TEST_F(history, event_of_another_shape_is_none)
{
	const struct ovpp_abi v[] = {ovpp_abi_word(self->h.id), ovpp_abi_address(self->owner)};
	struct ovpp_chain_event *e;
	struct log l;

	make_log(&l, OVPP_CHAIN_OPERATOR, v, 2, 2, NULL);
	ASSERT_EQ(ovpp_chain_event_new(OVPP_CHAIN_OPERATOR, &l.log, &e), 0);
	EXPECT_EQ(e->n, 2);
	free(e);
	EXPECT_EQ(ovpp_chain_event_new(OVPP_CHAIN_AUTHORIZED, &l.log, &e), -EBADMSG);
	l.log.topics--;
	EXPECT_EQ(ovpp_chain_event_new(OVPP_CHAIN_OPERATOR, &l.log, &e), -EBADMSG);
	l.log.topics += 2;
	EXPECT_EQ(ovpp_chain_event_new(OVPP_CHAIN_OPERATOR, &l.log, &e), -EBADMSG);
	l.log.topics--;
	l.log.topic[2][0] = 1;
	EXPECT_EQ(ovpp_chain_event_new(OVPP_CHAIN_OPERATOR, &l.log, &e), -EBADMSG);
	l.log.topic[2][0] = 0;
	l.log.data = (const uint8_t *)"x";
	l.log.size = 1;
	EXPECT_EQ(ovpp_chain_event_new(OVPP_CHAIN_OPERATOR, &l.log, &e), -EBADMSG);
	l.log.topics = 0;
	EXPECT_EQ(ovpp_chain_event_new(OVPP_CHAIN_OPERATOR, &l.log, &e), -EBADMSG);
}

TEST_F(history, events_are_put_in_the_order_of_the_chain)
{
	struct ovpp_chain_events list = {0};
	const struct ovpp_abi v[] = {ovpp_abi_word(self->h.id), ovpp_abi_address(self->owner)};

	for (int i = 0; i < 3; i++)
		make_event(&self->block, OVPP_CHAIN_OPERATOR, v, 2, 2, NULL, &list);
	list.event[0]->block = 9;
	list.event[1]->block = 9;
	list.event[1]->index = 1;
	ASSERT_EQ(ovpp_chain_events_sort(&list), 0);
	EXPECT_EQ(list.event[0]->block, 3);
	EXPECT_EQ(list.event[2]->index, 1);
	list.event[2]->index = 0;
	EXPECT_EQ(ovpp_chain_events_sort(&list), -EBADMSG);
	ovpp_chain_events_free(&list);
}

/* ---- an identity ---- */

TEST_F(history, gateway_is_what_its_events_say)
{
	ovpp_hash acc = {0};

	set_up_gateway(self);
	anchor_to(self, 5);
	for (uint64_t seq = SINCE; seq <= 5; seq++) {
		struct ovpp_anchor b = batch(seq);

		ASSERT_EQ(ovpp_anchor_accumulate(self->h.id, &b, acc), 0);
	}
	EXPECT_EQ(memcmp(acc, self->h.head.acc, sizeof(acc)), 0);
	EXPECT_EQ(self->h.head.next, 6);
	EXPECT_EQ(self->h.head.t1_ms, 5900);
	EXPECT_EQ(self->h.first, SINCE);
	EXPECT_EQ(self->h.n_batches, 3);
	EXPECT_EQ(self->h.nonce, 0);
	EXPECT_EQ(memcmp(self->h.head.signer, self->operator, sizeof(ovpp_address)), 0);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, SINCE), &self->h.key[0]);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, SINCE - 1), NULL);
}

TEST_F(history, registration_without_a_proof_is_refused)
{
	static const ovpp_address nobody;

	ASSERT_EQ(owned(self, nobody, self->owner), 0);
	ASSERT_EQ(enrolled(self), 0);
	self->wrong.proof = true;
	EXPECT_NO(registered(self), "proof of the registration does not hold");
	EXPECT_TRUE(self->f.has_event);
	EXPECT_EQ(self->f.block, 3);
	EXPECT_TRUE(self->f.has_gateway);
	EXPECT_EQ(strcmp(self->f.contract, "DeviceRegistry"), 0);
}

TEST_F(history, registration_is_of_its_key_and_its_batch)
{
	static const ovpp_address nobody;

	ASSERT_EQ(owned(self, nobody, self->owner), 0);
	ASSERT_EQ(enrolled(self), 0);
	self->wrong.id = true;
	EXPECT_NO(registered(self), "not the hash of the key");
	self->wrong.id = false;
	self->wrong.since = 1;
	EXPECT_NO(registered(self), "another first batch");
	self->wrong.since = 0;
	self->h.id[0] ^= 1;
	EXPECT_NO(registered(self), "does not hold");
}

TEST_F(history, nothing_happens_before_the_registration_or_twice)
{
	struct ovpp_anchor b = batch(SINCE);

	EXPECT_NO(anchored(self, &b), "before the registration");
	EXPECT_NO(revoked(self, 0, SINCE), "before the registration");
	EXPECT_NO(rotated(self, 0, SINCE), "before the registration");
	set_up_gateway(self);
	EXPECT_NO(registered(self), "twice");
	EXPECT_NO(enrolled(self), "twice");
}

TEST_F(history, event_of_another_identity_is_refused)
{
	struct ovpp_abi v[] = {ovpp_abi_uint(1), ovpp_abi_address(self->operator)};

	set_up_gateway(self);
	EXPECT_NO(take(self, OVPP_CHAIN_OPERATOR, v, 2, 2, NULL), "another identity");
}

TEST_F(history, rotation_ends_the_key_before)
{
	set_up_gateway(self);
	anchor_to(self, 5);
	ASSERT_EQ(rotated(self, 1, 8), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(self->h.n_keys, 2);
	EXPECT_EQ(self->h.nonce, 1);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, 7), &self->h.key[0]);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, 8), &self->h.key[1]);
	EXPECT_NO(rotated(self, 2, 8), "another one's");
}

TEST_F(history, rotation_is_proven_and_in_order)
{
	set_up_gateway(self);
	anchor_to(self, 5);
	EXPECT_NO(rotated(self, 1, 5), "another one's");
	self->h.nonce = 0;
	EXPECT_NO(rotated(self, 2, 6), "epoch after the last");
	self->wrong.proof = true;
	EXPECT_NO(rotated(self, 1, 6), "proof of the key of epoch 1");
	self->wrong.proof = false;
	self->wrong.nonce = 1;
	EXPECT_NO(rotated(self, 1, 6), "nonce");
}

TEST_F(history, revocation_ends_trust_and_a_new_key_goes_on)
{
	set_up_gateway(self);
	anchor_to(self, 9);
	EXPECT_NO(revoked(self, 1, 5), "that there is not");
	EXPECT_NO(revoked(self, 0, SINCE - 1), "not of");
	ASSERT_EQ(revoked(self, 0, 5), 0);
	EXPECT_NO(revoked(self, 0, 5), "not of");
	EXPECT_EQ(ovpp_chain_key_of(&self->h, 4), &self->h.key[0]);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, 5), NULL);
	ASSERT_EQ(rotated(self, 1, 12), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, 11), NULL);
	EXPECT_EQ(ovpp_chain_key_of(&self->h, 12), &self->h.key[1]);
}

TEST_F(history, sale_and_operator_are_counted)
{
	const ovpp_address buyer = {0xd1};

	set_up_gateway(self);
	ASSERT_EQ(acts(self, OVPP_CHAIN_OPERATOR, 0xc2), 0);
	ASSERT_EQ(acts(self, OVPP_CHAIN_AUTHORIZED, 0xc2), 0);
	ASSERT_EQ(owned(self, self->owner, buyer), 0);
	EXPECT_EQ(self->h.nonce, 2);
	EXPECT_EQ(self->h.head.signer[0], 0xc2);
	EXPECT_EQ(memcmp(self->h.owner, buyer, sizeof(buyer)), 0);
	EXPECT_EQ(ovpp_chain_owner_at(&self->h, 0), NULL);
	EXPECT_EQ(ovpp_chain_owner_at(&self->h, self->block - 1)[0], 0xb1);
	EXPECT_EQ(ovpp_chain_owner_at(&self->h, self->block)[0], 0xd1);
	EXPECT_NO(owned(self, self->owner, buyer), "who owned it");
}

TEST_F(history, batches_are_without_a_break_and_not_empty)
{
	struct ovpp_anchor b;

	set_up_gateway(self);
	b = batch(SINCE + 1);
	EXPECT_NO(anchored(self, &b), "batch after the last one");
	EXPECT_TRUE(self->f.has_batch);
	EXPECT_EQ(strcmp(self->f.expected, "3"), 0);
	EXPECT_EQ(strcmp(self->f.found, "4"), 0);
	b = batch(SINCE);
	b.records = 0;
	EXPECT_NO(anchored(self, &b), "empty");
	b = batch(SINCE);
	memset(b.root, 0, sizeof(b.root));
	EXPECT_NO(anchored(self, &b), "empty");
	anchor_to(self, SINCE);
	b = batch(SINCE + 1);
	b.t0_ms = b.t1_ms = 3899;
	EXPECT_NO(anchored(self, &b), "go back");
	b = batch(SINCE + 1);
	b.t0_ms = b.t1_ms + 1;
	EXPECT_NO(anchored(self, &b), "go back");
	ASSERT_EQ(acts(self, OVPP_CHAIN_AUTHORIZED, 0), 0);
	b = batch(SINCE + 1);
	EXPECT_NO(anchored(self, &b), "nobody may");
}

/* ---- evidence ---- */

/* Batches @first to @last, signed with the key of an epoch. */
static void show(fixture *self, uint64_t first, uint64_t last, uint32_t epoch)
{
	if (!self->ev.key) {
		self->ev.key = calloc(3, sizeof(*self->ev.key));
		MUST(self->ev.key);
		self->ev.n_keys = 3;
		for (size_t i = 0; i < 3; i++)
			memcpy(self->ev.key[i], self->key[i].public, OVPP_KEY_SIZE);
	}
	for (uint64_t seq = first; seq <= last; seq++) {
		struct ovpp_anchor b = batch(seq);
		struct ovpp_header h = {
			.seq = seq,
			.epoch = epoch,
			.records = 600,
			.real_ns = {b.t0_ms * 1000000 + 999999, b.t1_ms * 1000000},
		};

		MUST(!ovpp_chain_evidence_batch(&self->ev, &h, b.root));
	}
}

static int match(fixture *self, bool all, bool allow_revoked)
{
	const struct ovpp_chain_rules rules = {all, allow_revoked};

	self->f = (struct ovpp_chain_fault){0};
	self->m = (struct ovpp_chain_match){0};
	return ovpp_chain_match(&self->h, &self->ev, &rules, &self->m, &self->f);
}

TEST_F(history, evidence_is_what_is_anchored)
{
	set_up_gateway(self);
	anchor_to(self, 6);
	show(self, 0, 8, 0);
	ASSERT_EQ(match(self, false, false), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(self->m.anchored.n, 4);
	EXPECT_EQ(self->m.anchored.first, SINCE);
	EXPECT_EQ(self->m.anchored.last, 6);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_EARLIER].n, 3);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_WAITING].n, 2);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_WAITING].first, 7);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_UNKNOWN].n, 0);
	EXPECT_NO(match(self, true, false), "before the gateway was registered");
	EXPECT_EQ(self->f.batch, 0);
}

TEST_F(history, each_value_of_a_batch_is_compared)
{
	set_up_gateway(self);
	anchor_to(self, 6);
	show(self, 5, 7, 0);
	EXPECT_NO(match(self, true, false), "not on the chain");
	self->ev.n = 2;
	ASSERT_EQ(match(self, true, false), 0);
	self->ev.shown[1].batch.root[9] ^= 1;
	EXPECT_NO(match(self, false, false), "root");
	EXPECT_EQ(self->f.batch, 6);
	EXPECT_EQ(strcmp(self->f.contract, "TelemetryAnchor"), 0);
	self->ev.shown[1].batch.root[9] ^= 1;
	self->ev.shown[1].batch.records--;
	EXPECT_NO(match(self, false, false), "number of records");
	EXPECT_EQ(strcmp(self->f.expected, "600"), 0);
	EXPECT_EQ(strcmp(self->f.found, "599"), 0);
	self->ev.shown[1].batch.records++;
	self->ev.shown[1].batch.t0_ms++;
	EXPECT_NO(match(self, false, false), "earliest time");
	self->ev.shown[1].batch.t0_ms--;
	self->ev.shown[1].batch.t1_ms--;
	EXPECT_NO(match(self, false, false), "latest time");
}

/* A clock that was set back, and one that is ahead of the chain's. */
TEST_F(history, times_differ_where_the_contract_takes_no_others)
{
	struct ovpp_anchor b;

	set_up_gateway(self);
	anchor_to(self, 5);
	b = batch(6);
	b.t1_ms = 5900;
	b.t0_ms = 200;
	ASSERT_EQ(anchored(self, &b), 0);
	b = batch(7);
	b.t1_ms = b.t0_ms = 6000;
	ASSERT_EQ(anchored(self, &b), 0);
	show(self, 6, 7, 0);
	self->ev.shown[0].batch.t0_ms = 200;
	self->ev.shown[0].batch.t1_ms = 300;
	ASSERT_EQ(match(self, true, false), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_AHEAD].n, 1);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_AHEAD].first, 7);
}

TEST_F(history, key_of_a_batch_is_the_chains)
{
	set_up_gateway(self);
	anchor_to(self, 6);
	show(self, 6, 6, 1);
	EXPECT_NO(match(self, false, false), "another key");
	self->ev.n = 0;
	show(self, 7, 7, 1);
	ASSERT_EQ(match(self, false, false), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_UNKNOWN].n, 1);
	ASSERT_EQ(rotated(self, 1, 7), 0);
	ASSERT_EQ(match(self, false, false), 0);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_WAITING].n, 1);
	self->ev.n = 0;
	show(self, 7, 7, 0);
	EXPECT_NO(match(self, false, false), "another key");
	self->ev.shown[0].epoch = 9;
	EXPECT_NO(match(self, false, false), "does not have its key");
}

TEST_F(history, revoked_key_proves_nothing_unless_that_is_wanted)
{
	set_up_gateway(self);
	anchor_to(self, 6);
	show(self, 4, 6, 0);
	ASSERT_EQ(revoked(self, 0, 5), 0);
	EXPECT_NO(match(self, false, false), "revoked on the chain from batch 5");
	EXPECT_EQ(self->f.batch, 5);
	ASSERT_EQ(match(self, false, true), 0);
	EXPECT_EQ(self->m.remark[OVPP_CHAIN_DISTRUSTED].n, 2);
	self->ev.n = 0;
	show(self, 5, 5, 1);
	EXPECT_NO(match(self, false, true), "knows no key");
}

TEST_HARNESS_MAIN
