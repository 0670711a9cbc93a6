// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"
#include "moment.h"
#include "plan.h"
#include "quantity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "yaml.h"

#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL

/* What the kernel takes. */
#define LENGTH_MAX_MS 604800000LL
#define DAY_NS (86400 * NS_PER_S)
#define COLUMN_MAX 8

struct plan_clock plan_now(void)
{
	struct plan_clock now = {
		.real_ns = clock_ns(CLOCK_REALTIME),
		.mono_ns = clock_ns(CLOCK_MONOTONIC),
	};

	return now;
}

const char *plan_local_time(const struct plan_clock *now, int64_t mono_ns, char *buf)
{
	time_t s = (now->real_ns + mono_ns - now->mono_ns) / NS_PER_S;
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(buf, 32, "%Y-%m-%d %H:%M:%S", &tm);
	return buf;
}

/* ":SS" if it is there; returns what follows. */
static const char *parse_seconds(const char *s, struct tm *tm)
{
	const char *end = s && *s == ':' ? strptime(s, ":%S", tm) : s;

	return end;
}

/* A time of day: today's, or the first one that is not before @previous. */
static int parse_time_of_day(const char *text, const struct plan_clock *now, int64_t previous_ns,
			     int64_t *real_ns)
{
	time_t today = now->real_ns / NS_PER_S;
	const char *end;
	struct tm tm;

	localtime_r(&today, &tm);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	end = parse_seconds(strptime(text, "%H:%M", &tm), &tm);
	if (!end || *end)
		return -EINVAL;
	*real_ns = mktime(&tm) * NS_PER_S;
	while (previous_ns > *real_ns && previous_ns - *real_ns < 8 * DAY_NS) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		*real_ns = mktime(&tm) * NS_PER_S;
	}
	return 0;
}

static int parse_start(const char *text, const struct plan_clock *now, int64_t previous_ns,
		       int64_t *real_ns, char *err, size_t size)
{
	int64_t ahead;

	if (!strcmp(text, "now")) {
		*real_ns = now->real_ns;
		return 0;
	}
	if (text[0] == '+') {
		if (quantity_parse(OVPP_UNIT_NS, text + 1, &ahead, err, size))
			return -EINVAL;
		*real_ns = now->real_ns + ahead;
		return 0;
	}
	if (!moment_date(text, mktime, real_ns) ||
	    !parse_time_of_day(text, now, previous_ns, real_ns))
		return 0;
	snprintf(err, size,
		 "start: '%s' is no time; write it like 2025-06-01T12:00:00Z, "
		 "12:00, +10min or now",
		 text);
	return -EINVAL;
}

/* A value of a row as text; NULL if it is absent or of another kind. */
static const char *row_text(const json_t *row, const char *key, char *buf, size_t size)
{
	const json_t *v = json_object_get(row, key);

	if (json_is_string(v))
		snprintf(buf, size, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(buf, size, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		snprintf(buf, size, "%.12g", json_real_value(v));
	else
		return NULL;
	return buf;
}

static int row_quantity(const json_t *row, const char *key, enum ovpp_unit unit, int64_t *value,
			char *err, size_t size)
{
	char text[64], why[160];

	if (!row_text(row, key, text, sizeof(text))) {
		snprintf(err, size, "'%s' is missing", key);
		return -EINVAL;
	}
	if (!quantity_parse(unit, text, value, why, sizeof(why)))
		return 0;
	snprintf(err, size, "%s: %s", key, why);
	return -EINVAL;
}

static int check_keys(const json_t *row, char *err, size_t size)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)row, key, v) {
		if (!strcmp(key, "start") || !strcmp(key, "for") || !strcmp(key, "p"))
			continue;
		snprintf(err, size, "'%s' is unknown; known are start, for, p", key);
		return -EINVAL;
	}
	return 0;
}

/*
 * When a row begins, REALTIME; INT64_MIN where it begins when the kernel takes the
 * schedule, or at the end of a row that does.
 */
static int row_start(const json_t *row, const struct plan_cursor *at, int64_t *start_ns, char *err,
		     size_t size)
{
	char text[64];

	if (row_text(row, "start", text, sizeof(text)))
		return parse_start(text, &at->now, at->start_ns, start_ns, err, size);
	*start_ns = at->end_ns;
	return 0;
}

static int row_length(const json_t *row, int64_t *ms, char *err, size_t size)
{
	int ret = row_quantity(row, "for", OVPP_UNIT_MS, ms, err, size);

	if (!ret && (*ms < 1 || *ms > LENGTH_MAX_MS)) {
		snprintf(err, size, "for: must be 1ms to 7d");
		ret = -ERANGE;
	}
	return ret;
}

/*
 * A block with its times on the kernel's clock; NULL for one that was over before
 * that clock began, and without what lies before that.
 */
static json_t *make_block(const struct plan_clock *now, int64_t start_ns, int64_t ms, int64_t p)
{
	int64_t mono = 0;

	if (start_ns != INT64_MIN) {
		mono = start_ns - now->real_ns + now->mono_ns;
		if (mono < 1) {
			ms -= (1 - mono + NS_PER_MS - 1) / NS_PER_MS;
			mono = 1;
		}
	}
	if (ms < 1)
		return NULL;
	return json_pack("{s:I, s:I, s:I}", "start_ns", (json_int_t)mono, "duration_ms",
			 (json_int_t)ms, "p_mw", (json_int_t)p);
}

