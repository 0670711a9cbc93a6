// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/outbox*.c, anchor.c, network.c: each batch gets on the chain once, whatever happens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "fake_chain.h"
#include "ledger_sql.h"
#include "outbox.h"

#define POLL 1000
#define BUMP 30000
#define SETTLE 60000
/* More steps than anything here takes. */
#define STEPS 20000

FIXTURE(outbox)
{
	char path[256];
	sqlite3 *sql;
	struct ovpp_evm_key *key;
	struct ovpp_outbox_options options;
	struct ovpp_outbox *o;
	struct fake_chain chain;
	uint64_t now;
	uint64_t asked;
	uint64_t batches;
};

static void open_outbox(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	ASSERT_EQ(SQLITE_OK, sqlite3_open(self->path, &self->sql));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA journal_mode = WAL"));
	ASSERT_EQ(0, ovpp_outbox_open(self->sql, &self->options, &self->o));
}

static void close_outbox(FIXTURE_DATA(outbox) * self)
{
	ovpp_outbox_close(self->o);
	sqlite3_close(self->sql);
	self->o = NULL;
}

static void remove_database(const char *path)
{
	static const char *const end[] = {"", "-wal", "-shm"};
	char name[300];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, end[i]);
		unlink(name);
	}
}

FIXTURE_SETUP(outbox)
{
	static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[31] = 5};
	const char *out = getenv("OUT");

	snprintf(self->path, sizeof(self->path), "%s/outbox-%d.db", out ? out : ".", getpid());
	remove_database(self->path);
	ASSERT_EQ(0, ovpp_evm_key_new(secret, &self->key));
	self->options = (struct ovpp_outbox_options){
		.target.network = *ovpp_network("anvil"),
		.target.contract = {0xaa, 1},
		.target.gateway = {0xbb, 2},
		.key = self->key,
		.batch_gwei = 1000000000,
		.day_gwei = 1000000000000,
		.poll_ms = POLL,
		.bump_ms = BUMP,
		.settle_ms = SETTLE,
	};
	memset(self->options.code, 0xc0, sizeof(self->options.code));
	fake_init(&self->chain, self->options.target.gateway, ovpp_evm_key_address(self->key));
	self->now = 1000;
	open_outbox(_metadata, self);
}

FIXTURE_TEARDOWN(outbox)
{
	close_outbox(self);
	fake_free(&self->chain);
	ovpp_evm_key_free(self->key);
	remove_database(self->path);
}

static struct ovpp_anchor batch(uint64_t seq)
{
	struct ovpp_anchor b = {
		.seq = seq,
		.records = 3600,
		.t0_ms = (FAKE_TIME - 1000) * UINT64_C(1000) + seq * 10,
		.t1_ms = (FAKE_TIME - 1000) * UINT64_C(1000) + seq * 10 + 9,
	};

	ovpp_keccak256(&seq, sizeof(seq), b.root);
	return b;
}

static void add(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t n)
{
	for (; n; n--) {
		struct ovpp_anchor b = batch(self->batches++);

		ASSERT_EQ(0, ovpp_outbox_add(self->sql, &self->options.target, &b));
	}
}

static int64_t count(FIXTURE_DATA(outbox) * self, enum ovpp_outbox_state state)
{
	char text[100];

	snprintf(text, sizeof(text), "SELECT COUNT(*) FROM intent WHERE state = %d", state);
	return ovpp_sql_number(self->sql, text);
}

#define COUNT(state) count(self, OVPP_OUTBOX_##state)
#define NUMBER(text) ovpp_sql_number(self->sql, text)
#define TROUBLE(text)                                                  \
	EXPECT_NE(NULL, strstr(ovpp_outbox_trouble(self->o), text))    \
	{                                                              \
		TH_LOG("trouble: '%s'", ovpp_outbox_trouble(self->o)); \
	}

