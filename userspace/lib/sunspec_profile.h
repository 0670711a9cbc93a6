/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SunSpec map -> device profiles, one for each DER and meter in it. */
#ifndef OVPP_SUNSPEC_PROFILE_H
#define OVPP_SUNSPEC_PROFILE_H

#include "sunspec.h"

/* A profile's name with its NUL. */
#define OVPP_SUNSPEC_NAME 32

/* What a positive power of a meter means. */
enum ovpp_sunspec_positive {
	OVPP_SUNSPEC_BY_MAKER, /* import, but for makers that are known to differ */
	OVPP_SUNSPEC_IMPORT,
	OVPP_SUNSPEC_EXPORT,
};

/**
 * struct ovpp_sunspec_wish - how profiles are to be written
 * @unit: unit of the device
 * @revert_s: seconds without a command after which the device lets go of the last one,
 *	>= 2
 * @positive: what a positive power of a meter means
 * @by_unit: name profiles after the unit, even if there is a serial number
 * @read_only: no commands
 * @connect: a command that connects and disconnects, where there is one
 */
struct ovpp_sunspec_wish {
	uint8_t unit;
	uint16_t revert_s;
	enum ovpp_sunspec_positive positive;
	bool by_unit;
	bool read_only;
	bool connect;
};

/**
 * struct ovpp_sunspec_profile - a written profile
 * @name: its name, which is a good file name, too
 * @kind: its kind, as profiles say it
 * @yaml: its text, to be freed
 */
struct ovpp_sunspec_profile {
	char name[OVPP_SUNSPEC_NAME];
	const char *kind;
	char *yaml;
};

/**
 * ovpp_sunspec_profiles() - write the profiles of a device
 * @map: map of the device
 * @at: index of its first model's ID
 * @wish: how
 * @out: set to an array, to be freed with ovpp_sunspec_profiles_free()
 * @n: set to its length; 0 if nothing in the map is a DER or a meter
 *
 * Points that the device does not implement are left out, and commands without all
 * that they need. A comment says what could not be written.
 *
 * Return: 0 or -ENOMEM.
 */
int ovpp_sunspec_profiles(const struct ovpp_sunspec_map *map, size_t at,
			  const struct ovpp_sunspec_wish *wish, struct ovpp_sunspec_profile **out,
			  size_t *n);
void ovpp_sunspec_profiles_free(struct ovpp_sunspec_profile *profile, size_t n);

#endif /* OVPP_SUNSPEC_PROFILE_H */
