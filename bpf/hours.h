/* SPDX-License-Identifier: GPL-2.0-only */
/* Is it in the window? See quiet_hours.bpf.c. */
#ifndef OPENVPP_HOURS_H
#define OPENVPP_HOURS_H

#include <stdbool.h>

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define HOURS_DAY 1440
/* The first day of 1970 was a Thursday; days are counted from Monday, 0. */
#define HOURS_EPOCH_DAY 3

/**
 * hours_minute() - minutes since a Monday 00:00 of local time
 * @real_ns: CLOCK_REALTIME
 * @utc_offset_min: what local time is ahead of UTC, -1,440 to 1,440; what is beyond
 *	counts as 0
 *
 * Return: 0 to 7 * HOURS_DAY - 1.
 */
static inline __u32 hours_minute(__u64 real_ns, __s32 utc_offset_min)
{
	__u64 minute = real_ns / 60000000000ULL;

	if (utc_offset_min < -HOURS_DAY || utc_offset_min > HOURS_DAY)
		utc_offset_min = 0;
	/* A week more, so that it is never negative. */
	minute += (7 + HOURS_EPOCH_DAY) * HOURS_DAY + utc_offset_min;
	return minute % (7 * HOURS_DAY);
}

/**
 * hours_within() - is a minute of the week in a window?
 * @minute: from hours_minute()
 * @from: first minute of the day in it
 * @to: first minute of the day after it; not above @from: of the next day
 * @weekdays: days on which it begins, bit 0 Monday to bit 6 Sunday; 0: all
 */
static inline bool hours_within(__u32 minute, __u32 from, __u32 to, __u32 weekdays)
{
	__u32 day = minute / HOURS_DAY, time = minute % HOURS_DAY;
	__u32 yesterday = (day + 6) % 7;

	if (!weekdays)
		weekdays = 0x7f;
	if (from < to)
		return (weekdays >> day & 1) && time >= from && time < to;
	return ((weekdays >> day & 1) && time >= from) ||
	       ((weekdays >> yesterday & 1) && time < to);
}

#endif /* OPENVPP_HOURS_H */
