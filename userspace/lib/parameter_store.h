/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract ParameterStore: numbers by name that governance decides, the scorer's
 * among them (docs/contracts.md, "Parameters").
 */
#ifndef OVPP_PARAMETER_STORE_H
#define OVPP_PARAMETER_STORE_H

#include "evm_session.h"
#include "score_params.h"

/* Parameters, at most; the scorer has fewer. */
#define OVPP_PARAMETERS_MAX 256
/* A name and its end. */
#define OVPP_PARAMETER_NAME 33

#define OVPP_PARAMETERS_SET "set(bytes32[],uint256[])"

/**
 * struct ovpp_parameter - a parameter
 * @name: ASCII
 * @value: of it
 */
struct ovpp_parameter {
	char name[OVPP_PARAMETER_NAME];
	struct ovpp_u256 value;
};

/**
 * struct ovpp_parameters - some, in the contract's order
 * @n: how many
 * @p: they
 */
struct ovpp_parameters {
	size_t n;
	struct ovpp_parameter p[OVPP_PARAMETERS_MAX];
};

/* Adds one. 0; -EINVAL: a name that is empty, too long or not ASCII; -ENOBUFS; -EEXIST. */
int ovpp_parameters_add(struct ovpp_parameters *all, const char *name,
			const struct ovpp_u256 *value);

/* The call that sets them, added to @out. 0 or -ENOMEM. */
int ovpp_parameters_encode(const struct ovpp_parameters *all, struct ovpp_buffer *out);

/* The opposite. 0; -ENOENT: it is another call; -EBADMSG. */
int ovpp_parameters_decode(const void *data, size_t size, struct ovpp_parameters *all);

/* What the contract has, and the hash that it has for it. As ovpp_evm_view(). */
int ovpp_parameters_read(struct ovpp_evm_session *s, struct ovpp_parameters *all, ovpp_hash hash);

/**
 * ovpp_parameters_score() - for the scorer
 * @all: what the contract has
 * @hash: of them there
 * @p: set
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -EINVAL: this scorer cannot compute with them.
 */
int ovpp_parameters_score(const struct ovpp_parameters *all, const ovpp_hash hash,
			  struct ovpp_score_params *p, char *err, size_t size);

#endif /* OVPP_PARAMETER_STORE_H */
