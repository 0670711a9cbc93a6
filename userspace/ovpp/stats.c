// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp stats */
#include "cli.h"
#include "get.h"
#include "show.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define BAR 40

static const char bar[BAR + 1] = "########################################";

/* First value above a bucket. */
static json_int_t bucket_end(size_t n)
{
	return (json_int_t)1 << n;
}

/*
 * The end of the bucket in which the share @ppm of all values is reached, or
 * the greatest value where that is less.
 */
static json_int_t quantile(const json_t *histogram, json_int_t ppm)
{
	json_int_t count = get_int(histogram, "count"), seen = 0;
	json_int_t greatest = get_int(histogram, "greatest");
	json_t *n;
	size_t i;

	json_array_foreach (json_object_get(histogram, "bucket"), i, n) {
		seen += json_integer_value(n);
		if ((double)seen * 1e6 >= (double)count * (double)ppm)
			return bucket_end(i) < greatest ? bucket_end(i) : greatest;
	}
	return greatest;
}

static void print_summary(const char *title, const json_t *h)
{
	json_int_t count = get_int(h, "count");
	char mean[OVPP_UNITS_TEXT], least[OVPP_UNITS_TEXT], most[OVPP_UNITS_TEXT],
		p99[OVPP_UNITS_TEXT], p999[OVPP_UNITS_TEXT];

	printf("\n%s: %lld values", title, (long long)count);
	if (!count) {
		putchar('\n');
		return;
	}
	printf(", least %s, mean %s, greatest %s\n",
	       quantity_rounded(OVPP_UNIT_NS, get_int(h, "least"), least),
	       quantity_rounded(OVPP_UNIT_NS, get_int(h, "sum") / count, mean),
	       quantity_rounded(OVPP_UNIT_NS, get_int(h, "greatest"), most));
	printf("99 %% within %s, 99.9 %% within %s\n",
	       quantity_rounded(OVPP_UNIT_NS, quantile(h, 990000), p99),
	       quantity_rounded(OVPP_UNIT_NS, quantile(h, 999000), p999));
}

static json_int_t greatest_bucket(const json_t *buckets)
{
	json_int_t most = 0;
	json_t *n;
	size_t i;

	json_array_foreach (buckets, i, n) {
		if (json_integer_value(n) > most)
			most = json_integer_value(n);
	}
	return most;
}

/* One line a bucket; a bucket with anything in it has a bar to see. */
static void print_histogram(const char *title, const json_t *h)
{
	static const char *const headings[] = {"-BELOW", "-COUNT", ""};
	const json_t *buckets = json_object_get(h, "bucket");
	json_int_t most = greatest_bucket(buckets);
	struct table *t = table_new(headings, 3);
	char buf[OVPP_UNITS_TEXT];
	bool begun = false;
	json_t *n;
	size_t i;

	print_summary(title, h);
	json_array_foreach (buckets, i, n) {
		json_int_t v = json_integer_value(n);
		int len = v ? (int)((double)v / (double)most * BAR) : 0;

		begun |= v > 0;
		if (!begun || !t)
			continue;
		table_add(t, quantity_rounded(OVPP_UNIT_NS, bucket_end(i), buf));
		snprintf(buf, sizeof(buf), "%lld", (long long)v);
		table_add(t, buf);
		snprintf(buf, sizeof(buf), "%.*s", v && !len ? 1 : len, bar);
		table_add(t, *buf ? buf : " ");
	}
	if (t && begun)
		table_print(t, stdout, "\n");
	table_free(t);
}

static int details(struct cli *cli, const json_t *stats)
{
	static const char *const histograms[][2] = {
		{"wake_ns", "wake latency"},
		{"tick_ns", "length of a tick"},
		{"trigger_ns", "trigger frame to end of tick"},
	};

	(void)cli;
	for (size_t i = 0; i < sizeof(histograms) / sizeof(histograms[0]); i++) {
		const json_t *h = json_object_get(stats, histograms[i][0]);

		if (h)
			print_histogram(histograms[i][1], h);
	}
	return CLI_OK;
}

static const struct cli_verb verbs[] = {
	{.name = "show",
	 .doc = "Counters and histograms of a site's loop.",
	 .op = "stats-get",
	 .run = object_show},
	{.name = "reset",
	 .doc = "Set the histograms to zero. Counters stay.",
	 .op = "stats-reset",
	 .run = object_change},
	{0},
};

const struct cli_command cmd_stats = {
	.name = "stats",
	.doc = "Statistics: latency, length of ticks, missed deadlines.",
	.about = "examples:\n"
		 "  ovpp stats reset; sleep 60; ovpp stats\n",
	.verbs = verbs,
	.details = details,
};
