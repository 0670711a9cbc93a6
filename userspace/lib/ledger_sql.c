// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_sql.h"

#include <errno.h>

int ovpp_sql_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_CANTOPEN:
		return -ENOENT;
	default:
		return -EIO;
	}
}

int ovpp_sql_exec(sqlite3 *sql, const char *text)
{
	return ovpp_sql_errno(sqlite3_exec(sql, text, NULL, NULL, NULL));
}

int ovpp_sql_prepare(sqlite3 *sql, const char *text, sqlite3_stmt **st)
{
	return ovpp_sql_errno(
		sqlite3_prepare_v3(sql, text, -1, SQLITE_PREPARE_PERSISTENT, st, NULL));
}

int ovpp_sql_step(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return ovpp_sql_errno(rc);
}

static void bind_all(sqlite3_stmt *st, size_t n, const int64_t *arg)
{
	for (size_t i = 0; i < n; i++)
		sqlite3_bind_int64(st, (int)i + 1, arg[i]);
}

int ovpp_sql_run(sqlite3_stmt *st, size_t n, const int64_t *arg)
{
	bind_all(st, n, arg);
	return ovpp_sql_step(st);
}

int ovpp_sql_row(sqlite3_stmt *st, size_t n, int64_t *column)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		for (size_t i = 0; i < n; i++)
			column[i] = sqlite3_column_int64(st, (int)i);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(rc);
}

int64_t ovpp_sql_number(sqlite3 *sql, const char *text)
{
	sqlite3_stmt *st;
	int64_t n = -1;

	if (ovpp_sql_prepare(sql, text, &st))
		return -1;
	if (ovpp_sql_row(st, 1, &n))
		n = -1;
	sqlite3_finalize(st);
	return n;
}
