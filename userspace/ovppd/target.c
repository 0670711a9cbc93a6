// SPDX-License-Identifier: GPL-2.0-or-later
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

int target_set(struct target *t, const json_t *site)
{
	struct plan *plan;
	int ret = plan_new(site, &plan);

	if (ret)
		return ret;
	free(t->plan);
	t->plan = plan;
	return 0;
}

void target_clear(struct target *t)
{
	free(t->plan);
	*t = (struct target){0};
}

uint64_t target_period(const struct target *t)
{
	return t->plan->ttl_ms * CLOCK_MS / 2;
}

static int64_t integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool is_active(const json_t *dispatch)
{
	const char *state = json_string_value(json_object_get(dispatch, "state"));

	return state && (!strcmp(state, "pending") || !strcmp(state, "running"));
}

/* Does a dispatch ask for what the plan does? */
static bool is_plan(const struct target *t, const json_t *dispatch)
{
	const json_t *blocks = json_object_get(dispatch, "block"), *block;
	int64_t current = integer(dispatch, "current"), ms = 0;
	time_t until;
	size_t i;

	json_array_foreach (blocks, i, block)
		ms += integer(block, "duration_ms");
	return ms == t->plan->ttl_ms && integer(json_array_get(blocks, (size_t)current), "p_mw") ==
						plan_at(t->plan, time(NULL), &until);
}

/*
 * Looks at one active dispatch that is not known to be the own one.
 *
 * Return: 1 if it goes first; 0 if not; or -errno.
 */
static int judge(struct target *t, struct ovpp_nl *nl, uint32_t site, uint32_t id)
{
	json_t *req = json_pack("{s:I,s:I}", "site", (json_int_t)site, "id", (json_int_t)id);
	json_t *dispatch = NULL;
	const json_t *first;
	int ret = ovpp_nl_do(nl, "dispatch-get", req, &dispatch);

	json_decref(req);
	if (ret)
		/* Gone meanwhile. */
		return ret == -ENOENT ? 0 : ret;
	first = json_array_get(json_object_get(dispatch, "block"), 0);
	if (is_active(dispatch) && !integer(first, "der")) {
		if (!t->own && is_plan(t, dispatch))
			t->own = id;
		else
			ret = 1;
	}
	json_decref(dispatch);
	return ret;
}

/*
 * Finds whether the own dispatch is active and whether somebody else's goes
 * first. Return: 0 or -errno.
 */
static int look(struct target *t, struct ovpp_nl *nl, uint32_t site, bool *active)
{
	json_t *req = json_pack("{s:I}", "site", (json_int_t)site);
	json_t *all = NULL, *dispatch;
	size_t i;
	int ret = ovpp_nl_dump(nl, "dispatch-get", req, &all);

	json_decref(req);
	if (ret)
		return ret;
	t->foreign = 0;
	*active = false;
	json_array_foreach (all, i, dispatch) {
		uint32_t id = (uint32_t)integer(dispatch, "id");

		if (!is_active(dispatch))
			continue;
		if (id != t->own)
			ret = judge(t, nl, site, id);
		if (ret < 0)
			break;
		if (ret > 0)
			t->foreign = id;
		*active |= id == t->own;
		ret = 0;
	}
	json_decref(all);
	return ret;
}

static int give(struct target *t, struct ovpp_nl *nl, uint32_t site)
{
	json_t *req, *blocks, *reply = NULL;
	struct timespec now;
	int ret;

	clock_gettime(CLOCK_REALTIME, &now);
	blocks = plan_blocks(t->plan, &now);
	if (!blocks)
		return -ENOMEM;
	/* One that came after the look goes first all the same. */
	req = json_pack("{s:I,s:o,s:I}", "site", (json_int_t)site, "block", blocks, "instead_of",
			(json_int_t)t->own);
	ret = ovpp_nl_do(nl, "dispatch-new", req, &reply);
	json_decref(req);
	if (ret)
		return ret == -EEXIST ? 0 : ret;
	t->own = (uint32_t)integer(reply, "id");
	t->renewed_ns = clock_mono();
	json_decref(reply);
	return 0;
}

int target_keep(struct target *t, struct ovpp_nl *nl, uint32_t site, bool renew)
{
	bool active;
	int ret = look(t, nl, site, &active);

	if (ret || t->foreign || (active && !renew))
		return ret;
	return give(t, nl, site);
}
