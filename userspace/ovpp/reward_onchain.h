/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs of ovpp reward share that talk to a chain. */
#ifndef OVPP_REWARD_ONCHAIN_H
#define OVPP_REWARD_ONCHAIN_H

#include "chain_call.h"
#include "reward_chain.h"
#include "reward_verbs.h"

/*
 * A document that is true to itself and of this deployment; @document, if it is not NULL,
 * is set to it, to be freed. enum cli_status, as all here.
 */
int reward_document(struct chain *c, const char *path, struct ovpp_reward_root *root,
		    json_t **document);

/* The contracts at their newest block, and what the account has to do with them, or NULL. */
int reward_look(struct chain *c, struct ovpp_reward_chain *now,
		struct ovpp_reward_account *account);

#endif /* OVPP_REWARD_ONCHAIN_H */
