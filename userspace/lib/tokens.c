// SPDX-License-Identifier: GPL-2.0-or-later
#include "tokens.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reward.h"

#define DECIMALS 18
#define TOKEN ((ovpp_u128)1000000000000000000)

void ovpp_tokens_text(ovpp_u128 amount, char text[OVPP_TOKENS_TEXT])
{
	char whole[OVPP_AMOUNT_TEXT], part[DECIMALS + 1];
	size_t n = DECIMALS;

	ovpp_amount_text(amount / TOKEN, whole);
	snprintf(part, sizeof(part), "%018llu", (unsigned long long)(amount % TOKEN));
	while (n && part[n - 1] == '0')
		n--;
	snprintf(text, OVPP_TOKENS_TEXT, "%s%s%.*s", whole, n ? "." : "", (int)n, part);
}

int ovpp_tokens_parse(const char *text, ovpp_u128 *amount)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	char digits[OVPP_AMOUNT_TEXT + DECIMALS];
	const char *first = digits;

	if (text[whole] == '.') {
		part = strspn(text + whole + 1, "0123456789");
		if (!part || text[whole + 1 + part])
			return -EINVAL;
	} else if (text[whole]) {
		return -EINVAL;
	}
	if (!whole || part > DECIMALS)
		return -EINVAL;
	if (whole >= OVPP_AMOUNT_TEXT)
		return -ERANGE;
	memset(digits, '0', whole + DECIMALS);
	memcpy(digits, text, whole);
	memcpy(digits + whole, text + whole + 1, part);
	digits[whole + DECIMALS] = '\0';
	while (*first == '0' && first[1])
		first++;
	return ovpp_amount_parse(first, amount);
}

struct ovpp_abi ovpp_abi_amount(ovpp_u128 amount)
{
	struct ovpp_u256 x = {{(uint64_t)amount, (uint64_t)(amount >> 64)}};

	return ovpp_abi_u256(&x);
}

int ovpp_abi_to_amount(const struct ovpp_abi *v, ovpp_u128 *amount)
{
	struct ovpp_u256 x;

	ovpp_u256_load(&x, v->word);
	if (x.w[3] | x.w[2] | x.w[1] >> 63)
		return -ERANGE;
	*amount = (ovpp_u128)x.w[1] << 64 | x.w[0];
	return 0;
}
