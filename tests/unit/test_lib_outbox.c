// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/outbox*.c, anchor.c, network.c: each batch gets on the chain once, whatever happens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "outbox_fixture.h"

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

/* The ledger was restored from a copy that had not anchored anything. */
TEST_F(outbox, a_copy_of_the_ledger_has_anchored_the_first_batches)
{
	add(_metadata, self, 3);
	RUN_UNTIL(MINED, 3);
	close_outbox(self);
	remove_database(self->path);
	open_outbox(_metadata, self);
	self->batches = 0;
	add(_metadata, self, 5);
	RUN_UNTIL(MINED, 5);
	EXPECT_EQ(2, self->chain.sends);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_ALL();
}

TEST_F(outbox, another_ledger_has_anchored_the_first_batches)
{
	struct ovpp_anchor b = batch(7);

	b.seq = 0;
	ASSERT_EQ(0, ovpp_anchor_accumulate(self->chain.gateway, &b, self->chain.head.acc));
	self->chain.head.next = 1;
	add(_metadata, self, 3);
	RUN_UNTIL(MINED, 2);
	EXPECT_EQ(1, NUMBER("SELECT state = 8 FROM intent WHERE seq = 0"));
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

/* At each step in turn, each fault; then all goes well. */
TEST_F_TIMEOUT(outbox, one_fault_at_any_step, 300)
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
TEST_F_TIMEOUT(outbox, many_faults_at_random, 300)
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
