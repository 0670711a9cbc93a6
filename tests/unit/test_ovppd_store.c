// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/store.c, db.c, db_record.c: records on their way to the ledger. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../../userspace/ovppd/db.c"
#include "../../userspace/ovppd/db_record.c"
#include "../../userspace/ovppd/log.c"
#include "../../userspace/ovppd/queue.c"
#include "../../userspace/ovppd/store.c"

#define BOOT "11111111-2222-3333-4444-555555555555"
#define NEXT_BOOT "66666666-7777-8888-9999-000000000000"

static const struct db_key site0 = {.site = 0, .node = 4711};

FIXTURE(ledger)
{
	char dir[256];
	char path[300];
	struct db *db;
	struct db_written done;
	struct ovpp_record rec[STORE_BATCH_RECORDS];
};

static struct db *open_db(const char *path, const char *boot)
{
	struct db *db = NULL;
	char err[256];

	if (db_open(path, boot, &db, err, sizeof(err)))
		ksft_print_msg("%s: %s\n", path, err);
	return db;
}

FIXTURE_SETUP(ledger)
{
	const char *out = getenv("OUT");

	snprintf(self->dir, sizeof(self->dir), "%s/ledger-XXXXXX", out ? out : ".");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/l.db", self->dir);
	self->db = open_db(self->path, BOOT);
	ASSERT_NE(NULL, self->db);
}

FIXTURE_TEARDOWN(ledger)
{
	char command[300];

	db_close(self->db);
	snprintf(command, sizeof(command), "rm -rf '%s'", self->dir);
	EXPECT_EQ(0, system(command));
}

/* Event records with these numbers, one second apart. */
static void events(struct ovpp_record *rec, uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rec[i] = (struct ovpp_record){
			.seq = first + i,
			.mono_ns = (first + i + 1) * CLOCK_S,
			.real_ns = 1000 * CLOCK_S + first + i,
			.type = OVPP_RECORD_EVENT,
			.event = {.code = OVPP_EVENT_DER_ALARM, .arg = (int64_t)(first + i)},
		};
}

/* Writes the events @first to @first + @n - 1 of site 0. */
#define WRITE(first, n)                                                      \
	({                                                                   \
		events(self->rec, first, n);                                 \
		db_write(self->db, &site0, self->rec, n, NULL, &self->done); \
	})

#define NUMBER(sql) db_number(self->db, sql)

TEST_F(ledger, a_batch_is_stored_with_all_its_records)
{
	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(10, self->done.records);
	EXPECT_EQ(0, self->done.lost);
	EXPECT_EQ(10, NUMBER("SELECT COUNT(*) FROM event"));
	EXPECT_EQ(45, NUMBER("SELECT SUM(arg) FROM event"));
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
	ASSERT_EQ(0, db_write(self->db, &site0, self->rec, 4, NULL, &self->done));
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
	db_close(self->db);
	self->db = open_db(self->path, BOOT);
	ASSERT_NE(NULL, self->db);
	/* The ring still holds the records 60 to 119. */
	ASSERT_EQ(0, WRITE(60, 60));
	EXPECT_EQ(40, self->done.known);
	EXPECT_EQ(20, self->done.records);
	EXPECT_EQ(0, self->done.lost);
	EXPECT_EQ(120, NUMBER("SELECT COUNT(*) FROM event"));
}

TEST_F(ledger, a_restart_notes_how_many_records_it_missed)
{
	ASSERT_EQ(0, WRITE(0, 100));
	db_close(self->db);
	self->db = open_db(self->path, BOOT);
	ASSERT_NE(NULL, self->db);
	ASSERT_EQ(0, WRITE(150, 10));
	EXPECT_EQ(50, self->done.lost);
}

