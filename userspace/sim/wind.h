/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wind turbine: gives what the wind allows, up to its limit command. */
#ifndef SIM_WIND_H
#define SIM_WIND_H

#include "device.h"

/**
 * struct wind - turbine
 * @dev: common state; p_max_w is what the wind allows
 *
 * Parameters:
 * @power_w: rating
 * @cut_in_m_s: it starts at this wind speed
 * @rated_m_s: and gives its rating from this one on
 * @cut_out_m_s: it stops above this one
 * @restart_m_s: and starts again below this one
 * @mean_m_s: mean wind speed
 * @spread_m_s: standard deviation of its slow part
 * @change_s: time constant of the slow part, simulated time
 * @turbulence: standard deviation of the fast part, share of the slow one
 * @gust_s: time constant of the fast part, bus time
 * @lag_s: the rotor's time constant, bus time
 * @ramp_w_s: greatest speed of the limit, bus time
 *
 * State:
 * @slow_m_s: slow part, around the mean
 * @gust: fast part, share of the slow one
 * @speed_m_s: wind speed
 * @rotor_w: what the rotor catches
 * @stopped: cut out
 * @curtailed_wh: energy that the limit left unused, simulated
 */
struct wind {
	struct device dev;

	double power_w;
	double cut_in_m_s;
	double rated_m_s;
	double cut_out_m_s;
	double restart_m_s;
	double mean_m_s;
	double spread_m_s;
	double change_s;
	double turbulence;
	double gust_s;
	double lag_s;
	double ramp_w_s;

	double slow_m_s;
	double gust;
	double speed_m_s;
	double rotor_w;
	bool stopped;
	double curtailed_wh;
};

extern const struct device_ops wind_ops;

/* Power curve: what the turbine gives at a steady wind speed. */
double wind_power(const struct wind *w, double m_s);

#endif /* SIM_WIND_H */
