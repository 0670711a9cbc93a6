// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUMP_MS 30000
#define SETTLE_MS 60000
/* A node that does not show a receipt may only be behind. */
#define ROUNDS 3

const char *ovpp_outbox_state_name(enum ovpp_outbox_state state)
{
	static const char *const name[N_OVPP_OUTBOX_STATES] = {
		"NEW", "BUILT", "SENT", "MINED", "SAFE", "FINAL", "REORGED", "REVERTED", "HELD",
	};

	return name[state];
}

void outbox_say(struct ovpp_outbox *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(o->trouble, sizeof(o->trouble), format, args);
	va_end(args);
}

const char *ovpp_outbox_trouble(const struct ovpp_outbox *o)
{
	return o->trouble;
}

int outbox_later(struct ovpp_outbox *o, uint64_t ms)
{
	o->step = STEP_CHOOSE;
	o->wake_ms = o->now_ms + ms;
	return 0;
}

int outbox_hold(struct ovpp_outbox *o, const char *format, ...)
{
	char why[sizeof(o->trouble)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	outbox_say(o, "%s", why);
	o->plan_ms = o->now_ms + o->opt.settle_ms;
	outbox_later(o, 0);
	return outbox_db_held(&o->db, INT64_MAX, why);
}

/* ---- what is anchored ---- */

/* Where the hash chain begins: at the first head that is seen. */
static int take_base(struct ovpp_outbox *o)
{
	int64_t base;
	int ret = OUTBOX_ROW(&o->db, BASE_GET, 1, &base, o->db.target);

	if (ret != -ENOENT)
		return ret;
	ret = outbox_db_held(&o->db, o->head.next,
			     "the gateway was registered later, or has anchored this elsewhere");
	return ret ? ret : outbox_db_base(&o->db, o->head.next, o->head.acc);
}

int outbox_take_head(struct ovpp_outbox *o)
{
	enum ovpp_outbox_state state = o->opt.target.network.finality == OVPP_FINALITY_RECEIPT
					       ? OVPP_OUTBOX_FINAL
					       : OVPP_OUTBOX_MINED;
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
	return outbox_db_mined(&o->db, state, o->head.next, o->block, o->block_hash);
}

/* The transaction on its way is over: it was mined, or its nonce is taken. */
static int write_end(struct ovpp_outbox *o)
{
	bool lost = !o->slot.found;
	char why[OVPP_ETH_TEXT] = "the contract did not take it";
	int64_t left = 0;
	int ret = 0, odd;

	if (o->slot.found)
		ret = outbox_db_cost(&o->db, o->slot.nonce, o->slot.newest.hash, o->slot.cost_gwei);
	odd = ret ? ret : outbox_take_head(o);
	if (odd < 0)
		return odd;
	ret = OUTBOX_ROW(&o->db, SLOT_SIZE, 1, &left, o->db.lane, (int64_t)o->slot.nonce);
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

static int take_head_answer(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	int ret = ovpp_anchor_head_decode(a->data.data, a->data.size, &o->head);

	if (ret) {
		outbox_say(o, "the contract does not answer as it should");
		return outbox_later(o, o->opt.settle_ms);
	}
	if (!o->slot.known)
		return outbox_plan_head(o);
	ret = outbox_db_begin(&o->db);
	if (!ret)
		ret = outbox_db_end(&o->db, write_end(o));
	o->slot.known = false;
	o->together = OVPP_OUTBOX_TOGETHER;
	return ret ? ret : outbox_later(o, 0);
}

static int take_block(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	/* A node that is behind does not know yet what the transaction did. */
	if (o->slot.known && o->slot.found && a->block < o->slot.found_block)
		return outbox_later(o, o->opt.poll_ms);
	o->block = a->block;
	o->block_s = a->time;
	memcpy(o->block_hash, a->block_hash, sizeof(o->block_hash));
	o->step = STEP_HEAD;
	return 0;
}

/* ---- what is on its way ---- */

static int poll_later(struct ovpp_outbox *o)
{
	o->slot.poll_ms = o->now_ms + o->opt.poll_ms;
	return outbox_later(o, 0);
}

static int take_send(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	switch (a->result) {
	case OVPP_ETH_NONCE_TOO_LOW:
		o->slot.gone = true;
		o->slot.attempt = 0;
		o->step = STEP_RECEIPT;
		return 0;
	case OVPP_ETH_FEE_TOO_LOW:
		o->step = STEP_BUMP;
		return 0;
	case OVPP_ETH_OK:
	case OVPP_ETH_KNOWN:
	case OVPP_ETH_UNDERPRICED:
		break;
	default:
		outbox_say(o, "the transaction is not taken: %s", a->text);
		return outbox_later(o, o->opt.settle_ms);
	}
	o->slot.sent_ms = o->now_ms;
	poll_later(o);
	return OUTBOX_RUN(&o->db, SLOT_STATE, o->db.lane, (int64_t)o->slot.nonce, OVPP_OUTBOX_SENT);
}

/* None of the attempts has one. */
static int no_receipt(struct ovpp_outbox *o)
{
	struct outbox_slot *s = &o->slot;

	s->attempt = 0;
	if (s->gone && ++s->rounds < ROUNDS)
		return poll_later(o);
	if (s->gone)
		o->step = STEP_BLOCK;
	else if (s->state == OVPP_OUTBOX_REORGED)
		o->step = STEP_SEND;
	else if (o->now_ms - s->sent_ms >= o->opt.bump_ms)
		o->step = STEP_NONCE;
	else
		return poll_later(o);
	return 0;
}

static int take_receipt(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	int ret;

	if (a->result == OVPP_ETH_ABSENT) {
		ret = outbox_db_attempt(&o->db, o->slot.nonce, ++o->slot.attempt, &o->slot.newest);
		return ret == -ENOENT ? no_receipt(o) : ret;
	}
	o->slot.found = true;
	o->slot.found_block = a->block;
	o->slot.cost_gwei = outbox_gwei(a->gas, a->price, &a->data_fee);
	o->step = STEP_BLOCK;
	return 0;
}

static int take_nonce(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	uint64_t nonce = o->slot.nonce;

	o->slot.attempt = 0;
	o->slot.gone = a->number > nonce;
	o->step = o->slot.gone ? STEP_RECEIPT : STEP_BUMP;
	if (a->number >= nonce)
		return 0;
	/* Blocks are gone, and what had a nonce before it: its batches take that one. */
	o->slot.known = false;
	outbox_later(o, 0);
	return outbox_db_undone(&o->db, nonce, OVPP_OUTBOX_NEW, "a nonce before it is free again");
}

/* ---- what is final ---- */

static int take_safe(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->safe = a->result ? 0 : a->block;
	o->step = STEP_FINALIZED;
	return 0;
}

static int take_finalized(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->finalized = a->result ? 0 : a->block;
	o->step = STEP_SETTLE;
	return 0;
}

/* The latest block that is still there vouches for all before it. */
static int take_settle(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	uint64_t block;
	ovpp_hash hash;
	int ret = outbox_db_unsettled(&o->db, &block, hash);

	if (ret && ret != -ENOENT)
		return ret;
	if (!ret && !a->result && memcmp(hash, a->block_hash, sizeof(hash))) {
		outbox_say(o, "block %llu is another one now", (unsigned long long)block);
		o->slot.known = false;
		outbox_later(o, 0);
		return outbox_db_reorged(&o->db, block, hash);
	}
	o->settle_ms = o->now_ms + o->opt.settle_ms;
	outbox_later(o, 0);
	if (ret || a->result)
		return 0;
	return OUTBOX_RUN(&o->db, SETTLED_SET, o->db.target, (int64_t)o->finalized,
			  (int64_t)o->safe);
}

/* ---- the right chain ---- */

static int take_chain(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->step = STEP_CODE;
	if (a->number == o->opt.target.network.chain_id)
		return 0;
	outbox_say(o, "the node is of chain %llu, not %llu", (unsigned long long)a->number,
		   (unsigned long long)o->opt.target.network.chain_id);
	return outbox_later(o, o->opt.settle_ms);
}

static int take_code(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->checked = !a->result && !memcmp(a->hash, o->opt.code, sizeof(o->opt.code));
	if (o->checked)
		return outbox_later(o, 0);
	outbox_say(o, a->result ? "there is no contract at the address"
				: "the contract at the address is another one");
	return outbox_later(o, o->opt.settle_ms);
}

/* ---- the machine ---- */

#define BIT(result) (1u << OVPP_ETH_##result)

/**
 * struct step - what becomes of an answer
 * @takes: results beside OVPP_ETH_OK that are for @take
 * @take: gets them
 */
static const struct step {
	unsigned int takes;
	int (*take)(struct ovpp_outbox *o, const struct ovpp_eth_answer *a);
} steps[N_STEPS] = {
	[STEP_CHAIN] = {0, take_chain},
	[STEP_CODE] = {BIT(ABSENT), take_code},
	[STEP_SEND] = {BIT(KNOWN) | BIT(NONCE_TOO_LOW) | BIT(UNDERPRICED) | BIT(FEE_TOO_LOW) |
			       BIT(NO_FUNDS) | BIT(REFUSED),
		       take_send},
	[STEP_RECEIPT] = {BIT(ABSENT), take_receipt},
	[STEP_NONCE] = {0, take_nonce},
	[STEP_BUMP] = {0, outbox_bump},
	[STEP_BLOCK] = {0, take_block},
	[STEP_HEAD] = {0, take_head_answer},
	[STEP_PLAN_NONCE] = {0, outbox_plan_nonce},
	[STEP_PLAN_FEES] = {0, outbox_plan_fees},
	[STEP_PLAN_GAS] = {BIT(REVERTED), outbox_plan_gas},
	[STEP_SAFE] = {BIT(ABSENT) | BIT(REFUSED), take_safe},
	[STEP_FINALIZED] = {BIT(ABSENT) | BIT(REFUSED), take_finalized},
	[STEP_SETTLE] = {BIT(ABSENT), take_settle},
};

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
static void choose_slot(struct ovpp_outbox *o)
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

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is due, if anything: sets the step, or when to look again. */
static int choose(struct ovpp_outbox *o)
{
	int64_t slot[2], waiting;
	uint64_t block, wake = o->now_ms + o->opt.poll_ms;
	ovpp_hash hash;
	int ret = OUTBOX_ROW(&o->db, ACTIVE, 2, slot, o->db.lane), unsettled;

	if (ret && ret != -ENOENT)
		return ret;
	if (!ret) {
		know_slot(o, (uint64_t)slot[0], (int)slot[1]);
		choose_slot(o);
		wake = earlier(wake, o->slot.poll_ms);
	} else {
		o->slot.known = false;
	}
	if (o->step == STEP_CHOOSE && o->now_ms >= o->settle_ms) {
		unsettled = outbox_db_unsettled(&o->db, &block, hash);
		if (unsettled && unsettled != -ENOENT)
			return unsettled;
		if (!unsettled)
			o->step = STEP_SAFE;
	}
	if (o->step == STEP_CHOOSE && ret && o->now_ms >= o->plan_ms) {
		ret = OUTBOX_ROW(&o->db, WAITING, 1, &waiting, o->db.target);
		if (!ret && waiting)
			o->step = STEP_BLOCK;
	}
	o->wake_ms = wake;
	return ret == -ENOENT ? 0 : ret;
}

static void ask_call(struct ovpp_outbox *o, struct ovpp_eth_request *req,
		     const struct ovpp_buffer *data)
{
	memcpy(req->from, ovpp_evm_key_address(o->opt.key), sizeof(req->from));
	memcpy(req->to, o->opt.target.contract, sizeof(req->to));
	req->data = data->data;
	req->size = data->size;
}

static int ask_slot(struct ovpp_outbox *o, struct ovpp_eth_request *req)
{
	struct outbox_attempt *a = &o->slot.newest;
	int ret = outbox_db_attempt(&o->db, o->slot.nonce, o->slot.attempt, a);

	req->method = o->step == STEP_SEND ? OVPP_ETH_SEND : OVPP_ETH_RECEIPT;
	req->data = a->raw.data;
	req->size = a->raw.size;
	memcpy(req->hash, a->hash, sizeof(req->hash));
	return ret;
}

static void ask_block(struct ovpp_eth_request *req, enum ovpp_eth_tag tag, uint64_t number)
{
	req->method = OVPP_ETH_BLOCK;
	req->tag = tag;
	req->number = number;
}

static int ask(struct ovpp_outbox *o, struct ovpp_eth_request *req)
{
	static const enum ovpp_eth_method method[N_STEPS] = {
		[STEP_CHAIN] = OVPP_ETH_CHAIN_ID, [STEP_CODE] = OVPP_ETH_CODE,
		[STEP_NONCE] = OVPP_ETH_NONCE,	  [STEP_BUMP] = OVPP_ETH_FEES,
		[STEP_HEAD] = OVPP_ETH_CALL,	  [STEP_PLAN_NONCE] = OVPP_ETH_NONCE,
		[STEP_PLAN_FEES] = OVPP_ETH_FEES, [STEP_PLAN_GAS] = OVPP_ETH_ESTIMATE,
	};
	uint64_t block = 0;
	ovpp_hash hash;
	int ret = 0;

	*req = (struct ovpp_eth_request){.method = method[o->step]};
	ask_call(o, req, o->step == STEP_HEAD ? &o->head_call : &o->plan.data);
	switch (o->step) {
	case STEP_SEND:
	case STEP_RECEIPT:
		return ask_slot(o, req);
	case STEP_HEAD:
		req->tag = OVPP_ETH_NUMBER;
		req->number = o->block;
		return 0;
	case STEP_BLOCK:
		ask_block(req, OVPP_ETH_LATEST, 0);
		return 0;
	case STEP_SAFE:
		ask_block(req, OVPP_ETH_SAFE, 0);
		return 0;
	case STEP_FINALIZED:
		ask_block(req, OVPP_ETH_FINALIZED, 0);
		return 0;
	case STEP_SETTLE:
		ret = outbox_db_unsettled(&o->db, &block, hash);
		ask_block(req, OVPP_ETH_NUMBER, block);
		return ret;
	default:
		return 0;
	}
}

/* The database says what to do: what was in memory is not to be relied on. */
static int failed(struct ovpp_outbox *o, int ret)
{
	outbox_say(o, "the database: %s", strerror(-ret));
	o->slot.known = false;
	outbox_later(o, o->opt.poll_ms);
	return ret;
}

int ovpp_outbox_next(struct ovpp_outbox *o, uint64_t now_ms, struct ovpp_eth_request *req,
		     uint64_t *wake_ms)
{
	int ret = 0;

	o->now_ms = now_ms;
	if (o->step == STEP_CHOOSE && now_ms >= o->wake_ms) {
		if (o->checked)
			ret = choose(o);
		else
			o->step = STEP_CHAIN;
	}
	if (!ret && o->step != STEP_CHOOSE)
		ret = ask(o, req);
	if (ret)
		return failed(o, ret);
	*wake_ms = o->wake_ms;
	return o->step != STEP_CHOOSE;
}

int ovpp_outbox_answer(struct ovpp_outbox *o, uint64_t now_ms, const struct ovpp_eth_answer *a)
{
	const struct step *s = &steps[o->step];
	int ret;

	o->now_ms = now_ms;
	if (!s->take)
		return -EINVAL;
	if (a->result && !(a->result < 32 && s->takes >> a->result & 1)) {
		outbox_say(o, "%s: %s", ovpp_eth_result_name(a->result), a->text);
		return outbox_later(o, o->opt.poll_ms);
	}
	/* Why batches are held stays true until that is looked at again. */
	if (now_ms >= o->plan_ms)
		o->trouble[0] = '\0';
	ret = s->take(o, a);
	return ret ? failed(o, ret) : 0;
}

static void defaults(struct ovpp_outbox_options *o)
{
	if (!o->poll_ms)
		o->poll_ms = o->target.network.block_ms;
	if (!o->bump_ms)
		o->bump_ms = BUMP_MS;
	if (!o->settle_ms)
		o->settle_ms = SETTLE_MS;
}

int ovpp_outbox_open(sqlite3 *sql, const struct ovpp_outbox_options *options,
		     struct ovpp_outbox **out)
{
	struct ovpp_outbox *o;
	int ret;

	if (options->target.network.mainnet && !options->mainnet)
		return -EPERM;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->opt = *options;
	o->together = OVPP_OUTBOX_TOGETHER;
	defaults(&o->opt);
	ret = ovpp_anchor_head_call(o->opt.target.gateway, &o->head_call);
	if (!ret)
		ret = outbox_db_open(&o->db, sql, &o->opt);
	if (ret) {
		ovpp_outbox_close(o);
		return ret;
	}
	*out = o;
	return 0;
}

void ovpp_outbox_close(struct ovpp_outbox *o)
{
	if (!o)
		return;
	outbox_db_close(&o->db);
	ovpp_buffer_free(&o->head_call);
	ovpp_buffer_free(&o->plan.data);
	ovpp_buffer_free(&o->slot.newest.raw);
	free(o);
}
