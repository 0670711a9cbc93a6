// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/evm_session.c, lib/evm_events.c: contracts are asked, and nodes that have limits. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "evm_session.h"
#include "keccak.h"
#include "rpc_server.h"

#define CODE GOOD("\"0x616263\"")
#define WORD(digit) "000000000000000000000000000000000000000000000000000000000000000" digit
#define REFUSES(text)                                                                       \
	HTTP("200 OK", "",                                                                  \
	     "{\"jsonrpc\":\"2.0\",\"id\":@,\"error\":{\"code\":-32000,\"message\":\"" text \
	     "\"}}")
#define BLOCK(number) \
	GOOD("{\"number\":\"" number "\",\"hash\":\"0x" WORD("1") "\",\"timestamp\":\"0x5\"}")

FIXTURE(session)
{
	struct server server;
	struct ovpp_chain_config config;
	struct ovpp_evm_session *s;
	char err[600];
	struct ovpp_abi value[2];
	size_t n;
	uint64_t seen[8];
	size_t events;
	int stop;
};

FIXTURE_SETUP(session)
{
	struct ovpp_deployed *d = &self->config.deployment.contract[OVPP_TELEMETRY_ANCHOR];

	self->config.network = ovpp_network("anvil");
	self->config.urls = 1;
	d->known = true;
	memset(d->address, 0x11, sizeof(d->address));
	ovpp_keccak256("abc", 3, d->code);
	self->n = 2;
}

FIXTURE_TEARDOWN(session)
{
	ovpp_evm_session_close(self->s);
	if (self->server.thread)
		server_stop(&self->server);
}

static int open_session(FIXTURE_DATA(session) * self, const char *const *replies, size_t n)
{
	server_start(&self->server, replies, n);
	self->config.url[0] = self->server.url;
	return ovpp_evm_session_open(&self->config, &self->s, self->err, sizeof(self->err));
}

#define OPEN(...)                                                                     \
	static const char *const replies[] = {__VA_ARGS__};                           \
	ASSERT_EQ(0, open_session(self, replies, sizeof(replies) / sizeof(*replies))) \
	{                                                                             \
		TH_LOG("%s", self->err);                                              \
	}

static int view(FIXTURE_DATA(session) * self, enum ovpp_contract contract)
{
	struct ovpp_abi arg = ovpp_abi_uint(7);

	self->n = 2;
	return ovpp_evm_view(self->s, contract, "next(uint256)", &arg, 1, "(uint48)", self->value,
			     &self->n);
}

