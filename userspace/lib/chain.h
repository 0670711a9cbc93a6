/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where batches are anchored. A driver is handed every batch inside of the
 * transaction that stores it: what it has to remember (a node of its tree, an intent
 * to send) is kept with the batch or not at all. Nothing here waits for a network.
 */
#ifndef OVPP_CHAIN_H
#define OVPP_CHAIN_H

#include <jansson.h>
#include <sqlite3.h>

#include "evidence.h"

/**
 * struct ovpp_chain_batch - a batch that is being stored
 * @header: header
 * @root: what is anchored
 * @real_ms: wall clock
 * @sign: signs with the gateway's key, of the epoch in the header
 * @sign_arg: its argument
 */
struct ovpp_chain_batch {
	const struct ovpp_header *header;
	ovpp_hash root;
	uint64_t real_ms;
	ovpp_sign sign;
	void *sign_arg;
};

/**
 * struct ovpp_chain_ops - a driver
 * @name: "embedded"
 * @open: begin with a ledger, whose schema is there; @config is the driver's own; @arg
 *	of the others is set
 * @close: end
 * @append: a batch, within its transaction; after an error the transaction is rolled
 *	back and rolled_back() is called
 * @rolled_back: what append() did since the last commit did not happen
 * @status: what is known, as a new object
 *
 * Those that return int return 0 or -errno. One thread at a time.
 */
struct ovpp_chain_ops {
	const char *name;
	int (*open)(sqlite3 *sql, const void *config, void **arg);
	void (*close)(void *arg);
	int (*append)(void *arg, const struct ovpp_chain_batch *batch);
	void (*rolled_back)(void *arg);
	json_t *(*status)(void *arg);
};

/* A transparency log in the ledger itself (RFC 9162), with signed heads. */
extern const struct ovpp_chain_ops ovpp_chain_embedded;

/*
 * That log, and each batch for the outbox to an EVM chain (outbox.h), those from before
 * too, as soon as the gateway has an identity there; its configuration is a struct
 * ovpp_outbox_target.
 */
extern const struct ovpp_chain_ops ovpp_chain_evm;

#endif /* OVPP_CHAIN_H */
