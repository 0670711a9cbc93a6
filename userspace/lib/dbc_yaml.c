// SPDX-License-Identifier: GPL-2.0-or-later
/* A DBC file as the YAML of docs/profiles.md, to be completed by a person. */
#include "dbc.h"
#include "file.h"
#include "profile.h"
#include "profile_yaml.h"
#include "ratio.h"
#include "spec.h"

#include <ctype.h>
#include <errno.h>
#include <linux/openvpp_netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX (16 * 1024 * 1024)
#define ID_MAX 0x1fffffff
#define PGN_BROADCAST 0xf000
/* A value is stale when so many cycles have passed without it. */
#define CYCLES 3

/**
 * struct import - one import
 * @f: where the YAML goes
 * @dbc: the file
 * @node: whose device it is, or NULL
 * @message: message at hand
 * @tx: it is sent by the gateway
 * @hash: what each line of the message starts with: "" or "# "
 */
struct import {
	FILE *f;
	const json_t *dbc;
	const char *node;
	const json_t *message;
	bool tx;
	const char *hash;
};

static const char *text_of(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key)) ?: "";
}

static int64_t int_of(const json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static const char *attribute(const struct import *im, const json_t *owner, const char *name)
{
	return ovpp_dbc_attribute(im->dbc, owner, name) ?: "";
}

static long number(const struct import *im, const json_t *owner, const char *name)
{
	long v = strtol(attribute(im, owner, name), NULL, 10);

	return v > 0 ? v : 0;
}

/* Signs that YAML does not take, or takes for the end of a line. */
static bool is_bad(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	       c == 0xfffe || c == 0xffff;
}

/* Code point of the UTF-8 at @s, of @n bytes. */
static uint32_t code_point(const char *s, size_t n)
{
	uint32_t c = n == 1 ? (unsigned char)*s : (unsigned char)*s & (0xffU >> (n + 1));

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

static size_t utf8_size(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Text without bad signs, up to one of @stop; those of @escape get a '\\'. */
static void put_text(FILE *f, const char *text, const char *stop, const char *escape)
{
	while (*text && !strchr(stop, *text)) {
		size_t n = utf8_size((unsigned char)*text);

		if (strchr(escape, *text))
			fputc('\\', f);
		if (!is_bad(code_point(text, n)))
			fwrite(text, 1, n, f);
		text += n;
	}
}

/* Of a comment the first line. */
static void put_comment(FILE *f, const char *text)
{
	put_text(f, text, "\n\r", "");
}

static void put_quoted(FILE *f, const char *text)
{
	fputc('"', f);
	put_text(f, text, "", "\"\\");
	fputc('"', f);
}

static int find_point(const struct import *im, const json_t *sig)
{
	return ovpp_spec_value(ovpp_spec_enum("point"), attribute(im, sig, "OvppPoint"));
}

static size_t count_mux(const struct import *im)
{
	const char *name;
	size_t n = 0;
	json_t *sig;

	json_object_foreach (json_object_get(im->message, "signals"), name, sig)
		n += json_is_true(json_object_get(sig, "mux"));
	return n;
}

/* Why a signal with a point cannot be used as it stands, or NULL. */
static const char *obstacle(const struct import *im, const json_t *sig)
{
	if (int_of(sig, "length") > 64)
		return "longer than 64 bits";
	if (int_of(sig, "float") == 64)
		return "64-bit floats are not supported";
	if (json_is_true(json_object_get(sig, "mux")))
		return "a multiplexer has no point";
	if (!json_object_get(sig, "mux_value"))
		return NULL;
	if (im->tx)
		return "a command cannot be muxed";
	return count_mux(im) == 1 ? NULL : "more than one multiplexer";
}

static bool is_usable(const struct import *im, const json_t *sig)
{
	return find_point(im, sig) >= 0 && !obstacle(im, sig);
}

static bool has_map(const json_t *sig, int point)
{
	return point == OVPP_POINT_STATE && json_object_size(json_object_get(sig, "values"));
}

static void put_layout(const struct import *im, const json_t *sig)
{
	fprintf(im->f, "start: %lld, length: %lld", (long long)int_of(sig, "start"),
		(long long)int_of(sig, "length"));
	if (!strcmp(text_of(sig, "order"), "big"))
		fprintf(im->f, ", order: big");
}

/* Names of states that are ours, whatever their case. */
static void put_map(const struct import *im, const json_t *sig)
{
	const struct ovpp_spec_enum *e = ovpp_spec_enum("der-state");
	const char *raw, *sep = "";
	json_t *name;

	fprintf(im->f, ", map: {");
	json_object_foreach (json_object_get(sig, "values"), raw, name)
		for (size_t i = 0; i < e->n; i++)
			if (!strcasecmp(e->entry[i], json_string_value(name))) {
				fprintf(im->f, "%s %s: %s", sep, raw, e->entry[i]);
				sep = ",";
			}
	fprintf(im->f, " }");
}

static int64_t floor_of(struct ovpp_ratio r)
{
	return r.num / r.den - (r.num % r.den < 0);
}

/* The range [min|max] in raw values, towards its inside. */
static bool raw_range(const json_t *sig, int64_t *lo, int64_t *hi)
{
	struct ovpp_ratio min, max, scale, offset, at_min, at_max;

	if (ovpp_ratio_parse(text_of(sig, "min"), &min) ||
	    ovpp_ratio_parse(text_of(sig, "max"), &max) ||
	    ovpp_ratio_parse(text_of(sig, "scale"), &scale) ||
	    ovpp_ratio_parse(text_of(sig, "offset"), &offset) || (!min.num && !max.num) ||
	    ovpp_ratio_sub(min, offset, &min) || ovpp_ratio_sub(max, offset, &max) ||
	    ovpp_ratio_div(min, scale, &at_min) || ovpp_ratio_div(max, scale, &at_max))
		return false;
	if (scale.num < 0) {
		struct ovpp_ratio swap = at_min;

		at_min = at_max;
		at_max = swap;
	}
	*hi = floor_of(at_max);
	*lo = floor_of(at_min) + (at_min.den != 1);
	return *lo < *hi;
}

static void put_range(const struct import *im, const json_t *sig)
{
	int64_t length = int_of(sig, "length"), lo, hi, least, greatest;
	bool is_signed = json_is_true(json_object_get(sig, "signed"));

	if (int_of(sig, "float") || length > 63 || !raw_range(sig, &lo, &hi))
		return;
	least = is_signed ? -(1LL << (length - 1)) : 0;
	greatest = (1LL << (length - is_signed)) - 1;
	if (lo > least)
		fprintf(im->f, ", min_raw: %lld", (long long)lo);
	if (hi < greatest)
		fprintf(im->f, ", max_raw: %lld", (long long)hi);
}

static bool is_number(const char *text, int64_t n)
{
	struct ovpp_ratio r;

	return !ovpp_ratio_parse(text, &r) && r.den == 1 && r.num == n;
}

static void put_scaling(const struct import *im, const json_t *sig, int point)
{
	const char *unit = text_of(sig, "unit");

	if (int_of(sig, "float"))
		fprintf(im->f, ", float: true");
	else if (json_is_true(json_object_get(sig, "signed")))
		fprintf(im->f, ", signed: true");
	if (!is_number(text_of(sig, "scale"), 1))
		fprintf(im->f, ", scale: %s", text_of(sig, "scale"));
	if (!is_number(text_of(sig, "offset"), 0))
		fprintf(im->f, ", offset: %s", text_of(sig, "offset"));
	if (*unit && ovpp_profile_unit_known((unsigned int)point, unit)) {
		fprintf(im->f, ", unit: ");
		put_quoted(im->f, unit);
	}
	if (number(im, sig, "OvppPairs"))
		fprintf(im->f, ", pairs: true");
	else
		put_range(im, sig);
}

/* What a person should know of a signal: name, unit, values, comment. */
static void put_remark(const struct import *im, const char *name, const json_t *sig, bool unit)
{
	const char *raw, *comment = text_of(sig, "comment");
	json_t *value;

	fprintf(im->f, "  # %s", name);
	if (unit && *text_of(sig, "unit")) {
		fprintf(im->f, " in ");
		put_comment(im->f, text_of(sig, "unit"));
	}
	json_object_foreach (json_object_get(sig, "values"), raw, value) {
		fprintf(im->f, ", %s ", raw);
		put_comment(im->f, json_string_value(value));
	}
	if (*comment) {
		fprintf(im->f, ": ");
		put_comment(im->f, comment);
	}
	fputc('\n', im->f);
}

static void put_signal(const struct import *im, const char *name, const json_t *sig)
{
	int point = find_point(im, sig);
	const char *unit = text_of(sig, "unit");

	fprintf(im->f, "%s      - { point: %s, ", im->hash, attribute(im, sig, "OvppPoint"));
	put_layout(im, sig);
	if (json_object_get(sig, "mux_value"))
		fprintf(im->f, ", mux_value: %lld", (long long)int_of(sig, "mux_value"));
	if (number(im, sig, "OvppBits"))
		fprintf(im->f, ", bits: true");
	if (has_map(sig, point))
		put_map(im, sig);
	else
		put_scaling(im, sig, point);
	fprintf(im->f, " }");
	put_remark(im, name, sig, !ovpp_profile_unit_known((unsigned int)point, unit));
}

/* A signal without a point, or with one that cannot be: for a person. */
static void put_unmapped(const struct import *im, const char *name, const json_t *sig)
{
	const char *point = attribute(im, sig, "OvppPoint");
	const char *why = obstacle(im, sig);

	fprintf(im->f, "%s      # - { point: ?, ", im->hash);
	put_layout(im, sig);
	if (json_object_get(sig, "mux_value"))
		fprintf(im->f, ", mux_value: %lld", (long long)int_of(sig, "mux_value"));
	put_scaling(im, sig, OVPP_POINT_STATE);
	fprintf(im->f, " }");
	if (why) {
		fprintf(im->f, "  # %s", why);
	} else if (*point) {
		fprintf(im->f, "  # no such point: ");
		put_comment(im->f, point);
	}
	put_remark(im, name, sig, true);
}

static void put_signals(const struct import *im)
{
	const json_t *signals = json_object_get(im->message, "signals");
	bool muxed = !im->tx && count_mux(im) == 1;
	const char *name;
	json_t *sig;

	if (!json_object_size(signals))
		return;
	fprintf(im->f, "%s    signals:\n", im->hash);
	json_object_foreach ((json_t *)signals, name, sig) {
		if (muxed && json_is_true(json_object_get(sig, "mux"))) {
			fprintf(im->f, "%s      - { mux: true, ", im->hash);
			put_layout(im, sig);
			fprintf(im->f, " }  # %s\n", name);
		} else if (is_usable(im, sig)) {
			put_signal(im, name, sig);
		} else {
			put_unmapped(im, name, sig);
		}
	}
}

static void put_id(const struct import *im)
{
	const json_t *m = im->message;
	bool ext = json_is_true(json_object_get(m, "ext"));
	int64_t id = int_of(m, "id"), pgn = id >> 8 & 0x3ffff;

	if (!ext || strcmp(attribute(im, m, "VFrameFormat"), "J1939PG")) {
		fprintf(im->f, "%s    id: 0x%llx\n", im->hash, (long long)id);
		if (ext)
			fprintf(im->f, "%s    ext: true\n", im->hash);
		if (number(im, m, "OvppStride"))
			fprintf(im->f, "%s    stride: %ld\n", im->hash,
				number(im, m, "OvppStride"));
		return;
	}
	if ((pgn & 0xffff) < PGN_BROADCAST)
		pgn &= ~0xffLL;
	fprintf(im->f, "%s    pgn: 0x%llx\n", im->hash, (long long)pgn);
	if (im->tx)
		fprintf(im->f, "%s    priority: %d\n%s    source: %d\n", im->hash, (int)(id >> 26),
			im->hash, (int)(id & 0xff));
}

static void put_times(const struct import *im)
{
	long cycle = number(im, im->message, "GenMsgCycleTime");
	long timeout = number(im, im->message, "OvppTimeout");

	if (im->tx) {
		if (cycle)
			fprintf(im->f, "%s    period_ms: %ld\n", im->hash, cycle);
		if (number(im, im->message, "OvppGap"))
			fprintf(im->f, "%s    gap_ms: %ld\n", im->hash,
				number(im, im->message, "OvppGap"));
		return;
	}
	fprintf(im->f, "%s    timeout_ms: %ld%s\n", im->hash, timeout ? timeout : CYCLES * cycle,
		timeout || cycle ? "" : "  # the file gives no cycle: set it");
}

static void put_flags(const struct import *im)
{
	const json_t *m = im->message;
	const char *format = attribute(im, m, "VFrameFormat");

	if (strstr(format, "CAN_FD") || int_of(m, "length") > 8)
		fprintf(im->f, "%s    fd: true\n", im->hash);
	if (im->tx) {
		fprintf(im->f, "%s    tx: true\n", im->hash);
		return;
	}
	if (number(im, m, "OvppTrigger"))
		fprintf(im->f, "%s    trigger: true\n", im->hash);
	if (number(im, m, "OvppOptional"))
		fprintf(im->f, "%s    optional: true\n", im->hash);
}

static bool any_usable(const struct import *im)
{
	const char *name;
	json_t *sig;

	json_object_foreach (json_object_get(im->message, "signals"), name, sig)
		if (is_usable(im, sig))
			return true;
	return false;
}

/* A received message that gives no point is for a person to complete. */
static void put_message(struct import *im)
{
	const json_t *m = im->message;

	im->hash = im->tx || any_usable(im) ? "" : "# ";
	if (*text_of(m, "comment")) {
		fprintf(im->f, "  # ");
		put_comment(im->f, text_of(m, "comment"));
		fputc('\n', im->f);
	}
	fprintf(im->f, "%s  - name: ", im->hash);
	put_quoted(im->f, text_of(m, "name"));
	fputc('\n', im->f);
	put_id(im);
	put_flags(im);
	put_times(im);
	fprintf(im->f, "%s    length: %lld\n", im->hash, (long long)int_of(m, "length"));
	put_signals(im);
}

static bool is_receiver(const json_t *message, const char *node)
{
	const char *name;
	json_t *sig, *v;
	size_t i;

	json_object_foreach (json_object_get(message, "signals"), name, sig)
		json_array_foreach (json_object_get(sig, "receivers"), i, v)
			if (!strcmp(json_string_value(v), node))
				return true;
	return false;
}

/* Is the message part of the device's profile? */
static bool is_wanted(const struct import *im)
{
	/* Tools keep signals without a message in one with an impossible id. */
	if (int_of(im->message, "id") > ID_MAX || int_of(im->message, "length") > 64)
		return false;
	if (!im->node)
		return true;
	return im->tx ? is_receiver(im->message, im->node)
		      : !strcmp(text_of(im->message, "sender"), im->node);
}

/* Profiles are named in small letters. */
static void put_name(FILE *f, const char *text, size_t n)
{
	fprintf(f, "name: ");
	for (size_t i = 0; i < n && i < OPENVPP_NAME_MAX; i++)
		fputc(isascii(text[i]) && isalnum((unsigned char)text[i])
			      ? tolower((unsigned char)text[i])
			      : '-',
		      f);
	fputc('\n', f);
}

static void put_kind(const struct import *im, const char *kind)
{
	if (ovpp_spec_value(ovpp_spec_enum("der-kind"), kind) >= 0)
		fprintf(im->f, "kind: %s\n", kind);
	else
		fprintf(im->f, "kind: other  # the file does not say which\n");
}

static void put_head(const struct import *im, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *stem = slash ? slash + 1 : path;
	const json_t *node = json_object_get(json_object_get(im->dbc, "nodes"), im->node ?: "");
	const char *kind = attribute(im, node ?: im->dbc, "OvppKind");

	if (!*kind)
		kind = attribute(im, im->dbc, "OvppKind");
	fprintf(im->f, "# From the DBC file ");
	put_comment(im->f, stem);
	fputc('\n', im->f);
	if (im->node)
		put_name(im->f, im->node, strlen(im->node));
	else
		put_name(im->f, stem, strcspn(stem, "."));
	fprintf(im->f, "version: 1\n");
	put_kind(im, kind);
	fprintf(im->f, "messages:\n");
}

static int put_all(struct import *im, const char *path)
{
	const char *key;
	json_t *message;
	int n = 0;

	put_head(im, path);
	json_object_foreach (json_object_get(im->dbc, "messages"), key, message) {
		im->message = message;
		im->tx = number(im, message, "OvppTx");
		if (!is_wanted(im))
			continue;
		put_message(im);
		n++;
	}
	return n;
}

static int import(const json_t *dbc, const char *path, const char *node, char **yaml, char *err,
		  size_t err_size)
{
	struct import im = {.dbc = dbc, .node = node};
	char *text = NULL;
	size_t size;
	int n;

	im.f = open_memstream(&text, &size);
	n = im.f ? put_all(&im, path) : -ENOMEM;
	if (im.f && fclose(im.f))
		n = -ENOMEM;
	if (n > 0) {
		*yaml = text;
		return 0;
	}
	snprintf(err, err_size, "%s: no message%s%s", path, node ? " of node " : "", node ?: "");
	free(text);
	return n ? n : -ENOENT;
}

int ovpp_profile_import_dbc(const char *path, const char *node, char **yaml, char *err,
			    size_t err_size)
{
	json_t *dbc;
	size_t size;
	char *text;
	int ret;

	ret = ovpp_file_read(path, FILE_MAX, &text, &size);
	if (ret) {
		snprintf(err, err_size, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = ovpp_dbc_parse(text, size, path, &dbc, err, err_size);
	free(text);
	if (ret)
		return ret;
	ret = import(dbc, path, node, yaml, err, err_size);
	json_decref(dbc);
	return ret;
}
