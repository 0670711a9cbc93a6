// SPDX-License-Identifier: GPL-2.0-or-later
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/**
 * struct scale - a unit that people write
 * @unit: what it measures
 * @name: as written
 * @num: one of it is @num / @den of the integer's unit
 * @den: see @num
 * @shown: used for output as well; the first of several equal ones
 */
struct scale {
	enum ovpp_unit unit;
	const char *name;
	int64_t num;
	int64_t den;
	bool shown;
};

/* The units of a quantity stand together, in ascending order of size. */
static const struct scale scales[] = {
	{OVPP_UNIT_NONE, "", 1, 1, true},
	{OVPP_UNIT_MW, "mW", 1, 1, true},
	{OVPP_UNIT_MW, "W", 1000, 1, true},
	{OVPP_UNIT_MW, "kW", 1000000, 1, true},
	{OVPP_UNIT_MW, "MW", 1000000000, 1, true},
	{OVPP_UNIT_MW, "GW", 1000000000000, 1, true},
	{OVPP_UNIT_MVAR, "mvar", 1, 1, true},
	{OVPP_UNIT_MVAR, "var", 1000, 1, true},
	{OVPP_UNIT_MVAR, "kvar", 1000000, 1, true},
	{OVPP_UNIT_MVAR, "Mvar", 1000000000, 1, true},
	{OVPP_UNIT_MWH, "mWh", 1, 1, true},
	{OVPP_UNIT_MWH, "Wh", 1000, 1, true},
	{OVPP_UNIT_MWH, "kWh", 1000000, 1, true},
	{OVPP_UNIT_MWH, "MWh", 1000000000, 1, true},
	{OVPP_UNIT_MWH, "GWh", 1000000000000, 1, true},
	{OVPP_UNIT_MV, "mV", 1, 1, true},
	{OVPP_UNIT_MV, "V", 1000, 1, true},
	{OVPP_UNIT_MV, "kV", 1000000, 1, true},
	{OVPP_UNIT_MA, "mA", 1, 1, true},
	{OVPP_UNIT_MA, "A", 1000, 1, true},
	{OVPP_UNIT_MA, "kA", 1000000, 1, true},
	{OVPP_UNIT_MHZ, "mHz", 1, 1, true},
	{OVPP_UNIT_MHZ, "Hz", 1000, 1, true},
	{OVPP_UNIT_MC, "m°C", 1, 1, false},
	{OVPP_UNIT_MC, "mC", 1, 1, false},
	{OVPP_UNIT_MC, "°C", 1000, 1, true},
	{OVPP_UNIT_MC, "C", 1000, 1, false},
	{OVPP_UNIT_PPM, "ppm", 1, 1, false},
	{OVPP_UNIT_PPM, "%", 10000, 1, true},
	{OVPP_UNIT_MS, "ns", 1, 1000000, false},
	{OVPP_UNIT_MS, "us", 1, 1000, false},
	{OVPP_UNIT_MS, "µs", 1, 1000, false},
	{OVPP_UNIT_MS, "ms", 1, 1, true},
	{OVPP_UNIT_MS, "s", 1000, 1, true},
	{OVPP_UNIT_MS, "min", 60000, 1, false},
	{OVPP_UNIT_MS, "h", 3600000, 1, false},
	{OVPP_UNIT_MS, "d", 86400000, 1, false},
	{OVPP_UNIT_NS, "ns", 1, 1, true},
	{OVPP_UNIT_NS, "us", 1000, 1, true},
	{OVPP_UNIT_NS, "µs", 1000, 1, false},
	{OVPP_UNIT_NS, "ms", 1000000, 1, true},
	{OVPP_UNIT_NS, "s", 1000000000, 1, true},
	{OVPP_UNIT_NS, "min", 60000000000, 1, false},
	{OVPP_UNIT_NS, "h", 3600000000000, 1, false},
	{OVPP_UNIT_MW_S, "mW/s", 1, 1, true},
	{OVPP_UNIT_MW_S, "W/s", 1000, 1, true},
	{OVPP_UNIT_MW_S, "kW/s", 1000000, 1, true},
	{OVPP_UNIT_MW_S, "MW/s", 1000000000, 1, true},
	{OVPP_UNIT_MW_S, "W/min", 1000, 60, false},
	{OVPP_UNIT_MW_S, "kW/min", 1000000, 60, false},
	{OVPP_UNIT_MW_HZ, "mW/Hz", 1, 1, true},
	{OVPP_UNIT_MW_HZ, "W/Hz", 1000, 1, true},
	{OVPP_UNIT_MW_HZ, "kW/Hz", 1000000, 1, true},
	{OVPP_UNIT_MW_HZ, "MW/Hz", 1000000000, 1, true},
	{OVPP_UNIT_BYTE, "B", 1, 1, true},
	{OVPP_UNIT_BYTE, "kB", 1000, 1, true},
	{OVPP_UNIT_BYTE, "KiB", 1024, 1, false},
	{OVPP_UNIT_BYTE, "MB", 1000000, 1, true},
	{OVPP_UNIT_BYTE, "MiB", 1048576, 1, false},
	{OVPP_UNIT_BYTE, "GB", 1000000000, 1, true},
	{OVPP_UNIT_BYTE, "GiB", 1073741824, 1, false},
};

