// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/ledger_read.c: batches of a ledger, as its readers see them. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../../userspace/lib/ledger_read.c"

#include "ledger_day.h"
#include "ledger_fixture.h"

/* Records of a batch here. */
#define PER_BATCH 10

FIXTURE(reader)
{
	char dir[256];
	char path[300];
	char err[256];
	struct ovpp_ledger *ledger;
	struct ovpp_reader *reader;
	struct ovpp_read_batch batch;
	struct ovpp_read_filter filter;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

/* Stores @n records from @first on as one batch; notes with the first. */
static int store(struct ovpp_ledger *l, struct ovpp_record *rec, uint64_t first, size_t n)
{
	struct ovpp_now now = {
		first * DAY_SPACING_NS, DAY_START_NS + first * DAY_SPACING_NS, {true, 500}};
	json_t *notes = first ? NULL : day_notes();
	struct ovpp_written done;
	int ret;

	day_records(rec, first, n);
	ret = ovpp_ledger_write(l, &site0, rec, n, notes, &now, &done);
	json_decref(notes);
	return ret;
}

static int open_reader(const char *path, struct ovpp_reader **r)
{
	char err[256];
	int ret = ovpp_reader_open(path, r, err, sizeof(err));

	if (ret)
		ksft_print_msg("%s: %s\n", path, err);
	return ret;
}

/* Where others than root get to, too. */
FIXTURE_SETUP(reader)
{
	snprintf(self->dir, sizeof(self->dir), "/tmp/ledger-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	ASSERT_EQ(0, chmod(self->dir, 0755));
	snprintf(self->path, sizeof(self->path), "%s/l.db", self->dir);
	ASSERT_EQ(0, open_ledger_at(self->path, BOOT, &self->ledger, self->err, sizeof(self->err)));
	for (uint64_t i = 0; i < 3; i++)
		ASSERT_EQ(0, store(self->ledger, self->rec, i * PER_BATCH, PER_BATCH));
	ASSERT_EQ(0, open_reader(self->path, &self->reader));
	self->filter = OVPP_READ_ALL;
}

FIXTURE_TEARDOWN(reader)
{
	ovpp_reader_close(self->reader);
	ovpp_ledger_close(self->ledger);
	remove_dir(self->dir);
}

/* Any SQL on the ledger, by somebody else. */
static int tamper(const char *path, const char *text)
{
	sqlite3 *sql;
	int ret = ovpp_sql_errno(sqlite3_open(path, &sql));

	if (!ret)
		ret = ovpp_sql_exec(sql, text);
	sqlite3_close(sql);
	return ret;
}

static uint64_t at(uint64_t seq)
{
	return DAY_START_NS + seq * DAY_SPACING_NS;
}

TEST_F(reader, a_batch_comes_back_as_it_was_written)
{
	struct ovpp_header h;
	struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	size_t wrong;

	EXPECT_EQ(3, ovpp_reader_batches(self->reader));
	ASSERT_EQ(0, ovpp_reader_batch(self->reader, 1, &self->batch));
	EXPECT_EQ(1, self->batch.seq);
	EXPECT_EQ(1, self->batch.instance);
	EXPECT_FALSE(self->batch.pruned);
	ASSERT_EQ(PER_BATCH, self->batch.n);
	day_records(self->rec, PER_BATCH, PER_BATCH);
	EXPECT_EQ(0, memcmp(self->rec, self->batch.rec, PER_BATCH * sizeof(self->rec[0])));
	ASSERT_EQ(0, ovpp_header_open(self->batch.cose, self->batch.cose_size, NULL, &h, gaps,
				      &wrong));
	EXPECT_EQ(1, h.seq);
}

TEST_F(reader, a_batch_that_is_not_there_is_said_to_be_so)
{
	EXPECT_EQ(-ENOENT, ovpp_reader_batch(self->reader, 3, &self->batch));
	EXPECT_EQ(-ENOENT, ovpp_reader_batch(self->reader, UINT64_MAX, &self->batch));
}

TEST_F(reader, damaged_columns_are_an_error)
{
	ASSERT_EQ(0, tamper(self->path, "UPDATE batch SET columns = x'00112233' WHERE seq = 0;"
					"UPDATE batch SET columns = x'' WHERE seq = 1;"
					"UPDATE batch SET seed = x'00' WHERE seq = 2"));
	for (uint64_t seq = 0; seq < 3; seq++)
		EXPECT_EQ(-EBADMSG, ovpp_reader_batch(self->reader, seq, &self->batch));
}

TEST_F(reader, columns_of_another_batch_are_an_error)
{
	ASSERT_EQ(0, store(self->ledger, self->rec, 30, 5));
	ASSERT_EQ(0,
		  tamper(self->path, "UPDATE batch SET columns ="
				     " (SELECT columns FROM batch WHERE seq = 3) WHERE seq = 0"));
	EXPECT_EQ(-EBADMSG, ovpp_reader_batch(self->reader, 0, &self->batch));
}

TEST_F(reader, what_the_retention_took_away_is_a_batch_without_records)
{
	const struct ovpp_retention limits = {.age_ms = 1};
	struct ovpp_now now = {.mono_ns = 100 * DAY_SECOND, .real_ns = at(400)};

	ASSERT_EQ(3, ovpp_ledger_prune(self->ledger, &limits, &now));
	ASSERT_EQ(0, ovpp_reader_batch(self->reader, 0, &self->batch));
	EXPECT_TRUE(self->batch.pruned);
	EXPECT_EQ(0, self->batch.n);
	EXPECT_NE(0, self->batch.cose_size);
	EXPECT_EQ(3, ovpp_reader_batches(self->reader));
}

/* Numbers of the batches that a filter finds, as digits. */
static const char *found(struct ovpp_reader *r, const struct ovpp_read_filter *f, char *text)
{
	uint64_t seq = 0;
	int ret;
	size_t n = 0;

	for (; n < 9 && !(ret = ovpp_reader_next(r, seq, f, &seq)); seq++)
		text[n++] = (char)('0' + seq);
	if (ret != -ENOENT)
		text[n++] = '!';
	text[n] = '\0';
	return text;
}

#define FOUND found(self->reader, &self->filter, self->err)

TEST_F(reader, batches_are_found_by_the_time_of_their_records)
{
	EXPECT_STREQ("012", FOUND);
	self->filter.min_ns = (int64_t)at(9);
	EXPECT_STREQ("012", FOUND);
	self->filter.min_ns++;
	EXPECT_STREQ("12", FOUND);
	self->filter.max_ns = (int64_t)at(20) - 1;
	EXPECT_STREQ("1", FOUND);
	self->filter.max_ns++;
	EXPECT_STREQ("12", FOUND);
	self->filter.min_ns = (int64_t)at(30);
	EXPECT_STREQ("", FOUND);
}

TEST_F(reader, batches_are_found_by_number_life_and_seq)
{
	self->filter.last = 1;
	EXPECT_STREQ("01", FOUND);
	self->filter = OVPP_READ_ALL;
	self->filter.min_seq = 10;
	self->filter.max_seq = 19;
	EXPECT_STREQ("1", FOUND);
	self->filter = OVPP_READ_ALL;
	self->filter.instance = 1;
	EXPECT_STREQ("012", FOUND);
	self->filter.instance = 2;
	EXPECT_STREQ("", FOUND);
}

TEST_F(reader, the_last_batch_is_found_too)
{
	uint64_t seq = 0;

	ASSERT_EQ(0, ovpp_reader_last(self->reader, &self->filter, &seq));
	EXPECT_EQ(2, seq);
	self->filter.max_ns = (int64_t)at(15);
	ASSERT_EQ(0, ovpp_reader_last(self->reader, &self->filter, &seq));
	EXPECT_EQ(1, seq);
	self->filter.last = 0;
	ASSERT_EQ(0, ovpp_reader_last(self->reader, &self->filter, &seq));
	EXPECT_EQ(0, seq);
	self->filter.max_ns = (int64_t)DAY_START_NS - 1;
	EXPECT_EQ(-ENOENT, ovpp_reader_last(self->reader, &self->filter, &seq));
}

/* With rows of the table span, and batches after the last of them. */
TEST_F(reader, batches_are_found_among_many)
{
	const uint64_t n = 2 * OVPP_LEDGER_SPAN + 5;
	uint64_t seq = 0, count = 0;

	for (uint64_t i = 3; i < n; i++)
		ASSERT_EQ(0, store(self->ledger, self->rec, i * PER_BATCH, PER_BATCH));
	ASSERT_EQ(2, ovpp_sql_number(ovpp_reader_sql(self->reader), "SELECT COUNT(*) FROM span"));
	for (uint64_t i = 0; !ovpp_reader_next(self->reader, i, &self->filter, &seq); i++) {
		EXPECT_EQ(i, seq);
		count++;
	}
	EXPECT_EQ(n, count);
	for (uint64_t i = 0; i < n; i += 37) {
		self->filter.min_ns = self->filter.max_ns = (int64_t)at(i * PER_BATCH);
		ASSERT_EQ(0, ovpp_reader_next(self->reader, 0, &self->filter, &seq));
		EXPECT_EQ(i, seq);
		EXPECT_EQ(-ENOENT, ovpp_reader_next(self->reader, i + 1, &self->filter, &seq));
		ASSERT_EQ(0, ovpp_reader_last(self->reader, &self->filter, &seq));
		EXPECT_EQ(i, seq);
	}
}

TEST_F(reader, the_device_table_of_a_batch_has_the_names_of_its_der)
{
	const struct ovpp_device *table, *d;
	size_t n;

	ASSERT_EQ(0, ovpp_reader_batch(self->reader, 0, &self->batch));
	ASSERT_EQ(0, ovpp_reader_table(self->reader, &self->batch, &table, &n));
	ASSERT_EQ(2, n);
	d = ovpp_device_find(table, n, DAY_PV);
	ASSERT_NE(NULL, d);
	EXPECT_STREQ("pv", d->name);
	EXPECT_EQ(NULL, ovpp_device_find(table, n, 3));
	EXPECT_EQ(NULL, ovpp_device_find(table, 0, DAY_PV));
	ASSERT_EQ(0, tamper(self->path, "UPDATE device_table SET cbor = x'ff' WHERE id > 0"));
	self->batch.devices = 77;
	EXPECT_EQ(-EBADMSG, ovpp_reader_table(self->reader, &self->batch, &table, &n));
	self->batch.devices = 1;
	EXPECT_EQ(-EBADMSG, ovpp_reader_table(self->reader, &self->batch, &table, &n));
}

TEST_F(reader, what_is_read_is_of_one_moment)
{
	ASSERT_EQ(0, ovpp_reader_begin(self->reader));
	ASSERT_EQ(0, store(self->ledger, self->rec, 30, PER_BATCH));
	EXPECT_EQ(3, ovpp_reader_batches(self->reader));
	EXPECT_EQ(-ENOENT, ovpp_reader_batch(self->reader, 3, &self->batch));
	ASSERT_EQ(0, ovpp_reader_end(self->reader));
	EXPECT_EQ(4, ovpp_reader_batches(self->reader));
}

TEST_F(reader, keys_are_read)
{
	struct ovpp_buffer statement = {0};
	uint8_t key[OVPP_KEY_SIZE];
	struct ovpp_key_statement s;
	size_t wrong;

	ASSERT_EQ(0, ovpp_reader_key(self->reader, 0, key));
	ASSERT_EQ(0, ovpp_reader_statement(self->reader, 0, &statement));
	ASSERT_EQ(0, ovpp_key_statement_open(statement.data, statement.size, NULL, &s, &wrong));
	EXPECT_EQ(0, memcmp(key, s.key, sizeof(key)));
	EXPECT_EQ(-ENOENT, ovpp_reader_key(self->reader, 1, key));
	EXPECT_EQ(-ENOENT, ovpp_reader_statement(self->reader, 1, &statement));
	ovpp_buffer_free(&statement);
	ASSERT_EQ(0, tamper(self->path, "UPDATE key SET public = x'00'"));
	EXPECT_EQ(-EBADMSG, ovpp_reader_key(self->reader, 0, key));
}

TEST_F(reader, nothing_can_be_written_through_it)
{
	EXPECT_EQ(-EACCES, ovpp_sql_exec(ovpp_reader_sql(self->reader), "DELETE FROM batch"));
}

TEST_F(reader, what_is_no_ledger_is_refused_with_a_reason)
{
	struct ovpp_reader *r;
	char other[400];

	snprintf(other, sizeof(other), "%s/other.db", self->dir);
	EXPECT_EQ(-ENOENT, ovpp_reader_open(other, &r, self->err, sizeof(self->err)));
	EXPECT_STREQ("No such file or directory", self->err);
	ASSERT_EQ(0, tamper(other, "CREATE TABLE a (b)"));
	EXPECT_EQ(-EPROTO, ovpp_reader_open(other, &r, self->err, sizeof(self->err)));
	EXPECT_STREQ("this is no ledger", self->err);
	ASSERT_EQ(0, tamper(other, "PRAGMA user_version = 1"));
	EXPECT_EQ(-EPROTO, ovpp_reader_open(other, &r, self->err, sizeof(self->err)));
	EXPECT_NE(NULL, strstr(self->err, "version 1"));
	ASSERT_EQ(0, truncate(other, 100));
	EXPECT_EQ(-EBADMSG, ovpp_reader_open(other, &r, self->err, sizeof(self->err)));
	EXPECT_NE('\0', self->err[0]);
}

/* As an unprivileged reader has it; root may write everywhere. */
static int become_nobody(void)
{
	return getuid() ? 0 : seteuid(65534);
}

static void become_again(void)
{
	if (seteuid(getuid()))
		abort();
}

/* In a folder where it may not write, with all of the ledger in one file. */
TEST_F(reader, who_may_not_write_reads_a_stopped_ledger)
{
	struct ovpp_reader *r;
	int ret;

	ovpp_reader_close(self->reader);
	self->reader = NULL;
	ovpp_ledger_close(self->ledger);
	self->ledger = NULL;
	ASSERT_EQ(0, chmod(self->path, 0444));
	ASSERT_EQ(0, chmod(self->dir, 0555));
	ASSERT_EQ(0, become_nobody());
	ret = ovpp_reader_open(self->path, &r, self->err, sizeof(self->err));
	become_again();
	ASSERT_EQ(0, ret);
	EXPECT_NE(NULL, r->unlocked);
	ASSERT_EQ(0, ovpp_reader_begin(r));
	EXPECT_EQ(0, ovpp_reader_batch(r, 2, &self->batch));
	EXPECT_EQ(0, ovpp_reader_end(r));

	/* A writer that comes meanwhile is noticed. */
	ASSERT_EQ(0, ovpp_reader_begin(r));
	ASSERT_EQ(0, chmod(self->dir, 0755));
	ASSERT_EQ(0, chmod(self->path, 0644));
	ASSERT_EQ(0, tamper(self->path, "UPDATE batch SET lost = 1"));
	EXPECT_EQ(-ESTALE, ovpp_reader_end(r));
	ovpp_reader_close(r);
}

/* What a cut of power leaves: the last batches are in the -wal file. */
TEST_F(reader, what_cannot_be_read_is_said_to_be_so)
{
	struct ovpp_reader *r;
	char command[2000], copy[310];
	int ret;

	snprintf(copy, sizeof(copy), "%s/c.db", self->dir);
	snprintf(command, sizeof(command),
		 "for f in %s %s-wal %s-shm; do cp $f $(echo $f | sed s/l.db/c.db/); done;"
		 " chmod 0 %s-shm; chmod 0555 %s",
		 self->path, self->path, self->path, copy, self->dir);
	ASSERT_EQ(0, system(command));
	ASSERT_EQ(0, become_nobody());
	ret = ovpp_reader_open(copy, &r, self->err, sizeof(self->err));
	become_again();
	ASSERT_EQ(-EACCES, ret);
	EXPECT_NE(NULL, strstr(self->err, "-shm"));
	ASSERT_EQ(0, chmod(copy, 0));
	ASSERT_EQ(0, become_nobody());
	ret = ovpp_reader_open(copy, &r, self->err, sizeof(self->err));
	become_again();
	EXPECT_EQ(-EACCES, ret);
	EXPECT_STREQ("Permission denied", self->err);
	ASSERT_EQ(0, chmod(self->dir, 0755));
}

TEST(a_path_is_escaped_in_a_uri)
{
	char *uri = immutable_uri("/a b?c#d%/e.db");

	EXPECT_STREQ("file:/a%20b%3Fc%23d%25/e.db?immutable=1", uri);
	free(uri);
}

TEST_HARNESS_MAIN
