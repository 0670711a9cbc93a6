/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of a profile: the YAML of docs/profiles.md -> netlink's objects. */
#ifndef OVPP_PROFILE_YAML_H
#define OVPP_PROFILE_YAML_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct ovpp_profile_where - what an error text names
 * @file: file
 * @message: name of the message, or NULL
 * @signal: number of the signal in it from 1 on, or 0
 * @point: its point, or NULL
 * @err: room for the text
 * @err_size: its size
 */
struct ovpp_profile_where {
	const char *file;
	const char *message;
	size_t signal;
	const char *point;
	char *err;
	size_t err_size;
};

/* -EINVAL with the text "file: message 'x': signal 1 (p): what is wrong". */
int ovpp_profile_wrong(const struct ovpp_profile_where *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

enum ovpp_profile_type {
	OVPP_PROFILE_TEXT,
	OVPP_PROFILE_INTEGER,
	OVPP_PROFILE_NUMBER, /* an integer, or the text of an exact number */
	OVPP_PROFILE_BOOLEAN,
	OVPP_PROFILE_LIST,
	OVPP_PROFILE_OBJECT,
};

/* A key that a mapping may have, and in which of several kinds of it. */
struct ovpp_profile_key {
	const char *name;
	enum ovpp_profile_type type;
	unsigned int in;
};

/**
 * ovpp_profile_keys() - are all keys known and of the right type?
 * @w: where
 * @obj: mapping
 * @key: known keys, ended by one without name
 * @in: kinds that @obj is of: all bits of it must be in a key's @in
 * @kind: what to call it in an error text, "received messages"
 *
 * Return: 0 or -EINVAL.
 */
int ovpp_profile_keys(const struct ovpp_profile_where *w, const json_t *obj,
		      const struct ovpp_profile_key *key, unsigned int in, const char *kind);

/**
 * ovpp_profile_integer() - an integer within bounds
 * @w: where
 * @obj: mapping
 * @key: its key
 * @lo: least
 * @hi: greatest
 * @value: result; not touched where the key is absent
 *
 * Return: 1; 0 where the key is absent; -EINVAL.
 */
int ovpp_profile_integer(const struct ovpp_profile_where *w, const json_t *obj, const char *key,
			 int64_t lo, int64_t hi, int64_t *value);

/**
 * ovpp_profile_signal() - one signal
 * @w: where
 * @yaml: its mapping
 * @out: set to a new object for the attribute set "signal"
 *
 * Return: 0 or -errno.
 */
int ovpp_profile_signal(const struct ovpp_profile_where *w, const json_t *yaml, json_t **out);

/* Likewise a message, with @w->message set to its name; @w names the file. */
int ovpp_profile_message(struct ovpp_profile_where *w, const json_t *yaml, json_t **out);

/* May the point be given in this unit? */
bool ovpp_profile_unit_known(unsigned int point, const char *unit);

#endif /* OVPP_PROFILE_YAML_H */
