// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/outbox_call.c and what makes calls: each is made once, whatever happens. */
#include <errno.h>

#include "kselftest_harness.h"

#include "outbox_fixture.h"

#include "outbox_call.h"

/* A call of the counting contract with this number. */
static int64_t call_with(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self,
			 uint8_t number, uint64_t code, uint64_t value)
{
	uint8_t data[] = {number, 2, 3, 4};
	struct ovpp_outbox_call call = {
		.value = ovpp_u256(value),
		.data = data,
		.size = sizeof(data),
		.what = "count",
	};
	int64_t id = 0;

	memcpy(call.to, fake_counter, sizeof(call.to));
	memset(call.code, (int)code, sizeof(call.code));
	EXPECT_EQ(0, ovpp_outbox_call_add(self->sql, FAKE_ID, ovpp_evm_key_address(self->key),
					  &call, &id));
	return id;
}

#define CALL(number) call_with(_metadata, self, number, FAKE_COUNTER_CODE, 0)

/* Money for an account. */
static int64_t pay(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t wei)
{
	struct ovpp_outbox_call call = {
		.to = {0xdd, 1},
		.value = ovpp_u256(wei),
		.what = "pay",
	};
	int64_t id = 0;

	EXPECT_EQ(0, ovpp_outbox_call_add(self->sql, FAKE_ID, ovpp_evm_key_address(self->key),
					  &call, &id));
	return id;
}

static struct ovpp_outbox_call_result get(struct __test_metadata *_metadata,
					  FIXTURE_DATA(outbox) * self, int64_t id)
{
	struct ovpp_outbox_call_result r = {0};

	EXPECT_EQ(0, ovpp_outbox_call_get(self->sql, id, &r));
	return r;
}

#define GET(id) get(_metadata, self, id)
#define WHY(id, text)                              \
	EXPECT_NE(NULL, strstr(GET(id).why, text)) \
	{                                          \
		TH_LOG("why: '%s'", GET(id).why);  \
	}

static void call_until(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, int64_t id,
		       enum ovpp_outbox_state state)
{
	for (int i = 0; GET(id).state != state; i++) {
		ASSERT_LT(i, STEPS)
		{
			TH_LOG("call %lld is %s, not %s: %s; trouble: %s", (long long)id,
			       ovpp_outbox_state_name(GET(id).state), ovpp_outbox_state_name(state),
			       GET(id).why, ovpp_outbox_trouble(self->o));
		}
		step(_metadata, self, NONE);
	}
}

#define CALL_UNTIL(id, state) call_until(_metadata, self, id, OVPP_OUTBOX_##state)

/* An outbox of calls only. */
static void without_target(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	memset(self->options.target.gateway, 0, sizeof(self->options.target.gateway));
	begin_anew(_metadata, self);
}

#define WITHOUT_TARGET() without_target(_metadata, self)

/* ---- the way of a call ---- */

TEST_F(outbox, a_call_goes_before_batches_that_wait)
{
	struct ovpp_outbox_call_result r;
	int64_t id;

	add(_metadata, self, 3);
	id = CALL(7);
	EXPECT_EQ(OVPP_OUTBOX_NEW, GET(id).state);
	CALL_UNTIL(id, BUILT);
	EXPECT_EQ(0, self->chain.sends) TH_LOG("its bytes are stored before they are sent");
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt WHERE call = 1 AND nonce = 0"));
	CALL_UNTIL(id, SENT);
	r = GET(id);
	EXPECT_EQ(0, memcmp(r.tx, self->chain.tx[0].hash, sizeof(r.tx)));
	EXPECT_EQ(3, COUNT(NEW));
	CALL_UNTIL(id, MINED);
	r = GET(id);
	EXPECT_EQ(self->chain.tx[0].block, r.block);
	EXPECT_EQ(0, memcmp(r.tx, self->chain.tx[0].hash, sizeof(r.tx)));
	EXPECT_EQ(FAKE_GAS, r.gas);
	EXPECT_EQ(FAKE_GAS, r.cost_gwei) TH_LOG("at 1 gwei");
	EXPECT_STREQ("", r.why);
	RUN_UNTIL(MINED, 3);
	EXPECT_EQ(1, NUMBER("SELECT MIN(nonce) FROM intent"));
	self->chain.safe = self->chain.height;
	CALL_UNTIL(id, SAFE);
	self->chain.finalized = self->chain.height;
	CALL_UNTIL(id, FINAL);
	RUN_UNTIL(FINAL, 3);
	EXPECT_EQ(1, self->chain.made[7]);
	EXPECT_STREQ("", ovpp_outbox_trouble(self->o));
	EXPECT_ALL();
}

