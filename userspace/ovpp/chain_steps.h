/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registrations, rotations and the like: the owner consents, then they are sent. */
#ifndef OVPP_CHAIN_STEPS_H
#define OVPP_CHAIN_STEPS_H

#include "chain_gateway.h"

/**
 * struct chain_steps - how they are done
 * @c: with account; with a session, too
 * @g: gateway
 * @owner_key: of --owner-key, or NULL
 * @deadline: of what is signed, s since 1970
 * @prepare: print what is to be signed, and send nothing
 * @done: what was sent, or is to be signed: an array
 */
struct chain_steps {
	const struct chain *c;
	struct chain_gateway *g;
	struct ovpp_evm_key *owner_key;
	uint64_t deadline;
	bool prepare;
	json_t *done;
};

/* Reads the options about consent. To be ended with chain_steps_end() in any case. */
int chain_steps_begin(struct chain_steps *s, const struct chain *c, struct chain_gateway *g);
void chain_steps_end(struct chain_steps *s);

/**
 * chain_steps_do() - do what is missing of an identity, or prepare it
 * @s: how
 * @name: of it, for people: "the gateway"
 * @state: what the contract has
 * @subject: what it should have
 * @sign: signs with the key in force
 * @arg: its argument
 *
 * Return: enum cli_status.
 */
int chain_steps_do(struct chain_steps *s, const char *name, const struct ovpp_registry_state *state,
		   const struct ovpp_registry_subject *subject, ovpp_sign sign, void *arg);

#endif /* OVPP_CHAIN_STEPS_H */
