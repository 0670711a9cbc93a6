// SPDX-License-Identifier: GPL-2.0-or-later
/* From words to a request. */
#include "cli.h"
#include "get.h"
#include "quantity.h"
#include "suggest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY_MAX 64
#define WHY_MAX 160

/* A limit of power that is none, as the specification has it, mW. */
#define NO_LIMIT 274877906944

static void print_where(const struct cli *cli)
{
	fprintf(stderr, "ovpp: ");
	if (cli->command)
		fprintf(stderr, "%s%s%s: ", cli->command->name,
			cli->verb && cli->verb->name ? " " : "",
			cli->verb && cli->verb->name ? cli->verb->name : "");
}

void cli_error(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	print_where(cli);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cli_wrong(const struct cli *cli, const char *fmt, ...)
{
	const char *verb = cli->verb ? cli->verb->name : NULL;
	va_list ap;

	print_where(cli);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nSee: ovpp help%s%s%s%s\n", cli->command ? " " : "",
		cli->command ? cli->command->name : "", verb ? " " : "", verb ? verb : "");
	return CLI_USAGE;
}

const char *cli_value(const struct cli *cli, const char *name)
{
	return get_str(cli->opt, name);
}

const json_t *cli_values(const struct cli *cli, const char *name)
{
	return json_object_get(cli->opt, name);
}

bool cli_flag(const struct cli *cli, const char *name)
{
	return json_is_true(json_object_get(cli->opt, name));
}

int cli_quantity(struct cli *cli, const char *name, const char *attr, int64_t *value)
{
	const char *text = cli_value(cli, name);
	char why[WHY_MAX];

	if (text && quantity_parse(ovpp_units_of(attr), text, value, why, sizeof(why)))
		return cli_wrong(cli, "--%s: %s", name, why);
	return CLI_OK;
}

const struct ovpp_spec_attr *cli_named(const struct ovpp_spec_set *set,
				       const struct ovpp_spec_attr *attr)
{
	char name[KEY_MAX];

	snprintf(name, sizeof(name), "%s_name", attr->name);
	return ovpp_spec_attr(set, name);
}

static bool is(const struct ovpp_spec_attr *attr, const char *name)
{
	return !strcmp(attr->name, name);
}

bool cli_is_subject(const struct cli_verb *verb, const struct ovpp_spec_attr *attr)
{
	switch (verb->subject) {
	case SUBJECT_NAME:
		return is(attr, "name");
	case SUBJECT_SELF:
		return is(attr, "name") || is(attr, "id");
	case SUBJECT_DER:
		return is(attr, "der") || is(attr, "der_name");
	case SUBJECT_ID:
		return is(attr, "id");
	default:
		return false;
	}
}

bool cli_takes(const struct cli_verb *verb, const struct ovpp_spec_attr *attr)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(verb->op);

	if (attr->type == OVPP_SPEC_NEST)
		return false;
	/* What ovpp finds out by itself, from --tty. */
	if (is(attr, "tty_fd") || is(attr, "path") || is(attr, "rs485"))
		return false;
	if (verb->dump && !is(attr, "site") && !is(attr, "site_name"))
		return false;
	for (const uint16_t *id = op->request; *id; id++) {
		if (*id == attr->id)
			return true;
	}
	return false;
}

/* The attribute that an option means; @raw: by its full name. */
static const struct ovpp_spec_attr *find_attr(const struct cli_verb *verb, const char *key,
					      bool *raw)
{
	const struct ovpp_spec_attr *attr;

	if (!verb->op)
		return NULL;
	if (!strcmp(key, "if"))
		key = "ifname"; /* as in ovppd.yaml */
	attr = ovpp_units_attr(ovpp_spec_op(verb->op), key);
	if (!attr || !cli_takes(verb, attr))
		return NULL;
	*raw = !strcmp(key, attr->name);
	return attr;
}

static const struct cli_option *find_option(const struct cli_verb *verb, const char *name)
{
	const struct cli_option *o = verb->options;

	for (; o && o->name; o++) {
		if (!strcmp(o->name, name))
			return o;
	}
	return NULL;
}

static bool all_digits(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && n < 10 && !s[n];
}

/* 1 or 0 for a word that says yes or no, else -1. */
static int truth(const char *word)
{
	static const char *const words[] = {"no", "yes", "off", "on", "0", "1", "false", "true"};

	for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(word, words[i]))
			return i % 2;
	}
	return -1;
}

static int put(struct cli *cli, json_t *into, const char *key, json_t *value)
{
	if (!value)
		return cli_wrong(cli, "a value is not valid UTF-8");
	if (json_object_get(into, key)) {
		json_decref(value);
		return cli_wrong(cli, "%s is given twice", key);
	}
	if (json_object_set_new(into, key, value)) {
		cli_error(cli, "out of memory");
		return CLI_REFUSED;
	}
	return CLI_OK;
}

