// SPDX-License-Identifier: GPL-2.0-or-later
#include "dbc.h"

#include "dbc_lex.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DBC_EXT 0x80000000LL

/**
 * struct dbc - a file being read
 * @lex: place in it
 * @out: what was read so far
 * @message: the message that SG_ adds to, or NULL
 * @name: what error texts call it
 * @err: room for an error text
 * @err_size: its size
 */
struct dbc {
	struct ovpp_dbc_lex lex;
	json_t *out;
	json_t *message;
	const char *name;
	char *err;
	size_t err_size;
};

static int wrong(struct dbc *d, const char *text)
{
	snprintf(d->err, d->err_size, "%s:%u: %s", d->name, d->lex.line, text);
	return -EINVAL;
}

/* Takes over @v. */
static int put(json_t *obj, const char *key, json_t *v)
{
	return json_object_set_new(obj, key, v) ? -ENOMEM : 0;
}

/* The object under @key, which is made where it is not there. */
static json_t *child(json_t *obj, const char *key)
{
	json_t *v = json_object_get(obj, key);

	if (!v && obj && !json_object_set_new(obj, key, json_object()))
		v = json_object_get(obj, key);
	return v;
}

/* A string as JSON; NULL if there is none here. */
static json_t *take_string(struct dbc *d)
{
	char *text;
	json_t *v;

	if (!ovpp_dbc_string(&d->lex, &text))
		return NULL;
	v = text ? json_string(text) : NULL;
	free(text);
	return v;
}

static int read_message(struct dbc *d)
{
	char name[OVPP_DBC_WORD], sender[OVPP_DBC_WORD], key[32];
	long long id, length;

	if (!ovpp_dbc_integer(&d->lex, &id) || id < 0 || id > 0xffffffffLL ||
	    !ovpp_dbc_word(&d->lex, name) || !ovpp_dbc_char(&d->lex, ':') ||
	    !ovpp_dbc_integer(&d->lex, &length) || length < 0)
		return wrong(d, "expected BO_ ID NAME: LENGTH SENDER");
	/* Some tools leave the sender out. */
	if (d->lex.at[strspn(d->lex.at, " \t\r")] == '\n' || !ovpp_dbc_word(&d->lex, sender))
		strcpy(sender, "Vector__XXX");
	snprintf(key, sizeof(key), "%lld", id);
	d->message = json_pack("{s:I, s:b, s:s, s:I, s:s, s:{}, s:{}}", "id",
			       (json_int_t)(id & ~DBC_EXT), "ext", !!(id & DBC_EXT), "name", name,
			       "length", (json_int_t)length, "sender", sender, "attributes",
			       "signals");
	return put(json_object_get(d->out, "messages"), key, d->message);
}

/* "M", "m3" or "m3M" between the name of a signal and its colon. */
static int read_mux(struct dbc *d, json_t *sig)
{
	char word[OVPP_DBC_WORD], *end;
	long long value;

	if (!ovpp_dbc_word(&d->lex, word))
		return 0;
	if (!strcmp(word, "M"))
		return put(sig, "mux", json_true());
	errno = 0;
	value = strtoll(word + 1, &end, 10);
	if (word[0] != 'm' || end == word + 1 || errno || value < 0)
		return wrong(d, "expected M or m<number>");
	if (!strcmp(end, "M")) {
		if (put(sig, "mux", json_true()))
			return -ENOMEM;
	} else if (*end) {
		return wrong(d, "expected M or m<number>");
	}
	return put(sig, "mux_value", json_integer(value));
}

