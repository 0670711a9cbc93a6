// SPDX-License-Identifier: GPL-2.0-or-later
/* Dumps of registers: lines or JSON. */
#include "sunspec_dump.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r,"

/**
 * struct reader - one run over a dump
 * @dump: what is filled
 * @name: what errors call it
 * @line: number of the line, 0 in JSON
 * @base: as ovpp_sunspec_dump_parse() was told
 * @next: address of the next register of a dump without addresses
 * @err: room for an error
 * @err_size: its size
 */
struct reader {
	struct ovpp_sunspec_dump *dump;
	const char *name;
	unsigned long line;
	long base;
	long next;
	char *err;
	size_t err_size;
};

/* -EINVAL with a text, "FILE:LINE: 'WORD' is no register". */
static int wrong(const struct reader *r, const char *word, const char *what)
{
	char where[24] = "";

	if (r->line)
		snprintf(where, sizeof(where), "%lu:", r->line);
	if (word)
		snprintf(r->err, r->err_size, "%s:%s '%.40s' %s", r->name, where, word, what);
	else
		snprintf(r->err, r->err_size, "%s:%s %s", r->name, where, what);
	return -EINVAL;
}

long ovpp_sunspec_address(const char *text)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	long value;

	if (!n || n > 9 || digits[n])
		return -1;
	value = strtol(digits, NULL, hex ? 16 : 10);
	return value < OVPP_SUNSPEC_REGISTERS ? value : -1;
}

/* Four hex digits at most; -1 for another word. */
static long hex_word(const char *text)
{
	size_t n;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	n = strspn(text, "0123456789abcdefABCDEF");
	return n && n <= 4 && !text[n] ? strtol(text, NULL, 16) : -1;
}

static int put(const struct reader *r, long address, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", address);
	if (address >= OVPP_SUNSPEC_REGISTERS)
		return wrong(r, text, "is beyond the last address, 65535");
	if (r->dump->known[address] && r->dump->reg[address] != value)
		return wrong(r, text, "comes twice, with different values");
	r->dump->known[address] = true;
	r->dump->reg[address] = (uint16_t)value;
	return 0;
}

/* ---- lines ---- */

/* All words of a line are registers from an address on, which is moved on. */
static int read_words(const struct reader *r, char *line, long *address)
{
	char *save = NULL;
	int ret = 0;

	for (char *w = strtok_r(line, BLANKS, &save); w && !ret;
	     w = strtok_r(NULL, BLANKS, &save)) {
		long value = hex_word(w);

		if (value < 0)
			return wrong(r, w, "is no register of four hex digits");
		ret = put(r, (*address)++, value);
	}
	return ret;
}

/* "ADDRESS: HEX ..." or "ADDRESS HEX". */
static int read_addressed(const struct reader *r, char *line)
{
	char *colon = strchr(line, ':'), *save = NULL, *rest;
	const char *word;
	long address;

	if (colon)
		*colon = '\0';
	word = strtok_r(line, BLANKS, &save);
	rest = colon ? colon + 1 : save;
	address = word ? ovpp_sunspec_address(word) : -1;
	if (colon && save && save[strspn(save, BLANKS)])
		return wrong(r, NULL, "one address is wanted before ':'");
	if (address < 0)
		return wrong(r, word ? word : "", "is no address of a register");
	rest += strspn(rest, BLANKS);
	if (!colon && (!*rest || rest[strcspn(rest, BLANKS)]))
		return wrong(r, NULL,
			     "neither 'ADDRESS: HEX ...' nor 'ADDRESS HEX'; for a list "
			     "without addresses say --base");
	return read_words(r, rest, &address);
}

static int read_line(struct reader *r, char *line)
{
	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	for (size_t n = strlen(line); n && strchr(BLANKS, line[n - 1]); n--)
		line[n - 1] = '\0';
	if (!*line)
		return 0;
	if (r->base < 0)
		return read_addressed(r, line);
	if (strchr(line, ':'))
		return wrong(r, NULL, "has an address; --base is for a dump without any");
	return read_words(r, line, &r->next);
}

static int read_lines(struct reader *r, const char *text, size_t size)
{
	char *copy, *line, *end;
	int ret = 0;

	if (memchr(text, '\0', size))
		return wrong(r, NULL, "this is no text");
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	for (line = copy; line && !ret; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		r->line++;
		ret = read_line(r, line);
	}
	free(copy);
	return ret;
}

