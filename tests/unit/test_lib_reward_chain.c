// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libovpp: documents of rewards and the contracts that pay them: what is read of these,
 * what stands in the way of a call; parameters and amounts of contracts.
 */
#include <errno.h>
#include <string.h>

#include "kselftest_harness.h"

#include "chain_event.h"
#include "parameter_store.h"
#include "reward_chain.h"

#define TOKEN ((ovpp_u128)1000000000000000000)

/* ---- contracts that answer ---- */

/**
 * struct answer - of a view
 * @signature: of the call
 * @word: values
 * @n: how many
 */
struct answer {
	const char *signature;
	uint64_t word[9];
	size_t n;
};

static const struct answer answers[] = {
	{"claims()", {0xc0}, 1},
	{"total()", {30}, 1},
	{"funded()", {100}, 1},
	{"balanceOf(address)", {12}, 1},
	{"terms()", {50, 5, 3600, 2}, 4},
	{"pending()", {1, 2, 3, 9000, 8, 40, 5, 1, 6}, 9},
	{"epoch()", {7}, 1},
	{"attestors()", {3}, 1},
	{"revision()", {6}, 1},
	{"proposals()", {11}, 1},
	{"root()", {0xaa}, 1},
	{"paramsHash()", {0xbb}, 1},
	{"guardian()", {0x6a}, 1},
	{"isAttestor(address)", {1}, 1},
	{"hasAttested(bytes32,address)", {0}, 1},
	{"bondOf(address)", {4}, 1},
};

/* What is not answered, or NULL. */
static const char *silent;
/* What is proposed, and how many words of the event there are. */
static struct ovpp_reward_root proposed;
static size_t event_words;

int ovpp_evm_view(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		  const struct ovpp_abi *arg, size_t n_args, const char *result,
		  struct ovpp_abi *value, size_t *n)
{
	struct ovpp_buffer call = {0};
	int ret = ovpp_abi_encode_call(signature, arg, n_args, &call);

	(void)s;
	(void)contract;
	(void)result;
	ovpp_buffer_free(&call);
	if (ret || (silent && !strcmp(silent, signature)))
		return -EHOSTUNREACH;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		if (strcmp(answers[i].signature, signature))
			continue;
		*n = answers[i].n;
		for (size_t k = 0; k < *n; k++)
			value[k] = ovpp_abi_uint(answers[i].word[k]);
		return 0;
	}
	return -EPROTO;
}

int ovpp_evm_session_pin(struct ovpp_evm_session *s, enum ovpp_eth_tag tag, uint64_t *block)
{
	(void)s;
	*block = 77;
	return tag == OVPP_ETH_LATEST ? 0 : -EINVAL;
}

void ovpp_evm_ask(struct ovpp_evm_session *s, const struct ovpp_eth_request *req,
		  struct ovpp_eth_answer *answer)
{
	(void)s;
	*answer = (struct ovpp_eth_answer){.time = 1000 + req->number};
}

/* The event of a proposal, as it is emitted, if that is its id. */
int ovpp_evm_events_of(struct ovpp_evm_session *s, enum ovpp_contract contract,
		       const char *signature, unsigned int at, const ovpp_hash topic,
		       int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg)
{
	const struct ovpp_abi v[] = {
		ovpp_abi_word(proposed.root),
		ovpp_abi_amount(proposed.total),
		ovpp_abi_word(proposed.evidence),
		ovpp_abi_word(proposed.params),
		ovpp_abi_uint(9000),
	};
	struct ovpp_abi epoch = ovpp_abi_uint(proposed.epoch);
	struct ovpp_eth_log log = {.topics = 4};
	uint8_t data[sizeof(v) / sizeof(*v)][32];

	(void)s;
	if (contract != OVPP_REWARD_LEDGER || at != 2 || !event_words)
		return 0;
	ovpp_abi_topic(signature, log.topic[0]);
	memcpy(log.topic[1], epoch.word, 32);
	memcpy(log.topic[2], topic, 32);
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
		memcpy(data[i], v[i].word, 32);
	log.data = data[0];
	log.size = event_words * 32;
	return visit(arg, &log);
}

/* ---- reading ---- */

FIXTURE(chain)
{
	struct ovpp_reward_chain c;
	struct ovpp_reward_account a;
	struct ovpp_reward_root r;
	char err[300];
};

/* An epoch that may be proposed, of an attestor. */
FIXTURE_SETUP(chain)
{
	silent = NULL;
	event_words = 5;
	proposed = (struct ovpp_reward_root){
		.epoch = 8, .root = {1}, .total = 40 * TOKEN, .evidence = {2}, .params = {3}};
	self->r = proposed;
	self->a = (struct ovpp_reward_account){.attestor = true, .free = 5 * TOKEN};
	self->c = (struct ovpp_reward_chain){
		.time_s = 5000,
		.epoch = 7,
		.params = {3},
		.total = 30 * TOKEN,
		.funded = 100 * TOKEN,
		.step_cap = 50 * TOKEN,
		.bond = 5 * TOKEN,
		.quorum = 2,
		.proposals = 11,
	};
}