TEST_F(outbox, an_outbox_without_a_target_makes_calls)
{
	int64_t id[3];

	WITHOUT_TARGET();
	for (int i = 0; i < 3; i++)
		id[i] = CALL((uint8_t)i);
	CALL_UNTIL(id[2], MINED);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(OVPP_OUTBOX_MINED, GET(id[i]).state);
		EXPECT_EQ(1, self->chain.made[i]);
		EXPECT_EQ((uint64_t)i, self->chain.tx[i].tx.nonce) TH_LOG("in their order");
	}
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM target"));
	self->chain.finalized = self->chain.height;
	CALL_UNTIL(id[2], FINAL);
}

TEST_F(outbox, where_a_receipt_is_final_a_call_is_final_at_once)
{
	int64_t id;

	close_outbox(self);
	self->options.target.network.finality = OVPP_FINALITY_RECEIPT;
	open_outbox(_metadata, self);
	id = CALL(1);
	CALL_UNTIL(id, FINAL);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_NE(0, GET(id).block);
}

TEST_F(outbox, money_goes_to_an_account)
{
	int64_t id = pay(_metadata, self, 12345);

	CALL_UNTIL(id, MINED);
	EXPECT_EQ(12345, self->chain.paid);
}

TEST_F(outbox, a_call_of_another_account_is_not_made)
{
	static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[31] = 6};
	struct ovpp_evm_key *own = self->key;
	int64_t id;

	ASSERT_EQ(0, ovpp_evm_key_new(secret, &self->key));
	id = CALL(1);
	ovpp_evm_key_free(self->key);
	self->key = own;
	RUN_FOR(100000);
	EXPECT_EQ(OVPP_OUTBOX_NEW, GET(id).state);
	EXPECT_EQ(0, self->chain.sends);
}

TEST_F(outbox, status_counts_calls)
{
	json_t *status;

	CALL(1);
	CALL(2);
	CALL_UNTIL(1, MINED);
	status = ovpp_outbox_status(self->sql, &self->options.target);
	EXPECT_EQ(1, json_integer_value(json_object_get(status, "calls")));
	json_decref(status);
}

/* ---- nothing is signed for the wrong one ---- */

TEST_F(outbox, a_call_of_another_contract_is_held)
{
	int64_t id = call_with(_metadata, self, 1, 0x11, 0);

	CALL_UNTIL(id, HELD);
	WHY(id, "is another contract than the one that is meant");
	TROUBLE("is another contract");
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
}

TEST_F(outbox, an_account_that_is_a_contract_is_held)
{
	int64_t id = call_with(_metadata, self, 1, 0, 5);

	CALL_UNTIL(id, HELD);
	WHY(id, "is a contract, not an account");
}

TEST_F(outbox, a_contract_that_is_not_there_is_held)
{
	int64_t id = pay(_metadata, self, 1);

	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "UPDATE call SET code = randomblob(32)"));
	CALL_UNTIL(id, HELD);
	WHY(id, "is no contract");
	EXPECT_EQ(0, self->chain.paid);
}

/* What is held is looked at again, and stands in nobody's way. */
TEST_F(outbox, a_call_that_is_held_goes_on_when_it_can)
{
	int64_t held[2] = {call_with(_metadata, self, 1, 0x11, 0),
			   call_with(_metadata, self, 2, 0x11, 0)},
		id = CALL(3);

	add(_metadata, self, 1);
	CALL_UNTIL(id, MINED);
	RUN_UNTIL(MINED, 1);
	EXPECT_EQ(OVPP_OUTBOX_HELD, GET(held[0]).state);
	EXPECT_EQ(OVPP_OUTBOX_HELD, GET(held[1]).state);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "UPDATE call SET code = (SELECT code FROM call WHERE"
					      " id = 3) WHERE id = 2"));
	CALL_UNTIL(held[1], MINED);
	EXPECT_EQ(OVPP_OUTBOX_HELD, GET(held[0]).state);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "UPDATE call SET code = (SELECT code FROM call WHERE"
					      " id = 3) WHERE id = 1"));
	CALL_UNTIL(held[0], MINED);
	EXPECT_EQ(1, self->chain.made[1] * self->chain.made[2] * self->chain.made[3]);
}