/* Time passes; a block comes every 2 s if the chain mines. */
static void pass(FIXTURE_DATA(outbox) * self, uint64_t to)
{
	while (self->now < to) {
		uint64_t next = (self->now / 2000 + 1) * 2000;

		self->now = next < to ? next : to;
		if (self->now == next && self->chain.mining)
			fake_mine(&self->chain);
	}
}

enum fault {
	NONE,
	REQUEST_LOST,
	ANSWER_LOST,
	KILLED_BEFORE, /* after what the step before has written */
	KILLED_AFTER,  /* when the node has the request, before the answer */
	N_FAULTS
};

/* One question and its answer, or time until there is one. */
static void step(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, enum fault fault)
{
	struct ovpp_eth_answer a = {0};
	struct ovpp_eth_request req;
	uint64_t wake;
	int ret;

	if (fault == KILLED_BEFORE) {
		close_outbox(self);
		open_outbox(_metadata, self);
	}
	ret = ovpp_outbox_next(self->o, self->now, &req, &wake);
	ASSERT_LE(0, ret);
	if (!ret) {
		ASSERT_GT(wake, self->now);
		pass(self, wake);
		return;
	}
	self->asked++;
	self->now += 50;
	if (fault != REQUEST_LOST)
		fake_answer(&self->chain, &req, &a);
	if (fault == KILLED_AFTER) {
		close_outbox(self);
		open_outbox(_metadata, self);
	} else {
		if (fault == REQUEST_LOST || fault == ANSWER_LOST)
			ovpp_eth_fail(&a, OVPP_ETH_TIMEOUT, "lost");
		EXPECT_EQ(0, ovpp_outbox_answer(self->o, self->now, &a));
	}
	ovpp_eth_answer_free(&a);
}

/* Until so many batches are in this state. */
static void run_until(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self,
		      enum ovpp_outbox_state state, int64_t n)
{
	for (int i = 0; count(self, state) != n; i++) {
		ASSERT_LT(i, STEPS)
		{
			json_t *j = ovpp_outbox_status(self->sql, &self->options.target);
			char *text = json_dumps(j, 0);

			TH_LOG("%s, trouble: %s", text, ovpp_outbox_trouble(self->o));
			TH_LOG("chain: next %llu, nonce %llu; here: nonce %lld",
			       (unsigned long long)self->chain.head.next,
			       (unsigned long long)self->chain.nonce,
			       (long long)NUMBER("SELECT MAX(next_nonce) FROM lane"));
		}
		step(_metadata, self, NONE);
	}
}

#define RUN_UNTIL(state, n) run_until(_metadata, self, OVPP_OUTBOX_##state, n)

static void run_for(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t ms)
{
	uint64_t end = self->now + ms;

	while (self->now < end)
		step(_metadata, self, NONE);
}

#define RUN_FOR(ms) run_for(_metadata, self, ms)

/* Everything is anchored as it was added, once. */
static void expect_all(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	EXPECT_EQ(self->batches, self->chain.head.next);
	for (uint64_t i = 0; i < self->batches; i++) {
		struct ovpp_anchor b = batch(i);

		EXPECT_EQ(1, self->chain.anchored[i]);
		EXPECT_EQ(0, memcmp(b.root, self->chain.batch[i].root, sizeof(b.root)));
	}
}

#define EXPECT_ALL() expect_all(_metadata, self)

/* ---- the way of a batch ---- */

TEST_F(outbox, a_batch_is_sent_mined_safe_and_final)
{
	add(_metadata, self, 1);
	EXPECT_EQ(1, COUNT(NEW));
	RUN_UNTIL(BUILT, 1);
	EXPECT_EQ(0, self->chain.sends) TH_LOG("its bytes are stored before they are sent");
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt WHERE length(raw) > 200"));
	RUN_UNTIL(SENT, 1);
	RUN_UNTIL(MINED, 1);
	self->chain.safe = self->chain.height;
	RUN_UNTIL(SAFE, 1);
	self->chain.finalized = self->chain.height;
	RUN_UNTIL(FINAL, 1);
	EXPECT_EQ(1, self->chain.sends);
	EXPECT_STREQ("", ovpp_outbox_trouble(self->o));
	EXPECT_ALL();
}

