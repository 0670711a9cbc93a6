/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers into frames, little-endian. A value beyond what its field can carry
 * is held at the nearest one that it can; NAN becomes the field's code for "not
 * available": all ones if unsigned, the least number if signed.
 */
#ifndef SIM_PUT_H
#define SIM_PUT_H

#include <linux/can.h>
#include <math.h>
#include <stdint.h>

#include "curve.h"

static inline void put_bytes(struct can_frame *frame, unsigned int at, unsigned int bytes,
			     uint64_t raw)
{
	for (unsigned int i = 0; i < bytes; i++)
		frame->data[at + i] = (uint8_t)(raw >> (8 * i));
}

/* @unit: value of one bit. */
static inline void put_unsigned(struct can_frame *frame, unsigned int at, unsigned int bytes,
				double value, double unit)
{
	double none = ldexp(1, (int)(8 * bytes)) - 1;

	put_bytes(frame, at, bytes,
		  (uint64_t)(isnan(value) ? none : clamp(round(value / unit), 0, none - 1)));
}

static inline void put_signed(struct can_frame *frame, unsigned int at, unsigned int bytes,
			      double value, double unit)
{
	double none = -ldexp(1, (int)(8 * bytes) - 1);

	put_bytes(frame, at, bytes,
		  (uint64_t)(int64_t)(isnan(value)
					      ? none
					      : clamp(round(value / unit), none + 1, -none - 1)));
}

/* An empty data frame. */
static inline void put_head(struct can_frame *frame, canid_t id, uint8_t length)
{
	*frame = (struct can_frame){.can_id = id, .len = length};
}

#endif /* SIM_PUT_H */
