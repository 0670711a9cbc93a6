/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An electric vehicle on a bidirectional (V2X) charger. It comes and goes by
 * its timetable. While it is there it follows the setpoint, but the charger
 * offers less and less, and in the end insists on charging, when the owner's
 * need for the departure is at stake.
 */
#ifndef SIM_EV_H
#define SIM_EV_H

#include "device.h"

#define EV_SESSIONS_MAX 8

/**
 * struct ev_session - one stay, every day
 * @arrive_s: time of day; after @depart_s: the stay spans midnight
 * @depart_s: time of day
 * @soc: state of charge on arrival
 * @need: state of charge wanted at departure
 */
struct ev_session {
	double arrive_s;
	double depart_s;
	double soc;
	double need;
};

/**
 * struct ev - vehicle and charger
 * @dev: common state; the state of charge is not known while it is away
 * @capacity_wh: of its battery
 * @power_w: the charger's rating, both ways
 * @efficiency: one way
 * @reserve: it does not discharge below this state of charge
 * @lag_s: the charger's time constant, bus time
 * @ramp_w_s: its greatest speed, bus time
 * @session: timetable
 * @sessions: length of @session
 * @present: the session now on, or NULL
 * @started: the first step is done
 * @insists: it charges for the departure, whatever is commanded
 * @loss_wh: energy lost, simulated
 * @departures: how often it left
 * @needs_met: how often with as much as it needed
 */
struct ev {
	struct device dev;
	double capacity_wh;
	double power_w;
	double efficiency;
	double reserve;
	double lag_s;
	double ramp_w_s;
	struct ev_session session[EV_SESSIONS_MAX];
	size_t sessions;

	const struct ev_session *present;
	bool started;
	bool insists;
	double loss_wh;
	unsigned int departures;
	unsigned int needs_met;
};

extern const struct device_ops ev_ops;

#endif /* SIM_EV_H */
