/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A load that follows its daily curve, with appliances that go on and off. */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include "curve.h"
#include "device.h"

#define LOAD_CORNERS_MAX 48

/**
 * struct load - what the site consumes
 * @dev: common state; p_w <= 0
 * @curve: corners of the daily curve: time of day in s, power taken in W
 * @corners: length of @curve
 * @noise: standard deviation, share of the curve
 * @noise_s: its time constant, simulated time
 * @appliance_w: power of an appliance; 0: none
 * @appliances_per_day: how often one goes on
 * @appliance_s: how long it runs
 * @drift: noise now, share of the curve
 * @appliance_left_s: simulated time until the running appliance goes off
 * @step_w: further power taken, from load-step events
 */
struct load {
	struct device dev;
	struct corner curve[LOAD_CORNERS_MAX];
	size_t corners;
	double noise;
	double noise_s;
	double appliance_w;
	double appliances_per_day;
	double appliance_s;

	double drift;
	double appliance_left_s;
	double step_w;
};

extern const struct device_ops load_ops;

#endif /* SIM_LOAD_H */