TEST_F(outbox, those_that_wait_go_together)
{
	add(_metadata, self, 250);
	RUN_UNTIL(MINED, 250);
	EXPECT_EQ(3, self->chain.sends) TH_LOG("100, 100 and 50");
	EXPECT_ALL();
}

TEST_F(outbox, where_a_receipt_is_final_it_is_final_at_once)
{
	close_outbox(self);
	self->options.target.network.finality = OVPP_FINALITY_RECEIPT;
	open_outbox(_metadata, self);
	add(_metadata, self, 2);
	RUN_UNTIL(FINAL, 2);
	EXPECT_ALL();
}

TEST_F(outbox, a_batch_added_twice_is_there_once)
{
	struct ovpp_anchor b = batch(0);

	add(_metadata, self, 1);
	memset(b.root, 0x77, sizeof(b.root));
	EXPECT_EQ(0, ovpp_outbox_add(self->sql, &self->options.target, &b));
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* ---- nothing is signed for the wrong one ---- */

TEST_F(outbox, another_chain)
{
	self->chain.chain_id = 1;
	add(_metadata, self, 1);
	RUN_FOR(200000);
	TROUBLE("chain 1, not 31337");
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
	self->chain.chain_id = FAKE_ID;
	RUN_UNTIL(MINED, 1);
}

TEST_F(outbox, another_contract)
{
	close_outbox(self);
	self->options.code[0] ^= 1;
	open_outbox(_metadata, self);
	add(_metadata, self, 1);
	RUN_FOR(200000);
	TROUBLE("the contract at the address is another one");
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
}

TEST_F(outbox, a_mainnet_only_if_that_was_asked_for)
{
	struct ovpp_outbox_options options = self->options;
	struct ovpp_outbox *o;

	options.target.network = *ovpp_network("base");
	EXPECT_EQ(-EPERM, ovpp_outbox_open(self->sql, &options, &o));
	options.target.network = *ovpp_network_of(5042);
	EXPECT_EQ(-EPERM, ovpp_outbox_open(self->sql, &options, &o));
	options.mainnet = true;
	ASSERT_EQ(0, ovpp_outbox_open(self->sql, &options, &o));
	ovpp_outbox_close(o);
}

TEST_F(outbox, somebody_elses_key)
{
	self->chain.head.signer[0] ^= 1;
	add(_metadata, self, 1);
	RUN_UNTIL(HELD, 1);
	TROUBLE("the contract takes batches from 0x");
	EXPECT_EQ(0, self->chain.sends);
	self->chain.head.signer[0] ^= 1;
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* ---- fees ---- */

/* A replacement is taken only where both fees are a tenth above. */
TEST_F(outbox, a_spike_is_followed_by_an_eighth_and_more)
{
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	self->chain.base *= 10;
	RUN_UNTIL(MINED, 1);
	EXPECT_EQ(1, self->chain.replaced);
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM attempt WHERE nonce = 0"));
	EXPECT_EQ(1, NUMBER("SELECT MAX(tip) * 8 >= MIN(tip) * 9 AND MAX(fee) * 8 >= MIN(fee) * 9"
			    " FROM attempt"));
	EXPECT_ALL();
}

TEST_F(outbox, one_that_is_stuck_is_raised_step_by_step)
{
	self->chain.mining = false;
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	RUN_FOR(3 * BUMP + 10 * POLL);
	EXPECT_EQ(4, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_EQ(4, NUMBER("SELECT COUNT(DISTINCT hash) FROM attempt"));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt a JOIN attempt b ON b.id = a.id + 1"
			    " WHERE b.tip * 8 < a.tip * 9 OR b.fee * 8 < a.fee * 9"));
	self->chain.mining = true;
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* Whichever of the attempts is mined: all are asked for. */
TEST_F(outbox, an_older_attempt_is_mined)
{
	self->chain.mining = false;
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	RUN_FOR(2 * BUMP);
	ASSERT_LT(1, self->chain.txs);
	for (size_t i = 0; i < self->chain.txs; i++)
		self->chain.tx[i].dropped = i > 0;
	self->chain.mining = true;
	RUN_UNTIL(MINED, 1);
	EXPECT_EQ(1, self->chain.tx[0].succeeded);
	EXPECT_EQ(1, NUMBER("SELECT cost_gwei > 0 FROM attempt ORDER BY id LIMIT 1"));
	EXPECT_EQ(0, NUMBER("SELECT SUM(cost_gwei) FROM attempt WHERE id > 1"));
	EXPECT_ALL();
}

TEST_F(outbox, fees_below_the_base_fee_are_raised_at_once)
{
	add(_metadata, self, 1);
	RUN_UNTIL(BUILT, 1);
	self->chain.base *= 5;
	RUN_UNTIL(MINED, 1);
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_ALL();
}

TEST_F(outbox, over_the_budget_it_is_held_and_goes_together_later)
{
	self->chain.base = UINT64_C(1000000000000000);
	add(_metadata, self, 3);
	RUN_UNTIL(HELD, 3);
	TROUBLE("over the budget of a batch");
	add(_metadata, self, 4);
	self->chain.base = 1000000000;
	RUN_UNTIL(MINED, 7);
	EXPECT_EQ(1, self->chain.sends);
	EXPECT_ALL();
}

/* The day is the chain's: no clock here gives another budget. */
TEST_F(outbox, the_budget_of_a_day)
{
	close_outbox(self);
	self->options.day_gwei = 150000;
	open_outbox(_metadata, self);
	for (int i = 0; i < 20 && !COUNT(HELD); i++) {
		add(_metadata, self, 1);
		RUN_FOR(60000);
	}
	ASSERT_LT(0, COUNT(HELD));
	TROUBLE("over the budget of the day");
	EXPECT_LT(0, COUNT(MINED));
	EXPECT_GE(150000, NUMBER("SELECT SUM(cost_gwei) FROM attempt"));
	self->chain.time += 86400;
	RUN_UNTIL(HELD, 0);
	RUN_UNTIL(MINED, (int64_t)self->batches);
	EXPECT_ALL();
}

TEST_F(outbox, a_bump_over_the_budget_is_not_made_and_the_transaction_still_counts)
{
	close_outbox(self);
	self->options.batch_gwei = 110000;
	open_outbox(_metadata, self);
	self->chain.mining = false;
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	RUN_FOR(5 * BUMP);
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_EQ(1, COUNT(SENT));
	self->chain.mining = true;
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* ---- nonces ---- */

TEST_F(outbox, a_nonce_is_taken_by_somebody_else)
{
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	self->chain.tx[0].dropped = true;
	fake_foreign(&self->chain);
	RUN_UNTIL(NEW, 1);
	TROUBLE("another transaction of this account took nonce 0");
	RUN_UNTIL(MINED, 1);
	EXPECT_EQ(1, NUMBER("SELECT nonce FROM intent"));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM attempt"))
	TH_LOG("what was sent is known for ever");
	EXPECT_ALL();
}

TEST_F(outbox, a_nonce_was_taken_while_nothing_was_on_its_way)
{
	add(_metadata, self, 1);
	RUN_UNTIL(MINED, 1);
	fake_foreign(&self->chain);
	add(_metadata, self, 1);
	RUN_UNTIL(MINED, 2);
	EXPECT_EQ(2, NUMBER("SELECT MAX(nonce) FROM intent"));
	EXPECT_ALL();
}

/* Another machine with the same ledger and the same key: still once. */
TEST_F(outbox, somebody_else_anchors_the_same_batches)
{
	struct ovpp_anchor b[3];
	struct fake_tx *t;

	add(_metadata, self, 3);
	RUN_UNTIL(SENT, 3);
	self->chain.tx[0].dropped = true;
	fake_foreign(&self->chain);
	t = &self->chain.tx[self->chain.txs - 1];
	t->foreign = false;
	for (uint64_t i = 0; i < 3; i++)
		b[i] = batch(i);
	ASSERT_EQ(0, ovpp_anchor_call(self->chain.gateway, b, 3, &t->raw));
	t->tx.data = t->raw.data;
	t->tx.size = t->raw.size;
	ASSERT_TRUE(fake_execute(&self->chain, t->tx.data, t->tx.size));
	RUN_UNTIL(MINED, 3);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_ALL();
}

TEST_F(outbox, somebody_else_anchors_other_batches)
{
	struct ovpp_anchor b = batch(7);

	add(_metadata, self, 2);
	RUN_UNTIL(MINED, 2);
	add(_metadata, self, 2);
	b.seq = 2;
	ASSERT_EQ(0, ovpp_anchor_accumulate(self->chain.gateway, &b, self->chain.head.acc));
	self->chain.head.next = 3;
	RUN_UNTIL(HELD, 2);
	TROUBLE("other batches before 3 than this ledger");
	RUN_FOR(300000);
	EXPECT_EQ(1, self->chain.sends);
}

TEST_F(outbox, the_chain_has_more_than_the_ledger)
{
	add(_metadata, self, 2);
	RUN_UNTIL(MINED, 2);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "DELETE FROM intent WHERE seq = 1"));
	self->batches = 3;
	add(_metadata, self, 1);
	RUN_UNTIL(HELD, 1);
	TROUBLE("not all of which are here");
}

TEST_F(outbox, a_batch_is_missing_here)
{
	self->batches = 1;
	add(_metadata, self, 1);
	RUN_UNTIL(HELD, 1);
	TROUBLE("batch 0, which the contract waits for, is not here");
	EXPECT_EQ(0, self->chain.sends);
}

TEST_F(outbox, batches_before_the_registration_are_held)
{
	self->chain.head.next = self->chain.genesis.next = 3;
	add(_metadata, self, 5);
	RUN_UNTIL(MINED, 2);
	EXPECT_EQ(3, COUNT(HELD));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM intent WHERE seq < 3 AND state <> 8"));
	EXPECT_EQ(5, self->chain.head.next);
}

TEST_F(outbox, what_an_old_key_has_sent_is_sent_by_the_new_one)
{
	static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[31] = 6};

	self->chain.mining = false;
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	close_outbox(self);
	ovpp_evm_key_free(self->key);
	ASSERT_EQ(0, ovpp_evm_key_new(secret, &self->key));
	self->options.key = self->key;
	open_outbox(_metadata, self);
	self->chain.tx[0].dropped = true;
	memcpy(self->chain.account, ovpp_evm_key_address(self->key), OVPP_ADDRESS_SIZE);
	memcpy(self->chain.head.signer, self->chain.account, OVPP_ADDRESS_SIZE);
	self->chain.mining = true;
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* ---- the contract says no ---- */

TEST_F(outbox, what_the_contract_refuses_is_tried_again)
{
	add(_metadata, self, 1);
	RUN_UNTIL(SENT, 1);
	self->chain.head.signer[0] ^= 1;
	RUN_UNTIL(REVERTED, 1);
	TROUBLE("the contract did not take it");
	self->chain.head.signer[0] ^= 1;
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* ---- clocks ---- */

TEST_F(outbox, a_clock_that_steps_back_or_far_ahead_stops_nothing)
{
	struct ovpp_anchor b[3] = {batch(0), batch(1), batch(2)};

	b[0].t1_ms += UINT64_C(1000) * 86400 * 3650;
	b[0].t0_ms = b[0].t1_ms;
	b[2].t0_ms = b[2].t1_ms = 5;
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, ovpp_outbox_add(self->sql, &self->options.target, &b[i]));
	self->batches = 3;
	RUN_UNTIL(MINED, 3);
	EXPECT_ALL();
	for (int i = 1; i < 3; i++)
		EXPECT_LE(self->chain.batch[i - 1].t1_ms, self->chain.batch[i].t1_ms);
}

/* ---- reorganizations ---- */

TEST_F(outbox, a_block_that_is_gone_is_noticed_and_the_same_bytes_are_sent_again)
{
	add(_metadata, self, 1);
	RUN_UNTIL(MINED, 1);
	self->chain.mining = false;
	fake_reorg(&self->chain, 5, false);
	EXPECT_EQ(0, self->chain.head.next);
	RUN_UNTIL(REORGED, 1);
	RUN_UNTIL(SENT, 1);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt"));
	self->chain.mining = true;
	RUN_UNTIL(MINED, 1);
	self->chain.finalized = self->chain.height;
	RUN_UNTIL(FINAL, 1);
	EXPECT_ALL();
}

TEST_F(outbox, several_blocks_are_gone)
{
	for (int i = 0; i < 4; i++) {
		add(_metadata, self, 1);
		RUN_UNTIL(MINED, i + 1);
	}
	fake_reorg(&self->chain, self->chain.height - 10, false);
	EXPECT_EQ(0, self->chain.head.next);
	self->chain.safe = self->chain.height;
	add(_metadata, self, 1);
	for (int i = 0; i < STEPS && self->chain.head.next < 5; i++)
		step(_metadata, self, NONE);
	self->chain.finalized = UINT64_MAX;
	RUN_UNTIL(FINAL, 5);
	EXPECT_ALL();
}

/* Noticed by nobody before the next batch is sent. */
TEST_F(outbox, blocks_are_gone_and_a_new_batch_follows_at_once)
{
	add(_metadata, self, 1);
	RUN_UNTIL(MINED, 1);
	add(_metadata, self, 1);
	fake_reorg(&self->chain, 5, false);
	RUN_UNTIL(MINED, 2);
	EXPECT_ALL();
}

/* ---- whatever happens, wherever ---- */

/* A new chain and a new ledger. */
static void begin_anew(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	close_outbox(self);
	remove_database(self->path);
	fake_free(&self->chain);
	fake_init(&self->chain, self->options.target.gateway, ovpp_evm_key_address(self->key));
	self->batches = 0;
	open_outbox(_metadata, self);
}

/* At each step in turn, each fault; then all goes well. */
TEST_F(outbox, one_fault_at_any_step)
{
	uint64_t steps = 0;

	add(_metadata, self, 3);
	for (steps = 0; COUNT(MINED) != 3; steps++)
		step(_metadata, self, NONE);
	for (int fault = 1; fault < N_FAULTS; fault++) {
		for (uint64_t at = 0; at < steps; at++) {
			begin_anew(_metadata, self);
			add(_metadata, self, 3);
			for (uint64_t i = 0; i <= at; i++)
				step(_metadata, self, i == at ? fault : NONE);
			RUN_UNTIL(MINED, 3);
			EXPECT_ALL();
			EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt"));
		}
	}
}

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Something happens to the chain, most of the time nothing. */
static void happen(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint32_t *seed)
{
	switch (draw(seed) % 100) {
	case 0 ... 4:
		if (self->batches < 150)
			add(_metadata, self, 1 + draw(seed) % 3);
		break;
	case 5:
		fake_reorg(&self->chain, 1 + draw(seed) % 4, draw(seed) % 2);
		break;
	case 6:
		if (self->chain.txs < FAKE_TXS / 2)
			fake_foreign(&self->chain);
		break;
	case 7:
		self->chain.base = 100000000 + draw(seed) % 20 * UINT64_C(1000000000);
		break;
	case 8:
		self->chain.mining = !self->chain.mining;
		break;
	}
}

/* Everything at once, at random, with batches that keep coming. */
TEST_F(outbox, many_faults_at_random)
{
	const char *other = getenv("SEED");
	uint32_t first = other ? (uint32_t)atoi(other) : 1;

	for (uint32_t i = first; i < first + 5; i++) {
		uint32_t seed = i;

		begin_anew(_metadata, self);
		for (int n = 0; n < 1500; n++) {
			happen(_metadata, self, &seed);
			step(_metadata, self, draw(&seed) % 4 ? NONE : draw(&seed) % N_FAULTS);
		}
		self->chain.mining = true;
		for (int n = 0; n < STEPS && self->chain.head.next < self->batches; n++)
			step(_metadata, self, NONE);
		self->chain.finalized = UINT64_MAX;
		RUN_UNTIL(FINAL, (int64_t)self->batches);
		EXPECT_ALL();
	}
}

/* Nothing can be written: nothing is sent that is not stored, and it goes on later. */
TEST_F(outbox, a_full_disk)
{
	struct ovpp_eth_answer a;
	struct ovpp_eth_request req;
	uint64_t wake;
	int failed = 0;

	add(_metadata, self, 1);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA wal_checkpoint(TRUNCATE)"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA max_page_count = 1"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql,
				   "CREATE TEMP TRIGGER full BEFORE INSERT ON main.attempt BEGIN"
				   " SELECT RAISE(ABORT, 'full'); END"));
	for (int i = 0; i < 200; i++) {
		int ret = ovpp_outbox_next(self->o, self->now, &req, &wake);

		ASSERT_LE(0, ret);
		if (!ret) {
			pass(self, wake);
			continue;
		}
		a = (struct ovpp_eth_answer){0};
		fake_answer(&self->chain, &req, &a);
		failed += ovpp_outbox_answer(self->o, self->now, &a) < 0;
		ovpp_eth_answer_free(&a);
		self->now += 50;
	}
	EXPECT_LT(1, failed);
	TROUBLE("the database");
	EXPECT_EQ(0, self->chain.sends);
	EXPECT_EQ(1, COUNT(NEW));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "DROP TRIGGER full"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA max_page_count = 1000000"));
	RUN_UNTIL(MINED, 1);
	EXPECT_ALL();
}

