// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp ledger query */
#include "ledger_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_vtab.h"
#include "show.h"
#include "table.h"

/* What a query may do besides reading tables: nothing. */
static int allow(void *arg, int action, const char *a, const char *b, const char *schema,
		 const char *trigger)
{
	(void)arg;
	(void)b;
	(void)schema;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
	case SQLITE_PRAGMA:
		return SQLITE_OK;
	case SQLITE_UPDATE:
		/* So SQLite calls it when a virtual table says what its columns are. */
		return !strcmp(a, "sqlite_master") ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

/* A statement that failed: wrong, on damaged data, or refused. */
static int sql_failed(struct cli *cli, sqlite3 *sql)
{
	cli_error(cli, "%s", sqlite3_errmsg(sql));
	switch (sqlite3_errcode(sql) & 0xff) {
	case SQLITE_ERROR:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return CLI_USAGE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return CLI_NO;
	default:
		return CLI_REFUSED;
	}
}

/* One statement and nothing behind it. */
static int prepare(struct cli *cli, sqlite3 *sql, sqlite3_stmt **st)
{
	const char *rest = cli->words[0];
	sqlite3_stmt *more = NULL;
	bool several;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'; put the statement into quotes",
				 cli->words[1]);
	if (sqlite3_prepare_v2(sql, rest, -1, st, &rest))
		return sql_failed(cli, sql);
	if (!*st)
		return cli_wrong(cli, "there is no statement");
	several = sqlite3_prepare_v2(sql, rest, -1, &more, NULL) || more;
	sqlite3_finalize(more);
	if (several)
		return cli_wrong(cli, "one statement at a time");
	if (!sqlite3_stmt_readonly(*st))
		return cli_wrong(cli, "a query only reads");
	return CLI_OK;
}

/* A value as text; bytes in hexadecimal. NULL for NULL; else to be freed. */
static char *value_text(sqlite3_stmt *st, int column)
{
	const void *data;
	size_t size;
	char *text;

	switch (sqlite3_column_type(st, column)) {
	case SQLITE_NULL:
		return NULL;
	case SQLITE_BLOB:
		data = sqlite3_column_blob(st, column);
		size = (size_t)sqlite3_column_bytes(st, column);
		text = malloc(2 * size + 1);
		if (text)
			ovpp_hex(data, size, text);
		return text;
	default:
		data = sqlite3_column_text(st, column);
		return data ? strdup(data) : NULL;
	}
}

static json_t *value_json(sqlite3_stmt *st, int column)
{
	char *text;
	json_t *value;

	switch (sqlite3_column_type(st, column)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(st, column));
	case SQLITE_FLOAT:
		value = json_real(sqlite3_column_double(st, column));
		break;
	default:
		text = value_text(st, column);
		value = text ? json_string(text) : json_null();
		free(text);
	}
	/* JSON has no infinity, and no text that is not UTF-8. */
	return value ? value : json_null();
}

static int print_json(sqlite3_stmt *st)
{
	bool first = true;
	int rc;

	putchar('[');
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		json_t *row = json_object();

		for (int c = 0; c < sqlite3_column_count(st); c++)
			json_object_set_new(row, sqlite3_column_name(st, c), value_json(st, c));
		fputs(first ? "\n  " : ",\n  ", stdout);
		json_dumpf(row, stdout, 0);
		json_decref(row);
		first = false;
	}
	puts(first ? "]" : "\n]");
	return rc;
}

/* A field, in quotes where it needs them (RFC 4180). */
static void print_field(const char *text, bool first)
{
	if (!first)
		putchar(',');
	if (!text)
		return;
	if (*text && !strpbrk(text, ",\"\r\n")) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (; *text; text++) {
		if (*text == '"')
			putchar('"');
		putchar(*text);
	}
	putchar('"');
}

static int print_csv(sqlite3_stmt *st)
{
	int n = sqlite3_column_count(st), rc;

	for (int c = 0; c < n; c++)
		print_field(sqlite3_column_name(st, c), !c);
	putchar('\n');
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int c = 0; c < n; c++) {
			char *text = value_text(st, c);

			print_field(text, !c);
			free(text);
		}
		putchar('\n');
	}
	return rc;
}

/* Numbers are aligned to the right, as the first row has them, if there is one. */
static char *heading(sqlite3_stmt *st, int column, bool row)
{
	int type = row ? sqlite3_column_type(st, column) : SQLITE_NULL;
	const char *name = sqlite3_column_name(st, column);
	bool number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
	char *text = malloc(strlen(name) + 2);

	if (text)
		sprintf(text, "%s%s", number ? "-" : "", name);
	return text;
}

static int fill_table(sqlite3_stmt *st, struct table *t)
{
	int rc = SQLITE_ROW;

	for (; rc == SQLITE_ROW; rc = sqlite3_step(st)) {
		for (int c = 0; c < sqlite3_column_count(st); c++) {
			char *text = value_text(st, c);

			/* A table leaves out a column of dashes. */
			table_add(t, text ? text : "NULL");
			free(text);
		}
	}
	return rc;
}

static int print_table(sqlite3_stmt *st)
{
	size_t n = (size_t)sqlite3_column_count(st);
	char **headings = calloc(n + 1, sizeof(*headings));
	struct table *t = NULL;
	int rc = headings ? sqlite3_step(st) : SQLITE_NOMEM;

	for (size_t c = 0; headings && c < n; c++)
		headings[c] = heading(st, (int)c, rc == SQLITE_ROW);
	if (headings)
		t = table_new((const char *const *)headings, n);
	if (!t)
		rc = SQLITE_NOMEM;
	if (rc == SQLITE_ROW)
		rc = fill_table(st, t);
	if (rc == SQLITE_DONE && n)
		table_print(t, stdout, "\n");
	table_free(t);
	for (size_t c = 0; headings && c < n; c++)
		free(headings[c]);
	free(headings);
	return rc;
}

int ledger_query(struct cli *cli)
{
	sqlite3_stmt *st = NULL;
	struct ovpp_reader *r;
	int ret, rc = SQLITE_DONE;
	sqlite3 *sql;

	if (cli->json && cli_flag(cli, "csv"))
		return cli_wrong(cli, "--json or --csv");
	ret = ledger_open(cli, &r);
	if (ret)
		return ret;
	sql = ovpp_reader_sql(r);
	if (ovpp_ledger_tables(sql) || sqlite3_set_authorizer(sql, allow, NULL))
		ret = sql_failed(cli, sql);
	if (!ret)
		ret = prepare(cli, sql, &st);
	if (!ret)
		rc = cli->json		    ? print_json(st)
		     : cli_flag(cli, "csv") ? print_csv(st)
					    : print_table(st);
	if (rc != SQLITE_DONE)
		ret = sql_failed(cli, sql);
	sqlite3_finalize(st);
	sqlite3_set_authorizer(sql, NULL, NULL);
	return ledger_close(cli, r, ret);
}
