// SPDX-License-Identifier: GPL-2.0-only
/* A site's life: table, references, parameters, owner of the heartbeat, death. */

#include <linux/cpumask.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/netns/generic.h>

#include "bus.h"
#include "chrdev.h"
#include "der.h"
#include "hook.h"
#include "netlink.h"
#include "ring.h"
#include "site.h"
#include "trace.h"

/*
 * All sites by id. The xarray's own lock covers the table and, in look-ups, the
 * taking of the reference.
 */
static DEFINE_XARRAY_ALLOC(ovpp_sites);

/* Sites come and go one at a time: names stay unique, deaths orderly. */
static DEFINE_MUTEX(ovpp_sites_lock);

/* References and look-ups */

static void ovpp_site_free(struct kref *ref)
{
	struct ovpp_site *site = container_of(ref, struct ovpp_site, ref);

	if (site->ring)
		ovpp_ring_put(site->ring);
	xa_destroy(&site->der_ids);
	kvfree(site->ders);
	mutex_destroy(&site->lock);
	kfree(site);
}

void ovpp_site_put(struct ovpp_site *site)
{
	kref_put(&site->ref, ovpp_site_free);
}

struct ovpp_site *ovpp_site_by_minor(u32 id)
{
	struct ovpp_site *site;

	xa_lock(&ovpp_sites);
	site = xa_load(&ovpp_sites, id);
	if (site)
		kref_get(&site->ref);
	xa_unlock(&ovpp_sites);
	return site;
}

struct ovpp_site *ovpp_site_next(struct net *net, u32 id)
{
	struct ovpp_site *site;
	unsigned long index;

	xa_lock(&ovpp_sites);
	xa_for_each_start(&ovpp_sites, index, site, id)
		if (net_eq(site->net, net)) {
			kref_get(&site->ref);
			break;
		}
	xa_unlock(&ovpp_sites);
	return site;
}

struct ovpp_site *ovpp_site_find(struct net *net, u32 id, const char *name)
{
	struct ovpp_site *site;
	unsigned long index;

	xa_lock(&ovpp_sites);
	xa_for_each(&ovpp_sites, index, site)
		if (net_eq(site->net, net) &&
		    (name ? !strcmp(site->name, name) : site->id == id)) {
			kref_get(&site->ref);
			break;
		}
	xa_unlock(&ovpp_sites);
	return site;
}

/* Parameters */

/**
 * struct ovpp_site_change - new parameters on their way into the engine
 * @lease: times of the lease, or NULL to let them stay
 * @policy: policy, or NULL
 * @envelope: envelope, or NULL
 * @sample_ms: spacing of samples
 */
struct ovpp_site_change {
	const struct ovpp_lease_config *lease;
	const struct ovpp_site_policy *policy;
	const struct ovpp_site_envelope *envelope;
	u32 sample_ms;
};

static int ovpp_site_change(struct ovpp_site *site, void *arg)
{
	const struct ovpp_site_change *c = arg;

	if (c->lease)
		site->eng.lease.config = *c->lease;
	if (c->policy)
		site->eng.policy = *c->policy;
	if (c->envelope)
		site->eng.envelope = *c->envelope;
	site->sample_ms = c->sample_ms;
	return 0;
}

static bool ovpp_site_set_loop(struct ovpp_site *site,
			       const struct ovpp_site_config *cfg)
{
	struct ovpp_loop *loop = &site->loop;
	struct ovpp_loop old = *loop;

	if (cfg->set & OVPP_SITE_SET_PERIOD)
		loop->period_ns = cfg->period_ns;
	if (cfg->set & OVPP_SITE_SET_PRIORITY)
		loop->priority = cfg->priority;
	if (cfg->set & OVPP_SITE_SET_CPU)
		/* The last CPU is the one that integrators isolate first. */
		loop->cpu = cfg->cpu < 0 ? cpumask_last(cpu_online_mask) :
					   cfg->cpu;
	return loop->period_ns != old.period_ns || loop->cpu != old.cpu ||
	       loop->priority != old.priority;
}

static int ovpp_site_check(const struct ovpp_site_config *cfg,
			   struct netlink_ext_ack *extack)
{
	if (cfg->set & OVPP_SITE_SET_CPU && cfg->cpu >= 0 &&
	    (cfg->cpu >= nr_cpu_ids || !cpu_online(cfg->cpu))) {
		NL_SET_ERR_MSG_FMT(extack, "cpu %d is not online", cfg->cpu);
		return -EINVAL;
	}
	if (cfg->set & OVPP_SITE_SET_RING &&
	    !is_power_of_2(cfg->ring_records)) {
		NL_SET_ERR_MSG(extack, "ring-records is not a power of two");
		return -EINVAL;
	}
	return 0;
}

