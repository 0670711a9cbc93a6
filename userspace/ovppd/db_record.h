/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records as rows. */
#ifndef OVPPD_DB_RECORD_H
#define OVPPD_DB_RECORD_H

#include <linux/openvpp.h>
#include <sqlite3.h>
#include <stdint.h>

/* Prepared statements, one for each table of records. */
struct db_insert {
	sqlite3_stmt *sample;
	sqlite3_stmt *site;
	sqlite3_stmt *event;
	sqlite3_stmt *dispatch;
	sqlite3_stmt *other;
};

/* Both return a result code of SQLite. */
int db_insert_prepare(struct db_insert *ins, sqlite3 *sql);
int db_insert_record(const struct db_insert *ins, int64_t instance, const struct ovpp_record *rec);
void db_insert_finalize(struct db_insert *ins);

#endif /* OVPPD_DB_RECORD_H */
