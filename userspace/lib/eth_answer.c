// SPDX-License-Identifier: GPL-2.0-or-later
#include "eth.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keccak.h"

/* Codes of JSON-RPC errors that clients agree on. */
#define CODE_REVERTED 3
#define CODE_LIMIT (-32005)
#define CODE_TOO_MANY 429

const char *ovpp_eth_result_name(enum ovpp_eth_result result)
{
	static const char *const name[N_OVPP_ETH_RESULTS] = {
		[OVPP_ETH_OK] = "ok",
		[OVPP_ETH_ABSENT] = "absent",
		[OVPP_ETH_REVERTED] = "reverted",
		[OVPP_ETH_KNOWN] = "already known",
		[OVPP_ETH_NONCE_TOO_LOW] = "nonce too low",
		[OVPP_ETH_UNDERPRICED] = "replacement underpriced",
		[OVPP_ETH_FEE_TOO_LOW] = "fee too low",
		[OVPP_ETH_NO_FUNDS] = "insufficient funds",
		[OVPP_ETH_REFUSED] = "refused",
		[OVPP_ETH_UNREACHABLE] = "unreachable",
		[OVPP_ETH_TIMEOUT] = "timeout",
		[OVPP_ETH_TLS] = "certificate",
		[OVPP_ETH_RATE_LIMITED] = "rate limited",
		[OVPP_ETH_SERVER] = "server error",
		[OVPP_ETH_HTTP] = "HTTP status",
		[OVPP_ETH_TOO_LARGE] = "answer too large",
		[OVPP_ETH_GARBAGE] = "garbage",
		[OVPP_ETH_NULL] = "null",
		[OVPP_ETH_WRONG_ID] = "wrong id",
		[OVPP_ETH_WRONG_CHAIN] = "wrong chain",
		[OVPP_ETH_NO_MEMORY] = "no memory",
	};

	return name[result];
}

void ovpp_eth_answer_free(struct ovpp_eth_answer *a)
{
	ovpp_buffer_free(&a->data);
	free(a->log);
	*a = (struct ovpp_eth_answer){0};
}

void ovpp_eth_fail(struct ovpp_eth_answer *a, enum ovpp_eth_result result, const char *format, ...)
{
	va_list args;

	a->result = result;
	va_start(args, format);
	vsnprintf(a->text, sizeof(a->text), format, args);
	va_end(args);
}

/* ---- what nodes say ---- */

enum ovpp_eth_result ovpp_eth_classify(const char *message)
{
	/* In this order: some messages have more than one of the words. */
	static const struct {
		const char *words;
		enum ovpp_eth_result result;
	} known[] = {
		{"already known", OVPP_ETH_KNOWN},
		{"already imported", OVPP_ETH_KNOWN},
		{"alreadyknown", OVPP_ETH_KNOWN},
		{"known transaction", OVPP_ETH_KNOWN},
		{"already exists", OVPP_ETH_KNOWN},
		{"nonce too low", OVPP_ETH_NONCE_TOO_LOW},
		{"nonce is too low", OVPP_ETH_NONCE_TOO_LOW},
		{"oldnonce", OVPP_ETH_NONCE_TOO_LOW},
		{"below current nonce", OVPP_ETH_NONCE_TOO_LOW},
		{"replacement", OVPP_ETH_UNDERPRICED},
		{"too low to replace", OVPP_ETH_UNDERPRICED},
		{"could not replace", OVPP_ETH_UNDERPRICED},
		{"base fee", OVPP_ETH_FEE_TOO_LOW},
		{"underpriced", OVPP_ETH_FEE_TOO_LOW},
		{"feetoolow", OVPP_ETH_FEE_TOO_LOW},
		{"fee too low", OVPP_ETH_FEE_TOO_LOW},
		{"price too low", OVPP_ETH_FEE_TOO_LOW},
		{"price is too low", OVPP_ETH_FEE_TOO_LOW},
		{"below configured minimum", OVPP_ETH_FEE_TOO_LOW},
		{"insufficient funds", OVPP_ETH_NO_FUNDS},
		{"insufficientfunds", OVPP_ETH_NO_FUNDS},
		{"insufficient balance", OVPP_ETH_NO_FUNDS},
		{"exceeds account balance", OVPP_ETH_NO_FUNDS},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcasestr(message, known[i].words))
			return known[i].result;
	return OVPP_ETH_REFUSED;
}

