// SPDX-License-Identifier: GPL-2.0-or-later
#include "meter.h"

#include "params.h"

static void meter_step(struct device *dev, const struct env *env)
{
	struct meter *m = (struct meter *)dev;

	dev->p_w = env->site_w + m->noise_w * rng_normal(&dev->rng);
	dev->v_v = env->v_v;
	dev->state = OVPP_DER_STATE_RUNNING;
}

static int meter_setup(struct device *dev, json_t *map, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct meter, noise_w, 1, 0, 1e6),
	};

	return params_take(map, table, 1, dev, err);
}

const struct device_ops meter_ops = {
	.name = "meter",
	.kind = OVPP_KIND_METER,
	.command = DEVICE_TAKES_NONE,
	.size = sizeof(struct meter),
	.setup = meter_setup,
	.step = meter_step,
};
