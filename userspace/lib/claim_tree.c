// SPDX-License-Identifier: GPL-2.0-or-later
#include "claim_tree.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "keccak.h"

/* A word of the ABI. */
#define WORD 32

static void put_u64(uint8_t word[WORD], size_t end, uint64_t x)
{
	x = htobe64(x);
	memcpy(word + end - sizeof(x), &x, sizeof(x));
}

void ovpp_claim_leaf(const struct ovpp_ledger_contract *contract,
		     const uint8_t account[OVPP_ACCOUNT_SIZE], ovpp_u128 total, ovpp_hash leaf)
{
	uint8_t word[4][WORD] = {0};

	put_u64(word[0], WORD, contract->chain_id);
	memcpy(word[1] + WORD - OVPP_ACCOUNT_SIZE, contract->address, OVPP_ACCOUNT_SIZE);
	memcpy(word[2] + WORD - OVPP_ACCOUNT_SIZE, account, OVPP_ACCOUNT_SIZE);
	put_u64(word[3], WORD, (uint64_t)total);
	put_u64(word[3], WORD - sizeof(uint64_t), (uint64_t)(total >> 64));
	ovpp_keccak256(word, sizeof(word), leaf);
	ovpp_keccak256(leaf, sizeof(ovpp_hash), leaf);
}

static void node(const ovpp_hash a, const ovpp_hash b, ovpp_hash out)
{
	bool ordered = memcmp(a, b, sizeof(ovpp_hash)) < 0;
	uint8_t pair[2][sizeof(ovpp_hash)];

	memcpy(pair[0], ordered ? a : b, sizeof(ovpp_hash));
	memcpy(pair[1], ordered ? b : a, sizeof(ovpp_hash));
	ovpp_keccak256(pair, sizeof(pair), out);
}

/* The level above, in place; its size. */
static size_t climb(ovpp_hash *hash, size_t n)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		node(hash[i], hash[i + 1], hash[i / 2]);
	if (n % 2)
		memmove(hash[n / 2], hash[n - 1], sizeof(ovpp_hash));
	return (n + 1) / 2;
}

void ovpp_claim_root(ovpp_hash *leaf, size_t n, ovpp_hash root)
{
	memset(root, 0, sizeof(ovpp_hash));
	if (!n)
		return;
	while (n > 1)
		n = climb(leaf, n);
	memcpy(root, leaf[0], sizeof(ovpp_hash));
}

size_t ovpp_claim_path(ovpp_hash *leaf, size_t n, size_t index, ovpp_hash *path)
{
	size_t length = 0;

	for (; n > 1; index /= 2) {
		if ((index ^ 1) < n)
			memcpy(path[length++], leaf[index ^ 1], sizeof(ovpp_hash));
		n = climb(leaf, n);
	}
	return length;
}

int ovpp_claim_check(const ovpp_hash leaf, const ovpp_hash *path, size_t n, const ovpp_hash root)
{
	ovpp_hash at;

	memcpy(at, leaf, sizeof(at));
	for (size_t i = 0; i < n; i++)
		node(at, path[i], at);
	return memcmp(at, root, sizeof(at)) ? -EBADMSG : 0;
}