struct plan_cursor plan_begin(void)
{
	struct plan_cursor at = {
		.now = plan_now(),
		.start_ns = INT64_MIN,
		.end_ns = INT64_MIN,
	};

	return at;
}

int plan_block(const json_t *row, struct plan_cursor *at, json_t **out, char *err, size_t size)
{
	int64_t p, ms, start;
	int ret;

	if (!json_is_object(row)) {
		snprintf(err, size, "it has no 'for' and 'p'");
		return -EINVAL;
	}
	ret = check_keys(row, err, size);
	if (!ret)
		ret = row_quantity(row, "p", OVPP_UNIT_MW, &p, err, size);
	if (!ret)
		ret = row_length(row, &ms, err, size);
	if (!ret)
		ret = row_start(row, at, &start, err, size);
	if (ret)
		return ret;
	at->start_ns = start;
	at->end_ns = start == INT64_MIN ? start : start + ms * NS_PER_MS;
	*out = make_block(&at->now, start, ms, p);
	return 0;
}

/* Cuts a field off a line of CSV, with its blanks and quotes. */
static char *cut_field(char **line)
{
	char *field = strsep(line, ",;"), *end;

	if (!field)
		return NULL;
	field += strspn(field, " \t\"");
	end = field + strlen(field);
	while (end > field && strchr(" \t\"\r\n", end[-1]))
		*--end = '\0';
	return field;
}

/* One row; the fields are named by the heading. */
static int add_row(json_t *rows, char *line, char **heading, size_t n)
{
	json_t *row = json_object();
	char *field;

	for (size_t i = 0; row && i < n; i++) {
		field = cut_field(&line);
		if (field && *field && json_object_set_new(row, heading[i], json_string(field))) {
			json_decref(row);
			return -EINVAL;
		}
	}
	return json_array_append_new(rows, row) ? -ENOMEM : 0;
}

static bool is_blank(const char *line)
{
	size_t n = strspn(line, " \t\r\n,;");

	return !line[n] || line[n] == '#';
}

static int read_csv(FILE *f, json_t *rows, char *err, size_t size)
{
	char *heading[COLUMN_MAX], *line = NULL, *first = NULL, *rest;
	size_t room = 0, n = 0;
	int ret = 0;

	while (!ret && getline(&line, &room, f) >= 0) {
		if (is_blank(line))
			continue;
		if (first) {
			ret = add_row(rows, line, heading, n);
			continue;
		}
		rest = first = strdup(line);
		if (!first)
			ret = -ENOMEM;
		while (n < COLUMN_MAX && rest && (heading[n] = cut_field(&rest)))
			n++;
	}
	if (!ret && ferror(f))
		ret = -EIO;
	if (ret)
		snprintf(err, size, "%s", strerror(-ret));
	free(first);
	free(line);
	return ret;
}

static int load_csv(const char *path, json_t **plan, char *err, size_t size)
{
	json_t *rows = json_array();
	FILE *f = fopen(path, "re");
	char why[160];
	int ret;

	if (!f) {
		ret = -errno;
		snprintf(err, size, "%s: %s", path, strerror(errno));
		json_decref(rows);
		return ret;
	}
	ret = read_csv(f, rows, why, sizeof(why));
	fclose(f);
	if (ret) {
		snprintf(err, size, "%s: %s", path, why);
		json_decref(rows);
		return ret;
	}
	*plan = json_pack("{s:o}", "rows", rows);
	return *plan ? 0 : -ENOMEM;
}

static int load_yaml(const char *path, json_t **plan, char *err, size_t size)
{
	json_t *file = NULL, *rows;
	const char *key;
	json_t *v;
	int ret;

	ret = ovpp_yaml_load(path, &file, err, size);
	if (ret)
		return ret;
	rows = json_is_array(file) ? file : json_object_get(file, "blocks");
	*plan = json_pack("{s:O?}", "rows", rows);
	json_object_foreach (file, key, v) {
		if (!strcmp(key, "site") || !strcmp(key, "der")) {
			json_object_set(*plan, key, v);
		} else if (strcmp(key, "blocks")) {
			snprintf(err, size,
				 "%s: '%s' is unknown; known are site, der, "
				 "blocks",
				 path, key);
			ret = -EINVAL;
		}
	}
	json_decref(file);
	if (!ret && !json_is_array(rows)) {
		snprintf(err, size, "%s: there are no 'blocks'", path);
		ret = -EINVAL;
	}
	if (ret) {
		json_decref(*plan);
		*plan = NULL;
	}
	return ret;
}

int plan_load(const char *path, json_t **plan, char *err, size_t size)
{
	size_t n = strlen(path);

	if (n > 4 && !strcmp(path + n - 4, ".csv"))
		return load_csv(path, plan, err, size);
	return load_yaml(path, plan, err, size);
}