FIXTURE_TEARDOWN(chain)
{
}

TEST_F(chain, all_of_it_is_read)
{
	struct ovpp_reward_chain *c = &self->c;

	ASSERT_EQ(0, ovpp_reward_chain_read(NULL, c));
	EXPECT_EQ(1077, c->time_s);
	EXPECT_EQ(7, c->epoch);
	EXPECT_EQ(0xaa, c->root[31]);
	EXPECT_EQ(0xbb, c->params[31]);
	EXPECT_TRUE(c->total == 30 && c->funded == 100 && c->unclaimed == 12);
	EXPECT_TRUE(c->step_cap == 50 && c->bond == 5 && c->window_s == 3600 && c->quorum == 2);
	EXPECT_TRUE(c->attestors == 3 && c->revision == 6 && c->proposals == 11);
	EXPECT_EQ(0x6a, c->guardian[19]);
	EXPECT_TRUE(c->pending);
	EXPECT_EQ(1, c->proposal.root[31]);
	EXPECT_EQ(2, c->proposal.id[31]);
	EXPECT_EQ(3, c->proposal.proposer[19]);
	EXPECT_TRUE(c->proposal.ready_s == 9000 && c->proposal.epoch == 8 &&
		    c->proposal.total == 40 && c->proposal.bond == 5 && c->proposal.agreed == 1 &&
		    c->proposal.revision == 6);
	ASSERT_EQ(0, ovpp_reward_account_read(NULL, c, c->guardian, &self->a));
	EXPECT_TRUE(self->a.attestor && !self->a.attested && self->a.free == 4 &&
		    self->a.tokens == 12);
}

TEST_F(chain, the_first_question_without_an_answer_ends_it)
{
	for (size_t i = 0; i < 13; i++) {
		silent = answers[i].signature;
		EXPECT_EQ(-EHOSTUNREACH, ovpp_reward_chain_read(NULL, &self->c));
	}
}

TEST_F(chain, a_proposal_is_that_of_its_id)
{
	struct ovpp_reward_root read;

	ASSERT_EQ(0, ovpp_reward_id(11, &proposed, self->c.proposal.id));
	ASSERT_EQ(0, ovpp_reward_proposed_read(NULL, &self->c, &read));
	EXPECT_EQ(0, ovpp_reward_same(&read, &self->r, self->err, sizeof(self->err)));
	/* A node that makes evidence up. */
	proposed.evidence[0] ^= 1;
	EXPECT_EQ(-EBADMSG, ovpp_reward_proposed_read(NULL, &self->c, &read));
	proposed.evidence[0] ^= 1;
	self->c.proposals++;
	EXPECT_EQ(-EBADMSG, ovpp_reward_proposed_read(NULL, &self->c, &read));
	event_words = 4;
	EXPECT_EQ(-EBADMSG, ovpp_reward_proposed_read(NULL, &self->c, &read));
	event_words = 0;
	EXPECT_EQ(-ENOENT, ovpp_reward_proposed_read(NULL, &self->c, &read));
}

/* ---- what stands in the way ---- */

#define NO(call, text)                                             \
	do {                                                       \
		EXPECT_EQ(-EPERM, call);                           \
		EXPECT_NE(NULL, strstr(self->err, text))           \
		{                                                  \
			TH_LOG("'%s', not '%s'", self->err, text); \
		}                                                  \
	} while (0)
#define PROPOSE ovpp_reward_may_propose(&self->c, &self->a, &self->r, self->err, sizeof(self->err))

TEST_F(chain, propose_says_what_is_missing)
{
	EXPECT_EQ(0, PROPOSE);
	self->a.free--;
	NO(PROPOSE, "reward bond 0.000000000000000001'");
	self->a.attestor = false;
	NO(PROPOSE, "no attestor");
	self->c.funded = 39 * TOKEN;
	NO(PROPOSE, "reward fund 1'");
	self->c.step_cap = 9 * TOKEN;
	NO(PROPOSE, "step cap is 9");
	self->c.total = 41 * TOKEN;
	NO(PROPOSE, "less than what is promised");
	self->r.root[0] = 0;
	NO(PROPOSE, "nothing to propose");
	self->r.params[0]++;
	NO(PROPOSE, "other parameters");
	self->r.epoch++;
	NO(PROPOSE, "epoch 8 is next");
	self->c.pending = true;
	NO(PROPOSE, "proposed already");
}

#define SAME ovpp_reward_same(&proposed, &self->r, self->err, sizeof(self->err))

