// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keccak.h"

#define NS_PER_MS 1000000

static const struct {
	const char *name;
	const char *text;
} remarks[N_OVPP_CHAIN_REMARKS] = {
	[OVPP_CHAIN_EARLIER] = {"earlier", "from before the gateway was registered: they are "
					   "not on the chain"},
	[OVPP_CHAIN_WAITING] = {"waiting", "not on the chain yet"},
	[OVPP_CHAIN_UNKNOWN] = {"unknown-key", "not on the chain yet, which does not know the "
					       "key that signed them"},
	[OVPP_CHAIN_DISTRUSTED] = {"key-revoked", "signed with a key that is revoked on the "
						  "chain"},
	[OVPP_CHAIN_AHEAD] = {"clock-ahead", "the gateway's clock was ahead of the chain's, "
					     "which has other times"},
};

const char *ovpp_chain_remark_name(enum ovpp_chain_remark remark)
{
	return remarks[remark].name;
}

const char *ovpp_chain_remark_text(enum ovpp_chain_remark remark)
{
	return remarks[remark].text;
}

/* ---- what is proven ---- */

int ovpp_chain_evidence_batch(struct ovpp_chain_evidence *ev, const struct ovpp_header *h,
			      const ovpp_hash root)
{
	size_t room = ev->room ? 2 * ev->room : 64;
	struct ovpp_chain_shown *more, *to;

	if (ev->n == ev->room) {
		more = reallocarray(ev->shown, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		ev->shown = more;
		ev->room = room;
	}
	to = &ev->shown[ev->n++];
	*to = (struct ovpp_chain_shown){
		.batch.seq = h->seq,
		.batch.records = h->records,
		.batch.t0_ms = h->real_ns[0] / NS_PER_MS,
		.batch.t1_ms = h->real_ns[1] / NS_PER_MS,
		.epoch = h->epoch,
	};
	memcpy(to->batch.root, root, sizeof(to->batch.root));
	return 0;
}

int ovpp_chain_evidence_end(struct ovpp_chain_evidence *ev, const struct ovpp_verify *v)
{
	uint32_t n = 0;

	while (ovpp_verify_key(v, n))
		n++;
	ev->key = calloc(n, sizeof(*ev->key));
	if (!ev->key)
		return -ENOMEM;
	ev->n_keys = n;
	for (uint32_t epoch = 0; epoch < n; epoch++)
		memcpy(ev->key[epoch], ovpp_verify_key(v, epoch), sizeof(*ev->key));
	return 0;
}

void ovpp_chain_evidence_free(struct ovpp_chain_evidence *ev)
{
	free(ev->key);
	free(ev->shown);
	*ev = (struct ovpp_chain_evidence){0};
}

/* ---- a batch ---- */

/**
 * struct match - a comparison at work
 * @h: what the chain says
 * @ev: what the evidence says
 * @rules: what is asked for
 * @m: result
 * @f: likewise
 * @shown: batch at work
 * @key: Keccak-256 of the key that signed it
 */
struct match {
	const struct ovpp_chain_history *h;
	const struct ovpp_chain_evidence *ev;
	const struct ovpp_chain_rules *rules;
	struct ovpp_chain_match *m;
	struct ovpp_chain_fault *f;
	const struct ovpp_chain_shown *shown;
	ovpp_hash key;
};

/* The batches of bundles ascend. */
static void count(struct ovpp_chain_range *range, uint64_t seq)
{
	if (!range->n++)
		range->first = seq;
	range->last = seq;
}

static int remark(struct match *w, enum ovpp_chain_remark kind)
{
	count(&w->m->remark[kind], w->shown->batch.seq);
	return 0;
}

/* Is the newest key that the chain knows one that the gateway had before this batch's? */
static bool chain_is_behind(const struct match *w)
{
	const struct ovpp_chain_key *newest = &w->h->key[w->h->n_keys - 1];
	ovpp_hash hash;

	for (uint32_t epoch = 0; epoch < w->shown->epoch && epoch < w->ev->n_keys; epoch++) {
		ovpp_keccak256(w->ev->key[epoch], OVPP_KEY_SIZE, hash);
		if (!memcmp(hash, newest->hash, sizeof(hash)))
			return true;
	}
	return false;
}

/* The key's interval on the chain that ends before this batch, if a revocation ended it. */
static const struct ovpp_chain_key *revoked_before(const struct match *w)
{
	for (size_t i = 0; i < w->h->n_keys; i++) {
		const struct ovpp_chain_key *key = &w->h->key[i];

		if (key->revoked && w->shown->batch.seq >= key->until &&
		    !memcmp(key->hash, w->key, sizeof(w->key)))
			return key;
	}
	return NULL;
}

static int wrong_key(struct match *w, const struct ovpp_chain_key *theirs)
{
	const struct ovpp_chain_key *revoked = revoked_before(w);

	if (revoked && w->rules->allow_revoked)
		return remark(w, OVPP_CHAIN_DISTRUSTED);
	if (revoked)
		return ovpp_chain_no(w->f, revoked->revoked,
				     "the key that signed this batch is revoked on the chain from "
				     "batch %llu on",
				     (unsigned long long)revoked->until);
	if (!theirs)
		return ovpp_chain_no(w->f, NULL, "the chain knows no key for this batch");
	return ovpp_chain_same(w->f, theirs->event, OVPP_CHAIN_HASH, ovpp_abi_word(theirs->hash),
			       ovpp_abi_word(w->key),
			       "this batch is signed with another key than the chain has for it "
			       "(Keccak-256)");
}

/* Is its key the chain's? */
static int check_key(struct match *w, bool anchored)
{
	const struct ovpp_chain_key *theirs = ovpp_chain_key_of(w->h, w->shown->batch.seq);
	const uint8_t *own = w->shown->epoch < w->ev->n_keys ? w->ev->key[w->shown->epoch] : NULL;

	if (!own)
		return ovpp_chain_no(w->f, NULL, "the evidence does not have its key");
	ovpp_keccak256(own, OVPP_KEY_SIZE, w->key);
	if (theirs && !memcmp(theirs->hash, w->key, sizeof(w->key)))
		return anchored ? 0 : remark(w, OVPP_CHAIN_WAITING);
	if (!anchored && chain_is_behind(w))
		return remark(w, OVPP_CHAIN_UNKNOWN);
	return wrong_key(w, theirs);
}

/*
 * The chain takes no time before that of the batch before, nor one ahead of its own; so
 * a gateway whose clock was set back or is ahead anchors another one than its header has.
 */
static int check_times(struct match *w, const struct ovpp_chain_anchored *a, uint64_t before)
{
	uint64_t t0 = w->shown->batch.t0_ms, t1 = w->shown->batch.t1_ms;
	uint64_t want = t1 > before ? t1 : before;
	int ret = 0;

	if (a->batch.t1_ms < want)
		remark(w, OVPP_CHAIN_AHEAD);
	else
		ret = ovpp_chain_same(w->f, a->event, OVPP_CHAIN_NUMBER, ovpp_abi_uint(want),
				      ovpp_abi_uint(a->batch.t1_ms),
				      "the latest time that is anchored is not that of the batch");
	want = t0 < a->batch.t1_ms ? t0 : a->batch.t1_ms;
	return ret ? ret
		   : ovpp_chain_same(w->f, a->event, OVPP_CHAIN_NUMBER, ovpp_abi_uint(want),
				     ovpp_abi_uint(a->batch.t0_ms),
				     "the earliest time that is anchored is not that of the batch");
}

static int check_anchored(struct match *w, size_t i)
{
	const struct ovpp_chain_anchored *a = &w->h->batch[i];
	const struct ovpp_anchor *own = &w->shown->batch;
	int ret = ovpp_chain_same(w->f, a->event, OVPP_CHAIN_HASH, ovpp_abi_word(a->batch.root),
				  ovpp_abi_word(own->root),
				  "the root of the batch is not the one that is anchored");

	if (!ret)
		ret = ovpp_chain_same(w->f, a->event, OVPP_CHAIN_NUMBER,
				      ovpp_abi_uint(a->batch.records), ovpp_abi_uint(own->records),
				      "the batch has another number of records than is anchored");
	if (!ret)
		ret = check_times(w, a, i ? a[-1].batch.t1_ms : 0);
	if (!ret)
		ret = check_key(w, true);
	if (!ret)
		count(&w->m->anchored, own->seq);
	return ret;
}

static int check_batch(struct match *w)
{
	uint64_t seq = w->shown->batch.seq;
	bool earlier = seq < w->h->first;

	if (!earlier && seq < w->h->head.next)
		return check_anchored(w, seq - w->h->first);
	if (w->rules->all)
		return ovpp_chain_no(w->f, NULL,
				     earlier ? "this batch is from before the gateway was "
					       "registered: it is not on the chain"
					     : "this batch is not on the chain, as of this block");
	return earlier ? remark(w, OVPP_CHAIN_EARLIER) : check_key(w, false);
}

int ovpp_chain_match(const struct ovpp_chain_history *h, const struct ovpp_chain_evidence *ev,
		     const struct ovpp_chain_rules *rules, struct ovpp_chain_match *m,
		     struct ovpp_chain_fault *f)
{
	struct match w = {.h = h, .ev = ev, .rules = rules, .m = m, .f = f};
	int ret = 0;

	for (size_t i = 0; i < ev->n && !ret; i++) {
		w.shown = &ev->shown[i];
		ret = check_batch(&w);
	}
	if (ret == -EBADMSG) {
		f->has_gateway = true;
		memcpy(f->gateway, h->id, sizeof(f->gateway));
		f->has_batch = true;
		f->batch = w.shown->batch.seq;
	}
	return ret;
}
