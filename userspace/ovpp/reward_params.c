// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward params, and the parameters that a chain has */
#include "reward_verbs.h"

#include <stdio.h>

#include "parameter_store.h"
#include "reward_onchain.h"
#include "show.h"
#include "table.h"

/* What the chain has; @p is set if the scorer can compute with it, else @why. */
static int read_chain(struct cli *cli, struct ovpp_parameters *all, ovpp_hash hash,
		      struct ovpp_score_params *p, char *why, size_t size)
{
	struct chain c;
	int err, ret = chain_begin(&c, cli);

	if (!ret)
		ret = chain_connect(&c);
	if (!ret) {
		err = ovpp_parameters_read(c.session, all, hash);
		if (err)
			ret = chain_failed(&c, "the parameters", err);
	}
	chain_end(&c);
	if (!ret)
		ret = ovpp_parameters_score(all, hash, p, why, size) ? CLI_NO : CLI_OK;
	return ret;
}

int reward_params_take(struct cli *cli, json_t *inputs)
{
	struct ovpp_parameters all;
	struct ovpp_score_params p;
	char why[CHAIN_WHY] = "";
	ovpp_hash hash;
	int ret;

	if (!cli_flag(cli, "chain"))
		return CLI_OK;
	ret = read_chain(cli, &all, hash, &p, why, sizeof(why));
	if (ret) {
		if (*why)
			cli_error(cli, "%s", why);
		return ret;
	}
	json_object_set_new(inputs, "params", ovpp_score_params_json(&p));
	return CLI_OK;
}

static void preset(struct ovpp_parameters *all, ovpp_hash hash)
{
	struct ovpp_score_params p;
	struct ovpp_u256 value;

	ovpp_score_params_default(&p);
	ovpp_score_params_hash(&p, hash);
	for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++) {
		value = ovpp_u256(*ovpp_score_param(&p, i));
		ovpp_parameters_add(all, ovpp_score_param_name(i), &value);
	}
}

/* Governance can set what no integer of JSON holds. */
static json_t *value_json(const struct ovpp_u256 *value)
{
	char text[OVPP_U256_TEXT];
	uint64_t x;

	if (!ovpp_u256_to_u64(value, &x) && x <= INT64_MAX)
		return json_integer((json_int_t)x);
	ovpp_u256_to_decimal(value, text);
	return json_string(text);
}

static void print_json(const struct ovpp_parameters *all, const char *hash)
{
	json_t *params = json_object(), *object;

	for (size_t i = 0; i < all->n; i++)
		json_object_set_new(params, all->p[i].name, value_json(&all->p[i].value));
	object = json_pack("{s:o,s:s}", "params", params, "params_hash", hash);
	show_json(object);
	json_decref(object);
}

static void print_text(const struct ovpp_parameters *all, const char *hash)
{
	static const char *const headings[] = {"NAME", "-VALUE"};
	struct table *t = table_new(headings, 2);
	char number[OVPP_U256_TEXT];

	for (size_t i = 0; t && i < all->n; i++) {
		ovpp_u256_to_decimal(&all->p[i].value, number);
		table_add(t, all->p[i].name);
		table_add(t, number);
	}
	if (t)
		table_print(t, stdout, "\n");
	table_free(t);
	printf("\nHash %s\n", hash);
}

int reward_params(struct cli *cli)
{
	char text[2 * OVPP_HASH_SIZE + 1], why[CHAIN_WHY] = "";
	struct ovpp_parameters all = {0};
	struct ovpp_score_params p;
	int ret = CLI_OK;
	ovpp_hash hash;

	if (cli_flag(cli, "chain"))
		ret = read_chain(cli, &all, hash, &p, why, sizeof(why));
	else
		preset(&all, hash);
	if (ret && !*why)
		return ret;
	ovpp_hex(hash, sizeof(hash), text);
	if (cli->json)
		print_json(&all, text);
	else
		print_text(&all, text);
	/* They are shown all the same. */
	if (*why)
		cli_error(cli, "%s", why);
	return ret;
}
