// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tuple is its heads, in order, and its tails. The head of what has a fixed size is
 * the value, that of what has not is where its tail begins, counted from the first
 * head. An array is the number of its elements and then a tuple of them.
 */
#include "abi.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "abi_type.h"
#include "keccak.h"

#define WORD 32

struct ovpp_abi ovpp_abi_uint(uint64_t x)
{
	struct ovpp_abi v = {0};

	x = htobe64(x);
	memcpy(v.word + WORD - sizeof(x), &x, sizeof(x));
	return v;
}

struct ovpp_abi ovpp_abi_u256(const struct ovpp_u256 *x)
{
	struct ovpp_abi v = {0};

	ovpp_u256_store(x, v.word);
	return v;
}

struct ovpp_abi ovpp_abi_word(const uint8_t word[WORD])
{
	struct ovpp_abi v = {0};

	memcpy(v.word, word, WORD);
	return v;
}

struct ovpp_abi ovpp_abi_address(const ovpp_address address)
{
	struct ovpp_abi v = {0};

	memcpy(v.word + WORD - OVPP_ADDRESS_SIZE, address, OVPP_ADDRESS_SIZE);
	return v;
}

struct ovpp_abi ovpp_abi_bytes(const void *data, size_t size)
{
	return (struct ovpp_abi){.data = data, .size = size};
}

struct ovpp_abi ovpp_abi_array(size_t n)
{
	return (struct ovpp_abi){.size = n};
}

static int word_to_uint(const uint8_t word[WORD], uint64_t *x)
{
	struct ovpp_u256 wide;

	ovpp_u256_load(&wide, word);
	return ovpp_u256_to_u64(&wide, x);
}

int ovpp_abi_to_uint(const struct ovpp_abi *v, uint64_t *x)
{
	return word_to_uint(v->word, x);
}

const uint8_t *ovpp_abi_to_address(const struct ovpp_abi *v)
{
	return v->word + WORD - OVPP_ADDRESS_SIZE;
}

/* ---- values to bytes ---- */

/**
 * struct encoder - what is being encoded
 * @v: values
 * @n: how many are left
 * @out: bytes
 */
struct encoder {
	const struct ovpp_abi *v;
	size_t n;
	struct ovpp_buffer *out;
};

static int encode_at(struct encoder *e, const char *type, const char *end, size_t base, size_t at);

static const struct ovpp_abi *next_value(struct encoder *e)
{
	if (!e->n)
		return NULL;
	e->n--;
	return e->v++;
}

static int add_zeros(struct ovpp_buffer *out, size_t size)
{
	static const uint8_t zeros[WORD];
	int ret = 0;

	for (; size && !ret; size -= size < WORD ? size : WORD)
		ret = ovpp_buffer_add(out, zeros, size < WORD ? size : WORD);
	return ret;
}

static int add_uint(struct ovpp_buffer *out, uint64_t x)
{
	struct ovpp_abi v = ovpp_abi_uint(x);

	return ovpp_buffer_add(out, v.word, WORD);
}

/* The components of a tuple, whose heads begin at @at and count from @base. */
static int encode_components(struct encoder *e, const char *type, size_t base, size_t at)
{
	int ret = 0;

	for (const char *t = abi_type_first(type); t && !ret; t = abi_type_next(abi_type_end(t))) {
		bool dynamic = false;
		size_t head = abi_type_head(t, abi_type_end(t), &dynamic, 0);

		ret = encode_at(e, t, abi_type_end(t), base, at);
		at += head;
	}
	return ret;
}

/* Size of the heads of a tuple's components. */
static size_t heads(const char *type)
{
	size_t sum = 0;

	for (const char *t = abi_type_first(type); t; t = abi_type_next(abi_type_end(t))) {
		bool dynamic = false;

		sum += abi_type_head(t, abi_type_end(t), &dynamic, 0);
	}
	return sum;
}

static int encode_array(struct encoder *e, const char *type, const char *end)
{
	const struct ovpp_abi *v = next_value(e);
	bool dynamic = false;
	size_t head = abi_type_head(type, end - 2, &dynamic, 0), base;
	int ret;

	/* Each element is a value at least. */
	if (!v || v->size > e->n)
		return -EINVAL;
	ret = add_uint(e->out, v->size);
	base = e->out->size;
	if (!ret)
		ret = add_zeros(e->out, v->size * head);
	for (size_t i = 0; i < v->size && !ret; i++)
		ret = encode_at(e, type, end - 2, base, base + i * head);
	return ret;
}

