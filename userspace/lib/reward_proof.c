// SPDX-License-Identifier: GPL-2.0-or-later
/* The proof that an account is paid by. */
#include "reward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes in hexadecimal behind @prefix. */
static int bytes_of(const json_t *object, const char *key, const char *prefix, uint8_t *out,
		    size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));
	size_t skip = strlen(prefix);

	if (!text || strncmp(text, prefix, skip) || ovpp_unhex(text + skip, out, size))
		return -EBADMSG;
	return 0;
}

/* The accounts of the results are all that the tree is made of. */
static int read_accounts(const json_t *results, struct ovpp_epoch *e)
{
	const json_t *array = json_object_get(results, "accounts"), *x;
	const char *total;
	int ret = 0;

	e->account = calloc(json_array_size(array) + 1, sizeof(*e->account));
	if (!e->account)
		return -ENOMEM;
	while (e->n_accounts < json_array_size(array) && !ret) {
		struct ovpp_epoch_account *a = &e->account[e->n_accounts];

		x = json_array_get(array, e->n_accounts++);
		total = json_string_value(json_object_get(x, "total"));
		ret = bytes_of(x, "account", "0x", a->account, sizeof(a->account));
		if (!total || ovpp_amount_parse(total, &a->total))
			ret = -EBADMSG;
	}
	return ret;
}

/* Are they those of the root? */
static int check_root(const json_t *results, const struct ovpp_epoch *e,
		      const struct ovpp_ledger_contract *contract)
{
	ovpp_hash root, claimed;
	int ret = bytes_of(results, "root", "", claimed, sizeof(claimed));

	if (!ret)
		ret = ovpp_epoch_root(e, contract, root);
	return !ret && memcmp(root, claimed, sizeof(root)) ? -EBADMSG : ret;
}

int ovpp_reward_proof(const json_t *document, const uint8_t account[OVPP_ACCOUNT_SIZE],
		      ovpp_u128 *total, ovpp_hash *path)
{
	const json_t *results = json_object_get(document, "results");
	const json_t *inputs = json_object_get(document, "inputs");
	json_int_t chain = json_integer_value(json_object_get(inputs, "chain_id"));
	struct ovpp_ledger_contract contract = {.chain_id = (uint64_t)chain};
	struct ovpp_epoch e = {0};
	size_t i = 0;
	int ret;

	ret = bytes_of(inputs, "contract", "0x", contract.address, sizeof(contract.address));
	if (!ret)
		ret = read_accounts(results, &e);
	if (!ret)
		ret = check_root(results, &e, &contract);
	while (!ret && i < e.n_accounts && memcmp(e.account[i].account, account, OVPP_ACCOUNT_SIZE))
		i++;
	if (!ret)
		ret = ovpp_epoch_proof(&e, &contract, i, path);
	if (ret >= 0)
		*total = e.account[i].total;
	ovpp_epoch_free(&e);
	return ret;
}
