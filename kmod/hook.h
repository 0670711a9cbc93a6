/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks: struct_ops maps attached to a site. See uapi/linux/openvpp_hook.h for
 * what programs see, hook_call.h for where they are called.
 *
 * Locks: ovpp_hooks_lock, a leaf below site->lock, covers which hook belongs to
 * which site. Callers find programs under RCU in site->hook_set, one pointer
 * that changes as a whole: a hook comes, goes and is replaced between two calls.
 */
#ifndef OVPP_HOOK_H
#define OVPP_HOOK_H

#include <linux/list.h>
#include <linux/ratelimit_types.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "hook_call.h"

struct bpf_prog;

/* Hooks a site. */
#define OVPP_HOOK_SITE_MAX 16

/**
 * struct ovpp_hook_count - what one program of a hook has done, on one CPU
 * @runs: calls
 * @cycles: time in them
 * @dropped: frames or samples dropped
 * @rewritten: frames changed
 * @overruled: verdicts not followed
 * @clamped: setpoints narrowed
 */
struct ovpp_hook_count {
	u64 runs;
	u64 cycles;
	u64 dropped;
	u64 rewritten;
	u64 overruled;
	u64 clamped;
};

/**
 * struct ovpp_hook_stats - counters of a hook, on one CPU
 * @point: by enum ovpp_hook_point
 * @reflexes: DER sent to their safe values
 */
struct ovpp_hook_stats {
	struct ovpp_hook_count point[OVPP_HOOK_POINTS];
	u64 reflexes;
};

/**
 * struct ovpp_hook_pace - how long the calls of a program may take and have taken
 * @longest: longest call, cycles; never above @budget unless the hook is ejected, so
 *	that calls are compared with it alone. Of several writers at once any may win.
 * @budget: cycles
 * @switched: calls over budget in a row in which the task was switched out; a racing
 *	writer may lose one
 */
struct ovpp_hook_pace {
	u64 longest;
	u64 budget;
	u32 switched;
};

/**
 * struct ovpp_hook - one attached struct_ops map
 * @node: in site->hooks by priority, under the lock; empty once the site is gone
 * @all: in the list of all hooks, under the lock
 * @site: site, with a reference
 * @ops: programs and parameters; the map's, which outlives every call
 * @id: id, unique while the module is loaded; that of its predecessor if it
 *	replaced one
 * @stats: counters; the predecessor's too
 * @pace: how long its calls may take and have taken, by point
 * @emits: limits its own events
 * @replaced: a successor has its counters and its reference
 * @ejected: bit 0: calls go past it. Whoever sets it writes the cause.
 * @cause: enum ovpp_hook_cause, released last
 * @cause_point: enum ovpp_hook_point
 * @cause_arg: ns or verdict
 * @cause_real_ns: when
 * @eject_work: takes the ejected out of the set
 * @free_work: frees it after the last call
 */
struct ovpp_hook {
	struct list_head node;
	struct list_head all;
	struct ovpp_site *site;
	const struct ovpp_ops *ops;
	u32 id;
	struct ovpp_hook_stats __percpu *stats;
	struct ovpp_hook_pace pace[OVPP_HOOK_POINTS];
	struct ratelimit_state emits;
	bool replaced;
	unsigned long ejected;
	u32 cause;
	u32 cause_point;
	s64 cause_arg;
	u64 cause_real_ns;
	struct work_struct eject_work;
	struct rcu_work free_work;
};

/**
 * struct ovpp_hook_entry - a program in a set
 * @hook: its hook
 * @count: where its calls count
 * @frame: of frame_rx or frame_tx
 * @record: of sample
 * @control: of control
 * @event: of event
 */
struct ovpp_hook_entry {
	struct ovpp_hook *hook;
	struct ovpp_hook_count __percpu *count;
	union {
		int (*frame)(struct ovpp_frame_ctx *frame);
		int (*record)(struct ovpp_hook_ctx *ctx,
			      const struct ovpp_record *record);
		int (*control)(struct ovpp_control_ctx *control);
		void (*event)(struct ovpp_hook_ctx *ctx,
			      const struct ovpp_record *record);
	};
};

/**
 * struct ovpp_hook_set - programs of a site in the order of their calls
 * @rcu: for its end
 * @first: first program of a point; that of the next point ends it
 * @entry: programs
 */
struct ovpp_hook_set {
	struct rcu_head rcu;
	const struct ovpp_hook_entry *first[OVPP_HOOK_POINTS + 1];
	struct ovpp_hook_entry entry[];
};

/**
 * struct ovpp_control_call - the setpoints of a tick on their way through programs
 * @ctx: what they see
 * @hook: whose program runs
 * @narrowed: some bounds were
 */
struct ovpp_control_call {
	struct ovpp_control_ctx ctx;
	struct ovpp_hook *hook;
	bool narrowed;
};

/**
 * struct ovpp_record_call - a record on its way through programs
 * @ctx: what they see beside it
 * @hook: whose program runs
 */
