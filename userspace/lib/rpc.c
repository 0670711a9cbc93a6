// SPDX-License-Identifier: GPL-2.0-or-later
#include "rpc.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keccak.h"
#include "rpc_endpoint.h"

#define TIMEOUT_MS 10000
#define SIZE_MAX_DEFAULT (4 * 1024 * 1024)

/**
 * struct call - a request on its way
 * @rpc: whose
 * @next: in rpc->call
 * @req: what is asked; its data is in @text only
 * @text: as JSON
 * @chain: what is asked first of an endpoint that is not verified
 * @id: of @text and @chain
 * @done: gets the answer
 * @arg: its argument
 * @easy: exchange
 * @endpoint: which is asked
 * @tried: set of endpoints that were
 * @verifying: @chain is being asked
 * @body: of the HTTP answer so far
 * @too_large: it would be longer than it may be
 * @answer: the last one
 * @over: @answer is for @done
 */
struct call {
	struct ovpp_rpc *rpc;
	struct call *next;
	struct ovpp_eth_request req;
	char *text;
	char *chain;
	uint64_t id;
	ovpp_rpc_done done;
	void *arg;
	CURL *easy;
	int endpoint;
	unsigned int tried;
	bool verifying;
	struct ovpp_buffer body;
	bool too_large;
	struct ovpp_eth_answer answer;
	bool over;
};

struct ovpp_rpc {
	CURLM *multi;
	struct curl_slist *headers;
	struct ovpp_rpc_loop loop;
	struct rpc_endpoint endpoint[OVPP_RPC_ENDPOINTS];
	size_t endpoints;
	uint64_t chain_id;
	char *ca_file;
	unsigned int timeout_ms;
	size_t size_max;
	uint64_t next_id;
	struct call *call;
};

static const struct ovpp_eth_request ask_chain = {.method = OVPP_ETH_CHAIN_ID};

static void free_call(struct call *c)
{
	if (c->easy) {
		curl_multi_remove_handle(c->rpc->multi, c->easy);
		curl_easy_cleanup(c->easy);
	}
	ovpp_buffer_free(&c->body);
	ovpp_eth_answer_free(&c->answer);
	free(c->text);
	free(c->chain);
	free(c);
}

/* ---- one exchange ---- */

static size_t receive(char *data, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	if (size * n > c->rpc->size_max - c->body.size) {
		c->too_large = true;
		return 0;
	}
	return ovpp_buffer_add(&c->body, data, size * n) ? 0 : size * n;
}

static void set_options(struct call *c, const char *text)
{
	struct ovpp_rpc *rpc = c->rpc;

	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(c->easy, CURLOPT_URL, rpc->endpoint[c->endpoint].url);
	curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, text);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, rpc->headers);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, (long)rpc->timeout_ms);
	curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
	/* Who ends does not wait for a name server. */
	curl_easy_setopt(c->easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(c->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (rpc->ca_file)
		curl_easy_setopt(c->easy, CURLOPT_CAINFO, rpc->ca_file);
}

/* Asks the next endpoint; without one the last answer is the answer. */
static void exchange(struct call *c)
{
	struct ovpp_rpc *rpc = c->rpc;
	int next = rpc_endpoint_pick(rpc->endpoint, rpc->endpoints, c->tried);

	if (next < 0) {
		if (ovpp_eth_answered(c->answer.result))
			ovpp_eth_fail(&c->answer, OVPP_ETH_UNREACHABLE,
				      "all endpoints have failed and are left alone for a while");
		c->over = true;
		return;
	}
	c->endpoint = next;
	c->verifying = !rpc->endpoint[next].verified;
	c->body.size = 0;
	c->too_large = false;
	ovpp_eth_answer_free(&c->answer);
	if (c->easy)
		curl_easy_reset(c->easy);
	else
		c->easy = curl_easy_init();
	if (!c->easy) {
		ovpp_eth_fail(&c->answer, OVPP_ETH_NO_MEMORY, "no memory");
		c->over = true;
		return;
	}
	set_options(c, c->verifying ? c->chain : c->text);
	curl_multi_add_handle(rpc->multi, c->easy);
}

/* What of the way to the server went wrong, if anything did. */
static void judge_transport(struct call *c, CURLcode code)
{
	struct ovpp_eth_answer *a = &c->answer;

	switch (code) {
	case CURLE_OK:
		return;
	case CURLE_OPERATION_TIMEDOUT:
		ovpp_eth_fail(a, OVPP_ETH_TIMEOUT, "no answer in %u ms", c->rpc->timeout_ms);
		return;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		ovpp_eth_fail(a, OVPP_ETH_TLS, "%s", curl_easy_strerror(code));
		return;
	case CURLE_WRITE_ERROR:
		if (c->too_large)
			ovpp_eth_fail(a, OVPP_ETH_TOO_LARGE, "the answer is longer than %zu bytes",
				      c->rpc->size_max);
		else
			ovpp_eth_fail(a, OVPP_ETH_NO_MEMORY, "no memory");
		return;
	default:
		ovpp_eth_fail(a, OVPP_ETH_UNREACHABLE, "%s", curl_easy_strerror(code));
	}
}

static void judge_status(struct call *c)
{
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 429)
		ovpp_eth_fail(&c->answer, OVPP_ETH_RATE_LIMITED, "HTTP status 429");
	else if (status >= 500)
		ovpp_eth_fail(&c->answer, OVPP_ETH_SERVER, "HTTP status %ld", status);
	else if (status != 200)
		ovpp_eth_fail(&c->answer, OVPP_ETH_HTTP, "HTTP status %ld", status);
}

