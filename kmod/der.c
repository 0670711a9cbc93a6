// SPDX-License-Identifier: GPL-2.0-only
/* A DER's life, its process image and its frames. */

#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "bus.h"
#include "core/modbus.h"
#include "der.h"
#include "hook_call.h"
#include "profile.h"
#include "site.h"
#include "trace.h"

/* The promise of at most 2 KiB a DER leaves the rest for its messages. */
static_assert(sizeof(struct ovpp_der) <= 1408);

static struct kmem_cache *ovpp_der_cache;
static struct workqueue_struct *ovpp_der_wq; /* frees DER */

/* The look of a tick, and what it leaves for others to see */

static void ovpp_der_changed(struct ovpp_der *der, s64 alarm)
{
	u8 supervision = der->ctl.supervision;

	if (supervision == OVPP_SUPERVISION_SILENT)
		der->stats.silences++;
	ovpp_site_event(der->site, OVPP_EVENT_DER_SUPERVISION, der->bus->id,
			der->ctl.id, supervision);
	if (supervision == OVPP_SUPERVISION_ALARMED)
		ovpp_site_event(der->site, OVPP_EVENT_DER_ALARM, der->bus->id,
				der->ctl.id, alarm);
}

void ovpp_der_look(struct ovpp_der *der, u64 now)
{
	unsigned long flags;
	bool changed;
	s64 alarm;

	der->ctl.reachable = READ_ONCE(der->bus->state) == OVPP_BUS_STATE_UP;

	raw_spin_lock_irqsave(&der->lock, flags);
	/* The last tick's command: no reader sees one that was never sent for. */
	der->shown.p_cmd_mw = der->ctl.p_cmd_mw;
	der->shown.safe_mw = ovpp_der_safe(&der->ctl);
	der->ctl.reflex = der->reflex_ns > now;
	changed = ovpp_der_sense(&der->ctl, &der->image, now);
	der->shown.supervision = der->ctl.supervision;
	alarm = der->image.point[OVPP_POINT_ALARM].value;
	raw_spin_unlock_irqrestore(&der->lock, flags);

	if (changed)
		ovpp_der_changed(der, alarm);
}

static struct ovpp_value ovpp_der_capture(struct ovpp_der *der,
					  unsigned int point)
{
	struct ovpp_value v;
	unsigned long flags;

	raw_spin_lock_irqsave(&der->lock, flags);
	v = der->image.point[point];
	raw_spin_unlock_irqrestore(&der->lock, flags);
	return v;
}

u8 ovpp_der_value(struct ovpp_der *der, unsigned int point, u64 now,
		  s64 *value)
{
	struct ovpp_value v = ovpp_der_capture(der, point);
	u8 quality = ovpp_value_quality(&v, now);

	*value = quality == OVPP_QUALITY_GOOD || quality == OVPP_QUALITY_STALE ?
			 v.value : 0;
	return quality;
}

void ovpp_der_point(struct ovpp_der *der, unsigned int point,
		    struct ovpp_hook_value *out)
{
	struct ovpp_value v = ovpp_der_capture(der, point);
	u64 now = ktime_get_ns();

	out->quality = ovpp_value_quality(&v, now);
	if (out->quality == OVPP_QUALITY_GOOD ||
	    out->quality == OVPP_QUALITY_STALE)
		out->value = v.value;
	if (v.time_ns && now > v.time_ns)
		out->age_ns = now - v.time_ns;
	out->seq = v.seq;
}

void ovpp_der_show(struct ovpp_der *der, struct ovpp_hook_der *out)
{
	unsigned long flags;

	out->id = der->ctl.id;
	out->bus = der->bus->id;
	out->node = der->node;
	out->kind = READ_ONCE(der->ctl.kind);
	out->controllable = ovpp_der_controllable(&der->ctl);
	raw_spin_lock_irqsave(&der->lock, flags);
	out->supervision = der->shown.supervision;
	out->p_cmd_mw = der->shown.p_cmd_mw;
	raw_spin_unlock_irqrestore(&der->lock, flags);
}

/* The engine's tables */

/**
 * struct ovpp_tables - what a site holds once per DER, in one allocation
 * @ders: by id
 * @ctl: the same, for the engine
 * @order: see struct ovpp_engine
 * @share: likewise
 * @n: number of DER
 * @n_order: number of controllable ones
 * @pcc: the PCC meter, or NULL
 */
