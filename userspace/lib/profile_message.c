// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of a profile. */
#include "profile_yaml.h"

#include <errno.h>
#include <linux/openvpp_netlink.h>
#include <stdbool.h>

enum { RX = 1, TX = 2, BOTH = RX | TX };

#define ID_MAX 0x1fffffff
#define PGN_MAX 0x3ffff
/* Below it, the lower byte of a PGN is the address that it is sent to. */
#define PGN_BROADCAST 0xf000
#define PRIORITY_DEFAULT 6
/* Addresses above it are "none" and "all". */
#define ADDRESS_MAX 253
#define MS_MAX 3600000

static const struct ovpp_profile_key message_key[] = {
	{"name", OVPP_PROFILE_TEXT, BOTH},
	{"id", OVPP_PROFILE_INTEGER, BOTH},
	{"ext", OVPP_PROFILE_BOOLEAN, BOTH},
	{"pgn", OVPP_PROFILE_INTEGER, BOTH},
	{"priority", OVPP_PROFILE_INTEGER, TX},
	{"source", OVPP_PROFILE_INTEGER, TX},
	{"stride", OVPP_PROFILE_INTEGER, BOTH},
	{"fd", OVPP_PROFILE_BOOLEAN, BOTH},
	{"brs", OVPP_PROFILE_BOOLEAN, TX},
	{"length", OVPP_PROFILE_INTEGER, BOTH},
	{"timeout_ms", OVPP_PROFILE_INTEGER, RX},
	{"trigger", OVPP_PROFILE_BOOLEAN, RX},
	{"optional", OVPP_PROFILE_BOOLEAN, RX},
	{"tx", OVPP_PROFILE_BOOLEAN, BOTH},
	{"period_ms", OVPP_PROFILE_INTEGER, TX},
	{"gap_ms", OVPP_PROFILE_INTEGER, TX},
	{"fill", OVPP_PROFILE_INTEGER, TX},
	{"signals", OVPP_PROFILE_LIST, BOTH},
	{NULL, 0, 0},
};

static bool is_true(const json_t *yaml, const char *key)
{
	return json_is_true(json_object_get(yaml, key));
}

static int put(json_t *out, const char *key, int64_t v)
{
	return json_object_set_new(out, key, json_integer(v)) ? -ENOMEM : 0;
}

/*
 * J1939: an identifier of priority, PGN and source address. What is received is
 * compared with the node as source; what is sent to one address has the node in
 * the lower byte of the PGN.
 */
static int put_pgn(const struct ovpp_profile_where *w, const json_t *yaml, json_t *out)
{
	int64_t pgn = 0, priority = PRIORITY_DEFAULT, source = 0;
	bool addressed, tx = is_true(yaml, "tx");
	int ret;

	if (json_object_get(yaml, "id") || json_object_get(yaml, "ext") ||
	    json_object_get(yaml, "stride"))
		return ovpp_profile_wrong(w, "'pgn' stands instead of 'id', 'ext' and 'stride'");
	ret = ovpp_profile_integer(w, yaml, "pgn", 0, PGN_MAX, &pgn);
	if (ret > 0)
		ret = ovpp_profile_integer(w, yaml, "priority", 0, 7, &priority);
	if (ret >= 0)
		ret = ovpp_profile_integer(w, yaml, "source", 0, ADDRESS_MAX, &source);
	if (ret < 0)
		return ret;
	if (tx && !ret)
		return ovpp_profile_wrong(w, "'source' is required");
	addressed = (pgn & 0xffff) < PGN_BROADCAST;
	if (addressed && pgn & 0xff)
		return ovpp_profile_wrong(w, "'pgn': an addressed one ends in 00");
	ret = put(out, "id", priority << 26 | pgn << 8 | source);
	return !ret && tx && addressed ? put(out, "stride", 0x100) : ret;
}

static int put_id(const struct ovpp_profile_where *w, const json_t *yaml, json_t *out)
{
	int64_t id, stride;
	int ret;

	if (json_object_get(yaml, "pgn"))
		return put_pgn(w, yaml, out);
	if (json_object_get(yaml, "priority") || json_object_get(yaml, "source"))
		return ovpp_profile_wrong(w, "'priority' and 'source' are for 'pgn' only");
	ret = ovpp_profile_integer(w, yaml, "id", 0, ID_MAX, &id);
	if (!ret)
		return ovpp_profile_wrong(w, "'id' or 'pgn' is required");
	if (ret > 0)
		ret = put(out, "id", id);
	if (!ret)
		ret = ovpp_profile_integer(w, yaml, "stride", 0, ID_MAX, &stride);
	return ret > 0 ? put(out, "stride", stride) : ret;
}

