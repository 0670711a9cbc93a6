// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp chain anchor */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain_gateway.h"
#include "chain_verbs.h"
#include "clock.h"
#include "get.h"
#include "show.h"

#define NS_PER_S INT64_C(1000000000)

/**
 * struct anchoring - batches on their way
 * @c: command line
 * @g: gateway
 * @target: where they go
 * @until: state that is waited for
 * @end_ns: CLOCK_MONOTONIC when it is given up; 0: never
 * @status: of the outbox, at the last look
 * @anchored: batches that are there
 * @all: all of them are
 * @late: it is given up
 */
struct anchoring {
	const struct chain *c;
	struct chain_gateway *g;
	struct ovpp_outbox_target target;
	enum ovpp_outbox_state until;
	int64_t end_ns;
	json_t *status;
	json_int_t anchored;
	bool all;
	bool late;
};

/* Batches that have come so far. */
static json_int_t arrived(const struct anchoring *a)
{
	const json_t *states = json_object_get(a->status, "states");
	json_int_t n = get_int(states, "FINAL");

	if (a->until == OVPP_OUTBOX_MINED)
		n += get_int(states, "MINED") + get_int(states, "SAFE");
	return n;
}

/* What becomes more while this waits is not waited for. */
static json_int_t wanted(const struct anchoring *a)
{
	const struct ovpp_identity *i = &a->g->identity;
	uint64_t end = a->g->batches < i->until ? a->g->batches : i->until;

	return end > i->since ? (json_int_t)(end - i->since) : 0;
}

static void show_progress(const struct anchoring *a)
{
	const char *held = get_str(a->status, "held");

	if (!a->c->cli->json && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%lld of %lld batches%s%s\033[K", (long long)a->anchored,
			(long long)wanted(a), held ? ": " : "", held ? held : "");
}

/* Is there nothing more to wait for? An ovpp_evm_run() stop. */
static bool look(void *arg)
{
	struct anchoring *a = arg;

	json_decref(a->status);
	a->status = ovpp_outbox_status(a->g->sql, &a->target);
	a->anchored = arrived(a);
	a->all = a->anchored >= wanted(a);
	a->late = a->end_ns && clock_ns(CLOCK_MONOTONIC) >= a->end_ns;
	show_progress(a);
	return a->all || a->late;
}

static int report(const struct anchoring *a)
{
	const char *held = get_str(a->status, "held");
	json_t *o;

	if (a->c->cli->json) {
		o = json_pack("{s:I, s:I, s:O, s:b, s:s?}", "batches", wanted(a), "anchored",
			      a->anchored, "states", json_object_get(a->status, "states"), "done",
			      a->all, "trouble", held);
		show_json(o);
		json_decref(o);
	} else {
		printf("%lld of %lld batches are %s%s%s\n", (long long)a->anchored,
		       (long long)wanted(a), a->until == OVPP_OUTBOX_MINED ? "anchored" : "final",
		       held ? ": " : "", held ? held : "");
	}
	if (a->g->identity.until < a->g->batches)
		cli_error(a->c->cli,
			  "the others wait: the chain does not know the key yet that signed them; "
			  "'ovpp chain register' tells it");
	return a->all && a->g->identity.until >= a->g->batches ? CLI_OK : CLI_NO;
}

static int run(struct anchoring *a)
{
	const struct ovpp_evm_sender from = {.key = a->c->key, .database = a->c->database};
	int ret;

	if (!a->g->known) {
		cli_error(a->c->cli,
			  "the gateway is not registered on %s: 'ovpp chain register' "
			  "does that",
			  a->c->config.network->name);
		return CLI_REFUSED;
	}
	ret = ovpp_evm_run(a->c->session, &from, look, a);
	if (!a->c->cli->json && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	return ret ? chain_failed(a->c, "anchoring", ret) : report(a);
}

static int read_options(struct cli *cli, struct anchoring *a)
{
	const char *wait = cli_value(cli, "wait"), *timeout = cli_value(cli, "timeout");

	a->until = OVPP_OUTBOX_MINED;
	if (wait && !strcmp(wait, "final"))
		a->until = OVPP_OUTBOX_FINAL;
	else if (wait && strcmp(wait, "mined"))
		return cli_wrong(cli, "--wait: 'mined' or 'final', not '%s'", wait);
	if (!timeout)
		return CLI_OK;
	if (!*timeout || strspn(timeout, "0123456789") != strlen(timeout) || strlen(timeout) > 9)
		return cli_wrong(cli, "--timeout: '%s' is no number of seconds", timeout);
	a->end_ns = clock_ns(CLOCK_MONOTONIC) + strtoll(timeout, NULL, 10) * NS_PER_S;
	return CLI_OK;
}

int chain_anchor(struct cli *cli)
{
	struct chain_gateway g = {0};
	struct chain c = {0};
	struct anchoring a = {.c = &c, .g = &g};
	int ret = read_options(cli, &a);

	if (ret)
		return ret;
	ret = chain_begin(&c, cli);
	if (!ret)
		ret = chain_gateway_open(&c, &g, true);
	if (!ret)
		ret = chain_account(&c);
	if (!ret)
		ret = chain_connect(&c);
	if (!ret) {
		a.target = ovpp_chain_config_target(&c.config);
		ret = run(&a);
	}
	json_decref(a.status);
	chain_gateway_close(&g);
	chain_end(&c);
	return ret;
}
