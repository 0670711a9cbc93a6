/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The document of an epoch's reward, which is published (docs/reward.md, "Document"):
 * what it is computed from, and what comes out.
 */
#ifndef OVPP_REWARD_H
#define OVPP_REWARD_H

#include "epoch.h"
#include "verify.h"

#define OVPP_REWARD_VERSION 1

/**
 * struct ovpp_reward - the reward of an epoch; all zero at first
 * @epoch: the epoch
 * @number: of it
 * @contract: that pays it
 * @root: NULL, or called for each batch, as struct ovpp_verify_options has it
 * @proven: NULL, or called behind the last bundle of each gateway
 * @arg: their argument
 */
struct ovpp_reward {
	struct ovpp_epoch epoch;
	uint64_t number;
	struct ovpp_ledger_contract contract;
	void (*root)(void *arg, const struct ovpp_header *h, const ovpp_hash root);
	void (*proven)(void *arg, const struct ovpp_verify *v);
	void *arg;
};

/*
 * From the inputs of a document; records may come then. 0; -EINVAL with a text in @err; or
 * -ENOMEM.
 */
int ovpp_reward_read(struct ovpp_reward *r, const json_t *inputs, char *err, size_t size);
void ovpp_reward_free(struct ovpp_reward *r);

/**
 * ovpp_reward_bundles() - the records of bundles, each verified
 * @r: reward
 * @paths: files; those of a gateway continue each other, gateways are in ascending order
 * @n: their number
 * @gateways: set to the list of what was proven, as the inputs have it
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -EBADMSG: something is not proven; or another -errno.
 */
int ovpp_reward_bundles(struct ovpp_reward *r, char *const *paths, size_t n, json_t **gateways,
			char *err, size_t size);

/*
 * All records were there: the results of the document, a new object. 0; -EOVERFLOW; or
 * -ENOMEM.
 */
int ovpp_reward_results(struct ovpp_reward *r, const json_t *inputs, json_t **results);

/*
 * Inputs of the next epoch, as the document of one leaves them: without what is published
 * for it alone (dispatches, ceilings, tariff, evidence). -EBADMSG: it is no document.
 */
int ovpp_reward_next(const json_t *document, json_t **inputs);

/* What @inputs must be to go on from @document: themselves, or something else. */
int ovpp_reward_follows(const json_t *inputs, const json_t *document, json_t **expected);

/**
 * ovpp_reward_proof() - what the contract wants to pay an account
 * @document: of the newest epoch
 * @account: whose
 * @total: set to what it has earned so far
 * @path: room for OVPP_MERKLE_DEPTH hashes
 *
 * Return: length of the path; -ENOENT: the account has earned nothing; -EBADMSG: it is no
 * document, or its accounts are not those of its root; or -ENOMEM.
 */
int ovpp_reward_proof(const json_t *document, const uint8_t account[OVPP_ACCOUNT_SIZE],
		      ovpp_u128 *total, ovpp_hash *path);

/* SHA-256 of the inputs. 0 or -ENOMEM. */
int ovpp_reward_evidence(const json_t *inputs, ovpp_hash hash);

/* An amount of base units, in decimal digits. */
#define OVPP_AMOUNT_TEXT 40
void ovpp_amount_text(ovpp_u128 amount, char text[OVPP_AMOUNT_TEXT]);
/* 0; -EINVAL; or -ERANGE: 2^127 or more. */
int ovpp_amount_parse(const char *text, ovpp_u128 *amount);

/**
 * struct ovpp_json_difference - where two values differ first
 * @path: "devices[2].weight"
 * @a: what one has there, NULL for nothing
 * @b: the other
 */
struct ovpp_json_difference {
	char path[256];
	const json_t *a;
	const json_t *b;
};

/* Are two values the same? If not, @d is set. */
bool ovpp_json_same(const json_t *a, const json_t *b, struct ovpp_json_difference *d);

#endif /* OVPP_REWARD_H */
