/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which contracts there are on a chain: the file that deploying them has written
 * (docs/contracts.md, "Deploying").
 */
#ifndef OVPP_DEPLOYMENT_H
#define OVPP_DEPLOYMENT_H

#include <stdbool.h>

#include "abi.h"

enum ovpp_contract {
	OVPP_DEVICE_REGISTRY,
	OVPP_TELEMETRY_ANCHOR,
	OVPP_REWARD_LEDGER,
	OVPP_REWARD_CLAIMS,
	OVPP_PARAMETER_STORE,
	OVPP_TOKEN,
	OVPP_GOVERNOR,
	OVPP_TIMELOCK,
	OVPP_DEVICE_NFT,
	N_OVPP_CONTRACTS
};

/* "DeviceRegistry", as the file has it. */
const char *ovpp_contract_name(enum ovpp_contract contract);

/**
 * struct ovpp_deployed - a contract on a chain
 * @known: the file has it
 * @address: where
 * @code: Keccak-256 of its code
 */
struct ovpp_deployed {
	bool known;
	ovpp_address address;
	ovpp_hash code;
};

/**
 * struct ovpp_deployment - the contracts
 * @chain_id: EIP-155's
 * @first_block: there are no events before
 * @contract: by enum ovpp_contract
 */
struct ovpp_deployment {
	uint64_t chain_id;
	uint64_t first_block;
	struct ovpp_deployed contract[N_OVPP_CONTRACTS];
};

/**
 * ovpp_deployment_read() - read the file
 * @path: file
 * @d: set
 * @err: room for a text, set on error
 * @size: its size
 *
 * Contracts that are not known here are passed over.
 *
 * Return: 0; -EINVAL: it is no such file; or another -errno.
 */
int ovpp_deployment_read(const char *path, struct ovpp_deployment *d, char *err, size_t size);

#endif /* OVPP_DEPLOYMENT_H */