struct ovpp_tables {
	struct ovpp_der **ders;
	struct ovpp_der_ctl **ctl;
	struct ovpp_der_ctl **order;
	struct ovpp_share **share;
	unsigned int n;
	unsigned int n_order;
	struct ovpp_der_ctl *pcc;
};

static int ovpp_tables_alloc(struct ovpp_tables *t, unsigned int n)
{
	void **mem;

	/* Never of no size, so that the tables of an empty site are no NULL. */
	mem = kvcalloc(n + 1, 4 * sizeof(*mem), GFP_KERNEL);
	if (!mem)
		return -ENOMEM;
	t->ders = (void *)mem;
	t->ctl = (void *)(mem + n);
	t->order = (void *)(mem + 2 * n);
	t->share = (void *)(mem + 3 * n);
	t->n = n;
	return 0;
}

/* Runs between two ticks: puts the tables of @arg in force. */
static int ovpp_tables_swap(struct ovpp_site *site, void *arg)
{
	const struct ovpp_tables *t = arg;

	site->ders = t->ders;
	site->n_ders = t->n;
	site->eng.der = t->ctl;
	site->eng.order = t->order;
	site->eng.share = t->share;
	site->eng.n = t->n;
	site->eng.n_order = t->n_order;
	site->eng.pcc = t->pcc;
	return 0;
}

/*
 * Puts new tables in force. Sorting happens here, outside the loop, on an engine
 * that has nothing but the tables; the loop only takes the pointers over.
 */
static void ovpp_tables_install(struct ovpp_site *site, struct ovpp_tables *t)
{
	struct ovpp_engine sorter = {
		.der = t->ctl,
		.order = t->order,
		.share = t->share,
		.n = t->n,
	};
	struct ovpp_der **old = site->ders;
	unsigned int i;

	for (i = 0; i < t->n; i++)
		t->ctl[i] = &t->ders[i]->ctl;
	ovpp_engine_order(&sorter);
	t->n_order = sorter.n_order;
	t->pcc = sorter.pcc;

	ovpp_loop_call(site, ovpp_tables_swap, t);
	kvfree(old);
}

/* Tables like the present ones, with @add behind them or without @remove. */
static int ovpp_tables_rebuild(struct ovpp_site *site, struct ovpp_der *add,
			       struct ovpp_der *remove)
{
	struct ovpp_tables t;
	unsigned int i, n = 0;
	int err;

	err = ovpp_tables_alloc(&t, site->n_ders + !!add - !!remove);
	if (err)
		return err;
	for (i = 0; i < site->n_ders; i++)
		if (site->ders[i] != remove)
			t.ders[n++] = site->ders[i];
	if (add)
		t.ders[n++] = add;
	ovpp_tables_install(site, &t);
	return 0;
}

/* Life */

struct ovpp_der *ovpp_der_find(struct ovpp_site *site, u32 id,
			       const char *name)
{
	unsigned int i;

	lockdep_assert_held(&site->lock);

	for (i = 0; i < site->n_ders; i++)
		if (name ? !strcmp(site->ders[i]->name, name) :
			   site->ders[i]->ctl.id == id)
			return site->ders[i];
	return NULL;
}

static unsigned int ovpp_count_messages(const struct ovpp_profile *prof,
					u8 tx)
{
	unsigned int i, n = 0;

	for (i = 0; i < prof->n_messages; i++)
		if ((prof->message[i].flags & OVPP_MESSAGE_TX) == tx)
			n++;
	return n;
}

static size_t ovpp_der_messages_size(const struct ovpp_der *der)
{
	return array_size(der->n_rx, sizeof(*der->rx)) +
	       array_size(der->n_tx, sizeof(*der->tx));
}

u32 ovpp_der_memory(const struct ovpp_der *der)
{
	return kmem_cache_size(ovpp_der_cache) +
	       kmalloc_size_roundup(ovpp_der_messages_size(der)) +
	       4 * sizeof(void *); /* its places in the tables */
}

/* Received and sent messages of the profile, in one allocation at der->rx. */
static int ovpp_der_add_messages(struct ovpp_der *der,
				 struct netlink_ext_ack *extack)
{
	const struct ovpp_profile *prof = der->profile;
	struct ovpp_rx *rx;
	struct ovpp_tx *tx;
	unsigned int i;
	int err;

