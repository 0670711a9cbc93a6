// SPDX-License-Identifier: GPL-2.0-only
/* A site's dispatches: submission, withdrawal, and telling how they ended. */

#include <linux/slab.h>

#include "ring.h"
#include "site.h"

struct ovpp_dispatch_entry *ovpp_dispatch_alloc(unsigned int blocks)
{
	struct ovpp_dispatch_entry *entry;

	entry = kzalloc(struct_size(entry, block, blocks), GFP_KERNEL);
	if (!entry)
		return NULL;
	entry->d.block = entry->block;
	entry->d.blocks = blocks;
	return entry;
}

void ovpp_dispatch_free(struct ovpp_dispatch_entry *entry)
{
	kfree(entry);
}

static struct ovpp_dispatch_entry *ovpp_entry_of(struct ovpp_dispatch *d)
{
	return d ? container_of(d, struct ovpp_dispatch_entry, d) : NULL;
}

/* What a waiter is told. */
static int ovpp_dispatch_answer(const struct ovpp_dispatch *d)
{
	switch (d->state) {
	case OVPP_DISPATCH_DONE:
		return 0;
	case OVPP_DISPATCH_SUPERSEDED:
		return -ESTALE;
	case OVPP_DISPATCH_CANCELLED:
		return -ECANCELED;
	case OVPP_DISPATCH_DROPPED:
		return -ETIMEDOUT;
	default:
		return -ENODEV;
	}
}

static void ovpp_dispatch_result(struct ovpp_site *site,
				 const struct ovpp_dispatch *d, u64 now)
{
	const struct ovpp_delivery *dl = &d->delivery;
	struct ovpp_record rec = {
		.mono_ns = now,
		.real_ns = ktime_to_ns(ktime_mono_to_real(now)),
		.type = OVPP_RECORD_DISPATCH,
		.site = site->id,
		.der = d->der,
		.dispatch = {
			.e_asked_mwh = dl->asked_mwh,
			.e_delivered_mwh = dl->actual_mwh,
			.error_mean_mw = ovpp_dispatch_error_mean(dl),
			.unknown_ms = div_u64(dl->unknown_us, USEC_PER_MSEC),
			.start_ns = d->block[0].start_ns,
			.end_ns = d->block[d->blocks - 1].end_ns,
			.id = d->id,
			.state = d->state,
		},
	};

	ovpp_ring_write(site->ring, &rec);
}

/* Once for each dispatch that has ended. Context: the loop. */
static void ovpp_dispatch_report(struct ovpp_site *site,
				 struct ovpp_dispatch_entry *entry, u64 now)
{
	const struct ovpp_dispatch *d = &entry->d;

	if (entry->reported || !ovpp_dispatch_ended(d))
		return;
	entry->reported = true;
	ovpp_dispatch_result(site, d, now);
	ovpp_site_event(site, OVPP_EVENT_DISPATCH_STATE, 0, d->der,
			d->state | (s64)d->id << 8);
	queue_work(system_unbound_wq, &site->end_work);
}

void ovpp_dispatch_report_ended(struct ovpp_site *site, u64 now)
{
	unsigned int i;

	for (i = 0; i < OVPP_DISPATCH_MAX; i++)
		if (site->eng.dispatch[i])
			ovpp_dispatch_report(site,
					     ovpp_entry_of(site->eng.dispatch[i]),
					     now);
}

/* Blocks with lengths become blocks with times. */
static int ovpp_dispatch_resolve(struct ovpp_dispatch *d, u64 now)
{
	u64 at = now;
	unsigned int i;

	for (i = 0; i < d->blocks; i++) {
		struct ovpp_block *b = &d->block[i];

		if (!b->start_ns)
			b->start_ns = at;
		if (check_add_overflow(b->start_ns, b->end_ns, &b->end_ns))
			return -ERANGE;
		at = b->end_ns;
	}
	return 0;
}

/**
 * struct ovpp_submission - a dispatch on its way to the loop
 * @entry: it
 * @evicted: the one that had to make room, or NULL
 */
