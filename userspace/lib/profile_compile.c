// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_compile.h"

#include "json_attr.h"
#include "path.h"
#include "profile.h"
#include "spec.h"

#include <core/profile.h>
#include <errno.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Greater than any profile within the limits. */
#define OBJECT_MAX (128 * 1024)
#define MS_MAX 3600000
#define SPACING_MAX 60000
#define RESPONSE_MAX 10000
#define START_MAX (8 * OVPP_PAYLOAD_MAX - 1)

/**
 * struct build - a profile on its way to C
 * @prof: profile with room for everything
 * @names: names of its messages, or NULL
 * @message: index of the message at hand, or -1
 * @signal: index of the signal at hand in the message, or -1
 * @err: room for an error text
 * @err_size: its size
 */
struct build {
	struct ovpp_profile *prof;
	const json_t *names;
	int message;
	int signal;
	char *err;
	size_t err_size;
};

static void append_message(struct build *b)
{
	const char *name = json_string_value(json_array_get(b->names, (size_t)b->message));
	uint32_t id = b->prof->message[b->message].id;

	if (name)
		ovpp_text_append(b->err, b->err_size, "message '%s' (0x%x)", name, id);
	else
		ovpp_text_append(b->err, b->err_size, "message 0x%x", id);
}

static void append_signal(struct build *b)
{
	const struct ovpp_message *m = &b->prof->message[b->message];
	const struct ovpp_signal *s = &b->prof->signal[m->signal + b->signal];
	const char *point = ovpp_enum_name("point", s->point);

	ovpp_text_append(b->err, b->err_size, ", signal %d (%s)", b->signal + 1,
			 s->flags & OVPP_SIGNAL_MUX	? "multiplexer"
			 : s->flags & OVPP_SIGNAL_CONST ? "constant"
							: point ?: "?");
}

/* -EINVAL with the text "message 'soc' (0x355), signal 1 (soh): text". */
static int wrong(struct build *b, const char *text)
{
	b->err[0] = '\0';
	if (b->message >= 0)
		append_message(b);
	if (b->message >= 0 && b->signal >= 0)
		append_signal(b);
	ovpp_text_append(b->err, b->err_size, "%s%s", *b->err ? ": " : "", text);
	return -EINVAL;
}

static int64_t integer(const json_t *obj, const char *key, int64_t absent)
{
	const json_t *v = json_object_get(obj, key);

	return v ? json_integer_value(v) : absent;
}

/* Names were checked before: one that is absent has the value 0. */
static unsigned int name_value(const char *enum_name, const json_t *name)
{
	int v = ovpp_spec_value(ovpp_spec_enum(enum_name), json_string_value(name));

	return v > 0 ? (unsigned int)v : 0;
}

static unsigned int flags(const json_t *obj, const char *enum_name)
{
	unsigned int bits = 0;
	json_t *name;
	size_t i;

	json_array_foreach (json_object_get(obj, "flags"), i, name)
		bits |= 1U << name_value(enum_name, name);
	return bits;
}

/* The limits that the kernel's netlink policy has. */
static int check_signal(struct build *b, const json_t *obj)
{
	int64_t start = integer(obj, "start", 0);
	int64_t length = integer(obj, "length", 0);

	if (start > START_MAX || integer(obj, "scale_start", 0) > START_MAX)
		return wrong(b, "start must be 0 to 1999");
	if (length < 1 || length > 64)
		return wrong(b, "length must be 1 to 64");
	if (integer(obj, "den", 1) < 1)
		return wrong(b, "den must be at least 1");
	return 0;
}

static void build_maps(struct build *b, struct ovpp_signal *s, const json_t *list)
{
	json_t *entry;
	size_t i;

	s->map = b->prof->n_maps;
	s->maps = (uint16_t)json_array_size(list);
	json_array_foreach (list, i, entry)
		b->prof->map[b->prof->n_maps++] = (struct ovpp_map){
			.raw = (uint64_t)integer(entry, "raw", 0),
			.value = integer(entry, "value", 0),
		};
}

