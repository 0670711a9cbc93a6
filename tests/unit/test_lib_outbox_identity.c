// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/identity.c, outbox_fill.c, outbox_follow.c, outbox_file.c: batches of a ledger go to
 * the chain under the gateway's identity, those from before too.
 */
#include <errno.h>
#include <sys/stat.h>

#include "kselftest_harness.h"

#include "outbox_fixture.h"

#include "ledger_schema.h"

static const ovpp_address registry = {0xee, 9};

/* A database that is a ledger, as far as the outbox knows. */
static void make_ledger(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, ovpp_ledger_schema));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql,
				   "CREATE TABLE log (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL,"
				   " nodes BLOB NOT NULL, epoch INTEGER NOT NULL,"
				   " real_ms INTEGER NOT NULL, signature BLOB NOT NULL)"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "INSERT INTO key VALUES (0, x'00', 0, x'00')"));
}

#define MAKE_LEDGER() make_ledger(_metadata, self)

/* Batches that only the ledger has. */
static void store(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t n)
{
	sqlite3_stmt *st[2];

	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "BEGIN"));
	ASSERT_EQ(0, ovpp_sql_prepare(self->sql,
				      "INSERT INTO batch VALUES (?1, 1, 0, 0, ?2, 0, 0, ?3, ?4, 0,"
				      " x'00', NULL, NULL, NULL)",
				      &st[0]));
	ASSERT_EQ(0, ovpp_sql_prepare(self->sql,
				      "INSERT INTO log VALUES (?1, ?2, x'', 0, 0, x'00')", &st[1]));
	for (; n; n--) {
		struct ovpp_anchor b = batch(self->batches++);

		ASSERT_EQ(0, OVPP_SQL_RUN(st[0], (int64_t)b.seq, (int64_t)b.records,
					  (int64_t)b.t0_ms * 1000000 + 7,
					  (int64_t)b.t1_ms * 1000000 + 999999));
		sqlite3_bind_blob(st[1], 2, b.root, sizeof(b.root), SQLITE_STATIC);
		ASSERT_EQ(0, OVPP_SQL_RUN(st[1], (int64_t)b.seq));
	}
	sqlite3_finalize(st[0]);
	sqlite3_finalize(st[1]);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "COMMIT"));
}

#define STORE(n) store(_metadata, self, n)

static struct ovpp_identity identity_of(FIXTURE_DATA(outbox) * self, uint64_t since, uint32_t epoch)
{
	struct ovpp_identity id = {.chain_id = FAKE_ID, .since = since, .epoch = epoch};

	memcpy(id.registry, registry, sizeof(id.registry));
	memcpy(id.id, self->chain.gateway, sizeof(id.id));
	id.owner[0] = 0x55;
	return id;
}

static void identify(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t since,
		     uint32_t epoch)
{
	struct ovpp_identity id = identity_of(self, since, epoch);

	ASSERT_EQ(0, ovpp_identity_put(self->sql, &id));
}

#define IDENTIFY(since, epoch) identify(_metadata, self, since, epoch)

/* The outbox of a ledger that knows its number by its identity. */
static void of_a_ledger(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self)
{
	memset(self->options.target.gateway, 0, sizeof(self->options.target.gateway));
	memcpy(self->options.target.registry, registry, sizeof(registry));
	close_outbox(self);
	remove_database(self->path);
	open_outbox(_metadata, self);
	MAKE_LEDGER();
}

#define OF_A_LEDGER() of_a_ledger(_metadata, self)

/* ---- the row ---- */

