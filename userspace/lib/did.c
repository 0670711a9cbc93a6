// SPDX-License-Identifier: GPL-2.0-or-later
#include "did.h"

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
