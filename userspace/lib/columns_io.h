/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers in bytes and bits, for columns.h. Writers have room enough by construction
 * (see OVPP_COLUMN_ROOM); readers are asked for anything and say what is not there.
 */
#ifndef OVPP_COLUMNS_IO_H
#define OVPP_COLUMNS_IO_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Longest varint; what a reader of bits may load beyond the last one. */
#define OVPP_VARINT_MAX 10
#define OVPP_BITS_SLACK 8

/* Seven bits a byte, lowest first; all but the last byte have bit 7 set (LEB128). */
static inline uint8_t *ovpp_put_varint(uint8_t *at, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*at++ = (uint8_t)(v | 0x80);
	*at++ = (uint8_t)v;
	return at;
}

/* Small numbers of either sign become small ones without. */
static inline uint64_t ovpp_zigzag(uint64_t v)
{
	return v << 1 ^ -(v >> 63);
}

static inline uint64_t ovpp_unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

/**
 * struct ovpp_bytes_in - bytes to read
 * @at: next one
 * @end: after the last one
 * @bad: more was asked for than there is, or what it cannot be
 */
struct ovpp_bytes_in {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

static inline uint64_t ovpp_get_varint(struct ovpp_bytes_in *in)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && in->at < in->end; shift += 7) {
		uint8_t byte = *in->at++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	in->bad = true;
	return 0;
}

/* Not above @max. */
static inline uint64_t ovpp_get_below(struct ovpp_bytes_in *in, uint64_t max)
{
	uint64_t v = ovpp_get_varint(in);

	if (v <= max)
		return v;
	in->bad = true;
	return 0;
}

/**
 * struct ovpp_bits_out - bits being written, lowest first
 * @at: where the next whole bytes go
 * @held: bits that wait for more
 * @n: how many, below 8
 */
struct ovpp_bits_out {
	uint8_t *at;
	uint64_t held;
	unsigned int n;
};

/* @bits <= 56, and @v has no more. */
static inline void ovpp_put_few(struct ovpp_bits_out *out, uint64_t v, unsigned int bits)
{
	uint64_t word;

	out->held |= v << out->n;
	out->n += bits;
	word = htole64(out->held);
	memcpy(out->at, &word, sizeof(word));
	out->at += out->n / 8;
	out->held >>= out->n & ~7U;
	out->n &= 7;
}

/* All bits are in whole bytes from here on. Return: the end. */
static inline uint8_t *ovpp_bits_end(struct ovpp_bits_out *out)
{
	if (out->n)
		*out->at++ = (uint8_t)out->held;
	return out->at;
}

/**
 * struct ovpp_bits_in - bits to read
 * @data: bytes, with OVPP_BITS_SLACK behind them that can be read
 * @at: next bit
 * @end: after the last one
 */
struct ovpp_bits_in {
	const uint8_t *data;
	uint64_t at;
	uint64_t end;
};

/* @bits <= 56, which are there. */
static inline uint64_t ovpp_get_few(const uint8_t *data, uint64_t at, unsigned int bits)
{
	uint64_t word;

	memcpy(&word, data + at / 8, sizeof(word));
	return le64toh(word) >> (at & 7) & ((UINT64_C(1) << bits) - 1);
}

#endif /* OVPP_COLUMNS_IO_H */
