// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nodes say differently that a question is too much: with an error, HTTP statuses, or not
 * at all. Whatever it is, they are asked for fewer blocks, down to one.
 */
#include "evm_session_priv.h"

#include <errno.h>
#include <string.h>

/* What most public nodes answer for. */
#define BLOCKS 10000
/* Answers in a row that are none, for another reason. */
#define TRIES 4

/**
 * struct range - blocks that are being asked for
 * @next: the first one
 * @last: the last one of all
 * @size: how many at once
 * @most: more were refused; 0: none yet
 * @tries: that failed
 */
struct range {
	uint64_t next;
	uint64_t last;
	uint64_t size;
	uint64_t most;
	unsigned int tries;
};

static bool fewer_may_help(enum ovpp_eth_result result)
{
	switch (result) {
	case OVPP_ETH_REFUSED:
	case OVPP_ETH_TIMEOUT:
	case OVPP_ETH_RATE_LIMITED:
	case OVPP_ETH_SERVER:
	case OVPP_ETH_HTTP:
	case OVPP_ETH_TOO_LARGE:
		return true;
	default:
		return false;
	}
}

/* No answer for so many. Return: is there something to be tried? */
static bool shrink(struct range *r, enum ovpp_eth_result result)
{
	if (!fewer_may_help(result))
		return !ovpp_eth_answered(result) && ++r->tries < TRIES;
	if (r->size == 1)
		return false;
	r->size /= 2;
	/* The others may have been due to something else. */
	if (result == OVPP_ETH_REFUSED || result == OVPP_ETH_TOO_LARGE)
		r->most = r->size;
	return true;
}

static void grow(struct range *r)
{
	r->tries = 0;
	if (r->size <= UINT64_MAX / 2 && (!r->most || 2 * r->size <= r->most))
		r->size *= 2;
}

static bool follows(const struct ovpp_eth_log *log, const struct ovpp_eth_log *before)
{
	return log->block > before->block ||
	       (log->block == before->block && log->index > before->index);
}

static int visit_all(struct ovpp_evm_session *s, const struct ovpp_eth_answer *a,
		     int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg)
{
	int ret = 0;

	for (size_t i = 1; i < a->logs; i++)
		if (!follows(&a->log[i], &a->log[i - 1]))
			return evm_session_fail(s, -EBADMSG,
						"the node's events are not in their order");
	for (size_t i = 0; i < a->logs && !ret; i++)
		ret = visit(arg, &a->log[i]);
	return ret;
}

/* Number of the newest block, unless one is pinned. */
static int last_block(struct ovpp_evm_session *s, uint64_t *last)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_BLOCK, .tag = OVPP_ETH_LATEST};
	struct ovpp_eth_answer a;
	int ret;

	*last = s->block;
	if (s->pinned)
		return 0;
	ovpp_evm_ask(s, &req, &a);
	ret = evm_session_judge(s, "the newest block", &a);
	*last = a.block;
	ovpp_eth_answer_free(&a);
	return ret;
}

/* @req has the topic, if there is one. */
static int read_events(struct ovpp_evm_session *s, struct ovpp_eth_request *req,
		       enum ovpp_contract contract, const char *signature,
		       int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg)
{
	const struct ovpp_deployment *d = &s->config->deployment;
	struct range r = {.next = d->first_block, .size = BLOCKS};
	struct ovpp_eth_answer a;
	int ret = evm_session_check(s, contract);

	if (!ret)
		ret = last_block(s, &r.last);
	req->method = OVPP_ETH_LOGS;
	memcpy(req->to, d->contract[contract].address, sizeof(req->to));
	ovpp_abi_topic(signature, req->hash);
	while (!ret && r.next <= r.last) {
		req->number = r.next;
		req->last = r.size - 1 < r.last - r.next ? r.next + r.size - 1 : r.last;
		evm_session_ask_once(s, req, &a);
		if (!a.result) {
			ret = visit_all(s, &a, visit, arg);
			r.next = req->last + 1;
			grow(&r);
		} else if (!shrink(&r, a.result)) {
			ret = evm_session_judge(s, signature, &a);
		}
		ovpp_eth_answer_free(&a);
	}
	return ret;
}

int ovpp_evm_events(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		    int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg)
{
	struct ovpp_eth_request req = {0};

	return read_events(s, &req, contract, signature, visit, arg);
}

int ovpp_evm_events_of(struct ovpp_evm_session *s, enum ovpp_contract contract,
		       const char *signature, unsigned int at, const ovpp_hash topic,
		       int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg)
{
	struct ovpp_eth_request req = {.topic_at = at};

	memcpy(req.topic, topic, sizeof(req.topic));
	return read_events(s, &req, contract, signature, visit, arg);
}
