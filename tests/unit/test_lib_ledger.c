// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/ledger*.c, chain_embedded.c, chain_log.c: the writer's side of the ledger. */
#include <sys/stat.h>

#include "kselftest_harness.h"

#include "chain_log.h"
#include "columns.h"
#include "ledger_key.h"
#include "ledger_priv.h"
#include "record.h"

#include "ledger_fixture.h"

static void noise(struct ovpp_record *rec, size_t n)
{
	uint64_t x = 88172645463325252;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < 9; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			rec[i].event.reserved[k] = x;
		}
	}
}

FIXTURE(ledger)
{
	char dir[256];
	char path[300];
	struct ovpp_ledger *ledger;
	sqlite3 *sql;
	struct ovpp_written done;
	struct ovpp_now now;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

/* A disk of so many pages, for the writer. */
static int limit_pages(struct ovpp_ledger *l, int pages)
{
	char text[64];

	snprintf(text, sizeof(text), "PRAGMA max_page_count = %d", pages);
	return ovpp_sql_exec(l->sql, text);
}

static struct ovpp_ledger *open_again(const char *path, const char *boot)
{
	struct ovpp_ledger *l = NULL;
	char err[256];

	if (open_ledger_at(path, boot, &l, err, sizeof(err)))
		ksft_print_msg("%s: %s\n", path, err);
	return l;
}

FIXTURE_SETUP(ledger)
{
	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
	snprintf(self->path, sizeof(self->path), "%s/l.db", self->dir);
	self->ledger = open_again(self->path, BOOT);
	ASSERT_NE(NULL, self->ledger);
	/* What another process sees. */
	ASSERT_EQ(0, sqlite3_open(self->path, &self->sql));
	self->now = (struct ovpp_now){SECOND, EPOCH_NS, {true, 500}};
}

FIXTURE_TEARDOWN(ledger)
{
	ovpp_ledger_close(self->ledger);
	sqlite3_close(self->sql);
	remove_dir(self->dir);
}

/* Writes the events @first to @first + @n - 1 of site 0. */
#define WRITE(first, n)                      \
	({                                   \
		events(self->rec, first, n); \
		STORE(&site0, n, NULL);      \
	})

/* Writes what is in the fixture's records. */
#define STORE(life, n, notes) \
	ovpp_ledger_write(self->ledger, life, self->rec, n, notes, &self->now, &self->done)

#define NUMBER(text) ovpp_sql_number(self->sql, text)

/* Records that are there. */
#define KEPT NUMBER("SELECT COALESCE(SUM(records), 0) FROM batch WHERE columns IS NOT NULL")

/* Records that no compression makes small. */
#define WRITE_NOISE(first, n)                \
	({                                   \
		events(self->rec, first, n); \
		noise(self->rec, n);         \
		STORE(&site0, n, NULL);      \
	})

/* Pages in use, in bytes. */
#define USED                                                                       \
	"SELECT (page_count - freelist_count) * page_size FROM pragma_page_count," \
	" pragma_freelist_count, pragma_page_size"

/* At this time of both clocks. */
#define PRUNE(limits, mono, real)                                    \
	({                                                           \
		self->now.mono_ns = mono;                            \
		self->now.real_ns = real;                            \
		ovpp_ledger_prune(self->ledger, limits, &self->now); \
	})

TEST_F(ledger, a_batch_is_stored_with_all_its_records)
{
	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(10, self->done.records);
	EXPECT_EQ(0, self->done.lost);
	EXPECT_EQ(10, KEPT);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM batch WHERE first_seq = 0"
			    " AND last_seq = 9 AND records = 10"));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM gap"));
}

TEST_F(ledger, lost_records_are_a_row_with_their_exact_number)
{
	ASSERT_EQ(0, WRITE(0, 3));
	ASSERT_EQ(0, WRITE(1000, 2));
	EXPECT_EQ(997, self->done.lost);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM gap WHERE first_seq = 3"
			    " AND last_seq = 999 AND records = 997"));
}

