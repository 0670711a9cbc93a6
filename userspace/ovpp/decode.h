/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPP_DECODE_H
#define OVPP_DECODE_H

#include "cli.h"

/* Room for a text about a profile. */
#define PROFILE_ERR 512

/* The verb. */
int profile_decode(struct cli *cli);

/* profile.c: the profile that the first word names; prints what is wrong. */
int profile_of_file(struct cli *cli, json_t **profile);

#endif /* OVPP_DECODE_H */
