/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several questions to contracts, of which the first that fails is the last. */
#ifndef OVPP_EVM_VIEWS_H
#define OVPP_EVM_VIEWS_H

#include "evm_session.h"
#include "tokens.h"

/**
 * struct ovpp_evm_views - questions
 * @s: session
 * @ret: 0, or what went wrong, as of ovpp_evm_view(); -EBADMSG: also what does not fit
 */
struct ovpp_evm_views {
	struct ovpp_evm_session *s;
	int ret;
};

/*
 * All of them: as ovpp_evm_view(), but that there must be @n values, and that they are zero
 * after an error.
 */
void ovpp_views_ask(struct ovpp_evm_views *q, enum ovpp_contract contract, const char *signature,
		    const struct ovpp_abi *arg, size_t n_args, const char *result,
		    struct ovpp_abi *v, size_t n);

/* Pins the session to the newest block. Return: when that was made, s since 1970. */
uint64_t ovpp_views_pin(struct ovpp_evm_views *q);

/* For one value of a type that @result has. 0 after an error. */
uint64_t ovpp_views_uint(struct ovpp_evm_views *q, enum ovpp_contract contract,
			 const char *signature, const struct ovpp_abi *arg, size_t n_args,
			 const char *result);
ovpp_u128 ovpp_views_amount(struct ovpp_evm_views *q, enum ovpp_contract contract,
			    const char *signature, const struct ovpp_abi *arg, size_t n_args,
			    const char *result);

/* What a value says. 0 after an error, or if it is too large, which is one. */
uint64_t ovpp_views_to_uint(struct ovpp_evm_views *q, const struct ovpp_abi *v);
ovpp_u128 ovpp_views_to_amount(struct ovpp_evm_views *q, const struct ovpp_abi *v);

#endif /* OVPP_EVM_VIEWS_H */
