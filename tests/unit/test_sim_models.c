// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator's sources, vehicle, generator, load, meter and grid. */
#include "test_sim.h"

#include "../../userspace/sim/ev.h"
#include "../../userspace/sim/generator.h"
#include "../../userspace/sim/grid.h"
#include "../../userspace/sim/pv.h"
#include "../../userspace/sim/weather.h"
#include "../../userspace/sim/wind.h"

#define HOUR 3600.0

static bool sun_follows_the_day(void)
{
	struct sim_error err;
	struct weather w;
	bool ok = HOLDS(!weather_setup(&w, NULL, 1, &err));
	double noon = weather_clear_sky(&w, 12 * HOUR);

	ok &= NEAR(weather_clear_sky(&w, 0), 0, 0);
	ok &= HOLDS(noon > 850 && noon < 1000);
	ok &= NEAR(weather_clear_sky(&w, 9 * HOUR), weather_clear_sky(&w, 15 * HOUR), 1e-6);
	w.day = 355;
	ok &= HOLDS(weather_clear_sky(&w, 12 * HOUR) < noon / 3);
	w.forced = 1;
	weather_step(&w, 12 * HOUR, 1);
	ok &= NEAR(w.sun_w_m2, 0.25 * weather_clear_sky(&w, 12 * HOUR), 1e-6);
	return ok;
}

static bool pv_gives_what_it_may(void)
{
	struct device *dev = device_of("{\"name\": \"p\", \"kind\": \"pv\","
				       " \"node\": 1, \"peak_w\": 10000}");
	struct env env = env_of(1);
	bool ok = true;
	double most;

	drive(dev, &env, 20000, 100);
	ok &= NEAR(dev->p_w, 0, 0) && HOLDS(dev->state == OVPP_DER_STATE_STANDBY);
	env.sun_w_m2 = 800;
	drive(dev, &env, 20000, 200);
	most = dev->p_w;
	ok &= HOLDS(most > 6000 && most < 8000) && NEAR(dev->p_max_w, most, 1);
	drive(dev, &env, 2000, 200);
	ok &= NEAR(dev->p_w, 2000, 1) && NEAR(dev->p_max_w, most, 1);
	ok &= HOLDS(dev->state == OVPP_DER_STATE_LIMITED);
	ok &= HOLDS(((struct pv *)dev)->curtailed_wh > 0);
	env.sun_w_m2 = 100;
	drive(dev, &env, 2000, 1);
	ok &= HOLDS(dev->p_w < 1000);
	device_free(dev);
	return ok;
}

#define TURBINE "{\"name\": \"w\", \"kind\": \"wind\", \"node\": 1, \"power_w\": 6000"

static bool wind_has_its_curve(void)
{
	struct device *dev = device_of(TURBINE "}");
	const struct wind *w = (struct wind *)dev;
	bool ok = true;

	ok &= NEAR(wind_power(w, 2.9), 0, 0) && NEAR(wind_power(w, 3), 0, 1e-9);
	ok &= NEAR(wind_power(w, 7), 6000 * (343 - 27.0) / (1331 - 27), 1e-6);
	ok &= NEAR(wind_power(w, 11), 6000, 1e-9);
	ok &= NEAR(wind_power(w, 25), 6000, 1e-9) && NEAR(wind_power(w, 26), 0, 0);
	device_free(dev);
	return ok;
}

/* Between restart and cut-out it stays as it was. */
static bool wind_cuts_out(void)
{
	struct device *dev = device_of(TURBINE ", \"mean_m_s\": 22, \"spread_m_s\": 0,"
					       " \"turbulence\": 0, \"lag_s\": 0}");
	struct wind *w = (struct wind *)dev;
	struct env env = env_of(1);
	bool ok = true;

	drive(dev, &env, 1e6, 200);
	ok &= NEAR(dev->p_w, 6000, 1);
	w->mean_m_s = 26;
	drive(dev, &env, 1e6, 200);
	ok &= NEAR(dev->p_w, 0, 1) && HOLDS(dev->state == OVPP_DER_STATE_OFF);
	w->mean_m_s = 22;
	drive(dev, &env, 1e6, 200);
	ok &= NEAR(dev->p_w, 0, 1);
	w->mean_m_s = 19;
	drive(dev, &env, 1e6, 200);
	ok &= NEAR(dev->p_w, 6000, 1);
	drive(dev, &env, 1500, 200);
	ok &= NEAR(dev->p_w, 1500, 1);
	device_free(dev);
	return ok;
}