/* One more value of an option that may be given several times. */
static int put_one_more(struct cli *cli, const char *key, json_t *value)
{
	json_t *values = json_object_get(cli->opt, key);
	int ret = CLI_OK;

	if (!values) {
		values = json_array();
		ret = put(cli, cli->opt, key, values);
	}
	if (!ret && json_array_append_new(values, value))
		ret = cli_wrong(cli, "a value is not valid UTF-8");
	return ret;
}

/* "fail-safe" -> "fail_safe", and the other way round for people. */
static void swap_dashes(char *to, const char *from, size_t size, char a, char b)
{
	size_t i;

	for (i = 0; from[i] && i < size - 1; i++)
		to[i] = from[i] == a ? b : from[i];
	to[i] = '\0';
}

static int put_enum(struct cli *cli, const struct ovpp_spec_attr *attr, const char *name,
		    const char *text)
{
	struct suggestion near = {.typed = text};
	char word[KEY_MAX], entry[KEY_MAX] = "";

	swap_dashes(word, text, sizeof(word), '-', '_');
	for (size_t i = 0; i < attr->values->n; i++) {
		if (!strcasecmp(word, attr->values->entry[i]))
			return put(cli, cli->req, attr->name, json_string(attr->values->entry[i]));
		suggest_offer(&near, attr->values->entry[i]);
	}
	if (near.word)
		swap_dashes(entry, near.word, sizeof(entry), '_', '-');
	return cli_wrong(cli, "--%s: '%s' is no %s%s%s%s", name, text, name,
			 near.word ? "; did you mean '" : "", entry, near.word ? "'?" : "");
}

/* A limit that can be taken away. */
static bool is_limit(const struct ovpp_spec_attr *attr)
{
	return is(attr, "export_max_mw") || is(attr, "import_max_mw");
}

/* An option or subject that is an attribute of the operation. */
static int put_attr(struct cli *cli, const struct ovpp_spec_attr *attr, const char *name,
		    const char *text, bool raw)
{
	const struct ovpp_spec_set *set = ovpp_spec_op(cli->verb->op)->set;
	const struct ovpp_spec_attr *named = cli_named(set, attr);
	enum ovpp_unit unit = OVPP_UNIT_NONE;
	char why[WHY_MAX];
	int64_t value;

	if (named && !all_digits(text))
		attr = named;
	if (attr->values)
		return put_enum(cli, attr, name, text);
	if (attr->type == OVPP_SPEC_STRING)
		return put(cli, cli->req, attr->name, json_string(text));
	if (is_limit(attr) && !strcmp(text, "none"))
		return put(cli, cli->req, attr->name, json_integer(NO_LIMIT));
	if (!raw)
		unit = ovpp_units_of(attr->name);
	if (quantity_parse(unit, text, &value, why, sizeof(why)))
		return cli_wrong(cli, "--%s: %s", name, why);
	if (value < 0 && attr->type != OVPP_SPEC_SINT && attr->type != OVPP_SPEC_S32)
		return cli_wrong(cli, "--%s: cannot be negative", name);
	return put(cli, cli->req, attr->name, json_integer(value));
}

/* A switch: "--pcc", "--pcc on", "--pcc=no"; *@used says if @next was taken. */
static int put_switch(struct cli *cli, const struct ovpp_spec_attr *attr, const char *name,
		      const char *value, const char *next, bool *used)
{
	int on = truth(value ? value : next);

	if (value && on < 0)
		return cli_wrong(cli, "--%s: '%s' is neither yes nor no", name, value);
	*used = !value && on >= 0;
	return put(cli, cli->req, attr->name, json_integer(on != 0));
}

static int unknown_option(struct cli *cli, const char *arg, const char *key)
{
	struct suggestion near = {.typed = key};
	const struct cli_option *o = cli->verb->options;
	const struct ovpp_spec_set *set = NULL;
	char stems[KEY_MAX][KEY_MAX], text[KEY_MAX];

	if (cli->verb->op)
		set = ovpp_spec_op(cli->verb->op)->set;
	for (; o && o->name; o++)
		suggest_offer(&near, o->name);
	for (size_t i = 0; set && i < set->n && i < KEY_MAX; i++) {
		snprintf(stems[i], KEY_MAX, "%.*s", (int)quantity_stem(set->attr[i].name),
			 set->attr[i].name);
		if (cli_takes(cli->verb, &set->attr[i]))
			suggest_offer(&near, stems[i]);
	}
	suggest_offer(&near, "json");
	suggest_offer(&near, "help");
	if (!near.word)
		return cli_wrong(cli, "unknown option %s", arg);
	swap_dashes(text, near.word, sizeof(text), '_', '-');
	return cli_wrong(cli, "unknown option %s; did you mean --%s?", arg, text);
}

