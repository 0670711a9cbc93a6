/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws numbers from a fuzzer's input; at its end they are zeros. */
#ifndef OVPP_FUZZ_INPUT_H
#define OVPP_FUZZ_INPUT_H

#include <stdlib.h>

#include "core/types.h"

struct input {
	const u8 *at;
	const u8 *end;
};

static inline u64 draw(struct input *in, unsigned int bytes)
{
	u64 x = 0;

	for (; bytes; bytes--)
		x = x << 8 | (in->at < in->end ? *in->at++ : 0);
	return x;
}

/* Below @n. */
static inline u32 draw_below(struct input *in, u32 n)
{
	return draw(in, n > 256 ? 4 : 1) % n;
}

/* Of either sign and any order of magnitude. */
static inline s64 draw_s64(struct input *in)
{
	unsigned int bytes = draw_below(in, 9);

	return bytes ? (s64)(draw(in, bytes) << (64 - 8 * bytes)) >> (64 - 8 * bytes) : 0;
}

/* A buffer of exactly this size, so that the sanitizer sees every step over. */
static inline u8 *draw_bytes(struct input *in, size_t n)
{
	u8 *data = malloc(n ? n : 1);
	size_t i;

	for (i = 0; i < n; i++)
		data[i] = draw(in, 1);
	return data;
}

#define PROMISE(x)               \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* OVPP_FUZZ_INPUT_H */
