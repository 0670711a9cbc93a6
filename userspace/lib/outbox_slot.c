// SPDX-License-Identifier: GPL-2.0-or-later
/* The outbox's transaction on its way: sent, looked for, and what became of it. */
#include "outbox_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A node that does not show a receipt may only be behind. */
#define ROUNDS 3

/* ---- what is anchored ---- */

/*
 * Where the hash chain begins, when the first head is seen: with the first batch here, of
 * which a copy of this ledger may have anchored some; else at that head.
 */
static int take_base(struct ovpp_outbox *o)
{
	static const ovpp_hash zero;
	int64_t base;
	int ret = OUTBOX_ROW(&o->db, BASE_GET, 1, &base, o->db.target);

	if (ret != -ENOENT)
		return ret;
	ret = outbox_db_began(&o->db, o->opt.target.gateway, &o->head, &base);
	if (ret != -ENOENT)
		return ret ? ret : outbox_db_base(&o->db, (uint64_t)base, zero);
	ret = outbox_db_held(&o->db, o->head.next,
			     "the gateway was registered later, or has anchored this elsewhere");
	return ret ? ret : outbox_db_base(&o->db, o->head.next, o->head.acc);
}

int outbox_take_head(struct ovpp_outbox *o)
{
	unsigned long long next = o->head.next;
	ovpp_hash acc;
	int ret = take_base(o);

	if (!ret)
		ret = outbox_db_acc(&o->db, o->opt.target.gateway, o->head.next, acc);
	if (ret == -ENOENT) {
		outbox_say(o, "the contract has batches up to %llu, not all of which are here",
			   next);
		return 1;
	}
	if (ret)
		return ret;
	if (memcmp(acc, o->head.acc, sizeof(acc))) {
		outbox_say(o, "the contract has other batches before %llu than this ledger", next);
		return 1;
	}
	return outbox_db_mined(&o->db, outbox_mined(o), o->head.next, o->block, o->block_hash);
}

/* ---- its end ---- */

int outbox_end_call(struct ovpp_outbox *o, int64_t call, const ovpp_hash hash,
		    const struct outbox_receipt *receipt)
{
	int ret = outbox_db_cost(&o->db, hash, receipt->cost_gwei);

	if (ret || !call)
		return ret;
	return outbox_db_call_mined(&o->db, call, hash, receipt,
				    receipt->succeeded ? outbox_mined(o) : OVPP_OUTBOX_REVERTED);
}

/*
 * The attempt that was mined says which call was made; what else had this nonce was not,
 * and goes again.
 */
static int end_calls(struct ovpp_outbox *o)
{
	const struct outbox_slot *s = &o->slot;
	char why[OVPP_ETH_TEXT];
	int ret = 0;

	if (s->found)
		ret = outbox_end_call(o, s->newest.call, s->newest.hash, &s->receipt);
	if (ret || !s->calls)
		return ret;
	snprintf(why, sizeof(why), "another transaction of this account took nonce %llu",
		 (unsigned long long)s->nonce);
	return outbox_db_call_undone(&o->db, s->nonce, why);
}

/* The head says which batches are anchored; what is left of them is to be tried again. */
static int end_batches(struct ovpp_outbox *o)
{
	bool lost = !o->slot.found;
	char why[OVPP_ETH_TEXT] = "the contract did not take it";
	int64_t left = 0;
	int odd = outbox_take_head(o), ret;

	if (odd < 0)
		return odd;
	ret = OUTBOX_ROW(&o->db, SLOT_SIZE, 1, &left, o->db.lane, (int64_t)o->slot.nonce,
			 o->db.target);
	if (ret || !left)
		return ret;
	if (lost && !odd)
		snprintf(why, sizeof(why), "another transaction of this account took nonce %llu",
			 (unsigned long long)o->slot.nonce);
	if (!odd)
		outbox_say(o, "%s", why);
	/* What the contract refused once is not paid for again at once. */
	o->plan_ms = lost && !odd ? o->now_ms : o->now_ms + o->opt.settle_ms;
	return outbox_db_undone(&o->db, o->slot.nonce,
				odd    ? OVPP_OUTBOX_HELD
				: lost ? OVPP_OUTBOX_NEW
				       : OVPP_OUTBOX_REVERTED,
				odd ? o->trouble : why);
}