TEST_F(ledger, a_gap_within_a_batch_is_noted_too)
{
	events(self->rec, 0, 4);
	self->rec[2].seq = 7;
	self->rec[3].seq = 8;
	ASSERT_EQ(0, STORE(&site0, 4, NULL));
	EXPECT_EQ(4, self->done.records);
	EXPECT_EQ(5, self->done.lost);
	EXPECT_EQ(5, NUMBER("SELECT records FROM gap WHERE first_seq = 2"));
}

TEST_F(ledger, records_before_the_first_one_seen_are_lost)
{
	ASSERT_EQ(0, WRITE(500, 1));
	EXPECT_EQ(500, self->done.lost);
	EXPECT_EQ(499, NUMBER("SELECT last_seq FROM gap WHERE first_seq = 0"));
}

TEST_F(ledger, a_restart_continues_and_stores_nothing_twice)
{
	ASSERT_EQ(0, WRITE(0, 100));
	ovpp_ledger_close(self->ledger);
	self->ledger = open_again(self->path, BOOT);
	ASSERT_NE(NULL, self->ledger);
	EXPECT_EQ(1, ovpp_ledger_batches(self->ledger));
	/* The ring still holds the records 60 to 119. */
	ASSERT_EQ(0, WRITE(60, 60));
	EXPECT_EQ(40, self->done.known);
	EXPECT_EQ(20, self->done.records);
	EXPECT_EQ(0, self->done.lost);
	EXPECT_EQ(120, KEPT);
}

TEST_F(ledger, a_restart_notes_how_many_records_it_missed)
{
	ASSERT_EQ(0, WRITE(0, 100));
	ovpp_ledger_close(self->ledger);
	self->ledger = open_again(self->path, BOOT);
	ASSERT_NE(NULL, self->ledger);
	ASSERT_EQ(0, WRITE(150, 10));
	EXPECT_EQ(50, self->done.lost);
}

TEST_F(ledger, another_life_of_a_site_begins_anew)
{
	struct ovpp_life again = {.site = 0, .node = 4712};

	ASSERT_EQ(0, WRITE(0, 100));
	events(self->rec, 0, 5);
	ASSERT_EQ(0, STORE(&again, 5, NULL));
	EXPECT_EQ(5, self->done.records);
	ovpp_ledger_close(self->ledger);
	self->ledger = open_again(self->path, NEXT_BOOT);
	ASSERT_NE(NULL, self->ledger);
	ASSERT_EQ(0, WRITE(0, 7));
	EXPECT_EQ(7, self->done.records);
	EXPECT_EQ(112, KEPT);
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM instance"));
}

/* Notes that name the site 0 and two DER. */
static json_t *home(const char *serial)
{
	return json_pack("{s:[{s:i,s:i,s:s,s:[{s:i,s:s,s:s,s:s},{s:i,s:s,s:s}]}]}", "instance",
			 "site", 0, "node", 4711, "name", "home", "ders", "id", 3, "name",
			 "battery", "kind", "battery", "serial", serial, "id", 4, "name", "meter",
			 "kind", "meter");
}

TEST_F(ledger, names_of_der_and_enumerations_can_be_joined)
{
	json_t *notes = home("B1");

	events(self->rec, 0, 1);
	self->rec[0].der = 3;
	ASSERT_EQ(0, STORE(&site0, 1, notes));
	json_decref(notes);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM der WHERE site = 'home' AND name = 'battery'"
			    " AND der = 3 AND serial = 'B1'"));
	EXPECT_EQ(OVPP_EVENT_DER_ALARM, NUMBER("SELECT value FROM name WHERE kind = 'event'"
					       " AND name = 'der_alarm'"));
}

