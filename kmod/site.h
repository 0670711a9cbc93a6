/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A site: its life, its parts and what can be asked of it. Netlink and the
 * character device are two doors to these functions.
 *
 * Locks, outermost first:
 *   RTNL               where a bus's net device is involved
 *   site->lock         configuration: lists of buses and DER, names, parameters
 *   ovpp_hooks_lock    leaf: which hooks belong to which site (hook.h)
 *   profile store      leaf
 *   der->lock          raw, leaf: a DER's image
 *   ring->lock         raw, leaf
 * The engine has no lock: it belongs to the loop's thread (loop.h).
 *
 * A site is found by id or name under the table's lock, which is where the
 * reference is taken. It dies in two steps: ovpp_site_del() unpublishes it and
 * stops everything in it; its memory goes with the last reference. Holders of a
 * reference check site->dead under site->lock.
 */
#ifndef OVPP_SITE_H
#define OVPP_SITE_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "core/engine.h"
#include "loop.h"

struct ovpp_bus;
struct ovpp_der;
struct ovpp_hook_set;
struct ovpp_ring;

#define OVPP_SITES_MAX 64
#define OVPP_DERS_MAX 1000

/**
 * struct ovpp_dispatch_entry - a dispatch as the site holds it
 * @d: what the engine steps; the loop's once submitted
 * @done: called once by the site's @end_work when it has ended, with the site's
 *	answer: 0, -ESTALE, -ECANCELED, -ETIMEDOUT or -ENODEV; NULL if nobody
 *	waits. Process context, no lock held; the entry is freed after it.
 * @arg: for @done
 * @node: in site->evicted, once a newer dispatch has taken its place
 * @reported: its end is in the ring; the loop's
 * @told: @done was called, or nobody waits; under site->lock
 * @block: its blocks
 */
struct ovpp_dispatch_entry {
	struct ovpp_dispatch d;
	void (*done)(struct ovpp_dispatch_entry *entry, int result);
	void *arg;
	struct list_head node;
	bool reported;
	bool told;
	struct ovpp_block block[];
};

/**
 * struct ovpp_site - a site
 * @ref: references; the table holds one
 * @id: id, unique while the module is loaded
 * @name: unique in its namespace
 * @net: its namespace; not counted: pernet exit deletes the site first
 * @lock: see above
 * @dead: under @lock
 * @buses: under @lock
 * @ders: by id, ascending; the engine's array holds their ctl in the same order
 * @n_ders: length
 * @der_ids: DER by id for whoever is not the loop: changed under @lock, read under RCU
 * @next_bus: id of the next bus
 * @next_der: id of the next DER
 * @next_dispatch: id of the next dispatch
 * @sample_ms: spacing of sample records
 * @sampled_ns: when the present round of samples began; the loop's
 * @reported_ns: when a missed deadline was last reported; the loop's
 * @wake_max_ns: since the last site record; the loop's
 * @tick_max_ns: likewise
 * @sample_next: DER that is sampled next in this round; the loop's
 * @first_tx: DER that the next tick sends for first; the loop's
 * @state: copy of eng.lease.state for readers; WRITE_ONCE() by the loop
 * @heartbeat_ns: newest heartbeat not yet seen by the loop; 0: none
 * @setpoints: setpoints taken; the loop's
 * @heartbeats: the loop's
 * @fail_safes: the loop's
 * @owner: who sends the heartbeat: a file or a netlink port; NULL: nobody.
 *	Changed by cmpxchg().
 * @eng: control state; the loop's alone
 * @evicted: ended dispatches that gave way before they were told of; under @lock
 * @loop: timer and thread
 * @ring: records
 * @end_work: tells waiters of dispatches that ended
 * @event_work: sends events from the ring to the multicast group
 * @event_cursor: next record that it looks at
 * @event_lost: records that it found overwritten since the last event it sent
 * @hooks: attached hooks, see hook.h
 * @hook_set: their programs; under RCU
 * @dev: the character device's device
 */
struct ovpp_site {
	struct kref ref;
	u32 id;
	char name[OPENVPP_NAME_MAX + 1];
	struct net *net;
	struct mutex lock;
	bool dead;
	struct list_head buses;
	struct ovpp_der **ders;
	unsigned int n_ders;
	struct xarray der_ids;
	u32 next_bus;
	u32 next_der;
	u32 next_dispatch;

