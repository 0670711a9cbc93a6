// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp chain status */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "account.h"
#include "chain_gateway.h"
#include "chain_verbs.h"
#include "get.h"
#include "show.h"
#include "table.h"

#define DAY_S 86400

/**
 * struct status - what is found out
 * @c: command line; its session is NULL if no node answers
 * @g: gateway
 * @has_account: @account is set
 * @account: the gateway's
 * @time_s: of the newest block; without a node, of this machine
 * @all: answer
 * @problems: in it: what somebody has to do something about
 */
struct status {
	struct chain c;
	struct chain_gateway g;
	bool has_account;
	ovpp_address account;
	uint64_t time_s;
	json_t *all;
	json_t *problems;
};

static void problem(struct status *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void problem(struct status *s, const char *fmt, ...)
{
	char text[PATH_MAX + 512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(s->problems, json_string(text));
}

/* ---- the chain ---- */

static void look_at_node(struct status *s)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_BLOCK, .tag = OVPP_ETH_LATEST};
	struct ovpp_eth_answer a = {0};
	char err[1024];
	int ret = ovpp_evm_session_open(&s->c.config, &s->c.session, err, sizeof(err));

	s->time_s = (uint64_t)time(NULL);
	if (!ret) {
		ovpp_evm_ask(s->c.session, &req, &a);
		snprintf(err, sizeof(err), "%s", a.text);
		ret = a.result != OVPP_ETH_OK;
	}
	if (ret)
		problem(s, "%s", err);
	else
		s->time_s = a.time;
	json_object_set_new(s->all, "node",
			    json_pack("{s:s, s:b, s:o}", "url", s->c.config.url[0], "reachable",
				      !ret, "block",
				      ret ? json_null() : json_integer((json_int_t)a.block)));
	ovpp_eth_answer_free(&a);
}

/* A contract that is asked for anything is looked at first. */
static void look_at_contract(struct status *s, enum ovpp_contract contract)
{
	const struct ovpp_deployed *d = &s->c.config.deployment.contract[contract];
	struct ovpp_eth_request req = {.method = OVPP_ETH_CODE};
	struct ovpp_eth_answer a = {0};
	bool right = false;

	memcpy(req.to, d->address, sizeof(req.to));
	if (s->c.session) {
		ovpp_evm_ask(s->c.session, &req, &a);
		right = a.result == OVPP_ETH_OK && !memcmp(a.hash, d->code, sizeof(d->code));
		if (a.result == OVPP_ETH_ABSENT || (a.result == OVPP_ETH_OK && !right))
			problem(s, "%s: %s", ovpp_contract_name(contract),
				a.result ? "there is no contract at its address"
					 : "the contract at its address is another one than the "
					   "deployment file says");
	}
	json_array_append_new(json_object_get(s->all, "contracts"),
			      json_pack("{s:s, s:o, s:o}", "name", ovpp_contract_name(contract),
					"address", chain_address(d->address), "right",
					s->c.session ? json_boolean(right) : json_null()));
	ovpp_eth_answer_free(&a);
}

static void look_at_contracts(struct status *s)
{
	json_object_set_new(s->all, "contracts", json_array());
	for (int i = 0; i < N_OVPP_CONTRACTS; i++) {
		if (s->c.config.deployment.contract[i].known)
			look_at_contract(s, i);
	}
}

static void look_at_account(struct status *s)
{
	char err[PATH_MAX + 512];
	json_t *balance = json_null();
	uint64_t gwei;

	s->has_account = !ovpp_account_address(s->c.keys, s->account, err, sizeof(err));
	if (!s->has_account)
		problem(s, "%s: 'ovpp chain account' makes it", err);
	else if (s->c.session && !chain_balance(&s->c, s->account, &gwei)) {
		balance = json_integer((json_int_t)gwei);
		if (!gwei)
			problem(s, "the account has no %s to pay transactions with",
				s->c.config.network->symbol);
	}
	json_object_set_new(s->all, "account",
			    json_pack("{s:o, s:o, s:s}", "address",
				      s->has_account ? chain_address(s->account) : json_null(),
				      "balance_gwei", balance, "symbol",
				      s->c.config.network->symbol));
}

/* ---- the identity ---- */

