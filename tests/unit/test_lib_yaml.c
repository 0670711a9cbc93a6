// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: YAML as JSON, and exact fractions. */
#include <errno.h>

#include "kselftest_harness.h"

#include "ratio.h"
#include "yaml.h"

static int parse(const char *text, bool exact, json_t **out, char err[256])
{
	*out = NULL;
	return ovpp_yaml_parse(text, strlen(text), "f", exact, out, err, 256);
}

static bool gives(const char *text, const char *json)
{
	json_t *want = json_loads(json, JSON_DECODE_ANY, NULL);
	json_t *got;
	char err[256];
	bool same;

	same = !parse(text, false, &got, err) && want && json_equal(got, want);
	json_decref(got);
	json_decref(want);
	return same;
}

static bool refused(const char *text, const char *why)
{
	json_t *got;
	char err[256];

	return parse(text, false, &got, err) == -EINVAL && !got && !strcmp(err, why);
}

TEST(plain_scalars_become_what_they_look_like)
{
	EXPECT_TRUE(gives("[1, -2, 0x1F, 0]", "[1, -2, 31, 0]"));
	EXPECT_TRUE(gives("[1.5, -0.25, 1e3, .5, 5.]", "[1.5, -0.25, 1000.0, 0.5, 5.0]"));
	EXPECT_TRUE(gives("[true, false, null, ~, ]", "[true, false, null, null]"));
	EXPECT_TRUE(gives("a:\nb: x", "{\"a\": null, \"b\": \"x\"}"));
	EXPECT_TRUE(gives("[9223372036854775807, -9223372036854775808]",
			  "[9223372036854775807, -9223372036854775808]"));
}

TEST(what_only_resembles_a_number_or_a_truth_value_is_text)
{
	EXPECT_TRUE(
		gives("[yes, no, on, off, True]", "[\"yes\", \"no\", \"on\", \"off\", \"True\"]"));
	EXPECT_TRUE(gives("[007, 1_000, 0x, 0b1, 12:30, 1e, ., '-', .inf, 1.2.3]",
			  "[\"007\", \"1_000\", \"0x\", \"0b1\", \"12:30\", \"1e\", \".\", \"-\","
			  " \".inf\", \"1.2.3\"]"));
}

TEST(quoted_scalars_are_text)
{
	EXPECT_TRUE(gives("['1', \"true\", \"\", '0x10']", "[\"1\", \"true\", \"\", \"0x10\"]"));
	EXPECT_TRUE(gives("|\n 12\n", "\"12\\n\""));
}

TEST(empty_file_is_null)
{
	EXPECT_TRUE(gives("", "null"));
	EXPECT_TRUE(gives("# nothing but a comment\n", "null"));
}

TEST(exact_parse_keeps_reals_as_they_are_written)
{
	json_t *got;
	char err[256];

	ASSERT_EQ(0, parse("[0.1, 1e-3, 7]", true, &got, err));
	EXPECT_STREQ("0.1", json_string_value(json_array_get(got, 0)));
	EXPECT_STREQ("1e-3", json_string_value(json_array_get(got, 1)));
	EXPECT_EQ(7, json_integer_value(json_array_get(got, 2)));
	json_decref(got);
}

TEST(errors_name_line_and_column)
{
	EXPECT_TRUE(refused("a: 1\nb: 2\na: 3\n", "f:3:1: duplicate key 'a'"));
	EXPECT_TRUE(refused("a: 18446744073709551616",
			    "f:1:4: integer out of range: 18446744073709551616"));
	EXPECT_TRUE(refused("a: 1e999", "f:1:4: number out of range: 1e999"));
	EXPECT_TRUE(refused("a: &x 1\nb: *x", "f:2:4: aliases are not supported"));
	EXPECT_TRUE(refused("a: !!str 1", "f:1:4: tags are not supported"));
	EXPECT_TRUE(refused("a: 1\n---\nb: 2", "f:2:1: a second document"));
	EXPECT_TRUE(refused("? [a]\n: 1", "f:1:3: a key must be a plain name"));
	EXPECT_TRUE(refused("a: \"x\\0y\"\n\"k\\0k\": 1", "f:2:1: a key must not hold a NUL"));
}

