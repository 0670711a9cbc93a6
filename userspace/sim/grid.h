/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The grid behind the PCC: one rotating mass with the droop of its other
 * generators, a slow secondary control that brings the frequency back, and the
 * seeded ups and downs of everybody else. All of it runs in bus time.
 */
#ifndef SIM_GRID_H
#define SIM_GRID_H

#include <jansson.h>

#include "error.h"
#include "rng.h"

/**
 * struct grid - the rest of the grid
 *
 * Parameters:
 * @rated_w: power of its generators; a small one feels the site
 * @nominal_hz: nominal frequency
 * @inertia_s: stored energy at nominal frequency, seconds of rated power
 * @droop: relative change of frequency that moves its generators fully
 * @governor_s: their time constant
 * @damping: load change per frequency change, both relative
 * @restore_s: time constant of the secondary control; 0: none
 * @unrest: standard deviation of the others' imbalance, share of rated power
 * @unrest_s: its time constant
 * @volt: nominal voltage, line to neutral
 * @impedance_ohm: resistance between the PCC and a stiff voltage
 *
 * State:
 * @rng: random numbers
 * @f_hz: frequency
 * @v_v: voltage at the PCC
 * @governor_w: power added by the droop
 * @restore_w: power added by the secondary control
 * @others_w: the others' imbalance
 * @step_w: further imbalance, from grid-step events
 */
struct grid {
	double rated_w;
	double nominal_hz;
	double inertia_s;
	double droop;
	double governor_s;
	double damping;
	double restore_s;
	double unrest;
	double unrest_s;
	double volt;
	double impedance_ohm;

	struct rng rng;
	double f_hz;
	double v_v;
	double governor_w;
	double restore_w;
	double others_w;
	double step_w;
};

/* Takes the parameters out of @map (NULL: defaults), at rest. */
int grid_setup(struct grid *g, json_t *map, uint64_t seed, struct sim_error *err);

/* One step with the site's export. */
void grid_step(struct grid *g, double site_w, double dt_s);

#endif /* SIM_GRID_H */
