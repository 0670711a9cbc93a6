/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exact fractions: decimal scales without binary floating point. */
#ifndef OVPP_RATIO_H
#define OVPP_RATIO_H

#include <stdint.h>

/**
 * struct ovpp_ratio - a fraction in its lowest terms
 * @num: numerator, with the sign
 * @den: denominator, >= 1
 */
struct ovpp_ratio {
	int64_t num;
	int64_t den;
};

/**
 * ovpp_ratio_parse() - read a number
 * @text: decimal ("-0.25", "1e-3") or fraction of integers ("1/128")
 * @out: result
 *
 * Return: 0; -EINVAL for a text that is no number; -ERANGE for one whose
 * numerator or denominator does not fit.
 */
int ovpp_ratio_parse(const char *text, struct ovpp_ratio *out);

/* a x b, a / b, a + b, a - b: 0 or -ERANGE; -EDOM for a division by 0. */
int ovpp_ratio_mul(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out);
int ovpp_ratio_div(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out);
int ovpp_ratio_add(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out);
int ovpp_ratio_sub(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out);

static inline struct ovpp_ratio ovpp_ratio_int(int64_t n)
{
	return (struct ovpp_ratio){n, 1};
}

#endif /* OVPP_RATIO_H */
