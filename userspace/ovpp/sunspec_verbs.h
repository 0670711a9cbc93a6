/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPP_SUNSPEC_VERBS_H
#define OVPP_SUNSPEC_VERBS_H

#include "cli.h"

/* The verbs. */
int sunspec_decode(struct cli *cli);
int sunspec_scan(struct cli *cli);
int sunspec_curve(struct cli *cli);

/* What a device says need not be UTF-8: it is after this. */
const char *sunspec_clean(char *text);

#endif /* OVPP_SUNSPEC_VERBS_H */
