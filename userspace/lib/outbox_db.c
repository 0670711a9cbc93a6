// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox_db.h"

#include <errno.h>
#include <string.h>

/*
 * States in SQL, as enum ovpp_outbox_state has them. What is final (5) is nearly all of
 * the table, and not in the indexes that the rest is found by: whatever SQLite believes,
 * they are better.
 */
#define WAITS "state <> 5 AND state IN (0, 7, 8)"
#define ON_ITS_WAY "state IN (1, 2, 6)"
#define NOT_ANCHORED "state <> 5 AND state IN (0, 1, 2, 6, 7, 8)"
#define ANCHORED "state <> 5 AND state IN (3, 4)"
/* A call waits; it is in a block that may still go. */
#define CALL_WAITS "state <> 5 AND state IN (0, 8)"
#define CALL_MINED "state <> 5 AND state IN (3, 4, 7) AND block_hash IS NOT NULL"

static const char *const text[N_OUTBOX_STATEMENTS] = {
	[OUTBOX_BEGIN] = "BEGIN IMMEDIATE",
	[OUTBOX_COMMIT] = "COMMIT",
	[OUTBOX_ROLLBACK] = "ROLLBACK",
	[OUTBOX_NONCE_GET] = "SELECT COALESCE(next_nonce, -1) FROM lane WHERE id = ?",
	[OUTBOX_NONCE_SET] = "UPDATE lane SET next_nonce = MAX(?2, COALESCE(next_nonce, 0))"
			     " WHERE id = ?1",
	[OUTBOX_BASE_GET] = "SELECT base_seq, base_acc FROM target WHERE id = ?"
			    " AND base_seq IS NOT NULL",
	[OUTBOX_FIRST] = "SELECT seq FROM intent WHERE target = ? ORDER BY seq LIMIT 1",
	[OUTBOX_BASE_SET] = "UPDATE target SET base_seq = ?2, base_acc = ?3 WHERE id = ?1",
	/* What another account has sent: the head says whether it arrived. */
	[OUTBOX_STRAYS] =
		"UPDATE intent INDEXED BY intent_open SET state = 0, lane = NULL, nonce = NULL,"
		" acc = NULL WHERE target = ?1 AND lane <> ?2 AND state <> 5"
		" AND " ON_ITS_WAY,
	[OUTBOX_ACTIVE] = "SELECT nonce, state FROM intent WHERE lane = ?1 AND " ON_ITS_WAY
			  " UNION ALL SELECT nonce, state FROM call WHERE lane = ?1"
			  " AND state <> 5 AND " ON_ITS_WAY " ORDER BY nonce LIMIT 1",
	[OUTBOX_WAITING] = "SELECT seq FROM intent WHERE target = ?1 AND seq >= COALESCE("
			   "(SELECT base_seq FROM target WHERE id = ?1), 0) AND " WAITS " LIMIT 1",
	[OUTBOX_WAITING_FROM] = "SELECT seq, root, records, t0_ms, t1_ms FROM intent"
				" WHERE target = ? AND seq >= ? AND seq < ? AND " WAITS
				" ORDER BY seq LIMIT ?",
	[OUTBOX_RANGE] = "SELECT seq, root, records, t0_ms, t1_ms FROM intent"
			 " WHERE target = ? AND seq >= ? AND seq < ? ORDER BY seq",
	[OUTBOX_LAST_ACC] = "SELECT seq, acc FROM intent WHERE target = ? AND seq < ?"
			    " AND acc IS NOT NULL ORDER BY seq DESC LIMIT 1",
	[OUTBOX_BUILT_SET] = "UPDATE intent SET state = 1, lane = ?3, nonce = ?4, t0_ms = ?5,"
			     " t1_ms = ?6, acc = ?7, why = NULL WHERE target = ?1 AND seq = ?2",
	[OUTBOX_SLOT_STATE] = "UPDATE intent SET state = ?3 WHERE lane = ?1 AND nonce = ?2"
			      " AND " ON_ITS_WAY,
	[OUTBOX_SLOT_SIZE] = "SELECT COUNT(*) FROM intent WHERE lane = ? AND nonce = ?"
			     " AND target = ? AND " ON_ITS_WAY,
	[OUTBOX_MINED_SET] = "UPDATE intent SET state = ?2, block = ?4, block_hash = ?5,"
			     " why = NULL WHERE target = ?1 AND seq < ?3 AND seq >="
			     " (SELECT base_seq FROM target WHERE id = ?1)"
			     " AND " NOT_ANCHORED,
	[OUTBOX_UNDONE_SET] = "UPDATE intent SET state = ?3, lane = NULL, nonce = NULL,"
			      " acc = NULL, why = ?4 WHERE lane = ?1 AND nonce = ?2"
			      " AND " ON_ITS_WAY,
	[OUTBOX_HELD_SET] =
		"UPDATE intent INDEXED BY intent_open SET state = 8, why = ?3 WHERE target = ?1"
		" AND seq < ?2 AND (state <> 8 OR why IS NOT ?3) AND " WAITS,
	[OUTBOX_UNSETTLED] =
		"SELECT block, block_hash FROM intent INDEXED BY intent_open WHERE target = ?"
		" AND " ANCHORED " ORDER BY block DESC LIMIT 1",
	/* What has no transaction of this account is for the next one. */
	[OUTBOX_REORGED_SET] = "UPDATE intent INDEXED BY intent_open SET state = CASE WHEN lane = "
			       "?4 THEN 6 ELSE 0 END,"
			       " block = NULL, block_hash = NULL WHERE target = ?1"
			       " AND block = ?2 AND block_hash = ?3 AND " ANCHORED,
	[OUTBOX_SETTLED_SET] = "UPDATE intent INDEXED BY intent_open SET state = CASE WHEN block "
			       "<= ?2 THEN 5 ELSE 4 END"
			       " WHERE target = ?1 AND block <= MAX(?2, ?3)"
			       " AND " ANCHORED,
	[OUTBOX_CALL_WAITING] = "SELECT id FROM call WHERE lane = ?1 AND (state = 0 OR id > ?2)"
				" AND " CALL_WAITS " ORDER BY id LIMIT 1",
	[OUTBOX_CALL_GET] = "SELECT recipient, code, value, data FROM call WHERE id = ?",
	[OUTBOX_CALL_BUILT_SET] = "UPDATE call SET state = 1, nonce = ?2, why = NULL WHERE id = ?1"
				  " AND " CALL_WAITS,
	[OUTBOX_CALL_ATTEMPT] = "SELECT nonce, hash FROM attempt WHERE call = ? ORDER BY id DESC"
				" LIMIT 1 OFFSET ?",
	[OUTBOX_CALL_AGAIN] = "SELECT nonce FROM attempt WHERE call = ?1 AND lane = ?2"
			      " AND nonce >= ?3 ORDER BY nonce LIMIT 1",
	[OUTBOX_CALL_AGAIN_SET] = "UPDATE call SET state = 6, nonce = ?2 WHERE id = ?1"
				  " AND " CALL_WAITS,
	[OUTBOX_CALL_ENDED_SET] = "UPDATE call SET state = ?2, why = ?3 WHERE id = ?1"
				  " AND " CALL_WAITS,
	[OUTBOX_CALL_SLOT_STATE] = "UPDATE call SET state = ?3 WHERE lane = ?1 AND nonce = ?2"
				   " AND state <> 5 AND " ON_ITS_WAY,
	[OUTBOX_CALL_SLOT_SIZE] = "SELECT COUNT(*) FROM call WHERE lane = ? AND nonce = ?"
				  " AND state <> 5 AND " ON_ITS_WAY,
	[OUTBOX_CALL_WHY_SET] = "UPDATE call SET why = ?3 WHERE lane = ?1 AND nonce = ?2"
				" AND state <> 5 AND " ON_ITS_WAY,
	[OUTBOX_CALL_MINED_SET] = "UPDATE call SET state = ?2, block = ?3, gas = ?4,"
				  " cost_gwei = ?5, tx = ?6, block_hash = ?7, why = ?8,"
				  " nonce = (SELECT nonce FROM attempt WHERE hash = ?6)"
				  " WHERE id = ?1",
	[OUTBOX_CALL_UNDONE_SET] = "UPDATE call SET state = 0, nonce = NULL, why = ?3"
				   " WHERE lane = ?1 AND nonce = ?2 AND state <> 5"
				   " AND " ON_ITS_WAY,
	[OUTBOX_CALL_UNSETTLED] = "SELECT block FROM call WHERE lane = ? AND block >= ?"
				  " AND " CALL_MINED " ORDER BY block LIMIT 1",
	[OUTBOX_CALL_REORGED_SET] = "UPDATE call SET state = 6, tx = NULL, block = NULL,"
				    " block_hash = NULL, gas = NULL, cost_gwei = NULL, why = NULL"
				    " WHERE lane = ?1 AND block = ?2 AND block_hash <> ?3"
				    " AND " CALL_MINED,
	/* ?3: it is final, not only safe. One that was refused stays that. */
	[OUTBOX_CALL_SETTLED_SET] =
		"UPDATE call SET state = CASE WHEN state = 7 THEN 7 WHEN ?3 THEN 5 ELSE 4 END,"
		" block_hash = CASE WHEN state = 7 AND ?3 THEN NULL ELSE block_hash END"
		" WHERE lane = ?1 AND block = ?2 AND " CALL_MINED,
	[OUTBOX_ATTEMPT_ADD] = "INSERT INTO attempt (lane, nonce, call, gas, tip, fee, day,"
			       " cost_gwei, hash, raw)"
			       " VALUES (?, ?, NULLIF(?, 0), ?, ?, ?, ?, ?, ?, ?)",
	[OUTBOX_ATTEMPT_GET] = "SELECT gas, tip, fee, day, cost_gwei, hash, raw, call FROM attempt"
			       " WHERE lane = ? AND nonce = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
	[OUTBOX_ATTEMPT_COST] = "UPDATE attempt SET cost_gwei = CASE WHEN hash = ?2 THEN ?1"
				" ELSE 0 END WHERE (lane, nonce) ="
				" (SELECT lane, nonce FROM attempt WHERE hash = ?2)",
	[OUTBOX_DAY] = "SELECT COALESCE(MAX(day), 0) FROM attempt WHERE lane = ?",
	/* Of the attempts of a nonce only one is paid. */
	[OUTBOX_DAY_COST] =
		"SELECT COALESCE(SUM(cost), 0) FROM (SELECT MAX(cost_gwei) AS cost"
		" FROM attempt INDEXED BY attempt_day WHERE lane = ? AND day = ? AND nonce <> ?"
		" GROUP BY nonce)",
};

