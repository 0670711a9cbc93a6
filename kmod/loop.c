// SPDX-License-Identifier: GPL-2.0-only
/* A site's loop: timer, thread, ticks and deadlines. */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <uapi/linux/sched/types.h>

#include "compat.h"
#include "loop.h"
#include "site.h"
#include "trace.h"

/* What the thread has to do, in loop->pending. */
#define OVPP_LOOP_TICK BIT(0)
#define OVPP_LOOP_TRIGGER BIT(1)
#define OVPP_LOOP_CALL BIT(2)

/*
 * A trigger message that follows the last tick within this part of the period
 * waits for the timer: a babbling device must not take the CPU.
 */
#define OVPP_TRIGGER_PART 8

/**
 * struct ovpp_loop_call - a function for the thread to run
 * @fn: function
 * @arg: its argument
 * @ret: what it returned
 * @done: it has
 */
struct ovpp_loop_call {
	int (*fn)(struct ovpp_site *site, void *arg);
	void *arg;
	int ret;
	struct completion done;
};

/*
 * The full barrier of atomic_fetch_or() orders what the caller wrote (due time,
 * call) before the bit; the thread's atomic_xchg() pairs with it. The thread sets
 * its state before it looks at the bits, so a wake-up cannot fall between.
 */
static void ovpp_loop_kick(struct ovpp_loop *loop, int what)
{
	struct task_struct *task = READ_ONCE(loop->task);

	if (task && !(atomic_fetch_or(what, &loop->pending) & what))
		wake_up_process(task);
}

static enum hrtimer_restart ovpp_loop_timer(struct hrtimer *timer)
{
	struct ovpp_loop *loop = container_of(timer, struct ovpp_loop, timer);

	WRITE_ONCE(loop->due_ns, ktime_to_ns(hrtimer_get_expires(timer)));
	hrtimer_forward_now(timer, ns_to_ktime(loop->period_ns));
	ovpp_loop_kick(loop, OVPP_LOOP_TICK);
	return HRTIMER_RESTART;
}

void ovpp_loop_trigger(struct ovpp_site *site, u64 now)
{
	atomic64_cmpxchg(&site->loop.trigger_ns, 0, now);
	ovpp_loop_kick(&site->loop, OVPP_LOOP_TRIGGER);
}

/* Counts @missed periods and says so, at most once a second. */
static void ovpp_loop_missed(struct ovpp_site *site, u64 missed, u64 late_ns,
			     u64 now)
{
	site->loop.stats.missed += missed;
	if (now - site->reported_ns < NSEC_PER_SEC)
		return;
	site->reported_ns = now;
	ovpp_site_event(site, OVPP_EVENT_DEADLINE_MISSED, 0, 0, late_ns);
}

/**
 * struct ovpp_loop_clock - what the thread remembers between ticks
 * @last_due: due time of the last timer tick; 0: none
 * @last_tick: start of the last tick
 */
struct ovpp_loop_clock {
	u64 last_due;
	u64 last_tick;
};

/*
 * A tick that the timer asked for. It must have ended when the next one is due;
 * due times that passed while the thread did not come to look are missed too.
 */
static void ovpp_loop_timed(struct ovpp_site *site,
			    struct ovpp_loop_clock *clk)
{
	struct ovpp_loop *loop = &site->loop;
	u64 due = READ_ONCE(loop->due_ns);
	u64 start = ktime_get_ns();
	u64 wake = start > due ? start - due : 0;
	u64 end, missed = 0;

	trace_ovpp_tick(site->id, start, wake, false);
	ovpp_hist_add(&loop->stats.wake_ns, wake);
	site->wake_max_ns = max_t(u64, site->wake_max_ns, min(wake, U32_MAX));

	ovpp_site_tick(site, start);

	end = ktime_get_ns();
	if (clk->last_due && due > clk->last_due + loop->period_ns)
		missed = div64_u64(due - clk->last_due, loop->period_ns) - 1;
	if (end > due + loop->period_ns)
		missed++;
	if (missed)
		ovpp_loop_missed(site, missed, end - due, end);
	clk->last_due = due;
	clk->last_tick = start;
}

/* A tick that a message asked for. Returns false if it must wait. */
static bool ovpp_loop_triggered(struct ovpp_site *site,
				struct ovpp_loop_clock *clk)
{
	struct ovpp_loop *loop = &site->loop;
	u64 start = ktime_get_ns();
	u64 arrival = atomic64_read(&loop->trigger_ns);

	if (start - clk->last_tick < loop->period_ns / OVPP_TRIGGER_PART)
		return false;

