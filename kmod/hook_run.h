/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of programs. What a frame meets on its way is compiled into those who
 * show frames, ovpp_bus_receive() and ovpp_der_send(): of an empty program's cost
 * more would be calls from here to there than anything else.
 */
#ifndef OVPP_HOOK_RUN_H
#define OVPP_HOOK_RUN_H

#include <linux/limits.h>

#include "bus.h"
#include "cycles.h"
#include "hook.h"
#include "site.h"

/* Whatever length a frame says it has, its bytes are within. */
#define OVPP_FRAME_ROOM (U8_MAX + 1)

/**
 * struct ovpp_frame_call - a frame on its way through the programs
 * @ctx: what they see of it
 * @hook: whose program runs
 * @frame: it, with the payload as the last program left it
 * @open: the program that runs has got the bytes, in @buf
 * @buf: what it may write to
 * @out: payload once a program has changed it
 */
struct ovpp_frame_call {
	struct ovpp_frame_ctx ctx;
	struct ovpp_hook *hook;
	struct ovpp_frame frame;
	bool open;
	u8 buf[OVPP_FRAME_ROOM];
	u8 out[OVPP_FRAME_ROOM];
};

/*
 * Looks at a call that was not like most. Returns false if the frame is dropped.
 * Context: under the RCU of the call.
 */
bool ovpp_frame_judge(struct ovpp_frame_call *call,
		      const struct ovpp_hook_entry *e, u64 took, int verdict);

/*
 * Counts a call that began at @start. Returns true if it was like most: nothing about
 * it is @odd, and it took no more time than others before it.
 */
static __always_inline bool ovpp_hook_usual(const struct ovpp_hook_entry *e,
					    enum ovpp_hook_point point,
					    u64 start, int odd, u64 *took)
{
	struct ovpp_hook_count __percpu *count = e->count;

	*took = ovpp_cycles() - start;
	this_cpu_inc(count->runs);
	this_cpu_add(count->cycles, *took);
	return likely(!odd &&
		      *took <= READ_ONCE(e->hook->pace[point].longest));
}

/*
 * Field by field: of a whole struct the compiler would first write zeroes over all of
 * it, or align the stack for it.
 */
static __always_inline void ovpp_frame_fill(struct ovpp_frame_call *call,
					    enum ovpp_hook_point point,
					    const struct ovpp_bus *bus, u32 der,
					    const struct ovpp_frame *frame,
					    u64 now)
{
	struct ovpp_frame_ctx *ctx = &call->ctx;

	static_assert(offsetof(struct ovpp_frame_ctx, id) % sizeof(u64) == 0);
	static_assert(offsetofend(struct ovpp_frame_ctx, pad) -
			      offsetof(struct ovpp_frame_ctx, id) ==
		      sizeof(frame->head));

	ctx->ctx.now_ns = now;
	ctx->ctx.real_ns = 0;
	ctx->ctx.site = bus->site->id;
	ctx->ctx.point = point;
	ctx->bus = bus->id;
	ctx->der = der;
	*(u64 *)&ctx->id = frame->head;
	call->frame.head = frame->head;
	call->frame.data = frame->data;
	call->open = false;
}

/**
 * ovpp_frame_show() - show a frame to the programs
 * @call: uninitialised; its frame is what they made of @frame
 * @point: where it is, a constant
 * @bus: bus that it is on
 * @der: DER that it is of; 0: nobody's
 * @frame: it
 * @now: its time
 *
 * Context: under RCU; softirq or a thread.
 *
 * Return: false if one of them drops it; then call->hook is that one's.
 */
static __always_inline bool ovpp_frame_show(struct ovpp_frame_call *call,
					    enum ovpp_hook_point point,
					    const struct ovpp_bus *bus, u32 der,
					    const struct ovpp_frame *frame,
					    u64 now)
{
	const struct ovpp_hook_set *set = rcu_dereference(bus->site->hook_set);
	const struct ovpp_hook_entry *e;
	u64 start, took;
	int verdict;

	ovpp_frame_fill(call, point, bus, der, frame, now);
	for (e = set->first[point]; e < set->first[point + 1]; e++) {
		if (unlikely(READ_ONCE(e->hook->ejected)))
			continue;
		call->hook = e->hook;
		start = ovpp_cycles();
		verdict = e->frame(&call->ctx);
		if (!ovpp_hook_usual(e, point, start, verdict | call->open,
				     &took) &&
		    !ovpp_frame_judge(call, e, took, verdict))
			return false;
	}
	return true;
}

#endif /* OVPP_HOOK_RUN_H */
