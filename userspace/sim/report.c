// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <math.h>

/* In thousandths (or millionths) of the unit; null where it is not known. */
static json_t *scaled(double value, double scale)
{
	return isfinite(value) ? json_integer(llround(value * scale)) : json_null();
}

static json_t *milli(double value)
{
	return scaled(value, 1e3);
}

static json_t *ppm(double value)
{
	return scaled(value, 1e6);
}

static json_t *count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *wire_report(const struct wire *w)
{
	return json_pack("{s:i, s:o}", "node", (int)w->dev->node, "frames", count(w->frames));
}

static json_t *unit_report(const struct unit *u)
{
	return json_pack("{s:i, s:o, s:o, s:o}", "unit", (int)u->address, "requests",
			 count(u->requests), "answers", count(u->answers), "exceptions",
			 count(u->exceptions));
}

static json_t *device_report(const struct sim *sim, size_t i)
{
	const struct device *dev = sim->device[i];
	json_t *out = json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind", dev->ops->name, "p_mw",
				milli(dev->p_w), "e_import_mwh", milli(dev->import_wh),
				"e_export_mwh", milli(dev->export_wh), "soc_ppm", ppm(dev->soc));

	if (out && sim->unit[i])
		json_object_update_new(out, unit_report(sim->unit[i]));
	else if (out)
		json_object_update_new(out, wire_report(&sim->wire[i]));
	if (out && dev->ops->command != DEVICE_TAKES_NONE) {
		json_object_set_new(out, "commands", count(dev->commands));
		json_object_set_new(out, "commands_bad", count(dev->commands_bad));
		json_object_set_new(out, "watchdog_trips", count(dev->watchdog_trips));
	}
	if (out && dev->ops->report)
		dev->ops->report(dev, out);
	return out;
}

static json_t *devices_report(const struct sim *sim)
{
	json_t *out = json_object();

	for (size_t i = 0; i < sim->devices; i++)
		json_object_set_new(out, sim->device[i]->name, device_report(sim, i));
	return out;
}

static json_t *sample_report(const struct sim *sim, const struct sim_sample *s)
{
	json_t *p = json_object(), *soc = json_object();

	for (size_t i = 0; i < sim->devices; i++) {
		const char *name = sim->device[i]->name;

		json_object_set_new(p, name, milli(s->p_w[i]));
		if (!isnan(s->soc[i]))
			json_object_set_new(soc, name, ppm(s->soc[i]));
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "t_s", json_integer(llround(s->t_s)),
			 "pcc_mw", milli(s->site_w), "f_mhz", milli(s->f_hz), "p_mw", p, "soc_ppm",
			 soc);
}

static json_t *samples_report(const struct sim *sim)
{
	json_t *out = json_array();

	for (size_t i = 0; i < sim->samples; i++)
		json_array_append_new(out, sample_report(sim, &sim->sample[i]));
	return out;
}

static json_t *events_report(const struct sim *sim)
{
	json_t *out = json_array();

	for (size_t i = 0; i < sim->next_event; i++) {
		const struct event *e = &sim->event[i];
		json_t *item = json_pack("{s:o, s:s}", "t_s", json_integer(llround(e->t_s)), "do",
					 event_action_name(e->action));

		if (e->action != EVENT_CLOUD && e->action != EVENT_GRID_STEP)
			json_object_set_new(item, "device",
					    json_string(sim->device[e->device]->name));
		json_array_append_new(out, item);
	}
	return out;
}

/* Share of the bus time in which a frame was on the bus, stuffed to the full. */
static double bus_load(const struct sim *sim)
{
	double seconds = (double)(sim->steps * sim->step_ms) / 1000;
	double bits = (double)sim->rx_bits;

	for (size_t i = 0; i < sim->devices; i++)
		bits += (double)sim->wire[i].bits;
	return seconds > 0 ? bits / sim->bitrate / seconds : 0;
}

json_t *report_results(const struct sim *sim, const struct bus *bus, uint64_t late_ms)
{
	double bus_ms = (double)(sim->steps * sim->step_ms);
	json_t *grid, *wire;

	grid = json_pack("{s:o, s:o, s:o, s:o, s:o}", "e_import_mwh", milli(sim->site_import_wh),
			 "e_export_mwh", milli(sim->site_export_wh), "f_mhz", milli(sim->grid.f_hz),
			 "f_min_mhz", milli(sim->f_min_hz), "f_max_mhz", milli(sim->f_max_hz));
	wire = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", bus->name, "sent",
			 count(bus->sent), "dropped", count(bus->dropped), "late_ms",
			 count(late_ms), "bus_ms", json_integer(llround(bus_ms)), "load_max_ppm",
			 ppm(bus_load(sim)));
	return json_pack("{s:s, s:o, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "scenario",
			 sim->name, "seed", count(sim->seed), "speed", sim->speed, "start_s",
			 json_integer(llround(sim->start_s)), "end_s",
			 json_integer(llround(sim_time(sim))), "grid", grid, "bus", wire, "devices",
			 devices_report(sim), "events", events_report(sim), "samples",
			 samples_report(sim));
}
