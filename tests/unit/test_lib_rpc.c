// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/eth_*.c, rpc*.c: what is asked of a node, and what it may say instead of an answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "eth.h"
#include "rpc.h"
#include "rpc_server.h"

#define N(x) (sizeof(x) / sizeof(*(x)))
#define H0 "0000000000000000000000000000000000000000000000000000000000000000"
#define H1 "1111111111111111111111111111111111111111111111111111111111111111"
#define A1 "1111111111111111111111111111111111111111"

/* ---- text ---- */

static struct ovpp_eth_request request(enum ovpp_eth_method method)
{
	struct ovpp_eth_request r = {
		.method = method, .data = (const uint8_t *)"\x12\x34", .size = 2};

	memset(r.from, 0x22, sizeof(r.from));
	memset(r.to, 0x11, sizeof(r.to));
	memset(r.hash, 0x11, sizeof(r.hash));
	r.number = 16;
	r.last = 255;
	return r;
}

TEST(eth_requests_as_the_specification_has_them)
{
	static const struct {
		enum ovpp_eth_method method;
		const char *text;
	} of[] = {
		{OVPP_ETH_CHAIN_ID, "\"eth_chainId\",\"params\":[]}"},
		{OVPP_ETH_CODE, "\"eth_getCode\",\"params\":[\"0x" A1 "\",\"latest\"]}"},
		{OVPP_ETH_CALL, "\"eth_call\",\"params\":[{\"from\":"
				"\"0x2222222222222222222222222222222222222222\","
				"\"to\":\"0x" A1 "\",\"data\":\"0x1234\"},\"latest\"]}"},
		{OVPP_ETH_FEES, "\"eth_feeHistory\",\"params\":[\"0x8\",\"latest\",[50]]}"},
		{OVPP_ETH_SEND, "\"eth_sendRawTransaction\",\"params\":[\"0x1234\"]}"},
		{OVPP_ETH_RECEIPT, "\"eth_getTransactionReceipt\",\"params\":[\"0x" H1 "\"]}"},
		{OVPP_ETH_BLOCK, "\"eth_getBlockByNumber\",\"params\":[\"latest\",false]}"},
		{OVPP_ETH_LOGS,
		 "\"eth_getLogs\",\"params\":[{\"address\":\"0x" A1 "\",\"topics\":[\"0x" H1
		 "\"],\"fromBlock\":\"0x10\",\"toBlock\":\"0xff\"}]}"},
	};

	for (size_t i = 0; i < N(of); i++) {
		struct ovpp_eth_request r = request(of[i].method);
		char *text = ovpp_eth_encode(&r, 7), want[600];

		snprintf(want, sizeof(want), "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":%s",
			 of[i].text);
		EXPECT_STREQ(want, text);
		free(text);
	}
}

TEST(a_call_that_pays_says_so)
{
	struct ovpp_eth_request r = request(OVPP_ETH_ESTIMATE);
	char *text;

	r.value = ovpp_u256(0x1234);
	text = ovpp_eth_encode(&r, 7);
	EXPECT_NE(NULL, strstr(text, "\"data\":\"0x1234\",\"value\":\"0x1234\"}]"));
	free(text);
}

static struct ovpp_eth_answer decode(enum ovpp_eth_method method, const char *text)
{
	struct ovpp_eth_request r = request(method);
	struct ovpp_eth_answer a = {0};

	ovpp_eth_decode(&r, 7, text, strlen(text), &a);
	return a;
}

#define OK(result) "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":" result "}"
#define ERROR(code, more) "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":" code "," more "}}"
#define EXPECT_RESULT(want, a)                                                \
	EXPECT_EQ(want, (a).result)                                           \
	{                                                                     \
		TH_LOG("%s: %s", ovpp_eth_result_name((a).result), (a).text); \
	}

#define RECEIPT                                                                                 \
	"{\"transactionHash\":\"0x" H1 "\",\"blockHash\":\"0x" H0 "\",\"blockNumber\":\"0x5\"," \
	"\"status\":\"0x1\",\"gasUsed\":\"0x10\",\"effectiveGasPrice\":\"0x20\",\"l1Fee\":"     \
	"\"0x3\"}"

