// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/ledger_key.c: the key in force changes, whatever cuts it short. */
/* timeout: 300 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "ledger.h"
#include "account.h"
#include "identity.h"
#include "ledger_key.h"
#include "ledger_schema.h"
#include "ledger_sql.h"

#define PASS "correct horse"
#define OTHER "battery staple"

FIXTURE(ledger)
{
	char top[256];
	char path[300];
	char dir[300];
	char err[512];
	sqlite3 *sql;
	struct ovpp_key_statement done;
	struct ovpp_rotation plain;
};

#define ERR self->err, sizeof(self->err)
#define SAYS(text) EXPECT_NE(NULL, strstr(self->err, text)) TH_LOG("said: %s", self->err)
#define ROTATE(passphrase, rotation) \
	ovpp_ledger_key_rotate(self->path, self->dir, passphrase, rotation, &self->done, ERR)

static sqlite3 *connect(const char *path)
{
	sqlite3 *sql = NULL;

	if (sqlite3_open(path, &sql) || ovpp_sql_exec(sql, "PRAGMA journal_mode = WAL"))
		abort();
	sqlite3_busy_timeout(sql, 10000);
	return sql;
}

static sqlite3 *create_ledger(const char *path)
{
	sqlite3 *sql = connect(path);
	char version[64];

	snprintf(version, sizeof(version), "PRAGMA user_version = %d", OVPP_LEDGER_VERSION);
	if (ovpp_sql_exec(sql, "BEGIN") || ovpp_sql_exec(sql, ovpp_ledger_schema) ||
	    ovpp_sql_exec(sql, version) || ovpp_sql_exec(sql, "COMMIT"))
		abort();
	return sql;
}

/* Epoch 0, as the daemon makes it. */
static int first_key(sqlite3 *sql, const char *dir, const char *passphrase)
{
	struct ovpp_keyring *k;
	char err[512];
	int ret = ovpp_keyring_create(dir, 0, passphrase, &k, err, sizeof(err));

	if (ret)
		return ret;
	ret = ovpp_sql_exec(sql, "BEGIN IMMEDIATE");
	if (!ret)
		ret = ovpp_ledger_key_first(sql, k);
	if (!ret)
		ret = ovpp_sql_exec(sql, "COMMIT");
	ovpp_keyring_close(k);
	return ret;
}

FIXTURE_SETUP(ledger)
{
	const char *out = getenv("OUT");

	snprintf(self->top, sizeof(self->top), "%s/key-XXXXXX", out ? out : ".");
	ASSERT_NE(NULL, mkdtemp(self->top));
	snprintf(self->path, sizeof(self->path), "%s/ledger.db", self->top);
	snprintf(self->dir, sizeof(self->dir), "%s/keys", self->top);
	self->sql = create_ledger(self->path);
}

FIXTURE_TEARDOWN(ledger)
{
	char command[300];

	sqlite3_close(self->sql);
	snprintf(command, sizeof(command), "rm -rf '%s'", self->top);
	EXPECT_EQ(0, system(command));
}

/* Batches [@from, @to), as far as keys care. */
static void batches(sqlite3 *sql, int from, int to)
{
	char text[400];

	for (int i = from; i < to; i++) {
		snprintf(text, sizeof(text),
			 "INSERT INTO batch VALUES (%d, 1, 0, 0, 1, 0, 0, 0, 0, 0, x'00', NULL, "
			 "NULL, "
			 "NULL)",
			 i);
		if (ovpp_sql_exec(sql, text))
			abort();
	}
}

/*
 * Number of keys in the table, if their statements are a chain from epoch 0 on and
 * agree with the columns; @s is set to the newest.
 */
static int chain(sqlite3 *sql, struct ovpp_key_statement *s)
{
	struct ovpp_key_statement prev;
	sqlite3_stmt *st;
	int n = 0;
	size_t at;

	if (ovpp_sql_prepare(sql, "SELECT statement, public, from_batch FROM key ORDER BY epoch",
			     &st))
		return -1;
	while (n >= 0 && sqlite3_step(st) == SQLITE_ROW) {
		if (ovpp_key_statement_open(sqlite3_column_blob(st, 0),
					    (size_t)sqlite3_column_bytes(st, 0), n ? &prev : NULL,
					    s, &at) ||
		    memcmp(s->key, sqlite3_column_blob(st, 1), OVPP_KEY_SIZE) ||
		    s->from != (uint64_t)sqlite3_column_int64(st, 2))
			n = -2;
		prev = *s;
		n++;
	}
	sqlite3_finalize(st);
	return n;
}

