// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of a Modbus profile: requests, and groups that become requests. */
#include "profile_yaml.h"

#include <core/modbus.h>
#include <core/profile.h>
#include <errno.h>
#include <string.h>

enum { READ = 1, WRITE = 2, BOTH = READ | WRITE };

#define MS_MAX 3600000
#define ADDRESS_MAX 65535
#define HOLE_DEFAULT 8

static const struct ovpp_profile_key message_key[] = {
	{"name", OVPP_PROFILE_TEXT, BOTH},
	{"read", OVPP_PROFILE_TEXT, READ},
	{"write", OVPP_PROFILE_TEXT, WRITE},
	{"period_ms", OVPP_PROFILE_INTEGER, BOTH},
	{"timeout_ms", OVPP_PROFILE_INTEGER, READ},
	{"trigger", OVPP_PROFILE_BOOLEAN, READ},
	{"optional", OVPP_PROFILE_BOOLEAN, READ},
	{"address", OVPP_PROFILE_INTEGER, READ},
	{"count", OVPP_PROFILE_INTEGER, READ},
	{"hole", OVPP_PROFILE_INTEGER, READ},
	{"gap_ms", OVPP_PROFILE_INTEGER, WRITE},
	{"signals", OVPP_PROFILE_LIST, BOTH},
	{NULL, 0, 0},
};

static const struct {
	const char *name;
	unsigned int in;
	int64_t function;
} functions[] = {
	{"coils", READ, OVPP_MODBUS_READ_COILS},
	{"discrete", READ, OVPP_MODBUS_READ_INPUTS},
	{"holding", READ, OVPP_MODBUS_READ_HOLDING},
	{"input", READ, OVPP_MODBUS_READ_INPUT_REGISTERS},
	{"exchange", READ, OVPP_MODBUS_READ_WRITE},
	{"coil", WRITE, OVPP_MODBUS_WRITE_COIL},
	{"register", WRITE, OVPP_MODBUS_WRITE_REGISTER},
	{"coils", WRITE, OVPP_MODBUS_WRITE_COILS},
	{"registers", WRITE, OVPP_MODBUS_WRITE_REGISTERS},
	{"mask", WRITE, OVPP_MODBUS_MASK_WRITE},
	{"exchange", WRITE, OVPP_MODBUS_READ_WRITE},
};

bool ovpp_profile_is_coils(int64_t function)
{
	return function == OVPP_MODBUS_READ_COILS || function == OVPP_MODBUS_READ_INPUTS ||
	       function == OVPP_MODBUS_WRITE_COIL || function == OVPP_MODBUS_WRITE_COILS;
}

int64_t ovpp_profile_read_max(int64_t function)
{
	return ovpp_profile_is_coils(function) ? OVPP_MODBUS_READ_BITS_MAX : OVPP_MODBUS_READ_MAX;
}

/**
 * struct request - a message on its way
 * @w: where
 * @yaml: its mapping
 * @out: object being filled
 * @in: READ or WRITE
 * @function: function code
 */
struct request {
	struct ovpp_profile_where *w;
	const json_t *yaml;
	json_t *out;
	unsigned int in;
	int64_t function;
};

static bool has(const struct request *r, const char *key)
{
	return json_object_get(r->yaml, key);
}

static bool is_true(const struct request *r, const char *key)
{
	return json_is_true(json_object_get(r->yaml, key));
}

static int put(struct request *r, const char *key, int64_t v)
{
	return json_object_set_new(r->out, key, json_integer(v)) ? -ENOMEM : 0;
}

static int put_function(struct request *r)
{
	const char *key = r->in == READ ? "read" : "write";
	const char *name = json_string_value(json_object_get(r->yaml, key));

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].in == r->in && !strcmp(functions[i].name, name))
			r->function = functions[i].function;
	if (!r->function && r->in == READ)
		return ovpp_profile_wrong(r->w, "'read' must be coils, discrete, holding, input or "
						"exchange");
	if (!r->function)
		return ovpp_profile_wrong(r->w, "'write' must be coil, register, coils, registers, "
						"mask or exchange");
	return put(r, "id", OVPP_MODBUS_ID(r->function, 0, 0));
}

static int put_flags(struct request *r)
{
	static const char *const flag[] = {"trigger", "optional"};
	json_t *list = json_array();
	int ret = 0;

	if (r->in == WRITE)
		ret |= json_array_append_new(list, json_string("tx"));
	for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
		if (is_true(r, flag[i]))
			ret |= json_array_append_new(list, json_string(flag[i]));
	ret |= json_object_set_new(r->out, "flags", list);
	return ret ? -ENOMEM : 0;
}

