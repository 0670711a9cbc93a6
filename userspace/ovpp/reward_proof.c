// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward proof */
#include "reward_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reward.h"
#include "show.h"

static json_t *proof_json(const char *account, ovpp_u128 total, const ovpp_hash *path, int n)
{
	char text[2 + 2 * OVPP_HASH_SIZE + 1] = "0x", amount[OVPP_AMOUNT_TEXT];
	json_t *array = json_array();

	for (int i = 0; i < n; i++) {
		ovpp_hex(path[i], sizeof(path[i]), text + 2);
		json_array_append_new(array, json_string(text));
	}
	ovpp_amount_text(total, amount);
	return json_pack("{s:s,s:s,s:o}", "account", account, "cumulative", amount, "proof", array);
}

static void print(const json_t *proof)
{
	json_t *hash;
	size_t i;

	printf("account    %s\ncumulative %s\n",
	       json_string_value(json_object_get(proof, "account")),
	       json_string_value(json_object_get(proof, "cumulative")));
	json_array_foreach (json_object_get(proof, "proof"), i, hash) {
		printf("%s %s\n", i ? "          " : "proof     ", json_string_value(hash));
	}
}

static int prove(struct cli *cli, const json_t *document)
{
	const char *text = cli->words[1];
	uint8_t account[OVPP_ACCOUNT_SIZE];
	ovpp_hash path[OVPP_MERKLE_DEPTH];
	json_t *proof;
	ovpp_u128 total;
	int n;

	if (strncmp(text, "0x", 2) || ovpp_unhex(text + 2, account, sizeof(account)))
		return cli_wrong(cli, "%s: not an address", text);
	n = ovpp_reward_proof(document, account, &total, path);
	if (n == -ENOENT || n == -EBADMSG) {
		cli_error(cli, n == -ENOENT ? "the account has earned nothing"
					    : "this is no document, or its accounts are not those "
					      "of its root");
		return CLI_NO;
	}
	if (n < 0) {
		cli_error(cli, "%s", strerror(-n));
		return CLI_REFUSED;
	}
	proof = proof_json(text, total, path, n);
	if (cli->json)
		show_json(proof);
	else
		print(proof);
	json_decref(proof);
	return CLI_OK;
}

int reward_proof(struct cli *cli)
{
	json_t *document;
	int ret;

	if (cli->n_words != 2)
		return cli_wrong(cli, "a document and an account are needed");
	ret = reward_load(cli, cli->words[0], &document);
	if (!ret)
		ret = prove(cli, document);
	json_decref(document);
	return ret;
}
