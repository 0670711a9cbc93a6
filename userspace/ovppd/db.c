// SPDX-License-Identifier: GPL-2.0-or-later
#include "db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_record.h"
#include "schema.h"
#include "spec.h"

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	INSTANCE_FIND,
	INSTANCE_ADD,
	INSTANCE_NEXT,
	INSTANCE_NAME,
	BOOT_UPTIME,
	BATCH_ADD,
	GAP_ADD,
	STATE_SET,
	STATE_GET,
	OLDEST,
	OLDEST_DROP,
	GAP_SUM,
	PRUNED_ADD,
	N_STATEMENTS,
};

static const char *const statement_sql[N_STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[INSTANCE_FIND] = "SELECT id, next_seq FROM instance"
			  " WHERE boot = ?1 AND site = ?2 AND node = ?3",
	[INSTANCE_ADD] = "INSERT INTO instance (boot, site, node)"
			 " VALUES (?1, ?2, ?3)",
	[INSTANCE_NEXT] = "UPDATE instance SET next_seq = ?2 WHERE id = ?1",
	[INSTANCE_NAME] = "UPDATE instance SET name = ?2, ders = ?3"
			  " WHERE id = ?1",
	[BOOT_UPTIME] = "UPDATE boot SET uptime_ns = MAX(uptime_ns, ?2)"
			" WHERE id = ?1",
	[BATCH_ADD] = "INSERT INTO batch (instance, first_seq, last_seq,"
		      " records, mono_ns, real_ns) VALUES (?, ?, ?, ?, ?, ?)",
	[GAP_ADD] = "INSERT INTO gap VALUES (?, ?, ?, ?, ?)",
	[STATE_SET] = "INSERT INTO state VALUES (?1, ?2, ?3) ON CONFLICT (key)"
		      " DO UPDATE SET value = ?2, real_ns = ?3",
	[STATE_GET] = "SELECT value FROM state WHERE key = ?",
	[OLDEST] = "SELECT b.id, b.instance, b.first_seq, b.last_seq,"
		   " b.records, o.start_ns + b.mono_ns FROM batch b"
		   " JOIN instance i ON i.id = b.instance"
		   " JOIN boot o ON o.id = i.boot ORDER BY b.id LIMIT 1",
	[OLDEST_DROP] = "DELETE FROM batch WHERE id = ?",
	[GAP_SUM] = "SELECT COALESCE(SUM(records), 0) FROM gap"
		    " WHERE instance = ? AND first_seq BETWEEN ? AND ?",
	[PRUNED_ADD] = "INSERT INTO pruned VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		       " ON CONFLICT (instance) DO UPDATE SET last_seq = ?3,"
		       " records = records + ?4, lost = lost + ?5,"
		       " real_ns = ?6",
};

/* Tables that lose their rows with a batch. */
static const char *const pruned_tables[] = {"sample", "site_sample", "event", "dispatch", "other"};

#define N_PRUNED (sizeof(pruned_tables) / sizeof(pruned_tables[0]))

/* Batches that one transaction of the retention takes away. */
#define PRUNE_SLICE 64

/**
 * struct db - an open database
 * @sql: connection
 * @st: prepared statements
 * @drop: rows of a range, one for each of pruned_tables
 * @drop_gap: gaps of a range
 * @insert: statements of the tables of records
 * @boot: this boot's row
 * @error: text of the last error
 */
struct db {
	sqlite3 *sql;
	sqlite3_stmt *st[N_STATEMENTS];
	sqlite3_stmt *drop[N_PRUNED];
	sqlite3_stmt *drop_gap;
	struct db_insert insert;
	int64_t boot;
	char error[256];
};

static int to_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_CANTOPEN:
		return -ENOENT;
	default:
		return -EIO;
	}
}

const char *db_error(const struct db *db)
{
	return db->error;
}

int db_exec(struct db *db, const char *sql)
{
	return to_errno(sqlite3_exec(db->sql, sql, NULL, NULL, NULL));
}

int64_t db_number(struct db *db, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db->sql, sql, -1, &st, NULL))
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* Runs a statement that gives no row, with integers bound in order. */
static int run(sqlite3_stmt *st, size_t n, const int64_t *arg)
{
	int rc;

	for (size_t i = 0; i < n; i++)
		sqlite3_bind_int64(st, (int)i + 1, arg[i]);
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	return to_errno(rc);
}

#define RUN(st, ...) \
	run(st, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (const int64_t[]){__VA_ARGS__})

static int prepare(struct db *db, const char *sql, sqlite3_stmt **st)
{
	return to_errno(sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL));
}

