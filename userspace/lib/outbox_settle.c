// SPDX-License-Identifier: GPL-2.0-or-later
/* The outbox's blocks: which of them are still there, and which cannot go any more. */
#include "outbox_priv.h"

#include <errno.h>
#include <string.h>

int outbox_unsettled(struct ovpp_outbox *o)
{
	uint64_t block;
	ovpp_hash hash;
	int ret = outbox_db_unsettled(&o->db, &block, hash);

	return ret == -ENOENT ? outbox_db_call_unsettled(&o->db, 0, &block) : ret;
}

static int settled(struct ovpp_outbox *o)
{
	o->settle_ms = o->now_ms + o->opt.settle_ms;
	return outbox_later(o, 0);
}

/* Calls first, one block after the other, then batches. */
static int next_block(struct ovpp_outbox *o)
{
	uint64_t block;
	ovpp_hash hash;
	int ret = outbox_db_call_unsettled(&o->db, o->settle_block + 1, &o->settle_block);

	o->step = STEP_SETTLE_CALL;
	if (ret != -ENOENT)
		return ret;
	ret = outbox_db_unsettled(&o->db, &block, hash);
	o->step = STEP_SETTLE;
	return ret == -ENOENT ? settled(o) : ret;
}

int outbox_take_safe(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->safe = a->result ? 0 : a->block;
	o->step = STEP_FINALIZED;
	return 0;
}

int outbox_take_finalized(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	o->finalized = a->result ? 0 : a->block;
	o->settle_block = 0;
	return next_block(o);
}

/* A call is known by nothing but its block: each of them is looked at. */
int outbox_take_settle_call(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
{
	int ret = 0;

	if (!a->result)
		ret = outbox_db_call_settle(&o->db, o->settle_block, a->block_hash, o->finalized,
					    o->safe);
	return ret ? ret : next_block(o);
}

/* The latest block that is still there vouches for all before it: the head had them all. */
int outbox_take_settle(struct ovpp_outbox *o, const struct ovpp_eth_answer *a)
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
	settled(o);
	if (ret || a->result)
		return 0;
	return OUTBOX_RUN(&o->db, SETTLED_SET, o->db.target, (int64_t)o->finalized,
			  (int64_t)o->safe);
}
