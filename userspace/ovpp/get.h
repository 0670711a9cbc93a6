/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of objects. */
#ifndef OVPP_GET_H
#define OVPP_GET_H

#include <jansson.h>

/* An integer; 0 if it is not there. */
static inline json_int_t get_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* A text; NULL if it is not there. */
static inline const char *get_str(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

#endif /* OVPP_GET_H */
