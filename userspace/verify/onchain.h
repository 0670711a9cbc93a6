/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovpp-verify --chain: is what evidence proves what a chain has? */
#ifndef OVPP_VERIFY_ONCHAIN_H
#define OVPP_VERIFY_ONCHAIN_H

#include "chain_match.h"
#include "chain_rewards.h"

/**
 * struct onchain_options - which chain
 * @deployment: file; NULL: none is asked
 * @url: endpoints
 * @urls: how many
 * @ca_file: certificates to trust instead of the system's, or NULL
 * @finalized: at the newest block that is final, and at no other
 * @latest: at the newest block
 */
struct onchain_options {
	const char *deployment;
	char *url[OVPP_RPC_ENDPOINTS];
	size_t urls;
	char *ca_file;
	bool finalized;
	bool latest;
};

/**
 * struct onchain_gateway - a gateway of the evidence
 * @name: its first key
 * @evidence: what was proven
 * @history: what the chain has
 * @match: how they fit
 */
struct onchain_gateway {
	uint8_t name[OVPP_KEY_SIZE];
	struct ovpp_chain_evidence evidence;
	struct ovpp_chain_history history;
	struct ovpp_chain_match match;
};

/* Facts about devices that do not speak against a reward. */
enum { ONCHAIN_SOLD, ONCHAIN_UNREGISTERED, ONCHAIN_REMARKS };

/**
 * struct onchain - a chain that is asked; all zero at first
 * @config: which
 * @session: with it
 * @block: that all is asked at
 * @is_final: it cannot be undone
 * @gateway: of the evidence, by their names
 * @n: their number
 * @evidence_ret: evidence that could not be kept
 * @rewards: history of them, if there is a reward
 * @remark: devices that it is about
 * @asked: the answer is there
 * @fault: empty: all fits
 */
struct onchain {
	struct ovpp_chain_config config;
	struct ovpp_evm_session *session;
	uint64_t block;
	bool is_final;
	struct onchain_gateway *gateway;
	size_t n;
	int evidence_ret;
	struct ovpp_chain_rewards rewards;
	uint64_t remark[ONCHAIN_REMARKS];
	bool asked;
	struct ovpp_chain_fault fault;
};

/* For struct ovpp_verify_options and struct ovpp_reward; @onchain is a struct onchain. */
void onchain_root(void *onchain, const struct ovpp_header *h, const ovpp_hash root);
/* All bundles of a gateway are proven. */
void onchain_proven(void *onchain, const struct ovpp_verify *v);

/*
 * Begins. 0; or -errno after a text on standard error: -EINVAL: the options or the file
 * are wrong.
 */
int onchain_open(struct onchain *c, const struct onchain_options *opt);
void onchain_close(struct onchain *c);

/*
 * Evidence against the chain. 0; -EBADMSG: @c->fault says what is wrong; or another -errno
 * after a text on standard error.
 */
int onchain_evidence(struct onchain *c, const struct ovpp_chain_rules *rules);

/* Likewise, and the reward that was computed from it; @inputs are those of its document. */
int onchain_reward(struct onchain *c, const struct ovpp_reward *reward, const json_t *inputs);

/*
 * A new object:
 *
 *   chain_id network block finalized
 *   gateways  array of {key id owner operator first_batch next_batch anchored remarks};
 *             anchored and remarks as {batches first_batch last_batch}, remarks with kind
 *             and text
 *   reward    null or {proposed final total funded paid claims sold unregistered}; proposed
 *             and final null or {block tx}
 *   fault     null or {text contract block tx gateway batch expected found}
 */
json_t *onchain_json(const struct onchain *c);
/* For people. */
void onchain_print(const struct onchain *c);

#endif /* OVPP_VERIFY_ONCHAIN_H */