TEST_F(ledger, a_device_with_a_serial_number_is_known_again_under_any_name)
{
	json_t *notes = home("B1");

	ASSERT_EQ(0, STORE(NULL, 0, notes));
	json_object_set_new(json_array_get(json_object_get(notes, "instance"), 0), "name",
			    json_string("elsewhere"));
	json_object_set_new(json_array_get(json_object_get(notes, "instance"), 0), "node",
			    json_integer(9));
	ASSERT_EQ(0, STORE(NULL, 0, notes));
	json_decref(notes);
	EXPECT_EQ(4, NUMBER("SELECT COUNT(*) FROM der"));
	/* The battery is one; the meter has no number, and is another one there. */
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM device"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(DISTINCT device) FROM der WHERE name = 'battery'"));
}

TEST_F(ledger, state_is_kept_and_replaced)
{
	json_t *notes = json_pack("{s:{s:s}}", "state", "desired", "{}");
	char *text;

	EXPECT_EQ(NULL, ovpp_ledger_state(self->ledger, "desired"));
	ASSERT_EQ(0, STORE(NULL, 0, notes));
	json_object_set_new(json_object_get(notes, "state"), "desired",
			    json_string("{\"sites\":[]}"));
	ASSERT_EQ(0, STORE(NULL, 0, notes));
	json_decref(notes);
	text = ovpp_ledger_state(self->ledger, "desired");
	EXPECT_STREQ("{\"sites\":[]}", text);
	free(text);
}

TEST_F(ledger, a_full_disk_stores_nothing_of_a_batch_and_goes_on_later)
{
	ASSERT_EQ(0, WRITE_NOISE(0, 1000));
	ASSERT_EQ(0, limit_pages(self->ledger, 1));
	EXPECT_EQ(-ENOSPC, WRITE_NOISE(1000, 1000));
	EXPECT_STREQ("database or disk is full", ovpp_ledger_error(self->ledger));
	EXPECT_EQ(1000, KEPT);
	ASSERT_EQ(0, limit_pages(self->ledger, 100000));
	/* Meanwhile the ring has lost the records 1000 to 1999. */
	ASSERT_EQ(0, WRITE_NOISE(2000, 1000));
	EXPECT_EQ(1000, self->done.lost);
	EXPECT_EQ(1000, NUMBER("SELECT records FROM gap"));
	EXPECT_EQ(2000, KEPT);
}

TEST_F(ledger, retention_by_age_drops_the_oldest_batches_and_says_so)
{
	const struct ovpp_retention limits = {.age_ms = 100 * 1000};

	for (uint64_t i = 0; i < 20; i++)
		ASSERT_EQ(0, WRITE(i * 10, 10));
	/* The record n was taken n + 1 seconds after the boot. */
	EXPECT_EQ(10, PRUNE(&limits, 201 * SECOND, 5));
	EXPECT_EQ(0, PRUNE(&limits, 201 * SECOND, 5));
	EXPECT_EQ(100, KEPT);
	EXPECT_EQ(100, NUMBER("SELECT MIN(first_seq) FROM batch WHERE columns IS NOT NULL"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM pruned WHERE first_seq = 0"
			    " AND last_seq = 99 AND records = 100"
			    " AND lost = 0"));
}

TEST_F(ledger, retention_counts_the_gaps_that_it_takes_along)
{
	const struct ovpp_retention limits = {.age_ms = 1000};

	ASSERT_EQ(0, WRITE(0, 10));
	ASSERT_EQ(0, WRITE(30, 10));
	EXPECT_EQ(2, PRUNE(&limits, 1000 * SECOND, 5));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM pruned WHERE first_seq = 0"
			    " AND last_seq = 39 AND records = 20"
			    " AND lost = 20"));
	/* They are in signed headers, and stay. */
	EXPECT_EQ(20, NUMBER("SELECT SUM(records) FROM gap"));
}

