/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the virtual tables share. */
#ifndef OVPP_LEDGER_VTAB_PRIV_H
#define OVPP_LEDGER_VTAB_PRIV_H

#include "ledger_read.h"

/* Columns that all tables begin with. */
enum vtab_column {
	VTAB_T,
	VTAB_SITE,
	VTAB_DER,
	VTAB_SEQ,
	VTAB_MONO_NS,
	VTAB_REAL_NS,
	VTAB_DER_ID,
	VTAB_INSTANCE,
	VTAB_BATCH,
	N_VTAB_COLUMNS,
};

/**
 * struct vtab_table - a virtual table
 * @name: name
 * @type: enum ovpp_record_type; 0: all that are not known
 */
struct vtab_table {
	const char *name;
	uint16_t type;
};

/* "YYYY-MM-DD HH:MM:SS.SSS" */
#define VTAB_TIME_SIZE 24

/**
 * struct vtab_select - which records a query asks for; maybe more than it wants
 * @batch: which batches
 * @first_batch: likewise
 * @der_id: DER; < 0: any
 * @der: its name, or NULL
 * @site: name of the site, or NULL
 * @none: nothing can be meant
 */
struct vtab_select {
	struct ovpp_read_filter batch;
	uint64_t first_batch;
	int64_t der_id;
	char *der;
	char *site;
	bool none;
};

/**
 * struct vtab_row - a record with what it is about
 * @rec: record
 * @batch: its batch
 * @site: name
 * @der: name or NULL
 */
struct vtab_row {
	const struct ovpp_record *rec;
	const struct ovpp_read_batch *batch;
	const char *site;
	const char *der;
};

/* vtab_plan.c */
int vtab_plan(sqlite3_index_info *info);
/* @select is set; to be freed with vtab_select_free(). Returns a result code. */
int vtab_select_make(const char *plan, int argc, sqlite3_value **argv, struct vtab_select *select);
void vtab_select_free(struct vtab_select *select);

/* vtab_value.c */
int vtab_declare(sqlite3 *sql, const struct vtab_table *table);
bool vtab_of_type(const struct vtab_table *table, uint16_t type);
void vtab_value(sqlite3_context *to, const struct vtab_row *row, int column);
/* @ms of Unix time, not before 1970. */
void vtab_time_text(int64_t ms, char text[VTAB_TIME_SIZE]);

#endif /* OVPP_LEDGER_VTAB_PRIV_H */