static int write_end(struct ovpp_outbox *o)
{
	int ret = end_calls(o);

	if (ret)
		return ret;
	if (o->slot.batches)
		return end_batches(o);
	/* Batches of another target: its head will say it to whom asks for it. */
	return outbox_db_undone(&o->db, o->slot.nonce, OVPP_OUTBOX_NEW, NULL);
}

static int end_slot(struct ovpp_outbox *o)
{
	int ret = outbox_db_begin(&o->db);

	if (!ret)
		ret = outbox_db_end(&o->db, write_end(o));
	o->slot.known = false;
	o->together = OVPP_OUTBOX_TOGETHER;
	return ret ? ret : outbox_later(o, 0);
}

/* It was mined, or its nonce is taken. What that did to batches says the head. */
static int slot_over(struct ovpp_outbox *o)
{
	if (!o->slot.batches)
		return end_slot(o);
	o->step = STEP_BLOCK;
	return 0;
}

int outbox_take_block(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	/* A node that is behind does not know yet what the transaction did. */
	if (o->slot.known && o->slot.found && a->block < o->slot.receipt.block)
		return outbox_later(o, o->opt.poll_ms);
	o->block = a->block;
	o->block_s = a->time;
	memcpy(o->block_hash, a->block_hash, sizeof(o->block_hash));
	o->step = !o->slot.known && o->plan.call ? STEP_CALL_CODE : STEP_HEAD;
	return 0;
}

int outbox_take_head_answer(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	int ret = ovpp_anchor_head_decode(a->data.data, a->data.size, &o->head);

	if (!ret)
		return o->slot.known ? end_slot(o) : outbox_plan_head(o);
	outbox_say(o, "the contract does not answer as it should");
	return outbox_later(o, o->opt.settle_ms);
}

/* ---- on its way ---- */

static int poll_later(struct ovpp_outbox *o)
{
	o->slot.poll_ms = o->now_ms + o->opt.poll_ms;
	return outbox_later(o, 0);
}

