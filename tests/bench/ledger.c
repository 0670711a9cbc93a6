// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the ledger costs, beside bare SQLite with the same records as rows.
 * tests/bench/ledger.sh makes a report of it.
 *
 *	ledger write DIR BATCH		signed and durable, in turns with the peer;
 *					cpu_ns: processor time a record
 *	ledger batches DIR SECONDS	a minute a batch, as the daemon does
 *	ledger full DIR SECONDS		4,096 records a batch
 *	ledger rows DIR SECONDS		the peer: one row per insert, each durable
 *	ledger prove DIR PROOFS		of records of the ledger there, chosen evenly
 *
 * The records are those of day.h. The peer has a table of (seq INTEGER PRIMARY KEY,
 * record BLOB) in WAL mode with synchronous=FULL, as the ledger is. Each prints lines
 * "KEY VALUE". DIR is empty.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "day.h"
#include "ledger.h"
#include "ledger_export.h"
#include "ledger_read.h"
#include "ledger_sql.h"

/* Turns, and batches in each of them. */
#define TURNS 20
#define TURN_BATCHES 10
#define MINUTE (60 * DAY_RECORDS)

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static void check(int ret, const char *what)
{
	if (ret)
		die(what, strerror(-ret));
}

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/**
 * struct peer - a table of records
 * @sql: database
 * @insert: statement
 */
struct peer {
	sqlite3 *sql;
	sqlite3_stmt *insert;
};

static void peer_open(struct peer *p, const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/peer.db", dir);
	check(ovpp_sql_errno(sqlite3_open(path, &p->sql)), path);
	check(ovpp_sql_exec(p->sql, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				    "CREATE TABLE record (seq INTEGER PRIMARY KEY,"
				    " record BLOB NOT NULL)"),
	      path);
	check(ovpp_sql_prepare(p->sql, "INSERT INTO record VALUES (?, ?)", &p->insert), path);
}

static void peer_close(struct peer *p)
{
	sqlite3_finalize(p->insert);
	sqlite3_close(p->sql);
}

static void peer_insert(struct peer *p, const struct ovpp_record *rec)
{
	sqlite3_bind_int64(p->insert, 1, (int64_t)rec->seq);
	sqlite3_bind_blob(p->insert, 2, rec, sizeof(*rec), SQLITE_STATIC);
	check(ovpp_sql_step(p->insert), "insert");
}

static void peer_write(struct peer *p, const struct ovpp_record *rec, size_t n)
{
	check(ovpp_sql_exec(p->sql, "BEGIN"), "begin");
	for (size_t i = 0; i < n; i++)
		peer_insert(p, &rec[i]);
	check(ovpp_sql_exec(p->sql, "COMMIT"), "commit");
}

static struct ovpp_ledger *ledger_open(const char *dir)
{
	char path[4096], keys[4096], err[256];
	struct ovpp_ledger_options options = {
		.path = path,
		.keys = keys,
		.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
		.software = "bench",
		.chain = &ovpp_chain_embedded,
	};
	struct ovpp_ledger *l;

	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	snprintf(keys, sizeof(keys), "%s/keys", dir);
	if (ovpp_ledger_open(&options, &l, err, sizeof(err)))
		die(path, err);
	return l;
}

static void ledger_write(struct ovpp_ledger *l, const struct ovpp_record *rec, size_t n)
{
	const struct ovpp_life life = {.site = 1, .node = 1};
	const struct ovpp_now now = {rec[n - 1].mono_ns, rec[n - 1].real_ns, {true, 1000}};
	struct ovpp_written done;

	if (ovpp_ledger_write(l, &life, rec, n, NULL, &now, &done))
		die("ledger", ovpp_ledger_error(l));
}

static struct ovpp_record *day_records(size_t n)
{
	struct ovpp_record *rec = malloc((n + DAY_RECORDS) * sizeof(*rec));
	struct day day;

	if (!rec)
		die("malloc", strerror(ENOMEM));
	day_init(&day);
	day.second = DAY_SECONDS / 2;
	for (size_t i = 0; i < n; i += DAY_RECORDS)
		day_next(&day, &rec[i]);
	return rec;
}

