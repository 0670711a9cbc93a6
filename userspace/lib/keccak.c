// SPDX-License-Identifier: GPL-2.0-or-later
#include "keccak.h"

#include <endian.h>
#include <nettle/sha3.h>
#include <string.h>

/* Bytes that a permutation takes in: 200 less twice the size of a hash. */
#define RATE 136

static void absorb(struct sha3_state *s, const uint8_t block[RATE])
{
	uint64_t word;

	for (size_t i = 0; i < RATE / sizeof(word); i++) {
		memcpy(&word, block + i * sizeof(word), sizeof(word));
		s->a[i] ^= le64toh(word);
	}
	sha3_permute(s);
}

void ovpp_keccak256(const void *data, size_t size, ovpp_hash out)
{
	struct sha3_state s = {0};
	const uint8_t *at = data;
	uint8_t last[RATE] = {0};
	uint64_t word;

	for (; size >= RATE; size -= RATE, at += RATE)
		absorb(&s, at);
	if (size)
		memcpy(last, at, size);
	last[size] = 0x01;
	last[RATE - 1] |= 0x80;
	absorb(&s, last);
	for (size_t i = 0; i < OVPP_HASH_SIZE / sizeof(word); i++) {
		word = htole64(s.a[i]);
		memcpy(out + i * sizeof(word), &word, sizeof(word));
	}
}
