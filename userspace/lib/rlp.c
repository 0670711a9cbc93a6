// SPDX-License-Identifier: GPL-2.0-or-later
#include "rlp.h"

#include <endian.h>
#include <string.h>

/* First bytes; lengths above SHORT are written in bytes of their own. */
#define STRING 0x80
#define LIST 0xc0
#define SHORT 55

static void put(struct ovpp_rlp_out *w, const void *data, size_t size)
{
	if (!w->ret)
		w->ret = ovpp_buffer_add(w->out, data, size);
}

/* The bytes of a number without those in front that are zero. */
static const uint8_t *trim(const uint8_t *be, size_t *size)
{
	while (*size && !*be) {
		be++;
		(*size)--;
	}
	return be;
}

/* First byte and length of an item. Return: their size. */
static size_t head(uint8_t kind, size_t size, uint8_t out[9])
{
	uint64_t be = htobe64(size);
	size_t n = sizeof(be);
	const uint8_t *length;

	if (size <= SHORT) {
		out[0] = (uint8_t)(kind + size);
		return 1;
	}
	length = trim((const uint8_t *)&be, &n);
	out[0] = (uint8_t)(kind + SHORT + n);
	memcpy(out + 1, length, n);
	return 1 + n;
}

void ovpp_rlp_put_bytes(struct ovpp_rlp_out *w, const void *data, size_t size)
{
	uint8_t first[9];

	if (size != 1 || *(const uint8_t *)data >= STRING)
		put(w, first, head(STRING, size, first));
	put(w, data, size);
}

void ovpp_rlp_put_uint(struct ovpp_rlp_out *w, uint64_t x)
{
	uint64_t be = htobe64(x);
	size_t size = sizeof(be);
	const uint8_t *data = trim((const uint8_t *)&be, &size);

	ovpp_rlp_put_bytes(w, data, size);
}

void ovpp_rlp_put_u256(struct ovpp_rlp_out *w, const struct ovpp_u256 *x)
{
	uint8_t be[OVPP_U256_SIZE];
	size_t size = sizeof(be);
	const uint8_t *data;

	ovpp_u256_store(x, be);
	data = trim(be, &size);
	ovpp_rlp_put_bytes(w, data, size);
}

void ovpp_rlp_put_list(struct ovpp_rlp_out *w, size_t from)
{
	size_t size = w->out->size - from, n;
	uint8_t first[9];

	if (w->ret)
		return;
	n = head(LIST, size, first);
	put(w, first, n);
	if (w->ret)
		return;
	memmove(w->out->data + from + n, w->out->data + from, size);
	memcpy(w->out->data + from, first, n);
}

struct ovpp_rlp ovpp_rlp(const void *data, size_t size)
{
	return (struct ovpp_rlp){.at = data, .end = (const uint8_t *)data + size};
}

/* A length in @n bytes. Return: false: it is not there, or should be shorter. */
static bool long_size(struct ovpp_rlp *r, size_t n, size_t *size)
{
	*size = 0;
	if (n > (size_t)(r->end - r->at) || n > sizeof(*size) || !*r->at)
		return false;
	for (; n; n--)
		*size = *size << 8 | *r->at++;
	return *size > SHORT;
}

static const uint8_t *fail(struct ovpp_rlp *r, size_t *size)
{
	r->bad = true;
	*size = 0;
	return r->end;
}

/* What is in the next item, which is of this kind. */
static const uint8_t *item(struct ovpp_rlp *r, uint8_t kind, size_t *size)
{
	const uint8_t *data;
	size_t n;

	if (r->bad || r->at == r->end || *r->at < kind || *r->at - kind >= 64)
		return fail(r, size);
	n = *r->at++ - kind;
	*size = n;
	if (n > SHORT && !long_size(r, n - SHORT, size))
		return fail(r, size);
	if (*size > (size_t)(r->end - r->at))
		return fail(r, size);
	data = r->at;
	r->at += *size;
	return data;
}

const uint8_t *ovpp_rlp_bytes(struct ovpp_rlp *r, size_t *size)
{
	const uint8_t *data;

	if (!r->bad && r->at < r->end && *r->at < STRING) {
		*size = 1;
		return r->at++;
	}
	data = item(r, STRING, size);
	/* Such a byte stands for itself. */
	if (*size == 1 && *data < STRING)
		return fail(r, size);
	return data;
}

void ovpp_rlp_fixed(struct ovpp_rlp *r, void *out, size_t size)
{
	size_t n;
	const uint8_t *data = ovpp_rlp_bytes(r, &n);

	memset(out, 0, size);
	if (n == size)
		memcpy(out, data, size);
	else
		r->bad = true;
}

struct ovpp_u256 ovpp_rlp_u256(struct ovpp_rlp *r)
{
	uint8_t be[OVPP_U256_SIZE] = {0};
	struct ovpp_u256 x;
	size_t size;
	const uint8_t *data = ovpp_rlp_bytes(r, &size);

	if (size > sizeof(be) || (size && !*data))
		data = fail(r, &size);
	if (size)
		memcpy(be + sizeof(be) - size, data, size);
	ovpp_u256_load(&x, be);
	return x;
}

uint64_t ovpp_rlp_uint(struct ovpp_rlp *r)
{
	struct ovpp_u256 x = ovpp_rlp_u256(r);
	uint64_t out = 0;

	if (ovpp_u256_to_u64(&x, &out))
		r->bad = true;
	return out;
}

struct ovpp_rlp ovpp_rlp_list(struct ovpp_rlp *r)
{
	size_t size;
	const uint8_t *data = item(r, LIST, &size);
	struct ovpp_rlp in = ovpp_rlp(data, size);

	in.bad = r->bad;
	return in;
}

bool ovpp_rlp_is_list(const struct ovpp_rlp *r)
{
	return !r->bad && r->at < r->end && *r->at >= LIST;
}

void ovpp_rlp_end(struct ovpp_rlp *r, struct ovpp_rlp *parent)
{
	if (r->at != r->end)
		r->bad = true;
	if (parent && r->bad)
		parent->bad = true;
}
