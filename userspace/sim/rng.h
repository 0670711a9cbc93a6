/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers that are the same in every run: a stream depends on the
 * scenario's seed and its own name only, so that a new device changes nothing
 * for the others.
 */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed, const char *stream);

/* 64 random bits. */
uint64_t rng_bits(struct rng *r);

/* Uniform in [0, 1). */
double rng_uniform(struct rng *r);

/* Standard normal. */
double rng_normal(struct rng *r);

/**
 * rng_drift() - next value of an Ornstein-Uhlenbeck process around 0
 * @r: stream
 * @x: present value
 * @sd: its standard deviation in the long run
 * @tau: time constant, > 0
 * @dt: length of the step in the unit of @tau; the step is exact for any length
 */
double rng_drift(struct rng *r, double x, double sd, double tau, double dt);

#endif /* SIM_RNG_H */
