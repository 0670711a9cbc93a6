// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ovpp_ledger.so: the tables of ledger_vtab.h for any program that loads extensions of
 * SQLite: sqlite3 with ".load", Python's sqlite3 with load_extension().
 */
#include "sqlite.h"

#include "ledger_vtab.h"

SQLITE_EXTENSION_INIT1

/* What is used here came with 3.38. */
#define LEAST_VERSION 3038000

__attribute__((visibility("default"))) int sqlite3_ovppledger_init(sqlite3 *sql, char **err,
								   const sqlite3_api_routines *api)
{
	SQLITE_EXTENSION_INIT2(api);
	if (sqlite3_libversion_number() < LEAST_VERSION) {
		*err = sqlite3_mprintf("SQLite 3.38 or newer is needed, this is %s",
				       sqlite3_libversion());
		return SQLITE_ERROR;
	}
	return ovpp_ledger_tables(sql);
}
