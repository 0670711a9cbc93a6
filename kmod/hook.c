// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hook's life, from its link's attachment to its end.
 *
 *   attach     into the site's set: calls may come
 *   replace    the successor takes place and counters
 *   eject      calls go past it at once; a work takes it out of the set; it
 *              stays listed, with the reason, until its link goes
 *   site gone  no set any more; the link stays, attached to nothing
 *   detach     out of the set; freed after the last call
 *
 * Programs and parameters belong to the map, which the kernel frees only after
 * RCU has let every caller out, and which keeps the module loaded.
 */

#include <linux/ktime.h>
#include <linux/nsproxy.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "cycles.h"
#include "hook.h"
#include "site.h"

/* Own events of a hook: at most so many a second. */
#define OVPP_HOOK_EMITS 10

/* A leaf below site->lock: hooks of sites, sets, keys. */
static DEFINE_MUTEX(ovpp_hooks_lock);
static LIST_HEAD(ovpp_hooks);
static u32 ovpp_hook_next_id = 1;
static struct workqueue_struct *ovpp_hook_wq;

/* Sets */

static void ovpp_entry_fill(struct ovpp_hook_entry *e,
			    enum ovpp_hook_point point)
{
	const struct ovpp_ops *ops = e->hook->ops;

	switch (point) {
	case OVPP_HOOK_FRAME_RX:
		e->frame = ops->frame_rx;
		break;
	case OVPP_HOOK_FRAME_TX:
		e->frame = ops->frame_tx;
		break;
	case OVPP_HOOK_SAMPLE:
		e->record = ops->sample;
		break;
	case OVPP_HOOK_CONTROL:
		e->control = ops->control;
		break;
	case OVPP_HOOK_EVENT:
		e->event = ops->event;
		break;
	default:
		break;
	}
}

bool ovpp_ops_has(const struct ovpp_ops *ops, enum ovpp_hook_point point)
{
	switch (point) {
	case OVPP_HOOK_FRAME_RX:
		return ops->frame_rx;
	case OVPP_HOOK_FRAME_TX:
		return ops->frame_tx;
	case OVPP_HOOK_SAMPLE:
		return ops->sample;
	case OVPP_HOOK_CONTROL:
		return ops->control;
	case OVPP_HOOK_EVENT:
		return ops->event;
	default:
		return false;
	}
}

/* Of a site without hooks: for every point the programs end where they begin. */
static struct ovpp_hook_set ovpp_hook_none;

void ovpp_hook_site_init(struct ovpp_site *site)
{
	RCU_INIT_POINTER(site->hook_set, &ovpp_hook_none);
}

/* The set of what is attached to @site and not ejected. */
static struct ovpp_hook_set *ovpp_set_build(struct ovpp_site *site, gfp_t gfp)
{
	struct ovpp_hook_set *set;
	struct ovpp_hook *hook;
	unsigned int point, n = 0;

	set = kzalloc(struct_size(set, entry,
				  OVPP_HOOK_SITE_MAX * OVPP_HOOK_POINTS), gfp);
	if (!set)
		return ERR_PTR(-ENOMEM);
	for (point = 0; point < OVPP_HOOK_POINTS; point++) {
		set->first[point] = &set->entry[n];
		list_for_each_entry(hook, &site->hooks, node) {
			if (hook->ejected || !ovpp_ops_has(hook->ops, point))
				continue;
			set->entry[n].hook = hook;
			set->entry[n].count = &hook->stats->point[point];
			ovpp_entry_fill(&set->entry[n++], point);
		}
	}
	set->first[OVPP_HOOK_POINTS] = &set->entry[n];
	if (n)
		return set;
	kfree(set);
	return &ovpp_hook_none;
}

static bool ovpp_set_has(const struct ovpp_hook_set *set, unsigned int point)
{
	return set->first[point] != set->first[point + 1];
}

/*
 * Puts @set in force. A key is on while the sets of some sites have programs at
 * its point. Who passes an open key in between finds a set that has nothing for
 * it.
 */
