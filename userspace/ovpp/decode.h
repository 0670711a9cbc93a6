/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPP_DECODE_H
#define OVPP_DECODE_H

#include "cli.h"

/* Room for a text about a profile. */
#define PROFILE_ERR 512

/* The verb. */
int profile_decode(struct cli *cli);

/* profile.c: the profile of a file or of this name; prints what is wrong. */
int profile_load(struct cli *cli, const char *name, json_t **profile);

#endif /* OVPP_DECODE_H */
