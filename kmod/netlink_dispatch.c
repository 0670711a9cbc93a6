// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: dispatches. */

#include <linux/math64.h>
#include <linux/slab.h>

#include "netlink_priv.h"
#include "site.h"

/* Room for a dispatch with all the blocks that one can have. */
#define DISPATCH_SIZE \
	(NLMSG_GOODSIZE + OPENVPP_BLOCK_MAX * \
	 (nla_total_size(0) + 2 * nla_total_size(sizeof(u32)) + \
	  2 * nla_total_size(sizeof(u64))))

static int dispatch_put_block(struct sk_buff *skb, const struct ovpp_block *b,
			      u32 der)
{
	struct nlattr *nest = nla_nest_start(skb, OVPP_A_DISPATCH_BLOCK);

	if (!nest || (der && nla_put_u32(skb, OVPP_A_BLOCK_DER, der)) ||
	    nla_put_uint(skb, OVPP_A_BLOCK_START_NS, b->start_ns) ||
	    nla_put_u32(skb, OVPP_A_BLOCK_DURATION_MS,
			ovpp_nl_ms(b->start_ns, b->end_ns)) ||
	    nla_put_sint(skb, OVPP_A_BLOCK_P_MW, b->p_mw))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int dispatch_put_blocks(struct sk_buff *skb,
			       const struct ovpp_dispatch *d,
			       const struct ovpp_block *block)
{
	unsigned int i;
	int err;

	for (i = 0; i < d->blocks; i++) {
		err = dispatch_put_block(skb, &block[i], d->der);
		if (err)
			return err;
	}
	return 0;
}

/* What was delivered is absent while nothing was measured. */
static int dispatch_put(struct sk_buff *skb, const struct ovpp_site *site,
			const struct ovpp_dispatch *d)
{
	const struct ovpp_delivery *e = &d->delivery;
	u64 unknown_ms = div_u64(e->unknown_us, USEC_PER_MSEC);

	if (nla_put_u32(skb, OVPP_A_DISPATCH_SITE, site->id) ||
	    nla_put_u32(skb, OVPP_A_DISPATCH_ID, d->id) ||
	    nla_put_u32(skb, OVPP_A_DISPATCH_BLOCK_COUNT, d->blocks) ||
	    nla_put_u32(skb, OVPP_A_DISPATCH_STATE, d->state) ||
	    nla_put_sint(skb, OVPP_A_DISPATCH_E_ASKED_MWH, e->asked_mwh) ||
	    nla_put_u32(skb, OVPP_A_DISPATCH_UNKNOWN_MS,
			min_t(u64, unknown_ms, U32_MAX)))
		return -EMSGSIZE;
	if (d->in_force &&
	    nla_put_u32(skb, OVPP_A_DISPATCH_CURRENT, d->at))
		return -EMSGSIZE;
	if (e->known_us &&
	    (nla_put_sint(skb, OVPP_A_DISPATCH_E_DELIVERED_MWH,
			  e->actual_mwh) ||
	     nla_put_uint(skb, OVPP_A_DISPATCH_ERROR_MEAN_MW,
			  ovpp_dispatch_error_mean(e))))
		return -EMSGSIZE;
	return 0;
}

/* With its blocks unless @block is NULL. */
static int dispatch_fill(struct sk_buff *skb, const struct genl_info *info,
			 int flags, const struct ovpp_site *site,
			 const struct ovpp_dispatch *d,
			 const struct ovpp_block *block)
{
	void *hdr = __genlmsg_iput(skb, info, flags);

	if (!hdr)
		return -EMSGSIZE;
	if (dispatch_put(skb, site, d) ||
	    (block && dispatch_put_blocks(skb, d, block))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int dispatch_fill_all(struct sk_buff *skb, const struct genl_info *info,
			     struct ovpp_site *site, u32 *next)
{
	struct ovpp_dispatch d;
	int err;

	while (!ovpp_site_dispatch(site, *next, &d, NULL)) {
		err = dispatch_fill(skb, info, NLM_F_MULTI, site, &d, NULL);
		if (err)
			return err;
		*next = d.id + 1;
	}
	return 0;
}

static int dispatch_get(struct sk_buff *reply, const struct genl_info *info,
			struct ovpp_site *site)
{
	struct ovpp_block *block;
	struct ovpp_dispatch d;
	int err;
	u32 id;

	err = ovpp_nl_need(info, NULL, info->attrs, OVPP_A_DISPATCH_ID, "id");
	if (err)
		return err;
	id = nla_get_u32(info->attrs[OVPP_A_DISPATCH_ID]);

	block = kmalloc_array(OPENVPP_BLOCK_MAX, sizeof(*block), GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	if (!ovpp_site_dispatch(site, id, &d, block) && d.id == id) {
		err = dispatch_fill(reply, info, 0, site, &d, block);
	} else {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[OVPP_A_DISPATCH_ID],
				    "no such dispatch in this site");
		err = -ENOENT;
	}
	kfree(block);
	return err;
}

int openvpp_nl_dispatch_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, DISPATCH_SIZE, dispatch_get);
}

int openvpp_nl_dispatch_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	return ovpp_nl_dump(skb, cb, dispatch_fill_all);
}

