// SPDX-License-Identifier: GPL-2.0-or-later
/* Retention: records go, what was signed of them stays. */
#include <errno.h>

#include "ledger_priv.h"

/* Batches that one transaction of the retention takes away. */
#define PRUNE_SLICE 64

/* Columns of LEDGER_OLDEST. */
enum oldest {
	OLDEST_SEQ,
	OLDEST_INSTANCE,
	OLDEST_FIRST,
	OLDEST_LAST,
	OLDEST_RECORDS,
	OLDEST_LOST,
	OLDEST_RUN_NS,
	OLDEST_REAL_MIN_NS,
	OLDEST_REAL_MAX_NS,
	N_OLDEST,
};

/* Pages in use, in bytes. Free pages are used again before the file grows. */
static uint64_t used_bytes(struct ovpp_ledger *l)
{
	int64_t pages = ovpp_sql_number(l->sql, "PRAGMA page_count");
	int64_t unused = ovpp_sql_number(l->sql, "PRAGMA freelist_count");
	int64_t size = ovpp_sql_number(l->sql, "PRAGMA page_size");

	return (uint64_t)((pages - unused) * size);
}

static int64_t minute_of(int64_t real_ns)
{
	return real_ns / 1000000000 / 60 * 60;
}

/* Minutes go with the last of their records: all but the one in which it ends. */
static int drop_batch(struct ovpp_ledger *l, const int64_t *o, uint64_t real_ns)
{
	int ret = OVPP_SQL_RUN(l->st[LEDGER_OLDEST_DROP], o[OLDEST_SEQ]);

	if (!ret)
		ret = OVPP_SQL_RUN(l->st[LEDGER_MINUTES_DROP], minute_of(o[OLDEST_REAL_MIN_NS]),
				   minute_of(o[OLDEST_REAL_MAX_NS]) - 60);
	if (!ret)
		ret = OVPP_SQL_RUN(l->st[LEDGER_PRUNED_ADD], o[OLDEST_INSTANCE], o[OLDEST_FIRST],
				   o[OLDEST_LAST], o[OLDEST_RECORDS], o[OLDEST_LOST], o[OLDEST_SEQ],
				   (int64_t)real_ns);
	return ret;
}

static int prune_slice(struct ovpp_ledger *l, const struct ovpp_retention *limits, uint64_t run_ns,
		       uint64_t real_ns)
{
	uint64_t age_ns = limits->age_ms * 1000000;
	int64_t o[N_OLDEST];
	int n = 0, ret;

	while (n < PRUNE_SLICE) {
		ret = ovpp_sql_row(l->st[LEDGER_OLDEST], N_OLDEST, o);
		if (ret)
			return ret == -ENOENT ? n : ret;
		if (!(age_ns && (uint64_t)o[OLDEST_RUN_NS] + age_ns < run_ns) &&
		    !(limits->size && used_bytes(l) > limits->size))
			break;
		ret = drop_batch(l, o, real_ns);
		if (ret)
			return ret;
		n++;
	}
	return n;
}

int ovpp_ledger_prune(struct ovpp_ledger *l, const struct ovpp_retention *limits,
		      const struct ovpp_now *now)
{
	int64_t start_ns = ovpp_sql_number(l->sql, "SELECT start_ns FROM boot ORDER BY id DESC"
						   " LIMIT 1");
	int n = 0, ret = ledger_begin(l);

	if (!ret)
		n = prune_slice(l, limits, (uint64_t)start_ns + now->mono_ns, now->real_ns);
	ret = ledger_finish(l, n < 0 ? n : ret);
	return ret ? ret : n;
}
