/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of ovpp vote, and what they share. */
#ifndef OVPP_VOTE_VERBS_H
#define OVPP_VOTE_VERBS_H

#include "chain_call.h"
#include "governor.h"

int vote_list(struct cli *cli);
int vote_show(struct cli *cli);
int vote_propose(struct cli *cli);
int vote_cast(struct cli *cli);
int vote_queue(struct cli *cli);
int vote_execute(struct cli *cli);
int vote_delegate(struct cli *cli);
int vote_power(struct cli *cli);

/* "0x12345678", as it is shown to people and can be given. */
#define VOTE_SHORT 11
const char *vote_short(const uint8_t id[32], char buf[VOTE_SHORT]);

/*
 * The proposal that @text means, its id or the begin of it, and how it stands. @vote is to
 * be freed. What is wrong is printed. enum cli_status.
 */
int vote_find(const struct chain *c, const char *text, struct ovpp_vote **vote,
	      struct ovpp_vote_now *now);

/* "active, until 2030-06-01 12:00:00 UTC" in @buf of CHAIN_WHY bytes, which is returned. */
const char *vote_when(const struct ovpp_vote *vote, const struct ovpp_vote_now *now, char *buf);

/* All of it as a new object. */
json_t *vote_json(const struct chain *c, const struct ovpp_vote *vote,
		  const struct ovpp_vote_now *now);

#endif /* OVPP_VOTE_VERBS_H */