struct ovpp_submission {
	struct ovpp_dispatch_entry *entry;
	struct ovpp_dispatch *evicted;
};

static int ovpp_dispatch_take(struct ovpp_site *site, void *arg)
{
	struct ovpp_submission *sub = arg;
	u64 now = ktime_get_ns();
	int err;

	/* One that came just before counts, though no tick has seen it yet. */
	ovpp_site_take_heartbeat(site);
	if (!ovpp_lease_alive(&site->eng.lease, now))
		return -EAGAIN;
	err = ovpp_engine_submit(&site->eng, &sub->entry->d, &sub->evicted);
	if (err)
		return err;
	site->setpoints++;
	/* What gives way may have ended in this very call. */
	if (sub->evicted)
		ovpp_dispatch_report(site, ovpp_entry_of(sub->evicted), now);
	return 0;
}

static void ovpp_dispatch_complain(int err, unsigned int bad,
				   struct netlink_ext_ack *extack)
{
	switch (err) {
	case -EINVAL:
		NL_SET_ERR_MSG_FMT(extack, "block %u is empty, out of order or overlaps",
				   bad);
		break;
	case -ERANGE:
		NL_SET_ERR_MSG_FMT(extack, "block %u: power or time beyond what can be",
				   bad);
		break;
	case -ETIME:
		NL_SET_ERR_MSG(extack, "all blocks are over");
		break;
	case -EAGAIN:
		NL_SET_ERR_MSG(extack, "no heartbeat is alive: is ovppd running?");
		break;
	case -EEXIST:
		NL_SET_ERR_MSG(extack, "another dispatch for this target is active");
		break;
	case -ENOENT:
		NL_SET_ERR_MSG(extack, "no DER of this id that takes commands, or no PCC meter");
		break;
	case -EBUSY:
		NL_SET_ERR_MSG_FMT(extack, "%u dispatches are pending or running",
				   OVPP_DISPATCH_MAX);
		break;
	}
}

int ovpp_site_submit(struct ovpp_site *site, struct ovpp_dispatch_entry *entry,
		     struct netlink_ext_ack *extack)
{
	struct ovpp_submission sub = { .entry = entry };
	struct ovpp_dispatch *d = &entry->d;
	struct ovpp_dispatch_entry *old;
	unsigned int bad = 0;
	int err;

	lockdep_assert_held(&site->lock);

	d->submitted_ns = ktime_get_ns();
	d->state = OVPP_DISPATCH_PENDING;
	err = ovpp_dispatch_resolve(d, d->submitted_ns);
	if (!err)
		err = ovpp_dispatch_check(d, d->submitted_ns, &bad);
	if (!err) {
		d->id = site->next_dispatch;
		err = ovpp_loop_call(site, ovpp_dispatch_take, &sub);
	}
	if (err) {
		ovpp_dispatch_complain(err, bad, extack);
		return err;
	}
	site->next_dispatch++;

	old = ovpp_entry_of(sub.evicted);
	if (!old)
		return 0;
	if (old->told || !old->done) {
		ovpp_dispatch_free(old);
	} else {
		list_add_tail(&old->node, &site->evicted);
		queue_work(system_unbound_wq, &site->end_work);
	}
	return 0;
}

static int ovpp_dispatch_cancel(struct ovpp_site *site, void *arg)
{
	int i = ovpp_engine_find_dispatch(&site->eng, *(u32 *)arg);

	if (i < 0)
		return i;
	if (ovpp_dispatch_ended(site->eng.dispatch[i]))
		return -ENOENT;
	/* The next tick reports it and queues end_work. */
	ovpp_dispatch_end(site->eng.dispatch[i], OVPP_DISPATCH_CANCELLED);
	return 0;
}

int ovpp_site_withdraw(struct ovpp_site *site, u32 id)
{
	lockdep_assert_held(&site->lock);

	return ovpp_loop_call(site, ovpp_dispatch_cancel, &id);
}

