/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract DeviceRegistry: ids, what owners and devices sign, and calls
 * (docs/contracts.md). Its events are in chain_event.h.
 */
#ifndef OVPP_REGISTRY_H
#define OVPP_REGISTRY_H

#include <jansson.h>

#include "evm_key.h"

#define OVPP_REGISTRY_ED25519 1
#define OVPP_REGISTRY_GATEWAY 255
/* uint48: "still open" */
#define OVPP_REGISTRY_OPEN ((UINT64_C(1) << 48) - 1)
/* A gateway's first batch is not after it. */
#define OVPP_REGISTRY_SINCE_MAX (OVPP_REGISTRY_OPEN / 2)

/* r || s || v, as owners give it. */
#define OVPP_REGISTRY_CONSENT 65

/**
 * struct ovpp_registry - where
 * @chain_id: chain
 * @address: contract
 */
struct ovpp_registry {
	uint64_t chain_id;
	ovpp_address address;
};

/**
 * struct ovpp_registration - a new identity, with an Ed25519 key
 * @owner: gets it
 * @operator: acts for it; zero: none, not for a gateway
 * @kind: OVPP_REGISTRY_GATEWAY or enum ovpp_kind
 * @key: its first key
 * @since: first batch that it signs
 * @deadline: s since 1970
 */
struct ovpp_registration {
	ovpp_address owner;
	ovpp_address operator;
	uint8_t kind;
	uint8_t key[OVPP_KEY_SIZE];
	uint64_t since;
	uint64_t deadline;
};

/**
 * struct ovpp_registry_rotation - another key
 * @id: whose
 * @key: it
 * @from: first batch that it signs
 * @nonce: of the identity; signed, not sent
 * @deadline: s since 1970
 */
struct ovpp_registry_rotation {
	uint8_t id[32];
	uint8_t key[OVPP_KEY_SIZE];
	uint64_t from;
	uint64_t nonce;
	uint64_t deadline;
};

/**
 * struct ovpp_registry_revocation - a key is not to be trusted
 * @id: whose
 * @epoch: number of the key there
 * @from: first batch
 * @reason: RFC 5280, 5.3.1
 * @nonce: of the identity; signed, not sent
 * @deadline: s since 1970
 */
struct ovpp_registry_revocation {
	uint8_t id[32];
	uint64_t epoch;
	uint64_t from;
	uint8_t reason;
	uint64_t nonce;
	uint64_t deadline;
};

/**
 * struct ovpp_registry_operator - another account acts for an identity
 * @id: whose
 * @operator: it; zero: none, not for a gateway
 * @nonce: of the identity; signed, not sent
 * @deadline: s since 1970
 */
struct ovpp_registry_operator {
	uint8_t id[32];
	ovpp_address operator;
	uint64_t nonce;
	uint64_t deadline;
};

/* Id of an Ed25519 key that @owner registers. */
void ovpp_registry_id(const struct ovpp_registry *r, const uint8_t key[OVPP_KEY_SIZE],
		      const ovpp_address owner, uint8_t id[32]);

/* ---- one of the four actions: what is signed, what is sent ---- */

#define OVPP_REGISTRY_MEMBERS 7
#define OVPP_REGISTRY_ARGS (OVPP_REGISTRY_MEMBERS + 2)

/**
 * struct ovpp_registry_action - something that an owner consents to
 * @type: for EIP-712
 * @call: for ovpp_abi_encode_call()
 * @member: values of the type; they point into what the action was made of
 * @members: how many
 * @nonce: which of them is signed, but not sent; none if it is @members
 * @proven: a new key signs, too
 */
struct ovpp_registry_action {
	const char *type;
	const char *call;
	struct ovpp_abi member[OVPP_REGISTRY_MEMBERS];
	size_t members;
	size_t nonce;
	bool proven;
};

/* @x is borrowed by @a. */
void ovpp_registry_register(const struct ovpp_registration *x, struct ovpp_registry_action *a);
void ovpp_registry_rotate(const struct ovpp_registry_rotation *x, struct ovpp_registry_action *a);
void ovpp_registry_revoke(const struct ovpp_registry_revocation *x, struct ovpp_registry_action *a);
void ovpp_registry_set_operator(const struct ovpp_registry_operator *x,
				struct ovpp_registry_action *a);

/* What owner (and key) sign. 0; -EINVAL: a number that does not fit. */
int ovpp_registry_digest(const struct ovpp_registry *r, const struct ovpp_registry_action *a,
			 ovpp_hash digest);

/* The same for a wallet (eth_signTypedData_v4), as a new object. */
json_t *ovpp_registry_typed_data(const struct ovpp_registry *r,
				 const struct ovpp_registry_action *a);

/**
 * ovpp_registry_args() - arguments of the call
 * @a: action
 * @consent: the owner's signature; NULL: the owner sends it
 * @proof: of the new key, if the action has one
 * @arg: set; they point to @a, @consent and @proof
 *
 * Return: how many.
 */
size_t ovpp_registry_args(const struct ovpp_registry_action *a,
			  const uint8_t consent[OVPP_REGISTRY_CONSENT],
			  const uint8_t proof[OVPP_SIGNATURE_SIZE],
			  struct ovpp_abi arg[OVPP_REGISTRY_ARGS]);

/* The digests of three of them at once. */
int ovpp_registry_register_digest(const struct ovpp_registry *r, const struct ovpp_registration *x,
				  ovpp_hash digest);
int ovpp_registry_rotate_digest(const struct ovpp_registry *r,
				const struct ovpp_registry_rotation *x, ovpp_hash digest);
int ovpp_registry_revoke_digest(const struct ovpp_registry *r,
				const struct ovpp_registry_revocation *x, ovpp_hash digest);

/* ---- signatures ---- */

/* The owner's, of a key at hand. 0 or -errno. */
int ovpp_registry_consent(const struct ovpp_evm_key *owner, const ovpp_hash digest,
			  uint8_t consent[OVPP_REGISTRY_CONSENT]);

/* Is it that of an account? A contract's cannot be checked here. */
bool ovpp_registry_consents(const ovpp_hash digest, const ovpp_address owner,
			    const uint8_t consent[OVPP_REGISTRY_CONSENT]);

/* Proof that an Ed25519 key is there. 0 or -errno. */
int ovpp_registry_prove(const ovpp_hash digest, ovpp_sign sign, void *arg,
			uint8_t proof[OVPP_SIGNATURE_SIZE]);

/* Does it hold? */
bool ovpp_registry_proof_holds(const ovpp_hash digest, const uint8_t key[OVPP_KEY_SIZE],
			       const uint8_t proof[OVPP_SIGNATURE_SIZE]);

#endif /* OVPP_REGISTRY_H */
