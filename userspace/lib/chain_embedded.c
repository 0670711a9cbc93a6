// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The embedded driver: a transparency log (RFC 9162) in the ledger itself. A row of
 * the table log is a leaf: the root of the batch of the same number, the perfect
 * trees that it completes, and the signed head of the tree that ends with it. A row
 * is never changed.
 */
#include "chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chain_log.h"
#include "ledger_sql.h"

/**
 * struct embedded - an open log
 * @sql: the ledger's connection
 * @add: statement
 * @tree: of all leaves
 * @known: @tree is of the database; not after something was rolled back
 */
struct embedded {
	sqlite3 *sql;
	sqlite3_stmt *add;
	struct ovpp_merkle tree;
	bool known;
};

static void embedded_close(void *arg)
{
	struct embedded *e = arg;

	if (!e)
		return;
	sqlite3_finalize(e->add);
	free(e);
}

static int embedded_open(sqlite3 *sql, const void *config, void **arg)
{
	static const char table[] =
		"CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY,"
		" leaf BLOB NOT NULL, nodes BLOB NOT NULL, epoch INTEGER NOT NULL,"
		" real_ms INTEGER NOT NULL, signature BLOB NOT NULL)";
	struct embedded *e = calloc(1, sizeof(*e));
	int ret = -ENOMEM;

	(void)config;
	if (!e)
		return ret;
	e->sql = sql;
	ret = ovpp_sql_exec(sql, table);
	if (!ret)
		ret = ovpp_sql_prepare(sql, "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", &e->add);
	if (ret) {
		embedded_close(e);
		return ret;
	}
	*arg = e;
	return 0;
}

/* The tree as the database has it. */
static int know_tree(struct embedded *e)
{
	uint64_t size;
	int ret;

	if (e->known)
		return 0;
	ret = ovpp_log_size(e->sql, &size);
	if (!ret)
		ret = ovpp_log_tree(e->sql, size, &e->tree);
	e->known = !ret;
	return ret;
}

static int embedded_append(void *arg, const struct ovpp_chain_batch *b)
{
	struct embedded *e = arg;
	ovpp_hash leaf, nodes[OVPP_MERKLE_DEPTH];
	struct ovpp_tree_head head = {.epoch = b->header->epoch, .real_ms = b->real_ms};
	unsigned int n;
	int ret = know_tree(e);

	if (ret)
		return ret;
	/* A ledger that lost rows of its log must not go on as if nothing was. */
	if (e->tree.size != b->header->seq)
		return -EBADMSG;
	ovpp_merkle_leaf(b->root, OVPP_HASH_SIZE, leaf);
	n = ovpp_merkle_append(&e->tree, leaf, nodes);
	memcpy(head.gateway, b->header->gateway, OVPP_KEY_SIZE);
	head.size = e->tree.size;
	ovpp_merkle_root(&e->tree, head.root);
	ret = ovpp_tree_head_sign(&head, b->sign, b->sign_arg);
	if (ret)
		return ret;
	sqlite3_bind_int64(e->add, 1, (int64_t)b->header->seq);
	sqlite3_bind_blob(e->add, 2, b->root, OVPP_HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_blob(e->add, 3, nodes, (int)(n * OVPP_HASH_SIZE), SQLITE_STATIC);
	sqlite3_bind_int64(e->add, 4, head.epoch);
	sqlite3_bind_int64(e->add, 5, (int64_t)head.real_ms);
	sqlite3_bind_blob(e->add, 6, head.signature, OVPP_SIGNATURE_SIZE, SQLITE_STATIC);
	return ovpp_sql_step(e->add);
}

static void embedded_rolled_back(void *arg)
{
	struct embedded *e = arg;

	e->known = false;
}

static json_t *embedded_status(void *arg)
{
	struct embedded *e = arg;
	char root[2 * OVPP_HASH_SIZE + 1];
	ovpp_hash hash;

	if (know_tree(e))
		return json_pack("{s:s,s:n,s:n}", "driver", "embedded", "size", "root");
	ovpp_merkle_root(&e->tree, hash);
	ovpp_hex(hash, sizeof(hash), root);
	return json_pack("{s:s,s:I,s:s}", "driver", "embedded", "size", (json_int_t)e->tree.size,
			 "root", root);
}

const struct ovpp_chain_ops ovpp_chain_embedded = {
	.name = "embedded",
	.open = embedded_open,
	.close = embedded_close,
	.append = embedded_append,
	.rolled_back = embedded_rolled_back,
	.status = embedded_status,
};
