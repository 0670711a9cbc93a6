/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gateway's identity on chains, as far as this ledger knows it: a row that
 * registering writes. Batches are anchored under it from then on, older ones too.
 */
#ifndef OVPP_IDENTITY_H
#define OVPP_IDENTITY_H

#include <sqlite3.h>

#include "abi.h"

/**
 * struct ovpp_identity - an identity
 * @chain_id: chain
 * @registry: contract DeviceRegistry
 * @id: number of the asset
 * @owner: whose it was when it was registered
 * @since: first batch that is anchored
 * @until: batches from here on wait, since the chain does not know the key yet that signed
 *	them; UINT64_MAX: all keys of the ledger are known there. Computed, not stored
 * @epoch: newest key of the ledger that the chain knows
 */
struct ovpp_identity {
	uint64_t chain_id;
	ovpp_address registry;
	uint8_t id[32];
	ovpp_address owner;
	uint64_t since;
	uint64_t until;
	uint32_t epoch;
};

/* Makes the table if need be; ovpp_identity_put() does that, too. 0 or -errno. */
int ovpp_identity_create(sqlite3 *sql);

/* 0; -ENOENT: there is none, or no table; or another -errno. */
int ovpp_identity_get(sqlite3 *sql, uint64_t chain_id, const ovpp_address registry,
		      struct ovpp_identity *out);

/*
 * Puts it in the place of what is known of the same chain and registry; @until is not
 * looked at. 0; -EINVAL: @since; or another -errno.
 */
int ovpp_identity_put(sqlite3 *sql, const struct ovpp_identity *identity);

/*
 * What all chains know together: the least of the newest epochs, and the last of the first
 * batches. 0; -ENOENT: there is no identity on any; or another -errno.
 */
int ovpp_identity_least(sqlite3 *sql, uint32_t *epoch, uint64_t *since);

#endif /* OVPP_IDENTITY_H */