int outbox_slot_waits(struct ovpp_outbox *o, const char *format, ...)
{
	char why[sizeof(o->trouble)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	outbox_say(o, "%s", why);
	return o->slot.calls ? outbox_db_call_why(&o->db, o->slot.nonce, why) : 0;
}

static void nonce_is_gone(struct ovpp_outbox *o)
{
	if (!o->slot.gone)
		o->slot.gone_ms = o->now_ms;
	o->slot.gone = true;
	o->slot.attempt = 0;
	o->step = STEP_RECEIPT;
}

int outbox_take_send(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	switch (a->result) {
	case OVPP_ETH_NONCE_TOO_LOW:
		nonce_is_gone(o);
		return 0;
	case OVPP_ETH_FEE_TOO_LOW:
		o->step = STEP_BUMP;
		return 0;
	case OVPP_ETH_OK:
	case OVPP_ETH_KNOWN:
	case OVPP_ETH_UNDERPRICED:
		break;
	default:
		outbox_later(o, o->opt.settle_ms);
		return outbox_slot_waits(o, "the transaction is not taken: %s", a->text);
	}
	o->slot.sent_ms = o->now_ms;
	poll_later(o);
	return outbox_db_slot_state(&o->db, o->slot.nonce, OVPP_OUTBOX_SENT);
}

/*
 * Somebody else's transaction has the nonce? A call is made again then, and the contract
 * may not know that it was made before: a node that is behind is given more time, and
 * asked for the nonce again.
 */
static int nonce_was_taken(struct ovpp_outbox *o)
{
	struct outbox_slot *s = &o->slot;

	if (++s->rounds < ROUNDS || (s->calls && o->now_ms - s->gone_ms < o->opt.settle_ms))
		return poll_later(o);
	if (!s->calls)
		return slot_over(o);
	s->certain = true;
	o->step = STEP_NONCE;
	return 0;
}

/* None of the attempts has one. */
static int no_receipt(struct ovpp_outbox *o)
{
	struct outbox_slot *s = &o->slot;

	s->attempt = 0;
	if (s->gone)
		return nonce_was_taken(o);
	if (s->state == OVPP_OUTBOX_REORGED)
		o->step = STEP_SEND;
	else if (o->now_ms - s->sent_ms >= o->opt.bump_ms)
		o->step = STEP_NONCE;
	else
		return poll_later(o);
	return 0;
}

int outbox_take_receipt(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	struct outbox_slot *s = &o->slot;
	int ret;

	if (a->result == OVPP_ETH_ABSENT) {
		ret = outbox_db_attempt(&o->db, s->nonce, ++s->attempt, &s->newest);
		return ret == -ENOENT ? no_receipt(o) : ret;
	}
	s->found = true;
	s->receipt = outbox_receipt(a);
	return slot_over(o);
}

/*
 * Blocks are gone, and with them what had a nonce before this one. Batches take that
 * one. A call must not have bytes of two nonces: whatever else was in those blocks goes
 * first, and what nobody sends again any more is replaced.
 */
static int nonce_is_ahead(struct ovpp_outbox *o, uint64_t next)
{
	struct outbox_slot *s = &o->slot;
	int unsettled;

	if (!s->calls) {
		s->known = false;
		outbox_later(o, 0);
		return outbox_db_undone(&o->db, s->nonce, OVPP_OUTBOX_NEW,
					"a nonce before it is free again");
	}
	if (!s->gap)
		o->settle_ms = o->now_ms;
	s->gap = true;
	unsettled = outbox_unsettled(o);
	if (unsettled && unsettled != -ENOENT)
		return unsettled;
	if (!unsettled && o->now_ms >= o->settle_ms)
		return poll_later(o);
	s->gap_nonce = next;
	o->step = STEP_GAP;
	return 0;
}

int outbox_take_nonce(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	struct outbox_slot *s = &o->slot;

	s->attempt = 0;
	if (a->number > s->nonce && s->certain)
		return slot_over(o);
	if (a->number > s->nonce) {
		nonce_is_gone(o);
		return 0;
	}
	s->gone = s->certain = false;
	s->rounds = 0;
	if (a->number < s->nonce)
		return nonce_is_ahead(o, a->number);
	o->step = STEP_BUMP;
	return 0;
}

/* Memory of a transaction that is not the one on its way is forgotten. */
static void know_slot(struct ovpp_outbox *o, uint64_t nonce, int state)
{
	struct outbox_slot *s = &o->slot;
	struct ovpp_buffer raw = s->newest.raw;

	if (!s->known || s->nonce != nonce)
		*s = (struct outbox_slot){.known = true, .nonce = nonce, .newest.raw = raw};
	s->state = state;
}

/* What of the transaction on its way is due. */
static void choose_step(struct ovpp_outbox *o)
{
	struct outbox_slot *s = &o->slot;

	/* What was found may be gone again by now. */
	s->found = false;
	s->attempt = 0;
	if (o->now_ms < s->poll_ms)
		return;
	/* After a restart the same bytes are sent again. */
	if (!s->gone &&
	    (s->state == OVPP_OUTBOX_BUILT || (s->state == OVPP_OUTBOX_SENT && !s->sent_ms)))
		o->step = STEP_SEND;
	else
		o->step = STEP_RECEIPT;
}

int outbox_choose_slot(struct ovpp_outbox *o)
{
	int64_t slot[2], batches, calls;
	int ret = OUTBOX_ROW(&o->db, ACTIVE, 2, slot, o->db.lane);

	if (!ret)
		ret = OUTBOX_ROW(&o->db, SLOT_SIZE, 1, &batches, o->db.lane, slot[0], o->db.target);
	if (!ret)
		ret = OUTBOX_ROW(&o->db, CALL_SLOT_SIZE, 1, &calls, o->db.lane, slot[0]);
	if (ret) {
		o->slot.known = false;
		return ret;
	}
	know_slot(o, (uint64_t)slot[0], (int)slot[1]);
	o->slot.batches = (size_t)batches;
	o->slot.calls = (size_t)calls;
	choose_step(o);
	return 0;
}
