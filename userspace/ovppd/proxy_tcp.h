/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A Modbus TCP server on the daemon's loop. */
#ifndef OVPPD_PROXY_TCP_H
#define OVPPD_PROXY_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "proxy_gate.h"

struct proxy_client;

/* A client that asks nothing is cut off, and one that reads no answer. */
#define PROXY_TCP_IDLE_S 60
#define PROXY_TCP_SEND_S 10

/**
 * struct proxy_tcp - the server
 * @loop: loop
 * @gate: where requests go
 * @fd: listening socket
 * @accept: waits for a client
 * @rest: when to accept again after a failure
 * @clients: connected, and those whose connection is being closed
 * @n: number of those that are connected
 * @max: the greatest
 * @turned_away: those that came while there were @max
 * @cut_off: those that were idle, did not read, or spoke something else
 * @closing: ends when nothing is busy any more
 */
struct proxy_tcp {
	struct loop *loop;
	struct proxy_gate *gate;
	int fd;
	struct loop_op accept;
	struct loop_timer rest;
	struct proxy_client *clients;
	unsigned int n;
	unsigned int max;
	uint64_t turned_away;
	uint64_t cut_off;
	bool closing;
};

/**
 * proxy_tcp_open() - listen
 * @t: server
 * @loop: loop
 * @gate: where requests go
 * @address: see proxy_address()
 * @max: greatest number of clients
 *
 * Return: 0 or -errno; then there is nothing to close.
 */
int proxy_tcp_open(struct proxy_tcp *t, struct loop *loop, struct proxy_gate *gate,
		   const char *address, unsigned int max);

/* Its address is free at once; proxy_tcp_closed() when all has ended. */
void proxy_tcp_close(struct proxy_tcp *t);
bool proxy_tcp_closed(const struct proxy_tcp *t);

#endif /* OVPPD_PROXY_TCP_H */
