/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial lines of a scenario, and the devices on them. */
#ifndef SIM_SCENARIO_LINE_H
#define SIM_SCENARIO_LINE_H

#include "sim.h"

/* Takes the list "lines" out of @map. */
int scenario_lines(struct sim *sim, json_t *map, struct sim_error *err);

/**
 * struct scenario_place - where a device is
 * @line: its line, empty: on the CAN bus
 * @profile: its profile, empty: likewise
 */
struct scenario_place {
	struct params_text line;
	struct params_text profile;
};

/* Takes a device's place out of its mapping, but for its node or unit. */
int scenario_place(json_t *map, struct scenario_place *place, struct sim_error *err);

/* Puts the newest device there, if that is a line. */
int scenario_plug(struct sim *sim, const struct scenario_place *place, struct sim_error *err);

#endif /* SIM_SCENARIO_LINE_H */
