/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract TelemetryAnchor: its calls, and the hash chain of its heads. A head
 * commits to each batch before it: acc = keccak256(acc before || hash of the batch).
 */
#ifndef OVPP_ANCHOR_H
#define OVPP_ANCHOR_H

#include "abi.h"

/**
 * struct ovpp_anchor - a batch as it is anchored
 * @seq: number, without a break
 * @root: root
 * @records: how many
 * @t0_ms: earliest record, since 1970
 * @t1_ms: latest record; not before that of the batch before
 */
struct ovpp_anchor {
	uint64_t seq;
	ovpp_hash root;
	uint64_t records;
	uint64_t t0_ms;
	uint64_t t1_ms;
};

/**
 * struct ovpp_anchor_head - what the contract has of a gateway
 * @signer: who may anchor; zero: nobody
 * @next: number of the batch that comes next
 * @t1_ms: of the last batch
 * @acc: of all batches; zero before the first
 */
struct ovpp_anchor_head {
	ovpp_address signer;
	uint64_t next;
	uint64_t t1_ms;
	ovpp_hash acc;
};

/* EIP-712 hash of a batch. 0; -EINVAL: a number that does not fit. */
int ovpp_anchor_hash(const uint8_t gateway[32], const struct ovpp_anchor *b, ovpp_hash hash);

/* @acc of the head before becomes that of the head after @b. */
int ovpp_anchor_accumulate(const uint8_t gateway[32], const struct ovpp_anchor *b, ovpp_hash acc);

/* The call that anchors @n batches, sent by the gateway: anchor() or anchorMany(). */
int ovpp_anchor_call(const uint8_t gateway[32], const struct ovpp_anchor *b, size_t n,
		     struct ovpp_buffer *out);

/* The call that asks for the head, and its answer. 0, -EBADMSG or another -errno. */
int ovpp_anchor_head_call(const uint8_t gateway[32], struct ovpp_buffer *out);
int ovpp_anchor_head_decode(const void *data, size_t size, struct ovpp_anchor_head *head);

#endif /* OVPP_ANCHOR_H */
