// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <core/modbus.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "battery.h"
#include "ev.h"
#include "generator.h"
#include "load.h"
#include "meter.h"
#include "params.h"
#include "pv.h"
#include "wind.h"

static const struct device_ops *const kinds[] = {
	&battery_ops, &ev_ops, &generator_ops, &load_ops, &meter_ops, &pv_ops, &wind_ops,
};

static const struct device_ops *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return NULL;
}

/* Sources and the meter have their own spacing of the power message. */
static int setup_common(struct device *dev, json_t *map, struct sim_error *err)
{
	const struct param table[] = {
		PARAM(struct device, watchdog_s, 1, 0.05, 3600),
		PARAM(struct device, safe_w, 0, -1e8, 1e8),
		PARAM(struct device, power_ms, dev->ops->kind == OVPP_KIND_METER ? 20 : 100, 1,
		      10000),
	};
	double node;
	int ret;

	if (json_object_get(map, "unit"))
		ret = params_take_number(map, "unit", NAN, OVPP_MODBUS_UNIT_MIN,
					 OVPP_MODBUS_UNIT_MAX, &node, err);
	else
		ret = params_take_number(map, "node", NAN, 0, 31, &node, err);
	if (ret)
		return ret;
	dev->node = (unsigned int)node;
	return params_take(map, table, sizeof(table) / sizeof(table[0]), dev, err);
}

static void set_unknown(struct device *dev)
{
	dev->command_w = NAN;
	dev->command_count = -1;
	dev->command_age_s = INFINITY;
	dev->v_v = dev->i_a = dev->f_hz = NAN;
	dev->p_max_w = dev->p_min_w = NAN;
	dev->soc = dev->soh = dev->temp_c = NAN;
	dev->state = OVPP_DER_STATE_STANDBY;
}

int device_new(json_t *map, uint64_t seed, struct device **out, struct sim_error *err)
{
	const struct device_ops *ops;
	struct params_text name, kind;
	struct device *dev;
	int ret;

	if (params_take_text(map, "name", true, &name, err))
		return -EINVAL;
	if (!name.text[0] || strlen(name.text) > DEVICE_NAME_MAX)
		return sim_fail(err, "'name' has 1 to %d characters", DEVICE_NAME_MAX);
	if (params_take_text(map, "kind", true, &kind, err))
		return -EINVAL;
	ops = find_kind(kind.text);
	if (!ops)
		return sim_fail(err, "no kind of device '%s'", kind.text);

	dev = calloc(1, ops->size);
	if (!dev)
		return -ENOMEM;
	dev->ops = ops;
	strcpy(dev->name, name.text);
	rng_seed(&dev->rng, seed, dev->name);
	set_unknown(dev);
	ret = setup_common(dev, map, err);
	if (!ret)
		ret = ops->setup(dev, map, err);
	if (!ret)
		ret = params_end(map, err);
	if (ret) {
		device_free(dev);
		return ret;
	}
	*out = dev;
	return 0;
}

void device_free(struct device *dev)
{
	if (dev && dev->ops->release)
		dev->ops->release(dev);
	free(dev);
}

void device_set_command(struct device *dev, double p_w, bool run)
{
	dev->command_w = p_w;
	dev->command_run = run;
}

void device_feed_watchdog(struct device *dev)
{
	dev->command_age_s = 0;
	dev->commands++;
}

bool device_count_command(struct device *dev, int count)
{
	if (dev->command_count == count)
		return false;
	dev->command_count = count;
	device_feed_watchdog(dev);
	return true;
}

void device_take_command(struct device *dev, double p_w, bool run, uint8_t count)
{
	if (device_count_command(dev, count))
		device_set_command(dev, p_w, run);
}

bool device_unattended(const struct device *dev)
{
	return dev->command_age_s > dev->watchdog_s;
}

double device_wanted(const struct device *dev)
{
	if (device_unattended(dev) || isnan(dev->command_w))
		return dev->safe_w;
	return dev->command_run ? dev->command_w : 0;
}

void device_step(struct device *dev, const struct env *env)
{
	double wh;
	bool attended = !device_unattended(dev);

	dev->command_age_s += env->dt_bus_s;
	if (attended && device_unattended(dev))
		dev->watchdog_trips++;
	dev->f_hz = env->f_hz;
	dev->ops->step(dev, env);

	wh = dev->p_w * env->dt_s / 3600;
	if (wh > 0)
		dev->export_wh += wh;
	else
		dev->import_wh -= wh;
}