struct ovpp_record_call {
	struct ovpp_hook_ctx ctx;
	struct ovpp_hook *hook;
};

/**
 * struct ovpp_hook_view - a hook for a reader
 * @id: id
 * @priority: priority
 * @name: name
 * @points: bit per enum ovpp_hook_point where it has a program
 * @budget_ns: by point
 * @max_ns: longest call by point
 * @stats: sums, cycles in ns over all CPUs
 * @cause: enum ovpp_hook_cause
 * @cause_point: see struct ovpp_hook
 * @cause_arg: likewise
 * @cause_real_ns: likewise
 */
struct ovpp_hook_view {
	u32 id;
	s32 priority;
	char name[OPENVPP_NAME_MAX + 1];
	u32 points;
	u32 budget_ns[OVPP_HOOK_POINTS];
	u32 max_ns[OVPP_HOOK_POINTS];
	struct ovpp_hook_stats stats;
	u32 cause;
	u32 cause_point;
	s64 cause_arg;
	u64 cause_real_ns;
};

#ifdef OVPP_HOOKS
int ovpp_hook_init(void);
void ovpp_hook_exit(void);

/*
 * A map of the type comes, goes, or takes another one's place. Process context.
 * -ENOENT: its site is not there in the caller's namespace; -EEXIST: a hook of its
 * name is; -ENOSPC: the site has no room. To replace: -ENODEV: the site has gone;
 * -EINVAL: it is for another site, or of another name.
 */
int ovpp_hook_attach(const struct ovpp_ops *ops);
void ovpp_hook_detach(const struct ovpp_ops *ops);
int ovpp_hook_replace(const struct ovpp_ops *was, const struct ovpp_ops *ops);

/* Has it a program at a point? */
bool ovpp_ops_has(const struct ovpp_ops *ops, enum ovpp_hook_point point);

/* hook_ops.c: registers the type. */
int ovpp_ops_register(void);
/* There can be no hooks, and this is why; a constant text. */
void ovpp_ops_missing(const char *why);
/* Why there can be no hooks; NULL if there can. */
const char *ovpp_hook_unavailable(void);
/* Is it one of our programs? For the kfuncs' filter. */
bool ovpp_hook_owns(const struct bpf_prog *prog);

/* hook_kfunc.c: the functions that programs may call, see bpf/openvpp.bpf.h. */
int ovpp_hook_kfunc_init(void);
u8 *ovpp_frame_data(struct ovpp_frame_ctx *frame, u32 offset,
		    const size_t rdwr_buf_size);
int ovpp_reflex(struct ovpp_frame_ctx *frame, u32 der, u32 hold_ms);
int ovpp_point_read(struct ovpp_hook_ctx *ctx, u32 der, u32 point,
		    struct ovpp_hook_value *value);
int ovpp_der_read(struct ovpp_hook_ctx *ctx, u32 least,
		  struct ovpp_hook_der *der);
int ovpp_site_read(struct ovpp_hook_ctx *ctx, struct ovpp_hook_site *site);
int ovpp_setpoint_read(struct ovpp_control_ctx *control, u32 index,
		       struct ovpp_hook_setpoint *setpoint);
int ovpp_setpoint_clamp(struct ovpp_control_ctx *control, u32 index, s64 lo_mw,
			s64 hi_mw);
int ovpp_event_emit(struct ovpp_hook_ctx *ctx, u32 der, s64 arg);

/* The site dies: its hooks have none from here on. Under site->lock. */
void ovpp_hook_site_gone(struct ovpp_site *site);

/**
 * ovpp_hook_look() - copy what is known of a hook
 * @site: its site
 * @id: least id wanted, used where @name is NULL
 * @name: name or NULL
 * @view: result
 *
 * Context: process, under site->lock.
 *
 * Return: 0, or -ENOENT.
 */
int ovpp_hook_look(struct ovpp_site *site, u32 id, const char *name,
		   struct ovpp_hook_view *view);

/* The first cause wins; calls go past the hook at once. Any context but NMI. */
void ovpp_hook_eject(struct ovpp_hook *hook, enum ovpp_hook_point point,
		     enum ovpp_hook_cause cause, s64 arg);
/* A new site, which has none. */
void ovpp_hook_site_init(struct ovpp_site *site);
#else
static inline int ovpp_hook_init(void)
{
	return 0;
}

static inline void ovpp_hook_exit(void)
{
}

static inline const char *ovpp_hook_unavailable(void)
{
	return "this kernel or module was built without them";
}

static inline void ovpp_hook_site_init(struct ovpp_site *site)
{
}

static inline void ovpp_hook_site_gone(struct ovpp_site *site)
{
}

static inline int ovpp_hook_look(struct ovpp_site *site, u32 id,
				 const char *name, struct ovpp_hook_view *view)
{
	return -ENOENT;
}
#endif

#endif /* OVPP_HOOK_H */
