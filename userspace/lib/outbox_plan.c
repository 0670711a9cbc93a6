// SPDX-License-Identifier: GPL-2.0-or-later
/* The outbox's next transaction: which batches; of calls too: at what price, and its bytes. */
#include "outbox_priv.h"

#include <errno.h>
#include <string.h>

#define GWEI UINT64_C(1000000000)
#define DAY_S 86400
/* How far a gateway's clock may be ahead of the chain's; the contract takes 120 s. */
#define AHEAD_MS 60000

int64_t outbox_gwei(uint64_t gas, uint64_t price, const struct ovpp_u256 *more)
{
	struct ovpp_u256 wei = ovpp_u256(gas), one = ovpp_u256(1);
	uint64_t gwei;

	ovpp_u256_mul(&wei, price);
	if (more)
		ovpp_u256_add(&wei, more);
	if (ovpp_u256_div(&wei, GWEI))
		ovpp_u256_add(&wei, &one);
	return ovpp_u256_to_u64(&wei, &gwei) || gwei > INT64_MAX ? INT64_MAX : (int64_t)gwei;
}

uint64_t outbox_raise(uint64_t fee, uint64_t fresh)
{
	uint64_t raised = fee + fee / 8 + 1;

	return raised > fresh ? raised : fresh;
}

void outbox_fees(const struct ovpp_eth_answer *a, uint64_t *tip, uint64_t *fee)
{
	*tip = a->tip;
	*fee = a->base > (uint64_t)INT64_MAX / 4 ? INT64_MAX / 2 : 2 * a->base;
	*fee += a->tip < INT64_MAX / 2 ? a->tip : INT64_MAX / 2;
}

struct outbox_receipt outbox_receipt(const struct ovpp_eth_answer *a)
{
	struct outbox_receipt r = {
		.succeeded = a->succeeded,
		.block = a->block,
		.gas = a->gas,
		.cost_gwei = outbox_gwei(a->gas, a->price, &a->data_fee),
	};

	memcpy(r.block_hash, a->block_hash, sizeof(r.block_hash));
	return r;
}

int outbox_today(struct ovpp_outbox *o, int64_t *day)
{
	int64_t now = (int64_t)(o->block_s / DAY_S);
	int ret = OUTBOX_ROW(&o->db, DAY, 1, day, o->db.lane);

	if (now > *day)
		*day = now;
	return ret;
}

int outbox_over_budget(struct ovpp_outbox *o, uint64_t nonce, size_t batches,
		       const struct outbox_attempt *a, const char **what)
{
	int64_t spent;
	int ret = OUTBOX_ROW(&o->db, DAY_COST, 1, &spent, o->db.lane, a->day, (int64_t)nonce);

	*what = NULL;
	if (batches && (uint64_t)a->cost_gwei / batches > o->opt.batch_gwei)
		*what = "a batch";
	else if (a->cost_gwei > INT64_MAX - spent ||
		 (uint64_t)(a->cost_gwei + spent) > o->opt.day_gwei)
		*what = "the day";
	return ret;
}

/* ---- batches ---- */

/*
 * The times that the contract takes: never before those of the batch before, nor ahead
 * of its clock. What the gateway's clock said is in the header, to which the root binds.
 */
static void fit_times(struct ovpp_outbox *o)
{
	uint64_t before = o->head.t1_ms, now = o->block_s * 1000;

	for (size_t i = 0; i < o->plan.n; i++) {
		struct ovpp_anchor *b = &o->plan.batch[i];

		if (b->t1_ms > now + AHEAD_MS)
			b->t1_ms = now;
		if (b->t1_ms < before)
			b->t1_ms = before;
		if (b->t0_ms > b->t1_ms)
			b->t0_ms = b->t1_ms;
		before = b->t1_ms;
	}
}

