// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evm_key.h"
#include "rpc_endpoint.h"

#define WEI_GWEI 1000000000
/* Gas of the transaction of one batch, steadily (docs/contracts.md), and batches of a day. */
#define BATCH_GAS 37200
#define DAY_BATCHES 1440
/* How much dearer than in quiet times a batch, and a day, may well be. */
#define BATCH_ROOM 20
#define DAY_ROOM 5
/* On a chain whose money is worth nothing, and that nobody shares. */
#define FREE_BATCH_GWEI 100000000
#define FREE_DAY_GWEI 100000000000

/**
 * struct reader - a section being read
 * @c: what it says
 * @err: room for a text
 * @size: its size
 */
struct reader {
	struct ovpp_chain_config *c;
	char *err;
	size_t size;
};

static int wrong(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int wrong(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->err, r->size, format, args);
	va_end(args);
	return -EINVAL;
}

static const json_t *get(const json_t *map, const char *key)
{
	return json_object_get(map, key);
}

/* @in: "" or "budget."; @keys: NULL at the end */
static int check_keys(struct reader *r, const json_t *map, const char *in, const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)map, key, value) {
		const char *const *k = keys;

		while (*k && strcmp(*k, key))
			k++;
		if (!*k)
			return wrong(r, "%s%s: unknown key", in, key);
	}
	return 0;
}

static int read_bool(struct reader *r, const json_t *section, const char *key, bool *out)
{
	const json_t *value = get(section, key);

	if (value && !json_is_boolean(value))
		return wrong(r, "%s: must be true or false", key);
	*out = json_is_true(value);
	return 0;
}

static int read_network(struct reader *r, const json_t *section)
{
	const char *name = json_string_value(get(section, "network"));
	int ret = read_bool(r, section, "mainnet", &r->c->mainnet);

	if (ret)
		return ret;
	if (!name)
		return wrong(r, "network: is missing: base, base-sepolia, arc, arc-testnet or "
				"anvil");
	r->c->network = ovpp_network(name);
	if (!r->c->network)
		return wrong(r,
			     "network: \"%s\" is not known: base, base-sepolia, arc, "
			     "arc-testnet or anvil",
			     name);
	if (r->c->network->mainnet && !r->c->mainnet)
		return wrong(r, "network: %s costs real money: it needs mainnet: true", name);
	return 0;
}

static int read_url(struct reader *r, const json_t *value)
{
	struct ovpp_chain_config *c = r->c;
	const char *url = json_string_value(value);
	struct rpc_endpoint e = {0};
	char why[200];
	int ret;

	if (!url)
		return wrong(r, "rpc: must be a list of URLs");
	ret = rpc_endpoint_init(&e, url, why, sizeof(why));
	c->url[c->urls++] = e.url;
	return ret ? wrong(r, "rpc[%zu]: %s", c->urls - 1, why) : 0;
}

static int read_urls(struct reader *r, const json_t *section)
{
	const json_t *list = get(section, "rpc"), *url;
	int ret = 0;
	size_t i;

	if (!json_array_size(list))
		return wrong(r, "rpc: is missing: a list of URLs of nodes");
	if (json_array_size(list) > OVPP_RPC_ENDPOINTS)
		return wrong(r, "rpc: more than %d URLs", OVPP_RPC_ENDPOINTS);
	json_array_foreach (list, i, url)
		if (!ret)
			ret = read_url(r, url);
	return ret;
}

static int read_deployment(struct reader *r, const json_t *section)
{
	const char *path = json_string_value(get(section, "deployment"));
	struct ovpp_chain_config *c = r->c;
	char why[400];
	int ret;

	if (!path)
		return wrong(r, "deployment: is missing: the file with the contracts' addresses");
	ret = ovpp_deployment_read(path, &c->deployment, why, sizeof(why));
	if (ret) {
		wrong(r, "deployment: %s", why);
		return ret;
	}
	if (c->deployment.chain_id != c->network->chain_id)
		return wrong(r, "deployment: %s is of chain %" PRIu64 ", %s is chain %" PRIu64,
			     path, c->deployment.chain_id, c->network->name, c->network->chain_id);
	return 0;
}

static int read_owner(struct reader *r, const json_t *section)
{
	static const ovpp_address nobody;
	const json_t *value = get(section, "owner");
	const char *text = json_string_value(value);
	int ret;

	if (!value)
		return 0;
	ret = text ? ovpp_address_parse(text, r->c->owner) : -EINVAL;
	if (ret == -EBADMSG)
		return wrong(r, "owner: the checksum of %s is wrong", text);
	if (ret || !memcmp(r->c->owner, nobody, sizeof(nobody)))
		return wrong(r, "owner: must be an address, in quotes: \"0x...\"");
	r->c->has_owner = true;
	return 0;
}

