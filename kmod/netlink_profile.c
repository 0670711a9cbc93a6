// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: device profiles. */

#include "der.h"
#include "netlink_priv.h"
#include "profile.h"

/* Profiles to messages */

#define ROOM_U8 nla_total_size(sizeof(u8))
#define ROOM_U32 nla_total_size(sizeof(u32))
#define ROOM_UINT nla_total_size(sizeof(u64))
#define MAP_ROOM (nla_total_size(0) + 2 * ROOM_UINT)
#define SIGNAL_ROOM (nla_total_size(0) + 6 * ROOM_U32 + 5 * ROOM_UINT)
#define MESSAGE_ROOM (nla_total_size(0) + 7 * ROOM_U32 + ROOM_U8)

#define NO_POINT (OVPP_SIGNAL_MUX | OVPP_SIGNAL_CONST)
#define MUX_VALUE (OVPP_SIGNAL_MUXED | OVPP_SIGNAL_CONST)

static size_t profile_room(const struct ovpp_profile *prof)
{
	return NLMSG_GOODSIZE + prof->n_messages * MESSAGE_ROOM +
	       prof->n_signals * SIGNAL_ROOM + prof->n_maps * MAP_ROOM;
}

static int profile_put_map(struct sk_buff *skb, const struct ovpp_map *map)
{
	struct nlattr *nest = nla_nest_start(skb, OVPP_A_SIGNAL_MAP);

	if (!nest || nla_put_uint(skb, OVPP_A_MAP_RAW, map->raw) ||
	    nla_put_sint(skb, OVPP_A_MAP_VALUE, map->value))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* What was left out in profile-new and has no default is left out here too. */
static int profile_put_signal(struct sk_buff *skb,
			      const struct ovpp_profile *prof,
			      const struct ovpp_signal *sig)
{
	struct nlattr *nest = nla_nest_start(skb, OVPP_A_MESSAGE_SIGNAL);
	unsigned int i;
	int err = 0;

	if (!nest || nla_put_u32(skb, OVPP_A_SIGNAL_START, sig->start) ||
	    nla_put_u32(skb, OVPP_A_SIGNAL_LENGTH, sig->length) ||
	    nla_put_u32(skb, OVPP_A_SIGNAL_FLAGS, sig->flags) ||
	    nla_put_sint(skb, OVPP_A_SIGNAL_NUM, sig->num) ||
	    nla_put_u32(skb, OVPP_A_SIGNAL_DEN, sig->den) ||
	    nla_put_sint(skb, OVPP_A_SIGNAL_OFFSET, sig->offset))
		return -EMSGSIZE;
	if ((!(sig->flags & NO_POINT) &&
	     nla_put_u32(skb, OVPP_A_SIGNAL_POINT, sig->point)) ||
	    (sig->flags & OVPP_SIGNAL_SCALED &&
	     nla_put_u32(skb, OVPP_A_SIGNAL_SCALE_START, sig->scale_start)) ||
	    (sig->flags & MUX_VALUE &&
	     nla_put_uint(skb, OVPP_A_SIGNAL_MUX_VALUE, sig->mux_value)) ||
	    (sig->raw_min != S64_MIN &&
	     nla_put_sint(skb, OVPP_A_SIGNAL_RAW_MIN, sig->raw_min)) ||
	    (sig->raw_max != S64_MAX &&
	     nla_put_sint(skb, OVPP_A_SIGNAL_RAW_MAX, sig->raw_max)))
		return -EMSGSIZE;
	for (i = 0; i < sig->maps && !err; i++)
		err = profile_put_map(skb, &prof->map[sig->map + i]);
	nla_nest_end(skb, nest);
	return err;
}

static int profile_put_message(struct sk_buff *skb,
			       const struct ovpp_profile *prof,
			       const struct ovpp_message *msg)
{
	struct nlattr *nest = nla_nest_start(skb, OVPP_A_PROFILE_MESSAGE);
	bool tx = msg->flags & OVPP_MESSAGE_TX;
	unsigned int i;
	int err = 0;

	if (!nest || nla_put_u32(skb, OVPP_A_MESSAGE_ID, msg->id) ||
	    nla_put_u32(skb, OVPP_A_MESSAGE_STRIDE, msg->stride) ||
	    nla_put_u32(skb, OVPP_A_MESSAGE_FLAGS, msg->flags) ||
	    nla_put_u32(skb, OVPP_A_MESSAGE_LENGTH, msg->length))
		return -EMSGSIZE;
	if (!tx && nla_put_u32(skb, OVPP_A_MESSAGE_TIMEOUT_MS,
			       msg->timeout_ms))
		return -EMSGSIZE;
	if ((tx || msg->bus == OVPP_BUS_MODBUS) &&
	    nla_put_u32(skb, OVPP_A_MESSAGE_PERIOD_MS, msg->period_ms))
		return -EMSGSIZE;
	if (tx && (nla_put_u32(skb, OVPP_A_MESSAGE_GAP_MS, msg->gap_ms) ||
		   nla_put_u8(skb, OVPP_A_MESSAGE_FILL, msg->fill)))
		return -EMSGSIZE;
	for (i = 0; i < msg->signals && !err; i++)
		err = profile_put_signal(skb, prof,
					 &prof->signal[msg->signal + i]);
	nla_nest_end(skb, nest);
	return err;
}

static int profile_put_counts(struct sk_buff *skb,
			      const struct ovpp_profile *prof)
{
	if (nla_put_string(skb, OVPP_A_PROFILE_NAME, prof->name) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_MESSAGE_COUNT,
			prof->n_messages) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_SIGNAL_COUNT, prof->n_signals) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_POINTS, prof->measured) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_COMMANDS, prof->commands))
		return -EMSGSIZE;
	return 0;
}