static void ovpp_set_publish(struct ovpp_site *site, struct ovpp_hook_set *set)
{
	struct ovpp_hook_set *old;
	unsigned int point;

	lockdep_assert_held(&ovpp_hooks_lock);

	old = rcu_replace_pointer(site->hook_set, set,
				  lockdep_is_held(&ovpp_hooks_lock));
	for (point = 0; point < OVPP_HOOK_POINTS; point++) {
		if (ovpp_set_has(set, point) && !ovpp_set_has(old, point))
			static_branch_inc(&ovpp_hook_keys[point]);
		if (!ovpp_set_has(set, point) && ovpp_set_has(old, point))
			static_branch_dec(&ovpp_hook_keys[point]);
	}
	if (old != &ovpp_hook_none)
		kfree_rcu(old, rcu);
}

/* For what cannot fail: the room asked for is less than a page. */
static void ovpp_set_renew(struct ovpp_site *site)
{
	ovpp_set_publish(site, ovpp_set_build(site, GFP_KERNEL | __GFP_NOFAIL));
}

/* Life */

static void ovpp_hook_free_work(struct work_struct *work)
{
	struct ovpp_hook *hook = container_of(to_rcu_work(work),
					      struct ovpp_hook, free_work);

	/* No call is left that could queue it again. */
	cancel_work_sync(&hook->eject_work);
	if (!hook->replaced) {
		free_percpu(hook->stats);
		ovpp_site_put(hook->site);
	}
	kfree(hook);
}

static void ovpp_hook_eject_work(struct work_struct *work)
{
	struct ovpp_hook *hook = container_of(work, struct ovpp_hook,
					      eject_work);

	mutex_lock(&ovpp_hooks_lock);
	if (!list_empty(&hook->node))
		ovpp_set_renew(hook->site);
	mutex_unlock(&ovpp_hooks_lock);
}

void ovpp_hook_eject(struct ovpp_hook *hook, enum ovpp_hook_point point,
		     enum ovpp_hook_cause cause, s64 arg)
{
	if (test_and_set_bit(0, &hook->ejected))
		return;
	hook->cause_point = point;
	hook->cause_arg = arg;
	hook->cause_real_ns = ktime_get_real_ns();
	/* Pairs with the acquire in ovpp_hook_fill(). */
	smp_store_release(&hook->cause, cause);
	ovpp_site_report(hook->site, OVPP_EVENT_HOOK_EJECTED, 0, 0,
			 hook->id | (s64)cause << 32 | (s64)point << 40);
	queue_work(ovpp_hook_wq, &hook->eject_work);
}

static struct ovpp_hook *ovpp_hook_alloc(const struct ovpp_ops *ops)
{
	struct ovpp_hook *hook;
	unsigned int i;

	hook = kzalloc(sizeof(*hook), GFP_KERNEL);
	if (!hook)
		return NULL;
	INIT_LIST_HEAD(&hook->node);
	INIT_WORK(&hook->eject_work, ovpp_hook_eject_work);
	INIT_RCU_WORK(&hook->free_work, ovpp_hook_free_work);
	ratelimit_state_init(&hook->emits, HZ, OVPP_HOOK_EMITS);
	ratelimit_set_flags(&hook->emits, RATELIMIT_MSG_ON_RELEASE);
	hook->ops = ops;
	for (i = 0; i < OVPP_HOOK_POINTS; i++)
		hook->pace[i].budget = ovpp_cycles_of_ns(ops->budget_ns[i] ?:
							 OVPP_HOOK_BUDGET_NS);
	return hook;
}

/* Behind all of its priority. */
static void ovpp_hook_insert(struct ovpp_site *site, struct ovpp_hook *hook)
{
	struct ovpp_hook *other;

	list_for_each_entry(other, &site->hooks, node)
		if (other->ops->priority > hook->ops->priority)
			break;
	list_add_tail(&hook->node, &other->node);
}

static struct ovpp_hook *ovpp_hook_of(const struct ovpp_ops *ops)
{
	struct ovpp_hook *hook;

	lockdep_assert_held(&ovpp_hooks_lock);

	list_for_each_entry(hook, &ovpp_hooks, all)
		if (hook->ops == ops)
			return hook;
	return NULL;
}

static int ovpp_hook_admit(struct ovpp_site *site, const struct ovpp_ops *ops)
{
	struct ovpp_hook *other;
	unsigned int n = 0;

	list_for_each_entry(other, &site->hooks, node) {
		if (!strcmp(other->ops->name, ops->name))
			return -EEXIST;
		n++;
	}
	return n < OVPP_HOOK_SITE_MAX ? 0 : -ENOSPC;
}