void outbox_db_bind(sqlite3_stmt *st, int at, const void *data, size_t size)
{
	sqlite3_bind_blob(st, at, data, (int)size, SQLITE_STATIC);
}

int outbox_db_open(struct outbox_db *db, sqlite3 *sql, const struct ovpp_outbox_options *o)
{
	int ret;

	db->sql = sql;
	/* Bytes must be on the disk before anybody else has them. */
	ret = ovpp_sql_exec(sql, "PRAGMA synchronous = FULL");
	if (!ret)
		ret = ovpp_outbox_create(sql);
	for (int i = 0; i < N_OUTBOX_STATEMENTS && !ret; i++)
		ret = ovpp_sql_prepare(sql, text[i], &db->st[i]);
	if (!ret)
		ret = outbox_db_begin(db);
	if (ret)
		return ret;
	ret = outbox_find_lane(sql, o->target.network.chain_id, ovpp_evm_key_address(o->key),
			       &db->lane);
	return outbox_db_end(db, ret);
}

int outbox_db_target(struct outbox_db *db, const struct ovpp_outbox_target *target)
{
	int ret = outbox_db_begin(db);

	if (ret)
		return ret;
	ret = outbox_find_target(db->sql, target, &db->target);
	if (!ret)
		ret = OUTBOX_RUN(db, STRAYS, db->target, db->lane);
	return outbox_db_end(db, ret);
}

