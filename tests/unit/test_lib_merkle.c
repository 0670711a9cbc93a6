// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: Merkle trees, against the definition in RFC 9162, 2.1, written recursively. */
#include "kselftest_harness.h"

#include <errno.h>

#include "evidence.h"
#include "merkle.h"

#define LEAVES 70

static ovpp_hash leaf[LEAVES];

static void make_leaves(void)
{
	for (unsigned int i = 0; i < LEAVES; i++)
		ovpp_merkle_leaf(&i, sizeof(i), leaf[i]);
}

/* MTH of the RFC. */
static void by_definition(const ovpp_hash *d, size_t n, ovpp_hash root)
{
	ovpp_hash left, right;
	size_t k = 1;

	if (n == 1) {
		memcpy(root, d[0], sizeof(ovpp_hash));
		return;
	}
	while (2 * k < n)
		k *= 2;
	by_definition(d, k, left);
	by_definition(d + k, n - k, right);
	ovpp_merkle_node(left, right, root);
}

/* An ovpp_merkle_fetch over the leaves. */
static int fetch(void *arg, unsigned int level, uint64_t index, ovpp_hash hash)
{
	(void)arg;
	by_definition(leaf + (index << level), (size_t)1 << level, hash);
	return 0;
}

static int fetch_fails(void *arg, unsigned int level, uint64_t index, ovpp_hash hash)
{
	(void)level;
	(void)index;
	(void)hash;
	return *(int *)arg;
}

static bool same(const ovpp_hash a, const ovpp_hash b)
{
	return !memcmp(a, b, sizeof(ovpp_hash));
}

TEST(merkle_known_hashes)
{
	/* H(""), and H(0x00): the tree of nothing and the leaf of nothing. */
	static const char *const empty =
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	static const char *const nothing =
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
	struct ovpp_merkle tree = {0};
	char text[2 * OVPP_HASH_SIZE + 1];
	ovpp_hash root;

	ovpp_merkle_root(&tree, root);
	ovpp_hex(root, sizeof(root), text);
	EXPECT_STREQ(empty, text);
	ovpp_merkle_leaf("", 0, root);
	ovpp_hex(root, sizeof(root), text);
	EXPECT_STREQ(nothing, text);
}

TEST(merkle_root_is_the_definitions_at_every_size)
{
	struct ovpp_merkle tree = {0};
	ovpp_hash root, want;

	make_leaves();
	for (size_t n = 1; n <= LEAVES; n++) {
		ovpp_hash done[OVPP_MERKLE_DEPTH];
		unsigned int levels = ovpp_merkle_append(&tree, leaf[n - 1], done);

		EXPECT_EQ((unsigned int)__builtin_ctzll(n), levels);
		for (unsigned int l = 0; l < levels; l++) {
			fetch(NULL, l + 1, (n >> (l + 1)) - 1, want);
			EXPECT_TRUE(same(want, done[l]));
		}
		by_definition(leaf, n, want);
		ovpp_merkle_root(&tree, root);
		EXPECT_TRUE(same(want, root));
		ovpp_merkle_root_of(leaf, n, root);
		EXPECT_TRUE(same(want, root));
	}
}

TEST(merkle_groups_are_the_perfect_trees_of_a_level)
{
	ovpp_hash group[LEAVES], want;

	make_leaves();
	for (unsigned int level = 0; level < 4; level++) {
		ASSERT_EQ(LEAVES >> level, ovpp_merkle_groups(leaf, LEAVES, level, group));
		for (size_t i = 0; i < (size_t)LEAVES >> level; i++) {
			by_definition(leaf + (i << level), (size_t)1 << level, want);
			EXPECT_TRUE(same(want, group[i]));
		}
	}
}

