// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_out.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ledger_out_open(struct ledger_out *out, const char *path)
{
	mode_t mask = umask(0);

	umask(mask);
	out->path = path;
	if (asprintf(&out->draft, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	out->fd = mkostemp(out->draft, O_CLOEXEC);
	if (out->fd >= 0 && !fchmod(out->fd, 0666 & ~mask))
		return 0;
	return ledger_out_close(out, -errno);
}

int ledger_out_write(void *arg, const void *data, size_t size)
{
	struct ledger_out *out = arg;

	while (size) {
		ssize_t n = write(out->fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data = (const char *)data + n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* The name is on the disk when its folder is. */
static int sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd, ret = 0;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0 || fsync(fd))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

int ledger_out_close(struct ledger_out *out, int err)
{
	if (out->fd >= 0) {
		if (!err && fsync(out->fd))
			err = -errno;
		if (close(out->fd) && !err)
			err = -errno;
		if (!err && rename(out->draft, out->path))
			err = -errno;
		else if (!err)
			err = sync_folder(out->path);
		if (err)
			unlink(out->draft);
	}
	free(out->draft);
	return err;
}