/* Nothing follows the head: all is on its way, or something is missing. */
static int nothing_follows(struct ovpp_outbox *o)
{
	uint64_t block;
	ovpp_hash hash;
	int64_t waiting;
	int ret = OUTBOX_ROW(&o->db, WAITING, 1, &waiting, o->db.target);

	if (ret)
		return ret == -ENOENT ? outbox_later(o, 0) : ret;
	if (o->head.next >= o->until)
		return outbox_hold(o,
				   "batch %llu and those after it are signed with a key that the"
				   " chain does not know: run `ovpp chain register` to tell it",
				   (unsigned long long)o->head.next);
	/* What seemed to be anchored may not be any more, or the node is behind. */
	ret = outbox_db_unsettled(&o->db, &block, hash);
	if (ret == -ENOENT)
		return outbox_hold(o, "batch %llu, which the contract waits for, is not here",
				   (unsigned long long)o->head.next);
	o->settle_ms = o->now_ms;
	o->plan_ms = o->now_ms + o->opt.poll_ms;
	return ret ? ret : outbox_later(o, 0);
}

int outbox_plan_head(struct ovpp_outbox *o)
{
	const uint8_t *own = ovpp_evm_key_address(o->opt.key);
	char theirs[OVPP_ADDRESS_TEXT], ours[OVPP_ADDRESS_TEXT];
	int ret = outbox_db_begin(&o->db), odd = 0;

	if (!ret)
		odd = outbox_take_head(o);
	ret = outbox_db_end(&o->db, ret ? ret : odd < 0 ? odd : 0);
	if (ret)
		return ret;
	if (odd)
		return outbox_hold(o, "%s", o->trouble);
	if (memcmp(o->head.signer, own, OVPP_ADDRESS_SIZE)) {
		ovpp_address_format(o->head.signer, theirs);
		ovpp_address_format(own, ours);
		return outbox_hold(o, "the contract takes batches from %s, not from %s", theirs,
				   ours);
	}
	ret = outbox_db_waiting(&o->db, o->head.next, o->until, o->plan.batch, o->together);
	if (ret <= 0)
		return ret ? ret : nothing_follows(o);
	o->plan.n = (size_t)ret;
	memcpy(o->plan.to, o->opt.target.contract, sizeof(o->plan.to));
	o->plan.value = ovpp_u256(0);
	fit_times(o);
	o->plan.data.size = 0;
	o->step = STEP_PLAN_NONCE;
	return ovpp_anchor_call(o->opt.target.gateway, o->plan.batch, o->plan.n, &o->plan.data);
}

/* ---- any transaction ---- */

/*
 * The nonce is the chain's: nothing is on its way. It may be one that was used before,
 * if blocks are gone; what was sent with it then is replaced.
 */
int outbox_plan_nonce(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	int64_t next;
	int ret = OUTBOX_ROW(&o->db, NONCE_GET, 1, &next, o->db.lane);

	if (!ret && next >= 0 && a->number > (uint64_t)next)
		outbox_say(o, "somebody else uses the gateway's account: nonce %lld is taken",
			   (long long)next);
	o->plan.nonce = a->number;
	o->step = STEP_PLAN_FEES;
	return ret || !o->plan.call ? ret : outbox_call_before(o);
}

int outbox_plan_fees(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	struct outbox_attempt *old = &o->slot.newest;
	int ret = outbox_db_attempt(&o->db, o->plan.nonce, 0, old);

	outbox_fees(a, &o->plan.tip, &o->plan.fee);
	if (!ret) {
		o->plan.tip = outbox_raise(old->tip, o->plan.tip);
		o->plan.fee = outbox_raise(old->fee, o->plan.fee);
	}
	o->step = STEP_PLAN_GAS;
	return ret == -ENOENT ? 0 : ret;
}

/* The batches go with it. */
static int store_batches(struct ovpp_outbox *o)
{
	ovpp_hash acc;
	int ret = outbox_db_acc(&o->db, o->opt.target.gateway, o->plan.batch[0].seq, acc);

	for (size_t i = 0; !ret && i < o->plan.n; i++) {
		ret = ovpp_anchor_accumulate(o->opt.target.gateway, &o->plan.batch[i], acc);
		if (!ret)
			ret = outbox_db_built(&o->db, o->plan.nonce, &o->plan.batch[i], acc);
	}
	return ret;
}

