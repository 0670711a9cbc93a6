// SPDX-License-Identifier: GPL-2.0-or-later
#include "merkle.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <string.h>

_Static_assert(OVPP_HASH_SIZE == SHA256_DIGEST_SIZE, "SHA-256");

/* Up to three parts hashed as one. */
static void hash(const void *a, size_t na, const void *b, size_t nb, const void *c, size_t nc,
		 ovpp_hash out)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, na, a);
	sha256_update(&ctx, nb, b);
	sha256_update(&ctx, nc, c);
	sha256_digest(&ctx, OVPP_HASH_SIZE, out);
}

void ovpp_sha256(const void *data, size_t size, ovpp_hash out)
{
	hash(data, size, "", 0, "", 0, out);
}

void ovpp_merkle_leaf(const void *data, size_t size, ovpp_hash out)
{
	hash("\0", 1, data, size, "", 0, out);
}

void ovpp_merkle_node(const ovpp_hash left, const ovpp_hash right, ovpp_hash out)
{
	hash("\1", 1, left, OVPP_HASH_SIZE, right, OVPP_HASH_SIZE, out);
}

static void copy(ovpp_hash to, const ovpp_hash from)
{
	memcpy(to, from, OVPP_HASH_SIZE);
}

/* Leaves of the left part of a tree of @n > 1: the largest power of 2 below @n. */
static uint64_t split(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

unsigned int ovpp_merkle_append(struct ovpp_merkle *tree, const ovpp_hash leaf, ovpp_hash *done)
{
	unsigned int n = (unsigned int)__builtin_popcountll(tree->size), levels = 0;
	ovpp_hash top;

	copy(top, leaf);
	for (uint64_t bits = tree->size; bits & 1; bits >>= 1) {
		ovpp_merkle_node(tree->peak[--n], top, top);
		if (done)
			copy(done[levels], top);
		levels++;
	}
	copy(tree->peak[n], top);
	tree->size++;
	return levels;
}

void ovpp_merkle_root(const struct ovpp_merkle *tree, ovpp_hash root)
{
	unsigned int n = (unsigned int)__builtin_popcountll(tree->size);

	if (!n) {
		ovpp_sha256("", 0, root);
		return;
	}
	copy(root, tree->peak[--n]);
	while (n)
		ovpp_merkle_node(tree->peak[--n], root, root);
}

void ovpp_merkle_root_of(const ovpp_hash *leaf, size_t n, ovpp_hash root)
{
	struct ovpp_merkle tree = {0};

	for (size_t i = 0; i < n; i++)
		ovpp_merkle_append(&tree, leaf[i], NULL);
	ovpp_merkle_root(&tree, root);
}

size_t ovpp_merkle_groups(const ovpp_hash *leaf, size_t n, unsigned int level, ovpp_hash *root)
{
	size_t groups = n >> level;

	for (size_t i = 0; i < groups; i++)
		ovpp_merkle_root_of(leaf + (i << level), (size_t)1 << level, root[i]);
	return groups;
}

static void reverse(ovpp_hash *path, int n)
{
	for (int i = 0; i < n / 2; i++) {
		ovpp_hash other;

		copy(other, path[i]);
		copy(path[i], path[n - 1 - i]);
		copy(path[n - 1 - i], other);
	}
}

/**
 * struct source - a tree whose perfect parts are fetched
 * @fetch: gives perfect trees
 * @arg: its argument
 */
struct source {
	ovpp_merkle_fetch fetch;
	void *arg;
};

/* Root of @n >= 1 leaves from @first on, a multiple of the size of each part. */
static int fetch_root(const struct source *s, uint64_t first, uint64_t n, ovpp_hash root)
{
	ovpp_hash part[OVPP_MERKLE_DEPTH];
	unsigned int parts = 0;
	int ret;

	do {
		unsigned int level = 63 - (unsigned int)__builtin_clzll(n);

		ret = s->fetch(s->arg, level, first >> level, part[parts++]);
		if (ret)
			return ret;
		first += UINT64_C(1) << level;
		n -= UINT64_C(1) << level;
	} while (n);
	copy(root, part[--parts]);
	while (parts)
		ovpp_merkle_node(part[--parts], root, root);
	return 0;
}

int ovpp_merkle_inclusion(ovpp_merkle_fetch fetch, void *arg, uint64_t index, uint64_t size,
			  ovpp_hash *path)
{
	struct source s = {fetch, arg};
	uint64_t first = 0;
	int n = 0, ret;

	if (index >= size)
		return -ERANGE;
	while (size > 1) {
		uint64_t left = split(size);

		if (index < left) {
			ret = fetch_root(&s, first + left, size - left, path[n++]);
			size = left;
		} else {
			ret = fetch_root(&s, first, left, path[n++]);
			first += left;
			index -= left;
			size -= left;
		}
		if (ret)
			return ret;
	}
	reverse(path, n);
	return n;
}

int ovpp_merkle_consistency(ovpp_merkle_fetch fetch, void *arg, uint64_t old, uint64_t size,
			    ovpp_hash *path)
{
	struct source s = {fetch, arg};
	bool whole = true;
	uint64_t first = 0;
	int n = 0, ret;

	if (!old || old > size)
		return -ERANGE;
	while (old != size) {
		uint64_t left = split(size);

		if (old <= left) {
			ret = fetch_root(&s, first + left, size - left, path[n++]);
			size = left;
		} else {
			ret = fetch_root(&s, first, left, path[n++]);
			first += left;
			old -= left;
			size -= left;
			whole = false;
		}
		if (ret)
			return ret;
	}
	if (!whole) {
		ret = fetch_root(&s, first, size, path[n++]);
		if (ret)
			return ret;
	}
	reverse(path, n);
	return n;
}

int ovpp_merkle_check_inclusion(const ovpp_hash leaf, uint64_t index, uint64_t size,
				const ovpp_hash *path, size_t n, const ovpp_hash root)
{
	uint64_t fn = index, sn = size - 1;
	ovpp_hash r;

	if (index >= size)
		return -EBADMSG;
	copy(r, leaf);
	for (size_t i = 0; i < n; i++) {
		if (!sn)
			return -EBADMSG;
		if (fn & 1 || fn == sn) {
			ovpp_merkle_node(path[i], r, r);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			ovpp_merkle_node(r, path[i], r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn || memcmp(r, root, OVPP_HASH_SIZE) ? -EBADMSG : 0;
}

int ovpp_merkle_check_consistency(uint64_t old, uint64_t size, const ovpp_hash *path, size_t n,
				  const ovpp_hash old_root, const ovpp_hash root)
{
	uint64_t fn = old - 1, sn = size - 1;
	ovpp_hash fr, sr;
	size_t i = 0;

	if (!old || old > size)
		return -EBADMSG;
	if (old == size)
		return n || memcmp(old_root, root, OVPP_HASH_SIZE) ? -EBADMSG : 0;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	/* A perfect tree needs no hash of itself: the old root is there. */
	if (old & (old - 1)) {
		if (!n)
			return -EBADMSG;
		copy(fr, path[i++]);
	} else {
		copy(fr, old_root);
	}
	copy(sr, fr);
	for (; i < n; i++) {
		if (!sn)
			return -EBADMSG;
		if (fn & 1 || fn == sn) {
			ovpp_merkle_node(path[i], fr, fr);
			ovpp_merkle_node(path[i], sr, sr);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			ovpp_merkle_node(sr, path[i], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn || memcmp(fr, old_root, OVPP_HASH_SIZE) || memcmp(sr, root, OVPP_HASH_SIZE))
		return -EBADMSG;
	return 0;
}
