// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/ledger_export.c, ledger_prove.c, ledger_check.c: evidence out of a ledger, as the
 * verifier of bundles takes it.
 */
#include "kselftest_harness.h"

#include "chain_log.h"
#include "ledger_check.h"
#include "ledger_export.h"
#include "ledger_key.h"
#include "ledger_sql.h"
#include "verify.h"

#include "ledger_day.h"
#include "ledger_fixture.h"

#define BATCHES 5
#define PER_BATCH 21

FIXTURE(evidence)
{
	char dir[256];
	char path[300];
	char err[256];
	struct ovpp_ledger *ledger;
	struct ovpp_reader *reader;
	uint8_t gateway[OVPP_KEY_SIZE];
	struct ovpp_buffer out;
	struct ovpp_export what;
	struct ovpp_exported done;
	struct ovpp_verify *v;
	const struct ovpp_verify_result *result;
	struct ovpp_check check;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

/* A batch that begins with record @first; a record before each is lost. */
static int store(struct ovpp_ledger *l, struct ovpp_record *rec, uint64_t batch)
{
	uint64_t first = batch * (PER_BATCH + 1) + 1;
	struct ovpp_now now = {
		first * DAY_SPACING_NS, DAY_START_NS + first * DAY_SPACING_NS, {true, 500}};
	json_t *notes = batch ? NULL : day_notes();
	struct ovpp_written done;
	int ret;

	day_records(rec, first, PER_BATCH);
	ret = ovpp_ledger_write(l, &site0, rec, PER_BATCH, notes, &now, &done);
	json_decref(notes);
	return ret;
}

/* The key of epoch 1 signs from batch 3 on. */
FIXTURE_SETUP(evidence)
{
	struct ovpp_rotation rotation = {.reason = "test"};
	struct ovpp_key_statement statement;
	char keys[400];

	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
	snprintf(self->path, sizeof(self->path), "%s/l.db", self->dir);
	snprintf(keys, sizeof(keys), "%s.keys", self->path);
	ASSERT_EQ(0, open_ledger_at(self->path, BOOT, &self->ledger, self->err, sizeof(self->err)));
	for (uint64_t i = 0; i < BATCHES; i++) {
		if (i == 3)
			ASSERT_EQ(0,
				  ovpp_ledger_key_rotate(self->path, keys, NULL, &rotation,
							 &statement, self->err, sizeof(self->err)));
		ASSERT_EQ(0, store(self->ledger, self->rec, i));
	}
	ASSERT_EQ(0, ovpp_reader_open(self->path, &self->reader, self->err, sizeof(self->err)));
	ASSERT_EQ(0, ovpp_reader_key(self->reader, 0, self->gateway));
	self->what = (struct ovpp_export){.last = BATCHES - 1};
}

FIXTURE_TEARDOWN(evidence)
{
	ovpp_verify_free(self->v);
	ovpp_buffer_free(&self->out);
	ovpp_reader_close(self->reader);
	ovpp_ledger_close(self->ledger);
	remove_dir(self->dir);
}

static int collect(void *out, const void *data, size_t size)
{
	return ovpp_buffer_add(out, data, size);
}

static int refuse(void *left, const void *data, size_t size)
{
	(void)data;
	(void)size;
	return (*(int *)left)-- > 0 ? 0 : -ENOSPC;
}

/* What the verifier says to what was collected. */
static int verify(struct ovpp_verify **v, const uint8_t *gateway, const struct ovpp_buffer *out,
		  const struct ovpp_verify_result **result)
{
	int ret;

	ovpp_verify_free(*v);
	*v = ovpp_verify_new(gateway, NULL);
	*result = ovpp_verify_result(*v);
	ret = ovpp_verify_feed(*v, out->data, out->size);
	if (!ret)
		ret = ovpp_verify_end(*v);
	if (ret)
		ksft_print_msg("%s\n", (*result)->fault.text);
	return ret;
}

#define VERIFY verify(&self->v, self->gateway, &self->out, &self->result)

#define EXPORT                                                                                   \
	({                                                                                       \
		self->out.size = 0;                                                              \
		ovpp_ledger_export(self->reader, &self->what, collect, &self->out, &self->done); \
	})

TEST_F(evidence, an_export_is_proven_whatever_batches_it_has)
{
	for (uint64_t first = 0; first < BATCHES; first++) {
		for (uint64_t last = first; last < BATCHES; last++) {
			self->what.first = first;
			self->what.last = last;
			ASSERT_EQ(0, EXPORT);
			ASSERT_EQ(0, VERIFY);
			EXPECT_EQ(last - first + 1, self->result->batches);
			EXPECT_EQ(last - first + 1, self->result->lost);
			EXPECT_EQ(self->done.records, self->result->disclosed);
			EXPECT_EQ(self->done.bytes, self->out.size);
			EXPECT_EQ(last + 1, self->result->head.size);
		}
	}
}

TEST_F(evidence, only_the_records_of_the_der_named_are_disclosed)
{
	const char *const names[] = {"bat0", "nobody"};
	uint64_t records = BATCHES * PER_BATCH, batteries = 0;

	for (uint64_t i = 0; i < BATCHES; i++) {
		day_records(self->rec, i * (PER_BATCH + 1) + 1, PER_BATCH);
		for (size_t j = 0; j < PER_BATCH; j++)
			batteries += self->rec[j].der == DAY_BATTERY;
	}
	self->what.der = names;
	self->what.n_der = 2;
	ASSERT_EQ(0, EXPORT);
	ASSERT_EQ(0, VERIFY);
	EXPECT_EQ(batteries, self->result->disclosed);
	self->what.withhold = true;
	ASSERT_EQ(0, EXPORT);
	ASSERT_EQ(0, VERIFY);
	EXPECT_EQ(records - batteries, self->result->disclosed);
	self->what.n_der = 0;
	ASSERT_EQ(0, EXPORT);
	ASSERT_EQ(0, VERIFY);
	EXPECT_EQ(0, self->result->disclosed);
}

TEST_F(evidence, an_export_ends_with_the_first_error_of_its_sink)
{
	int left, pieces = 0;

	do {
		left = pieces++;
		self->done = (struct ovpp_exported){0};
	} while (ovpp_ledger_export(self->reader, &self->what, refuse, &left, &self->done) ==
		 -ENOSPC);
	/* Begin, batches, head. */
	EXPECT_EQ(BATCHES + 3, pieces);
}

/* Batches 0 and 1 are older than the 11 s that are kept. */
static int prune(struct ovpp_ledger *l)
{
	const struct ovpp_retention limits = {.age_ms = 11000};
	struct ovpp_now now = {.mono_ns = 22 * DAY_SECOND, .real_ns = DAY_START_NS};

	return ovpp_ledger_prune(l, &limits, &now);
}

TEST_F(evidence, what_is_not_there_is_not_exported)
{
	ASSERT_EQ(2, prune(self->ledger));
	EXPECT_EQ(-ENODATA, EXPORT);
	EXPECT_EQ(0, self->done.batch);
	self->what.first = 2;
	ASSERT_EQ(0, EXPORT);
	EXPECT_EQ(0, VERIFY);
	self->what.last = BATCHES;
	EXPECT_EQ(-ENOENT, EXPORT);
	EXPECT_EQ(-ENODATA, ovpp_ledger_prove(self->reader, 0, 1, false, &self->out));
}

TEST_F(evidence, every_record_can_be_proven)
{
	uint64_t batch;

	for (uint64_t seq = 0; seq < BATCHES * (PER_BATCH + 1); seq++) {
		bool lost = seq % (PER_BATCH + 1) == 0;

		for (int log = 0; log < 2; log++) {
			self->out.size = 0;
			ASSERT_EQ(0, ovpp_ledger_find(self->reader, "home", seq, &batch));
			EXPECT_EQ(seq / (PER_BATCH + 1), batch);
			ASSERT_EQ(lost ? -ENOENT : 0,
				  ovpp_ledger_prove(self->reader, batch, seq, log, &self->out));
			if (lost)
				continue;
			ASSERT_EQ(0, VERIFY);
			EXPECT_EQ(1, self->result->disclosed);
			EXPECT_EQ(log, self->result->has_head);
			if (batch < 3 && !log)
				EXPECT_LE(self->out.size, 1024);
		}
	}
	EXPECT_EQ(-ENOENT, ovpp_ledger_find(self->reader, "home", 10000, &batch));
	EXPECT_EQ(-ENOENT, ovpp_ledger_find(self->reader, "away", 1, &batch));
}

TEST_F(evidence, every_log_is_proven_to_continue_every_other)
{
	for (uint64_t size = 1; size <= BATCHES; size++) {
		for (uint64_t old = 1; old <= size; old++) {
			self->out.size = 0;
			ASSERT_EQ(0, ovpp_ledger_prove_log(self->reader, old, size, &self->out));
			EXPECT_EQ(0, VERIFY);
		}
	}
	EXPECT_EQ(-ENOENT, ovpp_ledger_prove_log(self->reader, 0, 1, &self->out));
	EXPECT_EQ(-ENOENT, ovpp_ledger_prove_log(self->reader, 3, 2, &self->out));
	EXPECT_EQ(-ENOENT, ovpp_ledger_prove_log(self->reader, 1, BATCHES + 1, &self->out));
}

TEST_F(evidence, the_newest_sample_up_to_a_moment_is_found)
{
	const int64_t start = (int64_t)DAY_START_NS, step = (int64_t)DAY_SPACING_NS;
	uint64_t batch, seq;

	ASSERT_EQ(0, ovpp_ledger_find_sample(self->reader, "pv", start + 30 * step, &batch, &seq));
	EXPECT_EQ(1, batch);
	EXPECT_EQ(30, seq);
	ASSERT_EQ(0,
		  ovpp_ledger_find_sample(self->reader, "pv", start + 34 * step - 1, &batch, &seq));
	EXPECT_EQ(30, seq);
	/* The last one of the batch before. */
	ASSERT_EQ(0, ovpp_ledger_find_sample(self->reader, "pv", start + 24 * step, &batch, &seq));
	EXPECT_EQ(0, batch);
	EXPECT_EQ(18, seq);
	EXPECT_EQ(-ENOENT, ovpp_ledger_find_sample(self->reader, "pv", start + step, &batch, &seq));
	EXPECT_EQ(-ENOENT, ovpp_ledger_find_sample(self->reader, "none", INT64_MAX, &batch, &seq));
}

static int check(struct ovpp_reader *r, const uint8_t *gateway, struct ovpp_verify **v,
		 struct ovpp_check *check)
{
	ovpp_verify_free(*v);
	*v = ovpp_verify_new(gateway, NULL);
	return ovpp_ledger_check(r, gateway, 0, BATCHES - 1, *v, check);
}

#define CHECK check(self->reader, self->gateway, &self->v, &self->check)

TEST_F(evidence, a_ledger_that_was_left_alone_holds)
{
	ASSERT_EQ(0, CHECK);
	EXPECT_STREQ("", self->check.text);
	EXPECT_EQ(BATCHES, self->check.batches);
	EXPECT_TRUE(ovpp_verify_result(self->v)->proven);
	ASSERT_EQ(2, prune(self->ledger));
	ASSERT_EQ(0, CHECK);
	EXPECT_EQ(2, self->check.pruned);
	EXPECT_EQ(2 * PER_BATCH, self->check.pruned_records);
	EXPECT_EQ(BATCHES - 2, ovpp_verify_result(self->v)->batches);
}

/* Each alone is found, and told of the batch that it is about. */
static const struct {
	const char *change;
	const char *undo;
	int batch;
} changes[] = {
	{"UPDATE batch SET first_seq = first_seq + 1 WHERE seq = 2",
	 "UPDATE batch SET first_seq = first_seq - 1 WHERE seq = 2", 2},
	{"UPDATE batch SET mono_ns = mono_ns + 1 WHERE seq = 2",
	 "UPDATE batch SET mono_ns = mono_ns - 1 WHERE seq = 2", 2},
	{"UPDATE batch SET lost = 0 WHERE seq = 1", "UPDATE batch SET lost = 1 WHERE seq = 1", 1},
	{"UPDATE batch SET devices = 0 WHERE seq = 4",
	 "UPDATE batch SET devices = (SELECT devices FROM instance) WHERE seq = 4", 4},
	{"UPDATE gap SET last_seq = last_seq + 1 WHERE batch = 3",
	 "UPDATE gap SET last_seq = last_seq - 1 WHERE batch = 3", 3},
	{"UPDATE gap SET batch = 2 WHERE batch = 3",
	 "UPDATE gap SET batch = 3 WHERE first_seq = 66", 3},
	{"UPDATE instance SET node = 1", "UPDATE instance SET node = 4711", 0},
	{"UPDATE boot SET boot_id = '1'", "UPDATE boot SET boot_id = '" BOOT "'", 0},
	{"UPDATE key SET from_batch = 2 WHERE epoch = 1",
	 "UPDATE key SET from_batch = 3 WHERE epoch = 1", -1},
	{"UPDATE device SET key = zeroblob(32) WHERE id = 0", "", -1},
};

TEST_F(evidence, what_the_tables_say_beside_the_evidence_is_checked)
{
	sqlite3 *sql;

	ASSERT_EQ(SQLITE_OK, sqlite3_open(self->path, &sql));
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		ASSERT_EQ(0, CHECK) ksft_print_msg("%s\n", self->check.text);
		ASSERT_EQ(0, ovpp_sql_exec(sql, changes[i].change));
		EXPECT_EQ(-EBADMSG, CHECK) ksft_print_msg("%s\n", changes[i].change);
		EXPECT_NE('\0', *self->check.text);
		EXPECT_EQ(changes[i].batch >= 0, self->check.has_batch);
		if (changes[i].batch >= 0)
			EXPECT_EQ(changes[i].batch, self->check.batch);
		ASSERT_EQ(0, ovpp_sql_exec(sql, changes[i].undo));
	}
	sqlite3_close(sql);
}

