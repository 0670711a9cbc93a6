/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is missing of an identity in the registry: the registration; a rotation, if its
 * newest key there is another one than that in force; revocations, so that each key is
 * valid there for no batch that another key signed, or that it is not to be trusted for;
 * another operator. Computed from what the chain has and from the statements of the
 * ledger's keys, so that it can be done again at any time.
 */
#ifndef OVPP_REGISTRY_PLAN_H
#define OVPP_REGISTRY_PLAN_H

#include "registry.h"

/* Keys of an identity that are looked at, at most. */
#define OVPP_REGISTRY_KEYS 256
/* What may be missing: a key, an operator, and that keys end. */
#define OVPP_REGISTRY_STEPS (OVPP_REGISTRY_KEYS + 3)

/**
 * struct ovpp_registry_key - a key of an identity, as the contract has it
 * @hash: of its bytes, also of the first one
 * @from: first batch that it signs
 * @until: first one that it does not; OVPP_REGISTRY_OPEN
 */
struct ovpp_registry_key {
	ovpp_hash hash;
	uint64_t from;
	uint64_t until;
};

/**
 * struct ovpp_registry_state - an identity, as the contract has it
 * @registered: there is one; else nothing else is set
 * @owner: now
 * @operator: now
 * @nonce: of the next action
 * @since: first batch
 * @next: that is anchored next; 0 of what is no gateway
 * @key: keys in their order
 * @keys: how many
 */
struct ovpp_registry_state {
	bool registered;
	ovpp_address owner;
	ovpp_address operator;
	uint64_t nonce;
	uint64_t since;
	uint64_t next;
	struct ovpp_registry_key key[OVPP_REGISTRY_KEYS];
	size_t keys;
};

/**
 * struct ovpp_registry_subject - a gateway or a device as it should be there
 * @id: if it is registered
 * @owner: who registers it
 * @operator: who acts for it; zero: whoever does
 * @kind: OVPP_REGISTRY_GATEWAY or enum ovpp_kind
 * @key: in force
 * @since: first batch, if it is registered now
 */
struct ovpp_registry_subject {
	uint8_t id[32];
	ovpp_address owner;
	ovpp_address operator;
	uint8_t kind;
	uint8_t key[OVPP_KEY_SIZE];
	uint64_t since;
};

enum ovpp_registry_what {
	OVPP_REGISTRY_STEP_REGISTER,
	OVPP_REGISTRY_STEP_ROTATE,
	OVPP_REGISTRY_STEP_REVOKE,
	OVPP_REGISTRY_STEP_OPERATOR,
};

/**
 * struct ovpp_registry_step - something that is missing
 * @what: which of these
 * @owner: who has to consent
 */
struct ovpp_registry_step {
	enum ovpp_registry_what what;
	ovpp_address owner;
	union {
		struct ovpp_registration registration;
		struct ovpp_registry_rotation rotation;
		struct ovpp_registry_revocation revocation;
		struct ovpp_registry_operator operator;
	};
};

/**
 * ovpp_registry_plan() - what is missing, in the order that it is to be done
 * @state: what the contract has
 * @subject: what it should have
 * @key: statements of the ledger's keys, by epoch
 * @keys: how many, at least 1; the last one is in force
 * @deadline: of all steps, s since 1970
 * @step: room for OVPP_REGISTRY_STEPS
 *
 * Return: how many there are.
 */
size_t ovpp_registry_plan(const struct ovpp_registry_state *state,
			  const struct ovpp_registry_subject *subject,
			  const struct ovpp_key_statement *key, size_t keys, uint64_t deadline,
			  struct ovpp_registry_step *step);

/* The action of a step, which @a borrows. */
void ovpp_registry_step_action(const struct ovpp_registry_step *step,
			       struct ovpp_registry_action *a);

/* Newest epoch of the ledger whose key the contract has. 0; -ENOENT: it has none of them. */
int ovpp_registry_epoch(const struct ovpp_registry_state *state,
			const struct ovpp_key_statement *key, size_t keys, uint32_t *epoch);

#endif /* OVPP_REGISTRY_PLAN_H */
