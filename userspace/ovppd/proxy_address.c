// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A port: digits only, 1 to 65535. */
static int check_port(const char *text)
{
	size_t n = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);

	return !n || n > 5 || text[n] || !port || port > 65535 ? -EINVAL : 0;
}

/* Divides "HOST:PORT" or "[HOST]:PORT"; a port alone leaves @host as it is. */
static int split(const char *text, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(text, ':'), *end = colon;

	*port = colon ? colon + 1 : text;
	if (!colon)
		return 0;
	if (*text == '[') {
		text++;
		end--;
		if (end <= text || *end != ']')
			return -EINVAL;
	} else if (memchr(text, ':', (size_t)(end - text))) {
		return -EINVAL;
	}
	if (end == text || (size_t)(end - text) >= size)
		return -EINVAL;
	snprintf(host, size, "%.*s", (int)(end - text), text);
	return 0;
}

int proxy_address(const char *text, struct sockaddr_storage *addr, socklen_t *len)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	char host[64] = "127.0.0.1";
	struct addrinfo *info;
	const char *port;

	if (split(text, host, sizeof(host), &port) || check_port(port) ||
	    getaddrinfo(host, port, &hints, &info))
		return -EINVAL;
	memcpy(addr, info->ai_addr, info->ai_addrlen);
	*len = info->ai_addrlen;
	freeaddrinfo(info);
	return 0;
}
