// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry.h"

#include <sodium.h>
#include <string.h>

#include "eip712.h"
#include "keccak.h"

#define NAME "OpenVPP DeviceRegistry"
#define VERSION "1"

/* What an Ed25519 key signs begins with this, so that it is nothing else that it signs. */
#define PROOF "OVPP-EIP712"
#define PROOF_SIZE (sizeof(PROOF) - 1 + OVPP_HASH_SIZE)

/* v where the point R has an even y. */
#define V_EVEN 27

void ovpp_registry_id(const struct ovpp_registry *r, const uint8_t key[OVPP_KEY_SIZE],
		      const ovpp_address owner, uint8_t id[32])
{
	ovpp_hash key_hash;
	struct ovpp_abi v[5] = {ovpp_abi_uint(r->chain_id), ovpp_abi_address(r->address),
				ovpp_abi_uint(OVPP_REGISTRY_ED25519)};
	uint8_t words[5][32];

	ovpp_keccak256(key, OVPP_KEY_SIZE, key_hash);
	v[3] = ovpp_abi_word(key_hash);
	v[4] = ovpp_abi_address(owner);
	for (size_t i = 0; i < 5; i++)
		memcpy(words[i], v[i].word, sizeof(words[i]));
	ovpp_keccak256(words, sizeof(words), id);
}

void ovpp_registry_register(const struct ovpp_registration *x, struct ovpp_registry_action *a)
{
	*a = (struct ovpp_registry_action){
		.type = "Register(address owner,address operator,uint8 kind,uint8 keyType,"
			"bytes key,uint48 since,uint256 deadline)",
		.call = "register((address,address,uint8,uint8,bytes,uint48,uint256),bytes,bytes)",
		.member = {ovpp_abi_address(x->owner), ovpp_abi_address(x->operator),
			   ovpp_abi_uint(x->kind), ovpp_abi_uint(OVPP_REGISTRY_ED25519),
			   ovpp_abi_bytes(x->key, OVPP_KEY_SIZE), ovpp_abi_uint(x->since),
			   ovpp_abi_uint(x->deadline)},
		.members = 7,
		.nonce = 7,
		.proven = true,
	};
}

void ovpp_registry_rotate(const struct ovpp_registry_rotation *x, struct ovpp_registry_action *a)
{
	*a = (struct ovpp_registry_action){
		.type = "RotateKey(uint256 id,uint8 keyType,bytes key,uint48 from,uint256 nonce,"
			"uint256 deadline)",
		.call = "rotateKey((uint256,uint8,bytes,uint48,uint256),bytes,bytes)",
		.member = {ovpp_abi_word(x->id), ovpp_abi_uint(OVPP_REGISTRY_ED25519),
			   ovpp_abi_bytes(x->key, OVPP_KEY_SIZE), ovpp_abi_uint(x->from),
			   ovpp_abi_uint(x->nonce), ovpp_abi_uint(x->deadline)},
		.members = 6,
		.nonce = 4,
		.proven = true,
	};
}

void ovpp_registry_revoke(const struct ovpp_registry_revocation *x, struct ovpp_registry_action *a)
{
	*a = (struct ovpp_registry_action){
		.type = "RevokeKey(uint256 id,uint256 epoch,uint48 from,uint8 reason,"
			"uint256 nonce,uint256 deadline)",
		.call = "revokeKey((uint256,uint256,uint48,uint8,uint256),bytes)",
		.member = {ovpp_abi_word(x->id), ovpp_abi_uint(x->epoch), ovpp_abi_uint(x->from),
			   ovpp_abi_uint(x->reason), ovpp_abi_uint(x->nonce),
			   ovpp_abi_uint(x->deadline)},
		.members = 6,
		.nonce = 4,
	};
}

void ovpp_registry_set_operator(const struct ovpp_registry_operator *x,
				struct ovpp_registry_action *a)
{
	*a = (struct ovpp_registry_action){
		.type = "SetOperator(uint256 id,address operator,uint256 nonce,uint256 deadline)",
		.call = "setOperator(uint256,address,uint256,bytes)",
		.member = {ovpp_abi_word(x->id), ovpp_abi_address(x->operator),
			   ovpp_abi_uint(x->nonce), ovpp_abi_uint(x->deadline)},
		.members = 4,
		.nonce = 2,
	};
}