	der->n_rx = ovpp_count_messages(prof, 0);
	der->n_tx = ovpp_count_messages(prof, OVPP_MESSAGE_TX);
	rx = kzalloc(ovpp_der_messages_size(der), GFP_KERNEL);
	if (!rx)
		return -ENOMEM;
	der->rx = rx;
	tx = (struct ovpp_tx *)(rx + der->n_rx);
	der->tx = tx;

	for (i = 0; i < prof->n_messages; i++) {
		const struct ovpp_message *msg = &prof->message[i];

		if (!(msg->flags & OVPP_MESSAGE_TX)) {
			rx->der = der;
			rx->msg = msg;
			rx++;
			continue;
		}
		tx->msg = msg;
		err = ovpp_message_id(msg, der->node, &tx->id);
		if (err) {
			NL_SET_ERR_MSG_FMT(extack,
					   "node %u moves identifier %#x out of range",
					   der->node, msg->id);
			return err;
		}
		if (msg->flags & OVPP_MESSAGE_FD && !der->bus->fd) {
			NL_SET_ERR_MSG(extack,
				       "profile sends CAN FD frames, the bus cannot");
			return -EOPNOTSUPP;
		}
		tx++;
	}
	return 0;
}

static void ovpp_der_free(struct ovpp_der *der)
{
	if (der->profile)
		ovpp_profile_put(der->profile);
	kfree(der->rx);
	kmem_cache_free(ovpp_der_cache, der);
}

/* Runs in a worker rather than in the RCU callback: the store has a mutex. */
static void ovpp_der_free_work(struct work_struct *work)
{
	struct ovpp_der *der =
		container_of(to_rcu_work(work), struct ovpp_der, rwork);

	ovpp_der_free(der);
}

static int ovpp_der_check(struct ovpp_site *site,
			  const struct ovpp_der_config *cfg,
			  struct netlink_ext_ack *extack)
{
	if (site->n_ders >= OVPP_DERS_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a site has at most %u DER",
				   OVPP_DERS_MAX);
		return -ENOSPC;
	}
	if (ovpp_der_find(site, 0, cfg->name)) {
		NL_SET_ERR_MSG(extack, "a DER of this name is there already");
		return -EEXIST;
	}
	if (cfg->pcc && site->eng.pcc) {
		NL_SET_ERR_MSG(extack, "the site has a PCC meter already");
		return -EEXIST;
	}
	return 0;
}

static int ovpp_der_check_profile(const struct ovpp_der *der, bool pcc,
				  struct netlink_ext_ack *extack)
{
	const struct ovpp_profile *prof = der->profile;

	if (prof->bus != der->bus->type) {
		NL_SET_ERR_MSG_FMT(extack, "profile is for %s",
				   prof->bus == OVPP_BUS_MODBUS ?
					   "modbus lines" :
					   "CAN buses");
		return -EINVAL;
	}
	if (prof->bus == OVPP_BUS_MODBUS &&
	    (der->node < OVPP_MODBUS_UNIT_MIN ||
	     der->node > OVPP_MODBUS_UNIT_MAX)) {
		NL_SET_ERR_MSG(extack, "node is the unit of a Modbus device, 1 to 247");
		return -ERANGE;
	}
	if (pcc && !(prof->measured & OVPP_POINT_BIT(OVPP_POINT_P))) {
		NL_SET_ERR_MSG(extack, "profile measures no active power");
		return -EINVAL;
	}
	return 0;
}

static struct ovpp_der *ovpp_der_alloc(struct ovpp_site *site,
				       const struct ovpp_der_config *cfg,
				       struct netlink_ext_ack *extack)
{
	struct ovpp_der *der;
	int err;

	der = kmem_cache_zalloc(ovpp_der_cache, GFP_KERNEL);
	if (!der)
		return ERR_PTR(-ENOMEM);
	raw_spin_lock_init(&der->lock);
	INIT_RCU_WORK(&der->rwork, ovpp_der_free_work);
	der->site = site;
	der->bus = cfg->bus;
	der->node = cfg->node;
	strscpy(der->name, cfg->name, sizeof(der->name));
	if (cfg->set & OVPP_DER_SET_SERIAL)
		strscpy(der->serial, cfg->serial, sizeof(der->serial));

