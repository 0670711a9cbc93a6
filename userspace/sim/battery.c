// SPDX-License-Identifier: GPL-2.0-or-later
#include "battery.h"

#include <math.h>

#include "curve.h"
#include "params.h"

/* Open-circuit voltage of an LFP cell over its state of charge. */
static const struct corner cell_v[] = {
	{0.00, 2.80}, {0.05, 3.05}, {0.10, 3.20}, {0.20, 3.25}, {0.40, 3.29},
	{0.60, 3.31}, {0.80, 3.33}, {0.90, 3.34}, {0.97, 3.37}, {1.00, 3.45},
};

/* Share of the rated current that the packs allow, over SoC and temperature. */
static const struct corner charge_soc[] = {
	{0.90, 1.0},
	{0.98, 0.2},
	{1.00, 0.0},
};
static const struct corner discharge_soc[] = {
	{0.03, 0.0},
	{0.05, 0.2},
	{0.12, 1.0},
};
static const struct corner charge_temp[] = {
	{0, 0.0},
	{10, 1.0},
	{45, 1.0},
	{55, 0.0},
};
static const struct corner discharge_temp[] = {
	{-10, 0.0},
	{0, 1.0},
	{50, 1.0},
	{60, 0.0},
};

#define CURVE(c) (c), sizeof(c) / sizeof((c)[0])

double battery_open_v(const struct battery *b, double soc)
{
	return b->cells * curve_at(CURVE(cell_v), soc);
}

double battery_charge_v(const struct battery *b)
{
	return b->cells * 3.55;
}

double battery_discharge_v(const struct battery *b)
{
	return b->cells * 3.0;
}

static double capacity_ah(const struct battery *b)
{
	return b->modules * b->capacity_ah;
}

static double resistance(const struct battery *b)
{
	return b->resistance_mohm / 1000 / b->modules;
}

static void set_current_limits(struct battery *b)
{
	const struct device *dev = &b->dev;

	b->charge_max_a = b->modules * b->charge_a * curve_at(CURVE(charge_soc), dev->soc) *
			  curve_at(CURVE(charge_temp), dev->temp_c);
	b->discharge_max_a = b->modules * b->discharge_a *
			     curve_at(CURVE(discharge_soc), dev->soc) *
			     curve_at(CURVE(discharge_temp), dev->temp_c);
}

/* Power at the grid side for a current at the pack, > 0 discharging. */
static double grid_power(const struct battery *b, double a)
{
	double dc_w = (battery_open_v(b, b->dev.soc) - a * resistance(b)) * a;

	return a > 0 ? dc_w * b->inverter_efficiency : dc_w / b->inverter_efficiency;
}

/* The inverse: the smaller of the two currents that give the power. */
static double pack_current(const struct battery *b, double grid_w)
{
	double dc_w = grid_w > 0 ? grid_w / b->inverter_efficiency
				 : grid_w * b->inverter_efficiency;
	double v = battery_open_v(b, b->dev.soc), r = resistance(b);
	double root = v * v - 4 * r * dc_w;

	if (r <= 0)
		return dc_w / v;
	return (v - sqrt(fmax(root, 0))) / (2 * r);
}

/* What the inverter offers: its rating and the packs' limits. */
static void set_offer(struct battery *b, double dt_s)
{
	double room_as = capacity_ah(b) * 3600 / fmax(dt_s, 1e-3);
	double peak_a = battery_open_v(b, b->dev.soc) / (2 * fmax(resistance(b), 1e-9));
	double discharge = fmin(b->discharge_max_a, b->dev.soc * room_as);
	double charge = fmin(b->charge_max_a, (1 - b->dev.soc) * room_as / b->coulomb_efficiency);

	b->dev.p_max_w = fmin(b->power_w, grid_power(b, fmin(discharge, peak_a)));
	b->dev.p_min_w = fmax(-b->power_w, grid_power(b, -charge));
}

/* Charge, energy and heat of one step with the current now flowing. */
static void integrate(struct battery *b, const struct env *env)
{
	struct device *dev = &b->dev;
	double hours = env->dt_s / 3600, open_v = battery_open_v(b, dev->soc);
	double a = b->dc_a, into_cells_a = a > 0 ? a : a * b->coulomb_efficiency;
	double heat_w = a * a * resistance(b) + open_v * (into_cells_a - a);
	double inverter_w = fabs(dev->p_w - (open_v - a * resistance(b)) * a);
	double cooling = b->modules * b->cooling_w_k;
	double tau_h = b->heat_wh_k * b->modules / cooling;

	dev->soc = clamp(dev->soc - into_cells_a * hours / capacity_ah(b), 0, 1);
	b->stored_wh -= open_v * into_cells_a * hours;
	b->loss_wh += (heat_w + inverter_w) * hours;
	dev->temp_c = lag(dev->temp_c, env->ambient_c + heat_w / cooling, tau_h, hours);
}