TEST_F(outbox, an_identity_is_what_was_put)
{
	struct ovpp_identity id = identity_of(self, 7, 2), got;

	EXPECT_EQ(-ENOENT, ovpp_identity_get(self->sql, FAKE_ID, registry, &got))
	TH_LOG("there is no table");
	ASSERT_EQ(0, ovpp_identity_put(self->sql, &id));
	ASSERT_EQ(0, ovpp_identity_create(self->sql));
	ASSERT_EQ(0, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
	EXPECT_EQ(FAKE_ID, got.chain_id);
	EXPECT_EQ(0, memcmp(registry, got.registry, sizeof(registry)));
	EXPECT_EQ(0, memcmp(id.id, got.id, sizeof(got.id)));
	EXPECT_EQ(0, memcmp(id.owner, got.owner, sizeof(got.owner)));
	EXPECT_EQ(7, got.since);
	EXPECT_EQ(2, got.epoch);
	EXPECT_EQ(UINT64_MAX, got.until) TH_LOG("it is no ledger");
	id.epoch = 3;
	id.since = 8;
	ASSERT_EQ(0, ovpp_identity_put(self->sql, &id));
	ASSERT_EQ(0, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
	EXPECT_EQ(8, got.since);
	EXPECT_EQ(3, got.epoch);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM identity"));
	EXPECT_EQ(-ENOENT, ovpp_identity_get(self->sql, 1, registry, &got));
	EXPECT_EQ(-ENOENT, ovpp_identity_get(self->sql, FAKE_ID, fake_counter, &got));
	id.since = UINT64_MAX;
	EXPECT_EQ(-EINVAL, ovpp_identity_put(self->sql, &id));
}

TEST_F(outbox, an_identity_that_is_damaged_is_none)
{
	struct ovpp_identity got;

	IDENTIFY(0, 0);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "UPDATE identity SET gateway = x'00'"));
	EXPECT_EQ(-EBADMSG, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
}

TEST_F(outbox, batches_of_a_key_that_the_chain_does_not_know_wait)
{
	struct ovpp_identity got;

	MAKE_LEDGER();
	IDENTIFY(0, 0);
	ASSERT_EQ(0, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
	EXPECT_EQ(UINT64_MAX, got.until);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "INSERT INTO key VALUES (1, x'01', 10, x'00'),"
					      " (2, x'02', 20, x'00')"));
	ASSERT_EQ(0, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
	EXPECT_EQ(10, got.until);
	IDENTIFY(0, 1);
	ASSERT_EQ(0, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
	EXPECT_EQ(20, got.until);
	IDENTIFY(0, 2);
	ASSERT_EQ(0, ovpp_identity_get(self->sql, FAKE_ID, registry, &got));
	EXPECT_EQ(UINT64_MAX, got.until);
}

/* ---- filling ---- */

static int64_t fill(struct __test_metadata *_metadata, FIXTURE_DATA(outbox) * self, uint64_t since)
{
	int64_t all = 0;
	int ret;

	while ((ret = ovpp_outbox_fill(self->sql, &self->options.target, since)) > 0) {
		EXPECT_GE(2000, ret) TH_LOG("nobody waits long");
		all += ret;
	}
	EXPECT_EQ(0, ret);
	return all;
}

#define FILL(since) fill(_metadata, self, since)

TEST_F(outbox, batches_from_before_are_filled_in)
{
	struct ovpp_anchor b = batch(4);

	MAKE_LEDGER();
	STORE(5);
	EXPECT_EQ(3, FILL(2));
	EXPECT_EQ(2, NUMBER("SELECT MIN(seq) FROM intent"));
	EXPECT_EQ((int64_t)b.t0_ms, NUMBER("SELECT t0_ms FROM intent WHERE seq = 4"));
	EXPECT_EQ((int64_t)b.t1_ms, NUMBER("SELECT t1_ms FROM intent WHERE seq = 4"));
	EXPECT_EQ(3600, NUMBER("SELECT records FROM intent WHERE seq = 4"));
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM intent i JOIN log l ON l.seq = i.seq"
			    " WHERE i.root = l.leaf AND i.state = 0"));
	EXPECT_EQ(0, FILL(2));
	STORE(2);
	EXPECT_EQ(2, FILL(2));
	EXPECT_EQ(2, FILL(0)) TH_LOG("older ones, too");
	EXPECT_EQ(7, COUNT(NEW));
	EXPECT_EQ(0, FILL(100));
	EXPECT_EQ(-EINVAL, ovpp_outbox_fill(self->sql, &self->options.target, UINT64_MAX));
}

