// SPDX-License-Identifier: GPL-2.0-or-later
#include "event.h"
#include "get.h"
#include "modbus_text.h"
#include "show.h"

#include "core/profile.h"
#include "path.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *word(const json_t *object, const char *key, char *buf)
{
	const char *s = get_str(object, key);

	return show_word(s ? s : "?", buf);
}

static const char *named(const char *enum_name, json_int_t value, char *buf)
{
	const char *name = ovpp_enum_name(enum_name, (unsigned int)value);

	return show_word(name ? name : "?", buf);
}

static const char *site_state(json_int_t arg, char *buf)
{
	char state[SHOW_TEXT], cause[SHOW_TEXT];

	snprintf(buf, EVENT_TEXT, "%s, cause %s", named("site-state", arg & 0xff, state),
		 named("cause", arg >> 8 & 0xff, cause));
	return buf;
}

static const char *dispatch_state(json_int_t arg, char *buf)
{
	char state[SHOW_TEXT];

	snprintf(buf, EVENT_TEXT, "dispatch %lld is %s", (long long)(arg >> 8),
		 named("dispatch-state", arg & 0xff, state));
	return buf;
}

static const char *hook_ejected(json_int_t arg, char *buf)
{
	char cause[SHOW_TEXT], point[SHOW_TEXT];

	snprintf(buf, EVENT_TEXT, "hook %lld, for its %s at %s", (long long)(arg & 0xffffffff),
		 named("hook-cause", arg >> 32 & 0xff, cause),
		 named("hook-point", arg >> 40 & 0xff, point));
	return buf;
}

/* What a device said to which request. */
static const char *modbus_exception(json_int_t arg, char *buf)
{
	uint32_t id = (uint32_t)arg;
	unsigned int exception = arg >> 32 & 0xff;

	snprintf(buf, EVENT_TEXT, "%s, to function %u at %u of unit %u", modbus_refusal(exception),
		 OVPP_MODBUS_FUNCTION(id), OVPP_MODBUS_ADDRESS(id), OVPP_MODBUS_UNIT(id));
	return buf;
}

static const char *whole(const char *before, json_int_t arg, const char *after, char *buf)
{
	snprintf(buf, EVENT_TEXT, "%s%lld%s", before, (long long)arg, after);
	return buf;
}

static const char *quantity(enum ovpp_unit unit, json_int_t arg, char *buf)
{
	return quantity_rounded(unit, arg, buf);
}

static const char *bits(json_int_t arg, char *buf)
{
	snprintf(buf, EVENT_TEXT, "%#llx", (unsigned long long)arg);
	return buf;
}

/* What the argument of an event means; "" where it means nothing. */
static const char *argument(const char *code, json_int_t arg, char *buf)
{
	if (!strcmp(code, "site_state"))
		return site_state(arg, buf);
	if (!strcmp(code, "bus_state"))
		return named("bus-state", arg, buf);
	if (!strcmp(code, "der_supervision"))
		return named("supervision", arg, buf);
	if (!strcmp(code, "dispatch_state"))
		return dispatch_state(arg, buf);
	if (!strcmp(code, "der_alarm") || !strcmp(code, "frame_malformed"))
		return bits(arg, buf);
	if (!strcmp(code, "deadline_missed"))
		return quantity(OVPP_UNIT_NS, arg, buf);
	if (!strcmp(code, "envelope_held"))
		return quantity(OVPP_UNIT_MW, arg, buf);
	if (!strcmp(code, "hook_ejected"))
		return hook_ejected(arg, buf);
	if (!strcmp(code, "modbus_exception"))
		return modbus_exception(arg, buf);
	if (!strcmp(code, "hook_event"))
		return whole("", arg, "", buf);
	if (!strncmp(code, "hook_", 5))
		return whole("hook ", arg, "", buf);
	if (!strcmp(code, "der_reflex"))
		return whole("held for ", arg, " ms", buf);
	if (!strcmp(code, "owner_changed"))
		return arg ? "heartbeats come" : "the sender of heartbeats left";
	return "";
}

