// SPDX-License-Identifier: GPL-2.0-or-later
#include "generator.h"

#include <math.h>

#include "curve.h"
#include "params.h"

/*
 * It starts when at least its least load is asked for and stops when less than
 * half of that is, so that a setpoint in between never makes it chatter.
 */
static void next_state(struct generator *g, double wanted_w, double dt_s)
{
	struct device *dev = &g->dev;

	g->timer_s = fmax(g->timer_s - dt_s, 0);
	switch (dev->state) {
	case OVPP_DER_STATE_STARTING:
		if (g->timer_s <= 0)
			dev->state = OVPP_DER_STATE_RUNNING;
		break;
	case OVPP_DER_STATE_RUNNING:
		if (wanted_w < g->least_w / 2) {
			dev->state = OVPP_DER_STATE_STOPPING;
			g->timer_s = g->stop_s;
		}
		break;
	case OVPP_DER_STATE_STOPPING:
		if (g->timer_s <= 0 && dev->p_w <= 0)
			dev->state = OVPP_DER_STATE_STANDBY;
		break;
	default:
		if (wanted_w >= g->least_w && wanted_w > 0) {
			dev->state = OVPP_DER_STATE_STARTING;
			g->timer_s = g->start_s;
			g->starts++;
		}
	}
}

static void burn(struct generator *g, const struct env *env)
{
	double fuel_w = g->idle_fuel * g->power_w + g->dev.p_w / g->efficiency;

	if (g->dev.state == OVPP_DER_STATE_RUNNING || g->dev.state == OVPP_DER_STATE_STOPPING)
		g->fuel_wh += fuel_w * env->dt_s / 3600;
}

static void generator_step(struct device *dev, const struct env *env)
{
	struct generator *g = (struct generator *)dev;
	double wanted = device_wanted(dev), aim = 0;

	next_state(g, wanted, env->dt_bus_s);
	if (dev->state == OVPP_DER_STATE_RUNNING)
		aim = clamp(wanted, g->least_w, g->power_w);
	dev->p_w = follow(dev->p_w, aim, 0, g->ramp_w_s, env->dt_bus_s);
	dev->p_max_w = g->power_w;
	dev->p_min_w = 0;
	dev->v_v = env->v_v;
	dev->i_a = dev->p_w / (3 * env->v_v);
	dev->temp_c = lag(dev->temp_c, dev->state == OVPP_DER_STATE_RUNNING ? 85 : env->ambient_c,
			  900, env->dt_s);
	burn(g, env);
}

static int generator_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct generator, power_w, NAN, 1, 1e8),
		PARAM(struct generator, least_w, 0, 0, 1e8),
		PARAM(struct generator, start_s, 2, 0, 3600),
		PARAM(struct generator, stop_s, 1, 0, 3600),
		PARAM(struct generator, ramp_w_s, 4000, 1, 1e9),
		PARAM(struct generator, idle_fuel, 0.1, 0, 1),
		PARAM(struct generator, efficiency, 0.38, 0.05, 0.6),
	};
	struct generator *g = (struct generator *)dev;
	int ret;

	ret = params_take(map, table, sizeof(table) / sizeof(table[0]), g, err);
	if (!ret && g->least_w > g->power_w)
		ret = sim_fail(err, "'least_w' is above 'power_w'");
	dev->temp_c = 20;
	return ret;
}

static void generator_report(const struct device *dev, json_t *out)
{
	const struct generator *g = (const struct generator *)dev;

	json_object_set_new(out, "e_fuel_mwh", json_integer(llround(g->fuel_wh * 1000)));
	json_object_set_new(out, "starts", json_integer(g->starts));
}

const struct device_ops generator_ops = {
	.name = "generator",
	.kind = OVPP_KIND_GENERATOR,
	.command = DEVICE_TAKES_SETPOINT,
	.size = sizeof(struct generator),
	.setup = generator_setup,
	.step = generator_step,
	.report = generator_report,
};
