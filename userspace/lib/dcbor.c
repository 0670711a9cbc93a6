// SPDX-License-Identifier: GPL-2.0-or-later
#include "dcbor.h"

#include <cbor.h>
#include <string.h>

enum major { UINT = 0, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, SIMPLE = 7 };

enum { FALSE = 20, TRUE = 21 };

void ovpp_cbor_fail(struct ovpp_cbor *r, size_t at)
{
	if (r->bad)
		return;
	r->bad = true;
	r->at = at;
}

/* First byte and argument of an item. Only the shortest way to write it is taken. */
static enum major head(struct ovpp_cbor *r, uint64_t *value)
{
	size_t start = r->at, more;
	uint8_t info;

	*value = 0;
	if (!r->bad && start == r->size)
		ovpp_cbor_fail(r, start);
	if (r->bad)
		return UINT;
	info = r->data[start] & 0x1f;
	more = info < 24 ? 0 : (size_t)1 << (info - 24);
	if (info > 27) {
		ovpp_cbor_fail(r, start);
	} else if (more > r->size - start - 1) {
		ovpp_cbor_fail(r, r->size);
	} else {
		if (!more)
			*value = info;
		for (size_t i = 0; i < more; i++)
			*value = *value << 8 | r->data[start + 1 + i];
		if (more && *value < (more == 1 ? 24 : UINT64_C(1) << (4 * more)))
			ovpp_cbor_fail(r, start);
		else
			r->at = start + 1 + more;
	}
	return r->data[start] >> 5;
}

/* The argument of an item that must be of this type, from @min to @max. */
static uint64_t take(struct ovpp_cbor *r, enum major type, uint64_t min, uint64_t max)
{
	size_t start = r->at;
	uint64_t value;

	if (head(r, &value) != type || value < min || value > max)
		ovpp_cbor_fail(r, start);
	return r->bad ? 0 : value;
}

uint64_t ovpp_cbor_uint(struct ovpp_cbor *r, uint64_t min, uint64_t max)
{
	return take(r, UINT, min, max);
}

size_t ovpp_cbor_array(struct ovpp_cbor *r, size_t min, size_t max)
{
	return take(r, ARRAY, min, max);
}

bool ovpp_cbor_bool(struct ovpp_cbor *r)
{
	return take(r, SIMPLE, FALSE, TRUE) == TRUE;
}

void ovpp_cbor_map(struct ovpp_cbor *r, size_t n)
{
	take(r, MAP, n, n);
}

/* A string's content, which is passed over. */
static struct ovpp_cbor string(struct ovpp_cbor *r, enum major type, size_t min, size_t max)
{
	struct ovpp_cbor part = *r;
	size_t size = take(r, type, min, max);

	if (!r->bad && size > r->size - r->at)
		ovpp_cbor_fail(r, r->size);
	part.bad = r->bad;
	part.at = r->at;
	part.size = r->bad ? r->at : r->at + size;
	r->at = part.size;
	return part;
}

struct ovpp_cbor ovpp_cbor_span(struct ovpp_cbor *r, size_t min, size_t max)
{
	return string(r, BYTES, min, max);
}

void ovpp_cbor_bytes(struct ovpp_cbor *r, void *out, size_t size)
{
	struct ovpp_cbor part = string(r, BYTES, size, size);

	if (r->bad)
		memset(out, 0, size);
	else
		memcpy(out, part.data + part.at, size);
}

/*
 * Bytes of the character at @text, of which there are @size >= 1: 0 for one that is not
 * UTF-8 in its shortest form (Unicode, table 3-7) or is a control character.
 */
static size_t character(const uint8_t *text, size_t size)
{
	uint8_t first = text[0], low = 0x80, high = 0xbf;
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (n == 1)
		return first >= 0x20 && first != 0x7f;
	if (first < 0xc2 || first > 0xf4 || n > size)
		return 0;
	if (first == 0xc2 || first == 0xe0)
		low = 0xa0;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < n; i++) {
		if (text[i] < low || text[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

void ovpp_cbor_text(struct ovpp_cbor *r, size_t min, char out[OVPP_NAME_SIZE])
{
	struct ovpp_cbor part = string(r, TEXT, min, OVPP_NAME_SIZE - 1);
	size_t n;

	memset(out, 0, OVPP_NAME_SIZE);
	if (r->bad)
		return;
	memcpy(out, part.data + part.at, part.size - part.at);
	for (; part.at < part.size; part.at += n) {
		n = character(part.data + part.at, part.size - part.at);
		if (!n) {
			ovpp_cbor_fail(r, part.at);
			return;
		}
	}
}

void ovpp_cbor_literal(struct ovpp_cbor *r, const void *bytes, size_t size)
{
	const uint8_t *want = bytes;

	for (size_t i = 0; i < size && !r->bad; i++) {
		if (r->at == r->size || r->data[r->at] != want[i])
			ovpp_cbor_fail(r, r->at);
		else
			r->at++;
	}
}

void ovpp_cbor_end(struct ovpp_cbor *r)
{
	if (r->at != r->size)
		ovpp_cbor_fail(r, r->at);
}

void ovpp_cbor_skip(struct ovpp_cbor *r, size_t max)
{
	size_t left = 1;

	while (left-- && !r->bad) {
		size_t start = r->at;
		uint64_t value;
		enum major type = head(r, &value);

		if (type == UINT || type == SIMPLE || r->bad)
			continue;
		if ((type != BYTES && type != TEXT && type != ARRAY) || value > max)
			ovpp_cbor_fail(r, start);
		else if (type == ARRAY)
			left += value;
		else if (value > r->size - r->at)
			ovpp_cbor_fail(r, r->size);
		else
			r->at += value;
	}
}

/* No head is longer. */
#define HEAD_SIZE 9

static void put(struct ovpp_cbor_out *w, const void *data, size_t size)
{
	if (!w->ret)
		w->ret = ovpp_buffer_add(w->out, data, size);
}

void ovpp_cbor_put_uint(struct ovpp_cbor_out *w, uint64_t value)
{
	uint8_t head[HEAD_SIZE];

	put(w, head, cbor_encode_uint(value, head, sizeof(head)));
}

void ovpp_cbor_put_bool(struct ovpp_cbor_out *w, bool value)
{
	uint8_t head[HEAD_SIZE];

	put(w, head, cbor_encode_bool(value, head, sizeof(head)));
}

void ovpp_cbor_put_bytes(struct ovpp_cbor_out *w, const void *data, size_t size)
{
	uint8_t head[HEAD_SIZE];

	put(w, head, cbor_encode_bytestring_start(size, head, sizeof(head)));
	put(w, data, size);
}

void ovpp_cbor_put_text(struct ovpp_cbor_out *w, const char *text)
{
	uint8_t head[HEAD_SIZE];
	size_t size = strlen(text);

	put(w, head, cbor_encode_string_start(size, head, sizeof(head)));
	put(w, text, size);
}

void ovpp_cbor_put_array(struct ovpp_cbor_out *w, size_t n)
{
	uint8_t head[HEAD_SIZE];

	put(w, head, cbor_encode_array_start(n, head, sizeof(head)));
}

void ovpp_cbor_put_map(struct ovpp_cbor_out *w, size_t n)
{
	uint8_t head[HEAD_SIZE];

	put(w, head, cbor_encode_map_start(n, head, sizeof(head)));
}

void ovpp_cbor_put_literal(struct ovpp_cbor_out *w, const void *bytes, size_t size)
{
	put(w, bytes, size);
}
