// SPDX-License-Identifier: GPL-2.0-or-later
#include "abi_type.h"

#include <stdlib.h>
#include <string.h>

#include "abi.h"

const char *abi_type_end(const char *type)
{
	int depth = 0;

	for (; *type; type++) {
		if (*type == '(')
			depth++;
		else if ((*type == ')' && !depth--) || (*type == ',' && !depth))
			break;
	}
	return type;
}

static bool is(const char *type, const char *end, const char *name)
{
	return strlen(name) == (size_t)(end - type) && !memcmp(type, name, strlen(name));
}

/* The number behind a name, @max at most; 0: it is not that name and a number. */
static unsigned int numbered(const char *type, const char *end, const char *name, unsigned int max)
{
	size_t size = strlen(name);
	unsigned int x = 0;

	if ((size_t)(end - type) <= size || memcmp(type, name, size) || type[size] == '0')
		return 0;
	for (type += size; type < end; type++) {
		if (*type < '0' || *type > '9')
			return 0;
		x = x * 10 + (unsigned int)(*type - '0');
		if (x > max)
			return 0;
	}
	return x;
}

/* Bits that may be set from the low end, or with @left from the high one; -1: no word. */
static int word_bits(const char *type, const char *end, bool *left)
{
	unsigned int bits = numbered(type, end, "uint", 256);
	unsigned int bytes = numbered(type, end, "bytes", 32);

	*left = bytes;
	if (is(type, end, "bool"))
		return 1;
	if (is(type, end, "address"))
		return 160;
	if (bytes)
		return (int)bytes * 8;
	return bits && bits % 8 == 0 ? (int)bits : -1;
}

bool ovpp_abi_word_fits(const char *type, const char *end, const uint8_t word[32])
{
	bool left;
	int bits = word_bits(type, end, &left);

	if (bits < 0)
		return false;
	if (bits == 1)
		bits = word[31] <= 1 ? 8 : 0;
	for (int i = 0; i < 32 - (bits + 7) / 8; i++)
		if (word[left ? 31 - i : i])
			return false;
	return true;
}

enum abi_kind abi_type_kind(const char *type, const char *end)
{
	bool left;

	if (end - type > 2 && !memcmp(end - 2, "[]", 2))
		return ABI_ARRAY;
	if (end - type > 2 && *type == '(' && end[-1] == ')')
		return ABI_TUPLE;
	if (is(type, end, "bytes") || is(type, end, "string"))
		return ABI_BYTES;
	return word_bits(type, end, &left) < 0 ? ABI_BAD : ABI_WORD;
}

static size_t tuple_head(const char *type, bool *dynamic, unsigned int depth)
{
	size_t sum = 0;

	for (const char *t = abi_type_first(type); t; t = abi_type_next(abi_type_end(t))) {
		bool own = false;
		size_t size = abi_type_head(t, abi_type_end(t), &own, depth);

		if (!size)
			return 0;
		*dynamic |= own;
		sum += size;
	}
	return *dynamic ? 32 : sum;
}

size_t abi_type_head(const char *type, const char *end, bool *dynamic, unsigned int depth)
{
	bool own = false;

	if (depth > ABI_DEPTH)
		return 0;
	switch (abi_type_kind(type, end)) {
	case ABI_WORD:
		return 32;
	case ABI_BYTES:
		*dynamic = true;
		return 32;
	case ABI_ARRAY:
		*dynamic = true;
		return abi_type_head(type, end - 2, &own, depth + 1) ? 32 : 0;
	case ABI_TUPLE:
		return tuple_head(type, dynamic, depth + 1);
	default:
		return 0;
	}
}

const char *abi_type_first(const char *tuple)
{
	return tuple[1] == ')' ? NULL : tuple + 1;
}

const char *abi_type_next(const char *end)
{
	return *end == ',' ? end + 1 : NULL;
}
