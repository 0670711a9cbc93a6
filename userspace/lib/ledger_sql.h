/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all users of SQLite here need: errors as -errno, statements in one line. */
#ifndef OVPP_LEDGER_SQL_H
#define OVPP_LEDGER_SQL_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

/* 0 for SQLITE_OK, _ROW and _DONE. */
int ovpp_sql_errno(int rc);

/* Any SQL without result. Return: 0 or -errno. */
int ovpp_sql_exec(sqlite3 *sql, const char *text);

/* A statement that is kept. Return: 0 or -errno. */
int ovpp_sql_prepare(sqlite3 *sql, const char *text, sqlite3_stmt **st);

/* Runs a statement that gives no row, with what is bound, and resets it. */
int ovpp_sql_step(sqlite3_stmt *st);

/* The same, with integers bound in order. */
int ovpp_sql_run(sqlite3_stmt *st, size_t n, const int64_t *arg);

#define OVPP_SQL_RUN(st, ...)                                                \
	ovpp_sql_run(st, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), \
		     (const int64_t[]){__VA_ARGS__})

/*
 * First row of a statement: its first columns as integers, NULL as 0. Return: 0;
 * -ENOENT without a row; or another -errno.
 */
int ovpp_sql_row(sqlite3_stmt *st, size_t n, int64_t *column);

/* First column of the first row of a query, -1 without one. */
int64_t ovpp_sql_number(sqlite3 *sql, const char *text);

#endif /* OVPP_LEDGER_SQL_H */
