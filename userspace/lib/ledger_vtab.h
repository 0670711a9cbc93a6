/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a ledger as tables of SQL: sample, site_sample, event, dispatch,
 * other. They are virtual tables: a query unpacks the batches that may have what it
 * asks for, by time, batch, life and seq, and no others.
 *
 *   all       t site der seq mono_ns real_ns der_id instance batch
 *   other     type body
 *   the rest  the fields of struct ovpp_record by their names
 *
 * t is text, UTC, 'YYYY-MM-DD HH:MM:SS.SSS', as SQLite's strftime() has it. site and
 * der are names as they were signed; der is NULL for a record that is about none. A
 * value that was not known is NULL. body is hexadecimal, big-endian.
 *
 * Rows come in the order of batch and seq. A damaged batch ends a query with
 * SQLITE_CORRUPT; one whose records the retention took away gives no rows.
 */
#ifndef OVPP_LEDGER_VTAB_H
#define OVPP_LEDGER_VTAB_H

#include <sqlite3.h>

/* Gives a connection to a ledger these tables. Returns a result code of SQLite. */
int ovpp_ledger_tables(sqlite3 *sql);

#endif /* OVPP_LEDGER_VTAB_H */
