/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario makes happen, and when. */
#ifndef SIM_EVENT_H
#define SIM_EVENT_H

#include <jansson.h>
#include <stddef.h>

#include "error.h"

struct sim;

enum event_action {
	EVENT_UNPLUG,
	EVENT_REPLUG,
	EVENT_CLOUD,	 /* value: cover; NAN: back to its own */
	EVENT_LOAD_STEP, /* value: W more than before */
	EVENT_GRID_STEP, /* value: W more than before */
	EVENT_FAULT,	 /* value: enum wire_fault, on a serial line enum unit_fault */
};

/**
 * struct event - a thing that happens once
 * @t_s: simulated seconds since midnight of the first day
 * @action: what
 * @device: index of the device that it is about
 * @value: see enum event_action
 * @arg: argument of an enum unit_fault
 */
struct event {
	double t_s;
	enum event_action action;
	size_t device;
	double value;
	double arg;
};

/* Takes the list "events" out of @map; the devices are there already. */
int events_take(struct sim *sim, json_t *map, struct sim_error *err);

/* Lets all events up to the present moment happen. */
void events_run(struct sim *sim);

/* Name of an action in scenarios. */
const char *event_action_name(enum event_action action);

#endif /* SIM_EVENT_H */
