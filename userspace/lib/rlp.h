/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RLP (Ethereum yellow paper, appendix B): strings of bytes and lists. What is read may
 * be anything: only the one encoding of a value is taken, nothing is read beyond the
 * end, nothing recurses.
 */
#ifndef OVPP_RLP_H
#define OVPP_RLP_H

#include "evidence.h"
#include "u256.h"

/**
 * struct ovpp_rlp_out - writes items one after the other
 * @out: they are added to it
 * @ret: the first error
 */
struct ovpp_rlp_out {
	struct ovpp_buffer *out;
	int ret;
};

void ovpp_rlp_put_bytes(struct ovpp_rlp_out *w, const void *data, size_t size);
/* Numbers have no leading zeros; 0 is the empty string. */
void ovpp_rlp_put_uint(struct ovpp_rlp_out *w, uint64_t x);
void ovpp_rlp_put_u256(struct ovpp_rlp_out *w, const struct ovpp_u256 *x);
/* All that was written since the buffer's size was @from becomes a list. */
void ovpp_rlp_put_list(struct ovpp_rlp_out *w, size_t from);

/**
 * struct ovpp_rlp - reads items one after the other
 * @at: next byte
 * @end: after the last
 * @bad: something was wrong: all that is read from then on is empty or 0
 */
struct ovpp_rlp {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

struct ovpp_rlp ovpp_rlp(const void *data, size_t size);
/* A string, where it is. */
const uint8_t *ovpp_rlp_bytes(struct ovpp_rlp *r, size_t *size);
/* A string of exactly @size bytes. */
void ovpp_rlp_fixed(struct ovpp_rlp *r, void *out, size_t size);
struct ovpp_u256 ovpp_rlp_u256(struct ovpp_rlp *r);
uint64_t ovpp_rlp_uint(struct ovpp_rlp *r);
/* A list: a reader of what is in it. */
struct ovpp_rlp ovpp_rlp_list(struct ovpp_rlp *r);
/* Whether the next item is a list. */
bool ovpp_rlp_is_list(const struct ovpp_rlp *r);
/* Nothing may follow; an end that is bad makes @parent bad, unless it is NULL. */
void ovpp_rlp_end(struct ovpp_rlp *r, struct ovpp_rlp *parent);

#endif /* OVPP_RLP_H */
