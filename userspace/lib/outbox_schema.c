// SPDX-License-Identifier: GPL-2.0-or-later
/* The outbox's tables, for everybody who puts something into them; outbox_db.c works with them. */
#include "outbox_db.h"

int ovpp_outbox_create(sqlite3 *sql)
{
	static const char tables[] =
		"CREATE TABLE IF NOT EXISTS target (id INTEGER PRIMARY KEY,"
		" chain_id INTEGER NOT NULL, contract BLOB NOT NULL, gateway BLOB NOT NULL,"
		" base_seq INTEGER, base_acc BLOB, UNIQUE (chain_id, contract, gateway));"
		"CREATE TABLE IF NOT EXISTS lane (id INTEGER PRIMARY KEY,"
		" chain_id INTEGER NOT NULL, signer BLOB NOT NULL, next_nonce INTEGER,"
		" UNIQUE (chain_id, signer));"
		"CREATE TABLE IF NOT EXISTS intent (target INTEGER NOT NULL, seq INTEGER NOT NULL,"
		" root BLOB NOT NULL, records INTEGER NOT NULL, t0_ms INTEGER NOT NULL,"
		" t1_ms INTEGER NOT NULL, state INTEGER NOT NULL, lane INTEGER, nonce INTEGER,"
		" acc BLOB, block INTEGER, block_hash BLOB, why TEXT, PRIMARY KEY (target, seq))"
		" WITHOUT ROWID;"
		"CREATE INDEX IF NOT EXISTS intent_open ON intent (target, state, seq)"
		" WHERE state <> 5;"
		"CREATE INDEX IF NOT EXISTS intent_slot ON intent (lane, nonce)"
		" WHERE state IN (1, 2, 6);"
		/* A number is not used again: an attempt may be of a call that was taken back. */
		"CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY AUTOINCREMENT,"
		" lane INTEGER NOT NULL, recipient BLOB NOT NULL, code BLOB NOT NULL,"
		" value BLOB NOT NULL, data BLOB NOT NULL, what TEXT NOT NULL,"
		" state INTEGER NOT NULL, nonce INTEGER, tx BLOB, block INTEGER, block_hash BLOB,"
		" gas INTEGER, cost_gwei INTEGER, why TEXT);"
		"CREATE INDEX IF NOT EXISTS call_open ON call (lane, state, id) WHERE state <> 5;"
		"CREATE TABLE IF NOT EXISTS attempt (id INTEGER PRIMARY KEY,"
		" lane INTEGER NOT NULL, nonce INTEGER NOT NULL, call INTEGER,"
		" gas INTEGER NOT NULL, tip INTEGER NOT NULL, fee INTEGER NOT NULL,"
		" day INTEGER NOT NULL, cost_gwei INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,"
		" raw BLOB NOT NULL);"
		"CREATE INDEX IF NOT EXISTS attempt_slot ON attempt (lane, nonce);"
		"CREATE INDEX IF NOT EXISTS attempt_day ON attempt (lane, day);"
		"CREATE INDEX IF NOT EXISTS attempt_call ON attempt (call)"
		" WHERE call IS NOT NULL;";

	return ovpp_sql_exec(sql, tables);
}

/* Id of a row of two columns or three that is made if it is not there. */
static int find(sqlite3 *sql, const char *const both[2], uint64_t chain_id, const void *second,
		size_t second_size, const void *third, size_t third_size, int64_t *id)
{
	sqlite3_stmt *st;
	int ret = 0;

	for (int i = 0; i < 2 && !ret; i++) {
		ret = ovpp_sql_prepare(sql, both[i], &st);
		if (ret)
			break;
		sqlite3_bind_int64(st, 1, (int64_t)chain_id);
		sqlite3_bind_blob(st, 2, second, (int)second_size, SQLITE_STATIC);
		if (third)
			sqlite3_bind_blob(st, 3, third, (int)third_size, SQLITE_STATIC);
		ret = i ? ovpp_sql_row(st, 1, id) : ovpp_sql_step(st);
		sqlite3_finalize(st);
	}
	return ret;
}

int outbox_find_target(sqlite3 *sql, const struct ovpp_outbox_target *t, int64_t *id)
{
	static const char *const both[] = {
		"INSERT OR IGNORE INTO target (chain_id, contract, gateway) VALUES (?, ?, ?)",
		"SELECT id FROM target WHERE chain_id = ? AND contract = ? AND gateway = ?",
	};

	return find(sql, both, t->network.chain_id, t->contract, sizeof(t->contract), t->gateway,
		    sizeof(t->gateway), id);
}

int outbox_find_lane(sqlite3 *sql, uint64_t chain_id, const ovpp_address signer, int64_t *id)
{
	static const char *const both[] = {
		"INSERT OR IGNORE INTO lane (chain_id, signer) VALUES (?, ?)",
		"SELECT id FROM lane WHERE chain_id = ? AND signer = ?",
	};

	return find(sql, both, chain_id, signer, OVPP_ADDRESS_SIZE, NULL, 0, id);
}

int ovpp_outbox_add(sqlite3 *sql, const struct ovpp_outbox_target *target,
		    const struct ovpp_anchor *b)
{
	static const char add[] = "INSERT OR IGNORE INTO intent (target, seq, root, records, t0_ms,"
				  " t1_ms, state) VALUES (?1, ?2, ?6, ?3, ?4, ?5, 0)";
	sqlite3_stmt *st;
	int64_t id;
	int ret = outbox_find_target(sql, target, &id);

	if (!ret)
		ret = ovpp_sql_prepare(sql, add, &st);
	if (ret)
		return ret;
	sqlite3_bind_blob(st, 6, b->root, sizeof(b->root), SQLITE_STATIC);
	ret = OVPP_SQL_RUN(st, id, (int64_t)b->seq, (int64_t)b->records, (int64_t)b->t0_ms,
			   (int64_t)b->t1_ms);
	sqlite3_finalize(st);
	return ret;
}
