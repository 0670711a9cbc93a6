// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "battery.h"
#include "params.h"
#include "scenario_line.h"
#include "yaml.h"

/* Takes a mapping out of @map as a copy whose keys can be taken; NULL: absent. */
static int take_map(json_t *map, const char *key, json_t **out, struct sim_error *err)
{
	const json_t *value = json_object_get(map, key);

	*out = NULL;
	if (!value)
		return 0;
	if (!json_is_object(value))
		return sim_fail(err, "'%s' is no mapping", key);
	*out = json_copy((json_t *)value);
	json_object_del(map, key);
	return *out ? 0 : -ENOMEM;
}

static int take_head(struct sim *sim, json_t *map, const struct scenario_choice *choice,
		     struct sim_error *err)
{
	double step_ms, seed;
	struct params_text name;
	int ret;

	ret = params_take_text(map, "name", true, &name, err);
	if (ret)
		return ret;
	strcpy(sim->name, name.text);
	ret = params_take_time(map, "start", 0, &sim->start_s, err);
	if (!ret)
		ret = params_take_span(map, "duration", 86400, &sim->duration_s, err);
	if (!ret)
		ret = params_take_span(map, "sample", 900, &sim->sample_s, err);
	if (!ret)
		ret = params_take_number(map, "speed", 1, 0.001, 1e6, &sim->speed, err);
	if (!ret)
		ret = params_take_number(map, "step_ms", 10, 1, 1000, &step_ms, err);
	if (!ret)
		ret = params_take_number(map, "bitrate", 500000, 1e4, 1e6, &sim->bitrate, err);
	if (!ret)
		ret = params_take_number(map, "seed", 1, 0, 0x1p53, &seed, err);
	if (ret)
		return ret;
	sim->step_ms = (uint64_t)step_ms;
	sim->seed = choice->seed ? *choice->seed : (uint64_t)seed;
	if (!isnan(choice->speed))
		sim->speed = choice->speed;
	if (!isnan(choice->duration_s))
		sim->duration_s = choice->duration_s;
	return sim->sample_s > 0 ? 0 : sim_fail(err, "'sample' is 0");
}

/* Is there another one of its name or, on the CAN bus, with the same frames? */
static int check_namesakes(const struct sim *sim, const struct device *dev, bool on_line,
			   struct sim_error *err)
{
	for (size_t i = 0; i < sim->devices; i++) {
		const struct device *other = sim->device[i];

		if (!strcmp(other->name, dev->name))
			return sim_fail(err, "two devices are called '%s'", dev->name);
		if (on_line || sim->unit[i])
			continue;
		if (other->node == dev->node)
			return sim_fail(err, "'%s' and '%s' are both node %u", other->name,
					dev->name, dev->node);
		if (other->ops == &battery_ops && dev->ops == &battery_ops)
			return sim_fail(err,
					"'%s' and '%s' are both batteries: the "
					"packs' protocol has no node number",
					other->name, dev->name);
	}
	return 0;
}

static int add_device(struct sim *sim, const json_t *item, struct sim_error *err)
{
	const char *name = json_string_value(json_object_get(item, "name"));
	json_t *map = json_copy((json_t *)item);
	struct scenario_place place;
	struct device *dev = NULL;
	int ret;

	if (!json_is_object(map))
		ret = sim_fail(err, "a device is a mapping");
	else
		ret = scenario_place(map, &place, err);
	if (!ret)
		ret = device_new(map, sim->seed, &dev, err);
	json_decref(map);
	if (!ret)
		ret = check_namesakes(sim, dev, place.line.text[0], err);
	if (ret) {
		device_free(dev);
	} else {
		sim->wire[sim->devices].dev = dev;
		sim->device[sim->devices++] = dev;
		ret = scenario_plug(sim, &place, err);
	}
	if (ret)
		sim_fail_in(err, name ? name : "devices");
	return ret;
}

static int take_devices(struct sim *sim, json_t *map, struct sim_error *err)
{
	const json_t *list = json_object_get(map, "devices");
	size_t n = json_array_size(list);

	if (!n || n > SIM_DEVICES_MAX)
		return sim_fail(err, "'devices' is a list of 1 to %d", SIM_DEVICES_MAX);
	for (size_t i = 0; i < n; i++) {
		int ret = add_device(sim, json_array_get(list, i), err);

		if (ret)
			return ret;
	}
	json_object_del(map, "devices");
	return 0;
}

static int take_surroundings(struct sim *sim, json_t *map, struct sim_error *err)
{
	json_t *part;
	int ret;

	ret = take_map(map, "weather", &part, err);
	if (ret)
		return ret;
	ret = weather_setup(&sim->weather, part, sim->seed, err);
	json_decref(part);
	if (ret) {
		sim_fail_in(err, "weather");
		return ret;
	}
	ret = take_map(map, "grid", &part, err);
	if (ret)
		return ret;
	ret = grid_setup(&sim->grid, part, sim->seed, err);
	json_decref(part);
	if (ret)
		sim_fail_in(err, "grid");
	sim->f_min_hz = sim->f_max_hz = sim->grid.f_hz;
	return ret;
}

int scenario_parse(const json_t *doc, const struct scenario_choice *choice, struct sim *sim,
		   struct sim_error *err)
{
	json_t *map;
	int ret;

	memset(sim, 0, sizeof(*sim));
	if (!json_is_object(doc))
		return sim_fail(err, "a scenario is a mapping");
	map = json_copy((json_t *)doc);
	if (!map)
		return -ENOMEM;
	ret = take_head(sim, map, choice, err);
	if (!ret)
		ret = take_surroundings(sim, map, err);
	if (!ret)
		ret = scenario_lines(sim, map, err);
	if (!ret)
		ret = take_devices(sim, map, err);
	if (!ret)
		ret = events_take(sim, map, err);
	if (!ret)
		ret = params_end(map, err);
	json_decref(map);
	return ret;
}

int scenario_load(const char *path, const struct scenario_choice *choice, struct sim *sim,
		  struct sim_error *err)
{
	json_t *doc;
	int ret;

	memset(sim, 0, sizeof(*sim));
	ret = ovpp_yaml_load(path, &doc, err->text, sizeof(err->text));
	if (ret)
		return ret;
	ret = scenario_parse(doc, choice, sim, err);
	json_decref(doc);
	if (ret == -EINVAL)
		sim_fail_in(err, path);
	return ret;
}
