// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the outbox's batches go, and which of them: what the ledger's identity says. */
#include "outbox_priv.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

int outbox_set_target(struct ovpp_outbox *o)
{
	int ret;

	if (sodium_is_zero(o->opt.target.gateway, sizeof(o->opt.target.gateway)))
		return 0;
	o->head_call.size = 0;
	ret = ovpp_anchor_head_call(o->opt.target.gateway, &o->head_call);
	return ret ? ret : outbox_db_target(&o->db, &o->opt.target);
}

/* Some of the batches that were stored before; the driver of the ledger adds new ones. */
static int fill(struct ovpp_outbox *o, uint64_t since)
{
	int ret = ovpp_outbox_fill(o->db.sql, &o->opt.target, since);

	o->fill = ret != 0;
	return ret < 0 ? ret : 0;
}

int outbox_follow(struct ovpp_outbox *o)
{
	struct ovpp_outbox_target *t = &o->opt.target;
	struct ovpp_identity identity;
	uint8_t before[sizeof(t->gateway)];
	int ret;

	if (sodium_is_zero(t->registry, sizeof(t->registry)))
		return 0;
	memcpy(before, t->gateway, sizeof(before));
	ret = ovpp_outbox_gateway(o->db.sql, t, &identity);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (!o->db.target || memcmp(before, t->gateway, sizeof(before))) {
		ret = outbox_set_target(o);
		o->fill = true;
	}
	if (ret)
		memcpy(t->gateway, before, sizeof(before));
	/* The chain knows another key now: what waited for that does not any more. */
	if (!ret && identity.until != o->until) {
		o->until = identity.until;
		o->plan_ms = o->now_ms;
	}
	return ret || !o->fill ? ret : fill(o, identity.since);
}
