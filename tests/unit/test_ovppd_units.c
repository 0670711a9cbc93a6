// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/units.c: quantities for people and milli-unit integers. */
#include <errno.h>

#include "kselftest_harness.h"

#include "units.h"

static int parse(const char *text, enum ovpp_unit unit, long long *value)
{
	int64_t n = -77;
	int ret = ovpp_units_parse(text, unit, &n);

	*value = n;
	return ret;
}

#define EXPECT_VALUE(text, unit, want)               \
	do {                                         \
		long long n;                         \
		EXPECT_EQ(0, parse(text, unit, &n)); \
		EXPECT_EQ((long long)(want), n);     \
	} while (0)

#define EXPECT_REFUSED(text, unit, why)                \
	do {                                           \
		long long n;                           \
		EXPECT_EQ(why, parse(text, unit, &n)); \
		EXPECT_EQ(-77, n);                     \
	} while (0)

TEST(a_quantity_becomes_its_integer_exactly)
{
	EXPECT_VALUE("5 kW", OVPP_UNIT_MW, 5000000);
	EXPECT_VALUE("-1.5kW", OVPP_UNIT_MW, -1500000);
	EXPECT_VALUE("+0.1 W", OVPP_UNIT_MW, 100);
	EXPECT_VALUE("0.000000001 GW", OVPP_UNIT_MW, 1000);
	EXPECT_VALUE("80 %", OVPP_UNIT_PPM, 800000);
	EXPECT_VALUE("0.0001 %", OVPP_UNIT_PPM, 1);
	EXPECT_VALUE("1 ms", OVPP_UNIT_NS, 1000000);
	EXPECT_VALUE("500 us", OVPP_UNIT_NS, 500000);
	EXPECT_VALUE("500 µs", OVPP_UNIT_NS, 500000);
	EXPECT_VALUE("1.5 h", OVPP_UNIT_MS, 5400000);
	EXPECT_VALUE("3000 us", OVPP_UNIT_MS, 3);
	EXPECT_VALUE("3 kW/min", OVPP_UNIT_MW_S, 50000);
	EXPECT_VALUE("47.5 Hz", OVPP_UNIT_MHZ, 47500);
	EXPECT_VALUE("4 GB", OVPP_UNIT_BYTE, 4000000000);
	EXPECT_VALUE("7", OVPP_UNIT_NONE, 7);
}

TEST(zero_needs_no_unit_and_everything_else_does)
{
	EXPECT_VALUE("0", OVPP_UNIT_MW, 0);
	EXPECT_REFUSED("5", OVPP_UNIT_MW, -EINVAL);
	EXPECT_REFUSED("5 W", OVPP_UNIT_NONE, -EINVAL);
	EXPECT_REFUSED("0 V", OVPP_UNIT_MW, -EINVAL);
}

TEST(milli_and_mega_are_not_confused)
{
	EXPECT_VALUE("1 mW", OVPP_UNIT_MW, 1);
	EXPECT_VALUE("1 MW", OVPP_UNIT_MW, 1000000000);
	EXPECT_REFUSED("1 KW", OVPP_UNIT_MW, -EINVAL);
}

TEST(what_cannot_be_kept_exactly_is_refused)
{
	EXPECT_REFUSED("0.0001 W", OVPP_UNIT_MW, -EDOM);
	EXPECT_REFUSED("100 us", OVPP_UNIT_MS, -EDOM);
	EXPECT_REFUSED("1 W/min", OVPP_UNIT_MW_S, -EDOM);
	EXPECT_VALUE("9223372036854775807 mW", OVPP_UNIT_MW, INT64_MAX);
	EXPECT_REFUSED("9223372036854775808 mW", OVPP_UNIT_MW, -ERANGE);
	EXPECT_REFUSED("9999999999999999999999999 GW", OVPP_UNIT_MW, -ERANGE);
}

TEST(text_that_is_no_quantity_is_refused)
{
	static const char *const texts[] = {
		"",	 " ",	   "W",	    "1..2 W", "1e3 W",
		"- 1 W", "1 kW x", "one W", ".",      "1 kWWWWWWWWWWWWWWWW"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		EXPECT_REFUSED(texts[i], OVPP_UNIT_MW, -EINVAL);
}

TEST(a_refusal_says_what_would_be_understood)
{
	char text[256];

	ovpp_units_explain(-EINVAL, "5 kV", OVPP_UNIT_MW, text, sizeof(text));
	EXPECT_STREQ("\"5 kV\" is not a quantity (units: mW W kW MW GW)", text);
	ovpp_units_explain(-EINVAL, "5 kV", OVPP_UNIT_MW, text, 12);
	EXPECT_EQ(11, strlen(text));
}

TEST(what_is_formatted_is_parsed_to_the_same_integer)
{
	static const int64_t values[] = {0,	   1,	  -1,	 999,	    1000,     5123456,
					 -1500000, 10000, 60000, INT64_MAX, INT64_MIN};
	char text[OVPP_UNITS_TEXT];

	for (unsigned int u = 0; u <= OVPP_UNIT_BYTE; u++) {
		for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
			int64_t n = 0;

			ovpp_units_format(values[i], u, -1, text, sizeof(text));
			EXPECT_EQ(0, ovpp_units_parse(text, u, &n));
			EXPECT_EQ(values[i], n);
		}
	}
}

TEST(formatted_text_is_short_and_rounded_half_away_from_zero)
{
	char text[OVPP_UNITS_TEXT];

	ovpp_units_format(5123456, OVPP_UNIT_MW, -1, text, sizeof(text));
	EXPECT_STREQ("5.123456 kW", text);
	ovpp_units_format(-1250000, OVPP_UNIT_MW, 1, text, sizeof(text));
	EXPECT_STREQ("-1.3 kW", text);
	ovpp_units_format(0, OVPP_UNIT_MW, 1, text, sizeof(text));
	EXPECT_STREQ("0.0 W", text);
	ovpp_units_format(804000, OVPP_UNIT_PPM, 0, text, sizeof(text));
	EXPECT_STREQ("80 %", text);
}

TEST(a_key_is_found_with_and_without_its_unit)
{
	const struct ovpp_spec_op *envelope = ovpp_spec_op("envelope-set");
	const struct ovpp_spec_op *site = ovpp_spec_op("site-new");

	ASSERT_NE(NULL, envelope);
	ASSERT_NE(NULL, site);
	EXPECT_STREQ("p_max_mw", ovpp_units_attr(envelope, "p_max_mw")->name);
	EXPECT_STREQ("p_max_mw", ovpp_units_attr(envelope, "p_max")->name);
	EXPECT_STREQ("p_max_mw", ovpp_units_attr(envelope, "p-max")->name);
	EXPECT_STREQ("ramp_mw_s", ovpp_units_attr(envelope, "ramp")->name);
	EXPECT_STREQ("period_ns", ovpp_units_attr(site, "period")->name);
	EXPECT_STREQ("ring_records", ovpp_units_attr(site, "ring")->name);
	EXPECT_EQ(NULL, ovpp_units_attr(envelope, "p_ma"));
	EXPECT_EQ(NULL, ovpp_units_attr(site, "target"));
	EXPECT_EQ(NULL, ovpp_units_attr(site, "perio"));
	EXPECT_EQ(NULL, ovpp_units_attr(site, ""));
}

TEST_HARNESS_MAIN
