// SPDX-License-Identifier: GPL-2.0-or-later
#include "evm_session_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "path.h"

/* How often a question is asked that got no answer, and how long that may take together. */
#define TRIES 4
#define PATIENCE_MS 60000
/* Events of many blocks at once. */
#define ANSWER_MAX (32 * 1024 * 1024)

int evm_session_fail(struct ovpp_evm_session *s, int ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->error, sizeof(s->error), format, args);
	va_end(args);
	return ret;
}

const char *ovpp_evm_session_error(const struct ovpp_evm_session *s)
{
	return s->error;
}

/* ---- asking ---- */

static void nap(uint64_t ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

/* Until one of the endpoints may be asked. */
static uint64_t quiet_ms(const struct ovpp_evm_session *s)
{
	json_t *all = ovpp_rpc_status(s->rpc), *endpoint;
	uint64_t least = UINT64_MAX, ms;
	size_t i;

	json_array_foreach (all, i, endpoint) {
		ms = (uint64_t)json_integer_value(json_object_get(endpoint, "retry_ms"));
		if (ms < least)
			least = ms;
	}
	json_decref(all);
	return least;
}

void evm_session_ask_once(struct ovpp_evm_session *s, const struct ovpp_eth_request *req,
			  struct ovpp_eth_answer *answer)
{
	uint64_t ms = quiet_ms(s);

	if (ms && ms <= PATIENCE_MS)
		nap(ms + 1);
	ovpp_rpc_ask(s->rpc, req, answer);
}

/* May the same question get an answer a little later? */
static bool may_pass(enum ovpp_eth_result result)
{
	return !ovpp_eth_answered(result) && result != OVPP_ETH_WRONG_CHAIN &&
	       result != OVPP_ETH_TLS && result != OVPP_ETH_NO_MEMORY;
}

void ovpp_evm_ask(struct ovpp_evm_session *s, const struct ovpp_eth_request *req,
		  struct ovpp_eth_answer *answer)
{
	evm_session_ask_once(s, req, answer);
	for (int i = 1; i < TRIES && may_pass(answer->result) && quiet_ms(s) <= PATIENCE_MS; i++) {
		ovpp_eth_answer_free(answer);
		evm_session_ask_once(s, req, answer);
	}
}

/* What is wrong with each endpoint. */
static void tell_endpoints(struct ovpp_evm_session *s, const char *what)
{
	json_t *all = ovpp_rpc_status(s->rpc), *endpoint;
	size_t i;

	snprintf(s->error, sizeof(s->error), "%s", what);
	json_array_foreach (all, i, endpoint)
		ovpp_text_append(s->error, sizeof(s->error), "%s %s: %s", i ? ";" : ":",
				 json_string_value(json_object_get(endpoint, "url")),
				 json_string_value(json_object_get(endpoint, "text")));
	json_decref(all);
}

int evm_session_judge(struct ovpp_evm_session *s, const char *what,
		      const struct ovpp_eth_answer *answer)
{
	char text[OVPP_ETH_TEXT];

	switch (answer->result) {
	case OVPP_ETH_OK:
		return 0;
	case OVPP_ETH_REVERTED:
		return evm_session_fail(s, -EPROTO, "%s: the contract refuses: %s", what,
					answer->text);
	case OVPP_ETH_NO_MEMORY:
		return evm_session_fail(s, -ENOMEM, "no memory");
	case OVPP_ETH_WRONG_CHAIN:
		tell_endpoints(s, "no endpoint is of the right chain");
		return -EINVAL;
	case OVPP_ETH_TOO_LARGE:
	case OVPP_ETH_GARBAGE:
	case OVPP_ETH_NULL:
	case OVPP_ETH_WRONG_ID:
		return evm_session_fail(s, -EBADMSG, "%s: the node's answer: %s", what,
					answer->text);
	default:
		break;
	}
	if (ovpp_eth_answered(answer->result))
		return evm_session_fail(s, -EHOSTUNREACH, "%s: the node refuses: %s", what,
					answer->text);
	snprintf(text, sizeof(text), "%s: no node answers", what);
	tell_endpoints(s, text);
	return -EHOSTUNREACH;
}

/* ---- sessions ---- */

/* Once, so that who has a wrong URL is not made to wait. */
static int check_chain(struct ovpp_evm_session *s)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_CHAIN_ID};
	struct ovpp_eth_answer a;
	int ret;

	ovpp_rpc_ask(s->rpc, &req, &a);
	if (a.result != OVPP_ETH_UNREACHABLE && may_pass(a.result)) {
		ovpp_eth_answer_free(&a);
		ovpp_evm_ask(s, &req, &a);
	}
	ret = evm_session_judge(s, s->config->network->name, &a);
	ovpp_eth_answer_free(&a);
	return ret;
}

