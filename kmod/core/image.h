/* SPDX-License-Identifier: GPL-2.0-only */
/* The process image: points of a DER with time, sequence and quality. */
#ifndef OVPP_CORE_IMAGE_H
#define OVPP_CORE_IMAGE_H

#include "types.h"

#define OVPP_POINT_N (OVPP_POINT_MAX + 1)

/**
 * struct ovpp_value - one captured value
 * @value: in the point's unit; meaningless unless @quality is good or stale
 * @time_ns: capture time, CLOCK_MONOTONIC; never restamped
 * @timeout_ms: age beyond which it is stale; 0: never
 * @seq: counts captures
 * @quality: enum ovpp_quality as captured (never, good or invalid);
 *	ovpp_value_quality() adds stale
 */
struct ovpp_value {
	s64 value;
	u64 time_ns;
	u32 timeout_ms;
	u16 seq;
	u8 quality;
};

/**
 * struct ovpp_image - what is known of a DER
 * @point: by enum ovpp_point
 */
struct ovpp_image {
	struct ovpp_value point[OVPP_POINT_N];
};

/**
 * struct ovpp_update - a decoded value on its way into an image
 * @value: in the point's unit
 * @keep: bits of the point that it leaves as they are, another message's
 * @point: enum ovpp_point
 * @quality: OVPP_QUALITY_GOOD or OVPP_QUALITY_INVALID
 */
struct ovpp_update {
	s64 value;
	s64 keep;
	u8 point;
	u8 quality;
};

/* Quality of a value at the time @now: as captured, but stale when too old. */
static inline u8 ovpp_value_quality(const struct ovpp_value *v, u64 now)
{
	if (v->quality == OVPP_QUALITY_GOOD && v->timeout_ms &&
	    now > v->time_ns &&
	    now - v->time_ns > v->timeout_ms * OVPP_NS_PER_MS)
		return OVPP_QUALITY_STALE;
	return v->quality;
}

/* Good at the time @now? Then, and only then, *@out is set. */
static inline bool ovpp_value_good(const struct ovpp_value *v, u64 now,
				   s64 *out)
{
	if (ovpp_value_quality(v, now) != OVPP_QUALITY_GOOD)
		return false;
	*out = v->value;
	return true;
}

/* Takes @n updates, all captured at @time_ns, into the image. */
static inline void ovpp_image_update(struct ovpp_image *img,
				     const struct ovpp_update *up,
				     unsigned int n, u64 time_ns,
				     u32 timeout_ms)
{
	for (; n; n--, up++) {
		struct ovpp_value *v = &img->point[up->point];

		v->value = (v->value & up->keep) | up->value;
		v->time_ns = time_ns;
		v->timeout_ms = timeout_ms;
		v->quality = up->quality;
		v->seq++;
	}
}

#endif /* OVPP_CORE_IMAGE_H */
