// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver of EVM chains: the embedded log, from which everybody here proves, and an
 * intent for each batch in the same transaction, once the gateway has an identity.
 * Sending is the outbox's; nothing here waits for it.
 */
#include "chain.h"

#include <errno.h>
#include <stdlib.h>

#include "outbox.h"

/**
 * struct evm - an open driver
 * @sql: the ledger's connection
 * @target: where batches go
 * @log: the embedded driver's
 */
struct evm {
	sqlite3 *sql;
	struct ovpp_outbox_target target;
	void *log;
};

static void evm_close(void *arg)
{
	struct evm *e = arg;

	if (!e)
		return;
	ovpp_chain_embedded.close(e->log);
	free(e);
}

static int evm_open(sqlite3 *sql, const void *config, void **arg)
{
	struct evm *e = calloc(1, sizeof(*e));
	int ret;

	if (!e)
		return -ENOMEM;
	e->sql = sql;
	e->target = *(const struct ovpp_outbox_target *)config;
	ret = ovpp_chain_embedded.open(sql, NULL, &e->log);
	if (!ret)
		ret = ovpp_outbox_create(sql);
	if (!ret)
		ret = ovpp_identity_create(sql);
	if (ret) {
		evm_close(e);
		return ret;
	}
	*arg = e;
	return 0;
}

/*
 * The batch's row and its leaf are there: it is filled in like those from before. Without
 * an identity nobody knows yet under which number they go.
 */
static int evm_append(void *arg, const struct ovpp_chain_batch *b)
{
	struct evm *e = arg;
	struct ovpp_identity identity;
	int ret = ovpp_chain_embedded.append(e->log, b);

	if (ret)
		return ret;
	ret = ovpp_outbox_gateway(e->sql, &e->target, &identity);
	if (!ret)
		ret = ovpp_outbox_fill(e->sql, &e->target, identity.since);
	return ret < 0 && ret != -ENOENT ? ret : 0;
}

static void evm_rolled_back(void *arg)
{
	struct evm *e = arg;

	ovpp_chain_embedded.rolled_back(e->log);
}

static json_t *evm_status(void *arg)
{
	struct evm *e = arg;
	json_t *status = ovpp_chain_embedded.status(e->log);

	json_object_set_new(status, "driver", json_string("evm"));
	json_object_set_new(status, "outbox", ovpp_outbox_status(e->sql, &e->target));
	return status;
}

const struct ovpp_chain_ops ovpp_chain_evm = {
	.name = "evm",
	.open = evm_open,
	.close = evm_close,
	.append = evm_append,
	.rolled_back = evm_rolled_back,
	.status = evm_status,
};
