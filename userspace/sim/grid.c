// SPDX-License-Identifier: GPL-2.0-or-later
#include "grid.h"

#include "curve.h"
#include "params.h"

void grid_step(struct grid *g, double site_w, double dt_s)
{
	double error = (g->f_hz - g->nominal_hz) / g->nominal_hz;
	double imbalance, mass;

	g->others_w = rng_drift(&g->rng, g->others_w, g->unrest * g->rated_w, g->unrest_s, dt_s);
	g->governor_w = lag(g->governor_w, -error / g->droop * g->rated_w, g->governor_s, dt_s);
	if (g->restore_s > 0)
		g->restore_w -= error / g->droop * g->rated_w * dt_s / g->restore_s;

	imbalance = site_w + g->others_w + g->step_w + g->governor_w + g->restore_w -
		    g->damping * error * g->rated_w;
	mass = 2 * g->inertia_s * g->rated_w / g->nominal_hz;
	g->f_hz += imbalance / mass * dt_s;
	g->v_v = g->volt + g->impedance_ohm * site_w / (3 * g->volt);
}

int grid_setup(struct grid *g, json_t *map, uint64_t seed, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct grid, rated_w, 2e6, 1e3, 1e12),
		PARAM(struct grid, nominal_hz, 50, 40, 70),
		PARAM(struct grid, inertia_s, 4, 0.1, 100),
		PARAM(struct grid, droop, 0.05, 0.005, 1),
		PARAM(struct grid, governor_s, 0.5, 0, 60),
		PARAM(struct grid, damping, 1, 0, 10),
		PARAM(struct grid, restore_s, 10, 0, 3600),
		PARAM(struct grid, unrest, 0.005, 0, 1),
		PARAM(struct grid, unrest_s, 3, 0.01, 3600),
		PARAM(struct grid, volt, 230, 50, 1e6),
		PARAM(struct grid, impedance_ohm, 0.1, 0, 100),
	};
	json_t *none = map ? NULL : json_object();
	int ret;

	ret = params_take(map ? map : none, table, sizeof(table) / sizeof(table[0]), g, err);
	if (!ret && map)
		ret = params_end(map, err);
	json_decref(none);
	rng_seed(&g->rng, seed, "grid");
	g->f_hz = g->nominal_hz;
	g->v_v = g->volt;
	return ret;
}
