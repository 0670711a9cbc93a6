// SPDX-License-Identifier: GPL-2.0-or-later
#include "eip712.h"

#include <errno.h>
#include <string.h>

#include "abi_type.h"
#include "keccak.h"

#define DOMAIN "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"

/* A member's value as 32 bytes. */
static int encode_member(const char *type, const char *end, const struct ovpp_abi *v, ovpp_hash out)
{
	switch (abi_type_kind(type, end)) {
	case ABI_BYTES:
		ovpp_keccak256(v->data, v->size, out);
		return 0;
	case ABI_WORD:
		if (!ovpp_abi_word_fits(type, end, v->word))
			return -EINVAL;
		break;
	case ABI_BAD:
		/* Names of structs begin with a capital letter, those of other types do not. */
		if (*type < 'A' || *type > 'Z')
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	memcpy(out, v->word, OVPP_HASH_SIZE);
	return 0;
}

int ovpp_eip712_struct(const char *type, const struct ovpp_abi *v, size_t n, ovpp_hash out)
{
	ovpp_hash word[1 + OVPP_EIP712_MEMBERS];
	const char *at = strchr(type, '(');
	size_t members = 0;
	int ret = at ? 0 : -EINVAL;

	ovpp_keccak256(type, strlen(type), word[0]);
	while (!ret && *at != ')') {
		const char *member = at + 1, *space = strchr(member, ' ');

		if (!space || members == OVPP_EIP712_MEMBERS || members == n)
			return -EINVAL;
		ret = encode_member(member, space, &v[members], word[1 + members]);
		members++;
		at = space + strcspn(space, ",)");
		if (!*at)
			return -EINVAL;
	}
	if (ret || members != n)
		return -EINVAL;
	ovpp_keccak256(word, (1 + members) * sizeof(*word), out);
	return 0;
}

void ovpp_eip712_domain(const char *name, const char *version, uint64_t chain_id,
			const ovpp_address contract, ovpp_hash out)
{
	struct ovpp_abi v[] = {
		ovpp_abi_bytes(name, strlen(name)),
		ovpp_abi_bytes(version, strlen(version)),
		ovpp_abi_uint(chain_id),
		ovpp_abi_address(contract),
	};

	ovpp_eip712_struct(DOMAIN, v, sizeof(v) / sizeof(*v), out);
}

void ovpp_eip712_digest(const ovpp_hash domain, const ovpp_hash structure, ovpp_hash out)
{
	uint8_t data[2 + 2 * OVPP_HASH_SIZE] = {0x19, 0x01};

	memcpy(data + 2, domain, OVPP_HASH_SIZE);
	memcpy(data + 2 + OVPP_HASH_SIZE, structure, OVPP_HASH_SIZE);
	ovpp_keccak256(data, sizeof(data), out);
}
