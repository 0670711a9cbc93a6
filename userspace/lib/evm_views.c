// SPDX-License-Identifier: GPL-2.0-or-later
#include "evm_views.h"

#include <errno.h>
#include <string.h>

void ovpp_views_ask(struct ovpp_evm_views *q, enum ovpp_contract contract, const char *signature,
		    const struct ovpp_abi *arg, size_t n_args, const char *result,
		    struct ovpp_abi *v, size_t n)
{
	size_t got = n;

	if (!q->ret)
		q->ret = ovpp_evm_view(q->s, contract, signature, arg, n_args, result, v, &got);
	if (!q->ret && got != n)
		q->ret = -EBADMSG;
	if (q->ret)
		memset(v, 0, n * sizeof(*v));
}

uint64_t ovpp_views_pin(struct ovpp_evm_views *q)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_BLOCK, .tag = OVPP_ETH_NUMBER};
	struct ovpp_eth_answer answer;
	uint64_t time_s;

	if (!q->ret)
		q->ret = ovpp_evm_session_pin(q->s, OVPP_ETH_LATEST, &req.number);
	if (q->ret)
		return 0;
	ovpp_evm_ask(q->s, &req, &answer);
	if (answer.result != OVPP_ETH_OK)
		q->ret = -EHOSTUNREACH;
	time_s = answer.time;
	ovpp_eth_answer_free(&answer);
	return time_s;
}

uint64_t ovpp_views_uint(struct ovpp_evm_views *q, enum ovpp_contract contract,
			 const char *signature, const struct ovpp_abi *arg, size_t n_args,
			 const char *result)
{
	struct ovpp_abi v;

	ovpp_views_ask(q, contract, signature, arg, n_args, result, &v, 1);
	return ovpp_views_to_uint(q, &v);
}

ovpp_u128 ovpp_views_amount(struct ovpp_evm_views *q, enum ovpp_contract contract,
			    const char *signature, const struct ovpp_abi *arg, size_t n_args,
			    const char *result)
{
	struct ovpp_abi v;

	ovpp_views_ask(q, contract, signature, arg, n_args, result, &v, 1);
	return ovpp_views_to_amount(q, &v);
}

uint64_t ovpp_views_to_uint(struct ovpp_evm_views *q, const struct ovpp_abi *v)
{
	uint64_t x = 0;

	if (ovpp_abi_to_uint(v, &x) && !q->ret)
		q->ret = -EBADMSG;
	return x;
}

ovpp_u128 ovpp_views_to_amount(struct ovpp_evm_views *q, const struct ovpp_abi *v)
{
	ovpp_u128 x = 0;

	if (ovpp_abi_to_amount(v, &x) && !q->ret)
		q->ret = -EBADMSG;
	return x;
}
