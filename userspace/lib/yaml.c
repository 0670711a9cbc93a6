// SPDX-License-Identifier: GPL-2.0-or-later
#include "yaml.h"

#include "file.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define FILE_MAX (1024 * 1024)
/* No file of ours is deeper than a handful. */
#define DEPTH_MAX 32

/* What the steps of one parse share. */
struct reader {
	yaml_parser_t parser;
	const char *name;
	bool exact;
	char *err;
	size_t err_size;
};

static int read_node(struct reader *r, const yaml_event_t *event, int depth, json_t **out);

/* -EINVAL with the text "name:line:column: what is wrong". */
__attribute__((format(printf, 3, 4))) static int wrong(struct reader *r, yaml_mark_t at,
						       const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(r->err, r->err_size, "%s:%zu:%zu: %s", r->name, at.line + 1, at.column + 1, text);
	return -EINVAL;
}

static int next(struct reader *r, yaml_event_t *event)
{
	yaml_mark_t at;

	if (yaml_parser_parse(&r->parser, event))
		return 0;
	if (r->parser.error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	at = r->parser.problem_mark;
	/* Of bytes that are no text the parser knows the offset only. */
	if (r->parser.error == YAML_READER_ERROR)
		at = r->parser.mark;
	return wrong(r, at, "%s", r->parser.problem ?: "not YAML");
}

static bool is_integer(const char *s)
{
	if (*s == '-' || *s == '+')
		s++;
	if (s[0] == '0' && s[1] == 'x')
		return s[2] && !s[2 + strspn(s + 2, "0123456789abcdefABCDEF")];
	/* 007 is rather a serial number than a seven. */
	if (s[0] == '0' && s[1])
		return false;
	return *s && !s[strspn(s, "0123456789")];
}

static bool is_real(const char *s)
{
	size_t whole, part = 0;

	if (*s == '-' || *s == '+')
		s++;
	whole = strspn(s, "0123456789");
	if (whole > 1 && *s == '0')
		return false;
	s += whole;
	if (*s == '.')
		part = strspn(++s, "0123456789");
	s += part;
	if (!whole && !part)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '-' || *s == '+')
			s++;
		if (!*s)
			return false;
		s += strspn(s, "0123456789");
	}
	return !*s;
}

static int integer(struct reader *r, const yaml_event_t *event, const char *s, json_t **out)
{
	bool hex = strpbrk(s, "xX");
	long long v;

	errno = 0;
	v = strtoll(s, NULL, hex ? 16 : 10);
	if (errno)
		return wrong(r, event->start_mark, "integer out of range: %s", s);
	*out = json_integer(v);
	return *out ? 0 : -ENOMEM;
}

/* The C locale's point, whatever the program's locale is. */
static int real(struct reader *r, const yaml_event_t *event, const char *s, json_t **out)
{
	locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	double v;

	if (!c)
		return -ENOMEM;
	v = strtod_l(s, NULL, c);
	freelocale(c);
	if (!isfinite(v))
		return wrong(r, event->start_mark, "number out of range: %s", s);
	*out = json_real(v);
	return *out ? 0 : -ENOMEM;
}

static int string(struct reader *r, const yaml_event_t *event, json_t **out)
{
	*out = json_stringn((const char *)event->data.scalar.value, event->data.scalar.length);
	return *out ? 0 : wrong(r, event->start_mark, "not a text");
}

static int read_scalar(struct reader *r, const yaml_event_t *event, json_t **out)
{
	const char *s = (const char *)event->data.scalar.value;

	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
	    strlen(s) != event->data.scalar.length)
		return string(r, event, out);
	if (!*s || !strcmp(s, "~") || !strcmp(s, "null"))
		*out = json_null();
	else if (!strcmp(s, "true"))
		*out = json_true();
	else if (!strcmp(s, "false"))
		*out = json_false();
	else if (is_integer(s))
		return integer(r, event, s, out);
	else if (is_real(s) && !r->exact)
		return real(r, event, s, out);
	else
		return string(r, event, out);
	return 0;
}

static int read_sequence(struct reader *r, int depth, json_t *list)
{
	yaml_event_t event;
	int ret;

	while (!(ret = next(r, &event)) && event.type != YAML_SEQUENCE_END_EVENT) {
		json_t *v;

		ret = read_node(r, &event, depth, &v);
		yaml_event_delete(&event);
		if (ret)
			return ret;
		if (json_array_append_new(list, v))
			return -ENOMEM;
	}
	if (!ret)
		yaml_event_delete(&event);
	return ret;
}

