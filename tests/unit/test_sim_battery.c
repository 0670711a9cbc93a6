// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator's battery and what all its devices have in common. */
#include "test_sim.h"

#include "../../userspace/sim/battery.h"

#define PACKS                                                                   \
	"{\"name\": \"b\", \"kind\": \"battery\", \"node\": 1, \"modules\": 4," \
	" \"power_w\": 10000, \"soc_start\": 0.5}"

static bool conserves(const struct device *dev)
{
	const struct battery *b = battery_of(dev);

	return NEAR(dev->import_wh - dev->export_wh, b->stored_wh + b->loss_wh,
		    1e-6 * (dev->import_wh + dev->export_wh + 1));
}

static bool keeps_energy(void)
{
	struct device *dev = device_of(PACKS);
	struct env env = env_of(1440);
	bool ok = true;

	for (int i = 0; i < 20; i++)
		drive(dev, &env, i % 2 ? 7000 : -9000, 50 + 10 * i);
	ok &= HOLDS(dev->import_wh > 1000 && dev->export_wh > 1000);
	ok &= HOLDS(battery_of(dev)->loss_wh > 0);
	ok &= conserves(dev);
	device_free(dev);
	return ok;
}

/* Lossless: the charge is what went in, whatever way it went. */
static bool counts_charge(void)
{
	struct device *dev = device_of("{\"name\": \"b\", \"kind\": \"battery\", \"node\": 1,"
				       " \"resistance_mohm\": 0, \"inverter_efficiency\": 1,"
				       " \"coulomb_efficiency\": 1, \"soc_start\": 0.3}");
	struct env env = env_of(100);
	double open_v = battery_open_v(battery_of(dev), 0.45);
	bool ok = true;

	drive(dev, &env, -2000, 1300);
	ok &= NEAR(dev->soc, 0.3 + dev->import_wh / open_v / 100, 0.01);
	ok &= NEAR(battery_of(dev)->loss_wh, 0, 1e-6);
	ok &= HOLDS(dev->soc > 0.4);
	device_free(dev);
	return ok;
}

static bool stays_within_charge(void)
{
	const double speeds[] = {1, 1440, 86400};
	bool ok = true;

	for (int i = 0; i < 3; i++) {
		struct device *dev = device_of(PACKS);
		struct env env = env_of(speeds[i]);

		drive(dev, &env, -1e6, 20000);
		ok &= HOLDS(dev->soc <= 1 && dev->soc >= 0.5);
		drive(dev, &env, 1e6, 20000);
		ok &= HOLDS(dev->soc >= 0 && dev->soc <= 1);
		ok &= conserves(dev);
		device_free(dev);
	}
	return ok;
}

static bool loses_its_round_trip(void)
{
	struct device *dev = device_of("{\"name\": \"b\", \"kind\": \"battery\", \"node\": 1,"
				       " \"resistance_mohm\": 0, \"inverter_efficiency\": 0.95,"
				       " \"coulomb_efficiency\": 0.98, \"soc_start\": 0.5}");
	struct env env = env_of(100);
	bool ok;

	drive(dev, &env, -2000, 1000);
	while (dev->soc > 0.5)
		drive(dev, &env, 2000, 1);
	ok = NEAR(dev->export_wh / dev->import_wh, 0.95 * 0.95 * 0.98, 0.01);
	device_free(dev);
	return ok;
}

static bool tapers(void)
{
	struct device *dev = device_of(PACKS);
	struct battery *b = battery_of(dev);
	struct env env = env_of(1);
	bool ok = true;
	double at_90, at_96;

	dev->soc = 0.90;
	drive(dev, &env, 0, 1);
	at_90 = b->charge_max_a;
	dev->soc = 0.96;
	drive(dev, &env, 0, 1);
	at_96 = b->charge_max_a;
	dev->soc = 1;
	drive(dev, &env, -5000, 100);
	ok &= NEAR(at_90, 4 * b->charge_a, 1e-9);
	ok &= HOLDS(at_96 > 0 && at_96 < at_90);
	ok &= NEAR(b->charge_max_a, 0, 1e-9) && NEAR(dev->p_w, 0, 1e-6);
	ok &= HOLDS(dev->state == OVPP_DER_STATE_LIMITED);
	dev->soc = 0.03;
	drive(dev, &env, 5000, 100);
	ok &= NEAR(b->discharge_max_a, 0, 1e-9) && NEAR(dev->p_w, 0, 1e-6);
	device_free(dev);
	return ok;
}

static bool sags(void)
{
	struct device *dev = device_of(PACKS);
	struct battery *b = battery_of(dev);
	struct env env = env_of(1);
	double rest = battery_open_v(b, dev->soc);
	bool ok;

	drive(dev, &env, 4000, 200);
	ok = HOLDS(b->dc_v < rest && b->dc_a > 0);
	ok &= NEAR(b->dc_v * b->dc_a * b->inverter_efficiency, dev->p_w, 0.01);
	drive(dev, &env, -4000, 400);
	ok &= HOLDS(b->dc_v > rest && b->dc_a < 0);
	ok &= NEAR(b->dc_v * b->dc_a / b->inverter_efficiency, dev->p_w, 0.01);
	device_free(dev);
	return ok;
}

