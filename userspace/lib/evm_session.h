/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody who asks contracts of a chain, and has calls sent, and waits for both: the
 * command line and the verifier. The chain's id is checked first, and a contract's code
 * before it is asked the first time.
 */
#ifndef OVPP_EVM_SESSION_H
#define OVPP_EVM_SESSION_H

#include "chain_config.h"
#include "outbox_call.h"

struct ovpp_evm_session;

/**
 * ovpp_evm_session_open() - begin
 * @config: borrowed until the end
 * @out: set; to be closed with ovpp_evm_session_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -EHOSTUNREACH: no endpoint answers; -EINVAL: it is another chain; or another
 * -errno.
 */
int ovpp_evm_session_open(const struct ovpp_chain_config *config, struct ovpp_evm_session **out,
			  char *err, size_t size);
void ovpp_evm_session_close(struct ovpp_evm_session *s);

/* What went wrong in the last call that failed, for people. */
const char *ovpp_evm_session_error(const struct ovpp_evm_session *s);

/**
 * ovpp_evm_view() - ask a contract
 * @s: session
 * @contract: which
 * @signature: "head(uint256)"
 * @arg: arguments
 * @n_args: their number
 * @result: "(address,uint48,uint48,bytes32)"
 * @value: room for @n values, which are good until the next call of this session
 * @n: room; set to their number
 *
 * At the latest block, or at the one that ovpp_evm_session_pin() has set.
 *
 * Return: 0; -EINVAL: the contract at the address is another one, or is not known;
 * -EPROTO: it refuses; -EBADMSG: it does not answer as it should; -EHOSTUNREACH; or
 * another -errno.
 */
int ovpp_evm_view(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		  const struct ovpp_abi *arg, size_t n_args, const char *result,
		  struct ovpp_abi *value, size_t *n);

/* All that follows is asked at one block: the newest of @tag, whose number is set. */
int ovpp_evm_session_pin(struct ovpp_evm_session *s, enum ovpp_eth_tag tag, uint64_t *block);

/**
 * ovpp_evm_events() - events of a contract, in their order
 * @s: session
 * @contract: which
 * @signature: "Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)"
 * @visit: called for each from the deployment's first block to the pinned one, or the
 *	newest; not 0: stop with it
 * @arg: its first argument
 *
 * Nodes that do not answer for many blocks at once are asked for fewer.
 *
 * Return: 0, what @visit returned, or as ovpp_evm_view().
 */
int ovpp_evm_events(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		    int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg);

/* Likewise those alone whose topic number @at (1 to 3: indexed arguments) is @topic. */
int ovpp_evm_events_of(struct ovpp_evm_session *s, enum ovpp_contract contract,
		       const char *signature, unsigned int at, const ovpp_hash topic,
		       int (*visit)(void *arg, const struct ovpp_eth_log *log), void *arg);

/* Any question. @answer is set in any case and to be freed. */
void ovpp_evm_ask(struct ovpp_evm_session *s, const struct ovpp_eth_request *req,
		  struct ovpp_eth_answer *answer);

/**
 * struct ovpp_evm_sender - who sends
 * @key: account; borrowed
 * @database: with its outbox: the ledger, or a file of its own, which is made
 * @progress: called each time that the call's state or reason changes, and several times
 *	a second; false: do not wait any longer. NULL: nobody wants to know
 * @arg: its first argument
 */
struct ovpp_evm_sender {
	const struct ovpp_evm_key *key;
	const char *database;
	bool (*progress)(void *arg, const struct ovpp_outbox_call_result *now);
	void *arg;
};

/**
 * ovpp_evm_run() - have the outbox of an account run
 * @s: session
 * @from: whose; @progress is not called
 * @stop: asked several times a second whether that is enough
 * @arg: its argument
 *
 * If another process (the daemon) runs it, this one only waits.
 *
 * Return: 0; or as ovpp_outbox_open(), with a text.
 */
int ovpp_evm_run(struct ovpp_evm_session *s, const struct ovpp_evm_sender *from,
		 bool (*stop)(void *arg), void *arg);

/**
 * ovpp_evm_send() - have a call sent, and wait
 * @s: session
 * @from: who
 * @contract: what is called
 * @what: for people
 * @signature: "claim(address,uint256,bytes32[])"
 * @arg: arguments
 * @n_args: their number
 * @until: OVPP_OUTBOX_MINED or OVPP_OUTBOX_FINAL
 * @result: set
 *
 * It is put into the outbox. If another process (the daemon) runs that, it sends it;
 * else this one does, and what was left there before.
 *
 * Whatever interrupts it, a signal too, the database is consistent: what was put into
 * the outbox is sent once, by whoever runs it next.
 *
 * Return: 0; -EPROTO: the contract refuses; -EDQUOT: it is held, for the budget or
 * something else that @result says, and was taken back; -ECANCELED: @progress did not
 * want to wait, and it was taken back; -EINPROGRESS: likewise, but it was sent already;
 * or as ovpp_evm_view().
 */
int ovpp_evm_send(struct ovpp_evm_session *s, const struct ovpp_evm_sender *from,
		  enum ovpp_contract contract, const char *what, const char *signature,
		  const struct ovpp_abi *arg, size_t n_args, enum ovpp_outbox_state until,
		  struct ovpp_outbox_call_result *result);

#endif /* OVPP_EVM_SESSION_H */
