// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_key.h"
#include "ledger_priv.h"
#include "ledger_schema.h"
#include "ledger_vfs.h"
#include "spec.h"

static const char *const statement_sql[N_LEDGER_STATEMENTS] = {
	[LEDGER_BEGIN] = "BEGIN IMMEDIATE",
	[LEDGER_COMMIT] = "COMMIT",
	[LEDGER_ROLLBACK] = "ROLLBACK",
	[LEDGER_EPOCH] = "SELECT MAX(epoch) FROM key",
	[LEDGER_LAST_BATCH] = "SELECT seq, header FROM batch ORDER BY seq DESC LIMIT 1",
	[LEDGER_INSTANCE_FIND] = "SELECT id, name FROM instance"
				 " WHERE boot = ?1 AND site = ?2 AND node = ?3",
	[LEDGER_INSTANCE_ADD] = "INSERT INTO instance (boot, site, node) VALUES (?, ?, ?)",
	[LEDGER_INSTANCE_NAME] = "UPDATE instance SET name = ?2 WHERE id = ?1 AND name = ''",
	/* Not further back than this boot: a life does not outlast it. */
	[LEDGER_INSTANCE_NEXT] = "SELECT last_seq + 1 FROM batch WHERE instance = ?1 AND seq >="
				 " (SELECT first_batch FROM boot WHERE id = ?2)"
				 " ORDER BY seq DESC LIMIT 1",
	[LEDGER_INSTANCE_TABLE] =
		"UPDATE instance SET devices = ?2 WHERE id = ?1 AND devices <> ?2",
	[LEDGER_DEVICE_FIND] = "SELECT id FROM device WHERE ident = ?",
	[LEDGER_DEVICE_ADD] = "INSERT INTO device VALUES (?, ?, ?)",
	[LEDGER_DER_SET] = "INSERT INTO der VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO"
			   " UPDATE SET device = ?3, site = ?4, name = ?5, kind = ?6, serial = ?7",
	[LEDGER_DER_ALL] = "SELECT der, d.device, v.key, d.name, d.kind, d.serial,"
			   " r.base_import_mwh, r.e_import_mwh, r.base_export_mwh, r.e_export_mwh"
			   " FROM der d JOIN device v ON v.id = d.device"
			   " LEFT JOIN register r ON r.device = d.device"
			   " WHERE instance = ? ORDER BY der",
	[LEDGER_TABLE_FIND] = "SELECT id FROM device_table WHERE hash = ?",
	[LEDGER_TABLE_ADD] = "INSERT INTO device_table (hash, cbor) VALUES (?, ?)",
	[LEDGER_REGISTER_SET] = "INSERT OR REPLACE INTO register VALUES (?, ?, ?, ?, ?)",
	[LEDGER_ROLLUP_ADD] =
		"INSERT INTO rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		" ON CONFLICT DO UPDATE SET samples = samples + ?4,"
		" p_sum_mw = CASE WHEN ?4 THEN COALESCE(p_sum_mw, 0) + ?5 ELSE p_sum_mw END,"
		" p_min_mw = COALESCE(MIN(p_min_mw, ?6), p_min_mw, ?6),"
		" p_max_mw = COALESCE(MAX(p_max_mw, ?7), p_max_mw, ?7),"
		" e_import_mwh = COALESCE(?8, e_import_mwh),"
		" e_export_mwh = COALESCE(?9, e_export_mwh), soc_ppm = COALESCE(?10, soc_ppm)",
	[LEDGER_BATCH_ADD] = "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[LEDGER_GAP_ADD] = "INSERT INTO gap VALUES (?, ?, ?, ?, ?)",
	[LEDGER_SPAN_ADD] = "INSERT INTO span SELECT MIN(seq), MAX(seq), MIN(real_min_ns),"
			    " MAX(real_max_ns) FROM batch WHERE seq BETWEEN ? AND ?",
	[LEDGER_STATE_SET] = "INSERT INTO state VALUES (?1, ?2, ?3) ON CONFLICT (key)"
			     " DO UPDATE SET value = ?2, real_ns = ?3",
	[LEDGER_STATE_GET] = "SELECT value FROM state WHERE key = ?",
	[LEDGER_OLDEST] = "SELECT b.seq, b.instance, b.first_seq, b.last_seq, b.records, b.lost,"
			  " o.start_ns + b.mono_ns, b.real_min_ns, b.real_max_ns FROM batch b"
			  " JOIN instance i ON i.id = b.instance JOIN boot o ON o.id = i.boot"
			  " WHERE seq > (SELECT COALESCE(MAX(last_batch), -1) FROM pruned)"
			  " ORDER BY seq LIMIT 1",
	[LEDGER_OLDEST_DROP] =
		"UPDATE batch SET seed = NULL, nodes = NULL, columns = NULL WHERE seq = ?",
	[LEDGER_PRUNED_ADD] = "INSERT INTO pruned VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
			      " ON CONFLICT (instance) DO UPDATE SET last_seq = ?3,"
			      " records = records + ?4, lost = lost + ?5, last_batch = ?6,"
			      " real_ns = ?7",
	[LEDGER_MINUTES_DROP] = "DELETE FROM rollup WHERE period_s = 60 AND t BETWEEN ? AND ?",
};

