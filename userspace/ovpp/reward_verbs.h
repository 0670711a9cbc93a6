/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of ovpp reward. */
#ifndef OVPP_REWARD_VERBS_H
#define OVPP_REWARD_VERBS_H

#include "cli.h"

int reward_show(struct cli *cli);
int reward_compute(struct cli *cli);
int reward_next(struct cli *cli);
int reward_proof(struct cli *cli);
int reward_params(struct cli *cli);
int reward_status(struct cli *cli);
int reward_propose(struct cli *cli);
int reward_attest(struct cli *cli);
int reward_finalize(struct cli *cli);
int reward_veto(struct cli *cli);
int reward_cancel(struct cli *cli);
int reward_claim(struct cli *cli);
int reward_bond(struct cli *cli);
int reward_fund(struct cli *cli);

/* With --chain, @inputs get the parameters that the chain has. enum cli_status. */
int reward_params_take(struct cli *cli, json_t *inputs);

/* A JSON file; what is wrong with it is printed. enum cli_status. */
int reward_load(struct cli *cli, const char *path, json_t **object);

#endif /* OVPP_REWARD_VERBS_H */