static bool wind_has_its_mean(void)
{
	struct device *dev = device_of(TURBINE ", \"mean_m_s\": 8}");
	struct wind *w = (struct wind *)dev;
	struct env env = env_of(1440);
	double sum = 0, squares = 0;
	const int n = 60000;

	for (int i = 0; i < n; i++) {
		device_step(dev, &env);
		sum += w->speed_m_s;
		squares += w->speed_m_s * w->speed_m_s;
	}
	device_free(dev);
	sum /= n;
	return NEAR(sum, 8, 0.6) && NEAR(sqrt(squares / n - sum * sum), 2.25, 0.5);
}

#define VEHICLE                                                             \
	"{\"name\": \"e\", \"kind\": \"ev\", \"node\": 1,"                  \
	" \"capacity_wh\": 50000, \"sessions\": [ { \"arrive\": \"18:00\"," \
	" \"depart\": \"06:00\", \"soc\": 0.5, \"need\": 0.8 } ]}"

static bool ev_comes_and_goes(void)
{
	struct device *dev = device_of(VEHICLE);
	struct env env = env_of(1440);
	bool ok = true;

	env.t_s = 12 * HOUR;
	drive(dev, &env, -5000, 10);
	ok &= NEAR(dev->p_w, 0, 0) && HOLDS(isnan(dev->soc));
	ok &= NEAR(dev->p_min_w, 0, 0) && NEAR(dev->p_max_w, 0, 0);
	ok &= HOLDS(dev->state == OVPP_DER_STATE_OFF);
	env.t_s = 18 * HOUR;
	drive(dev, &env, -5000, 100);
	ok &= NEAR(dev->p_w, -5000, 1) && HOLDS(dev->soc > 0.5);
	env.t_s = 30.01 * HOUR;
	drive(dev, &env, -5000, 1);
	ok &= NEAR(dev->p_w, 0, 0) && HOLDS(isnan(dev->soc));
	device_free(dev);
	return ok;
}

/* Even a gateway that wants to empty it, or is silent, cannot spoil the trip. */
static bool ev_leaves_with_its_need(void)
{
	const double speeds[] = {60, 1440};
	bool ok = true;

	for (int i = 0; i < 4; i++) {
		struct device *dev = device_of(VEHICLE);
		const struct ev *ev = (struct ev *)dev;
		struct env env = env_of(speeds[i % 2]);

		env.t_s = 18 * HOUR;
		while (env.t_s < 30.1 * HOUR) {
			if (i < 2)
				drive(dev, &env, 11000, 1);
			else
				device_step(dev, &env), env.t_s += env.dt_s;
			ok &= dev->soc >= 0.2 - 1e-9 || isnan(dev->soc);
		}
		ok &= HOLDS(ev->departures == 1 && ev->needs_met == 1);
		ok &= NEAR(dev->import_wh - dev->export_wh, 0.3 * 50000 + ev->loss_wh, 60);
		device_free(dev);
	}
	return ok;
}

/* What it offers does not go to and fro: a gateway would chase it. */
static bool ev_insists_steadily(void)
{
	struct device *dev = device_of(VEHICLE);
	struct env env = env_of(1440);
	unsigned int turns = 0;
	bool insisted = false;

	for (env.t_s = 18 * HOUR; env.t_s < 29.9 * HOUR;) {
		drive(dev, &env, 0, 1);
		turns += insisted != (dev->p_max_w < 0);
		insisted = dev->p_max_w < 0;
	}
	device_free(dev);
	return HOLDS(insisted) && HOLDS(turns == 1);
}

static bool generator_starts_late(void)
{
	struct device *dev = device_of("{\"name\": \"g\", \"kind\": \"generator\", \"node\": 1,"
				       " \"power_w\": 8000, \"least_w\": 2000, \"start_s\": 1,"
				       " \"stop_s\": 0.5, \"ramp_w_s\": 4000}");
	struct generator *g = (struct generator *)dev;
	struct env env = env_of(1);
	bool ok = true;

	drive(dev, &env, 1900, 300);
	ok &= NEAR(dev->p_w, 0, 0);
	drive(dev, &env, 6000, 95);
	ok &= NEAR(dev->p_w, 0, 0) && HOLDS(dev->state == OVPP_DER_STATE_STARTING);
	drive(dev, &env, 6000, 55);
	ok &= HOLDS(dev->p_w > 1500 && dev->p_w < 2300);
	drive(dev, &env, 20000, 300);
	ok &= NEAR(dev->p_w, 8000, 1) && HOLDS(g->fuel_wh > 0);
	drive(dev, &env, 1200, 300);
	ok &= NEAR(dev->p_w, 2000, 1);
	drive(dev, &env, 900, 300);
	ok &= NEAR(dev->p_w, 0, 1) && HOLDS(g->starts == 1) &&
	      HOLDS(dev->state == OVPP_DER_STATE_STANDBY);
	device_free(dev);
	return ok;
}

