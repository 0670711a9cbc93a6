/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a site's plan in force by dispatches that are short and renewed, so
 * that the site falls back by itself when the daemon is gone.
 *
 * Somebody else's dispatch for the PCC goes first: while one is pending or
 * running nothing is renewed, and when it has ended the plan is taken up again.
 * A dispatch is the daemon's own if it gave it, or, after a restart, if it asks
 * for exactly what the plan does: the same power now and the same time to live.
 */
#ifndef OVPPD_TARGET_H
#define OVPPD_TARGET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "nl.h"
#include "plan.h"

/**
 * struct target - a plan being kept
 * @plan: plan, owned; NULL: there is none
 * @own: id of the newest own dispatch; 0: none
 * @foreign: id of somebody else's dispatch that goes first; 0: none
 * @renewed_ns: when @own was given, CLOCK_MONOTONIC
 */
struct target {
	struct plan *plan;
	uint32_t own;
	uint32_t foreign;
	uint64_t renewed_ns;
};

/* Takes the plan of a site of the desired state; 0 or -ENOMEM. */
int target_set(struct target *t, const json_t *site);
void target_clear(struct target *t);

/**
 * target_keep() - ask who is in force, and give the plan if nobody else is
 * @t: target with a plan
 * @nl: client
 * @site: site id
 * @renew: give it also while the own dispatch is in force
 *
 * Return: 0, also when a foreign dispatch goes first; or -errno, text by
 * ovpp_nl_error().
 */
int target_keep(struct target *t, struct ovpp_nl *nl, uint32_t site, bool renew);

/* Half of the time to live, ns. */
uint64_t target_period(const struct target *t);

#endif /* OVPPD_TARGET_H */
