/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merkle trees of RFC 9162, section 2.1, with SHA-256. A tree of n leaves is the
 * largest perfect tree below n beside the tree of the rest; hashes of leaves and of
 * inner nodes are told apart by a first byte of 0 and 1.
 */
#ifndef OVPP_MERKLE_H
#define OVPP_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#define OVPP_HASH_SIZE 32

/* No path is longer; 2^63 leaves are more than there ever are. */
#define OVPP_MERKLE_DEPTH 63

typedef uint8_t ovpp_hash[OVPP_HASH_SIZE];

void ovpp_sha256(const void *data, size_t size, ovpp_hash out);

/* H(0x00 || data), H(0x01 || left || right). @out may be one of the inputs. */
void ovpp_merkle_leaf(const void *data, size_t size, ovpp_hash out);
void ovpp_merkle_node(const ovpp_hash left, const ovpp_hash right, ovpp_hash out);

/**
 * struct ovpp_merkle - a tree that grows: what is needed of it to append
 * @size: leaves
 * @peak: roots of the perfect trees that it consists of, the largest first; one for
 *	each bit that is set in @size
 */
struct ovpp_merkle {
	uint64_t size;
	ovpp_hash peak[OVPP_MERKLE_DEPTH];
};

/**
 * ovpp_merkle_append() - one leaf more
 * @tree: tree, all zero at first
 * @leaf: its hash
 * @done: NULL, or room for OVPP_MERKLE_DEPTH hashes: roots of the perfect trees that
 *	this leaf completes, from level 1 (two leaves) up
 *
 * Return: number of them: how often 2 divides the new size.
 */
unsigned int ovpp_merkle_append(struct ovpp_merkle *tree, const ovpp_hash leaf, ovpp_hash *done);

/* Root; of an empty tree H(""). */
void ovpp_merkle_root(const struct ovpp_merkle *tree, ovpp_hash root);

/* Root of @n leaf hashes. */
void ovpp_merkle_root_of(const ovpp_hash *leaf, size_t n, ovpp_hash root);

/* Roots of the perfect trees of 2^@level leaves. Return: how many, @n >> @level. */
size_t ovpp_merkle_groups(const ovpp_hash *leaf, size_t n, unsigned int level, ovpp_hash *root);

/**
 * typedef ovpp_merkle_fetch - gives the root of a perfect tree
 * @arg: the caller's
 * @level: of 2^@level leaves; 0: a leaf's hash
 * @index: which of them, from 0
 * @hash: set
 *
 * Return: 0 or -errno.
 */
typedef int (*ovpp_merkle_fetch)(void *arg, unsigned int level, uint64_t index, ovpp_hash hash);

/**
 * ovpp_merkle_inclusion() - path from a leaf to the root, lowest first
 * @fetch: gives perfect trees
 * @arg: its argument
 * @index: the leaf, < @size
 * @size: of the tree
 * @path: room for OVPP_MERKLE_DEPTH hashes
 *
 * Return: length of the path, or what @fetch returned; -ERANGE for an index that is
 * not in the tree.
 */
int ovpp_merkle_inclusion(ovpp_merkle_fetch fetch, void *arg, uint64_t index, uint64_t size,
			  ovpp_hash *path);

/**
 * ovpp_merkle_consistency() - proof that a tree begins with a smaller one
 * @old: size of the smaller one, 1 to @size
 *
 * The rest as ovpp_merkle_inclusion(); @path: room for OVPP_MERKLE_DEPTH + 1.
 */
int ovpp_merkle_consistency(ovpp_merkle_fetch fetch, void *arg, uint64_t old, uint64_t size,
			    ovpp_hash *path);

/* 0, or -EBADMSG: the proof does not hold. RFC 9162, 2.1.3.2 and 2.1.4.2. */
int ovpp_merkle_check_inclusion(const ovpp_hash leaf, uint64_t index, uint64_t size,
				const ovpp_hash *path, size_t n, const ovpp_hash root);
int ovpp_merkle_check_consistency(uint64_t old, uint64_t size, const ovpp_hash *path, size_t n,
				  const ovpp_hash old_root, const ovpp_hash root);

#endif /* OVPP_MERKLE_H */