static bool load_follows_its_curve(void)
{
	struct device *dev =
		device_of("{\"name\": \"l\", \"kind\": \"load\", \"node\": 1, \"noise\": 0,"
			  " \"curve\": { \"06:00\": 1000, \"12:00\": 3000 }}");
	struct env env = env_of(1);
	const double at[][2] = {{0, 1000},  {6, 1000},	{9, 2000},
				{12, 3000}, {20, 3000}, {33, 2000}};
	bool ok = true;

	for (int i = 0; i < 6; i++) {
		env.t_s = at[i][0] * HOUR;
		device_step(dev, &env);
		ok &= NEAR(dev->p_w, -at[i][1], 1e-6);
	}
	device_free(dev);
	return ok;
}

static struct grid quiet_grid(void)
{
	struct sim_error err;
	struct grid g;

	grid_setup(&g, NULL, 1, &err);
	g.unrest = 0;
	return g;
}

static bool grid_falls_with_its_inertia(void)
{
	struct grid g = quiet_grid();

	/* A tenth of the power is missing: df/dt = -0.1 x 50 / (2 x 4). */
	for (int i = 0; i < 5; i++)
		grid_step(&g, -0.1 * g.rated_w, 0.01);
	return NEAR(g.f_hz - 50, -0.625 * 0.05, 0.002);
}

static bool grid_settles_on_its_droop(void)
{
	struct grid g = quiet_grid();

	g.restore_s = 0;
	for (int i = 0; i < 6000; i++)
		grid_step(&g, -0.1 * g.rated_w, 0.01);
	/* 1 / droop + damping = 21 carry the tenth. */
	return NEAR(g.f_hz - 50, -0.1 / 21 * 50, 0.001);
}

static bool grid_recovers(void)
{
	struct grid g = quiet_grid();
	double least = 50;

	for (int i = 0; i < 12000; i++) {
		grid_step(&g, -0.05 * g.rated_w, 0.01);
		least = fmin(least, g.f_hz);
	}
	if (!HOLDS(least < 49.85) || !NEAR(g.f_hz, 50, 0.005))
		return false;
	for (int i = 0; i < 12000; i++) {
		grid_step(&g, 0, 0.01);
		least = fmax(least, g.f_hz);
	}
	return HOLDS(least > 50.1) && NEAR(g.f_hz, 50, 0.005);
}

static bool grid_is_restless(void)
{
	struct sim_error err;
	struct grid g;
	double sum = 0, squares = 0;
	const int n = 100000;

	grid_setup(&g, NULL, 3, &err);
	for (int i = 0; i < n; i++) {
		grid_step(&g, 0, 0.01);
		sum += g.f_hz - 50;
		squares += (g.f_hz - 50) * (g.f_hz - 50);
	}
	return NEAR(sum / n, 0, 0.01) && HOLDS(sqrt(squares / n) > 0.002) &&
	       HOLDS(sqrt(squares / n) < 0.05);
}

int main(void)
{
	static const struct sim_test tests[] = {
		{"sun: it follows day, season and clouds", sun_follows_the_day},
		{"pv: it gives what the sun allows, up to its limit", pv_gives_what_it_may},
		{"wind: the turbine has its power curve", wind_has_its_curve},
		{"wind: it cuts out in a storm and restarts below", wind_cuts_out},
		{"wind: speed has the mean and spread asked for", wind_has_its_mean},
		{"ev: it offers nothing while it is away", ev_comes_and_goes},
		{"ev: it leaves with what its owner needs, whatever is commanded",
		 ev_leaves_with_its_need},
		{"ev: before its departure it insists on charging, steadily", ev_insists_steadily},
		{"generator: it starts late, ramps, keeps its least load and stops",
		 generator_starts_late},
		{"load: it follows its daily curve", load_follows_its_curve},
		{"grid: missing power lowers the frequency as the inertia says",
		 grid_falls_with_its_inertia},
		{"grid: its droop settles the frequency", grid_settles_on_its_droop},
		{"grid: the frequency recovers after an imbalance, both ways", grid_recovers},
		{"grid: the others' ups and downs move it a little", grid_is_restless},
	};

	return sim_tests_run(tests, sizeof(tests) / sizeof(tests[0]));
}