TEST_F(ledger, another_life_of_a_site_begins_anew)
{
	struct db_key again = {.site = 0, .node = 4712};

	ASSERT_EQ(0, WRITE(0, 100));
	events(self->rec, 0, 5);
	ASSERT_EQ(0, db_write(self->db, &again, self->rec, 5, NULL, &self->done));
	EXPECT_EQ(5, self->done.records);
	db_close(self->db);
	self->db = open_db(self->path, NEXT_BOOT);
	ASSERT_NE(NULL, self->db);
	ASSERT_EQ(0, WRITE(0, 7));
	EXPECT_EQ(7, self->done.records);
	EXPECT_EQ(112, NUMBER("SELECT COUNT(*) FROM event"));
	EXPECT_EQ(3, NUMBER("SELECT COUNT(*) FROM instance"));
}

TEST_F(ledger, a_value_that_is_not_known_is_null_and_never_zero)
{
	struct ovpp_record *r = self->rec;

	*r = (struct ovpp_record){.type = OVPP_RECORD_SAMPLE, .der = 3};
	r->sample.p_mw = -5000;
	r->sample.quality = OVPP_QUALITY_GOOD << (2 * OVPP_SAMPLE_P) |
			    OVPP_QUALITY_STALE << (2 * OVPP_SAMPLE_SOC) |
			    OVPP_QUALITY_INVALID << (2 * OVPP_SAMPLE_V);
	ASSERT_EQ(0, db_write(self->db, &site0, r, 1, NULL, &self->done));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM sample WHERE p_mw = -5000"
			    " AND soc_ppm = 0 AND v_mv IS NULL AND q_mvar"
			    " IS NULL AND p_set_mw IS NULL AND der = 3"));
}

TEST_F(ledger, a_site_record_keeps_what_is_not_known_apart)
{
	struct ovpp_record *r = self->rec;

	*r = (struct ovpp_record){.type = OVPP_RECORD_SITE};
	r->site_sample.lease_left_ms = UINT32_MAX;
	ASSERT_EQ(0, db_write(self->db, &site0, r, 1, NULL, &self->done));
	*r = (struct ovpp_record){.type = OVPP_RECORD_SITE, .seq = 1};
	r->site_sample.pcc_quality = OVPP_QUALITY_GOOD;
	r->site_sample.flags = OVPP_SITE_TARGET;
	r->site_sample.f_mhz = 50000;
	ASSERT_EQ(0, db_write(self->db, &site0, r, 1, NULL, &self->done));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM site_sample WHERE seq = 0"
			    " AND pcc_mw IS NULL AND target_mw IS NULL AND"
			    " f_mhz IS NULL AND lease_left_ms IS NULL"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM site_sample WHERE seq = 1"
			    " AND pcc_mw = 0 AND target_mw = 0 AND"
			    " f_mhz = 50000 AND lease_left_ms = 0"));
}

TEST_F(ledger, dispatches_and_unknown_types_are_kept)
{
	struct ovpp_record *r = self->rec;

	r[0] = (struct ovpp_record){.type = OVPP_RECORD_DISPATCH};
	r[0].dispatch.id = 9;
	r[0].dispatch.e_delivered_mwh = -12;
	r[1] = (struct ovpp_record){.type = 99, .seq = 1};
	r[1].event.arg = 0x6f;
	ASSERT_EQ(0, db_write(self->db, &site0, r, 2, NULL, &self->done));
	EXPECT_EQ(-12, NUMBER("SELECT e_delivered_mwh FROM dispatch"
			      " WHERE id = 9"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM other WHERE type = 99 AND"
			    " hex(body) LIKE '6F00%' AND length(body) = 88"));
}

TEST_F(ledger, names_of_der_and_enumerations_can_be_joined)
{
	json_t *notes = json_pack("{s:{},s:[{s:i,s:i,s:s,s:s}]}", "state", "instance", "site", 0,
				  "node", 4711, "name", "home", "ders",
				  "[{\"id\":3,\"name\":\"battery\",\"kind\":\"battery\"}]");

	events(self->rec, 0, 1);
	self->rec[0].der = 3;
	ASSERT_EQ(0, db_write(self->db, &site0, self->rec, 1, notes, &self->done));
	json_decref(notes);
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM event JOIN der USING"
			    " (instance, der) JOIN name n ON n.kind = 'event'"
			    " AND n.value = code WHERE site = 'home' AND"
			    " der.name = 'battery' AND n.name = 'der_alarm'"));
}

