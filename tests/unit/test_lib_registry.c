// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/registry.c, eip712_json.c: what is signed and sent for DeviceRegistry. The values
 * are those of the contract: it took these signatures and calls, in a test of forge on
 * what Deployment.sol deploys. Ed25519 seeds are 1 and 2, the owner's secret is 0xA11CE.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "keccak.h"
#include "registry.h"

#define REGISTRY "5991a2df15a8f6a256d3ec51e99254cd3fb576a9"
#define OWNER "e05fcc23807536bee418f142d19fa0d21bb0cff7"
#define OPERATOR "3da8d322cb2435da26e9c9fee670f9fb7fe74e49"
#define ID "ff4dc7ccd6f505c2c4678d209dd5b17f25b4841e7fed0c323c892d521d4b36b6"
#define REGISTER "71867ea365a91597475cbc355f7c42a40d8c001ca208101740588aa98e568ff0"
#define ROTATE "3f022247d26aad8e6aeef0bcba71a3117684ce895bff5b6509d43a1b4303bfae"
#define REVOKE "e44f02225651012a8fcfcd6bab1d7224bd3df5e4e59224dda684698cdebee3b0"
#define SET_OPERATOR "0c447545a81288863f493d613ec81aeb6c525632e9b76cf4d4b71e470c0130aa"
/* Of the whole calls, Keccak-256. */
#define REGISTER_CALL "50fb0662d620fb19a746c70a42eff43106bc0ad1f43b0b46ba4d0f64b1d5c238"
#define ROTATE_CALL "549c9c965585de57201b3cb2460b6343e3181546d040d285b54c6ee96d0ca7e8"
#define REVOKE_CALL "6e0e7b53e354c53fff567903ce0c9ca98c72ef4f722f91da097cef18cd8fb23b"
#define SET_OPERATOR_CALL "58c8079de4036a150016d2b835860f8669f7e0ee5383ab9270b8ce8ce651668f"

static void unhex(const char *text, uint8_t *out, size_t size)
{
	if (ovpp_unhex(text, out, size))
		abort();
}

#define EXPECT_HEX(text, data, size)                                                   \
	do {                                                                           \
		char got[256];                                                         \
		ovpp_hex(data, size, got);                                             \
		EXPECT_EQ(0, strcmp(text, got)) TH_LOG("is %s, want %s", got, (text)); \
	} while (0)

FIXTURE(registry)
{
	struct ovpp_registry at;
	struct ovpp_registration registration;
	struct ovpp_registry_rotation rotation;
	struct ovpp_registry_revocation revocation;
	struct ovpp_registry_operator operator;
	uint8_t secret[2][crypto_sign_SECRETKEYBYTES];
	struct ovpp_evm_key *owner;
	json_t *json;
};

FIXTURE_SETUP(registry)
{
	static const uint8_t secret[OVPP_EVM_SECRET_SIZE] = {[29] = 0x0a, 0x11, 0xce};
	uint8_t key[2][OVPP_KEY_SIZE], id[32];

	ASSERT_LE(0, sodium_init());
	for (uint8_t i = 0; i < 2; i++) {
		const uint8_t seed[crypto_sign_SEEDBYTES] = {[31] = i + 1};

		crypto_sign_seed_keypair(key[i], self->secret[i], seed);
	}
	ASSERT_EQ(0, ovpp_evm_key_new(secret, &self->owner));
	self->at.chain_id = 31337;
	unhex(REGISTRY, self->at.address, sizeof(self->at.address));
	self->registration = (struct ovpp_registration){
		.kind = OVPP_REGISTRY_GATEWAY, .since = 17, .deadline = 1900000000};
	unhex(OWNER, self->registration.owner, OVPP_ADDRESS_SIZE);
	unhex(OPERATOR, self->registration.operator, OVPP_ADDRESS_SIZE);
	memcpy(self->registration.key, key[0], OVPP_KEY_SIZE);
	unhex(ID, id, sizeof(id));
	self->rotation = (struct ovpp_registry_rotation){.from = 40, .deadline = 1900000001};
	memcpy(self->rotation.id, id, sizeof(id));
	memcpy(self->rotation.key, key[1], OVPP_KEY_SIZE);
	self->revocation = (struct ovpp_registry_revocation){
		.from = 30, .reason = 1, .nonce = 1, .deadline = 1900000002};
	memcpy(self->revocation.id, id, sizeof(id));
	self->operator=(struct ovpp_registry_operator){
		.operator= {[18] = 0x0b, 0xad}, .nonce = 2, .deadline = 1900000003};
	memcpy(self->operator.id, id, sizeof(id));
}

