/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract ABI of Solidity, driven by the text of a type, as it is in a function's
 * signature: "anchor((uint256,uint48,bytes32,uint32,uint48,uint48))". Types: uintN,
 * address, bool, bytesN, bytes, string, tuples and T[] of them.
 *
 * The values of a type stand flat behind each other, in the order of the text. An array
 * is its number of elements and then these.
 */
#ifndef OVPP_ABI_H
#define OVPP_ABI_H

#include "evidence.h"
#include "u256.h"

#define OVPP_ADDRESS_SIZE 20
#define OVPP_SELECTOR_SIZE 4

typedef uint8_t ovpp_address[OVPP_ADDRESS_SIZE];

/**
 * struct ovpp_abi - a value
 * @word: of what has a fixed size, as it is encoded
 * @data: of bytes and strings; borrowed
 * @size: of @data; of an array the number of its elements
 */
struct ovpp_abi {
	uint8_t word[32];
	const uint8_t *data;
	size_t size;
};

struct ovpp_abi ovpp_abi_uint(uint64_t x);
struct ovpp_abi ovpp_abi_u256(const struct ovpp_u256 *x);
struct ovpp_abi ovpp_abi_word(const uint8_t word[32]);
struct ovpp_abi ovpp_abi_address(const ovpp_address address);
struct ovpp_abi ovpp_abi_bytes(const void *data, size_t size);
struct ovpp_abi ovpp_abi_array(size_t n);

/* 0; -ERANGE: it is larger than 64 bits. */
int ovpp_abi_to_uint(const struct ovpp_abi *v, uint64_t *x);
/* The address in a word. */
const uint8_t *ovpp_abi_to_address(const struct ovpp_abi *v);

/**
 * ovpp_abi_encode() - values as bytes
 * @type: a tuple, "(uint256,bytes)"
 * @v: values
 * @n: how many, which must be as many as the type has
 * @out: the bytes are added
 *
 * Return: 0; -EINVAL: a type that is not known, a value that does not fit it, or too
 * few or too many values; or another -errno.
 */
int ovpp_abi_encode(const char *type, const struct ovpp_abi *v, size_t n, struct ovpp_buffer *out);

/**
 * ovpp_abi_decode() - bytes as values
 * @type: a tuple
 * @data: bytes
 * @size: their number
 * @v: room for @n values; they point into @data
 * @n: room; set to the number of values
 *
 * Only the one encoding that ovpp_abi_encode() gives is taken, which is Solidity's own.
 *
 * Return: 0; -EBADMSG; -ENOBUFS: there are more values; -EINVAL: the type.
 */
int ovpp_abi_decode(const char *type, const void *data, size_t size, struct ovpp_abi *v, size_t *n);

/* The same with the selector of a function in front; @signature: its name and tuple. */
int ovpp_abi_encode_call(const char *signature, const struct ovpp_abi *v, size_t n,
			 struct ovpp_buffer *out);
/* -ENOENT: it is a call of another function. */
int ovpp_abi_decode_call(const char *signature, const void *data, size_t size, struct ovpp_abi *v,
			 size_t *n);

/* The first topic of an event; the first bytes of a call are those of the hash, too. */
void ovpp_abi_topic(const char *signature, ovpp_hash topic);

/* Whether a word is a value of a type of fixed size, "uint48"; @end is after its text. */
bool ovpp_abi_word_fits(const char *type, const char *end, const uint8_t word[32]);

#endif /* OVPP_ABI_H */
