// SPDX-License-Identifier: GPL-2.0-or-later
#include "score_params.h"

#include <endian.h>
#include <string.h>

#include "keccak.h"

#define NAME_SIZE 32

/* A year, in which nothing that is a time may exceed. */
#define YEAR_S UINT64_C(31536000)
#define DAY_MS UINT64_C(86400000)
/* Weights and tariffs: ten times, at most. */
#define TIMES_MAX UINT64_C(10000000)

/**
 * struct rule - a parameter
 * @name: as in the contract
 * @least: bound
 * @most: bound
 * @preset: where nobody decided
 */
struct rule {
	const char *name;
	uint64_t least;
	uint64_t most;
	uint64_t preset;
};

/* In the order of the struct. */
static const struct rule rules[OVPP_SCORE_PARAMS] = {
	{"scorer", OVPP_SCORER, OVPP_SCORER, OVPP_SCORER},
	{"epoch_start_s", 0, UINT64_C(1) << 40, 0},
	{"epoch_s", 60, YEAR_S, 86400},
	{"slot_s", 60, 86400, 3600},
	{"bin_s", 1, 86400, 60},
	{"bin_coverage_ppm", 1, OVPP_PPM, 900000},
	{"interval_max_ms", 1, DAY_MS, 10000},
	{"clock_step_max_ms", 0, DAY_MS, 1000},
	{"clock_error_max_us", 0, UINT64_C(1000000000), 1000000},
	{"clock_loss_ppm", 0, OVPP_PPM, 500000},
	{"integrated_loss_ppm", 0, OVPP_PPM, 200000},
	{"power_margin_ppm", 0, OVPP_PPM, 100000},
	{"energy_slack_ms", 0, DAY_MS, 180000},
	{"energy_leak_ppm", 0, OVPP_PPM, 50000},
	{"soc_slack_ppm", 0, OVPP_PPM, 100000},
	{"soc_leak_ppm", 0, OVPP_PPM, 200000},
	{"shown_decay_ppm", 0, OVPP_PPM, 2000},
	{"baseline_min", 1, 10, 3},
	{"delay_max_ms", 1, DAY_MS, 60000},
	{"delay_band_ppm", 0, OVPP_PPM, 100000},
	{"response_min_ppm", 0, OVPP_PPM, 400000},
	{"alpha_ppm", 0, TIMES_MAX, 1000000},
	{"beta_ppm", 0, TIMES_MAX, 50000},
	{"gamma_ppm", 0, TIMES_MAX, 2000000},
	{"owner_cap_ppm", 1, OVPP_PPM, 100000},
	{"carry_max_ppm", 0, OVPP_PPM, OVPP_PPM},
	{"pool_microtokens", 0, UINT64_C(1000000000000000), UINT64_C(10000000000)},
	{"price_max_microtokens", 0, UINT64_C(1000000000), UINT64_C(1000000)},
};

const char *ovpp_score_param_name(size_t i)
{
	return rules[i].name;
}

uint64_t *ovpp_score_param(struct ovpp_score_params *p, size_t i)
{
	return &((uint64_t *)p)[i];
}

static uint64_t value_of(const struct ovpp_score_params *p, size_t i)
{
	return ((const uint64_t *)p)[i];
}

void ovpp_score_params_default(struct ovpp_score_params *p)
{
	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++)
		*ovpp_score_param(p, i) = rules[i].preset;
}

const char *ovpp_score_params_check(const struct ovpp_score_params *p)
{
	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++)
		if (value_of(p, i) < rules[i].least || value_of(p, i) > rules[i].most)
			return rules[i].name;
	if (p->slot_s % p->bin_s)
		return "bin_s";
	if (p->epoch_start_s % p->slot_s)
		return "epoch_start_s";
	if (p->epoch_s % p->slot_s || p->epoch_s / p->slot_s > OVPP_SCORE_SLOTS)
		return "epoch_s";
	return NULL;
}

void ovpp_score_params_hash(const struct ovpp_score_params *p, ovpp_hash hash)
{
	uint8_t pairs[OVPP_SCORE_PARAMS][2][NAME_SIZE] = {0};

	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++) {
		uint64_t value = htobe64(value_of(p, i));

		memcpy(pairs[i][0], rules[i].name, strlen(rules[i].name));
		memcpy(pairs[i][1] + NAME_SIZE - sizeof(value), &value, sizeof(value));
	}
	ovpp_keccak256(pairs, sizeof(pairs), hash);
}

json_t *ovpp_score_params_json(const struct ovpp_score_params *p)
{
	json_t *object = json_object();

	for (size_t i = 0; i < OVPP_SCORE_PARAMS && object; i++) {
		if (!json_object_set_new(object, rules[i].name,
					 json_integer((json_int_t)value_of(p, i))))
			continue;
		json_decref(object);
		return NULL;
	}
	return object;
}

static size_t find(const char *name)
{
	size_t i = 0;

	while (i < OVPP_SCORE_PARAMS && strcmp(rules[i].name, name))
		i++;
	return i;
}

const char *ovpp_score_params_read(const json_t *object, struct ovpp_score_params *p)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)object, name, value) {
		size_t i = find(name);

		if (i == OVPP_SCORE_PARAMS || !json_is_integer(value) ||
		    json_integer_value(value) < 0)
			return name;
		*ovpp_score_param(p, i) = (uint64_t)json_integer_value(value);
	}
	return ovpp_score_params_check(p);
}
