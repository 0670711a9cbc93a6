/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An outbox, its database and a chain (fake_chain.h), for tests; after the harness. */
#ifndef OVPP_TEST_OUTBOX_FIXTURE_H
#define OVPP_TEST_OUTBOX_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static inline void open_outbox(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	ASSERT_EQ(SQLITE_OK, sqlite3_open(self->path, &self->sql));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA journal_mode = WAL"));
	ASSERT_EQ(0, ovpp_outbox_open(self->sql, &self->options, &self->o));
	/* No power is cut here: nothing has to wait for the disk. */
	ASSERT_EQ(2, ovpp_sql_number(self->sql, "PRAGMA synchronous"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA synchronous = OFF"));
}

static inline void close_outbox(FIXTURE_DATA(outbox) * self)
{
	ovpp_outbox_close(self->o);
	sqlite3_close(self->sql);
	self->o = NULL;
}

static inline void remove_database(const char *path)
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

	snprintf(self->path, sizeof(self->path), "%s/outbox-%d.db", out ? out : "/tmp", getpid());
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

static inline struct ovpp_anchor batch(uint64_t seq)
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

static inline void add(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t n)
{
	for (; n; n--) {
		struct ovpp_anchor b = batch(self->batches++);

		ASSERT_EQ(0, ovpp_outbox_add(self->sql, &self->options.target, &b));
	}
}

static inline int64_t count(FIXTURE_DATA(outbox) * self, enum ovpp_outbox_state state)
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
static inline void pass(FIXTURE_DATA(outbox) * self, uint64_t to)
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
static inline void step(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self,
			enum fault fault)
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
static inline void run_until(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self,
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

static inline void run_for(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self,
			   uint64_t ms)
{
	uint64_t end = self->now + ms;

	while (self->now < end)
		step(_metadata, self, NONE);
}

#define RUN_FOR(ms) run_for(_metadata, self, ms)

/* Everything is anchored as it was added, once. */
static inline void expect_all(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	EXPECT_EQ(self->batches, self->chain.head.next);
	for (uint64_t i = 0; i < self->batches; i++) {
		struct ovpp_anchor b = batch(i);

		EXPECT_EQ(1, self->chain.anchored[i]);
		EXPECT_EQ(0, memcmp(b.root, self->chain.batch[i].root, sizeof(b.root)));
	}
}

#define EXPECT_ALL() expect_all(_metadata, self)

/* A new chain and a new ledger. */
static inline void begin_anew(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	close_outbox(self);
	remove_database(self->path);
	fake_free(&self->chain);
	fake_init(&self->chain, self->options.target.gateway, ovpp_evm_key_address(self->key));
	self->batches = 0;
	open_outbox(_metadata, self);
}

static inline uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

#endif /* OVPP_TEST_OUTBOX_FIXTURE_H */