/* The target's contract is looked at for batches only. */
TEST_F(outbox, calls_are_made_where_batches_cannot_be)
{
	int64_t id;

	close_outbox(self);
	self->options.code[0] ^= 1;
	open_outbox(_metadata, self);
	add(_metadata, self, 1);
	id = CALL(1);
	CALL_UNTIL(id, MINED);
	RUN_FOR(200000);
	EXPECT_EQ(1, self->chain.sends);
	EXPECT_EQ(1, COUNT(NEW));
}

/* Batches of a target that is not there any more are in nobody's way, and not lost. */
TEST_F(outbox, calls_are_made_after_batches_of_another_target)
{
	uint8_t gateway[32];
	int64_t id;

	add(_metadata, self, 2);
	RUN_UNTIL(SENT, 2);
	close_outbox(self);
	memcpy(gateway, self->options.target.gateway, sizeof(gateway));
	memset(self->options.target.gateway, 0, sizeof(gateway));
	open_outbox(_metadata, self);
	id = CALL(1);
	CALL_UNTIL(id, MINED);
	EXPECT_EQ(2, COUNT(NEW));
	EXPECT_EQ(1, self->chain.made[1]);
	close_outbox(self);
	memcpy(self->options.target.gateway, gateway, sizeof(gateway));
	open_outbox(_metadata, self);
	RUN_UNTIL(MINED, 2);
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_ALL();
}

TEST_F(outbox, a_call_on_another_chain)
{
	int64_t id;

	WITHOUT_TARGET();
	self->chain.chain_id = 1;
	id = CALL(1);
	RUN_FOR(200000);
	TROUBLE("chain 1, not 31337");
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
	self->chain.chain_id = FAKE_ID;
	CALL_UNTIL(id, MINED);
}

/* ---- the contract says no ---- */

static void refuse(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self,
		   const char *signature, const struct ovpp_abi *v, size_t n)
{
	self->chain.reason.size = 0;
	ASSERT_EQ(0, ovpp_abi_encode_call(signature, v, n, &self->chain.reason));
}

TEST_F(outbox, what_a_contract_would_refuse_is_not_sent)
{
	struct ovpp_abi text = ovpp_abi_bytes("not \x01you", 8), number = ovpp_abi_uint(0x11);
	int64_t id[4];

	refuse(_metadata, self, "Error(string)", &text, 1);
	id[0] = CALL(1);
	CALL_UNTIL(id[0], REVERTED);
	EXPECT_STREQ("not ?you", GET(id[0]).why);
	refuse(_metadata, self, "Panic(uint256)", &number, 1);
	id[1] = CALL(2);
	CALL_UNTIL(id[1], REVERTED);
	EXPECT_STREQ("panic 0x11", GET(id[1]).why);
	/* keccak256("Unauthorized()"), as every tool has it */
	refuse(_metadata, self, "Unauthorized()", NULL, 0);
	id[2] = CALL(3);
	CALL_UNTIL(id[2], REVERTED);
	EXPECT_STREQ("error 0x82b42900", GET(id[2]).why);
	self->chain.reason.size = 0;
	self->chain.refuses = true;
	id[3] = CALL(4);
	CALL_UNTIL(id[3], REVERTED);
	EXPECT_STREQ("execution reverted", GET(id[3]).why);
	self->chain.refuses = false;
	RUN_FOR(200000);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(OVPP_OUTBOX_REVERTED, GET(id[i]).state) TH_LOG("for good");
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
	EXPECT_EQ(0, GET(id[0]).block);
}

TEST_F(outbox, what_a_contract_refuses_is_paid_once)
{
	int64_t id = CALL(1);

	self->chain.fails = true;
	CALL_UNTIL(id, REVERTED);
	EXPECT_EQ(FAKE_GAS, GET(id).gas);
	EXPECT_EQ(self->chain.tx[0].block, GET(id).block);
	WHY(id, "its transaction was reverted");
	self->chain.fails = false;
	self->chain.finalized = UINT64_MAX;
	RUN_FOR(300000);
	EXPECT_EQ(OVPP_OUTBOX_REVERTED, GET(id).state);
	EXPECT_EQ(1, self->chain.sends);
	EXPECT_EQ(0, self->chain.made[1]);
	EXPECT_NE(0, GET(id).block);
	add(_metadata, self, 1);
	RUN_UNTIL(FINAL, 1);
}

/* ---- taken back ---- */

