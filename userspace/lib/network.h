/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EVM chains that are known here, and in what they differ. */
#ifndef OVPP_NETWORK_H
#define OVPP_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* When a transaction cannot be undone any more. */
enum ovpp_finality {
	OVPP_FINALITY_TAG,     /* its block is not after the one that is "finalized" */
	OVPP_FINALITY_RECEIPT, /* as soon as it is in a block */
};

/**
 * struct ovpp_network - a chain
 * @name: as it is configured
 * @chain_id: EIP-155's
 * @mainnet: its money is worth something: nothing is signed unless that was asked for
 * @finality: rule
 * @block_ms: between two blocks, about
 * @gas_max: of a transaction
 * @symbol: what fees are paid in
 * @decimals: of it
 * @quiet_price: wei a gas when little is going on
 */
struct ovpp_network {
	const char *name;
	uint64_t chain_id;
	bool mainnet;
	enum ovpp_finality finality;
	unsigned int block_ms;
	uint64_t gas_max;
	const char *symbol;
	unsigned int decimals;
	uint64_t quiet_price;
};

/* By name or by chain id; NULL: it is not known. */
const struct ovpp_network *ovpp_network(const char *name);
const struct ovpp_network *ovpp_network_of(uint64_t chain_id);

#endif /* OVPP_NETWORK_H */