/* ---- status, networks ---- */

TEST_F(outbox, status)
{
	json_t *status, *states;

	self->chain.head.signer[0] ^= 1;
	add(_metadata, self, 2);
	RUN_UNTIL(HELD, 2);
	status = ovpp_outbox_status(self->sql, &self->options.target);
	states = json_object_get(status, "states");
	EXPECT_EQ(2, json_integer_value(json_object_get(states, "HELD")));
	EXPECT_EQ(0, json_integer_value(json_object_get(states, "FINAL")));
	EXPECT_NE(NULL,
		  strstr(json_string_value(json_object_get(status, "held")), "takes batches"));
	EXPECT_STREQ("anvil", json_string_value(json_object_get(status, "network")));
	json_decref(status);
}

TEST(networks)
{
	EXPECT_EQ(8453, ovpp_network("base")->chain_id);
	EXPECT_EQ(OVPP_FINALITY_TAG, ovpp_network("base")->finality);
	EXPECT_EQ(OVPP_FINALITY_RECEIPT, ovpp_network("arc")->finality);
	EXPECT_TRUE(ovpp_network("base")->mainnet);
	EXPECT_TRUE(ovpp_network("arc")->mainnet);
	EXPECT_FALSE(ovpp_network_of(84532)->mainnet);
	EXPECT_FALSE(ovpp_network_of(5042002)->mainnet);
	EXPECT_EQ(NULL, ovpp_network("ethereum"));
	EXPECT_EQ(NULL, ovpp_network_of(1));
}

TEST_HARNESS_MAIN
