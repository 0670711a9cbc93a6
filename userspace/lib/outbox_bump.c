// SPDX-License-Identifier: GPL-2.0-or-later
/* Dearer attempts of the outbox's transaction on its way, and what goes before it. */
#include "outbox_priv.h"

#include <errno.h>
#include <string.h>

#define TRANSFER_GAS 21000

static int store_bump(struct ovpp_outbox *o, const struct outbox_attempt *a)
{
	int ret = outbox_db_attempt_add(&o->db, o->slot.nonce, a);

	return ret ? ret : outbox_db_slot_state(&o->db, o->slot.nonce, OVPP_OUTBOX_BUILT);
}

/* The same transaction with these fees. */
static int rebuild(struct ovpp_outbox *o, const struct outbox_attempt *old,
		   struct outbox_attempt *a)
{
	struct ovpp_evm_tx tx;
	ovpp_address from;
	int ret = ovpp_evm_tx_decode(old->raw.data, old->raw.size, &tx, from);

	tx.tip = a->tip;
	tx.fee = a->fee;
	if (!ret)
		ret = ovpp_evm_tx_sign(&tx, o->opt.key, &a->raw, a->hash);
	if (!ret)
		ret = outbox_db_begin(&o->db);
	if (ret)
		return ret;
	ret = outbox_db_end(&o->db, store_bump(o, a));
	o->slot.state = OVPP_OUTBOX_BUILT;
	return ret ? ret : outbox_later(o, 0);
}

/* What was sent stays as it is, and may still be mined. */
static int too_dear(struct ovpp_outbox *o, const char *what, const struct outbox_attempt *a)
{
	o->slot.sent_ms = o->now_ms;
	o->slot.poll_ms = o->now_ms + o->opt.poll_ms;
	outbox_later(o, 0);
	return outbox_slot_waits(o, "over the budget of %s: %lld gwei to be mined now", what,
				 (long long)a->cost_gwei);
}

int outbox_bump(struct ovpp_outbox *o, const struct ovpp_eth_answer *answer)
{
	struct outbox_attempt *old = &o->slot.newest, a = {0};
	const char *what;
	int ret = outbox_db_attempt(&o->db, o->slot.nonce, 0, old);

	if (ret)
		return ret;
	outbox_fees(answer, &a.tip, &a.fee);
	a.call = old->call;
	a.gas = old->gas;
	a.day = old->day;
	a.tip = outbox_raise(old->tip, a.tip);
	a.fee = outbox_raise(old->fee, a.fee);
	a.cost_gwei = outbox_gwei(a.gas, a.fee, NULL);
	ret = outbox_over_budget(o, o->slot.nonce, o->slot.batches, &a, &what);
	if (!ret)
		ret = what ? too_dear(o, what, &a) : rebuild(o, old, &a);
	ovpp_buffer_free(&a.raw);
	return ret;
}

/* ---- a nonce before it ---- */

/* Nothing, from the account to itself. */
static int sign_nothing(struct ovpp_outbox *o, struct outbox_attempt *a)
{
	struct ovpp_evm_tx tx = {
		.chain_id = o->opt.target.network.chain_id,
		.nonce = o->slot.gap_nonce,
		.tip = a->tip,
		.fee = a->fee,
		.gas = a->gas,
	};

	memcpy(tx.to, ovpp_evm_key_address(o->opt.key), sizeof(tx.to));
	return ovpp_evm_tx_sign(&tx, o->opt.key, &a->raw, a->hash);
}

/*
 * Whatever had this nonce is not sent again by anybody: batches are on their way to
 * another one, calls too, and the rest is not known here. Without something in its
 * place what follows would wait for ever.
 */
int outbox_gap(struct ovpp_outbox *o, const struct ovpp_eth_answer *answer)
{
	struct outbox_attempt *old = &o->slot.newest, a = {.gas = TRANSFER_GAS};
	const char *what = NULL;
	int ret = outbox_db_attempt(&o->db, o->slot.gap_nonce, 0, old);

	outbox_fees(answer, &a.tip, &a.fee);
	if (!ret) {
		a.tip = outbox_raise(old->tip, a.tip);
		a.fee = outbox_raise(old->fee, a.fee);
	}
	a.cost_gwei = outbox_gwei(a.gas, a.fee, NULL);
	if (!ret || ret == -ENOENT)
		ret = outbox_today(o, &a.day);
	if (!ret)
		ret = outbox_over_budget(o, o->slot.gap_nonce, 0, &a, &what);
	if (!ret && what)
		return too_dear(o, what, &a);
	if (!ret)
		ret = sign_nothing(o, &a);
	if (!ret)
		ret = outbox_db_attempt_add(&o->db, o->slot.gap_nonce, &a);
	ovpp_buffer_free(&a.raw);
	o->step = STEP_GAP_SEND;
	return ret;
}

/* If it was not taken: the nonce is looked at again later. */
int outbox_take_gap_send(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->slot.sent_ms = o->now_ms;
	o->slot.poll_ms = o->now_ms + o->opt.poll_ms;
	outbox_later(o, 0);
	return outbox_slot_waits(o, "blocks are gone, and nonce %llu is free again: %s",
				 (unsigned long long)o->slot.gap_nonce,
				 a->result ? a->text : "something else takes it");
}