TEST_F(ledger, a_wall_clock_set_wrong_by_a_year_drops_nothing)
{
	const struct ovpp_retention limits = {.age_ms = 86400 * 1000};

	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(0, PRUNE(&limits, 11 * SECOND, 366 * 86400 * SECOND));
	EXPECT_EQ(10, KEPT);
}

TEST_F(ledger, age_goes_on_over_a_reboot)
{
	const struct ovpp_retention limits = {.age_ms = 100 * 1000};

	ASSERT_EQ(0, WRITE(0, 100));
	ovpp_ledger_close(self->ledger);
	self->ledger = open_again(self->path, NEXT_BOOT);
	ASSERT_NE(NULL, self->ledger);
	EXPECT_EQ(0, PRUNE(&limits, 99 * SECOND, 5));
	EXPECT_EQ(1, PRUNE(&limits, 101 * SECOND, 5));
}

TEST_F(ledger, retention_by_size_keeps_the_newest)
{
	const struct ovpp_retention limits = {.size = 1000 * 1000};
	int dropped = 0, n;

	for (uint64_t i = 0; i < 40; i++)
		ASSERT_EQ(0, WRITE_NOISE(i * 1000, 1000));
	ASSERT_LT(limits.size, (uint64_t)NUMBER(USED));
	while ((n = PRUNE(&limits, 0, 5)) > 0)
		dropped += n;
	EXPECT_EQ(0, n);
	EXPECT_LT(0, dropped);
	EXPECT_GE(limits.size, (uint64_t)NUMBER(USED));
	EXPECT_EQ(39999, NUMBER("SELECT MAX(last_seq) FROM batch WHERE columns IS NOT NULL"));
	EXPECT_EQ(40000, KEPT + NUMBER("SELECT records FROM pruned"));
}

TEST_F(ledger, what_was_dropped_does_not_come_back_after_a_restart)
{
	const struct ovpp_retention limits = {.age_ms = 1};

	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(1, PRUNE(&limits, 1000 * SECOND, 5));
	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(10, self->done.known);
	EXPECT_EQ(0, KEPT);
}

TEST_F(ledger, a_ledger_of_another_version_is_left_alone)
{
	struct ovpp_ledger *l = NULL;
	char err[256];

	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA user_version = 99"));
	EXPECT_EQ(-EPROTO, open_ledger_at(self->path, BOOT, &l, err, sizeof(err)));
	EXPECT_STREQ("written by a newer ovppd (schema 99, not 2): move it away", err);
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "PRAGMA user_version = 1"));
	EXPECT_EQ(-EPROTO, open_ledger_at(self->path, BOOT, &l, err, sizeof(err)));
	EXPECT_STREQ("written by an older ovppd (schema 1, not 2): move it away", err);
}

TEST_F(ledger, a_file_that_is_no_database_is_refused_with_a_text)
{
	struct ovpp_ledger *l = NULL;
	char path[320], err[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/x.db", self->dir);
	f = fopen(path, "w");
	for (int i = 0; i < 4096; i++)
		fputs("no database ", f);
	fclose(f);
	EXPECT_EQ(-EBADMSG, open_ledger_at(path, BOOT, &l, err, sizeof(err)));
	EXPECT_STREQ("file is not a database", err);
}

/* A sample with a power and both registers known. */
static struct ovpp_record sample(uint64_t seq, uint32_t der, int64_t p, uint64_t import,
				 uint64_t export)
{
	struct ovpp_record r;

	events(&r, seq, 1);
	r.type = OVPP_RECORD_SAMPLE;
	r.der = der;
	r.sample = (struct ovpp_sample){
		.p_mw = p,
		.e_import_mwh = import,
		.e_export_mwh = export,
		.quality = OVPP_QUALITY_GOOD << (2 * OVPP_SAMPLE_P) |
			   OVPP_QUALITY_GOOD << (2 * OVPP_SAMPLE_E_IMPORT) |
			   OVPP_QUALITY_GOOD << (2 * OVPP_SAMPLE_E_EXPORT),
	};
	return r;
}

/* The records of a batch as they are stored. */
static size_t unpack(sqlite3 *sql, int64_t seq, struct ovpp_record *rec)
{
	struct ovpp_columns *c = ovpp_columns_new();
	sqlite3_stmt *st;
	size_t n = 0;

	if (ovpp_sql_prepare(sql, "SELECT columns FROM batch WHERE seq = ?", &st))
		return 0;
	sqlite3_bind_int64(st, 1, seq);
	if (sqlite3_step(st) != SQLITE_ROW ||
	    ovpp_columns_unpack(c, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0),
				rec, &n))
		n = 0;
	sqlite3_finalize(st);
	ovpp_columns_free(c);
	return n;
}

