/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of a configuration file to objects of the netlink family, by the spec. */
#ifndef OVPPD_CONFIG_ATTR_H
#define OVPPD_CONFIG_ATTR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "units.h"

#define CONFIG_PATH_MAX 4096
#define CONFIG_DEPTH 8

/**
 * struct config - a file being read
 * @file: its name, for errors
 * @errors: array of texts
 * @profiles: compiled profiles by name
 * @where: the place in the file, "sites[0].ders[2]"
 * @length: lengths of @where before each step down
 * @depth: number of steps
 */
struct config {
	const char *file;
	json_t *errors;
	json_t *profiles;
	char where[256];
	size_t length[CONFIG_DEPTH];
	unsigned int depth;
};

/* Goes down to a member, of a list if @index >= 0, and back up. */
void config_enter(struct config *c, const char *key, int index);
void config_leave(struct config *c);

/* Notes "FILE: WHERE.KEY: text". */
void config_error(struct config *c, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Is @value a map? If not, that is noted. */
bool config_map(struct config *c, const json_t *value);

/* @map must be a map with these keys only, NULL at the end. */
void config_keys(struct config *c, const json_t *map, const char *const *keys);

/**
 * config_quantity() - an integer in the kernel's unit
 * @c: file
 * @key: for the error
 * @value: a text with a unit, 0, or an integer
 * @unit: unit
 * @bare: an integer in the kernel's unit is allowed
 * @out: result
 *
 * Return: 0; -EINVAL with the error noted.
 */
int config_quantity(struct config *c, const char *key, const json_t *value, enum ovpp_unit unit,
		    bool bare, int64_t *out);

/* An integer from @min to @max; @otherwise, also after an error. */
int64_t config_integer(struct config *c, const json_t *map, const char *key, int64_t min,
		       int64_t max, int64_t otherwise);

/* True or false; false if it is not there, also after an error. */
bool config_boolean(struct config *c, const json_t *map, const char *key);

/**
 * config_attrs() - a map as the request of an operation
 * @c: file
 * @map: map
 * @op: name of the operation
 * @others: keys of the map that are not attributes, NULL at the end
 *
 * Return: a new object, without what is wrong.
 */
json_t *config_attrs(struct config *c, const json_t *map, const char *op,
		     const char *const *others);

/* A relative path begins at the file; a name stays. 0 or -ENAMETOOLONG. */
int config_beside(const struct config *c, const char *name, char *out, size_t size);

#endif /* OVPPD_CONFIG_ATTR_H */
