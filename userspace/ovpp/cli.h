/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: tables of commands and verbs, from which parsing and help
 * follow. The options of a verb that calls the kernel are the attributes of its
 * netlink operation, so that whatever the family knows can be said here.
 */
#ifndef OVPP_CLI_H
#define OVPP_CLI_H

#include <jansson.h>
#include "nl.h"
#include "spec.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit status. */
enum cli_status {
	CLI_OK = 0,
	CLI_NO = 1,	 /* the answer is no */
	CLI_USAGE = 2,	 /* wrong usage */
	CLI_REFUSED = 3, /* by the kernel, the daemon or the system */
};

/* What the first word after a verb names. */
enum cli_subject {
	SUBJECT_NONE,  /* there is no such word */
	SUBJECT_NAME,  /* the name of something new */
	SUBJECT_SELF,  /* the object, by id or name */
	SUBJECT_DER,   /* a DER of the site, by id or name */
	SUBJECT_ID,    /* the object, by id */
	SUBJECT_WORDS, /* any number of words for the verb itself */
};

struct cli;

/**
 * struct cli_option - an option that is no attribute of an operation
 * @name: without "--"
 * @arg: what its value is called in help, with "..." behind it if the option may be
 *	given several times; NULL if it has none
 * @doc: one line
 */
struct cli_option {
	const char *name;
	const char *arg;
	const char *doc;
};

/**
 * struct cli_verb - what can be done with a kind of object
 * @name: verb; NULL for a command without verbs
 * @doc: one line
 * @op: netlink operation whose attributes are options, or NULL
 * @dump: @op is called as a dump: of its attributes only the site is one
 * @subject: what the first word names
 * @args: the words in help, "NAME"; those in brackets may be left out
 * @options: further options, ended by an entry without name; may be NULL
 * @json: what --json prints, where that is not as in the netlink specification
 * @run: does it; returns enum cli_status
 */
struct cli_verb {
	const char *name;
	const char *doc;
	const char *op;
	bool dump;
	enum cli_subject subject;
	const char *args;
	const struct cli_option *options;
	const char *json;
	int (*run)(struct cli *cli);
};

struct column;

/**
 * struct cli_command - a kind of object
 * @name: its name
 * @doc: one line
 * @about: what a newcomer should know, with examples
 * @verbs: ended by an entry without run(); the first one is meant when none is
 *	given
 * @columns: of its list, ended by an entry without heading; may be NULL
 * @details: prints what show has beyond the attributes; may be NULL
 */
struct cli_command {
	const char *name;
	const char *doc;
	const char *about;
	const struct cli_verb *verbs;
	const struct column *columns;
	int (*details)(struct cli *cli, const json_t *object);
};

/**
 * struct cli - one invocation
 * @command: command
 * @verb: verb
 * @words: words that are no options and no subject
 * @n_words: their number
 * @req: request, made from subject and options
 * @opt: values of the verb's own options; true for those without value
 * @json: print JSON
 * @nl: connection, NULL until it is needed
 * @known: objects by the operation that dumps them, for their names
 */
struct cli {
	const struct cli_command *command;
	const struct cli_verb *verb;
	char **words;
	size_t n_words;
	json_t *req;
	json_t *opt;
	bool json;
	struct ovpp_nl *nl;
	json_t *known;
};

/* All commands, ended by NULL. */
extern const struct cli_command *const cli_commands[];

/* cli.c: parses what follows the verb; enum cli_status. */
int cli_parse(struct cli *cli, int argc, char **argv);

/* Frees what an invocation has come to hold; @cli itself is the caller's. */
void cli_free(struct cli *cli);

/* Value of one of the verb's own options, NULL if not given. */
const char *cli_value(const struct cli *cli, const char *name);

/* Values of an option that may be given several times, as a list; NULL for none. */
const json_t *cli_values(const struct cli *cli, const char *name);
bool cli_flag(const struct cli *cli, const char *name);

/*
 * Value of an own option as the quantity that an attribute of this name holds;
 * @value is left alone if it is not given. Returns enum cli_status.
 */
int cli_quantity(struct cli *cli, const char *name, const char *attr, int64_t *value);

/* "ovpp: der add: ..." on standard error. */
void cli_error(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same, with a word about help; returns CLI_USAGE. */
int cli_wrong(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Does the verb take this attribute as an option? */
bool cli_takes(const struct cli_verb *verb, const struct ovpp_spec_attr *attr);

/* Does the verb's first word name this attribute? */
bool cli_is_subject(const struct cli_verb *verb, const struct ovpp_spec_attr *attr);

/* The attribute that names the same thing by name ("bus" -> "bus_name"). */
const struct ovpp_spec_attr *cli_named(const struct ovpp_spec_set *set,
				       const struct ovpp_spec_attr *attr);

/* help.c */
void help_all(FILE *out);
void help_command(FILE *out, const struct cli_command *command);
void help_verb(FILE *out, const struct cli_command *command, const struct cli_verb *verb);

/*
 * conn.c: the connection. Each prints what went wrong and returns enum
 * cli_status.
 */
int cli_do(struct cli *cli, const char *op, const json_t *req, json_t **reply);
int cli_dump(struct cli *cli, const char *op, const json_t *req, json_t **reply);

/* Makes @req name a site: the only one, if it names none yet. */
int cli_pick_site(struct cli *cli);

/* The site of the request, by id. */
int cli_site_id(struct cli *cli, uint32_t *id);

/* A DER of a site by what the user calls it: its name or its id. */
int cli_der_id(struct cli *cli, uint32_t site, const char *der, json_int_t *id);

/* Has the host several sites? */
bool cli_several_sites(struct cli *cli);

/* Name of a site, or of a bus or DER of a site; NULL if it is not known. */
const char *cli_site_name(struct cli *cli, json_int_t id);
const char *cli_name(struct cli *cli, const char *get_op, json_int_t site, json_int_t id);

/* object.c: verbs that are the same for all kinds of objects. */
int object_list(struct cli *cli);
int object_show(struct cli *cli);
int object_change(struct cli *cli);

#endif /* OVPP_CLI_H */