void outbox_db_close(struct outbox_db *db)
{
	for (int i = 0; i < N_OUTBOX_STATEMENTS; i++)
		sqlite3_finalize(db->st[i]);
}

int outbox_db_begin(struct outbox_db *db)
{
	return ovpp_sql_step(db->st[OUTBOX_BEGIN]);
}

int outbox_db_end(struct outbox_db *db, int ret)
{
	if (!ret)
		ret = ovpp_sql_step(db->st[OUTBOX_COMMIT]);
	if (ret && !sqlite3_get_autocommit(db->sql))
		ovpp_sql_step(db->st[OUTBOX_ROLLBACK]);
	return ret;
}

int outbox_db_row(struct outbox_db *db, enum outbox_statement st, size_t n, const int64_t *arg,
		  size_t columns, int64_t *out)
{
	for (size_t i = 0; i < n; i++)
		sqlite3_bind_int64(db->st[st], (int)i + 1, arg[i]);
	return ovpp_sql_row(db->st[st], columns, out);
}

/* A column of exactly @size bytes. */
static int column(sqlite3_stmt *st, int at, void *out, size_t size)
{
	if ((size_t)sqlite3_column_bytes(st, at) != size)
		return -EBADMSG;
	memcpy(out, sqlite3_column_blob(st, at), size);
	return 0;
}

int outbox_db_number_and_hash(sqlite3_stmt *st, uint64_t *number, ovpp_hash hash)
{
	int rc = sqlite3_step(st), ret = rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);

	if (rc == SQLITE_ROW) {
		*number = (uint64_t)sqlite3_column_int64(st, 0);
		ret = column(st, 1, hash, OVPP_HASH_SIZE);
	}
	sqlite3_reset(st);
	return ret;
}

