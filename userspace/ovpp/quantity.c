// SPDX-License-Identifier: GPL-2.0-or-later
#include "quantity.h"

#include <stdio.h>
#include <string.h>

/**
 * struct taste - how a kind of quantity is written and shown
 * @placeholder: its name in help
 * @plain: unit of a number without one
 * @kilo: digits of a measurement from 1,000 of the integer's units on
 * @mega: digits from 1,000,000 on
 */
static const struct taste {
	const char *placeholder;
	const char *plain;
	int kilo;
	int mega;
} tastes[] = {
	[OVPP_UNIT_NONE] = {"N", "", 0, 0},	     [OVPP_UNIT_MW] = {"POWER", "W", 0, 2},
	[OVPP_UNIT_MVAR] = {"POWER", "var", 0, 2},   [OVPP_UNIT_MWH] = {"ENERGY", "Wh", 0, 2},
	[OVPP_UNIT_MV] = {"VOLTAGE", "V", 1, 2},     [OVPP_UNIT_MA] = {"CURRENT", "A", 1, 2},
	[OVPP_UNIT_MHZ] = {"FREQUENCY", "Hz", 3, 3}, [OVPP_UNIT_MC] = {"TEMPERATURE", "C", 1, 1},
	[OVPP_UNIT_PPM] = {"PERCENT", "%", 1, 1},    [OVPP_UNIT_MS] = {"TIME", "s", 1, 0},
	[OVPP_UNIT_NS] = {"TIME", "s", 1, 2},	     [OVPP_UNIT_MW_S] = {"RAMP", "W/s", 0, 2},
	[OVPP_UNIT_MW_HZ] = {"DROOP", "W/Hz", 0, 2}, [OVPP_UNIT_BYTE] = {"SIZE", "B", 1, 1},
};

size_t quantity_stem(const char *attr)
{
	enum ovpp_unit unit = ovpp_units_of(attr);
	size_t n = strlen(attr);
	int parts = unit == OVPP_UNIT_NONE				? 0
		    : unit == OVPP_UNIT_MW_S || unit == OVPP_UNIT_MW_HZ ? 2
									: 1;

	while (parts--) {
		while (n && attr[n - 1] != '_')
			n--;
		n--;
	}
	return n;
}

const char *quantity_placeholder(enum ovpp_unit unit)
{
	return tastes[unit].placeholder;
}

int quantity_parse(enum ovpp_unit unit, const char *text, int64_t *value, char *why, size_t size)
{
	char with_unit[OVPP_UNITS_TEXT];
	bool bare = text[strspn(text, "+-.0123456789 ")] == '\0';
	int ret;

	snprintf(with_unit, sizeof(with_unit), "%s%s", text, bare ? tastes[unit].plain : "");
	ret = ovpp_units_parse(with_unit, unit, value);
	if (ret)
		ovpp_units_explain(ret, text, unit, why, size);
	return ret;
}

const char *quantity_exact(enum ovpp_unit unit, int64_t value, char *buf)
{
	ovpp_units_format(value, unit, -1, buf, OVPP_UNITS_TEXT);
	return buf;
}

const char *quantity_rounded(enum ovpp_unit unit, int64_t value, char *buf)
{
	int64_t abs = value < 0 ? -value : value;
	int digits = abs >= 1000000 ? tastes[unit].mega : abs >= 1000 ? tastes[unit].kilo : 0;

	/* A share has no smaller unit than the percent. */
	if (unit == OVPP_UNIT_PPM)
		digits = tastes[unit].kilo;
	ovpp_units_format(value, unit, digits, buf, OVPP_UNITS_TEXT);
	return buf;
}