static int build_signal(struct build *b, const json_t *obj)
{
	struct ovpp_signal *s = &b->prof->signal[b->prof->n_signals++];

	s->point = (uint8_t)name_value("point", json_object_get(obj, "point"));
	s->flags = (uint16_t)flags(obj, "signal-flags");
	s->start = (uint16_t)integer(obj, "start", 0);
	s->scale_start = (uint16_t)integer(obj, "scale_start", 0);
	s->length = (uint8_t)integer(obj, "length", 0);
	s->num = integer(obj, "num", 1);
	s->den = (uint32_t)integer(obj, "den", 1);
	s->offset = integer(obj, "offset", 0);
	s->raw_min = integer(obj, "raw_min", INT64_MIN);
	s->raw_max = integer(obj, "raw_max", INT64_MAX);
	s->mux_value = (uint64_t)integer(obj, "mux_value", 0);
	build_maps(b, s, json_object_get(obj, "map"));
	return check_signal(b, obj);
}

static int check_message(struct build *b, const json_t *obj)
{
	if (integer(obj, "id", 0) > 0x1fffffff)
		return wrong(b, "id must be at most 0x1fffffff");
	if (integer(obj, "stride", 0) > 0x1fffffff)
		return wrong(b, "stride must be at most 0x1fffffff");
	if (integer(obj, "length", 0) > OVPP_PAYLOAD_MAX)
		return wrong(b, "length must be at most 250");
	if (integer(obj, "timeout_ms", 0) > MS_MAX || integer(obj, "period_ms", 0) > MS_MAX ||
	    integer(obj, "gap_ms", 0) > MS_MAX)
		return wrong(b, "times must be at most 3600000 ms");
	return 0;
}

static int build_message(struct build *b, const json_t *obj)
{
	struct ovpp_message *m = &b->prof->message[b->prof->n_messages++];
	json_t *signal;
	size_t i;
	int ret;

	m->id = (uint32_t)integer(obj, "id", 0);
	m->stride = (uint32_t)integer(obj, "stride", 0);
	m->timeout_ms = (uint32_t)integer(obj, "timeout_ms", 0);
	m->period_ms = (uint32_t)integer(obj, "period_ms", 0);
	m->gap_ms = (uint32_t)integer(obj, "gap_ms", 0);
	m->flags = (uint8_t)flags(obj, "message-flags");
	m->length = (uint8_t)integer(obj, "length", 0);
	m->fill = (uint8_t)integer(obj, "fill", 0);
	m->signal = b->prof->n_signals;
	m->signals = (uint16_t)json_array_size(json_object_get(obj, "signal"));
	ret = check_message(b, obj);
	json_array_foreach (json_object_get(obj, "signal"), i, signal) {
		if (ret)
			break;
		b->signal = (int)i;
		ret = build_signal(b, signal);
	}
	return ret;
}

static int build_bus(struct build *b, const json_t *obj)
{
	struct ovpp_profile *prof = b->prof;
	int64_t response = 0;

	prof->bus = name_value("bus-type", json_object_get(obj, "bus"));
	if (prof->bus == OVPP_BUS_MODBUS)
		response = OVPP_MODBUS_RESPONSE_MS;
	prof->spacing_ms = (uint32_t)integer(obj, "spacing_ms", 0);
	prof->response_ms = (uint32_t)integer(obj, "response_ms", response);
	if (integer(obj, "spacing_ms", 0) > SPACING_MAX ||
	    integer(obj, "response_ms", 0) > RESPONSE_MAX)
		return wrong(b, "spacing must be at most 60000 ms, response 10000 ms");
	return 0;
}

