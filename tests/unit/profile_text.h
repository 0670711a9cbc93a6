/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles from YAML in a string; after kselftest_harness.h. */
#ifndef OVPP_TEST_PROFILE_TEXT_H
#define OVPP_TEST_PROFILE_TEXT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/profile.h"
#include "profile.h"

/* A memory file with a path, so that nothing is written anywhere. */
static inline int text_file(const char *text, char path[64])
{
	int fd = memfd_create("profile", MFD_CLOEXEC);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static inline int load(const char *text, json_t **out, char err[512])
{
	char path[64];
	int fd = text_file(text, path);
	int ret = ovpp_profile_load(path, out, err, 512);

	close(fd);
	return ret;
}

/* The profile of a text, or NULL with the reason shown. */
static inline struct ovpp_profile *compile(const char *text)
{
	struct ovpp_profile *prof = NULL;
	json_t *obj = NULL;
	char err[512];

	if (load(text, &obj, err) || ovpp_profile_compile(obj, &prof, err, sizeof(err)))
		ksft_print_msg("%s\n", err);
	json_decref(obj);
	return prof;
}

/* Is it refused, for a reason that ends with @why? */
static inline bool refused(const char *text, const char *why)
{
	json_t *obj = NULL;
	char err[512];
	size_t n;

	if (load(text, &obj, err) != -EINVAL) {
		json_decref(obj);
		return false;
	}
	n = strlen(err);
	if (n >= strlen(why) && !strcmp(err + n - strlen(why), why))
		return true;
	ksft_print_msg("%s\n", err);
	return false;
}

#endif /* OVPP_TEST_PROFILE_TEXT_H */
