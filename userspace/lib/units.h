/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quantities for people ("5 kW", "80 %", "1 ms") and the milli-unit integers
 * that the kernel works with. Exact both ways: no binary floating point.
 */
#ifndef OVPP_UNITS_H
#define OVPP_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"

/* What a number counts, named by the integer's unit. */
enum ovpp_unit {
	OVPP_UNIT_NONE,
	OVPP_UNIT_MW,
	OVPP_UNIT_MVAR,
	OVPP_UNIT_MWH,
	OVPP_UNIT_MV,
	OVPP_UNIT_MA,
	OVPP_UNIT_MHZ,
	OVPP_UNIT_MC,
	OVPP_UNIT_PPM,
	OVPP_UNIT_MS,
	OVPP_UNIT_NS,
	OVPP_UNIT_MW_S,
	OVPP_UNIT_MW_HZ,
	OVPP_UNIT_BYTE,
};

/**
 * ovpp_units_parse() - text to integer
 * @text: a decimal number and a unit, "-1.5 kW"; the space may be left out. No
 *	unit is needed for 0 and for OVPP_UNIT_NONE, which takes none.
 * @unit: what is expected
 * @value: result
 *
 * Return: 0; -EINVAL for a text that is no such quantity; -EDOM for a number
 * finer than the integer's unit; -ERANGE for one that does not fit.
 */
int ovpp_units_parse(const char *text, enum ovpp_unit unit, int64_t *value);

/**
 * ovpp_units_explain() - why ovpp_units_parse() refused
 * @ret: what it returned
 * @text: what it was given
 * @unit: what was expected
 * @out: room for the sentence, which names the units that are understood
 * @size: its size
 */
void ovpp_units_explain(int ret, const char *text, enum ovpp_unit unit, char *out, size_t size);

/**
 * ovpp_units_format() - integer to text
 * @value: number
 * @unit: what it counts
 * @digits: digits after the point, rounded half away from zero; < 0: as many as
 *	the number has, so that ovpp_units_parse() gives it back
 * @out: room for the text, OVPP_UNITS_TEXT is enough
 * @size: its size
 *
 * The largest unit in which the number is at least 1 is taken.
 */
void ovpp_units_format(int64_t value, enum ovpp_unit unit, int digits, char *out, size_t size);

#define OVPP_UNITS_TEXT 64

/* The unit that a JSON key of the spec names by its ending, "p_max_mw". */
enum ovpp_unit ovpp_units_of(const char *key);

/* What the value of a point (its name in the spec, "e_import") counts. */
enum ovpp_unit ovpp_units_of_point(const char *point);

/**
 * ovpp_units_attr() - the attribute that a person means
 * @op: operation whose request is written
 * @key: name of an attribute of the request, or that name without its unit:
 *	"p_max_mw" or "p_max"; '-' may stand for '_'
 *
 * A full name takes the bare integer; a name without unit takes text with one.
 *
 * Return: attribute or NULL.
 */
const struct ovpp_spec_attr *ovpp_units_attr(const struct ovpp_spec_op *op, const char *key);

#endif /* OVPP_UNITS_H */
