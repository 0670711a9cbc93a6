// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/governor.c: proposals of the governor, as events, calls and ids. */
#include <errno.h>
#include <string.h>

#include "kselftest_harness.h"

#include "governor.h"

#define CREATED                                                                                 \
	"ProposalCreated(uint256,address,address[],uint256[],string[],bytes[],uint256,uint256," \
	"string)"
#define TEXT "Set alpha_ppm to 7\nfor reasons"

FIXTURE(governor)
{
	struct ovpp_vote vote;
	struct ovpp_vote read;
	struct ovpp_buffer data;
	struct ovpp_eth_log log;
};

FIXTURE_SETUP(governor)
{
	self->vote = (struct ovpp_vote){
		.proposer = {[19] = 7},
		.n = 2,
		.start_s = 1000,
		.end_s = 2000,
		.text = TEXT,
		.text_size = strlen(TEXT),
	};
	self->vote.action[0] = (struct ovpp_vote_action){
		.target = {1}, .value = ovpp_u256(0), .data = (const uint8_t *)"abcd", .size = 4};
	self->vote.action[1] = (struct ovpp_vote_action){
		.target = {2}, .value = ovpp_u256(9), .data = (const uint8_t *)"", .size = 0};
	self->log.topics = 1;
	self->log.block = 77;
	ovpp_abi_topic(CREATED, self->log.topic[0]);
}

FIXTURE_TEARDOWN(governor)
{
	ovpp_buffer_free(&self->data);
}

/* As the contract emits it; with so many values. */
static int emit(FIXTURE_DATA(governor) * self, size_t values)
{
	const struct ovpp_vote *t = &self->vote;
	struct ovpp_abi v[64];
	size_t n = 0;

	v[n++] = ovpp_abi_word(t->id);
	v[n++] = ovpp_abi_address(t->proposer);
	v[n++] = ovpp_abi_array(t->n);
	for (size_t i = 0; i < t->n; i++)
		v[n++] = ovpp_abi_address(t->action[i].target);
	v[n++] = ovpp_abi_array(values);
	for (size_t i = 0; i < values; i++)
		v[n++] = ovpp_abi_u256(&t->action[i].value);
	v[n++] = ovpp_abi_array(t->n);
	for (size_t i = 0; i < t->n; i++)
		v[n++] = ovpp_abi_bytes("", 0);
	v[n++] = ovpp_abi_array(t->n);
	for (size_t i = 0; i < t->n; i++)
		v[n++] = ovpp_abi_bytes(t->action[i].data, t->action[i].size);
	v[n++] = ovpp_abi_uint(t->start_s);
	v[n++] = ovpp_abi_uint(t->end_s);
	v[n++] = ovpp_abi_bytes(t->text, t->text_size);
	ovpp_buffer_free(&self->data);
	self->data = (struct ovpp_buffer){0};
	if (ovpp_abi_encode(strchr(CREATED, '('), v, n, &self->data))
		return -1;
	self->log.data = self->data.data;
	self->log.size = self->data.size;
	return 0;
}

TEST_F(governor, an_event_is_a_proposal)
{
	ASSERT_EQ(0, ovpp_vote_id(&self->vote, self->vote.id));
	ASSERT_EQ(0, emit(self, 2));
	ASSERT_EQ(0, ovpp_vote_decode(&self->log, &self->read));
	EXPECT_EQ(0, memcmp(self->read.id, self->vote.id, 32));
	EXPECT_EQ(7, self->read.proposer[19]);
	ASSERT_EQ(2, self->read.n);
	EXPECT_EQ(2, self->read.action[1].target[0]);
	EXPECT_EQ(9, self->read.action[1].value.w[0]);
	ASSERT_EQ(4, self->read.action[0].size);
	EXPECT_EQ(0, memcmp(self->read.action[0].data, "abcd", 4));
	EXPECT_EQ(1000, self->read.start_s);
	EXPECT_EQ(2000, self->read.end_s);
	ASSERT_EQ(strlen(TEXT), self->read.text_size);
	EXPECT_EQ(0, memcmp(self->read.text, TEXT, strlen(TEXT)));
	EXPECT_EQ(77, self->read.block);
}

TEST_F(governor, an_event_with_another_id_is_none)
{
	ASSERT_EQ(0, ovpp_vote_id(&self->vote, self->vote.id));
	self->vote.id[31] ^= 1;
	ASSERT_EQ(0, emit(self, 2));
	EXPECT_EQ(-EBADMSG, ovpp_vote_decode(&self->log, &self->read));
}

