// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a transaction costs beside its signature: encoding, hashing and signing one that
 * anchors a batch, against libsecp256k1's signing of a hash and Keccak-256 of as many
 * bytes. Both take turns, so that what else this machine does meets both.
 *
 *	evm ROUNDS
 *
 * Prints lines "KEY VALUE": ours_us, peer_us (medians of CPU time) and raw_bytes.
 */
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "evm_tx.h"
#include "keccak.h"

static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[31] = 7};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void die(const char *what)
{
	fprintf(stderr, "evm: %s\n", what);
	exit(1);
}

/* A call of anchor() with a batch, values of today. */
static void call_data(struct ovpp_buffer *out)
{
	struct ovpp_abi v[6] = {0};
	ovpp_hash hash;

	ovpp_keccak256("gateway", 7, hash);
	v[0] = ovpp_abi_word(hash);
	v[1] = ovpp_abi_uint(123456);
	ovpp_keccak256("root", 4, hash);
	v[2] = ovpp_abi_word(hash);
	v[3] = ovpp_abi_uint(3600);
	v[4] = ovpp_abi_uint(UINT64_C(1790000000000));
	v[5] = ovpp_abi_uint(UINT64_C(1790000060000));
	if (ovpp_abi_encode_call("anchor((uint256,uint48,bytes32,uint32,uint48,uint48))", v, 6,
				 out))
		die("encoding");
}

static double ours(const struct ovpp_evm_key *key, uint64_t nonce, struct ovpp_buffer *data,
		   struct ovpp_buffer *raw)
{
	struct ovpp_evm_tx tx = {
		.chain_id = 8453,
		.nonce = nonce,
		.tip = 1000000,
		.fee = 12000000,
		.gas = 45000,
		.to = {1, 2, 3},
	};
	double begin = now_us();
	ovpp_hash hash;

	data->size = raw->size = 0;
	call_data(data);
	tx.data = data->data;
	tx.size = data->size;
	if (ovpp_evm_tx_sign(&tx, key, raw, hash))
		die("signing");
	return now_us() - begin;
}

/* The transaction is hashed twice: what is signed, and what it is called. */
static double peer(const secp256k1_context *c, const struct ovpp_buffer *raw)
{
	secp256k1_ecdsa_recoverable_signature sig;
	double begin = now_us();
	ovpp_hash hash;

	ovpp_keccak256(raw->data, raw->size, hash);
	if (!secp256k1_ecdsa_sign_recoverable(c, &sig, hash, secret, NULL, NULL))
		die("signing");
	ovpp_keccak256(raw->data, raw->size, hash);
	return now_us() - begin;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	secp256k1_context *c = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	double *a = calloc(n + 1, sizeof(*a)), *b = calloc(n + 1, sizeof(*b));
	struct ovpp_buffer data = {0}, raw = {0};
	struct ovpp_evm_key *key;

	if (!n) {
		fputs("usage: evm ROUNDS\n", stderr);
		return 2;
	}
	if (!a || !b || !c || ovpp_evm_key_new(secret, &key))
		die("no memory");
	for (size_t i = 0; i < n; i++) {
		a[i] = ours(key, i, &data, &raw);
		b[i] = peer(c, &raw);
	}
	qsort(a, n, sizeof(*a), by_size);
	qsort(b, n, sizeof(*b), by_size);
	printf("ours_us %.3f\npeer_us %.3f\nraw_bytes %zu\n", a[n / 2], b[n / 2], raw.size);
	ovpp_buffer_free(&data);
	ovpp_buffer_free(&raw);
	ovpp_evm_key_free(key);
	secp256k1_context_destroy(c);
	free(a);
	free(b);
	return 0;
}