TEST_F(chain, the_first_difference_is_said)
{
	EXPECT_EQ(0, SAME);
	self->r.params[0]++;
	NO(SAME, "hash of the parameters that is proposed is 0x03");
	self->r.evidence[0]++;
	NO(SAME, "hash of the evidence");
	self->r.total++;
	NO(SAME, "document's is 40.000000000000000001");
	self->r.root[0]++;
	NO(SAME, "the root that is proposed is 0x01");
	self->r.epoch++;
	NO(SAME, "document is of epoch 9");
}

#define ATTEST ovpp_reward_may_attest(&self->c, &self->a, self->err, sizeof(self->err))

TEST_F(chain, attest_says_what_is_missing)
{
	NO(ATTEST, "reward propose");
	self->c.pending = true;
	EXPECT_EQ(0, ATTEST);
	self->a.attested = true;
	NO(ATTEST, "already");
	self->a.attestor = false;
	NO(ATTEST, "no attestor");
	self->c.revision++;
	NO(ATTEST, "attestors have changed");
}

#define FINALIZE ovpp_reward_may_finalize(&self->c, self->err, sizeof(self->err))

TEST_F(chain, finalize_says_what_is_missing)
{
	NO(FINALIZE, "reward propose");
	self->c.pending = true;
	self->c.proposal =
		(struct ovpp_reward_proposal){.agreed = 2, .ready_s = 5000, .total = 40 * TOKEN};
	EXPECT_EQ(0, FINALIZE);
	self->c.funded = 39 * TOKEN;
	NO(FINALIZE, "reward fund");
	self->c.proposal.ready_s++;
	NO(FINALIZE, "open until 1970-01-01 01:23:21 UTC");
	self->c.proposal.agreed--;
	NO(FINALIZE, "1 of 2 attestors agree");
	self->c.revision++;
	NO(FINALIZE, "attestors have changed");
}

#define FINAL ovpp_reward_is_final(&self->c, &self->r, self->err, sizeof(self->err))

TEST_F(chain, a_claim_wants_the_newest_document)
{
	NO(FINAL, "not final yet");
	self->c.epoch = 8;
	NO(FINAL, "the root of the epoch");
	memcpy(self->c.root, self->r.root, sizeof(self->c.root));
	EXPECT_EQ(0, FINAL);
	self->c.epoch = 9;
	/* An epoch in which nobody earned anything has the root of the one before. */
	EXPECT_EQ(0, FINAL);
	self->c.root[0]++;
	NO(FINAL, "document of epoch 9 is needed");
}

TEST_F(chain, a_document_is_of_one_deployment)
{
	struct ovpp_deployment d = {.chain_id = 31337};

	self->r.contract = (struct ovpp_ledger_contract){31337, {0xc0}};
	NO(ovpp_reward_here(&self->r, &d, self->err, sizeof(self->err)), "not in the deployment");
	d.contract[OVPP_REWARD_CLAIMS] = (struct ovpp_deployed){true, {0xc0}, {0}};
	EXPECT_EQ(0, ovpp_reward_here(&self->r, &d, self->err, sizeof(self->err)));
	self->r.contract.address[19]++;
	NO(ovpp_reward_here(&self->r, &d, self->err, sizeof(self->err)), "of the contract 0x");
	d.chain_id = 8453;
	NO(ovpp_reward_here(&self->r, &d, self->err, sizeof(self->err)), "and this is 8453");
}

/* ---- amounts ---- */

TEST(tokens_as_text)
{
	static const struct {
		const char *text;
		ovpp_u128 amount;
	} of[] = {
		{"0", 0},
		{"1", TOKEN},
		{"12.5", TOKEN / 2 * 25},
		{"0.000000000000000001", 1},
		{"100000000", 100000000 * TOKEN},
	};
	char text[OVPP_TOKENS_TEXT];
	ovpp_u128 x;

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		ovpp_tokens_text(of[i].amount, text);
		EXPECT_STREQ(of[i].text, text);
		EXPECT_EQ(0, ovpp_tokens_parse(of[i].text, &x));
		EXPECT_TRUE(x == of[i].amount);
	}
	EXPECT_EQ(0, ovpp_tokens_parse("007.50", &x));
	EXPECT_TRUE(x == TOKEN / 2 * 15);
	ovpp_tokens_text(((ovpp_u128)1 << 127) - 1, text);
	EXPECT_STREQ("170141183460469231731.687303715884105727", text);
}

TEST(tokens_that_are_none)
{
	static const char *const of[] = {
		"", ".5", "5.", "1,5", "-1", "1e3", "1.0000000000000000001", "1.5x", "x"};
	ovpp_u128 x;

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++)
		EXPECT_EQ(-EINVAL, ovpp_tokens_parse(of[i], &x));
	EXPECT_EQ(-ERANGE, ovpp_tokens_parse("170141183460469231732", &x));
	EXPECT_EQ(-ERANGE, ovpp_tokens_parse("9999999999999999999999999999999999999999999", &x));
}

