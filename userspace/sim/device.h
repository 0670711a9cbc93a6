/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device of the site: what all kinds have in common. P > 0 flows from the
 * device into the site. NAN stands for "the device does not know".
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include <jansson.h>
#include <linux/openvpp_netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "rng.h"

#define DEVICE_NAME_MAX 31

/**
 * struct env - what surrounds the devices in one step
 * @t_s: simulated time since midnight of the first day
 * @dt_s: simulated length of the step: sun, wind speed, load, energy, charge
 * @dt_bus_s: its length on the bus: lags, ramps, inertia, watchdogs
 * @f_hz: frequency
 * @v_v: voltage, line to neutral
 * @sun_w_m2: irradiance
 * @ambient_c: air temperature
 * @site_w: power at the PCC, > 0 export; for the meter
 */
struct env {
	double t_s;
	double dt_s;
	double dt_bus_s;
	double f_hz;
	double v_v;
	double sun_w_m2;
	double ambient_c;
	double site_w;
};

/* Which command a device takes. */
enum device_command {
	DEVICE_TAKES_NONE,
	DEVICE_TAKES_SETPOINT,
	DEVICE_TAKES_LIMIT,
};

struct device;

/**
 * struct device_ops - a kind of device
 * @name: its name in scenarios
 * @kind: what the gateway takes it for
 * @command: which command it takes
 * @size: of the struct that begins with struct device
 * @setup: takes its parameters out of @map, fills the rest
 * @step: advances to the end of the step
 * @report: adds to the results what only this kind has; may be NULL
 * @release: frees what setup allocated; may be NULL
 */
struct device_ops {
	const char *name;
	enum ovpp_kind kind;
	enum device_command command;
	size_t size;
	int (*setup)(struct device *dev, json_t *map, struct sim_error *err);
	void (*step)(struct device *dev, const struct env *env);
	void (*report)(const struct device *dev, json_t *out);
	void (*release)(struct device *dev);
};

/**
 * struct device - common state
 * @ops: its kind
 * @name: its name
 * @node: its node on the CAN bus, or its unit on a serial line
 * @rng: its own random numbers
 * @watchdog_s: without a fresh command for so long it falls to @safe_w
 * @safe_w: its own safe value (for a source: a limit)
 * @power_ms: spacing of its power message
 * @command_w: newest command; NAN: none
 * @command_run: newest CONNECT
 * @command_count: newest heartbeat counter; -1: none yet
 * @command_age_s: bus time since the last fresh command
 * @commands: fresh commands taken
 * @commands_bad: command frames that were too short or remote
 * @watchdog_trips: how often commands stopped coming
 * @p_w: active power
 * @v_v: voltage
 * @i_a: current, signed as @p_w
 * @f_hz: frequency
 * @p_max_w: greatest power that it offers now
 * @p_min_w: least power
 * @soc: state of charge, 0..1
 * @soh: state of health, 0..1
 * @temp_c: temperature
 * @state: enum ovpp_der_state
 * @alarm: bits of active protections
 * @warning: bits of active warnings
 * @import_wh: energy taken from the site, simulated
 * @export_wh: energy given to the site, simulated
 */
struct device {
	const struct device_ops *ops;
	char name[DEVICE_NAME_MAX + 1];
	unsigned int node;
	struct rng rng;

	double watchdog_s;
	double safe_w;
	double power_ms;

	double command_w;
	bool command_run;
	int command_count;
	double command_age_s;
	uint64_t commands;
	uint64_t commands_bad;
	uint64_t watchdog_trips;

	double p_w;
	double v_v;
	double i_a;
	double f_hz;
	double p_max_w;
	double p_min_w;
	double soc;
	double soh;
	double temp_c;
	enum ovpp_der_state state;
	uint16_t alarm;
	uint16_t warning;
	double import_wh;
	double export_wh;
};

/**
 * device_new() - a device out of its mapping in a scenario
 * @map: its mapping; its keys are taken out
 * @seed: the scenario's seed
 * @out: set to the new device, to be freed with device_free()
 * @err: what is wrong
 */
int device_new(json_t *map, uint64_t seed, struct device **out, struct sim_error *err);
void device_free(struct device *dev);

/* One step: the kind's own, then energy and watchdog. */
void device_step(struct device *dev, const struct env *env);

/**
 * device_take_command() - a command frame came
 * @dev: device
 * @p_w: setpoint or limit; NAN: none
 * @run: CONNECT
 * @count: heartbeat counter; a frame with the one before it is a stuck
 *	sender's and does not feed the watchdog
 */
void device_take_command(struct device *dev, double p_w, bool run, uint8_t count);

/*
 * The same in parts, for protocols that bring them one by one: what is asked for; a
 * sign of life; a counter's new value, which is one unless it is the old value.
 */
void device_set_command(struct device *dev, double p_w, bool run);
void device_feed_watchdog(struct device *dev);
bool device_count_command(struct device *dev, int count);

/* Have commands stopped coming (or never come)? */
bool device_unattended(const struct device *dev);

/* Power (or limit) asked for: the command, or the safe value; 0: stand still. */
double device_wanted(const struct device *dev);

#endif /* SIM_DEVICE_H */
