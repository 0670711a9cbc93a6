// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <errno.h>
#include <linux/openvpp_netlink.h>
#include <stdbool.h>
#include <stdlib.h>

static int64_t integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int compare(const void *a, const void *b)
{
	const struct plan_entry *x = a, *y = b;

	return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

int plan_new(const json_t *site, struct plan **out)
{
	const json_t *target = json_object_get(site, "target");
	const json_t *schedule = json_object_get(site, "schedule");
	size_t n = schedule ? json_array_size(schedule) : 1;
	struct plan *plan;

	*out = NULL;
	if (!target)
		return 0;
	plan = calloc(1, sizeof(*plan) + n * sizeof(plan->entry[0]));
	if (!plan)
		return -ENOMEM;
	plan->ttl_ms = (uint32_t)integer(target, "ttl_ms");
	plan->n = n;
	plan->entry[0].p_mw = integer(target, "p_mw");
	for (size_t i = 0; schedule && i < n; i++) {
		const json_t *e = json_array_get(schedule, i);

		plan->entry[i].at_s = (int32_t)integer(e, "at_s");
		plan->entry[i].p_mw = integer(e, "p_mw");
	}
	qsort(plan->entry, n, sizeof(plan->entry[0]), compare);
	*out = plan;
	return 0;
}

/*
 * When a clock on the wall shows @at_s on the day @days after that of @now.
 * mktime() knows when the clock is put forward or back.
 */
static time_t moment(time_t now, int days, int32_t at_s)
{
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_mday += days;
	tm.tm_hour = at_s / 3600;
	tm.tm_min = at_s / 60 % 60;
	tm.tm_sec = at_s % 60;
	tm.tm_isdst = -1;
	return mktime(&tm);
}

int64_t plan_at(const struct plan *plan, time_t now, time_t *until)
{
	const struct plan_entry *current = &plan->entry[plan->n - 1];
	time_t since = 0, next = 0;
	bool found = false;

	/* Yesterday's are all over, tomorrow's all to come. */
	for (int day = -1; day <= 1; day++) {
		for (size_t i = 0; i < plan->n; i++) {
			time_t t = moment(now, day, plan->entry[i].at_s);

			if (t > now && (!next || t < next))
				next = t;
			if (t <= now && (!found || t >= since)) {
				since = t;
				current = &plan->entry[i];
				found = true;
			}
		}
	}
	*until = next > now ? next : now + 86400;
	return current->p_mw;
}

json_t *plan_blocks(const struct plan *plan, const struct timespec *now)
{
	json_t *blocks = json_array();
	time_t t = now->tv_sec, until;
	int64_t into_ms = now->tv_nsec / 1000000;
	int64_t left_ms = plan->ttl_ms;

	for (int i = 0; i < OPENVPP_BLOCK_MAX && left_ms > 0; i++) {
		int64_t p_mw = plan_at(plan, t, &until);
		int64_t ms = (until - t) * 1000 - into_ms;

		if (plan->n == 1 || ms > left_ms)
			ms = left_ms;
		if (json_array_append_new(blocks, json_pack("{s:I,s:I}", "p_mw", (json_int_t)p_mw,
							    "duration_ms", (json_int_t)ms))) {
			json_decref(blocks);
			return NULL;
		}
		left_ms -= ms;
		into_ms = 0;
		t = until;
	}
	return blocks;
}