/* An endpoint's answer to the question after its chain. */
static void verify(struct call *c)
{
	uint64_t is = c->answer.number, should = c->rpc->chain_id;

	if (c->answer.result && ovpp_eth_answered(c->answer.result))
		ovpp_eth_fail(&c->answer, OVPP_ETH_GARBAGE, "it does not tell its chain");
	else if (!c->answer.result && is == should)
		c->rpc->endpoint[c->endpoint].verified = true;
	else if (!c->answer.result)
		ovpp_eth_fail(&c->answer, OVPP_ETH_WRONG_CHAIN, "it is of chain %llu, not %llu",
			      (unsigned long long)is, (unsigned long long)should);
}

static void finish_exchange(struct call *c, CURLcode code)
{
	struct rpc_endpoint *e = &c->rpc->endpoint[c->endpoint];
	curl_off_t retry_s = 0;

	judge_transport(c, code);
	if (!c->answer.result)
		judge_status(c);
	if (!c->answer.result)
		ovpp_eth_decode(c->verifying ? &ask_chain : &c->req, c->id,
				c->body.size ? (const char *)c->body.data : "", c->body.size,
				&c->answer);
	if (c->verifying)
		verify(c);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry_s);
	curl_multi_remove_handle(c->rpc->multi, c->easy);
	rpc_endpoint_result(e, c->answer.result, c->answer.text, (uint64_t)retry_s);
	if (!ovpp_eth_answered(c->answer.result)) {
		c->tried |= 1u << c->endpoint;
		exchange(c);
	} else if (c->verifying && !c->answer.result) {
		exchange(c);
	} else {
		c->over = true;
	}
}

/* ---- calls ---- */

static struct call *pop_over(struct ovpp_rpc *rpc)
{
	for (struct call **p = &rpc->call; *p; p = &(*p)->next) {
		struct call *c = *p;

		if (c->over) {
			*p = c->next;
			return c;
		}
	}
	return NULL;
}

/* Takes what libcurl has done, and hands out answers. */
static void reap(struct ovpp_rpc *rpc)
{
	struct CURLMsg *m;
	struct call *c;
	int left;

	while ((m = curl_multi_info_read(rpc->multi, &left))) {
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		finish_exchange(c, m->data.result);
	}
	while ((c = pop_over(rpc))) {
		if (c->done)
			c->done(c->arg, &c->answer);
		free_call(c);
	}
}

int ovpp_rpc_start(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req, ovpp_rpc_done done,
		   void *arg)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = (struct call){
		.rpc = rpc,
		.req = *req,
		.id = ++rpc->next_id,
		.done = done,
		.arg = arg,
	};
	c->text = ovpp_eth_encode(req, c->id);
	c->chain = ovpp_eth_encode(&ask_chain, c->id);
	if (!c->text || !c->chain) {
		free_call(c);
		return -ENOMEM;
	}
	if (req->method == OVPP_ETH_SEND)
		ovpp_keccak256(req->data, req->size, c->req.hash);
	c->req.data = NULL;
	c->next = rpc->call;
	rpc->call = c;
	exchange(c);
	/* What is over already is told in the next round. */
	if (c->over && rpc->loop.timer)
		rpc->loop.timer(rpc->loop.arg, 0);
	return 0;
}

void ovpp_rpc_ready(struct ovpp_rpc *rpc, int fd, short events)
{
	int mask = 0, running;

	if (events & POLLIN)
		mask |= CURL_CSELECT_IN;
	if (events & POLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & (POLLERR | POLLHUP | POLLNVAL))
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(rpc->multi, fd, mask, &running);
	reap(rpc);
}

