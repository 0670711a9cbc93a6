// SPDX-License-Identifier: GPL-2.0-or-later
#include "pv.h"

#include <math.h>

#include "curve.h"
#include "params.h"

/* Cells are warmer than the air by this much at 1,000 W/m2. */
#define CELL_WARMING_K 30

static double available(const struct pv *pv, const struct env *env)
{
	double sun = env->sun_w_m2 / 1000;
	double cell_c = env->ambient_c + CELL_WARMING_K * sun;
	double p = pv->peak_w * sun * pv->efficiency * (1 + pv->temp_coefficient * (cell_c - 25));

	return clamp(p, 0, pv->power_w);
}

static void pv_step(struct device *dev, const struct env *env)
{
	struct pv *pv = (struct pv *)dev;
	double limit = fmax(device_wanted(dev), 0);

	dev->p_max_w = available(pv, env);
	dev->p_min_w = 0;
	dev->p_w =
		follow(dev->p_w, fmin(dev->p_max_w, limit), pv->lag_s, pv->ramp_w_s, env->dt_bus_s);
	/* The sun does not wait for the inverter. */
	dev->p_w = clamp(dev->p_w, 0, dev->p_max_w);
	dev->v_v = env->v_v;
	dev->i_a = dev->p_w / (3 * env->v_v);
	dev->temp_c = env->ambient_c + 15 * dev->p_w / pv->power_w;
	if (dev->p_max_w <= 0)
		dev->state = OVPP_DER_STATE_STANDBY;
	else if (limit < dev->p_max_w)
		dev->state = OVPP_DER_STATE_LIMITED;
	else
		dev->state = OVPP_DER_STATE_RUNNING;
	pv->curtailed_wh += (dev->p_max_w - dev->p_w) * env->dt_s / 3600;
}

static int pv_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct pv, peak_w, NAN, 1, 1e8),
		PARAM(struct pv, power_w, INFINITY, 1, 1e8),
		PARAM(struct pv, efficiency, 0.9, 0.1, 1),
		PARAM(struct pv, temp_coefficient, -0.0035, -0.01, 0),
		PARAM(struct pv, lag_s, 0.1, 0, 60),
		PARAM(struct pv, ramp_w_s, 50e3, 1, 1e9),
	};
	struct pv *pv = (struct pv *)dev;
	int ret;

	ret = params_take(map, table, sizeof(table) / sizeof(table[0]), pv, err);
	if (!ret && isinf(pv->power_w))
		pv->power_w = pv->peak_w;
	return ret;
}

static void pv_report(const struct device *dev, json_t *out)
{
	const struct pv *pv = (const struct pv *)dev;

	json_object_set_new(out, "e_curtailed_mwh", json_integer(llround(pv->curtailed_wh * 1000)));
}

const struct device_ops pv_ops = {
	.name = "pv",
	.kind = OVPP_KIND_PV,
	.command = DEVICE_TAKES_LIMIT,
	.size = sizeof(struct pv),
	.setup = pv_setup,
	.step = pv_step,
	.report = pv_report,
};