static int put_flags(const json_t *yaml, json_t *out)
{
	static const char *const flag[] = {"tx", "ext", "fd", "brs", "trigger", "optional"};
	json_t *list = json_array();
	int ret = 0;

	for (size_t i = 0; i < sizeof(flag) / sizeof(flag[0]); i++)
		if (is_true(yaml, flag[i]))
			ret |= json_array_append_new(list, json_string(flag[i]));
	if (json_object_get(yaml, "pgn")) {
		ret |= json_array_append_new(list, json_string("ext"));
		ret |= json_array_append_new(list, json_string("pgn"));
	}
	ret |= json_object_set_new(out, "flags", list);
	return ret ? -ENOMEM : 0;
}

static int put_times(const struct ovpp_profile_where *w, const json_t *yaml, json_t *out)
{
	static const char *const key[] = {"timeout_ms", "period_ms", "gap_ms"};
	int64_t v;
	int ret;

	if (!is_true(yaml, "tx") && !is_true(yaml, "optional") &&
	    !json_object_get(yaml, "timeout_ms"))
		return ovpp_profile_wrong(w, "'timeout_ms' is required");
	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		ret = ovpp_profile_integer(w, yaml, key[i], 0, MS_MAX, &v);
		if (ret > 0)
			ret = put(out, key[i], v);
		if (ret < 0)
			return ret;
	}
	ret = ovpp_profile_integer(w, yaml, "fill", 0, 255, &v);
	return ret > 0 ? put(out, "fill", v) : ret;
}

static int put_signals(struct ovpp_profile_where *w, const json_t *yaml, json_t *out)
{
	json_t *list = json_array();
	json_t *signal, *obj;
	size_t i;
	int ret = 0;

	if (json_object_set_new(out, "signal", list))
		return -ENOMEM;
	json_array_foreach (json_object_get(yaml, "signals"), i, signal) {
		w->signal = i + 1;
		w->point = is_true(signal, "mux")
				   ? "multiplexer"
				   : json_string_value(json_object_get(signal, "point"));
		ret = ovpp_profile_signal(w, signal, &obj);
		if (!ret && json_array_append_new(list, obj))
			ret = -ENOMEM;
		if (ret)
			break;
	}
	w->signal = 0;
	return ret;
}

/* Bytes up to the last bit of a signal. */
static int64_t signal_end(const json_t *yaml)
{
	int64_t start = json_integer_value(json_object_get(yaml, "start"));
	int64_t length = json_integer_value(json_object_get(yaml, "length"));
	const char *order = json_string_value(json_object_get(yaml, "order"));

	/* Motorola: down to bit 0 of its first byte, then from 7 on. */
	if (order && order[0] == 'b')
		start = start / 8 * 8 + 7 - start % 8;
	return (start + length + 7) / 8;
}

static int64_t fd_length(int64_t bytes)
{
	static const int64_t step[] = {8, 12, 16, 20, 24, 32, 48, 64};

	if (bytes <= 8)
		return bytes;
	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++)
		if (bytes <= step[i])
			return step[i];
	return bytes;
}

static int put_length(const struct ovpp_profile_where *w, const json_t *yaml, json_t *out)
{
	int64_t length = 0;
	json_t *signal;
	size_t i;
	int ret;

	ret = ovpp_profile_integer(w, yaml, "length", 0, 64, &length);
	if (ret < 0)
		return ret;
	if (!ret) {
		json_array_foreach (json_object_get(yaml, "signals"), i, signal)
			if (signal_end(signal) > length)
				length = signal_end(signal);
		if (is_true(yaml, "fd"))
			length = fd_length(length);
	}
	/* A signal far out may lie beyond what a frame holds. */
	if (length > 64)
		return ovpp_profile_wrong(w, "a signal lies beyond 64 bytes");
	return put(out, "length", length);
}

int ovpp_profile_message(struct ovpp_profile_where *w, const json_t *yaml, json_t **out)
{
	bool tx = is_true(yaml, "tx");
	json_t *obj = json_object();
	int ret;

	w->message = json_string_value(json_object_get(yaml, "name"));
	if (!w->message || !*w->message)
		ret = ovpp_profile_wrong(w, "a message has no 'name'");
	else
		ret = ovpp_profile_keys(w, yaml, message_key, tx ? TX : RX,
					tx ? "sent messages" : "received messages");
	if (!ret)
		ret = put_id(w, yaml, obj);
	if (!ret)
		ret = put_flags(yaml, obj);
	if (!ret)
		ret = put_times(w, yaml, obj);
	if (!ret)
		ret = put_signals(w, yaml, obj);
	if (!ret)
		ret = put_length(w, yaml, obj);
	w->message = NULL;
	if (ret)
		json_decref(obj);
	else
		*out = obj;
	return ret;
}
