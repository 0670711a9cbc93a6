// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: its registration, its events and what its
 * handlers share. The handlers are in netlink_*.c by object; the policies and
 * the table of operations are generated from docs/netlink/specs/openvpp.yaml.
 *
 * Operations run in parallel. They lock the site that they are about, nothing
 * else; see site.h.
 */

#include <linux/ctype.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "bus.h"
#include "der.h"
#include "netlink.h"
#include "netlink_priv.h"
#include "ring.h"
#include "site.h"

/* What names an object has the same number in every set that has it. */
#define SAME_NUMBER(a, b) static_assert((int)(a) == (int)(b))

SAME_NUMBER(OVPP_A_SITE_ID, OVPP_A_BUS_SITE);
SAME_NUMBER(OVPP_A_SITE_ID, OVPP_A_DER_SITE);
SAME_NUMBER(OVPP_A_SITE_ID, OVPP_A_POLICY_SITE);
SAME_NUMBER(OVPP_A_SITE_ID, OVPP_A_ENVELOPE_SITE);
SAME_NUMBER(OVPP_A_SITE_ID, OVPP_A_DISPATCH_SITE);
SAME_NUMBER(OVPP_A_SITE_ID, OVPP_A_STATS_SITE);
SAME_NUMBER(OVPP_A_SITE_NAME, OVPP_A_BUS_SITE_NAME);
SAME_NUMBER(OVPP_A_SITE_NAME, OVPP_A_DER_SITE_NAME);
SAME_NUMBER(OVPP_A_SITE_NAME, OVPP_A_POLICY_SITE_NAME);
SAME_NUMBER(OVPP_A_SITE_NAME, OVPP_A_ENVELOPE_SITE_NAME);
SAME_NUMBER(OVPP_A_SITE_NAME, OVPP_A_DISPATCH_SITE_NAME);
SAME_NUMBER(OVPP_A_SITE_NAME, OVPP_A_STATS_SITE_NAME);
SAME_NUMBER(OVPP_A_BUS_ID, OVPP_A_DER_ID);
SAME_NUMBER(OVPP_A_BUS_NAME, OVPP_A_DER_NAME);
SAME_NUMBER(OVPP_A_POLICY_DER, OVPP_A_ENVELOPE_DER);
SAME_NUMBER(OVPP_A_POLICY_DER_NAME, OVPP_A_ENVELOPE_DER_NAME);

static const struct genl_multicast_group ovpp_nl_groups[] = {
	[OPENVPP_NLGRP_EVENTS] = { .name = OPENVPP_MCGRP_EVENTS },
};

static struct genl_family ovpp_nl_family __ro_after_init = {
	.name = OVPP_FAMILY_NAME,
	.version = OVPP_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.split_ops = openvpp_nl_ops,
	.n_split_ops = ARRAY_SIZE(openvpp_nl_ops),
	.mcgrps = ovpp_nl_groups,
	.n_mcgrps = ARRAY_SIZE(ovpp_nl_groups),
};

/* Which object: by id or by name, never both */

int ovpp_nl_which(const struct genl_info *info, const char *what, int id_attr,
		  int name_attr, u32 *id, const char **name)
{
	const struct nlattr *by_id = info->attrs[id_attr];
	const struct nlattr *by_name = info->attrs[name_attr];

	if (by_id && by_name) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, by_name,
					"%s is named twice; give its id or its name",
					what);
		return -EINVAL;
	}
	if (!by_id && !by_name) {
		NL_SET_ERR_MSG_FMT(info->extack,
				   "%s is not named; give its id or its name",
				   what);
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, id_attr);
		return -EINVAL;
	}
	*id = by_id ? nla_get_u32(by_id) : 0;
	*name = by_name ? nla_data(by_name) : NULL;
	return 0;
}

struct ovpp_site *ovpp_nl_site(const struct genl_info *info)
{
	struct ovpp_site *site;
	const char *name;
	u32 id;
	int err;

	err = ovpp_nl_which(info, "site", OVPP_A_SITE_ID, OVPP_A_SITE_NAME, &id,
			    &name);
	if (err)
		return ERR_PTR(err);

	site = ovpp_site_find(genl_info_net(info), id, name);
	if (!site) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    ovpp_nl_namer(info, OVPP_A_SITE_ID,
						  OVPP_A_SITE_NAME),
				    "no such site in this network namespace");
		return ERR_PTR(-ENOENT);
	}
	return site;
}