TEST_F(ledger, state_is_kept_and_replaced)
{
	json_t *notes = json_pack("{s:{s:s}}", "state", "desired", "{}");
	char *text;

	EXPECT_EQ(NULL, db_state(self->db, "desired"));
	ASSERT_EQ(0, db_write(self->db, NULL, NULL, 0, notes, &self->done));
	json_object_set_new(json_object_get(notes, "state"), "desired",
			    json_string("{\"sites\":[]}"));
	ASSERT_EQ(0, db_write(self->db, NULL, NULL, 0, notes, &self->done));
	json_decref(notes);
	text = db_state(self->db, "desired");
	EXPECT_STREQ("{\"sites\":[]}", text);
	free(text);
}

TEST_F(ledger, a_full_disk_stores_nothing_of_a_batch_and_goes_on_later)
{
	ASSERT_EQ(0, WRITE(0, 1000));
	ASSERT_EQ(0, db_exec(self->db, "PRAGMA max_page_count = 1"));
	EXPECT_EQ(-ENOSPC, WRITE(1000, 1000));
	EXPECT_STREQ("database or disk is full", db_error(self->db));
	EXPECT_EQ(1000, NUMBER("SELECT COUNT(*) FROM event"));
	ASSERT_EQ(0, db_exec(self->db, "PRAGMA max_page_count = 100000"));
	/* Meanwhile the ring has lost the records 1000 to 1999. */
	ASSERT_EQ(0, WRITE(2000, 1000));
	EXPECT_EQ(1000, self->done.lost);
	EXPECT_EQ(1000, NUMBER("SELECT records FROM gap"));
	EXPECT_EQ(2000, NUMBER("SELECT COUNT(*) FROM event"));
}

TEST_F(ledger, retention_by_age_drops_the_oldest_batches_and_says_so)
{
	const struct db_limits limits = {.age_ms = 100 * 1000};

	for (uint64_t i = 0; i < 20; i++)
		ASSERT_EQ(0, WRITE(i * 10, 10));
	/* The record n was taken n + 1 seconds after the boot. */
	EXPECT_EQ(10, db_prune(self->db, &limits, 201 * CLOCK_S, 5));
	EXPECT_EQ(0, db_prune(self->db, &limits, 201 * CLOCK_S, 5));
	EXPECT_EQ(100, NUMBER("SELECT COUNT(*) FROM event"));
	EXPECT_EQ(100, NUMBER("SELECT MIN(seq) FROM event"));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM pruned WHERE first_seq = 0"
			    " AND last_seq = 99 AND records = 100"
			    " AND lost = 0"));
}

TEST_F(ledger, retention_counts_the_gaps_that_it_takes_along)
{
	const struct db_limits limits = {.age_ms = 1000};

	ASSERT_EQ(0, WRITE(0, 10));
	ASSERT_EQ(0, WRITE(30, 10));
	EXPECT_EQ(2, db_prune(self->db, &limits, 1000 * CLOCK_S, 5));
	EXPECT_EQ(1, NUMBER("SELECT COUNT(*) FROM pruned WHERE first_seq = 0"
			    " AND last_seq = 39 AND records = 20"
			    " AND lost = 20"));
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM gap"));
}

TEST_F(ledger, a_wall_clock_set_wrong_by_a_year_drops_nothing)
{
	const struct db_limits limits = {.age_ms = 86400 * 1000};

	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(0, db_prune(self->db, &limits, 11 * CLOCK_S, 366 * 86400 * CLOCK_S));
	EXPECT_EQ(10, NUMBER("SELECT COUNT(*) FROM event"));
}

TEST_F(ledger, age_goes_on_over_a_reboot)
{
	const struct db_limits limits = {.age_ms = 100 * 1000};

	ASSERT_EQ(0, WRITE(0, 100));
	db_close(self->db);
	self->db = open_db(self->path, NEXT_BOOT);
	ASSERT_NE(NULL, self->db);
	EXPECT_EQ(0, db_prune(self->db, &limits, 99 * CLOCK_S, 5));
	EXPECT_EQ(1, db_prune(self->db, &limits, 101 * CLOCK_S, 5));
}

