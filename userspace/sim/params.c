// SPDX-License-Identifier: GPL-2.0-or-later
#include "params.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int params_take_number(json_t *map, const char *key, double def, double min, double max,
		       double *out, struct sim_error *err)
{
	const json_t *value = json_object_get(map, key);

	if (!value) {
		if (isnan(def))
			return sim_fail(err, "'%s' is missing", key);
		*out = def;
		return 0;
	}
	if (!json_is_number(value))
		return sim_fail(err, "'%s' is not a number", key);
	*out = json_number_value(value);
	if (!(*out >= min && *out <= max))
		return sim_fail(err, "'%s' is %g, outside %g..%g", key, *out, min, max);
	json_object_del(map, key);
	return 0;
}

int params_take(json_t *map, const struct param *table, size_t n, void *base, struct sim_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct param *p = &table[i];
		double *out = (double *)((char *)base + p->offset);
		int ret = params_take_number(map, p->key, p->def, p->min, p->max, out, err);

		if (ret)
			return ret;
	}
	return 0;
}

int params_take_text(json_t *map, const char *key, bool need, struct params_text *out,
		     struct sim_error *err)
{
	const json_t *value = json_object_get(map, key);

	out->text[0] = '\0';
	if (!value)
		return need ? sim_fail(err, "'%s' is missing", key) : 0;
	if (!json_is_string(value))
		return sim_fail(err, "'%s' is not a text", key);
	if (json_string_length(value) > PARAMS_TEXT_MAX)
		return sim_fail(err, "'%s' is longer than %d bytes", key, PARAMS_TEXT_MAX);
	strcpy(out->text, json_string_value(value));
	json_object_del(map, key);
	return 0;
}

/* One number with its unit; moves @text behind it. */
static int parse_part(const char **text, double *out)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {
		{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400},
	};
	char *end;
	double value = strtod(*text, &end);
	size_t n;

	if (end == *text || !isfinite(value) || value < 0)
		return -EINVAL;
	end += strspn(end, " ");
	n = strcspn(end, " 0123456789.");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].unit) == n && !strncmp(end, units[i].unit, n)) {
			*out = value * units[i].seconds;
			*text = end + n + strspn(end + n, " ");
			return 0;
		}
	}
	return -EINVAL;
}

int params_parse_span(const char *text, double *out)
{
	double sum = 0, part;

	do {
		if (parse_part(&text, &part))
			return -EINVAL;
		sum += part;
	} while (*text);
	*out = sum;
	return 0;
}

int params_parse_time(const char *text, double *out)
{
	unsigned int h, m, s = 0;
	int end = -1;

	sscanf(text, "%2u:%2u%n", &h, &m, &end);
	if (end < 0)
		return -EINVAL;
	text += end;
	if (*text) {
		end = -1;
		sscanf(text, ":%2u%n", &s, &end);
		if (end < 0 || text[end])
			return -EINVAL;
	}
	if (h > 24 || m > 59 || s > 59)
		return -EINVAL;
	*out = h * 3600.0 + m * 60.0 + s;
	return 0;
}

int params_take_span(json_t *map, const char *key, double def, double *out, struct sim_error *err)
{
	struct params_text span;

	if (!json_is_string(json_object_get(map, key)))
		return params_take_number(map, key, def, 0, 1e9, out, err);
	if (params_take_text(map, key, true, &span, err))
		return -EINVAL;
	if (params_parse_span(span.text, out))
		return sim_fail(err, "'%s' is no duration like 90s, 15m or 2h", key);
	return 0;
}

int params_take_time(json_t *map, const char *key, double def, double *out, struct sim_error *err)
{
	struct params_text time;

	if (params_take_text(map, key, isnan(def), &time, err))
		return -EINVAL;
	*out = def;
	if (time.text[0] && params_parse_time(time.text, out))
		return sim_fail(err, "'%s' is no time of day like \"17:30\"", key);
	return 0;
}

int params_end(const json_t *map, struct sim_error *err)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)map, key, value)
		return sim_fail(err, "unknown key '%s'", key);
	return 0;
}
