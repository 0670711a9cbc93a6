// SPDX-License-Identifier: GPL-2.0-only
/* The calls of hooks: order, verdicts, budgets. */

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include "hook.h"
#include "site.h"

DEFINE_STATIC_KEY_ARRAY_FALSE(ovpp_hook_keys, OVPP_HOOK_POINTS);

/* Calls over budget in a row that are no excuse any more for being interrupted. */
#define OVPP_HOOK_SWITCHED_MAX 3

/**
 * struct ovpp_hook_timer - measures one call
 * @start_ns: when it began, by the scheduler's clock, the cheapest there is
 * @switches: context switches of the task until then
 */
struct ovpp_hook_timer {
	u64 start_ns;
	unsigned long switches;
};

static void ovpp_hook_begin(struct ovpp_hook_timer *t)
{
	t->switches = current->nvcsw + current->nivcsw;
	t->start_ns = local_clock();
}

/*
 * A call in which the task was switched out has taken time that others had: it
 * is over its budget only when that goes on.
 */
static bool ovpp_hook_over_budget(struct ovpp_hook *hook,
				  enum ovpp_hook_point point, u64 took_ns,
				  bool switched)
{
	if (!switched && took_ns > READ_ONCE(hook->max_ns[point]))
		WRITE_ONCE(hook->max_ns[point], min(took_ns, U32_MAX));
	if (likely(took_ns <= hook->budget_ns[point])) {
		if (unlikely(hook->switched[point]))
			WRITE_ONCE(hook->switched[point], 0);
		return false;
	}
	if (!switched)
		return true;
	WRITE_ONCE(hook->switched[point], hook->switched[point] + 1);
	return hook->switched[point] >= OVPP_HOOK_SWITCHED_MAX;
}

/*
 * The end of a call. Returns the verdict to follow, and that is OVPP_ACCEPT where
 * the program has forfeited it; *@ejected tells.
 */
static int ovpp_hook_end(const struct ovpp_hook_timer *t,
			 struct ovpp_hook *hook, struct ovpp_site *site,
			 enum ovpp_hook_point point, int verdict, int greatest,
			 bool *ejected)
{
	s64 took_ns = local_clock() - t->start_ns;
	bool switched = current->nvcsw + current->nivcsw != t->switches;

	/* Clocks of two CPUs may be apart: the task has moved. */
	took_ns = max(took_ns, 0);
	this_cpu_inc(hook->stats->point[point].runs);
	this_cpu_add(hook->stats->point[point].time_ns, took_ns);

	*ejected = true;
	if (unlikely(verdict < 0 || verdict > greatest)) {
		ovpp_hook_eject(hook, site, point, OVPP_HOOK_CAUSE_VERDICT,
				verdict);
		return OVPP_ACCEPT;
	}
	if (unlikely(ovpp_hook_over_budget(hook, point, took_ns, switched))) {
		ovpp_hook_eject(hook, site, point, OVPP_HOOK_CAUSE_BUDGET,
				took_ns);
		return OVPP_ACCEPT;
	}
	*ejected = false;
	return verdict;
}

/* The next program of a point that is not ejected; NULL: no more. */
static const struct ovpp_hook_entry *
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

/* What a program did to the bytes counts unless it was ejected for this call. */
static void ovpp_frame_take(struct ovpp_frame_call *call, bool ejected)
{
	if (!call->open)
		return;
	call->open = false;
	if (ejected || !memcmp(call->buf, call->data, call->ctx.len))
		return;
	memcpy(call->out, call->buf, call->ctx.len);
	call->data = call->out;
	this_cpu_inc(call->hook->stats->point[call->ctx.ctx.point].rewritten);
}

static bool ovpp_frame_run(struct ovpp_frame_call *call,
			   const struct ovpp_hook_entry *e)
{
	enum ovpp_hook_point point = call->ctx.ctx.point;
	struct ovpp_hook_timer t;
	bool ejected;
	int verdict;

	call->hook = e->hook;
	ovpp_hook_begin(&t);
	verdict = e->frame(&call->ctx);
	verdict = ovpp_hook_end(&t, e->hook, call->site, point, verdict,
				OVPP_DROP, &ejected);
	ovpp_frame_take(call, ejected);
	if (verdict != OVPP_DROP)
		return true;
	this_cpu_inc(e->hook->stats->point[point].dropped);
	return false;
}

bool ovpp_hook_frame(struct ovpp_frame_call *call, enum ovpp_hook_point point,
		     struct ovpp_bus *bus, u32 der,
		     const struct ovpp_frame *frame, u64 now)
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
	if (!set)
		return true;
	for_each_hook(e, set, point)
		if (!ovpp_frame_run(call, e))
			return false;
	return true;
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
	struct ovpp_hook_timer t;
	bool ejected;
	int verdict;

	call->hook = e->hook;
	ovpp_hook_begin(&t);
	verdict = e->record(&call->ctx, rec);
	verdict = ovpp_hook_end(&t, e->hook, call->site, OVPP_HOOK_SAMPLE,
				verdict, OVPP_DROP, &ejected);
	if (verdict != OVPP_DROP)
		return true;
	this_cpu_inc(e->hook->stats->point[OVPP_HOOK_SAMPLE].dropped);
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
	struct ovpp_hook_timer t;
	bool ejected;
	int verdict;

	call->hook = e->hook;
	ovpp_hook_begin(&t);
	verdict = e->control(&call->ctx);
	/*
	 * Bounds that an ejected program has narrowed stay so for this tick: they
	 * can only be too careful.
	 */
	ovpp_hook_end(&t, e->hook, call->site, OVPP_HOOK_CONTROL, verdict,
		      OVPP_ACCEPT, &ejected);
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
	struct ovpp_hook_timer t;
	bool ejected;

	call->hook = e->hook;
	ovpp_hook_begin(&t);
	e->event(&call->ctx, rec);
	ovpp_hook_end(&t, e->hook, call->site, OVPP_HOOK_EVENT, OVPP_ACCEPT,
		      OVPP_ACCEPT, &ejected);
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