static int profile_put_head(struct sk_buff *skb,
			    const struct ovpp_profile_entry *entry)
{
	const struct ovpp_profile *prof = &entry->profile;

	if (profile_put_counts(skb, prof) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_VERSION, prof->version) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_KIND, prof->kind) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_BUS, prof->bus) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_USERS, entry->users))
		return -EMSGSIZE;
	return 0;
}

static int profile_put_times(struct sk_buff *skb,
			     const struct ovpp_profile *prof)
{
	if (prof->bus != OVPP_BUS_MODBUS)
		return 0;
	if (nla_put_u32(skb, OVPP_A_PROFILE_SPACING_MS, prof->spacing_ms) ||
	    nla_put_u32(skb, OVPP_A_PROFILE_RESPONSE_MS, prof->response_ms))
		return -EMSGSIZE;
	return 0;
}

/* Reading: within a walk, so that the profile stays */

/**
 * struct profile_query - what a walk looks for and where it puts it
 * @info: request
 * @name: profile asked for
 * @skb: the dump, or the reply once there is one
 * @after: name of the last one put into a dump, kept from part to part
 */
struct profile_query {
	const struct genl_info *info;
	const char *name;
	struct sk_buff *skb;
	char *after;
};

/* Stops the walk with 1 at the profile that was asked for. */
static int profile_whole(const struct ovpp_profile_entry *entry, void *arg)
{
	const struct ovpp_profile *prof = &entry->profile;
	struct profile_query *q = arg;
	unsigned int i;
	void *hdr;
	int err;

	if (strcmp(prof->name, q->name))
		return 0;
	q->skb = genlmsg_new(profile_room(prof), GFP_KERNEL);
	if (!q->skb)
		return -ENOMEM;
	hdr = genlmsg_iput(q->skb, q->info);
	if (!hdr)
		return -EMSGSIZE;
	err = profile_put_head(q->skb, entry) ?:
	      profile_put_times(q->skb, prof);
	for (i = 0; i < prof->n_messages && !err; i++)
		err = profile_put_message(q->skb, prof, &prof->message[i]);
	genlmsg_end(q->skb, hdr);
	return err ?: 1;
}

/* The reply to profile-new, likewise. */
static int profile_added(const struct ovpp_profile_entry *entry, void *arg)
{
	struct profile_query *q = arg;
	void *hdr;

	if (strcmp(entry->profile.name, q->name))
		return 0;
	hdr = genlmsg_iput(q->skb, q->info);
	if (!hdr || profile_put_counts(q->skb, &entry->profile))
		return -EMSGSIZE;
	genlmsg_end(q->skb, hdr);
	return 1;
}

static int profile_answer(struct profile_query *q, struct genl_info *info,
			  int (*fn)(const struct ovpp_profile_entry *entry,
				    void *arg))
{
	int err = ovpp_profile_walk(fn, q);

	if (!err) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[OVPP_A_PROFILE_NAME],
				    "no such profile");
		err = -ENOENT;
	}
	return ovpp_nl_reply(q->skb, info, min(err, 0));
}

