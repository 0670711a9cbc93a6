/* SPDX-License-Identifier: GPL-2.0-only */
/* The store of device profiles, shared by all sites. */
#ifndef OVPP_PROFILE_H
#define OVPP_PROFILE_H

#include <linux/list.h>
#include <linux/netlink.h>

#include "core/profile.h"

/**
 * struct ovpp_profile_entry - a profile in the store
 * @node: in the store
 * @users: DER that use it, under the store's lock
 * @profile: it; never changes
 */
struct ovpp_profile_entry {
	struct list_head node;
	unsigned int users;
	struct ovpp_profile profile;
};

/**
 * ovpp_profile_alloc() - an empty profile with room for its tables
 * @messages: room for so many
 * @signals: likewise
 * @maps: likewise
 *
 * Return: entry, or NULL when memory runs out.
 */
struct ovpp_profile_entry *ovpp_profile_alloc(u16 messages, u16 signals,
					      u16 maps);
void ovpp_profile_free(struct ovpp_profile_entry *entry);

/**
 * ovpp_profile_add() - check a profile and put it into the store
 * @entry: filled in; the store's from here on if 0 is returned
 * @extack: what is wrong with it
 *
 * Return: 0; -EEXIST when the name is taken; -EINVAL; -E2BIG.
 */
int ovpp_profile_add(struct ovpp_profile_entry *entry,
		     struct netlink_ext_ack *extack);

/* 0, -ENOENT, or -EBUSY while a DER uses it. */
int ovpp_profile_del(const char *name, struct netlink_ext_ack *extack);

/* With a user counted, to be dropped with put; NULL if there is none. */
const struct ovpp_profile *ovpp_profile_get(const char *name);
void ovpp_profile_put(const struct ovpp_profile *prof);

/* Walk the store in order of name; @fn returns non-zero to stop, which is then the result. */
int ovpp_profile_walk(int (*fn)(const struct ovpp_profile_entry *entry,
				void *arg),
		      void *arg);

void ovpp_profile_exit(void);

#endif /* OVPP_PROFILE_H */
