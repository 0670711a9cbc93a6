// SPDX-License-Identifier: GPL-2.0-or-later
#include "weather.h"

#include <math.h>

#include "curve.h"
#include "params.h"

#define DAY_S 86400.0
#define RAD (M_PI / 180)

/* Sine of the sun's height over the horizon (Cooper's declination). */
static double sun_height(const struct weather *w, double t_s)
{
	double day = w->day + floor(t_s / DAY_S);
	double declination = 23.45 * RAD * sin(2 * M_PI * (284 + day) / 365);
	double hour = 2 * M_PI * (t_s / DAY_S - 0.5);

	return sin(w->latitude * RAD) * sin(declination) +
	       cos(w->latitude * RAD) * cos(declination) * cos(hour);
}

double weather_clear_sky(const struct weather *w, double t_s)
{
	double height = sun_height(w, t_s);

	/* Haurwitz. */
	return height > 0 ? 1098 * height * exp(-0.057 / height) : 0;
}

void weather_step(struct weather *w, double t_s, double dt_s)
{
	w->drift = rng_drift(&w->rng, w->drift, w->cloud_spread, w->cloud_s, dt_s);
	w->cover = clamp(isnan(w->forced) ? w->cloud + w->drift : w->forced, 0, 1);
	/* Kasten and Czeplak. */
	w->sun_w_m2 = weather_clear_sky(w, t_s) * (1 - 0.75 * pow(w->cover, 3.4));
	/* Warmest at three in the afternoon. */
	w->ambient_c = w->temp_c + w->temp_swing_k * cos(2 * M_PI * (t_s / DAY_S - 0.625));
}

int weather_setup(struct weather *w, json_t *map, uint64_t seed, struct sim_error *err)
{
	static const struct param table[] = {
		PARAM(struct weather, latitude, 50, -90, 90),
		PARAM(struct weather, day, 172, 1, 366),
		PARAM(struct weather, cloud, 0.3, 0, 1),
		PARAM(struct weather, cloud_spread, 0.3, 0, 1),
		PARAM(struct weather, cloud_s, 2400, 1, 1e7),
		PARAM(struct weather, temp_c, 18, -50, 60),
		PARAM(struct weather, temp_swing_k, 6, 0, 40),
	};
	json_t *none = map ? NULL : json_object();
	int ret;

	ret = params_take(map ? map : none, table, sizeof(table) / sizeof(table[0]), w, err);
	if (!ret && map)
		ret = params_end(map, err);
	json_decref(none);
	rng_seed(&w->rng, seed, "weather");
	w->forced = NAN;
	return ret;
}
