/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in columns. */
#ifndef OVPP_TABLE_H
#define OVPP_TABLE_H

#include <stddef.h>
#include <stdio.h>

struct table;

/**
 * table_new() - an empty table
 * @headings: one a column, not copied; "-" before it right-aligns the column.
 *	NULL for a table without headings.
 * @columns: number of columns
 *
 * Return: the table, to be freed with table_free(); NULL without memory.
 */
struct table *table_new(const char *const *headings, size_t columns);
void table_free(struct table *t);

/* The next cell, row by row; NULL or "" is shown as "-". */
void table_add(struct table *t, const char *text);

/**
 * table_print() - print it
 * @t: table
 * @out: stream
 * @eol: what ends a line, "\n"
 *
 * A column without any value is left out where the table has headings. Control
 * characters are shown as '?', so that a name cannot play with the terminal.
 */
void table_print(const struct table *t, FILE *out, const char *eol);

/* Prints text from column @indent on, in lines; the cursor is at column @at. */
void text_wrap(FILE *out, const char *text, size_t at, size_t indent);

#endif /* OVPP_TABLE_H */
