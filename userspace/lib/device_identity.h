/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities of devices on chains, as far as this ledger knows them. A row is written
 * before its device is registered, so that it is found again if that is interrupted.
 */
#ifndef OVPP_DEVICE_IDENTITY_H
#define OVPP_DEVICE_IDENTITY_H

#include <sqlite3.h>
#include <stdbool.h>

#include "abi.h"

/**
 * struct ovpp_device_identity - an identity
 * @chain_id: chain
 * @registry: contract DeviceRegistry
 * @device: number in the ledger's table device
 * @id: number of the asset
 * @key: public key that it is registered with
 * @registered: it was seen there
 */
struct ovpp_device_identity {
	uint64_t chain_id;
	ovpp_address registry;
	int64_t device;
	uint8_t id[32];
	uint8_t key[OVPP_KEY_SIZE];
	bool registered;
};

/* @out has chain, registry and device. 0; -ENOENT: there is none; or another -errno. */
int ovpp_device_identity_get(sqlite3 *sql, struct ovpp_device_identity *out);

/* Puts it in the place of what is known of that device. 0 or -errno. */
int ovpp_device_identity_put(sqlite3 *sql, const struct ovpp_device_identity *identity);

#endif /* OVPP_DEVICE_IDENTITY_H */
