// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp key show --did */
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "did.h"
#include "get.h"
#include "key_verbs.h"
#include "ledger_read.h"
#include "show.h"

/* Identities on chains: of the gateway, and of one device. */
static const char gateway_sql[] = "SELECT chain_id, registry, gateway FROM identity";
static const char device_sql[] =
	"SELECT chain_id, registry, id FROM device_identity WHERE registered AND device = ?";

/* CAIP-19: an asset. */
static json_t *asset(sqlite3_stmt *st)
{
	char registry[OVPP_ADDRESS_TEXT], number[OVPP_U256_TEXT];
	struct ovpp_u256 id;

	ovpp_address_format(sqlite3_column_blob(st, 1), registry);
	ovpp_u256_load(&id, sqlite3_column_blob(st, 2));
	ovpp_u256_to_decimal(&id, number);
	return json_sprintf("eip155:%lld/erc721:%s/%s", (long long)sqlite3_column_int64(st, 0),
			    registry, number);
}

/* CAIP-10: an account on a chain. */
static json_t *account_on(sqlite3_stmt *st, const ovpp_address account)
{
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(account, text);
	return json_sprintf("eip155:%lld:%s", (long long)sqlite3_column_int64(st, 0), text);
}

/* On each chain that @query finds; @account may be NULL. A new array. */
static json_t *known_as(struct ovpp_reader *r, const char *query, json_int_t device,
			const uint8_t *account)
{
	json_t *list = json_array();
	sqlite3_stmt *st;

	/* Without the table there is none. */
	if (sqlite3_prepare_v2(ovpp_reader_sql(r), query, -1, &st, NULL))
		return list;
	if (sqlite3_bind_parameter_count(st))
		sqlite3_bind_int64(st, 1, device);
	while (sqlite3_step(st) == SQLITE_ROW) {
		if (sqlite3_column_bytes(st, 1) != OVPP_ADDRESS_SIZE ||
		    sqlite3_column_bytes(st, 2) != OVPP_U256_SIZE)
			continue;
		json_array_append_new(list, asset(st));
		if (account)
			json_array_append_new(list, account_on(st, account));
	}
	sqlite3_finalize(st);
	return list;
}

/* Adds the document of an id, as hexadecimal, and takes over its other names. */
static void add(json_t *documents, const char *id, json_t *names)
{
	uint8_t key[OVPP_KEY_SIZE];

	if (!ovpp_unhex(id, key, sizeof(key)))
		json_array_append_new(documents, ovpp_did_document(key, names));
	json_decref(names);
}

static json_t *make_all(struct cli *cli, struct ovpp_reader *r, const json_t *gateway)
{
	json_t *documents = json_array(), *device;
	char buf[PATH_MAX], err[512];
	ovpp_address account;
	bool has_account;
	size_t i;

	has_account = !ovpp_account_address(key_folder(cli, buf), account, err, sizeof(err));
	add(documents, get_str(gateway, "gateway"),
	    known_as(r, gateway_sql, 0, has_account ? account : NULL));
	json_array_foreach (json_object_get(gateway, "devices"), i, device)
		add(documents, get_str(device, "id"),
		    known_as(r, device_sql, get_int(device, "device"), NULL));
	return documents;
}

/* By its identifier, or by the key in hexadecimal. */
static json_t *find(json_t *documents, const char *id)
{
	char did[OVPP_DID_SIZE] = "";
	uint8_t key[OVPP_KEY_SIZE];
	json_t *document;
	size_t i;

	if (!ovpp_unhex(id, key, sizeof(key)))
		ovpp_did_key(key, did);
	json_array_foreach (documents, i, document) {
		const char *own = get_str(document, "id");

		if (!strcmp(own, id) || !strcmp(own, did))
			return document;
	}
	return NULL;
}

int key_documents(struct cli *cli, const json_t *gateway, const char *id)
{
	json_t *documents, *found;
	struct ovpp_reader *r;
	char err[512];
	int ret = CLI_NO;

	if (ovpp_reader_open(key_ledger(cli), &r, err, sizeof(err))) {
		cli_error(cli, "%s: %s", key_ledger(cli), err);
		return CLI_REFUSED;
	}
	documents = make_all(cli, r, gateway);
	ovpp_reader_close(r);
	found = strcmp(id, "all") ? find(documents, id) : documents;
	if (found)
		ret = show_json(found);
	else
		cli_error(cli, "--did: neither the gateway nor a device has the id '%s'", id);
	json_decref(documents);
	return ret;
}
