/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of a node of an EVM chain, and what it says: the JSON-RPC methods that
 * are used here, as text and back. Nothing here knows of networks. An answer may be
 * anything: what is not exactly as it should be is told apart.
 */
#ifndef OVPP_ETH_H
#define OVPP_ETH_H

#include "abi.h"

/* Topics of an event. */
#define OVPP_ETH_TOPICS 4
#define OVPP_ETH_TEXT 160

enum ovpp_eth_method {
	OVPP_ETH_CHAIN_ID, /* answer: number */
	OVPP_ETH_CODE,	   /* of @to; answer: hash, ABSENT without any code */
	OVPP_ETH_CALL,	   /* @data of @to, by @from; answer: data */
	OVPP_ETH_ESTIMATE, /* likewise; answer: number */
	OVPP_ETH_FEES,	   /* answer: fees */
	OVPP_ETH_NONCE,	   /* of @from, mined ones; answer: number */
	OVPP_ETH_BALANCE,  /* of @from; answer: amount */
	OVPP_ETH_SEND,	   /* @data, signed; answer: hash */
	OVPP_ETH_RECEIPT,  /* of @hash; answer: receipt, or ABSENT */
	OVPP_ETH_BLOCK,	   /* @tag; answer: block, or ABSENT */
	/* Of @to, first topic @hash, with @topic, blocks @number to @last; answer: logs. */
	OVPP_ETH_LOGS,
};

enum ovpp_eth_tag {
	OVPP_ETH_LATEST,
	OVPP_ETH_SAFE,
	OVPP_ETH_FINALIZED,
	OVPP_ETH_NUMBER, /* @number */
};

/**
 * struct ovpp_eth_request - what is asked
 * @method: method, which says what of the rest it takes
 * @from: account
 * @to: contract
 * @value: wei, with a call and an estimate
 * @data: borrowed
 * @size: of @data
 * @hash: of a transaction, or a topic
 * @tag: block
 * @number: block
 * @last: block
 * @topic_at: which topic, from 1, is @topic; 0: any are
 * @topic: it
 */
struct ovpp_eth_request {
	enum ovpp_eth_method method;
	ovpp_address from;
	ovpp_address to;
	struct ovpp_u256 value;
	const uint8_t *data;
	size_t size;
	ovpp_hash hash;
	enum ovpp_eth_tag tag;
	uint64_t number;
	uint64_t last;
	unsigned int topic_at;
	ovpp_hash topic;
};

enum ovpp_eth_result {
	OVPP_ETH_OK,
	OVPP_ETH_ABSENT,   /* the node knows of no such thing */
	OVPP_ETH_REVERTED, /* the contract refuses; answer: data, if any; text: why */
	/* Why a transaction is not taken. */
	OVPP_ETH_KNOWN, /* it has it */
	OVPP_ETH_NONCE_TOO_LOW,
	OVPP_ETH_UNDERPRICED, /* another one of its nonce is there, and pays as much */
	OVPP_ETH_FEE_TOO_LOW,
	OVPP_ETH_NO_FUNDS,
	OVPP_ETH_REFUSED, /* the node has another objection */
	/* There is no answer: whether anything was done is not known. */
	OVPP_ETH_UNREACHABLE,
	OVPP_ETH_TIMEOUT,
	OVPP_ETH_TLS,	       /* the server is not who it should be */
	OVPP_ETH_RATE_LIMITED, /* HTTP 429, or said in other words */
	OVPP_ETH_SERVER,       /* HTTP 5xx */
	OVPP_ETH_HTTP,	       /* another status but 200 */
	OVPP_ETH_TOO_LARGE,
	OVPP_ETH_GARBAGE,
	OVPP_ETH_NULL, /* null, where there is no such answer */
	OVPP_ETH_WRONG_ID,
	OVPP_ETH_WRONG_CHAIN,
	OVPP_ETH_NO_MEMORY,
	N_OVPP_ETH_RESULTS
};

/* Is it an answer of a node? */
static inline bool ovpp_eth_answered(enum ovpp_eth_result result)
{
	return result < OVPP_ETH_UNREACHABLE;
}

/* "timeout"; for people and JSON. */
const char *ovpp_eth_result_name(enum ovpp_eth_result result);

/**
 * struct ovpp_eth_log - an event
 * @topic: @topics of them
 * @data: in the answer's data
 * @size: of it
 * @block: number
 * @tx: hash of the transaction
 * @index: in the block
 */
struct ovpp_eth_log {
	ovpp_hash topic[OVPP_ETH_TOPICS];
	size_t topics;
	const uint8_t *data;
	size_t size;
	uint64_t block;
	ovpp_hash tx;
	uint64_t index;
};

/**
 * struct ovpp_eth_answer - what a node says; to be freed
 * @result: what became of the request
 * @text: with an error: what the node says, or what is wrong; of a contract of ours the
 *	name of its error
 * @number: an answer that is one
 * @amount: likewise, wei
 * @hash: likewise
 * @data: likewise
 * @base: fee of the next block, wei a gas
 * @tip: what was usual lately, wei a gas
 * @block: number
 * @block_hash: hash
 * @time: of the block, s since 1970
 * @succeeded: receipt: it was not reverted
 * @gas: receipt: used
 * @price: receipt: wei a gas
 * @data_fee: receipt: wei, in addition, for data on another chain
 * @log: events
 * @logs: how many
 */
struct ovpp_eth_answer {
	enum ovpp_eth_result result;
	char text[OVPP_ETH_TEXT];
	uint64_t number;
	struct ovpp_u256 amount;
	ovpp_hash hash;
	struct ovpp_buffer data;
	uint64_t base;
	uint64_t tip;
	uint64_t block;
	ovpp_hash block_hash;
	uint64_t time;
	bool succeeded;
	uint64_t gas;
	uint64_t price;
	struct ovpp_u256 data_fee;
	struct ovpp_eth_log *log;
	size_t logs;
};

void ovpp_eth_answer_free(struct ovpp_eth_answer *a);

/* Something went wrong on the way. */
void ovpp_eth_fail(struct ovpp_eth_answer *a, enum ovpp_eth_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The request as JSON, to be freed; NULL without memory. */
char *ovpp_eth_encode(const struct ovpp_eth_request *req, uint64_t id);

/* The answer to a request of this id; @a is all zero. @req->data is not used. */
void ovpp_eth_decode(const struct ovpp_eth_request *req, uint64_t id, const char *text, size_t size,
		     struct ovpp_eth_answer *a);

/*
 * Why a contract refuses, for people, by what a call that reverted gave back: what it says
 * itself, the name of an error, or the selector of one that is not known here ("error
 * 0x01234567"). False: it gave back nothing; @text is left alone.
 */
bool ovpp_eth_reason(const struct ovpp_buffer *data, char *text, size_t size);

/* What a node means that does not take a transaction and says this. */
enum ovpp_eth_result ovpp_eth_classify(const char *message);

#endif /* OVPP_ETH_H */
