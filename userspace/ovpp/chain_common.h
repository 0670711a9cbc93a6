/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all verbs share that work with a chain: the configuration, an account with its
 * outbox, a session. What goes wrong is printed; each returns enum cli_status.
 */
#ifndef OVPP_CHAIN_COMMON_H
#define OVPP_CHAIN_COMMON_H

#include "cli.h"
#include "evm_session.h"

/* The options of such a verb; the last one where the account may be another one. */
#define CHAIN_OPTIONS                                                                       \
	{"config", "FILE",                                                                  \
	 "With the sections 'chain' and 'ledger'. Default /etc/openvpp/ovppd.yaml."},       \
		{"ledger", "FILE", "The ledger. Default: as configured."},                  \
		{"keys", "DIR", "The folder of its keys. Default: as configured."},         \
	{                                                                                   \
		"passphrase-file", "FILE",                                                  \
			"One line: the passphrase of the keys. Default: as configured, or " \
			"$OVPP_PASSPHRASE_FILE."                                            \
	}
#define CHAIN_OPTION_KEY                                                              \
	{                                                                             \
		"key", "FILE",                                                        \
			"Instead of the gateway's account: the one of this file, 64 " \
			"hexadecimal digits. What it sends is kept in FILE.outbox."   \
	}

/* Room for an amount of a chain's coin: "0.000123 ETH". */
#define CHAIN_COIN_TEXT 48

/**
 * struct chain - a command line that works with a chain
 * @cli: command line
 * @file: configuration file
 * @config: its section 'chain'
 * @ledger: path
 * @keys: folder
 * @passphrase_file: path or NULL
 * @key: account, once chain_account() was called
 * @database: that its outbox is in
 * @session: once chain_connect() was called
 */
struct chain {
	struct cli *cli;
	json_t *file;
	struct ovpp_chain_config config;
	const char *ledger;
	char *keys;
	const char *passphrase_file;
	struct ovpp_evm_key *key;
	char *database;
	struct ovpp_evm_session *session;
};

/* Reads the configuration. @c: to be ended with chain_end() in any case. */
int chain_begin(struct chain *c, struct cli *cli);
void chain_end(struct chain *c);

/* The passphrase of the keys, or NULL; to be freed with ovpp_passphrase_free(). */
int chain_passphrase(const struct chain *c, char **passphrase);

/* Opens the account: that of --key, or the gateway's, which is made if there is none. */
int chain_account(struct chain *c);

/* Finds a node that answers, and is of the chain. */
int chain_connect(struct chain *c);

/* Opens the database of the ledger, which must be there, with the tables of the chain. */
int chain_ledger(const struct chain *c, sqlite3 **sql);

/* Prints why a call of the session has failed, which returned @err. */
int chain_failed(const struct chain *c, const char *what, int err);

/**
 * chain_send() - have a call sent by the account, and wait until it is mined
 * @c: with account and session
 * @contract: what is called
 * @what: for people, "register the gateway"
 * @signature: as for ovpp_evm_send()
 * @arg: arguments
 * @n_args: their number
 * @result: set
 *
 * What it costs at most is said before, on standard error, and that there is not that
 * much on the account.
 */
int chain_send(const struct chain *c, enum ovpp_contract contract, const char *what,
	       const char *signature, const struct ovpp_abi *arg, size_t n_args,
	       struct ovpp_outbox_call_result *result);

/* Balance of an account in 10^-9 of the coin, rounded down. */
int chain_balance(const struct chain *c, const ovpp_address account, uint64_t *gwei);

/* So many 10^-9 of the chain's coin; returns @text. */
const char *chain_coin(const struct chain *c, uint64_t gwei, char text[CHAIN_COIN_TEXT]);

/* Address and bytes ("0x...") as new JSON texts. */
json_t *chain_address(const ovpp_address address);
json_t *chain_hex(const void *data, size_t size);

/* A call's result as a new object: "tx", "block", "gas", "cost_gwei". */
json_t *chain_result(const struct ovpp_outbox_call_result *result);

#endif /* OVPP_CHAIN_COMMON_H */
