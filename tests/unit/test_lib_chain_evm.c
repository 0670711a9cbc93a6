// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/chain_evm.c: once there is an identity, each batch of a ledger is an intent, or
 * neither is there.
 */
#include <string.h>

#include "kselftest_harness.h"

#include "ledger_fixture.h"
#include "ledger_sql.h"
#include "outbox.h"

FIXTURE(evm)
{
	char dir[200];
	char path[240];
	char keys[260];
	char err[300];
	struct ovpp_outbox_target target;
	struct ovpp_ledger *l;
	sqlite3 *sql;
};

static int open_evm(FIXTURE_DATA(evm) * self)
{
	struct ovpp_ledger_options options = {
		.path = self->path,
		.keys = self->keys,
		.boot_id = BOOT,
		.software = "test 1",
		.chain = &ovpp_chain_evm,
		.chain_config = &self->target,
	};

	return ovpp_ledger_open(&options, &self->l, self->err, sizeof(self->err));
}

FIXTURE_SETUP(evm)
{
	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
	snprintf(self->path, sizeof(self->path), "%s/ledger.db", self->dir);
	snprintf(self->keys, sizeof(self->keys), "%s/keys", self->dir);
	self->target = (struct ovpp_outbox_target){
		.network = *ovpp_network("anvil"),
		.contract = {1},
		.registry = {2},
	};
	ASSERT_EQ(0, open_evm(self)) TH_LOG("%s", self->err);
	ASSERT_EQ(SQLITE_OK, sqlite3_open(self->path, &self->sql));
}

FIXTURE_TEARDOWN(evm)
{
	sqlite3_close(self->sql);
	ovpp_ledger_close(self->l);
	remove_dir(self->dir);
}

/* The gateway is registered. */
static int identify(FIXTURE_DATA(evm) * self, uint64_t since)
{
	struct ovpp_identity identity = {
		.chain_id = self->target.network.chain_id,
		.registry = {2},
		.id = {3},
		.since = since,
	};

	return ovpp_identity_put(self->sql, &identity);
}

static int write_batch(FIXTURE_DATA(evm) * self, uint64_t first, size_t n)
{
	struct ovpp_now now = {.mono_ns = 1000 * SECOND, .real_ns = EPOCH_NS + 1000 * SECOND};
	struct ovpp_record rec[16];
	struct ovpp_written done;

	events(rec, first, n);
	return ovpp_ledger_write(self->l, &site0, rec, n, NULL, &now, &done);
}

#define NUMBER(text) ovpp_sql_number(self->sql, text)

TEST_F(evm, a_batch_is_an_intent_and_a_leaf_of_the_log)
{
	ASSERT_EQ(0, identify(self, 0));
	ASSERT_EQ(0, write_batch(self, 0, 10));
	ASSERT_EQ(0, write_batch(self, 10, 5));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM intent i JOIN log l ON l.seq = i.seq"
			    " WHERE i.root = l.leaf AND i.state = 0"));
	EXPECT_EQ(10, NUMBER("SELECT records FROM intent WHERE seq = 0"));
	EXPECT_EQ(EPOCH_NS / 1000000, NUMBER("SELECT t0_ms FROM intent WHERE seq = 0"));
	EXPECT_EQ(EPOCH_NS / 1000000 + 14000, NUMBER("SELECT t1_ms FROM intent WHERE seq = 1"));
}

TEST_F(evm, neither_is_there_without_the_other)
{
	ASSERT_EQ(0, identify(self, 0));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "CREATE TRIGGER full BEFORE INSERT ON intent BEGIN"
					      " SELECT RAISE(ABORT, 'full'); END"));
	EXPECT_NE(0, write_batch(self, 0, 10));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM batch"));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM log"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "DROP TRIGGER full"));
	EXPECT_EQ(0, write_batch(self, 0, 10));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM intent"));
}

TEST_F(evm, status_has_the_log_and_the_outbox)
{
	json_t *status, *states;

	ASSERT_EQ(0, identify(self, 0));
	ASSERT_EQ(0, write_batch(self, 0, 10));
	status = ovpp_ledger_chain(self->l);
	states = json_object_get(json_object_get(status, "outbox"), "states");
	EXPECT_STREQ("evm", json_string_value(json_object_get(status, "driver")));
	EXPECT_EQ(1, json_integer_value(json_object_get(status, "size")));
	EXPECT_EQ(1, json_integer_value(json_object_get(states, "NEW")));
	json_decref(status);
}

TEST_F(evm, without_an_identity_there_are_no_intents)
{
	json_t *status;

	ASSERT_EQ(0, write_batch(self, 0, 10));
	ASSERT_EQ(0, write_batch(self, 10, 5));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM intent"));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM log"));
	status = ovpp_ledger_chain(self->l);
	EXPECT_EQ(2, json_integer_value(json_object_get(status, "size")));
	json_decref(status);
}

TEST_F(evm, batches_from_before_come_with_the_next_one)
{
	ASSERT_EQ(0, write_batch(self, 0, 10));
	ASSERT_EQ(0, write_batch(self, 10, 5));
	ASSERT_EQ(0, write_batch(self, 15, 3));
	ASSERT_EQ(0, identify(self, 1));
	ASSERT_EQ(0, write_batch(self, 18, 2));
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM intent i JOIN log l ON l.seq = i.seq"
			    " WHERE i.root = l.leaf AND i.state = 0"));
	EXPECT_EQ(1, NUMBER("SELECT MIN(seq) FROM intent")) TH_LOG("not those before it");
	EXPECT_EQ(3, NUMBER("SELECT records FROM intent WHERE seq = 2"));
	EXPECT_EQ(1, NUMBER("SELECT gateway = (SELECT gateway FROM identity) FROM target"));
}

/* An identity of another registry is none here. */
TEST_F(evm, another_registry)
{
	ASSERT_EQ(0, identify(self, 0));
	ovpp_ledger_close(self->l);
	self->l = NULL;
	self->target.registry[0] = 9;
	ASSERT_EQ(0, open_evm(self)) TH_LOG("%s", self->err);
	ASSERT_EQ(0, write_batch(self, 0, 10));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM intent"));
}

TEST_F(evm, another_target_has_intents_of_its_own)
{
	ASSERT_EQ(0, identify(self, 0));
	ASSERT_EQ(0, write_batch(self, 0, 10));
	ovpp_ledger_close(self->l);
	self->l = NULL;
	self->target.contract[0] = 9;
	ASSERT_EQ(0, open_evm(self)) TH_LOG("%s", self->err);
	ASSERT_EQ(0, write_batch(self, 10, 5));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(DISTINCT target) FROM intent"));
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM intent")) TH_LOG("both batches go there");
}

TEST_HARNESS_MAIN
