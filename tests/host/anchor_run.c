// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Anchors batches on a chain, for the tests of the outbox in tests/host: adds those that
 * are not there, one after the other, and runs the outbox until all are final.
 *
 *	anchor_run address		prints the account
 *	anchor_run DB URL[,URL...] CONTRACT CODE BATCHES [OPTION=NUMBER...]
 *
 * CONTRACT and CODE (Keccak-256 of its code) are hexadecimal without "0x". Options:
 *
 *	gateway		id in the registry (7)
 *	every		a batch is added each time so many questions or waits are over (2);
 *			0: others add them
 *	poll_ms, bump_ms, settle_ms, batch_gwei, day_gwei, timeout_ms
 *			of the outbox and its requests
 *	before_request, after_request, before_commit, after_commit
 *			the process kills itself there, at that one (1: the first)
 *	calls		with each of so many batches there is a call (outbox_call.h), which pays
 *			one wei to the account that begins with 0xca11 (0: none)
 *	linger		1: goes on when all are final, as a daemon does
 *	clock_s		the wall clock jumps forward by so much, back again, and as far the
 *			other way, all the time
 *
 * What is wrong is printed as it is said. Status 0: all are FINAL.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "keccak.h"
#include "ledger_sql.h"
#include "outbox_call.h"
#include "outbox_run.h"

/* Questions between two jumps of the clock. */
#define JUMP 5
#define LIFE_S 150

static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[0] = 0x42, [31] = 9};

enum point { BEFORE_REQUEST, AFTER_REQUEST, BEFORE_COMMIT, AFTER_COMMIT, N_POINTS };

/**
 * struct run - the one that is under way; hooks have no argument
 * @target: where batches go
 * @o: outbox
 * @sql: its connection
 * @batches: how many are to be anchored
 * @every: questions and waits between two that are added
 * @pauses: questions and waits until now
 * @gateway: id
 * @calls: one with each of so many batches
 * @linger: for ever
 * @from: account
 * @die: at which of these the process kills itself; 0: never
 * @passed: how many of these there were
 * @clock_s: jump of the wall clock
 * @ahead_s: of the wall clock now
 * @said: what was wrong lately
 */
static struct run {
	struct ovpp_outbox_target *target;
	struct ovpp_outbox *o;
	sqlite3 *sql;
	uint64_t batches;
	uint64_t every;
	uint64_t pauses;
	uint64_t gateway;
	uint64_t calls;
	uint64_t linger;
	const uint8_t *from;
	uint64_t die[N_POINTS];
	uint64_t passed[N_POINTS];
	uint64_t clock_s;
	int64_t ahead_s;
	char said[2 * OVPP_ETH_TEXT];
} run = {.every = 2, .gateway = 7};

static void die(const char *what)
{
	fprintf(stderr, "anchor_run: %s\n", what);
	exit(1);
}

/* ---- the clock: these take the place of the C library's, for all libraries ---- */

int clock_gettime(clockid_t id, struct timespec *t)
{
	int ret = (int)syscall(SYS_clock_gettime, id, t);

	if (!ret && id == CLOCK_REALTIME)
		t->tv_sec += run.ahead_s;
	return ret;
}

