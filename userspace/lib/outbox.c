// SPDX-License-Identifier: GPL-2.0-or-later
#include "outbox_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUMP_MS 30000
/* Blocks from one look at what is final to the next. */
#define SETTLE_BLOCKS 30

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
	outbox_later(o, 0);
	if (!o->plan.call) {
		o->plan_ms = o->now_ms + o->opt.settle_ms;
		return outbox_db_held(&o->db, INT64_MAX, why);
	}
	if (o->now_ms >= o->call_ms)
		o->call_held = o->plan.call;
	return outbox_db_call_ended(&o->db, o->plan.call, OVPP_OUTBOX_HELD, why);
}

/* ---- the right chain, the right contract ---- */

static int take_chain(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->checked = a->number == o->opt.target.network.chain_id;
	if (o->checked)
		return outbox_later(o, 0);
	outbox_say(o, "the node is of chain %llu, not %llu", (unsigned long long)a->number,
		   (unsigned long long)o->opt.target.network.chain_id);
	return outbox_later(o, o->opt.settle_ms);
}

static int take_code(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->code_checked = !a->result && !memcmp(a->hash, o->opt.code, sizeof(o->opt.code));
	if (o->code_checked)
		return outbox_later(o, 0);
	outbox_say(o, a->result ? "there is no contract at the address"
				: "the contract at the address is another one");
	o->plan_ms = o->now_ms + o->opt.settle_ms;
	return outbox_later(o, 0);
}

/* ---- the machine ---- */

#define BIT(result) (1u << OVPP_ETH_##result)
#define NOT_TAKEN                                                                                \
	(BIT(KNOWN) | BIT(NONCE_TOO_LOW) | BIT(UNDERPRICED) | BIT(FEE_TOO_LOW) | BIT(NO_FUNDS) | \
	 BIT(REFUSED))

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
	[STEP_SEND] = {NOT_TAKEN, outbox_take_send},
	[STEP_RECEIPT] = {BIT(ABSENT), outbox_take_receipt},
	[STEP_NONCE] = {0, outbox_take_nonce},
	[STEP_BUMP] = {0, outbox_bump},
	[STEP_GAP] = {0, outbox_gap},
	[STEP_GAP_SEND] = {NOT_TAKEN, outbox_take_gap_send},
	[STEP_BLOCK] = {0, outbox_take_block},
	[STEP_HEAD] = {0, outbox_take_head_answer},
	[STEP_CALL_CODE] = {BIT(ABSENT), outbox_take_call_code},
	[STEP_CALL_RECEIPT] = {BIT(ABSENT), outbox_take_call_receipt},
	[STEP_PLAN_NONCE] = {0, outbox_plan_nonce},
	[STEP_PLAN_FEES] = {0, outbox_plan_fees},
	[STEP_PLAN_GAS] = {BIT(REVERTED) | BIT(REFUSED), outbox_plan_gas},
	[STEP_PLAN_BALANCE] = {0, outbox_plan_balance},
	[STEP_SAFE] = {BIT(ABSENT) | BIT(REFUSED), outbox_take_safe},
	[STEP_FINALIZED] = {BIT(ABSENT) | BIT(REFUSED), outbox_take_finalized},
	[STEP_SETTLE_CALL] = {BIT(ABSENT), outbox_take_settle_call},
	[STEP_SETTLE] = {BIT(ABSENT), outbox_take_settle},
};