	u32 sample_ms;
	u64 sampled_ns;
	unsigned int sample_next;
	u64 reported_ns;
	u32 wake_max_ns;
	u32 tick_max_ns;
	unsigned int first_tx;
	u8 state;
	atomic64_t heartbeat_ns;
	u64 setpoints;
	u64 heartbeats;
	u64 fail_safes;
	void *owner;

	struct ovpp_engine eng;
	struct list_head evicted;
	struct ovpp_loop loop;
	struct ovpp_ring *ring;
	struct work_struct end_work;
	struct work_struct event_work;
	u64 event_cursor;
	u64 event_lost;
	struct list_head hooks;
	struct ovpp_hook_set __rcu *hook_set;
	struct device *dev;
};

/**
 * struct ovpp_site_config - parameters of a site, as given
 * @set: which of them are given, OVPP_SITE_SET_*; the others keep their values
 * @name: its name; of a new site
 * @period_ns: control period
 * @cpu: CPU of the loop; -1: the module chooses
 * @priority: SCHED_FIFO priority of the loop
 * @ring_records: size of the ring; of a new site
 * @sample_ms: spacing of samples
 * @heartbeat_ms: see struct ovpp_lease_config
 * @fallback_ms: likewise
 * @grace_ms: likewise
 */
struct ovpp_site_config {
	u32 set;
	const char *name;
	u64 period_ns;
	s32 cpu;
	u32 priority;
	u32 ring_records;
	u32 sample_ms;
	u32 heartbeat_ms;
	u32 fallback_ms;
	u32 grace_ms;
};

#define OVPP_SITE_SET_PERIOD BIT(0)
#define OVPP_SITE_SET_CPU BIT(1)
#define OVPP_SITE_SET_PRIORITY BIT(2)
#define OVPP_SITE_SET_RING BIT(3)
#define OVPP_SITE_SET_SAMPLE BIT(4)
#define OVPP_SITE_SET_HEARTBEAT BIT(5)
#define OVPP_SITE_SET_FALLBACK BIT(6)
#define OVPP_SITE_SET_GRACE BIT(7)

/**
 * struct ovpp_site_status - what the loop knows, at one moment
 * @now: that moment
 * @lease: state of the lease
 * @lease_end_ns: when the state ends by itself; 0: never
 * @has_target: @target_mw is in force
 * @target_mw: PCC target
 * @demand_mw: sum asked of the controllable DER
 * @load_mw: what flows to everything else
 * @has_pcc: there is a PCC meter
 * @pcc: its power
 * @pcc_f: its frequency
 * @stats: of the loop
 * @setpoints: taken
 * @heartbeats: taken
 * @fail_safes: times that fail-safe or fault was entered
 * @clamps: commands that the envelope changed
 */
struct ovpp_site_status {
	u64 now;
	struct ovpp_lease lease;
	u64 lease_end_ns;
	bool has_target;
	s64 target_mw;
	s64 demand_mw;
	s64 load_mw;
	bool has_pcc;
	struct ovpp_value pcc;
	struct ovpp_value pcc_f;
	struct ovpp_loop_stats stats;
	u64 setpoints;
	u64 heartbeats;
	u64 fail_safes;
	u64 clamps;
};

int ovpp_site_init(void);
void ovpp_site_exit(void);

/* Process context, no lock held. The new site's reference is the caller's to put. */
struct ovpp_site *ovpp_site_new(struct net *net,
				const struct ovpp_site_config *cfg,
				struct netlink_ext_ack *extack);
/* Refused with -EPERM while the envelope is locked. No lock held. */
int ovpp_site_del(struct ovpp_site *site, struct netlink_ext_ack *extack);

/**
 * ovpp_site_find() - a site with a reference taken
 * @net: namespace
 * @id: id, used where @name is NULL
 * @name: name or NULL
 *
 * Return: site, or NULL.
 */
