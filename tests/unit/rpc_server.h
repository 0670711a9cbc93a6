/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server for tests of JSON-RPC, which says what it is told. */
#ifndef OVPP_TEST_RPC_SERVER_H
#define OVPP_TEST_RPC_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * struct server - answers one request after the other with what it is told
 * @fd: listens
 * @url: where
 * @reply: "STATUS LINE\r\nHEADERS\r\n\r\nBODY", in order, the last one again and again;
 *	"@" in a body is the request's id, NULL: closed without an answer
 * @n: how many
 * @seen: requests so far
 */
struct server {
	int fd;
	char url[64];
	const char *const *reply;
	size_t n;
	atomic_size_t seen;
	pthread_t thread;
};

/* A request as a whole, then its id. */
static unsigned int read_request(int fd)
{
	char text[8192] = "";
	size_t size = 0;
	const char *body = NULL, *length, *id;

	while (size < sizeof(text) - 1) {
		ssize_t n = read(fd, text + size, sizeof(text) - 1 - size);

		if (n <= 0)
			break;
		size += (size_t)n;
		text[size] = '\0';
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "Content-Length: ");
		if (body && length && strlen(body + 4) >= strtoul(length + 16, NULL, 10))
			break;
	}
	id = body ? strstr(body, "\"id\":") : NULL;
	return id ? (unsigned int)strtoul(id + 5, NULL, 10) : 0;
}

static void reply(int fd, const char *text, unsigned int id)
{
	const char *body = strstr(text, "\r\n\r\n") + 4, *at = strchr(body, '@');
	char out[4096];
	int n;

	if (at)
		n = snprintf(out, sizeof(out), "HTTP/1.1 %.*s%u%s", (int)(at - text), text, id,
			     at + 1);
	else
		n = snprintf(out, sizeof(out), "HTTP/1.1 %s", text);
	if (write(fd, out, (size_t)n) != n)
		perror("write");
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		unsigned int id = read_request(fd);
		size_t i = atomic_fetch_add(&s->seen, 1);
		const char *text = s->reply[i < s->n ? i : s->n - 1];

		if (text)
			reply(fd, text, id);
		close(fd);
	}
	return NULL;
}

static inline void server_start(struct server *s, const char *const *replies, size_t n)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);

	*s = (struct server){.fd = socket(AF_INET, SOCK_STREAM, 0), .reply = replies, .n = n};
	if (bind(s->fd, (struct sockaddr *)&a, sizeof(a)) || listen(s->fd, 8) ||
	    getsockname(s->fd, (struct sockaddr *)&a, &size) ||
	    pthread_create(&s->thread, NULL, serve, s))
		abort();
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/key", ntohs(a.sin_port));
}

static inline void server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

#define HTTP(status, headers, body) status "\r\nConnection: close\r\n" headers "\r\n" body
#define GOOD(result) HTTP("200 OK", "", "{\"jsonrpc\":\"2.0\",\"id\":@,\"result\":" result "}")
#define CHAIN GOOD("\"0x7a69\"")

#endif /* OVPP_TEST_RPC_SERVER_H */
