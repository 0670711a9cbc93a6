/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chain that a gateway, or somebody at a desk, works with: the section "chain" of
 * the daemon's configuration file, which the command line reads, too.
 *
 *	chain:
 *	  network: base-sepolia
 *	  rpc: [https://sepolia.base.org]
 *	  deployment: /etc/openvpp/base-sepolia.json
 *	  owner: "0x..."	# of the gateway's identity; default: its own account
 *	  budget: { batch_gwei: 20000, day_gwei: 2000000 }
 *	  mainnet: true		# needed for a chain whose money is worth something
 *	  ca_file: FILE		# certificates to trust instead of the system's
 */
#ifndef OVPP_CHAIN_CONFIG_H
#define OVPP_CHAIN_CONFIG_H

#include <jansson.h>

#include "deployment.h"
#include "network.h"
#include "outbox.h"
#include "rpc.h"

/**
 * struct ovpp_chain_config - the section; all zero at first
 * @network: chain
 * @deployment: contracts there
 * @url: endpoints, the first one is preferred
 * @urls: how many
 * @ca_file: certificates, or NULL
 * @mainnet: also where it costs money
 * @has_owner: @owner is set
 * @owner: of the gateway's identity
 * @batch_gwei: what the transaction of one batch may cost, in 10^-9 of the coin
 * @day_gwei: what all transactions of a day may cost
 */
struct ovpp_chain_config {
	const struct ovpp_network *network;
	struct ovpp_deployment deployment;
	char *url[OVPP_RPC_ENDPOINTS];
	size_t urls;
	char *ca_file;
	bool mainnet;
	bool has_owner;
	ovpp_address owner;
	uint64_t batch_gwei;
	uint64_t day_gwei;
};

/**
 * ovpp_chain_config_read() - the section as JSON
 * @section: it
 * @c: set; to be freed with ovpp_chain_config_free() in any case
 * @err: room for a text "KEY: what", set on error
 * @size: its size
 *
 * A mainnet without mainnet: true is an error, and so is a deployment of another chain.
 *
 * Return: 0; -EINVAL; or another -errno.
 */
int ovpp_chain_config_read(const json_t *section, struct ovpp_chain_config *c, char *err,
			   size_t size);
void ovpp_chain_config_free(struct ovpp_chain_config *c);

/* Where the batches of the ledger's gateway go: its identity says which that is. */
struct ovpp_outbox_target ovpp_chain_config_target(const struct ovpp_chain_config *c);

/* How the outbox of an account sends, which @key is of (borrowed). */
struct ovpp_outbox_options ovpp_chain_config_outbox(const struct ovpp_chain_config *c,
						    const struct ovpp_evm_key *key);

#endif /* OVPP_CHAIN_CONFIG_H */
