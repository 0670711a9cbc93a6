// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp chain account */
#include <stdio.h>

#include "chain_common.h"
#include "chain_verbs.h"
#include "show.h"

static int show(const struct chain *c, uint64_t gwei)
{
	const uint8_t *account = ovpp_evm_key_address(c->key);
	char address[OVPP_ADDRESS_TEXT], coin[CHAIN_COIN_TEXT];
	json_t *o;

	if (!c->cli->json) {
		ovpp_address_format(account, address);
		printf("%s has %s on %s\n", address, chain_coin(c, gwei, coin),
		       c->config.network->name);
		return CLI_OK;
	}
	o = json_pack("{s:s, s:I, s:o, s:I, s:s}", "network", c->config.network->name, "chain_id",
		      (json_int_t)c->config.network->chain_id, "address", chain_address(account),
		      "balance_gwei", (json_int_t)gwei, "symbol", c->config.network->symbol);
	show_json(o);
	json_decref(o);
	return CLI_OK;
}

int chain_show_account(struct cli *cli)
{
	uint64_t gwei;
	struct chain c;
	int ret = chain_begin(&c, cli);

	if (!ret)
		ret = chain_account(&c);
	if (!ret)
		ret = chain_connect(&c);
	if (!ret)
		ret = chain_balance(&c, ovpp_evm_key_address(c.key), &gwei);
	if (!ret)
		ret = show(&c, gwei);
	chain_end(&c);
	return ret;
}