FIXTURE_TEARDOWN(registry)
{
	ovpp_evm_key_free(self->owner);
	json_decref(self->json);
}

static int sign(void *secret, const void *data, size_t size, uint8_t signature[OVPP_SIGNATURE_SIZE])
{
	return crypto_sign_detached(signature, NULL, data, size, secret);
}

/* Hash of the call that everybody can send; @secret of the new key, if any. */
static void call_hash(const struct ovpp_registry *at, const struct ovpp_registry_action *a,
		      const struct ovpp_evm_key *owner, void *secret, ovpp_hash hash)
{
	uint8_t consent[OVPP_REGISTRY_CONSENT], proof[OVPP_SIGNATURE_SIZE];
	struct ovpp_abi arg[OVPP_REGISTRY_ARGS];
	struct ovpp_buffer call = {0};
	ovpp_hash digest;

	if (ovpp_registry_digest(at, a, digest) || ovpp_registry_consent(owner, digest, consent) ||
	    (secret && ovpp_registry_prove(digest, sign, secret, proof)) ||
	    ovpp_abi_encode_call(a->call, arg, ovpp_registry_args(a, consent, proof, arg), &call))
		abort();
	ovpp_keccak256(call.data, call.size, hash);
	ovpp_buffer_free(&call);
}

TEST_F(registry, an_id_is_the_contracts)
{
	uint8_t id[32];

	ovpp_registry_id(&self->at, self->registration.key, self->registration.owner, id);
	EXPECT_HEX(ID, id, sizeof(id));
	ovpp_registry_id(&self->at, self->registration.key, self->registration.operator, id);
	EXPECT_NE(0, memcmp(id, self->rotation.id, sizeof(id)));
}

TEST_F(registry, digests_are_the_contracts)
{
	struct ovpp_registry_action a;
	ovpp_hash digest;

	ASSERT_EQ(0, ovpp_registry_register_digest(&self->at, &self->registration, digest));
	EXPECT_HEX(REGISTER, digest, sizeof(digest));
	ASSERT_EQ(0, ovpp_registry_rotate_digest(&self->at, &self->rotation, digest));
	EXPECT_HEX(ROTATE, digest, sizeof(digest));
	ASSERT_EQ(0, ovpp_registry_revoke_digest(&self->at, &self->revocation, digest));
	EXPECT_HEX(REVOKE, digest, sizeof(digest));
	ovpp_registry_set_operator(&self->operator, & a);
	ASSERT_EQ(0, ovpp_registry_digest(&self->at, &a, digest));
	EXPECT_HEX(SET_OPERATOR, digest, sizeof(digest));
}

TEST_F(registry, numbers_that_do_not_fit_are_not_signed)
{
	ovpp_hash digest;

	self->registration.since = OVPP_REGISTRY_OPEN + 1;
	EXPECT_EQ(-EINVAL, ovpp_registry_register_digest(&self->at, &self->registration, digest));
	self->rotation.from = UINT64_MAX;
	EXPECT_EQ(-EINVAL, ovpp_registry_rotate_digest(&self->at, &self->rotation, digest));
	self->revocation.from = UINT64_MAX;
	EXPECT_EQ(-EINVAL, ovpp_registry_revoke_digest(&self->at, &self->revocation, digest));
}

TEST_F(registry, calls_are_those_that_the_contract_took)
{
	struct ovpp_registry_action a;
	ovpp_hash hash;

	ovpp_registry_register(&self->registration, &a);
	call_hash(&self->at, &a, self->owner, self->secret[0], hash);
	EXPECT_HEX(REGISTER_CALL, hash, sizeof(hash));
	ovpp_registry_rotate(&self->rotation, &a);
	call_hash(&self->at, &a, self->owner, self->secret[1], hash);
	EXPECT_HEX(ROTATE_CALL, hash, sizeof(hash));
	ovpp_registry_revoke(&self->revocation, &a);
	call_hash(&self->at, &a, self->owner, NULL, hash);
	EXPECT_HEX(REVOKE_CALL, hash, sizeof(hash));
	ovpp_registry_set_operator(&self->operator, & a);
	call_hash(&self->at, &a, self->owner, NULL, hash);
	EXPECT_HEX(SET_OPERATOR_CALL, hash, sizeof(hash));
}

TEST_F(registry, an_owner_who_sends_signs_nothing)
{
	struct ovpp_abi arg[OVPP_REGISTRY_ARGS];
	struct ovpp_registry_action a;

	ovpp_registry_revoke(&self->revocation, &a);
	ASSERT_EQ(6, ovpp_registry_args(&a, NULL, NULL, arg));
	EXPECT_EQ(0, arg[5].size);
}

