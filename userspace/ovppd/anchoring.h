/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anchoring as one configuration of a chain wants it: the account, the outbox in the
 * ledger's database, the nodes. What is missing (the ledger, a passphrase, a node) is
 * tried again for ever.
 */
#ifndef OVPPD_ANCHORING_H
#define OVPPD_ANCHORING_H

#include <jansson.h>

#include "log.h"
#include "loop.h"

struct anchoring;

/**
 * struct anchoring_place - where things are
 * @database: the ledger
 * @keys: folder of the gateway's keys
 * @passphrase_file: see ovpp_passphrase_read(), may be NULL
 */
struct anchoring_place {
	const char *database;
	const char *keys;
	const char *passphrase_file;
};

/**
 * anchoring_open() - begin
 * @loop: that it runs in
 * @place: where things are; borrowed
 * @section: "chain" of the configuration
 * @log: what is wrong goes there, each time that it changes
 *
 * Return: to be closed with anchoring_close() when the loop has ended; NULL: no memory.
 */
struct anchoring *anchoring_open(struct loop *loop, const struct anchoring_place *place,
				 json_t *section, struct logger *log);
void anchoring_close(struct anchoring *a);

/*
 * What is known of it, for people: "network", "chain_id", "account", "identity", "states",
 * "held", "trouble", "endpoints". A new object.
 */
json_t *anchoring_status(struct anchoring *a);

#endif /* OVPPD_ANCHORING_H */