TEST(eth_answers)
{
	struct ovpp_eth_answer a = decode(OVPP_ETH_CHAIN_ID, OK("\"0x2105\""));

	EXPECT_RESULT(OVPP_ETH_OK, a);
	EXPECT_EQ(8453, a.number);
	a = decode(OVPP_ETH_FEES, OK("{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[\"0x1\",\"0x7\"],"
				     "\"reward\":[[\"0x9\"],[\"0x2\"],[\"0x5\"]]}"));
	EXPECT_RESULT(OVPP_ETH_OK, a);
	EXPECT_EQ(7, a.base);
	EXPECT_EQ(5, a.tip);
	a = decode(OVPP_ETH_RECEIPT, OK(RECEIPT));
	EXPECT_RESULT(OVPP_ETH_OK, a);
	EXPECT_EQ(5, a.block);
	EXPECT_TRUE(a.succeeded);
	EXPECT_EQ(16, a.gas);
	EXPECT_EQ(32, a.price);
	EXPECT_EQ(3, a.data_fee.w[0]);
	a = decode(OVPP_ETH_CODE, OK("\"0x\""));
	EXPECT_RESULT(OVPP_ETH_ABSENT, a);
	a = decode(OVPP_ETH_CODE, OK("\"0x616263\""));
	EXPECT_RESULT(OVPP_ETH_OK, a);
	EXPECT_EQ(0x4e, a.hash[0]) TH_LOG("Keccak-256 of abc");
	ovpp_eth_answer_free(&a);
	a = decode(OVPP_ETH_SEND, OK("\"0x" H1 "\""));
	EXPECT_RESULT(OVPP_ETH_OK, a);
	a = decode(OVPP_ETH_RECEIPT, OK("null"));
	EXPECT_RESULT(OVPP_ETH_ABSENT, a);
	a = decode(OVPP_ETH_RECEIPT, OK("{\"transactionHash\":\"0x" H1 "\",\"blockHash\":null}"));
	EXPECT_RESULT(OVPP_ETH_ABSENT, a);
}

#define LOG(block, data)                                                                      \
	"{\"address\":\"0x" A1 "\",\"topics\":[\"0x" H1 "\",\"0x" H0 "\"],\"data\":\"0x" data \
	"\",\"blockNumber\":\"" block "\",\"transactionHash\":\"0x" H0 "\",\"logIndex\":\"0x0\"}"

TEST(eth_events)
{
	struct ovpp_eth_answer a =
		decode(OVPP_ETH_LOGS, OK("[" LOG("0x10", "0102") "," LOG("0xff", "03") "]"));

	EXPECT_RESULT(OVPP_ETH_OK, a);
	ASSERT_EQ(2, a.logs);
	EXPECT_EQ(2, a.log[0].topics);
	EXPECT_EQ(2, a.log[0].size);
	EXPECT_EQ(0, memcmp(a.log[0].data, "\1\2", 2));
	EXPECT_EQ(3, a.log[1].data[0]);
	ovpp_eth_answer_free(&a);
	a = decode(OVPP_ETH_LOGS, OK("[" LOG("0x100", "") "]"));
	EXPECT_RESULT(OVPP_ETH_GARBAGE, a);
	ovpp_eth_answer_free(&a);
}

