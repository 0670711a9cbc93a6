/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's tables. Numbers are integers in SI milli-units, as in the
 * records; a value that was not known is NULL, never 0.
 */
#ifndef OVPPD_SCHEMA_H
#define OVPPD_SCHEMA_H

#define SCHEMA_VERSION 1

/* Every table of records has these columns first. */
#define SCHEMA_RECORD                                      \
	"instance INTEGER NOT NULL REFERENCES instance, "  \
	"seq INTEGER NOT NULL, mono_ns INTEGER NOT NULL, " \
	"real_ns INTEGER NOT NULL, der INTEGER NOT NULL, "

#define SCHEMA_RECORD_END ", PRIMARY KEY (instance, seq)) WITHOUT ROWID;"

static const char schema_sql[] =
	/* start_ns: how long the machine had run, as far as is recorded, before
	 * this boot; so start_ns + mono_ns is a time that never steps. */
	"CREATE TABLE boot (id INTEGER PRIMARY KEY,"
	" boot_id TEXT NOT NULL UNIQUE, start_ns INTEGER NOT NULL,"
	" uptime_ns INTEGER NOT NULL);"
	/* A life of a site: site ids begin anew with the module, node does not.
	 * next_seq: number of the next record to store. */
	"CREATE TABLE instance (id INTEGER PRIMARY KEY,"
	" boot INTEGER NOT NULL REFERENCES boot, site INTEGER NOT NULL,"
	" node INTEGER NOT NULL, name TEXT NOT NULL DEFAULT '',"
	" ders TEXT NOT NULL DEFAULT '[]', next_seq INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (boot, site, node));"
	"CREATE TABLE batch (id INTEGER PRIMARY KEY,"
	" instance INTEGER NOT NULL REFERENCES instance,"
	" first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
	" records INTEGER NOT NULL, mono_ns INTEGER NOT NULL,"
	" real_ns INTEGER NOT NULL);"
	"CREATE TABLE sample (" SCHEMA_RECORD "p_mw INTEGER, q_mvar INTEGER, e_import_mwh INTEGER,"
	" e_export_mwh INTEGER, p_set_mw INTEGER, v_mv INTEGER, i_ma INTEGER,"
	" f_mhz INTEGER, temp_mc INTEGER, soc_ppm INTEGER, soh_ppm INTEGER,"
	" state INTEGER, alarm INTEGER, warning INTEGER,"
	" age_ms INTEGER NOT NULL, quality INTEGER NOT NULL,"
	" supervision INTEGER NOT NULL, flags INTEGER NOT NULL" SCHEMA_RECORD_END
	"CREATE TABLE site_sample (" SCHEMA_RECORD
	"pcc_mw INTEGER, target_mw INTEGER, demand_mw INTEGER NOT NULL,"
	" load_mw INTEGER NOT NULL, ticks INTEGER NOT NULL,"
	" missed INTEGER NOT NULL, wake_max_ns INTEGER NOT NULL,"
	" tick_max_ns INTEGER NOT NULL, f_mhz INTEGER, state INTEGER NOT NULL,"
	" cause INTEGER NOT NULL, pcc_quality INTEGER NOT NULL,"
	" flags INTEGER NOT NULL, lease_left_ms INTEGER" SCHEMA_RECORD_END
	"CREATE TABLE event (" SCHEMA_RECORD
	"code INTEGER NOT NULL, bus INTEGER NOT NULL, arg INTEGER NOT NULL" SCHEMA_RECORD_END
	"CREATE TABLE dispatch (" SCHEMA_RECORD "id INTEGER NOT NULL, state INTEGER NOT NULL,"
	" start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,"
	" e_asked_mwh INTEGER NOT NULL, e_delivered_mwh INTEGER NOT NULL,"
	" error_mean_mw INTEGER NOT NULL, unknown_ms INTEGER NOT NULL" SCHEMA_RECORD_END
	/* Records of a type that a newer kernel has. */
	"CREATE TABLE other (" SCHEMA_RECORD
	"type INTEGER NOT NULL, body BLOB NOT NULL" SCHEMA_RECORD_END
	/* Records that never came: the ring was overwritten before they were
	 * read. real_ns: when that was found. */
	"CREATE TABLE gap (instance INTEGER NOT NULL REFERENCES instance,"
	" first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
	" records INTEGER NOT NULL, real_ns INTEGER NOT NULL,"
	" PRIMARY KEY (instance, first_seq)) WITHOUT ROWID;"
	/* What the retention took away, always from the beginning on. */
	"CREATE TABLE pruned (instance INTEGER PRIMARY KEY REFERENCES instance,"
	" first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,"
	" records INTEGER NOT NULL, lost INTEGER NOT NULL,"
	" real_ns INTEGER NOT NULL);"
	"CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL,"
	" real_ns INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE name (kind TEXT NOT NULL, value INTEGER NOT NULL,"
	" name TEXT NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;"
	"CREATE VIEW der AS SELECT i.id AS instance, i.name AS site,"
	" e.value ->> 'id' AS der, e.value ->> 'name' AS name,"
	" e.value ->> 'kind' AS kind, e.value ->> 'serial' AS serial"
	" FROM instance i, json_each(i.ders) e;";

#endif /* OVPPD_SCHEMA_H */
