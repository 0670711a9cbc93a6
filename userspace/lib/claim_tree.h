/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of what accounts have earned so far, as the contract RewardLedger checks it
 * (docs/reward.md, "Claim tree"). Not the tree of merkle.h: Keccak, and the two below a
 * node are in the order of their hashes.
 */
#ifndef OVPP_CLAIM_TREE_H
#define OVPP_CLAIM_TREE_H

#include "merkle.h"
#include "score.h"

#define OVPP_ACCOUNT_SIZE 20

/**
 * struct ovpp_ledger_contract - the contract that pays
 * @chain_id: of its chain
 * @address: of it
 */
struct ovpp_ledger_contract {
	uint64_t chain_id;
	uint8_t address[OVPP_ACCOUNT_SIZE];
};

void ovpp_claim_leaf(const struct ovpp_ledger_contract *contract,
		     const uint8_t account[OVPP_ACCOUNT_SIZE], ovpp_u128 total, ovpp_hash leaf);

/* Root of @n leaves, which are overwritten; of none it is zero. */
void ovpp_claim_root(ovpp_hash *leaf, size_t n, ovpp_hash root);

/*
 * Proof of leaf @index, lowest first; @leaf is overwritten. @path has room for
 * OVPP_MERKLE_DEPTH. Return: its length.
 */
size_t ovpp_claim_path(ovpp_hash *leaf, size_t n, size_t index, ovpp_hash *path);

/* 0, or -EBADMSG: the proof does not hold. */
int ovpp_claim_check(const ovpp_hash leaf, const ovpp_hash *path, size_t n, const ovpp_hash root);

#endif /* OVPP_CLAIM_TREE_H */
