/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulation: devices, weather and grid, advanced by fixed steps. It does
 * no input or output and knows no clock: the same scenario and the same frames
 * in the same steps give the same results, bit for bit.
 *
 * Two times. A step is step_ms long on the bus; lags, ramps, watchdogs and the
 * grid's inertia run in this bus time. Sun, wind speed, load, charge and energy
 * run in simulated time, which is speed times as fast.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "event.h"
#include "grid.h"
#include "line.h"
#include "params.h"
#include "weather.h"
#include "wire.h"

#define SIM_DEVICES_MAX 64
#define SIM_LINES_MAX 8

/* What is sampled for the results now and then; see struct sim. */
struct sim_sample {
	double t_s;
	double site_w;
	double f_hz;
	double p_w[SIM_DEVICES_MAX];
	double soc[SIM_DEVICES_MAX];
};

/**
 * struct sim - a simulation
 *
 * Of the scenario:
 * @name: its name
 * @seed: seed of all random numbers
 * @start_s: simulated time of day at the start
 * @duration_s: simulated length
 * @speed: simulated seconds in a second of bus time
 * @step_ms: length of a step, bus time
 * @bitrate: of the bus
 * @sample_s: simulated spacing of samples
 * @devices: number of devices
 * @device: devices; meters come last, so that they see the others' sum
 * @wire: their connections to the CAN bus
 * @unit: those that are on a serial line, by device; NULL: on the CAN bus
 * @line: serial lines
 * @lines: their number
 * @event: events in order of time
 * @events: their number
 *
 * State:
 * @weather: sun, clouds, temperature
 * @grid: the rest of the grid
 * @steps: steps done
 * @next_event: index of the next event
 * @site_w: power at the PCC
 * @site_import_wh: energy taken from the grid, simulated
 * @site_export_wh: energy given to the grid, simulated
 * @f_min_hz: least frequency so far
 * @f_max_hz: greatest frequency so far
 * @rx_bits: length of the frames that came, with the greatest stuffing
 * @sample: samples
 * @samples: their number
 */
struct sim {
	char name[PARAMS_TEXT_MAX + 1];
	uint64_t seed;
	double start_s;
	double duration_s;
	double speed;
	uint64_t step_ms;
	double bitrate;
	double sample_s;
	size_t devices;
	struct device *device[SIM_DEVICES_MAX];
	struct wire wire[SIM_DEVICES_MAX];
	struct unit *unit[SIM_DEVICES_MAX];
	struct line line[SIM_LINES_MAX];
	size_t lines;
	struct event *event;
	size_t events;

	struct weather weather;
	struct grid grid;
	uint64_t steps;
	size_t next_event;
	double site_w;
	double site_import_wh;
	double site_export_wh;
	double f_min_hz;
	double f_max_hz;
	uint64_t rx_bits;
	struct sim_sample *sample;
	size_t samples;
};

/* One step: events, weather, devices, grid, meters, then frames that are due. */
int sim_step(struct sim *sim, const struct wire_sink *sink);

/* A frame came from the bus. */
void sim_receive(struct sim *sim, const struct can_frame *frame);

/*
 * Every device sends all its messages once more, so that whoever listens ends
 * with the registers that the results hold.
 */
void sim_farewell(struct sim *sim, const struct wire_sink *sink);

void sim_release(struct sim *sim);

/* Steps of the whole simulation. */
uint64_t sim_length(const struct sim *sim);

/* Simulated seconds since midnight of the first day. */
double sim_time(const struct sim *sim);

#endif /* SIM_SIM_H */
