/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Photovoltaic inverter: gives what the sun allows, up to its limit command. */
#ifndef SIM_PV_H
#define SIM_PV_H

#include "device.h"

/**
 * struct pv - array and inverter
 * @dev: common state; p_max_w is what the sun allows
 * @peak_w: power of the array at 1,000 W/m2 and 25 degrees
 * @power_w: the inverter's rating
 * @efficiency: of everything between array and grid
 * @temp_coefficient: change of power per kelvin
 * @lag_s: the inverter's time constant, bus time
 * @ramp_w_s: its greatest speed, bus time
 * @curtailed_wh: energy that the limit left unused, simulated
 */
struct pv {
	struct device dev;
	double peak_w;
	double power_w;
	double efficiency;
	double temp_coefficient;
	double lag_s;
	double ramp_w_s;
	double curtailed_wh;
};

extern const struct device_ops pv_ops;

#endif /* SIM_PV_H */
