/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device profiles: YAML or DBC -> the object of the operation profile-new -> C. */
#ifndef OVPP_PROFILE_H
#define OVPP_PROFILE_H

#include <jansson.h>
#include <stddef.h>

/* Where profiles are looked for, in this order; see ovpp_profile_find(). */
#define OVPP_PROFILE_DIRS "/etc/openvpp/profiles:/usr/share/openvpp/profiles"

/**
 * ovpp_profile_find() - the file of a profile
 * @name: a path (it has a '/' or ends in .yaml) or a profile's name, which is
 *	looked for in $OVPP_PROFILES, else OVPP_PROFILE_DIRS, else beside the
 *	program in a build tree
 * @path: room for the result
 * @size: its size
 *
 * Return: 0 or -ENOENT.
 */
int ovpp_profile_find(const char *name, char *path, size_t size);

/**
 * ovpp_profile_load() - compile a YAML profile
 * @path: file
 * @out: set to a new object for ovpp_nl_do(nl, "profile-new", ...), already
 *	checked by the same ovpp_profile_check() that the kernel runs
 * @err: room for a text that names file, message and signal, set on error
 * @err_size: its size
 *
 * The file's format is in docs/profiles.md: units for people (scale 0.1 V), ids
 * in hex, "include" of another profile's messages.
 *
 * Return: 0 or -errno; -EINVAL for a profile that is not right.
 */
int ovpp_profile_load(const char *path, json_t **out, char *err, size_t err_size);

struct ovpp_profile;

/**
 * ovpp_profile_compile() - the object of profile-new to what kmod/core works with
 * @obj: object; what profile-get replies will do as well
 * @out: set to a new profile, checked by ovpp_profile_check(); to be freed with
 *	ovpp_profile_free()
 * @err: room for a text that names message and signal, set on error
 * @err_size: its size
 *
 * Return: 0 or -errno; -EINVAL or -E2BIG for a profile that is not right.
 */
int ovpp_profile_compile(const json_t *obj, struct ovpp_profile **out, char *err, size_t err_size);
void ovpp_profile_free(struct ovpp_profile *prof);

/**
 * ovpp_profile_import_dbc() - a DBC file to profile YAML
 * @path: DBC file
 * @node: name of the sending node whose device it is, or NULL for all messages
 * @yaml: set to a new string, to be freed: the profile's text
 * @err: room for a text "file:line: what is wrong", set on error
 * @err_size: its size
 *
 * Signals are mapped to points by the attribute "OvppPoint" where the file has
 * it; the others are listed as comments for their owner to map. Messages carry
 * "OvppTx", "OvppStride", "OvppTrigger" and GenMsgCycleTime likewise.
 *
 * Return: 0 or -errno.
 */
int ovpp_profile_import_dbc(const char *path, const char *node, char **yaml, char *err,
			    size_t err_size);

#endif /* OVPP_PROFILE_H */
