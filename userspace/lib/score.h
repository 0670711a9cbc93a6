/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device contributed (docs/reward.md): integers only, no input or output, no
 * memory of its own. Whoever feeds the same samples gets the same numbers.
 *
 * Bounds: nameplates are at most 2^38 mW, capacities 2^40 mWh, a slot a day, weights and
 * tariffs tenfold. So the energy of a slot is below 2^43 mWh, its weight below 2^50 and
 * that of an epoch below 2^60. Sums within a slot are of 128 bits: a register's step is
 * below 2^64 mWh, there are fewer than 2^27 of them in a slot, and 2^20 ppm.
 */
#ifndef OVPP_SCORE_H
#define OVPP_SCORE_H

#include <linux/openvpp.h>
#include <stdbool.h>

#include "score_params.h"

typedef __int128 ovpp_i128;
typedef unsigned __int128 ovpp_u128;

#define OVPP_SCORE_P_MAX (INT64_C(1) << 38)
#define OVPP_SCORE_CAPACITY_MAX (INT64_C(1) << 40)
#define OVPP_SCORE_DEBT_MAX (INT64_C(1) << 62)
#define OVPP_SCORE_TARIFF_MAX (10 * OVPP_PPM)
/* A power that is not known. */
#define OVPP_SCORE_UNKNOWN INT64_MIN

/**
 * struct ovpp_score_dispatch - what was asked of a device
 * @start_ms: Unix time; within one slot, and not before the end of the one before
 * @end_ms: likewise, > @start_ms
 * @p_mw: setpoint
 * @delivered: power beyond the baseline, in its direction, mW ms
 * @error: |power - setpoint|, mW ms
 * @covered_ms: of it
 * @delay_ms: until the setpoint was reached
 * @reached: it was
 * @response_ppm: the result
 *
 * All zero behind @p_mw at first.
 */
struct ovpp_score_dispatch {
	uint64_t start_ms;
	uint64_t end_ms;
	int64_t p_mw;
	ovpp_i128 delivered;
	ovpp_i128 error;
	uint64_t covered_ms;
	uint64_t delay_ms;
	bool reached;
	uint32_t response_ppm;
};

/**
 * struct ovpp_score_device - a device, as it is registered and asked
 * @nameplate_mw: 1 to OVPP_SCORE_P_MAX
 * @capacity_mwh: of a storage, at most OVPP_SCORE_CAPACITY_MAX; 0: it is none
 * @ceiling_mw: by slot: what sun or wind can have given at most; or NULL
 * @baseline_mw: by slot, OVPP_SCORE_UNKNOWN where there is none
 * @dispatch: ascending
 * @n_dispatch: their number
 */
struct ovpp_score_device {
	int64_t nameplate_mw;
	int64_t capacity_mwh;
	const int64_t *ceiling_mw;
	const int64_t *baseline_mw;
	struct ovpp_score_dispatch *dispatch;
	size_t n_dispatch;
};

/**
 * struct ovpp_score_state - what goes from one epoch to the next; all zero at first
 * @known: there was a sample
 * @has_import: @e_import_mwh is known
 * @has_export: likewise
 * @e_import_mwh: newest register
 * @e_export_mwh: likewise
 * @real_ms: time of the newest sample
 * @debt_mwh: energy that was taken and not given back
 * @drift_mwh: by how much registers are ahead of power
 * @soc_drift_mwh: by how much the state of charge is ahead of the registers
 * @shown_mw: power that it has shown
 */
struct ovpp_score_state {
	bool known;
	bool has_import;
	bool has_export;
	uint64_t e_import_mwh;
	uint64_t e_export_mwh;
	uint64_t real_ms;
	int64_t debt_mwh;
	int64_t drift_mwh;
	int64_t soc_drift_mwh;
	int64_t shown_mw;
};

/**
 * struct ovpp_score_sample - a sample that may count
 * @real_ms: Unix time
 * @mono_ms: CLOCK_MONOTONIC
 * @run: all records between two samples of the same run are there
 * @p_mw: power
 * @e_import_mwh: meaningful with @has_import
 * @e_export_mwh: with @has_export
 * @soc_ppm: with @has_soc
 * @ready: it takes commands, and could follow
 * @integrated: the registers are integrated from power
 * @synchronized: the clock
 */
