// SPDX-License-Identifier: GPL-2.0-or-later
/* Batches that a ledger has already, for the outbox. */
#include <errno.h>
#include <string.h>

#include "outbox_db.h"

/* So many in one transaction: who stores records waits for it. */
#define FILL 1000

int ovpp_outbox_gateway(sqlite3 *sql, struct ovpp_outbox_target *target,
			struct ovpp_identity *identity)
{
	int ret = ovpp_identity_get(sql, target->network.chain_id, target->registry, identity);

	if (!ret)
		memcpy(target->gateway, identity->id, sizeof(target->gateway));
	return ret;
}

#define FILL_BY(order)                                                                   \
	"INSERT OR IGNORE INTO intent (target, seq, root, records, t0_ms, t1_ms, state)" \
	" SELECT ?1, b.seq, l.leaf, b.records, b.real_min_ns / 1000000,"                 \
	" b.real_max_ns / 1000000, 0 FROM batch b JOIN log l ON l.seq = b.seq"           \
	" WHERE b.seq BETWEEN ?2 AND ?3 ORDER BY b.seq " order " LIMIT ?4"

/*
 * The batches of @first to @last, next to those that have an intent. Leaf n of the log
 * is the root of batch n.
 */
static int fill(sqlite3 *sql, int64_t target, int64_t first, int64_t last, bool backwards)
{
	static const char *const text[] = {FILL_BY("ASC"), FILL_BY("DESC")};
	sqlite3_stmt *st;
	int ret;

	if (first > last)
		return 0;
	ret = ovpp_sql_prepare(sql, text[backwards], &st);
	if (!ret)
		ret = OVPP_SQL_RUN(st, target, first, last, FILL);
	sqlite3_finalize(st);
	return ret ? ret : sqlite3_changes(sql);
}

/* The intents that are there have no gaps. */
static int known(sqlite3 *sql, int64_t target, int64_t range[2])
{
	static const char query[] = "SELECT COALESCE((SELECT MIN(seq) FROM intent WHERE target ="
				    " ?1), 0), COALESCE((SELECT MAX(seq) FROM intent WHERE"
				    " target = ?1), -1)";
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(sql, query, &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, target);
	ret = ovpp_sql_row(st, 2, range);
	sqlite3_finalize(st);
	return ret;
}

int ovpp_outbox_fill(sqlite3 *sql, const struct ovpp_outbox_target *target, uint64_t since)
{
	int64_t id, range[2], from = (int64_t)since;
	int ret = since > INT64_MAX ? -EINVAL : outbox_find_target(sql, target, &id), older;

	if (!ret)
		ret = known(sql, id, range);
	if (ret)
		return ret;
	older = fill(sql, id, from, range[0] - 1, true);
	if (older < 0)
		return older;
	ret = fill(sql, id, from > range[1] ? from : range[1] + 1, INT64_MAX, false);
	return ret < 0 ? ret : older + ret;
}
