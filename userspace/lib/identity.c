// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity.h"

#include <errno.h>
#include <string.h>

#include "ledger_sql.h"

int ovpp_identity_create(sqlite3 *sql)
{
	return ovpp_sql_exec(sql, "CREATE TABLE IF NOT EXISTS identity (chain_id INTEGER NOT NULL,"
				  " registry BLOB NOT NULL, gateway BLOB NOT NULL,"
				  " owner BLOB NOT NULL, since INTEGER NOT NULL,"
				  " epoch INTEGER NOT NULL, PRIMARY KEY (chain_id, registry))"
				  " WITHOUT ROWID");
}

/* 0; -ENOENT: there is no such table; or another -errno. */
static int has_table(sqlite3 *sql, const char *name)
{
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(
		sql, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", &st);

	if (ret)
		return ret;
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	ret = ovpp_sql_row(st, 0, NULL);
	sqlite3_finalize(st);
	return ret;
}

/* Where the first key of the ledger begins that the chain does not know. */
static int know_until(sqlite3 *sql, struct ovpp_identity *identity)
{
	static const char query[] =
		"SELECT from_batch FROM key WHERE epoch > ? ORDER BY epoch LIMIT 1";
	sqlite3_stmt *st;
	int64_t from;
	int ret = has_table(sql, "key");

	identity->until = UINT64_MAX;
	if (!ret)
		ret = ovpp_sql_prepare(sql, query, &st);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	sqlite3_bind_int64(st, 1, identity->epoch);
	ret = ovpp_sql_row(st, 1, &from);
	sqlite3_finalize(st);
	if (!ret)
		identity->until = (uint64_t)from;
	return ret == -ENOENT ? 0 : ret;
}

static int read_row(sqlite3_stmt *st, struct ovpp_identity *out)
{
	if (sqlite3_column_bytes(st, 0) != sizeof(out->id) ||
	    sqlite3_column_bytes(st, 1) != sizeof(out->owner))
		return -EBADMSG;
	memcpy(out->id, sqlite3_column_blob(st, 0), sizeof(out->id));
	memcpy(out->owner, sqlite3_column_blob(st, 1), sizeof(out->owner));
	out->since = (uint64_t)sqlite3_column_int64(st, 2);
	out->epoch = (uint32_t)sqlite3_column_int64(st, 3);
	return 0;
}

int ovpp_identity_get(sqlite3 *sql, uint64_t chain_id, const ovpp_address registry,
		      struct ovpp_identity *out)
{
	static const char query[] = "SELECT gateway, owner, since, epoch FROM identity"
				    " WHERE chain_id = ? AND registry = ?";
	sqlite3_stmt *st;
	int rc, ret = has_table(sql, "identity");

	if (!ret)
		ret = ovpp_sql_prepare(sql, query, &st);
	if (ret)
		return ret;
	*out = (struct ovpp_identity){.chain_id = chain_id};
	memcpy(out->registry, registry, sizeof(out->registry));
	sqlite3_bind_int64(st, 1, (int64_t)chain_id);
	sqlite3_bind_blob(st, 2, registry, OVPP_ADDRESS_SIZE, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		ret = read_row(st, out);
	else
		ret = rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);
	sqlite3_finalize(st);
	return ret ? ret : know_until(sql, out);
}

int ovpp_identity_put(sqlite3 *sql, const struct ovpp_identity *identity)
{
	static const char put[] = "INSERT OR REPLACE INTO identity (chain_id, since, epoch,"
				  " registry, gateway, owner) VALUES (?, ?, ?, ?, ?, ?)";
	sqlite3_stmt *st;
	int ret = identity->since > INT64_MAX ? -EINVAL : ovpp_identity_create(sql);

	if (!ret)
		ret = ovpp_sql_prepare(sql, put, &st);
	if (ret)
		return ret;
	sqlite3_bind_blob(st, 4, identity->registry, sizeof(identity->registry), SQLITE_STATIC);
	sqlite3_bind_blob(st, 5, identity->id, sizeof(identity->id), SQLITE_STATIC);
	sqlite3_bind_blob(st, 6, identity->owner, sizeof(identity->owner), SQLITE_STATIC);
	ret = OVPP_SQL_RUN(st, (int64_t)identity->chain_id, (int64_t)identity->since,
			   identity->epoch);
	sqlite3_finalize(st);
	return ret;
}

int ovpp_identity_least(sqlite3 *sql, uint32_t *epoch, uint64_t *since)
{
	sqlite3_stmt *st;
	int64_t row[3];
	int ret = has_table(sql, "identity");

	if (!ret)
		ret = ovpp_sql_prepare(sql, "SELECT COUNT(*), MIN(epoch), MAX(since) FROM identity",
				       &st);
	if (ret)
		return ret;
	ret = ovpp_sql_row(st, 3, row);
	sqlite3_finalize(st);
	if (ret)
		return ret;
	*epoch = (uint32_t)row[1];
	*since = (uint64_t)row[2];
	return row[0] ? 0 : -ENOENT;
}
