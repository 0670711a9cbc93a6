// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "proxy_address.h"
#include "proxy_session.h"

#define BACKLOG 8
/* Before it is tried again to accept when there are no descriptors, say. */
#define REST_NS CLOCK_S
/* A peer that has gone is noticed after 30 s and three probes. */
#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 3

/**
 * struct proxy_client - a connection
 * @tcp: server
 * @next: in tcp->clients
 * @fd: socket
 * @recv: receives to @in
 * @send: sends what the session has
 * @sent: bytes of it that were taken
 * @timer: ends a client that is idle or does not read
 * @session: what it says
 * @closing: freed when nothing is busy any more
 * @in: received
 */
struct proxy_client {
	struct proxy_tcp *tcp;
	struct proxy_client *next;
	int fd;
	struct loop_op recv;
	struct loop_op send;
	size_t sent;
	struct loop_timer timer;
	struct proxy_session session;
	bool closing;
	uint8_t in[MBAP_MAX];
};

static void set_option(int fd, int level, int name, int value)
{
	/* None of them is worth a connection. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* Ends the connection; what is on its way ends by itself. */
static void client_close(struct proxy_client *c)
{
	if (c->closing)
		return;
	c->closing = true;
	c->tcp->n--;
	loop_timer_remove(c->tcp->loop, &c->timer);
	proxy_line_forget(&c->session.request.call);
	/* Completes the two operations too. */
	shutdown(c->fd, SHUT_RDWR);
}

static void client_cut_off(struct proxy_client *c)
{
	c->tcp->cut_off++;
	client_close(c);
}

/* Frees a client that has ended. */
static void client_reap(struct proxy_client *c)
{
	struct proxy_client **p = &c->tcp->clients;

	if (!c->closing || c->recv.busy || c->send.busy || c->session.request.call.busy)
		return;
	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	close(c->fd);
	free(c);
}

static void arm_recv(struct proxy_client *c)
{
	size_t room = proxy_session_room(&c->session);
	struct io_uring_sqe *sqe;

	if (c->closing || c->recv.busy || !room)
		return;
	sqe = loop_sqe(c->tcp->loop);
	io_uring_prep_recv(sqe, c->fd, c->in, room < sizeof(c->in) ? room : sizeof(c->in), 0);
	loop_submit(sqe, &c->recv);
}

static void arm_send(struct proxy_client *c)
{
	struct io_uring_sqe *sqe = loop_sqe(c->tcp->loop);

	io_uring_prep_send(sqe, c->fd, c->session.tx + c->sent, c->session.tx_len - c->sent,
			   MSG_NOSIGNAL);
	loop_submit(sqe, &c->send);
}

static void set_timer(struct proxy_client *c, uint64_t seconds)
{
	c->timer.at_ns = clock_mono() + seconds * CLOCK_S;
}

static void recv_done(void *arg, int res)
{
	struct proxy_client *c = arg;

	if (!c->closing) {
		if (res <= 0)
			client_close(c);
		else if (proxy_session_received(&c->session, c->in, (size_t)res))
			client_cut_off(c);
		arm_recv(c);
	}
	client_reap(c);
}

static void client_answered(void *arg)
{
	struct proxy_client *c = arg;

	if (!c->closing) {
		c->sent = 0;
		set_timer(c, PROXY_TCP_SEND_S);
		arm_send(c);
	}
	client_reap(c);
}

/* An answer was sent: the client is idle until it asks again. */
static void answer_sent(struct proxy_client *c)
{
	set_timer(c, PROXY_TCP_IDLE_S);
	if (proxy_session_sent(&c->session))
		client_cut_off(c);
	arm_recv(c);
}

static void send_done(void *arg, int res)
{
	struct proxy_client *c = arg;

	if (!c->closing) {
		if (res > 0)
			c->sent += (size_t)res;
		if (res <= 0)
			client_close(c);
		else if (c->sent < c->session.tx_len)
			arm_send(c);
		else
			answer_sent(c);
	}
	client_reap(c);
}

static void client_overdue(void *arg)
{
	struct proxy_client *c = arg;

	/* While the line has its request, it is the line that takes its time. */
	if (c->session.request.call.busy)
		set_timer(c, PROXY_TCP_IDLE_S);
	else
		client_cut_off(c);
	client_reap(c);
}

static void client_new(struct proxy_tcp *t, int fd)
{
	struct proxy_client *c = t->n < t->max ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		t->turned_away++;
		close(fd);
		return;
	}
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
	c->tcp = t;
	c->fd = fd;
	c->recv = (struct loop_op){.done = recv_done, .arg = c};
	c->send = (struct loop_op){.done = send_done, .arg = c};
	c->timer = (struct loop_timer){.fire = client_overdue, .arg = c};
	proxy_session_init(&c->session, t->gate, client_answered, c);
	c->next = t->clients;
	t->clients = c;
	t->n++;
	loop_timer_add(t->loop, &c->timer);
	set_timer(c, PROXY_TCP_IDLE_S);
	arm_recv(c);
}

static void arm_accept(void *arg)
{
	struct proxy_tcp *t = arg;
	struct io_uring_sqe *sqe = loop_sqe(t->loop);

	io_uring_prep_accept(sqe, t->fd, NULL, NULL, SOCK_CLOEXEC);
	loop_submit(sqe, &t->accept);
}

static void accept_done(void *arg, int res)
{
	struct proxy_tcp *t = arg;

	if (t->closing) {
		if (res >= 0)
			close(res);
		close(t->fd);
		return;
	}
	if (res >= 0)
		client_new(t, res);
	if (res >= 0 || res == -ECONNABORTED)
		arm_accept(t);
	else
		t->rest.at_ns = clock_mono() + REST_NS;
}

static int listen_on(const char *address)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int fd, ret = proxy_address(address, &addr, &len);

	if (ret)
		return ret;
	fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* Connections of the daemon before do not keep the address. */
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (addr.ss_family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, BACKLOG)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int proxy_tcp_open(struct proxy_tcp *t, struct loop *loop, struct proxy_gate *gate,
		   const char *address, unsigned int max)
{
	int fd = listen_on(address);

	if (fd < 0)
		return fd;
	*t = (struct proxy_tcp){.loop = loop, .gate = gate, .fd = fd, .max = max};
	t->accept = (struct loop_op){.done = accept_done, .arg = t};
	t->rest = (struct loop_timer){.fire = arm_accept, .arg = t};
	loop_timer_add(loop, &t->rest);
	arm_accept(t);
	return 0;
}

void proxy_tcp_close(struct proxy_tcp *t)
{
	struct proxy_client *next;

	if (t->closing)
		return;
	t->closing = true;
	loop_timer_remove(t->loop, &t->rest);
	/* Completes the accept, and ends the listening even before it has. */
	shutdown(t->fd, SHUT_RDWR);
	if (!t->accept.busy)
		close(t->fd);
	for (struct proxy_client *c = t->clients; c; c = next) {
		next = c->next;
		client_close(c);
		client_reap(c);
	}
}

bool proxy_tcp_closed(const struct proxy_tcp *t)
{
	return t->closing && !t->accept.busy && !t->clients;
}