	der->profile = ovpp_profile_get(cfg->profile);
	if (!der->profile) {
		NL_SET_ERR_MSG(extack, "no such profile");
		err = -ENOENT;
		goto err_free;
	}
	err = ovpp_der_check_profile(der, cfg->pcc, extack) ?:
	      ovpp_der_add_messages(der, extack);
	if (err)
		goto err_free;
	ovpp_der_ctl_init(&der->ctl, site->next_der, der->profile,
			  cfg->set & OVPP_DER_SET_KIND ? cfg->kind :
							 der->profile->kind,
			  cfg->pcc);
	if (cfg->set & OVPP_DER_SET_SAFE)
		der->ctl.envelope.safe_mw = ovpp_clamp_p(cfg->safe_mw);
	der->shown.safe_mw = ovpp_der_safe(&der->ctl);
	return der;

err_free:
	ovpp_der_free(der);
	return ERR_PTR(err);
}

/*
 * The DER is known to the loop before its first frame can come, so that nothing
 * comes for one that no tick looks at.
 */
struct ovpp_der *ovpp_der_new(struct ovpp_site *site,
			      const struct ovpp_der_config *cfg,
			      struct netlink_ext_ack *extack)
{
	struct ovpp_der *der;
	int err;

	lockdep_assert_held(&site->lock);

	err = ovpp_der_check(site, cfg, extack);
	if (err)
		return ERR_PTR(err);
	der = ovpp_der_alloc(site, cfg, extack);
	if (IS_ERR(der))
		return der;

	err = ovpp_bus_listen(der->bus, der, extack);
	if (err)
		goto err_free;
	err = xa_insert(&site->der_ids, der->ctl.id, der, GFP_KERNEL);
	if (err)
		goto err_unlisten;
	err = ovpp_tables_rebuild(site, der, NULL);
	if (err)
		goto err_erase;

	site->next_der++;
	der->bus->users++;
	ovpp_site_event(site, OVPP_EVENT_DER_ADDED, der->bus->id, der->ctl.id,
			0);
	return der;

err_erase:
	xa_erase(&site->der_ids, der->ctl.id);
err_unlisten:
	ovpp_bus_unlisten(der->bus, der);
err_free:
	/* Frames may have found it already. */
	queue_rcu_work(ovpp_der_wq, &der->rwork);
	return ERR_PTR(err);
}

/*
 * Runs between two ticks, on a DER that no tick looks at any more: its last command
 * is its safe value.
 */
static int ovpp_der_part(struct ovpp_site *site, void *arg)
{
	struct ovpp_der *der = arg;

	der->ctl.p_cmd_mw = ovpp_der_safe(&der->ctl);
	der->ctl.run = ovpp_der_safe(&der->ctl);
	der->ctl.held = true;
	ovpp_der_send(der, ktime_get_ns());
	return 0;
}

void ovpp_der_release(struct ovpp_der *der)
{
	xa_erase(&der->site->der_ids, der->ctl.id);
	ovpp_bus_unlisten(der->bus, der);
	der->bus->users--;
	queue_rcu_work(ovpp_der_wq, &der->rwork);
}

int ovpp_der_del(struct ovpp_der *der, struct netlink_ext_ack *extack)
{
	struct ovpp_site *site = der->site;
	int err;

	lockdep_assert_held(&site->lock);

	if (site->eng.envelope.locked) {
		NL_SET_ERR_MSG(extack, "the envelope is locked: DER stay");
		return -EPERM;
	}
	err = ovpp_tables_rebuild(site, NULL, der);
	if (err)
		return err;
	ovpp_loop_call(site, ovpp_der_part, der);
	ovpp_bus_settle(der->bus, der);
	ovpp_site_event(site, OVPP_EVENT_DER_REMOVED, der->bus->id, der->ctl.id,
			0);
	ovpp_der_release(der);
	return 0;
}

/* Parameters */

/**
 * struct ovpp_der_change - new parameters on their way into a DER's ctl
 * @der: DER
 * @kind: new kind
 * @policy: new policy
 * @envelope: new envelope
 */
struct ovpp_der_change {
	struct ovpp_der *der;
	u8 kind;
	struct ovpp_der_policy policy;
	struct ovpp_der_envelope envelope;
};

