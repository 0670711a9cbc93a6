// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls of the contracts for evidence of fixed seeds (tests/unit/evidence_made.h), as
 * hexadecimal data, each on a line, for tests/chain_site.sh:
 *
 *	chain_calls register CHAIN REGISTRY OWNER OPERATOR KIND SEED SINCE [SEED]
 *	chain_calls rotate CHAIN REGISTRY ID SEED FROM NONCE
 *	chain_calls revoke ID EPOCH FROM
 *	chain_calls anchor ID BUNDLE...		all batches, 100 in a call
 *
 * A key is made of its seed; it proves itself, or with a second seed somebody else does.
 * The owner sends. Anchored are the times of the headers, which have to follow each other.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/evidence_made.h"
#include "anchor.h"
#include "evm_key.h"
#include "registry.h"
#include "verify.h"

#define DEADLINE (UINT64_C(1) << 47)
#define TOGETHER 100

static void print_call(struct ovpp_buffer *call)
{
	char *text = malloc(2 * call->size + 1);

	MUST(text);
	ovpp_hex(call->data, call->size, text);
	printf("0x%s\n", text);
	free(text);
	ovpp_buffer_free(call);
}

static struct made_key key_of(const char *seed)
{
	struct made_key key;

	MUST(sodium_init() >= 0);
	made_key(&key, (uint8_t)atoi(seed));
	return key;
}

static struct ovpp_registry registry(char **argv)
{
	struct ovpp_registry r = {.chain_id = strtoull(argv[0], NULL, 10)};

	MUST(!ovpp_address_parse(argv[1], r.address));
	return r;
}

static void read_id(const char *text, uint8_t id[32])
{
	MUST(!strncmp(text, "0x", 2) && !ovpp_unhex(text + 2, id, 32));
}

/* @signer: who proves; NULL: nobody has to. */
static void print_action(const struct ovpp_registry *r, const struct ovpp_registry_action *a,
			 struct made_key *signer)
{
	uint8_t proof[OVPP_SIGNATURE_SIZE];
	struct ovpp_abi arg[OVPP_REGISTRY_ARGS];
	struct ovpp_buffer call = {0};
	ovpp_hash digest;

	MUST(!ovpp_registry_digest(r, a, digest));
	if (signer)
		MUST(!ovpp_registry_prove(digest, made_sign, signer, proof));
	MUST(!ovpp_abi_encode_call(a->call, arg, ovpp_registry_args(a, NULL, proof, arg), &call));
	print_call(&call);
}

static void call_register(int argc, char **argv)
{
	struct made_key key = key_of(argv[5]), signer = key_of(argv[argc > 7 ? 7 : 5]);
	struct ovpp_registration x = {
		.kind = (uint8_t)atoi(argv[4]),
		.since = strtoull(argv[6], NULL, 10),
		.deadline = DEADLINE,
	};
	struct ovpp_registry r = registry(argv);
	struct ovpp_registry_action a;

	MUST(!ovpp_address_parse(argv[2], x.owner) && !ovpp_address_parse(argv[3], x.operator));
	memcpy(x.key, key.public, sizeof(x.key));
	ovpp_registry_register(&x, &a);
	print_action(&r, &a, &signer);
}

static void call_rotate(char **argv)
{
	struct made_key key = key_of(argv[3]);
	struct ovpp_registry_rotation x = {
		.from = strtoull(argv[4], NULL, 10),
		.nonce = strtoull(argv[5], NULL, 10),
		.deadline = DEADLINE,
	};
	struct ovpp_registry r = registry(argv);
	struct ovpp_registry_action a;

	read_id(argv[2], x.id);
	memcpy(x.key, key.public, sizeof(x.key));
	ovpp_registry_rotate(&x, &a);
	print_action(&r, &a, &key);
}

static void call_revoke(char **argv)
{
	struct ovpp_registry_revocation x = {
		.epoch = strtoull(argv[1], NULL, 10),
		.from = strtoull(argv[2], NULL, 10),
		.reason = 1,
		.deadline = DEADLINE,
	};
	const struct ovpp_registry none = {0};
	struct ovpp_registry_action a;

	read_id(argv[0], x.id);
	ovpp_registry_revoke(&x, &a);
	print_action(&none, &a, NULL);
}

/**
 * struct batches - that are anchored together
 * @id: of the gateway
 * @batch: they
 * @n: how many
 */
struct batches {
	uint8_t id[32];
	struct ovpp_anchor batch[TOGETHER];
	size_t n;
};

static void flush(struct batches *b)
{
	struct ovpp_buffer call = {0};

	if (!b->n)
		return;
	MUST(!ovpp_anchor_call(b->id, b->batch, b->n, &call));
	print_call(&call);
	b->n = 0;
}

static void add_batch(void *arg, const struct ovpp_header *h, const ovpp_hash root)
{
	struct batches *b = arg;

	b->batch[b->n] = (struct ovpp_anchor){
		.seq = h->seq,
		.records = h->records,
		.t0_ms = h->real_ns[0] / 1000000,
		.t1_ms = h->real_ns[1] / 1000000,
	};
	memcpy(b->batch[b->n].root, root, sizeof(ovpp_hash));
	if (++b->n == TOGETHER)
		flush(b);
}

static void call_anchor(char **argv)
{
	struct batches b = {0};
	const struct ovpp_verify_options options = {.root = add_batch, .arg = &b};
	struct made_key key = key_of("1");
	struct ovpp_verify *v = ovpp_verify_new(key.public, &options);

	read_id(argv[0], b.id);
	MUST(v);
	for (argv++; *argv; argv++) {
		int fd = open(*argv, O_RDONLY | O_CLOEXEC);

		MUST(fd >= 0 && !ovpp_verify_fd(v, fd));
		close(fd);
	}
	flush(&b);
	ovpp_verify_free(v);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "register") && (argc == 9 || argc == 10))
		call_register(argc - 2, argv + 2);
	else if (!strcmp(what, "rotate") && argc == 8)
		call_rotate(argv + 2);
	else if (!strcmp(what, "revoke") && argc == 5)
		call_revoke(argv + 2);
	else if (!strcmp(what, "anchor") && argc > 3)
		call_anchor(argv + 2);
	else
		return fputs("usage: chain_calls register|rotate|revoke|anchor ...\n", stderr) < 0
			       ? 3
			       : 2;
	return fflush(stdout) ? 3 : 0;
}