/* Those alone whose second topic is that. */
TEST(eth_events_of_one)
{
	struct ovpp_eth_request r = request(OVPP_ETH_LOGS);
	const char *text = OK("[" LOG("0x10", "") "]");
	struct ovpp_eth_answer a = {0};
	char *asked;

	r.topic_at = 1;
	ovpp_eth_decode(&r, 7, text, strlen(text), &a);
	EXPECT_RESULT(OVPP_ETH_OK, a);
	ovpp_eth_answer_free(&a);
	r.topic_at = 2;
	ovpp_eth_decode(&r, 7, text, strlen(text), &a);
	EXPECT_RESULT(OVPP_ETH_GARBAGE, a);
	ovpp_eth_answer_free(&a);
	asked = ovpp_eth_encode(&r, 7);
	EXPECT_NE(NULL, strstr(asked, "[\"0x" H1 "\",null,\"0x" H0 "\"]"));
	free(asked);
	r.topic_at = 1;
	r.topic[31] = 1;
	ovpp_eth_decode(&r, 7, text, strlen(text), &a);
	EXPECT_RESULT(OVPP_ETH_GARBAGE, a);
	ovpp_eth_answer_free(&a);
}

TEST(eth_what_is_no_answer)
{
	static const struct {
		enum ovpp_eth_method method;
		const char *text;
		enum ovpp_eth_result result;
	} of[] = {
		{OVPP_ETH_CHAIN_ID, "", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "<html>", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "null", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "[" OK("\"0x1\"") "]", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, OK("\"0x1\"") "x", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "{\"jsonrpc\":\"2.0\",\"id\":7}", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "{\"id\":7,\"result\":\"0x1\"}", OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "{\"jsonrpc\":\"2.0\",\"id\":\"7\",\"result\":\"0x1\"}",
		 OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, "{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":\"0x1\"}",
		 OVPP_ETH_WRONG_ID},
		{OVPP_ETH_CHAIN_ID, "{\"jsonrpc\":\"2.0\",\"id\":7,\"id\":7,\"result\":\"0x1\"}",
		 OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, OK("null"), OVPP_ETH_NULL},
		{OVPP_ETH_CHAIN_ID, OK("1"), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, OK("\"1\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, OK("\"0x01\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CHAIN_ID, OK("\"0x8000000000000000\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CODE, OK("\"0x1\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CODE, OK("\"0xzz\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CALL, OK("\"\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_SEND, OK("\"0x" H0 "\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_SEND, OK("null"), OVPP_ETH_NULL},
		{OVPP_ETH_FEES, OK("{}"), OVPP_ETH_GARBAGE},
		{OVPP_ETH_RECEIPT, OK("{}"), OVPP_ETH_ABSENT},
		{OVPP_ETH_RECEIPT,
		 OK("{\"transactionHash\":\"0x" H0 "\",\"blockHash\":\"0x" H0 "\"}"),
		 OVPP_ETH_GARBAGE},
		{OVPP_ETH_RECEIPT, OK("7"), OVPP_ETH_GARBAGE},
		{OVPP_ETH_BLOCK, OK("{\"number\":\"0x1\"}"), OVPP_ETH_GARBAGE},
		{OVPP_ETH_LOGS, OK("{}"), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CALL, ERROR("3", "\"message\":\"execution reverted\",\"data\":\"0x01\""),
		 OVPP_ETH_REVERTED},
		{OVPP_ETH_CALL, ERROR("-32000", "\"message\":\"execution reverted\""),
		 OVPP_ETH_REVERTED},
		{OVPP_ETH_CALL, ERROR("-32601", "\"message\":\"no such method\""),
		 OVPP_ETH_REFUSED},
		{OVPP_ETH_CALL, ERROR("-32005", "\"message\":\"limit exceeded\""),
		 OVPP_ETH_RATE_LIMITED},
		{OVPP_ETH_CALL, ERROR("\"x\"", "\"message\":\"m\""), OVPP_ETH_GARBAGE},
		{OVPP_ETH_CALL, ERROR("1", "\"message\":7"), OVPP_ETH_GARBAGE},
	};

	for (size_t i = 0; i < N(of); i++) {
		struct ovpp_eth_answer a = decode(of[i].method, of[i].text);

		EXPECT_EQ(of[i].result, a.result)
		{
			TH_LOG("%s is: %s (%s)", of[i].text, ovpp_eth_result_name(a.result),
			       a.text);
		}
		ovpp_eth_answer_free(&a);
	}
}

/* anvil shows what an error says, with its zeros. */
TEST(eth_errors_of_contracts_have_names)
{
	struct ovpp_eth_answer a = decode(
		OVPP_ETH_ESTIMATE,
		ERROR("3", "\"message\":\"execution reverted: custom error: \\u0000\\u0001\","
			   "\"data\":\"0xec442f05" H0 "\""));

	EXPECT_EQ(OVPP_ETH_REVERTED, a.result);
	EXPECT_STREQ("ERC20InvalidReceiver", a.text);
	ovpp_eth_answer_free(&a);
	a = decode(OVPP_ETH_CALL, ERROR("3", "\"message\":\"execution reverted: a\\u0000b\","
					     "\"data\":\"0x01020304\""));
	EXPECT_EQ(OVPP_ETH_REVERTED, a.result);
	EXPECT_STREQ("error 0x01020304", a.text);
	ovpp_eth_answer_free(&a);
	a = decode(OVPP_ETH_CALL, ERROR("3", "\"message\":\"execution reverted: a\\u0000b\""));
	EXPECT_STREQ("execution reverted: a", a.text);
	ovpp_eth_answer_free(&a);
	a = decode(OVPP_ETH_CHAIN_ID, OK("\"0x1\\u0000\""));
	EXPECT_EQ(OVPP_ETH_GARBAGE, a.result);
	ovpp_eth_answer_free(&a);
}

/* As geth, Erigon, Nethermind, Besu, Reth and anvil word it. */
TEST(eth_why_a_transaction_is_not_taken)
{
	static const struct {
		const char *text;
		enum ovpp_eth_result result;
	} of[] = {
		{"already known", OVPP_ETH_KNOWN},
		{"AlreadyKnown", OVPP_ETH_KNOWN},
		{"Known transaction", OVPP_ETH_KNOWN},
		{"transaction already imported", OVPP_ETH_KNOWN},
		{"nonce too low: next nonce 5, tx nonce 4", OVPP_ETH_NONCE_TOO_LOW},
		{"OldNonce, Current nonce: 5, nonce of rejected tx: 4", OVPP_ETH_NONCE_TOO_LOW},
		{"Nonce too low", OVPP_ETH_NONCE_TOO_LOW},
		{"Transaction nonce is below current nonce", OVPP_ETH_NONCE_TOO_LOW},
		{"replacement transaction underpriced", OVPP_ETH_UNDERPRICED},
		{"ReplacementNotAllowed", OVPP_ETH_UNDERPRICED},
		{"could not replace existing tx", OVPP_ETH_UNDERPRICED},
		{"transaction underpriced: tip needed 1, tip permitted 0", OVPP_ETH_FEE_TOO_LOW},
		{"max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1",
		 OVPP_ETH_FEE_TOO_LOW},
		{"FeeTooLow, MaxFeePerGas too low", OVPP_ETH_FEE_TOO_LOW},
		{"Gas price below configured minimum gas price", OVPP_ETH_FEE_TOO_LOW},
		{"insufficient funds for gas * price + value: balance 0", OVPP_ETH_NO_FUNDS},
		{"Insufficient funds for gas * price + value", OVPP_ETH_NO_FUNDS},
		{"Upfront cost exceeds account balance", OVPP_ETH_NO_FUNDS},
		{"invalid chain id for signer", OVPP_ETH_REFUSED},
		{"txpool is full", OVPP_ETH_REFUSED},
		{"", OVPP_ETH_REFUSED},
	};

	for (size_t i = 0; i < N(of); i++) {
		EXPECT_EQ(of[i].result, ovpp_eth_classify(of[i].text)) TH_LOG("%s", of[i].text);
	}
}

/* ---- exchanges ---- */

#define START(s, ...)                                               \
	do {                                                        \
		static const char *const replies[] = {__VA_ARGS__}; \
		server_start(&self->s, replies, N(replies));        \
		self->url[self->options.urls++] = self->s.url;      \
	} while (0)

FIXTURE(rpc)
{
	struct server a, b;
	const char *url[2];
	struct ovpp_rpc_options options;
	struct ovpp_rpc *rpc;
	struct ovpp_eth_answer answer;
	char err[200];
};

FIXTURE_SETUP(rpc)
{
	self->options = (struct ovpp_rpc_options){
		.url = self->url,
		.chain_id = 31337,
		.timeout_ms = 5000,
		.size_max = 1000,
	};
}

FIXTURE_TEARDOWN(rpc)
{
	ovpp_eth_answer_free(&self->answer);
	ovpp_rpc_close(self->rpc);
	if (self->a.thread)
		server_stop(&self->a);
	if (self->b.thread)
		server_stop(&self->b);
}

#define OPEN() \
	ASSERT_EQ(0, ovpp_rpc_open(&self->options, NULL, &self->rpc, self->err, sizeof(self->err)))
#define ASK(method_)                                          \
	do {                                                  \
		struct ovpp_eth_request r = request(method_); \
		ovpp_eth_answer_free(&self->answer);          \
		ovpp_rpc_ask(self->rpc, &r, &self->answer);   \
	} while (0)

TEST_F(rpc, the_chain_is_asked_first_and_once)
{
	START(a, CHAIN, GOOD("\"0x5\""), GOOD("\"0x6\""));
	OPEN();
	ASK(OVPP_ETH_NONCE);
	EXPECT_RESULT(OVPP_ETH_OK, self->answer);
	EXPECT_EQ(5, self->answer.number);
	ASK(OVPP_ETH_NONCE);
	EXPECT_EQ(6, self->answer.number);
	EXPECT_EQ(3, self->a.seen);
}

/* What is done is not known: each is told apart from each other and from any answer. */
TEST_F(rpc, faults_are_told_apart)
{
	static const struct {
		const char *reply;
		enum ovpp_eth_result result;
	} of[] = {
		{HTTP("429 Too Many Requests", "Retry-After: 7\r\n", "slow"),
		 OVPP_ETH_RATE_LIMITED},
		{HTTP("503 Unavailable", "", "{}"), OVPP_ETH_SERVER},
		{HTTP("301 Moved", "Location: http://127.0.0.1:1/\r\n", ""), OVPP_ETH_HTTP},
		{HTTP("403 Forbidden", "", "{}"), OVPP_ETH_HTTP},
		{HTTP("200 OK", "", "<html>"), OVPP_ETH_GARBAGE},
		{HTTP("200 OK", "", ""), OVPP_ETH_GARBAGE},
		{GOOD("null"), OVPP_ETH_NULL},
		{HTTP("200 OK", "", "{\"jsonrpc\":\"2.0\",\"id\":999,\"result\":\"0x5\"}"),
		 OVPP_ETH_WRONG_ID},
		{NULL, OVPP_ETH_UNREACHABLE},
	};

	for (size_t i = 0; i < N(of); i++) {
		const char *replies[] = {CHAIN, of[i].reply};

		server_start(&self->a, replies, 2);
		self->url[0] = self->a.url;
		self->options.urls = 1;
		OPEN();
		ASK(OVPP_ETH_NONCE);
		EXPECT_EQ(of[i].result, self->answer.result)
		{
			TH_LOG("%s: %s", of[i].reply, self->answer.text);
		}
		ovpp_rpc_close(self->rpc);
		self->rpc = NULL;
		server_stop(&self->a);
		self->a.thread = 0;
	}
}

TEST_F(rpc, an_answer_that_is_too_large_is_not_read)
{
	static char big[3000];
	const char *replies[] = {CHAIN, big};
	int n = snprintf(big, sizeof(big), "%s", HTTP("200 OK", "", ""));

	memset(big + n, ' ', 1001);
	server_start(&self->a, replies, 2);
	self->url[self->options.urls++] = self->a.url;
	OPEN();
	ASK(OVPP_ETH_NONCE);
	EXPECT_RESULT(OVPP_ETH_TOO_LARGE, self->answer);
}

TEST_F(rpc, a_server_that_says_nothing_is_not_waited_for)
{
	/* It listens, but nobody accepts. */
	START(a, CHAIN);
	server_stop(&self->a);
	self->a.thread = 0;
	self->a.fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(any);

	ASSERT_EQ(0, bind(self->a.fd, (struct sockaddr *)&any, sizeof(any)));
	ASSERT_EQ(0, listen(self->a.fd, 1));
	ASSERT_EQ(0, getsockname(self->a.fd, (struct sockaddr *)&any, &size));
	snprintf(self->a.url, sizeof(self->a.url), "http://127.0.0.1:%u", ntohs(any.sin_port));
	self->options.timeout_ms = 100;
	OPEN();
	ASK(OVPP_ETH_NONCE);
	EXPECT_RESULT(OVPP_ETH_TIMEOUT, self->answer);
	close(self->a.fd);
}

TEST_F(rpc, the_next_endpoint_is_asked_and_the_first_is_left_alone)
{
	START(a, CHAIN, HTTP("500 Oops", "", ""));
	START(b, CHAIN, GOOD("\"0x5\""), GOOD("\"0x6\""));
	OPEN();
	ASK(OVPP_ETH_NONCE);
	EXPECT_EQ(5, self->answer.number);
	ASK(OVPP_ETH_NONCE);
	EXPECT_EQ(6, self->answer.number);
	EXPECT_EQ(2, self->a.seen);
	EXPECT_EQ(3, self->b.seen);
}

TEST_F(rpc, an_endpoint_of_another_chain_is_never_asked_more)
{
	START(a, GOOD("\"0x1\""));
	START(b, CHAIN, GOOD("\"0x5\""));
	OPEN();
	ASK(OVPP_ETH_SEND);
	EXPECT_RESULT(OVPP_ETH_GARBAGE, self->answer);
	ASK(OVPP_ETH_NONCE);
	EXPECT_EQ(1, self->a.seen);
}

TEST_F(rpc, all_of_another_chain)
{
	START(a, GOOD("\"0x1\""));
	OPEN();
	ASK(OVPP_ETH_NONCE);
	EXPECT_RESULT(OVPP_ETH_WRONG_CHAIN, self->answer);
	EXPECT_NE(NULL, strstr(self->answer.text, "chain 1, not 31337"));
	ASK(OVPP_ETH_NONCE);
	EXPECT_RESULT(OVPP_ETH_UNREACHABLE, self->answer);
	EXPECT_EQ(1, self->a.seen);
}

TEST_F(rpc, retry_after_is_kept_and_keys_in_urls_are_not_shown)
{
	json_t *status, *one;

	START(a, HTTP("429 Too Many Requests", "Retry-After: 300\r\n", ""));
	OPEN();
	ASK(OVPP_ETH_NONCE);
	status = ovpp_rpc_status(self->rpc);
	one = json_array_get(status, 0);
	EXPECT_STREQ("rate limited", json_string_value(json_object_get(one, "state")));
	EXPECT_LT(290000, json_integer_value(json_object_get(one, "retry_ms")));
	EXPECT_GE(300000, json_integer_value(json_object_get(one, "retry_ms")));
	EXPECT_EQ(NULL, strstr(json_string_value(json_object_get(one, "url")), "key"));
	json_decref(status);
}

TEST_F(rpc, endpoints_that_are_not_taken)
{
	static const char *const bad[] = {
		"http://example.org",		"ftp://127.0.0.1",
		"file:///etc/passwd",		"",
		"http://127.0.0.1.example.org", "http://localhost.example.org"};

	self->options.urls = 1;
	for (size_t i = 0; i < N(bad); i++) {
		self->url[0] = bad[i];
		EXPECT_EQ(-EINVAL, ovpp_rpc_open(&self->options, NULL, &self->rpc, self->err,
						 sizeof(self->err)))
		{
			TH_LOG("%s", bad[i]);
		}
	}
	self->options.urls = 0;
	EXPECT_EQ(-EINVAL,
		  ovpp_rpc_open(&self->options, NULL, &self->rpc, self->err, sizeof(self->err)));
}

TEST_HARNESS_MAIN