/**
 * struct ovpp_dispatch_view - a copy of a dispatch for a reader
 * @id: least id wanted
 * @d: copy
 * @block: room for its blocks, or NULL
 */
struct ovpp_dispatch_view {
	u32 id;
	struct ovpp_dispatch *d;
	struct ovpp_block *block;
};

static int ovpp_dispatch_copy(struct ovpp_site *site, void *arg)
{
	struct ovpp_dispatch_view *view = arg;
	const struct ovpp_dispatch *best = NULL;
	unsigned int i;

	for (i = 0; i < OVPP_DISPATCH_MAX; i++) {
		const struct ovpp_dispatch *d = site->eng.dispatch[i];

		if (d && d->id >= view->id && (!best || d->id < best->id))
			best = d;
	}
	if (!best)
		return -ENOENT;
	*view->d = *best;
	view->d->block = view->block;
	if (view->block)
		memcpy(view->block, best->block,
		       best->blocks * sizeof(*best->block));
	return 0;
}

int ovpp_site_dispatch(struct ovpp_site *site, u32 id, struct ovpp_dispatch *d,
		       struct ovpp_block *block)
{
	struct ovpp_dispatch_view view = { .id = id, .d = d, .block = block };

	lockdep_assert_held(&site->lock);

	return ovpp_loop_call(site, ovpp_dispatch_copy, &view);
}

/*
 * The next ended dispatch whose waiter does not know yet. Only dispatches that
 * have ended are looked at, and the loop does not write to those any more.
 */
static int ovpp_dispatch_next_ended(struct ovpp_site *site, void *arg)
{
	struct ovpp_dispatch_entry **out = arg;
	unsigned int i;

	for (i = 0; i < OVPP_DISPATCH_MAX; i++) {
		struct ovpp_dispatch_entry *entry =
			ovpp_entry_of(site->eng.dispatch[i]);

		if (entry && entry->done && !entry->told &&
		    ovpp_dispatch_ended(&entry->d)) {
			*out = entry;
			return 0;
		}
	}
	return -ENOENT;
}

static void ovpp_dispatch_done(struct ovpp_site *site,
			       struct ovpp_dispatch_entry *entry)
{
	if (entry->told)
		return;
	mutex_unlock(&site->lock);
	entry->done(entry, ovpp_dispatch_answer(&entry->d));
	mutex_lock(&site->lock);
	entry->told = true;
}

/*
 * A submission does not free an entry that has not been told of, it moves it to
 * site->evicted, which is emptied here only: so the pointer stays good while the
 * lock is dropped for @done.
 */
void ovpp_dispatch_tell(struct work_struct *work)
{
	struct ovpp_site *site = container_of(work, struct ovpp_site, end_work);
	struct ovpp_dispatch_entry *entry;

	mutex_lock(&site->lock);
	for (;;) {
		bool evicted = !list_empty(&site->evicted);

		if (evicted) {
			entry = list_first_entry(&site->evicted,
						 struct ovpp_dispatch_entry,
						 node);
			list_del(&entry->node);
		} else if (site->dead ||
			   ovpp_loop_call(site, ovpp_dispatch_next_ended,
					  &entry)) {
			break;
		}
		ovpp_dispatch_done(site, entry);
		if (evicted)
			ovpp_dispatch_free(entry);
	}
	mutex_unlock(&site->lock);
}

static void ovpp_entry_end(struct ovpp_dispatch_entry *entry)
{
	if (entry->done && !entry->told)
		entry->done(entry, ovpp_dispatch_answer(&entry->d));
	ovpp_dispatch_free(entry);
}

void ovpp_dispatch_end_all(struct ovpp_site *site)
{
	struct ovpp_dispatch_entry *entry, *next;
	unsigned int i;

	list_for_each_entry_safe(entry, next, &site->evicted, node)
		ovpp_entry_end(entry);
	for (i = 0; i < OVPP_DISPATCH_MAX; i++)
		if (site->eng.dispatch[i])
			ovpp_entry_end(ovpp_entry_of(site->eng.dispatch[i]));
}
