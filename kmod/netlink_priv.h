/* SPDX-License-Identifier: GPL-2.0-only */
/* What the handlers of the netlink family share. */
#ifndef OVPP_NETLINK_PRIV_H
#define OVPP_NETLINK_PRIV_H

#include <net/genetlink.h>

#include "netlink_gen.h"

struct ovpp_bus;
struct ovpp_der;
struct ovpp_site;

/* A request about a site, which is locked and alive. */
typedef int (*ovpp_nl_do_t)(const struct genl_info *info,
			    struct ovpp_site *site);
/* The same with a reply to fill in. */
typedef int (*ovpp_nl_ask_t)(struct sk_buff *reply,
			     const struct genl_info *info,
			     struct ovpp_site *site);

/*
 * Every request about something in a site goes through one of these: they find
 * the site that it names, lock it, check that it lives, call the function,
 * unlock, and send the reply.
 */
int ovpp_nl_do(struct genl_info *info, ovpp_nl_do_t fn);
int ovpp_nl_ask(struct genl_info *info, size_t size, ovpp_nl_ask_t fn);

/* The site that a request names, with a reference; ERR_PTR() with a text. */
struct ovpp_site *ovpp_nl_site(const struct genl_info *info);

/* The attribute that named an object. */
static inline const struct nlattr *ovpp_nl_namer(const struct genl_info *info,
						 int id_attr, int name_attr)
{
	return info->attrs[id_attr] ?: info->attrs[name_attr];
}

/*
 * Id or name of an object, a @what, whichever names it; @name is NULL where the id
 * does. -EINVAL with a text if both do, or none.
 */
int ovpp_nl_which(const struct genl_info *info, const char *what, int id_attr,
		  int name_attr, u32 *id, const char **name);

/* The bus or DER that one of two attributes names; ERR_PTR() with a text. Under site->lock. */
struct ovpp_bus *ovpp_nl_bus(const struct genl_info *info,
			     struct ovpp_site *site, int id_attr,
			     int name_attr);
struct ovpp_der *ovpp_nl_der(const struct genl_info *info,
			     struct ovpp_site *site, int id_attr,
			     int name_attr);

/* -EINVAL with a text unless the attribute is there. */
int ovpp_nl_need(const struct genl_info *info, const struct nlattr *nest,
		 struct nlattr **tb, int attr, const char *name);

/**
 * ovpp_nl_name() - the name of a new object
 * @info: request
 * @attr: its attribute
 * @name: result, valid as long as the request
 *
 * Names go into logs, tables and paths: printable ASCII without blanks and
 * slashes.
 *
 * Return: 0, or -EINVAL with a text.
 */
int ovpp_nl_name(const struct genl_info *info, int attr, const char **name);

/* Take an attribute where it is given; the target keeps its value where not. */
static inline void ovpp_nl_take_u32(const struct nlattr *attr, u32 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
}

static inline void ovpp_nl_take_uint(const struct nlattr *attr, u64 *value)
{
	if (attr)
		*value = nla_get_uint(attr);
}

static inline void ovpp_nl_take_sint(const struct nlattr *attr, s64 *value)
{
	if (attr)
		*value = nla_get_sint(attr);
}

/* A power; -ERANGE with a text beyond OVPP_P_MAX. */
int ovpp_nl_take_power(const struct genl_info *info, int attr, s64 *value);

/**
 * struct ovpp_nl_pair - a least value and its greatest
 * @min: value
 * @max: value
 * @min_attr: its attribute
 * @max_attr: likewise
 * @min_name: its name
 * @max_name: likewise
 */
struct ovpp_nl_pair {
	s64 min;
	s64 max;
	int min_attr;
	int max_attr;
	const char *min_name;
	const char *max_name;
};

/* -EINVAL with a text for the first pair whose least value is above its greatest. */
int ovpp_nl_order(const struct genl_info *info,
		  const struct ovpp_nl_pair *pair, unsigned int n);

/* A limit of power: OVPP_P_MAX takes it away, as no power can be beyond. */
void ovpp_nl_take_limit(const struct nlattr *attr, s64 *value);
/* A limit that is none is absent. */
int ovpp_nl_put_limit(struct sk_buff *skb, int attr, s64 value);

/* From one moment to another in whole ms, held within u32. */
u32 ovpp_nl_ms(u64 from, u64 to);

/* Replies */

/* The id and name of a new bus or DER. */
int ovpp_nl_fill_new(struct sk_buff *reply, const struct genl_info *info,
		     u32 site, u32 id, const char *name);

/* Sends a reply that was filled in with the result @err, or frees it. */
int ovpp_nl_reply(struct sk_buff *reply, struct genl_info *info, int err);

/* Dumps */

/**
 * typedef ovpp_nl_fill_t - put objects of a site into a dump
 * @skb: the dump
 * @info: its request
 * @site: site, locked and alive
 * @next: id of the first object to put; moved on with every one that was put
 *
 * Ids are given in ascending order and never twice, so that a dump in several
 * parts neither repeats nor leaves out what is there all the time.
 *
 * Return: 0 when all are put; -EMSGSIZE when there is no more room.
 */
typedef int (*ovpp_nl_fill_t)(struct sk_buff *skb,
			      const struct genl_info *info,
			      struct ovpp_site *site, u32 *next);

/* Dumps the objects of the site named in the request, or of every site. */
int ovpp_nl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		 ovpp_nl_fill_t fill);

/*
 * The core validates no attributes of a dump that takes none: -EINVAL with a
 * text if there are any.
 */
int ovpp_nl_dump_check(struct netlink_callback *cb);

/* Levels: what a site has (no DER named) and each of its DER has (policy, envelope) */

/* The DER named, NULL if none is, ERR_PTR() if it is not there. */
struct ovpp_der *ovpp_nl_level(const struct genl_info *info,
			       struct ovpp_site *site);

/* -EINVAL with the text if one of the attributes @first to @last is given. */
int ovpp_nl_refuse(const struct genl_info *info, int first, int last,
		   const char *text);

/* Put the site's message (@der is NULL), then one for each DER. */
int ovpp_nl_fill_levels(struct sk_buff *skb, const struct genl_info *info,
			struct ovpp_site *site, u32 *next,
			int (*fill)(struct sk_buff *skb,
				    const struct genl_info *info, int flags,
				    struct ovpp_site *site,
				    struct ovpp_der *der));

/* Heartbeats: their senders are watched from init to exit. */
int ovpp_nl_owner_init(void);
void ovpp_nl_owner_exit(void);

#endif /* OVPP_NETLINK_PRIV_H */
