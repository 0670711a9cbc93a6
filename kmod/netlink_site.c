// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: sites. */

#include <linux/slab.h>

#include "netlink_priv.h"
#include "ring.h"
#include "site.h"

static int site_put_config(struct sk_buff *skb, const struct ovpp_site *site,
			   const struct ovpp_site_status *st)
{
	const struct ovpp_lease_config *lease = &st->lease.config;

	if (nla_put_u32(skb, OVPP_A_SITE_ID, site->id) ||
	    nla_put_string(skb, OVPP_A_SITE_NAME, site->name) ||
	    nla_put_uint(skb, OVPP_A_SITE_PERIOD_NS, site->loop.period_ns) ||
	    nla_put_s32(skb, OVPP_A_SITE_CPU, site->loop.cpu) ||
	    nla_put_u32(skb, OVPP_A_SITE_PRIORITY, site->loop.priority) ||
	    nla_put_u32(skb, OVPP_A_SITE_RING_RECORDS, site->ring->mask + 1) ||
	    nla_put_u32(skb, OVPP_A_SITE_SAMPLE_MS, site->sample_ms) ||
	    nla_put_u32(skb, OVPP_A_SITE_HEARTBEAT_MS, lease->heartbeat_ms) ||
	    nla_put_u32(skb, OVPP_A_SITE_FALLBACK_MS, lease->fallback_ms) ||
	    nla_put_u32(skb, OVPP_A_SITE_GRACE_MS, lease->grace_ms))
		return -EMSGSIZE;
	return 0;
}

static int site_put_lease(struct sk_buff *skb,
			  const struct ovpp_site_status *st)
{
	const struct ovpp_lease *lease = &st->lease;

	if (nla_put_u32(skb, OVPP_A_SITE_STATE, lease->state) ||
	    nla_put_u32(skb, OVPP_A_SITE_CAUSE, lease->cause) ||
	    nla_put_uint(skb, OVPP_A_SITE_STATE_SINCE_NS, lease->since_ns))
		return -EMSGSIZE;
	if (st->lease_end_ns &&
	    nla_put_u32(skb, OVPP_A_SITE_LEASE_LEFT_MS,
			ovpp_nl_ms(st->now, st->lease_end_ns)))
		return -EMSGSIZE;
	if (lease->heartbeat_ns &&
	    nla_put_u32(skb, OVPP_A_SITE_HEARTBEAT_AGE_MS,
			ovpp_nl_ms(lease->heartbeat_ns, st->now)))
		return -EMSGSIZE;
	return 0;
}

/* Good or stale: there is a value to show. */
static bool site_knows(const struct ovpp_value *v)
{
	return v->quality == OVPP_QUALITY_GOOD ||
	       v->quality == OVPP_QUALITY_STALE;
}

static int site_put_pcc(struct sk_buff *skb, const struct ovpp_site_status *st)
{
	if (!st->has_pcc)
		return 0;
	if (nla_put_u32(skb, OVPP_A_SITE_PCC_QUALITY,
			ovpp_value_quality(&st->pcc, st->now)))
		return -EMSGSIZE;
	/* Without the power at the PCC there is no estimate of the load. */
	if (site_knows(&st->pcc) &&
	    (nla_put_sint(skb, OVPP_A_SITE_PCC_MW, st->pcc.value) ||
	     nla_put_sint(skb, OVPP_A_SITE_LOAD_MW, st->load_mw)))
		return -EMSGSIZE;
	if (site_knows(&st->pcc_f) &&
	    nla_put_sint(skb, OVPP_A_SITE_PCC_F_MHZ, st->pcc_f.value))
		return -EMSGSIZE;
	return 0;
}

static int site_put_control(struct sk_buff *skb, struct ovpp_site *site,
			    const struct ovpp_site_status *st)
{
	if (st->has_target &&
	    nla_put_sint(skb, OVPP_A_SITE_TARGET_MW, st->target_mw))
		return -EMSGSIZE;
	if (nla_put_sint(skb, OVPP_A_SITE_DEMAND_MW, st->demand_mw) ||
	    nla_put_u8(skb, OVPP_A_SITE_LOCKED, site->eng.envelope.locked) ||
	    nla_put_u32(skb, OVPP_A_SITE_BUS_COUNT,
			list_count_nodes(&site->buses)) ||
	    nla_put_u32(skb, OVPP_A_SITE_DER_COUNT, site->n_ders) ||
	    nla_put_uint(skb, OVPP_A_SITE_HEAD, ovpp_ring_head(site->ring)))
		return -EMSGSIZE;
	return 0;
}