/* ---- values ---- */

static void garbage(struct ovpp_eth_answer *a, const char *what)
{
	if (ovpp_eth_answered(a->result))
		ovpp_eth_fail(a, OVPP_ETH_GARBAGE, "no valid %s", what);
}

/* NULL: it is no text, or one with a zero in it, which only messages may have. */
static const char *text_of(const json_t *j)
{
	const char *text = json_string_value(j);

	return text && strlen(text) == json_string_length(j) ? text : NULL;
}

static struct ovpp_u256 quantity(const json_t *j, struct ovpp_eth_answer *a, const char *what)
{
	const char *text = text_of(j);
	struct ovpp_u256 x = {0};

	if (!text || ovpp_u256_from_quantity(&x, text))
		garbage(a, what);
	return x;
}

static uint64_t number(const json_t *j, struct ovpp_eth_answer *a, const char *what)
{
	struct ovpp_u256 wide = quantity(j, a, what);
	uint64_t x = 0;

	/* As a database has them. */
	if (ovpp_u256_to_u64(&wide, &x) || x > INT64_MAX) {
		garbage(a, what);
		return 0;
	}
	return x;
}

static void fixed(const json_t *j, struct ovpp_eth_answer *a, const char *what, uint8_t *out,
		  size_t size)
{
	const char *text = text_of(j);

	if (!text || strncmp(text, "0x", 2) || ovpp_unhex(text + 2, out, size)) {
		memset(out, 0, size);
		garbage(a, what);
	}
}

/* Any number of bytes, added to the answer's. */
static void bytes(const json_t *j, struct ovpp_eth_answer *a, const char *what)
{
	const char *text = json_string_value(j);
	size_t length = json_string_length(j), size = length / 2 - 1;
	uint8_t *data;

	if (!text || length % 2 || strncmp(text, "0x", 2)) {
		garbage(a, what);
		return;
	}
	data = malloc(size + 1);
	if (!data)
		ovpp_eth_fail(a, OVPP_ETH_NO_MEMORY, "no memory");
	else if (ovpp_unhex(text + 2, data, size))
		garbage(a, what);
	else if (ovpp_buffer_add(&a->data, data, size))
		ovpp_eth_fail(a, OVPP_ETH_NO_MEMORY, "no memory");
	free(data);
}

/* ---- results ---- */

