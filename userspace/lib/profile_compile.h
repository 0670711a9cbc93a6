/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovpp_profile_compile() for those who know the messages' names. */
#ifndef OVPP_PROFILE_COMPILE_H
#define OVPP_PROFILE_COMPILE_H

#include <jansson.h>
#include <stddef.h>

struct ovpp_profile;

/* @names: array with the name of each message for error texts, or NULL. */
int ovpp_profile_compile_named(const json_t *obj, const json_t *names, struct ovpp_profile **out,
			       char *err, size_t err_size);

#endif /* OVPP_PROFILE_COMPILE_H */
