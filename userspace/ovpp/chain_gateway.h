/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway of a ledger, and what a chain has of it. What goes wrong is printed. */
#ifndef OVPP_CHAIN_GATEWAY_H
#define OVPP_CHAIN_GATEWAY_H

#include "chain_common.h"
#include "identity.h"
#include "ledger_read.h"
#include "registry_read.h"

/**
 * struct chain_gateway - a gateway
 * @write: @sql was opened for writing
 * @sql: its ledger
 * @reader: of it
 * @key: statements of its keys, by epoch
 * @keys: how many; the last one is in force
 * @batches: of the ledger
 * @at: registry
 * @known: @identity is in the ledger
 * @identity: there
 * @first: first key of the identity
 * @state: what the contract has
 */
struct chain_gateway {
	bool write;
	sqlite3 *sql;
	struct ovpp_reader *reader;
	struct ovpp_key_statement *key;
	size_t keys;
	uint64_t batches;
	struct ovpp_registry at;
	bool known;
	struct ovpp_identity identity;
	uint8_t first[OVPP_KEY_SIZE];
	struct ovpp_registry_state state;
};

/*
 * What the ledger says; @write: something will be written there, too. @g: to be closed with
 * chain_gateway_close() in any case. enum cli_status.
 */
int chain_gateway_open(const struct chain *c, struct chain_gateway *g, bool write);
void chain_gateway_close(struct chain_gateway *g);

/**
 * chain_gateway_find() - what the contract says
 * @c: with session
 * @g: sets @identity.id, @identity.owner, @first and @state
 * @owner: who has registered it, or would
 *
 * Where the ledger has no identity it is looked for under each of its keys: it may have
 * been registered all the same. enum cli_status.
 */
int chain_gateway_find(const struct chain *c, struct chain_gateway *g, const ovpp_address owner);

/* The newest key of the ledger, which is in force. */
const struct ovpp_key_statement *chain_gateway_key(const struct chain_gateway *g);

/* Writes into the ledger what the contract has. enum cli_status. */
int chain_gateway_put(const struct chain *c, struct chain_gateway *g);

#endif /* OVPP_CHAIN_GATEWAY_H */
