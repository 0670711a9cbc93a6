// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ovpp_buffer_add(struct ovpp_buffer *b, const void *data, size_t size)
{
	if (size > b->room - b->size) {
		size_t room = b->room ? b->room : 256;
		uint8_t *more;

		while (size > room - b->size) {
			if (room > SIZE_MAX / 2)
				return -ENOMEM;
			room *= 2;
		}
		more = realloc(b->data, room);
		if (!more)
			return -ENOMEM;
		b->data = more;
		b->room = room;
	}
	if (size)
		memcpy(b->data + b->size, data, size);
	b->size += size;
	return 0;
}

void ovpp_buffer_free(struct ovpp_buffer *b)
{
	free(b->data);
	*b = (struct ovpp_buffer){0};
}

void ovpp_salt(const uint8_t seed[OVPP_SEED_SIZE], uint64_t seq, uint8_t salt[OVPP_SALT_SIZE])
{
	uint8_t input[OVPP_SEED_SIZE + sizeof(seq)];
	ovpp_hash hash;

	seq = htobe64(seq);
	memcpy(input, seed, OVPP_SEED_SIZE);
	memcpy(input + OVPP_SEED_SIZE, &seq, sizeof(seq));
	ovpp_sha256(input, sizeof(input), hash);
	memcpy(salt, hash, OVPP_SALT_SIZE);
}

void ovpp_entry(const uint8_t seed[OVPP_SEED_SIZE], const struct ovpp_record *rec,
		uint8_t entry[OVPP_ENTRY_SIZE])
{
	ovpp_salt(seed, rec->seq, entry);
	ovpp_leaf_encode(rec, entry + OVPP_SALT_SIZE);
}

void ovpp_entry_hash(const uint8_t entry[OVPP_ENTRY_SIZE], ovpp_hash hash)
{
	ovpp_merkle_leaf(entry, OVPP_ENTRY_SIZE, hash);
}

void ovpp_batch_root(const uint8_t *cose, size_t size, const ovpp_hash records, ovpp_hash root)
{
	ovpp_merkle_leaf(cose, size, root);
	ovpp_merkle_node(root, records, root);
}

void ovpp_hex(const uint8_t *data, size_t size, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*out++ = digit[data[i] >> 4];
		*out++ = digit[data[i] & 0xf];
	}
	*out = '\0';
}

/* Of one digit, or -1. */
static int value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int ovpp_unhex(const char *text, uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = value(text[2 * i]);
		int low = high < 0 ? -1 : value(text[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		data[i] = (uint8_t)(high << 4 | low);
	}
	return text[2 * size] ? -EINVAL : 0;
}
