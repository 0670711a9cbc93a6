/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included before all else in what the extension is made of: SQLite's functions are
 * called through the table that the program gives which loads it. So it works in a
 * program with an SQLite of its own, too.
 */
#ifndef OVPP_LEDGER_EXT_SQLITE_H
#define OVPP_LEDGER_EXT_SQLITE_H

#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT3

#endif /* OVPP_LEDGER_EXT_SQLITE_H */