TEST_F(ledger, records_come_back_as_they_were)
{
	struct ovpp_record *r = self->rec, back[OVPP_BATCH_RECORDS], in[4];

	events(r, 0, 2);
	r[2] = sample(2, 7, -1500000, 0, 0);
	r[3] = (struct ovpp_record){.type = 99, .seq = 3};
	memset(&r[3].event, 0xa5, sizeof(r[3].event));
	memcpy(in, r, sizeof(in));
	ASSERT_EQ(0, STORE(&site0, 4, NULL));
	ASSERT_EQ(4, unpack(self->sql, 0, back));
	EXPECT_EQ(0, memcmp(in, back, sizeof(in)));
}

TEST_F(ledger, a_register_never_goes_back_when_the_device_s_own_does)
{
	static const struct {
		uint64_t own, evidence;
	} steps[] = {{1000, 1000}, {1500, 1500}, {20, 1500}, {120, 1600}, {0, 1600}, {1, 1601}};
	struct ovpp_record back[OVPP_BATCH_RECORDS];

	for (uint64_t i = 0; i < 6; i++) {
		self->rec[0] = sample(i, 7, 0, 5, steps[i].own);
		ASSERT_EQ(0, STORE(&site0, 1, NULL));
		/* It holds over a restart, too. */
		if (i == 3) {
			ovpp_ledger_close(self->ledger);
			self->ledger = open_again(self->path, BOOT);
			ASSERT_NE(NULL, self->ledger);
		}
		ASSERT_EQ(1, unpack(self->sql, (int64_t)i, back));
		EXPECT_EQ(steps[i].evidence, back[0].sample.e_export_mwh);
		EXPECT_EQ(5, back[0].sample.e_import_mwh);
	}
}

TEST_F(ledger, a_register_that_is_not_known_changes_nothing)
{
	struct ovpp_record back[OVPP_BATCH_RECORDS];

	self->rec[0] = sample(0, 7, 0, 0, 1000);
	self->rec[1] = sample(1, 7, 0, 0, 0);
	self->rec[1].sample.quality = 0;
	self->rec[2] = sample(2, 7, 0, 0, 1001);
	ASSERT_EQ(0, STORE(&site0, 3, NULL));
	ASSERT_EQ(3, unpack(self->sql, 0, back));
	EXPECT_EQ(0, back[1].sample.e_export_mwh);
	EXPECT_EQ(1001, back[2].sample.e_export_mwh);
}

