/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger's database. One connection, one thread at a time.
 *
 * WAL, so that readers never wait for the writer. synchronous=FULL: a commit
 * returns when its pages are on the disk, so that a cut of power takes back no
 * batch that was reported as stored. It costs one fdatasync() a batch, five a
 * second at most in normal running, in a thread that nothing waits for.
 */
#ifndef OVPPD_DB_H
#define OVPPD_DB_H

#include <jansson.h>
#include <linux/openvpp.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/**
 * struct db_key - which life of which site, within this boot
 * @site: site id
 * @node: number of the site's device in sysfs, which never comes again
 */
struct db_key {
	uint32_t site;
	uint64_t node;
};

/**
 * struct db_written - what a transaction did
 * @records: stored
 * @lost: found missing and noted as a gap
 * @known: passed over since they were stored before
 */
struct db_written {
	uint64_t records;
	uint64_t lost;
	uint64_t known;
};

/**
 * struct db_limits - retention
 * @age_ms: running time of the machine after which a batch goes; 0: never. Not
 *	wall-clock time: a clock set wrong must not empty the ledger.
 * @size: bytes in use above which the oldest batches go; 0: no limit
 */
struct db_limits {
	uint64_t age_ms;
	uint64_t size;
};

/**
 * db_open() - open, and create what is not there
 * @path: file
 * @boot_id: id of this boot
 * @out: set to the database; to be closed with db_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0 or -errno.
 */
int db_open(const char *path, const char *boot_id, struct db **out, char *err, size_t size);
void db_close(struct db *db);

/**
 * db_write() - one transaction
 * @db: database
 * @key: whose records they are
 * @rec: @n records in order of seq; those stored before are passed over, and
 *	missing ones before or between them are noted in the table gap
 * @n: may be 0
 * @notes: NULL, or {"state": {key: text}, "instance": [{"site", "node", "name",
 *	"ders"}]}
 * @done: what was done, set on success
 *
 * Return: 0 or -errno; then nothing of it is stored.
 */
int db_write(struct db *db, const struct db_key *key, const struct ovpp_record *rec, size_t n,
	     const json_t *notes, struct db_written *done);

/**
 * db_prune() - take away the oldest batches beyond the limits
 * @db: database
 * @limits: limits
 * @mono_ns: CLOCK_MONOTONIC
 * @real_ns: CLOCK_REALTIME, noted only
 *
 * Works in slices, so that new batches wait for a short time only.
 *
 * Return: number of batches taken away, call again while > 0; or -errno.
 */
int db_prune(struct db *db, const struct db_limits *limits, uint64_t mono_ns, uint64_t real_ns);

/* Value of a key of the table state, to be freed; NULL if there is none. */
char *db_state(struct db *db, const char *key);

/* What went wrong in the last db_write() or db_prune() that failed. */
const char *db_error(const struct db *db);

/* Any SQL without result. Return: 0 or -errno. */
int db_exec(struct db *db, const char *sql);

/* First column of the first row of a query as an integer, -1 without one. */
int64_t db_number(struct db *db, const char *sql);

#endif /* OVPPD_DB_H */