/* Why something is held stays true until that is looked at again. */
static bool is_held(const struct ovpp_outbox *o)
{
	return o->now_ms < o->plan_ms || o->now_ms < o->call_ms;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Nothing is on its way: calls go first, then batches. */
static int choose_next(struct ovpp_outbox *o)
{
	int64_t seq;
	int ret = outbox_choose_call(o);

	if (ret != -ENOENT || o->now_ms < o->plan_ms)
		return ret;
	ret = OUTBOX_ROW(&o->db, WAITING, 1, &seq, o->db.target);
	if (!ret)
		o->step = o->code_checked ? STEP_BLOCK : STEP_CODE;
	return ret;
}

/* What is due, if anything: sets the step, or when to look again. */
static int choose(struct ovpp_outbox *o)
{
	uint64_t wake = o->now_ms + o->opt.poll_ms;
	int ret = outbox_follow(o), active, unsettled;

	if (ret)
		return ret;
	active = outbox_choose_slot(o);
	if (active && active != -ENOENT)
		return active;
	if (!active)
		wake = earlier(wake, o->slot.poll_ms);
	if (o->step == STEP_CHOOSE && o->now_ms >= o->settle_ms) {
		unsettled = outbox_unsettled(o);
		if (unsettled && unsettled != -ENOENT)
			return unsettled;
		if (!unsettled)
			o->step = STEP_SAFE;
	}
	if (o->step == STEP_CHOOSE && active)
		ret = choose_next(o);
	/* Nothing waits: what was wrong with it does not matter any more. */
	if (ret == -ENOENT && !is_held(o))
		o->trouble[0] = '\0';
	o->wake_ms = wake;
	return ret == -ENOENT ? 0 : ret;
}

/* A call that is run, not sent. */
static void ask_call(struct ovpp_outbox *o, struct ovpp_eth_request *req)
{
	bool head = o->step == STEP_HEAD || o->step == STEP_CODE;
	const struct ovpp_buffer *data = head ? &o->head_call : &o->plan.data;

	memcpy(req->from, ovpp_evm_key_address(o->opt.key), sizeof(req->from));
	memcpy(req->to, head ? o->opt.target.contract : o->plan.to, sizeof(req->to));
	if (!head)
		req->value = o->plan.value;
	req->data = data->data;
	req->size = data->size;
}

static int ask_slot(struct ovpp_outbox *o, struct ovpp_eth_request *req)
{
	struct outbox_attempt *a = &o->slot.newest;
	bool gap = o->step == STEP_GAP_SEND;
	int ret = outbox_db_attempt(&o->db, gap ? o->slot.gap_nonce : o->slot.nonce,
				    gap ? 0 : o->slot.attempt, a);

	req->data = a->raw.data;
	req->size = a->raw.size;
	memcpy(req->hash, a->hash, sizeof(req->hash));
	return ret;
}

static int ask_block(struct ovpp_outbox *o, struct ovpp_eth_request *req)
{
	ovpp_hash hash;

	switch (o->step) {
	case STEP_SAFE:
		req->tag = OVPP_ETH_SAFE;
		return 0;
	case STEP_FINALIZED:
		req->tag = OVPP_ETH_FINALIZED;
		return 0;
	case STEP_SETTLE_CALL:
		req->tag = OVPP_ETH_NUMBER;
		req->number = o->settle_block;
		return 0;
	case STEP_SETTLE:
		req->tag = OVPP_ETH_NUMBER;
		return outbox_db_unsettled(&o->db, &req->number, hash);
	default:
		req->tag = OVPP_ETH_LATEST;
		return 0;
	}
}

static int ask(struct ovpp_outbox *o, struct ovpp_eth_request *req)
{
	static const enum ovpp_eth_method method[N_STEPS] = {
		[STEP_CHAIN] = OVPP_ETH_CHAIN_ID,    [STEP_CODE] = OVPP_ETH_CODE,
		[STEP_SEND] = OVPP_ETH_SEND,	     [STEP_RECEIPT] = OVPP_ETH_RECEIPT,
		[STEP_NONCE] = OVPP_ETH_NONCE,	     [STEP_BUMP] = OVPP_ETH_FEES,
		[STEP_GAP] = OVPP_ETH_FEES,	     [STEP_GAP_SEND] = OVPP_ETH_SEND,
		[STEP_BLOCK] = OVPP_ETH_BLOCK,	     [STEP_HEAD] = OVPP_ETH_CALL,
		[STEP_CALL_CODE] = OVPP_ETH_CODE,    [STEP_CALL_RECEIPT] = OVPP_ETH_RECEIPT,
		[STEP_PLAN_NONCE] = OVPP_ETH_NONCE,  [STEP_PLAN_FEES] = OVPP_ETH_FEES,
		[STEP_PLAN_GAS] = OVPP_ETH_ESTIMATE, [STEP_PLAN_BALANCE] = OVPP_ETH_BALANCE,
		[STEP_SAFE] = OVPP_ETH_BLOCK,	     [STEP_FINALIZED] = OVPP_ETH_BLOCK,
		[STEP_SETTLE_CALL] = OVPP_ETH_BLOCK, [STEP_SETTLE] = OVPP_ETH_BLOCK,
	};

	*req = (struct ovpp_eth_request){.method = method[o->step]};
	ask_call(o, req);
	if (o->step == STEP_CALL_RECEIPT)
		return outbox_db_call_attempt(&o->db, o->plan.call, o->plan.attempt, req->hash);
	if (req->method == OVPP_ETH_SEND || req->method == OVPP_ETH_RECEIPT)
		return ask_slot(o, req);
	if (req->method == OVPP_ETH_BLOCK)
		return ask_block(o, req);
	if (req->method == OVPP_ETH_CALL) {
		req->tag = OVPP_ETH_NUMBER;
		req->number = o->block;
	}
	return 0;
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
	if (!is_held(o))
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
		o->settle_ms = SETTLE_BLOCKS * (uint64_t)o->target.network.block_ms;
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
	o->until = UINT64_MAX;
	defaults(&o->opt);
	ret = outbox_db_open(&o->db, sql, &o->opt);
	if (!ret)
		ret = outbox_set_target(o);
	if (!ret)
		ret = outbox_follow(o);
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
