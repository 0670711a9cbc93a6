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

/* A JSON file; what is wrong with it is printed. enum cli_status. */
int reward_load(struct cli *cli, const char *path, json_t **object);

#endif /* OVPP_REWARD_VERBS_H */
