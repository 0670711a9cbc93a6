/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where hooks are called. Without one, each of these places costs the static
 * branch in ovpp_hook_at() and nothing else. Frames are shown to them by what is
 * in hook_run.h.
 */
#ifndef OVPP_HOOK_CALL_H
#define OVPP_HOOK_CALL_H

#include <linux/jump_label.h>

#include <uapi/linux/openvpp_hook.h>

struct ovpp_hook;
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