/*
 * A new period, CPU or priority restarts the thread; control state stays. If the
 * new thread cannot be had the old parameters are taken up again.
 */
static int ovpp_site_move_loop(struct ovpp_site *site,
			       const struct ovpp_site_config *cfg,
			       struct netlink_ext_ack *extack)
{
	u64 period_ns = site->loop.period_ns;
	u32 priority = site->loop.priority;
	int cpu = site->loop.cpu;
	struct ovpp_bus *bus;
	int err;

	ovpp_loop_stop(site);
	ovpp_site_set_loop(site, cfg);
	err = ovpp_loop_start(site);
	if (!err) {
		list_for_each_entry(bus, &site->buses, node)
			if (bus->ops->prioritise)
				bus->ops->prioritise(bus);
		return 0;
	}

	NL_SET_ERR_MSG(extack, "cannot start the loop with these parameters");
	site->loop.period_ns = period_ns;
	site->loop.priority = priority;
	site->loop.cpu = cpu;
	if (ovpp_loop_start(site))
		pr_err("openvpp: site %s has no loop any more\n", site->name);
	return err;
}

static void ovpp_lease_overlay(struct ovpp_lease_config *lease,
			       const struct ovpp_site_config *cfg)
{
	if (cfg->set & OVPP_SITE_SET_HEARTBEAT)
		lease->heartbeat_ms = cfg->heartbeat_ms;
	if (cfg->set & OVPP_SITE_SET_FALLBACK)
		lease->fallback_ms = cfg->fallback_ms;
	if (cfg->set & OVPP_SITE_SET_GRACE)
		lease->grace_ms = cfg->grace_ms;
}

int ovpp_site_set(struct ovpp_site *site, const struct ovpp_site_config *cfg,
		  struct netlink_ext_ack *extack)
{
	struct ovpp_lease_config lease = site->eng.lease.config;
	struct ovpp_site_change change = {
		.lease = &lease,
		.sample_ms = cfg->set & OVPP_SITE_SET_SAMPLE ? cfg->sample_ms :
							       site->sample_ms,
	};
	const u32 loop = OVPP_SITE_SET_PERIOD | OVPP_SITE_SET_CPU |
			 OVPP_SITE_SET_PRIORITY;
	int err;

	lockdep_assert_held(&site->lock);

	err = ovpp_site_check(cfg, extack);
	if (err)
		return err;
	if (cfg->set & loop) {
		err = ovpp_site_move_loop(site, cfg, extack);
		if (err)
			return err;
	}
	ovpp_lease_overlay(&lease, cfg);
	return ovpp_loop_call(site, ovpp_site_change, &change);
}

int ovpp_site_set_policy(struct ovpp_site *site,
			 const struct ovpp_site_policy *policy,
			 struct netlink_ext_ack *extack)
{
	struct ovpp_site_change change = {
		.policy = policy,
		.sample_ms = site->sample_ms,
	};

	lockdep_assert_held(&site->lock);

	if (ovpp_site_policy_check(policy)) {
		NL_SET_ERR_MSG(extack, "a power is beyond what can be");
		return -ERANGE;
	}
	ovpp_loop_call(site, ovpp_site_change, &change);
	ovpp_site_event(site, OVPP_EVENT_POLICY_CHANGED, 0, 0, 0);
	return 0;
}

int ovpp_site_set_envelope(struct ovpp_site *site,
			   const struct ovpp_site_envelope *envelope,
			   struct netlink_ext_ack *extack)
{
	struct ovpp_site_change change = {
		.envelope = envelope,
		.sample_ms = site->sample_ms,
	};
	int err;

	lockdep_assert_held(&site->lock);

	if (site->eng.envelope.locked) {
		NL_SET_ERR_MSG(extack, "the envelope is locked until the module is unloaded");
		return -EPERM;
	}
	err = ovpp_site_envelope_check(envelope);
	if (err) {
		NL_SET_ERR_MSG(extack, "a least value is above its greatest, or too great");
		return err;
	}
	ovpp_loop_call(site, ovpp_site_change, &change);
	ovpp_site_event(site, OVPP_EVENT_ENVELOPE_CHANGED, 0, 0, 0);
	return 0;
}