/* ---- JSON ---- */

static long json_word(const json_t *value)
{
	json_int_t n = json_integer_value(value);

	if (json_is_string(value))
		return hex_word(json_string_value(value));
	return json_is_integer(value) && n >= 0 && n <= UINT16_MAX ? (long)n : -1;
}

static int read_object(const struct reader *r, json_t *regs)
{
	const char *key;
	json_t *value;
	int ret;

	if (r->base >= 0)
		return wrong(r, NULL, "has addresses; --base is for a dump without any");
	json_object_foreach (regs, key, value) {
		long address = ovpp_sunspec_address(key);

		if (address < 0)
			return wrong(r, key, "is no address of a register");
		if (json_word(value) < 0)
			return wrong(r, key, "has no register of four hex digits or 0 to 65535");
		ret = put(r, address, json_word(value));
		if (ret)
			return ret;
	}
	return 0;
}

static int read_array(struct reader *r, const json_t *regs)
{
	json_t *value;
	char text[24];
	size_t i;
	int ret;

	if (r->base < 0)
		return wrong(r, NULL, "has no addresses; say --base");
	json_array_foreach (regs, i, value) {
		snprintf(text, sizeof(text), "%zu", i);
		if (json_word(value) < 0)
			return wrong(r, text, "is the index of what is no register");
		ret = put(r, r->next++, json_word(value));
		if (ret)
			return ret;
	}
	return 0;
}

static int read_json(struct reader *r, const char *text, size_t size)
{
	json_error_t error;
	json_t *all = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error), *regs;
	int ret;

	if (!all) {
		r->line = (unsigned long)(error.line > 0 ? error.line : 0);
		return wrong(r, NULL, error.text);
	}
	regs = json_object_get(all, "regs");
	if (!regs)
		regs = all;
	if (json_is_object(regs))
		ret = read_object(r, regs);
	else if (json_is_array(regs))
		ret = read_array(r, regs);
	else
		ret = wrong(r, "regs", "is neither an object nor an array");
	json_decref(all);
	return ret;
}

int ovpp_sunspec_dump_parse(const char *text, size_t size, const char *name, long base,
			    struct ovpp_sunspec_dump *dump, char *err, size_t err_size)
{
	struct reader r = {
		.dump = dump,
		.name = name,
		.base = base,
		.next = base,
		.err = err,
		.err_size = err_size,
	};
	const char *c = text;

	memset(dump, 0, sizeof(*dump));
	if (err_size)
		*err = '\0';
	while (isspace((unsigned char)*c))
		c++;
	if (*c == '{' || *c == '[')
		return read_json(&r, text, size);
	return read_lines(&r, text, size);
}

/* ---- the map ---- */

/* The next registers without a gap, from an address on; false if there are none. */
static bool next_run(const struct ovpp_sunspec_dump *dump, struct ovpp_sunspec_map *map)
{
	size_t from = map->base + map->n, to;

	while (from < OVPP_SUNSPEC_REGISTERS && !dump->known[from])
		from++;
	for (to = from; to < OVPP_SUNSPEC_REGISTERS && dump->known[to];)
		to++;
	*map = (struct ovpp_sunspec_map){dump->reg + from, to - from, (uint32_t)from};
	return to > from;
}

static int find(const struct ovpp_sunspec_dump *dump, const uint32_t *bases, size_t n,
		struct ovpp_sunspec_map *map, size_t *at)
{
	*map = (struct ovpp_sunspec_map){0};
	while (next_run(dump, map)) {
		if (!ovpp_sunspec_find(map, bases, n, at))
			return 0;
	}
	return -ENOENT;
}

int ovpp_sunspec_dump_find(const struct ovpp_sunspec_dump *dump, struct ovpp_sunspec_map *map,
			   size_t *at)
{
	int ret = -ENOENT;

	/* Base by base, so that their order decides, not that of the registers. */
	for (size_t i = 0; i < ovpp_sunspec_n_bases && ret; i++)
		ret = find(dump, &ovpp_sunspec_bases[i], 1, map, at);
	return ret ? find(dump, NULL, 0, map, at) : 0;
}
