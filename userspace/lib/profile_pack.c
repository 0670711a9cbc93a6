// SPDX-License-Identifier: GPL-2.0-or-later
/* Modbus: signals that are read alike are read together. */
#include "profile_yaml.h"

#include <core/profile.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct part - what must be read in one request
 * @signal: a value, with its scale register
 * @of: name of the message that it came from
 * @at: first register
 * @end: behind the last one
 * @order: number, in the order of the file
 */
struct part {
	json_t *signal;
	json_t *of;
	int64_t at;
	int64_t end;
	size_t order;
};

/**
 * struct packing - messages on their way
 * @names: names of the messages as they came
 * @messages: messages as they came; NULL is in place of one that is done
 * @packed_names: names of the requests
 * @packed: requests
 */
struct packing {
	const json_t *names;
	json_t *messages;
	json_t *packed_names;
	json_t *packed;
};

static int64_t integer(const json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static int set(json_t *obj, const char *key, int64_t v)
{
	return json_object_set_new(obj, key, json_integer(v)) ? -ENOMEM : 0;
}

/* Start bit of what begins with bit @bit of register or coil @at. */
static int64_t start_bit(bool coils, int64_t base, int64_t at, int64_t bit)
{
	return (coils ? 1 : 16) * (at - base) + bit;
}

static int place_signal(json_t *signal, bool coils, int64_t base)
{
	static const char *const own[] = {"register", "bit", "at", "end", "scale_register"};
	int ret;

	ret = set(signal, "start",
		  start_bit(coils, base, integer(signal, "register"), integer(signal, "bit")));
	if (!ret && json_object_get(signal, "scale_register"))
		ret = set(signal, "scale_start",
			  start_bit(coils, base, integer(signal, "scale_register"), 7));
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		json_object_del(signal, own[i]);
	return ret;
}

int ovpp_profile_place(json_t *message, int64_t base, int64_t end)
{
	uint32_t id = (uint32_t)integer(message, "id");
	bool coils = ovpp_profile_is_coils(OVPP_MODBUS_FUNCTION(id));
	json_t *signal;
	size_t i;
	int ret;

	ret = set(message, "id", id + base);
	if (!ret)
		ret = set(message, "length", coils ? (end - base + 7) / 8 : 2 * (end - base));
	json_array_foreach (json_object_get(message, "signal"), i, signal)
		if (!ret)
			ret = place_signal(signal, coils, base);
	return ret;
}

static json_t *head_of(const json_t *message)
{
	json_t *head = json_copy((json_t *)message);

	json_object_del(head, "signal");
	return head;
}

static int by_address(const void *a, const void *b)
{
	const struct part *p = a, *q = b;

	if (p->at != q->at)
		return p->at < q->at ? -1 : 1;
	return p->order < q->order ? -1 : 1;
}

static size_t count_signals(const json_t *messages)
{
	json_t *message;
	size_t i, n = 0;

	json_array_foreach (messages, i, message)
		n += json_array_size(json_object_get(message, "signal"));
	return n;
}

/* Signals of all groups like @head, which are done with it, in order of address. */
static size_t take_parts(struct packing *p, const json_t *head, struct part *part)
{
	json_t *message, *signal;
	size_t i, k, n = 0;

	json_array_foreach (p->messages, i, message) {
		json_t *other = head_of(message);

		if (json_equal(other, head)) {
			json_array_foreach (json_object_get(message, "signal"), k, signal) {
				part[n] = (struct part){
					.signal = json_incref(signal),
					.of = json_array_get(p->names, i),
					.at = integer(signal, "at"),
					.end = integer(signal, "end"),
					.order = n,
				};
				n++;
			}
			json_array_set_new(p->messages, i, json_null());
		}
		json_decref(other);
	}
	qsort(part, n, sizeof(*part), by_address);
	return n;
}

/* How many parts, from the first on, one request can read. */
static size_t fit(const json_t *head, const struct part *part, size_t n, int64_t *end)
{
	int64_t max = ovpp_profile_read_max(OVPP_MODBUS_FUNCTION(integer(head, "id")));
	int64_t hole = integer(head, "hole");
	size_t i;

	*end = part[0].end;
	for (i = 1; i < n; i++) {
		int64_t behind = part[i].end > *end ? part[i].end : *end;

		if (part[i].at - *end > hole || behind - part[0].at > max)
			break;
		*end = behind;
	}
	return i;
}

static bool named_before(const struct part *part, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (json_equal(part[k].of, part[i].of))
			return true;
	return false;
}

/* The names of the messages that the parts came from: "power+energy". */
static json_t *join_names(const struct part *part, size_t n)
{
	char text[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof(text); i++)
		if (!named_before(part, i))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? "+" : "", json_string_value(part[i].of));
	return json_string(text);
}

static int add_request(struct packing *p, const json_t *head, const struct part *part, size_t n,
		       int64_t end)
{
	json_t *message = json_copy((json_t *)head);
	json_t *list = json_array();
	int ret = 0;

	json_object_del(message, "hole");
	for (size_t i = 0; i < n; i++)
		ret |= json_array_append(list, part[i].signal);
	ret |= json_object_set_new(message, "signal", list);
	ret |= ovpp_profile_place(message, part[0].at, end);
	ret |= json_array_append_new(p->packed, message);
	ret |= json_array_append_new(p->packed_names, join_names(part, n));
	return ret ? -ENOMEM : 0;
}

/* All groups that are like the @i-th, which is the first of them. */
static int pack_group(struct packing *p, size_t i)
{
	json_t *head = head_of(json_array_get(p->messages, i));
	struct part *part = calloc(count_signals(p->messages), sizeof(*part));
	size_t n, k, at;
	int64_t end;
	int ret = 0;

	if (!part) {
		json_decref(head);
		return -ENOMEM;
	}
	n = take_parts(p, head, part);
	for (at = 0; at < n && !ret; at += k) {
		k = fit(head, part + at, n - at, &end);
		ret = add_request(p, head, part + at, k, end);
	}
	for (k = 0; k < n; k++)
		json_decref(part[k].signal);
	free(part);
	json_decref(head);
	return ret;
}

static int pack_message(struct packing *p, size_t i)
{
	json_t *message = json_array_get(p->messages, i);

	if (json_is_null(message))
		return 0;
	if (json_object_get(message, "hole"))
		return pack_group(p, i);
	if (json_array_append(p->packed, message) ||
	    json_array_append(p->packed_names, json_array_get(p->names, i)))
		return -ENOMEM;
	return 0;
}

int ovpp_profile_pack(json_t *names, json_t *messages)
{
	struct packing p = {
		.names = names,
		.messages = messages,
		.packed_names = json_array(),
		.packed = json_array(),
	};
	int ret = 0;

	for (size_t i = 0; i < json_array_size(messages) && !ret; i++)
		ret = pack_message(&p, i);
	if (!ret && (json_array_clear(messages) || json_array_extend(messages, p.packed) ||
		     json_array_clear(names) || json_array_extend(names, p.packed_names)))
		ret = -ENOMEM;
	json_decref(p.packed);
	json_decref(p.packed_names);
	return ret;
}