static int encode_bytes(struct encoder *e)
{
	const struct ovpp_abi *v = next_value(e);
	int ret = v ? add_uint(e->out, v->size) : -EINVAL;

	if (!ret)
		ret = ovpp_buffer_add(e->out, v->data, v->size);
	return ret ? ret : add_zeros(e->out, -v->size % WORD);
}

static int encode_tail(struct encoder *e, const char *type, const char *end)
{
	size_t base = e->out->size;
	int ret;

	switch (abi_type_kind(type, end)) {
	case ABI_ARRAY:
		return encode_array(e, type, end);
	case ABI_BYTES:
		return encode_bytes(e);
	default:
		ret = add_zeros(e->out, heads(type));
		return ret ? ret : encode_components(e, type, base, base);
	}
}

/* A value whose head is at @at; what has no fixed size goes to the end. */
static int encode_at(struct encoder *e, const char *type, const char *end, size_t base, size_t at)
{
	const struct ovpp_abi *v;
	bool dynamic = false;

	abi_type_head(type, end, &dynamic, 0);
	if (dynamic) {
		struct ovpp_abi offset = ovpp_abi_uint(e->out->size - base);

		memcpy(e->out->data + at, offset.word, WORD);
		return encode_tail(e, type, end);
	}
	if (abi_type_kind(type, end) == ABI_TUPLE)
		return encode_components(e, type, base, at);
	v = next_value(e);
	if (!v || !ovpp_abi_word_fits(type, end, v->word))
		return -EINVAL;
	memcpy(e->out->data + at, v->word, WORD);
	return 0;
}

/* Is the text a tuple, and no more than that? */
static bool is_tuple(const char *type)
{
	const char *end = abi_type_end(type);
	bool dynamic = false;

	if (!strcmp(type, "()"))
		return true;
	return !*end && abi_type_kind(type, end) == ABI_TUPLE &&
	       abi_type_head(type, end, &dynamic, 0);
}

int ovpp_abi_encode(const char *type, const struct ovpp_abi *v, size_t n, struct ovpp_buffer *out)
{
	struct encoder e = {v, n, out};
	size_t base = out->size;
	int ret = is_tuple(type) ? add_zeros(out, heads(type)) : -EINVAL;

	if (!ret)
		ret = encode_components(&e, type, base, base);
	return ret || !e.n ? ret : -EINVAL;
}

/* ---- bytes to values ---- */

/**
 * struct decoder - what is being decoded
 * @data: bytes
 * @size: their number
 * @tail: where the next tail begins
 * @v: next value
 * @n: room for so many
 */
struct decoder {
	const uint8_t *data;
	size_t size;
	size_t tail;
	struct ovpp_abi *v;
	size_t n;
};

static int decode_at(struct decoder *d, const char *type, const char *end, size_t base, size_t at);

/* The next @size bytes of the tail. */
static const uint8_t *take(struct decoder *d, size_t size)
{
	const uint8_t *at = d->data + d->tail;

	if (size > d->size - d->tail)
		return NULL;
	d->tail += size;
	return at;
}

static int give(struct decoder *d, struct ovpp_abi v)
{
	if (!d->n)
		return -ENOBUFS;
	d->n--;
	*d->v++ = v;
	return 0;
}

static int decode_components(struct decoder *d, const char *type, size_t base, size_t at)
{
	int ret = 0;

	for (const char *t = abi_type_first(type); t && !ret; t = abi_type_next(abi_type_end(t))) {
		bool dynamic = false;
		size_t head = abi_type_head(t, abi_type_end(t), &dynamic, 0);

		ret = decode_at(d, t, abi_type_end(t), base, at);
		at += head;
	}
	return ret;
}

static int decode_tuple(struct decoder *d, const char *type)
{
	size_t base = d->tail;

	return take(d, heads(type)) ? decode_components(d, type, base, base) : -EBADMSG;
}

