/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lithium iron phosphate battery of Pylontech packs with its inverter. The
 * pack side speaks the packs' protocol, the inverter our own.
 */
#ifndef SIM_BATTERY_H
#define SIM_BATTERY_H

#include "device.h"

/* Bits of device->alarm and ->warning, in the order of the packs' 0x359. */
#define BATTERY_OVER_VOLTAGE 0x0002
#define BATTERY_UNDER_VOLTAGE 0x0004
#define BATTERY_OVER_TEMPERATURE 0x0008
#define BATTERY_UNDER_TEMPERATURE 0x0010
#define BATTERY_DISCHARGE_CURRENT 0x0080
#define BATTERY_CHARGE_CURRENT 0x0100
#define BATTERY_SYSTEM_ERROR 0x0800

/**
 * struct battery - packs and inverter
 * @dev: common state; p_w is at the inverter's grid side
 *
 * Parameters:
 * @modules: number of packs in parallel
 * @cells: cells in series
 * @capacity_ah: of one pack
 * @resistance_mohm: of one pack
 * @charge_a: greatest charging current of one pack
 * @discharge_a: likewise
 * @power_w: the inverter's rating, both ways
 * @inverter_efficiency: one way
 * @coulomb_efficiency: share of the charge that comes back
 * @lag_s: the inverter's time constant, bus time
 * @ramp_w_s: its greatest speed, bus time
 * @heat_wh_k: heat capacity of one pack
 * @cooling_w_k: heat that one pack gives to the air
 * @soc_start: state of charge at the start
 * @bms_ms: spacing of the packs' frames
 * @keepalive_s: without 0x305 for so long the packs take the gateway for lost
 *
 * State, P and I of the direct-current side: > 0 discharging:
 * @dc_v: terminal voltage
 * @dc_a: current
 * @charge_max_a: charging current that the packs allow (CCL)
 * @discharge_max_a: discharging current that they allow (DCL)
 * @stored_wh: energy that went into the cells, less what came out
 * @loss_wh: energy lost in inverter and cells
 * @keepalive_age_s: bus time since the last 0x305; INFINITY: none yet
 * @keepalives: 0x305 frames
 * @keepalive_losses: how often they stopped coming
 */
struct battery {
	struct device dev;

	double modules;
	double cells;
	double capacity_ah;
	double resistance_mohm;
	double charge_a;
	double discharge_a;
	double power_w;
	double inverter_efficiency;
	double coulomb_efficiency;
	double lag_s;
	double ramp_w_s;
	double heat_wh_k;
	double cooling_w_k;
	double soc_start;
	double bms_ms;
	double keepalive_s;

	double dc_v;
	double dc_a;
	double charge_max_a;
	double discharge_max_a;
	double stored_wh;
	double loss_wh;
	double keepalive_age_s;
	uint64_t keepalives;
	uint64_t keepalive_losses;
};

extern const struct device_ops battery_ops;

static inline struct battery *battery_of(const struct device *dev)
{
	return (struct battery *)dev;
}

/* Voltage of the pack without current at a state of charge. */
double battery_open_v(const struct battery *b, double soc);

/* The gateway's 0x305 came. */
void battery_keepalive(struct battery *b);

/* What the packs ask for: limits of the voltage. */
double battery_charge_v(const struct battery *b);
double battery_discharge_v(const struct battery *b);

#endif /* SIM_BATTERY_H */