static int read_gwei(struct reader *r, const json_t *budget, const char *key, uint64_t *out)
{
	const json_t *value = get(budget, key);
	const struct ovpp_network *n = r->c->network;
	uint64_t quiet = BATCH_GAS * n->quiet_price / WEI_GWEI;

	if (!value)
		return wrong(r,
			     "budget.%s: is missing. A batch costs about %" PRIu64
			     " gwei of %s on %s when little is going on; batch_gwei: %" PRIu64
			     ", day_gwei: %" PRIu64 " would leave room",
			     key, quiet, n->symbol, n->name, BATCH_ROOM * quiet,
			     DAY_ROOM * DAY_BATCHES * quiet);
	if (!json_is_integer(value) || json_integer_value(value) < 1)
		return wrong(r, "budget.%s: must be a number of 10^-9 %s", key, n->symbol);
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_budget(struct reader *r, const json_t *section)
{
	static const char *const keys[] = {"batch_gwei", "day_gwei", NULL};
	const json_t *budget = get(section, "budget");
	struct ovpp_chain_config *c = r->c;
	int ret;

	if (!budget && !strcmp(c->network->name, "anvil")) {
		c->batch_gwei = FREE_BATCH_GWEI;
		c->day_gwei = FREE_DAY_GWEI;
		return 0;
	}
	if (budget && !json_is_object(budget))
		return wrong(r, "budget: must be a map");
	ret = check_keys(r, budget, "budget.", keys);
	if (!ret)
		ret = read_gwei(r, budget, "batch_gwei", &c->batch_gwei);
	if (!ret)
		ret = read_gwei(r, budget, "day_gwei", &c->day_gwei);
	if (!ret && c->day_gwei < c->batch_gwei)
		ret = wrong(r, "budget.day_gwei: is less than what one batch may cost");
	return ret;
}

static int read_ca_file(struct reader *r, const json_t *section)
{
	const json_t *value = get(section, "ca_file");

	if (!value)
		return 0;
	if (!json_is_string(value))
		return wrong(r, "ca_file: must be a path");
	r->c->ca_file = strdup(json_string_value(value));
	if (r->c->ca_file)
		return 0;
	wrong(r, "no memory");
	return -ENOMEM;
}

int ovpp_chain_config_read(const json_t *section, struct ovpp_chain_config *c, char *err,
			   size_t size)
{
	static const char *const keys[] = {"network", "rpc",	 "deployment", "owner",
					   "budget",  "mainnet", "ca_file",    NULL};
	struct reader r = {c, err, size};
	int ret;

	*c = (struct ovpp_chain_config){0};
	if (!json_is_object(section))
		return wrong(&r, "must be a map");
	ret = check_keys(&r, section, "", keys);
	if (!ret)
		ret = read_network(&r, section);
	if (!ret)
		ret = read_urls(&r, section);
	if (!ret)
		ret = read_deployment(&r, section);
	if (!ret)
		ret = read_owner(&r, section);
	if (!ret)
		ret = read_budget(&r, section);
	return ret ? ret : read_ca_file(&r, section);
}

void ovpp_chain_config_free(struct ovpp_chain_config *c)
{
	for (size_t i = 0; i < c->urls; i++)
		free(c->url[i]);
	free(c->ca_file);
	*c = (struct ovpp_chain_config){0};
}

struct ovpp_outbox_target ovpp_chain_config_target(const struct ovpp_chain_config *c)
{
	const struct ovpp_deployed *d = c->deployment.contract;
	struct ovpp_outbox_target t = {.network = *c->network};

	memcpy(t.contract, d[OVPP_TELEMETRY_ANCHOR].address, sizeof(t.contract));
	memcpy(t.registry, d[OVPP_DEVICE_REGISTRY].address, sizeof(t.registry));
	return t;
}

struct ovpp_outbox_options ovpp_chain_config_outbox(const struct ovpp_chain_config *c,
						    const struct ovpp_evm_key *key)
{
	struct ovpp_outbox_options o = {
		.target = ovpp_chain_config_target(c),
		.mainnet = c->mainnet,
		.key = key,
		.batch_gwei = c->batch_gwei,
		.day_gwei = c->day_gwei,
	};

	memcpy(o.code, c->deployment.contract[OVPP_TELEMETRY_ANCHOR].code, sizeof(o.code));
	return o;
}