static int site_fill(struct sk_buff *skb, const struct genl_info *info,
		     int flags, struct ovpp_site *site)
{
	void *hdr = __genlmsg_iput(skb, info, flags);
	struct ovpp_site_status *st;
	int err;

	if (!hdr)
		return -EMSGSIZE;
	/* Too large for the stack. */
	st = kmalloc(sizeof(*st), GFP_KERNEL);
	if (!st)
		return -ENOMEM;
	ovpp_site_status(site, st);
	err = site_put_config(skb, site, st) ?: site_put_lease(skb, st) ?:
	      site_put_control(skb, site, st) ?: site_put_pcc(skb, st);
	kfree(st);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int site_fill_all(struct sk_buff *skb, const struct genl_info *info,
			 struct ovpp_site *site, u32 *next)
{
	return site_fill(skb, info, NLM_F_MULTI, site);
}

static int site_get(struct sk_buff *reply, const struct genl_info *info,
		    struct ovpp_site *site)
{
	return site_fill(reply, info, 0, site);
}

int openvpp_nl_site_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, site_get);
}

int openvpp_nl_site_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	return ovpp_nl_dump(skb, cb, site_fill_all);
}

static void site_config(const struct genl_info *info,
			struct ovpp_site_config *cfg)
{
	const struct {
		int attr;
		u32 set;
		u32 *value;
	} given[] = {
		{ OVPP_A_SITE_PRIORITY, OVPP_SITE_SET_PRIORITY,
		  &cfg->priority },
		{ OVPP_A_SITE_RING_RECORDS, OVPP_SITE_SET_RING,
		  &cfg->ring_records },
		{ OVPP_A_SITE_SAMPLE_MS, OVPP_SITE_SET_SAMPLE,
		  &cfg->sample_ms },
		{ OVPP_A_SITE_HEARTBEAT_MS, OVPP_SITE_SET_HEARTBEAT,
		  &cfg->heartbeat_ms },
		{ OVPP_A_SITE_FALLBACK_MS, OVPP_SITE_SET_FALLBACK,
		  &cfg->fallback_ms },
		{ OVPP_A_SITE_GRACE_MS, OVPP_SITE_SET_GRACE, &cfg->grace_ms },
	};
	struct nlattr **attrs = info->attrs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(given); i++) {
		if (attrs[given[i].attr])
			cfg->set |= given[i].set;
		ovpp_nl_take_u32(attrs[given[i].attr], given[i].value);
	}
	if (attrs[OVPP_A_SITE_PERIOD_NS]) {
		cfg->set |= OVPP_SITE_SET_PERIOD;
		cfg->period_ns = nla_get_uint(attrs[OVPP_A_SITE_PERIOD_NS]);
	}
	if (attrs[OVPP_A_SITE_CPU]) {
		cfg->set |= OVPP_SITE_SET_CPU;
		cfg->cpu = nla_get_s32(attrs[OVPP_A_SITE_CPU]);
	}
}

static int site_fill_new(struct sk_buff *reply, const struct genl_info *info,
			 const struct ovpp_site *site)
{
	void *hdr = genlmsg_iput(reply, info);

	if (!hdr || nla_put_u32(reply, OVPP_A_SITE_ID, site->id) ||
	    nla_put_string(reply, OVPP_A_SITE_NAME, site->name))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

int openvpp_nl_site_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovpp_site_config cfg = {};
	struct ovpp_site *site;
	struct sk_buff *reply;
	int err;

	err = ovpp_nl_name(info, OVPP_A_SITE_NAME, &cfg.name);
	if (err)
		return err;
	site_config(info, &cfg);

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	site = ovpp_site_new(genl_info_net(info), &cfg, info->extack);
	if (IS_ERR(site))
		return ovpp_nl_reply(reply, info, PTR_ERR(site));
	err = site_fill_new(reply, info, site);
	ovpp_site_put(site);
	return ovpp_nl_reply(reply, info, err);
}

static int site_set(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_site_config cfg = {};

	site_config(info, &cfg);
	return ovpp_site_set(site, &cfg, info->extack);
}

int openvpp_nl_site_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, site_set);
}

int openvpp_nl_site_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovpp_site *site = ovpp_nl_site(info);
	int err;

	if (IS_ERR(site))
		return PTR_ERR(site);
	err = ovpp_site_del(site, info->extack);
	ovpp_site_put(site);
	return err;
}
