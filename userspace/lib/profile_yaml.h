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

/**
 * ovpp_profile_meaning() - what the bits of a signal mean
 * @w: where
 * @yaml: its mapping
 * @out: object that has its length; point, scale, range and map are added
 *
 * Return: 0 or -errno.
 */
int ovpp_profile_meaning(const struct ovpp_profile_where *w, const json_t *yaml, json_t *out);

/* Likewise a message, with @w->message set to its name; @w names the file. */
int ovpp_profile_message(struct ovpp_profile_where *w, const json_t *yaml, json_t **out);

/*
 * Modbus. A signal and its message know the addresses of their registers or coils;
 * where that is in a payload is known when it is known which request reads them.
 * Until then they have keys of their own:
 *
 *	signal	"register", "bit": its first one, and its start bit in it
 *		"at", "end": registers from ... to before ... that must be in the
 *		request, "scale_register" among them
 *	message	"hole": it is a group, to be packed
 */

/**
 * ovpp_profile_register() - one signal of a Modbus message
 * @w: where
 * @yaml: its mapping
 * @coils: the message is one of coils, not of registers
 * @out: set to a new object
 *
 * Return: 0 or -errno.
 */
int ovpp_profile_register(const struct ovpp_profile_where *w, const json_t *yaml, bool coils,
			  json_t **out);

/* A message of a Modbus profile, with @w->message set to its name; @w names the file. */
int ovpp_profile_request(struct ovpp_profile_where *w, const json_t *yaml, json_t **out);

/* Does a function code have coils, not registers? */
bool ovpp_profile_is_coils(int64_t function);

/* Greatest number of registers or coils that one request reads. */
int64_t ovpp_profile_read_max(int64_t function);

/**
 * ovpp_profile_place() - signals to their place in a request
 * @message: message; its id gets the address, it gets its length
 * @base: first register or coil
 * @end: behind the last one
 *
 * Return: 0 or -ENOMEM.
 */
int ovpp_profile_place(json_t *message, int64_t base, int64_t end);

/**
 * ovpp_profile_pack() - groups to as few requests as possible
 * @names: names of the messages; those of several that were packed together are
 *	joined by "+"
 * @messages: messages; groups that are alike but for their signals are one
 *
 * Return: 0 or -ENOMEM.
 */
int ovpp_profile_pack(json_t *names, json_t *messages);

/* May the point be given in this unit? */
bool ovpp_profile_unit_known(unsigned int point, const char *unit);

#endif /* OVPP_PROFILE_YAML_H */
