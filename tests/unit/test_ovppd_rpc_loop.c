// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/rpc_loop.c: requests in the daemon's event loop, several at a time. */
#include "kselftest_harness.h"

#include "../../userspace/ovppd/loop.c"
#include "../../userspace/ovppd/rpc_loop.c"
#include "rpc_server.h"

#define REQUESTS 8

FIXTURE(rpc)
{
	struct loop loop;
	struct server server;
	struct rpc_loop *r;
	char err[200];
	int done;
	int right;
};

FIXTURE_SETUP(rpc)
{
	int ret = loop_init(&self->loop);

	if (ret == -EPERM || ret == -ENOSYS)
		SKIP(return, "no io_uring here");
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(rpc)
{
	loop_exit(&self->loop);
	rpc_loop_close(self->r);
	if (self->server.thread)
		server_stop(&self->server);
}

static void open_rpc(struct __test_metadata *_metadata, FIXTURE_DATA(rpc) * self,
		     const char *const *replies, size_t n)
{
	const char *url = self->server.url;
	struct ovpp_rpc_options options = {.url = &url, .urls = 1, .chain_id = 31337};

	server_start(&self->server, replies, n);
	ASSERT_EQ(0, rpc_loop_open(&self->loop, &options, &self->r, self->err, sizeof(self->err)));
}

static void take(void *arg, struct ovpp_eth_answer *answer)
{
	FIXTURE_DATA(rpc) *self = arg;

	self->done++;
	self->right += answer->result == OVPP_ETH_OK && answer->number == 31337;
}

TEST_F(rpc, answers_come_through_the_loop)
{
	static const char *const replies[] = {CHAIN};
	struct ovpp_eth_request req = {.method = OVPP_ETH_NONCE};

	open_rpc(_metadata, self, replies, 1);
	for (int i = 0; i < REQUESTS; i++)
		ASSERT_EQ(0, ovpp_rpc_start(rpc_loop_rpc(self->r), &req, take, self));
	EXPECT_EQ(0, self->done);
	while (self->done < REQUESTS)
		ASSERT_EQ(0, loop_round(&self->loop, true));
	EXPECT_EQ(REQUESTS, self->right);
}

TEST_F(rpc, a_fault_comes_through_the_loop_and_then_none_is_asked)
{
	static const char *const replies[] = {HTTP("500 Oops", "", "")};
	struct ovpp_eth_request req = {.method = OVPP_ETH_NONCE};

	open_rpc(_metadata, self, replies, 1);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, ovpp_rpc_start(rpc_loop_rpc(self->r), &req, take, self));
		while (self->done <= i)
			ASSERT_EQ(0, loop_round(&self->loop, true));
	}
	EXPECT_EQ(0, self->right);
	EXPECT_EQ(1, self->server.seen);
}

TEST_F(rpc, closed_while_a_request_is_on_its_way)
{
	static const char *const replies[] = {CHAIN};
	struct ovpp_eth_request req = {.method = OVPP_ETH_NONCE};

	open_rpc(_metadata, self, replies, 1);
	ASSERT_EQ(0, ovpp_rpc_start(rpc_loop_rpc(self->r), &req, take, self));
	ASSERT_EQ(0, loop_round(&self->loop, true));
}

TEST_HARNESS_MAIN
