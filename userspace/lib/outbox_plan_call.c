// SPDX-License-Identifier: GPL-2.0-or-later
/* The outbox's calls: which is next, and whether it may be signed. */
#include "outbox_priv.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

/* Those that are held are tried again one after the other, and then not for a while. */
static int next_call(struct ovpp_outbox *o, int64_t *id)
{
	bool again = o->now_ms >= o->call_ms;
	int ret = OUTBOX_ROW(&o->db, CALL_WAITING, 1, id, o->db.lane,
			     again ? o->call_held : INT64_MAX);

	if (ret == -ENOENT && again && o->call_held) {
		o->call_ms = o->now_ms + o->opt.settle_ms;
		o->call_held = 0;
	}
	return ret;
}

int outbox_choose_call(struct ovpp_outbox *o)
{
	struct outbox_plan *p = &o->plan;
	struct ovpp_outbox_call call;
	int64_t id;
	int ret = next_call(o, &id);

	p->call = 0;
	p->data.size = 0;
	if (!ret)
		ret = outbox_db_call(&o->db, id, &call, &p->data);
	if (ret)
		return ret;
	p->call = id;
	p->attempt = 0;
	p->n = 0;
	p->value = call.value;
	memcpy(p->to, call.to, sizeof(p->to));
	memcpy(p->code, call.code, sizeof(p->code));
	o->step = STEP_BLOCK;
	return 0;
}

int outbox_take_call_code(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	bool account = sodium_is_zero(o->plan.code, sizeof(o->plan.code));
	char to[OVPP_ADDRESS_TEXT];

	o->step = STEP_PLAN_NONCE;
	if (a->result ? account : !account && !memcmp(a->hash, o->plan.code, sizeof(a->hash)))
		return 0;
	ovpp_address_format(o->plan.to, to);
	return outbox_hold(o, "%s %s", to,
			   a->result ? "is no contract"
			   : account ? "is a contract, not an account"
				     : "is another contract than the one that is meant");
}

int outbox_call_refused(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	if (a->result == OVPP_ETH_REFUSED)
		return outbox_hold(o, "the node does not run it: %s", a->text);
	outbox_later(o, 0);
	return outbox_db_call_ended(&o->db, o->plan.call, OVPP_OUTBOX_REVERTED, a->text);
}

/* A nonce that is free again: two transactions that make the call must not be possible. */
static int same_again(struct ovpp_outbox *o)
{
	int64_t nonce;
	int ret = OUTBOX_ROW(&o->db, CALL_AGAIN, 1, &nonce, o->plan.call, o->db.lane,
			     (int64_t)o->plan.nonce);

	if (ret)
		return ret;
	outbox_later(o, 0);
	return OUTBOX_RUN(&o->db, CALL_AGAIN_SET, o->plan.call, nonce);
}

/*
 * Those transactions may be gone with their blocks. Then it is sent as it is, or was
 * mined meanwhile; all of its bytes are looked for.
 */
int outbox_call_before(struct ovpp_outbox *o)
{
	ovpp_hash hash;
	int ret = same_again(o);

	if (ret != -ENOENT)
		return ret;
	ret = outbox_db_call_attempt(&o->db, o->plan.call, o->plan.attempt, hash);
	o->step = ret ? STEP_PLAN_FEES : STEP_CALL_RECEIPT;
	return ret == -ENOENT ? 0 : ret;
}

int outbox_take_call_receipt(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	struct outbox_receipt receipt = outbox_receipt(a);
	ovpp_hash hash;
	int ret;

	if (a->result == OVPP_ETH_ABSENT) {
		o->plan.attempt++;
		return outbox_call_before(o);
	}
	outbox_later(o, 0);
	ret = outbox_db_call_attempt(&o->db, o->plan.call, o->plan.attempt, hash);
	if (!ret)
		ret = outbox_db_begin(&o->db);
	return ret ? ret : outbox_db_end(&o->db, outbox_end_call(o, o->plan.call, hash, &receipt));
}