static int prepare_all(struct db *db)
{
	char sql[128];
	int ret = 0;

	for (size_t i = 0; i < N_STATEMENTS && !ret; i++)
		ret = prepare(db, statement_sql[i], &db->st[i]);
	for (size_t i = 0; i < N_PRUNED && !ret; i++) {
		snprintf(sql, sizeof(sql),
			 "DELETE FROM %s WHERE instance = ?"
			 " AND seq BETWEEN ? AND ?",
			 pruned_tables[i]);
		ret = prepare(db, sql, &db->drop[i]);
	}
	if (!ret)
		ret = prepare(db,
			      "DELETE FROM gap WHERE instance = ?"
			      " AND first_seq BETWEEN ? AND ?",
			      &db->drop_gap);
	if (!ret)
		ret = to_errno(db_insert_prepare(&db->insert, db->sql));
	return ret;
}

/* The names of all enumerations, for people who query with SQL. */
static int write_names(struct db *db)
{
	sqlite3_stmt *st;
	int ret = prepare(db, "INSERT OR REPLACE INTO name VALUES (?, ?, ?)", &st);

	for (size_t i = 0; i < ovpp_spec_n_enums && !ret; i++) {
		const struct ovpp_spec_enum *e = &ovpp_spec_enums[i];

		for (size_t v = 0; v < e->n && !ret; v++) {
			sqlite3_bind_text(st, 1, e->name, -1, SQLITE_STATIC);
			sqlite3_bind_text(st, 3, e->entry[v], -1, SQLITE_STATIC);
			sqlite3_bind_int64(st, 2, e->flags ? INT64_C(1) << v : (int64_t)v);
			ret = RUN(st);
		}
	}
	sqlite3_finalize(st);
	return ret;
}

static int create(struct db *db)
{
	char version[64];
	int ret;

	snprintf(version, sizeof(version), "PRAGMA user_version = %d", SCHEMA_VERSION);
	ret = db_exec(db, "BEGIN IMMEDIATE");
	if (!ret)
		ret = db_exec(db, schema_sql);
	if (!ret)
		ret = write_names(db);
	if (!ret)
		ret = db_exec(db, version);
	if (!ret)
		ret = db_exec(db, "COMMIT");
	return ret;
}

/* This boot's row, made at its first use. */
static int find_boot(struct db *db, const char *boot_id)
{
	static const char add[] = "INSERT INTO boot (boot_id, start_ns, uptime_ns) SELECT ?,"
				  " COALESCE(MAX(start_ns + uptime_ns), 0), 0 FROM boot"
				  " WHERE true ON CONFLICT DO NOTHING";
	sqlite3_stmt *st;
	int ret = prepare(db, add, &st);

	if (ret)
		return ret;
	sqlite3_bind_text(st, 1, boot_id, -1, SQLITE_STATIC);
	ret = RUN(st);
	sqlite3_finalize(st);
	if (ret)
		return ret;

	ret = prepare(db, "SELECT id FROM boot WHERE boot_id = ?", &st);
	if (ret)
		return ret;
	sqlite3_bind_text(st, 1, boot_id, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		db->boot = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return db->boot ? 0 : -EIO;
}

static int set_up(struct db *db, const char *boot_id, char *err, size_t size)
{
	int64_t version;
	int ret;

	sqlite3_busy_timeout(db->sql, 2000);
	ret = db_exec(db, "PRAGMA journal_mode = WAL;"
			  "PRAGMA synchronous = FULL;"
			  "PRAGMA journal_size_limit = 16777216;"
			  "PRAGMA foreign_keys = OFF;");
	if (ret)
		return ret;
	version = db_number(db, "PRAGMA user_version");
	if (version > SCHEMA_VERSION) {
		snprintf(err, size, "written by a newer ovppd (schema %d)", (int)version);
		return -EPROTO;
	}
	if (!version)
		ret = create(db);
	if (!ret)
		ret = prepare_all(db);
	if (!ret)
		ret = find_boot(db, boot_id);
	return ret;
}

int db_open(const char *path, const char *boot_id, struct db **out, char *err, size_t size)
{
	struct db *db = calloc(1, sizeof(*db));
	int ret;

	*err = '\0';
	if (!db)
		return -ENOMEM;
	ret = to_errno(sqlite3_open_v2(
		path, &db->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL));
	if (!ret)
		ret = set_up(db, boot_id, err, size);
	if (ret) {
		if (!*err)
			snprintf(err, size, "%s", sqlite3_errmsg(db->sql));
		db_close(db);
		return ret;
	}
	*out = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(db->st[i]);
	for (size_t i = 0; i < N_PRUNED; i++)
		sqlite3_finalize(db->drop[i]);
	sqlite3_finalize(db->drop_gap);
	db_insert_finalize(&db->insert);
	sqlite3_close(db->sql);
	free(db);
}

/* The row of a site's life, made at its first use. */
static int find_instance(struct db *db, const struct db_key *key, int64_t *id, uint64_t *next)
{
	sqlite3_stmt *st = db->st[INSTANCE_FIND];
	int ret, rc;

	sqlite3_bind_int64(st, 1, db->boot);
	sqlite3_bind_int64(st, 2, key->site);
	sqlite3_bind_int64(st, 3, (int64_t)key->node);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*id = sqlite3_column_int64(st, 0);
		*next = (uint64_t)sqlite3_column_int64(st, 1);
	}
	sqlite3_reset(st);
	if (rc == SQLITE_ROW)
		return 0;
	if (rc != SQLITE_DONE)
		return to_errno(rc);

	ret = RUN(db->st[INSTANCE_ADD], db->boot, key->site, (int64_t)key->node);
	*id = sqlite3_last_insert_rowid(db->sql);
	*next = 0;
	return ret;
}

