// SPDX-License-Identifier: GPL-2.0-or-later
#include "evm_tx.h"

#include <errno.h>
#include <string.h>

#include "keccak.h"
#include "rlp.h"

#define TYPE 0x02

/* Type and list; the signature is in it if there is one. */
static int encode(const struct ovpp_evm_tx *tx, const struct ovpp_evm_signature *sig,
		  struct ovpp_buffer *out)
{
	struct ovpp_rlp_out w = {.out = out};
	struct ovpp_u256 x;
	uint8_t type = TYPE;
	size_t list;

	w.ret = ovpp_buffer_add(out, &type, 1);
	list = out->size;
	ovpp_rlp_put_uint(&w, tx->chain_id);
	ovpp_rlp_put_uint(&w, tx->nonce);
	ovpp_rlp_put_uint(&w, tx->tip);
	ovpp_rlp_put_uint(&w, tx->fee);
	ovpp_rlp_put_uint(&w, tx->gas);
	ovpp_rlp_put_bytes(&w, tx->to, OVPP_ADDRESS_SIZE);
	ovpp_rlp_put_u256(&w, &tx->value);
	ovpp_rlp_put_bytes(&w, tx->data, tx->size);
	ovpp_rlp_put_list(&w, out->size);
	if (sig) {
		ovpp_rlp_put_uint(&w, sig->odd);
		ovpp_u256_load(&x, sig->r);
		ovpp_rlp_put_u256(&w, &x);
		ovpp_u256_load(&x, sig->s);
		ovpp_rlp_put_u256(&w, &x);
	}
	ovpp_rlp_put_list(&w, list);
	return w.ret;
}

static int digest(const struct ovpp_evm_tx *tx, ovpp_hash hash)
{
	struct ovpp_buffer b = {0};
	int ret = encode(tx, NULL, &b);

	if (!ret)
		ovpp_keccak256(b.data, b.size, hash);
	ovpp_buffer_free(&b);
	return ret;
}

int ovpp_evm_tx_sign(const struct ovpp_evm_tx *tx, const struct ovpp_evm_key *key,
		     struct ovpp_buffer *raw, ovpp_hash hash)
{
	struct ovpp_evm_signature sig;
	size_t from = raw->size;
	int ret = digest(tx, hash);

	if (!ret)
		ret = ovpp_evm_key_sign(key, hash, &sig);
	if (!ret)
		ret = encode(tx, &sig, raw);
	if (!ret)
		ovpp_keccak256(raw->data + from, raw->size - from, hash);
	return ret;
}

static void decode_fields(struct ovpp_rlp *r, struct ovpp_evm_tx *tx)
{
	struct ovpp_rlp access;

	tx->chain_id = ovpp_rlp_uint(r);
	tx->nonce = ovpp_rlp_uint(r);
	tx->tip = ovpp_rlp_uint(r);
	tx->fee = ovpp_rlp_uint(r);
	tx->gas = ovpp_rlp_uint(r);
	ovpp_rlp_fixed(r, tx->to, OVPP_ADDRESS_SIZE);
	tx->value = ovpp_rlp_u256(r);
	tx->data = ovpp_rlp_bytes(r, &tx->size);
	access = ovpp_rlp_list(r);
	ovpp_rlp_end(&access, r);
}

static void decode_signature(struct ovpp_rlp *r, struct ovpp_evm_signature *sig)
{
	uint64_t odd = ovpp_rlp_uint(r);
	struct ovpp_u256 x;

	sig->odd = odd;
	if (odd > 1)
		r->bad = true;
	x = ovpp_rlp_u256(r);
	ovpp_u256_store(&x, sig->r);
	x = ovpp_rlp_u256(r);
	ovpp_u256_store(&x, sig->s);
}

int ovpp_evm_tx_decode(const uint8_t *raw, size_t size, struct ovpp_evm_tx *tx, ovpp_address from)
{
	struct ovpp_evm_signature sig;
	struct ovpp_rlp r, list;
	ovpp_hash hash;
	int ret;

	if (!size || *raw != TYPE)
		return -EBADMSG;
	r = ovpp_rlp(raw + 1, size - 1);
	list = ovpp_rlp_list(&r);
	decode_fields(&list, tx);
	decode_signature(&list, &sig);
	ovpp_rlp_end(&list, &r);
	ovpp_rlp_end(&r, NULL);
	if (r.bad)
		return -EBADMSG;
	ret = digest(tx, hash);
	return ret ? ret : ovpp_evm_recover(hash, &sig, from);
}
