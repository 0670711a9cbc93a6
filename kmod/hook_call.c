// SPDX-License-Identifier: GPL-2.0-only
/* The calls of hooks: order, verdicts, budgets. */

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include "cycles.h"
#include "hook.h"
#include "site.h"

DEFINE_STATIC_KEY_ARRAY_FALSE(ovpp_hook_keys, OVPP_HOOK_POINTS);

/* Calls over budget in a row that are no excuse any more for being interrupted. */
#define OVPP_HOOK_SWITCHED_MAX 3

/*
 * Has the task been switched out since @took_ns ago? Then others have had a part of
 * that time. The scheduler's clock tells when it last came to the processor.
 */
static bool ovpp_hook_switched(u64 took_ns)
{
#ifdef CONFIG_SCHED_INFO
	return current->sched_info.last_arrival > local_clock() - took_ns;
#else
	return true;
#endif
}

/*
 * A call has taken longer than any before, or than its budget. One in which the
 * task was switched out counts for neither, unless that goes on.
 */
static noinline bool ovpp_hook_slow(struct ovpp_hook *hook,
				    enum ovpp_hook_point point, u64 took,
				    u64 *took_ns)
{
	struct ovpp_hook_pace *pace = &hook->pace[point];

	*took_ns = ovpp_cycles_to_ns(took);
	if (!ovpp_hook_switched(*took_ns)) {
		WRITE_ONCE(pace->longest, took);
		WRITE_ONCE(pace->switched, 0);
		return took > pace->budget;
	}
	if (took <= pace->budget)
		return false;
	WRITE_ONCE(pace->switched, pace->switched + 1);
	return pace->switched >= OVPP_HOOK_SWITCHED_MAX;
}

static noinline bool ovpp_hook_nonsense(struct ovpp_hook *hook,
					struct ovpp_site *site,
					enum ovpp_hook_point point, int verdict)
{
	ovpp_hook_eject(hook, site, point, OVPP_HOOK_CAUSE_VERDICT, verdict);
	return false;
}

/*
 * The end of a call that began at @start. Returns false if the program has forfeited
 * its verdict: it is ejected. The counter may seem to go back when the task has
 * moved to another processor; then it was switched out as well.
 */
static __always_inline bool ovpp_hook_end(const struct ovpp_hook_entry *e,
					  struct ovpp_site *site,
					  enum ovpp_hook_point point, u64 start,
					  unsigned int verdict,
					  unsigned int greatest)
{
	u64 took = ovpp_cycles() - start;
	u64 took_ns;

	this_cpu_inc(e->count->runs);
	this_cpu_add(e->count->cycles, took);
	if (unlikely(verdict > greatest))
		return ovpp_hook_nonsense(e->hook, site, point, verdict);
	if (likely(took <= READ_ONCE(e->hook->pace[point].longest)) ||
	    !ovpp_hook_slow(e->hook, point, took, &took_ns))
		return true;
	ovpp_hook_eject(e->hook, site, point, OVPP_HOOK_CAUSE_BUDGET, took_ns);
	return false;
}

/* The next program of a point that is not ejected; NULL: no more. */
static __always_inline const struct ovpp_hook_entry *
ovpp_hook_next(const struct ovpp_hook_set *set, enum ovpp_hook_point point,
	       const struct ovpp_hook_entry *e)
{
	const struct ovpp_hook_entry *end = &set->entry[set->first[point + 1]];

	for (e = e ? e + 1 : &set->entry[set->first[point]]; e < end; e++)
		if (likely(!READ_ONCE(e->hook->ejected)))
			return e;
	return NULL;
}

#define for_each_hook(e, set, point)                                   \
	for ((e) = ovpp_hook_next(set, point, NULL); (e);              \
	     (e) = ovpp_hook_next(set, point, e))

/* What a program did to the bytes counts, unless it was ejected for this call. */
static noinline void ovpp_frame_take(struct ovpp_frame_call *call,
				     const struct ovpp_hook_entry *e, bool valid)
{
	call->open = false;
	if (!valid || !memcmp(call->buf, call->data, call->ctx.len))
		return;
	memcpy(call->out, call->buf, call->ctx.len);
	call->data = call->out;
	this_cpu_inc(e->count->rewritten);
}

static __always_inline bool ovpp_frame_run(struct ovpp_frame_call *call,
					   const struct ovpp_hook_entry *e,
					   enum ovpp_hook_point point)
{
	u64 start = ovpp_cycles();
	int verdict;
	bool valid;

	call->hook = e->hook;
	verdict = e->frame(&call->ctx);
	valid = ovpp_hook_end(e, call->site, point, start, verdict, OVPP_DROP);
	if (unlikely(call->open))
		ovpp_frame_take(call, e, valid);
	if (likely(verdict != OVPP_DROP || !valid))
		return true;
	this_cpu_inc(e->count->dropped);
	return false;
}