TEST_F(outbox, a_call_that_was_not_sent_is_taken_back)
{
	struct ovpp_outbox_call_result r;
	int64_t id = CALL(1), held = call_with(_metadata, self, 2, 0x11, 0);

	EXPECT_EQ(-ENOENT, ovpp_outbox_call_cancel(self->sql, 99));
	EXPECT_EQ(-ENOENT, ovpp_outbox_call_get(self->sql, 99, &r));
	EXPECT_EQ(0, ovpp_outbox_call_cancel(self->sql, id));
	EXPECT_EQ(-ENOENT, ovpp_outbox_call_get(self->sql, id, &r));
	CALL_UNTIL(held, HELD);
	EXPECT_EQ(0, ovpp_outbox_call_cancel(self->sql, held));
	RUN_FOR(200000);
	EXPECT_EQ(0, self->chain.sends);
	EXPECT_STREQ("", ovpp_outbox_trouble(self->o));
	EXPECT_LT(held, CALL(3)) TH_LOG("a number is used once");
}

/* At each step: it is taken back and nothing is sent, or it is not and is made. */
TEST_F(outbox, a_call_is_taken_back_at_any_step)
{
	int busy = 0, gone = 0;

	for (int at = 0; at < 20; at++) {
		int64_t id;
		int ret;

		begin_anew(_metadata, self);
		id = CALL(1);
		for (int i = 0; i < at; i++)
			step(_metadata, self, NONE);
		ret = ovpp_outbox_call_cancel(self->sql, id);
		RUN_FOR(20000);
		EXPECT_EQ(ret ? 1 : 0, self->chain.made[1]);
		EXPECT_EQ(ret ? 1 : 0, NUMBER("SELECT COUNT(*) FROM attempt"));
		busy += ret == -EBUSY;
		gone += !ret;
	}
	EXPECT_LT(5, gone);
	EXPECT_LT(5, busy);
	EXPECT_EQ(20, gone + busy);
}

/* ---- money ---- */

TEST_F(outbox, the_budget_of_a_day_is_for_calls_too)
{
	int64_t id[2];

	close_outbox(self);
	self->options.batch_gwei = 1;
	self->options.day_gwei = 100000;
	open_outbox(_metadata, self);
	id[0] = CALL(1);
	CALL_UNTIL(id[0], MINED);
	EXPECT_EQ(1, self->chain.made[1]) TH_LOG("that of a batch is not");
	id[1] = CALL(2);
	CALL_UNTIL(id[1], HELD);
	WHY(id[1], "over the budget of the day");
	self->chain.time += 86400;
	CALL_UNTIL(id[1], MINED);
}

TEST_F(outbox, without_money_nothing_is_signed)
{
	int64_t id = call_with(_metadata, self, 1, FAKE_COUNTER_CODE, 5000000000);

	self->chain.balance = ovpp_u256(5000000000);
	CALL_UNTIL(id, HELD);
	WHY(id, "has too little ETH");
	WHY(id, "5 there");
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
	ovpp_u256_mul(&self->chain.balance, 1000000000);
	CALL_UNTIL(id, MINED);
	EXPECT_EQ(5000000000, self->chain.tx[0].tx.value.w[0]);
}

TEST_F(outbox, a_call_that_is_stuck_is_raised)
{
	struct ovpp_outbox_call_result r;
	int64_t id = CALL(1);

	self->chain.mining = false;
	CALL_UNTIL(id, SENT);
	RUN_FOR(2 * BUMP + 10 * POLL);
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM attempt WHERE call = 1"));
	r = GET(id);
	EXPECT_EQ(0, memcmp(r.tx, self->chain.tx[2].hash, sizeof(r.tx))) TH_LOG("the newest");
	for (size_t i = 0; i < self->chain.txs; i++)
		self->chain.tx[i].dropped = i > 0;
	self->chain.mining = true;
	CALL_UNTIL(id, MINED);
	r = GET(id);
	EXPECT_EQ(0, memcmp(r.tx, self->chain.tx[0].hash, sizeof(r.tx)))
	TH_LOG("the one that was mined");
	EXPECT_EQ(1, self->chain.made[1]);
}

TEST_F(outbox, a_call_says_why_it_does_not_get_on)
{
	int64_t id;

	close_outbox(self);
	self->options.day_gwei = 110000;
	open_outbox(_metadata, self);
	self->chain.mining = false;
	id = CALL(1);
	CALL_UNTIL(id, SENT);
	RUN_FOR(5 * BUMP);
	WHY(id, "over the budget of the day");
	self->chain.mining = true;
	CALL_UNTIL(id, MINED);
	EXPECT_STREQ("", GET(id).why);
}

