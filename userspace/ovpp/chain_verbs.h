/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of ovpp chain. */
#ifndef OVPP_CHAIN_VERBS_H
#define OVPP_CHAIN_VERBS_H

#include "cli.h"

int chain_status(struct cli *cli);
int chain_register(struct cli *cli);
int chain_anchor(struct cli *cli);
int chain_show_account(struct cli *cli);

#endif /* OVPP_CHAIN_VERBS_H */
