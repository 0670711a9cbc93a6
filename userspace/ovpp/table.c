// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2
#define WIDTH 79

struct table {
	const char *const *headings;
	size_t columns;
	size_t n;
	size_t room;
	bool failed;
	char **cell;
};

struct table *table_new(const char *const *headings, size_t columns)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->headings = headings;
	t->columns = columns;
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->cell[i]);
	free(t->cell);
	free(t);
}

void table_add(struct table *t, const char *text)
{
	char *copy;

	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		char **cell = realloc(t->cell, room * sizeof(*cell));

		if (!cell) {
			t->failed = true;
			return;
		}
		t->cell = cell;
		t->room = room;
	}
	copy = strdup(text && *text ? text : "-");
	if (!copy) {
		t->failed = true;
		return;
	}
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	t->cell[t->n++] = copy;
}

/* Places that a UTF-8 text takes. */
static size_t places(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static bool right_aligned(const struct table *t, size_t column)
{
	return t->headings && t->headings[column][0] == '-';
}

static const char *heading(const struct table *t, size_t column)
{
	return t->headings[column] + right_aligned(t, column);
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t width = t->headings ? places(heading(t, column)) : 0;

	for (size_t i = column; i < t->n; i += t->columns) {
		if (places(t->cell[i]) > width)
			width = places(t->cell[i]);
	}
	return width;
}

/* Has the column a value in any row? An empty table shows all its headings. */
static bool column_used(const struct table *t, size_t column)
{
	if (!t->headings || !t->n)
		return true;
	for (size_t i = column; i < t->n; i += t->columns) {
		if (strcmp(t->cell[i], "-"))
			return true;
	}
	return false;
}

/* One cell; @pending holds the spaces owed, which a line's end never gets. */
static void print_cell(FILE *out, const char *text, size_t width, bool right, size_t *pending)
{
	size_t fill = width - places(text);

	if (right)
		*pending += fill;
	fprintf(out, "%*s%s", (int)*pending, "", text);
	*pending = GAP + (right ? 0 : fill);
}

static void print_row(const struct table *t, FILE *out, const size_t *width, char *const *cell)
{
	size_t pending = 0;

	for (size_t c = 0; c < t->columns; c++) {
		if (width[c])
			print_cell(out, cell ? cell[c] : heading(t, c), width[c],
				   right_aligned(t, c), &pending);
	}
}

void table_print(const struct table *t, FILE *out, const char *eol)
{
	size_t *width = calloc(t->columns, sizeof(*width));

	if (!width || t->failed) {
		fprintf(stderr, "ovpp: out of memory\n");
		goto out;
	}
	for (size_t c = 0; c < t->columns; c++)
		width[c] = column_used(t, c) ? column_width(t, c) : 0;
	if (t->headings) {
		print_row(t, out, width, NULL);
		fputs(eol, out);
	}
	for (size_t i = 0; i + t->columns <= t->n; i += t->columns) {
		print_row(t, out, width, t->cell + i);
		fputs(eol, out);
	}
out:
	free(width);
}

void text_wrap(FILE *out, const char *text, size_t at, size_t indent)
{
	bool first = true;

	if (at && at + GAP > indent)
		at = WIDTH; /* begins on a line of its own */
	else
		at += (size_t)fprintf(out, "%*s", (int)(indent - at), "");
	for (size_t len; *text; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (at + !first + len > WIDTH && at > indent) {
			at = (size_t)fprintf(out, "\n%*s", (int)indent, "") - 1;
			first = true;
		}
		at += (size_t)fprintf(out, "%s%.*s", first ? "" : " ", (int)len, text);
		first = false;
	}
	fputc('\n', out);
}