TEST(amounts_as_values)
{
	const ovpp_u128 most = ((ovpp_u128)1 << 127) - 1;
	struct ovpp_abi v = ovpp_abi_amount(most);
	ovpp_u128 x;

	EXPECT_EQ(0, ovpp_abi_to_amount(&v, &x));
	EXPECT_TRUE(x == most);
	v.word[16] = 0x80;
	EXPECT_EQ(-ERANGE, ovpp_abi_to_amount(&v, &x));
	v = ovpp_abi_amount(1);
	v.word[0] = 1;
	EXPECT_EQ(-ERANGE, ovpp_abi_to_amount(&v, &x));
}

/* ---- parameters ---- */

FIXTURE(parameters)
{
	struct ovpp_parameters all;
	struct ovpp_parameters read;
	struct ovpp_score_params p;
	struct ovpp_buffer data;
	ovpp_hash hash;
	char err[200];
};

FIXTURE_SETUP(parameters)
{
	struct ovpp_u256 value;

	ovpp_score_params_default(&self->p);
	ovpp_score_params_hash(&self->p, self->hash);
	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++) {
		value = ovpp_u256(*ovpp_score_param(&self->p, i));
		ASSERT_EQ(0, ovpp_parameters_add(&self->all, ovpp_score_param_name(i), &value));
	}
	memset(&self->p, 0, sizeof(self->p));
}

FIXTURE_TEARDOWN(parameters)
{
	ovpp_buffer_free(&self->data);
}

TEST_F(parameters, a_call_and_back)
{
	ASSERT_EQ(0, ovpp_parameters_encode(&self->all, &self->data));
	ASSERT_EQ(0, ovpp_parameters_decode(self->data.data, self->data.size, &self->read));
	ASSERT_EQ(self->all.n, self->read.n);
	EXPECT_EQ(0, memcmp(self->all.p, self->read.p, self->all.n * sizeof(*self->all.p)));
	for (size_t i = 4; i < self->data.size; i += 32)
		EXPECT_EQ(-EBADMSG, ovpp_parameters_decode(self->data.data, i, &self->read));
	/* A character behind the end of a name. */
	self->data.data[4 + 3 * 32 + 31] = 'x';
	EXPECT_EQ(-EBADMSG, ovpp_parameters_decode(self->data.data, self->data.size, &self->read));
	self->data.data[0] ^= 1;
	EXPECT_EQ(-ENOENT, ovpp_parameters_decode(self->data.data, self->data.size, &self->read));
}

TEST_F(parameters, names_that_are_none)
{
	struct ovpp_u256 one = ovpp_u256(1);

	EXPECT_EQ(-EINVAL, ovpp_parameters_add(&self->all, "", &one));
	EXPECT_EQ(-EINVAL, ovpp_parameters_add(&self->all, "a b", &one));
	EXPECT_EQ(-EINVAL, ovpp_parameters_add(&self->all, "\xc3\xa4", &one));
	EXPECT_EQ(-EINVAL,
		  ovpp_parameters_add(&self->all, "a23456789012345678901234567890123", &one));
	EXPECT_EQ(-EEXIST, ovpp_parameters_add(&self->all, "alpha_ppm", &one));
	EXPECT_EQ(0, ovpp_parameters_add(&self->all, "a2345678901234567890123456789012", &one));
}

#define SCORE ovpp_parameters_score(&self->all, self->hash, &self->p, self->err, sizeof(self->err))
#define CANNOT(text)                                               \
	do {                                                       \
		EXPECT_EQ(-EINVAL, SCORE);                         \
		EXPECT_NE(NULL, strstr(self->err, text))           \
		{                                                  \
			TH_LOG("'%s', not '%s'", self->err, text); \
		}                                                  \
	} while (0)

TEST_F(parameters, for_the_scorer)
{
	struct ovpp_u256 one = ovpp_u256(1);

	ASSERT_EQ(0, SCORE);
	EXPECT_EQ(1000000, self->p.alpha_ppm);
	self->hash[0] ^= 1;
	CANNOT("hash is not");
	self->all.p[4].value = ovpp_u256(100000);
	CANNOT("bin_s is out of its bounds");
	ASSERT_EQ(0, ovpp_parameters_add(&self->all, "later_ppm", &one));
	CANNOT("later_ppm, which this scorer does not know");
	self->all.p[5].value.w[1] = 1;
	CANNOT("bin_coverage_ppm is too large");
	self->all.n = 3;
	CANNOT("parameter 4 is missing, where this scorer has slot_s");
	self->all.p[1].name[0]++;
	CANNOT("parameter 2 is fpoch_start_s");
}

TEST_HARNESS_MAIN
