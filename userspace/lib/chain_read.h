/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events and views of a node, for who checks them. What a node says that its contract
 * cannot is -EPROTO: nothing is known of the chain then, neither good nor bad.
 */
#ifndef OVPP_CHAIN_READ_H
#define OVPP_CHAIN_READ_H

#include "chain_event.h"
#include "evm_session.h"

/**
 * ovpp_chain_read() - events of a kind
 * @s: session, pinned
 * @kind: kind
 * @at: topic that is @topic; 0: all events
 * @topic: it
 * @list: they are added; to be sorted by ovpp_chain_read_end()
 * @f: its text is set with -EPROTO
 *
 * Return: 0; -EPROTO; or as ovpp_evm_events().
 */
int ovpp_chain_read(struct ovpp_evm_session *s, enum ovpp_chain_event_kind kind, unsigned int at,
		    const ovpp_hash topic, struct ovpp_chain_events *list,
		    struct ovpp_chain_fault *f);

/* All is read: in the order of the chain. 0 or -EPROTO. */
int ovpp_chain_read_end(struct ovpp_chain_events *list, struct ovpp_chain_fault *f);

/* ovpp_evm_view() of exactly @n values; -EPROTO with a text in @f for garbage, too. */
int ovpp_chain_view(struct ovpp_evm_session *s, enum ovpp_contract contract, const char *signature,
		    const struct ovpp_abi *arg, size_t n_args, const char *result,
		    struct ovpp_abi *value, size_t *n, struct ovpp_chain_fault *f);

#endif /* OVPP_CHAIN_READ_H */
