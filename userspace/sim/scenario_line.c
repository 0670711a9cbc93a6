// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profile.h"
#include "slave_device.h"

static struct line *find_line(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->lines; i++)
		if (!strcmp(sim->line[i].name, name))
			return &sim->line[i];
	return NULL;
}

static int add_line(struct sim *sim, const json_t *item, struct sim_error *err)
{
	struct line *line = &sim->line[sim->lines];
	json_t *map = json_copy((json_t *)item);
	int ret;

	if (!json_is_object(map))
		ret = sim_fail(err, "a line is a mapping");
	else
		ret = line_take(line, map, err);
	json_decref(map);
	if (!ret && find_line(sim, line->name))
		ret = sim_fail(err, "two lines are called '%s'", line->name);
	if (ret)
		sim_fail_in(err, "lines");
	else
		sim->lines++;
	return ret;
}

int scenario_lines(struct sim *sim, json_t *map, struct sim_error *err)
{
	const json_t *list = json_object_get(map, "lines");
	size_t n = json_array_size(list);

	if (!list)
		return 0;
	if (!json_is_array(list) || n > SIM_LINES_MAX)
		return sim_fail(err, "'lines' is a list of at most %d", SIM_LINES_MAX);
	for (size_t i = 0; i < n; i++) {
		int ret = add_line(sim, json_array_get(list, i), err);

		if (ret)
			return ret;
	}
	json_object_del(map, "lines");
	return 0;
}

int scenario_place(json_t *map, struct scenario_place *place, struct sim_error *err)
{
	bool on_line = json_object_get(map, "line");

	if (params_take_text(map, "line", false, &place->line, err) ||
	    params_take_text(map, "profile", on_line, &place->profile, err))
		return -EINVAL;
	if (on_line && !json_object_get(map, "unit"))
		return sim_fail(err, "'unit' is missing");
	if (!on_line && (json_object_get(map, "unit") || place->profile.text[0]))
		return sim_fail(err, "'unit' and 'profile' are for devices on a 'line'");
	return 0;
}

/* A device without a command that tells it to run, or before the first one, runs. */
static struct unit *new_unit(struct sim *sim, struct device *dev, struct ovpp_profile *profile)
{
	struct slave *slave = slave_new(profile, &slave_device, dev);
	char stream[2 * DEVICE_NAME_MAX];
	struct unit *unit;

	if (!slave) {
		ovpp_profile_free(profile);
		return NULL;
	}
	snprintf(stream, sizeof(stream), "%s/line", dev->name);
	unit = unit_new(dev->node, slave, sim->seed, stream);
	if (!unit)
		slave_free(slave);
	else
		dev->command_run = true;
	return unit;
}

int scenario_plug(struct sim *sim, const struct scenario_place *place, struct sim_error *err)
{
	struct line *line = find_line(sim, place->line.text);
	size_t newest = sim->devices - 1;
	struct device *dev = sim->device[newest];
	struct ovpp_profile *profile;
	int ret;

	if (!place->line.text[0])
		return 0;
	if (!line)
		return sim_fail(err, "there is no line '%s'", place->line.text);
	ret = slave_profile(place->profile.text, &profile, err);
	if (ret)
		return ret;
	sim->unit[newest] = new_unit(sim, dev, profile);
	if (!sim->unit[newest])
		return -ENOMEM;
	if (!line_add(line, sim->unit[newest]))
		return sim_fail(err, "there is a unit %u already", dev->node);
	return 0;
}