#define CHAIN() (chain(self->sql, &self->done))

/* Public key of a file; false if it does not open. */
static bool public_of(const char *dir, uint32_t epoch, const char *passphrase,
		      uint8_t key[OVPP_KEY_SIZE])
{
	struct ovpp_keyring *k;
	char err[512];

	if (ovpp_keyring_open(dir, epoch, passphrase, &k, err, sizeof(err)))
		return false;
	memcpy(key, ovpp_keyring_public(k), OVPP_KEY_SIZE);
	ovpp_keyring_close(k);
	return true;
}

/* Is the file of an epoch there, alone, and does it open as @key? */
static bool only_file(const char *dir, uint32_t epoch, const char *passphrase,
		      const uint8_t key[OVPP_KEY_SIZE])
{
	uint8_t has[OVPP_KEY_SIZE];
	char command[400];
	FILE *f;
	int n = -1;

	snprintf(command, sizeof(command), "ls -A '%s' | wc -l", dir);
	f = popen(command, "r");
	if (!f || fscanf(f, "%d", &n) != 1)
		n = -1;
	pclose(f);
	return n == 1 && public_of(dir, epoch, passphrase, has) && !memcmp(key, has, sizeof(has));
}

TEST_F(ledger, the_first_key_is_entered_once)
{
	uint32_t epoch = 7;

	EXPECT_EQ(-ENOENT, ovpp_ledger_key_current(self->sql, &epoch));
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ovpp_ledger_key_current(self->sql, &epoch));
	EXPECT_EQ(0, epoch);
	EXPECT_EQ(1, CHAIN());
	EXPECT_EQ(0, self->done.from);
	EXPECT_EQ(0, memcmp(self->done.gateway, self->done.key, OVPP_KEY_SIZE));
	EXPECT_TRUE(only_file(self->dir, 0, NULL, self->done.key));
}

TEST_F(ledger, only_epoch_0_can_be_the_first)
{
	struct ovpp_keyring *k;

	ASSERT_EQ(0, ovpp_keyring_create(self->dir, 1, NULL, &k, ERR));
	EXPECT_EQ(-EINVAL, ovpp_ledger_key_first(self->sql, k));
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	EXPECT_EQ(-EEXIST, ovpp_ledger_key_first(self->sql, k));
	EXPECT_EQ(1, CHAIN());
	ovpp_keyring_close(k);
}

TEST_F(ledger, a_new_key_begins_with_the_next_batch)
{
	const struct ovpp_rotation why = {.reason = "new owner"};
	uint8_t old[OVPP_KEY_SIZE];

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_TRUE(public_of(self->dir, 0, NULL, old));
	batches(self->sql, 0, 5);
	ASSERT_EQ(0, ROTATE(NULL, &why)) TH_LOG("%s", self->err);
	EXPECT_EQ(1, self->done.epoch);
	EXPECT_EQ(5, self->done.from);
	ASSERT_EQ(2, CHAIN());
	EXPECT_EQ(1, self->done.epoch);
	EXPECT_EQ(5, self->done.from);
	EXPECT_FALSE(self->done.revokes);
	EXPECT_STREQ("new owner", self->done.reason);
	EXPECT_EQ(0, memcmp(old, self->done.gateway, sizeof(old)));
	EXPECT_NE(0, memcmp(old, self->done.key, sizeof(old)));
	EXPECT_TRUE(only_file(self->dir, 1, NULL, self->done.key));
}

TEST_F(ledger, keys_follow_each_other)
{
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	for (int i = 0; i < 6; i++) {
		batches(self->sql, i / 2, (i + 1) / 2);
		ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
		EXPECT_EQ((i + 1) / 2, self->done.from);
	}
	EXPECT_EQ(7, CHAIN());
	EXPECT_TRUE(only_file(self->dir, 6, NULL, self->done.key));
}

