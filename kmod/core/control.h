/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The site's control law: from the PCC target to the demand on the DER.
 *
 *   load   estimates what flows to everything that is not controlled:
 *          sum(P of the DER) - P_pcc, low-passed, once per coherent measurement
 *   trim   estimates by how much the DER give less than they are told:
 *          sum(commands) - sum(P), low-passed slowly, once they have settled
 *   demand = target + load + trim
 *
 * Both are filters of what is measured and no integrator is among them. So the
 * loop carries no model of how fast a DER moves, a slow one cannot make it
 * swing, and nothing winds up while the demand is beyond what can be given: the
 * commands, not the demand, go into the trim. In the steady state
 * load + trim = demand - P_pcc, and therefore P_pcc = target.
 *
 * A measurement is coherent when the PCC value is new and every DER whose
 * command has changed since the last one has been heard since: the two sides of
 * the difference then tell of the same moment, however slow a meter or a DER
 * reports. See observer.c.
 */
#ifndef OVPP_CORE_CONTROL_H
#define OVPP_CORE_CONTROL_H

#include "types.h"

/**
 * struct ovpp_site_policy - parameters of the control law
 * @fallback_mw: PCC target while autonomous
 * @export_max_mw: greatest export pursued; S64_MAX: no limit
 * @import_max_mw: greatest import pursued; S64_MAX: no limit
 * @ramp_mw_s: fastest change of the target; 0: at once
 * @deadband_mw: errors up to this are left alone
 * @gain_ppm: share of a new load estimate taken in per tick since the last one
 * @settle_ms: settling time of the slowest controlled DER
 * @f_nominal_mhz: nominal frequency
 * @droop_mw_hz: target change per Hz beyond the deadband; 0: no droop
 * @droop_deadband_mhz: deadband of the droop
 */
struct ovpp_site_policy {
	s64 fallback_mw;
	s64 export_max_mw;
	s64 import_max_mw;
	u64 ramp_mw_s;
	u64 deadband_mw;
	u64 droop_mw_hz;
	u32 gain_ppm;
	u32 settle_ms;
	u32 f_nominal_mhz;
	u32 droop_deadband_mhz;
};

/**
 * struct ovpp_der_policy - a DER's part in the control law
 * @rest_mw: where it stays when nothing is asked
 * @soc_min_ppm: no discharge below
 * @soc_max_ppm: no charge above
 * @rank: lower ranks move first
 * @enable: false: held at its safe value
 */
struct ovpp_der_policy {
	s64 rest_mw;
	u32 soc_min_ppm;
	u32 soc_max_ppm;
	u8 rank;
	bool enable;
};

/**
 * struct ovpp_control - state of the control law
 * @target_mw: target after limits, ramp and droop
 * @base_mw: target after limits and ramp, before droop
 * @load_mw: low-passed load estimate
 * @trim_mw: low-passed shortfall of the DER
 * @demand_mw: demand of the last tick on all DER whose power is known
 * @cmd_slow_mw: sum of commands, low-passed over settle_ms
 * @p_slow_mw: sum of measured power, likewise
 * @will_now: least and greatest of the commands less @load_mw, of late
 * @will_before: the same, just before
 * @waited_us: time since the last coherent measurement
 * @kept_q20: share of the old load estimate that a new one leaves, 2^-20
 * @will_ticks: ticks that @will_now spans
 * @ramp_rest: what the target's ramp has left over, 10^-6 mW
 * @pcc_seq: sequence of the PCC value last taken in
 * @observed: @load_mw and @trim_mw hold estimates
 * @started: all fields hold values
 */
struct ovpp_control {
	s64 target_mw;
	s64 base_mw;
	s64 load_mw;
	s64 trim_mw;
	s64 demand_mw;
	s64 cmd_slow_mw;
	s64 p_slow_mw;
	s64 will_now[2];
	s64 will_before[2];
	u64 waited_us;
	u32 kept_q20;
	u32 will_ticks;
	u32 ramp_rest;
	u16 pcc_seq;
	bool observed;
	bool started;
};

void ovpp_site_policy_init(struct ovpp_site_policy *p);
void ovpp_der_policy_init(struct ovpp_der_policy *p);
int ovpp_site_policy_check(const struct ovpp_site_policy *p);
int ovpp_der_policy_check(const struct ovpp_der_policy *p);

struct ovpp_engine;

/* Forget the past: the law starts afresh from what is measured next. */
void ovpp_control_reset(struct ovpp_control *c);

/**
 * ovpp_observer_step() - take in what was measured
 * @eng: engine whose DER were sensed and whose PCC power is known
 */
void ovpp_observer_step(struct ovpp_engine *eng);

/**
 * ovpp_control_step() - demand and its allocation for one tick
 * @eng: engine whose DER were sensed; sets each controllable DER's p_cmd_mw
 * @target_mw: PCC target asked for; of no meaning without a PCC meter, where
 *	every DER stays at rest unless it is fixed
 */
void ovpp_control_step(struct ovpp_engine *eng, s64 target_mw);

/**
 * ovpp_control_share() - share the demand of this tick, again if bounds narrowed
 * @eng: engine after ovpp_control_step() in the same tick
 */
void ovpp_control_share(struct ovpp_engine *eng);

#endif /* OVPP_CORE_CONTROL_H */