TEST_F(registry, a_proof_is_of_one_digest_and_key)
{
	uint8_t proof[OVPP_SIGNATURE_SIZE];
	ovpp_hash digest = {1};

	ASSERT_EQ(0, ovpp_registry_prove(digest, sign, self->secret[0], proof));
	EXPECT_TRUE(ovpp_registry_proof_holds(digest, self->registration.key, proof));
	EXPECT_FALSE(ovpp_registry_proof_holds(digest, self->rotation.key, proof));
	digest[0] = 2;
	EXPECT_FALSE(ovpp_registry_proof_holds(digest, self->registration.key, proof));
	/* A bare signature of the digest is none. */
	ASSERT_EQ(0, sign(self->secret[0], digest, sizeof(digest), proof));
	EXPECT_FALSE(ovpp_registry_proof_holds(digest, self->registration.key, proof));
}

TEST_F(registry, a_consent_is_the_owners)
{
	uint8_t consent[OVPP_REGISTRY_CONSENT];
	ovpp_hash digest = {1};

	ASSERT_EQ(0, ovpp_registry_consent(self->owner, digest, consent));
	EXPECT_TRUE(ovpp_registry_consents(digest, self->registration.owner, consent));
	EXPECT_FALSE(ovpp_registry_consents(digest, self->registration.operator, consent));
	consent[64] ^= 27 ^ 28;
	EXPECT_FALSE(ovpp_registry_consents(digest, self->registration.owner, consent));
	consent[64] ^= 27 ^ 28;
	consent[64] -= 27;
	EXPECT_FALSE(ovpp_registry_consents(digest, self->registration.owner, consent));
	consent[64] += 27;
	digest[0] = 2;
	EXPECT_FALSE(ovpp_registry_consents(digest, self->registration.owner, consent));
}

TEST_F(registry, typed_data_is_for_wallets)
{
	static const char wanted[] =
		"{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"},"
		"{\"name\":\"version\",\"type\":\"string\"},"
		"{\"name\":\"chainId\",\"type\":\"uint256\"},"
		"{\"name\":\"verifyingContract\",\"type\":\"address\"}],"
		"\"Register\":[{\"name\":\"owner\",\"type\":\"address\"},"
		"{\"name\":\"operator\",\"type\":\"address\"},"
		"{\"name\":\"kind\",\"type\":\"uint8\"},{\"name\":\"keyType\",\"type\":\"uint8\"},"
		"{\"name\":\"key\",\"type\":\"bytes\"},{\"name\":\"since\",\"type\":\"uint48\"},"
		"{\"name\":\"deadline\",\"type\":\"uint256\"}]},\"primaryType\":\"Register\","
		"\"domain\":{\"name\":\"OpenVPP DeviceRegistry\",\"version\":\"1\","
		"\"chainId\":31337,"
		"\"verifyingContract\":\"0x5991A2dF15A8F6A256D3Ec51E99254Cd3fb576A9\"},"
		"\"message\":{\"owner\":\"0xe05fcC23807536bEe418f142D19fa0d21BB0cfF7\","
		"\"operator\":\"0x3DA8D322CB2435dA26E9C9fEE670f9fB7Fe74E49\","
		"\"kind\":\"255\",\"keyType\":\"1\",\"key\":"
		"\"0x4cb5abf6ad79fbf5abbccafcc269d85cd2651ed4b885b5869f241aedf0a5ba29\","
		"\"since\":\"17\",\"deadline\":\"1900000000\"}}";
	struct ovpp_registry_action a;
	json_t *expected = json_loads(wanted, 0, NULL);

	ovpp_registry_register(&self->registration, &a);
	self->json = ovpp_registry_typed_data(&self->at, &a);
	ASSERT_NE(NULL, expected);
	EXPECT_TRUE(json_equal(expected, self->json)) TH_LOG("%s", json_dumps(self->json, 0));
	json_decref(expected);
	json_decref(self->json);
	/* An id is a number, too, but a long one. */
	ovpp_registry_set_operator(&self->operator, & a);
	self->json = ovpp_registry_typed_data(&self->at, &a);
	EXPECT_STREQ("0x" ID, json_string_value(json_object_get(
				      json_object_get(self->json, "message"), "id")));
	self->registration.since = UINT64_MAX;
	ovpp_registry_register(&self->registration, &a);
	EXPECT_EQ(NULL, ovpp_registry_typed_data(&self->at, &a));
}

TEST_HARNESS_MAIN