TEST(broken_yaml_is_refused)
{
	json_t *got;
	char err[256];

	EXPECT_EQ(-EINVAL, parse("a: [1, 2", false, &got, err));
	EXPECT_EQ(-EINVAL, parse("a: b: c", false, &got, err));
	EXPECT_EQ(-EINVAL, parse("\t- a", false, &got, err));
	EXPECT_EQ(-EINVAL, parse("a: \xff\xfe", false, &got, err));
	EXPECT_EQ(-EINVAL, parse("a: %x", false, &got, err));
}

TEST(nesting_without_end_is_refused)
{
	char text[4096];
	json_t *got;
	char err[256];

	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	EXPECT_EQ(-EINVAL, parse(text, false, &got, err));
	EXPECT_NE(NULL, strstr(err, "nested too deeply"));
}

TEST(file_that_is_not_there_is_named)
{
	json_t *got;
	char err[256];

	EXPECT_EQ(-ENOENT, ovpp_yaml_load("/nonexistent.yaml", &got, err, sizeof(err)));
	EXPECT_STREQ("/nonexistent.yaml: No such file or directory", err);
	EXPECT_EQ(-EFBIG, ovpp_yaml_load("/dev/zero", &got, err, sizeof(err)));
}

static bool is_ratio(const char *text, int64_t num, int64_t den)
{
	struct ovpp_ratio r;

	return !ovpp_ratio_parse(text, &r) && r.num == num && r.den == den;
}

TEST(decimals_and_fractions_are_read_exactly)
{
	EXPECT_TRUE(is_ratio("0.1", 1, 10));
	EXPECT_TRUE(is_ratio("-0.250", -1, 4));
	EXPECT_TRUE(is_ratio("1E-05", 1, 100000));
	EXPECT_TRUE(is_ratio("1.5e+3", 1500, 1));
	EXPECT_TRUE(is_ratio("0.00390625", 1, 256));
	EXPECT_TRUE(is_ratio("1/128", 1, 128));
	EXPECT_TRUE(is_ratio("-6/4", -3, 2));
	EXPECT_TRUE(is_ratio("0.000", 0, 1));
	EXPECT_TRUE(is_ratio("-9223372036854775808", INT64_MIN, 1));
	EXPECT_TRUE(is_ratio("+7.", 7, 1));
}

TEST(what_is_no_number_is_refused)
{
	static const char *const bad[] = {"",	 ".",  "-",   "1/0", "1/-2", "1/2/3", "1.2.3",
					  "0x1", "1e", "1e ", "nan", " 1",   "1 ",    "1/ 2"};
	struct ovpp_ratio r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-EINVAL, ovpp_ratio_parse(bad[i], &r))
		{
			TH_LOG("%s was taken", bad[i]);
		}
	}
}

TEST(number_that_cannot_be_held_exactly_is_refused_never_rounded)
{
	static const char *const bad[] = {"9223372036854775808",
					  "1e-19",
					  "1e19",
					  "1e400",
					  "0.33333333333333333333",
					  "1e-99999999999",
					  "340282366920938463463374607431768211456"};
	struct ovpp_ratio r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-ERANGE, ovpp_ratio_parse(bad[i], &r))
		{
			TH_LOG("%s was taken", bad[i]);
		}
	}
}

TEST(fractions_are_reduced_and_their_range_is_watched)
{
	struct ovpp_ratio third = {1, 3}, big = {INT64_MAX, 1}, r;

	ASSERT_EQ(0, ovpp_ratio_add(third, third, &r));
	EXPECT_TRUE(r.num == 2 && r.den == 3);
	ASSERT_EQ(0, ovpp_ratio_sub(third, r, &r));
	EXPECT_TRUE(r.num == -1 && r.den == 3);
	ASSERT_EQ(0, ovpp_ratio_mul(r, ovpp_ratio_int(-3), &r));
	EXPECT_TRUE(r.num == 1 && r.den == 1);
	ASSERT_EQ(0, ovpp_ratio_div(third, ovpp_ratio_int(-2), &r));
	EXPECT_TRUE(r.num == -1 && r.den == 6);
	EXPECT_EQ(-EDOM, ovpp_ratio_div(third, ovpp_ratio_int(0), &r));
	EXPECT_EQ(-ERANGE, ovpp_ratio_add(big, ovpp_ratio_int(1), &r));
	EXPECT_EQ(-ERANGE, ovpp_ratio_mul(big, ovpp_ratio_int(2), &r));
}

TEST_HARNESS_MAIN
