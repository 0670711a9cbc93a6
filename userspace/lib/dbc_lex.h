/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a DBC file. */
#ifndef OVPP_DBC_LEX_H
#define OVPP_DBC_LEX_H

#include <stdbool.h>
#include <stddef.h>

#define OVPP_DBC_WORD 128

/**
 * struct ovpp_dbc_lex - place in a text
 * @at: next character; the text ends with a NUL
 * @line: its line, from 1 on
 */
struct ovpp_dbc_lex {
	const char *at;
	unsigned int line;
};

/* Pass over blanks, line ends and comments. */
void ovpp_dbc_blanks(struct ovpp_dbc_lex *lex);

/* Each of these passes over blanks first and takes nothing if it is false. */
bool ovpp_dbc_char(struct ovpp_dbc_lex *lex, char c);
bool ovpp_dbc_word(struct ovpp_dbc_lex *lex, char word[OVPP_DBC_WORD]);
bool ovpp_dbc_number(struct ovpp_dbc_lex *lex, char word[OVPP_DBC_WORD]);
bool ovpp_dbc_integer(struct ovpp_dbc_lex *lex, long long *v);

/* *@text is set to the unescaped string, to be freed; NULL out of memory. */
bool ovpp_dbc_string(struct ovpp_dbc_lex *lex, char **text);

/* Pass over the rest of a statement and the ';' at its end. */
void ovpp_dbc_skip(struct ovpp_dbc_lex *lex);

/* Is the next word alone on its line, as in the list of NS_? Then take it. */
bool ovpp_dbc_lonely(struct ovpp_dbc_lex *lex);

#endif /* OVPP_DBC_LEX_H */