TEST_F(governor, lists_of_unequal_lengths_are_none)
{
	ASSERT_EQ(0, ovpp_vote_id(&self->vote, self->vote.id));
	ASSERT_EQ(0, emit(self, 1));
	EXPECT_EQ(-EBADMSG, ovpp_vote_decode(&self->log, &self->read));
}

TEST_F(governor, every_cut_of_an_event_is_none)
{
	ASSERT_EQ(0, ovpp_vote_id(&self->vote, self->vote.id));
	ASSERT_EQ(0, emit(self, 2));
	for (size_t i = 0; i < self->data.size; i++) {
		self->log.size = i;
		ASSERT_EQ(-EBADMSG, ovpp_vote_decode(&self->log, &self->read));
	}
	self->log.size = self->data.size;
	self->log.topic[0][0] ^= 1;
	EXPECT_EQ(-EBADMSG, ovpp_vote_decode(&self->log, &self->read));
}

TEST_F(governor, a_copy_has_all_that_was_borrowed)
{
	struct ovpp_vote *copy;

	ASSERT_EQ(0, ovpp_vote_id(&self->vote, self->vote.id));
	ASSERT_EQ(0, emit(self, 2));
	ASSERT_EQ(0, ovpp_vote_decode(&self->log, &self->read));
	copy = ovpp_vote_copy(&self->read);
	ASSERT_NE(NULL, copy);
	memset(self->data.data, 0, self->data.size);
	EXPECT_EQ(0, memcmp(copy->action[0].data, "abcd", 4));
	EXPECT_EQ(0, memcmp(copy->text, TEXT, strlen(TEXT)));
	free(copy);
}

/* queue() wants what propose() was given, but for the text's hash. */
TEST_F(governor, calls_are_made_of_the_same_arguments)
{
	struct ovpp_abi v[OVPP_VOTE_ARGUMENTS];
	struct ovpp_buffer propose = {0}, queue = {0};
	size_t n = ovpp_vote_arguments(&self->vote, false, v);

	ASSERT_EQ(10, n);
	EXPECT_EQ(0, ovpp_abi_encode_call(OVPP_GOVERNOR_PROPOSE, v, n, &propose));
	ASSERT_EQ(10, ovpp_vote_arguments(&self->vote, true, v));
	EXPECT_EQ(0, ovpp_abi_encode_call(OVPP_GOVERNOR_QUEUE, v, n, &queue));
	/* The selectors of every governor of OpenZeppelin. */
	EXPECT_EQ(0, memcmp(propose.data, "\x7d\x5e\x81\xe2", 4));
	EXPECT_EQ(0, memcmp(queue.data, "\x16\x0c\xbe\xd7", 4));
	ovpp_buffer_free(&propose);
	ovpp_buffer_free(&queue);
}

TEST_F(governor, an_id_is_known_by_its_begin)
{
	const uint8_t id[32] = {0xab, 0xcd, 0xef, [31] = 1};
	char text[OVPP_VOTE_ID_TEXT + 1];

	ovpp_vote_id_text(id, text);
	EXPECT_TRUE(ovpp_vote_id_is(id, text));
	EXPECT_TRUE(ovpp_vote_id_is(id, "0xabc"));
	EXPECT_TRUE(ovpp_vote_id_is(id, "ABCDEF0"));
	EXPECT_FALSE(ovpp_vote_id_is(id, "0xabd"));
	EXPECT_FALSE(ovpp_vote_id_is(id, ""));
	EXPECT_FALSE(ovpp_vote_id_is(id, "0x"));
	EXPECT_TRUE(ovpp_vote_id_is(id, "7770935027339500414414820428682538345369"
					"1705083530946119533046182340198400001"));
	strcat(text, "0");
	EXPECT_FALSE(ovpp_vote_id_is(id, text));
}

TEST_F(governor, states_have_names)
{
	EXPECT_STREQ("pending", ovpp_vote_state_name(OVPP_VOTE_PENDING));
	EXPECT_STREQ("executed", ovpp_vote_state_name(OVPP_VOTE_EXECUTED));
	EXPECT_STREQ("unknown", ovpp_vote_state_name(N_OVPP_VOTE_STATES));
}

TEST_HARNESS_MAIN
