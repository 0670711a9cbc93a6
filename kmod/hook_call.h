/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where hooks are called. Without one, each of these places costs the static
 * branch in ovpp_hook_at() and nothing else.
 */
#ifndef OVPP_HOOK_CALL_H
#define OVPP_HOOK_CALL_H

#include <linux/jump_label.h>

#include <uapi/linux/openvpp_hook.h>

#include "bus.h"

struct ovpp_hook;
struct ovpp_rx;
struct ovpp_site;

#define OVPP_HOOK_POINTS (OVPP_HOOK_MAX + 1)

#ifdef OVPP_HOOKS
extern struct static_key_false ovpp_hook_keys[OVPP_HOOK_POINTS];

/* Does any site have a program at @point, a constant? */
#define ovpp_hook_at(point) static_branch_unlikely(&ovpp_hook_keys[point])
#else
static inline bool ovpp_hook_at(enum ovpp_hook_point point)
{
	return false;
}
#endif

/**
 * struct ovpp_frame_call - a frame on its way through the programs
 * @ctx: what they see of it
 * @hook: whose program runs
 * @data: payload as the last program left it
 * @open: the program that runs has got the bytes, in @buf
 * @buf: what it may write to
 * @out: holds @data once a program has changed it
 */
struct ovpp_frame_call {
	struct ovpp_frame_ctx ctx;
	struct ovpp_hook *hook;
	const u8 *data;
	bool open;
	u8 buf[OVPP_FRAME_MAX];
	u8 out[OVPP_FRAME_MAX];
};

/**
 * ovpp_hook_frame_rx() - show a frame that has arrived to the programs
 * @bus: bus it came from
 * @rx: message that it is, or NULL
 * @frame: it
 * @now: its time
 *
 * A frame that they have changed is passed on from here, to ovpp_bus_take().
 *
 * Context: under RCU; softirq or a thread.
 *
 * Return: true if the caller is to go on with the frame.
 */
bool ovpp_hook_frame_rx(struct ovpp_bus *bus, const struct ovpp_rx *rx,
			const struct ovpp_frame *frame, u64 now);

/**
 * ovpp_hook_frame_tx() - show a frame that is about to be sent to the programs
 * @call: uninitialised; its data is what they made of the payload
 * @bus: bus it goes to
 * @der: DER that it is from
 * @frame: it
 * @now: its time
 *
 * Context: under RCU; the loop.
 *
 * Return: false if one of them drops it; then call->hook is that one's.
 */
bool ovpp_hook_frame_tx(struct ovpp_frame_call *call, struct ovpp_bus *bus,
			u32 der, const struct ovpp_frame *frame, u64 now);

/* A verdict of @hook was not followed. Context: under the RCU of its call. */
void ovpp_hook_overrule(struct ovpp_hook *hook, enum ovpp_hook_point point);

/* Is a sample record to be kept? Context: the loop. */
bool ovpp_hook_sample(struct ovpp_site *site, const struct ovpp_record *rec);

/*
 * Lets the programs narrow the setpoints of this tick and shares them again if
 * they did. Context: the loop, between the halves of a tick, lease active.
 */
void ovpp_hook_control(struct ovpp_site *site, u64 now);

/* Shows an event that was recorded. Context: any but hard interrupt and NMI. */
void ovpp_hook_event(struct ovpp_site *site, const struct ovpp_record *rec);

#endif /* OVPP_HOOK_CALL_H */