struct ovpp_score_sample {
	uint64_t real_ms;
	uint64_t mono_ms;
	uint64_t run;
	int64_t p_mw;
	uint64_t e_import_mwh;
	uint64_t e_export_mwh;
	uint32_t soc_ppm;
	bool has_import;
	bool has_export;
	bool has_soc;
	bool ready;
	bool integrated;
	bool synchronized;
};

/**
 * struct ovpp_score_slot - sums of a slot; energies in mWh, their time integrals in mW ms
 * @net: given less taken, by the registers, of valid intervals
 * @taken: likewise of gaps, where more was taken than given; <= 0
 * @flow: integral of power
 * @through: integral of its absolute value
 * @soc_ppm: change of the state of charge
 * @covered_ms: in valid intervals
 * @unsynchronized_ms: of it
 * @integrated_ms: of it
 * @bins: in which it was available
 */
struct ovpp_score_slot {
	ovpp_i128 net;
	ovpp_i128 taken;
	ovpp_i128 flow;
	ovpp_i128 through;
	ovpp_i128 soc_ppm;
	uint64_t covered_ms;
	uint64_t unsynchronized_ms;
	uint64_t integrated_ms;
	uint64_t bins;
};

/**
 * struct ovpp_score - a device in an epoch
 * @params: checked
 * @device: device
 * @tariff_ppm: by slot, at most OVPP_SCORE_TARIFF_MAX; NULL: OVPP_PPM
 * @mean_mw: by slot, set to the mean power, OVPP_SCORE_UNKNOWN where it is not known; or
 *	NULL
 * @start_ms: of the epoch, a multiple of a slot
 * @slots: of it
 * @state: before and after
 * @last: newest sample, meaningful with @has_last
 * @has_last: there is one
 * @at: slot at work
 * @slot: its sums
 * @bin: bin at work
 * @bin_ms: available in it
 * @asked: first dispatch that has not ended
 * @answered: first dispatch that was not scored
 * @samples: that counted
 * @energy_mwh: delivered
 * @available_mwh: available power, times time
 * @response_mwh: asked, times how well it responded
 * @covered_ms: in valid intervals
 * @full: weight, were the quality perfect
 * @weight: what pay goes by, in mWh
 *
 * The caller sets all up to @state, the rest is zero at first.
 */
struct ovpp_score {
	const struct ovpp_score_params *params;
	const struct ovpp_score_device *device;
	const uint32_t *tariff_ppm;
	int64_t *mean_mw;
	uint64_t start_ms;
	uint64_t slots;
	struct ovpp_score_state state;
	struct ovpp_score_sample last;
	bool has_last;
	uint64_t at;
	struct ovpp_score_slot slot;
	uint64_t bin;
	uint64_t bin_ms;
	size_t asked;
	size_t answered;
	uint64_t samples;
	uint64_t energy_mwh;
	uint64_t available_mwh;
	uint64_t response_mwh;
	uint64_t covered_ms;
	uint64_t full;
	uint64_t weight;
};

/* Can it be computed with? 0 or -EINVAL. */
int ovpp_score_check(const struct ovpp_score *s);

/* What of a record counts. 0; -ENODATA: nothing. */
int ovpp_score_sample_of(const struct ovpp_record *rec, struct ovpp_score_sample *sample);

/* The next sample of the device; what is outside of the epoch or not in order is nothing. */
void ovpp_score_add(struct ovpp_score *s, const struct ovpp_score_sample *sample);

/* There are no more. */
void ovpp_score_end(struct ovpp_score *s);

/*
 * Baseline of a slot: mean of the @n newest powers that it had in epochs without a
 * dispatch.
 */
int64_t ovpp_score_baseline(const struct ovpp_score_params *p, const int64_t *mean_mw, size_t n);

/* What an epoch has to pay at most, with what the one before left. */
ovpp_u128 ovpp_reward_pool(const struct ovpp_score_params *p, ovpp_u128 carried);

/* What an account gets of it: @weight of @total, which is < 2^63. */
ovpp_u128 ovpp_reward_pay(const struct ovpp_score_params *p, ovpp_u128 pool, uint64_t weight,
			  uint64_t total);

/* What of @left goes to the next epoch. */
ovpp_u128 ovpp_reward_carry(const struct ovpp_score_params *p, ovpp_u128 left);

#endif /* OVPP_SCORE_H */