/* Over-current and the like cannot happen here: the inverter keeps the limits. */
static void set_alarms(struct battery *b)
{
	struct device *dev = &b->dev;

	dev->alarm = 0;
	dev->warning = 0;
	if (dev->temp_c > 60)
		dev->alarm |= BATTERY_OVER_TEMPERATURE;
	else if (dev->temp_c > 50)
		dev->warning |= BATTERY_OVER_TEMPERATURE;
	if (dev->temp_c < -15)
		dev->alarm |= BATTERY_UNDER_TEMPERATURE;
	else if (dev->temp_c < 0)
		dev->warning |= BATTERY_UNDER_TEMPERATURE;
	if (b->dc_v > battery_charge_v(b))
		dev->warning |= BATTERY_OVER_VOLTAGE;
	if (b->dc_v < battery_discharge_v(b))
		dev->warning |= BATTERY_UNDER_VOLTAGE;
}

static void set_state(struct battery *b, double wanted_w)
{
	struct device *dev = &b->dev;

	if (!dev->command_run && !device_unattended(dev))
		dev->state = OVPP_DER_STATE_STANDBY;
	else if (wanted_w > dev->p_max_w || wanted_w < dev->p_min_w)
		dev->state = OVPP_DER_STATE_LIMITED;
	else
		dev->state = OVPP_DER_STATE_RUNNING;
}

static void count_keepalive(struct battery *b, double dt_bus_s)
{
	bool present = b->keepalive_age_s <= b->keepalive_s;

	b->keepalive_age_s += dt_bus_s;
	if (present && b->keepalive_age_s > b->keepalive_s)
		b->keepalive_losses++;
}

void battery_keepalive(struct battery *b)
{
	b->keepalive_age_s = 0;
	b->keepalives++;
}

static void battery_step(struct device *dev, const struct env *env)
{
	struct battery *b = battery_of(dev);
	double wanted = device_wanted(dev);

	count_keepalive(b, env->dt_bus_s);
	set_current_limits(b);
	set_offer(b, env->dt_s);
	set_state(b, wanted);
	dev->p_w = follow(dev->p_w, wanted, b->lag_s, b->ramp_w_s, env->dt_bus_s);
	dev->p_w = clamp(dev->p_w, dev->p_min_w, dev->p_max_w);
	b->dc_a = pack_current(b, dev->p_w);
	b->dc_v = battery_open_v(b, dev->soc) - b->dc_a * resistance(b);
	dev->v_v = env->v_v;
	dev->i_a = dev->p_w / (3 * env->v_v);
	integrate(b, env);
	set_alarms(b);
}

static int battery_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct battery, modules, 1, 1, 255),
		PARAM(struct battery, cells, 15, 1, 300),
		PARAM(struct battery, capacity_ah, 100, 1, 10000),
		PARAM(struct battery, resistance_mohm, 12, 0, 1000),
		PARAM(struct battery, charge_a, 80, 0, 3000),
		PARAM(struct battery, discharge_a, 80, 0, 3000),
		PARAM(struct battery, power_w, 5000, 0, 1e8),
		PARAM(struct battery, inverter_efficiency, 0.97, 0.5, 1),
		PARAM(struct battery, coulomb_efficiency, 0.995, 0.5, 1),
		PARAM(struct battery, lag_s, 0.05, 0, 60),
		PARAM(struct battery, ramp_w_s, 100e3, 1, 1e9),
		PARAM(struct battery, heat_wh_k, 10, 0.1, 1e6),
		PARAM(struct battery, cooling_w_k, 5, 0.1, 1e6),
		PARAM(struct battery, soc_start, 0.5, 0, 1),
		PARAM(struct battery, bms_ms, 1000, 10, 10000),
		PARAM(struct battery, keepalive_s, 3, 0.1, 3600),
	};
	struct battery *b = battery_of(dev);
	int ret;

	ret = params_take(map, table, sizeof(table) / sizeof(table[0]), b, err);
	if (ret)
		return ret;
	dev->soc = b->soc_start;
	dev->soh = 1;
	dev->temp_c = 20;
	b->dc_v = battery_open_v(b, dev->soc);
	b->keepalive_age_s = INFINITY;
	set_current_limits(b);
	return 0;
}

static void battery_report(const struct device *dev, json_t *out)
{
	const struct battery *b = battery_of(dev);

	json_object_set_new(out, "e_stored_mwh", json_integer(llround(b->stored_wh * 1000)));
	json_object_set_new(out, "e_loss_mwh", json_integer(llround(b->loss_wh * 1000)));
	json_object_set_new(out, "soc_start_ppm", json_integer(llround(b->soc_start * 1e6)));
	json_object_set_new(out, "keepalives", json_integer((json_int_t)b->keepalives));
	json_object_set_new(out, "keepalive_losses", json_integer((json_int_t)b->keepalive_losses));
}

const struct device_ops battery_ops = {
	.name = "battery",
	.kind = OVPP_KIND_BATTERY,
	.command = DEVICE_TAKES_SETPOINT,
	.size = sizeof(struct battery),
	.setup = battery_setup,
	.step = battery_step,
	.report = battery_report,
};
