// SPDX-License-Identifier: GPL-2.0-or-later
#include "anchor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "eip712.h"
#include "keccak.h"

#define BATCH "(uint256,uint48,bytes32,uint32,uint48,uint48)"
#define BATCH_TYPE "Batch(uint256 gateway,uint48 seq,bytes32 root,uint32 n,uint48 t0,uint48 t1)"
#define FIELDS 6
/* With a signature: two words, zero where the sender is the gateway. */
#define SIGNED_FIELDS (FIELDS + 2)

static void put_fields(const uint8_t gateway[32], const struct ovpp_anchor *b, struct ovpp_abi *v)
{
	v[0] = ovpp_abi_word(gateway);
	v[1] = ovpp_abi_uint(b->seq);
	v[2] = ovpp_abi_word(b->root);
	v[3] = ovpp_abi_uint(b->records);
	v[4] = ovpp_abi_uint(b->t0_ms);
	v[5] = ovpp_abi_uint(b->t1_ms);
}

int ovpp_anchor_hash(const uint8_t gateway[32], const struct ovpp_anchor *b, ovpp_hash hash)
{
	struct ovpp_abi v[FIELDS];

	put_fields(gateway, b, v);
	return ovpp_eip712_struct(BATCH_TYPE, v, FIELDS, hash);
}

int ovpp_anchor_accumulate(const uint8_t gateway[32], const struct ovpp_anchor *b, ovpp_hash acc)
{
	ovpp_hash both[2];
	int ret = ovpp_anchor_hash(gateway, b, both[1]);

	if (ret)
		return ret;
	memcpy(both[0], acc, sizeof(both[0]));
	ovpp_keccak256(both, sizeof(both), acc);
	return 0;
}

static int call_many(const uint8_t gateway[32], const struct ovpp_anchor *b, size_t n,
		     struct ovpp_buffer *out)
{
	struct ovpp_abi *v = calloc(1 + n * SIGNED_FIELDS, sizeof(*v));
	int ret;

	if (!v)
		return -ENOMEM;
	v[0] = ovpp_abi_array(n);
	for (size_t i = 0; i < n; i++)
		put_fields(gateway, &b[i], v + 1 + i * SIGNED_FIELDS);
	ret = ovpp_abi_encode_call("anchorMany((" BATCH ",bytes32,bytes32)[])", v,
				   1 + n * SIGNED_FIELDS, out);
	free(v);
	return ret;
}

int ovpp_anchor_call(const uint8_t gateway[32], const struct ovpp_anchor *b, size_t n,
		     struct ovpp_buffer *out)
{
	struct ovpp_abi v[FIELDS];

	if (n != 1)
		return call_many(gateway, b, n, out);
	put_fields(gateway, b, v);
	return ovpp_abi_encode_call("anchor(" BATCH ")", v, FIELDS, out);
}

int ovpp_anchor_head_call(const uint8_t gateway[32], struct ovpp_buffer *out)
{
	struct ovpp_abi v = ovpp_abi_word(gateway);

	return ovpp_abi_encode_call("head(uint256)", &v, 1, out);
}

int ovpp_anchor_head_decode(const void *data, size_t size, struct ovpp_anchor_head *head)
{
	struct ovpp_abi v[4];
	size_t n = 4;
	int ret = ovpp_abi_decode("(address,uint48,uint48,bytes32)", data, size, v, &n);

	if (ret)
		return ret;
	memcpy(head->signer, ovpp_abi_to_address(&v[0]), sizeof(head->signer));
	ovpp_abi_to_uint(&v[1], &head->next);
	ovpp_abi_to_uint(&v[2], &head->t1_ms);
	memcpy(head->acc, v[3].word, sizeof(head->acc));
	return 0;
}