TEST_F(ledger, revocation_says_from_where_on)
{
	struct ovpp_rotation r = {.revoke = true, .from = UINT64_MAX};

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	batches(self->sql, 0, 5);
	ASSERT_EQ(0, ROTATE(NULL, &r));
	ASSERT_EQ(2, CHAIN());
	EXPECT_TRUE(self->done.revokes);
	EXPECT_EQ(5, self->done.revoked_from);
	EXPECT_EQ(5, self->done.from);
	batches(self->sql, 5, 9);
	r.from = 7;
	ASSERT_EQ(0, ROTATE(NULL, &r));
	ASSERT_EQ(3, CHAIN());
	EXPECT_TRUE(self->done.revokes);
	EXPECT_EQ(7, self->done.revoked_from);
	EXPECT_EQ(9, self->done.from);
}

TEST_F(ledger, what_cannot_be_revoked_changes_nothing)
{
	struct ovpp_rotation r = {.revoke = true};

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	batches(self->sql, 0, 5);
	ASSERT_EQ(0, ROTATE(NULL, &self->plain));
	batches(self->sql, 5, 8);
	r.from = 4;
	EXPECT_EQ(-EINVAL, ROTATE(NULL, &r));
	SAYS("signs from batch 5 on, and 8 is next");
	r.from = 9;
	EXPECT_EQ(-EINVAL, ROTATE(NULL, &r));
	ASSERT_EQ(2, CHAIN());
	EXPECT_TRUE(only_file(self->dir, 1, NULL, self->done.key));
	r.from = 5;
	EXPECT_EQ(0, ROTATE(NULL, &r));
	EXPECT_EQ(5, self->done.revoked_from);
	r.from = 8;
	EXPECT_EQ(0, ROTATE(NULL, &r));
}

TEST_F(ledger, a_reason_is_short_text)
{
	char longest[OVPP_NAME_SIZE + 1];
	struct ovpp_rotation r = {.reason = longest};

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	memset(longest, 'x', sizeof(longest));
	longest[OVPP_NAME_SIZE] = '\0';
	EXPECT_EQ(-EINVAL, ROTATE(NULL, &r));
	SAYS("longer than 63 bytes");
	longest[OVPP_NAME_SIZE - 1] = '\0';
	EXPECT_EQ(0, ROTATE(NULL, &r));
	EXPECT_STREQ(longest, self->done.reason);
	r.reason = "\xff\xfe";
	EXPECT_EQ(-EINVAL, ROTATE(NULL, &r));
	SAYS("UTF-8");
	ASSERT_EQ(2, CHAIN());
	/* The file that it had made by then is in nobody's way. */
	EXPECT_EQ(0, ROTATE(NULL, &self->plain));
	EXPECT_TRUE(only_file(self->dir, 2, NULL, self->done.key));
}

TEST_F(ledger, the_passphrase_stays)
{
	ASSERT_EQ(0, first_key(self->sql, self->dir, PASS));
	EXPECT_EQ(-ENOKEY, ROTATE(NULL, &self->plain));
	EXPECT_EQ(-EKEYREJECTED, ROTATE(OTHER, &self->plain));
	ASSERT_EQ(1, CHAIN());
	EXPECT_TRUE(only_file(self->dir, 0, PASS, self->done.key));
	ASSERT_EQ(0, ROTATE(PASS, &self->plain));
	EXPECT_TRUE(only_file(self->dir, 1, PASS, self->done.key));
	EXPECT_FALSE(public_of(self->dir, 1, NULL, self->done.key));
}

TEST_F(ledger, a_passphrase_comes_with_a_new_key)
{
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ROTATE(PASS, &self->plain));
	EXPECT_TRUE(only_file(self->dir, 1, PASS, self->done.key));
	EXPECT_FALSE(public_of(self->dir, 1, NULL, self->done.key));
}

TEST_F(ledger, the_passphrase_can_be_changed)
{
	uint8_t key[OVPP_KEY_SIZE];
	uint32_t epoch = 9;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ROTATE(NULL, &self->plain));
	memcpy(key, self->done.key, sizeof(key));
