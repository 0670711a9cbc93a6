// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/ledger_vtab*.c: the records of a ledger as tables of SQL. */
#include "kselftest_harness.h"

#include "ledger_read.h"
#include "ledger_sql.h"
#include "ledger_vtab.h"
#include "ledger_vtab_priv.h"

#include "ledger_day.h"
#include "ledger_fixture.h"

/* Records of a batch, and batches, of the site "home". */
#define PER_BATCH 100
#define BATCHES 8
#define RECORDS (PER_BATCH * BATCHES)

FIXTURE(tables)
{
	char dir[256];
	char path[300];
	char err[256];
	char text[512];
	struct ovpp_ledger *ledger;
	sqlite3 *sql;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

static int store(struct ovpp_ledger *l, const struct ovpp_life *life, struct ovpp_record *rec,
		 uint64_t first, size_t n)
{
	struct ovpp_now now = {
		first * DAY_SPACING_NS, DAY_START_NS + first * DAY_SPACING_NS, {true, 500}};
	json_t *notes = first || life != &site0 ? NULL : day_notes();
	struct ovpp_written done;
	int ret;

	day_records(rec, first, n);
	ret = ovpp_ledger_write(l, life, rec, n, notes, &now, &done);
	json_decref(notes);
	return ret;
}

static sqlite3 *open_tables(const char *path)
{
	sqlite3 *sql;

	if (sqlite3_open_v2(path, &sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ||
	    ovpp_ledger_tables(sql)) {
		ksft_print_msg("%s: %s\n", path, sqlite3_errmsg(sql));
		return NULL;
	}
	return sql;
}

FIXTURE_SETUP(tables)
{
	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
	snprintf(self->path, sizeof(self->path), "%s/l.db", self->dir);
	ASSERT_EQ(0, open_ledger_at(self->path, BOOT, &self->ledger, self->err, sizeof(self->err)));
	for (uint64_t i = 0; i < BATCHES; i++)
		ASSERT_EQ(0, store(self->ledger, &site0, self->rec, i * PER_BATCH, PER_BATCH));
	self->sql = open_tables(self->path);
	ASSERT_NE(NULL, self->sql);
}

FIXTURE_TEARDOWN(tables)
{
	EXPECT_EQ(SQLITE_OK, sqlite3_close(self->sql));
	ovpp_ledger_close(self->ledger);
	remove_dir(self->dir);
}

/* All values of a query: '|' between those of a row, a space between rows. */
static const char *ask(sqlite3 *sql, const char *query, char *text, size_t size)
{
	sqlite3_stmt *st;
	size_t len = 0;
	int rc = sqlite3_prepare_v2(sql, query, -1, &st, NULL);

	text[0] = '\0';
	if (rc) {
		snprintf(text, size, "%s", sqlite3_errmsg(sql));
		return text;
	}
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int c = 0; c < sqlite3_column_count(st) && len < size - 1; c++) {
			const char *v = (const char *)sqlite3_column_text(st, c);

			len += (size_t)snprintf(text + len, size - len, "%s%s",
						c     ? "|"
						: len ? " "
						      : "",
						v ? v : "NULL");
		}
	}
	if (rc != SQLITE_DONE)
		snprintf(text, size, "%s", sqlite3_errmsg(sql));
	sqlite3_finalize(st);
	return text;
}

#define ASK(query) ask(self->sql, query, self->text, sizeof(self->text))
#define NUMBER(query) ovpp_sql_number(self->sql, query)

TEST_F(tables, every_record_is_a_row_of_one_table)
{
	EXPECT_EQ(RECORDS, NUMBER("SELECT (SELECT COUNT(*) FROM sample) +"
				  " (SELECT COUNT(*) FROM site_sample) +"
				  " (SELECT COUNT(*) FROM event) +"
				  " (SELECT COUNT(*) FROM dispatch) +"
				  " (SELECT COUNT(*) FROM other)"));
	EXPECT_EQ(8, NUMBER("SELECT COUNT(*) FROM event"));
	EXPECT_EQ(8, NUMBER("SELECT COUNT(*) FROM dispatch"));
	EXPECT_EQ(8, NUMBER("SELECT COUNT(*) FROM other"));
	EXPECT_EQ(RECORDS / 4, NUMBER("SELECT COUNT(*) FROM site_sample"));
}