TEST_F(session, a_view_with_the_code_looked_at_once)
{
	uint64_t x = 0;

	/* Chain for the session and the endpoint, code, answers. */
	OPEN(CHAIN, CHAIN, CODE, GOOD("\"0x" WORD("5") "\""), GOOD("\"0x" WORD("6") "\""));
	ASSERT_EQ(0, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_EQ(1, self->n);
	ASSERT_EQ(0, ovpp_abi_to_uint(&self->value[0], &x));
	EXPECT_EQ(5, x);
	ASSERT_EQ(0, view(self, OVPP_TELEMETRY_ANCHOR));
	ASSERT_EQ(0, ovpp_abi_to_uint(&self->value[0], &x));
	EXPECT_EQ(6, x);
	EXPECT_EQ(5, self->server.seen);
}

TEST_F(session, another_contract_is_not_asked)
{
	OPEN(CHAIN, CHAIN, GOOD("\"0x616264\""));
	EXPECT_EQ(-EINVAL, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_NE(NULL, strstr(ovpp_evm_session_error(self->s), "is another one"));
	EXPECT_EQ(3, self->server.seen);
	EXPECT_EQ(-EINVAL, view(self, OVPP_TOKEN));
	EXPECT_STREQ("the deployment file has no OVPPToken", ovpp_evm_session_error(self->s));
}

TEST_F(session, no_contract_at_all)
{
	OPEN(CHAIN, CHAIN, GOOD("\"0x\""));
	EXPECT_EQ(-EINVAL, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_NE(NULL, strstr(ovpp_evm_session_error(self->s), "there is no TelemetryAnchor"));
}

TEST_F(session, what_is_no_answer_of_the_contract)
{
	OPEN(CHAIN, CHAIN, CODE, GOOD("\"0x12\""), REFUSES("execution reverted: no"),
	     REFUSES("state is pruned"));
	EXPECT_EQ(-EBADMSG, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_EQ(-EPROTO, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_NE(NULL, strstr(ovpp_evm_session_error(self->s), "the contract refuses"));
	EXPECT_EQ(-EHOSTUNREACH, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_NE(NULL, strstr(ovpp_evm_session_error(self->s), "state is pruned"));
}

TEST_F(session, a_node_that_fails_for_a_moment_is_asked_again)
{
	OPEN(CHAIN, CHAIN, CODE, HTTP("429 Slower", "", ""), HTTP("500 Oops", "", ""), NULL, CHAIN,
	     GOOD("\"0x" WORD("5") "\""));
	EXPECT_EQ(0, view(self, OVPP_TELEMETRY_ANCHOR));
	EXPECT_EQ(8, self->server.seen);
}

TEST_F(session, a_node_of_another_chain)
{
	static const char *const replies[] = {GOOD("\"0x1\"")};

	EXPECT_EQ(-EINVAL, open_session(self, replies, 1));
	EXPECT_NE(NULL, strstr(self->err, "it is of chain 1, not 31337"));
	EXPECT_EQ(NULL, strstr(self->err, "/key")) TH_LOG("a secret of the URL is told");
}

TEST_F(session, no_node)
{
	self->config.url[0] = (char *)"http://127.0.0.1:9";
	EXPECT_EQ(-EHOSTUNREACH,
		  ovpp_evm_session_open(&self->config, &self->s, self->err, sizeof(self->err)));
	EXPECT_NE(NULL, strstr(self->err, "anvil: no node answers: http://127.0.0.1:9: "));
}

TEST_F(session, pinned_to_a_block)
{
	uint64_t block = 0;

	OPEN(CHAIN, CHAIN, BLOCK("0x20"), GOOD("null"));
	ASSERT_EQ(0, ovpp_evm_session_pin(self->s, OVPP_ETH_FINALIZED, &block));
	EXPECT_EQ(32, block);
	EXPECT_EQ(-ENOENT, ovpp_evm_session_pin(self->s, OVPP_ETH_FINALIZED, &block));
}

/* ---- events ---- */

#define EVENT "Anchored(uint256)"
/* Keccak-256 of it is put in by make_event(). */
#define LOG_TEXT                                                                             \
	"{\"address\":\"0x1111111111111111111111111111111111111111\",\"topics\":[\"0x%s\"]," \
	"\"data\":\"0x\",\"blockNumber\":\"0x%x\",\"logIndex\":\"0x%x\","                    \
	"\"transactionHash\":\"0x" WORD("1") "\",\"removed\":false}"

static void make_event(char *out, size_t size, unsigned int block, unsigned int index)
{
	char hex[65];
	ovpp_hash topic;

	ovpp_abi_topic(EVENT, topic);
	ovpp_hex(topic, sizeof(topic), hex);
	snprintf(out, size, LOG_TEXT, hex, block, index);
}

/* An answer with events in these blocks. */
static char *events(const unsigned int *block, size_t n)
{
	char list[2000] = "", one[600], *out;

	for (size_t i = 0; i < n; i++) {
		make_event(one, sizeof(one), block[i], (unsigned int)i);
		strcat(strcat(list, i ? "," : ""), one);
	}
	if (asprintf(&out,
		     "200 OK\r\nConnection: close\r\n\r\n"
		     "{\"jsonrpc\":\"2.0\",\"id\":@,\"result\":[%s]}",
		     list) < 0)
		abort();
	return out;
}

static int visit(void *arg, const struct ovpp_eth_log *log)
{
	FIXTURE_DATA(session) *self = arg;

	self->seen[self->events++] = log->block;
	return self->stop;
}

#define READ() ovpp_evm_events(self->s, OVPP_TELEMETRY_ANCHOR, EVENT, visit, self)

/* 30,001 blocks: a node that takes 5,000 at once and no more. */
TEST_F(session, events_of_a_node_with_a_limit)
{
	const unsigned int first[] = {5, 4999}, second[] = {5000}, last[] = {30000};
	char *a = events(first, 2), *b = events(second, 1), *none = events(NULL, 0),
	     *z = events(last, 1);
	const char *replies[] = {CHAIN,
				 CHAIN,
				 CODE,
				 BLOCK("0x7530"),
				 REFUSES("query exceeds range"),
				 a,
				 b,
				 none,
				 none,
				 none,
				 none,
				 z};

	ASSERT_EQ(0, open_session(self, replies, 12));
	EXPECT_EQ(0, READ()) TH_LOG("%s", ovpp_evm_session_error(self->s));
	EXPECT_EQ(4, self->events);
	EXPECT_EQ(5, self->seen[0]);
	EXPECT_EQ(4999, self->seen[1]);
	EXPECT_EQ(5000, self->seen[2]);
	EXPECT_EQ(30000, self->seen[3]);
	EXPECT_EQ(12, self->server.seen);
	free(a);
	free(b);
	free(none);
	free(z);
}

/* 10,000, then 20,000, and the rest. */
TEST_F(session, events_of_a_node_without_a_limit)
{
	char *none = events(NULL, 0);
	const char *replies[] = {CHAIN, CHAIN, CODE, BLOCK("0x7530"), none};

	ASSERT_EQ(0, open_session(self, replies, 5));
	EXPECT_EQ(0, READ());
	EXPECT_EQ(7, self->server.seen);
	free(none);
}

TEST_F(session, events_begin_with_the_deployment_and_end_with_the_pinned_block)
{
	const unsigned int before[] = {19};
	char *none = events(NULL, 0), *early = events(before, 1);
	const char *replies[] = {CHAIN, CHAIN, BLOCK("0x20"), CODE, none, early};
	uint64_t block;

	self->config.deployment.first_block = 20;
	ASSERT_EQ(0, open_session(self, replies, 6));
	ASSERT_EQ(0, ovpp_evm_session_pin(self->s, OVPP_ETH_LATEST, &block));
	EXPECT_EQ(0, READ());
	EXPECT_EQ(5, self->server.seen);
	EXPECT_EQ(-EBADMSG, READ()) TH_LOG("an event of another block");
	free(none);
	free(early);
}

TEST_F(session, events_that_a_node_refuses_block_by_block)
{
	OPEN(CHAIN, CHAIN, CODE, BLOCK("0x3"), REFUSES("no"));
	EXPECT_EQ(-EHOSTUNREACH, READ());
	EXPECT_NE(NULL, strstr(ovpp_evm_session_error(self->s), "the node refuses: no"));
}

TEST_F(session, events_stop_where_the_caller_wants)
{
	const unsigned int two[] = {1, 2};
	char *a = events(two, 2);
	const char *replies[] = {CHAIN, CHAIN, CODE, BLOCK("0x3"), a};

	ASSERT_EQ(0, open_session(self, replies, 5));
	self->stop = -ENOSPC;
	EXPECT_EQ(-ENOSPC, READ());
	EXPECT_EQ(1, self->events);
	free(a);
}

TEST_F(session, events_out_of_order_are_not_taken)
{
	const unsigned int two[] = {2, 1};
	char *a = events(two, 2);
	const char *replies[] = {CHAIN, CHAIN, CODE, BLOCK("0x3"), a};

	ASSERT_EQ(0, open_session(self, replies, 5));
	EXPECT_EQ(-EBADMSG, READ());
	EXPECT_EQ(0, self->events);
	free(a);
}

TEST_HARNESS_MAIN
