/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of the family for people and for programs. */
#ifndef OVPP_SHOW_H
#define OVPP_SHOW_H

#include "cli.h"
#include "quantity.h"

/* Room for any value as text. */
#define SHOW_TEXT 160

/**
 * struct column - a column of a list
 * @heading: heading, "-" before it aligns to the right
 * @key: attribute shown, or what @text makes of it
 * @text: makes the text in a buffer of SHOW_TEXT bytes where the attribute alone
 *	does not; returns NULL for what is not known
 */
struct column {
	const char *heading;
	const char *key;
	const char *(*text)(struct cli *cli, const json_t *row, const char *key, char *buf);
};

/* Prints JSON. */
int show_json(const json_t *value);

/* Prints rows, as JSON where that was asked for. */
int show_rows(struct cli *cli, const struct column *columns, const json_t *rows);

/**
 * show_object() - attributes of an object, one a line
 * @cli: invocation
 * @op: operation whose request attributes are settings, shown exactly
 * @object: object
 */
int show_object(struct cli *cli, const char *op, const json_t *object);

/*
 * An attribute as text in a buffer of SHOW_TEXT bytes, @exact for a setting;
 * NULL if @value is absent or null.
 */
const char *show_value(const char *key, const json_t *value, bool exact, char *buf);

/* "fail_safe" -> "fail-safe". */
const char *show_word(const char *word, char *buf);

/* Columns that several lists have. */
const char *show_site(struct cli *cli, const json_t *row, const char *key, char *buf);

/* A point of a DER as struct column has it; @key is the point's name. */
const char *show_point(struct cli *cli, const json_t *der, const char *key, char *buf);

/* The object of a point among a DER's, NULL if it is not there. */
const json_t *find_point(const json_t *der, const char *name);

#endif /* OVPP_SHOW_H */
