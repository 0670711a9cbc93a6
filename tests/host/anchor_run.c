// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Anchors batches on a chain, for tests/host/chain.sh: adds those that are not there
 * and runs the outbox until all are anchored.
 *
 *	anchor_run address			prints the account
 *	anchor_run DB URL CONTRACT CODE BATCHES
 *
 * CONTRACT and CODE (Keccak-256 of its code) are hexadecimal without "0x"; the gateway's
 * id is 7. Status 0: all are FINAL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keccak.h"
#include "ledger_sql.h"
#include "outbox_run.h"

#define GATEWAY 7

static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[0] = 0x42, [31] = 9};

static void die(const char *what)
{
	fprintf(stderr, "anchor_run: %s\n", what);
	exit(1);
}

static struct ovpp_anchor batch(uint64_t seq)
{
	uint64_t now = (uint64_t)time(NULL) * 1000;
	struct ovpp_anchor b = {.seq = seq, .records = 3600, .t0_ms = now - 1000, .t1_ms = now};

	ovpp_keccak256(&seq, sizeof(seq), b.root);
	return b;
}

/* All at once, or only some of them: a crash comes at any time. */
static void add(sqlite3 *sql, const struct ovpp_outbox_target *target, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct ovpp_anchor b = batch(i);

		if (ovpp_outbox_add(sql, target, &b))
			die("a batch cannot be stored");
	}
}

static bool all_final(void *arg)
{
	return !ovpp_sql_number(arg, "SELECT COUNT(*) FROM intent WHERE state <> 5");
}

static void print_address(const struct ovpp_evm_key *key)
{
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(ovpp_evm_key_address(key), text);
	puts(text);
}

static void run(char **argv, const struct ovpp_evm_key *key)
{
	struct ovpp_outbox_options options = {
		.target.network = *ovpp_network("anvil"),
		.target.gateway = {[31] = GATEWAY},
		.key = key,
		.batch_gwei = 100000000,
		.day_gwei = 100000000000,
		.poll_ms = 50,
		.bump_ms = 3000,
		.settle_ms = 500,
	};
	struct ovpp_rpc_options to = {
		.url = (const char *const *)&argv[2],
		.urls = 1,
		.chain_id = options.target.network.chain_id,
		.timeout_ms = 2000,
		.size_max = 1000000,
	};
	struct ovpp_outbox *o;
	struct ovpp_rpc *rpc;
	sqlite3 *sql;
	char err[200];

	if (ovpp_unhex(argv[3], options.target.contract, OVPP_ADDRESS_SIZE) ||
	    ovpp_unhex(argv[4], options.code, OVPP_HASH_SIZE))
		die("no hexadecimal");
	if (sqlite3_open(argv[1], &sql) || ovpp_sql_exec(sql, "PRAGMA journal_mode = WAL"))
		die(argv[1]);
	if (ovpp_outbox_open(sql, &options, &o))
		die("no outbox");
	if (ovpp_rpc_open(&to, NULL, &rpc, err, sizeof(err)))
		die(err);
	add(sql, &options.target, strtoul(argv[5], NULL, 10));
	ovpp_outbox_run(o, rpc, all_final, sql);
	ovpp_outbox_close(o);
	ovpp_rpc_close(rpc);
	sqlite3_close(sql);
}

int main(int argc, char **argv)
{
	struct ovpp_evm_key *key;

	if (ovpp_evm_key_new(secret, &key))
		die("no key");
	if (argc == 2 && !strcmp(argv[1], "address"))
		print_address(key);
	else if (argc == 6)
		run(argv, key);
	else
		return 2;
	ovpp_evm_key_free(key);
	return 0;
}
