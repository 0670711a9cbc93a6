/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameters of the scorer (docs/reward.md, "Parameters"): named integers, with one
 * hash for all of them, which is what the contract ParameterStore has.
 */
#ifndef OVPP_SCORE_PARAMS_H
#define OVPP_SCORE_PARAMS_H

#include <jansson.h>

#include "merkle.h"

/* Slots of an epoch. */
#define OVPP_SCORE_SLOTS 1024
#define OVPP_PPM 1000000

/* Of these rules; another number means that the same values lead to other results. */
#define OVPP_SCORER 1

/**
 * struct ovpp_score_params - what governance decides
 * @scorer: OVPP_SCORER
 * @epoch_start_s: Unix time of the begin of epoch 1, a multiple of @slot_s
 * @epoch_s: length of an epoch, a multiple of @slot_s
 * @slot_s: length of a slot, a multiple of @bin_s
 * @bin_s: length of a bin, in which a device is available or not
 * @bin_coverage_ppm: what of a bin, or of a slot for the history, has to be covered
 * @interval_max_ms: two samples further apart are a gap
 * @clock_step_max_ms: likewise, when the wall clock moved more against the monotonic one
 * @clock_error_max_us: a clock that may be more wrong is not synchronized
 * @clock_loss_ppm: what a time without synchronized clock costs
 * @integrated_loss_ppm: what a device without energy registers of its own costs
 * @power_margin_ppm: power above the nameplate that is still believed
 * @energy_slack_ms: nameplate power for so long: by how much registers and power may differ
 * @energy_leak_ppm: likewise, of the energy that flowed
 * @soc_slack_ppm: of the capacity: by how much state of charge and registers may differ
 * @soc_leak_ppm: likewise, of the energy that flowed
 * @shown_decay_ppm: what of the power that was shown is forgotten in a slot
 * @baseline_min: epochs that a baseline needs at least
 * @delay_max_ms: a response that comes later scores nothing for it
 * @delay_band_ppm: of the request: nearer to the setpoint the response has come
 * @response_min_ppm: a response that scores less is none
 * @alpha_ppm: weight of energy
 * @beta_ppm: of availability
 * @gamma_ppm: of response
 * @owner_cap_ppm: of the pool: the most that an account gets of an epoch
 * @carry_max_ppm: of the pool: the most of what is left that goes to the next epoch
 * @pool_microtokens: for an epoch, in 10^12 base units
 * @price_max_microtokens: for a weight of 1 kWh, the most
 */
struct ovpp_score_params {
	uint64_t scorer;
	uint64_t epoch_start_s;
	uint64_t epoch_s;
	uint64_t slot_s;
	uint64_t bin_s;
	uint64_t bin_coverage_ppm;
	uint64_t interval_max_ms;
	uint64_t clock_step_max_ms;
	uint64_t clock_error_max_us;
	uint64_t clock_loss_ppm;
	uint64_t integrated_loss_ppm;
	uint64_t power_margin_ppm;
	uint64_t energy_slack_ms;
	uint64_t energy_leak_ppm;
	uint64_t soc_slack_ppm;
	uint64_t soc_leak_ppm;
	uint64_t shown_decay_ppm;
	uint64_t baseline_min;
	uint64_t delay_max_ms;
	uint64_t delay_band_ppm;
	uint64_t response_min_ppm;
	uint64_t alpha_ppm;
	uint64_t beta_ppm;
	uint64_t gamma_ppm;
	uint64_t owner_cap_ppm;
	uint64_t carry_max_ppm;
	uint64_t pool_microtokens;
	uint64_t price_max_microtokens;
};

#define OVPP_SCORE_PARAMS (sizeof(struct ovpp_score_params) / sizeof(uint64_t))

/* What holds where nobody decided. */
void ovpp_score_params_default(struct ovpp_score_params *p);

/* NULL: it can be computed with; or the name of a parameter that is out of its bounds. */
const char *ovpp_score_params_check(const struct ovpp_score_params *p);

/* Name and value of parameter @i < OVPP_SCORE_PARAMS. */
const char *ovpp_score_param_name(size_t i);
uint64_t *ovpp_score_param(struct ovpp_score_params *p, size_t i);

/* keccak256 of name || value || name || value ..., 32 bytes each. */
void ovpp_score_params_hash(const struct ovpp_score_params *p, ovpp_hash hash);

/* An object with all of them; NULL when memory runs out. */
json_t *ovpp_score_params_json(const struct ovpp_score_params *p);

/*
 * Sets what @object has. NULL; or the name that is unknown, or whose value is no integer
 * in its bounds: @object's, or one of those above.
 */
const char *ovpp_score_params_read(const json_t *object, struct ovpp_score_params *p);

#endif /* OVPP_SCORE_PARAMS_H */