struct ovpp_site *ovpp_site_find(struct net *net, u32 id, const char *name);
/* The site with the least id >= @id in @net, for dumps; NULL: no more. */
struct ovpp_site *ovpp_site_next(struct net *net, u32 id);
/* By id in any namespace, for the character device, whose nodes have rights of their own. */
struct ovpp_site *ovpp_site_by_minor(u32 id);
void ovpp_site_put(struct ovpp_site *site);

/* All below: process context, under site->lock, on a site that is not dead. */
int ovpp_site_set(struct ovpp_site *site, const struct ovpp_site_config *cfg,
		  struct netlink_ext_ack *extack);
int ovpp_site_set_policy(struct ovpp_site *site,
			 const struct ovpp_site_policy *policy,
			 struct netlink_ext_ack *extack);
int ovpp_site_set_envelope(struct ovpp_site *site,
			   const struct ovpp_site_envelope *envelope,
			   struct netlink_ext_ack *extack);
void ovpp_site_lock_envelope(struct ovpp_site *site);
void ovpp_site_status(struct ovpp_site *site, struct ovpp_site_status *st);
void ovpp_site_reset_stats(struct ovpp_site *site);

/**
 * ovpp_dispatch_alloc() - room for a dispatch
 * @blocks: number of blocks, 1 to OPENVPP_BLOCK_MAX
 *
 * Return: entry whose d.block points at its blocks, or NULL.
 */
struct ovpp_dispatch_entry *ovpp_dispatch_alloc(unsigned int blocks);
void ovpp_dispatch_free(struct ovpp_dispatch_entry *entry);

/**
 * ovpp_site_submit() - take a dispatch
 * @site: site
 * @entry: blocks, der, done and arg filled in. Each block's end_ns holds its
 *	length in ns; a start_ns of 0 stands for now, or the end of the block
 *	before. Both are resolved here. The site's from here on if 0 is returned.
 * @extack: what is wrong with it
 *
 * Return: 0 with entry->d.id set; -EAGAIN while no heartbeat is alive; -EINVAL,
 * -ERANGE, -ETIME, -ENOENT, -EBUSY.
 */
int ovpp_site_submit(struct ovpp_site *site, struct ovpp_dispatch_entry *entry,
		     struct netlink_ext_ack *extack);
/* -ENOENT if there is none or it has ended. */
int ovpp_site_withdraw(struct ovpp_site *site, u32 id);
/*
 * Copies the dispatch with the least id >= @id. @block is room for
 * OPENVPP_BLOCK_MAX blocks, or NULL.
 */
int ovpp_site_dispatch(struct ovpp_site *site, u32 id, struct ovpp_dispatch *d,
		       struct ovpp_block *block);

/**
 * ovpp_site_heartbeat() - renew the lease
 * @site: site
 * @owner: who does: any pointer-sized name that is unique to the sender
 *
 * Context: any but NMI; no lock needed.
 *
 * Return: 0, or -EBUSY when another one owns the heartbeat.
 */
int ovpp_site_heartbeat(struct ovpp_site *site, void *owner);
/* The owner is gone; the lease runs on to its end. Any process context. */
void ovpp_site_disown(struct ovpp_site *site, void *owner);

/*
 * An event into the ring, to the multicast group and to the programs of hooks.
 * Context: any but hard interrupt and NMI.
 */
void ovpp_site_event(struct ovpp_site *site, u32 code, u32 bus, u32 der,
		     s64 arg);
/* The same for what hooks do or what happens to them: no program is told. */
void ovpp_site_report(struct ovpp_site *site, u32 code, u32 bus, u32 der,
		      s64 arg);

/* Takes in a heartbeat that came since the last tick, with its own time. Context: the loop. */
void ovpp_site_take_heartbeat(struct ovpp_site *site);
/* One tick, called by the loop's thread (tick.c). */
void ovpp_site_tick(struct ovpp_site *site, u64 now);

/* dispatch.c: reports each dispatch that has ended, once. Context: the loop. */
void ovpp_dispatch_report_ended(struct ovpp_site *site, u64 now);
/* dispatch.c: tells the waiters of ended dispatches; site->end_work's function. */
void ovpp_dispatch_tell(struct work_struct *work);
/* Ends and frees all dispatches of a dead site whose loop has stopped. No lock held. */
void ovpp_dispatch_end_all(struct ovpp_site *site);

#endif /* OVPP_SITE_H */
