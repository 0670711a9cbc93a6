/* SPDX-License-Identifier: GPL-2.0-only */
/* A dispatch: a schedule of setpoint blocks, and what came of it. */
#ifndef OVPP_CORE_DISPATCH_H
#define OVPP_CORE_DISPATCH_H

#include "types.h"

/**
 * struct ovpp_block - one setpoint for one span of time
 * @start_ns: CLOCK_MONOTONIC, resolved
 * @end_ns: > @start_ns
 * @p_mw: PCC target or the DER's power
 */
struct ovpp_block {
	u64 start_ns;
	u64 end_ns;
	s64 p_mw;
};

/**
 * struct ovpp_delivery - what was asked and what was measured
 * @asked_mw_us: integral of what was asked, in mW x us, below one mWh
 * @actual_mw_us: integral of what was measured, likewise
 * @error_mw_us: integral of |actual - asked|, likewise
 * @asked_mwh: whole mWh asked
 * @actual_mwh: whole mWh measured
 * @error_mwh: whole mWh of the error
 * @known_us: time in which the actual value was known
 * @unknown_us: time in which it was not
 */
struct ovpp_delivery {
	s64 asked_mw_us;
	s64 actual_mw_us;
	s64 error_mw_us;
	s64 asked_mwh;
	s64 actual_mwh;
	s64 error_mwh;
	u64 known_us;
	u64 unknown_us;
};

/**
 * struct ovpp_dispatch - a schedule for one target
 * @submitted_ns: when it was submitted
 * @id: id, unique in the site, > 0
 * @der: DER id; 0: PCC target
 * @yields: it supersedes none but @instead_of
 * @instead_of: id; 0: none
 * @state: enum ovpp_dispatch_state
 * @at: index of the block in force, or of the next one
 * @in_force: a block is in force
 * @last_ns: up to when delivery is accounted; 0: not begun
 * @delivery: what came of it
 * @blocks: number of blocks
 * @block: in order of time, not overlapping
 */
struct ovpp_dispatch {
	u64 submitted_ns;
	u32 id;
	u32 der;
	u32 instead_of;
	bool yields;
	u8 state;
	bool in_force;
	u16 at;
	u16 blocks;
	u64 last_ns;
	struct ovpp_delivery delivery;
	struct ovpp_block *block;
};

/**
 * ovpp_dispatch_check() - are the blocks a schedule?
 * @d: dispatch with its blocks
 * @now: submission time
 * @bad: index of the first wrong block, set on error
 *
 * Return: 0; -EINVAL for an empty block, one out of order or overlapping;
 * -ERANGE for power beyond OVPP_P_MAX or an end more than 366 days ahead;
 * -ETIME if the last block ends before @now.
 */
int ovpp_dispatch_check(const struct ovpp_dispatch *d, u64 now,
			unsigned int *bad);

/**
 * ovpp_dispatch_step() - advance to @now
 * @d: a pending or running dispatch
 * @now: current time
 *
 * Return: true if d->state changed.
 */
bool ovpp_dispatch_step(struct ovpp_dispatch *d, u64 now);

/**
 * ovpp_dispatch_deliver() - account the time since the last call
 * @d: dispatch; an ended one is left as it is
 * @now: current time
 * @known: the actual value is known
 * @actual_mw: it
 *
 * Called before each ovpp_dispatch_step(): the span is split at the borders of
 * the blocks, so that every part is accounted with the block in force in it.
 * Time before the submission and between blocks is nobody's.
 */
void ovpp_dispatch_deliver(struct ovpp_dispatch *d, u64 now, bool known,
			   s64 actual_mw);

/**
 * ovpp_dispatch_error_mean() - mean of |actual - asked| over the known time
 * @del: delivery of a dispatch
 *
 * Return: mW; 0 if nothing was known.
 */
u64 ovpp_dispatch_error_mean(const struct ovpp_delivery *del);

/* Has it run, or been ended? */
bool ovpp_dispatch_ended(const struct ovpp_dispatch *d);

/* Ends it with the state that says why. */
void ovpp_dispatch_end(struct ovpp_dispatch *d, u8 state);

/* Setpoint in force; valid only while d->in_force. */
static inline s64 ovpp_dispatch_setpoint(const struct ovpp_dispatch *d)
{
	return d->block[d->at].p_mw;
}

#endif /* OVPP_CORE_DISPATCH_H */
