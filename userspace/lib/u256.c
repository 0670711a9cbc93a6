// SPDX-License-Identifier: GPL-2.0-or-later
#include "u256.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define WORDS 4

__extension__ typedef unsigned __int128 wide;

struct ovpp_u256 ovpp_u256(uint64_t x)
{
	return (struct ovpp_u256){{x}};
}

bool ovpp_u256_is_zero(const struct ovpp_u256 *x)
{
	return !(x->w[0] | x->w[1] | x->w[2] | x->w[3]);
}

int ovpp_u256_compare(const struct ovpp_u256 *a, const struct ovpp_u256 *b)
{
	for (int i = WORDS - 1; i >= 0; i--)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

int ovpp_u256_to_u64(const struct ovpp_u256 *x, uint64_t *out)
{
	if (x->w[1] | x->w[2] | x->w[3])
		return -ERANGE;
	*out = x->w[0];
	return 0;
}

/* What is carried out of a number makes it the largest one. */
static int saturate(struct ovpp_u256 *x, wide carry)
{
	if (!carry)
		return 0;
	memset(x, 0xff, sizeof(*x));
	return -EOVERFLOW;
}

int ovpp_u256_add(struct ovpp_u256 *a, const struct ovpp_u256 *b)
{
	wide carry = 0;

	for (int i = 0; i < WORDS; i++) {
		carry += (wide)a->w[i] + b->w[i];
		a->w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return saturate(a, carry);
}

int ovpp_u256_mul(struct ovpp_u256 *a, uint64_t b)
{
	wide carry = 0;

	for (int i = 0; i < WORDS; i++) {
		carry += (wide)a->w[i] * b;
		a->w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return saturate(a, carry);
}

uint64_t ovpp_u256_div(struct ovpp_u256 *a, uint64_t b)
{
	wide rest = 0;

	for (int i = WORDS - 1; i >= 0; i--) {
		rest = rest << 64 | a->w[i];
		a->w[i] = (uint64_t)(rest / b);
		rest %= b;
	}
	return (uint64_t)rest;
}

void ovpp_u256_load(struct ovpp_u256 *x, const uint8_t be[OVPP_U256_SIZE])
{
	uint64_t word;

	for (int i = 0; i < WORDS; i++) {
		memcpy(&word, be + 8 * (WORDS - 1 - i), sizeof(word));
		x->w[i] = be64toh(word);
	}
}

void ovpp_u256_store(const struct ovpp_u256 *x, uint8_t be[OVPP_U256_SIZE])
{
	uint64_t word;

	for (int i = 0; i < WORDS; i++) {
		word = htobe64(x->w[i]);
		memcpy(be + 8 * (WORDS - 1 - i), &word, sizeof(word));
	}
}

/* Value of a digit, or -1. */
static int digit(char c, unsigned int base)
{
	int d = -1;

	if (c >= '0' && c <= '9')
		d = c - '0';
	else if (c >= 'a' && c <= 'f')
		d = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		d = c - 'A' + 10;
	return d < (int)base ? d : -1;
}

static int from_digits(struct ovpp_u256 *x, const char *text, unsigned int base)
{
	*x = ovpp_u256(0);
	if (!*text || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (; *text; text++) {
		struct ovpp_u256 d = ovpp_u256((uint64_t)digit(*text, base));

		if (digit(*text, base) < 0)
			return -EINVAL;
		if (ovpp_u256_mul(x, base) || ovpp_u256_add(x, &d))
			return -ERANGE;
	}
	return 0;
}

int ovpp_u256_from_decimal(struct ovpp_u256 *x, const char *text)
{
	return from_digits(x, text, 10);
}

int ovpp_u256_from_quantity(struct ovpp_u256 *x, const char *text)
{
	*x = ovpp_u256(0);
	return strncmp(text, "0x", 2) ? -EINVAL : from_digits(x, text + 2, 16);
}

static void to_digits(struct ovpp_u256 x, unsigned int base, char *text)
{
	char back[OVPP_U256_TEXT];
	size_t n = 0;

	do
		back[n++] = "0123456789abcdef"[ovpp_u256_div(&x, base)];
	while (!ovpp_u256_is_zero(&x));
	while (n)
		*text++ = back[--n];
	*text = '\0';
}

void ovpp_u256_to_decimal(const struct ovpp_u256 *x, char text[OVPP_U256_TEXT])
{
	to_digits(*x, 10, text);
}

void ovpp_u256_to_quantity(const struct ovpp_u256 *x, char text[OVPP_U256_TEXT])
{
	memcpy(text, "0x", 2);
	to_digits(*x, 16, text + 2);
}
