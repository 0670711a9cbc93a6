// SPDX-License-Identifier: GPL-2.0-only
/* What an image says about a DER: supervision, power, bounds; see engine.h. */
#include "engine.h"

#define SOC_FULL 1000000U

/* Points that bound what a DER may be told. */
#define DEVICE_LIMITS                                                         \
	(OVPP_POINT_BIT(OVPP_POINT_P_MAX) | OVPP_POINT_BIT(OVPP_POINT_P_MIN) | \
	 OVPP_POINT_BIT(OVPP_POINT_I_CHARGE_MAX) |                            \
	 OVPP_POINT_BIT(OVPP_POINT_I_DISCHARGE_MAX) |                         \
	 OVPP_POINT_BIT(OVPP_POINT_CHARGE_OK) |                               \
	 OVPP_POINT_BIT(OVPP_POINT_DISCHARGE_OK))

static const struct ovpp_value *point(const struct ovpp_image *img,
				      enum ovpp_point p)
{
	return &img->point[p];
}

/* Worst state of the required points. */
static u8 hear(const struct ovpp_der_ctl *der, const struct ovpp_image *img,
	       u64 now)
{
	u32 left = der->profile->required;
	u8 heard = OVPP_SUPERVISION_ONLINE;

	for (; left; left &= left - 1) {
		switch (ovpp_value_quality(&img->point[__builtin_ctz(left)],
					   now)) {
		case OVPP_QUALITY_NEVER:
			return OVPP_SUPERVISION_WAITING;
		case OVPP_QUALITY_STALE:
			heard = OVPP_SUPERVISION_SILENT;
		}
	}
	return heard;
}

/* An alarm that was known once and is not known now counts as one. */
static bool is_alarmed(const struct ovpp_image *img, u64 now)
{
	const struct ovpp_value *alarm = point(img, OVPP_POINT_ALARM);
	const struct ovpp_value *state = point(img, OVPP_POINT_STATE);
	s64 bits;

	if (alarm->quality != OVPP_QUALITY_NEVER &&
	    (!ovpp_value_good(alarm, now, &bits) || bits))
		return true;
	return state->quality == OVPP_QUALITY_GOOD &&
	       state->value == OVPP_DER_STATE_FAULT;
}

static u8 supervise(const struct ovpp_der_ctl *der,
		    const struct ovpp_image *img, u64 now)
{
	u8 heard;

	if (!der->policy.enable)
		return OVPP_SUPERVISION_DISABLED;
	if (!der->reachable)
		return OVPP_SUPERVISION_UNREACHABLE;
	heard = hear(der, img, now);
	if (heard != OVPP_SUPERVISION_ONLINE)
		return heard;
	if (is_alarmed(img, now))
		return OVPP_SUPERVISION_ALARMED;
	return der->reflex ? OVPP_SUPERVISION_REFLEX : heard;
}

static void measure(struct ovpp_der_ctl *der, const struct ovpp_image *img,
		    u64 now)
{
	s64 p;

	der->v_known = ovpp_value_good(point(img, OVPP_POINT_V), now,
				       &der->v_mv);
	der->f_known = ovpp_value_good(point(img, OVPP_POINT_F), now,
				       &der->f_mhz);
	der->p_measured = ovpp_value_good(point(img, OVPP_POINT_P), now, &p);
	der->p_seq = point(img, OVPP_POINT_P)->seq;
	if (der->p_measured)
		der->p_mw = ovpp_clamp_p(p);
	/* Else the estimate stands in, for as long as the DER can be led. */
	der->p_known = der->p_measured ||
		       (der->supervision == OVPP_SUPERVISION_ONLINE &&
			ovpp_der_controllable(der));
}

/* Value of a limit that the device gives, 0 if it no longer does. */
static bool device_limit(const struct ovpp_image *img, enum ovpp_point p,
			 u64 now, s64 *limit)
{
	if (point(img, p)->quality == OVPP_QUALITY_NEVER)
		return false;
	*limit = 0;
	ovpp_value_good(point(img, p), now, limit);
	return true;
}