TEST_F(ledger, retention_by_size_keeps_the_newest)
{
	const struct db_limits limits = {.size = 500 * 1000};
	int dropped = 0, n;

	for (uint64_t i = 0; i < 40; i++)
		ASSERT_EQ(0, WRITE(i * 1000, 1000));
	ASSERT_LT(limits.size, used_bytes(self->db));
	while ((n = db_prune(self->db, &limits, 0, 5)) > 0)
		dropped += n;
	EXPECT_EQ(0, n);
	EXPECT_LT(0, dropped);
	EXPECT_GE(limits.size, used_bytes(self->db));
	EXPECT_EQ(39999, NUMBER("SELECT MAX(seq) FROM event"));
	EXPECT_EQ(40000, NUMBER("SELECT (SELECT COUNT(*) FROM event) +"
				" (SELECT records FROM pruned)"));
}

TEST_F(ledger, what_was_dropped_does_not_come_back_after_a_restart)
{
	const struct db_limits limits = {.age_ms = 1};

	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(1, db_prune(self->db, &limits, 1000 * CLOCK_S, 5));
	ASSERT_EQ(0, WRITE(0, 10));
	EXPECT_EQ(10, self->done.known);
	EXPECT_EQ(0, NUMBER("SELECT COUNT(*) FROM event"));
}

TEST_F(ledger, a_ledger_of_a_newer_program_is_left_alone)
{
	struct db *db = NULL;
	char err[256];

	ASSERT_EQ(0, db_exec(self->db, "PRAGMA user_version = 99"));
	EXPECT_EQ(-EPROTO, db_open(self->path, BOOT, &db, err, sizeof(err)));
	EXPECT_STREQ("written by a newer ovppd (schema 99)", err);
}

TEST_F(ledger, a_file_that_is_no_database_is_refused_with_a_text)
{
	char path[320], err[256];
	struct db *db = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "%s/x.db", self->dir);
	f = fopen(path, "w");
	for (int i = 0; i < 4096; i++)
		fputs("no database ", f);
	fclose(f);
	EXPECT_EQ(-EBADMSG, db_open(path, BOOT, &db, err, sizeof(err)));
	EXPECT_STREQ("file is not a database", err);
}

/* The store with its thread, on a second file beside the fixture's. */
struct running {
	char path[320];
	struct logger log;
	struct store *store;
};

static int start(struct running *r, const char *dir)
{
	const struct db_limits none = {0};
	char err[256];
	int ret;

	snprintf(r->path, sizeof(r->path), "%s/s.db", dir);
	log_init(&r->log, false);
	ret = store_open(r->path, &r->log, &r->store, err, sizeof(err));
	return ret ? ret : store_start(r->store, &none);
}

/* Hands records over as the loop does, waiting for an empty batch. */
static void hand_over(struct store *store, uint64_t first, size_t n)
{
	struct store_batch *b;

	while (!(b = store_take(store)))
		sched_yield();
	b->key = site0;
	b->n = n;
	events(b->rec, first, n);
	store_put(store, b);
}

TEST_F(ledger, everything_handed_over_is_stored_when_the_store_is_closed)
{
	struct running r;
	struct db *db;

	ASSERT_EQ(0, start(&r, self->dir));
	for (uint64_t i = 0; i < 100; i++)
		hand_over(r.store, i * 50, 50);
	store_note_state(r.store, "desired", "{}");
	store_close(r.store);
	db = open_db(r.path, BOOT);
	EXPECT_EQ(5000, db_number(db, "SELECT COUNT(*) FROM event"));
	EXPECT_EQ(100, db_number(db, "SELECT COUNT(*) FROM batch"));
	EXPECT_EQ(1, db_number(db, "SELECT COUNT(*) FROM state"));
	db_close(db);
}

TEST_F(ledger, a_second_daemon_is_refused_and_told_by_whom)
{
	char err[400], want[400];
	struct running r;
	struct store *second;

	ASSERT_EQ(0, start(&r, self->dir));
	EXPECT_EQ(-EBUSY, store_open(r.path, &r.log, &second, err, sizeof(err)));
	snprintf(want, sizeof(want), "%s is in use by another ovppd, process %d", r.path,
		 (int)getpid());
	EXPECT_STREQ(want, err);
	store_close(r.store);
	ASSERT_EQ(0, start(&r, self->dir));
	store_close(r.store);
}