static int put_times(struct request *r)
{
	static const char *const key[] = {"timeout_ms", "period_ms", "gap_ms"};
	int64_t v;
	int ret;

	if (r->in == READ && !has(r, "period_ms"))
		return ovpp_profile_wrong(r->w, "'period_ms' is required");
	if (r->in == READ && !is_true(r, "optional") && !has(r, "timeout_ms"))
		return ovpp_profile_wrong(r->w, "'timeout_ms' is required");
	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		ret = ovpp_profile_integer(r->w, r->yaml, key[i], 0, MS_MAX, &v);
		if (ret > 0)
			ret = put(r, key[i], v);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int put_signals(struct request *r)
{
	json_t *list = json_array();
	json_t *signal, *obj;
	size_t i;
	int ret = 0;

	if (json_object_set_new(r->out, "signal", list))
		return -ENOMEM;
	json_array_foreach (json_object_get(r->yaml, "signals"), i, signal) {
		r->w->signal = i + 1;
		r->w->point = json_object_get(signal, "const")
				      ? "constant"
				      : json_string_value(json_object_get(signal, "point"));
		ret = ovpp_profile_register(r->w, signal, ovpp_profile_is_coils(r->function), &obj);
		if (!ret && json_array_append_new(list, obj))
			ret = -ENOMEM;
		if (ret)
			break;
	}
	r->w->signal = 0;
	return ret;
}

/* The registers of all signals. */
static void find_extent(const struct request *r, int64_t *at, int64_t *end)
{
	json_t *signal;
	size_t i;

	*at = ADDRESS_MAX + 1;
	*end = 0;
	json_array_foreach (json_object_get(r->out, "signal"), i, signal) {
		int64_t first = json_integer_value(json_object_get(signal, "at"));
		int64_t behind = json_integer_value(json_object_get(signal, "end"));

		if (first < *at)
			*at = first;
		if (behind > *end)
			*end = behind;
	}
}

/* Exactly the request that the message names. */
static int place_exactly(struct request *r, int64_t address)
{
	int64_t at, end, count = 0;
	int ret;

	if (ovpp_profile_is_coils(r->function))
		return ovpp_profile_wrong(r->w, "'address' and 'count' are for registers");
	ret = ovpp_profile_integer(r->w, r->yaml, "count", 1, OVPP_MODBUS_READ_MAX, &count);
	if (ret < 0)
		return ret;
	if (!ret || has(r, "hole"))
		return ovpp_profile_wrong(r->w, "'address' stands with 'count' and without 'hole'");
	find_extent(r, &at, &end);
	if (at < address || end > address + count)
		return ovpp_profile_wrong(r->w, "a signal lies outside registers %lld to %lld",
					  (long long)address, (long long)(address + count - 1));
	return ovpp_profile_place(r->out, address, address + count);
}

/* One request with all signals. */
static int place_together(struct request *r)
{
	int64_t at, end;

	if (has(r, "hole"))
		return ovpp_profile_wrong(r->w, "'hole' is not for an exchange");
	find_extent(r, &at, &end);
	if (end - at > ovpp_profile_read_max(r->function))
		return ovpp_profile_wrong(r->w,
					  "addresses %lld to %lld are more than one request "
					  "can have",
					  (long long)at, (long long)end - 1);
	return ovpp_profile_place(r->out, at, end);
}

static int put_place(struct request *r)
{
	int64_t address, hole = HOLE_DEFAULT;
	int ret;

	ret = ovpp_profile_integer(r->w, r->yaml, "address", 0, ADDRESS_MAX, &address);
	if (ret > 0)
		return place_exactly(r, address);
	if (ret < 0)
		return ret;
	if (has(r, "count"))
		return ovpp_profile_wrong(r->w, "'count' stands with 'address'");
	if (!json_array_size(json_object_get(r->out, "signal")))
		return ovpp_profile_wrong(
			r->w, r->in == READ ? "'signals', or 'address' and 'count', are "
					      "required"
					    : "'signals' are required");
	if (r->in == WRITE || r->function == OVPP_MODBUS_READ_WRITE)
		return place_together(r);
	ret = ovpp_profile_integer(r->w, r->yaml, "hole", 0, OVPP_MODBUS_READ_BITS_MAX, &hole);
	return ret < 0 ? ret : put(r, "hole", hole);
}

static int check_keys(const struct request *r)
{
	if (!json_is_object(r->yaml))
		return ovpp_profile_wrong(r->w, "must be a mapping");
	if (!r->w->message || !*r->w->message)
		return ovpp_profile_wrong(r->w, "a message has no 'name'");
	if (has(r, "read") == has(r, "write"))
		return ovpp_profile_wrong(r->w, "either 'read' or 'write' is required");
	return ovpp_profile_keys(r->w, r->yaml, message_key, r->in,
				 r->in == READ ? "reads" : "writes");
}

int ovpp_profile_request(struct ovpp_profile_where *w, const json_t *yaml, json_t **out)
{
	struct request r = {
		.w = w,
		.yaml = yaml,
		.out = json_object(),
		.in = json_object_get(yaml, "write") ? WRITE : READ,
	};
	int ret;

	w->message = json_string_value(json_object_get(yaml, "name"));
	ret = check_keys(&r);
	if (!ret)
		ret = put_function(&r);
	if (!ret)
		ret = put_flags(&r);
	if (!ret)
		ret = put_times(&r);
	if (!ret)
		ret = put_signals(&r);
	if (!ret)
		ret = put_place(&r);
	w->message = NULL;
	if (ret)
		json_decref(r.out);
	else
		*out = r.out;
	return ret;
}