/* "start|length@order sign" */
static int read_layout(struct dbc *d, json_t *sig)
{
	struct ovpp_dbc_lex *lex = &d->lex;
	long long start, length;
	bool big, is_signed;

	if (!ovpp_dbc_char(lex, ':') || !ovpp_dbc_integer(lex, &start) ||
	    !ovpp_dbc_char(lex, '|') || !ovpp_dbc_integer(lex, &length) || !ovpp_dbc_char(lex, '@'))
		return wrong(d, "expected SG_ NAME : START|LENGTH@ORDER");
	big = ovpp_dbc_char(lex, '0');
	if (!big && !ovpp_dbc_char(lex, '1'))
		return wrong(d, "expected 0 or 1 after '@'");
	is_signed = ovpp_dbc_char(lex, '-');
	if (!is_signed && !ovpp_dbc_char(lex, '+'))
		return wrong(d, "expected + or - after the byte order");
	if (start < 0 || start > 511 || length < 1 || length > 512)
		return wrong(d, "start bit or length out of range");
	if (put(sig, "start", json_integer(start)) || put(sig, "length", json_integer(length)) ||
	    put(sig, "order", json_string(big ? "big" : "little")) ||
	    put(sig, "signed", json_boolean(is_signed)))
		return -ENOMEM;
	return 0;
}

/* Two numbers between brackets. */
static int read_pair(struct dbc *d, json_t *sig, const char *marks, const char *first,
		     const char *second)
{
	char a[OVPP_DBC_WORD], b[OVPP_DBC_WORD];

	if (!ovpp_dbc_char(&d->lex, marks[0]) || !ovpp_dbc_number(&d->lex, a) ||
	    !ovpp_dbc_char(&d->lex, marks[1]) || !ovpp_dbc_number(&d->lex, b) ||
	    !ovpp_dbc_char(&d->lex, marks[2]))
		return wrong(d, "expected (SCALE,OFFSET) [MIN|MAX]");
	return put(sig, first, json_string(a)) || put(sig, second, json_string(b)) ? -ENOMEM : 0;
}

/* Names with commas or blanks between them, up to the end of the line. */
static int read_receivers(struct dbc *d, json_t *sig)
{
	json_t *list = json_array();
	char name[OVPP_DBC_WORD];
	int ret = put(sig, "receivers", list);

	while (!ret) {
		d->lex.at += strspn(d->lex.at, " \t\r,");
		if (*d->lex.at == '\n' || !ovpp_dbc_word(&d->lex, name))
			break;
		ret = json_array_append_new(list, json_string(name));
	}
	return ret ? -ENOMEM : 0;
}

static int read_signal(struct dbc *d)
{
	char name[OVPP_DBC_WORD];
	json_t *sig = json_pack("{s:{}}", "attributes");
	json_t *unit;
	int ret;

	if (!d->message) {
		json_decref(sig);
		return wrong(d, "a signal before any message");
	}
	if (!ovpp_dbc_word(&d->lex, name)) {
		json_decref(sig);
		return wrong(d, "expected the name of a signal");
	}
	ret = put(json_object_get(d->message, "signals"), name, sig);
	if (!ret)
		ret = read_mux(d, sig);
	if (!ret)
		ret = read_layout(d, sig);
	if (!ret)
		ret = read_pair(d, sig, "(,)", "scale", "offset");
	if (!ret)
		ret = read_pair(d, sig, "[|]", "min", "max");
	if (ret)
		return ret;
	unit = take_string(d);
	if (!unit)
		return wrong(d, "expected the unit of the signal, \"\"");
	ret = put(sig, "unit", unit);
	return ret ? ret : read_receivers(d, sig);
}

static json_t *find_message(struct dbc *d)
{
	long long id;
	char key[32];

	if (!ovpp_dbc_integer(&d->lex, &id))
		return NULL;
	snprintf(key, sizeof(key), "%lld", id);
	return json_object_get(json_object_get(d->out, "messages"), key);
}

static json_t *find_signal(struct dbc *d)
{
	json_t *message = find_message(d);
	char name[OVPP_DBC_WORD];

	if (!ovpp_dbc_word(&d->lex, name))
		return NULL;
	return json_object_get(json_object_get(message, "signals"), name);
}

/*
 * What a comment or an attribute is of: "BU_ node", "BO_ id", "SG_ id signal"
 * or nothing for the file itself. NULL: something that is not kept.
 */
