/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A site's loop: a hard hrtimer wakes one SCHED_FIFO thread, pinned to a CPU.
 *
 * The thread owns the engine. Nobody else touches it: whoever wants to read or
 * change control state has the thread do so between two ticks, with
 * ovpp_loop_call(). So the tick takes no lock but the short raw one of each
 * DER's image.
 */
#ifndef OVPP_LOOP_H
#define OVPP_LOOP_H

#include <linux/hrtimer.h>
#include <linux/types.h>

#include "core/hist.h"

struct ovpp_site;
struct ovpp_loop_call;

/**
 * struct ovpp_loop_stats - always on, written by the thread
 * @ticks: ticks run
 * @triggered: those that a trigger message started
 * @missed: periods without a tick that ended in time
 * @wake_ns: due time to first instruction
 * @tick_ns: length of a tick
 * @trigger_ns: arrival of a trigger frame to the end of its tick
 */
struct ovpp_loop_stats {
	u64 ticks;
	u64 triggered;
	u64 missed;
	struct ovpp_hist wake_ns;
	struct ovpp_hist tick_ns;
	struct ovpp_hist trigger_ns;
};

/**
 * struct ovpp_loop - timer and thread
 * @task: the thread, NULL while stopped; start and stop under site->lock
 * @timer: wakes it
 * @pending: what the thread has to do, OVPP_LOOP_* bits
 * @due_ns: when the newest timer tick was due
 * @trigger_ns: arrival of the first trigger frame not yet seen by a tick; 0: none
 * @call: what to run between ticks, under site->lock
 * @period_ns: period
 * @cpu: CPU it is pinned to
 * @priority: SCHED_FIFO priority
 * @stats: see above
 */
struct ovpp_loop {
	struct task_struct *task;
	struct hrtimer timer;
	atomic_t pending;
	u64 due_ns;
	atomic64_t trigger_ns;
	struct ovpp_loop_call *call;
	u64 period_ns;
	int cpu;
	u32 priority;
	struct ovpp_loop_stats stats;
};

/* Process context, under site->lock. */
int ovpp_loop_start(struct ovpp_site *site);
void ovpp_loop_stop(struct ovpp_site *site);

/**
 * ovpp_loop_call() - have the loop run a function between two ticks
 * @site: site whose loop runs
 * @fn: function; short, does not sleep
 * @arg: its argument
 *
 * Context: process, under site->lock; sleeps for a tick at most.
 *
 * Return: what @fn returned.
 */
int ovpp_loop_call(struct ovpp_site *site,
		   int (*fn)(struct ovpp_site *site, void *arg), void *arg);

/* A trigger message arrived at @now. Context: any but NMI. */
void ovpp_loop_trigger(struct ovpp_site *site, u64 now);

#endif /* OVPP_LOOP_H */
