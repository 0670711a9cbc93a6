// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp chain register */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_devices.h"
#include "chain_verbs.h"
#include "clock.h"
#include "get.h"
#include "ledger_key.h"
#include "passphrase.h"
#include "show.h"

/* How long calls of before may still be on their way. */
#define PATIENCE_NS INT64_C(120000000000)

/**
 * struct registering - one run
 * @c: command line
 * @g: gateway
 * @s: how it is done
 * @keyring: keys in force
 * @since: first batch, if the gateway is registered now
 * @devices: what became of them, an array
 */
struct registering {
	struct chain c;
	struct chain_gateway g;
	struct chain_steps s;
	struct ovpp_keyring *keyring;
	uint64_t since;
	json_t *devices;
};

static int open_keys(struct registering *r)
{
	char err[PATH_MAX + 512], *passphrase;
	uint32_t epoch = (uint32_t)(r->g.keys - 1);
	int ret = chain_passphrase(&r->c, &passphrase);

	if (ret)
		return ret;
	ret = ovpp_ledger_key_open(r->g.sql, epoch, r->c.keys, passphrase, &r->keyring, err,
				   sizeof(err));
	ovpp_passphrase_free(passphrase);
	if (!ret)
		return CLI_OK;
	cli_error(r->c.cli, "%s", err);
	return CLI_REFUSED;
}

/* ---- from which batch on ---- */

static int read_since(struct registering *r)
{
	const char *text = cli_value(r->c.cli, "since");
	uint64_t first = chain_gateway_key(&r->g)->from;

	r->since = r->g.batches;
	if (!text)
		return CLI_OK;
	if (!strcmp(text, "all")) {
		r->since = first;
		return CLI_OK;
	}
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 14)
		return cli_wrong(r->c.cli, "--since: 'all' or the number of a batch, not '%s'",
				 text);
	r->since = strtoull(text, NULL, 10);
	if (r->since < first)
		return cli_wrong(r->c.cli,
				 "--since: the key in force signs from batch %llu on: those before "
				 "cannot be anchored under it",
				 (unsigned long long)first);
	if (r->since > r->g.batches)
		return cli_wrong(r->c.cli, "--since: %llu is the next batch",
				 (unsigned long long)r->g.batches);
	return CLI_OK;
}

/* It was decided when it was registered. */
static void check_since(const struct registering *r)
{
	if (r->g.state.registered && cli_value(r->c.cli, "since") && r->since != r->g.state.since)
		fprintf(stderr,
			"the gateway is registered since batch %llu, which stays so: --since does "
			"nothing\n",
			(unsigned long long)r->g.state.since);
}

/* ---- calls of before ---- */

/**
 * struct settling - calls are on their way since an earlier run
 * @r: this run
 * @end_ns: when it is given up
 * @left: how many
 */
struct settling {
	const struct registering *r;
	int64_t end_ns;
	json_int_t left;
};

/* An ovpp_evm_run() stop. */
static bool is_settled(void *arg)
{
	struct settling *w = arg;
	struct ovpp_outbox_target target = ovpp_chain_config_target(&w->r->c.config);
	json_t *status = ovpp_outbox_status(w->r->g.sql, &target);

	w->left = get_int(status, "calls");
	json_decref(status);
	return !w->left || clock_ns(CLOCK_MONOTONIC) > w->end_ns;
}

/* What an interrupted run has left comes first: else it might be asked for twice. */
static int settle(const struct registering *r)
{
	const struct ovpp_evm_sender from = {.key = r->c.key, .database = r->c.database};
	struct settling w = {.r = r, .end_ns = clock_ns(CLOCK_MONOTONIC) + PATIENCE_NS};
	int ret = ovpp_evm_run(r->c.session, &from, is_settled, &w);

	if (ret)
		return chain_failed(&r->c, "calls that are on their way", ret);
	if (!w.left)
		return CLI_OK;
	cli_error(r->c.cli,
		  "%lld calls are still on their way: try again later; 'ovpp chain status' says "
		  "more",
		  (long long)w.left);
	return CLI_REFUSED;
}

/* ---- the gateway ---- */

static int find(struct registering *r)
{
	const uint8_t *owner = r->c.config.has_owner ? r->c.config.owner
						     : ovpp_evm_key_address(r->c.key);

	return chain_gateway_find(&r->c, &r->g, owner);
}

static int do_gateway(struct registering *r)
{
	const struct ovpp_key_statement *key = chain_gateway_key(&r->g);
	struct ovpp_registry_subject subject = {.kind = OVPP_REGISTRY_GATEWAY, .since = r->since};

	memcpy(subject.id, r->g.identity.id, sizeof(subject.id));
	memcpy(subject.owner, r->g.identity.owner, sizeof(subject.owner));
	memcpy(subject.operator, ovpp_evm_key_address(r->c.key), sizeof(subject.operator));
	memcpy(subject.key, key->key, sizeof(subject.key));
	return chain_steps_do(&r->s, "the gateway", &r->g.state, &subject, ovpp_keyring_sign,
			      r->keyring);
}

