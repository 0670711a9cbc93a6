// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the heartbeat, and who owns it. */

#include <linux/notifier.h>
#include <linux/slab.h>

#include "netlink_priv.h"
#include "site.h"

/*
 * The owner is the sender's port, which is unique in its namespace, as the site
 * is within it. Files own heartbeats by their address, which is even; ports are
 * made odd.
 */
static void *heartbeat_owner(u32 portid)
{
	return (void *)(((unsigned long)portid << 1) | 1);
}

static int heartbeat_fill(struct sk_buff *reply, const struct genl_info *info,
			  struct ovpp_site *site)
{
	void *hdr = genlmsg_iput(reply, info);
	struct ovpp_site_status *st;
	int err = 0;

	if (!hdr)
		return -EMSGSIZE;
	/* Too large for the stack. */
	st = kmalloc(sizeof(*st), GFP_KERNEL);
	if (!st)
		return -ENOMEM;
	ovpp_site_status(site, st);
	if (nla_put_u32(reply, OVPP_A_SITE_ID, site->id) ||
	    nla_put_u32(reply, OVPP_A_SITE_STATE, st->lease.state) ||
	    nla_put_u32(reply, OVPP_A_SITE_CAUSE, st->lease.cause))
		err = -EMSGSIZE;
	kfree(st);
	genlmsg_end(reply, hdr);
	return err;
}

static int heartbeat_take(struct sk_buff *reply, const struct genl_info *info,
			  struct ovpp_site *site)
{
	int err;

	err = ovpp_site_heartbeat(site, heartbeat_owner(info->snd_portid));
	if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack,
			       "another program sends this site's heartbeat");
	return err ?: heartbeat_fill(reply, info, site);
}

int openvpp_nl_heartbeat_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, heartbeat_take);
}

/* A socket was closed: it owns no heartbeat any more. */
static int heartbeat_notify(struct notifier_block *nb, unsigned long event,
			    void *data)
{
	struct netlink_notify *n = data;
	struct ovpp_site *site;
	u32 id;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;

	for (id = 0; (site = ovpp_site_next(n->net, id)); id = site->id + 1) {
		ovpp_site_disown(site, heartbeat_owner(n->portid));
		ovpp_site_put(site);
	}
	return NOTIFY_DONE;
}

static struct notifier_block heartbeat_notifier = {
	.notifier_call = heartbeat_notify,
};

int ovpp_nl_owner_init(void)
{
	return netlink_register_notifier(&heartbeat_notifier);
}

void ovpp_nl_owner_exit(void)
{
	netlink_unregister_notifier(&heartbeat_notifier);
}
