/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ovpp reward and ovpp vote have in common beside chain_common.h: calls that end in
 * a sentence or in JSON, amounts of tokens, moments.
 */
#ifndef OVPP_CHAIN_CALL_H
#define OVPP_CHAIN_CALL_H

#include "chain_common.h"
#include "tokens.h"

/* Room for any text that says why not. */
#define CHAIN_WHY 512

/*
 * chain_begin() and chain_connect(), and chain_account() if @account; then @run, and
 * chain_end(). enum cli_status.
 */
int chain_call(struct cli *cli, bool account, int (*run)(struct chain *c));

/* The answer is no, and why: CLI_NO. */
int chain_no(const struct chain *c, const char *why);

/* As chain_send(); @sent is set to a new object as of chain_result(). */
int chain_call_send(const struct chain *c, enum ovpp_contract contract, const char *what,
		    const char *signature, const struct ovpp_abi *arg, size_t n_args,
		    json_t **sent);

/*
 * The end of a verb that has sent something: @about and @sent as one object, or the line
 * @text and then the transaction. Takes both over. CLI_OK.
 */
int chain_call_done(const struct chain *c, json_t *about, json_t *sent, const char *text);

/* An amount in base units, as a new text. */
json_t *chain_amount(ovpp_u128 amount);

/* An amount in tokens, in @buf of OVPP_TOKENS_TEXT bytes, which is returned. */
const char *chain_tokens(ovpp_u128 amount, char *buf);

/* A moment, UTC, in @buf of CHAIN_DATE bytes, which is returned. */
#define CHAIN_DATE 32
const char *chain_date(uint64_t time_s, char *buf);

#endif /* OVPP_CHAIN_CALL_H */