/* An event that is written late, and a clock that is set back: they are facts. */
TEST_F(evidence, records_out_of_the_order_of_their_times_are_evidence_too)
{
	const uint64_t first = BATCHES * (PER_BATCH + 1);
	struct ovpp_now now = {.mono_ns = 1, .real_ns = DAY_START_NS};
	struct ovpp_written written;

	day_records(self->rec, first, 2 * PER_BATCH);
	self->rec[5].mono_ns -= DAY_SPACING_NS + 1;
	self->rec[PER_BATCH].mono_ns -= DAY_SPACING_NS + 1;
	for (int i = PER_BATCH / 2; i < 2 * PER_BATCH; i++)
		self->rec[i].real_ns -= 3600 * DAY_SECOND;
	ASSERT_EQ(0, ovpp_ledger_write(self->ledger, &site0, self->rec, PER_BATCH, NULL, &now,
				       &written));
	ASSERT_EQ(0, ovpp_ledger_write(self->ledger, &site0, self->rec + PER_BATCH, PER_BATCH, NULL,
				       &now, &written));
	self->what.last = BATCHES + 1;
	ASSERT_EQ(0, EXPORT);
	ASSERT_EQ(0, VERIFY);
	EXPECT_EQ(BATCHES, self->result->remark[OVPP_REMARK_STEP].first);
}

TEST_F(evidence, the_ledger_of_another_gateway_does_not_hold)
{
	self->gateway[0] ^= 1;
	EXPECT_EQ(-EBADMSG, CHECK);
	EXPECT_STREQ("the key of epoch 0 is another gateway's", self->check.text);
}

TEST_HARNESS_MAIN
