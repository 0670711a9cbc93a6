/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine: one tick of a site, from sensed images to commands. It owns the
 * control state and nothing else; images, frames and time come from outside,
 * so that kernel, twin and tests run the same tick.
 *
 *   sense each DER -> lease -> dispatch -> control law -> [hooks] -> envelope
 *                     -> commands
 */
#ifndef OVPP_CORE_ENGINE_H
#define OVPP_CORE_ENGINE_H

#include "alloc.h"
#include "control.h"
#include "dispatch.h"
#include "envelope.h"
#include "image.h"
#include "lease.h"
#include "profile.h"
#include "types.h"

/* Dispatches in force or to come, and kept for their readers, a site. */
#define OVPP_DISPATCH_MAX 32

/**
 * struct ovpp_der_ctl - the engine's side of a DER
 *
 * Configuration, set between ticks:
 * @profile: its profile; measured, required and commands are used
 * @policy: its part in the control law
 * @envelope: its hard limits
 * @id: id, > 0, unique in the site
 * @kind: enum ovpp_kind
 * @pcc: this is the PCC meter
 * @reachable: its bus can carry frames; set before each tick
 * @reflex: a hook holds it at its safe value; set before each tick
 *
 * Sensed in each tick:
 * @p_mw: active power; where a controllable DER does not measure it, an estimate
 *	that follows the commands; meaningful only with @p_known
 * @v_mv: with @v_known
 * @f_mhz: with @f_known
 * @offer_mw: what the device says it could give, with @offer_known
 * @lo_mw: least power within the limits of envelope, device and SoC bands
 * @hi_mw: greatest
 * @p_seq: sequence of the measured power
 * @p_known: @p_mw may be used
 * @p_measured: and it is good and measured
 * @v_known: likewise
 * @f_known: likewise
 * @offer_known: likewise
 * @tripped: must be at its safe value: silent, alarmed, out of bounds
 * @supervision: enum ovpp_supervision
 *
 * Narrowed by hooks between ovpp_engine_decide() and ovpp_engine_apply():
 * @cap_lo_mw: least power that the law may ask for; within @lo_mw and @hi_mw
 * @cap_hi_mw: greatest
 *
 * Commanded:
 * @p_cmd_mw: command of this tick
 * @p_last_mw: command of the last tick
 * @share: bounds and share of the allocation; after a tick, @share.p is the
 *	power to be expected: the command, or less where the device offers less
 * @raised_ns: when the command was last raised
 * @ramp_rest: what the ramp has left over, 10^-6 mW
 * @run: value of the point connect: 0 only where the DER is held at a safe
 *	value of 0
 * @held: held at its safe value, because it is tripped or nobody may move it
 * @fixed: a dispatch of its own holds it at @share.p and out of the allocation
 * @open: takes a limit only, and the limit does not hold it back
 * @clamped: the envelope changed the command in this tick
 *
 * Observed:
 * @seen_seq: @p_seq when the load was last estimated
 * @moved: the command has changed since then
 * @counted: @p_mw is part of the estimate
 * @counted_mw: as which it was last counted
 *
 * Energy, counted where the profile measures none:
 * @e_ns: tick of the last integration; 0: none
 * @e_import_mw_us: rest below one mWh
 * @e_export_mw_us: likewise
 * @e_import_mwh: whole mWh
 * @e_export_mwh: whole mWh
 */
struct ovpp_der_ctl {
	const struct ovpp_profile *profile;
	struct ovpp_der_policy policy;
	struct ovpp_der_envelope envelope;
	u32 id;
	u8 kind;
	bool pcc;
	bool reachable;
	bool reflex;

	bool p_known;
	bool p_measured;
	bool v_known;
	bool f_known;
	bool offer_known;
	bool tripped;
	u8 supervision;
	u16 p_seq;
	s64 p_mw;
	s64 v_mv;
	s64 f_mhz;
	s64 offer_mw;
	s64 lo_mw;
	s64 hi_mw;
	s64 cap_lo_mw;
	s64 cap_hi_mw;

