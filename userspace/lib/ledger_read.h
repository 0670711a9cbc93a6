/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a ledger: batches with their records, while the daemon may be writing. */
#ifndef OVPP_LEDGER_READ_H
#define OVPP_LEDGER_READ_H

#include <sqlite3.h>
#include <stdbool.h>

#include "evidence.h"

struct ovpp_reader;

/**
 * struct ovpp_read_batch - a batch as it is stored
 * @seq: number
 * @instance: row of the life of its site
 * @devices: row of its device table
 * @cose: signed header, not checked
 * @cose_size: its size
 * @pruned: the retention took the records away; @n is 0
 * @seed: of the salts
 * @n_nodes: groups of 2^OVPP_LEDGER_GROUP entries
 * @node: roots of their trees, which is not checked here
 * @n: records
 * @rec: records
 *
 * All pointers are the reader's until its next call.
 */
struct ovpp_read_batch {
	uint64_t seq;
	int64_t instance;
	int64_t devices;
	const uint8_t *cose;
	size_t cose_size;
	bool pruned;
	uint8_t seed[OVPP_SEED_SIZE];
	size_t n_nodes;
	const ovpp_hash *node;
	size_t n;
	const struct ovpp_record *rec;
};

/**
 * struct ovpp_read_filter - which batches are looked for; all bounds are included
 * @last: number of the last batch
 * @min_ns: wall-clock time of a record
 * @max_ns: likewise
 * @min_seq: of a record
 * @max_seq: likewise
 * @instance: of this life only; < 0: of all
 */
struct ovpp_read_filter {
	uint64_t last;
	int64_t min_ns;
	int64_t max_ns;
	int64_t min_seq;
	int64_t max_seq;
	int64_t instance;
};

/* Any batch that has records. */
#define OVPP_READ_ALL                                    \
	((struct ovpp_read_filter){.last = INT64_MAX,    \
				   .min_ns = INT64_MIN,  \
				   .min_seq = INT64_MIN, \
				   .max_ns = INT64_MAX,  \
				   .max_seq = INT64_MAX, \
				   .instance = -1})

/**
 * ovpp_reader_open() - open a ledger for reading only
 * @path: database
 * @out: set; to be closed with ovpp_reader_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Who may not write beside the file can read it all the same, while the daemon runs
 * and when it has stopped.
 *
 * Return: 0; -EPROTO: no ledger, or of another version; -EACCES; or another -errno.
 */
int ovpp_reader_open(const char *path, struct ovpp_reader **out, char *err, size_t size);

/* The same on a connection that stays the caller's. */
int ovpp_reader_attach(sqlite3 *sql, struct ovpp_reader **out, char *err, size_t size);
void ovpp_reader_close(struct ovpp_reader *r);

sqlite3 *ovpp_reader_sql(struct ovpp_reader *r);

/* All that follows is seen as it was at one moment, until ovpp_reader_end(). */
int ovpp_reader_begin(struct ovpp_reader *r);

/*
 * 0; -ESTALE: a writer began to change the file, which was read without locks since
 * there was none. What was read meanwhile does not count.
 */
int ovpp_reader_end(struct ovpp_reader *r);

/* Number of batches; -errno. */
int64_t ovpp_reader_batches(struct ovpp_reader *r);

/* 0; -ENOENT: there is no such batch; -EBADMSG: it is damaged; or another -errno. */
int ovpp_reader_batch(struct ovpp_reader *r, uint64_t seq, struct ovpp_read_batch *b);

/*
 * First batch from @seq on that still has records, and may have some that @filter
 * asks for: -ENOENT if there is none.
 */
int ovpp_reader_next(struct ovpp_reader *r, uint64_t seq, const struct ovpp_read_filter *filter,
		     uint64_t *found);

/* The last such batch, up to @filter->last. */
int ovpp_reader_last(struct ovpp_reader *r, const struct ovpp_read_filter *filter, uint64_t *found);

/*
 * The device table of a batch that was read, decoded; the reader's until the next call.
 * 0; -EBADMSG: it is damaged, or not there; or another -errno.
 */
int ovpp_reader_table(struct ovpp_reader *r, const struct ovpp_read_batch *b,
		      const struct ovpp_device **device, size_t *n);

/* The entry of a DER in such a table, or NULL. */
const struct ovpp_device *ovpp_device_find(const struct ovpp_device *device, size_t n,
					   uint32_t der);

/* A device table's bytes and a key's statement, added to @out. 0 or -errno. */
int ovpp_reader_devices(struct ovpp_reader *r, int64_t id, struct ovpp_buffer *out);
int ovpp_reader_statement(struct ovpp_reader *r, uint32_t epoch, struct ovpp_buffer *out);

/* Public key of an epoch. 0, -ENOENT or another -errno. */
int ovpp_reader_key(struct ovpp_reader *r, uint32_t epoch, uint8_t key[OVPP_KEY_SIZE]);

#endif /* OVPP_LEDGER_READ_H */