static int build_profile(struct build *b, const json_t *obj)
{
	struct ovpp_profile_error e = {-1, -1, "not a profile"};
	const char *name = json_string_value(json_object_get(obj, "name"));
	json_t *message;
	size_t i;
	int ret;

	if (!name || !*name)
		return wrong(b, "it has no name");
	if (strlen(name) > OPENVPP_NAME_MAX)
		return wrong(b, "name is longer than 31 characters");
	memcpy(b->prof->name, name, strlen(name) + 1);
	b->prof->version = (uint32_t)integer(obj, "version", 0);
	b->prof->kind = name_value("der-kind", json_object_get(obj, "kind"));
	ret = build_bus(b, obj);
	if (ret)
		return ret;
	json_array_foreach (json_object_get(obj, "message"), i, message) {
		b->message = (int)i;
		b->signal = -1;
		ret = build_message(b, message);
		if (ret)
			return ret;
	}
	ret = ovpp_profile_check(b->prof, &e);
	if (!ret)
		return 0;
	b->message = e.message;
	b->signal = e.signal;
	wrong(b, e.text);
	return ret;
}

/* Right types and known names throughout: what the kernel would find too. */
static int check_types(const json_t *obj, char *err, size_t err_size)
{
	const struct ovpp_spec_op *op = ovpp_spec_op("profile-new");
	struct nl_msg *msg = nlmsg_alloc_size(OBJECT_MAX);
	int ret;

	if (!msg) {
		snprintf(err, err_size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	ret = ovpp_attr_put(msg, op->set, NULL, obj, err, err_size);
	nlmsg_free(msg);
	return ret;
}

struct counts {
	size_t messages;
	size_t signals;
	size_t maps;
};

static struct counts count(const json_t *obj)
{
	const json_t *messages = json_object_get(obj, "message");
	struct counts n = {.messages = json_array_size(messages)};
	json_t *message, *signal;
	size_t i, j;

	json_array_foreach (messages, i, message) {
		const json_t *signals = json_object_get(message, "signal");

		n.signals += json_array_size(signals);
		json_array_foreach (signals, j, signal)
			n.maps += json_array_size(json_object_get(signal, "map"));
	}
	return n;
}

/* The tables stand behind the profile in one piece of memory. */
static struct ovpp_profile *allocate(const struct counts *n)
{
	struct ovpp_profile *prof;
	struct ovpp_message *message;
	struct ovpp_signal *signal;

	prof = calloc(1, sizeof(*prof) + n->maps * sizeof(struct ovpp_map) +
				 n->signals * sizeof(struct ovpp_signal) +
				 n->messages * sizeof(struct ovpp_message));
	if (!prof)
		return NULL;
	prof->map = (struct ovpp_map *)(prof + 1);
	signal = (struct ovpp_signal *)(prof->map + n->maps);
	message = (struct ovpp_message *)(signal + n->signals);
	prof->signal = signal;
	prof->message = message;
	return prof;
}

int ovpp_profile_compile_named(const json_t *obj, const json_t *names, struct ovpp_profile **out,
			       char *err, size_t err_size)
{
	struct build b = {
		.names = names,
		.message = -1,
		.signal = -1,
		.err = err,
		.err_size = err_size,
	};
	struct counts n;
	int ret;

	ret = check_types(obj, err, err_size);
	if (ret)
		return ret;
	n = count(obj);
	if (n.messages > OPENVPP_MESSAGE_MAX || n.signals > OPENVPP_SIGNAL_MAX ||
	    n.maps > OPENVPP_MAP_MAX) {
		snprintf(err, err_size, "more than %d messages, %d signals or %d map entries",
			 OPENVPP_MESSAGE_MAX, OPENVPP_SIGNAL_MAX, OPENVPP_MAP_MAX);
		return -E2BIG;
	}
	b.prof = allocate(&n);
	if (!b.prof) {
		snprintf(err, err_size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	ret = build_profile(&b, obj);
	if (ret)
		ovpp_profile_free(b.prof);
	else
		*out = b.prof;
	return ret;
}

int ovpp_profile_compile(const json_t *obj, struct ovpp_profile **out, char *err, size_t err_size)
{
	return ovpp_profile_compile_named(obj, NULL, out, err, err_size);
}

void ovpp_profile_free(struct ovpp_profile *prof)
{
	free(prof);
}