	s64 p_cmd_mw;
	s64 p_last_mw;
	struct ovpp_share share;
	u64 raised_ns;
	u32 ramp_rest;
	bool run;
	bool held;
	bool fixed;
	bool open;
	bool clamped;

	u16 seen_seq;
	bool moved;
	bool counted;
	s64 counted_mw;

	u64 e_ns;
	s64 e_import_mw_us;
	s64 e_export_mw_us;
	u64 e_import_mwh;
	u64 e_export_mwh;
};

/**
 * struct ovpp_engine - control state of a site
 * @policy: parameters of the control law
 * @envelope: hard limits of the site
 * @lease: who may move the DER
 * @control: state of the law
 * @der: every DER of the site, in order of id
 * @order: the controllable ones in order of rank; work space too
 * @share: work space: those of @order that are free to move
 * @n: length of @der
 * @n_order: length of @order; @share has room for as many
 * @pcc: the PCC meter, or NULL
 * @dispatch: dispatches in order of submission, or NULL
 * @last_ns: time of the last tick, to the microsecond; 0: none
 * @dt_us: time since the tick before, at most OVPP_SPAN_MAX_US
 * @excess_mw: what the envelope could not take back in the last tick: > 0 export
 *	beyond its limit, < 0 import
 * @clamps: counts commands that the envelope changed
 */
struct ovpp_engine {
	struct ovpp_site_policy policy;
	struct ovpp_site_envelope envelope;
	struct ovpp_lease lease;
	struct ovpp_control control;
	struct ovpp_der_ctl **der;
	struct ovpp_der_ctl **order;
	struct ovpp_share **share;
	unsigned int n;
	unsigned int n_order;
	struct ovpp_der_ctl *pcc;
	struct ovpp_dispatch *dispatch[OVPP_DISPATCH_MAX];
	u64 last_ns;
	u64 dt_us;
	s64 excess_mw;
	u64 clamps;
};

void ovpp_engine_init(struct ovpp_engine *eng, u64 now);
void ovpp_der_ctl_init(struct ovpp_der_ctl *der, u32 id,
		       const struct ovpp_profile *prof, u8 kind, bool pcc);

/**
 * ovpp_engine_order() - rebuild order, share and pcc
 * @eng: engine whose DER, or a rank of one, have changed; @order and @share
 *	have room for @n
 *
 * Insertion by rank and id: quadratic, called between ticks only.
 */
void ovpp_engine_order(struct ovpp_engine *eng);

/* Does the DER take a command of active power? */
static inline bool ovpp_der_controllable(const struct ovpp_der_ctl *der)
{
	return der->profile->commands & (OVPP_POINT_BIT(OVPP_POINT_P_SET) |
					 OVPP_POINT_BIT(OVPP_POINT_P_LIMIT));
}

/* Can it only be held back, not told what to give? */
static inline bool ovpp_der_limit_only(const struct ovpp_der_ctl *der)
{
	return !(der->profile->commands & OVPP_POINT_BIT(OVPP_POINT_P_SET));
}

/**
 * ovpp_der_sense() - take in a DER's image
 * @der: DER
 * @img: its image, held still by the caller
 * @now: time of the tick
 *
 * Supervision: waiting while a required point never came, silent while one is
 * stale, alarmed while the alarm point is not zero or the device says fault.
 * An alarm that was known once and is not known now counts as one.
 *
 * Bounds: envelope, then what the device offers (p-min, p-max, current limits
 * times voltage, charge-ok and discharge-ok), then the SoC bands of policy and
 * envelope. A limit that came once and is stale or invalid now is zero; an SoC
 * that is not known with a band set stops both directions. Where no power is
 * within all of them the DER is tripped.
 *
 * For a DER that takes P_LIMIT only, p-max is not a bound but what it could give
 * if it were let. Where it does not say, it is taken to offer what it gives, and
 * a little more while our limit holds it back.
 *
 * Return: true if the supervision changed.
 */
