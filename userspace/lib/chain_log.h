/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transparency log in a ledger, for its readers. Leaf n of the log is the root of
 * batch n; each leaf has brought a signed head of the tree that ends with it.
 */
#ifndef OVPP_CHAIN_LOG_H
#define OVPP_CHAIN_LOG_H

#include <sqlite3.h>

#include "evidence.h"

/* Leaves of the log. 0 or -errno. */
int ovpp_log_size(sqlite3 *sql, uint64_t *size);

/* An ovpp_merkle_fetch; @sql is a sqlite3 connection. */
int ovpp_log_fetch(void *sql, unsigned int level, uint64_t index, ovpp_hash hash);

/* The tree of the first @size leaves, to append to. 0 or -errno. */
int ovpp_log_tree(sqlite3 *sql, uint64_t size, struct ovpp_merkle *tree);

/* The signed head of size @size. 0, -ENOENT or another -errno. */
int ovpp_log_head(sqlite3 *sql, uint64_t size, struct ovpp_tree_head *head);

#endif /* OVPP_CHAIN_LOG_H */