static int read_batch(sqlite3_stmt *st, struct ovpp_anchor *b)
{
	b->seq = (uint64_t)sqlite3_column_int64(st, 0);
	b->records = (uint64_t)sqlite3_column_int64(st, 2);
	b->t0_ms = (uint64_t)sqlite3_column_int64(st, 3);
	b->t1_ms = (uint64_t)sqlite3_column_int64(st, 4);
	return column(st, 1, b->root, sizeof(b->root));
}

/* @acc of the head before @seq becomes that of the head before @next. */
static int accumulate(struct outbox_db *db, const uint8_t gateway[32], uint64_t seq, uint64_t next,
		      ovpp_hash acc)
{
	sqlite3_stmt *st = db->st[OUTBOX_RANGE];
	struct ovpp_anchor b;
	int rc = SQLITE_DONE, ret = 0;

	sqlite3_bind_int64(st, 1, db->target);
	sqlite3_bind_int64(st, 2, (int64_t)seq);
	sqlite3_bind_int64(st, 3, (int64_t)next);
	for (; !ret && (rc = sqlite3_step(st)) == SQLITE_ROW; seq++) {
		ret = read_batch(st, &b);
		if (!ret && b.seq != seq)
			ret = -ENOENT;
		if (!ret)
			ret = ovpp_anchor_accumulate(gateway, &b, acc);
	}
	sqlite3_reset(st);
	if (!ret)
		ret = ovpp_sql_errno(rc);
	return !ret && seq != next ? -ENOENT : ret;
}

int outbox_db_acc(struct outbox_db *db, const uint8_t gateway[32], uint64_t next, ovpp_hash acc)
{
	sqlite3_stmt *st = db->st[OUTBOX_BASE_GET];
	uint64_t base, seq;
	ovpp_hash known;
	int ret;

	sqlite3_bind_int64(st, 1, db->target);
	ret = outbox_db_number_and_hash(st, &base, acc);
	if (ret)
		return ret;
	st = db->st[OUTBOX_LAST_ACC];
	sqlite3_bind_int64(st, 1, db->target);
	sqlite3_bind_int64(st, 2, (int64_t)next);
	ret = outbox_db_number_and_hash(st, &seq, known);
	if (!ret && seq >= base) {
		base = seq + 1;
		memcpy(acc, known, OVPP_HASH_SIZE);
	}
	return ret && ret != -ENOENT ? ret : accumulate(db, gateway, base, next, acc);
}

int outbox_db_began(struct outbox_db *db, const uint8_t gateway[32],
		    const struct ovpp_anchor_head *head, int64_t *first)
{
	ovpp_hash acc = {0};
	int ret = OUTBOX_ROW(db, FIRST, 1, first, db->target);

	if (!ret)
		ret = accumulate(db, gateway, (uint64_t)*first, head->next, acc);
	return !ret && memcmp(acc, head->acc, sizeof(acc)) ? -ENOENT : ret;
}

int outbox_db_base(struct outbox_db *db, uint64_t seq, const ovpp_hash acc)
{
	outbox_db_bind(db->st[OUTBOX_BASE_SET], 3, acc, OVPP_HASH_SIZE);
	return OUTBOX_RUN(db, BASE_SET, db->target, (int64_t)seq);
}

int outbox_db_waiting(struct outbox_db *db, uint64_t seq, uint64_t until, struct ovpp_anchor *b,
		      size_t max)
{
	sqlite3_stmt *st = db->st[OUTBOX_WAITING_FROM];
	int rc, ret = 0, n = 0;

	sqlite3_bind_int64(st, 1, db->target);
	sqlite3_bind_int64(st, 2, (int64_t)seq);
	sqlite3_bind_int64(st, 3, until > INT64_MAX ? INT64_MAX : (int64_t)until);
	sqlite3_bind_int64(st, 4, (int64_t)max);
	while (!ret && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		ret = read_batch(st, &b[n]);
		if (ret || b[n].seq != seq + (uint64_t)n)
			break;
		n++;
	}
	sqlite3_reset(st);
	if (!ret && rc != SQLITE_ROW)
		ret = ovpp_sql_errno(rc);
	return ret ? ret : n;
}

int outbox_db_built(struct outbox_db *db, uint64_t nonce, const struct ovpp_anchor *b,
		    const ovpp_hash acc)
{
	outbox_db_bind(db->st[OUTBOX_BUILT_SET], 7, acc, OVPP_HASH_SIZE);
	return OUTBOX_RUN(db, BUILT_SET, db->target, (int64_t)b->seq, db->lane, (int64_t)nonce,
			  (int64_t)b->t0_ms, (int64_t)b->t1_ms);
}