const char *event_text(const json_t *event, char *buf)
{
	const char *code = get_str(event, "code");
	json_int_t arg = get_int(event, "arg");
	char name[SHOW_TEXT], what[EVENT_TEXT];
	const char *said;

	said = code ? argument(code, arg, what) : "";
	snprintf(buf, EVENT_TEXT, "%s%s%.200s", word(event, "code", name), *said ? ": " : "", said);
	return buf;
}

/* Appends "label value" for each of the keys whose value is known. */
static void append_known(char *buf, const json_t *record, const char *const (*keys)[2], size_t n)
{
	char text[SHOW_TEXT];

	for (size_t i = 0; i < n; i++) {
		const json_t *value = json_object_get(record, keys[i][0]);
		const char *shown = show_value(keys[i][0], value, false, text);

		if (shown)
			ovpp_text_append(buf, EVENT_TEXT, "  %s %s", keys[i][1], shown);
	}
}

#define APPEND_KNOWN(buf, record, keys) \
	append_known(buf, record, keys, sizeof(keys) / sizeof((keys)[0]))

static void sample_text(const json_t *record, char *buf)
{
	static const char *const keys[][2] = {
		{"p_mw", "P"}, {"p_set_mw", "set"}, {"soc_ppm", "SoC"}, {"v_mv", "V"},
		{"i_ma", "I"}, {"f_mhz", "f"},	    {"temp_mc", "T"},
	};
	const json_t *quality = json_object_get(record, "quality");
	char text[SHOW_TEXT];

	snprintf(buf, EVENT_TEXT, "%s", word(record, "supervision", text));
	APPEND_KNOWN(buf, record, keys);
	if (strcmp(word(quality, "p_mw", text), "good"))
		ovpp_text_append(buf, EVENT_TEXT, "  (P is %s)", text);
}

static void site_text(const json_t *record, char *buf)
{
	static const char *const keys[][2] = {
		{"target_mw", "target"},    {"pcc_mw", "PCC"},	 {"f_mhz", "f"},
		{"demand_mw", "demand"},    {"load_mw", "load"}, {"missed", "missed"},
		{"lease_left_ms", "lease"},
	};
	char text[SHOW_TEXT];

	snprintf(buf, EVENT_TEXT, "%s", word(record, "state", text));
	APPEND_KNOWN(buf, record, keys);
}

static void dispatch_text(const json_t *record, char *buf)
{
	static const char *const keys[][2] = {
		{"e_asked_mwh", "asked"},
		{"e_delivered_mwh", "delivered"},
		{"error_mean_mw", "mean error"},
	};
	char text[SHOW_TEXT];

	snprintf(buf, EVENT_TEXT, "dispatch %lld %s", (long long)get_int(record, "id"),
		 word(record, "state", text));
	APPEND_KNOWN(buf, record, keys);
}

const char *record_text(const json_t *record, char *buf)
{
	const char *type = get_str(record, "type");

	buf[0] = '\0';
	if (!type)
		return buf;
	if (!strcmp(type, "sample"))
		sample_text(record, buf);
	else if (!strcmp(type, "site"))
		site_text(record, buf);
	else if (!strcmp(type, "dispatch"))
		dispatch_text(record, buf);
	else if (!strcmp(type, "event"))
		event_text(record, buf);
	return buf;
}

const char *event_clock(const json_t *event, char *buf)
{
	json_int_t ns = get_int(event, "real_ns");
	time_t s = ns / 1000000000;
	struct tm tm;
	size_t n;

	localtime_r(&s, &tm);
	n = strftime(buf, 16, "%H:%M:%S", &tm);
	snprintf(buf + n, 16 - n, ".%03d", (int)(ns / 1000000 % 1000));
	return buf;
}