/* A block as ovpp_site_submit() takes it: with its length for an end. */
static int dispatch_take_block(const struct genl_info *info,
			       const struct nlattr *nest,
			       struct ovpp_block *b, u32 *der)
{
	struct nlattr *tb[OVPP_A_BLOCK_P_MW + 1];
	int err;

	err = nla_parse_nested(tb, OVPP_A_BLOCK_P_MW, nest,
			       openvpp_block_nl_policy, info->extack) ?:
	      ovpp_nl_need(info, nest, tb, OVPP_A_BLOCK_DURATION_MS,
			   "duration-ms of a block") ?:
	      ovpp_nl_need(info, nest, tb, OVPP_A_BLOCK_P_MW,
			   "p-mw of a block");
	if (err)
		return err;

	*der = 0;
	b->start_ns = 0;
	ovpp_nl_take_u32(tb[OVPP_A_BLOCK_DER], der);
	ovpp_nl_take_uint(tb[OVPP_A_BLOCK_START_NS], &b->start_ns);
	b->p_mw = nla_get_sint(tb[OVPP_A_BLOCK_P_MW]);
	b->end_ns = (u64)nla_get_u32(tb[OVPP_A_BLOCK_DURATION_MS]) *
		    NSEC_PER_MSEC;
	return 0;
}

static int dispatch_take_blocks(const struct genl_info *info,
				struct ovpp_dispatch_entry *entry)
{
	unsigned int i = 0;
	struct nlattr *nla;
	int err, rem;
	u32 der;

	nla_for_each_attr_type(nla, OVPP_A_DISPATCH_BLOCK,
			       genlmsg_data(info->genlhdr),
			       genlmsg_len(info->genlhdr), rem) {
		err = dispatch_take_block(info, nla, &entry->block[i], &der);
		if (err)
			return err;
		if (!i)
			entry->d.der = der;
		if (der != entry->d.der) {
			NL_SET_ERR_MSG_ATTR(info->extack, nla,
					    "all blocks are for the same DER, or all for the PCC");
			return -EINVAL;
		}
		i++;
	}
	return 0;
}

static struct ovpp_dispatch_entry *
dispatch_take(const struct genl_info *info)
{
	struct ovpp_dispatch_entry *entry;
	unsigned int n = 0;
	struct nlattr *nla;
	int err, rem;

	nla_for_each_attr_type(nla, OVPP_A_DISPATCH_BLOCK,
			       genlmsg_data(info->genlhdr),
			       genlmsg_len(info->genlhdr), rem)
		n++;
	err = ovpp_nl_need(info, NULL, info->attrs, OVPP_A_DISPATCH_BLOCK,
			   "block");
	if (err)
		return ERR_PTR(err);
	if (n > OPENVPP_BLOCK_MAX) {
		NL_SET_ERR_MSG_FMT(info->extack,
				   "%u blocks; a dispatch has at most %u", n,
				   OPENVPP_BLOCK_MAX);
		return ERR_PTR(-E2BIG);
	}

	entry = ovpp_dispatch_alloc(n);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->d.yields = info->attrs[OVPP_A_DISPATCH_INSTEAD_OF];
	ovpp_nl_take_u32(info->attrs[OVPP_A_DISPATCH_INSTEAD_OF],
			 &entry->d.instead_of);
	err = dispatch_take_blocks(info, entry);
	if (err) {
		ovpp_dispatch_free(entry);
		return ERR_PTR(err);
	}
	return entry;
}

static int dispatch_fill_new(struct sk_buff *reply,
			     const struct genl_info *info, u32 site, u32 id)
{
	void *hdr = genlmsg_iput(reply, info);

	if (!hdr || nla_put_u32(reply, OVPP_A_DISPATCH_SITE, site) ||
	    nla_put_u32(reply, OVPP_A_DISPATCH_ID, id))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

static int dispatch_new(struct sk_buff *reply, const struct genl_info *info,
			struct ovpp_site *site)
{
	struct ovpp_dispatch_entry *entry = dispatch_take(info);
	int err;

	if (IS_ERR(entry))
		return PTR_ERR(entry);
	err = ovpp_site_submit(site, entry, info->extack);
	if (err) {
		ovpp_dispatch_free(entry);
		return err;
	}
	return dispatch_fill_new(reply, info, site->id, entry->d.id);
}

int openvpp_nl_dispatch_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, dispatch_new);
}

static int dispatch_del(const struct genl_info *info, struct ovpp_site *site)
{
	const struct nlattr *id = info->attrs[OVPP_A_DISPATCH_ID];
	int err;

	err = ovpp_nl_need(info, NULL, info->attrs, OVPP_A_DISPATCH_ID, "id");
	if (err)
		return err;
	err = ovpp_site_withdraw(site, nla_get_u32(id));
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "no such dispatch in this site, or it has ended");
	return err;
}

int openvpp_nl_dispatch_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, dispatch_del);
}