#define N_SCALES (sizeof(scales) / sizeof(scales[0]))

/* Endings of keys; a longer one goes before the one that it ends with. */
static const struct {
	const char *ending;
	enum ovpp_unit unit;
} endings[] = {
	{"_mw_s", OVPP_UNIT_MW_S},    {"_mw_hz", OVPP_UNIT_MW_HZ}, {"_mwh", OVPP_UNIT_MWH},
	{"_mvar", OVPP_UNIT_MVAR},    {"_mw", OVPP_UNIT_MW},	   {"_mv", OVPP_UNIT_MV},
	{"_ma", OVPP_UNIT_MA},	      {"_mhz", OVPP_UNIT_MHZ},	   {"_mc", OVPP_UNIT_MC},
	{"_ppm", OVPP_UNIT_PPM},      {"_ms", OVPP_UNIT_MS},	   {"_ns", OVPP_UNIT_NS},
	{"_records", OVPP_UNIT_NONE},
};

#define N_ENDINGS (sizeof(endings) / sizeof(endings[0]))

/* More digits than any value in range has. */
#define DIGITS_MAX 24

/**
 * struct number - a decimal number, digits / 10^fraction
 * @negative: sign
 * @digits: without the point
 * @fraction: how many of them follow the point
 */
struct number {
	bool negative;
	__int128 digits;
	unsigned int fraction;
};

/* Reads a number; *@end is set behind it. */
static int parse_number(const char *text, struct number *n, const char **end)
{
	unsigned int count = 0;
	bool point = false;

	*n = (struct number){0};
	n->negative = *text == '-';
	if (*text == '-' || *text == '+')
		text++;

	for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		if (++count > DIGITS_MAX)
			return -ERANGE;
		n->digits = n->digits * 10 + (*text - '0');
		n->fraction += point;
	}
	*end = text;
	return count ? 0 : -EINVAL;
}

static const struct scale *find_scale(enum ovpp_unit unit, const char *name)
{
	for (size_t i = 0; i < N_SCALES; i++)
		if (scales[i].unit == unit && !strcmp(scales[i].name, name))
			return &scales[i];
	return NULL;
}

/* Copies @text without the blanks at its end. */
static int copy_unit(const char *text, char *out, size_t size)
{
	size_t n;

	while (isblank((unsigned char)*text))
		text++;
	n = strlen(text);
	while (n && isspace((unsigned char)text[n - 1]))
		n--;
	if (n >= size)
		return -EINVAL;
	memcpy(out, text, n);
	out[n] = '\0';
	return 0;
}

static int to_integer(const struct number *n, const struct scale *s, int64_t *value)
{
	__int128 num, den = s->den;

	if (__builtin_mul_overflow(n->digits, (__int128)s->num, &num))
		return -ERANGE;
	for (unsigned int i = 0; i < n->fraction; i++)
		den *= 10;
	if (num % den)
		return -EDOM;
	num /= den;
	if (n->negative)
		num = -num;
	if (num < INT64_MIN || num > INT64_MAX)
		return -ERANGE;
	*value = (int64_t)num;
	return 0;
}

int ovpp_units_parse(const char *text, enum ovpp_unit unit, int64_t *value)
{
	const struct scale *s;
	struct number n;
	char name[16];
	int ret;

	while (isspace((unsigned char)*text))
		text++;
	ret = parse_number(text, &n, &text);
	if (!ret)
		ret = copy_unit(text, name, sizeof(name));
	if (ret)
		return ret;

	if (!name[0] && !n.digits) {
		*value = 0;
		return 0;
	}
	s = find_scale(unit, name);
	return s ? to_integer(&n, s, value) : -EINVAL;
}

void ovpp_units_explain(int ret, const char *text, enum ovpp_unit unit, char *out, size_t size)
{
	const char *what = ret == -ERANGE ? "is too large"
			   : ret == -EDOM ? "is finer than can be kept"
					  : "is not a quantity";
	int n;

	if (unit == OVPP_UNIT_NONE) {
		snprintf(out, size, "\"%s\" %s (an integer without unit)", text, what);
		return;
	}
	n = snprintf(out, size, "\"%s\" %s (units:", text, what);
	for (size_t i = 0; i < N_SCALES; i++)
		if (scales[i].unit == unit && n >= 0 && (size_t)n < size)
			n += snprintf(out + n, size - (size_t)n, " %s", scales[i].name);
	if (n >= 0 && (size_t)n < size)
		snprintf(out + n, size - (size_t)n, ")");
}