static json_t *find_owner(struct dbc *d)
{
	char word[OVPP_DBC_WORD];

	if (!ovpp_dbc_word(&d->lex, word))
		return d->out;
	if (!strcmp(word, "BO_"))
		return find_message(d);
	if (!strcmp(word, "SG_"))
		return find_signal(d);
	if (strcmp(word, "BU_") || !ovpp_dbc_word(&d->lex, word))
		return NULL;
	return json_object_get(json_object_get(d->out, "nodes"), word);
}

static int read_nodes(struct dbc *d)
{
	json_t *nodes = json_object_get(d->out, "nodes");
	char name[OVPP_DBC_WORD];

	if (!ovpp_dbc_char(&d->lex, ':'))
		return wrong(d, "expected BU_:");
	for (;;) {
		d->lex.at += strspn(d->lex.at, " \t\r,");
		if (*d->lex.at == '\n' || !ovpp_dbc_word(&d->lex, name))
			return 0;
		if (put(nodes, name, json_pack("{s:{}}", "attributes")))
			return -ENOMEM;
	}
}

static int read_comment(struct dbc *d)
{
	json_t *owner = find_owner(d);
	json_t *text = take_string(d);
	int ret = 0;

	if (owner && text)
		ret = put(owner, "comment", json_incref(text));
	json_decref(text);
	return ret;
}

/* A value as text: a string, or a number as it stands there. */
static json_t *take_value(struct dbc *d)
{
	char word[OVPP_DBC_WORD];

	if (ovpp_dbc_number(&d->lex, word))
		return json_string(word);
	return take_string(d);
}

/* BA_DEF_ [BU_|BO_|SG_|EV_] "name" TYPE ...: only enumerations need it. */
static int read_definition(struct dbc *d)
{
	char word[OVPP_DBC_WORD];
	json_t *name, *def, *list, *v;
	int ret = 0;

	ovpp_dbc_word(&d->lex, word);
	name = take_string(d);
	if (!name)
		return 0;
	def = child(json_object_get(d->out, "definitions"), json_string_value(name));
	json_decref(name);
	if (!ovpp_dbc_word(&d->lex, word) || strcmp(word, "ENUM"))
		return def ? 0 : -ENOMEM;
	list = json_array();
	ret = put(def, "values", list);
	while (!ret && (v = take_string(d))) {
		ret = json_array_append_new(list, v) ? -ENOMEM : 0;
		ovpp_dbc_char(&d->lex, ',');
	}
	return ret;
}

static int read_default(struct dbc *d)
{
	json_t *name = take_string(d);
	json_t *v = take_value(d);
	int ret = 0;

	if (name && v)
		ret = put(child(json_object_get(d->out, "definitions"), json_string_value(name)),
			  "default", json_incref(v));
	json_decref(name);
	json_decref(v);
	return ret;
}

static int read_attribute(struct dbc *d)
{
	json_t *name = take_string(d);
	json_t *owner = find_owner(d);
	json_t *v = take_value(d);
	int ret = 0;

	if (name && owner && v)
		ret = put(child(owner, "attributes"), json_string_value(name), json_incref(v));
	json_decref(name);
	json_decref(v);
	return ret;
}

static int read_values(struct dbc *d)
{
	json_t *sig = find_signal(d);
	char number[OVPP_DBC_WORD];
	int ret = 0;

	while (!ret && ovpp_dbc_number(&d->lex, number)) {
		json_t *name = take_string(d);

		if (!name)
			break;
		if (sig)
			ret = put(child(sig, "values"), number, json_incref(name));
		json_decref(name);
	}
	return ret;
}

static int read_value_type(struct dbc *d)
{
	json_t *sig = find_signal(d);
	long long type;

	ovpp_dbc_char(&d->lex, ':');
	if (!sig || !ovpp_dbc_integer(&d->lex, &type) || type < 1 || type > 2)
		return 0;
	return put(sig, "float", json_integer(type * 32));
}

