/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments of wall-clock time on the command line. */
#ifndef OVPP_MOMENT_H
#define OVPP_MOMENT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/**
 * moment_date() - a date with a time, "2030-06-01 12:00", with seconds and parts of
 *	them if need be, a T for the space, and Z or an offset behind it
 * @text: as written
 * @zone: what a time without offset means: mktime() or timegm()
 * @real_ns: set
 *
 * Return: 0 or -EINVAL.
 */
int moment_date(const char *text, time_t (*zone)(struct tm *), int64_t *real_ns);

/**
 * moment_parse() - a moment of the past, mostly: a date, with or without a time and
 *	in UTC unless it says otherwise; "now"; or a time from now, "-1h"
 * @text: as written
 * @now_ns: wall clock
 * @real_ns: set
 * @why: room for a sentence that says what is wrong, set on error
 * @size: its size
 *
 * Return: 0 or -EINVAL.
 */
int moment_parse(const char *text, int64_t now_ns, int64_t *real_ns, char *why, size_t size);

#endif /* OVPP_MOMENT_H */