int ledger_fail(struct ovpp_ledger *l, int ret, const char *what)
{
	snprintf(l->error, sizeof(l->error), "%s: %s", what, strerror(-ret));
	return ret;
}

const char *ovpp_ledger_error(const struct ovpp_ledger *l)
{
	return l->error;
}

static int prepare_all(struct ovpp_ledger *l)
{
	int ret = 0;

	for (size_t i = 0; i < N_LEDGER_STATEMENTS && !ret; i++)
		ret = ovpp_sql_prepare(l->sql, statement_sql[i], &l->st[i]);
	return ret;
}

/* The names of all enumerations, for people who query with SQL. */
static int write_names(struct ovpp_ledger *l)
{
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(l->sql, "INSERT OR REPLACE INTO name VALUES (?, ?, ?)", &st);

	for (size_t i = 0; i < ovpp_spec_n_enums && !ret; i++) {
		const struct ovpp_spec_enum *e = &ovpp_spec_enums[i];

		for (size_t v = 0; v < e->n && !ret; v++) {
			sqlite3_bind_text(st, 1, e->name, -1, SQLITE_STATIC);
			sqlite3_bind_int64(st, 2, e->flags ? INT64_C(1) << v : (int64_t)v);
			sqlite3_bind_text(st, 3, e->entry[v], -1, SQLITE_STATIC);
			ret = ovpp_sql_step(st);
		}
	}
	sqlite3_finalize(st);
	return ret;
}

static int create(struct ovpp_ledger *l)
{
	char version[64];
	int ret;

	snprintf(version, sizeof(version), "PRAGMA user_version = %d", OVPP_LEDGER_VERSION);
	ret = ovpp_sql_exec(l->sql, "BEGIN IMMEDIATE");
	if (!ret)
		ret = ovpp_sql_exec(l->sql, ovpp_ledger_schema);
	if (!ret)
		ret = write_names(l);
	if (!ret)
		ret = ovpp_sql_exec(l->sql, version);
	if (!ret)
		ret = ovpp_sql_exec(l->sql, "COMMIT");
	return ret;
}

/* This boot's row, made at its first use. */
static int find_boot(struct ovpp_ledger *l, const char *boot_id)
{
	static const char add[] =
		"INSERT INTO boot (boot_id, start_ns, first_batch) SELECT ?,"
		" COALESCE((SELECT o.start_ns + b.mono_ns FROM batch b"
		" JOIN instance i ON i.id = b.instance JOIN boot o ON o.id = i.boot"
		" ORDER BY b.seq DESC LIMIT 1), 0),"
		" (SELECT COALESCE(MAX(seq) + 1, 0) FROM batch)"
		" WHERE true ON CONFLICT DO NOTHING";
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(l->sql, add, &st);

	if (ret)
		return ret;
	sqlite3_bind_text(st, 1, boot_id, -1, SQLITE_STATIC);
	ret = ovpp_sql_step(st);
	sqlite3_finalize(st);
	if (ret)
		return ret;

	ret = ovpp_sql_prepare(l->sql, "SELECT id FROM boot WHERE boot_id = ?", &st);
	if (ret)
		return ret;
	sqlite3_bind_text(st, 1, boot_id, -1, SQLITE_STATIC);
	ret = ovpp_sql_row(st, 1, &l->boot);
	sqlite3_finalize(st);
	return ret;
}

/* "01234567-89ab-..." as bytes. */
static int parse_boot_id(const char *text, uint8_t id[16])
{
	char digits[33] = "";
	size_t n = 0;

	for (; *text && n < sizeof(digits) - 1; text++)
		if (*text != '-')
			digits[n++] = *text;
	return *text ? -EINVAL : ovpp_unhex(digits, id, 16);
}