/* Splits "--name=value"; returns the value, NULL if there is none. */
static char *split(char *arg, char *key, size_t size)
{
	char *value = strchr(arg, '=');

	if (value)
		*value++ = '\0';
	swap_dashes(key, arg + strspn(arg, "-"), size, '-', '_');
	return value;
}

/* One option; *@i moves on if the value is the next word. */
static int parse_option(struct cli *cli, int argc, char **argv, int *i)
{
	char *arg = argv[*i], key[KEY_MAX], *value = split(arg, key, sizeof(key));
	char *next = *i + 1 < argc ? argv[*i + 1] : NULL;
	const char *name = arg + strspn(arg, "-");
	const struct cli_option *option = find_option(cli->verb, name);
	const struct ovpp_spec_attr *attr;
	bool raw = false, used = false;
	int ret;

	if (!strcmp(arg, "--json")) {
		if (value)
			return cli_wrong(cli, "--json takes no value");
		cli->json = true;
		return CLI_OK;
	}
	if (option && !option->arg) {
		if (value)
			return cli_wrong(cli, "%s takes no value", arg);
		return put(cli, cli->opt, name, json_true());
	}
	attr = option ? NULL : find_attr(cli->verb, key, &raw);
	if (strncmp(arg, "--", 2) || (!option && !attr))
		return unknown_option(cli, arg, key);
	if (attr && attr->type == OVPP_SPEC_U8) {
		ret = put_switch(cli, attr, name, value, next, &used);
		*i += used;
		return ret;
	}
	if (!value) {
		if (!next)
			return cli_wrong(cli, "%s needs a value", arg);
		value = next;
		++*i;
	}
	if (option && strstr(option->arg, "..."))
		return put_one_more(cli, name, json_string(value));
	if (option)
		return put(cli, cli->opt, name, json_string(value));
	return put_attr(cli, attr, name, value, raw);
}

/* The first word: what the verb acts on. */
static int parse_subject(struct cli *cli, const char *word)
{
	const struct ovpp_spec_set *set = ovpp_spec_op(cli->verb->op)->set;
	const char *key = "name";

	if (cli->verb->subject == SUBJECT_DER)
		key = all_digits(word) ? "der" : "der_name";
	else if (cli->verb->subject == SUBJECT_ID ||
		 (cli->verb->subject == SUBJECT_SELF && all_digits(word) &&
		  ovpp_spec_attr(set, "id")))
		key = "id";
	if (!strcmp(key, "id") && !all_digits(word))
		return cli_wrong(cli, "'%s' is no id; ids are numbers", word);
	return put_attr(cli, ovpp_spec_attr(set, key), key, word, true);
}

static int parse_word(struct cli *cli, char *word, bool *subject)
{
	enum cli_subject kind = cli->verb->subject;

	if (kind == SUBJECT_WORDS) {
		cli->words[cli->n_words++] = word;
		return CLI_OK;
	}
	if (kind == SUBJECT_NONE || *subject)
		return cli_wrong(cli, "unexpected word '%s'", word);
	*subject = true;
	return parse_subject(cli, word);
}

/* Is the subject there, as a word or as an option? */
static bool subject_given(const struct cli *cli)
{
	const struct ovpp_spec_set *set;

	if (cli->verb->subject == SUBJECT_WORDS)
		return cli->n_words;
	set = ovpp_spec_op(cli->verb->op)->set;
	for (size_t i = 0; i < set->n; i++) {
		if (cli_is_subject(cli->verb, &set->attr[i]) &&
		    json_object_get(cli->req, set->attr[i].name))
			return true;
	}
	return false;
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
	const char *args = cli->verb->args;
	bool options = true, subject = false;
	int ret = CLI_OK;

	cli->req = json_object();
	cli->opt = json_object();
	cli->words = calloc((size_t)argc + 1, sizeof(*cli->words));
	if (!cli->req || !cli->opt || !cli->words) {
		cli_error(cli, "out of memory");
		return CLI_REFUSED;
	}
	for (int i = 0; i < argc && ret == CLI_OK; i++) {
		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && argv[i][0] == '-' && argv[i][1])
			ret = parse_option(cli, argc, argv, &i);
		else
			ret = parse_word(cli, argv[i], &subject);
	}
	if (ret == CLI_OK && args && args[0] != '[' && !subject_given(cli))
		return cli_wrong(cli, "%s is missing", args);
	return ret;
}

void cli_free(struct cli *cli)
{
	if (cli->nl)
		ovpp_nl_close(cli->nl);
	json_decref(cli->req);
	json_decref(cli->opt);
	json_decref(cli->known);
	free(cli->words);
}
