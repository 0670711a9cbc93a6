// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/chain_rewards.c: epochs, claims and payments, from their events. */
#include "kselftest_harness.h"

#include <errno.h>

#include "chain_made.h"
#include "chain_rewards.h"
#include "keccak.h"

FIXTURE(rewards)
{
	struct ovpp_chain_rewards x;
	struct ovpp_reward reward;
	struct ovpp_chain_fault f;
	uint64_t block;
};

typedef struct _test_data_rewards fixture;

FIXTURE_SETUP(rewards)
{
	struct ovpp_epoch *e = &self->reward.epoch;

	self->reward.number = 1;
	/* Accounts 1 and 2 have earned 10 and 20. */
	e->account = calloc(2, sizeof(*e->account));
	MUST(e->account);
	e->n_accounts = 2;
	for (size_t i = 0; i < 2; i++) {
		e->account[i].account[0] = (uint8_t)(1 + i);
		e->account[i].total = 10 + 10 * i;
	}
	ovpp_score_params_default(&e->params);
	self->x.evidence[0] = 7;
	self->x.reward = &self->reward;
}

FIXTURE_TEARDOWN(rewards)
{
	ovpp_chain_rewards_free(&self->x);
	free(self->reward.epoch.account);
}

static int pays(fixture *self, enum ovpp_chain_event_kind kind, const struct ovpp_abi *v,
		size_t topics, size_t n, const char *type)
{
	self->f = (struct ovpp_chain_fault){0};
	return ovpp_chain_rewards_take(
		&self->x, make_event(&self->block, kind, v, topics, n, type, &self->x.events),
		&self->f);
}

static int money(fixture *self, enum ovpp_chain_event_kind kind, uint8_t who, uint64_t sum)
{
	const ovpp_address account = {who};
	const struct ovpp_abi v[] = {ovpp_abi_address(account), ovpp_abi_uint(sum)};

	return pays(self, kind, v, 1, 2, "(uint256)");
}

/* Of the claim before, in the same transaction. */
static int tokens(fixture *self, uint8_t to, uint64_t sum, bool same_tx)
{
	const ovpp_address from = {0xcc}, account = {to};
	const struct ovpp_abi v[] = {ovpp_abi_address(from), ovpp_abi_address(account),
				     ovpp_abi_uint(sum)};
	struct ovpp_chain_event *e =
		make_event(&self->block, OVPP_CHAIN_TOKENS, v, 2, 3, "(uint256)", &self->x.events);

	if (same_tx)
		e->tx[0]--;
	self->f = (struct ovpp_chain_fault){0};
	return ovpp_chain_rewards_take(&self->x, e, &self->f);
}

/* The id is that of the contract, of the proposal @number. */
static struct ovpp_abi proposal(const struct ovpp_abi *v, uint64_t number)
{
	const struct ovpp_abi all[] = {ovpp_abi_uint(number), v[0], v[3], v[4], v[5], v[6]};
	struct ovpp_buffer words = {0};
	ovpp_hash id;

	MUST(!ovpp_abi_encode("(uint64,uint48,bytes32,uint128,bytes32,bytes32)", all, 6, &words));
	ovpp_keccak256(words.data, words.size, id);
	ovpp_buffer_free(&words);
	return ovpp_abi_word(id);
}

static int proposed(fixture *self, uint64_t epoch, uint64_t total, struct ovpp_abi *id)
{
	struct ovpp_epoch *e = &self->reward.epoch;
	ovpp_hash root, params;
	struct ovpp_abi v[] = {
		ovpp_abi_uint(epoch), ovpp_abi_uint(0), ovpp_abi_uint(0xb1), ovpp_abi_uint(0),
		ovpp_abi_uint(total), ovpp_abi_uint(0), ovpp_abi_uint(0),    ovpp_abi_uint(99),
	};

	MUST(!ovpp_epoch_root(e, &self->reward.contract, root));
	ovpp_score_params_hash(&e->params, params);
	v[3] = ovpp_abi_word(root);
	v[5] = ovpp_abi_word(self->x.evidence);
	v[6] = ovpp_abi_word(params);
	*id = proposal(v, self->x.proposals + 1);
	v[1] = *id;
	return pays(self, OVPP_CHAIN_PROPOSED, v, 3, 8, "(bytes32,uint256,bytes32,bytes32,uint48)");
}