#define PROTECT(has, wanted) \
	ovpp_ledger_key_protect(self->path, self->dir, has, wanted, &epoch, ERR)
	ASSERT_EQ(0, PROTECT(NULL, PASS)) TH_LOG("%s", self->err);
	EXPECT_EQ(1, epoch);
	EXPECT_FALSE(public_of(self->dir, 1, NULL, self->done.key));
	EXPECT_TRUE(only_file(self->dir, 1, PASS, key));
	EXPECT_EQ(-EKEYREJECTED, PROTECT(OTHER, NULL));
	ASSERT_EQ(0, PROTECT(PASS, NULL));
	EXPECT_TRUE(only_file(self->dir, 1, NULL, key));
	EXPECT_EQ(2, CHAIN());
}

TEST_F(ledger, the_account_gets_the_passphrase_too)
{
	struct ovpp_evm_key *account;
	uint32_t epoch;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ovpp_account_create(self->dir, NULL, &account, ERR));
	ovpp_evm_key_free(account);
	ASSERT_EQ(0, PROTECT(NULL, PASS)) TH_LOG("%s", self->err);
	EXPECT_EQ(-ENOKEY, ovpp_account_open(self->dir, NULL, &account, ERR));
	ASSERT_EQ(0, ovpp_account_open(self->dir, PASS, &account, ERR));
	ovpp_evm_key_free(account);
	/* As if the next change had been cut short between the two files. */
	ASSERT_EQ(0, ovpp_account_protect(self->dir, PASS, OTHER, ERR));
	EXPECT_EQ(-EKEYREJECTED, PROTECT(OTHER, OTHER));
	ASSERT_EQ(0, PROTECT(PASS, OTHER)) TH_LOG("%s", self->err);
	EXPECT_TRUE(public_of(self->dir, 0, OTHER, self->done.key));
	ASSERT_EQ(0, ROTATE(OTHER, &self->plain));
	ASSERT_EQ(0, ovpp_account_open(self->dir, OTHER, &account, ERR));
	ovpp_evm_key_free(account);
}

/* The gateway is registered on two chains, which know the keys up to these epochs. */
static void know(sqlite3 *sql, uint32_t first, uint32_t second, uint64_t since)
{
	struct ovpp_identity one = {.chain_id = 1, .since = since, .epoch = first};
	struct ovpp_identity two = {.chain_id = 2, .since = 0, .epoch = second};

	if (ovpp_identity_put(sql, &one) || ovpp_identity_put(sql, &two))
		abort();
}

TEST_F(ledger, a_rotation_waits_for_the_chains)
{
	const struct ovpp_rotation revoke = {.revoke = true, .from = UINT64_MAX};
	const struct ovpp_rotation force = {.force = true};

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	batches(self->sql, 0, 5);
	know(self->sql, 0, 0, 0);
	ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
	batches(self->sql, 5, 8);
	EXPECT_EQ(-EAGAIN, ROTATE(NULL, &self->plain));
	SAYS("the chain does not know the key of epoch 1");
	know(self->sql, 1, 0, 0);
	EXPECT_EQ(-EAGAIN, ROTATE(NULL, &self->plain));
	know(self->sql, 1, 1, 0);
	ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
	ASSERT_EQ(0, ROTATE(NULL, &force)) TH_LOG("%s", self->err);
	ASSERT_EQ(0, ROTATE(NULL, &revoke)) TH_LOG("%s", self->err);
	EXPECT_EQ(5, CHAIN());
}

/* There each key begins after the one before. */
TEST_F(ledger, a_rotation_waits_for_a_batch_that_the_chain_could_have)
{
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	batches(self->sql, 0, 5);
	know(self->sql, 0, 0, 5);
	EXPECT_EQ(-EAGAIN, ROTATE(NULL, &self->plain));
	SAYS("has signed no batch yet");
	batches(self->sql, 5, 6);
	ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
	know(self->sql, 1, 1, 5);
	EXPECT_EQ(-EAGAIN, ROTATE(NULL, &self->plain));
	SAYS("has signed no batch yet");
	batches(self->sql, 6, 7);
	ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
}

/* A file of epoch 1 that the ledger does not know. */
static void leave(const char *dir, const char *passphrase, uint8_t key[OVPP_KEY_SIZE])
{
	struct ovpp_keyring *k;
	char err[512];

	if (ovpp_keyring_create(dir, 1, passphrase, &k, err, sizeof(err)))
		abort();
	memcpy(key, ovpp_keyring_public(k), OVPP_KEY_SIZE);
	ovpp_keyring_close(k);
}

