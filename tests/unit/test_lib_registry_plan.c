// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/registry_plan.c, device_identity.c: what is missing of an identity. */
#include <errno.h>
#include <string.h>

#include "kselftest_harness.h"

#include "device_identity.h"
#include "keccak.h"
#include "registry_plan.h"

#define OPEN OVPP_REGISTRY_OPEN
#define DEADLINE 1900000000

FIXTURE(plan)
{
	struct ovpp_registry_state state;
	struct ovpp_registry_subject subject;
	struct ovpp_key_statement key[4];
	size_t keys;
	struct ovpp_registry_step step[OVPP_REGISTRY_STEPS];
};

/* One more key of the ledger, whose bytes are all its epoch + 1. */
static struct ovpp_key_statement *signs(FIXTURE_DATA(plan) * self, uint64_t from)
{
	struct ovpp_key_statement *s = &self->key[self->keys];

	*s = (struct ovpp_key_statement){.epoch = (uint32_t)self->keys, .from = from};
	self->keys++;
	memset(s->key, (int)self->keys, sizeof(s->key));
	memcpy(self->subject.key, s->key, sizeof(s->key));
	return s;
}

/* The contract has the key of an epoch. */
static void has(FIXTURE_DATA(plan) * self, size_t epoch, uint64_t from, uint64_t until)
{
	struct ovpp_registry_key *k = &self->state.key[self->state.keys++];

	ovpp_keccak256(self->key[epoch].key, OVPP_KEY_SIZE, k->hash);
	k->from = from;
	k->until = until;
	self->state.registered = true;
}

FIXTURE_SETUP(plan)
{
	memset(self->subject.id, 7, sizeof(self->subject.id));
	memset(self->subject.owner, 8, sizeof(self->subject.owner));
	memset(self->subject.operator, 9, sizeof(self->subject.operator));
	memset(self->state.owner, 10, sizeof(self->state.owner));
	memset(self->state.operator, 9, sizeof(self->state.operator));
	self->subject.kind = OVPP_REGISTRY_GATEWAY;
	self->subject.since = 17;
	self->state.nonce = 3;
}

FIXTURE_TEARDOWN(plan)
{
}

#define PLAN()                                                                            \
	ovpp_registry_plan(&self->state, &self->subject, self->key, self->keys, DEADLINE, \
			   self->step)

#define EXPECT_ROTATION(n, batch, with_nonce)                                        \
	do {                                                                         \
		const struct ovpp_registry_step *s = &self->step[n];                 \
		EXPECT_EQ(OVPP_REGISTRY_STEP_ROTATE, s->what);                       \
		EXPECT_EQ(batch, s->rotation.from);                                  \
		EXPECT_EQ(with_nonce, s->rotation.nonce);                            \
		EXPECT_EQ(0, memcmp(s->rotation.key, self->subject.key, 32));        \
		EXPECT_EQ(0, memcmp(s->owner, self->state.owner, sizeof(s->owner))); \
	} while (0)

#define EXPECT_REVOCATION(n, number, batch, why, with_nonce)         \
	do {                                                         \
		const struct ovpp_registry_step *s = &self->step[n]; \
		EXPECT_EQ(OVPP_REGISTRY_STEP_REVOKE, s->what);       \
		EXPECT_EQ(number, s->revocation.epoch);              \
		EXPECT_EQ(batch, s->revocation.from);                \
		EXPECT_EQ(why, s->revocation.reason);                \
		EXPECT_EQ(with_nonce, s->revocation.nonce);          \
	} while (0)

TEST_F(plan, what_is_not_there_is_registered_with_the_key_in_force)
{
	signs(self, 0);
	signs(self, 12);
	ASSERT_EQ(1, PLAN());
	EXPECT_EQ(OVPP_REGISTRY_STEP_REGISTER, self->step[0].what);
	EXPECT_EQ(0, memcmp(self->step[0].registration.key, self->key[1].key, 32));
	EXPECT_EQ(0, memcmp(self->step[0].owner, self->subject.owner, OVPP_ADDRESS_SIZE));
	EXPECT_EQ(17, self->step[0].registration.since);
	EXPECT_EQ(OVPP_REGISTRY_GATEWAY, self->step[0].registration.kind);
	EXPECT_EQ(DEADLINE, self->step[0].registration.deadline);
}

