// SPDX-License-Identifier: GPL-2.0-or-later
/* The outbox's table of calls. */
#include <errno.h>
#include <string.h>

#include "outbox_db.h"

static int read_call(sqlite3_stmt *st, struct ovpp_outbox_call *call, struct ovpp_buffer *data)
{
	if (sqlite3_column_bytes(st, 0) != sizeof(call->to) ||
	    sqlite3_column_bytes(st, 1) != sizeof(call->code) ||
	    sqlite3_column_bytes(st, 2) != OVPP_U256_SIZE)
		return -EBADMSG;
	memcpy(call->to, sqlite3_column_blob(st, 0), sizeof(call->to));
	memcpy(call->code, sqlite3_column_blob(st, 1), sizeof(call->code));
	ovpp_u256_load(&call->value, sqlite3_column_blob(st, 2));
	return ovpp_buffer_add(data, sqlite3_column_blob(st, 3),
			       (size_t)sqlite3_column_bytes(st, 3));
}

int outbox_db_call(struct outbox_db *db, int64_t id, struct ovpp_outbox_call *call,
		   struct ovpp_buffer *data)
{
	sqlite3_stmt *st = db->st[OUTBOX_CALL_GET];
	int rc, ret;

	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	ret = rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);
	if (rc == SQLITE_ROW)
		ret = read_call(st, call, data);
	sqlite3_reset(st);
	return ret;
}

int outbox_db_call_built(struct outbox_db *db, int64_t id, uint64_t nonce)
{
	int ret = OUTBOX_RUN(db, CALL_BUILT_SET, id, (int64_t)nonce);

	return ret || sqlite3_changes(db->sql) ? ret : -ENOENT;
}

int outbox_db_call_ended(struct outbox_db *db, int64_t id, enum ovpp_outbox_state state,
			 const char *why)
{
	sqlite3_bind_text(db->st[OUTBOX_CALL_ENDED_SET], 3, why, -1, SQLITE_STATIC);
	return OUTBOX_RUN(db, CALL_ENDED_SET, id, state);
}

int outbox_db_call_why(struct outbox_db *db, uint64_t nonce, const char *why)
{
	sqlite3_bind_text(db->st[OUTBOX_CALL_WHY_SET], 3, why, -1, SQLITE_STATIC);
	return OUTBOX_RUN(db, CALL_WHY_SET, db->lane, (int64_t)nonce);
}

int outbox_db_call_mined(struct outbox_db *db, int64_t id, const ovpp_hash hash,
			 const struct outbox_receipt *receipt, enum ovpp_outbox_state state)
{
	sqlite3_stmt *st = db->st[OUTBOX_CALL_MINED_SET];

	outbox_db_bind(st, 6, hash, OVPP_HASH_SIZE);
	outbox_db_bind(st, 7, receipt->block_hash, OVPP_HASH_SIZE);
	if (state == OVPP_OUTBOX_REVERTED)
		sqlite3_bind_text(st, 8, "its transaction was reverted", -1, SQLITE_STATIC);
	return OUTBOX_RUN(db, CALL_MINED_SET, id, state, (int64_t)receipt->block,
			  (int64_t)receipt->gas, receipt->cost_gwei);
}

int outbox_db_call_attempt(struct outbox_db *db, int64_t id, unsigned int number, ovpp_hash hash)
{
	sqlite3_stmt *st = db->st[OUTBOX_CALL_ATTEMPT];
	uint64_t nonce;

	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, number);
	return outbox_db_number_and_hash(st, &nonce, hash);
}

int outbox_db_call_undone(struct outbox_db *db, uint64_t nonce, const char *why)
{
	sqlite3_bind_text(db->st[OUTBOX_CALL_UNDONE_SET], 3, why, -1, SQLITE_STATIC);
	return OUTBOX_RUN(db, CALL_UNDONE_SET, db->lane, (int64_t)nonce);
}

int outbox_db_call_unsettled(struct outbox_db *db, uint64_t first, uint64_t *block)
{
	int64_t number;
	int ret = OUTBOX_ROW(db, CALL_UNSETTLED, 1, &number, db->lane, (int64_t)first);

	if (!ret)
		*block = (uint64_t)number;
	return ret;
}

int outbox_db_call_settle(struct outbox_db *db, uint64_t block, const ovpp_hash hash,
			  uint64_t finalized, uint64_t safe)
{
	int ret;

	outbox_db_bind(db->st[OUTBOX_CALL_REORGED_SET], 3, hash, OVPP_HASH_SIZE);
	ret = OUTBOX_RUN(db, CALL_REORGED_SET, db->lane, (int64_t)block);
	if (ret)
		return ret;
	if (block > finalized && block > safe)
		return 0;
	return OUTBOX_RUN(db, CALL_SETTLED_SET, db->lane, (int64_t)block, block <= finalized);
}