void ovpp_site_lock_envelope(struct ovpp_site *site)
{
	struct ovpp_site_envelope envelope = site->eng.envelope;
	struct ovpp_site_change change = {
		.envelope = &envelope,
		.sample_ms = site->sample_ms,
	};

	lockdep_assert_held(&site->lock);

	if (envelope.locked)
		return;
	envelope.locked = true;
	ovpp_loop_call(site, ovpp_site_change, &change);
	ovpp_site_event(site, OVPP_EVENT_ENVELOPE_LOCKED, 0, 0, 0);
}

/* State and statistics */

static int ovpp_site_look(struct ovpp_site *site, void *arg)
{
	const struct ovpp_engine *eng = &site->eng;
	struct ovpp_site_status *st = arg;

	memset(st, 0, sizeof(*st));
	st->now = ktime_get_ns();
	st->lease = eng->lease;
	st->lease_end_ns = ovpp_lease_end(&eng->lease);
	st->has_target = ovpp_engine_has_target(eng);
	st->target_mw = eng->control.target_mw;
	st->demand_mw = eng->control.demand_mw;
	st->load_mw = eng->control.load_mw;
	if (eng->pcc) {
		struct ovpp_der *pcc = container_of(eng->pcc, struct ovpp_der,
						    ctl);
		unsigned long flags;

		st->has_pcc = true;
		raw_spin_lock_irqsave(&pcc->lock, flags);
		st->pcc = pcc->image.point[OVPP_POINT_P];
		st->pcc_f = pcc->image.point[OVPP_POINT_F];
		raw_spin_unlock_irqrestore(&pcc->lock, flags);
	}
	st->stats = site->loop.stats;
	st->setpoints = site->setpoints;
	st->heartbeats = site->heartbeats;
	st->fail_safes = site->fail_safes;
	st->clamps = eng->clamps;
	return 0;
}

void ovpp_site_status(struct ovpp_site *site, struct ovpp_site_status *st)
{
	lockdep_assert_held(&site->lock);

	ovpp_loop_call(site, ovpp_site_look, st);
}

static int ovpp_site_zero(struct ovpp_site *site, void *arg)
{
	ovpp_hist_init(&site->loop.stats.wake_ns);
	ovpp_hist_init(&site->loop.stats.tick_ns);
	ovpp_hist_init(&site->loop.stats.trigger_ns);
	return 0;
}

void ovpp_site_reset_stats(struct ovpp_site *site)
{
	lockdep_assert_held(&site->lock);

	ovpp_loop_call(site, ovpp_site_zero, NULL);
}

static void ovpp_event_fill(struct ovpp_site *site, struct ovpp_record *rec,
			    u32 code, u32 bus, u32 der, s64 arg)
{
	u64 now = ktime_get_ns();

	*rec = (struct ovpp_record){
		.mono_ns = now,
		.real_ns = ktime_to_ns(ktime_mono_to_real(now)),
		.type = OVPP_RECORD_EVENT,
		.site = site->id,
		.der = der,
		.event = {
			.arg = arg,
			.code = code,
			.bus = bus,
		},
	};
}

static void ovpp_event_write(struct ovpp_site *site,
			     const struct ovpp_record *rec)
{
	const struct ovpp_event *event = &rec->event;

	ovpp_ring_write(site->ring, rec);
	trace_ovpp_event(site->id, event->code, event->bus, rec->der,
			 event->arg);
	queue_work(system_unbound_wq, &site->event_work);
}

void ovpp_site_report(struct ovpp_site *site, u32 code, u32 bus, u32 der,
		      s64 arg)
{
	struct ovpp_record rec;

	ovpp_event_fill(site, &rec, code, bus, der, arg);
	ovpp_event_write(site, &rec);
}

void ovpp_site_event(struct ovpp_site *site, u32 code, u32 bus, u32 der,
		     s64 arg)
{
	struct ovpp_record rec;

	ovpp_event_fill(site, &rec, code, bus, der, arg);
	ovpp_event_write(site, &rec);
	if (ovpp_hook_at(OVPP_HOOK_EVENT))
		ovpp_hook_event(site, &rec);
}

/* Heartbeat */

int ovpp_site_heartbeat(struct ovpp_site *site, void *owner)
{
	void *old = cmpxchg(&site->owner, NULL, owner);

	if (old && old != owner)
		return -EBUSY;
	if (!old)
		ovpp_site_event(site, OVPP_EVENT_OWNER_CHANGED, 0, 0, 1);
	atomic64_set(&site->heartbeat_ns, ktime_get_ns());
	return 0;
}

void ovpp_site_disown(struct ovpp_site *site, void *owner)
{
	if (cmpxchg(&site->owner, owner, NULL) == owner)
		ovpp_site_event(site, OVPP_EVENT_OWNER_CHANGED, 0, 0, 0);
}

/* Birth, but for ovpp_site_new(), which may have to end what it began */

