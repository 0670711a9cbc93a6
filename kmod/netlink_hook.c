// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: hooks. They come and go through BPF links; here they are listed. */

#include <linux/slab.h>

#include "hook.h"
#include "netlink_priv.h"
#include "site.h"

static int hook_put_count(struct sk_buff *skb, unsigned int point,
			  const struct ovpp_hook_count *c)
{
	const bool drops = point == OVPP_HOOK_FRAME_RX ||
			   point == OVPP_HOOK_FRAME_TX ||
			   point == OVPP_HOOK_SAMPLE;
	const bool rewrites = drops && point != OVPP_HOOK_SAMPLE;

	if (nla_put_uint(skb, OVPP_A_HOOK_MEMBER_RUNS, c->runs) ||
	    nla_put_uint(skb, OVPP_A_HOOK_MEMBER_TIME_NS, c->cycles))
		return -EMSGSIZE;
	if (drops &&
	    nla_put_uint(skb, OVPP_A_HOOK_MEMBER_DROPPED, c->dropped))
		return -EMSGSIZE;
	if (rewrites &&
	    nla_put_uint(skb, OVPP_A_HOOK_MEMBER_REWRITTEN, c->rewritten))
		return -EMSGSIZE;
	if (point == OVPP_HOOK_FRAME_TX &&
	    nla_put_uint(skb, OVPP_A_HOOK_MEMBER_OVERRULED, c->overruled))
		return -EMSGSIZE;
	if (point == OVPP_HOOK_CONTROL &&
	    nla_put_uint(skb, OVPP_A_HOOK_MEMBER_CLAMPED, c->clamped))
		return -EMSGSIZE;
	return 0;
}

static int hook_put_member(struct sk_buff *skb,
			   const struct ovpp_hook_view *view,
			   unsigned int point)
{
	struct nlattr *nest = nla_nest_start(skb, OVPP_A_HOOK_MEMBER);

	if (!nest ||
	    nla_put_u32(skb, OVPP_A_HOOK_MEMBER_POINT, point) ||
	    nla_put_u32(skb, OVPP_A_HOOK_MEMBER_BUDGET_NS,
			view->budget_ns[point]) ||
	    nla_put_u32(skb, OVPP_A_HOOK_MEMBER_MAX_NS, view->max_ns[point]) ||
	    hook_put_count(skb, point, &view->stats.point[point]))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int hook_put_cause(struct sk_buff *skb,
			  const struct ovpp_hook_view *view)
{
	if (nla_put_u32(skb, OVPP_A_HOOK_CAUSE, view->cause))
		return -EMSGSIZE;
	if (!view->cause)
		return 0;
	if (nla_put_u32(skb, OVPP_A_HOOK_CAUSE_POINT, view->cause_point) ||
	    nla_put_sint(skb, OVPP_A_HOOK_CAUSE_ARG, view->cause_arg) ||
	    nla_put_uint(skb, OVPP_A_HOOK_CAUSE_REAL_NS, view->cause_real_ns))
		return -EMSGSIZE;
	return 0;
}

static int hook_put(struct sk_buff *skb, const struct ovpp_site *site,
		    const struct ovpp_hook_view *view)
{
	unsigned int point;
	int err;

	if (nla_put_u32(skb, OVPP_A_HOOK_SITE, site->id) ||
	    nla_put_u32(skb, OVPP_A_HOOK_ID, view->id) ||
	    nla_put_string(skb, OVPP_A_HOOK_NAME, view->name) ||
	    nla_put_s32(skb, OVPP_A_HOOK_PRIORITY, view->priority))
		return -EMSGSIZE;
	for (point = 0; point < OVPP_HOOK_POINTS; point++) {
		if (!(view->points & BIT(point)))
			continue;
		err = hook_put_member(skb, view, point);
		if (err)
			return err;
	}
	if (nla_put_uint(skb, OVPP_A_HOOK_REFLEXES, view->stats.reflexes))
		return -EMSGSIZE;
	return hook_put_cause(skb, view);
}

static int hook_fill(struct sk_buff *skb, const struct genl_info *info,
		     int flags, const struct ovpp_site *site,
		     const struct ovpp_hook_view *view)
{
	void *hdr = __genlmsg_iput(skb, info, flags);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	err = hook_put(skb, site, view);
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

static int hook_available(const struct genl_info *info)
{
	const char *why = ovpp_hook_unavailable();

	if (!why)
		return 0;
	NL_SET_ERR_MSG_FMT(info->extack, "hooks are unavailable: %s", why);
	return -EOPNOTSUPP;
}

static int hook_fill_all(struct sk_buff *skb, const struct genl_info *info,
			 struct ovpp_site *site, u32 *next)
{
	struct ovpp_hook_view *view;
	int err = 0;

	/* Too large for the stack. */
	view = kmalloc(sizeof(*view), GFP_KERNEL);
	if (!view)
		return -ENOMEM;
	while (!err && !ovpp_hook_look(site, *next, NULL, view)) {
		err = hook_fill(skb, info, NLM_F_MULTI, site, view);
		if (!err)
			*next = view->id + 1;
	}
	kfree(view);
	return err;
}

static int hook_find(const struct genl_info *info, struct ovpp_site *site,
		     struct ovpp_hook_view *view)
{
	const char *name;
	u32 id;
	int err;

	err = ovpp_nl_which(info, "hook", OVPP_A_HOOK_ID, OVPP_A_HOOK_NAME, &id,
			    &name);
	if (err)
		return err;
	err = ovpp_hook_look(site, id, name, view);
	if (!err && (name || view->id == id))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack,
			    ovpp_nl_namer(info, OVPP_A_HOOK_ID,
					  OVPP_A_HOOK_NAME),
			    "no such hook in this site");
	return -ENOENT;
}

static int hook_get(struct sk_buff *reply, const struct genl_info *info,
		    struct ovpp_site *site)
{
	struct ovpp_hook_view *view;
	int err;

	/* Too large for the stack. */
	view = kmalloc(sizeof(*view), GFP_KERNEL);
	if (!view)
		return -ENOMEM;
	err = hook_find(info, site, view) ?:
	      hook_fill(reply, info, 0, site, view);
	kfree(view);
	return err;
}

int openvpp_nl_hook_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = hook_available(info);

	return err ?: ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, hook_get);
}

int openvpp_nl_hook_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	int err = hook_available(genl_info_dump(cb));

	return err ?: ovpp_nl_dump(skb, cb, hook_fill_all);
}