/* Waits until the store says that it cannot write, or that it can. */
static void await_error(struct store *store, bool error)
{
	struct store_stats stats;

	do {
		sched_yield();
		store_stats(store, &stats);
	} while (!stats.error[0] == error);
}

TEST_F(ledger, a_disk_that_refuses_makes_nobody_wait_and_loses_nothing_held)
{
	struct rlimit old, none = {0};
	struct store_stats stats;
	struct running r;
	struct db *db;
	uint64_t seq = 0;

	ASSERT_EQ(0, start(&r, self->dir));
	hand_over(r.store, seq++, 1);
	do {
		sched_yield();
		store_stats(r.store, &stats);
	} while (!stats.records);
	/* The kernel refuses every write to a file from now on. */
	signal(SIGXFSZ, SIG_IGN);
	ASSERT_EQ(0, getrlimit(RLIMIT_FSIZE, &old));
	none.rlim_max = old.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &none));
	hand_over(r.store, seq++, 1);
	await_error(r.store, true);
	/* The loop can fill what is empty, and then is told to wait. */
	for (int i = 0; i < STORE_BATCHES - 1; i++)
		hand_over(r.store, seq++, 1);
	EXPECT_EQ(NULL, store_take(r.store));
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
	await_error(r.store, false);
	/* Its ring was overwritten meanwhile. */
	hand_over(r.store, seq + 1000, 1);
	store_stats(r.store, &stats);
	EXPECT_STREQ("", stats.error);
	store_close(r.store);
	db = open_db(r.path, BOOT);
	EXPECT_EQ(STORE_BATCHES + 2, db_number(db, "SELECT COUNT(*) FROM event"));
	EXPECT_EQ(1000, db_number(db, "SELECT records FROM gap"));
	db_close(db);
}

TEST_F(ledger, a_database_that_cannot_be_opened_does_not_stop_the_daemon)
{
	struct store_stats stats;
	struct running r;
	char path[340];

	snprintf(path, sizeof(path), "%s/s.db", self->dir);
	ASSERT_EQ(0, mkdir(path, 0700));
	ASSERT_EQ(0, start(&r, self->dir));
	store_stats(r.store, &stats);
	EXPECT_STREQ("unable to open database file", stats.error);
	EXPECT_EQ(NULL, store_state(r.store, "desired"));
	hand_over(r.store, 0, 1);
	ASSERT_EQ(0, rmdir(path));
	await_error(r.store, false);
	store_close(r.store);
}

TEST_F(ledger, a_kill_takes_back_no_batch_that_was_reported_as_stored)
{
	struct store_stats stats = {0};
	struct db *db;
	int fd[2], status;
	uint64_t reported = 0, n;
	char path[340];
	pid_t pid;

	ASSERT_EQ(0, pipe(fd));
	pid = fork();
	if (!pid) {
		struct running r;

		if (start(&r, self->dir))
			_exit(1);
		for (uint64_t i = 0;; i++) {
			hand_over(r.store, i * 10, 10);
			store_stats(r.store, &stats);
			if (write(fd[1], &stats.records, 8) != 8)
				_exit(1);
		}
	}
	close(fd[1]);
	while (reported < 500 && read(fd[0], &n, 8) == 8)
		reported = n;
	kill(pid, SIGKILL);
	while (read(fd[0], &n, 8) == 8)
		reported = n;
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	snprintf(path, sizeof(path), "%s/s.db", self->dir);
	db = open_db(path, NEXT_BOOT);
	EXPECT_LE(reported, db_number(db, "SELECT COUNT(*) FROM event"));
	EXPECT_EQ(0, db_number(db, "SELECT COUNT(*) FROM batch WHERE"
				   " records <> last_seq - first_seq + 1"));
	EXPECT_EQ(0, db_number(db, "SELECT COUNT(*) % 10 FROM event"));
	db_close(db);
}

TEST_HARNESS_MAIN
