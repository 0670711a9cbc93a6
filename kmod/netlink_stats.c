// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: counters and histograms. */

#include <linux/slab.h>

#include "netlink_priv.h"
#include "ring.h"
#include "site.h"

/* Buckets up to the last one that holds something. */
static unsigned int hist_used(const struct ovpp_hist *h)
{
	unsigned int n = OVPP_HIST_BUCKETS;

	while (n && !h->bucket[n - 1])
		n--;
	return n;
}

static int hist_put(struct sk_buff *skb, int attr, const struct ovpp_hist *h)
{
	unsigned int i, n = hist_used(h);
	struct nlattr *nest;

	nest = nla_nest_start(skb, attr);
	if (!nest || nla_put_uint(skb, OVPP_A_HISTOGRAM_COUNT, h->count) ||
	    nla_put_uint(skb, OVPP_A_HISTOGRAM_SUM, h->sum))
		return -EMSGSIZE;
	if (h->count &&
	    (nla_put_uint(skb, OVPP_A_HISTOGRAM_LEAST, h->min) ||
	     nla_put_uint(skb, OVPP_A_HISTOGRAM_GREATEST, h->max)))
		return -EMSGSIZE;
	for (i = 0; i < n; i++)
		if (nla_put_uint(skb, OVPP_A_HISTOGRAM_BUCKET, h->bucket[i]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int stats_put(struct sk_buff *skb, const struct ovpp_site *site,
		     const struct ovpp_site_status *st)
{
	const struct ovpp_loop_stats *loop = &st->stats;

	if (nla_put_u32(skb, OVPP_A_STATS_SITE, site->id) ||
	    nla_put_uint(skb, OVPP_A_STATS_TICKS, loop->ticks) ||
	    nla_put_uint(skb, OVPP_A_STATS_TRIGGERED, loop->triggered) ||
	    nla_put_uint(skb, OVPP_A_STATS_MISSED, loop->missed) ||
	    nla_put_uint(skb, OVPP_A_STATS_SETPOINTS, st->setpoints) ||
	    nla_put_uint(skb, OVPP_A_STATS_HEARTBEATS, st->heartbeats) ||
	    nla_put_uint(skb, OVPP_A_STATS_FAIL_SAFES, st->fail_safes) ||
	    nla_put_uint(skb, OVPP_A_STATS_ENVELOPE_CLAMPS, st->clamps) ||
	    nla_put_uint(skb, OVPP_A_STATS_RECORDS,
			 ovpp_ring_head(site->ring)))
		return -EMSGSIZE;
	return hist_put(skb, OVPP_A_STATS_WAKE_NS, &loop->wake_ns) ?:
	       hist_put(skb, OVPP_A_STATS_TICK_NS, &loop->tick_ns) ?:
	       hist_put(skb, OVPP_A_STATS_TRIGGER_NS, &loop->trigger_ns);
}

static int stats_fill(struct sk_buff *skb, const struct genl_info *info,
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
	err = stats_put(skb, site, st);
	kfree(st);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int stats_fill_all(struct sk_buff *skb, const struct genl_info *info,
			  struct ovpp_site *site, u32 *next)
{
	return stats_fill(skb, info, NLM_F_MULTI, site);
}

static int stats_get(struct sk_buff *reply, const struct genl_info *info,
		     struct ovpp_site *site)
{
	return stats_fill(reply, info, 0, site);
}

int openvpp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, stats_get);
}

int openvpp_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	return ovpp_nl_dump(skb, cb, stats_fill_all);
}

static int stats_reset(const struct genl_info *info, struct ovpp_site *site)
{
	ovpp_site_reset_stats(site);
	return 0;
}

int openvpp_nl_stats_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, stats_reset);
}