/* A serial number that is configured twice. */
TEST_F(ledger, a_device_that_two_der_are_has_one_register)
{
	static const struct ovpp_life other = {.site = 1, .node = 4712};
	struct ovpp_record back[OVPP_BATCH_RECORDS];
	json_t *notes = home("B1"), *elsewhere = home("B1");
	json_t *instance = json_array_get(json_object_get(elsewhere, "instance"), 0);

	json_object_set_new(json_array_get(json_object_get(instance, "ders"), 1), "serial",
			    json_string("B1"));
	json_object_set_new(instance, "site", json_integer(1));
	json_object_set_new(instance, "node", json_integer(4712));
	ASSERT_EQ(0, STORE(NULL, 0, notes));
	ASSERT_EQ(0, STORE(NULL, 0, elsewhere));
	json_decref(notes);
	json_decref(elsewhere);
	self->rec[0] = sample(0, 3, 0, 0, 1000);
	ASSERT_EQ(0, STORE(&site0, 1, NULL));
	self->rec[0] = sample(0, 3, 0, 0, 500);
	self->rec[1] = sample(1, 4, 0, 0, 10);
	ASSERT_EQ(0, STORE(&other, 2, NULL));
	ASSERT_EQ(2, unpack(self->sql, 1, back));
	EXPECT_EQ(1000, back[0].sample.e_export_mwh);
	EXPECT_EQ(1000, back[1].sample.e_export_mwh);
	self->rec[0] = sample(1, 3, 0, 0, 1001);
	ASSERT_EQ(0, STORE(&site0, 1, NULL));
	ASSERT_EQ(1, unpack(self->sql, 2, back));
	EXPECT_LE(1000, back[0].sample.e_export_mwh);
}

TEST_F(ledger, a_device_in_another_life_has_the_same_register)
{
	struct ovpp_record back[OVPP_BATCH_RECORDS];
	json_t *notes = home("B1");

	self->rec[0] = sample(0, 3, 0, 0, 1000);
	ASSERT_EQ(0, STORE(&site0, 1, notes));
	ovpp_ledger_close(self->ledger);
	self->ledger = open_again(self->path, NEXT_BOOT);
	ASSERT_NE(NULL, self->ledger);
	/* The module integrates from zero on after a boot. */
	self->rec[0] = sample(0, 3, 0, 0, 10);
	self->rec[1] = sample(1, 3, 0, 0, 30);
	ASSERT_EQ(0, STORE(&site0, 2, notes));
	json_decref(notes);
	ASSERT_EQ(2, unpack(self->sql, 1, back));
	EXPECT_EQ(1000, back[0].sample.e_export_mwh);
	EXPECT_EQ(1020, back[1].sample.e_export_mwh);
}

TEST_F(ledger, roll_ups_of_a_minute_a_quarter_and_an_hour)
{
	/* EPOCH_NS is 20 s into a minute; 100 samples, a second apart. */
	for (uint64_t i = 0; i < 100; i++)
		self->rec[i] = sample(i, 7, (int64_t)i * 1000 - 20000, i, 2 * i);
	self->rec[50].sample.quality = 0;
	ASSERT_EQ(0, STORE(&site0, 30, NULL));
	memmove(self->rec, self->rec + 30, 70 * sizeof(self->rec[0]));
	ASSERT_EQ(0, STORE(&site0, 70, NULL));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM rollup WHERE period_s = 60"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM rollup WHERE period_s = 60 AND samples = 40"
			    " AND t = 1699999980 AND p_min_mw = -20000 AND p_max_mw = 19000"
			    " AND p_sum_mw = -20000 AND e_import_mwh = 39"
			    " AND e_export_mwh = 78 AND soc_ppm IS NULL"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM rollup WHERE period_s = 900 AND samples = 99"
			    " AND p_min_mw = -20000 AND p_max_mw = 79000 AND e_export_mwh = 198"
			    " AND t = 1699999200"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM rollup WHERE period_s = 3600"
			    " AND t = 1699999200 AND samples = 99"));
}

TEST_F(ledger, times_are_found_through_spans)
{
	for (uint64_t i = 0; i < 2 * 256 + 10; i++)
		ASSERT_EQ(0, WRITE(i * 2, 2));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM span"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM span WHERE first_batch = 256"
			    " AND last_batch = 511 AND real_min_ns = 1700000512000000000"
			    " AND real_max_ns = 1700001023000000000"));
}

