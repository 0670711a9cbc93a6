// SPDX-License-Identifier: GPL-2.0-or-later
#include "dbc_lex.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

void ovpp_dbc_blanks(struct ovpp_dbc_lex *lex)
{
	for (;;) {
		if (lex->at[0] == '/' && lex->at[1] == '/') {
			lex->at += strcspn(lex->at, "\n");
			continue;
		}
		if (!isspace((unsigned char)*lex->at))
			return;
		lex->line += *lex->at == '\n';
		lex->at++;
	}
}

bool ovpp_dbc_char(struct ovpp_dbc_lex *lex, char c)
{
	ovpp_dbc_blanks(lex);
	if (!c || *lex->at != c)
		return false;
	lex->at++;
	return true;
}

/* Take @n characters as a word, cut off at its size. */
static bool take(struct ovpp_dbc_lex *lex, size_t n, char word[OVPP_DBC_WORD])
{
	size_t kept = n < OVPP_DBC_WORD ? n : OVPP_DBC_WORD - 1;

	memcpy(word, lex->at, kept);
	word[kept] = '\0';
	lex->at += n;
	return n;
}

bool ovpp_dbc_word(struct ovpp_dbc_lex *lex, char word[OVPP_DBC_WORD])
{
	size_t n = 0;

	ovpp_dbc_blanks(lex);
	while (is_word(lex->at[n]))
		n++;
	return take(lex, n, word);
}

bool ovpp_dbc_number(struct ovpp_dbc_lex *lex, char word[OVPP_DBC_WORD])
{
	const char *s;

	ovpp_dbc_blanks(lex);
	s = lex->at;
	if (*s == '-' || *s == '+')
		s++;
	if (!s[strspn(s, ".")] || !isdigit((unsigned char)s[strspn(s, ".")]))
		return false;
	s += strspn(s, "0123456789.");
	if (*s == 'e' || *s == 'E') {
		const char *exponent = s + 1;

		if (*exponent == '-' || *exponent == '+')
			exponent++;
		if (isdigit((unsigned char)*exponent))
			s = exponent + strspn(exponent, "0123456789");
	}
	return take(lex, (size_t)(s - lex->at), word);
}

bool ovpp_dbc_integer(struct ovpp_dbc_lex *lex, long long *v)
{
	const char *s;
	char *end;

	ovpp_dbc_blanks(lex);
	s = lex->at + (*lex->at == '-' || *lex->at == '+');
	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	*v = strtoll(lex->at, &end, 10);
	if (errno)
		return false;
	lex->at = end;
	return true;
}

bool ovpp_dbc_string(struct ovpp_dbc_lex *lex, char **text)
{
	const char *s;
	char *out;

	ovpp_dbc_blanks(lex);
	if (*lex->at != '"')
		return false;
	for (s = lex->at + 1; *s && *s != '"'; s++)
		if (s[0] == '\\' && s[1] == '"')
			s++;
	if (!*s)
		return false;
	*text = out = malloc((size_t)(s - lex->at));
	for (lex->at++; lex->at < s; lex->at++) {
		lex->line += *lex->at == '\n';
		if (lex->at[0] == '\\' && lex->at[1] == '"')
			lex->at++;
		if (out)
			*out++ = *lex->at;
	}
	if (out)
		*out = '\0';
	lex->at++;
	return true;
}

void ovpp_dbc_skip(struct ovpp_dbc_lex *lex)
{
	bool quoted = false;

	for (; *lex->at; lex->at++) {
		lex->line += *lex->at == '\n';
		if (*lex->at == '"')
			quoted = !quoted;
		if (*lex->at == ';' && !quoted) {
			lex->at++;
			return;
		}
	}
}

bool ovpp_dbc_lonely(struct ovpp_dbc_lex *lex)
{
	size_t n = 0, rest;

	ovpp_dbc_blanks(lex);
	while (is_word(lex->at[n]))
		n++;
	rest = n + strspn(lex->at + n, " \t\r");
	if (!n || (lex->at[rest] && lex->at[rest] != '\n'))
		return false;
	lex->at += rest;
	return true;
}