TEST_F(ledger, what_a_rotation_left_is_taken)
{
	uint8_t left[OVPP_KEY_SIZE];

	ASSERT_EQ(0, first_key(self->sql, self->dir, PASS));
	leave(self->dir, PASS, left);
	ASSERT_EQ(0, ROTATE(PASS, &self->plain)) TH_LOG("%s", self->err);
	EXPECT_EQ(0, memcmp(left, self->done.key, sizeof(left)));
	ASSERT_EQ(2, CHAIN());
	EXPECT_TRUE(only_file(self->dir, 1, PASS, self->done.key));
}

TEST_F(ledger, what_does_not_open_is_replaced)
{
	uint8_t left[OVPP_KEY_SIZE];

	ASSERT_EQ(0, first_key(self->sql, self->dir, PASS));
	leave(self->dir, OTHER, left);
	ASSERT_EQ(0, ROTATE(PASS, &self->plain)) TH_LOG("%s", self->err);
	EXPECT_NE(0, memcmp(left, self->done.key, sizeof(left)));
	EXPECT_TRUE(only_file(self->dir, 1, PASS, self->done.key));
}

TEST_F(ledger, what_is_damaged_is_replaced)
{
	uint8_t left[OVPP_KEY_SIZE];
	char path[340];

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	leave(self->dir, NULL, left);
	snprintf(path, sizeof(path), "%s/gateway-1.key", self->dir);
	ASSERT_EQ(0, truncate(path, 100));
	ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
	EXPECT_NE(0, memcmp(left, self->done.key, sizeof(left)));
	EXPECT_TRUE(only_file(self->dir, 1, NULL, self->done.key));
}

TEST_F(ledger, what_lacks_the_passphrase_is_replaced)
{
	uint8_t left[OVPP_KEY_SIZE];

	ASSERT_EQ(0, first_key(self->sql, self->dir, PASS));
	leave(self->dir, NULL, left);
	ASSERT_EQ(0, ROTATE(PASS, &self->plain)) TH_LOG("%s", self->err);
	EXPECT_NE(0, memcmp(left, self->done.key, sizeof(left)));
	EXPECT_FALSE(public_of(self->dir, 1, NULL, left));
	EXPECT_TRUE(only_file(self->dir, 1, PASS, self->done.key));
}

TEST_F(ledger, a_key_file_that_is_missing_or_another_changes_nothing)
{
	struct ovpp_keyring *k;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ovpp_keyring_erase(self->dir, 0, ERR));
	EXPECT_EQ(-ENOENT, ROTATE(NULL, &self->plain));
	SAYS("gateway-0.key: there is no such key file");
	ASSERT_EQ(0, ovpp_keyring_create(self->dir, 0, NULL, &k, ERR));
	ovpp_keyring_close(k);
	EXPECT_EQ(-EKEYREJECTED, ROTATE(NULL, &self->plain));
	SAYS("is another key than the ledger's");
	EXPECT_EQ(1, CHAIN());
}

/* The daemon's way: opens the ledger for writing, and closes it. */
static int write_with(const char *path, const char *dir, const char *passphrase, char *err,
		      size_t size)
{
	const struct ovpp_ledger_options options = {
		.path = path,
		.keys = dir,
		.passphrase = passphrase,
		.boot_id = "11111111-2222-3333-4444-555555555555",
		.software = "test 1",
		.chain = &ovpp_chain_embedded,
	};
	struct ovpp_ledger *l;
	int ret = ovpp_ledger_open(&options, &l, err, size);

	if (!ret)
		ovpp_ledger_close(l);
	return ret;
}

TEST_F(ledger, a_writer_needs_the_passphrase)
{
	ASSERT_EQ(0, first_key(self->sql, self->dir, PASS));
	EXPECT_EQ(-ENOKEY, write_with(self->path, self->dir, NULL, ERR));
	EXPECT_EQ(-EKEYREJECTED, write_with(self->path, self->dir, OTHER, ERR));
	EXPECT_EQ(0, write_with(self->path, self->dir, PASS, ERR)) TH_LOG("%s", self->err);
}