/* Under site->lock, on a site that lives. Takes over the reference to it. */
static int ovpp_hook_enter(struct ovpp_site *site, struct ovpp_hook *hook)
{
	struct ovpp_hook_set *set;
	int err;

	lockdep_assert_held(&site->lock);

	mutex_lock(&ovpp_hooks_lock);
	err = ovpp_hook_admit(site, hook->ops);
	if (err)
		goto out;
	ovpp_hook_insert(site, hook);
	set = ovpp_set_build(site, GFP_KERNEL);
	if (IS_ERR(set)) {
		err = PTR_ERR(set);
		list_del_init(&hook->node);
		goto out;
	}
	hook->site = site;
	hook->id = ovpp_hook_next_id++;
	list_add_tail(&hook->all, &ovpp_hooks);
	ovpp_set_publish(site, set);
out:
	mutex_unlock(&ovpp_hooks_lock);
	return err;
}

int ovpp_hook_attach(const struct ovpp_ops *ops)
{
	struct ovpp_hook *hook;
	struct ovpp_site *site;
	int err = -ENODEV;

	site = ovpp_site_find(current->nsproxy->net_ns, 0, ops->site);
	if (!site)
		return -ENOENT;
	hook = ovpp_hook_alloc(ops);
	if (!hook) {
		err = -ENOMEM;
		goto err_put;
	}
	hook->stats = alloc_percpu(struct ovpp_hook_stats);
	if (!hook->stats) {
		err = -ENOMEM;
		goto err_free;
	}
	mutex_lock(&site->lock);
	if (!site->dead)
		err = ovpp_hook_enter(site, hook);
	mutex_unlock(&site->lock);
	if (err)
		goto err_stats;
	ovpp_site_report(site, OVPP_EVENT_HOOK_ATTACHED, 0, 0, hook->id);
	return 0;

err_stats:
	free_percpu(hook->stats);
err_free:
	kfree(hook);
err_put:
	ovpp_site_put(site);
	return err;
}

void ovpp_hook_detach(const struct ovpp_ops *ops)
{
	struct ovpp_hook *hook;

	mutex_lock(&ovpp_hooks_lock);
	hook = ovpp_hook_of(ops);
	if (WARN_ON_ONCE(!hook)) {
		mutex_unlock(&ovpp_hooks_lock);
		return;
	}
	list_del(&hook->all);
	if (!list_empty(&hook->node)) {
		list_del_init(&hook->node);
		ovpp_set_renew(hook->site);
		ovpp_site_report(hook->site, OVPP_EVENT_HOOK_DETACHED, 0, 0,
				 hook->id);
	}
	mutex_unlock(&ovpp_hooks_lock);
	queue_rcu_work(ovpp_hook_wq, &hook->free_work);
}

/* The successor takes over all but the programs and how they ended. */
static void ovpp_hook_succeed(struct ovpp_hook *hook, struct ovpp_hook *old)
{
	hook->id = old->id;
	hook->stats = old->stats;
	hook->site = old->site;
	old->replaced = true;
	list_del_init(&old->node);
	ovpp_hook_insert(hook->site, hook);
	list_replace(&old->all, &hook->all);
}

/*
 * Calls that are on their way through the old programs still count into what is
 * the successor's now. It lives long enough: its own end waits for such calls too.
 */
int ovpp_hook_replace(const struct ovpp_ops *was, const struct ovpp_ops *ops)
{
	struct ovpp_hook *hook, *old;
	struct ovpp_site *site;
	int err = 0;

	hook = ovpp_hook_alloc(ops);
	if (!hook)
		return -ENOMEM;
	mutex_lock(&ovpp_hooks_lock);
	old = ovpp_hook_of(was);
	if (!old || list_empty(&old->node)) {
		err = -ENODEV;
	} else if (strcmp(ops->site, old->ops->site) ||
		   strcmp(ops->name, old->ops->name)) {
		err = -EINVAL;
	}
	if (err) {
		mutex_unlock(&ovpp_hooks_lock);
		kfree(hook);
		return err;
	}
	site = old->site;
	ovpp_hook_succeed(hook, old);
	ovpp_set_renew(site);
	ovpp_site_report(site, OVPP_EVENT_HOOK_REPLACED, 0, 0, hook->id);
	mutex_unlock(&ovpp_hooks_lock);
	queue_rcu_work(ovpp_hook_wq, &old->free_work);
	return 0;
}