/* The lag is the same 50 ms of bus time at any speed. */
static bool follows_in_bus_time(void)
{
	const double speeds[] = {1, 1440};
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		struct device *dev = device_of(PACKS);
		struct env env = env_of(speeds[i]);

		drive(dev, &env, 1000, 5);
		ok &= NEAR(dev->p_w, 1000 * (1 - exp(-1)), 1);
		drive(dev, &env, 1000, 95);
		ok &= NEAR(dev->p_w, 1000, 1);
		device_free(dev);
	}
	return ok;
}

static bool warms(void)
{
	struct device *dev = device_of(PACKS);
	struct env env = env_of(60);

	bool ok;

	drive(dev, &env, -8000, 3000);
	ok = HOLDS(dev->temp_c > 20.5 && dev->temp_c < 60);
	drive(dev, &env, 0, 100000);
	ok &= NEAR(dev->temp_c, 20, 0.01);
	device_free(dev);
	return ok;
}

static bool falls_to_its_safe_value(void)
{
	struct device *dev =
		device_of("{\"name\": \"b\", \"kind\": \"battery\", \"node\": 1,"
			  " \"power_w\": 4000, \"watchdog_s\": 0.5, \"safe_w\": -300}");
	struct env env = env_of(1);
	bool ok = true;

	drive(dev, &env, 3000, 200);
	ok &= NEAR(dev->p_w, 3000, 1);
	for (int i = 0; i < 48; i++)
		device_step(dev, &env);
	ok &= NEAR(dev->p_w, 3000, 1) && HOLDS(dev->watchdog_trips == 0);
	for (int i = 0; i < 100; i++)
		device_step(dev, &env);
	ok &= NEAR(dev->p_w, -300, 1) && HOLDS(dev->watchdog_trips == 1);
	drive(dev, &env, 1000, 200);
	ok &= NEAR(dev->p_w, 1000, 1);
	device_free(dev);
	return ok;
}

static bool sees_a_stuck_sender(void)
{
	struct device *dev = device_of(PACKS);
	struct env env = env_of(1);
	bool ok;

	drive(dev, &env, 2000, 100);
	for (int i = 0; i < 300; i++) {
		device_take_command(dev, 2000, true, (uint8_t)dev->command_count);
		device_step(dev, &env);
	}
	ok = HOLDS(device_unattended(dev)) && NEAR(dev->p_w, 0, 1);
	device_free(dev);
	return ok;
}

static bool stands_still(void)
{
	struct device *dev = device_of(PACKS);
	struct env env = env_of(1);
	bool ok;

	drive(dev, &env, 2000, 100);
	for (int i = 0; i < 100; i++) {
		device_take_command(dev, 2000, false, (uint8_t)(dev->command_count + 1));
		device_step(dev, &env);
	}
	ok = NEAR(dev->p_w, 0, 1) && HOLDS(dev->state == OVPP_DER_STATE_STANDBY);
	/* A setpoint that is "not available" is none: the safe value. */
	drive(dev, &env, NAN, 100);
	ok &= NEAR(dev->p_w, 0, 1);
	device_free(dev);
	return ok;
}

static bool misses_the_keep_alive(void)
{
	struct device *dev = device_of(PACKS);
	struct battery *b = battery_of(dev);
	struct env env = env_of(1);
	bool ok;

	drive(dev, &env, 0, 1000);
	ok = HOLDS(b->keepalive_losses == 0);
	battery_keepalive(b);
	drive(dev, &env, 0, 299);
	ok &= HOLDS(b->keepalive_losses == 0);
	drive(dev, &env, 0, 500);
	ok &= HOLDS(b->keepalive_losses == 1 && b->keepalives == 1);
	device_free(dev);
	return ok;
}

int main(void)
{
	static const struct sim_test tests[] = {
		{"battery: energy taken is given back, stored or lost", keeps_energy},
		{"battery: the state of charge counts the charge", counts_charge},
		{"battery: it is never fuller than full or emptier than empty, at any speed",
		 stays_within_charge},
		{"battery: a round trip costs what its efficiencies say", loses_its_round_trip},
		{"battery: current limits taper to zero when full and when empty", tapers},
		{"battery: its voltage sags under load and its power is V x I", sags},
		{"battery: the inverter's lag is in bus time", follows_in_bus_time},
		{"battery: losses warm it", warms},
		{"device: without commands it falls to its safe value within its watchdog time",
		 falls_to_its_safe_value},
		{"device: a heartbeat that does not count is no command", sees_a_stuck_sender},
		{"device: it stands still when told, and without a setpoint is safe", stands_still},
		{"battery: the packs notice when the keep-alive stops", misses_the_keep_alive},
	};

	return sim_tests_run(tests, sizeof(tests) / sizeof(tests[0]));
}