TEST_F(outbox, many_batches_are_filled_in_some_at_a_time)
{
	MAKE_LEDGER();
	STORE(4500);
	EXPECT_EQ(1000, ovpp_outbox_fill(self->sql, &self->options.target, 2500));
	EXPECT_EQ(1000, FILL(2500));
	EXPECT_EQ(2500, FILL(0));
	EXPECT_EQ(4500, NUMBER("SELECT COUNT(*) FROM intent"));
}

TEST_F(outbox, what_is_anchored_stays_as_it_is)
{
	MAKE_LEDGER();
	STORE(3);
	FILL(0);
	RUN_UNTIL(MINED, 3);
	EXPECT_EQ(0, FILL(0));
	EXPECT_EQ(3, COUNT(MINED));
	EXPECT_ALL();
}

/* ---- an outbox that follows ---- */

TEST_F(outbox, all_batches_go_when_there_is_an_identity)
{
	json_t *status;

	OF_A_LEDGER();
	STORE(1200);
	RUN_FOR(200000);
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM intent"));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM attempt"));
	IDENTIFY(0, 0);
	RUN_UNTIL(MINED, 1200);
	EXPECT_ALL();
	status = ovpp_outbox_status(self->sql, &self->options.target);
	EXPECT_EQ(1200,
		  json_integer_value(json_object_get(json_object_get(status, "states"), "MINED")));
	json_decref(status);
}

TEST_F(outbox, an_identity_that_was_there_before)
{
	OF_A_LEDGER();
	STORE(5);
	self->chain.head.next = self->chain.genesis.next = 2;
	IDENTIFY(2, 0);
	close_outbox(self);
	open_outbox(_metadata, self);
	RUN_UNTIL(MINED, 3);
	EXPECT_EQ(2, NUMBER("SELECT MIN(seq) FROM intent"));
	EXPECT_EQ(5, self->chain.head.next);
}

TEST_F(outbox, batches_wait_until_the_chain_knows_their_key)
{
	OF_A_LEDGER();
	IDENTIFY(0, 0);
	STORE(5);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "INSERT INTO key VALUES (1, x'01', 3, x'00')"));
	RUN_UNTIL(MINED, 3);
	RUN_UNTIL(HELD, 2);
	TROUBLE("batch 3 and those after it are signed with a key that the chain does not know");
	TROUBLE("ovpp chain register");
	RUN_FOR(300000);
	EXPECT_EQ(3, self->chain.head.next);
	EXPECT_EQ(1, self->chain.sends);
	IDENTIFY(0, 1);
	RUN_UNTIL(MINED, 5);
	EXPECT_ALL();
}

/* It does not wait for the time when what is held is looked at again. */
TEST_F(outbox, they_go_on_at_once)
{
	uint64_t now;

	OF_A_LEDGER();
	IDENTIFY(0, 0);
	STORE(1);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "INSERT INTO key VALUES (1, x'01', 0, x'00')"));
	RUN_UNTIL(HELD, 1);
	now = self->now;
	IDENTIFY(0, 1);
	RUN_UNTIL(SENT, 1);
	EXPECT_GT(now + SETTLE / 2, self->now);
}

/* Registered anew: another number, another chain of heads. */
TEST_F(outbox, another_identity)
{
	OF_A_LEDGER();
	IDENTIFY(0, 0);
	STORE(2);
	RUN_UNTIL(MINED, 2);
	fake_reorg(&self->chain, 1000000 < self->chain.height ? 0 : self->chain.height - 1, false);
	self->chain.gateway[0] ^= 1;
	IDENTIFY(0, 0);
	RUN_UNTIL(MINED, 2);
	for (int i = 0; i < STEPS && self->chain.head.next < 2; i++)
		step(_metadata, self, NONE);
	EXPECT_EQ(2, self->chain.head.next);
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM target"));
}