struct ovpp_bus *ovpp_nl_bus(const struct genl_info *info,
			     struct ovpp_site *site, int id_attr,
			     int name_attr)
{
	struct ovpp_bus *bus;
	const char *name;
	u32 id;
	int err;

	err = ovpp_nl_which(info, "bus", id_attr, name_attr, &id, &name);
	if (err)
		return ERR_PTR(err);

	bus = ovpp_bus_find(site, id, name);
	if (!bus) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    ovpp_nl_namer(info, id_attr, name_attr),
				    "no such bus in this site");
		return ERR_PTR(-ENOENT);
	}
	return bus;
}

struct ovpp_der *ovpp_nl_der(const struct genl_info *info,
			     struct ovpp_site *site, int id_attr,
			     int name_attr)
{
	struct ovpp_der *der;
	const char *name;
	u32 id;
	int err;

	err = ovpp_nl_which(info, "DER", id_attr, name_attr, &id, &name);
	if (err)
		return ERR_PTR(err);

	der = ovpp_der_find(site, id, name);
	if (!der) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    ovpp_nl_namer(info, id_attr, name_attr),
				    "no such DER in this site");
		return ERR_PTR(-ENOENT);
	}
	return der;
}

/* Requests about a site */

static void ovpp_nl_site_unlock(struct ovpp_site *site)
{
	mutex_unlock(&site->lock);
	ovpp_site_put(site);
}

static struct ovpp_site *ovpp_nl_site_lock(const struct genl_info *info)
{
	struct ovpp_site *site = ovpp_nl_site(info);

	if (IS_ERR(site))
		return site;

	mutex_lock(&site->lock);
	if (site->dead) {
		ovpp_nl_site_unlock(site);
		NL_SET_ERR_MSG(info->extack, "the site is being removed");
		return ERR_PTR(-ENOENT);
	}
	return site;
}

int ovpp_nl_do(struct genl_info *info, ovpp_nl_do_t fn)
{
	struct ovpp_site *site = ovpp_nl_site_lock(info);
	int err;

	if (IS_ERR(site))
		return PTR_ERR(site);
	err = fn(info, site);
	ovpp_nl_site_unlock(site);
	return err;
}

int ovpp_nl_ask(struct genl_info *info, size_t size, ovpp_nl_ask_t fn)
{
	struct ovpp_site *site;
	struct sk_buff *reply;
	int err;

	/* First, so that nothing is done that could not be answered. */
	reply = genlmsg_new(size, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	site = ovpp_nl_site_lock(info);
	if (IS_ERR(site))
		return ovpp_nl_reply(reply, info, PTR_ERR(site));
	err = fn(reply, info, site);
	ovpp_nl_site_unlock(site);
	return ovpp_nl_reply(reply, info, err);
}

int ovpp_nl_reply(struct sk_buff *reply, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return genlmsg_reply(reply, info);
}

/* Attributes in */

int ovpp_nl_need(const struct genl_info *info, const struct nlattr *nest,
		 struct nlattr **tb, int attr, const char *name)
{
	if (!NL_REQ_ATTR_CHECK(info->extack, nest, tb, attr))
		return 0;
	NL_SET_ERR_MSG_FMT(info->extack, "%s is missing", name);
	return -EINVAL;
}

int ovpp_nl_name(const struct genl_info *info, int attr, const char **name)
{
	const struct nlattr *nla = info->attrs[attr];
	const char *c;

	if (ovpp_nl_need(info, NULL, info->attrs, attr, "name"))
		return -EINVAL;

	*name = nla_data(nla);
	if (!**name) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "a name cannot be empty");
		return -EINVAL;
	}
	for (c = *name; *c; c++) {
		if (isascii(*c) && isgraph(*c) && *c != '/')
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "a name has printable ASCII characters only, no blanks and no slashes");
		return -EINVAL;
	}
	return 0;
}

int ovpp_nl_take_power(const struct genl_info *info, int attr, s64 *value)
{
	const struct nlattr *nla = info->attrs[attr];
	s64 power;

	if (!nla)
		return 0;
	power = nla_get_sint(nla);
	if (power < -OVPP_P_MAX || power > OVPP_P_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "power is beyond +-274877906944 mW");
		return -ERANGE;
	}
	*value = power;
	return 0;
}

int ovpp_nl_order(const struct genl_info *info,
		  const struct ovpp_nl_pair *pair, unsigned int n)
{
	for (; n; n--, pair++) {
		if (pair->min <= pair->max)
			continue;
		NL_SET_ERR_MSG_ATTR_FMT(info->extack,
					ovpp_nl_namer(info, pair->min_attr,
						      pair->max_attr),
					"%s is above %s", pair->min_name,
					pair->max_name);
		return -EINVAL;
	}
	return 0;
}

void ovpp_nl_take_limit(const struct nlattr *attr, s64 *value)
{
	u64 limit;

	if (!attr)
		return;
	limit = nla_get_uint(attr);
	*value = limit >= OVPP_P_MAX ? S64_MAX : limit;
}

