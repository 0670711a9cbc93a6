// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_read.h"

#include <errno.h>
#include <stdio.h>

/**
 * struct reading - events that come
 * @kind: what they are
 * @list: where they go
 * @garbage: one is none of the contract's
 */
struct reading {
	enum ovpp_chain_event_kind kind;
	struct ovpp_chain_events *list;
	bool garbage;
};

static int garbage(struct ovpp_chain_fault *f, const char *what)
{
	snprintf(f->text, sizeof(f->text), "the node says what the contract cannot say: %s", what);
	return -EPROTO;
}

/* Likewise where the session has found it. */
static int judge(struct ovpp_evm_session *s, int ret, struct ovpp_chain_fault *f)
{
	if (ret != -EBADMSG && ret != -EPROTO)
		return ret;
	snprintf(f->text, sizeof(f->text), "%s", ovpp_evm_session_error(s));
	return -EPROTO;
}

static int take(void *arg, const struct ovpp_eth_log *log)
{
	struct reading *r = arg;
	struct ovpp_chain_event *e;
	int ret = ovpp_chain_event_new(r->kind, log, &e);

	r->garbage = ret == -EBADMSG;
	return ret ? ret : ovpp_chain_events_add(r->list, e);
}

int ovpp_chain_read(struct ovpp_evm_session *s, enum ovpp_chain_event_kind kind, unsigned int at,
		    const ovpp_hash topic, struct ovpp_chain_events *list,
		    struct ovpp_chain_fault *f)
{
	enum ovpp_contract contract = ovpp_chain_event_contract(kind);
	const char *signature = ovpp_chain_event_signature(kind);
	struct reading r = {.kind = kind, .list = list};
	int ret;

	ret = at ? ovpp_evm_events_of(s, contract, signature, at, topic, take, &r)
		 : ovpp_evm_events(s, contract, signature, take, &r);
	return r.garbage ? garbage(f, signature) : judge(s, ret, f);
}

int ovpp_chain_read_end(struct ovpp_chain_events *list, struct ovpp_chain_fault *f)
{
	return ovpp_chain_events_sort(list) ? garbage(f, "two events at one place") : 0;
}

int ovpp_chain_view(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		    const struct ovpp_abi *arg, size_t n_args, const char *result,
		    struct ovpp_abi *value, size_t *n, struct ovpp_chain_fault *f)
{
	return judge(s, ovpp_evm_view(s, contract, signature, arg, n_args, result, value, n), f);
}