/* The largest unit for output that is not above @abs. */
static const struct scale *show_scale(__int128 abs, enum ovpp_unit unit)
{
	const struct scale *best = NULL;

	for (size_t i = 0; i < N_SCALES; i++)
		if (scales[i].unit == unit && scales[i].shown && (!best || scales[i].num <= abs))
			best = &scales[i];
	return best;
}

/* Zero is shown in the plain unit: 0 W, not 0 mW. */
static const struct scale *zero_scale(enum ovpp_unit unit)
{
	const struct scale *s = show_scale(1000, unit);

	return unit == OVPP_UNIT_MS || unit == OVPP_UNIT_NS || unit == OVPP_UNIT_BYTE
		       ? show_scale(1, unit)
		       : s;
}

void ovpp_units_format(int64_t value, enum ovpp_unit unit, int digits, char *out, size_t size)
{
	__int128 abs = value < 0 ? -(__int128)value : value;
	const struct scale *s = value ? show_scale(abs, unit) : zero_scale(unit);
	int shown = digits < 0 ? 12 : digits > 12 ? 12 : digits;
	const char *space = s->name[0] ? " " : "";
	const char *sign = value < 0 ? "-" : "";
	char fraction[16];
	__int128 ten = 1, n;

	for (int i = 0; i < shown; i++)
		ten *= 10;
	n = (abs * ten * 2 + s->num) / (2 * s->num);
	if (!n)
		sign = "";
	snprintf(fraction, sizeof(fraction), "%0*lld", shown, (long long)(n % ten));
	while (digits < 0 && shown > 0 && fraction[shown - 1] == '0')
		shown--;
	fraction[shown] = '\0';
	snprintf(out, size, "%s%llu%s%s%s%s", sign, (unsigned long long)(n / ten), shown ? "." : "",
		 fraction, space, s->name);
}

/* The ending of @key that names a unit, or NULL; *@unit is set by it. */
static const char *ending_of(const char *key, enum ovpp_unit *unit)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < N_ENDINGS; i++) {
		size_t m = strlen(endings[i].ending);

		if (n > m && !strcmp(key + n - m, endings[i].ending)) {
			*unit = endings[i].unit;
			return key + n - m;
		}
	}
	return NULL;
}

enum ovpp_unit ovpp_units_of(const char *key)
{
	enum ovpp_unit unit = OVPP_UNIT_NONE;

	ending_of(key, &unit);
	return unit;
}

static const struct {
	const char *point;
	enum ovpp_unit unit;
} points[] = {
	{"p", OVPP_UNIT_MW},
	{"q", OVPP_UNIT_MVAR},
	{"v", OVPP_UNIT_MV},
	{"i", OVPP_UNIT_MA},
	{"f", OVPP_UNIT_MHZ},
	{"e_import", OVPP_UNIT_MWH},
	{"e_export", OVPP_UNIT_MWH},
	{"soc", OVPP_UNIT_PPM},
	{"soh", OVPP_UNIT_PPM},
	{"temp", OVPP_UNIT_MC},
	{"p_max", OVPP_UNIT_MW},
	{"p_min", OVPP_UNIT_MW},
	{"i_charge_max", OVPP_UNIT_MA},
	{"i_discharge_max", OVPP_UNIT_MA},
	{"v_charge_max", OVPP_UNIT_MV},
	{"v_discharge_min", OVPP_UNIT_MV},
	{"p_set", OVPP_UNIT_MW},
	{"p_limit", OVPP_UNIT_MW},
	{"q_set", OVPP_UNIT_MVAR},
};

enum ovpp_unit ovpp_units_of_point(const char *point)
{
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		if (!strcmp(point, points[i].point))
			return points[i].unit;
	}
	return OVPP_UNIT_NONE;
}

/* Compares names up to @n characters of @name; '-' and '_' are the same. */
static bool same_name(const char *name, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (name[i] != (key[i] == '-' ? '_' : key[i]))
			return false;
	return !key[n];
}

static bool in_request(const struct ovpp_spec_op *op, uint16_t id)
{
	for (const uint16_t *p = op->request; p && *p; p++)
		if (*p == id)
			return true;
	return false;
}

const struct ovpp_spec_attr *ovpp_units_attr(const struct ovpp_spec_op *op, const char *key)
{
	const struct ovpp_spec_attr *found = NULL;

	for (size_t i = 0; i < op->set->n; i++) {
		const struct ovpp_spec_attr *a = &op->set->attr[i];
		enum ovpp_unit unit;
		const char *ending = ending_of(a->name, &unit);

		if (!in_request(op, a->id))
			continue;
		if (same_name(a->name, strlen(a->name), key))
			return a;
		if (ending && !found && same_name(a->name, (size_t)(ending - a->name), key))
			found = a;
	}
	return found;
}
