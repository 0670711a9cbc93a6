/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sun, clouds and air temperature, in simulated time. */
#ifndef SIM_WEATHER_H
#define SIM_WEATHER_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"
#include "rng.h"

/**
 * struct weather - what the devices stand in
 *
 * Parameters:
 * @latitude: degrees, north > 0
 * @day: day of the year
 * @cloud: mean cover, 0..1
 * @cloud_spread: standard deviation of the cover
 * @cloud_s: its time constant
 * @temp_c: mean temperature
 * @temp_swing_k: half the difference between day and night
 *
 * State:
 * @rng: random numbers
 * @drift: cover around its mean
 * @forced: cover set by a cloud event; NAN: none
 * @cover: cover now
 * @sun_w_m2: irradiance on the ground
 * @ambient_c: temperature
 */
struct weather {
	double latitude;
	double day;
	double cloud;
	double cloud_spread;
	double cloud_s;
	double temp_c;
	double temp_swing_k;

	struct rng rng;
	double drift;
	double forced;
	double cover;
	double sun_w_m2;
	double ambient_c;
};

/* Takes the parameters out of @map (NULL: defaults). */
int weather_setup(struct weather *w, json_t *map, uint64_t seed, struct sim_error *err);

/* One step; @t_s since midnight of the first day. */
void weather_step(struct weather *w, double t_s, double dt_s);

/* Irradiance under a clear sky. */
double weather_clear_sky(const struct weather *w, double t_s);

#endif /* SIM_WEATHER_H */