static int set_up_database(struct ovpp_ledger *l, const char *boot_id, char *err, size_t size)
{
	int64_t version;
	int ret;

	sqlite3_busy_timeout(l->sql, 2000);
	/* A larger log is written back less often: pages that change with every
	 * batch reach their place on the flash once in many batches.
	 */
	ret = ovpp_sql_exec(l->sql, "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;"
				    "PRAGMA wal_autocheckpoint = 2000;"
				    "PRAGMA journal_size_limit = 16777216;"
				    "PRAGMA foreign_keys = OFF;");
	if (ret)
		return ret;
	version = ovpp_sql_number(l->sql, "PRAGMA user_version");
	if (version && version != OVPP_LEDGER_VERSION) {
		snprintf(err, size, "written by %s ovppd (schema %d, not %d): move it away",
			 version > OVPP_LEDGER_VERSION ? "a newer" : "an older", (int)version,
			 OVPP_LEDGER_VERSION);
		return -EPROTO;
	}
	if (!version)
		ret = create(l);
	if (!ret)
		ret = prepare_all(l);
	if (!ret)
		ret = find_boot(l, boot_id);
	return ret;
}

/* The key that the ledger says is in force; at the very first a new one. */
static int open_key(struct ovpp_ledger *l, char *err, size_t size)
{
	uint32_t epoch = 0;
	bool first;
	int ret = ovpp_ledger_key_current(l->sql, &epoch);

	first = ret == -ENOENT;
	if (ret && !first)
		return ret;
	if (!first)
		return ovpp_ledger_key_open(l->sql, epoch, l->keys, l->passphrase, &l->key, err,
					    size);
	ret = ovpp_keyring_open(l->keys, epoch, l->passphrase, &l->key, err, size);
	if (ret == -ENOENT)
		ret = ovpp_keyring_create(l->keys, epoch, l->passphrase, &l->key, err, size);
	if (ret)
		return ret;
	ret = ovpp_sql_step(l->st[LEDGER_BEGIN]);
	if (!ret)
		ret = ovpp_ledger_key_first(l->sql, l->key);
	if (!ret)
		ret = ovpp_sql_step(l->st[LEDGER_COMMIT]);
	return ret;
}

static int know_gateway(struct ovpp_ledger *l)
{
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(l->sql, "SELECT public FROM key WHERE epoch = 0", &st);

	if (ret)
		return ret;
	ret = -EBADMSG;
	if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_bytes(st, 0) == OVPP_KEY_SIZE) {
		memcpy(l->gateway, sqlite3_column_blob(st, 0), OVPP_KEY_SIZE);
		ret = 0;
	}
	sqlite3_finalize(st);
	return ret;
}

/* Where the chain of headers goes on. */
static int know_chain(struct ovpp_ledger *l)
{
	sqlite3_stmt *st = l->st[LEDGER_LAST_BATCH];
	int rc;

	if (l->chain_known)
		return 0;
	rc = sqlite3_step(st);
	l->next_batch = 0;
	memset(l->prev, 0, sizeof(l->prev));
	if (rc == SQLITE_ROW) {
		l->next_batch = (uint64_t)sqlite3_column_int64(st, 0) + 1;
		ovpp_sha256(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1),
			    l->prev);
	}
	sqlite3_reset(st);
	l->chain_known = rc == SQLITE_ROW || rc == SQLITE_DONE;
	return ovpp_sql_errno(rc);
}

static int set_up(struct ovpp_ledger *l, const struct ovpp_ledger_options *o, char *err,
		  size_t size)
{
	int ret;

	l->keys = strdup(o->keys);
	l->passphrase = o->passphrase ? ovpp_passphrase_copy(o->passphrase) : NULL;
	l->columns = ovpp_columns_new();
	if (!l->keys || (o->passphrase && !l->passphrase) || !l->columns)
		return -ENOMEM;
	snprintf(l->software, sizeof(l->software), "%s", o->software);
	ret = parse_boot_id(o->boot_id, l->boot_id);
	if (ret)
		return ret;
	ret = ovpp_sql_errno(sqlite3_open_v2(
		o->path, &l->sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		ovpp_ledger_vfs()));
	if (!ret)
		ret = set_up_database(l, o->boot_id, err, size);
	if (!ret)
		ret = open_key(l, err, size);
	if (!ret)
		ret = know_gateway(l);
	if (!ret)
		ret = know_chain(l);
	if (ret)
		return ret;
	ret = o->chain->open(l->sql, o->chain_config, &l->chain);
	if (!ret)
		l->ops = o->chain;
	return ret;
}

