// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry_plan.h"

#include <errno.h>
#include <string.h>

#include "keccak.h"

/* RFC 5280, 5.3.1. */
#define KEY_COMPROMISE 1
#define SUPERSEDED 4

/**
 * struct plan - steps in the making
 * @state: what the contract has, and will have after the steps so far
 * @subject: what it should have
 * @key: statements of the ledger
 * @keys: how many
 * @deadline: of all steps
 * @step: steps
 * @steps: how many
 */
struct plan {
	struct ovpp_registry_state state;
	const struct ovpp_registry_subject *subject;
	const struct ovpp_key_statement *key;
	size_t keys;
	uint64_t deadline;
	struct ovpp_registry_step *step;
	size_t steps;
};

static bool is_key(const struct ovpp_registry_key *there, const uint8_t key[OVPP_KEY_SIZE])
{
	ovpp_hash hash;

	ovpp_keccak256(key, OVPP_KEY_SIZE, hash);
	return !memcmp(hash, there->hash, sizeof(hash));
}

static uint64_t largest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct ovpp_registry_step *add(struct plan *p, enum ovpp_registry_what what)
{
	struct ovpp_registry_step *step = &p->step[p->steps++];

	*step = (struct ovpp_registry_step){.what = what};
	memcpy(step->owner, p->state.owner, sizeof(step->owner));
	return step;
}

static void add_registration(struct plan *p)
{
	const struct ovpp_registry_subject *s = p->subject;
	struct ovpp_registry_step *step = add(p, OVPP_REGISTRY_STEP_REGISTER);
	struct ovpp_registration *x = &step->registration;

	memcpy(step->owner, s->owner, sizeof(step->owner));
	memcpy(x->owner, s->owner, sizeof(x->owner));
	memcpy(x->operator, s->operator, sizeof(x->operator));
	memcpy(x->key, s->key, sizeof(x->key));
	x->kind = s->kind;
	x->since = s->since;
	x->deadline = p->deadline;
}

/*
 * The key in force, where it begins; later, if the contract cannot have it there: each
 * key begins after the one before, and what is anchored keeps its key.
 */
static void add_rotation(struct plan *p)
{
	struct ovpp_registry_key *last = &p->state.key[p->state.keys - 1];
	struct ovpp_registry_rotation *x;
	uint64_t from = p->key[p->keys - 1].from;

	from = largest(from, last->from + 1);
	from = largest(from, p->state.next);
	if (last->until != OVPP_REGISTRY_OPEN)
		from = largest(from, last->until);
	else
		last->until = from;
	x = &add(p, OVPP_REGISTRY_STEP_ROTATE)->rotation;
	memcpy(x->id, p->subject->id, sizeof(x->id));
	memcpy(x->key, p->subject->key, sizeof(x->key));
	x->from = from;
	x->nonce = p->state.nonce++;
	x->deadline = p->deadline;
}

/* Epoch of the ledger that a key is of: a device's is known by where it begins. */
static size_t epoch_of(const struct plan *p, const struct ovpp_registry_key *there)
{
	size_t epoch = 0;

	for (size_t i = 0; i < p->keys; i++) {
		if (is_key(there, p->key[i].key))
			return i;
		if (p->key[i].from <= there->from)
			epoch = i;
	}
	return epoch;
}

/* A key is valid there for longer than it signed, or than it is trusted. */
static void end_key(struct plan *p, size_t index)
{
	struct ovpp_registry_key *there = &p->state.key[index];
	size_t next = epoch_of(p, there) + 1;
	struct ovpp_registry_revocation *x;
	const struct ovpp_key_statement *s;
	uint64_t end;

	if (next >= p->keys)
		return;
	s = &p->key[next];
	end = s->revokes && s->revoked_from < s->from ? s->revoked_from : s->from;
	end = largest(end, there->from);
	if (end >= there->until)
		return;
	x = &add(p, OVPP_REGISTRY_STEP_REVOKE)->revocation;
	memcpy(x->id, p->subject->id, sizeof(x->id));
	x->epoch = index;
	x->from = end;
	x->reason = s->revokes ? KEY_COMPROMISE : SUPERSEDED;
	x->nonce = p->state.nonce++;
	x->deadline = p->deadline;
}

static void add_operator(struct plan *p)
{
	struct ovpp_registry_operator *x = &add(p, OVPP_REGISTRY_STEP_OPERATOR)->operator;

	memcpy(x->id, p->subject->id, sizeof(x->id));
	memcpy(x->operator, p->subject->operator, sizeof(x->operator));
	x->nonce = p->state.nonce++;
	x->deadline = p->deadline;
}

static bool is_operator(const struct plan *p)
{
	static const ovpp_address any;

	return !memcmp(p->subject->operator, any, sizeof(any)) ||
	       !memcmp(p->subject->operator, p->state.operator, sizeof(any));
}

size_t ovpp_registry_plan(const struct ovpp_registry_state *state,
			  const struct ovpp_registry_subject *subject,
			  const struct ovpp_key_statement *key, size_t keys, uint64_t deadline,
			  struct ovpp_registry_step *step)
{
	struct plan p = {*state, subject, key, keys, deadline, step, 0};

	if (!state->registered) {
		add_registration(&p);
		return p.steps;
	}
	if (!is_key(&p.state.key[p.state.keys - 1], subject->key))
		add_rotation(&p);
	for (size_t i = 0; i < p.state.keys; i++)
		end_key(&p, i);
	if (!is_operator(&p))
		add_operator(&p);
	return p.steps;
}

void ovpp_registry_step_action(const struct ovpp_registry_step *step,
			       struct ovpp_registry_action *a)
{
	switch (step->what) {
	case OVPP_REGISTRY_STEP_REGISTER:
		ovpp_registry_register(&step->registration, a);
		break;
	case OVPP_REGISTRY_STEP_ROTATE:
		ovpp_registry_rotate(&step->rotation, a);
		break;
	case OVPP_REGISTRY_STEP_REVOKE:
		ovpp_registry_revoke(&step->revocation, a);
		break;
	case OVPP_REGISTRY_STEP_OPERATOR:
		ovpp_registry_set_operator(&step->operator, a);
		break;
	}
}

int ovpp_registry_epoch(const struct ovpp_registry_state *state,
			const struct ovpp_key_statement *key, size_t keys, uint32_t *epoch)
{
	for (size_t e = keys; e-- > 0;) {
		for (size_t i = 0; i < state->keys; i++) {
			if (is_key(&state->key[i], key[e].key)) {
				*epoch = (uint32_t)e;
				return 0;
			}
		}
	}
	return -ENOENT;
}
