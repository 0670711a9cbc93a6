// SPDX-License-Identifier: GPL-2.0-or-later
#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSPHRASE_MAX 1024
/* With the end of the line, and a byte that shows that there is more. */
#define ROOM (PASSPHRASE_MAX + 3)

/*
 * Only others count: a service manager may let its service read a credential by an
 * access control list, which looks like a right of the group.
 */
static int check_mode(int fd, const char *path, char *err, size_t size)
{
	struct stat st;

	if (fstat(fd, &st)) {
		snprintf(err, size, "%s: %s", path, strerror(errno));
		return -errno;
	}
	if (S_ISREG(st.st_mode) && st.st_mode & S_IRWXO) {
		snprintf(err, size,
			 "%s: everybody can read or write the passphrase (mode %04o): chmod 600 it",
			 path, st.st_mode & 07777);
		return -EPERM;
	}
	return 0;
}

/* Cuts off the end of the line. Is what is left a passphrase? */
static bool is_passphrase(char *text, size_t n)
{
	if (n && text[n - 1] == '\n')
		n--;
	if (n && text[n - 1] == '\r')
		n--;
	text[n] = '\0';
	return n && n <= PASSPHRASE_MAX && strlen(text) == n && !strpbrk(text, "\r\n");
}

static int read_line(int fd, const char *path, char *text, char *err, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;

	while (n && used < ROOM - 1) {
		n = read(fd, text + used, ROOM - 1 - used);
		if (n < 0) {
			snprintf(err, size, "%s: %s", path, strerror(errno));
			return -errno;
		}
		used += (size_t)n;
	}
	if (is_passphrase(text, used))
		return 0;
	snprintf(err, size, "%s: must have one line of 1 to %d bytes", path, PASSPHRASE_MAX);
	return -EINVAL;
}

static int read_file(const char *path, char **out, char *err, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0) {
		ret = -errno;
		snprintf(err, size, "%s: %s", path, strerror(-ret));
		return ret;
	}
	*out = sodium_init() < 0 ? NULL : sodium_malloc(ROOM);
	ret = *out ? check_mode(fd, path, err, size) : -ENOMEM;
	if (!ret)
		ret = read_line(fd, path, *out, err, size);
	else if (ret == -ENOMEM)
		snprintf(err, size, "%s: %s", path, strerror(ENOMEM));
	if (ret) {
		ovpp_passphrase_free(*out);
		*out = NULL;
	}
	close(fd);
	return ret;
}

int ovpp_passphrase_read(const char *path, char **out, char *err, size_t size)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char credential[PATH_MAX];

	*out = NULL;
	if (!path)
		path = getenv("OVPP_PASSPHRASE_FILE");
	if (path)
		return read_file(path, out, err, size);
	if (!folder)
		return 0;
	snprintf(credential, sizeof(credential), "%s/ovppd-passphrase", folder);
	return access(credential, F_OK) ? 0 : read_file(credential, out, err, size);
}

char *ovpp_passphrase_copy(const char *passphrase)
{
	size_t size = strlen(passphrase) + 1;
	char *copy = sodium_init() < 0 ? NULL : sodium_malloc(size);

	if (copy)
		memcpy(copy, passphrase, size);
	return copy;
}

void ovpp_passphrase_free(char *passphrase)
{
	sodium_free(passphrase);
}
