/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts of the token, which has 18 decimals, in base units below 2^127. */
#ifndef OVPP_TOKENS_H
#define OVPP_TOKENS_H

#include "abi.h"
#include "score.h"

#define OVPP_TOKENS_TEXT 48

/* "12.5": without zeros at the end. */
void ovpp_tokens_text(ovpp_u128 amount, char text[OVPP_TOKENS_TEXT]);
/* 0; -EINVAL: no number, or more than 18 decimals; -ERANGE: it is too large. */
int ovpp_tokens_parse(const char *text, ovpp_u128 *amount);

/* As a value of a contract, and back: 0 or -ERANGE. */
struct ovpp_abi ovpp_abi_amount(ovpp_u128 amount);
int ovpp_abi_to_amount(const struct ovpp_abi *v, ovpp_u128 *amount);

#endif /* OVPP_TOKENS_H */
