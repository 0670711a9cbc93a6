// SPDX-License-Identifier: GPL-2.0-or-later
#include "eth.h"

#include <jansson.h>
#include <stdlib.h>

/* Blocks whose fees are looked at, and which of the tips in each: the middle one. */
#define FEE_BLOCKS 8
#define FEE_PERCENTILE 50

static json_t *hex(const uint8_t *data, size_t size)
{
	char *text = malloc(2 + 2 * size + 1);
	json_t *j;

	if (!text)
		return NULL;
	text[0] = '0';
	text[1] = 'x';
	ovpp_hex(data, size, text + 2);
	j = json_string(text);
	free(text);
	return j;
}

static json_t *quantity(uint64_t x)
{
	struct ovpp_u256 wide = ovpp_u256(x);
	char text[OVPP_U256_TEXT];

	ovpp_u256_to_quantity(&wide, text);
	return json_string(text);
}

static json_t *block(const struct ovpp_eth_request *req)
{
	static const char *const name[] = {
		[OVPP_ETH_LATEST] = "latest",
		[OVPP_ETH_SAFE] = "safe",
		[OVPP_ETH_FINALIZED] = "finalized",
	};

	return req->tag == OVPP_ETH_NUMBER ? quantity(req->number) : json_string(name[req->tag]);
}

static json_t *call(const struct ovpp_eth_request *req)
{
	json_t *j = json_pack("{s:o,s:o,s:o}", "from", hex(req->from, OVPP_ADDRESS_SIZE), "to",
			      hex(req->to, OVPP_ADDRESS_SIZE), "data", hex(req->data, req->size));
	char value[OVPP_U256_TEXT];

	if (ovpp_u256_is_zero(&req->value))
		return j;
	ovpp_u256_to_quantity(&req->value, value);
	json_object_set_new(j, "value", json_string(value));
	return j;
}

/* Topics that may be any are null. */
static json_t *topics(const struct ovpp_eth_request *req)
{
	json_t *array = json_pack("[o]", hex(req->hash, OVPP_HASH_SIZE));

	for (unsigned int i = 1; i < req->topic_at; i++)
		json_array_append_new(array, json_null());
	if (req->topic_at)
		json_array_append_new(array, hex(req->topic, OVPP_HASH_SIZE));
	return array;
}

static json_t *logs(const struct ovpp_eth_request *req)
{
	return json_pack("[{s:o,s:o,s:o,s:o}]", "address", hex(req->to, OVPP_ADDRESS_SIZE),
			 "topics", topics(req), "fromBlock", quantity(req->number), "toBlock",
			 quantity(req->last));
}

static json_t *params(const struct ovpp_eth_request *req, const char **method)
{
	static const char *const name[] = {
		[OVPP_ETH_CHAIN_ID] = "eth_chainId",
		[OVPP_ETH_CODE] = "eth_getCode",
		[OVPP_ETH_CALL] = "eth_call",
		[OVPP_ETH_ESTIMATE] = "eth_estimateGas",
		[OVPP_ETH_FEES] = "eth_feeHistory",
		[OVPP_ETH_NONCE] = "eth_getTransactionCount",
		[OVPP_ETH_BALANCE] = "eth_getBalance",
		[OVPP_ETH_SEND] = "eth_sendRawTransaction",
		[OVPP_ETH_RECEIPT] = "eth_getTransactionReceipt",
		[OVPP_ETH_BLOCK] = "eth_getBlockByNumber",
		[OVPP_ETH_LOGS] = "eth_getLogs",
	};

	*method = name[req->method];
	switch (req->method) {
	case OVPP_ETH_CODE:
		return json_pack("[o,s]", hex(req->to, OVPP_ADDRESS_SIZE), "latest");
	case OVPP_ETH_CALL:
		return json_pack("[o,o]", call(req), block(req));
	case OVPP_ETH_ESTIMATE:
		return json_pack("[o]", call(req));
	case OVPP_ETH_FEES:
		return json_pack("[o,s,[i]]", quantity(FEE_BLOCKS), "latest", FEE_PERCENTILE);
	case OVPP_ETH_NONCE:
	case OVPP_ETH_BALANCE:
		return json_pack("[o,s]", hex(req->from, OVPP_ADDRESS_SIZE), "latest");
	case OVPP_ETH_SEND:
		return json_pack("[o]", hex(req->data, req->size));
	case OVPP_ETH_RECEIPT:
		return json_pack("[o]", hex(req->hash, OVPP_HASH_SIZE));
	case OVPP_ETH_BLOCK:
		return json_pack("[o,b]", block(req), 0);
	case OVPP_ETH_LOGS:
		return logs(req);
	default:
		return json_array();
	}
}

char *ovpp_eth_encode(const struct ovpp_eth_request *req, uint64_t id)
{
	const char *method;
	json_t *p = params(req, &method);
	json_t *j = json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", "2.0", "id", (json_int_t)id, "method",
			      method, "params", p);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	return text;
}