int ovpp_registry_digest(const struct ovpp_registry *r, const struct ovpp_registry_action *a,
			 ovpp_hash digest)
{
	ovpp_hash domain, structure;
	int ret = ovpp_eip712_struct(a->type, a->member, a->members, structure);

	if (ret)
		return ret;
	ovpp_eip712_domain(NAME, VERSION, r->chain_id, r->address, domain);
	ovpp_eip712_digest(domain, structure, digest);
	return 0;
}

json_t *ovpp_registry_typed_data(const struct ovpp_registry *r,
				 const struct ovpp_registry_action *a)
{
	return ovpp_eip712_json(NAME, VERSION, r->chain_id, r->address, a->type, a->member,
				a->members);
}

size_t ovpp_registry_args(const struct ovpp_registry_action *a,
			  const uint8_t consent[OVPP_REGISTRY_CONSENT],
			  const uint8_t proof[OVPP_SIGNATURE_SIZE],
			  struct ovpp_abi arg[OVPP_REGISTRY_ARGS])
{
	size_t n = 0;

	for (size_t i = 0; i < a->members; i++) {
		if (i != a->nonce)
			arg[n++] = a->member[i];
	}
	arg[n++] = ovpp_abi_bytes(consent, consent ? OVPP_REGISTRY_CONSENT : 0);
	if (a->proven)
		arg[n++] = ovpp_abi_bytes(proof, OVPP_SIGNATURE_SIZE);
	return n;
}

int ovpp_registry_register_digest(const struct ovpp_registry *r, const struct ovpp_registration *x,
				  ovpp_hash digest)
{
	struct ovpp_registry_action a;

	ovpp_registry_register(x, &a);
	return ovpp_registry_digest(r, &a, digest);
}

int ovpp_registry_rotate_digest(const struct ovpp_registry *r,
				const struct ovpp_registry_rotation *x, ovpp_hash digest)
{
	struct ovpp_registry_action a;

	ovpp_registry_rotate(x, &a);
	return ovpp_registry_digest(r, &a, digest);
}

int ovpp_registry_revoke_digest(const struct ovpp_registry *r,
				const struct ovpp_registry_revocation *x, ovpp_hash digest)
{
	struct ovpp_registry_action a;

	ovpp_registry_revoke(x, &a);
	return ovpp_registry_digest(r, &a, digest);
}

int ovpp_registry_consent(const struct ovpp_evm_key *owner, const ovpp_hash digest,
			  uint8_t consent[OVPP_REGISTRY_CONSENT])
{
	struct ovpp_evm_signature s;
	int ret = ovpp_evm_key_sign(owner, digest, &s);

	if (ret)
		return ret;
	memcpy(consent, s.r, sizeof(s.r));
	memcpy(consent + 32, s.s, sizeof(s.s));
	consent[64] = (uint8_t)(V_EVEN + s.odd);
	return 0;
}

bool ovpp_registry_consents(const ovpp_hash digest, const ovpp_address owner,
			    const uint8_t consent[OVPP_REGISTRY_CONSENT])
{
	struct ovpp_evm_signature s = {.odd = consent[64] == V_EVEN + 1};
	ovpp_address who;

	memcpy(s.r, consent, sizeof(s.r));
	memcpy(s.s, consent + 32, sizeof(s.s));
	return (s.odd || consent[64] == V_EVEN) && !ovpp_evm_recover(digest, &s, who) &&
	       !memcmp(who, owner, sizeof(who));
}

static void proof_of(const ovpp_hash digest, uint8_t data[PROOF_SIZE])
{
	memcpy(data, PROOF, sizeof(PROOF) - 1);
	memcpy(data + sizeof(PROOF) - 1, digest, OVPP_HASH_SIZE);
}

int ovpp_registry_prove(const ovpp_hash digest, ovpp_sign sign, void *arg,
			uint8_t proof[OVPP_SIGNATURE_SIZE])
{
	uint8_t data[PROOF_SIZE];

	proof_of(digest, data);
	return sign(arg, data, sizeof(data), proof);
}

bool ovpp_registry_proof_holds(const ovpp_hash digest, const uint8_t key[OVPP_KEY_SIZE],
			       const uint8_t proof[OVPP_SIGNATURE_SIZE])
{
	uint8_t data[PROOF_SIZE];

	proof_of(digest, data);
	return !crypto_sign_verify_detached(proof, data, sizeof(data), key);
}
