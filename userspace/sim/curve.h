/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small mathematics that several models share. */
#ifndef SIM_CURVE_H
#define SIM_CURVE_H

#include <math.h>
#include <stddef.h>

/* A corner of a piecewise linear curve. */
struct corner {
	double x;
	double y;
};

static inline double clamp(double x, double lo, double hi)
{
	return fmax(lo, fmin(x, hi));
}

/* Value of the curve at @x; beyond its ends it is flat. */
static inline double curve_at(const struct corner *c, size_t n, double x)
{
	size_t i = 1;

	if (n == 1 || x <= c[0].x)
		return c[0].y;
	if (x >= c[n - 1].x)
		return c[n - 1].y;
	while (x > c[i].x)
		i++;
	return c[i - 1].y + (c[i].y - c[i - 1].y) * (x - c[i - 1].x) / (c[i].x - c[i - 1].x);
}

/* x at time dt later, drawn to @to with the time constant @tau (0: at once). */
static inline double lag(double x, double to, double tau, double dt)
{
	return tau > 0 ? to + (x - to) * exp(-dt / tau) : to;
}

/* A first-order lag whose speed is bounded: how an inverter follows. */
static inline double follow(double x, double to, double tau, double per_s, double dt)
{
	double next = lag(x, to, tau, dt);

	return clamp(next, x - per_s * dt, x + per_s * dt);
}

#endif /* SIM_CURVE_H */