static void judge_identity(struct status *s)
{
	const struct ovpp_registry_state *state = &s->g.state;
	const struct ovpp_registry_key *last = &state->key[state->keys ? state->keys - 1 : 0];
	char address[OVPP_ADDRESS_TEXT];

	if (!state->registered) {
		problem(s, "the gateway is not registered on %s%s", s->c.config.network->name,
			s->g.known ? ", though the ledger says so" : ": 'ovpp chain register'");
		return;
	}
	if (!s->g.known)
		problem(s, "the gateway is registered, but the ledger does not say so yet: "
			   "'ovpp chain register'");
	if (last->until != OVPP_REGISTRY_OPEN)
		problem(s, "the gateway's key is revoked there: 'ovpp key rotate', then 'ovpp "
			   "chain register'");
	if (s->has_account && memcmp(state->operator, s->account, sizeof(s->account))) {
		ovpp_address_format(state->operator, address);
		problem(s, "%s acts for the gateway there, not its account: 'ovpp chain register'",
			address);
	}
}

/* From the ledger alone. */
static json_t *known_identity(const struct status *s)
{
	const struct ovpp_identity *i = &s->g.identity;

	if (!s->g.known)
		return json_null();
	return json_pack("{s:o, s:o, s:I, s:I, s:o}", "id", chain_hex(i->id, sizeof(i->id)),
			 "owner", chain_address(i->owner), "since", (json_int_t)i->since, "epoch",
			 (json_int_t)i->epoch, "waits_from",
			 i->until == UINT64_MAX ? json_null() : json_integer((json_int_t)i->until));
}

static void look_at_identity(struct status *s)
{
	const uint8_t *owner = s->c.config.has_owner ? s->c.config.owner : s->account;
	const struct ovpp_registry_state *state = &s->g.state;
	json_t *identity = known_identity(s), *there = json_null();

	if (s->g.known && s->g.identity.until != UINT64_MAX)
		problem(s,
			"batches from %llu on wait: the chain does not know the key yet that "
			"signs them: 'ovpp chain register'",
			(unsigned long long)s->g.identity.until);
	if (s->c.session && (s->g.known || s->has_account || s->c.config.has_owner)) {
		if (chain_gateway_find(&s->c, &s->g, owner)) {
			problem(s, "the gateway's identity cannot be read");
		} else {
			judge_identity(s);
			there = state->registered
					? json_pack("{s:o, s:o, s:I, s:b, s:I}", "owner",
						    chain_address(state->owner), "operator",
						    chain_address(state->operator), "keys",
						    (json_int_t)state->keys, "revoked",
						    state->key[state->keys - 1].until !=
							    OVPP_REGISTRY_OPEN,
						    "next", (json_int_t)state->next)
					: json_null();
		}
	}
	json_object_set_new(s->all, "identity", identity);
	json_object_set_new(s->all, "on_chain", there);
}

/* ---- the outbox ---- */

static void look_at_outbox(struct status *s)
{
	struct ovpp_outbox_target target = ovpp_chain_config_target(&s->c.config);
	json_t *outbox = ovpp_outbox_status(s->g.sql, &target);
	const char *held = get_str(outbox, "held");
	int64_t spent = 0;

	if (held)
		problem(s, "batches are held: %s", held);
	json_object_set_new(s->all, "batches", json_integer((json_int_t)s->g.batches));
	json_object_set_new(s->all, "outbox", outbox);
	/* Without tables nothing was spent. */
	if (s->has_account)
		ovpp_outbox_spent(s->g.sql, s->g.at.chain_id, s->account,
				  (int64_t)(s->time_s / DAY_S), &spent);
	json_object_set_new(s->all, "budget",
			    json_pack("{s:I, s:I, s:I}", "batch_gwei",
				      (json_int_t)s->c.config.batch_gwei, "day_gwei",
				      (json_int_t)s->c.config.day_gwei, "spent_gwei",
				      (json_int_t)spent));
}

/* ---- what is said ---- */

