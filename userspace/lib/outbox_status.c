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

json_t *ovpp_outbox_status(sqlite3 *sql, const struct ovpp_outbox_target *target)
{
	return json_pack("{s:I,s:s,s:o,s:o}", "chain_id", (json_int_t)target->network.chain_id,
			 "network", target->network.name, "states", states(sql, target), "held",
			 held(sql, target));
}