static int read_value(struct reader *r, const yaml_event_t *key, int depth, json_t *obj)
{
	const char *name = (const char *)key->data.scalar.value;
	yaml_event_t event;
	json_t *v;
	int ret;

	if (key->type != YAML_SCALAR_EVENT)
		return wrong(r, key->start_mark, "a key must be a plain name");
	if (strlen(name) != key->data.scalar.length)
		return wrong(r, key->start_mark, "a key must not hold a NUL");
	if (json_object_get(obj, name))
		return wrong(r, key->start_mark, "duplicate key '%s'", name);
	ret = next(r, &event);
	if (ret)
		return ret;
	ret = read_node(r, &event, depth, &v);
	yaml_event_delete(&event);
	if (ret)
		return ret;
	if (json_object_set_new(obj, name, v))
		return wrong(r, key->start_mark, "a key that is not a text");
	return 0;
}

static int read_mapping(struct reader *r, int depth, json_t *obj)
{
	yaml_event_t event;
	int ret;

	while (!(ret = next(r, &event)) && event.type != YAML_MAPPING_END_EVENT) {
		ret = read_value(r, &event, depth, obj);
		yaml_event_delete(&event);
		if (ret)
			return ret;
	}
	if (!ret)
		yaml_event_delete(&event);
	return ret;
}

static const yaml_char_t *tag_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.tag;
	default:
		return NULL;
	}
}

static int read_node(struct reader *r, const yaml_event_t *event, int depth, json_t **out)
{
	json_t *v;
	int ret;

	if (tag_of(event))
		return wrong(r, event->start_mark, "tags are not supported");
	if (event->type == YAML_ALIAS_EVENT)
		return wrong(r, event->start_mark, "aliases are not supported");
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(r, event, out);
	if (depth >= DEPTH_MAX)
		return wrong(r, event->start_mark, "nested too deeply");
	v = event->type == YAML_MAPPING_START_EVENT ? json_object() : json_array();
	if (!v)
		return -ENOMEM;
	ret = event->type == YAML_MAPPING_START_EVENT ? read_mapping(r, depth + 1, v)
						      : read_sequence(r, depth + 1, v);
	if (ret)
		json_decref(v);
	else
		*out = v;
	return ret;
}

/* The document's node; null where there is no document. */
static int read_document(struct reader *r, json_t **out)
{
	yaml_event_t event;
	int ret;

	for (;;) {
		ret = next(r, &event);
		if (ret)
			return ret;
		if (event.type != YAML_STREAM_START_EVENT &&
		    event.type != YAML_DOCUMENT_START_EVENT)
			break;
		yaml_event_delete(&event);
	}
	if (event.type == YAML_STREAM_END_EVENT)
		*out = json_null();
	else
		ret = read_node(r, &event, 0, out);
	yaml_event_delete(&event);
	return ret;
}

/* What follows the document: nothing but the ends of it and of the stream. */
static int read_end(struct reader *r)
{
	yaml_event_t event;
	int ret;

	for (;;) {
		ret = next(r, &event);
		if (ret)
			return ret;
		if (event.type == YAML_DOCUMENT_START_EVENT)
			ret = wrong(r, event.start_mark, "a second document");
		/* After its end the parser says "no event" for ever. */
		if (ret || event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT)
			break;
		yaml_event_delete(&event);
	}
	yaml_event_delete(&event);
	return ret;
}

int ovpp_yaml_parse(const char *text, size_t size, const char *name, bool exact, json_t **out,
		    char *err, size_t err_size)
{
	struct reader r = {
		.name = name,
		.exact = exact,
		.err = err,
		.err_size = err_size,
	};
	json_t *v = NULL;
	int ret;

	snprintf(err, err_size, "%s: %s", name, strerror(ENOMEM));
	if (!yaml_parser_initialize(&r.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
	ret = read_document(&r, &v);
	if (!ret)
		ret = read_end(&r);
	yaml_parser_delete(&r.parser);
	if (ret)
		json_decref(v);
	else
		*out = v;
	return ret;
}

static int load(const char *path, bool exact, json_t **out, char *err, size_t err_size)
{
	char *text;
	size_t size;
	int ret;

	ret = ovpp_file_read(path, FILE_MAX, &text, &size);
	if (ret) {
		snprintf(err, err_size, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = ovpp_yaml_parse(text, size, path, exact, out, err, err_size);
	free(text);
	return ret;
}

int ovpp_yaml_load(const char *path, json_t **out, char *err, size_t err_size)
{
	return load(path, false, out, err, err_size);
}

int ovpp_yaml_load_exact(const char *path, json_t **out, char *err, size_t err_size)
{
	return load(path, true, out, err, err_size);
}
