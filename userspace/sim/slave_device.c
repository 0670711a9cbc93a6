// SPDX-License-Identifier: GPL-2.0-or-later
#include "slave_device.h"

#include <math.h>

#include "battery.h"

/* A value in the kernel's unit, @scale of which are one of the model's. */
static void set(struct points *p, enum ovpp_point point, double value, double scale)
{
	if (isfinite(value))
		points_set(p, point, llround(value * scale));
}

static void measure_packs(const struct battery *b, struct points *p)
{
	set(p, OVPP_POINT_I_CHARGE_MAX, b->charge_max_a, 1e3);
	set(p, OVPP_POINT_I_DISCHARGE_MAX, b->discharge_max_a, 1e3);
	set(p, OVPP_POINT_V_CHARGE_MAX, battery_charge_v(b), 1e3);
	set(p, OVPP_POINT_V_DISCHARGE_MIN, battery_discharge_v(b), 1e3);
	set(p, OVPP_POINT_CHARGE_OK, b->charge_max_a > 0, 1);
	set(p, OVPP_POINT_DISCHARGE_OK, b->discharge_max_a > 0, 1);
}

static void measure(struct slave *slave, struct points *p)
{
	const struct device *dev = slave->context;

	set(p, OVPP_POINT_P, dev->p_w, 1e3);
	/* All models run at a power factor of 1. */
	set(p, OVPP_POINT_Q, 0, 1);
	set(p, OVPP_POINT_V, dev->v_v, 1e3);
	set(p, OVPP_POINT_I, dev->i_a, 1e3);
	set(p, OVPP_POINT_F, dev->f_hz, 1e3);
	set(p, OVPP_POINT_E_IMPORT, dev->import_wh, 1e3);
	set(p, OVPP_POINT_E_EXPORT, dev->export_wh, 1e3);
	set(p, OVPP_POINT_SOC, dev->soc, 1e6);
	set(p, OVPP_POINT_SOH, dev->soh, 1e6);
	set(p, OVPP_POINT_TEMP, dev->temp_c, 1e3);
	set(p, OVPP_POINT_P_MAX, dev->p_max_w, 1e3);
	set(p, OVPP_POINT_P_MIN, dev->p_min_w, 1e3);
	points_set(p, OVPP_POINT_ALARM, dev->alarm);
	points_set(p, OVPP_POINT_WARNING, dev->warning);
	if (dev->state != OVPP_DER_STATE_UNKNOWN)
		points_set(p, OVPP_POINT_STATE, dev->state);
	if (dev->ops->kind == OVPP_KIND_BATTERY)
		measure_packs(battery_of(dev), p);
}

static bool commands(const struct slave *slave, enum ovpp_point point)
{
	return slave->profile->commands & OVPP_POINT_BIT(point);
}

/* Is it the power that this kind of device takes? */
static bool is_power(const struct slave *slave, enum ovpp_point point)
{
	const struct device *dev = slave->context;

	if (dev->ops->command == DEVICE_TAKES_SETPOINT)
		return point == OVPP_POINT_P_SET;
	if (dev->ops->command == DEVICE_TAKES_LIMIT)
		return point == OVPP_POINT_P_LIMIT ||
		       (point == OVPP_POINT_P_SET && !commands(slave, OVPP_POINT_P_LIMIT));
	return false;
}

static void command(struct slave *slave, enum ovpp_point point, int64_t value)
{
	struct device *dev = slave->context;

	if (is_power(slave, point))
		device_set_command(dev, (double)value / 1e3, dev->command_run);
	else if (point == OVPP_POINT_CONNECT)
		device_set_command(dev, dev->command_w, value);
	else if (point == OVPP_POINT_HEARTBEAT)
		device_count_command(dev, (int)(value & INT32_MAX));
}

static void written(struct slave *slave)
{
	if (!commands(slave, OVPP_POINT_HEARTBEAT))
		device_feed_watchdog(slave->context);
}

const struct slave_owner slave_device = {
	.measure = measure,
	.command = command,
	.written = written,
};
