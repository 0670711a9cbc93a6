// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eip712.h"
#include "evm_key.h"

/* "0x" and digits, as a new text. */
static json_t *hex(const void *data, size_t size)
{
	char *text = malloc(2 + 2 * size + 1);
	json_t *value = NULL;

	if (text) {
		memcpy(text, "0x", 2);
		ovpp_hex(data, size, text + 2);
		value = json_string(text);
	}
	free(text);
	return value;
}

static json_t *number(const struct ovpp_abi *v)
{
	char text[24];
	uint64_t x;

	/* Wallets take both; people read this one. */
	if (ovpp_abi_to_uint(v, &x))
		return hex(v->word, sizeof(v->word));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)x);
	return json_string(text);
}

/* A value in the form that wallets want of its type. */
static json_t *value_of(const char *type, const struct ovpp_abi *v)
{
	char address[OVPP_ADDRESS_TEXT];

	if (!strcmp(type, "bytes"))
		return hex(v->data, v->size);
	if (!strcmp(type, "string"))
		return json_stringn((const char *)v->data, v->size);
	if (!strcmp(type, "bool"))
		return json_boolean(v->word[31]);
	if (!strncmp(type, "uint", 4))
		return number(v);
	if (!strncmp(type, "bytes", 5))
		return hex(v->word, strtoul(type + 5, NULL, 10));
	ovpp_address_format(ovpp_abi_to_address(v), address);
	return json_string(address);
}

/*
 * Members of a type as [{"name", "type"}], and their values as an object. The text was
 * taken by ovpp_eip712_struct().
 */
static void put_members(const char *type, const struct ovpp_abi *v, json_t *members,
			json_t *message)
{
	const char *at = strchr(type, '(');
	char word[32], name[32];
	int length;

	for (size_t i = 0; sscanf(at + 1, "%31[^ ] %31[^,)]%n", word, name, &length) == 2; i++) {
		json_array_append_new(members, json_pack("{s:s, s:s}", "name", name, "type", word));
		json_object_set_new(message, name, value_of(word, &v[i]));
		at += 1 + length;
		if (*at != ',')
			break;
	}
}

json_t *ovpp_eip712_json(const char *name, const char *version, uint64_t chain_id,
			 const ovpp_address contract, const char *type, const struct ovpp_abi *v,
			 size_t n)
{
	json_t *members, *message, *types;
	char address[OVPP_ADDRESS_TEXT], primary[32];
	ovpp_hash hash;

	if (ovpp_eip712_struct(type, v, n, hash) || sscanf(type, "%31[^(]", primary) != 1)
		return NULL;
	members = json_array();
	message = json_object();
	put_members(type, v, members, message);
	ovpp_address_format(contract, address);
	types = json_pack("{s:[{s:s,s:s},{s:s,s:s},{s:s,s:s},{s:s,s:s}], s:o}", "EIP712Domain",
			  "name", "name", "type", "string", "name", "version", "type", "string",
			  "name", "chainId", "type", "uint256", "name", "verifyingContract", "type",
			  "address", primary, members);
	return json_pack("{s:o, s:s, s:{s:s, s:s, s:I, s:s}, s:o}", "types", types, "primaryType",
			 primary, "domain", "name", name, "version", version, "chainId",
			 (json_int_t)chain_id, "verifyingContract", address, "message", message);
}
