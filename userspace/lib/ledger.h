/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: the database that holds what sites did, as signed batches. One
 * connection, one thread at a time; there is one writer, and any number of readers
 * (ledger_read.h).
 *
 * WAL, so that readers never wait for the writer. synchronous=FULL: when
 * ovpp_ledger_write() returns 0 its pages are on the disk, so that a cut of power
 * takes back no batch that was reported as stored.
 */
#ifndef OVPP_LEDGER_H
#define OVPP_LEDGER_H

#include <jansson.h>

#include "chain.h"
#include "evidence.h"

struct ovpp_ledger;

/**
 * struct ovpp_ledger_options - how to open
 * @path: file
 * @keys: folder of the gateway's keys, made if need be
 * @passphrase: of the keys, or NULL
 * @boot_id: id of this boot, as the kernel writes it
 * @software: name and version of the program that writes
 * @chain: where batches are anchored
 * @chain_config: of that driver
 */
struct ovpp_ledger_options {
	const char *path;
	const char *keys;
	const char *passphrase;
	const char *boot_id;
	const char *software;
	const struct ovpp_chain_ops *chain;
	const void *chain_config;
};

/**
 * struct ovpp_life - which life of which site, within this boot
 * @site: site id
 * @node: number of the site's device in sysfs, which never comes again
 */
struct ovpp_life {
	uint32_t site;
	uint64_t node;
};

/**
 * struct ovpp_now - when a batch is closed
 * @mono_ns: CLOCK_MONOTONIC
 * @real_ns: CLOCK_REALTIME
 * @clock: how well that is known
 */
struct ovpp_now {
	uint64_t mono_ns;
	uint64_t real_ns;
	struct ovpp_clock clock;
};

/**
 * struct ovpp_written - what a transaction did
 * @batch: number of the batch; meaningful with @records
 * @records: stored
 * @lost: found missing and noted as gaps
 * @known: passed over since they were stored before
 */
struct ovpp_written {
	uint64_t batch;
	uint64_t records;
	uint64_t lost;
	uint64_t known;
};

/**
 * struct ovpp_retention - when records go
 * @age_ms: running time of the machine after which a batch's records go; 0: never.
 *	Not wall-clock time: a clock set wrong must not empty the ledger.
 * @size: bytes in use above which the oldest go; 0: no limit
 */
struct ovpp_retention {
	uint64_t age_ms;
	uint64_t size;
};

/**
 * ovpp_ledger_open() - open for writing, and create what is not there, keys too
 * @options: how
 * @out: set to the ledger; to be closed with ovpp_ledger_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -EPROTO: a ledger of another version; -ENOKEY, -EKEYREJECTED: the
 * passphrase; or another -errno.
 */
int ovpp_ledger_open(const struct ovpp_ledger_options *options, struct ovpp_ledger **out, char *err,
		     size_t size);
void ovpp_ledger_close(struct ovpp_ledger *ledger);

/**
 * ovpp_ledger_write() - one transaction: at most one batch, and notes
 * @ledger: ledger
 * @life: whose records they are; NULL without any
 * @rec: @n records in ascending order of seq; those stored before are passed over,
 *	and missing ones before or between them are noted as gaps
 * @n: 0 to OVPP_BATCH_RECORDS
 * @notes: NULL, or {"state": {key: text}, "instance": [{"site", "node", "name",
 *	"ders": [{"id", "name", "kind", "serial"}]}]}
 * @now: when
 * @done: what was done, set on success
 *
 * Return: 0 or -errno; then nothing of it is stored.
 */
int ovpp_ledger_write(struct ovpp_ledger *ledger, const struct ovpp_life *life,
		      const struct ovpp_record *rec, size_t n, const json_t *notes,
		      const struct ovpp_now *now, struct ovpp_written *done);

/**
 * ovpp_ledger_prune() - take away the oldest records beyond the limits
 *
 * Headers, roots, the log and the longer roll-ups stay: what was taken away is known,
 * and what is left can be verified. Works in slices, so that new batches wait for a
 * short time only.
 *
 * Return: number of batches, call again while > 0; or -errno.
 */
int ovpp_ledger_prune(struct ovpp_ledger *ledger, const struct ovpp_retention *limits,
		      const struct ovpp_now *now);

/* Value of a key of the table state, to be freed; NULL if there is none. */
char *ovpp_ledger_state(struct ovpp_ledger *ledger, const char *key);

/* Number of the next batch. */
uint64_t ovpp_ledger_batches(const struct ovpp_ledger *ledger);

/* What the chain's driver says; a new object. */
json_t *ovpp_ledger_chain(struct ovpp_ledger *ledger);

/* What went wrong in the last call that failed. */
const char *ovpp_ledger_error(const struct ovpp_ledger *ledger);

#endif /* OVPP_LEDGER_H */
