/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands "run" and "check": a scenario on its buses. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "scenario.h"

/* Exit statuses that scripts rely on. */
enum { DONE = 0, NO = 1, USAGE = 2, REFUSED = 3 };

/**
 * struct run_options - what the command line says
 * @scenario: path of the scenario
 * @can: CAN net device, or NULL
 * @json: where results go, or NULL
 * @record: where frames go, or NULL
 * @commands: where the commands that devices take go, or NULL
 * @line: "NAME=WHERE" of each line that is there, see port_open()
 * @lines: their number
 * @choice: what goes before the scenario
 */
struct run_options {
	const char *scenario;
	const char *can;
	const char *json;
	const char *record;
	const char *commands;
	const char *line[SIM_LINES_MAX];
	size_t lines;
	struct scenario_choice choice;
};

/* Both return an exit status. */
int run_scenario(const struct run_options *opt);
int check_scenario(const struct run_options *opt);

/* A file descriptor that can be read once SIGINT or SIGTERM came, or -errno. */
int stop_signals(void);

#endif /* SIM_RUN_H */