/* Statements that end with ';', read as far as they are understood. */
static int read_statement(struct dbc *d, const char *word)
{
	static const struct {
		const char *word;
		int (*read)(struct dbc *d);
	} statement[] = {
		{"CM_", read_comment},	       {"BA_DEF_", read_definition},
		{"BA_DEF_DEF_", read_default}, {"BA_", read_attribute},
		{"VAL_", read_values},	       {"SIG_VALTYPE_", read_value_type},
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(statement) / sizeof(statement[0]); i++)
		if (!strcmp(word, statement[i].word))
			ret = statement[i].read(d);
	ovpp_dbc_skip(&d->lex);
	return ret;
}

static int read_version(struct dbc *d)
{
	json_decref(take_string(d));
	return 0;
}

static int read_symbols(struct dbc *d)
{
	ovpp_dbc_char(&d->lex, ':');
	while (ovpp_dbc_lonely(&d->lex))
		;
	return 0;
}

static int read_timing(struct dbc *d)
{
	d->lex.at += strcspn(d->lex.at, "\n");
	return 0;
}

static int read_section(struct dbc *d)
{
	char word[OVPP_DBC_WORD];

	if (!ovpp_dbc_word(&d->lex, word)) {
		/* A stray sign, such as a ';' too many. */
		d->lex.at++;
		return 0;
	}
	if (!strcmp(word, "BO_"))
		return read_message(d);
	if (!strcmp(word, "SG_"))
		return read_signal(d);
	if (!strcmp(word, "BU_"))
		return read_nodes(d);
	if (!strcmp(word, "NS_"))
		return read_symbols(d);
	if (!strcmp(word, "BS_"))
		return read_timing(d);
	if (!strcmp(word, "VERSION"))
		return read_version(d);
	return read_statement(d, word);
}

/* Latin-1 to UTF-8. */
static char *transcode(const char *text, size_t size)
{
	char *out = malloc(2 * size + 1);
	char *p = out;

	for (size_t i = 0; out && i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x80) {
			*p++ = (char)(0xc0 | c >> 6);
			c = 0x80 | (c & 0x3f);
		}
		*p++ = (char)c;
	}
	if (out)
		*p = '\0';
	return out;
}

static bool is_utf8(const char *text, size_t size)
{
	json_t *v = json_stringn(text, size);

	json_decref(v);
	return v;
}

int ovpp_dbc_parse(const char *text, size_t size, const char *name, json_t **out, char *err,
		   size_t err_size)
{
	struct dbc d = {
		.lex = {.line = 1},
		.name = name,
		.err = err,
		.err_size = err_size,
	};
	char *copy;
	int ret = 0;

	snprintf(err, err_size, "%s: %s", name, strerror(ENOMEM));
	copy = is_utf8(text, size) ? strndup(text, size) : transcode(text, size);
	d.out = json_pack("{s:{}, s:{}, s:{}, s:{}}", "nodes", "attributes", "definitions",
			  "messages");
	if (!copy || !d.out)
		ret = -ENOMEM;
	d.lex.at = copy;
	while (!ret) {
		ovpp_dbc_blanks(&d.lex);
		if (!*d.lex.at)
			break;
		ret = read_section(&d);
	}
	free(copy);
	if (ret)
		json_decref(d.out);
	else
		*out = d.out;
	return ret;
}

/* An enumeration's value stands as its name or as its index. */
static const char *list_entry(const json_t *definition, const char *value)
{
	const json_t *values = json_object_get(definition, "values");
	char *end;
	unsigned long i = strtoul(value, &end, 10);

	if (!values || *end || i >= json_array_size(values))
		return value;
	return json_string_value(json_array_get(values, i));
}

const char *ovpp_dbc_attribute(const json_t *dbc, const json_t *owner, const char *name)
{
	const json_t *def = json_object_get(json_object_get(dbc, "definitions"), name);
	const char *v =
		json_string_value(json_object_get(json_object_get(owner, "attributes"), name));

	if (!v)
		v = json_string_value(json_object_get(def, "default"));
	return v ? list_entry(def, v) : NULL;
}
