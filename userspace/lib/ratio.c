// SPDX-License-Identifier: GPL-2.0-or-later
#include "ratio.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Beyond this a decimal exponent cannot be of use in 64 bits. */
#define EXPONENT_MAX 36

typedef __int128 wide;

static wide gcd(wide a, wide b)
{
	while (b) {
		wide rest = a % b;

		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

/* Lowest terms, @den > 0; -ERANGE if they do not fit. */
static int reduce(wide num, wide den, struct ovpp_ratio *out)
{
	wide common = gcd(num, den);

	if (den < 0) {
		num = -num;
		den = -den;
	}
	num /= common;
	den /= common;
	if (num < INT64_MIN || num > INT64_MAX || den > INT64_MAX)
		return -ERANGE;
	out->num = (int64_t)num;
	out->den = (int64_t)den;
	return 0;
}

static int times_ten(wide *v)
{
	return __builtin_mul_overflow(*v, (wide)10, v) ? -ERANGE : 0;
}

/* Digits with a point among them; *@exponent counts those behind it down. */
static const char *digits(const char *s, wide *v, int *exponent, int *ret)
{
	bool point = false, any = false;

	*ret = 0;
	for (; isdigit((unsigned char)*s) || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		any = true;
		*exponent -= point;
		if (times_ten(v) || __builtin_add_overflow(*v, (wide)(*s - '0'), v))
			*ret = -ERANGE;
	}
	if (!any)
		*ret = -EINVAL;
	return s;
}

static int fraction(const char *text, struct ovpp_ratio *out)
{
	long long num, den;
	char *end;

	errno = 0;
	num = strtoll(text, &end, 10);
	if (end == text || *end != '/' || !isdigit((unsigned char)end[1]))
		return -EINVAL;
	den = strtoll(end + 1, &end, 10);
	if (*end || !den)
		return -EINVAL;
	return errno ? -ERANGE : reduce(num, den, out);
}

static int scaled(wide v, int exponent, struct ovpp_ratio *out)
{
	wide den = 1;

	if (!v)
		return reduce(0, 1, out);
	if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX)
		return -ERANGE;
	for (; exponent > 0; exponent--)
		if (times_ten(&v))
			return -ERANGE;
	for (; exponent < 0; exponent++)
		if (times_ten(&den))
			return -ERANGE;
	return reduce(v, den, out);
}

int ovpp_ratio_parse(const char *text, struct ovpp_ratio *out)
{
	const char *s = text;
	bool negative = *s == '-';
	int ret, exponent = 0;
	long shift = 0;
	wide v = 0;
	char *end;

	if (*s == '-' || *s == '+')
		s++;
	s = digits(s, &v, &exponent, &ret);
	if (ret)
		return ret;
	if (*s == '/')
		return fraction(text, out);
	if (*s == 'e' || *s == 'E') {
		shift = strtol(s + 1, &end, 10);
		if (end == s + 1 || isspace((unsigned char)s[1]))
			return -EINVAL;
		s = end;
	}
	if (*s)
		return -EINVAL;
	if (shift > 1000 || shift < -1000)
		return v ? -ERANGE : scaled(0, 0, out);
	return scaled(negative ? -v : v, exponent + (int)shift, out);
}

int ovpp_ratio_mul(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out)
{
	return reduce((wide)a.num * b.num, (wide)a.den * b.den, out);
}

int ovpp_ratio_div(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out)
{
	if (!b.num)
		return -EDOM;
	return reduce((wide)a.num * b.den, (wide)a.den * b.num, out);
}

/* Each product is below 2^126, so their sum fits. */
int ovpp_ratio_add(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out)
{
	return reduce((wide)a.num * b.den + (wide)b.num * a.den, (wide)a.den * b.den, out);
}

int ovpp_ratio_sub(struct ovpp_ratio a, struct ovpp_ratio b, struct ovpp_ratio *out)
{
	return reduce((wide)a.num * b.den - (wide)b.num * a.den, (wide)a.den * b.den, out);
}
