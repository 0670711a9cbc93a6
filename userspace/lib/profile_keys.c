// SPDX-License-Identifier: GPL-2.0-or-later
/* What the mappings of a profile may hold, and how it is said when they do not. */
#include "profile_yaml.h"

#include "path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ovpp_profile_wrong(const struct ovpp_profile_where *w, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(w->err, w->err_size, "%s: ", w->file);
	if (w->message)
		ovpp_text_append(w->err, w->err_size, "message '%s': ", w->message);
	if (w->signal)
		ovpp_text_append(w->err, w->err_size, "signal %zu (%s): ", w->signal,
				 w->point ?: "no point");
	ovpp_text_append(w->err, w->err_size, "%s", text);
	return -EINVAL;
}

static const char *const type_name[] = {
	[OVPP_PROFILE_TEXT] = "a text",	    [OVPP_PROFILE_INTEGER] = "an integer",
	[OVPP_PROFILE_NUMBER] = "a number", [OVPP_PROFILE_BOOLEAN] = "true or false",
	[OVPP_PROFILE_LIST] = "a list",	    [OVPP_PROFILE_OBJECT] = "a mapping",
};

static bool is_type(const json_t *v, enum ovpp_profile_type type)
{
	switch (type) {
	case OVPP_PROFILE_TEXT:
		return json_is_string(v);
	case OVPP_PROFILE_INTEGER:
		return json_is_integer(v);
	case OVPP_PROFILE_NUMBER:
		return json_is_integer(v) || json_is_string(v);
	case OVPP_PROFILE_BOOLEAN:
		return json_is_boolean(v);
	case OVPP_PROFILE_LIST:
		return json_is_array(v);
	case OVPP_PROFILE_OBJECT:
		return json_is_object(v);
	}
	return false;
}

static int unknown_key(const struct ovpp_profile_where *w, const char *name,
		       const struct ovpp_profile_key *key, unsigned int in)
{
	char known[256] = "";

	for (; key->name; key++)
		if ((key->in & in) == in)
			ovpp_text_append(known, sizeof(known), "%s%s", *known ? ", " : "",
					 key->name);
	return ovpp_profile_wrong(w, "unknown key '%s'; known are %s", name, known);
}

int ovpp_profile_keys(const struct ovpp_profile_where *w, const json_t *obj,
		      const struct ovpp_profile_key *key, unsigned int in, const char *kind)
{
	const char *name;
	json_t *v;

	if (!json_is_object(obj))
		return ovpp_profile_wrong(w, "must be a mapping");
	json_object_foreach ((json_t *)obj, name, v) {
		const struct ovpp_profile_key *k = key;

		while (k->name && strcmp(k->name, name))
			k++;
		if (!k->name)
			return unknown_key(w, name, key, in);
		if ((k->in & in) != in)
			return ovpp_profile_wrong(w, "'%s' is not for %s", name, kind);
		if (!is_type(v, k->type))
			return ovpp_profile_wrong(w, "'%s' must be %s", name, type_name[k->type]);
	}
	return 0;
}

int ovpp_profile_integer(const struct ovpp_profile_where *w, const json_t *obj, const char *key,
			 int64_t lo, int64_t hi, int64_t *value)
{
	const json_t *v = json_object_get(obj, key);

	if (!v)
		return 0;
	if (json_integer_value(v) < lo || json_integer_value(v) > hi)
		return ovpp_profile_wrong(w, "'%s' must be %lld to %lld", key, (long long)lo,
					  (long long)hi);
	*value = json_integer_value(v);
	return 1;
}
