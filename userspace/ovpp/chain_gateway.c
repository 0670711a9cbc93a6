// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_gateway.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int failed(const struct chain *c, const struct chain_gateway *g, int err)
{
	int code = g->sql ? sqlite3_errcode(g->sql) : SQLITE_OK;

	cli_error(c->cli, "%s: %s", c->ledger,
		  code && code != SQLITE_ROW && code != SQLITE_DONE ? sqlite3_errmsg(g->sql)
								    : strerror(-err));
	return CLI_REFUSED;
}

/* One more statement, checked. -ENOENT: there is none. */
static int add_key(struct chain_gateway *g, struct ovpp_buffer *bytes)
{
	struct ovpp_key_statement *more;
	size_t at;
	int ret;

	bytes->size = 0;
	ret = ovpp_reader_statement(g->reader, (uint32_t)g->keys, bytes);
	if (ret)
		return ret;
	more = reallocarray(g->key, g->keys + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	g->key = more;
	ret = ovpp_key_statement_open(bytes->data, bytes->size, g->keys ? &more[g->keys - 1] : NULL,
				      &more[g->keys], &at);
	g->keys += !ret;
	return ret;
}

static int read_keys(const struct chain *c, struct chain_gateway *g)
{
	struct ovpp_buffer bytes = {0};
	int ret;

	do {
		ret = add_key(g, &bytes);
	} while (!ret);
	ovpp_buffer_free(&bytes);
	if (ret != -ENOENT) {
		if (ret != -EBADMSG && ret != -EKEYREJECTED)
			return failed(c, g, ret);
		cli_error(c->cli, "%s: what it has of the key of epoch %zu is wrong: it is damaged",
			  c->ledger, g->keys);
		return CLI_NO;
	}
	if (g->keys)
		return CLI_OK;
	cli_error(c->cli, "%s: has no key yet: ovppd makes it at its first start", c->ledger);
	return CLI_REFUSED;
}

static int read_row(const struct chain *c, struct chain_gateway *g)
{
	int ret = ovpp_identity_get(g->sql, g->at.chain_id, g->at.address, &g->identity);

	g->known = !ret;
	return ret && ret != -ENOENT ? failed(c, g, ret) : CLI_OK;
}

static int open_ledger(const struct chain *c, struct chain_gateway *g)
{
	char err[512];
	int err_no, ret = g->write ? chain_ledger(c, &g->sql) : CLI_OK;

	if (ret)
		return ret;
	if (g->write)
		err_no = ovpp_reader_attach(g->sql, &g->reader, err, sizeof(err));
	else
		err_no = ovpp_reader_open(c->ledger, &g->reader, err, sizeof(err));
	if (err_no) {
		cli_error(c->cli, "%s: %s", c->ledger, err);
		return CLI_REFUSED;
	}
	g->sql = ovpp_reader_sql(g->reader);
	return CLI_OK;
}

int chain_gateway_open(const struct chain *c, struct chain_gateway *g, bool write)
{
	const struct ovpp_deployed *d = &c->config.deployment.contract[OVPP_DEVICE_REGISTRY];
	int64_t batches;
	int ret;

	*g = (struct chain_gateway){.write = write, .at.chain_id = c->config.network->chain_id};
	memcpy(g->at.address, d->address, sizeof(g->at.address));
	if (!d->known || !c->config.deployment.contract[OVPP_TELEMETRY_ANCHOR].known) {
		cli_error(c->cli, "the deployment file has no DeviceRegistry or TelemetryAnchor");
		return CLI_REFUSED;
	}
	ret = open_ledger(c, g);
	if (ret)
		return ret;
	batches = ovpp_reader_batches(g->reader);
	if (batches < 0)
		return failed(c, g, (int)batches);
	g->batches = (uint64_t)batches;
	ret = read_keys(c, g);
	return ret ? ret : read_row(c, g);
}

void chain_gateway_close(struct chain_gateway *g)
{
	ovpp_reader_close(g->reader);
	if (g->write)
		sqlite3_close(g->sql);
	free(g->key);
}

const struct ovpp_key_statement *chain_gateway_key(const struct chain_gateway *g)
{
	return &g->key[g->keys - 1];
}

/* What the contract has of the identity of the key of an epoch. */
static int look(const struct chain *c, struct chain_gateway *g, size_t epoch, const uint8_t id[32])
{
	int ret = ovpp_registry_read(c->session, id, g->key[epoch].key, &g->state);

	memcpy(g->identity.id, id, sizeof(g->identity.id));
	memcpy(g->first, g->key[epoch].key, sizeof(g->first));
	return ret ? chain_failed(c, "the gateway's identity", ret) : CLI_OK;
}

int chain_gateway_find(const struct chain *c, struct chain_gateway *g, const ovpp_address owner)
{
	int ret = CLI_OK;
	uint8_t id[32];

	if (!g->known)
		memcpy(g->identity.owner, owner, sizeof(g->identity.owner));
	g->state.registered = false;
	/* The newest one last: it is the one that is registered if there is none. */
	for (size_t e = 0; e < g->keys && !ret && !g->state.registered; e++) {
		ovpp_registry_id(&g->at, g->key[e].key, g->identity.owner, id);
		if (!g->known || !memcmp(id, g->identity.id, sizeof(id)))
			ret = look(c, g, e, id);
	}
	return ret;
}

int chain_gateway_put(const struct chain *c, struct chain_gateway *g)
{
	struct ovpp_identity now = g->identity;
	int ret = ovpp_registry_epoch(&g->state, g->key, g->keys, &now.epoch);

	now.chain_id = g->at.chain_id;
	memcpy(now.registry, g->at.address, sizeof(now.registry));
	now.since = g->state.since;
	if (ret) {
		cli_error(c->cli, "the gateway's identity has none of the keys of %s", c->ledger);
		return CLI_REFUSED;
	}
	if (g->known && now.since == g->identity.since && now.epoch == g->identity.epoch)
		return CLI_OK;
	ret = ovpp_identity_put(g->sql, &now);
	if (ret)
		return failed(c, g, ret);
	return read_row(c, g);
}