TEST_F(plan, nothing_is_missing)
{
	signs(self, 0);
	has(self, 0, 4, OPEN);
	EXPECT_EQ(0, PLAN());
	signs(self, 9);
	has(self, 1, 9, OPEN);
	self->state.key[0].until = 9;
	EXPECT_EQ(0, PLAN());
}

TEST_F(plan, a_new_key_begins_where_it_signs)
{
	signs(self, 0);
	signs(self, 20);
	has(self, 0, 4, OPEN);
	self->state.next = 11;
	ASSERT_EQ(1, PLAN());
	EXPECT_ROTATION(0, 20, 3);
}

/* The key before is valid for the batch that both begin with, unless it is ended. */
TEST_F(plan, a_key_that_signed_nothing_is_ended_at_once)
{
	signs(self, 0);
	signs(self, 20);
	has(self, 0, 20, OPEN);
	ASSERT_EQ(2, PLAN());
	EXPECT_ROTATION(0, 21, 3);
	EXPECT_REVOCATION(1, 0, 20, 4, 4);
}

TEST_F(plan, what_is_anchored_keeps_its_key)
{
	signs(self, 0);
	signs(self, 20);
	has(self, 0, 4, OPEN);
	self->state.next = 25;
	ASSERT_EQ(2, PLAN());
	EXPECT_ROTATION(0, 25, 3);
	EXPECT_REVOCATION(1, 0, 20, 4, 4);
}

TEST_F(plan, a_key_is_not_trusted_for_what_it_signed)
{
	struct ovpp_key_statement *s;

	signs(self, 0);
	s = signs(self, 20);
	s->revokes = true;
	s->revoked_from = 15;
	has(self, 0, 4, OPEN);
	ASSERT_EQ(2, PLAN());
	EXPECT_ROTATION(0, 20, 3);
	EXPECT_REVOCATION(1, 0, 15, 1, 4);
	/* The rotation alone came through. */
	has(self, 1, 20, OPEN);
	self->state.key[0].until = 20;
	ASSERT_EQ(1, PLAN());
	EXPECT_REVOCATION(0, 0, 15, 1, 3);
	self->state.key[0].until = 15;
	EXPECT_EQ(0, PLAN());
}

TEST_F(plan, a_revocation_from_before_the_identity_takes_all_of_the_key)
{
	struct ovpp_key_statement *s;

	signs(self, 0);
	s = signs(self, 20);
	s->revokes = true;
	s->revoked_from = 2;
	has(self, 0, 4, OPEN);
	ASSERT_EQ(2, PLAN());
	EXPECT_REVOCATION(1, 0, 4, 1, 4);
}

TEST_F(plan, a_revocation_from_the_next_batch_on_is_a_rotation)
{
	struct ovpp_key_statement *s;

	signs(self, 0);
	s = signs(self, 20);
	s->revokes = true;
	s->revoked_from = 20;
	has(self, 0, 4, OPEN);
	ASSERT_EQ(1, PLAN());
	EXPECT_ROTATION(0, 20, 3);
}

/* The one in between could never prove itself: what it signed has no valid key there. */
TEST_F(plan, a_key_that_the_chain_never_knew_leaves_a_hole)
{
	signs(self, 0);
	signs(self, 20);
	signs(self, 30);
	has(self, 0, 4, OPEN);
	ASSERT_EQ(2, PLAN());
	EXPECT_ROTATION(0, 30, 3);
	EXPECT_REVOCATION(1, 0, 20, 4, 4);
}

