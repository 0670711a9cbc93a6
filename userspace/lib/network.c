// SPDX-License-Identifier: GPL-2.0-or-later
#include "network.h"

#include <stddef.h>
#include <string.h>

/* EIP-7825. */
#define TX_GAS_MAX (UINT64_C(1) << 24)
#define GWEI UINT64_C(1000000000)

static const struct ovpp_network known[] = {
	{"base", 8453, true, OVPP_FINALITY_TAG, 2000, TX_GAS_MAX, "ETH", 18, GWEI / 200},
	{"base-sepolia", 84532, false, OVPP_FINALITY_TAG, 2000, TX_GAS_MAX, "ETH", 18, GWEI / 200},
	{"arc", 5042, true, OVPP_FINALITY_RECEIPT, 500, TX_GAS_MAX, "USDC", 18, 20 * GWEI},
	{"arc-testnet", 5042002, false, OVPP_FINALITY_RECEIPT, 500, TX_GAS_MAX, "USDC", 18,
	 20 * GWEI},
	{"anvil", 31337, false, OVPP_FINALITY_TAG, 1000, TX_GAS_MAX, "ETH", 18, GWEI},
};

#define N_KNOWN (sizeof(known) / sizeof(*known))

const struct ovpp_network *ovpp_network(const char *name)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}

const struct ovpp_network *ovpp_network_of(uint64_t chain_id)
{
	for (size_t i = 0; i < N_KNOWN; i++)
		if (known[i].chain_id == chain_id)
			return &known[i];
	return NULL;
}
