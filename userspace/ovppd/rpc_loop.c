// SPDX-License-Identifier: GPL-2.0-or-later
#include "rpc_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

/**
 * struct socket - a poll of a socket
 * @r: whose
 * @next: in r->sockets
 * @fd: it; -1: what is still busy has been canceled
 * @events: what is waited for
 * @op: completes once, and is begun again
 */
struct socket {
	struct rpc_loop *r;
	struct socket *next;
	int fd;
	short events;
	struct loop_op op;
};

struct rpc_loop {
	struct loop *loop;
	struct ovpp_rpc *rpc;
	struct loop_timer timer;
	struct socket *sockets;
	bool closing;
};

static void arm(struct socket *s)
{
	struct io_uring_sqe *sqe = loop_sqe(s->r->loop);

	io_uring_prep_poll_add(sqe, s->fd, (unsigned int)s->events);
	loop_submit(sqe, &s->op);
}

static void ready(void *arg, int res)
{
	struct socket *s = arg;
	int fd = s->fd;

	if (fd < 0)
		return;
	ovpp_rpc_ready(s->r->rpc, fd, (short)(res < 0 ? POLLERR : res));
	/* It may be another one by now, or none. */
	if (s->fd >= 0 && !s->op.busy)
		arm(s);
}

/* One that nothing is begun with. */
static struct socket *idle_socket(struct rpc_loop *r)
{
	struct socket *s;

	for (s = r->sockets; s; s = s->next)
		if (s->fd < 0 && !s->op.busy)
			return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->r = r;
	s->op.done = ready;
	s->op.arg = s;
	s->next = r->sockets;
	r->sockets = s;
	return s;
}

static void watch(void *arg, int fd, short events)
{
	struct rpc_loop *r = arg;
	struct socket *s = r->sockets;

	/* There is no ring any more that anything could be taken out of. */
	if (r->closing)
		return;
	while (s && s->fd != fd)
		s = s->next;
	if (s && s->events == events)
		return;
	if (s) {
		s->fd = -1;
		loop_cancel(r->loop, &s->op);
	}
	if (!events)
		return;
	/* Without memory for it the request runs into its time limit. */
	s = idle_socket(r);
	if (!s)
		return;
	s->fd = fd;
	s->events = events;
	arm(s);
}

static void set_timer(void *arg, long ms)
{
	struct rpc_loop *r = arg;

	r->timer.at_ns = ms < 0 ? 0 : clock_mono() + (uint64_t)ms * CLOCK_MS;
}

static void timeout(void *arg)
{
	struct rpc_loop *r = arg;

	ovpp_rpc_timeout(r->rpc);
}

int rpc_loop_open(struct loop *loop, const struct ovpp_rpc_options *options, struct rpc_loop **out,
		  char *err, size_t size)
{
	struct rpc_loop *r = calloc(1, sizeof(*r));
	struct ovpp_rpc_loop callbacks = {watch, set_timer, r};
	int ret;

	if (!r) {
		snprintf(err, size, "no memory");
		return -ENOMEM;
	}
	r->loop = loop;
	r->timer = (struct loop_timer){.fire = timeout, .arg = r};
	ret = ovpp_rpc_open(options, &callbacks, &r->rpc, err, size);
	if (ret) {
		free(r);
		return ret;
	}
	loop_timer_add(loop, &r->timer);
	*out = r;
	return 0;
}

void rpc_loop_close(struct rpc_loop *r)
{
	if (!r)
		return;
	loop_timer_remove(r->loop, &r->timer);
	r->closing = true;
	ovpp_rpc_close(r->rpc);
	for (struct socket *s = r->sockets, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	free(r);
}

struct ovpp_rpc *rpc_loop_rpc(struct rpc_loop *r)
{
	return r->rpc;
}
