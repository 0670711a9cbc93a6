/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to nodes of a chain (lib/rpc.h) in the daemon's event loop. */
#ifndef OVPPD_RPC_LOOP_H
#define OVPPD_RPC_LOOP_H

#include "loop.h"
#include "rpc.h"

struct rpc_loop;

/**
 * rpc_loop_open() - begin
 * @loop: loop
 * @options: as of ovpp_rpc_open()
 * @out: set; to be closed with rpc_loop_close() when the loop has ended
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: as ovpp_rpc_open().
 */
int rpc_loop_open(struct loop *loop, const struct ovpp_rpc_options *options, struct rpc_loop **out,
		  char *err, size_t size);
void rpc_loop_close(struct rpc_loop *r);

/* To ask with. */
struct ovpp_rpc *rpc_loop_rpc(struct rpc_loop *r);

#endif /* OVPPD_RPC_LOOP_H */
