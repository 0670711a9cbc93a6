/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters out of a scenario's mappings. Each reader takes its keys out of
 * the mapping; what is left in the end is a key that nobody knows.
 */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/**
 * struct param - a number of a scenario
 * @key: its key
 * @offset: of a double in the struct to be filled
 * @def: value when the key is absent; NAN: the key must be there
 * @min: least value
 * @max: greatest value
 */
struct param {
	const char *key;
	size_t offset;
	double def;
	double min;
	double max;
};

#define PARAM(type, field, def, min, max)                    \
	{                                                    \
#field, offsetof(type, field), def, min, max \
	}

/* Takes every number of @table from @map into the struct at @base. */
int params_take(json_t *map, const struct param *table, size_t n, void *base,
		struct sim_error *err);

/* Takes one number; see struct param. */
int params_take_number(json_t *map, const char *key, double def, double min, double max,
		       double *out, struct sim_error *err);

#define PARAMS_TEXT_MAX 63

/* A text of a scenario, at most PARAMS_TEXT_MAX bytes long. */
struct params_text {
	char text[PARAMS_TEXT_MAX + 1];
};

/* Takes a text; it is empty when the key is absent and @need is false. */
int params_take_text(json_t *map, const char *key, bool need, struct params_text *out,
		     struct sim_error *err);

/* Takes a duration ("90s", "15 min", "2h30m", a number of seconds) in seconds. */
int params_take_span(json_t *map, const char *key, double def, double *out, struct sim_error *err);

/* Takes a time of day ("17:30", "17:30:15") in seconds; @def NAN: must be. */
int params_take_time(json_t *map, const char *key, double def, double *out, struct sim_error *err);

/* Is nothing left in @map? */
int params_end(const json_t *map, struct sim_error *err);

/* The texts of the two above; 0 or -EINVAL. */
int params_parse_span(const char *text, double *out);
int params_parse_time(const char *text, double *out);

#endif /* SIM_PARAMS_H */
