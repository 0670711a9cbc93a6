// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp chain */
#include "chain_verbs.h"

#include "chain_common.h"

static const struct cli_option options[] = {CHAIN_OPTIONS, {0}};

static const struct cli_option register_options[] = {
	{"since", "N|all",
	 "The first batch that is anchored. Default: the next one; all: the first one that the "
	 "key in force has signed."},
	{"devices", NULL, "Register the devices of the ledger, too."},
	{"owner-key", "FILE", "The owner's secret key, 64 hexadecimal digits: it consents."},
	{"prepare", NULL,
	 "Send nothing: print what the owner has to sign in a wallet (eth_signTypedData_v4)."},
	{"owner-signature", "HEX...", "Such a signature. May be given several times."},
	{"deadline", "T",
	 "Until when signatures are valid, in s since 1970; as it was prepared. Default: in a "
	 "week."},
	CHAIN_OPTIONS,
	{0},
};

static const struct cli_option anchor_options[] = {
	{"wait", "mined|final", "Until the batches are in a block, or for good. Default mined."},
	{"timeout", "S", "Give up after so many seconds; exit status 1. Default: never."},
	CHAIN_OPTIONS,
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "status",
	 .doc = "What is on the chain, and what is on its way. Exit status 1 if something is "
		"wrong.",
	 .options = options,
	 .json = "Print JSON: network, chain_id, node, contracts, account, identity, batches, "
		 "outbox, budget and problems.",
	 .run = chain_status},
	{.name = "register",
	 .doc = "Give the gateway an identity on the chain, under which its batches are anchored; "
		"or send what is missing there: a new key, a revocation. It can be run again at "
		"any time.",
	 .options = register_options,
	 .json = "Print JSON: network, chain_id, registry, account, gateway, devices and sent; "
		 "with --prepare: since, deadline and sign.",
	 .run = chain_register},
	{.name = "anchor",
	 .doc = "Send the batches that wait, or wait for the daemon that does.",
	 .options = anchor_options,
	 .json = "Print JSON: batches, anchored, states, done and trouble.",
	 .run = chain_anchor},
	{.name = "account",
	 .doc = "The gateway's account, which is made if there is none: its address and balance.",
	 .options = options,
	 .json = "Print JSON: network, chain_id, address, balance_gwei and symbol.",
	 .run = chain_show_account},
	{0},
};

const struct cli_command cmd_chain = {
	.name = "chain",
	.doc = "The chain: the gateway's identity there, and its batches.",
	.about = "The section 'chain' of the daemon's configuration says which chain, and by\n"
		 "which nodes. While ovppd runs it sends batches by itself.\n"
		 "\n"
		 "examples:\n"
		 "  sudo ovpp chain account                # send it some of the chain's coin\n"
		 "  sudo ovpp chain register --devices\n"
		 "  ovpp chain status\n"
		 "  sudo ovpp chain anchor --wait final --timeout 3600\n",
	.verbs = verbs,
};