static void ovpp_der_change_init(struct ovpp_der_change *c,
				 struct ovpp_der *der)
{
	c->der = der;
	c->kind = der->ctl.kind;
	c->policy = der->ctl.policy;
	c->envelope = der->ctl.envelope;
}

static int ovpp_der_change(struct ovpp_site *site, void *arg)
{
	const struct ovpp_der_change *c = arg;

	c->der->ctl.kind = c->kind;
	c->der->ctl.policy = c->policy;
	c->der->ctl.envelope = c->envelope;
	return 0;
}

int ovpp_der_set(struct ovpp_der *der, const struct ovpp_der_config *cfg,
		 struct netlink_ext_ack *extack)
{
	struct ovpp_site *site = der->site;
	struct ovpp_der_change c;

	lockdep_assert_held(&site->lock);

	if (cfg->set & OVPP_DER_SET_SAFE && site->eng.envelope.locked) {
		NL_SET_ERR_MSG(extack, "the envelope is locked, safe values with it");
		return -EPERM;
	}
	ovpp_der_change_init(&c, der);
	if (cfg->set & OVPP_DER_SET_KIND)
		c.kind = cfg->kind;
	if (cfg->set & OVPP_DER_SET_SAFE)
		c.envelope.safe_mw = ovpp_clamp_p(cfg->safe_mw);
	if (cfg->set & OVPP_DER_SET_SERIAL)
		strscpy(der->serial, cfg->serial, sizeof(der->serial));
	ovpp_loop_call(site, ovpp_der_change, &c);
	return 0;
}

/*
 * A new rank takes effect in two steps: first the policy, then the order. A tick
 * between them shares in the old order, which is as good an allocation as before.
 */
int ovpp_der_set_policy(struct ovpp_der *der,
			const struct ovpp_der_policy *policy,
			struct netlink_ext_ack *extack)
{
	bool reorder = policy->rank != der->ctl.policy.rank;
	struct ovpp_site *site = der->site;
	struct ovpp_der_change c;
	int err;

	lockdep_assert_held(&site->lock);

	err = ovpp_der_policy_check(policy);
	if (err) {
		NL_SET_ERR_MSG(extack, "soc-min-ppm is above soc-max-ppm, or rest-mw too great");
		return err;
	}
	ovpp_der_change_init(&c, der);
	c.policy = *policy;
	ovpp_loop_call(site, ovpp_der_change, &c);
	if (reorder)
		err = ovpp_tables_rebuild(site, NULL, NULL);
	ovpp_site_event(site, OVPP_EVENT_POLICY_CHANGED, 0, der->ctl.id, 0);
	return err;
}

int ovpp_der_set_envelope(struct ovpp_der *der,
			  const struct ovpp_der_envelope *envelope,
			  struct netlink_ext_ack *extack)
{
	struct ovpp_site *site = der->site;
	struct ovpp_der_change c;
	int err;

	lockdep_assert_held(&site->lock);

	if (site->eng.envelope.locked) {
		NL_SET_ERR_MSG(extack, "the envelope is locked until the module is unloaded");
		return -EPERM;
	}
	err = ovpp_der_envelope_check(envelope);
	if (err) {
		NL_SET_ERR_MSG(extack, "a least value is above its greatest, or too great");
		return err;
	}
	ovpp_der_change_init(&c, der);
	c.envelope = *envelope;
	ovpp_loop_call(site, ovpp_der_change, &c);
	ovpp_site_event(site, OVPP_EVENT_ENVELOPE_CHANGED, 0, der->ctl.id, 0);
	return 0;
}

int ovpp_der_init(void)
{
	ovpp_der_cache = KMEM_CACHE(ovpp_der, SLAB_HWCACHE_ALIGN);
	if (!ovpp_der_cache)
		return -ENOMEM;
	ovpp_der_wq = alloc_workqueue("ovpp_der", 0, 0);
	if (!ovpp_der_wq) {
		kmem_cache_destroy(ovpp_der_cache);
		return -ENOMEM;
	}
	return 0;
}

/* First out of RCU, then out of the workqueue. */
void ovpp_der_flush(void)
{
	rcu_barrier();
	flush_workqueue(ovpp_der_wq);
}

void ovpp_der_exit(void)
{
	ovpp_der_flush();
	destroy_workqueue(ovpp_der_wq);
	kmem_cache_destroy(ovpp_der_cache);
}
