/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the ledger's writer share. */
#ifndef OVPP_LEDGER_PRIV_H
#define OVPP_LEDGER_PRIV_H

#include "columns.h"
#include "keyring.h"
#include "ledger.h"
#include "ledger_schema.h"
#include "ledger_sql.h"

enum ledger_statement {
	LEDGER_BEGIN,
	LEDGER_COMMIT,
	LEDGER_ROLLBACK,
	LEDGER_EPOCH,
	LEDGER_LAST_BATCH,
	LEDGER_INSTANCE_FIND,
	LEDGER_INSTANCE_ADD,
	LEDGER_INSTANCE_NAME,
	LEDGER_INSTANCE_NEXT,
	LEDGER_INSTANCE_TABLE,
	LEDGER_DEVICE_FIND,
	LEDGER_DEVICE_ADD,
	LEDGER_DER_SET,
	LEDGER_DER_ALL,
	LEDGER_TABLE_FIND,
	LEDGER_TABLE_ADD,
	LEDGER_REGISTER_SET,
	LEDGER_ROLLUP_ADD,
	LEDGER_BATCH_ADD,
	LEDGER_GAP_ADD,
	LEDGER_SPAN_ADD,
	LEDGER_STATE_SET,
	LEDGER_STATE_GET,
	LEDGER_OLDEST,
	LEDGER_OLDEST_DROP,
	LEDGER_PRUNED_ADD,
	LEDGER_MINUTES_DROP,
	N_LEDGER_STATEMENTS,
};

/**
 * struct ledger_register - an energy register that never goes back
 * @base: added to the device's own, modulo 2^64
 * @last: newest sum
 */
struct ledger_register {
	uint64_t base;
	uint64_t last;
};

/**
 * struct ledger_device - the registers of a device, whatever DER it is of whatever life
 * @next: in the ledger's list
 * @id: row
 * @import: register
 * @export: register
 * @dirty: not as in the database
 */
struct ledger_device {
	struct ledger_device *next;
	int64_t id;
	struct ledger_register import;
	struct ledger_register export;
	bool dirty;
};

/**
 * struct ledger_rollup - a minute of a device in the making
 * @minute: of Unix time
 * @samples: with a known power
 * @p_sum: mW
 * @p_min: mW
 * @p_max: mW
 * @soc_ppm: newest; -1: not known
 * @e_known: energy registers are known
 * @dirty: has something that is not in the database
 */
struct ledger_rollup {
	int64_t minute;
	int64_t samples;
	int64_t p_sum;
	int64_t p_min;
	int64_t p_max;
	int64_t soc_ppm;
	bool e_known;
	bool dirty;
};

/**
 * struct ledger_member - a DER of a life
 * @der: id
 * @device: which device it is
 * @rollup: minute in the making
 */
struct ledger_member {
	uint32_t der;
	struct ledger_device *device;
	struct ledger_rollup rollup;
};

/**
 * struct ledger_life - what is known of a life of a site
 * @next: in the ledger's list
 * @key: which
 * @instance: row
 * @name: of the site
 * @next_seq: next record to store
 * @table: row of the device table in force
 * @table_hash: its hash
 * @table_epoch: key that it is bound with
 * @table_known: the three above are right
 * @member: DER, ascending by id
 * @n_members: their number
 *
 * A copy of what the database has. It is dropped when a transaction is rolled back.
 */
struct ledger_life {
	struct ledger_life *next;
	struct ovpp_life key;
	int64_t instance;
	char name[OVPP_NAME_SIZE];
	uint64_t next_seq;
	int64_t table;
	ovpp_hash table_hash;
	uint32_t table_epoch;
	bool table_known;
	struct ledger_member *member;
	size_t n_members;
};

/**
 * struct ovpp_ledger - an open ledger
 * @sql: connection
 * @st: statements
 * @keys: folder of the keys
 * @passphrase: of the keys, or NULL
 * @key: in force
 * @gateway: id
 * @boot: this boot's row
 * @boot_id: its id
 * @software: name and version
 * @ops: chain driver
 * @chain: its argument
 * @next_batch: number
 * @prev: hash of the last signed header
 * @chain_known: the two above are right
 * @lives: known lives
 * @devices: known devices, which go with them
 * @columns: working memory
 * @rec: records of the batch in the making
 * @hash: of their entries
 * @node: roots of groups of them
 * @n_nodes: their number
 * @gap: gaps among them
 * @n_gaps: their number
 * @header: signed header in the making
 * @error: text of the last error
 */
struct ovpp_ledger {
	sqlite3 *sql;
	sqlite3_stmt *st[N_LEDGER_STATEMENTS];
	char *keys;
	char *passphrase;
	struct ovpp_keyring *key;
	uint8_t gateway[OVPP_KEY_SIZE];
	int64_t boot;
	uint8_t boot_id[16];
	char software[OVPP_NAME_SIZE];
	const struct ovpp_chain_ops *ops;
	void *chain;
	uint64_t next_batch;
	ovpp_hash prev;
	bool chain_known;
	struct ledger_life *lives;
	struct ledger_device *devices;
	struct ovpp_columns *columns;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
	ovpp_hash hash[OVPP_BATCH_RECORDS];
	ovpp_hash node[OVPP_BATCH_RECORDS >> OVPP_LEDGER_GROUP];
	size_t n_nodes;
	struct ovpp_gap gap[OVPP_BATCH_GAPS];
	size_t n_gaps;
	struct ovpp_buffer header;
	char error[256];
};

/* Notes what went wrong, for ovpp_ledger_error(); returns @ret. */
int ledger_fail(struct ovpp_ledger *l, int ret, const char *what);

/* A transaction; ledger_finish() commits it, or rolls it back if @ret is not 0. */
int ledger_begin(struct ovpp_ledger *l);
int ledger_finish(struct ovpp_ledger *l, int ret);

/* ledger_life.c: within a transaction. */
int ledger_life_get(struct ovpp_ledger *l, const struct ovpp_life *key, struct ledger_life **life);
void ledger_lives_drop(struct ovpp_ledger *l);
int ledger_notes_write(struct ovpp_ledger *l, const json_t *notes, uint64_t real_ns);
/* The DER of this id, which is entered if it is not known; NULL: it cannot be. */
struct ledger_member *ledger_member_get(struct ovpp_ledger *l, struct ledger_life *life,
					uint32_t der);
/* Makes life->table what the database and the key in force say. */
int ledger_table_know(struct ovpp_ledger *l, struct ledger_life *life);

/* ledger_sample.c: registers and roll-ups. */
int ledger_sample_take(struct ovpp_ledger *l, struct ledger_member *m, struct ovpp_record *rec);
int ledger_samples_write(struct ovpp_ledger *l, struct ledger_life *life);

/* ledger_batch.c: stores records of a life as the next batch. */
int ledger_batch_write(struct ovpp_ledger *l, struct ledger_life *life,
		       const struct ovpp_record *rec, size_t n, const struct ovpp_now *now,
		       struct ovpp_written *done);

#endif /* OVPP_LEDGER_PRIV_H */
