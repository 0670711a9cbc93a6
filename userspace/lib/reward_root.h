/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the document of a reward has for the contract RewardLedger. */
#ifndef OVPP_REWARD_ROOT_H
#define OVPP_REWARD_ROOT_H

#include "reward.h"

/**
 * struct ovpp_reward_root - an epoch, as it is proposed
 * @contract: that pays
 * @epoch: its number
 * @root: of the claim tree
 * @total: what all have earned so far
 * @evidence: hash of the inputs
 * @params: hash of the parameters
 */
struct ovpp_reward_root {
	struct ovpp_ledger_contract contract;
	uint64_t epoch;
	ovpp_hash root;
	ovpp_u128 total;
	ovpp_hash evidence;
	ovpp_hash params;
};

/**
 * ovpp_reward_root_read() - from a document that is true to itself
 * @document: document
 * @r: set
 * @err: room for a text, set on error
 * @size: its size
 *
 * All but the weights of the devices follows from the document and is computed again:
 * the weights follow from the bundles, which ovpp-verify --reward looks at.
 *
 * Return: 0; -EBADMSG; or -ENOMEM.
 */
int ovpp_reward_root_read(const json_t *document, struct ovpp_reward_root *r, char *err,
			  size_t size);

#endif /* OVPP_REWARD_ROOT_H */
