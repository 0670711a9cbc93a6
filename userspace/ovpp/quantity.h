/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quantities on the command line: what units.h leaves to the taste of a CLI. */
#ifndef OVPP_QUANTITY_H
#define OVPP_QUANTITY_H

#include <stddef.h>
#include <stdint.h>
#include "units.h"

/* Length of an attribute's name without its unit: 7 for "soc_min_ppm". */
size_t quantity_stem(const char *attr);

/* What help calls such a value, "POWER". */
const char *quantity_placeholder(enum ovpp_unit unit);

/**
 * quantity_parse() - "2.5kW", or a number alone in W, V, A, Hz, % or s
 * @unit: what is expected
 * @text: as written
 * @value: result
 * @why: room for a sentence that says what is wrong, set on error
 * @size: its size
 *
 * Return: 0 or -errno.
 */
int quantity_parse(enum ovpp_unit unit, const char *text, int64_t *value, char *why, size_t size);

/*
 * As text in @buf of OVPP_UNITS_TEXT bytes, which is returned: a setting with
 * all its digits, a measurement with those that mean something.
 */
const char *quantity_exact(enum ovpp_unit unit, int64_t value, char *buf);
const char *quantity_rounded(enum ovpp_unit unit, int64_t value, char *buf);

#endif /* OVPP_QUANTITY_H */
