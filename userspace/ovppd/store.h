/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: a thread that writes batches of records to the ledger.
 *
 * The loop takes an empty batch, fills it and hands it over; it never waits.
 * When the disk is slow or full, no more batches are taken over: the loop leaves
 * the records in the site's ring, and what the ring cannot hold is lost and counted
 * exactly, by its sequence numbers, when writing goes on.
 */
#ifndef OVPPD_STORE_H
#define OVPPD_STORE_H

#include <jansson.h>
#include <linux/openvpp.h>

#include "ledger.h"
#include "log.h"
#include "outbox.h"

/* Batches that wait for the thread at most: 4 MiB together. */
#define STORE_BATCHES 8

/* One batch, one transaction. */
struct store_batch {
	struct ovpp_life key;
	size_t n;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

/**
 * struct store_config - where things are
 * @path: database
 * @keys: folder of the gateway's keys
 * @passphrase_file: see ovpp_passphrase_read(), may be NULL
 * @target: where batches are anchored; NULL: in the ledger's own log only
 */
struct store_config {
	const char *path;
	const char *keys;
	const char *passphrase_file;
	const struct ovpp_outbox_target *target;
};

/**
 * struct store_stats - since the start of the daemon
 * @batches: stored
 * @records: stored
 * @lost: found missing
 * @pruned: batches that the retention took away
 * @waiting: batches not yet written
 * @error: why writing does not go on; empty if it does
 */
struct store_stats {
	uint64_t batches;
	uint64_t records;
	uint64_t lost;
	uint64_t pruned;
	size_t waiting;
	char error[256];
};

struct store;

/**
 * store_open() - lock and open the ledger
 * @config: where things are
 * @log: used by the thread too
 * @out: set to the store; to be closed with store_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * A database that cannot be opened now (a full disk, say) is no error: the
 * thread goes on trying, and control does not depend on it.
 *
 * Return: 0; -EBUSY when another ovppd has it; or another -errno.
 */
int store_open(const struct store_config *config, struct logger *log, struct store **out, char *err,
	       size_t size);

/* State kept with store_note_state(), to be freed; NULL. Before store_start(). */
char *store_state(struct store *store, const char *key);

/* Starts the thread. */
int store_start(struct store *store, const struct ovpp_retention *limits);

/* Writes what was handed over if the disk takes it, stops the thread. */
void store_close(struct store *store);

/* An empty batch, for store_put() or free(); NULL when there is no memory. */
struct store_batch *store_batch_new(void);

/*
 * Hands a batch over, which is the store's then. Return: 0; -EAGAIN: STORE_BATCHES are
 * waiting, it stays the caller's: try again after store_fd().
 */
int store_put(struct store *store, struct store_batch *batch);

/* Readable after a batch was written: an eventfd for the loop to read. */
int store_fd(const struct store *store);

/* Kept until it is written; a newer value takes the place of an older one. */
void store_note_state(struct store *store, const char *key, const char *value);
/* Name and DER (a JSON array) of a site's life. */
void store_note_instance(struct store *store, const struct ovpp_life *key, const char *name,
			 const json_t *ders);

/* Where batches are anchored from now on, as struct store_config has it. */
void store_set_target(struct store *store, const struct ovpp_outbox_target *target);
void store_set_limits(struct store *store, const struct ovpp_retention *limits);
void store_stats(struct store *store, struct store_stats *stats);

#endif /* OVPPD_STORE_H */
