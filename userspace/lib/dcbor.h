/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CBOR in its core deterministic encoding (RFC 8949, 4.2.1), as evidence has it. What
 * is read may be anything: only the one encoding is taken, lengths are bounded by the
 * caller, nothing recurses.
 */
#ifndef OVPP_DCBOR_H
#define OVPP_DCBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence.h"

/* Unsigned integers are below 2^63, so that every language has a type for them. */
#define OVPP_CBOR_MAX INT64_MAX

/**
 * struct ovpp_cbor - reads items one after the other
 * @data: bytes
 * @size: their number
 * @at: next byte; with @bad the first that is wrong
 * @bad: something was wrong: all that is read from then on is 0
 */
struct ovpp_cbor {
	const uint8_t *data;
	size_t size;
	size_t at;
	bool bad;
};

/* Something about the bytes at @at is wrong. The first one that is told counts. */
void ovpp_cbor_fail(struct ovpp_cbor *r, size_t at);

/* An integer from @min to @max; the elements of an array, likewise. */
uint64_t ovpp_cbor_uint(struct ovpp_cbor *r, uint64_t min, uint64_t max);
size_t ovpp_cbor_array(struct ovpp_cbor *r, size_t min, size_t max);
bool ovpp_cbor_bool(struct ovpp_cbor *r);
/* A map of @n pairs. */
void ovpp_cbor_map(struct ovpp_cbor *r, size_t n);
/* Exactly @size bytes. */
void ovpp_cbor_bytes(struct ovpp_cbor *r, void *out, size_t size);
/* @min to @max bytes, to be read where they are: a reader of these alone. */
struct ovpp_cbor ovpp_cbor_span(struct ovpp_cbor *r, size_t min, size_t max);
/* UTF-8 of @min bytes or more without control characters; @out is filled up with 0. */
void ovpp_cbor_text(struct ovpp_cbor *r, size_t min, char out[OVPP_NAME_SIZE]);
/* These encoded bytes. */
void ovpp_cbor_literal(struct ovpp_cbor *r, const void *bytes, size_t size);
/* Nothing may follow. */
void ovpp_cbor_end(struct ovpp_cbor *r);
/* Over an item of integers, strings and arrays of them, none longer than @max. */
void ovpp_cbor_skip(struct ovpp_cbor *r, size_t max);

/**
 * struct ovpp_cbor_out - writes items one after the other
 * @out: they are added to it
 * @ret: the first error
 */
struct ovpp_cbor_out {
	struct ovpp_buffer *out;
	int ret;
};

void ovpp_cbor_put_uint(struct ovpp_cbor_out *w, uint64_t value);
void ovpp_cbor_put_bool(struct ovpp_cbor_out *w, bool value);
void ovpp_cbor_put_bytes(struct ovpp_cbor_out *w, const void *data, size_t size);
void ovpp_cbor_put_text(struct ovpp_cbor_out *w, const char *text);
void ovpp_cbor_put_array(struct ovpp_cbor_out *w, size_t n);
void ovpp_cbor_put_map(struct ovpp_cbor_out *w, size_t n);
void ovpp_cbor_put_literal(struct ovpp_cbor_out *w, const void *bytes, size_t size);

#endif /* OVPP_DCBOR_H */
