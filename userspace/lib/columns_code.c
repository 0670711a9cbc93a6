// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A column as bytes:
 *
 *	order of the differences (bits 0 and 1); a divisor follows (2); patches follow (3)
 *	width, 0 to 64
 *	[divisor - 1] center, zigzag
 *	[patches - 1, and each: numbers between it and the one before, rest above width]
 *
 * all but the first two as varints. The bits are the differences less their center,
 * zigzag. Order 0 suits what stays where it is, 1 what goes on from where it is, 2
 * what goes on as it went.
 */
#include "columns_code.h"

#define ORDER 3
#define DIVISOR 4
#define PATCHES 8

/* Bits that a patch takes besides its own. */
#define PATCH_BITS 12

static unsigned int bit_length(uint64_t v)
{
	/* Without a branch: zeros come and go at random. */
	return 64 - (unsigned int)__builtin_clzll(v | 1) - !v;
}

static uint64_t magnitude(uint64_t v)
{
	return v >> 63 ? -v : v;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Greatest that divides all numbers; 1 if they are all 0. */
static uint64_t common_divisor(const uint64_t *x, size_t n)
{
	uint64_t g = 0;

	for (size_t i = 0; i < n && g != 1; i++) {
		uint64_t m = magnitude(x[i]);

		if (!g || m % g)
			g = gcd(m, g);
	}
	return g ? g : 1;
}

static void divide(uint64_t *x, size_t n, uint64_t g)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t q = magnitude(x[i]) / g;

		x[i] = x[i] >> 63 ? -q : q;
	}
}

static int64_t middle(int64_t a, int64_t b, int64_t c)
{
	int64_t low = a < b ? a : b, high = a < b ? b : a;

	return c < low ? low : c > high ? high : c;
}

/* About the median: the median of the medians of three times three numbers. */
static uint64_t center(const uint64_t *x, size_t n)
{
	int64_t m[3];

	for (size_t k = 0; k < 3; k++)
		m[k] = middle((int64_t)x[(3 * k + 0) * (n - 1) / 8],
			      (int64_t)x[(3 * k + 1) * (n - 1) / 8],
			      (int64_t)x[(3 * k + 2) * (n - 1) / 8]);
	return (uint64_t)middle(m[0], m[1], m[2]);
}

/**
 * struct choice - how a column is packed
 * @order: of the differences
 * @width: bits of each number
 * @patches: numbers that need more
 * @center: of the differences
 * @cost: bits
 */
struct choice {
	unsigned int order;
	unsigned int width;
	size_t patches;
	uint64_t center;
	uint64_t cost;
};

/* The width that costs least; @count: how many of @n numbers have so many bits. */
static void choose_width(struct choice *c, const uint16_t count[2][65], size_t n, unsigned int most)
{
	uint64_t patches = 0, patch_bits = 0;

	c->width = most;
	c->cost = n * most;
	for (unsigned int width = most; width--;) {
		uint64_t more = count[0][width + 1] + count[1][width + 1], cost;

		patches += more;
		patch_bits += more * PATCH_BITS + patches;
		cost = n * width + patch_bits;
		if (cost < c->cost) {
			c->width = width;
			c->patches = patches;
			c->cost = cost;
		}
	}
}

/* Distances from the center, zigzag, and what they cost. */
static void centered(struct choice *c, uint64_t *rest, const uint64_t *x, size_t n)
{
	/* Two counts, so that one need not wait for the other. */
	uint16_t count[2][65] = {{0}};
	uint64_t any = 0;

	c->center = center(x, n);
	for (size_t i = 0; i < n; i++) {
		rest[i] = ovpp_zigzag(x[i] - c->center);
		count[i & 1][bit_length(rest[i])]++;
		any |= rest[i];
	}
	choose_width(c, count, n, bit_length(any));
}

/* Differences; before the first number is 0. */
static void difference(uint64_t *x, size_t n)
{
	for (size_t i = n - 1; i; i--)
		x[i] -= x[i - 1];
}

/* Where an order does not help, the next one does not either. */
static struct choice choose(struct ovpp_column *w, uint64_t *x, size_t n)
{
	struct choice best = {.cost = UINT64_MAX};

	for (unsigned int order = 0; order < OVPP_COLUMN_ORDERS; order++) {
		struct choice c = {.order = order};

		if (order)
			difference(x, n);
		centered(&c, w->rest[order], x, n);
		if (c.cost >= best.cost)
			break;
		best = c;
	}
	return best;
}