/* What the contract has now goes into the ledger, also when something went wrong. */
static int note(struct registering *r, int status)
{
	int ret;

	if (r->s.prepare)
		return status;
	ret = find(r);
	if (!ret && r->g.state.registered)
		ret = chain_gateway_put(&r->c, &r->g);
	return status ? status : ret;
}

/* ---- what is said ---- */

static json_t *gateway_json(const struct chain_gateway *g)
{
	return json_pack("{s:o, s:o, s:I, s:I}", "id",
			 chain_hex(g->identity.id, sizeof(g->identity.id)), "owner",
			 chain_address(g->identity.owner), "since", (json_int_t)g->identity.since,
			 "epoch", (json_int_t)g->identity.epoch);
}

static json_t *result_json(const struct registering *r)
{
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:O, s:O}", "network",
			 r->c.config.network->name, "chain_id", (json_int_t)r->g.at.chain_id,
			 "registry", chain_address(r->g.at.address), "account",
			 chain_address(ovpp_evm_key_address(r->c.key)), "gateway",
			 gateway_json(&r->g), "devices", r->devices, "sent", r->s.done);
}

static void print_sent(const struct registering *r)
{
	const json_t *done;
	char coin[CHAIN_COIN_TEXT];
	size_t i;

	json_array_foreach (r->s.done, i, done)
		printf("%s: in block %lld, for %s\n", get_str(done, "what"),
		       (long long)get_int(done, "block"),
		       chain_coin(&r->c, (uint64_t)get_int(done, "cost_gwei"), coin));
	if (!json_array_size(r->s.done))
		puts("nothing was missing");
}

static void print_text(const struct registering *r)
{
	const json_t *device;
	char id[2 * 32 + 1];
	size_t i;

	print_sent(r);
	ovpp_hex(r->g.identity.id, sizeof(r->g.identity.id), id);
	printf("gateway  0x%s\n         on %s; its batches are anchored from %llu on\n", id,
	       r->c.config.network->name, (unsigned long long)r->g.identity.since);
	json_array_foreach (r->devices, i, device)
		printf("device   %s\n         %s\n", get_str(device, "id"),
		       get_str(device, "name"));
}

/* All that the second half needs to be the same as this one. */
static int print_prepared(const struct registering *r)
{
	json_t *all = json_pack("{s:I, s:I, s:O}", "since", (json_int_t)r->since, "deadline",
				(json_int_t)r->s.deadline, "sign", r->s.done);
	int ret = show_json(all);

	json_decref(all);
	if (json_array_size(r->s.done) && !ret)
		fprintf(stderr,
			"%llu: sign it with eth_signTypedData_v4, then: ovpp chain register%s "
			"--since %llu --deadline %llu --owner-signature 0x...\n",
			(unsigned long long)json_array_size(r->s.done),
			cli_flag(r->c.cli, "devices") ? " --devices" : "",
			(unsigned long long)r->since, (unsigned long long)r->s.deadline);
	return ret;
}

static int report(const struct registering *r)
{
	json_t *all;
	int ret;

	if (r->s.prepare)
		return print_prepared(r);
	if (!r->c.cli->json) {
		print_text(r);
		return CLI_OK;
	}
	all = result_json(r);
	ret = show_json(all);
	json_decref(all);
	return ret;
}

static int begin(struct registering *r, struct cli *cli)
{
	int ret = chain_begin(&r->c, cli);

	if (!ret)
		ret = chain_gateway_open(&r->c, &r->g, true);
	if (!ret)
		ret = read_since(r);
	if (!ret)
		ret = chain_steps_begin(&r->s, &r->c, &r->g);
	if (!ret)
		ret = chain_account(&r->c);
	if (!ret)
		ret = open_keys(r);
	return ret ? ret : chain_connect(&r->c);
}

static int run(struct registering *r)
{
	int ret = r->s.prepare ? CLI_OK : settle(r);

	if (!ret)
		ret = find(r);
	if (ret)
		return ret;
	check_since(r);
	ret = note(r, do_gateway(r));
	if (!ret)
		ret = chain_devices(&r->s, r->keyring, r->since, r->devices);
	return ret ? ret : report(r);
}

int chain_register(struct cli *cli)
{
	struct registering *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return CLI_REFUSED;
	r->devices = json_array();
	ret = begin(r, cli);
	if (!ret)
		ret = run(r);
	ovpp_keyring_close(r->keyring);
	chain_steps_end(&r->s);
	chain_gateway_close(&r->g);
	chain_end(&r->c);
	json_decref(r->devices);
	free(r);
	return ret;
}
