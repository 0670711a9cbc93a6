/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The envelope: hard limits, applied last. Whatever the control law, a hook or
 * user space asked for, nothing leaves the gateway that is not within it.
 *
 * Precedence: the safe value of a tripped DER goes before everything; then
 * power bounds; then the site's export and import limits; then the ramp, which
 * is therefore broken only towards a limit or a safe value.
 */
#ifndef OVPP_CORE_ENVELOPE_H
#define OVPP_CORE_ENVELOPE_H

#include "types.h"

/**
 * struct ovpp_bounds - bounds of voltage and frequency, 0: none
 * @v_min_mv: mV
 * @v_max_mv: mV
 * @f_min_mhz: mHz
 * @f_max_mhz: mHz
 */
struct ovpp_bounds {
	u32 v_min_mv;
	u32 v_max_mv;
	u32 f_min_mhz;
	u32 f_max_mhz;
};

/**
 * struct ovpp_der_envelope - hard limits of a DER
 * @p_min_mw: least power; 0 in a new DER, which therefore cannot move
 * @p_max_mw: greatest power
 * @safe_mw: safe value; clamped into the bounds when used
 * @ramp_mw_s: fastest change, mW a second; 0: no limit
 * @soc_min_ppm: no discharge at or below; 0: no bound
 * @soc_max_ppm: no charge at or above; 1000000: no bound
 * @bounds: outside, or not known: safe value
 */
struct ovpp_der_envelope {
	s64 p_min_mw;
	s64 p_max_mw;
	s64 safe_mw;
	u64 ramp_mw_s;
	u32 soc_min_ppm;
	u32 soc_max_ppm;
	struct ovpp_bounds bounds;
};

/**
 * struct ovpp_site_envelope - hard limits of a site
 * @export_max_mw: greatest export at the PCC; S64_MAX: no limit
 * @import_max_mw: greatest import at the PCC; S64_MAX: no limit
 * @bounds: at the PCC; outside, or not known: every DER at its safe value
 * @locked: nothing of the site's envelope or its DER's changes any more
 */
struct ovpp_site_envelope {
	s64 export_max_mw;
	s64 import_max_mw;
	struct ovpp_bounds bounds;
	bool locked;
};

void ovpp_der_envelope_init(struct ovpp_der_envelope *e);
void ovpp_site_envelope_init(struct ovpp_site_envelope *e);

/* 0, or -EINVAL where a least value is above its greatest, -ERANGE beyond OVPP_P_MAX. */
int ovpp_der_envelope_check(const struct ovpp_der_envelope *e);
int ovpp_site_envelope_check(const struct ovpp_site_envelope *e);

/**
 * ovpp_bounds_hold() - are voltage and frequency known to be within bounds?
 * @b: bounds
 * @v_known: the voltage is known
 * @v_mv: it
 * @f_known: the frequency is known
 * @f_mhz: it
 *
 * Return: true if every bound that is set holds. Not known is outside.
 */
bool ovpp_bounds_hold(const struct ovpp_bounds *b, bool v_known, s64 v_mv,
		      bool f_known, s64 f_mhz);

struct ovpp_engine;

/**
 * ovpp_envelope_apply() - the last word on all commands of a tick
 * @eng: engine after the control law; each DER's p_cmd is clamped in place
 *
 * While the site's lease is not active every DER is tripped.
 *
 * The PCC power to be expected is what the commands come to less the observed
 * load and shortfall, which is the measured power plus all changes that are
 * commanded and not yet seen. A tripped DER whose power is known is taken at its
 * power or its safe value, whichever is worse. Where a site limit would be
 * crossed the DER are moved back in the order of their ranks, in proportion to
 * their room. When the PCC power is not known and a site limit is set, no DER
 * may move away from zero in the direction of that limit beyond its last
 * command.
 */
void ovpp_envelope_apply(struct ovpp_engine *eng);

#endif /* OVPP_CORE_ENVELOPE_H */
