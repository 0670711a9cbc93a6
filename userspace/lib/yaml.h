/* SPDX-License-Identifier: GPL-2.0-or-later */
/* YAML files as JSON values (libyaml). */
#ifndef OVPP_YAML_H
#define OVPP_YAML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * ovpp_yaml_load() - read a YAML file
 * @path: file
 * @out: set to a new value. Plain scalars become null, booleans (true, false
 *	only), integers (decimal and 0x) or reals where they look like one;
 *	quoted ones are strings. Duplicate keys are errors, and so are aliases,
 *	tags and a second document.
 * @err: room for a text "file:line:column: what is wrong", set on error
 * @err_size: its size
 *
 * Return: 0 or -errno; -EINVAL for a file that is not right.
 */
int ovpp_yaml_load(const char *path, json_t **out, char *err, size_t err_size);

/**
 * ovpp_yaml_load_exact() - read a YAML file without binary floating point
 *
 * As ovpp_yaml_load(), but what looks like a real stays a string as written.
 */
int ovpp_yaml_load_exact(const char *path, json_t **out, char *err, size_t err_size);

/**
 * ovpp_yaml_parse() - read YAML text
 * @text: text
 * @size: its size in bytes
 * @name: what error texts call it
 * @exact: as ovpp_yaml_load_exact()
 * @out: as ovpp_yaml_load()
 * @err: as ovpp_yaml_load()
 * @err_size: its size
 *
 * Return: 0; -EINVAL for a text that is not right; -ENOMEM.
 */
int ovpp_yaml_parse(const char *text, size_t size, const char *name, bool exact, json_t **out,
		    char *err, size_t err_size);

#endif /* OVPP_YAML_H */