TEST_F(ledger, a_writer_signs_with_no_other_key)
{
	struct ovpp_keyring *k;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ovpp_keyring_erase(self->dir, 0, ERR));
	EXPECT_EQ(-ENOENT, write_with(self->path, self->dir, NULL, ERR));
	ASSERT_EQ(0, ovpp_keyring_create(self->dir, 0, NULL, &k, ERR));
	ovpp_keyring_close(k);
	EXPECT_EQ(-EKEYREJECTED, write_with(self->path, self->dir, NULL, ERR));
	SAYS("is another key than the ledger's");
}

TEST_F(ledger, what_is_no_ledger_is_said)
{
	char path[400];
	FILE *f;

	EXPECT_EQ(-ENOENT, ROTATE(NULL, &self->plain));
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
#define ROTATE_AT(path) \
	ovpp_ledger_key_rotate(path, self->dir, NULL, &self->plain, &self->done, ERR)
	snprintf(path, sizeof(path), "%s/nowhere.db", self->top);
	EXPECT_EQ(-ENOENT, ROTATE_AT(path));
	SAYS("there is no ledger");
	EXPECT_NE(0, access(path, F_OK));
	snprintf(path, sizeof(path), "%s/text.db", self->top);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database", f);
	fclose(f);
	EXPECT_EQ(-EBADMSG, ROTATE_AT(path));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA user_version = 1"));
	EXPECT_EQ(-EPROTO, ROTATE(NULL, &self->plain));
	SAYS("it has 1");
	ASSERT_EQ(1, CHAIN());
	EXPECT_TRUE(only_file(self->dir, 0, NULL, self->done.key));
}

TEST_F(ledger, before_the_first_key_there_is_nothing_to_rotate)
{
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	EXPECT_EQ(-ENOENT, ROTATE(NULL, &self->plain));
	SAYS("has no key yet");
}

/* Waits for a child. Return: its exit status, -1 if it did not exit. */
static int end_of(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(ledger, the_daemon_writes_on_meanwhile)
{
	int ready[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	if (!child) {
		sqlite3 *sql = connect(self->path);

		ovpp_sql_exec(sql, "BEGIN IMMEDIATE");
		batches(sql, 0, 3);
		if (write(ready[1], "x", 1) != 1)
			_exit(2);
		usleep(300000);
		_exit(ovpp_sql_exec(sql, "COMMIT") ? 1 : 0);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%s", self->err);
	EXPECT_EQ(3, self->done.from);
	EXPECT_EQ(0, end_of(child));
	close(ready[0]);
	close(ready[1]);
}

TEST_F(ledger, a_writer_that_does_not_end_is_said)
{
	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "BEGIN IMMEDIATE"));
	EXPECT_EQ(-EBUSY, ROTATE(NULL, &self->plain));
	SAYS("somebody else has been writing");
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "ROLLBACK"));
	EXPECT_EQ(0, ROTATE(NULL, &self->plain));
	EXPECT_TRUE(only_file(self->dir, 1, NULL, self->done.key));
}

#define RACERS 4

TEST_F(ledger, of_several_rotations_each_is_whole)
{
	pid_t child[RACERS];
	int rotated = 0;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	for (int i = 0; i < RACERS; i++) {
		child[i] = fork();
		if (!child[i]) {
			int n = 0, ret;

			for (int round = 0; round < 10; round++) {
				ret = ROTATE(NULL, &self->plain);
				if (ret && ret != -EBUSY)
					_exit(100);
				n += !ret;
			}
			_exit(n);
		}
	}
	for (int i = 0; i < RACERS; i++) {
		int n = end_of(child[i]);

		EXPECT_NE(100, n);
		EXPECT_LE(0, n);
		rotated += n;
	}
	EXPECT_LE(1, rotated);
	EXPECT_EQ(rotated + 1, CHAIN());
	EXPECT_TRUE(only_file(self->dir, (uint32_t)rotated, NULL, self->done.key));
}

/*
 * A rotation that is killed after its @n-th system call. Return: 0 if it was; 1 if it
 * came to its end before; -1 if processes cannot be traced here.
 */
static int killed_after(const char *path, const char *dir, int n)
{
	const struct ovpp_rotation plain = {0};
	struct ovpp_key_statement done;
	pid_t child = fork();
	char err[512];
	int status;

	if (!child) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(77);
		raise(SIGSTOP);
		_exit(ovpp_ledger_key_rotate(path, dir, NULL, &plain, &done, err, sizeof(err)) ? 1
											       : 0);
	}
	waitpid(child, &status, 0);
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_EXITKILL)))
		return -1;
	/* Two stops a call, before it and after it. */
	for (int i = 0; i < 2 * n; i++) {
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		waitpid(child, &status, 0);
		if (WIFEXITED(status))
			return WEXITSTATUS(status) ? -1 : 1;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return 0;
}