static void decode_code(const json_t *j, struct ovpp_eth_answer *a)
{
	bytes(j, a, "code");
	if (a->result)
		return;
	if (!a->data.size)
		a->result = OVPP_ETH_ABSENT;
	ovpp_keccak256(a->data.data, a->data.size, a->hash);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of a chain that knows no tips there are none. */
static void decode_fees(const json_t *j, struct ovpp_eth_answer *a)
{
	const json_t *base = json_object_get(j, "baseFeePerGas");
	const json_t *reward = json_object_get(j, "reward");
	size_t n = json_array_size(reward);
	uint64_t tip[64];

	if (!json_array_size(base) || n > sizeof(tip) / sizeof(*tip)) {
		garbage(a, "fee history");
		return;
	}
	a->base = number(json_array_get(base, json_array_size(base) - 1), a, "base fee");
	for (size_t i = 0; i < n; i++)
		tip[i] = number(json_array_get(json_array_get(reward, i), 0), a, "tip");
	qsort(tip, n, sizeof(*tip), by_size);
	a->tip = n ? tip[n / 2] : 0;
}

static void decode_receipt(const struct ovpp_eth_request *req, const json_t *j,
			   struct ovpp_eth_answer *a)
{
	const json_t *price = json_object_get(j, "effectiveGasPrice");
	const json_t *data_fee = json_object_get(j, "l1Fee");

	/* Some have a receipt of what is not mined yet. */
	if (json_is_object(j) && !json_is_string(json_object_get(j, "blockHash"))) {
		a->result = OVPP_ETH_ABSENT;
		return;
	}
	fixed(json_object_get(j, "transactionHash"), a, "hash", a->hash, OVPP_HASH_SIZE);
	if (memcmp(a->hash, req->hash, OVPP_HASH_SIZE))
		garbage(a, "receipt: it is of another transaction");
	fixed(json_object_get(j, "blockHash"), a, "block", a->block_hash, OVPP_HASH_SIZE);
	a->block = number(json_object_get(j, "blockNumber"), a, "block");
	a->gas = number(json_object_get(j, "gasUsed"), a, "gas");
	a->number = number(json_object_get(j, "status"), a, "status");
	a->succeeded = a->number == 1;
	if (a->number > 1)
		garbage(a, "status");
	a->price = price ? number(price, a, "price") : 0;
	if (data_fee && !json_is_null(data_fee))
		a->data_fee = quantity(data_fee, a, "data fee");
}

static void decode_block(const struct ovpp_eth_request *req, const json_t *j,
			 struct ovpp_eth_answer *a)
{
	const json_t *base = json_object_get(j, "baseFeePerGas");

	a->block = number(json_object_get(j, "number"), a, "block");
	if (req->tag == OVPP_ETH_NUMBER && a->block != req->number)
		garbage(a, "block: it is another one");
	fixed(json_object_get(j, "hash"), a, "hash", a->block_hash, OVPP_HASH_SIZE);
	a->time = number(json_object_get(j, "timestamp"), a, "time");
	a->base = base ? number(base, a, "base fee") : 0;
}

static void decode_log(const struct ovpp_eth_request *req, const json_t *j,
		       struct ovpp_eth_log *log, struct ovpp_eth_answer *a)
{
	const json_t *topics = json_object_get(j, "topics");
	ovpp_address address;
	size_t at = a->data.size;

	fixed(json_object_get(j, "address"), a, "address", address, sizeof(address));
	log->topics = json_array_size(topics);
	if (memcmp(address, req->to, sizeof(address)) || !log->topics ||
	    log->topics > OVPP_ETH_TOPICS || json_is_true(json_object_get(j, "removed"))) {
		garbage(a, "event");
		return;
	}
	for (size_t i = 0; i < log->topics; i++)
		fixed(json_array_get(topics, i), a, "topic", log->topic[i], OVPP_HASH_SIZE);
	if (memcmp(log->topic[0], req->hash, OVPP_HASH_SIZE) ||
	    (req->topic_at && (log->topics <= req->topic_at ||
			       memcmp(log->topic[req->topic_at], req->topic, OVPP_HASH_SIZE))))
		garbage(a, "event: it is another one");
	bytes(json_object_get(j, "data"), a, "data");
	log->size = a->data.size - at;
	log->block = number(json_object_get(j, "blockNumber"), a, "block");
	if (log->block < req->number || log->block > req->last)
		garbage(a, "event: it is of another block");
	log->index = number(json_object_get(j, "logIndex"), a, "index");
	fixed(json_object_get(j, "transactionHash"), a, "hash", log->tx, OVPP_HASH_SIZE);
}

static void decode_logs(const struct ovpp_eth_request *req, const json_t *j,
			struct ovpp_eth_answer *a)
{
	const uint8_t *at;

	if (!json_is_array(j)) {
		garbage(a, "events");
		return;
	}
	a->log = calloc(json_array_size(j) + 1, sizeof(*a->log));
	if (!a->log) {
		ovpp_eth_fail(a, OVPP_ETH_NO_MEMORY, "no memory");
		return;
	}
	a->logs = json_array_size(j);
	for (size_t i = 0; i < a->logs && !a->result; i++)
		decode_log(req, json_array_get(j, i), &a->log[i], a);
	/* Their data is where it stays only now. */
	at = a->data.data;
	for (size_t i = 0; i < a->logs && !a->result; at += a->log[i++].size)
		a->log[i].data = at;
}

static void decode_result(const struct ovpp_eth_request *req, const json_t *j,
			  struct ovpp_eth_answer *a)
{
	bool may_be_absent = req->method == OVPP_ETH_RECEIPT || req->method == OVPP_ETH_BLOCK;

	if (json_is_null(j)) {
		ovpp_eth_fail(a, may_be_absent ? OVPP_ETH_ABSENT : OVPP_ETH_NULL, "null");
		return;
	}
	switch (req->method) {
	case OVPP_ETH_CODE:
		decode_code(j, a);
		break;
	case OVPP_ETH_CALL:
		bytes(j, a, "data");
		break;
	case OVPP_ETH_FEES:
		decode_fees(j, a);
		break;
	case OVPP_ETH_BALANCE:
		a->amount = quantity(j, a, "balance");
		break;
	case OVPP_ETH_SEND:
		fixed(j, a, "hash", a->hash, OVPP_HASH_SIZE);
		if (memcmp(a->hash, req->hash, OVPP_HASH_SIZE))
			garbage(a, "hash: it is of another transaction");
		break;
	case OVPP_ETH_RECEIPT:
		decode_receipt(req, j, a);
		break;
	case OVPP_ETH_BLOCK:
		decode_block(req, j, a);
		break;
	case OVPP_ETH_LOGS:
		decode_logs(req, j, a);
		break;
	default:
		a->number = number(j, a, "number");
	}
}

static void decode_error(const struct ovpp_eth_request *req, const json_t *j,
			 struct ovpp_eth_answer *a)
{
	const char *message = json_string_value(json_object_get(j, "message"));
	json_int_t code = json_integer_value(json_object_get(j, "code"));
	const json_t *data = json_object_get(j, "data");
	bool runs = req->method == OVPP_ETH_CALL || req->method == OVPP_ETH_ESTIMATE;
	char reason[OVPP_ETH_TEXT];

	if (!json_is_object(j) || !message || !json_is_integer(json_object_get(j, "code"))) {
		garbage(a, "error");
		return;
	}
	if (code == CODE_LIMIT || code == CODE_TOO_MANY) {
		ovpp_eth_fail(a, OVPP_ETH_RATE_LIMITED, "%s", message);
	} else if (runs && (code == CODE_REVERTED || strcasestr(message, "revert"))) {
		if (json_is_string(data))
			bytes(data, a, "data");
		ovpp_eth_fail(a, OVPP_ETH_REVERTED, "%s",
			      ovpp_eth_reason(&a->data, reason, sizeof(reason)) ? reason : message);
	} else if (req->method == OVPP_ETH_SEND) {
		ovpp_eth_fail(a, ovpp_eth_classify(message), "%s", message);
	} else {
		ovpp_eth_fail(a, OVPP_ETH_REFUSED, "%s", message);
	}
}

static void decode_envelope(const struct ovpp_eth_request *req, uint64_t id, const json_t *j,
			    struct ovpp_eth_answer *a)
{
	const char *version = json_string_value(json_object_get(j, "jsonrpc"));
	const json_t *error = json_object_get(j, "error"), *result = json_object_get(j, "result");
	const json_t *own = json_object_get(j, "id");

	if (!version || strcmp(version, "2.0"))
		garbage(a, "JSON-RPC 2.0");
	/* The id of an error may be null: then the request was not understood. */
	else if (!json_is_integer(own) && !(json_is_null(own) && json_is_object(error)))
		garbage(a, "id");
	else if (json_is_integer(own) && json_integer_value(own) != (json_int_t)id)
		ovpp_eth_fail(a, OVPP_ETH_WRONG_ID, "the answer is to another request");
	else if (error && !json_is_null(error))
		decode_error(req, error, a);
	else if (result)
		decode_result(req, result, a);
	else
		garbage(a, "result");
}

void ovpp_eth_decode(const struct ovpp_eth_request *req, uint64_t id, const char *text, size_t size,
		     struct ovpp_eth_answer *a)
{
	json_t *j = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	if (json_is_object(j))
		decode_envelope(req, id, j, a);
	else
		garbage(a, "JSON");
	json_decref(j);
}