/* Stores records from @next on and notes what is missing among them. */
static int write_records(struct db *db, int64_t instance, uint64_t *next,
			 const struct ovpp_record *rec, size_t n, struct db_written *done)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t missing;
		int ret = 0;

		if (rec[i].seq < *next) {
			done->known++;
			continue;
		}
		missing = rec[i].seq - *next;
		if (missing)
			ret = RUN(db->st[GAP_ADD], instance, (int64_t)*next,
				  (int64_t)rec[i].seq - 1, (int64_t)missing, (int64_t)clock_real());
		if (!ret)
			ret = to_errno(db_insert_record(&db->insert, instance, &rec[i]));
		if (ret)
			return ret;
		done->lost += missing;
		done->records++;
		*next = rec[i].seq + 1;
	}
	return 0;
}

static int write_batch(struct db *db, const struct db_key *key, const struct ovpp_record *rec,
		       size_t n, struct db_written *done)
{
	const struct ovpp_record *last = &rec[n - 1];
	uint64_t first, next;
	int64_t instance;
	int ret;

	ret = find_instance(db, key, &instance, &first);
	next = first;
	if (!ret)
		ret = write_records(db, instance, &next, rec, n, done);
	if (ret || next == first)
		return ret;

	ret = RUN(db->st[BATCH_ADD], instance, (int64_t)first, (int64_t)next - 1,
		  (int64_t)done->records, (int64_t)last->mono_ns, (int64_t)last->real_ns);
	if (!ret)
		ret = RUN(db->st[INSTANCE_NEXT], instance, (int64_t)next);
	if (!ret)
		ret = RUN(db->st[BOOT_UPTIME], db->boot, (int64_t)last->mono_ns);
	return ret;
}

