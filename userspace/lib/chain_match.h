/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence against a chain: is what a bundle proves of a gateway's batches what the
 * gateway has anchored, with keys that the chain knows?
 */
#ifndef OVPP_CHAIN_MATCH_H
#define OVPP_CHAIN_MATCH_H

#include "chain_history.h"
#include "verify.h"

/**
 * struct ovpp_chain_shown - a batch of the evidence
 * @batch: as its header says
 * @epoch: of the key that signed it, in the evidence
 */
struct ovpp_chain_shown {
	struct ovpp_anchor batch;
	uint32_t epoch;
};

/**
 * struct ovpp_chain_evidence - what was proven of a gateway; all zero at first
 * @key: of the gateway by epoch, the first one is its name
 * @n_keys: their number
 * @shown: batches
 * @n: their number
 * @room: for batches
 */
struct ovpp_chain_evidence {
	uint8_t (*key)[OVPP_KEY_SIZE];
	size_t n_keys;
	struct ovpp_chain_shown *shown;
	size_t n;
	size_t room;
};

/* A batch is proven, see struct ovpp_verify_options. 0 or -ENOMEM. */
int ovpp_chain_evidence_batch(struct ovpp_chain_evidence *ev, const struct ovpp_header *h,
			      const ovpp_hash root);
/* All are. 0 or -ENOMEM. */
int ovpp_chain_evidence_end(struct ovpp_chain_evidence *ev, const struct ovpp_verify *v);
void ovpp_chain_evidence_free(struct ovpp_chain_evidence *ev);

/* Facts about batches that do not speak against the evidence. */
enum ovpp_chain_remark {
	OVPP_CHAIN_EARLIER,    /* from before the gateway was registered: never anchored */
	OVPP_CHAIN_WAITING,    /* not anchored yet */
	OVPP_CHAIN_UNKNOWN,    /* likewise, and the chain does not know their key yet */
	OVPP_CHAIN_DISTRUSTED, /* their key is revoked on the chain: taken nevertheless */
	OVPP_CHAIN_AHEAD,      /* anchored with another time: the gateway's clock was ahead */
	N_OVPP_CHAIN_REMARKS
};

/* Word for it, "earlier", and a sentence for people. */
const char *ovpp_chain_remark_name(enum ovpp_chain_remark remark);
const char *ovpp_chain_remark_text(enum ovpp_chain_remark remark);

/**
 * struct ovpp_chain_range - batches
 * @n: how many
 * @first: number of the first one
 * @last: of the last one
 */
struct ovpp_chain_range {
	uint64_t n;
	uint64_t first;
	uint64_t last;
};

/**
 * struct ovpp_chain_match - how evidence and chain fit
 * @anchored: batches of the evidence that are
 * @remark: the others, and what else is to be said
 */
struct ovpp_chain_match {
	struct ovpp_chain_range anchored;
	struct ovpp_chain_range remark[N_OVPP_CHAIN_REMARKS];
};

/**
 * struct ovpp_chain_rules - what is asked for
 * @all: every batch is anchored
 * @allow_revoked: what a revoked key signed is a remark, not an error
 */
struct ovpp_chain_rules {
	bool all;
	bool allow_revoked;
};

/* 0; -EBADMSG: they do not fit, @f says where. @m is all zero. */
int ovpp_chain_match(const struct ovpp_chain_history *h, const struct ovpp_chain_evidence *ev,
		     const struct ovpp_chain_rules *rules, struct ovpp_chain_match *m,
		     struct ovpp_chain_fault *f);

#endif /* OVPP_CHAIN_MATCH_H */