	trace_ovpp_tick(site->id, start, start > arrival ? start - arrival : 0,
			true);
	loop->stats.triggered++;
	ovpp_site_tick(site, start);
	clk->last_tick = start;
	return true;
}

static void ovpp_loop_run(struct ovpp_site *site, int pending,
			  struct ovpp_loop_clock *clk)
{
	struct ovpp_loop *loop = &site->loop;
	u64 start = ktime_get_ns();
	u64 arrival, end;

	if (pending & OVPP_LOOP_TICK)
		ovpp_loop_timed(site, clk);
	else if (!ovpp_loop_triggered(site, clk))
		return;

	end = ktime_get_ns();
	loop->stats.ticks++;
	ovpp_hist_add(&loop->stats.tick_ns, end - start);
	site->tick_max_ns = max_t(u64, site->tick_max_ns,
				  min(end - start, U32_MAX));

	/*
	 * A frame that came while this tick ran has set the time only if an
	 * earlier one had not; it has also set its bit, so that its own tick
	 * follows, uncounted here. The histogram loses that one, nothing else.
	 */
	arrival = atomic64_xchg(&loop->trigger_ns, 0);
	if (arrival && end > arrival)
		ovpp_hist_add(&loop->stats.trigger_ns, end - arrival);
}

static void ovpp_loop_serve(struct ovpp_site *site)
{
	struct ovpp_loop_call *call = READ_ONCE(site->loop.call);

	call->ret = call->fn(site, call->arg);
	complete(&call->done);
}

static int ovpp_loop_thread(void *data)
{
	struct ovpp_site *site = data;
	struct ovpp_loop *loop = &site->loop;
	struct ovpp_loop_clock clk = {};
	int pending;

	/* Started here, on the CPU that the thread is bound to, it stays there. */
	hrtimer_start(&loop->timer,
		      ktime_add_ns(ktime_get(), loop->period_ns),
		      HRTIMER_MODE_ABS_PINNED_HARD);

	for (;;) {
		set_current_state(TASK_IDLE);
		pending = atomic_xchg(&loop->pending, 0);
		if (!pending) {
			if (kthread_should_stop())
				break;
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);

		if (pending & OVPP_LOOP_CALL)
			ovpp_loop_serve(site);
		if (pending & (OVPP_LOOP_TICK | OVPP_LOOP_TRIGGER))
			ovpp_loop_run(site, pending, &clk);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

int ovpp_loop_call(struct ovpp_site *site,
		   int (*fn)(struct ovpp_site *site, void *arg), void *arg)
{
	struct ovpp_loop *loop = &site->loop;
	struct ovpp_loop_call call = { .fn = fn, .arg = arg };

	lockdep_assert_held(&site->lock);

	/* No thread: before the start or after the stop nobody else is there. */
	if (!loop->task)
		return fn(site, arg);

	init_completion(&call.done);
	WRITE_ONCE(loop->call, &call);
	ovpp_loop_kick(loop, OVPP_LOOP_CALL);
	wait_for_completion(&call.done);
	return call.ret;
}

int ovpp_loop_start(struct ovpp_site *site)
{
	struct ovpp_loop *loop = &site->loop;
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_FIFO,
		.sched_priority = loop->priority,
	};
	struct task_struct *task;
	int err;

	lockdep_assert_held(&site->lock);

	task = kthread_create(ovpp_loop_thread, site, "ovpp/%s", site->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, loop->cpu);
	err = sched_setattr_nocheck(task, &attr);
	if (err) {
		kthread_stop(task);
		return err;
	}

	ovpp_hrtimer_setup(&loop->timer, ovpp_loop_timer, CLOCK_MONOTONIC,
			   HRTIMER_MODE_ABS_PINNED_HARD);
	atomic_set(&loop->pending, 0);
	atomic64_set(&loop->trigger_ns, 0);
	WRITE_ONCE(loop->task, task);
	wake_up_process(task);
	return 0;
}

/*
 * Receivers may still call ovpp_loop_trigger(): they see no task, or the one
 * whose memory the reference here keeps until an RCU grace period has let them
 * all out. The thread starts the timer, so it must have stopped before the
 * timer is cancelled for good.
 */
void ovpp_loop_stop(struct ovpp_site *site)
{
	struct ovpp_loop *loop = &site->loop;
	struct task_struct *task = loop->task;

	lockdep_assert_held(&site->lock);

	if (!task)
		return;
	get_task_struct(task);
	kthread_stop(task);
	hrtimer_cancel(&loop->timer);
	WRITE_ONCE(loop->task, NULL);
	synchronize_rcu();
	put_task_struct(task);
}
