// SPDX-License-Identifier: GPL-2.0-or-later
#include "wind.h"

#include <math.h>

#include "curve.h"
#include "params.h"

static double cube(double x)
{
	return x * x * x;
}

double wind_power(const struct wind *w, double m_s)
{
	if (m_s < w->cut_in_m_s || m_s > w->cut_out_m_s)
		return 0;
	if (m_s >= w->rated_m_s)
		return w->power_w;
	return w->power_w * (cube(m_s) - cube(w->cut_in_m_s)) /
	       (cube(w->rated_m_s) - cube(w->cut_in_m_s));
}

static void blow(struct wind *w, const struct env *env)
{
	struct rng *rng = &w->dev.rng;

	w->slow_m_s = rng_drift(rng, w->slow_m_s, w->spread_m_s, w->change_s, env->dt_s);
	w->gust = rng_drift(rng, w->gust, w->turbulence, w->gust_s, env->dt_bus_s);
	w->speed_m_s = fmax((w->mean_m_s + w->slow_m_s) * (1 + w->gust), 0);
	if (w->speed_m_s > w->cut_out_m_s)
		w->stopped = true;
	else if (w->speed_m_s < w->restart_m_s)
		w->stopped = false;
}

static void set_state(struct wind *w, double limit)
{
	struct device *dev = &w->dev;

	if (w->stopped)
		dev->state = OVPP_DER_STATE_OFF;
	else if (w->speed_m_s < w->cut_in_m_s && dev->p_w < 1)
		dev->state = OVPP_DER_STATE_STANDBY;
	else if (limit < dev->p_max_w)
		dev->state = OVPP_DER_STATE_LIMITED;
	else
		dev->state = OVPP_DER_STATE_RUNNING;
}

static void wind_step(struct device *dev, const struct env *env)
{
	struct wind *w = (struct wind *)dev;
	double limit = fmax(device_wanted(dev), 0);

	blow(w, env);
	w->rotor_w = lag(w->rotor_w, w->stopped ? 0 : wind_power(w, w->speed_m_s), w->lag_s,
			 env->dt_bus_s);
	dev->p_max_w = w->rotor_w;
	dev->p_min_w = 0;
	dev->p_w = follow(dev->p_w, fmin(w->rotor_w, limit), 0, w->ramp_w_s, env->dt_bus_s);
	dev->p_w = clamp(dev->p_w, 0, w->rotor_w);
	dev->v_v = env->v_v;
	dev->i_a = dev->p_w / (3 * env->v_v);
	dev->temp_c = env->ambient_c + 20 * dev->p_w / w->power_w;
	set_state(w, limit);
	w->curtailed_wh += (w->rotor_w - dev->p_w) * env->dt_s / 3600;
}

static int wind_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct wind, power_w, NAN, 1, 1e8),
		PARAM(struct wind, cut_in_m_s, 3, 0.1, 30),
		PARAM(struct wind, rated_m_s, 11, 1, 40),
		PARAM(struct wind, cut_out_m_s, 25, 2, 60),
		PARAM(struct wind, restart_m_s, 20, 1, 60),
		PARAM(struct wind, mean_m_s, 7, 0, 60),
		PARAM(struct wind, spread_m_s, 2, 0, 30),
		PARAM(struct wind, change_s, 5400, 1, 1e7),
		PARAM(struct wind, turbulence, 0.12, 0, 1),
		PARAM(struct wind, gust_s, 2, 0.01, 600),
		PARAM(struct wind, lag_s, 1.5, 0, 600),
		PARAM(struct wind, ramp_w_s, 20e3, 1, 1e9),
	};
	struct wind *w = (struct wind *)dev;
	int ret;

	ret = params_take(map, table, sizeof(table) / sizeof(table[0]), w, err);
	if (ret)
		return ret;
	if (!(w->cut_in_m_s < w->rated_m_s && w->rated_m_s < w->restart_m_s &&
	      w->restart_m_s <= w->cut_out_m_s))
		return sim_fail(err, "cut_in_m_s < rated_m_s < restart_m_s <= "
				     "cut_out_m_s does not hold");
	w->rotor_w = wind_power(w, w->mean_m_s);
	return 0;
}

static void wind_report(const struct device *dev, json_t *out)
{
	const struct wind *w = (const struct wind *)dev;

	json_object_set_new(out, "e_curtailed_mwh", json_integer(llround(w->curtailed_wh * 1000)));
}

const struct device_ops wind_ops = {
	.name = "wind",
	.kind = OVPP_KIND_WIND,
	.command = DEVICE_TAKES_LIMIT,
	.size = sizeof(struct wind),
	.setup = wind_setup,
	.step = wind_step,
	.report = wind_report,
};