int outbox_db_mined(struct outbox_db *db, enum ovpp_outbox_state state, uint64_t next,
		    uint64_t block, const ovpp_hash hash)
{
	outbox_db_bind(db->st[OUTBOX_MINED_SET], 5, hash, OVPP_HASH_SIZE);
	return OUTBOX_RUN(db, MINED_SET, db->target, state, (int64_t)next, (int64_t)block);
}

int outbox_db_undone(struct outbox_db *db, uint64_t nonce, enum ovpp_outbox_state state,
		     const char *why)
{
	sqlite3_bind_text(db->st[OUTBOX_UNDONE_SET], 4, why, -1, SQLITE_STATIC);
	return OUTBOX_RUN(db, UNDONE_SET, db->lane, (int64_t)nonce, state);
}

int outbox_db_held(struct outbox_db *db, uint64_t next, const char *why)
{
	sqlite3_bind_text(db->st[OUTBOX_HELD_SET], 3, why, -1, SQLITE_STATIC);
	return OUTBOX_RUN(db, HELD_SET, db->target, (int64_t)next);
}

int outbox_db_unsettled(struct outbox_db *db, uint64_t *block, ovpp_hash hash)
{
	sqlite3_bind_int64(db->st[OUTBOX_UNSETTLED], 1, db->target);
	return outbox_db_number_and_hash(db->st[OUTBOX_UNSETTLED], block, hash);
}

int outbox_db_reorged(struct outbox_db *db, uint64_t block, const ovpp_hash hash)
{
	sqlite3_stmt *st = db->st[OUTBOX_REORGED_SET];

	outbox_db_bind(st, 3, hash, OVPP_HASH_SIZE);
	sqlite3_bind_int64(st, 4, db->lane);
	return OUTBOX_RUN(db, REORGED_SET, db->target, (int64_t)block);
}

int outbox_db_slot_state(struct outbox_db *db, uint64_t nonce, enum ovpp_outbox_state state)
{
	int ret = OUTBOX_RUN(db, SLOT_STATE, db->lane, (int64_t)nonce, state);

	return ret ? ret : OUTBOX_RUN(db, CALL_SLOT_STATE, db->lane, (int64_t)nonce, state);
}

int outbox_db_attempt_add(struct outbox_db *db, uint64_t nonce, const struct outbox_attempt *a)
{
	outbox_db_bind(db->st[OUTBOX_ATTEMPT_ADD], 9, a->hash, OVPP_HASH_SIZE);
	outbox_db_bind(db->st[OUTBOX_ATTEMPT_ADD], 10, a->raw.data, a->raw.size);
	return OUTBOX_RUN(db, ATTEMPT_ADD, db->lane, (int64_t)nonce, a->call, (int64_t)a->gas,
			  (int64_t)a->tip, (int64_t)a->fee, a->day, a->cost_gwei);
}

int outbox_db_attempt(struct outbox_db *db, uint64_t nonce, unsigned int number,
		      struct outbox_attempt *a)
{
	sqlite3_stmt *st = db->st[OUTBOX_ATTEMPT_GET];
	int rc, ret;

	a->raw.size = 0;
	sqlite3_bind_int64(st, 1, db->lane);
	sqlite3_bind_int64(st, 2, (int64_t)nonce);
	sqlite3_bind_int64(st, 3, number);
	rc = sqlite3_step(st);
	ret = rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);
	if (rc == SQLITE_ROW) {
		a->gas = (uint64_t)sqlite3_column_int64(st, 0);
		a->tip = (uint64_t)sqlite3_column_int64(st, 1);
		a->fee = (uint64_t)sqlite3_column_int64(st, 2);
		a->day = sqlite3_column_int64(st, 3);
		a->cost_gwei = sqlite3_column_int64(st, 4);
		a->call = sqlite3_column_int64(st, 7);
		ret = column(st, 5, a->hash, OVPP_HASH_SIZE);
		if (!ret)
			ret = ovpp_buffer_add(&a->raw, sqlite3_column_blob(st, 6),
					      (size_t)sqlite3_column_bytes(st, 6));
	}
	sqlite3_reset(st);
	return ret;
}

int outbox_db_cost(struct outbox_db *db, const ovpp_hash hash, int64_t gwei)
{
	outbox_db_bind(db->st[OUTBOX_ATTEMPT_COST], 2, hash, OVPP_HASH_SIZE);
	return OUTBOX_RUN(db, ATTEMPT_COST, gwei);
}
