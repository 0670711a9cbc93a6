/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the simulator share. */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include <jansson.h>
#include <kselftest.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "../../userspace/sim/device.h"
#include "../../userspace/sim/scenario.h"

/* A promise and how to see that it is kept. */
struct sim_test {
	const char *promise;
	bool (*kept)(void);
};

static inline int sim_tests_run(const struct sim_test *test, unsigned int n)
{
	ksft_print_header();
	ksft_set_plan(n);
	for (unsigned int i = 0; i < n; i++)
		ksft_test_result(test[i].kept(), "sim: %s\n", test[i].promise);
	ksft_finished();
}

/* The value of a condition, with its text where it does not hold. */
static inline bool holds(bool condition, const char *text, int line)
{
	if (!condition)
		ksft_print_msg("line %d: not so: %s\n", line, text);
	return condition;
}

#define HOLDS(condition) holds(condition, #condition, __LINE__)
#define NEAR(a, b, by) holds(fabs((double)(a) - (double)(b)) <= (by), #a " near " #b, __LINE__)

static inline json_t *json_of(const char *text)
{
	json_error_t error;
	json_t *doc = json_loads(text, 0, &error);

	if (!doc)
		ksft_exit_fail_msg("test data: %s in: %s\n", error.text, text);
	return doc;
}

/* A device out of JSON; the test ends where its text is wrong. */
static inline struct device *device_of(const char *text)
{
	struct sim_error err = {.text = ""};
	json_t *map = json_of(text);
	struct device *dev = NULL;

	if (device_new(map, 1, &dev, &err))
		ksft_exit_fail_msg("test data: %s\n", err.text);
	json_decref(map);
	return dev;
}

static inline int sim_of(const char *text, struct sim *sim, struct sim_error *err)
{
	const struct scenario_choice choice = {NAN, NAN, NULL};
	json_t *doc = json_of(text);
	int ret;

	err->text[0] = '\0';
	ret = scenario_parse(doc, &choice, sim, err);
	json_decref(doc);
	return ret;
}

static inline struct device *sim_find(const struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->devices; i++)
		if (!strcmp(sim->device[i]->name, name))
			return sim->device[i];
	ksft_exit_fail_msg("test data: no device %s\n", name);
}

/* Surroundings in which nothing happens, steps of 10 ms, time @speed fold. */
static inline struct env env_of(double speed)
{
	return (struct env){
		.dt_s = 0.01 * speed,
		.dt_bus_s = 0.01,
		.f_hz = 50,
		.v_v = 230,
		.ambient_c = 20,
	};
}

/* @steps steps under a command that is repeated in each, as a gateway does. */
static inline void drive(struct device *dev, struct env *env, double p_w, unsigned int steps)
{
	for (unsigned int i = 0; i < steps; i++) {
		device_take_command(dev, p_w, true, (uint8_t)(dev->command_count + 1));
		device_step(dev, env);
		env->t_s += env->dt_s;
	}
}

#endif /* TEST_SIM_H */