TEST_F(tables, a_row_says_when_where_and_which)
{
	EXPECT_STREQ("2023-11-14 22:13:20.250|home|bat0|1|250000000|1700000000250000000|1|1|0",
		     ASK("SELECT t, site, der, seq, mono_ns, real_ns, der_id, instance, batch"
			 " FROM sample LIMIT 1"));
	EXPECT_STREQ("home|NULL|0", ASK("SELECT site, der, der_id FROM site_sample LIMIT 1"));
	EXPECT_STREQ("pv|2", ASK("SELECT DISTINCT der, der_id FROM event"));
	EXPECT_STREQ("1", ASK("SELECT t = strftime('%Y-%m-%d %H:%M:%f', real_ns / 1e9, 'unixepoch')"
			      " FROM sample WHERE seq = 5"));
}

TEST_F(tables, their_columns_are_the_fields_of_the_records)
{
	EXPECT_STREQ(
		"p_mw q_mvar e_import_mwh e_export_mwh p_set_mw v_mv i_ma f_mhz temp_mc soc_ppm"
		" soh_ppm state alarm warning age_ms quality supervision flags",
		ASK("SELECT group_concat(name, ' ') FROM pragma_table_info('sample')"
		    " WHERE cid >= 9"));
	EXPECT_STREQ("pcc_mw target_mw demand_mw load_mw ticks missed wake_max_ns tick_max_ns f_mhz"
		     " state cause pcc_quality flags lease_left_ms",
		     ASK("SELECT group_concat(name, ' ') FROM pragma_table_info('site_sample')"
			 " WHERE cid >= 9"));
	EXPECT_STREQ("arg code bus", ASK("SELECT group_concat(name, ' ') FROM"
					 " pragma_table_info('event') WHERE cid >= 9"));
	EXPECT_STREQ(
		"e_asked_mwh e_delivered_mwh error_mean_mw unknown_ms start_ns end_ns id state",
		ASK("SELECT group_concat(name, ' ') FROM pragma_table_info('dispatch')"
		    " WHERE cid >= 9"));
	EXPECT_STREQ("type body", ASK("SELECT group_concat(name, ' ') FROM"
				      " pragma_table_info('other') WHERE cid >= 9"));
}

TEST_F(tables, a_value_that_was_not_known_is_null)
{
	EXPECT_STREQ("-5|NULL|NULL|0|1000|NULL|NULL|500000",
		     ASK("SELECT p_mw, q_mvar, e_import_mwh, e_export_mwh, p_set_mw, v_mv, temp_mc,"
			 " soc_ppm FROM sample WHERE seq = 5"));
	EXPECT_STREQ("2000000|NULL|NULL",
		     ASK("SELECT p_mw, p_set_mw, soc_ppm FROM sample WHERE seq = 2"));
	EXPECT_STREQ("NULL|NULL|NULL|NULL 7|9|NULL|5",
		     ASK("SELECT pcc_mw, target_mw, f_mhz, lease_left_ms FROM site_sample"
			 " WHERE seq IN (0, 4)"));
}

TEST_F(tables, other_records_are_as_they_came)
{
	EXPECT_STREQ("97|77|0102030405060708|176",
		     ASK("SELECT seq, type, substr(body, 1, 16), length(body) FROM other LIMIT 1"));
	EXPECT_STREQ("-1|4|1", ASK("SELECT arg, code, bus FROM event LIMIT 1"));
	EXPECT_STREQ("3|-5", ASK("SELECT id, e_asked_mwh FROM dispatch LIMIT 1"));
}

/*
 * What narrows the choice of batches never changes the answer: with a + before it a
 * column is not seen by the plan.
 */
static const char *const columns[] = {"t",	 "site",   "der",      "seq",  "mono_ns",
				      "real_ns", "der_id", "instance", "batch"};
