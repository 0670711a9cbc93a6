// SPDX-License-Identifier: GPL-2.0-only
/* The calls of hooks: order, verdicts, budgets. For frames see hook_run.h. */

#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>

#include "hook_run.h"

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
 * Is a call that has taken longer than any before over its budget? One in which the
 * task was switched out counts for neither, unless that goes on.
 */
static bool ovpp_hook_over_budget(struct ovpp_hook_pace *pace, u64 took,
				  u64 took_ns)
{
	if (!ovpp_hook_switched(took_ns)) {
		WRITE_ONCE(pace->longest, took);
		WRITE_ONCE(pace->switched, 0);
		return took > pace->budget;
	}
	if (took <= pace->budget)
		return false;
	WRITE_ONCE(pace->switched, pace->switched + 1);
	return pace->switched >= OVPP_HOOK_SWITCHED_MAX;
}

/*
 * Looks at a call that was not like most. Returns false if the program has forfeited
 * its verdict: it is ejected. The counter may seem to have gone back when the task
 * has moved to another processor; then it was switched out as well.
 */
static noinline bool ovpp_hook_judge(const struct ovpp_hook_entry *e,
				     enum ovpp_hook_point point, u64 took,
				     unsigned int verdict,
				     unsigned int greatest)
{
	struct ovpp_hook_pace *pace = &e->hook->pace[point];
	u64 took_ns;

	if (verdict > greatest) {
		ovpp_hook_eject(e->hook, point, OVPP_HOOK_CAUSE_VERDICT,
				(int)verdict);
		return false;
	}
	if (took <= READ_ONCE(pace->longest))
		return true;
	took_ns = ovpp_cycles_to_ns(took);
	if (!ovpp_hook_over_budget(pace, took, took_ns))
		return true;
	ovpp_hook_eject(e->hook, point, OVPP_HOOK_CAUSE_BUDGET, took_ns);
	return false;
}

/* Frames */

/* What a program did to the bytes counts, unless it was ejected for this call. */
static void ovpp_frame_take(struct ovpp_frame_call *call,
			    const struct ovpp_hook_entry *e, bool valid)
{
	call->open = false;
	if (!valid || !memcmp(call->buf, call->frame.data, call->frame.len))
		return;
	memcpy(call->out, call->buf, call->frame.len);
	call->frame.data = call->out;
	this_cpu_inc(e->count->rewritten);
}

bool ovpp_frame_judge(struct ovpp_frame_call *call,
		      const struct ovpp_hook_entry *e, u64 took, int verdict)
{
	bool valid = ovpp_hook_judge(e, call->ctx.ctx.point, took, verdict,
				     OVPP_DROP);

	if (call->open)
		ovpp_frame_take(call, e, valid);
	if (!valid || verdict != OVPP_DROP)
		return true;
	this_cpu_inc(e->count->dropped);
	return false;
}

void ovpp_hook_overrule(struct ovpp_hook *hook, enum ovpp_hook_point point)
{
	this_cpu_inc(hook->stats->point[point].overruled);
	this_cpu_dec(hook->stats->point[point].dropped);
}

/* Records */

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
}

static bool ovpp_sample_run(struct ovpp_record_call *call,
			    const struct ovpp_hook_entry *e,
			    const struct ovpp_record *rec)
{
	u64 start = ovpp_cycles(), took;
	int verdict;

	if (READ_ONCE(e->hook->ejected))
		return true;
	call->hook = e->hook;
	verdict = e->record(&call->ctx, rec);
	if (ovpp_hook_usual(e, OVPP_HOOK_SAMPLE, start, verdict, &took) ||
	    !ovpp_hook_judge(e, OVPP_HOOK_SAMPLE, took, verdict, OVPP_DROP) ||
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
	for (e = set->first[OVPP_HOOK_SAMPLE];
	     keep && e < set->first[OVPP_HOOK_SAMPLE + 1]; e++)
		keep = ovpp_sample_run(&call, e, rec);
	rcu_read_unlock();
	return keep;
}

static void ovpp_event_run(struct ovpp_record_call *call,
			   const struct ovpp_hook_entry *e,
			   const struct ovpp_record *rec)
{
	u64 start = ovpp_cycles(), took;

	if (READ_ONCE(e->hook->ejected))
		return;
	call->hook = e->hook;
	e->event(&call->ctx, rec);
	if (!ovpp_hook_usual(e, OVPP_HOOK_EVENT, start, OVPP_ACCEPT, &took))
		ovpp_hook_judge(e, OVPP_HOOK_EVENT, took, OVPP_ACCEPT,
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
	for (e = set->first[OVPP_HOOK_EVENT];
	     e < set->first[OVPP_HOOK_EVENT + 1]; e++)
		ovpp_event_run(&call, e, rec);
	rcu_read_unlock();
}

/* Setpoints */

/*
 * Bounds that a program has narrowed stay so for this tick even if it is ejected:
 * they can only be too careful.
 */
static void ovpp_control_run(struct ovpp_control_call *call,
			     const struct ovpp_hook_entry *e)
{
	u64 start = ovpp_cycles(), took;
	int verdict;

	if (READ_ONCE(e->hook->ejected))
		return;
	call->hook = e->hook;
	verdict = e->control(&call->ctx);
	if (!ovpp_hook_usual(e, OVPP_HOOK_CONTROL, start, verdict, &took))
		ovpp_hook_judge(e, OVPP_HOOK_CONTROL, took, verdict,
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
	};
	const struct ovpp_hook_entry *e;
	const struct ovpp_hook_set *set;

	rcu_read_lock();
	set = rcu_dereference(site->hook_set);
	for (e = set->first[OVPP_HOOK_CONTROL];
	     e < set->first[OVPP_HOOK_CONTROL + 1]; e++)
		ovpp_control_run(&call, e);
	rcu_read_unlock();
	if (call.narrowed)
		ovpp_control_share(&site->eng);
}
