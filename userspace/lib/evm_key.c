// SPDX-License-Identifier: GPL-2.0-or-later
#include "evm_key.h"

#include <ctype.h>
#include <errno.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sodium.h>
#include <string.h>

#include "keccak.h"

/**
 * struct ovpp_evm_key - an account
 * @context: of the library, blinded with random bytes
 * @secret: key
 * @address: of the account
 */
struct ovpp_evm_key {
	secp256k1_context *context;
	uint8_t secret[OVPP_EVM_SECRET_SIZE];
	ovpp_address address;
};

static void address_of(const secp256k1_pubkey *public, ovpp_address address)
{
	uint8_t bytes[65];
	size_t size = sizeof(bytes);
	ovpp_hash hash;

	secp256k1_ec_pubkey_serialize(secp256k1_context_static, bytes, &size, public,
				      SECP256K1_EC_UNCOMPRESSED);
	/* The first byte only says that both coordinates follow. */
	ovpp_keccak256(bytes + 1, size - 1, hash);
	memcpy(address, hash + OVPP_HASH_SIZE - OVPP_ADDRESS_SIZE, OVPP_ADDRESS_SIZE);
}

/* A context whose computations cannot be told from outside by what they take. */
static int blind(struct ovpp_evm_key *k)
{
	uint8_t seed[32];
	int ok;

	k->context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	if (!k->context)
		return -ENOMEM;
	randombytes_buf(seed, sizeof(seed));
	ok = secp256k1_context_randomize(k->context, seed);
	sodium_memzero(seed, sizeof(seed));
	return ok ? 0 : -EIO;
}

int ovpp_evm_key_new(const uint8_t secret[OVPP_EVM_SECRET_SIZE], struct ovpp_evm_key **out)
{
	struct ovpp_evm_key *k = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*k));
	secp256k1_pubkey public;
	int ret;

	if (!k)
		return -ENOMEM;
	memset(k, 0, sizeof(*k));
	memcpy(k->secret, secret, sizeof(k->secret));
	ret = blind(k);
	if (!ret && !secp256k1_ec_pubkey_create(k->context, &public, k->secret))
		ret = -EINVAL;
	if (ret) {
		ovpp_evm_key_free(k);
		return ret;
	}
	address_of(&public, k->address);
	*out = k;
	return 0;
}

void ovpp_evm_key_free(struct ovpp_evm_key *k)
{
	if (!k)
		return;
	if (k->context)
		secp256k1_context_destroy(k->context);
	sodium_free(k);
}

const uint8_t *ovpp_evm_key_address(const struct ovpp_evm_key *k)
{
	return k->address;
}

int ovpp_evm_key_sign(const struct ovpp_evm_key *k, const ovpp_hash hash,
		      struct ovpp_evm_signature *sig)
{
	secp256k1_ecdsa_recoverable_signature made;
	uint8_t bytes[64];
	int id;

	if (!secp256k1_ecdsa_sign_recoverable(k->context, &made, hash, k->secret, NULL, NULL))
		return -EIO;
	secp256k1_ecdsa_recoverable_signature_serialize_compact(k->context, bytes, &id, &made);
	/* R beyond the order of the group: nobody has ever seen one. */
	if (id > 1)
		return -EIO;
	memcpy(sig->r, bytes, sizeof(sig->r));
	memcpy(sig->s, bytes + sizeof(sig->r), sizeof(sig->s));
	sig->odd = id;
	return 0;
}

int ovpp_evm_recover(const ovpp_hash hash, const struct ovpp_evm_signature *sig,
		     ovpp_address address)
{
	const secp256k1_context *c = secp256k1_context_static;
	secp256k1_ecdsa_recoverable_signature both;
	secp256k1_ecdsa_signature plain;
	secp256k1_pubkey public;
	uint8_t bytes[64];

	memcpy(bytes, sig->r, sizeof(sig->r));
	memcpy(bytes + sizeof(sig->r), sig->s, sizeof(sig->s));
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(c, &both, bytes, sig->odd))
		return -EBADMSG;
	secp256k1_ecdsa_recoverable_signature_convert(c, &plain, &both);
	if (secp256k1_ecdsa_signature_normalize(c, NULL, &plain) ||
	    !secp256k1_ecdsa_recover(c, &public, &both, hash))
		return -EBADMSG;
	address_of(&public, address);
	return 0;
}

void ovpp_address_format(const ovpp_address address, char text[OVPP_ADDRESS_TEXT])
{
	ovpp_hash hash;

	memcpy(text, "0x", 2);
	ovpp_hex(address, OVPP_ADDRESS_SIZE, text + 2);
	ovpp_keccak256(text + 2, 2 * OVPP_ADDRESS_SIZE, hash);
	for (size_t i = 0; i < 2 * OVPP_ADDRESS_SIZE; i++)
		if (hash[i / 2] >> (i % 2 ? 0 : 4) & 8)
			text[2 + i] = (char)toupper((unsigned char)text[2 + i]);
}

int ovpp_address_parse(const char *text, ovpp_address address)
{
	char right[OVPP_ADDRESS_TEXT];
	bool upper = false, lower = false;

	if (strncmp(text, "0x", 2) || ovpp_unhex(text + 2, address, OVPP_ADDRESS_SIZE))
		return -EINVAL;
	for (const char *c = text + 2; *c; c++) {
		upper |= *c >= 'A' && *c <= 'F';
		lower |= *c >= 'a' && *c <= 'f';
	}
	ovpp_address_format(address, right);
	return upper && lower && strcmp(text, right) ? -EBADMSG : 0;
}
