/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders for one state each, and processes that look at them. */
#ifndef CRASH_FOLDER_H
#define CRASH_FOLDER_H

#include "check.h"

/* Removes a folder with all in it, and makes it again, empty. 0 or -errno. */
int folder_empty(const char *dir);
void folder_remove(const char *dir);

/**
 * folder_check() - check_folder() in a process of its own
 * @r: shared memory (folder_shared()); what it has is of this call
 *
 * Return: 0; -EBADMSG: a promise is broken, the process died or took too long, as
 * @r->why says; or another -errno.
 */
int folder_check(const char *dir, const struct marks *marks, struct check_result *r);

/* Memory that children share, all zero; NULL. */
void *folder_shared(size_t size);

#endif /* CRASH_FOLDER_H */