int gettimeofday(struct timeval *t, void *zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

static void jump(void)
{
	static const int way[] = {1, 0, -1, 0};
	uint64_t jumps = run.passed[BEFORE_REQUEST] / JUMP;

	run.ahead_s = way[jumps % 4] * (int64_t)run.clock_s;
}

/* ---- the end of the process ---- */

static void pass(enum point point)
{
	if (++run.passed[point] == run.die[point])
		raise(SIGKILL);
}

static int before_commit(void *arg)
{
	(void)arg;
	pass(BEFORE_COMMIT);
	return 0;
}

static int after_commit(void *arg, sqlite3 *sql, const char *name, int pages)
{
	(void)arg;
	(void)sql;
	(void)name;
	(void)pages;
	pass(AFTER_COMMIT);
	return SQLITE_OK;
}

/* The linker puts this in the place of ovpp_rpc_ask(), which is the other one. */
void __real_ovpp_rpc_ask(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req,
			 struct ovpp_eth_answer *answer);
void __wrap_ovpp_rpc_ask(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req,
			 struct ovpp_eth_answer *answer);

void __wrap_ovpp_rpc_ask(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req,
			 struct ovpp_eth_answer *answer)
{
	/* Whoever writes to the database must not wait for a node. */
	if (sqlite3_txn_state(run.sql, NULL) != SQLITE_TXN_NONE)
		die("a transaction of the database is open while a node is asked");
	pass(BEFORE_REQUEST);
	__real_ovpp_rpc_ask(rpc, req, answer);
	pass(AFTER_REQUEST);
	jump();
}

/* ---- batches ---- */

static struct ovpp_anchor batch(uint64_t seq)
{
	uint64_t now = (uint64_t)time(NULL) * 1000;
	struct ovpp_anchor b = {.seq = seq, .records = 3600, .t0_ms = now - 1000, .t1_ms = now};

	ovpp_keccak256(&seq, sizeof(seq), b.root);
	return b;
}

static void say(const char *text)
{
	if (!*text || !strcmp(text, run.said))
		return;
	snprintf(run.said, sizeof(run.said), "%s", text);
	puts(text);
	fflush(stdout);
}

static int add_call(void)
{
	const struct ovpp_outbox_call call = {
		.to = {0xca, 0x11},
		.value = ovpp_u256(1),
		.what = "pay",
	};
	int64_t id;

	return ovpp_outbox_call_add(run.sql, run.target->network.chain_id, run.from, &call, &id);
}

/* Both or none, as a program does that wants to know what it has asked for. */
static int add_batch(uint64_t seq)
{
	struct ovpp_anchor b = batch(seq);
	int ret = ovpp_sql_exec(run.sql, "BEGIN IMMEDIATE");

	if (ret)
		return ret;
	ret = ovpp_outbox_add(run.sql, run.target, &b);
	if (!ret && run.calls && !(seq % run.calls))
		ret = add_call();
	if (!ret)
		ret = ovpp_sql_exec(run.sql, "COMMIT");
	if (ret && !sqlite3_get_autocommit(run.sql))
		ovpp_sql_exec(run.sql, "ROLLBACK");
	return ret;
}

/* The next one, if there is any left; what cannot be stored now is stored later. */
static void add(void)
{
	int64_t next = ovpp_sql_number(run.sql, "SELECT COALESCE(MAX(seq) + 1, 0) FROM intent");

	if (!run.every || next < 0 || (uint64_t)next >= run.batches || run.pauses++ % run.every)
		return;
	if (add_batch((uint64_t)next))
		say("a batch cannot be stored");
}

static bool finished(void *arg)
{
	char text[160];

	(void)arg;
	add();
	say(ovpp_outbox_trouble(run.o));
	snprintf(text, sizeof(text),
		 "SELECT COUNT(*) >= %llu AND MIN(state) = 5 AND MAX(state) = 5 AND NOT EXISTS"
		 " (SELECT 1 FROM call WHERE state <> 5) FROM intent",
		 (unsigned long long)run.batches);
	return !run.linger && ovpp_sql_number(run.sql, text) == 1;
}

/* ---- begin ---- */

static void print_address(const struct ovpp_evm_key *key)
{
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(ovpp_evm_key_address(key), text);
	puts(text);
}

/* OPTION=NUMBER... */
static void take_options(char **argv, struct ovpp_outbox_options *o, struct ovpp_rpc_options *to)
{
	uint64_t timeout_ms = to->timeout_ms;
	const struct {
		const char *name;
		uint64_t *value;
	} known[] = {
		{"gateway", &run.gateway},
		{"calls", &run.calls},
		{"linger", &run.linger},
		{"every", &run.every},
		{"poll_ms", &o->poll_ms},
		{"bump_ms", &o->bump_ms},
		{"settle_ms", &o->settle_ms},
		{"batch_gwei", &o->batch_gwei},
		{"day_gwei", &o->day_gwei},
		{"timeout_ms", &timeout_ms},
		{"before_request", &run.die[BEFORE_REQUEST]},
		{"after_request", &run.die[AFTER_REQUEST]},
		{"before_commit", &run.die[BEFORE_COMMIT]},
		{"after_commit", &run.die[AFTER_COMMIT]},
		{"clock_s", &run.clock_s},
	};

	for (; *argv; argv++) {
		size_t i = 0, length = strcspn(*argv, "=");

		while (i < sizeof(known) / sizeof(*known) &&
		       (strncmp(known[i].name, *argv, length) || known[i].name[length]))
			i++;
		if (i == sizeof(known) / sizeof(*known) || !(*argv)[length])
			die(*argv);
		*known[i].value = strtoull(*argv + length + 1, NULL, 10);
	}
	to->timeout_ms = (unsigned int)timeout_ms;
}

static void open_database(const char *path)
{
	char err[200];

	if (ovpp_outbox_lock(path, err, sizeof(err)) < 0 ||
	    ovpp_outbox_database(path, &run.sql, err, sizeof(err)))
		die(err);
	sqlite3_commit_hook(run.sql, before_commit, NULL);
	/* It takes the place of the one that writes the log back. */
	if (run.die[AFTER_COMMIT])
		sqlite3_wal_hook(run.sql, after_commit, NULL);
}

static void anchor(char **argv, const struct ovpp_evm_key *key)
{
	struct ovpp_outbox_options options = {
		.target.network = *ovpp_network("anvil"),
		.key = key,
		.batch_gwei = 100000000,
		.day_gwei = 100000000000,
		.poll_ms = 50,
		.bump_ms = 20000,
		.settle_ms = 300,
	};
	const char *url[OVPP_RPC_ENDPOINTS];
	struct ovpp_rpc_options to = {
		.url = url,
		.chain_id = options.target.network.chain_id,
		.timeout_ms = 10000,
		.size_max = 1000000,
	};
	struct ovpp_rpc *rpc;
	char err[200];

	for (char *s = strtok(argv[2], ","); s && to.urls < OVPP_RPC_ENDPOINTS;
	     s = strtok(NULL, ","))
		url[to.urls++] = s;
	if (ovpp_unhex(argv[3], options.target.contract, OVPP_ADDRESS_SIZE) ||
	    ovpp_unhex(argv[4], options.code, OVPP_HASH_SIZE))
		die("no hexadecimal");
	run.batches = strtoull(argv[5], NULL, 10);
	take_options(argv + 6, &options, &to);
	options.target.gateway[30] = (uint8_t)(run.gateway >> 8);
	options.target.gateway[31] = (uint8_t)run.gateway;
	run.target = &options.target;
	run.from = ovpp_evm_key_address(key);
	open_database(argv[1]);
	if (ovpp_outbox_open(run.sql, &options, &run.o))
		die("no outbox");
	if (ovpp_rpc_open(&to, NULL, &rpc, err, sizeof(err)))
		die(err);
	/* Nothing here takes so long, whatever happens to it. */
	alarm(LIFE_S);
	ovpp_outbox_run(run.o, rpc, finished, NULL);
	ovpp_outbox_close(run.o);
	ovpp_rpc_close(rpc);
	sqlite3_close(run.sql);
}

int main(int argc, char **argv)
{
	struct ovpp_evm_key *key;

	if (ovpp_evm_key_new(secret, &key))
		die("no key");
	if (argc == 2 && !strcmp(argv[1], "address"))
		print_address(key);
	else if (argc >= 6)
		anchor(argv, key);
	else
		return 2;
	ovpp_evm_key_free(key);
	return 0;
}