uint64_t ovpp_column_cost(struct ovpp_column *w, uint64_t *x, size_t n)
{
	return choose(w, x, n).cost;
}

static void put_bits(struct ovpp_bits_out *bits, const uint64_t *rest, size_t n, unsigned int width)
{
	unsigned int low = width > 32 ? 32 : width;
	uint64_t low_mask = (UINT64_C(1) << low) - 1, high_mask;

	if (width > 32) {
		high_mask = (UINT64_C(1) << (width - 32)) - 1;
		for (size_t i = 0; i < n; i++) {
			ovpp_put_few(bits, rest[i] & low_mask, 32);
			ovpp_put_few(bits, rest[i] >> 32 & high_mask, width - 32);
		}
		return;
	}
	for (size_t i = 0; width && i < n; i++)
		ovpp_put_few(bits, rest[i] & low_mask, width);
}

static uint8_t *put_patches(uint8_t *at, const uint64_t *rest, size_t n, const struct choice *c)
{
	size_t next = 0;

	at = ovpp_put_varint(at, c->patches - 1);
	for (size_t i = 0; i < n; i++) {
		if (!(rest[i] >> c->width))
			continue;
		at = ovpp_put_varint(at, i - next);
		at = ovpp_put_varint(at, rest[i] >> c->width);
		next = i + 1;
	}
	return at;
}

uint8_t *ovpp_column_put(struct ovpp_column *w, uint64_t *x, size_t n, uint8_t *at,
			 struct ovpp_bits_out *bits)
{
	uint64_t g = common_divisor(x, n);
	struct choice c;

	if (g > 1)
		divide(x, n, g);
	c = choose(w, x, n);
	*at++ = (uint8_t)(c.order | (g > 1 ? DIVISOR : 0) | (c.patches ? PATCHES : 0));
	*at++ = (uint8_t)c.width;
	if (g > 1)
		at = ovpp_put_varint(at, g - 1);
	at = ovpp_put_varint(at, ovpp_zigzag(c.center));
	if (c.patches)
		at = put_patches(at, w->rest[c.order], n, &c);
	put_bits(bits, w->rest[c.order], n, c.width);
	return at;
}

static void get_bits(uint64_t *x, size_t n, struct ovpp_bits_in *bits, unsigned int width)
{
	uint64_t at = bits->at;

	if (width > 32) {
		for (size_t i = 0; i < n; i++, at += width)
			x[i] = ovpp_get_few(bits->data, at, 32) |
			       ovpp_get_few(bits->data, at + 32, width - 32) << 32;
	} else {
		for (size_t i = 0; i < n; i++, at += width)
			x[i] = ovpp_get_few(bits->data, at, width);
	}
	bits->at = at;
}

static void get_patches(uint64_t *x, size_t n, struct ovpp_bytes_in *in, unsigned int width)
{
	size_t patches = ovpp_get_below(in, n - 1) + 1, i = 0;

	while (patches-- && !in->bad) {
		size_t skip = ovpp_get_varint(in);
		uint64_t high = ovpp_get_varint(in);

		if (width >= 64 || skip >= n - i) {
			in->bad = true;
			return;
		}
		i += skip;
		x[i++] |= high << width;
	}
}

static void sum(uint64_t *x, size_t n)
{
	uint64_t y = 0;

	for (size_t i = 0; i < n; i++)
		x[i] = y += x[i];
}

void ovpp_column_get(uint64_t *x, size_t n, struct ovpp_bytes_in *in, struct ovpp_bits_in *bits)
{
	uint64_t how = ovpp_get_below(in, ORDER | DIVISOR | PATCHES), g = 1, c;
	unsigned int width = (unsigned int)ovpp_get_below(in, 64);

	if (how & DIVISOR)
		g = ovpp_get_varint(in) + 1;
	c = ovpp_unzigzag(ovpp_get_varint(in));
	if (in->bad || (how & ORDER) >= OVPP_COLUMN_ORDERS || n * width > bits->end - bits->at) {
		in->bad = true;
		return;
	}
	get_bits(x, n, bits, width);
	if (how & PATCHES)
		get_patches(x, n, in, width);
	for (size_t i = 0; i < n; i++)
		x[i] = ovpp_unzigzag(x[i]) + c;
	for (unsigned int order = how & ORDER; order; order--)
		sum(x, n);
	for (size_t i = 0; g != 1 && i < n; i++)
		x[i] *= g;
}