static int finalized(fixture *self, uint64_t epoch, const struct ovpp_abi *id, uint64_t total)
{
	ovpp_hash root;
	struct ovpp_abi v[] = {ovpp_abi_uint(epoch), *id, ovpp_abi_uint(0), ovpp_abi_uint(total)};

	MUST(!ovpp_epoch_root(&self->reward.epoch, &self->reward.contract, root));
	v[2] = ovpp_abi_word(root);
	return pays(self, OVPP_CHAIN_EPOCH_FINAL, v, 2, 4, "(bytes32,uint256)");
}

static int ended(fixture *self, enum ovpp_chain_event_kind kind, const struct ovpp_abi *id)
{
	const struct ovpp_abi v[] = {ovpp_abi_uint(1), *id, ovpp_abi_uint(0xb1), ovpp_abi_uint(50)};

	return kind == OVPP_CHAIN_VETOED ? pays(self, kind, v, 3, 4, "(uint256)")
					 : pays(self, kind, v, 2, 2, NULL);
}

static int end(fixture *self)
{
	self->f = (struct ovpp_chain_fault){0};
	return ovpp_chain_rewards_end(&self->x, &self->f);
}

TEST_F(rewards, reward_is_proposed_final_and_paid)
{
	struct ovpp_abi id;

	ASSERT_EQ(money(self, OVPP_CHAIN_FUNDED, 5, 100), 0);
	EXPECT_NO(end(self), "nobody has proposed epoch 1");
	ASSERT_EQ(proposed(self, 1, 30, &id), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(end(self), 0) TH_LOG("%s", self->f.text);
	ASSERT_EQ(finalized(self, 1, &id, 30), 0) TH_LOG("%s", self->f.text);
	ASSERT_EQ(money(self, OVPP_CHAIN_CLAIMED, 2, 20), 0);
	EXPECT_NO(end(self), "not paid");
	ASSERT_EQ(tokens(self, 2, 20, true), 0) TH_LOG("%s", self->f.text);
	EXPECT_EQ(end(self), 0);
	EXPECT_EQ((uint64_t)self->x.paid, 20);
	EXPECT_EQ(self->x.claims, 1);
	EXPECT_NE(self->x.finalized, NULL);
}

TEST_F(rewards, proposal_is_of_the_epoch_that_was_computed)
{
	struct ovpp_abi id;

	ASSERT_EQ(money(self, OVPP_CHAIN_FUNDED, 5, 100), 0);
	ASSERT_EQ(proposed(self, 1, 31, &id), 0);
	EXPECT_NO(end(self), "another total");
	EXPECT_EQ(strcmp(self->f.expected, "30"), 0);
	EXPECT_EQ(strcmp(self->f.found, "31"), 0);
	ASSERT_EQ(ended(self, OVPP_CHAIN_CANCELED, &id), 0);
	EXPECT_NO(end(self), "taken back");
	ASSERT_EQ(proposed(self, 1, 30, &id), 0);
	EXPECT_EQ(end(self), 0);
	self->x.evidence[0]++;
	EXPECT_NO(end(self), "other inputs");
	self->x.evidence[0]--;
	self->reward.epoch.params.alpha_ppm++;
	EXPECT_NO(end(self), "other parameters");
	self->reward.epoch.params.alpha_ppm--;
	self->reward.contract.chain_id++;
	EXPECT_NO(end(self), "another root");
	self->reward.contract.chain_id--;
	ASSERT_EQ(ended(self, OVPP_CHAIN_VETOED, &id), 0);
	EXPECT_NO(end(self), "vetoed");
	EXPECT_EQ((uint64_t)self->x.funded, 150);
}

TEST_F(rewards, totals_neither_fall_nor_pass_what_was_funded)
{
	struct ovpp_abi id;

	ASSERT_EQ(money(self, OVPP_CHAIN_FUNDED, 5, 100), 0);
	self->x.reward = NULL;
	EXPECT_NO(proposed(self, 2, 30, &id), "epoch after the last");
	self->x.proposals = 0;
	EXPECT_NO(proposed(self, 1, 101, &id), "more is promised");
	ASSERT_EQ(proposed(self, 1, 80, &id), 0);
	EXPECT_NO(proposed(self, 1, 80, &id), "another one waited");
	id.word[0] ^= 1;
	EXPECT_NO(finalized(self, 1, &id, 80), "proposal that waits");
	ASSERT_EQ(ended(self, OVPP_CHAIN_CANCELED, &self->x.pending->value[1]), 0);
	EXPECT_NO(ended(self, OVPP_CHAIN_CANCELED, &id), "no proposal that waits");
	ASSERT_EQ(proposed(self, 1, 80, &id), 0);
	EXPECT_NO(finalized(self, 1, &id, 81), "another total became final");
	ASSERT_EQ(finalized(self, 1, &id, 80), 0);
	EXPECT_NO(proposed(self, 2, 79, &id), "falls");
	EXPECT_NO(money(self, OVPP_CHAIN_WITHDRAWN, 5, 21), "taken back");
	EXPECT_EQ(money(self, OVPP_CHAIN_WITHDRAWN, 5, 20), 0);
	EXPECT_EQ((uint64_t)self->x.funded, 80);
}

TEST_F(rewards, claims_are_what_was_earned_and_paid_once)
{
	struct ovpp_abi id;

	ASSERT_EQ(money(self, OVPP_CHAIN_FUNDED, 5, 100), 0);
	EXPECT_NO(money(self, OVPP_CHAIN_CLAIMED, 1, 11), "more than it has earned");
	ASSERT_EQ(proposed(self, 1, 30, &id), 0);
	ASSERT_EQ(finalized(self, 1, &id, 30), 0);
	EXPECT_NO(money(self, OVPP_CHAIN_CLAIMED, 1, 9), "something else than it has earned");
	EXPECT_NO(money(self, OVPP_CHAIN_CLAIMED, 3, 1), "something else than it has earned");
	EXPECT_NO(tokens(self, 1, 10, true), "without a claim");
	ASSERT_EQ(money(self, OVPP_CHAIN_CLAIMED, 1, 10), 0);
	EXPECT_NO(money(self, OVPP_CHAIN_CLAIMED, 2, 20), "not paid");
	EXPECT_NO(tokens(self, 1, 10, false), "without a claim");
	ASSERT_EQ(money(self, OVPP_CHAIN_CLAIMED, 2, 20), 0);
	EXPECT_NO(tokens(self, 1, 20, true), "another account");
	self->x.reward = NULL;
	EXPECT_NO(money(self, OVPP_CHAIN_CLAIMED, 2, 19), "less than before");
	ASSERT_EQ(money(self, OVPP_CHAIN_CLAIMED, 4, 0), 0);
	EXPECT_NO(tokens(self, 4, 1, true), "something else was paid");
	EXPECT_NO(money(self, OVPP_CHAIN_CLAIMED, 4, 1), "more is paid than was earned");
}

TEST_F(rewards, amounts_have_a_limit)
{
	const struct ovpp_u256 large = {{0, 0, 1, 0}};
	const struct ovpp_abi v[] = {ovpp_abi_uint(0xb1), ovpp_abi_u256(&large)};
	const struct ovpp_abi root = ovpp_abi_uint(1);

	EXPECT_NO(pays(self, OVPP_CHAIN_FUNDED, v, 1, 2, "(uint256)"), "too large");
	EXPECT_NO(pays(self, OVPP_CHAIN_ROOT_SET, &root, 0, 1, "(bytes32)"), "another root");
}

TEST_HARNESS_MAIN
