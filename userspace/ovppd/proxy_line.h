/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of foreign requests to one serial line: first come, first served, and
 * never more of them in the kernel than it takes. A client has one call, so that
 * none can put its requests before those of others.
 */
#ifndef OVPPD_PROXY_LINE_H
#define OVPPD_PROXY_LINE_H

#include <linux/openvpp.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct proxy_line;

/**
 * struct proxy_call - a request, then its answer
 * @done: called with the length of the answer or -errno
 * @arg: for @done
 * @busy: it waits or is on its way: its memory must stay
 * @unit: unit asked
 * @len: length of @pdu
 * @pdu: request; when it is done, the answer
 * @line: where it goes
 * @next: the one that waits behind it
 * @op: for who submits it
 * @via: for who submits it
 */
struct proxy_call {
	void (*done)(void *arg, int res);
	void *arg;
	bool busy;
	uint8_t unit;
	uint8_t len;
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	struct proxy_line *line;
	struct proxy_call *next;
	struct loop_op op;
	void *via;
};

/**
 * struct proxy_line - a line
 * @submit: puts a call on its way; proxy_line_done() must follow, unless it
 *	returns -errno
 * @arg: for who submits
 * @running: calls that were submitted and are not done
 * @first: the one that has waited longest, NULL: none waits
 * @last: where the next one is put
 */
struct proxy_line {
	int (*submit)(struct proxy_line *line, struct proxy_call *call);
	void *arg;
	unsigned int running;
	struct proxy_call *first;
	struct proxy_call **last;
};

void proxy_line_init(struct proxy_line *line,
		     int (*submit)(struct proxy_line *line, struct proxy_call *call), void *arg);

/* Takes a call that is not busy; it may be done before this returns. */
void proxy_line_put(struct proxy_line *line, struct proxy_call *call);

/* A submitted call has ended. */
void proxy_line_done(struct proxy_call *call, int res);

/*
 * Nobody wants the answer any more: a call that waits is not busy then, without
 * a call of done; one that was submitted still ends by itself.
 */
void proxy_line_forget(struct proxy_call *call);

#endif /* OVPPD_PROXY_LINE_H */
