// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

double sim_time(const struct sim *sim)
{
	return sim->start_s + (double)(sim->steps * sim->step_ms) / 1000 * sim->speed;
}

uint64_t sim_length(const struct sim *sim)
{
	return (uint64_t)llround(sim->duration_s * 1000 / sim->speed / (double)sim->step_ms);
}

static bool is_meter(const struct device *dev)
{
	return dev->ops->kind == OVPP_KIND_METER;
}

/* Devices other than meters, then the grid, then the meters that show it. */
static void advance(struct sim *sim, struct env *env)
{
	double wh;

	sim->site_w = 0;
	for (size_t i = 0; i < sim->devices; i++) {
		if (is_meter(sim->device[i]))
			continue;
		device_step(sim->device[i], env);
		sim->site_w += sim->device[i]->p_w;
	}
	grid_step(&sim->grid, sim->site_w, env->dt_bus_s);
	sim->f_min_hz = fmin(sim->f_min_hz, sim->grid.f_hz);
	sim->f_max_hz = fmax(sim->f_max_hz, sim->grid.f_hz);
	wh = sim->site_w * env->dt_s / 3600;
	if (wh > 0)
		sim->site_export_wh += wh;
	else
		sim->site_import_wh -= wh;

	env->site_w = sim->site_w;
	env->f_hz = sim->grid.f_hz;
	env->v_v = sim->grid.v_v;
	for (size_t i = 0; i < sim->devices; i++)
		if (is_meter(sim->device[i]))
			device_step(sim->device[i], env);
}

static int take_sample(struct sim *sim)
{
	struct sim_sample *s;

	if (sim_time(sim) < sim->start_s + (double)sim->samples * sim->sample_s)
		return 0;
	s = realloc(sim->sample, (sim->samples + 1) * sizeof(*s));
	if (!s)
		return -ENOMEM;
	sim->sample = s;
	s += sim->samples++;
	s->t_s = sim_time(sim);
	s->site_w = sim->site_w;
	s->f_hz = sim->grid.f_hz;
	for (size_t i = 0; i < sim->devices; i++) {
		s->p_w[i] = sim->device[i]->p_w;
		s->soc[i] = sim->device[i]->soc;
	}
	return 0;
}

/* Those on serial lines speak when they are asked. */
static void send_wires(struct sim *sim, uint64_t since_ms, const struct wire_sink *sink)
{
	for (size_t i = 0; i < sim->devices; i++)
		if (!sim->unit[i])
			wire_send(&sim->wire[i], sim->steps * sim->step_ms, since_ms, sink);
}

int sim_step(struct sim *sim, const struct wire_sink *sink)
{
	double dt_bus_s = (double)sim->step_ms / 1000;
	struct env env = {
		.t_s = sim_time(sim),
		.dt_s = dt_bus_s * sim->speed,
		.dt_bus_s = dt_bus_s,
		.f_hz = sim->grid.f_hz,
		.v_v = sim->grid.v_v,
	};
	int ret;

	events_run(sim);
	weather_step(&sim->weather, env.t_s, env.dt_s);
	env.sun_w_m2 = sim->weather.sun_w_m2;
	env.ambient_c = sim->weather.ambient_c;
	advance(sim, &env);
	ret = take_sample(sim);
	sim->steps++;
	send_wires(sim, sim->step_ms, sink);
	return ret;
}

void sim_farewell(struct sim *sim, const struct wire_sink *sink)
{
	/* Within a step of this length everything is due. */
	send_wires(sim, UINT64_MAX, sink);
}

void sim_receive(struct sim *sim, const struct can_frame *frame)
{
	sim->rx_bits += wire_bits(frame);
	for (size_t i = 0; i < sim->devices; i++)
		if (!sim->unit[i])
			wire_receive(&sim->wire[i], frame);
}

void sim_release(struct sim *sim)
{
	for (size_t i = 0; i < sim->devices; i++) {
		unit_free(sim->unit[i]);
		device_free(sim->device[i]);
	}
	free(sim->event);
	free(sim->sample);
}