void ovpp_rpc_timeout(struct ovpp_rpc *rpc)
{
	int running;

	curl_multi_socket_action(rpc->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(rpc);
}

/**
 * struct asked - what ovpp_rpc_ask() waits for
 * @answer: where it goes
 * @done: it is there
 */
struct asked {
	struct ovpp_eth_answer *answer;
	bool done;
};

static void take_answer(void *arg, struct ovpp_eth_answer *answer)
{
	struct asked *asked = arg;

	*asked->answer = *answer;
	*answer = (struct ovpp_eth_answer){0};
	asked->done = true;
}

void ovpp_rpc_ask(struct ovpp_rpc *rpc, const struct ovpp_eth_request *req,
		  struct ovpp_eth_answer *answer)
{
	struct asked asked = {.answer = answer};
	int running;

	*answer = (struct ovpp_eth_answer){0};
	if (ovpp_rpc_start(rpc, req, take_answer, &asked))
		ovpp_eth_fail(answer, OVPP_ETH_NO_MEMORY, "no memory");
	else
		while (reap(rpc), !asked.done)
			if (!curl_multi_perform(rpc->multi, &running) && running)
				curl_multi_poll(rpc->multi, NULL, 0, 1000, NULL);
}

/* ---- libcurl's side of the loop ---- */

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct ovpp_rpc *rpc = arg;
	short events = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= POLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= POLLOUT;
	rpc->loop.watch(rpc->loop.arg, fd, events);
	return 0;
}

static int want_timer(CURLM *multi, long ms, void *arg)
{
	struct ovpp_rpc *rpc = arg;

	(void)multi;
	rpc->loop.timer(rpc->loop.arg, ms);
	return 0;
}

static int open_multi(struct ovpp_rpc *rpc)
{
	rpc->multi = curl_multi_init();
	rpc->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (!rpc->multi || !rpc->headers)
		return -ENOMEM;
	if (rpc->loop.watch) {
		curl_multi_setopt(rpc->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
		curl_multi_setopt(rpc->multi, CURLMOPT_SOCKETDATA, rpc);
		curl_multi_setopt(rpc->multi, CURLMOPT_TIMERFUNCTION, want_timer);
		curl_multi_setopt(rpc->multi, CURLMOPT_TIMERDATA, rpc);
	}
	return 0;
}

static int take_options(struct ovpp_rpc *rpc, const struct ovpp_rpc_options *o, char *err,
			size_t size)
{
	int ret = 0;

	rpc->chain_id = o->chain_id;
	rpc->timeout_ms = o->timeout_ms ? o->timeout_ms : TIMEOUT_MS;
	rpc->size_max = o->size_max ? o->size_max : SIZE_MAX_DEFAULT;
	if (o->ca_file && !(rpc->ca_file = strdup(o->ca_file)))
		return -ENOMEM;
	if (!o->urls || o->urls > OVPP_RPC_ENDPOINTS) {
		snprintf(err, size, "1 to %d endpoints are possible", OVPP_RPC_ENDPOINTS);
		return -EINVAL;
	}
	while (!ret && rpc->endpoints < o->urls) {
		ret = rpc_endpoint_init(&rpc->endpoint[rpc->endpoints], o->url[rpc->endpoints], err,
					size);
		rpc->endpoints++;
	}
	return ret;
}

int ovpp_rpc_open(const struct ovpp_rpc_options *options, const struct ovpp_rpc_loop *loop,
		  struct ovpp_rpc **out, char *err, size_t size)
{
	struct ovpp_rpc *rpc = calloc(1, sizeof(*rpc));
	int ret;

	snprintf(err, size, "no memory");
	if (!rpc)
		return -ENOMEM;
	if (loop)
		rpc->loop = *loop;
	ret = curl_global_init(CURL_GLOBAL_DEFAULT) ? -ENOMEM : 0;
	if (!ret)
		ret = take_options(rpc, options, err, size);
	if (!ret)
		ret = open_multi(rpc);
	if (ret) {
		ovpp_rpc_close(rpc);
		return ret;
	}
	err[0] = '\0';
	*out = rpc;
	return 0;
}

void ovpp_rpc_close(struct ovpp_rpc *rpc)
{
	struct call *c;

	if (!rpc)
		return;
	while ((c = rpc->call)) {
		rpc->call = c->next;
		free_call(c);
	}
	/* Its sockets are taken out of the loop, too. */
	if (rpc->multi)
		curl_multi_cleanup(rpc->multi);
	curl_slist_free_all(rpc->headers);
	for (size_t i = 0; i < rpc->endpoints; i++)
		free(rpc->endpoint[i].url);
	free(rpc->ca_file);
	free(rpc);
	curl_global_cleanup();
}

json_t *ovpp_rpc_status(const struct ovpp_rpc *rpc)
{
	uint64_t now = rpc_now_ms();
	json_t *all = json_array();

	for (size_t i = 0; i < rpc->endpoints; i++) {
		const struct rpc_endpoint *e = &rpc->endpoint[i];
		uint64_t left = e->retry_ms > now ? e->retry_ms - now : 0;

		json_array_append_new(all, json_pack("{s:s,s:s,s:s,s:I}", "url", e->origin, "state",
						     ovpp_eth_result_name(e->result), "text",
						     e->text, "retry_ms", (json_int_t)left));
	}
	return all;
}
