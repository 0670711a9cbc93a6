/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsigned integers of 256 bits, as far as amounts of an EVM chain need them. Nothing
 * wraps: what does not fit is told.
 */
#ifndef OVPP_U256_H
#define OVPP_U256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVPP_U256_SIZE 32
/* Room for decimal digits, or "0x" and hexadecimal ones, and the end. */
#define OVPP_U256_TEXT 79

/**
 * struct ovpp_u256 - a number
 * @w: 64 bits each, the lowest first
 */
struct ovpp_u256 {
	uint64_t w[4];
};

struct ovpp_u256 ovpp_u256(uint64_t x);
bool ovpp_u256_is_zero(const struct ovpp_u256 *x);
/* < 0, 0, > 0. */
int ovpp_u256_compare(const struct ovpp_u256 *a, const struct ovpp_u256 *b);
/* 0; -ERANGE: it is larger than 64 bits. */
int ovpp_u256_to_u64(const struct ovpp_u256 *x, uint64_t *out);

/* 0; -EOVERFLOW, and @a is the largest number. */
int ovpp_u256_add(struct ovpp_u256 *a, const struct ovpp_u256 *b);
int ovpp_u256_mul(struct ovpp_u256 *a, uint64_t b);

/* @a becomes the quotient; @b is not 0. Return: remainder. */
uint64_t ovpp_u256_div(struct ovpp_u256 *a, uint64_t b);

/* 32 bytes, big-endian. */
void ovpp_u256_load(struct ovpp_u256 *x, const uint8_t be[OVPP_U256_SIZE]);
void ovpp_u256_store(const struct ovpp_u256 *x, uint8_t be[OVPP_U256_SIZE]);

/*
 * From digits, without sign, spaces or leading zeros; from a quantity of JSON-RPC:
 * "0x" and hexadecimal digits, likewise. 0; -EINVAL; -ERANGE: it is too large.
 */
int ovpp_u256_from_decimal(struct ovpp_u256 *x, const char *text);
int ovpp_u256_from_quantity(struct ovpp_u256 *x, const char *text);

void ovpp_u256_to_decimal(const struct ovpp_u256 *x, char text[OVPP_U256_TEXT]);
void ovpp_u256_to_quantity(const struct ovpp_u256 *x, char text[OVPP_U256_TEXT]);

#endif /* OVPP_U256_H */