/* Opens the signed header of a batch. */
static int read_header(sqlite3 *sql, int64_t seq, const uint8_t *key, struct ovpp_header *h,
		       struct ovpp_gap *gaps, ovpp_hash hash, ovpp_hash root)
{
	const uint8_t *cose;
	sqlite3_stmt *st;
	size_t at, size;
	int ret = ovpp_sql_prepare(sql, "SELECT header FROM batch WHERE seq = ?", &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, seq);
	ret = -ENOENT;
	if (sqlite3_step(st) == SQLITE_ROW) {
		cose = sqlite3_column_blob(st, 0);
		size = (size_t)sqlite3_column_bytes(st, 0);
		ret = ovpp_header_open(cose, size, key, h, gaps, &at);
		ovpp_sha256(cose, size, hash);
		ovpp_batch_root(cose, size, h->root, root);
	}
	sqlite3_finalize(st);
	return ret;
}

static void read_key(sqlite3 *sql, uint8_t key[OVPP_KEY_SIZE])
{
	sqlite3_stmt *st;

	ovpp_sql_prepare(sql, "SELECT public FROM key ORDER BY epoch DESC LIMIT 1", &st);
	if (sqlite3_step(st) == SQLITE_ROW)
		memcpy(key, sqlite3_column_blob(st, 0), OVPP_KEY_SIZE);
	sqlite3_finalize(st);
}

TEST_F(ledger, headers_are_signed_and_hang_on_each_other)
{
	static struct ovpp_gap gaps[2][OVPP_BATCH_GAPS];
	enum ovpp_header_field field;
	struct ovpp_header h[2];
	uint8_t key[OVPP_KEY_SIZE];
	ovpp_hash hash[2], root;
	json_t *notes = home("B1");

	events(self->rec, 0, 3);
	self->rec[2].seq = 9;
	ASSERT_EQ(0, STORE(&site0, 3, notes));
	ASSERT_EQ(0, WRITE(10, 2));
	json_decref(notes);
	read_key(self->sql, key);
	ASSERT_EQ(0, read_header(self->sql, 0, key, &h[0], gaps[0], hash[0], root));
	ASSERT_EQ(0, read_header(self->sql, 1, key, &h[1], gaps[1], hash[1], root));
	EXPECT_EQ(NULL, ovpp_header_follows(&h[0], NULL, NULL, &field));
	EXPECT_EQ(NULL, ovpp_header_follows(&h[1], &h[0], hash[0], &field));
	EXPECT_EQ(NULL, ovpp_header_continues(&h[1], &h[0], &field));
	EXPECT_STREQ("home", h[0].site);
	EXPECT_EQ(4711, h[0].life);
	EXPECT_EQ(3, h[0].records);
	EXPECT_EQ(0, h[0].first);
	EXPECT_EQ(9, h[0].last);
	ASSERT_EQ(1, h[0].n_gaps);
	EXPECT_EQ(2, h[0].gaps[0].first);
	EXPECT_EQ(8, h[0].gaps[0].last);
	EXPECT_EQ(500, h[0].clock.error_us);
	EXPECT_EQ(10, h[1].first);
	key[0] ^= 1;
	EXPECT_EQ(-EKEYREJECTED, read_header(self->sql, 0, key, &h[0], gaps[0], hash[0], root));
}

