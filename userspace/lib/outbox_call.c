// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls, for those who want them made; outbox_plan_call.c makes them. */
#include "outbox_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "outbox_db.h"

int ovpp_outbox_call_add(sqlite3 *sql, uint64_t chain_id, const ovpp_address from,
			 const struct ovpp_outbox_call *call, int64_t *id)
{
	static const char add[] = "INSERT INTO call (lane, recipient, code, value, data, what,"
				  " state) VALUES (?, ?, ?, ?, ?, ?, 0)";
	uint8_t value[OVPP_U256_SIZE];
	sqlite3_stmt *st;
	int64_t lane;
	int ret = ovpp_outbox_create(sql);

	if (!ret)
		ret = outbox_find_lane(sql, chain_id, from, &lane);
	if (!ret)
		ret = ovpp_sql_prepare(sql, add, &st);
	if (ret)
		return ret;
	ovpp_u256_store(&call->value, value);
	sqlite3_bind_int64(st, 1, lane);
	sqlite3_bind_blob(st, 2, call->to, sizeof(call->to), SQLITE_STATIC);
	sqlite3_bind_blob(st, 3, call->code, sizeof(call->code), SQLITE_STATIC);
	sqlite3_bind_blob(st, 4, value, sizeof(value), SQLITE_STATIC);
	/* A pointer to nothing would be NULL. */
	sqlite3_bind_blob(st, 5, call->size ? (const void *)call->data : "", (int)call->size,
			  SQLITE_STATIC);
	sqlite3_bind_text(st, 6, call->what, -1, SQLITE_STATIC);
	ret = ovpp_sql_step(st);
	sqlite3_finalize(st);
	if (!ret)
		*id = sqlite3_last_insert_rowid(sql);
	return ret;
}

static void read_result(sqlite3_stmt *st, struct ovpp_outbox_call_result *r)
{
	const char *why = (const char *)sqlite3_column_text(st, 5);

	*r = (struct ovpp_outbox_call_result){
		.state = (enum ovpp_outbox_state)sqlite3_column_int(st, 0),
		.block = (uint64_t)sqlite3_column_int64(st, 2),
		.gas = (uint64_t)sqlite3_column_int64(st, 3),
		.cost_gwei = sqlite3_column_int64(st, 4),
	};
	if (sqlite3_column_bytes(st, 1) == sizeof(r->tx))
		memcpy(r->tx, sqlite3_column_blob(st, 1), sizeof(r->tx));
	snprintf(r->why, sizeof(r->why), "%s", why ? why : "");
}

int ovpp_outbox_call_get(sqlite3 *sql, int64_t id, struct ovpp_outbox_call_result *result)
{
	static const char query[] =
		"SELECT state, COALESCE(tx, (SELECT hash FROM attempt a WHERE a.call = c.id"
		" ORDER BY a.id DESC LIMIT 1)), block, gas, cost_gwei, why FROM call c"
		" WHERE id = ?";
	sqlite3_stmt *st;
	int rc, ret = ovpp_sql_prepare(sql, query, &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		read_result(st, result);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);
}

int ovpp_outbox_call_cancel(sqlite3 *sql, int64_t id)
{
	struct ovpp_outbox_call_result result;
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(sql, "DELETE FROM call WHERE id = ? AND state IN (0, 8)", &st);

	if (ret)
		return ret;
	ret = OVPP_SQL_RUN(st, id);
	sqlite3_finalize(st);
	if (ret || sqlite3_changes(sql))
		return ret;
	ret = ovpp_outbox_call_get(sql, id, &result);
	return ret ? ret : -EBUSY;
}
