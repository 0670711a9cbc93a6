// SPDX-License-Identifier: GPL-2.0-or-later
#include "rpc_endpoint.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a server that failed is left alone: twice as long each time. */
#define BACKOFF_MS 500
#define BACKOFF_MAX_MS 60000
/* One of another chain is a mistake that somebody has to correct. */
#define WRONG_CHAIN_MS 300000
/* A server may ask for more, but not for ever. */
#define RETRY_MAX_S 600

uint64_t rpc_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool is_local(const char *host)
{
	struct in_addr address;

	if (inet_pton(AF_INET, host, &address) == 1)
		return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]");
}

/* Scheme, host and port of a URL. 0 or -EINVAL. */
static int origin(struct rpc_endpoint *e, CURLU *u, char *err, size_t size)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	int ret = -EINVAL;

	if (curl_url_set(u, CURLUPART_URL, e->url, 0) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		snprintf(err, size, "endpoint: it is no URL");
	else if (strcmp(scheme, "https") && (strcmp(scheme, "http") || !is_local(host)))
		snprintf(err, size, "endpoint at %s: only https, or http on this machine", host);
	else
		ret = 0;
	if (!ret)
		snprintf(e->origin, sizeof(e->origin), "%s://%s:%s", scheme, host, port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return ret;
}

int rpc_endpoint_init(struct rpc_endpoint *e, const char *url, char *err, size_t size)
{
	CURLU *u = curl_url();
	int ret;

	e->url = strdup(url);
	if (u && e->url) {
		ret = origin(e, u, err, size);
	} else {
		snprintf(err, size, "no memory");
		ret = -ENOMEM;
	}
	curl_url_cleanup(u);
	return ret;
}

int rpc_endpoint_pick(const struct rpc_endpoint *e, size_t n, unsigned int tried)
{
	uint64_t now = rpc_now_ms();

	for (size_t i = 0; i < n; i++)
		if (!(tried >> i & 1) && e[i].retry_ms <= now)
			return (int)i;
	return -1;
}

static uint64_t backoff_ms(const struct rpc_endpoint *e, uint64_t retry_s)
{
	unsigned int doubled = e->failures < 8 ? e->failures - 1 : 7;
	uint64_t ms = (uint64_t)BACKOFF_MS << doubled;

	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	if (retry_s > RETRY_MAX_S)
		retry_s = RETRY_MAX_S;
	if (e->result == OVPP_ETH_WRONG_CHAIN)
		ms = WRONG_CHAIN_MS;
	return ms > retry_s * 1000 ? ms : retry_s * 1000;
}

void rpc_endpoint_result(struct rpc_endpoint *e, enum ovpp_eth_result result, const char *text,
			 uint64_t retry_s)
{
	e->result = result;
	if (ovpp_eth_answered(result)) {
		e->text[0] = '\0';
		e->failures = 0;
		e->retry_ms = 0;
		return;
	}
	snprintf(e->text, sizeof(e->text), "%s", text);
	e->failures++;
	e->retry_ms = rpc_now_ms() + backoff_ms(e, retry_s);
	/* Who is there when it is back may be another one. */
	e->verified = false;
}