static __always_inline bool ovpp_frame_show(struct ovpp_frame_call *call,
					    enum ovpp_hook_point point,
					    struct ovpp_bus *bus, u32 der,
					    const struct ovpp_frame *frame,
					    u64 now)
{
	const struct ovpp_hook_set *set = rcu_dereference(bus->site->hook_set);
	const struct ovpp_hook_entry *e;

	call->ctx = (struct ovpp_frame_ctx){
		.ctx.now_ns = now,
		.ctx.site = bus->site->id,
		.ctx.point = point,
		.bus = bus->id,
		.der = der,
		.id = frame->id,
		.len = frame->len,
		.flags = frame->flags,
	};
	call->site = bus->site;
	call->data = frame->data;
	call->open = false;
	if (unlikely(!set))
		return true;
	for_each_hook(e, set, point)
		if (!ovpp_frame_run(call, e, point))
			return false;
	return true;
}

bool ovpp_hook_frame_rx(struct ovpp_frame_call *call, struct ovpp_bus *bus,
			u32 der, const struct ovpp_frame *frame, u64 now)
{
	return ovpp_frame_show(call, OVPP_HOOK_FRAME_RX, bus, der, frame, now);
}

bool ovpp_hook_frame_tx(struct ovpp_frame_call *call, struct ovpp_bus *bus,
			u32 der, const struct ovpp_frame *frame, u64 now)
{
	return ovpp_frame_show(call, OVPP_HOOK_FRAME_TX, bus, der, frame, now);
}

void ovpp_hook_overrule(struct ovpp_hook *hook, enum ovpp_hook_point point)
{
	this_cpu_inc(hook->stats->point[point].overruled);
	this_cpu_dec(hook->stats->point[point].dropped);
}

static void ovpp_record_call_init(struct ovpp_record_call *call,
				  struct ovpp_site *site,
				  enum ovpp_hook_point point,
				  const struct ovpp_record *rec)
{
	call->ctx = (struct ovpp_hook_ctx){
		.now_ns = rec->mono_ns,
		.real_ns = rec->real_ns,
		.site = site->id,
		.point = point,
	};
	call->site = site;
}

static bool ovpp_sample_run(struct ovpp_record_call *call,
			    const struct ovpp_hook_entry *e,
			    const struct ovpp_record *rec)
{
	u64 start = ovpp_cycles();
	int verdict;

	call->hook = e->hook;
	verdict = e->record(&call->ctx, rec);
	if (!ovpp_hook_end(e, call->site, OVPP_HOOK_SAMPLE, start, verdict,
			   OVPP_DROP) ||
	    verdict != OVPP_DROP)
		return true;
	this_cpu_inc(e->count->dropped);
	return false;
}

bool ovpp_hook_sample(struct ovpp_site *site, const struct ovpp_record *rec)
{
	const struct ovpp_hook_entry *e;
	const struct ovpp_hook_set *set;
	struct ovpp_record_call call;
	bool keep = true;

	ovpp_record_call_init(&call, site, OVPP_HOOK_SAMPLE, rec);
	rcu_read_lock();
	set = rcu_dereference(site->hook_set);
	if (set)
		for_each_hook(e, set, OVPP_HOOK_SAMPLE) {
			keep = ovpp_sample_run(&call, e, rec);
			if (!keep)
				break;
		}
	rcu_read_unlock();
	return keep;
}

static void ovpp_control_run(struct ovpp_control_call *call,
			     const struct ovpp_hook_entry *e)
{
	u64 start = ovpp_cycles();
	int verdict;

	call->hook = e->hook;
	verdict = e->control(&call->ctx);
	/*
	 * Bounds that an ejected program has narrowed stay so for this tick: they
	 * can only be too careful.
	 */
	ovpp_hook_end(e, call->site, OVPP_HOOK_CONTROL, start, verdict,
		      OVPP_ACCEPT);
}

void ovpp_hook_control(struct ovpp_site *site, u64 now)
{
	struct ovpp_control_call call = {
		.ctx.ctx.now_ns = now,
		.ctx.ctx.real_ns = ktime_to_ns(ktime_mono_to_real(now)),
		.ctx.ctx.site = site->id,
		.ctx.ctx.point = OVPP_HOOK_CONTROL,
		.ctx.setpoints = site->eng.n_order,
		.ctx.state = site->eng.lease.state,
		.site = site,
	};
	const struct ovpp_hook_entry *e;
	const struct ovpp_hook_set *set;

	rcu_read_lock();
	set = rcu_dereference(site->hook_set);
	if (set)
		for_each_hook(e, set, OVPP_HOOK_CONTROL)
			ovpp_control_run(&call, e);
	rcu_read_unlock();
	if (call.narrowed)
		ovpp_control_share(&site->eng);
}

static void ovpp_event_run(struct ovpp_record_call *call,
			   const struct ovpp_hook_entry *e,
			   const struct ovpp_record *rec)
{
	u64 start = ovpp_cycles();

	call->hook = e->hook;
	e->event(&call->ctx, rec);
	ovpp_hook_end(e, call->site, OVPP_HOOK_EVENT, start, OVPP_ACCEPT,
		      OVPP_ACCEPT);
}

void ovpp_hook_event(struct ovpp_site *site, const struct ovpp_record *rec)
{
	const struct ovpp_hook_entry *e;
	const struct ovpp_hook_set *set;
	struct ovpp_record_call call;

	ovpp_record_call_init(&call, site, OVPP_HOOK_EVENT, rec);
	rcu_read_lock();
	set = rcu_dereference(site->hook_set);
	if (set)
		for_each_hook(e, set, OVPP_HOOK_EVENT)
			ovpp_event_run(&call, e, rec);
	rcu_read_unlock();
}