static const struct ovpp_site_config ovpp_site_defaults = {
	.period_ns = NSEC_PER_MSEC,
	.cpu = -1,
	.priority = 80,
	.ring_records = 16384,
	.sample_ms = 1000,
	.heartbeat_ms = 2000,
	.set = OVPP_SITE_SET_PERIOD | OVPP_SITE_SET_CPU |
	       OVPP_SITE_SET_PRIORITY | OVPP_SITE_SET_SAMPLE |
	       OVPP_SITE_SET_HEARTBEAT | OVPP_SITE_SET_FALLBACK |
	       OVPP_SITE_SET_GRACE,
};

static void ovpp_site_apply(struct ovpp_site *site,
			    const struct ovpp_site_config *cfg)
{
	ovpp_site_set_loop(site, cfg);
	ovpp_lease_overlay(&site->eng.lease.config, cfg);
	if (cfg->set & OVPP_SITE_SET_SAMPLE)
		site->sample_ms = cfg->sample_ms;
}

static struct ovpp_site *ovpp_site_alloc(struct net *net,
					 const struct ovpp_site_config *cfg)
{
	struct ovpp_site *site;

	site = kzalloc(sizeof(*site), GFP_KERNEL);
	if (!site)
		return NULL;
	kref_init(&site->ref);
	mutex_init(&site->lock);
	INIT_LIST_HEAD(&site->buses);
	INIT_LIST_HEAD(&site->evicted);
	INIT_LIST_HEAD(&site->hooks);
	ovpp_hook_site_init(site);
	xa_init(&site->der_ids);
	INIT_WORK(&site->end_work, ovpp_dispatch_tell);
	INIT_WORK(&site->event_work, ovpp_netlink_events);
	strscpy(site->name, cfg->name, sizeof(site->name));
	site->net = net;
	site->next_bus = 1;
	site->next_der = 1;
	site->next_dispatch = 1;
	ovpp_engine_init(&site->eng, ktime_get_ns());
	site->state = site->eng.lease.state;
	ovpp_site_apply(site, &ovpp_site_defaults);
	ovpp_site_apply(site, cfg);
	ovpp_site_zero(site, NULL);
	return site;
}

/* Gives the site its id, ring and loop, then lets look-ups find it. */
static int ovpp_site_publish(struct ovpp_site *site,
			     const struct ovpp_site_config *cfg,
			     struct netlink_ext_ack *extack)
{
	u32 records = cfg->set & OVPP_SITE_SET_RING ?
			      cfg->ring_records :
			      ovpp_site_defaults.ring_records;
	int err;

	lockdep_assert_held(&ovpp_sites_lock);

	/* Only the id is taken: look-ups find nothing there yet. */
	err = xa_alloc(&ovpp_sites, &site->id, NULL,
		       XA_LIMIT(0, OVPP_SITES_MAX - 1), GFP_KERNEL);
	if (err) {
		if (err == -EBUSY)
			NL_SET_ERR_MSG_FMT(extack, "there are at most %u sites",
					   OVPP_SITES_MAX);
		return err;
	}

	err = -ENOMEM;
	site->ring = ovpp_ring_new(records, site->id);
	if (!site->ring)
		goto err_id;

	mutex_lock(&site->lock);
	err = ovpp_loop_start(site);
	mutex_unlock(&site->lock);
	if (err) {
		NL_SET_ERR_MSG(extack, "cannot start the loop with these parameters");
		goto err_id;
	}

	ovpp_site_event(site, OVPP_EVENT_SITE_ADDED, 0, 0, 0);
	kref_get(&site->ref); /* the table's */
	xa_store(&ovpp_sites, site->id, site, GFP_KERNEL);
	return 0;

err_id:
	xa_erase(&ovpp_sites, site->id);
	return err;
}

/* Death */

/*
 * Sends every DER to its safe value, at once. Runs when the loop has stopped: no tick
 * that follows tells them otherwise.
 */
static void ovpp_site_part(struct ovpp_site *site)
{
	unsigned int i;

	for (i = 0; i < site->n_ders; i++) {
		struct ovpp_der *der = site->ders[i];

		if (!ovpp_der_controllable(&der->ctl))
			continue;
		der->ctl.p_cmd_mw = ovpp_der_safe(&der->ctl);
		der->ctl.run = ovpp_der_safe(&der->ctl);
		der->ctl.held = true;
		ovpp_der_send(der, ktime_get_ns());
	}
}

/*
 * Stops all that goes on in the site. The loop stops first, since it sends on the
 * buses, which get a moment to carry out the last commands; then the DER go, then
 * the buses.
 */
