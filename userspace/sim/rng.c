// SPDX-License-Identifier: GPL-2.0-or-later
/* xoshiro256** (Blackman, Vigna), its state filled by splitmix64. */
#include "rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void rng_seed(struct rng *r, uint64_t seed, const char *stream)
{
	/* FNV-1a of the name. */
	uint64_t x = 0xcbf29ce484222325;

	for (; *stream; stream++)
		x = (x ^ (unsigned char)*stream) * 0x100000001b3;
	x ^= splitmix(&seed);
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&x);
}

uint64_t rng_bits(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double rng_uniform(struct rng *r)
{
	return (double)(rng_bits(r) >> 11) * 0x1p-53;
}

double rng_normal(struct rng *r)
{
	/* Box-Muller; 1 - u is never 0. */
	double radius = sqrt(-2 * log(1 - rng_uniform(r)));

	return radius * cos(2 * M_PI * rng_uniform(r));
}

double rng_drift(struct rng *r, double x, double sd, double tau, double dt)
{
	double keep = exp(-dt / tau);

	return x * keep + sd * sqrt(1 - keep * keep) * rng_normal(r);
}