/* A number of bytes or elements, of which each takes @size bytes at least. */
static int take_count(struct decoder *d, size_t size, size_t *n)
{
	const uint8_t *word = take(d, WORD);
	uint64_t x;

	if (!word || word_to_uint(word, &x) || x > (d->size - d->tail) / size)
		return -EBADMSG;
	*n = (size_t)x;
	return 0;
}

static int decode_array(struct decoder *d, const char *type, const char *end)
{
	bool dynamic = false;
	size_t head = abi_type_head(type, end - 2, &dynamic, 0), n, base;
	int ret = take_count(d, head, &n);

	if (!ret)
		ret = give(d, ovpp_abi_array(n));
	base = d->tail;
	if (!ret && !take(d, n * head))
		ret = -EBADMSG;
	for (size_t i = 0; !ret && i < n; i++)
		ret = decode_at(d, type, end - 2, base, base + i * head);
	return ret;
}

static int decode_bytes(struct decoder *d)
{
	const uint8_t *data, *pad;
	size_t n;
	int ret = take_count(d, 1, &n);

	if (ret)
		return ret;
	data = take(d, n);
	pad = take(d, -n % WORD);
	if (!data || !pad)
		return -EBADMSG;
	for (size_t i = 0; i < -n % WORD; i++)
		if (pad[i])
			return -EBADMSG;
	return give(d, ovpp_abi_bytes(data, n));
}

static int decode_tail(struct decoder *d, const char *type, const char *end)
{
	switch (abi_type_kind(type, end)) {
	case ABI_ARRAY:
		return decode_array(d, type, end);
	case ABI_BYTES:
		return decode_bytes(d);
	default:
		return decode_tuple(d, type);
	}
}

static int decode_at(struct decoder *d, const char *type, const char *end, size_t base, size_t at)
{
	const uint8_t *word = d->data + at;
	bool dynamic = false;
	uint64_t offset;

	abi_type_head(type, end, &dynamic, 0);
	if (dynamic) {
		/* Tails follow each other without a gap, in the order of their heads. */
		if (word_to_uint(word, &offset) || offset != d->tail - base)
			return -EBADMSG;
		return decode_tail(d, type, end);
	}
	if (abi_type_kind(type, end) == ABI_TUPLE)
		return decode_components(d, type, base, at);
	if (!ovpp_abi_word_fits(type, end, word))
		return -EBADMSG;
	return give(d, ovpp_abi_word(word));
}

int ovpp_abi_decode(const char *type, const void *data, size_t size, struct ovpp_abi *v, size_t *n)
{
	/* Nothing at all may come without an address. */
	struct decoder d = {.data = size ? data : (const void *)"", .size = size, .v = v, .n = *n};
	int ret = is_tuple(type) ? decode_tuple(&d, type) : -EINVAL;

	if (!ret && d.tail != size)
		ret = -EBADMSG;
	*n -= d.n;
	return ret;
}

/* ---- calls and events ---- */

void ovpp_abi_topic(const char *signature, ovpp_hash topic)
{
	ovpp_keccak256(signature, strlen(signature), topic);
}

int ovpp_abi_encode_call(const char *signature, const struct ovpp_abi *v, size_t n,
			 struct ovpp_buffer *out)
{
	const char *type = strchr(signature, '(');
	ovpp_hash topic;
	int ret;

	ovpp_abi_topic(signature, topic);
	ret = type ? ovpp_buffer_add(out, topic, OVPP_SELECTOR_SIZE) : -EINVAL;
	return ret ? ret : ovpp_abi_encode(type, v, n, out);
}

int ovpp_abi_decode_call(const char *signature, const void *data, size_t size, struct ovpp_abi *v,
			 size_t *n)
{
	const char *type = strchr(signature, '(');
	ovpp_hash topic;

	ovpp_abi_topic(signature, topic);
	if (!type)
		return -EINVAL;
	if (size < OVPP_SELECTOR_SIZE || memcmp(data, topic, OVPP_SELECTOR_SIZE))
		return -ENOENT;
	return ovpp_abi_decode(type, (const uint8_t *)data + OVPP_SELECTOR_SIZE,
			       size - OVPP_SELECTOR_SIZE, v, n);
}
