/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to nodes of an EVM chain: JSON-RPC over HTTP(S), several endpoints in order
 * of preference. One that fails is left alone for a while, longer each time, and the
 * next one is asked; each is asked first whether it is of the right chain. TLS is
 * verified; plain HTTP is for this machine only.
 *
 * It runs in an event loop of the caller's, or waits by itself (ovpp_rpc_ask()).
 */
#ifndef OVPP_RPC_H
#define OVPP_RPC_H

#include <jansson.h>

#include "eth.h"

/* Endpoints, at most. */
#define OVPP_RPC_ENDPOINTS 8

struct ovpp_rpc;

/**
 * struct ovpp_rpc_options - what is asked, and how
 * @url: endpoints, the first one is preferred
 * @urls: how many
 * @chain_id: what they must be of
 * @ca_file: certificates to trust instead of the system's, or NULL
 * @timeout_ms: of one exchange; 0: 10 s
 * @size_max: of an answer; 0: 4 MiB
 */
struct ovpp_rpc_options {
	const char *const *url;
	size_t urls;
	uint64_t chain_id;
	const char *ca_file;
	unsigned int timeout_ms;
	size_t size_max;
};

/**
 * struct ovpp_rpc_loop - the caller's event loop
 * @watch: call ovpp_rpc_ready() when one of these poll(2) events is there of a file
 *	descriptor; instead of those before; 0: never again
 * @timer: call ovpp_rpc_timeout() after so many ms, instead of any time before; -1: not
 * @arg: their first argument
 *
 * Neither may call back at once.
 */
struct ovpp_rpc_loop {
	void (*watch)(void *arg, int fd, short events);
	void (*timer)(void *arg, long ms);
	void *arg;
};

/**
 * typedef ovpp_rpc_done - an answer
 * @arg: the caller's
 * @answer: freed after this returns; who keeps what is in it leaves it all zero
 */
typedef void (*ovpp_rpc_done)(void *arg, struct ovpp_eth_answer *answer);

/**
 * ovpp_rpc_open() - begin
 * @options: copied
 * @loop: copied; NULL: there is none, only ovpp_rpc_ask() is called
 * @out: set; to be closed with ovpp_rpc_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -EINVAL: an endpoint that is not taken; or another -errno.
 */
int ovpp_rpc_open(const struct ovpp_rpc_options *options, const struct ovpp_rpc_loop *loop,
		  struct ovpp_rpc **out, char *err, size_t size);
/* What was not answered yet never is. */
void ovpp_rpc_close(struct ovpp_rpc *rpc);

/*
 * Asks; @done is called once, never from here. @req is not needed after the call.
 * 0 or -ENOMEM.
 */
int ovpp_rpc_start(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req, ovpp_rpc_done done,
		   void *arg);
/* From the loop. */
void ovpp_rpc_ready(struct ovpp_rpc *rpc, int fd, short events);
void ovpp_rpc_timeout(struct ovpp_rpc *rpc);

/* Asks and waits. @answer is set in any case and to be freed. */
void ovpp_rpc_ask(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req,
		  struct ovpp_eth_answer *answer);

/* Of each endpoint {"url", "state", "text", "retry_ms"}; without what may be secret in its URL. */
json_t *ovpp_rpc_status(const struct ovpp_rpc *rpc);

#endif /* OVPP_RPC_H */