/* Attributes out */

int ovpp_nl_put_limit(struct sk_buff *skb, int attr, s64 value)
{
	return value == S64_MAX ? 0 : nla_put_uint(skb, attr, value);
}

u32 ovpp_nl_ms(u64 from, u64 to)
{
	if (to <= from)
		return 0;
	return min_t(u64, div_u64(to - from, NSEC_PER_MSEC), U32_MAX);
}

int ovpp_nl_fill_new(struct sk_buff *reply, const struct genl_info *info,
		     u32 site, u32 id, const char *name)
{
	void *hdr = genlmsg_iput(reply, info);

	if (!hdr || nla_put_u32(reply, OVPP_A_BUS_SITE, site) ||
	    nla_put_u32(reply, OVPP_A_BUS_ID, id) ||
	    nla_put_string(reply, OVPP_A_BUS_NAME, name))
		return -EMSGSIZE;
	genlmsg_end(reply, hdr);
	return 0;
}

/* Dumps */

/**
 * struct ovpp_nl_cursor - where a dump stands, in cb->ctx
 * @site: least id of the sites to come
 * @last: greatest one
 * @object: least id of the objects to come in the first of these sites
 * @begun: the others are set
 */
struct ovpp_nl_cursor {
	u32 site;
	u32 last;
	u32 object;
	bool begun;
};

int ovpp_nl_dump_check(struct netlink_callback *cb)
{
	if (!nlmsg_attrlen(cb->nlh, GENL_HDRLEN))
		return 0;
	NL_SET_ERR_MSG_ATTR(cb->extack, nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
			    "this dump takes no attributes");
	return -EINVAL;
}

static int ovpp_nl_cursor_begin(struct ovpp_nl_cursor *at,
				struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct ovpp_site *site;

	at->begun = true;
	at->last = U32_MAX;
	if (!info->attrs)
		return ovpp_nl_dump_check(cb);
	if (!ovpp_nl_namer(info, OVPP_A_SITE_ID, OVPP_A_SITE_NAME))
		return 0;

	site = ovpp_nl_site(info);
	if (IS_ERR(site))
		return PTR_ERR(site);
	at->site = site->id;
	at->last = site->id;
	ovpp_site_put(site);
	return 0;
}

/* The next site of the dump, with a reference; NULL: no more. */
static struct ovpp_site *ovpp_nl_cursor_site(struct ovpp_nl_cursor *at,
					     struct net *net)
{
	struct ovpp_site *site = ovpp_site_next(net, at->site);

	if (!site)
		return NULL;
	if (site->id > at->last) {
		ovpp_site_put(site);
		return NULL;
	}
	if (site->id != at->site) {
		at->site = site->id;
		at->object = 0;
	}
	return site;
}

int ovpp_nl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		 ovpp_nl_fill_t fill)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct ovpp_nl_cursor *at = (void *)cb->ctx;
	struct ovpp_site *site;
	int err = 0;

	NL_ASSERT_DUMP_CTX_FITS(struct ovpp_nl_cursor);

	if (!at->begun)
		err = ovpp_nl_cursor_begin(at, cb);
	while (!err &&
	       (site = ovpp_nl_cursor_site(at, genl_info_net(info)))) {
		mutex_lock(&site->lock);
		if (!site->dead)
			err = fill(skb, info, site, &at->object);
		ovpp_nl_site_unlock(site);
		if (err)
			break;
		at->site++;
		at->object = 0;
	}
	return err;
}

/* Levels */

struct ovpp_der *ovpp_nl_level(const struct genl_info *info,
			       struct ovpp_site *site)
{
	if (!ovpp_nl_namer(info, OVPP_A_POLICY_DER, OVPP_A_POLICY_DER_NAME))
		return NULL;
	return ovpp_nl_der(info, site, OVPP_A_POLICY_DER,
			   OVPP_A_POLICY_DER_NAME);
}

int ovpp_nl_refuse(const struct genl_info *info, int first, int last,
		   const char *text)
{
	int attr;

	for (attr = first; attr <= last; attr++) {
		if (!info->attrs[attr])
			continue;
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr], "%s",
					text);
		return -EINVAL;
	}
	return 0;
}

int ovpp_nl_fill_levels(struct sk_buff *skb, const struct genl_info *info,
			struct ovpp_site *site, u32 *next,
			int (*fill)(struct sk_buff *skb,
				    const struct genl_info *info, int flags,
				    struct ovpp_site *site,
				    struct ovpp_der *der))
{
	unsigned int i;
	int err;

