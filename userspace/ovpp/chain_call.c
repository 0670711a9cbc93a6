// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_call.h"

#include <stdio.h>
#include <time.h>

#include "get.h"
#include "reward.h"
#include "show.h"

int chain_call(struct cli *cli, bool account, int (*run)(struct chain *c))
{
	struct chain c;
	int ret = chain_begin(&c, cli);

	if (!ret && account)
		ret = chain_account(&c);
	if (!ret)
		ret = chain_connect(&c);
	if (!ret)
		ret = run(&c);
	chain_end(&c);
	return ret;
}

int chain_no(const struct chain *c, const char *why)
{
	cli_error(c->cli, "%s", why);
	return CLI_NO;
}

int chain_call_send(const struct chain *c, enum ovpp_contract contract, const char *what,
		    const char *signature, const struct ovpp_abi *arg, size_t n_args, json_t **sent)
{
	struct ovpp_outbox_call_result result;
	int ret = chain_send(c, contract, what, signature, arg, n_args, &result);

	if (!ret)
		*sent = chain_result(&result);
	return ret;
}

int chain_call_done(const struct chain *c, json_t *about, json_t *sent, const char *text)
{
	char cost[CHAIN_COIN_TEXT];

	json_object_update(about, sent);
	if (c->cli->json)
		show_json(about);
	else
		printf("%s\nTransaction %s, block %lld, gas %lld, %s.\n", text, get_str(sent, "tx"),
		       (long long)get_int(sent, "block"), (long long)get_int(sent, "gas"),
		       chain_coin(c, (uint64_t)get_int(sent, "cost_gwei"), cost));
	json_decref(about);
	json_decref(sent);
	return CLI_OK;
}

json_t *chain_amount(ovpp_u128 amount)
{
	char text[OVPP_AMOUNT_TEXT];

	ovpp_amount_text(amount, text);
	return json_string(text);
}

const char *chain_tokens(ovpp_u128 amount, char *buf)
{
	ovpp_tokens_text(amount, buf);
	return buf;
}

const char *chain_date(uint64_t time_s, char *buf)
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, CHAIN_DATE, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, CHAIN_DATE, "?");
	return buf;
}