/* ---- nonces ---- */

TEST_F(outbox, a_call_whose_nonce_was_taken_is_made_once)
{
	int64_t id = CALL(1);

	CALL_UNTIL(id, SENT);
	self->chain.tx[0].dropped = true;
	fake_foreign(&self->chain);
	CALL_UNTIL(id, NEW);
	WHY(id, "another transaction of this account took nonce 0");
	CALL_UNTIL(id, MINED);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, NUMBER("SELECT nonce FROM call"));
}

/* It says that the nonce is used, and for a while not by what. */
TEST_F(outbox, a_node_that_is_behind_does_not_make_it_twice)
{
	int64_t id = CALL(1);

	CALL_UNTIL(id, SENT);
	self->chain.blind = true;
	RUN_FOR(BUMP + SETTLE / 2);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(OVPP_OUTBOX_SENT, GET(id).state);
	self->chain.blind = false;
	CALL_UNTIL(id, MINED);
	RUN_FOR(200000);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, self->chain.sends);
}

/* ---- reorganizations ---- */

TEST_F(outbox, a_call_whose_block_is_gone_is_sent_again_as_it_is)
{
	int64_t id = CALL(1);

	CALL_UNTIL(id, MINED);
	self->chain.mining = false;
	fake_reorg(&self->chain, 5, false);
	EXPECT_EQ(0, self->chain.made[1]);
	CALL_UNTIL(id, REORGED);
	EXPECT_EQ(0, GET(id).block);
	CALL_UNTIL(id, SENT);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt"));
	self->chain.mining = true;
	CALL_UNTIL(id, MINED);
	self->chain.finalized = UINT64_MAX;
	CALL_UNTIL(id, FINAL);
	EXPECT_EQ(1, self->chain.made[1]);
}

TEST_F(outbox, a_call_whose_block_is_gone_and_whose_nonce_is_taken_then)
{
	int64_t id = CALL(1);

	CALL_UNTIL(id, MINED);
	fake_reorg(&self->chain, 5, false);
	fake_foreign(&self->chain);
	CALL_UNTIL(id, NEW);
	CALL_UNTIL(id, MINED);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, NUMBER("SELECT nonce FROM call"));
}

/* A later block of the new chain does not vouch for a call of the old one. */
TEST_F(outbox, a_call_is_known_by_its_own_block)
{
	int64_t id = CALL(1), next;

	CALL_UNTIL(id, MINED);
	fake_reorg(&self->chain, 5, false);
	fake_foreign(&self->chain);
	next = CALL(2);
	CALL_UNTIL(next, MINED);
	self->chain.finalized = UINT64_MAX;
	CALL_UNTIL(next, FINAL);
	CALL_UNTIL(id, FINAL);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, self->chain.made[2]);
}

/* Its bytes may be mined again all the same: what is said is what is on the chain. */
TEST_F(outbox, the_block_of_a_refused_call_is_gone)
{
	int64_t id = CALL(1);

	self->chain.fails = true;
	CALL_UNTIL(id, REVERTED);
	self->chain.fails = false;
	fake_reorg(&self->chain, 5, true);
	CALL_UNTIL(id, MINED);
	self->chain.finalized = UINT64_MAX;
	CALL_UNTIL(id, FINAL);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_STREQ("", GET(id).why);
}

