/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's tables. Records are not rows: a batch holds them in columns, and the
 * virtual tables of ledger_vtab.h show them as rows. Numbers are integers in SI
 * milli-units; a value that was not known is NULL, never 0.
 */
#ifndef OVPP_LEDGER_SCHEMA_H
#define OVPP_LEDGER_SCHEMA_H

#define OVPP_LEDGER_VERSION 2

/* Perfect trees of 2^6 entries are kept with a batch: a proof hashes no others. */
#define OVPP_LEDGER_GROUP 6

/* Batches that a row of the table span covers. */
#define OVPP_LEDGER_SPAN 256

static const char ovpp_ledger_schema[] =
	/* start_ns: how long the machine had run, as far as is recorded, before
	 * this boot; so start_ns + mono_ns is a time that never steps.
	 * first_batch: the first one that may be of this boot. */
	"CREATE TABLE boot (id INTEGER PRIMARY KEY,"
	" boot_id TEXT NOT NULL UNIQUE, start_ns INTEGER NOT NULL,"
	" first_batch INTEGER NOT NULL);"
	/* A life of a site: site ids begin anew with the module, node does not.
	 * devices: table that is in force. */
	"CREATE TABLE instance (id INTEGER PRIMARY KEY,"
	" boot INTEGER NOT NULL REFERENCES boot, site INTEGER NOT NULL,"
	" node INTEGER NOT NULL, name TEXT NOT NULL DEFAULT '',"
	" devices INTEGER NOT NULL DEFAULT 0 REFERENCES device_table,"
	" UNIQUE (boot, site, node));"
	/* Devices for good. ident: what it is known by again: its serial number, or
	 * site and name. id: number that its keys are derived with. key: its first
	 * public key, which is its name in evidence. */
	"CREATE TABLE device (id INTEGER PRIMARY KEY, ident TEXT NOT NULL UNIQUE,"
	" key BLOB NOT NULL);"
	/* Its energy registers as evidence has them, which never go back. base_*: what
	 * is added to the device's own; e_*: newest value. */
	"CREATE TABLE register (device INTEGER PRIMARY KEY REFERENCES device,"
	" base_import_mwh INTEGER NOT NULL, base_export_mwh INTEGER NOT NULL,"
	" e_import_mwh INTEGER NOT NULL, e_export_mwh INTEGER NOT NULL);"
	/* Which device a DER of a life was. */
	"CREATE TABLE der (instance INTEGER NOT NULL REFERENCES instance,"
	" der INTEGER NOT NULL, device INTEGER NOT NULL REFERENCES device,"
	" site TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
	" serial TEXT NOT NULL, PRIMARY KEY (instance, der)) WITHOUT ROWID;"
	/* Device tables as they are signed; 0 is the empty one. */
	"CREATE TABLE device_table (id INTEGER PRIMARY KEY,"
	" hash BLOB NOT NULL UNIQUE, cbor BLOB NOT NULL);"
	/* Keys of the gateway. from_batch: the first that it signs. statement: signed
	 * by the key before and by this one. */
	"CREATE TABLE key (epoch INTEGER PRIMARY KEY, public BLOB NOT NULL,"
	" from_batch INTEGER NOT NULL, statement BLOB NOT NULL);"
	/* What one transaction stored. seq: from 0, without a break. lost: missing in
	 * [first_seq, last_seq]. mono_ns: the latest. header: signed. seed:
	 * the salts come from it. nodes: roots of groups of entries. columns: the
	 * records, NULL when the retention has taken them away, seed and nodes too. devices: its
	 * device table. */
	"CREATE TABLE batch (seq INTEGER PRIMARY KEY,"
	" instance INTEGER NOT NULL REFERENCES instance,"
	" first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
	" records INTEGER NOT NULL, lost INTEGER NOT NULL,"
	" mono_ns INTEGER NOT NULL, real_min_ns INTEGER NOT NULL,"
	" real_max_ns INTEGER NOT NULL, devices INTEGER NOT NULL,"
	" header BLOB NOT NULL, seed BLOB, nodes BLOB, columns BLOB);"
	/* Times of many batches, to find them by; the newest ones have no row yet. */
	"CREATE TABLE span (first_batch INTEGER PRIMARY KEY, last_batch INTEGER NOT NULL,"
	" real_min_ns INTEGER NOT NULL, real_max_ns INTEGER NOT NULL);"
	/* Records that never came: the ring was overwritten before they were read. */
	"CREATE TABLE gap (instance INTEGER NOT NULL REFERENCES instance,"
	" first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
	" records INTEGER NOT NULL, batch INTEGER NOT NULL,"
	" PRIMARY KEY (instance, first_seq)) WITHOUT ROWID;"
	/* Batches whose records the retention took away, always from the beginning on:
	 * those of a life, with their records and the ones that were lost before. */
	"CREATE TABLE pruned (instance INTEGER PRIMARY KEY REFERENCES instance,"
	" first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
	" records INTEGER NOT NULL, lost INTEGER NOT NULL,"
	" last_batch INTEGER NOT NULL, real_ns INTEGER NOT NULL);"
	/* A period of a device: period_s 60, 900 or 3600, t its start, Unix time.
	 * samples: with a known power; p_sum_mw: their sum. Energy: registers at its
	 * end; soc_ppm: likewise. */
	"CREATE TABLE rollup (period_s INTEGER NOT NULL, t INTEGER NOT NULL,"
	" device INTEGER NOT NULL REFERENCES device, samples INTEGER NOT NULL,"
	" p_sum_mw INTEGER, p_min_mw INTEGER, p_max_mw INTEGER,"
	" e_import_mwh INTEGER, e_export_mwh INTEGER, soc_ppm INTEGER,"
	" PRIMARY KEY (period_s, t, device)) WITHOUT ROWID;"
	"CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL,"
	" real_ns INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE name (kind TEXT NOT NULL, value INTEGER NOT NULL,"
	" name TEXT NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;"
	"INSERT INTO device_table VALUES (0,"
	" x'76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71', x'80');";

#endif /* OVPP_LEDGER_SCHEMA_H */