static void row(struct table *t, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void row(struct table *t, const char *label, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_add(t, label);
	table_add(t, text);
}

static void add_chain(const struct status *s, struct table *t)
{
	const json_t *node = json_object_get(s->all, "node"), *contract;
	const json_t *account = json_object_get(s->all, "account");
	char coin[CHAIN_COIN_TEXT] = "";
	size_t i, right = 0;

	row(t, "network", "%s, chain %llu", s->c.config.network->name,
	    (unsigned long long)s->c.config.network->chain_id);
	if (s->c.session)
		row(t, "node", "%s, block %lld", get_str(node, "url"), get_int(node, "block"));
	else
		row(t, "node", "%s does not answer", get_str(node, "url"));
	json_array_foreach (json_object_get(s->all, "contracts"), i, contract)
		right += json_is_true(json_object_get(contract, "right"));
	if (s->c.session)
		row(t, "contracts", "%zu of %zu are right", right,
		    json_array_size(json_object_get(s->all, "contracts")));
	if (json_is_integer(json_object_get(account, "balance_gwei")))
		chain_coin(&s->c, (uint64_t)get_int(account, "balance_gwei"), coin);
	if (s->has_account)
		row(t, "account", "%s%s%s", get_str(account, "address"), *coin ? ", " : "", coin);
}

static void add_identity(const struct status *s, struct table *t)
{
	const json_t *identity = json_object_get(s->all, "identity");
	const json_t *there = json_object_get(s->all, "on_chain");

	if (json_is_object(identity)) {
		row(t, "gateway", "%s", get_str(identity, "id"));
		row(t, "registered", "since batch %lld, with the key of epoch %lld",
		    get_int(identity, "since"), get_int(identity, "epoch"));
	}
	if (json_is_object(there)) {
		row(t, "owner", "%s", get_str(there, "owner"));
		row(t, "next batch", "%lld there, %llu here", get_int(there, "next"),
		    (unsigned long long)s->g.batches);
	}
}

static void add_outbox(const struct status *s, struct table *t)
{
	const json_t *outbox = json_object_get(s->all, "outbox"), *n;
	const json_t *budget = json_object_get(s->all, "budget");
	char spent[CHAIN_COIN_TEXT], day[CHAIN_COIN_TEXT];
	const char *state;

	json_object_foreach ((json_t *)json_object_get(outbox, "states"), state, n) {
		if (json_integer_value(n))
			row(t, state, "%lld batches", (long long)json_integer_value(n));
	}
	if (get_int(outbox, "calls"))
		row(t, "calls", "%lld on their way", get_int(outbox, "calls"));
	row(t, "spent today", "%s of %s",
	    chain_coin(&s->c, (uint64_t)get_int(budget, "spent_gwei"), spent),
	    chain_coin(&s->c, (uint64_t)get_int(budget, "day_gwei"), day));
}

static int report(const struct status *s)
{
	struct table *t;
	const json_t *text;
	size_t i;

	if (s->c.cli->json) {
		show_json(s->all);
		return json_array_size(s->problems) ? CLI_NO : CLI_OK;
	}
	t = table_new(NULL, 2);
	if (!t)
		return CLI_REFUSED;
	add_chain(s, t);
	add_identity(s, t);
	add_outbox(s, t);
	table_print(t, stdout, "\n");
	table_free(t);
	json_array_foreach (s->problems, i, text)
		printf("%s! %s\n", i ? "" : "\n", json_string_value(text));
	return json_array_size(s->problems) ? CLI_NO : CLI_OK;
}

static int run(struct status *s)
{
	s->problems = json_array();
	s->all = json_pack("{s:s, s:I, s:b}", "network", s->c.config.network->name, "chain_id",
			   (json_int_t)s->c.config.network->chain_id, "mainnet",
			   s->c.config.network->mainnet);
	look_at_node(s);
	look_at_contracts(s);
	look_at_account(s);
	look_at_identity(s);
	look_at_outbox(s);
	json_object_set(s->all, "problems", s->problems);
	return report(s);
}

int chain_status(struct cli *cli)
{
	struct status s = {0};
	int ret = chain_begin(&s.c, cli);

	if (!ret)
		ret = chain_gateway_open(&s.c, &s.g, false);
	if (!ret)
		ret = run(&s);
	json_decref(s.all);
	json_decref(s.problems);
	chain_gateway_close(&s.g);
	chain_end(&s.c);
	return ret;
}
