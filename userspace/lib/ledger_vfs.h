/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the ledger's writer reaches its files: as SQLite does by itself, but for the
 * write-ahead log. Of that SQLite writes each page with two calls; here the pages of
 * a transaction are gathered, and written with one before they are synced.
 *
 * Only for connections with synchronous=FULL: then nobody is told of a page before
 * the log was synced, and with it written.
 */
#ifndef OVPP_LEDGER_VFS_H
#define OVPP_LEDGER_VFS_H

/* Its name for sqlite3_open_v2(), registered at the first call; NULL: no memory. */
const char *ovpp_ledger_vfs(void);

#endif /* OVPP_LEDGER_VFS_H */
