// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/evm_send.c: calls that another process sends, which has the outbox, as the daemon
 * does. Here that is the test, which writes to the database what it wants.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "evm_session.h"
#include "keccak.h"
#include "ledger_fixture.h"
#include "ledger_sql.h"
#include "rpc_server.h"

#define CODE GOOD("\"0x616263\"")

FIXTURE(send)
{
	char dir[256];
	char database[300];
	struct server server;
	struct ovpp_chain_config config;
	struct ovpp_evm_session *s;
	struct ovpp_evm_key *key;
	struct ovpp_outbox_call_result result;
	sqlite3 *sql;
	int lock;
	const char *change;
	bool patient;
	int looks;
};

FIXTURE_SETUP(send)
{
	static const char *const replies[] = {CHAIN, CHAIN, CODE};
	static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {1};
	struct ovpp_deployed *d = &self->config.deployment.contract[OVPP_REWARD_CLAIMS];
	char err[600];

	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
	snprintf(self->database, sizeof(self->database), "%s/a.outbox", self->dir);
	server_start(&self->server, replies, 3);
	self->config.network = ovpp_network("anvil");
	self->config.url[0] = self->server.url;
	self->config.urls = 1;
	d->known = true;
	ovpp_keccak256("abc", 3, d->code);
	ASSERT_EQ(0, ovpp_evm_key_new(secret, &self->key));
	ASSERT_EQ(0, ovpp_outbox_database(self->database, &self->sql, err, sizeof(err)));
	self->lock = ovpp_outbox_lock(self->database, err, sizeof(err));
	ASSERT_LE(0, self->lock);
	ASSERT_EQ(0, ovpp_evm_session_open(&self->config, &self->s, err, sizeof(err)));
	self->patient = true;
}

FIXTURE_TEARDOWN(send)
{
	ovpp_evm_session_close(self->s);
	server_stop(&self->server);
	close(self->lock);
	sqlite3_close(self->sql);
	ovpp_evm_key_free(self->key);
	remove_dir(self->dir);
}

/* The other process has done something. */
static bool progress(void *arg, const struct ovpp_outbox_call_result *now)
{
	FIXTURE_DATA(send) *self = arg;

	(void)now;
	if (!self->looks++ && self->change && ovpp_sql_exec(self->sql, self->change))
		abort();
	return self->patient;
}

static int send_call(FIXTURE_DATA(send) * self, enum ovpp_outbox_state until)
{
	const struct ovpp_evm_sender from = {self->key, self->database, progress, self};
	struct ovpp_abi arg = ovpp_abi_uint(7);

	return ovpp_evm_send(self->s, &from, OVPP_REWARD_CLAIMS, "test", "claim(uint256)", &arg, 1,
			     until, &self->result);
}

#define CALLS() ovpp_sql_number(self->sql, "SELECT COUNT(*) FROM call")
#define SAYS(text)                                                     \
	EXPECT_NE(NULL, strstr(ovpp_evm_session_error(self->s), text)) \
	{                                                              \
		TH_LOG("said: %s", ovpp_evm_session_error(self->s));   \
	}

TEST_F(send, until_it_is_in_a_block)
{
	self->change = "UPDATE call SET state = 3, block = 9, gas = 21000, cost_gwei = 5";
	EXPECT_EQ(0, send_call(self, OVPP_OUTBOX_MINED));
	EXPECT_EQ(OVPP_OUTBOX_MINED, self->result.state);
	EXPECT_EQ(9, self->result.block);
	EXPECT_EQ(1, CALLS());
	EXPECT_EQ(2, self->looks);
}

TEST_F(send, until_it_is_final)
{
	self->change = "UPDATE call SET state = 5";
	EXPECT_EQ(0, send_call(self, OVPP_OUTBOX_FINAL));
	EXPECT_EQ(OVPP_OUTBOX_FINAL, self->result.state);
}

TEST_F(send, what_the_contract_refuses)
{
	self->change = "UPDATE call SET state = 7, why = 'nothing to claim'";
	EXPECT_EQ(-EPROTO, send_call(self, OVPP_OUTBOX_MINED));
	SAYS("the contract refuses: nothing to claim");
	EXPECT_EQ(1, CALLS());
}

TEST_F(send, what_is_held_is_taken_back)
{
	self->change = "UPDATE call SET state = 8, why = 'over the budget'";
	EXPECT_EQ(-EDQUOT, send_call(self, OVPP_OUTBOX_MINED));
	SAYS("it was taken back: over the budget");
	EXPECT_EQ(OVPP_OUTBOX_HELD, self->result.state);
	EXPECT_EQ(0, CALLS());
}

TEST_F(send, who_does_not_wait_takes_it_back)
{
	self->patient = false;
	EXPECT_EQ(-ECANCELED, send_call(self, OVPP_OUTBOX_MINED));
	EXPECT_EQ(0, CALLS());
}

TEST_F(send, what_was_sent_cannot_be_taken_back)
{
	self->change = "UPDATE call SET state = 2";
	self->patient = false;
	/* The first look still finds it waiting. */
	EXPECT_EQ(-EINPROGRESS, send_call(self, OVPP_OUTBOX_MINED));
	SAYS("it was sent");
	EXPECT_EQ(1, CALLS());
}

TEST_F(send, another_contract_gets_nothing)
{
	self->config.deployment.contract[OVPP_REWARD_CLAIMS].code[0] ^= 1;
	EXPECT_EQ(-EINVAL, send_call(self, OVPP_OUTBOX_MINED));
	EXPECT_EQ(0, CALLS());
}

TEST_HARNESS_MAIN