int openvpp_nl_profile_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct profile_query q = { .info = info };
	int err;

	err = ovpp_nl_need(info, NULL, info->attrs, OVPP_A_PROFILE_NAME,
			   "name");
	if (err)
		return err;
	q.name = nla_data(info->attrs[OVPP_A_PROFILE_NAME]);
	return profile_answer(&q, info, profile_whole);
}

/* The store is in order of name: a dump goes on after the last one it put. */
static int profile_next(const struct ovpp_profile_entry *entry, void *arg)
{
	struct profile_query *q = arg;
	void *hdr;

	if (strcmp(entry->profile.name, q->after) <= 0)
		return 0;
	hdr = __genlmsg_iput(q->skb, q->info, NLM_F_MULTI);
	if (!hdr)
		return -EMSGSIZE;
	if (profile_put_head(q->skb, entry)) {
		genlmsg_cancel(q->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(q->skb, hdr);
	strscpy(q->after, entry->profile.name, OPENVPP_NAME_MAX + 1);
	return 0;
}

int openvpp_nl_profile_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct profile_query q = {
		.info = genl_info_dump(cb),
		.skb = skb,
		.after = cb->ctx,
	};

	BUILD_BUG_ON(OPENVPP_NAME_MAX + 1 > sizeof(cb->ctx));
	return ovpp_nl_dump_check(cb) ?: ovpp_profile_walk(profile_next, &q);
}

/* Messages to profiles */

/**
 * struct profile_maker - a profile in the making
 * @info: request
 * @prof: profile with room for everything
 * @messages: taken so far
 * @signals: likewise
 * @maps: likewise
 */
struct profile_maker {
	const struct genl_info *info;
	struct ovpp_profile *prof;
	unsigned int messages;
	unsigned int signals;
	unsigned int maps;
};

static int profile_take_map(struct profile_maker *m, const struct nlattr *nest)
{
	struct ovpp_map *map = &m->prof->map[m->maps++];
	struct nlattr *tb[OVPP_A_MAP_VALUE + 1];
	int err;

	err = nla_parse_nested(tb, OVPP_A_MAP_VALUE, nest,
			       openvpp_map_nl_policy, m->info->extack) ?:
	      ovpp_nl_need(m->info, nest, tb, OVPP_A_MAP_RAW,
			   "raw of a map") ?:
	      ovpp_nl_need(m->info, nest, tb, OVPP_A_MAP_VALUE,
			   "value of a map");
	if (err)
		return err;
	map->raw = nla_get_uint(tb[OVPP_A_MAP_RAW]);
	map->value = nla_get_sint(tb[OVPP_A_MAP_VALUE]);
	return 0;
}

static int profile_need_signal(const struct genl_info *info,
			       const struct nlattr *nest, struct nlattr **tb)
{
	u32 flags = 0;
	int err;

	ovpp_nl_take_u32(tb[OVPP_A_SIGNAL_FLAGS], &flags);
	err = ovpp_nl_need(info, nest, tb, OVPP_A_SIGNAL_START,
			   "start of a signal") ?:
	      ovpp_nl_need(info, nest, tb, OVPP_A_SIGNAL_LENGTH,
			   "length of a signal");
	if (!err && !(flags & NO_POINT))
		err = ovpp_nl_need(info, nest, tb, OVPP_A_SIGNAL_POINT,
				   "point of a signal");
	if (!err && flags & MUX_VALUE)
		err = ovpp_nl_need(info, nest, tb, OVPP_A_SIGNAL_MUX_VALUE,
				   flags & OVPP_SIGNAL_CONST ?
					   "mux-value of a constant" :
					   "mux-value of a muxed signal");
	if (!err && flags & OVPP_SIGNAL_SCALED)
		err = ovpp_nl_need(info, nest, tb, OVPP_A_SIGNAL_SCALE_START,
				   "scale-start of a scaled signal");
	return err;
}

static void profile_fill_signal(struct ovpp_signal *sig, struct nlattr **tb)
{
	sig->start = nla_get_u32(tb[OVPP_A_SIGNAL_START]);
	sig->length = nla_get_u32(tb[OVPP_A_SIGNAL_LENGTH]);
	if (tb[OVPP_A_SIGNAL_POINT])
		sig->point = nla_get_u32(tb[OVPP_A_SIGNAL_POINT]);
	if (tb[OVPP_A_SIGNAL_FLAGS])
		sig->flags = nla_get_u32(tb[OVPP_A_SIGNAL_FLAGS]);
	if (tb[OVPP_A_SIGNAL_SCALE_START])
		sig->scale_start = nla_get_u32(tb[OVPP_A_SIGNAL_SCALE_START]);
	sig->num = 1;
	sig->den = 1;
	sig->raw_min = S64_MIN;
	sig->raw_max = S64_MAX;
	ovpp_nl_take_u32(tb[OVPP_A_SIGNAL_DEN], &sig->den);
	ovpp_nl_take_sint(tb[OVPP_A_SIGNAL_NUM], &sig->num);
	ovpp_nl_take_sint(tb[OVPP_A_SIGNAL_OFFSET], &sig->offset);
	ovpp_nl_take_sint(tb[OVPP_A_SIGNAL_RAW_MIN], &sig->raw_min);
	ovpp_nl_take_sint(tb[OVPP_A_SIGNAL_RAW_MAX], &sig->raw_max);
	ovpp_nl_take_uint(tb[OVPP_A_SIGNAL_MUX_VALUE], &sig->mux_value);
}

static int profile_take_signal(struct profile_maker *m,
			       const struct nlattr *nest)
{
	struct ovpp_signal *sig = &m->prof->signal[m->signals++];
	struct nlattr *tb[OVPP_A_SIGNAL_MAX + 1];
	struct nlattr *nla;
	int err, rem;

	err = nla_parse_nested(tb, OVPP_A_SIGNAL_MAX, nest,
			       openvpp_signal_nl_policy, m->info->extack) ?:
	      profile_need_signal(m->info, nest, tb);
	if (err)
		return err;

	profile_fill_signal(sig, tb);
	sig->map = m->maps;
	nla_for_each_nested_type(nla, OVPP_A_SIGNAL_MAP, nest, rem) {
		err = profile_take_map(m, nla);
		if (err)
			return err;
	}
	sig->maps = m->maps - sig->map;
	return 0;
}

static void profile_fill_message(struct ovpp_message *msg, struct nlattr **tb)
{
	msg->id = nla_get_u32(tb[OVPP_A_MESSAGE_ID]);
	msg->length = nla_get_u32(tb[OVPP_A_MESSAGE_LENGTH]);
	if (tb[OVPP_A_MESSAGE_FLAGS])
		msg->flags = nla_get_u32(tb[OVPP_A_MESSAGE_FLAGS]);
	if (tb[OVPP_A_MESSAGE_FILL])
		msg->fill = nla_get_u8(tb[OVPP_A_MESSAGE_FILL]);
	ovpp_nl_take_u32(tb[OVPP_A_MESSAGE_STRIDE], &msg->stride);
	ovpp_nl_take_u32(tb[OVPP_A_MESSAGE_TIMEOUT_MS], &msg->timeout_ms);
	ovpp_nl_take_u32(tb[OVPP_A_MESSAGE_PERIOD_MS], &msg->period_ms);
	ovpp_nl_take_u32(tb[OVPP_A_MESSAGE_GAP_MS], &msg->gap_ms);
}

static int profile_take_message(struct profile_maker *m,
				const struct nlattr *nest)
{
	struct ovpp_message *msg = &m->prof->message[m->messages++];
	struct nlattr *tb[OVPP_A_MESSAGE_SIGNAL + 1];
	struct nlattr *nla;
	int err, rem;

	err = nla_parse_nested(tb, OVPP_A_MESSAGE_SIGNAL, nest,
			       openvpp_message_nl_policy, m->info->extack) ?:
	      ovpp_nl_need(m->info, nest, tb, OVPP_A_MESSAGE_ID,
			   "id of a message") ?:
	      ovpp_nl_need(m->info, nest, tb, OVPP_A_MESSAGE_LENGTH,
			   "length of a message");
	if (err)
		return err;

	profile_fill_message(msg, tb);
	msg->signal = m->signals;
	nla_for_each_nested_type(nla, OVPP_A_MESSAGE_SIGNAL, nest, rem) {
		err = profile_take_signal(m, nla);
		if (err)
			return err;
	}
	msg->signals = m->signals - msg->signal;
	return 0;
}

static int profile_limit(const struct genl_info *info, unsigned int n,
			 unsigned int max, const char *what)
{
	if (n <= max)
		return 0;
	NL_SET_ERR_MSG_FMT(info->extack, "%u %s; a profile has at most %u", n,
			   what, max);
	return -E2BIG;
}

/* Room for what the request holds, which the core has validated already. */
static struct ovpp_profile_entry *
profile_alloc(const struct genl_info *info)
{
	unsigned int messages = 0, signals = 0, maps = 0;
	struct nlattr *msg, *sig, *map;
	struct ovpp_profile_entry *entry;
	int msg_rem, sig_rem, map_rem, err;

	nla_for_each_attr_type(msg, OVPP_A_PROFILE_MESSAGE,
			       genlmsg_data(info->genlhdr),
			       genlmsg_len(info->genlhdr), msg_rem) {
		messages++;
		nla_for_each_nested_type(sig, OVPP_A_MESSAGE_SIGNAL, msg,
					 sig_rem) {
			signals++;
			nla_for_each_nested_type(map, OVPP_A_SIGNAL_MAP, sig,
						 map_rem)
				maps++;
		}
	}
	err = profile_limit(info, messages, OPENVPP_MESSAGE_MAX, "messages") ?:
	      profile_limit(info, signals, OPENVPP_SIGNAL_MAX, "signals") ?:
	      profile_limit(info, maps, OPENVPP_MAP_MAX, "map entries");
	if (err)
		return ERR_PTR(err);

	entry = ovpp_profile_alloc(messages, signals, maps);
	return entry ?: ERR_PTR(-ENOMEM);
}

static void profile_fill_head(struct ovpp_profile *prof, struct nlattr **tb)
{
	ovpp_nl_take_u32(tb[OVPP_A_PROFILE_VERSION], &prof->version);
	ovpp_nl_take_u32(tb[OVPP_A_PROFILE_KIND], &prof->kind);
	ovpp_nl_take_u32(tb[OVPP_A_PROFILE_BUS], &prof->bus);
	if (prof->bus == OVPP_BUS_MODBUS)
		prof->response_ms = OVPP_MODBUS_RESPONSE_MS;
	ovpp_nl_take_u32(tb[OVPP_A_PROFILE_SPACING_MS], &prof->spacing_ms);
	ovpp_nl_take_u32(tb[OVPP_A_PROFILE_RESPONSE_MS], &prof->response_ms);
}

static int profile_make(const struct genl_info *info, const char *name,
			struct ovpp_profile *prof)
{
	struct profile_maker m = { .info = info, .prof = prof };
	struct nlattr *nla;
	int err, rem;

	strscpy(prof->name, name, sizeof(prof->name));
	profile_fill_head(prof, info->attrs);
	nla_for_each_attr_type(nla, OVPP_A_PROFILE_MESSAGE,
			       genlmsg_data(info->genlhdr),
			       genlmsg_len(info->genlhdr), rem) {
		err = profile_take_message(&m, nla);
		if (err)
			return err;
	}
	return 0;
}

int openvpp_nl_profile_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct profile_query q = { .info = info };
	struct ovpp_profile_entry *entry;
	int err;

	err = ovpp_nl_name(info, OVPP_A_PROFILE_NAME, &q.name) ?:
	      ovpp_nl_need(info, NULL, info->attrs, OVPP_A_PROFILE_MESSAGE,
			   "message");
	if (err)
		return err;
	entry = profile_alloc(info);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	q.skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	err = q.skb ? profile_make(info, q.name, &entry->profile) : -ENOMEM;
	if (!err)
		err = ovpp_profile_add(entry, info->extack);
	if (err) {
		ovpp_profile_free(entry);
		nlmsg_free(q.skb);
		return err;
	}
	return profile_answer(&q, info, profile_added);
}

/* A DER that was removed uses its profile a little longer: wait before refusing. */
int openvpp_nl_profile_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name;
	int err;

	err = ovpp_nl_need(info, NULL, info->attrs, OVPP_A_PROFILE_NAME,
			   "name");
	if (err)
		return err;
	name = nla_data(info->attrs[OVPP_A_PROFILE_NAME]);
	err = ovpp_profile_del(name, NULL);
	if (err == -EBUSY)
		ovpp_der_flush();
	return err ? ovpp_profile_del(name, info->extack) : 0;
}