static int write_state(struct db *db, const char *key, const char *value)
{
	sqlite3_stmt *st = db->st[STATE_SET];
	int rc;

	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, value, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, (int64_t)clock_real());
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return to_errno(rc);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int write_instance(struct db *db, const json_t *note)
{
	sqlite3_stmt *st = db->st[INSTANCE_NAME];
	struct db_key key = {
		.site = (uint32_t)json_integer_value(json_object_get(note, "site")),
		.node = (uint64_t)json_integer_value(json_object_get(note, "node")),
	};
	uint64_t next;
	int64_t id;
	int ret, rc;

	ret = find_instance(db, &key, &id, &next);
	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_text(st, 2, text_of(note, "name"), -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, text_of(note, "ders"), -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return to_errno(rc);
}

static int write_notes(struct db *db, const json_t *notes)
{
	const json_t *states = json_object_get(notes, "state");
	const json_t *instances = json_object_get(notes, "instance");
	const char *key;
	json_t *value;
	size_t i;
	int ret = 0;

	json_object_foreach ((json_t *)states, key, value) {
		ret = write_state(db, key, json_string_value(value));
		if (ret)
			return ret;
	}
	json_array_foreach (instances, i, value) {
		ret = write_instance(db, value);
		if (ret)
			return ret;
	}
	return ret;
}

/* Ends the transaction; what went wrong is kept, a rollback has its own text. */
static int finish(struct db *db, int ret)
{
	if (!ret)
		ret = RUN(db->st[COMMIT]);
	if (!ret)
		return 0;
	snprintf(db->error, sizeof(db->error), "%s", sqlite3_errmsg(db->sql));
	/* After some errors SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(db->sql))
		RUN(db->st[ROLLBACK]);
	return ret;
}

int db_write(struct db *db, const struct db_key *key, const struct ovpp_record *rec, size_t n,
	     const json_t *notes, struct db_written *done)
{
	int ret = RUN(db->st[BEGIN]);

	*done = (struct db_written){0};
	if (!ret && n)
		ret = write_batch(db, key, rec, n, done);
	if (!ret && notes)
		ret = write_notes(db, notes);
	return finish(db, ret);
}

/**
 * struct oldest - the oldest batch
 * @id: row
 * @instance: whose
 * @first: range of its records
 * @last: likewise
 * @records: how many it has
 * @run_ns: running time of the machine when it was taken
 */
struct oldest {
	int64_t id;
	int64_t instance;
	int64_t first;
	int64_t last;
	int64_t records;
	uint64_t run_ns;
};

/* Return: 0; -ENOENT if there is none; or another -errno. */
static int find_oldest(struct db *db, struct oldest *o)
{
	sqlite3_stmt *st = db->st[OLDEST];
	int rc = sqlite3_step(st), ret = 0;

	if (rc == SQLITE_DONE)
		ret = -ENOENT;
	else if (rc != SQLITE_ROW)
		ret = to_errno(rc) ? to_errno(rc) : -EIO;
	else
		*o = (struct oldest){
			.id = sqlite3_column_int64(st, 0),
			.instance = sqlite3_column_int64(st, 1),
			.first = sqlite3_column_int64(st, 2),
			.last = sqlite3_column_int64(st, 3),
			.records = sqlite3_column_int64(st, 4),
			.run_ns = (uint64_t)sqlite3_column_int64(st, 5),
		};
	sqlite3_reset(st);
	return ret;
}

/* Pages in use, in bytes. Free pages are used again before the file grows. */
static uint64_t used_bytes(struct db *db)
{
	int64_t pages = db_number(db, "PRAGMA page_count");
	int64_t unused = db_number(db, "PRAGMA freelist_count");
	int64_t size = db_number(db, "PRAGMA page_size");

	return (uint64_t)((pages - unused) * size);
}

static int drop_batch(struct db *db, const struct oldest *o, uint64_t real_ns)
{
	sqlite3_stmt *st = db->st[GAP_SUM];
	int64_t lost = 0;
	int ret = 0;

	sqlite3_bind_int64(st, 1, o->instance);
	sqlite3_bind_int64(st, 2, o->first);
	sqlite3_bind_int64(st, 3, o->last);
	if (sqlite3_step(st) == SQLITE_ROW)
		lost = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);

	for (size_t i = 0; i < N_PRUNED && !ret; i++)
		ret = RUN(db->drop[i], o->instance, o->first, o->last);
	if (!ret)
		ret = RUN(db->drop_gap, o->instance, o->first, o->last);
	if (!ret)
		ret = RUN(db->st[OLDEST_DROP], o->id);
	if (!ret)
		ret = RUN(db->st[PRUNED_ADD], o->instance, o->first, o->last, o->records, lost,
			  (int64_t)real_ns);
	return ret;
}

static int prune_slice(struct db *db, const struct db_limits *limits, uint64_t now_ns,
		       uint64_t real_ns)
{
	uint64_t age_ns = limits->age_ms * CLOCK_MS;
	struct oldest o;
	int n = 0, ret;

	while (n < PRUNE_SLICE) {
		ret = find_oldest(db, &o);
		if (ret)
			return ret == -ENOENT ? n : ret;
		if (!(age_ns && o.run_ns + age_ns < now_ns) &&
		    !(limits->size && used_bytes(db) > limits->size))
			break;
		ret = drop_batch(db, &o, real_ns);
		if (ret)
			return ret;
		n++;
	}
	return n;
}

int db_prune(struct db *db, const struct db_limits *limits, uint64_t mono_ns, uint64_t real_ns)
{
	uint64_t start_ns;
	int ret, n;

	ret = RUN(db->st[BEGIN]);
	if (ret)
		return finish(db, ret);
	start_ns = (uint64_t)db_number(db, "SELECT start_ns FROM boot ORDER BY id DESC LIMIT 1");
	n = prune_slice(db, limits, start_ns + mono_ns, real_ns);
	ret = finish(db, n < 0 ? n : 0);
	return ret ? ret : n;
}

char *db_state(struct db *db, const char *key)
{
	sqlite3_stmt *st = db->st[STATE_GET];
	char *value = NULL;

	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		value = strdup((const char *)sqlite3_column_text(st, 0));
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return value;
}