int ovpp_ledger_open(const struct ovpp_ledger_options *options, struct ovpp_ledger **out, char *err,
		     size_t size)
{
	struct ovpp_ledger *l = calloc(1, sizeof(*l));
	int ret;

	*err = '\0';
	if (!l)
		return -ENOMEM;
	ret = set_up(l, options, err, size);
	if (ret) {
		if (!*err)
			snprintf(err, size, "%s",
				 l->sql && sqlite3_errcode(l->sql) ? sqlite3_errmsg(l->sql)
								   : strerror(-ret));
		ovpp_ledger_close(l);
		return ret;
	}
	*out = l;
	return 0;
}

void ovpp_ledger_close(struct ovpp_ledger *l)
{
	if (!l)
		return;
	ledger_lives_drop(l);
	if (l->ops)
		l->ops->close(l->chain);
	for (size_t i = 0; i < N_LEDGER_STATEMENTS; i++)
		sqlite3_finalize(l->st[i]);
	sqlite3_close(l->sql);
	ovpp_keyring_close(l->key);
	ovpp_columns_free(l->columns);
	ovpp_buffer_free(&l->header);
	ovpp_passphrase_free(l->passphrase);
	free(l->keys);
	free(l);
}

/* A key that began since the last transaction is in force from now on. */
static int refresh_key(struct ovpp_ledger *l)
{
	struct ovpp_keyring *key;
	int64_t epoch;
	int ret = ovpp_sql_row(l->st[LEDGER_EPOCH], 1, &epoch);

	if (ret || epoch == ovpp_keyring_epoch(l->key))
		return ret;
	ret = ovpp_ledger_key_open(l->sql, (uint32_t)epoch, l->keys, l->passphrase, &key, l->error,
				   sizeof(l->error));
	if (ret)
		return ret;
	ovpp_keyring_close(l->key);
	l->key = key;
	return 0;
}

/* What is known beside the database is of a transaction that did not happen. */
static void forget(struct ovpp_ledger *l)
{
	ledger_lives_drop(l);
	l->chain_known = false;
	l->ops->rolled_back(l->chain);
}

/* Ends the transaction; what went wrong is kept, a rollback has its own text. */
int ledger_finish(struct ovpp_ledger *l, int ret)
{
	if (!ret)
		ret = ovpp_sql_step(l->st[LEDGER_COMMIT]);
	if (!ret)
		return 0;
	if (!*l->error)
		snprintf(l->error, sizeof(l->error), "%s",
			 sqlite3_errcode(l->sql) ? sqlite3_errmsg(l->sql) : strerror(-ret));
	/* After some errors SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(l->sql))
		ovpp_sql_step(l->st[LEDGER_ROLLBACK]);
	forget(l);
	return ret;
}

int ledger_begin(struct ovpp_ledger *l)
{
	int ret;

	*l->error = '\0';
	ret = ovpp_sql_step(l->st[LEDGER_BEGIN]);
	if (!ret)
		ret = know_chain(l);
	return ret;
}

int ovpp_ledger_write(struct ovpp_ledger *l, const struct ovpp_life *key,
		      const struct ovpp_record *rec, size_t n, const json_t *notes,
		      const struct ovpp_now *now, struct ovpp_written *done)
{
	struct ledger_life *life;
	int ret;

	*done = (struct ovpp_written){0};
	if (n > OVPP_BATCH_RECORDS)
		return ledger_fail(l, -E2BIG, "a batch");
	ret = ledger_begin(l);
	if (!ret)
		ret = refresh_key(l);
	/* First of all, so that the batch knows its DER by their names. */
	if (!ret && notes)
		ret = ledger_notes_write(l, notes, now->real_ns);
	if (!ret && n)
		ret = ledger_life_get(l, key, &life);
	if (!ret && n)
		ret = ledger_batch_write(l, life, rec, n, now, done);
	return ledger_finish(l, ret);
}

char *ovpp_ledger_state(struct ovpp_ledger *l, const char *key)
{
	sqlite3_stmt *st = l->st[LEDGER_STATE_GET];
	char *value = NULL;

	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(st) == SQLITE_ROW)
		value = strdup((const char *)sqlite3_column_text(st, 0));
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return value;
}

uint64_t ovpp_ledger_batches(const struct ovpp_ledger *l)
{
	return l->next_batch;
}

json_t *ovpp_ledger_chain(struct ovpp_ledger *l)
{
	return l->ops->status(l->chain);
}
