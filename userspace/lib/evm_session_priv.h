/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a session share: evm_session.c asks, evm_events.c reads events, evm_send.c
 * sends. */
#ifndef OVPP_EVM_SESSION_PRIV_H
#define OVPP_EVM_SESSION_PRIV_H

#include "evm_session.h"

/**
 * struct ovpp_evm_session - see evm_session.h
 * @config: borrowed
 * @rpc: endpoints
 * @checked: contracts whose code is the right one
 * @pinned: views are asked at @block
 * @block: number
 * @answer: of the last view
 * @error: for people
 */
struct ovpp_evm_session {
	const struct ovpp_chain_config *config;
	struct ovpp_rpc *rpc;
	bool checked[N_OVPP_CONTRACTS];
	bool pinned;
	uint64_t block;
	struct ovpp_eth_answer answer;
	char error[4 * OVPP_ETH_TEXT];
};

/* Notes what is wrong. Return: @ret. */
int evm_session_fail(struct ovpp_evm_session *s, int ret, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What a failed answer means, noted. Return: -errno as of ovpp_evm_view(). */
int evm_session_judge(struct ovpp_evm_session *s, const char *what,
		      const struct ovpp_eth_answer *answer);

/* Asks once, when the endpoints may be asked again. @answer is set and to be freed. */
void evm_session_ask_once(struct ovpp_evm_session *s, const struct ovpp_eth_request *req,
			  struct ovpp_eth_answer *answer);

/* The contract is known and, looked at once, the one that was deployed. 0 or -errno. */
int evm_session_check(struct ovpp_evm_session *s, enum ovpp_contract contract);

#endif /* OVPP_EVM_SESSION_PRIV_H */
