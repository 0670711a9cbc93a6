/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a gateway in the registry. */
#ifndef OVPP_CHAIN_DEVICES_H
#define OVPP_CHAIN_DEVICES_H

#include "chain_steps.h"
#include "keyring.h"

/**
 * chain_devices() - do what is missing of the devices' identities
 * @s: how
 * @keyring: keys in force
 * @since: first batch of those that are registered now
 * @devices: gets an object of each
 *
 * All devices of the ledger with --devices; else those that are registered already, whose
 * keys change with the gateway's. Return: enum cli_status.
 */
int chain_devices(struct chain_steps *s, const struct ovpp_keyring *keyring, uint64_t since,
		  json_t *devices);

#endif /* OVPP_CHAIN_DEVICES_H */
