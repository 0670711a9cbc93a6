/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The meter at the PCC: the sum of the site, P > 0 is export. */
#ifndef SIM_METER_H
#define SIM_METER_H

#include "device.h"

/**
 * struct meter - meter
 * @dev: common state
 * @noise_w: standard deviation of what it measures
 */
struct meter {
	struct device dev;
	double noise_w;
};

extern const struct device_ops meter_ops;

#endif /* SIM_METER_H */
