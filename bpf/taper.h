/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of its power a battery may take and give, see soc_guard.bpf.c. */
#ifndef OPENVPP_TAPER_H
#define OPENVPP_TAPER_H

#include <stdbool.h>

#include "ratio.h"

/**
 * struct taper - bands in which power is reduced
 * @soc_min_ppm: no discharge at or below; 0 with @soc_min_taper_ppm 0: no band
 * @soc_min_taper_ppm: full discharge from here on
 * @soc_max_taper_ppm: full charge up to here; 0: as @soc_max_ppm
 * @soc_max_ppm: no charge at or above; 0: no band
 * @temp_min_mc: no charge below; counts with @temp_max_mc
 * @temp_taper_mc: full power up to here; 0 or above @temp_max_mc: as that
 * @temp_max_mc: no power at or above; 0: no band
 */
struct taper {
	__u32 soc_min_ppm;
	__u32 soc_min_taper_ppm;
	__u32 soc_max_taper_ppm;
	__u32 soc_max_ppm;
	__s32 temp_min_mc;
	__s32 temp_taper_mc;
	__s32 temp_max_mc;
};

/* A measurement, and whether it may be relied upon. */
struct taper_input {
	__s64 value;
	bool good;
};

/* Parts of full power, ppm. */
struct taper_parts {
	__u64 charge;
	__u64 discharge;
};

/* 0 at or below @none, all at or above @full, a line between. */
OVPP_GLOBAL __u64 taper_line(__s64 value, __s64 none, __s64 full)
{
	if (value <= none)
		return 0;
	if (value >= full)
		return OVPP_PPM;
	return ovpp_ratio(OVPP_PPM, value - none, full - none);
}

static inline bool taper_has_low(const struct taper *t)
{
	return t->soc_min_ppm || t->soc_min_taper_ppm;
}

static inline bool taper_has_temp(const struct taper *t)
{
	return t->temp_max_mc;
}

static inline struct taper_parts taper_parts(const struct taper *t, struct taper_input soc,
					     struct taper_input temp)
{
	struct taper_parts parts = { .charge = OVPP_PPM, .discharge = OVPP_PPM };
	__u64 part;

	if (taper_has_low(t))
		parts.discharge =
			soc.good ? taper_line(soc.value, t->soc_min_ppm, t->soc_min_taper_ppm) : 0;
	if (t->soc_max_ppm) {
		__s64 full = t->soc_max_taper_ppm ? t->soc_max_taper_ppm : t->soc_max_ppm;

		parts.charge = soc.good ? taper_line(-soc.value, -(__s64)t->soc_max_ppm, -full) : 0;
	}
	if (!taper_has_temp(t))
		return parts;
	if (!temp.good) {
		parts.charge = 0;
		parts.discharge = 0;
		return parts;
	}
	part = taper_line(-temp.value, -(__s64)t->temp_max_mc,
			  t->temp_taper_mc ? -(__s64)t->temp_taper_mc : -(__s64)t->temp_max_mc);
	parts.charge = ovpp_least(parts.charge, part);
	parts.discharge = ovpp_least(parts.discharge, part);
	if (temp.value < t->temp_min_mc)
		parts.charge = 0;
	return parts;
}

/* @lo_mw to @hi_mw, charging (below 0) and discharging (above) reduced to their parts. */
static inline void taper_bounds(struct taper_parts parts, __s64 *lo_mw, __s64 *hi_mw)
{
	if (*lo_mw < 0)
		*lo_mw = ovpp_ratio_signed(*lo_mw, parts.charge, OVPP_PPM);
	if (*hi_mw > 0)
		*hi_mw = ovpp_greatest(ovpp_ratio_signed(*hi_mw, parts.discharge, OVPP_PPM),
				       *lo_mw);
	/* It must take power, and may take less than that now. */
	if (*hi_mw < *lo_mw)
		*hi_mw = *lo_mw;
}

#endif /* OPENVPP_TAPER_H */