/* The same for a limit of the current, as power. */
static bool current_limit(const struct ovpp_der_ctl *der,
			  const struct ovpp_image *img, enum ovpp_point p,
			  u64 now, s64 *limit)
{
	if (!device_limit(img, p, now, limit))
		return false;
	*limit = der->v_known ?
			 ovpp_mul_sat(ovpp_max(*limit, 0),
				      ovpp_max(der->v_mv, 0)) / 1000 : 0;
	return true;
}

static void bound_by_device(struct ovpp_der_ctl *der,
			    const struct ovpp_image *img, u64 now)
{
	const struct ovpp_value *p_max = point(img, OVPP_POINT_P_MAX);
	s64 x;

	der->offer_known = false;
	if (!(der->profile->measured & DEVICE_LIMITS))
		return;
	if (ovpp_der_limit_only(der) && ovpp_value_good(p_max, now, &x)) {
		der->offer_known = true;
		der->offer_mw = ovpp_clamp_p(x);
	} else if (device_limit(img, OVPP_POINT_P_MAX, now, &x)) {
		der->hi_mw = ovpp_min(der->hi_mw, x);
	}
	if (device_limit(img, OVPP_POINT_P_MIN, now, &x))
		der->lo_mw = ovpp_max(der->lo_mw, x);
	if (current_limit(der, img, OVPP_POINT_I_CHARGE_MAX, now, &x))
		der->lo_mw = ovpp_max(der->lo_mw, -x);
	if (current_limit(der, img, OVPP_POINT_I_DISCHARGE_MAX, now, &x))
		der->hi_mw = ovpp_min(der->hi_mw, x);
	if (device_limit(img, OVPP_POINT_CHARGE_OK, now, &x) && !x)
		der->lo_mw = ovpp_max(der->lo_mw, 0);
	if (device_limit(img, OVPP_POINT_DISCHARGE_OK, now, &x) && !x)
		der->hi_mw = ovpp_min(der->hi_mw, 0);
}

static void bound_by_soc(struct ovpp_der_ctl *der, const struct ovpp_image *img,
			 u64 now)
{
	u32 least = ovpp_max(der->envelope.soc_min_ppm,
			     der->policy.soc_min_ppm);
	u32 most = ovpp_min(der->envelope.soc_max_ppm,
			    der->policy.soc_max_ppm);
	bool known;
	s64 soc;

	if (!least && most >= SOC_FULL)
		return;
	known = ovpp_value_good(point(img, OVPP_POINT_SOC), now, &soc);
	if (!known || (least && soc <= least))
		der->hi_mw = ovpp_min(der->hi_mw, 0);
	if (!known || (most < SOC_FULL && soc >= most))
		der->lo_mw = ovpp_max(der->lo_mw, 0);
}

bool ovpp_der_sense(struct ovpp_der_ctl *der, const struct ovpp_image *img,
		    u64 now)
{
	u8 before = der->supervision;

	der->supervision = supervise(der, img, now);
	measure(der, img, now);
	der->tripped = der->supervision != OVPP_SUPERVISION_ONLINE;
	if (!ovpp_der_controllable(der))
		return der->supervision != before;

	der->lo_mw = der->envelope.p_min_mw;
	der->hi_mw = der->envelope.p_max_mw;
	if (ovpp_der_limit_only(der))
		der->lo_mw = ovpp_max(der->lo_mw, 0);
	bound_by_device(der, img, now);
	bound_by_soc(der, img, now);
	if (der->lo_mw > der->hi_mw ||
	    !ovpp_bounds_hold(&der->envelope.bounds, der->v_known, der->v_mv,
			      der->f_known, der->f_mhz))
		der->tripped = true;
	return der->supervision != before;
}
