// SPDX-License-Identifier: GPL-2.0-or-later
#include "did.h"

#include <stdio.h>
#include <string.h>

/* Multicodec of an Ed25519 public key, as a varint. */
#define CODEC_SIZE 2
#define DATA_SIZE (CODEC_SIZE + OVPP_KEY_SIZE)

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Divides a big-endian number by 58. Return: the remainder. */
static unsigned int divide(uint8_t number[DATA_SIZE])
{
	unsigned int rest = 0;

	for (size_t i = 0; i < DATA_SIZE; i++) {
		rest = rest << 8 | number[i];
		number[i] = (uint8_t)(rest / 58);
		rest %= 58;
	}
	return rest;
}

/* Multibase base58btc. The codec is not 0, so that no zero bytes lead. */
void ovpp_did_key(const uint8_t key[OVPP_KEY_SIZE], char did[OVPP_DID_SIZE])
{
	uint8_t number[DATA_SIZE] = {0xed, 0x01}, zero[DATA_SIZE] = {0};
	char *at = did + OVPP_DID_SIZE;

	memcpy(number + CODEC_SIZE, key, OVPP_KEY_SIZE);
	*--at = '\0';
	while (memcmp(number, zero, sizeof(zero)))
		*--at = digits[divide(number)];
	at -= strlen("did:key:z");
	memcpy(at, "did:key:z", strlen("did:key:z"));
	memmove(did, at, (size_t)(did + OVPP_DID_SIZE - at));
}

json_t *ovpp_did_document(const uint8_t key[OVPP_KEY_SIZE], json_t *known_as)
{
	/* What an Ed25519 key may be used for: each names the one key that there is. */
	static const char *const purpose[] = {"authentication", "assertionMethod",
					      "capabilityInvocation", "capabilityDelegation"};
	char did[OVPP_DID_SIZE], method[2 * OVPP_DID_SIZE];
	const char *multibase;
	json_t *document;

	ovpp_did_key(key, did);
	multibase = did + strlen("did:key:");
	snprintf(method, sizeof(method), "%s#%s", did, multibase);
	document = json_pack("{s:[s, s], s:s, s:[{s:s, s:s, s:s, s:s}]}", "@context",
			     "https://www.w3.org/ns/did/v1",
			     "https://w3id.org/security/multikey/v1", "id", did,
			     "verificationMethod", "id", method, "type", "Multikey", "controller",
			     did, "publicKeyMultibase", multibase);
	for (size_t i = 0; i < sizeof(purpose) / sizeof(*purpose); i++)
		json_object_set_new(document, purpose[i], json_pack("[s]", method));
	if (json_array_size(known_as))
		json_object_set(document, "alsoKnownAs", known_as);
	return document;
}
