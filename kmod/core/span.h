/* SPDX-License-Identifier: GPL-2.0-only */
/* What powers and rates come to over a span of time. */
#ifndef OVPP_CORE_SPAN_H
#define OVPP_CORE_SPAN_H

#include "types.h"

#define OVPP_US_PER_S 1000000
#define OVPP_MW_US_PER_MWH 3600000000LL

/* Longest span between two ticks that counts; of a longer one, so much. */
#define OVPP_SPAN_MAX_US (10ULL * OVPP_US_PER_S)

/**
 * ovpp_span_energy() - energy of a power over a span
 * @p_mw: power, within twice OVPP_P_MAX
 * @us: span, at most 366 days
 * @rest_mw_us: energy below one mWh, carried from span to span
 *
 * Return: the whole mWh that are new.
 */
static inline s64 ovpp_span_energy(s64 p_mw, u64 us, s64 *rest_mw_us)
{
	s64 rest = *rest_mw_us, mwh = 0, mw_s;

	if (us >= OVPP_US_PER_S) {
		mwh = p_mw * (s64)(us / OVPP_MW_US_PER_MWH);
		us %= OVPP_MW_US_PER_MWH;
		mw_s = p_mw * (s64)(us / OVPP_US_PER_S);
		mwh += mw_s / 3600;
		rest += mw_s % 3600 * OVPP_US_PER_S;
		us %= OVPP_US_PER_S;
	}
	rest += p_mw * (s64)us;
	if (rest >= OVPP_MW_US_PER_MWH || rest <= -OVPP_MW_US_PER_MWH) {
		mwh += rest / OVPP_MW_US_PER_MWH;
		rest %= OVPP_MW_US_PER_MWH;
	}
	*rest_mw_us = rest;
	return mwh;
}

/**
 * ovpp_span_ramp() - change that a rate allows in a span
 * @mw_s: rate, within OVPP_P_MAX
 * @us: span, at most OVPP_SPAN_MAX_US
 * @rest: change below 1 mW, in 10^-6 mW, carried from span to span, so that
 *	slow rates move too
 *
 * Return: mW.
 */
static inline s64 ovpp_span_ramp(u64 mw_s, u64 us, u32 *rest)
{
	u64 change = mw_s * us + *rest;

	*rest = change % OVPP_US_PER_S;
	return change / OVPP_US_PER_S;
}

#endif /* OVPP_CORE_SPAN_H */