static const char *const operators[] = {"=", "<", "<=", ">", ">=", "IS"};
static const char *const values[] = {
	"'2023-11-14 22:14'",
	"'2023-11-14 22:13:45.250'",
	"'2023-11-14 22:13:45.2501'",
	"'2023-11-14'",
	"'2024'",
	"''",
	"'x'",
	"x'32'",
	"'home'",
	"'HOME' COLLATE NOCASE",
	"'bat0'",
	"'nobody'",
	"0",
	"1",
	"-1",
	"1.5",
	"0.0",
	"150",
	"'150'",
	"1e30",
	"-1e30",
	"1700000030000000000",
	"1700000030000000000.0",
	"9223372036854775807",
	"-9223372036854775808",
	"NULL",
	"(SELECT 3)",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* "SELECT SUM(t = 1), SUM(t = 2), ..." over rows that no plan has chosen. */
static int answers(sqlite3 *sql, const char *column, const char *op, int64_t *n)
{
	char query[4096] = "SELECT ";
	size_t len = strlen(query);
	sqlite3_stmt *st;
	int ret;

	for (size_t v = 0; v < LENGTH(values); v++)
		len += (size_t)snprintf(query + len, sizeof(query) - len, "%sSUM(%s %s %s)",
					v ? ", " : "", column, op, values[v]);
	snprintf(query + len, sizeof(query) - len, " FROM (SELECT * FROM sample LIMIT -1)");
	ret = ovpp_sql_prepare(sql, query, &st);
	if (!ret)
		ret = ovpp_sql_row(st, LENGTH(values), n);
	sqlite3_finalize(st);
	return ret;
}

/* Under sanitizers, on a machine that does other things too, this takes its time. */
TEST_F_TIMEOUT(tables, the_choice_of_batches_never_changes_the_answer, 300)
{
	int64_t all[LENGTH(values)], n;
	char query[256];

	for (size_t c = 0; c < LENGTH(columns); c++) {
		for (size_t o = 0; o < LENGTH(operators); o++) {
			ASSERT_EQ(0, answers(self->sql, columns[c], operators[o], all));
			for (size_t v = 0; v < LENGTH(values); v++) {
				snprintf(query, sizeof(query),
					 "SELECT COUNT(*) FROM sample WHERE %s %s %s", columns[c],
					 operators[o], values[v]);
				n = NUMBER(query);
				EXPECT_EQ(all[v], n) ksft_print_msg("%s\n", query);
			}
		}
	}
}

/* All batches but one cannot be unpacked: a query that answers has not tried. */
static int keep_only(sqlite3 *sql, int batch)
{
	char text[128];

	snprintf(text, sizeof(text), "UPDATE batch SET columns = x'00' WHERE seq <> %d", batch);
	return ovpp_sql_exec(sql, text);
}

/* Batch 3 has the records 300 to 399, 22:14:35.000 to 22:14:59.750. */
static const char *const narrow[] = {
	"batch = 3",
	"batch > 2.5 AND batch < 3.5",
	"batch >= 3 AND batch <= 3",
	"batch IN (3)",
	"seq = 350",
	"seq BETWEEN 300 AND 399",
	"seq > 310.5 AND seq < 390.5",
	"instance = 1 AND seq = 350",
	"t = '2023-11-14 22:14:36.250'",
	"t BETWEEN '2023-11-14 22:14:35' AND '2023-11-14 22:14:59.75'",
	"t > '2023-11-14 22:14:35' AND t < '2023-11-14 22:14:59.8'",
	"t >= datetime(1700000075, 'unixepoch') AND t < datetime(1700000099, 'unixepoch')",
	"t GLOB '2023*' AND t > '2023-11-14 22:14:4' AND t < '2023-11-14 22:14:5'",
	"real_ns = 1700000080000000000",
	"real_ns BETWEEN 1700000075000000000 AND 1700000099750000000",
	"real_ns > 1.700000076e18 AND real_ns < 1.700000099e18",
};

static const char *const nothing[] = {
	"instance = 2", "instance = -1", "der_id = -1",
	"batch = -1",	"batch = 99",	 "seq < 0",
	"seq = NULL",	"t > '2024'",	 "t < '2023-11'",
	"t < ''",	"t = '9'",	 "t > 'x'",
	"real_ns < 0",	"batch < 0",	 "real_ns > 9e18",
	"t = NULL",	"site = NULL",	 "batch > 3 AND batch < 2",
};

TEST_F(tables, batches_are_chosen_by_every_kind_of_comparison)
{
	char query[512];

	ASSERT_EQ(0, keep_only(self->sql, 3));
	for (size_t i = 0; i < LENGTH(narrow); i++) {
		snprintf(query, sizeof(query),
			 "SELECT COUNT(*) > 0 FROM (SELECT 1 FROM sample WHERE"
			 " %s UNION ALL SELECT 1 FROM site_sample WHERE %s)",
			 narrow[i], narrow[i]);
		EXPECT_STREQ("1", ASK(query)) ksft_print_msg("%s\n", narrow[i]);
	}
	for (size_t i = 0; i < LENGTH(nothing); i++) {
		snprintf(query, sizeof(query), "SELECT COUNT(*) FROM sample WHERE %s", nothing[i]);
		EXPECT_STREQ("0", ASK(query)) ksft_print_msg("%s\n", nothing[i]);
	}
}

TEST_F(tables, a_damaged_batch_is_an_error_with_its_number)
{
	ASSERT_EQ(0, keep_only(self->sql, 3));
	EXPECT_STREQ("the content of batch 0 is damaged", ASK("SELECT * FROM sample"));
	EXPECT_STREQ("the content of batch 4 is damaged",
		     ASK("SELECT * FROM sample WHERE batch > 2"));
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "UPDATE batch SET header = x'd2' WHERE seq = 3;"));
	EXPECT_STREQ("the header of batch 3 is damaged",
		     ASK("SELECT * FROM sample WHERE batch = 3"));
}

