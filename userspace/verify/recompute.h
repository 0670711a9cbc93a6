/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovpp-verify --reward: is a reward what the evidence says? */
#ifndef OVPP_VERIFY_RECOMPUTE_H
#define OVPP_VERIFY_RECOMPUTE_H

#include "onchain.h"

/**
 * recompute() - computes the reward of an epoch again
 * @path: document of the reward
 * @previous: of the epoch before, or NULL
 * @bundles: files, ended by NULL
 * @chain: that it must agree with, or NULL
 * @json: print JSON
 * @quiet: print nothing
 *
 * Return: 0; -EBADMSG: it is not what the evidence says, or the chain; or another -errno, after a
 * text on standard error.
 */
int recompute(const char *path, const char *previous, char *const *bundles, struct onchain *chain,
	      bool json, bool quiet);

#endif /* OVPP_VERIFY_RECOMPUTE_H */
