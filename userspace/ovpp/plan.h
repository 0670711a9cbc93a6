/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Schedules as people write them -> the blocks of a dispatch. */
#ifndef OVPP_PLAN_H
#define OVPP_PLAN_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct plan_clock - one moment on both clocks
 * @real_ns: CLOCK_REALTIME, what people mean
 * @mono_ns: CLOCK_MONOTONIC, what the kernel follows
 */
struct plan_clock {
	int64_t real_ns;
	int64_t mono_ns;
};

/* The present moment. */
struct plan_clock plan_now(void);

/* A moment of CLOCK_MONOTONIC as local time, in @buf of 32 bytes. */
const char *plan_local_time(const struct plan_clock *now, int64_t mono_ns, char *buf);

/**
 * struct plan_cursor - where a schedule has come to
 * @now: the moment of its submission
 * @start_ns: start of the last row, CLOCK_REALTIME; INT64_MIN: @now
 * @end_ns: its end, likewise
 */
struct plan_cursor {
	struct plan_clock now;
	int64_t start_ns;
	int64_t end_ns;
};

/* Before the first row. */
struct plan_cursor plan_begin(void);

/**
 * plan_block() - the next row to a block
 * @row: object with "p" (power), "for" (length) and, if it does not follow the
 *	row before, "start": "2025-06-01T12:00:00Z" or with an offset; without
 *	either local time; "12:00" today, or the next day when that would be
 *	before the start of the row before; "+10min" from now; "now"
 * @at: moved on
 * @out: set to a new object for the attribute "block"; to NULL for a row that was
 *	over before the computer was started
 * @err: room for a text that says what is wrong, set on error
 * @size: its size
 *
 * Return: 0 or -errno.
 */
int plan_block(const json_t *row, struct plan_cursor *at, json_t **out, char *err, size_t size);

/**
 * plan_load() - a file to a plan
 * @path: CSV (a heading with "start", "for" and "p") if it ends in .csv, else
 *	YAML (a list of rows, or a mapping with "blocks" and, if wanted, "site"
 *	and "der")
 * @plan: set to a new object with "rows" and, where given, "site" and "der"
 * @err: room for a text that says what is wrong and where, set on error
 * @size: its size
 *
 * Return: 0 or -errno.
 */
int plan_load(const char *path, json_t **plan, char *err, size_t size);

#endif /* OVPP_PLAN_H */
