// SPDX-License-Identifier: GPL-2.0-only
/* The store of device profiles, shared by all sites. */

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "profile.h"

/* Covers the list and each entry's users; profiles themselves never change. */
static DEFINE_MUTEX(ovpp_profiles_lock);
static LIST_HEAD(ovpp_profiles);

struct ovpp_profile_entry *ovpp_profile_alloc(u16 messages, u16 signals,
					      u16 maps)
{
	struct ovpp_profile_entry *entry;
	struct ovpp_profile *prof;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return NULL;

	prof = &entry->profile;
	prof->n_messages = messages;
	prof->n_signals = signals;
	prof->n_maps = maps;
	prof->message = kcalloc(messages, sizeof(*prof->message), GFP_KERNEL);
	prof->signal = kcalloc(signals, sizeof(*prof->signal), GFP_KERNEL);
	prof->map = kcalloc(maps, sizeof(*prof->map), GFP_KERNEL);
	if (!prof->message || !prof->signal || !prof->map) {
		ovpp_profile_free(entry);
		return NULL;
	}
	return entry;
}

void ovpp_profile_free(struct ovpp_profile_entry *entry)
{
	if (!entry)
		return;
	kfree(entry->profile.message);
	kfree(entry->profile.signal);
	kfree(entry->profile.map);
	kfree(entry);
}

static struct ovpp_profile_entry *ovpp_profile_find(const char *name)
{
	struct ovpp_profile_entry *entry;

	lockdep_assert_held(&ovpp_profiles_lock);

	list_for_each_entry(entry, &ovpp_profiles, node)
		if (!strcmp(entry->profile.name, name))
			return entry;
	return NULL;
}

/* In order of name, for dumps that go on where they stopped. */
static void ovpp_profile_insert(struct ovpp_profile_entry *entry)
{
	struct ovpp_profile_entry *next;

	lockdep_assert_held(&ovpp_profiles_lock);

	list_for_each_entry(next, &ovpp_profiles, node)
		if (strcmp(next->profile.name, entry->profile.name) > 0)
			break;
	list_add_tail(&entry->node, &next->node);
}

/* Says which message and signal are wrong, as far as the text has room. */
static void ovpp_profile_complain(const struct ovpp_profile_error *err,
				  struct netlink_ext_ack *extack)
{
	if (err->signal >= 0)
		NL_SET_ERR_MSG_FMT(extack, "message %d signal %d: %s",
				   err->message, err->signal, err->text);
	else if (err->message >= 0)
		NL_SET_ERR_MSG_FMT(extack, "message %d: %s", err->message,
				   err->text);
	else
		NL_SET_ERR_MSG_FMT(extack, "%s", err->text);
}

int ovpp_profile_add(struct ovpp_profile_entry *entry,
		     struct netlink_ext_ack *extack)
{
	struct ovpp_profile_error perr;
	int err;

	err = ovpp_profile_check(&entry->profile, &perr);
	if (err) {
		ovpp_profile_complain(&perr, extack);
		return err;
	}

	mutex_lock(&ovpp_profiles_lock);
	if (ovpp_profile_find(entry->profile.name)) {
		NL_SET_ERR_MSG(extack, "a profile of this name is there already");
		err = -EEXIST;
	} else {
		ovpp_profile_insert(entry);
	}
	mutex_unlock(&ovpp_profiles_lock);
	return err;
}

int ovpp_profile_del(const char *name, struct netlink_ext_ack *extack)
{
	struct ovpp_profile_entry *entry;
	int err = 0;

	mutex_lock(&ovpp_profiles_lock);
	entry = ovpp_profile_find(name);
	if (!entry) {
		NL_SET_ERR_MSG(extack, "no such profile");
		err = -ENOENT;
	} else if (entry->users) {
		NL_SET_ERR_MSG_FMT(extack, "profile is used by %u DER",
				   entry->users);
		entry = NULL;
		err = -EBUSY;
	} else {
		list_del(&entry->node);
	}
	mutex_unlock(&ovpp_profiles_lock);

	ovpp_profile_free(entry);
	return err;
}

const struct ovpp_profile *ovpp_profile_get(const char *name)
{
	struct ovpp_profile_entry *entry;

	mutex_lock(&ovpp_profiles_lock);
	entry = ovpp_profile_find(name);
	if (entry)
		entry->users++;
	mutex_unlock(&ovpp_profiles_lock);
	return entry ? &entry->profile : NULL;
}

void ovpp_profile_put(const struct ovpp_profile *prof)
{
	struct ovpp_profile_entry *entry;

	entry = container_of(prof, struct ovpp_profile_entry, profile);
	mutex_lock(&ovpp_profiles_lock);
	entry->users--;
	mutex_unlock(&ovpp_profiles_lock);
}

int ovpp_profile_walk(int (*fn)(const struct ovpp_profile_entry *entry,
				void *arg),
		      void *arg)
{
	struct ovpp_profile_entry *entry;
	int err = 0;

	mutex_lock(&ovpp_profiles_lock);
	list_for_each_entry(entry, &ovpp_profiles, node) {
		err = fn(entry, arg);
		if (err)
			break;
	}
	mutex_unlock(&ovpp_profiles_lock);
	return err;
}

/* Every site is gone, hence every user. */
void ovpp_profile_exit(void)
{
	struct ovpp_profile_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &ovpp_profiles, node) {
		WARN_ON(entry->users);
		ovpp_profile_free(entry);
	}
}
