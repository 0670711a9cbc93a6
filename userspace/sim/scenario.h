/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenario files (YAML, see docs/simulator.md). */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim.h"

/**
 * struct scenario_choice - what the command line says instead of the file
 * @speed: NAN: the file's
 * @duration_s: NAN: the file's
 * @seed: NULL: the file's
 */
struct scenario_choice {
	double speed;
	double duration_s;
	const uint64_t *seed;
};

/**
 * scenario_load() - a simulation out of a file
 * @path: file
 * @choice: what goes before the file
 * @sim: filled; to be released with sim_release(), after an error too
 * @err: what is wrong
 *
 * Return: 0 or -errno; -EINVAL has a text in @err.
 */
int scenario_load(const char *path, const struct scenario_choice *choice, struct sim *sim,
		  struct sim_error *err);

/* The same from a document; @doc is not changed. */
int scenario_parse(const json_t *doc, const struct scenario_choice *choice, struct sim *sim,
		   struct sim_error *err);

#endif /* SIM_SCENARIO_H */