void ovpp_hook_site_gone(struct ovpp_site *site)
{
	struct ovpp_hook *hook, *next;

	lockdep_assert_held(&site->lock);

	mutex_lock(&ovpp_hooks_lock);
	ovpp_set_publish(site, &ovpp_hook_none);
	list_for_each_entry_safe(hook, next, &site->hooks, node)
		list_del_init(&hook->node);
	mutex_unlock(&ovpp_hooks_lock);
}

/* For readers */

static void ovpp_hook_sum(struct ovpp_hook_stats *sum,
			  const struct ovpp_hook *hook)
{
	unsigned int point;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovpp_hook_stats *s = per_cpu_ptr(hook->stats, cpu);

		for (point = 0; point < OVPP_HOOK_POINTS; point++) {
			const struct ovpp_hook_count *c = &s->point[point];
			struct ovpp_hook_count *to = &sum->point[point];

			to->runs += READ_ONCE(c->runs);
			to->cycles += READ_ONCE(c->cycles);
			to->dropped += READ_ONCE(c->dropped);
			to->rewritten += READ_ONCE(c->rewritten);
			to->overruled += READ_ONCE(c->overruled);
			to->clamped += READ_ONCE(c->clamped);
		}
		sum->reflexes += READ_ONCE(s->reflexes);
	}
}

static void ovpp_hook_fill(struct ovpp_hook_view *view,
			   const struct ovpp_hook *hook)
{
	unsigned int point;

	memset(view, 0, sizeof(*view));
	view->id = hook->id;
	view->priority = hook->ops->priority;
	strscpy(view->name, hook->ops->name, sizeof(view->name));
	for (point = 0; point < OVPP_HOOK_POINTS; point++) {
		if (ovpp_ops_has(hook->ops, point))
			view->points |= BIT(point);
		view->budget_ns[point] = hook->ops->budget_ns[point] ?:
					 OVPP_HOOK_BUDGET_NS;
		view->max_ns[point] = min(ovpp_cycles_to_ns(READ_ONCE(hook->pace[point].longest)),
					  U32_MAX);
	}
	ovpp_hook_sum(&view->stats, hook);
	for (point = 0; point < OVPP_HOOK_POINTS; point++) {
		u64 *time = &view->stats.point[point].cycles;

		*time = ovpp_cycles_to_ns(*time);
	}
	/* Pairs with the release in ovpp_hook_eject(). */
	view->cause = smp_load_acquire(&hook->cause);
	if (!view->cause)
		return;
	view->cause_point = hook->cause_point;
	view->cause_arg = hook->cause_arg;
	view->cause_real_ns = hook->cause_real_ns;
}

int ovpp_hook_look(struct ovpp_site *site, u32 id, const char *name,
		   struct ovpp_hook_view *view)
{
	const struct ovpp_hook *hook, *best = NULL;

	lockdep_assert_held(&site->lock);

	mutex_lock(&ovpp_hooks_lock);
	list_for_each_entry(hook, &site->hooks, node) {
		if (name ? !!strcmp(hook->ops->name, name) : hook->id < id)
			continue;
		if (!best || hook->id < best->id)
			best = hook;
	}
	if (best)
		ovpp_hook_fill(view, best);
	mutex_unlock(&ovpp_hooks_lock);
	return best ? 0 : -ENOENT;
}

/* Init and exit */

/* Without a counter of cycles there are no budgets, and so no hooks. */
int __init ovpp_hook_init(void)
{
	int err;

	if (ovpp_cycles_init()) {
		ovpp_ops_missing("the processor has no counter of cycles");
		return 0;
	}
	ovpp_hook_wq = alloc_workqueue("ovpp_hook", WQ_UNBOUND, 0);
	if (!ovpp_hook_wq)
		return -ENOMEM;
	err = ovpp_hook_kfunc_init();
	if (!err)
		err = ovpp_ops_register();
	if (err)
		destroy_workqueue(ovpp_hook_wq);
	return err;
}

/* No map is left, or the module would still be in use. */
void ovpp_hook_exit(void)
{
	if (!ovpp_hook_wq)
		return;
	rcu_barrier(); /* works that wait for their grace period */
	destroy_workqueue(ovpp_hook_wq);
}
