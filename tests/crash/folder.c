// SPDX-License-Identifier: GPL-2.0-or-later
#include "folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than any state may take, on a machine that does other things as well. */
#define PATIENCE_S 60

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void folder_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int folder_empty(const char *dir)
{
	folder_remove(dir);
	return mkdir(dir, 0700) ? -errno : 0;
}

void *folder_shared(size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

int folder_check(const char *dir, const struct marks *marks, struct check_result *r)
{
	int status;
	pid_t pid;

	*r = (struct check_result){.why = "it died"};
	pid = fork();
	if (!pid) {
		alarm(PATIENCE_S);
		_exit(check_folder(dir, marks, r) ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFSIGNALED(status)) {
		size_t n = strlen(r->why);

		snprintf(r->why + n, sizeof(r->why) - n, " (%s)", strsignal(WTERMSIG(status)));
	}
	return status ? -EBADMSG : 0;
}