static void ovpp_site_stop(struct ovpp_site *site)
{
	struct ovpp_bus *bus, *next;
	unsigned int i;

	lockdep_assert_held(&site->lock);

	ovpp_loop_stop(site);
	ovpp_site_part(site);
	list_for_each_entry(bus, &site->buses, node)
		ovpp_bus_settle(bus, NULL);
	for (i = 0; i < site->n_ders; i++)
		ovpp_der_release(site->ders[i]);
	site->n_ders = 0;
	site->eng.n = 0;
	site->eng.n_order = 0;
	site->eng.pcc = NULL;
	list_for_each_entry_safe(bus, next, &site->buses, node)
		ovpp_bus_del(bus, NULL);
	ovpp_site_event(site, OVPP_EVENT_SITE_REMOVED, 0, 0, 0);
}

/*
 * @force: without regard to a locked envelope, because its namespace or the
 * module goes.
 */
static int ovpp_site_kill(struct ovpp_site *site, bool force,
			  struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&ovpp_sites_lock);
	rtnl_lock();
	mutex_lock(&site->lock);
	if (site->dead) {
		NL_SET_ERR_MSG(extack, "the site is being removed");
		err = -ENODEV;
	} else if (site->eng.envelope.locked && !force) {
		NL_SET_ERR_MSG(extack, "the envelope is locked: the site stays");
		err = -EPERM;
	} else {
		xa_erase(&ovpp_sites, site->id);
		site->dead = true;
		ovpp_hook_site_gone(site);
		ovpp_site_stop(site);
	}
	mutex_unlock(&site->lock);
	rtnl_unlock();
	if (!err) /* before the next site can get its number */
		ovpp_chrdev_del(site);
	mutex_unlock(&ovpp_sites_lock);
	if (err)
		return err;

	/* What is left waits for nobody but holds references: let them go. */
	disable_work_sync(&site->end_work);
	ovpp_dispatch_end_all(site);
	/* Events so far go out; later ones (a file that is closed) find nobody. */
	flush_work(&site->event_work);
	disable_work_sync(&site->event_work);
	ovpp_ring_close(site->ring);
	ovpp_site_put(site); /* the table's */
	return 0;
}

struct ovpp_site *ovpp_site_new(struct net *net,
				const struct ovpp_site_config *cfg,
				struct netlink_ext_ack *extack)
{
	struct ovpp_site *site, *other;
	bool published = false;
	int err;

	err = ovpp_site_check(cfg, extack);
	if (err)
		return ERR_PTR(err);
	site = ovpp_site_alloc(net, cfg);
	if (!site)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&ovpp_sites_lock);
	other = ovpp_site_find(net, 0, cfg->name);
	if (other) {
		NL_SET_ERR_MSG(extack, "a site of this name is there already");
		ovpp_site_put(other);
		err = -EEXIST;
	} else {
		err = ovpp_site_publish(site, cfg, extack);
		published = !err;
	}
	/* The node comes last: who opens it finds its site. */
	if (published)
		err = ovpp_chrdev_add(site);
	mutex_unlock(&ovpp_sites_lock);

	if (err) {
		if (published)
			ovpp_site_kill(site, true, NULL);
		ovpp_site_put(site);
		return ERR_PTR(err);
	}
	return site;
}

int ovpp_site_del(struct ovpp_site *site, struct netlink_ext_ack *extack)
{
	return ovpp_site_kill(site, false, extack);
}

/* Kills all sites of @net, or of every namespace if it is NULL. */
static void ovpp_site_kill_all(struct net *net)
{
	struct ovpp_site *site;

	for (;;) {
		unsigned long index;

		xa_lock(&ovpp_sites);
		xa_for_each(&ovpp_sites, index, site)
			if (!net || net_eq(site->net, net)) {
				kref_get(&site->ref);
				break;
			}
		xa_unlock(&ovpp_sites);
		if (!site)
			return;
		ovpp_site_kill(site, true, NULL);
		ovpp_site_put(site);
	}
}

static void __net_exit ovpp_site_net_exit(struct net *net)
{
	ovpp_site_kill_all(net);
}

static struct pernet_operations ovpp_site_net_ops = {
	.pre_exit = ovpp_site_net_exit,
};

int ovpp_site_init(void)
{
	return register_pernet_subsys(&ovpp_site_net_ops);
}

/* Netlink is gone, so no new site comes. */
void ovpp_site_exit(void)
{
	ovpp_site_kill_all(NULL);
	unregister_pernet_subsys(&ovpp_site_net_ops);
	xa_destroy(&ovpp_sites);
}