TEST_F(plan, a_key_revoked_there_by_hand_is_followed_by_the_next)
{
	signs(self, 0);
	has(self, 0, 4, 25);
	EXPECT_EQ(0, PLAN());
	signs(self, 20);
	ASSERT_EQ(2, PLAN());
	EXPECT_ROTATION(0, 25, 3);
	EXPECT_REVOCATION(1, 0, 20, 4, 4);
}

/* Its keys are not in the ledger's statements: where they begin says what they are. */
TEST_F(plan, keys_of_a_device_end_with_the_gateways)
{
	struct ovpp_key_statement *s;

	signs(self, 0);
	s = signs(self, 20);
	s->revokes = true;
	s->revoked_from = 15;
	memset(self->subject.key, 0x55, sizeof(self->subject.key));
	self->subject.kind = 4;
	has(self, 0, 10, OPEN);
	memset(self->state.key[0].hash, 0x66, OVPP_HASH_SIZE);
	ASSERT_EQ(2, PLAN());
	EXPECT_ROTATION(0, 20, 3);
	EXPECT_REVOCATION(1, 0, 15, 1, 4);
}

TEST_F(plan, another_account_acts)
{
	struct ovpp_registry_action a;

	signs(self, 0);
	has(self, 0, 4, OPEN);
	self->state.operator[0] = 1;
	ASSERT_EQ(1, PLAN());
	EXPECT_EQ(OVPP_REGISTRY_STEP_OPERATOR, self->step[0].what);
	ovpp_registry_step_action(&self->step[0], &a);
	EXPECT_EQ(0, strncmp(a.call, "setOperator(", 12));
	EXPECT_EQ(0, memcmp(ovpp_abi_to_address(&a.member[1]), self->subject.operator,
			    OVPP_ADDRESS_SIZE));
	/* Whoever it is, is right. */
	memset(self->subject.operator, 0, OVPP_ADDRESS_SIZE);
	EXPECT_EQ(0, PLAN());
}

TEST_F(plan, the_newest_epoch_that_the_contract_has)
{
	uint32_t epoch;

	signs(self, 0);
	signs(self, 20);
	signs(self, 30);
	EXPECT_EQ(-ENOENT, ovpp_registry_epoch(&self->state, self->key, self->keys, &epoch));
	has(self, 1, 20, OPEN);
	ASSERT_EQ(0, ovpp_registry_epoch(&self->state, self->key, self->keys, &epoch));
	EXPECT_EQ(1, epoch);
	has(self, 2, 30, OPEN);
	ASSERT_EQ(0, ovpp_registry_epoch(&self->state, self->key, self->keys, &epoch));
	EXPECT_EQ(2, epoch);
}

TEST(device_identity_is_kept)
{
	struct ovpp_device_identity x = {.chain_id = 31337, .device = 5}, y = x;
	sqlite3 *sql;

	ASSERT_EQ(SQLITE_OK, sqlite3_open(":memory:", &sql));
	EXPECT_EQ(-ENOENT, ovpp_device_identity_get(sql, &x));
	memset(x.id, 1, sizeof(x.id));
	memset(x.key, 2, sizeof(x.key));
	ASSERT_EQ(0, ovpp_device_identity_put(sql, &x));
	ASSERT_EQ(0, ovpp_device_identity_get(sql, &y));
	EXPECT_EQ(0, memcmp(&x, &y, sizeof(x)));
	x.registered = true;
	memset(x.id, 3, sizeof(x.id));
	ASSERT_EQ(0, ovpp_device_identity_put(sql, &x));
	ASSERT_EQ(0, ovpp_device_identity_get(sql, &y));
	EXPECT_EQ(0, memcmp(&x, &y, sizeof(x)));
	y.device = 6;
	EXPECT_EQ(-ENOENT, ovpp_device_identity_get(sql, &y));
	y.device = 5;
	y.chain_id = 1;
	EXPECT_EQ(-ENOENT, ovpp_device_identity_get(sql, &y));
	sqlite3_close(sql);
}

TEST_HARNESS_MAIN