static void bench_write(const char *dir, size_t batch)
{
	size_t turn = batch * TURN_BATCHES, n = turn * TURNS;
	struct ovpp_record *rec = day_records(n);
	struct ovpp_ledger *l = ledger_open(dir);
	double ours = 0, peers = 0, cpu = 0, start, cpu_start;
	struct peer peer;

	peer_open(&peer, dir);
	for (size_t i = 0; i < n; i += turn) {
		start = seconds_of(CLOCK_MONOTONIC);
		cpu_start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
		for (size_t k = 0; k < turn; k += batch)
			ledger_write(l, &rec[i + k], batch);
		cpu += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
		ours += seconds_of(CLOCK_MONOTONIC) - start;
		start = seconds_of(CLOCK_MONOTONIC);
		for (size_t k = 0; k < turn; k += batch)
			peer_write(&peer, &rec[i + k], batch);
		peers += seconds_of(CLOCK_MONOTONIC) - start;
	}
	printf("rate %.0f\npeer_rate %.0f\ncpu_ns %.0f\n", (double)n / ours, (double)n / peers,
	       cpu / (double)n * 1e9);
	peer_close(&peer);
	ovpp_ledger_close(l);
	free(rec);
}

static void bench_batches(const char *dir, size_t seconds, size_t batch)
{
	size_t n = seconds * DAY_RECORDS / batch * batch;
	struct ovpp_record *rec = day_records(n);
	struct ovpp_ledger *l = ledger_open(dir);

	for (size_t i = 0; i < n; i += batch)
		ledger_write(l, &rec[i], batch);
	ovpp_ledger_close(l);
	free(rec);
	printf("records %zu\n", n);
}

static void bench_rows(const char *dir, size_t seconds)
{
	size_t n = seconds * DAY_RECORDS;
	struct ovpp_record *rec = day_records(n);
	struct peer peer;

	peer_open(&peer, dir);
	for (size_t i = 0; i < n; i++)
		peer_insert(&peer, &rec[i]);
	peer_close(&peer);
	free(rec);
	printf("records %zu\n", n);
}

/* Each in a batch of its own, as different people ask for them. */
static void bench_prove(const char *dir, size_t proofs)
{
	struct ovpp_read_batch b;
	struct ovpp_buffer out = {0};
	struct ovpp_reader *r;
	char path[4096], err[256];
	double spent = 0, start;
	size_t largest = 0;
	int64_t batches;

	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	check(ovpp_reader_open(path, &r, err, sizeof(err)), err);
	batches = ovpp_reader_batches(r);
	for (size_t i = 0; i < proofs; i++) {
		uint64_t seq = i * 7919 % (uint64_t)batches;

		check(ovpp_reader_batch(r, seq, &b), "batch");
		seq = b.rec[i * 104729 % b.n].seq;
		out.size = 0;
		start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
		check(ovpp_ledger_prove(r, b.seq, seq, false, &out), "proof");
		spent += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
		largest = out.size > largest ? out.size : largest;
	}
	printf("prove_us %.0f\nproof_bytes %zu\n", spent / (double)proofs * 1e6, largest);
	ovpp_buffer_free(&out);
	ovpp_reader_close(r);
}

int main(int argc, char **argv)
{
	size_t n;

	if (argc != 4)
		die("usage", "ledger write|batches|full|rows|prove DIR NUMBER");
	n = strtoul(argv[3], NULL, 10);
	if (!strcmp(argv[1], "write"))
		bench_write(argv[2], n);
	else if (!strcmp(argv[1], "batches"))
		bench_batches(argv[2], n, MINUTE);
	else if (!strcmp(argv[1], "full"))
		bench_batches(argv[2], n, OVPP_BATCH_RECORDS);
	else if (!strcmp(argv[1], "rows"))
		bench_rows(argv[2], n);
	else if (!strcmp(argv[1], "prove"))
		bench_prove(argv[2], n);
	else
		die(argv[1], "not a measurement");
	return 0;
}