/* What had the nonce before it was somebody else's, and is gone. */
TEST_F(outbox, a_nonce_before_a_call_is_free_again)
{
	int64_t id;

	fake_foreign(&self->chain);
	fake_mine(&self->chain);
	id = CALL(1);
	self->chain.mining = false;
	CALL_UNTIL(id, SENT);
	EXPECT_EQ(1, NUMBER("SELECT nonce FROM call"));
	fake_reorg(&self->chain, 5, false);
	EXPECT_EQ(0, self->chain.nonce);
	self->chain.mining = true;
	CALL_UNTIL(id, MINED);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, NUMBER("SELECT nonce FROM call"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt WHERE call IS NULL AND nonce = 0"));
}

/* Its first bytes could be mined again: they are what is sent, not a second transaction. */
TEST_F(outbox, a_nonce_that_was_taken_is_free_again)
{
	int64_t id = CALL(1);

	CALL_UNTIL(id, SENT);
	self->chain.tx[0].dropped = true;
	fake_foreign(&self->chain);
	CALL_UNTIL(id, NEW);
	fake_reorg(&self->chain, self->chain.height - 10, false);
	self->chain.tx[0].dropped = false;
	CALL_UNTIL(id, MINED);
	RUN_FOR(200000);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM attempt"));
}

/* ---- whatever happens, wherever ---- */

static int64_t mined(FIXTURE_DATA(outbox) * self)
{
	return COUNT(MINED) + NUMBER("SELECT COUNT(*) FROM call WHERE state = 3");
}

/* At each step in turn, each fault; then all goes well. */
TEST_F_TIMEOUT(outbox, one_fault_at_any_step_of_a_call, 300)
{
	uint64_t steps;

	add(_metadata, self, 1);
	CALL(1);
	CALL(2);
	for (steps = 0; mined(self) != 3; steps++)
		step(_metadata, self, NONE);
	for (int fault = 1; fault < N_FAULTS; fault++) {
		for (uint64_t at = 0; at < steps; at++) {
			begin_anew(_metadata, self);
			add(_metadata, self, 1);
			CALL(1);
			CALL(2);
			for (uint64_t i = 0; i <= at; i++)
				step(_metadata, self, i == at ? fault : NONE);
			for (int i = 0; i < STEPS && mined(self) != 3; i++)
				step(_metadata, self, NONE);
			EXPECT_EQ(1, self->chain.made[1]);
			EXPECT_EQ(1, self->chain.made[2]);
			EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM attempt"));
			EXPECT_ALL();
		}
	}
}

static void happen(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint32_t *seed,
		   uint8_t *calls)
{
	switch (draw(seed) % 100) {
	case 0 ... 2:
		if (self->batches < 100)
			add(_metadata, self, 1 + draw(seed) % 3);
		break;
	case 3 ... 5:
		if (*calls < 60)
			CALL((*calls)++);
		break;
	case 6:
		fake_reorg(&self->chain, 1 + draw(seed) % 4, draw(seed) % 2);
		break;
	case 7:
		if (self->chain.txs < FAKE_TXS / 2)
			fake_foreign(&self->chain);
		break;
	case 8:
		self->chain.base = 100000000 + draw(seed) % 20 * UINT64_C(1000000000);
		break;
	case 9:
		self->chain.mining = !self->chain.mining;
		break;
	}
}

/* Everything at once, at random, with batches and calls that keep coming. */
TEST_F_TIMEOUT(outbox, many_faults_of_calls_at_random, 300)
{
	const char *other = getenv("SEED");
	uint32_t first = other ? (uint32_t)atoi(other) : 1;

	for (uint32_t i = first; i < first + 5; i++) {
		uint32_t seed = i;
		uint8_t calls = 0;

		begin_anew(_metadata, self);
		for (int n = 0; n < 1500; n++) {
			happen(_metadata, self, &seed, &calls);
			step(_metadata, self, draw(&seed) % 4 ? NONE : draw(&seed) % N_FAULTS);
		}
		self->chain.mining = true;
		self->chain.base = 1000000000;
		self->chain.finalized = UINT64_MAX;
		for (int n = 0;
		     n < 2 * STEPS && NUMBER("SELECT COUNT(*) FROM call WHERE state <> 5"); n++)
			step(_metadata, self, NONE);
		RUN_UNTIL(FINAL, (int64_t)self->batches);
		ASSERT_LT(10, calls);
		for (uint8_t n = 0; n < calls; n++) {
			EXPECT_EQ(1, self->chain.made[n]) TH_LOG("seed %u, call %u", i, n);
		}
		EXPECT_ALL();
	}
}

/* Nothing can be written: nothing is sent that is not stored, and it goes on later. */
TEST_F(outbox, a_full_disk_and_a_call)
{
	struct ovpp_eth_answer a;
	struct ovpp_eth_request req;
	uint64_t wake;
	int64_t id = CALL(1);
	int failed = 0;

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
		if (ovpp_outbox_answer(self->o, self->now, &a) < 0) {
			TROUBLE("the database");
			failed++;
		}
		ovpp_eth_answer_free(&a);
		self->now += 50;
	}
	EXPECT_LT(1, failed);
	EXPECT_EQ(0, self->chain.sends);
	EXPECT_EQ(OVPP_OUTBOX_NEW, GET(id).state);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "DROP TRIGGER full"));
	CALL_UNTIL(id, MINED);
	EXPECT_EQ(1, self->chain.made[1]);
	EXPECT_EQ(1, self->chain.sends);
}

TEST_HARNESS_MAIN
