// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "params.h"

#define DAY_S 86400.0

static double appliance(struct load *l, double dt_s)
{
	double chance = 1 - exp(-l->appliances_per_day * dt_s / DAY_S);

	l->appliance_left_s = fmax(l->appliance_left_s - dt_s, 0);
	/* Drawn in every step, so that the stream does not depend on the past. */
	if (rng_uniform(&l->dev.rng) < chance)
		l->appliance_left_s = l->appliance_s;
	return l->appliance_left_s > 0 ? l->appliance_w : 0;
}

static void load_step(struct device *dev, const struct env *env)
{
	struct load *l = (struct load *)dev;
	double time = fmod(env->t_s, DAY_S);
	double base = curve_at(l->curve, l->corners, time);

	l->drift = rng_drift(&dev->rng, l->drift, l->noise, l->noise_s, env->dt_s);
	dev->p_w = -fmax(base * (1 + l->drift) + appliance(l, env->dt_s) + l->step_w, 0);
	/* It offers what it takes: nobody can move it. */
	dev->p_max_w = dev->p_min_w = dev->p_w;
	dev->v_v = env->v_v;
	dev->i_a = dev->p_w / (3 * env->v_v);
	dev->state = OVPP_DER_STATE_RUNNING;
}

/* "curve": { "00:00": 400, "06:30": 1200, ... }, in order of time. */
static int take_curve(struct load *l, json_t *map, struct sim_error *err)
{
	const json_t *curve = json_object_get(map, "curve");
	const char *key;
	json_t *value;

	if (!json_is_object(curve) || !json_object_size(curve) ||
	    json_object_size(curve) > LOAD_CORNERS_MAX)
		return sim_fail(err, "'curve' maps 1 to %d times of day to W", LOAD_CORNERS_MAX);
	json_object_foreach ((json_t *)curve, key, value) {
		struct corner *c = &l->curve[l->corners];

		if (params_parse_time(key, &c->x))
			return sim_fail(err, "curve: '%s' is no time of day", key);
		if (!json_is_number(value) || json_number_value(value) < 0)
			return sim_fail(err, "curve: %s: no power in W, >= 0", key);
		if (l->corners && c->x <= c[-1].x)
			return sim_fail(err, "curve: %s: not in order", key);
		c->y = json_number_value(value);
		l->corners++;
	}
	json_object_del(map, "curve");
	return 0;
}

static int load_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct load, noise, 0.05, 0, 1),
		PARAM(struct load, noise_s, 300, 0.1, 1e6),
		PARAM(struct load, appliance_w, 0, 0, 1e8),
		PARAM(struct load, appliances_per_day, 0, 0, 1e5),
	};
	struct load *l = (struct load *)dev;
	int ret;

	ret = params_take(map, table, sizeof(table) / sizeof(table[0]), l, err);
	if (!ret)
		ret = params_take_span(map, "appliance_on", 900, &l->appliance_s, err);
	return ret ? ret : take_curve(l, map, err);
}

const struct device_ops load_ops = {
	.name = "load",
	.kind = OVPP_KIND_LOAD,
	.command = DEVICE_TAKES_NONE,
	.size = sizeof(struct load),
	.setup = load_setup,
	.step = load_step,
};
