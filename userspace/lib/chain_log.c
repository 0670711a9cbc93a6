// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_log.h"

#include <errno.h>
#include <string.h>

#include "ledger_sql.h"

int ovpp_log_size(sqlite3 *sql, uint64_t *size)
{
	int64_t n = ovpp_sql_number(sql, "SELECT COALESCE(MAX(seq) + 1, 0) FROM log");

	if (n < 0)
		return -EIO;
	*size = (uint64_t)n;
	return 0;
}

/* Perfect trees are kept with the leaf that completes them. */
int ovpp_log_fetch(void *arg, unsigned int level, uint64_t index, ovpp_hash hash)
{
	static const char query[] = "SELECT leaf, nodes FROM log WHERE seq = ?";
	uint64_t leaf = ((index + 1) << level) - 1;
	sqlite3_stmt *st;
	const void *at;
	int ret = ovpp_sql_prepare(arg, query, &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, (int64_t)leaf);
	ret = sqlite3_step(st);
	if (ret != SQLITE_ROW) {
		ret = ret == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(ret);
	} else if (!level) {
		at = sqlite3_column_blob(st, 0);
		ret = at && sqlite3_column_bytes(st, 0) == OVPP_HASH_SIZE ? 0 : -EBADMSG;
		if (!ret)
			ovpp_merkle_leaf(at, OVPP_HASH_SIZE, hash);
	} else {
		at = sqlite3_column_blob(st, 1);
		ret = sqlite3_column_bytes(st, 1) >= (int)(level * OVPP_HASH_SIZE) ? 0 : -EBADMSG;
		if (!ret)
			memcpy(hash, (const ovpp_hash *)at + level - 1, OVPP_HASH_SIZE);
	}
	sqlite3_finalize(st);
	return ret;
}

int ovpp_log_tree(sqlite3 *sql, uint64_t size, struct ovpp_merkle *tree)
{
	unsigned int n = 0;
	uint64_t first = 0;

	*tree = (struct ovpp_merkle){.size = size};
	for (unsigned int level = OVPP_MERKLE_DEPTH; level-- > 0;) {
		int ret;

		if (!(size >> level & 1))
			continue;
		ret = ovpp_log_fetch(sql, level, first >> level, tree->peak[n++]);
		if (ret)
			return ret;
		first += UINT64_C(1) << level;
	}
	return 0;
}

int ovpp_log_head(sqlite3 *sql, uint64_t size, struct ovpp_tree_head *head)
{
	static const char query[] =
		"SELECT epoch, real_ms, signature, (SELECT public FROM key WHERE epoch = 0)"
		" FROM log WHERE seq = ?";
	struct ovpp_merkle tree;
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(sql, query, &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, (int64_t)size - 1);
	ret = sqlite3_step(st);
	if (ret != SQLITE_ROW) {
		ret = ret == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(ret);
	} else if (sqlite3_column_bytes(st, 2) != OVPP_SIGNATURE_SIZE ||
		   sqlite3_column_bytes(st, 3) != OVPP_KEY_SIZE) {
		ret = -EBADMSG;
	} else {
		head->epoch = (uint32_t)sqlite3_column_int64(st, 0);
		head->real_ms = (uint64_t)sqlite3_column_int64(st, 1);
		head->size = size;
		memcpy(head->signature, sqlite3_column_blob(st, 2), OVPP_SIGNATURE_SIZE);
		memcpy(head->gateway, sqlite3_column_blob(st, 3), OVPP_KEY_SIZE);
		ret = 0;
	}
	sqlite3_finalize(st);
	if (!ret)
		ret = ovpp_log_tree(sql, size, &tree);
	if (!ret)
		ovpp_merkle_root(&tree, head->root);
	return ret;
}