bool ovpp_der_sense(struct ovpp_der_ctl *der, const struct ovpp_image *img,
		    u64 now);

/**
 * ovpp_engine_decide() - first half of a tick: what the law wants
 * @eng: engine; every DER has been sensed at @now
 * @now: CLOCK_MONOTONIC
 *
 * Steps lease and dispatches, sets each DER's p_cmd_mw. Bounded: linear in the
 * number of DER.
 *
 * Return: true if the lease's state changed.
 */
bool ovpp_engine_decide(struct ovpp_engine *eng, u64 now);

/**
 * ovpp_engine_narrow() - hold a DER within narrower bounds for this tick
 * @der: DER, between decide and apply
 * @lo_mw: least power
 * @hi_mw: greatest, >= @lo_mw
 *
 * Bounds can come closer only: what is asked beyond those in force becomes their
 * nearest end.
 *
 * Return: true if anything changed, so that ovpp_control_share() is due.
 */
bool ovpp_engine_narrow(struct ovpp_der_ctl *der, s64 lo_mw, s64 hi_mw);

/**
 * ovpp_engine_apply() - second half of a tick: the envelope
 * @eng: engine
 * @now: as given to ovpp_engine_decide()
 *
 * Leaves in each DER's p_cmd_mw and run what is to be sent. Knows nothing of
 * narrower bounds: a limit of the site may move a DER out of them.
 */
void ovpp_engine_apply(struct ovpp_engine *eng, u64 now);

/* Both halves. */
static inline bool ovpp_engine_tick(struct ovpp_engine *eng, u64 now)
{
	bool changed = ovpp_engine_decide(eng, now);

	ovpp_engine_apply(eng, now);
	return changed;
}

/* Is a PCC target in force, so that eng->control.target_mw means something? */
bool ovpp_engine_has_target(const struct ovpp_engine *eng);

/**
 * ovpp_commands() - values of all command points
 * @p_mw: active power
 * @run: value of the point connect
 * @heartbeat: counter for the point heartbeat
 * @command: result, by enum ovpp_point
 */
void ovpp_commands(s64 p_mw, bool run, u32 heartbeat,
		   s64 command[OVPP_POINT_N]);

/**
 * ovpp_der_commands() - values of all command points of a DER
 * @der: DER after a tick
 * @heartbeat: counter for the point heartbeat
 * @command: result, by enum ovpp_point
 */
void ovpp_der_commands(const struct ovpp_der_ctl *der, u32 heartbeat,
		       s64 command[OVPP_POINT_N]);

/**
 * ovpp_der_safe() - a DER's safe value within its bounds
 * @der: DER
 *
 * Return: mW.
 */
s64 ovpp_der_safe(const struct ovpp_der_ctl *der);

/**
 * ovpp_engine_find_dispatch() - a dispatch by id
 * @eng: engine
 * @id: id
 *
 * Return: index in @eng->dispatch, or -ENOENT.
 */
int ovpp_engine_find_dispatch(const struct ovpp_engine *eng, u32 id);

/**
 * ovpp_engine_submit() - take a checked dispatch
 * @eng: engine
 * @d: dispatch; the engine points to it from now on, its owner frees it
 * @old: set to the one that had to make room (ended ones go first), or NULL
 *
 * Dispatches for the same target that are pending or running are superseded.
 *
 * Return: 0; -EEXIST if it yields to one of them; -ENOENT if its DER is not there
 * or takes no command, or if it has a PCC target and the site has no PCC meter;
 * -EBUSY if all places hold pending or running dispatches.
 */
int ovpp_engine_submit(struct ovpp_engine *eng, struct ovpp_dispatch *d,
		       struct ovpp_dispatch **old);

#endif /* OVPP_CORE_ENGINE_H */