TEST_F(tables, a_damaged_device_table_is_an_error)
{
	ASSERT_EQ(0, ovpp_sql_exec(self->sql, "UPDATE device_table SET cbor = x'00' WHERE id > 0"));
	EXPECT_STREQ("the device table of batch 0 is damaged", ASK("SELECT * FROM sample"));
}

TEST_F(tables, what_the_retention_took_away_gives_no_rows)
{
	const struct ovpp_retention limits = {.age_ms = 100000};
	struct ovpp_now now = {.mono_ns = 200 * DAY_SECOND, .real_ns = DAY_START_NS};

	/* The last records of the batches 0 to 3 are older than 100 s. */
	ASSERT_EQ(4, ovpp_ledger_prune(self->ledger, &limits, &now));
	EXPECT_EQ(400, NUMBER("SELECT MIN(seq) FROM site_sample"));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM site_sample WHERE batch < 4"));
}

/* Does SQLite sort what comes? */
static bool sorts(sqlite3 *sql, const char *query, char *text, size_t size)
{
	char plan[300];

	snprintf(plan, sizeof(plan), "EXPLAIN QUERY PLAN %s", query);
	return strstr(ask(sql, plan, text, size), "TEMP B-TREE");
}

#define SORTS(query) sorts(self->sql, query, self->text, sizeof(self->text))

TEST_F(tables, rows_come_by_batch_and_seq_and_sqlite_knows)
{
	EXPECT_FALSE(SORTS("SELECT * FROM sample ORDER BY batch"));
	EXPECT_FALSE(SORTS("SELECT * FROM sample ORDER BY batch, seq"));
	EXPECT_FALSE(SORTS("SELECT * FROM sample ORDER BY batch, seq, t DESC") &&
		     SORTS("SELECT * FROM sample ORDER BY batch, seq, t"));
	EXPECT_FALSE(SORTS("SELECT * FROM sample WHERE instance = 1 ORDER BY seq"));
	EXPECT_TRUE(SORTS("SELECT * FROM sample ORDER BY seq"));
	EXPECT_TRUE(SORTS("SELECT * FROM sample ORDER BY t"));
	EXPECT_TRUE(SORTS("SELECT * FROM sample ORDER BY batch DESC"));
	EXPECT_TRUE(SORTS("SELECT * FROM sample ORDER BY batch, t"));
	EXPECT_TRUE(SORTS("SELECT * FROM sample WHERE instance IN (1, 2) ORDER BY seq"));
	EXPECT_TRUE(SORTS("SELECT * FROM sample WHERE instance > 0 ORDER BY seq"));
}