/* ---- the file ---- */

TEST_F(outbox, a_database_of_its_own)
{
	char path[300], err[200] = "";
	struct stat st;
	sqlite3 *sql, *other;

	snprintf(path, sizeof(path), "%s.own", self->path);
	remove_database(path);
	ASSERT_EQ(0, ovpp_outbox_database(path, &sql, err, sizeof(err))) TH_LOG("%s", err);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(2, ovpp_sql_number(sql, "PRAGMA synchronous"));
	EXPECT_EQ(1, ovpp_sql_number(sql, "SELECT journal_mode = 'wal' FROM"
					  " pragma_journal_mode"));
	EXPECT_EQ(0, ovpp_sql_number(sql, "SELECT COUNT(*) FROM call"));
	/* Another one opens it as it is. */
	ASSERT_EQ(0, ovpp_sql_exec(sql, "INSERT INTO lane VALUES (1, 1, x'00', 5)"));
	ASSERT_EQ(0, ovpp_outbox_database(path, &other, err, sizeof(err))) TH_LOG("%s", err);
	EXPECT_EQ(5, ovpp_sql_number(other, "SELECT next_nonce FROM lane"));
	sqlite3_close(other);
	sqlite3_close(sql);
	remove_database(path);
	EXPECT_EQ(-ENOENT, ovpp_outbox_database("/nowhere/at/all", &sql, err, sizeof(err)));
	EXPECT_NE(NULL, strstr(err, "/nowhere/at/all: "));
}

TEST_F(outbox, a_file_that_is_no_database)
{
	char path[300], err[200] = "";
	sqlite3 *sql;
	FILE *f;

	snprintf(path, sizeof(path), "%s.own", self->path);
	remove_database(path);
	f = fopen(path, "w");
	ASSERT_NE(NULL, f);
	for (int i = 0; i < 100; i++)
		fputs("no database ", f);
	fclose(f);
	EXPECT_EQ(-EBADMSG, ovpp_outbox_database(path, &sql, err, sizeof(err)));
	EXPECT_NE(NULL, strstr(err, "not a database"));
	remove_database(path);
}

TEST_F(outbox, one_process_at_a_time)
{
	char path[300], err[200] = "";
	struct stat st;
	int fd = ovpp_outbox_lock(self->path, err, sizeof(err));

	ASSERT_LE(0, fd) TH_LOG("%s", err);
	snprintf(path, sizeof(path), "%s.outbox.lock", self->path);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(0, st.st_mode & 0137);
	EXPECT_EQ(-EBUSY, ovpp_outbox_lock(self->path, err, sizeof(err)));
	EXPECT_NE(NULL, strstr(err, "another process runs the outbox"));
	close(fd);
	fd = ovpp_outbox_lock(self->path, err, sizeof(err));
	EXPECT_LE(0, fd);
	close(fd);
	unlink(path);
	EXPECT_EQ(-ENOENT, ovpp_outbox_lock("/nowhere/at/all", err, sizeof(err)));
}

/* The daemon is not root, and must be able to run it after somebody who is. */
TEST_F(outbox, the_lock_belongs_to_whom_the_database_does)
{
	char path[300], err[200] = "";
	struct stat st;
	int fd;

	if (geteuid())
		SKIP(return, "only root can give a file away");
	ASSERT_EQ(0, chown(self->path, 12345, 12345));
	fd = ovpp_outbox_lock(self->path, err, sizeof(err));
	ASSERT_LE(0, fd) TH_LOG("%s", err);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(12345, st.st_uid);
	close(fd);
	snprintf(path, sizeof(path), "%s.outbox.lock", self->path);
	unlink(path);
}

TEST_HARNESS_MAIN