TEST_F(ledger, the_log_has_every_batch_and_its_heads_are_signed)
{
	static struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	ovpp_hash path[OVPP_MERKLE_DEPTH + 1], leaf, hash, root;
	struct ovpp_tree_head head, old;
	uint8_t key[OVPP_KEY_SIZE];
	struct ovpp_header h;
	uint64_t size;
	int n;

	for (uint64_t i = 0; i < 21; i++)
		ASSERT_EQ(0, WRITE(i * 2, 2));
	read_key(self->sql, key);
	ASSERT_EQ(0, ovpp_log_size(self->sql, &size));
	EXPECT_EQ(21, size);
	ASSERT_EQ(0, ovpp_log_head(self->sql, size, &head));
	EXPECT_EQ(0, ovpp_tree_head_check(&head, key));
	for (uint64_t i = 0; i < size; i++) {
		ASSERT_EQ(0, read_header(self->sql, (int64_t)i, key, &h, gaps, hash, root));
		ovpp_merkle_leaf(root, sizeof(root), leaf);
		n = ovpp_merkle_inclusion(ovpp_log_fetch, self->sql, i, size, path);
		ASSERT_LE(0, n);
		EXPECT_EQ(0,
			  ovpp_merkle_check_inclusion(leaf, i, size, path, (size_t)n, head.root));
		n = ovpp_merkle_consistency(ovpp_log_fetch, self->sql, i + 1, size, path);
		ASSERT_LE(0, n);
		ASSERT_EQ(0, ovpp_log_head(self->sql, i + 1, &old));
		EXPECT_EQ(0, ovpp_tree_head_check(&old, key));
		EXPECT_EQ(0, ovpp_merkle_check_consistency(i + 1, size, path, (size_t)n, old.root,
							   head.root));
	}
	EXPECT_EQ(-ENOENT, ovpp_log_head(self->sql, 22, &head));
}

TEST_F(ledger, the_log_goes_on_after_a_batch_that_was_not_stored)
{
	uint64_t size;

	ASSERT_EQ(0, WRITE(0, 5));
	ASSERT_EQ(0, limit_pages(self->ledger, 1));
	EXPECT_EQ(-ENOSPC, WRITE_NOISE(5, OVPP_BATCH_RECORDS));
	ASSERT_EQ(0, limit_pages(self->ledger, 100000));
	ASSERT_EQ(0, WRITE(5, 5));
	EXPECT_EQ(1, self->done.batch);
	ASSERT_EQ(0, ovpp_log_size(self->sql, &size));
	EXPECT_EQ(2, size);
}

TEST_F(ledger, a_new_key_signs_from_the_next_batch_on)
{
	static struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	struct ovpp_rotation rotation = {0};
	struct ovpp_key_statement statement;
	uint8_t key[2][OVPP_KEY_SIZE];
	char keys[400], err[256] = "";
	struct ovpp_header h;
	ovpp_hash hash, root;

	ASSERT_EQ(0, WRITE(0, 5));
	read_key(self->sql, key[0]);
	snprintf(keys, sizeof(keys), "%s.keys", self->path);
	ASSERT_EQ(0, ovpp_ledger_key_rotate(self->path, keys, NULL, &rotation, &statement, err,
					    sizeof(err)))
	{
		TH_LOG("%s", err);
	}
	EXPECT_EQ(1, statement.from);
	ASSERT_EQ(0, WRITE(5, 5));
	read_key(self->sql, key[1]);
	ASSERT_EQ(0, read_header(self->sql, 0, key[0], &h, gaps, hash, root));
	EXPECT_EQ(0, h.epoch);
	ASSERT_EQ(0, read_header(self->sql, 1, key[1], &h, gaps, hash, root));
	EXPECT_EQ(1, h.epoch);
	EXPECT_EQ(0, memcmp(h.gateway, key[0], OVPP_KEY_SIZE));
}

TEST_F(ledger, a_key_that_is_lost_is_told_and_nothing_is_signed_with_another)
{
	struct ovpp_ledger *l = NULL;
	char command[450], err[256];

	ASSERT_EQ(0, WRITE(0, 5));
	ovpp_ledger_close(self->ledger);
	self->ledger = NULL;
	snprintf(command, sizeof(command), "rm -r '%s.keys'", self->path);
	ASSERT_EQ(0, system(command));
	EXPECT_NE(0, open_ledger_at(self->path, BOOT, &l, err, sizeof(err)));
	EXPECT_NE(NULL, strstr(err, ".keys")) TH_LOG("%s", err);
}

TEST_HARNESS_MAIN