/* A second life of a site begins at 0 again, with its batches in between. */
TEST_F(tables, lives_do_not_mix)
{
	const struct ovpp_life other = {.site = 1, .node = 4712};
	uint64_t n = 0;

	for (; n < 3; n++) {
		ASSERT_EQ(0, store(self->ledger, &other, self->rec, n * PER_BATCH, PER_BATCH));
		ASSERT_EQ(0, store(self->ledger, &site0, self->rec, RECORDS + n * PER_BATCH,
				   PER_BATCH));
	}
	EXPECT_EQ(75, NUMBER("SELECT COUNT(*) FROM site_sample WHERE instance = 2"));
	EXPECT_STREQ("0 100 200", ASK("SELECT seq FROM site_sample WHERE instance = 2"
				      " AND seq % 100 = 0 ORDER BY seq"));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(*) FROM site_sample WHERE seq = 100"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM site_sample WHERE seq = 100 AND site = 'home'"));
	EXPECT_EQ(2, NUMBER("SELECT COUNT(DISTINCT site) FROM site_sample"));
}

TEST_F(tables, rows_are_told_apart_by_their_rowid)
{
	EXPECT_EQ(RECORDS / 4, NUMBER("SELECT COUNT(DISTINCT rowid) FROM site_sample"));
	EXPECT_EQ(700, NUMBER("SELECT seq FROM site_sample WHERE rowid ="
			      " (SELECT MIN(rowid) FROM site_sample WHERE batch = 7)"));
}

TEST_F(tables, they_can_be_joined_with_themselves_and_others)
{
	EXPECT_STREQ("0.25", ASK("SELECT MAX(b.real_ns - a.real_ns) / 1e9 FROM sample a"
				 " JOIN sample b ON b.seq = a.seq + 1 WHERE a.seq < 250"));
	EXPECT_STREQ("bat0|battery|B-1 pv|pv|P-2",
		     ASK("SELECT DISTINCT s.der, d.kind, d.serial FROM sample s"
			 " JOIN der d ON d.instance = s.instance AND d.der = s.der_id"
			 " WHERE s.batch = 0 ORDER BY 1"));
}

TEST_F(tables, a_query_sees_the_ledger_as_it_was_when_it_began)
{
	sqlite3_stmt *st;
	int n = 1;

	ASSERT_EQ(SQLITE_OK,
		  sqlite3_prepare_v2(self->sql, "SELECT seq FROM site_sample", -1, &st, NULL));
	ASSERT_EQ(SQLITE_ROW, sqlite3_step(st));
	ASSERT_EQ(0, store(self->ledger, &site0, self->rec, RECORDS, PER_BATCH));
	while (sqlite3_step(st) == SQLITE_ROW)
		n++;
	EXPECT_EQ(RECORDS / 4, n);
	sqlite3_finalize(st);
	EXPECT_EQ((RECORDS + PER_BATCH) / 4, NUMBER("SELECT COUNT(*) FROM site_sample"));
}

TEST_F(tables, they_cannot_be_written)
{
	EXPECT_NE(SQLITE_OK, sqlite3_exec(self->sql, "DELETE FROM sample", NULL, NULL, NULL));
	EXPECT_NE(SQLITE_OK,
		  sqlite3_exec(self->sql, "INSERT INTO event (t) VALUES (1)", NULL, NULL, NULL));
}

TEST_F(tables, a_database_that_is_no_ledger_is_refused)
{
	char path[320];
	sqlite3 *sql;

	snprintf(path, sizeof(path), "%s/other.db", self->dir);
	sql = open_tables(path);
	ASSERT_NE(NULL, sql);
	EXPECT_STREQ("this is no ledger",
		     ask(sql, "SELECT * FROM sample", self->text, sizeof(self->text)));
	sqlite3_close(sql);
}

/* The texts of times are ordered as the times are: what the search relies on. */
TEST(times_are_ordered_as_their_texts)
{
	char a[VTAB_TIME_SIZE], b[VTAB_TIME_SIZE];
	const int64_t steps[] = {1, 999, 59999, 3599999, 86399999, 2678400000};

	for (int64_t ms = 0; ms < INT64_MAX / 1000000 - 2678400000; ms += 79999999999) {
		vtab_time_text(ms, a);
		for (size_t i = 0; i < LENGTH(steps); i++) {
			vtab_time_text(ms + steps[i], b);
			EXPECT_LT(strcmp(a, b), 0);
		}
	}
	vtab_time_text(0, a);
	EXPECT_STREQ("1970-01-01 00:00:00.000", a);
	vtab_time_text(INT64_MAX / 1000000, a);
	EXPECT_STREQ("2262-04-11 23:47:16.854", a);
}

TEST_HARNESS_MAIN
