/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The endpoints of rpc.c: which are taken, and which one is asked next. */
#ifndef OVPP_RPC_ENDPOINT_H
#define OVPP_RPC_ENDPOINT_H

#include "rpc.h"

/**
 * struct rpc_endpoint - a server
 * @url: as configured, allocated
 * @origin: scheme, host and port alone, for people: what follows may be a secret
 * @verified: it is of the right chain
 * @result: of the last exchange
 * @text: what was wrong with it
 * @failures: in a row
 * @retry_ms: CLOCK_MONOTONIC; it is left alone until then
 */
struct rpc_endpoint {
	char *url;
	char origin[256];
	bool verified;
	enum ovpp_eth_result result;
	char text[OVPP_ETH_TEXT];
	unsigned int failures;
	uint64_t retry_ms;
};

uint64_t rpc_now_ms(void);

/* 0; -EINVAL: @err says why it is not taken; or -ENOMEM. */
int rpc_endpoint_init(struct rpc_endpoint *e, const char *url, char *err, size_t size);

/* The first that may be asked now and is not in the set @tried; -1: there is none. */
int rpc_endpoint_pick(const struct rpc_endpoint *e, size_t n, unsigned int tried);

/* An exchange is over. @retry_s: how long the server asks to be left alone; 0: nothing said. */
void rpc_endpoint_result(struct rpc_endpoint *e, enum ovpp_eth_result result, const char *text,
			 uint64_t retry_s);

#endif /* OVPP_RPC_ENDPOINT_H */
