/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a site's PCC target should be, now and in the time to come. */
#ifndef OVPPD_PLAN_H
#define OVPPD_PLAN_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/**
 * struct plan_entry - from this time of day on
 * @at_s: seconds after local midnight, as a clock on the wall shows them
 * @p_mw: PCC target
 */
struct plan_entry {
	int32_t at_s;
	int64_t p_mw;
};

/**
 * struct plan - a constant target, or one that changes with the time of day
 * @ttl_ms: how far ahead it is given to the kernel
 * @n: number of entries, in order of time; a constant is one at midnight
 * @entry: entries
 */
struct plan {
	uint32_t ttl_ms;
	size_t n;
	struct plan_entry entry[];
};

/**
 * plan_new() - the plan of a site
 * @site: site of the desired state, see config.h
 * @out: set to the plan, to be freed; NULL if the site has none
 *
 * Return: 0 or -ENOMEM.
 */
int plan_new(const json_t *site, struct plan **out);

/**
 * plan_at() - the target at a moment
 * @plan: plan
 * @now: that moment, CLOCK_REALTIME
 * @until: set to the moment of the next entry, > @now
 *
 * Return: mW.
 */
int64_t plan_at(const struct plan *plan, time_t now, time_t *until);

/**
 * plan_blocks() - the next ttl_ms of a plan as blocks of a dispatch
 * @plan: plan
 * @now: now, CLOCK_REALTIME; the blocks themselves hold lengths only, so that
 *	a later step of the wall clock does not reach into the kernel
 *
 * Return: a new array for "dispatch-new", NULL when memory runs out.
 */
json_t *plan_blocks(const struct plan *plan, const struct timespec *now);

#endif /* OVPPD_PLAN_H */
