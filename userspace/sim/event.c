// SPDX-License-Identifier: GPL-2.0-or-later
#include "event.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "params.h"
#include "sim.h"

static const char *const action_names[] = {
	[EVENT_UNPLUG] = "unplug",	 [EVENT_REPLUG] = "replug",	  [EVENT_CLOUD] = "cloud",
	[EVENT_LOAD_STEP] = "load-step", [EVENT_GRID_STEP] = "grid-step", [EVENT_FAULT] = "fault",
};

#define ACTIONS (sizeof(action_names) / sizeof(action_names[0]))

const char *event_action_name(enum event_action action)
{
	return action < ACTIONS ? action_names[action] : NULL;
}

static void plug(struct sim *sim, size_t device, bool in)
{
	if (sim->unit[device])
		unit_plug(sim->unit[device], in);
	else
		sim->wire[device].unplugged = !in;
}

static void set_fault(struct sim *sim, const struct event *e)
{
	if (sim->unit[e->device])
		unit_set_fault(sim->unit[e->device], (enum unit_fault)e->value, e->arg);
	else
		sim->wire[e->device].fault = (enum wire_fault)e->value;
}

static void happen(struct sim *sim, const struct event *e)
{
	switch (e->action) {
	case EVENT_UNPLUG:
	case EVENT_REPLUG:
		plug(sim, e->device, e->action == EVENT_REPLUG);
		break;
	case EVENT_CLOUD:
		sim->weather.forced = e->value;
		break;
	case EVENT_LOAD_STEP:
		((struct load *)sim->device[e->device])->step_w += e->value;
		break;
	case EVENT_GRID_STEP:
		sim->grid.step_w += e->value;
		break;
	case EVENT_FAULT:
		set_fault(sim, e);
		break;
	}
}

void events_run(struct sim *sim)
{
	double now = sim_time(sim);

	for (; sim->next_event < sim->events; sim->next_event++) {
		const struct event *e = &sim->event[sim->next_event];

		if (e->t_s > now)
			return;
		happen(sim, e);
	}
}

static int take_action(json_t *map, enum event_action *out, struct sim_error *err)
{
	struct params_text name;

	if (params_take_text(map, "do", true, &name, err))
		return -EINVAL;
	for (size_t i = 0; i < ACTIONS; i++) {
		if (!strcmp(action_names[i], name.text)) {
			*out = (enum event_action)i;
			return 0;
		}
	}
	return sim_fail(err, "there is no event '%s'", name.text);
}

static int take_device(struct sim *sim, json_t *map, struct event *e, struct sim_error *err)
{
	struct params_text name;

	if (e->action == EVENT_CLOUD || e->action == EVENT_GRID_STEP)
		return 0;
	if (params_take_text(map, "device", true, &name, err))
		return -EINVAL;
	for (e->device = 0; e->device < sim->devices; e->device++)
		if (!strcmp(sim->device[e->device]->name, name.text))
			break;
	if (e->device == sim->devices)
		return sim_fail(err, "there is no device '%s'", name.text);
	if (e->action == EVENT_LOAD_STEP && sim->device[e->device]->ops != &load_ops)
		return sim_fail(err, "'%s' is no load", name.text);
	return 0;
}

static int take_unit_fault(json_t *map, const char *name, struct event *e, struct sim_error *err)
{
	enum unit_fault fault = unit_fault_find(name);
	const struct unit_fault_kind *kind = &unit_fault_kinds[fault];

	if (fault == UNIT_FAULTS)
		return sim_fail(err, "there is no fault '%s' of a device on a serial line", name);
	e->value = fault;
	if (!kind->key)
		return 0;
	return params_take_number(map, kind->key, kind->def, kind->min, kind->max, &e->arg, err);
}

static int take_fault(const struct sim *sim, json_t *map, struct event *e, struct sim_error *err)
{
	struct params_text name;

	if (params_take_text(map, "fault", true, &name, err))
		return -EINVAL;
	if (sim->unit[e->device])
		return take_unit_fault(map, name.text, e, err);
	for (int i = 0; i < WIRE_FAULTS; i++) {
		if (!strcmp(wire_fault_name((enum wire_fault)i), name.text)) {
			e->value = i;
			return 0;
		}
	}
	return sim_fail(err, "there is no fault '%s'", name.text);
}

static int take_value(const struct sim *sim, json_t *map, struct event *e, struct sim_error *err)
{
	switch (e->action) {
	case EVENT_CLOUD:
		return params_take_number(map, "cover", NAN, 0, 1, &e->value, err);
	case EVENT_LOAD_STEP:
	case EVENT_GRID_STEP:
		return params_take_number(map, "p_w", NAN, -1e12, 1e12, &e->value, err);
	case EVENT_FAULT:
		return take_fault(sim, map, e, err);
	default:
		return 0;
	}
}

/* The event that undoes another one when its time is over. */
static struct event end_of(const struct event *e, double for_s)
{
	struct event end = *e;

	end.t_s += for_s;
	switch (e->action) {
	case EVENT_UNPLUG:
		end.action = EVENT_REPLUG;
		break;
	case EVENT_CLOUD:
		end.value = NAN;
		break;
	case EVENT_FAULT:
		end.value = 0; /* of either kind: none */
		break;
	default:
		end.value = -e->value;
	}
	return end;
}

static int take_event(struct sim *sim, json_t *map, struct sim_error *err)
{
	struct event e = {0};
	double for_s;
	int ret;

	ret = params_take_time(map, "at", NAN, &e.t_s, err);
	if (!ret)
		ret = take_action(map, &e.action, err);
	if (!ret)
		ret = take_device(sim, map, &e, err);
	if (!ret)
		ret = take_value(sim, map, &e, err);
	if (!ret && e.action != EVENT_REPLUG)
		ret = params_take_span(map, "for", 0, &for_s, err);
	if (!ret)
		ret = params_end(map, err);
	if (ret)
		return ret;
	/* A time of day that is over at the start is meant for the next day. */
	if (e.t_s < sim->start_s)
		e.t_s += 86400;
	sim->event[sim->events++] = e;
	if (e.action != EVENT_REPLUG && for_s > 0)
		sim->event[sim->events++] = end_of(&e, for_s);
	return 0;
}

static int by_time(const void *a, const void *b)
{
	double ta = ((const struct event *)a)->t_s;
	double tb = ((const struct event *)b)->t_s;

	return (ta > tb) - (ta < tb);
}

int events_take(struct sim *sim, json_t *map, struct sim_error *err)
{
	json_t *list = json_object_get(map, "events");
	size_t n = json_array_size(list);

	if (!list)
		return 0;
	if (!json_is_array(list))
		return sim_fail(err, "'events' is no list");
	sim->event = calloc(2 * n + 1, sizeof(*sim->event));
	if (!sim->event)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_copy(json_array_get(list, i));
		int ret = json_is_object(item) ? take_event(sim, item, err)
					       : sim_fail(err, "an event is a mapping");

		json_decref(item);
		if (ret) {
			sim_fail_in(err, "events");
			return ret;
		}
	}
	qsort(sim->event, sim->events, sizeof(*sim->event), by_time);
	json_object_del(map, "events");
	return 0;
}
