// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

/* Pipes and files in /proc have no size, so it is read until it ends. */
static int read_all(int fd, size_t max, char **text, size_t *size)
{
	for (;;) {
		char *more = realloc(*text, *size + CHUNK + 1);
		ssize_t n;

		if (!more)
			return -ENOMEM;
		*text = more;
		n = read(fd, more + *size, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		*size += (size_t)n;
		more[*size] = '\0';
		if (!n)
			return 0;
		if (*size > max)
			return -EFBIG;
	}
}

int ovpp_file_read(const char *path, size_t max, char **text, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	*text = NULL;
	*size = 0;
	ret = read_all(fd, max, text, size);
	close(fd);
	if (ret) {
		free(*text);
		*text = NULL;
	}
	return ret;
}

void ovpp_file_beside(const char *path, const char *name, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	snprintf(out, size, "%.*s%s", slash ? (int)(slash - path + 1) : 0, path, name);
}
