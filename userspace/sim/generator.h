/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gas generator set: starts late, runs above its least load, burns gas. */
#ifndef SIM_GENERATOR_H
#define SIM_GENERATOR_H

#include "device.h"

/**
 * struct generator - engine and alternator
 * @dev: common state
 *
 * Parameters, times in bus time:
 * @power_w: rating
 * @least_w: least load while it runs
 * @start_s: from the command to the first power
 * @stop_s: cooling run without load before it stands
 * @ramp_w_s: greatest speed
 * @idle_fuel: gas burnt without load, share of the rating
 * @efficiency: of every further watt
 *
 * State:
 * @timer_s: time left of start or stop
 * @fuel_wh: gas burnt, simulated
 * @starts: number of starts
 */
struct generator {
	struct device dev;

	double power_w;
	double least_w;
	double start_s;
	double stop_s;
	double ramp_w_s;
	double idle_fuel;
	double efficiency;

	double timer_s;
	double fuel_wh;
	unsigned int starts;
};

extern const struct device_ops generator_ops;

#endif /* SIM_GENERATOR_H */