TEST(merkle_inclusion_of_every_leaf_at_every_size)
{
	ovpp_hash path[OVPP_MERKLE_DEPTH], root;

	make_leaves();
	for (size_t n = 1; n <= LEAVES; n++) {
		by_definition(leaf, n, root);
		for (size_t i = 0; i < n; i++) {
			int length = ovpp_merkle_inclusion(fetch, NULL, i, n, path);
			size_t k = (size_t)length;

			ASSERT_GE(length, 0);
			EXPECT_EQ(0, ovpp_merkle_check_inclusion(leaf[i], i, n, path, k, root));
			/* Another leaf, place or length. */
			EXPECT_EQ(-EBADMSG, ovpp_merkle_check_inclusion(leaf[(i + 1) % LEAVES], i,
									n, path, k, root));
			EXPECT_EQ(-EBADMSG,
				  ovpp_merkle_check_inclusion(leaf[i], n, n, path, k, root));
			if (n > 1)
				EXPECT_EQ(-EBADMSG,
					  ovpp_merkle_check_inclusion(leaf[i], (i + 1) % n, n, path,
								      k, root));
			if (k)
				EXPECT_EQ(-EBADMSG, ovpp_merkle_check_inclusion(leaf[i], i, n, path,
										k - 1, root));
			memset(path[k], 0, sizeof(path[k]));
			EXPECT_EQ(-EBADMSG,
				  ovpp_merkle_check_inclusion(leaf[i], i, n, path, k + 1, root));
		}
	}
}

TEST(merkle_consistency_of_all_pairs_of_sizes)
{
	ovpp_hash path[OVPP_MERKLE_DEPTH + 2], old_root, root, other;

	make_leaves();
	by_definition(leaf + 1, 3, other);
	for (size_t n = 1; n <= LEAVES; n++) {
		by_definition(leaf, n, root);
		for (size_t old = 1; old <= n; old++) {
			int length = ovpp_merkle_consistency(fetch, NULL, old, n, path);
			size_t k = (size_t)length;

			ASSERT_GE(length, 0);
			by_definition(leaf, old, old_root);
			EXPECT_EQ(0,
				  ovpp_merkle_check_consistency(old, n, path, k, old_root, root));
			EXPECT_EQ(-EBADMSG,
				  ovpp_merkle_check_consistency(old, n, path, k, other, root));
			EXPECT_EQ(-EBADMSG,
				  ovpp_merkle_check_consistency(old, n, path, k, old_root, other));
			if (k)
				EXPECT_EQ(-EBADMSG, ovpp_merkle_check_consistency(
							    old, n, path, k - 1, old_root, root));
			memset(path[k], 0, sizeof(path[k]));
			EXPECT_EQ(-EBADMSG, ovpp_merkle_check_consistency(old, n, path, k + 1,
									  old_root, root));
		}
	}
}

TEST(merkle_what_is_out_of_range_is_refused)
{
	ovpp_hash path[OVPP_MERKLE_DEPTH + 1], root = {0};

	EXPECT_EQ(-ERANGE, ovpp_merkle_inclusion(fetch, NULL, 5, 5, path));
	EXPECT_EQ(-ERANGE, ovpp_merkle_consistency(fetch, NULL, 0, 5, path));
	EXPECT_EQ(-ERANGE, ovpp_merkle_consistency(fetch, NULL, 6, 5, path));
	EXPECT_EQ(-EBADMSG, ovpp_merkle_check_consistency(0, 5, path, 0, root, root));
	EXPECT_EQ(-EBADMSG, ovpp_merkle_check_consistency(6, 5, path, 0, root, root));
	EXPECT_EQ(-EBADMSG, ovpp_merkle_check_inclusion(root, 0, 0, path, 0, root));
}

TEST(merkle_error_of_the_source_is_passed_on)
{
	ovpp_hash path[OVPP_MERKLE_DEPTH + 1];
	int error = -EIO;

	EXPECT_EQ(-EIO, ovpp_merkle_inclusion(fetch_fails, &error, 3, 7, path));
	EXPECT_EQ(-EIO, ovpp_merkle_consistency(fetch_fails, &error, 3, 7, path));
}

TEST_HARNESS_MAIN