int ovpp_evm_session_open(const struct ovpp_chain_config *config, struct ovpp_evm_session **out,
			  char *err, size_t size)
{
	struct ovpp_rpc_options options = {
		.url = (const char *const *)config->url,
		.urls = config->urls,
		.chain_id = config->network->chain_id,
		.ca_file = config->ca_file,
		.size_max = ANSWER_MAX,
	};
	struct ovpp_evm_session *s = calloc(1, sizeof(*s));
	int ret;

	snprintf(err, size, "no memory");
	if (!s)
		return -ENOMEM;
	s->config = config;
	ret = ovpp_rpc_open(&options, NULL, &s->rpc, err, size);
	if (!ret) {
		ret = check_chain(s);
		snprintf(err, size, "%s", s->error);
	}
	if (ret) {
		ovpp_evm_session_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void ovpp_evm_session_close(struct ovpp_evm_session *s)
{
	if (!s)
		return;
	ovpp_rpc_close(s->rpc);
	ovpp_eth_answer_free(&s->answer);
	free(s);
}

int ovpp_evm_session_pin(struct ovpp_evm_session *s, enum ovpp_eth_tag tag, uint64_t *block)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_BLOCK, .tag = tag};
	struct ovpp_eth_answer a;
	int ret;

	ovpp_evm_ask(s, &req, &a);
	if (a.result == OVPP_ETH_ABSENT)
		ret = evm_session_fail(s, -ENOENT, "the node has no such block yet");
	else
		ret = evm_session_judge(s, "the newest block", &a);
	if (!ret) {
		s->pinned = true;
		s->block = a.block;
		*block = a.block;
	}
	ovpp_eth_answer_free(&a);
	return ret;
}

/* ---- contracts ---- */

int evm_session_check(struct ovpp_evm_session *s, enum ovpp_contract contract)
{
	const struct ovpp_deployed *d = &s->config->deployment.contract[contract];
	const char *name = ovpp_contract_name(contract);
	struct ovpp_eth_request req = {.method = OVPP_ETH_CODE};
	struct ovpp_eth_answer a;
	int ret = 0;

	if (s->checked[contract])
		return 0;
	if (!d->known)
		return evm_session_fail(s, -EINVAL, "the deployment file has no %s", name);
	memcpy(req.to, d->address, sizeof(req.to));
	ovpp_evm_ask(s, &req, &a);
	if (a.result == OVPP_ETH_ABSENT)
		ret = evm_session_fail(s, -EINVAL,
				       "there is no %s on %s at the address in the deployment file",
				       name, s->config->network->name);
	else
		ret = evm_session_judge(s, name, &a);
	if (!ret && memcmp(a.hash, d->code, sizeof(d->code)))
		ret = evm_session_fail(s, -EINVAL,
				       "the contract at %s's address on %s is another one than the"
				       " deployment file says",
				       name, s->config->network->name);
	s->checked[contract] = !ret;
	ovpp_eth_answer_free(&a);
	return ret;
}

static int decode(struct ovpp_evm_session *s, const char *signature, const char *result,
		  struct ovpp_abi *value, size_t *n)
{
	int ret = ovpp_abi_decode(result, s->answer.data.data, s->answer.data.size, value, n);

	if (ret == -EBADMSG)
		evm_session_fail(s, ret, "%s: the contract does not answer as it should",
				 signature);
	else if (ret)
		evm_session_fail(s, ret, "%s: %s", signature, strerror(-ret));
	return ret;
}

int ovpp_evm_view(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		  const struct ovpp_abi *arg, size_t n_args, const char *result,
		  struct ovpp_abi *value, size_t *n)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_CALL, .tag = OVPP_ETH_LATEST};
	struct ovpp_buffer call = {0};
	int ret = evm_session_check(s, contract);

	if (ret)
		return ret;
	ret = ovpp_abi_encode_call(signature, arg, n_args, &call);
	if (ret) {
		ovpp_buffer_free(&call);
		return evm_session_fail(s, ret, "%s: %s", signature, strerror(-ret));
	}
	memcpy(req.to, s->config->deployment.contract[contract].address, sizeof(req.to));
	req.data = call.data;
	req.size = call.size;
	if (s->pinned) {
		req.tag = OVPP_ETH_NUMBER;
		req.number = s->block;
	}
	ovpp_eth_answer_free(&s->answer);
	ovpp_evm_ask(s, &req, &s->answer);
	ovpp_buffer_free(&call);
	ret = evm_session_judge(s, signature, &s->answer);
	return ret ? ret : decode(s, signature, result, value, n);
}