/* Bytes of a transaction and what is in it, within one of the database. */
static int store(struct ovpp_outbox *o, const struct outbox_attempt *a)
{
	int ret = o->plan.call ? outbox_db_call_built(&o->db, o->plan.call, o->plan.nonce)
			       : store_batches(o);

	if (!ret)
		ret = outbox_db_attempt_add(&o->db, o->plan.nonce, a);
	return ret ? ret : OUTBOX_RUN(&o->db, NONCE_SET, o->db.lane, (int64_t)o->plan.nonce + 1);
}

static int build(struct ovpp_outbox *o, struct outbox_attempt *a)
{
	struct ovpp_evm_tx tx = {
		.chain_id = o->opt.target.network.chain_id,
		.nonce = o->plan.nonce,
		.tip = a->tip,
		.fee = a->fee,
		.gas = a->gas,
		.value = o->plan.value,
		.data = o->plan.data.data,
		.size = o->plan.data.size,
	};
	int ret;

	memcpy(tx.to, o->plan.to, sizeof(tx.to));
	ret = ovpp_evm_tx_sign(&tx, o->opt.key, &a->raw, a->hash);
	if (!ret)
		ret = outbox_db_begin(&o->db);
	if (ret)
		return ret;
	ret = outbox_db_end(&o->db, store(o, a));
	o->slot.known = false;
	outbox_later(o, 0);
	/* The call was taken back meanwhile. */
	return ret == -ENOENT && o->plan.call ? 0 : ret;
}

static int finish(struct ovpp_outbox *o)
{
	struct outbox_plan *p = &o->plan;
	struct outbox_attempt a = {
		.call = p->call,
		.gas = p->gas,
		.tip = p->tip,
		.fee = p->fee,
		.cost_gwei = outbox_gwei(p->gas, p->fee, NULL),
	};
	const char *what;
	int ret = outbox_today(o, &a.day);

	if (!ret)
		ret = outbox_over_budget(o, p->nonce, p->n, &a, &what);
	if (!ret && what && p->call)
		ret = outbox_hold(o, "over the budget of %s: %lld gwei", what,
				  (long long)a.cost_gwei);
	else if (!ret && what)
		ret = outbox_hold(o, "over the budget of %s: %lld gwei for %zu batches", what,
				  (long long)a.cost_gwei, p->n);
	else if (!ret)
		ret = build(o, &a);
	ovpp_buffer_free(&a.raw);
	return ret;
}

/* More than fits into a transaction: fewer batches. */
static int too_much_gas(struct ovpp_outbox *o)
{
	if (o->plan.n <= 1)
		return outbox_hold(o, "%s takes %llu gas, more than a transaction may",
				   o->plan.call ? "it" : "one batch",
				   (unsigned long long)o->plan.gas);
	o->together = o->plan.n / 2;
	return outbox_later(o, 0);
}

/* The gas is what a node has found out, and a fifth more. */
int outbox_plan_gas(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	if (a->result && o->plan.call)
		return outbox_call_refused(o, a);
	if (a->result == OVPP_ETH_REVERTED)
		return outbox_hold(o, "the contract refuses: %s", a->text);
	if (a->result) {
		outbox_say(o, "the node does not run it: %s", a->text);
		return outbox_later(o, o->opt.poll_ms);
	}
	o->plan.gas = a->number / 5 < INT64_MAX / 6 ? a->number + a->number / 5 : INT64_MAX;
	if (o->plan.gas > o->opt.target.network.gas_max)
		return too_much_gas(o);
	if (!o->plan.call)
		return finish(o);
	o->step = STEP_PLAN_BALANCE;
	return 0;
}

/* Nothing is signed that waits for money: it could not be taken back any more. */
int outbox_plan_balance(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	struct ovpp_u256 need = ovpp_u256(o->plan.gas);
	char own[OVPP_ADDRESS_TEXT];
	int ret = ovpp_u256_mul(&need, o->plan.fee);

	if (!ret)
		ret = ovpp_u256_add(&need, &o->plan.value);
	if (!ret && ovpp_u256_compare(&a->amount, &need) >= 0)
		return finish(o);
	ovpp_address_format(ovpp_evm_key_address(o->opt.key), own);
	return outbox_hold(o,
			   "the account %s has too little %s: %lld gwei are needed, and %lld there",
			   own, o->opt.target.network.symbol, (long long)outbox_gwei(1, 0, &need),
			   (long long)outbox_gwei(1, 0, &a->amount));
}
