// SPDX-License-Identifier: GPL-2.0-or-later
/* What an outbox has to do, for people: reads only. */
#include "ledger_sql.h"
#include "outbox.h"

/* Statement on the batches of a target. */
static int prepare(sqlite3 *sql, const struct ovpp_outbox_target *t, const char *text,
		   sqlite3_stmt **st)
{
	int ret = ovpp_sql_prepare(sql, text, st);

	if (ret)
		return ret;
	sqlite3_bind_int64(*st, 1, (int64_t)t->network.chain_id);
	sqlite3_bind_blob(*st, 2, t->contract, sizeof(t->contract), SQLITE_STATIC);
	sqlite3_bind_blob(*st, 3, t->gateway, sizeof(t->gateway), SQLITE_STATIC);
	return 0;
}

#define OF_TARGET                                                                \
	" FROM intent WHERE target = (SELECT id FROM target WHERE chain_id = ?1" \
	" AND contract = ?2 AND gateway = ?3)"

static json_t *states(sqlite3 *sql, const struct ovpp_outbox_target *t)
{
	json_t *all = json_object();
	sqlite3_stmt *st;

	for (int i = 0; i < N_OVPP_OUTBOX_STATES; i++)
		json_object_set_new(all, ovpp_outbox_state_name(i), json_integer(0));
	if (prepare(sql, t, "SELECT state, COUNT(*)" OF_TARGET " GROUP BY state", &st))
		return all;
	while (sqlite3_step(st) == SQLITE_ROW) {
		int state = sqlite3_column_int(st, 0);

		if (state >= 0 && state < N_OVPP_OUTBOX_STATES)
			json_object_set_new(all, ovpp_outbox_state_name(state),
					    json_integer(sqlite3_column_int64(st, 1)));
	}
	sqlite3_finalize(st);
	return all;
}

/* Why the latest batch that is held is; null if none is. */
static json_t *held(sqlite3 *sql, const struct ovpp_outbox_target *t)
{
	const char *why = NULL;
	sqlite3_stmt *st;
	json_t *j;

	if (prepare(sql, t,
		    "SELECT why" OF_TARGET " AND state <> 5 AND state IN (7, 8)"
		    " ORDER BY seq DESC LIMIT 1",
		    &st))
		return json_null();
	if (sqlite3_step(st) == SQLITE_ROW)
		why = (const char *)sqlite3_column_text(st, 0);
	j = why ? json_string(why) : json_null();
	sqlite3_finalize(st);
	return j;
}

/* Of all accounts: those that wait and those on their way. */
static json_int_t calls(sqlite3 *sql, uint64_t chain_id)
{
	sqlite3_stmt *st;
	int64_t n = 0;

	if (ovpp_sql_prepare(sql,
			     "SELECT COUNT(*) FROM call c JOIN lane l ON l.id = c.lane"
			     " WHERE l.chain_id = ? AND state <> 5 AND state IN (0, 1, 2, 6, 8)",
			     &st))
		return 0;
	sqlite3_bind_int64(st, 1, (int64_t)chain_id);
	ovpp_sql_row(st, 1, &n);
	sqlite3_finalize(st);
	return n;
}

json_t *ovpp_outbox_status(sqlite3 *sql, const struct ovpp_outbox_target *target)
{
	struct ovpp_outbox_target t = *target;
	struct ovpp_identity identity;

	/* Without one there are no batches. */
	ovpp_outbox_gateway(sql, &t, &identity);
	return json_pack("{s:I,s:s,s:o,s:o,s:I}", "chain_id", (json_int_t)t.network.chain_id,
			 "network", t.network.name, "states", states(sql, &t), "held",
			 held(sql, &t), "calls", calls(sql, t.network.chain_id));
}

int ovpp_outbox_spent(sqlite3 *sql, uint64_t chain_id, const ovpp_address account, int64_t day,
		      int64_t *gwei)
{
	/* Of the attempts at a nonce one is paid: the dearest, as far as is known. */
	static const char query[] =
		"SELECT COALESCE(SUM(cost), 0) FROM (SELECT MAX(cost_gwei) AS cost FROM attempt"
		" WHERE day = ?2 AND lane = (SELECT id FROM lane WHERE chain_id = ?1"
		" AND signer = ?3) GROUP BY nonce)";
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(sql, query, &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, (int64_t)chain_id);
	sqlite3_bind_int64(st, 2, day);
	sqlite3_bind_blob(st, 3, account, OVPP_ADDRESS_SIZE, SQLITE_STATIC);
	ret = ovpp_sql_row(st, 1, gwei);
	sqlite3_finalize(st);
	return ret;
}
