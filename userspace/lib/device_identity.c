// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_identity.h"

#include <errno.h>
#include <string.h>

#include "ledger_sql.h"

static void bind(sqlite3_stmt *st, const struct ovpp_device_identity *x)
{
	sqlite3_bind_int64(st, 1, (int64_t)x->chain_id);
	sqlite3_bind_blob(st, 2, x->registry, sizeof(x->registry), SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, x->device);
}

static int read_row(sqlite3_stmt *st, struct ovpp_device_identity *out)
{
	if (sqlite3_column_bytes(st, 0) != sizeof(out->id) ||
	    sqlite3_column_bytes(st, 1) != sizeof(out->key))
		return -EBADMSG;
	memcpy(out->id, sqlite3_column_blob(st, 0), sizeof(out->id));
	memcpy(out->key, sqlite3_column_blob(st, 1), sizeof(out->key));
	out->registered = sqlite3_column_int(st, 2);
	return 0;
}

int ovpp_device_identity_get(sqlite3 *sql, struct ovpp_device_identity *out)
{
	sqlite3_stmt *st;
	int rc, ret;

	if (ovpp_sql_number(sql, "SELECT 1 FROM sqlite_master WHERE type = 'table'"
				 " AND name = 'device_identity'") != 1)
		return -ENOENT;
	ret = ovpp_sql_prepare(sql,
			       "SELECT id, key, registered FROM device_identity"
			       " WHERE chain_id = ? AND registry = ? AND device = ?",
			       &st);
	if (ret)
		return ret;
	bind(st, out);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		ret = read_row(st, out);
	else
		ret = rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);
	sqlite3_finalize(st);
	return ret;
}

int ovpp_device_identity_put(sqlite3 *sql, const struct ovpp_device_identity *identity)
{
	sqlite3_stmt *st;
	int ret = ovpp_sql_exec(sql, "CREATE TABLE IF NOT EXISTS device_identity"
				     " (chain_id INTEGER NOT NULL, registry BLOB NOT NULL,"
				     " device INTEGER NOT NULL, id BLOB NOT NULL,"
				     " key BLOB NOT NULL, registered INTEGER NOT NULL,"
				     " PRIMARY KEY (chain_id, registry, device)) WITHOUT ROWID");

	if (!ret)
		ret = ovpp_sql_prepare(
			sql, "INSERT OR REPLACE INTO device_identity VALUES (?, ?, ?, ?, ?, ?)",
			&st);
	if (ret)
		return ret;
	bind(st, identity);
	sqlite3_bind_blob(st, 4, identity->id, sizeof(identity->id), SQLITE_STATIC);
	sqlite3_bind_blob(st, 5, identity->key, sizeof(identity->key), SQLITE_STATIC);
	sqlite3_bind_int(st, 6, identity->registered);
	ret = ovpp_sql_step(st);
	sqlite3_finalize(st);
	return ret;
}