TEST_F_TIMEOUT(ledger, killed_anywhere_it_can_be_done_again, 300)
{
	uint8_t key[OVPP_KEY_SIZE];
	int n, ended = 0, before = 0, after = 0;
	uint32_t epoch;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	for (n = 1; !ended; n++) {
		int keys = CHAIN();

		sqlite3_close(self->sql);
		ended = killed_after(self->path, self->dir, n);
		self->sql = connect(self->path);
		if (ended < 0)
			SKIP(return, "NOTHING KILLED: processes cannot be traced here");
		ASSERT_EQ(0, ovpp_ledger_key_current(self->sql, &epoch));
		ASSERT_EQ((int)epoch + 1, CHAIN()) TH_LOG("after %d calls", n);
		ASSERT_TRUE(epoch + 1 == (uint32_t)keys || epoch == (uint32_t)keys);
		before += epoch + 1 == (uint32_t)keys;
		after += epoch == (uint32_t)keys;
		ASSERT_TRUE(public_of(self->dir, epoch, NULL, key)) TH_LOG("after %d calls", n);
		ASSERT_EQ(0, memcmp(key, self->done.key, sizeof(key)));
		ASSERT_EQ(0, ROTATE(NULL, &self->plain)) TH_LOG("%d calls: %s", n, self->err);
		ASSERT_EQ(epoch + 1, self->done.epoch);
		ASSERT_TRUE(only_file(self->dir, epoch + 1, NULL, self->done.key));
	}
	ksft_print_msg("killed after each of %d calls: %d before and %d after the commit\n", n - 2,
		       before, after - 1);
	EXPECT_LT(10, before);
	EXPECT_LT(3, after);
}

/* What a cut of power between the commit and the end leaves. */
TEST_F(ledger, a_key_of_the_past_is_erased_by_the_next_rotation)
{
	struct ovpp_keyring *k;

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	ASSERT_EQ(0, ROTATE(NULL, &self->plain));
	ASSERT_EQ(0, ovpp_keyring_create(self->dir, 0, NULL, &k, ERR));
	ovpp_keyring_close(k);
	ASSERT_EQ(0, ROTATE(NULL, &self->plain));
	EXPECT_TRUE(only_file(self->dir, 2, NULL, self->done.key));
}

/* The passphrase is not needed for it, and the key in force stays. */
TEST_F(ledger, a_key_of_the_past_is_erased_at_any_time)
{
	struct ovpp_keyring *k;

	EXPECT_EQ(-ENOENT, ovpp_ledger_key_tidy(self->path, self->dir, ERR));
	ASSERT_EQ(0, first_key(self->sql, self->dir, PASS));
	ASSERT_EQ(0, ovpp_ledger_key_tidy(self->path, self->dir, ERR));
	ASSERT_EQ(0, ROTATE(PASS, &self->plain));
	ASSERT_EQ(0, ovpp_keyring_create(self->dir, 0, PASS, &k, ERR));
	ovpp_keyring_close(k);
	EXPECT_FALSE(only_file(self->dir, 1, PASS, self->done.key));
	ASSERT_EQ(0, ovpp_ledger_key_tidy(self->path, self->dir, ERR));
	EXPECT_TRUE(only_file(self->dir, 1, PASS, self->done.key));
}

TEST_F(ledger, a_key_that_cannot_be_erased_is_said)
{
	char path[340];

	ASSERT_EQ(0, first_key(self->sql, self->dir, NULL));
	/* A folder in the place of a file of the past: not even root can write to it. */
	ASSERT_EQ(0, ROTATE(NULL, &self->plain));
	snprintf(path, sizeof(path), "%s/gateway-0.key", self->dir);
	ASSERT_EQ(0, mkdir(path, 0700));
	EXPECT_EQ(-EISDIR, ROTATE(NULL, &self->plain));
	SAYS("the key of epoch 2 is in force, but an old one is still there");
	EXPECT_EQ(3, CHAIN());
}

TEST_HARNESS_MAIN