	/* No DER has the id 0. */
	if (!*next) {
		err = fill(skb, info, NLM_F_MULTI, site, NULL);
		if (err)
			return err;
		*next = 1;
	}
	for (i = 0; i < site->n_ders; i++) {
		struct ovpp_der *der = site->ders[i];

		if (der->ctl.id < *next)
			continue;
		err = fill(skb, info, NLM_F_MULTI, site, der);
		if (err)
			return err;
		*next = der->ctl.id + 1;
	}
	return 0;
}

/* Events */

/*
 * Sites outlive the family while the module is unloaded. Sending for them must
 * not go on then: the group's number may be another family's by now.
 */
static DEFINE_MUTEX(ovpp_nl_events_lock);
static bool ovpp_nl_events_on;

/* No more than that: what waits in a reader's socket counts with its room. */
#define EVENT_ROOM \
	(4 * nla_total_size(sizeof(u32)) + 5 * nla_total_size(sizeof(u64)))

static int ovpp_nl_put_event(struct sk_buff *skb, const struct ovpp_record *rec,
			     u64 lost)
{
	const struct ovpp_event *event = &rec->event;

	if (nla_put_u32(skb, OVPP_A_EVENT_SITE, rec->site) ||
	    nla_put_uint(skb, OVPP_A_EVENT_SEQ, rec->seq) ||
	    nla_put_uint(skb, OVPP_A_EVENT_TIME_NS, rec->mono_ns) ||
	    nla_put_uint(skb, OVPP_A_EVENT_REAL_NS, rec->real_ns) ||
	    nla_put_u32(skb, OVPP_A_EVENT_CODE, event->code) ||
	    nla_put_sint(skb, OVPP_A_EVENT_ARG, event->arg))
		return -EMSGSIZE;
	if ((event->bus && nla_put_u32(skb, OVPP_A_EVENT_BUS, event->bus)) ||
	    (rec->der && nla_put_u32(skb, OVPP_A_EVENT_DER, rec->der)) ||
	    (lost && nla_put_uint(skb, OVPP_A_EVENT_LOST, lost)))
		return -EMSGSIZE;
	return 0;
}

/*
 * Whom an event does not reach because his socket is full learns it from his
 * socket, so that only an event sent to nobody is a failure here.
 */
static int ovpp_nl_send_event(struct net *net, const struct ovpp_record *rec,
			      u64 lost)
{
	struct sk_buff *skb = genlmsg_new(EVENT_ROOM, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put(skb, 0, 0, &ovpp_nl_family, 0, OVPP_CMD_EVENT_NTF);
	if (!hdr || ovpp_nl_put_event(skb, rec, lost)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&ovpp_nl_family, net, skb, 0,
				OPENVPP_NLGRP_EVENTS, GFP_KERNEL);
	return 0;
}

/* What a record that was overwritten held is not known: it counts as lost. */
static void ovpp_nl_send_events(struct ovpp_site *site, u64 head)
{
	u64 records = (u64)site->ring->mask + 1;
	struct ovpp_record rec;

	if (head - site->event_cursor > records) {
		site->event_lost += head - records - site->event_cursor;
		site->event_cursor = head - records;
	}
	for (; site->event_cursor < head; site->event_cursor++) {
		cond_resched();
		if (ovpp_ring_copy(site->ring, site->event_cursor, &rec)) {
			site->event_lost++;
			continue;
		}
		if (rec.type != OVPP_RECORD_EVENT)
			continue;
		if (ovpp_nl_send_event(site->net, &rec, site->event_lost))
			site->event_lost++;
		else
			site->event_lost = 0;
	}
}

void ovpp_netlink_events(struct work_struct *work)
{
	struct ovpp_site *site =
		container_of(work, struct ovpp_site, event_work);
	/* What comes later queues the work again. */
	u64 head = ovpp_ring_head(site->ring);

	mutex_lock(&ovpp_nl_events_lock);
	if (ovpp_nl_events_on &&
	    genl_has_listeners(&ovpp_nl_family, site->net,
			       OPENVPP_NLGRP_EVENTS)) {
		ovpp_nl_send_events(site, head);
	} else {
		site->event_cursor = head;
		site->event_lost = 0;
	}
	mutex_unlock(&ovpp_nl_events_lock);
}

/* Registration */

int ovpp_netlink_init(void)
{
	int err;

	err = ovpp_nl_owner_init();
	if (err)
		return err;
	err = genl_register_family(&ovpp_nl_family);
	if (err) {
		ovpp_nl_owner_exit();
		return err;
	}
	ovpp_nl_events_on = true;
	return 0;
}

void ovpp_netlink_exit(void)
{
	mutex_lock(&ovpp_nl_events_lock);
	ovpp_nl_events_on = false;
	mutex_unlock(&ovpp_nl_events_lock);
	genl_unregister_family(&ovpp_nl_family);
	ovpp_nl_owner_exit();
}
