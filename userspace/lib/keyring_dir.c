// SPDX-License-Identifier: GPL-2.0-or-later
#include "keyring_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file is called until it is complete: this, and some random digits. */
#define UNFINISHED ".gateway-"

void keyring_dir_name(const char *kind, uint32_t number, char name[KEYRING_NAME_MAX])
{
	snprintf(name, KEYRING_NAME_MAX, "%s-%u.key", kind, number);
}

int keyring_dir_say(const struct keyring_dir *d, const char *name, int ret, const char *fmt, ...)
{
	int n = snprintf(d->err, d->size, "%s%s%s: ", d->path, name ? "/" : "", name ? name : "");
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < d->size)
		vsnprintf(d->err + n, d->size - (size_t)n, fmt, ap);
	va_end(ap);
	return ret;
}

/* The call that has just failed. */
static int failed(const struct keyring_dir *d, const char *name, const char *what)
{
	int ret = -errno;

	if (ret == -EACCES)
		return keyring_dir_say(d, name, ret, "%s: only user %u and root may do that", what,
				       d->uid);
	return keyring_dir_say(d, name, ret, "%s: %s", what, strerror(-ret));
}

/* The folder's name is on the disk, too: an earlier call may have been cut short. */
static int sync_parent(const struct keyring_dir *d)
{
	int fd = openat(d->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;

	if (fd < 0 || fsync(fd))
		ret = failed(d, NULL, "cannot be synchronized");
	if (fd >= 0)
		close(fd);
	return ret;
}

static int check_folder(struct keyring_dir *d)
{
	struct stat st;

	if (fstat(d->fd, &st))
		return failed(d, NULL, "cannot be read");
	d->uid = st.st_uid;
	d->gid = st.st_gid;
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return keyring_dir_say(d, NULL, -EPERM,
				       "others can write to this folder (mode %04o): chmod 700 it",
				       st.st_mode & 07777);
	return 0;
}

int keyring_dir_open(struct keyring_dir *d, const char *path, bool make, char *err, size_t size)
{
	int ret;

	*d = (struct keyring_dir){.path = path, .fd = -1, .err = err, .size = size};
	if (make && mkdir(path, 0700) && errno != EEXIST)
		return keyring_dir_say(d, NULL, -errno, "cannot be made: %s", strerror(errno));
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0)
		return keyring_dir_say(d, NULL, -errno, "%s", strerror(errno));
	ret = check_folder(d);
	return ret || !make ? ret : sync_parent(d);
}

void keyring_dir_close(struct keyring_dir *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static int check_file(const struct keyring_dir *d, const char *name, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return failed(d, name, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return keyring_dir_say(d, name, -EBADMSG, "is no file");
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return keyring_dir_say(d, name, -EPERM,
				       "others can read or write it (mode %04o): chmod 600 it, and"
				       " replace the key if somebody may have done so",
				       st.st_mode & 07777);
	return 0;
}

static int read_all(const struct keyring_dir *d, const char *name, int fd, char *text, size_t max,
		    size_t *size)
{
	ssize_t n = 1;

	for (*size = 0; n && *size < max; *size += (size_t)n) {
		n = read(fd, text + *size, max - *size);
		if (n < 0)
			return failed(d, name, "cannot be read");
	}
	if (*size == max)
		return keyring_dir_say(d, name, -EBADMSG, "is too long for a key file");
	text[*size] = '\0';
	return 0;
}

int keyring_dir_read(const struct keyring_dir *d, const char *name, char *text, size_t max,
		     size_t *size)
{
	int fd = openat(d->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), ret;

	if (fd < 0 && errno == ENOENT)
		return keyring_dir_say(d, name, -ENOENT, "there is no such key file");
	if (fd < 0)
		return failed(d, name, "cannot be read");
	ret = check_file(d, name, fd);
	if (!ret)
		ret = read_all(d, name, fd, text, max, size);
	close(fd);
	return ret;
}

static int sync_folder(const struct keyring_dir *d)
{
	return fsync(d->fd) ? failed(d, NULL, "cannot be synchronized") : 0;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0)
			return -1;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The bytes of a file, as far as the disk writes to where they are. */
static int wipe(int fd)
{
	static const char zero[256];
	struct stat st;
	off_t left;

	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	for (left = st.st_size; left > 0; left -= (off_t)sizeof(zero)) {
		if (write_all(fd, zero, left < (off_t)sizeof(zero) ? (size_t)left : sizeof(zero)))
			return -1;
	}
	return fsync(fd);
}

int keyring_dir_erase(const struct keyring_dir *d, const char *name)
{
	int fd = openat(d->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), ret = 0;

	if (fd < 0)
		return failed(d, name, "cannot be erased");
	if (wipe(fd) || unlinkat(d->fd, name, 0))
		ret = failed(d, name, "cannot be erased");
	close(fd);
	return ret ? ret : sync_folder(d);
}

static int fill(const struct keyring_dir *d, const char *name, int fd, const char *text,
		size_t size)
{
	if (!geteuid() && fchown(fd, d->uid, d->gid))
		return failed(d, name, "cannot be given to the folder's owner");
	if (write_all(fd, text, size) || fsync(fd))
		return failed(d, name, "cannot be written");
	return 0;
}

/* A complete file under a name that nobody looks for. */
static int write_unfinished(const struct keyring_dir *d, const char *name, const char *text,
			    size_t size, char *unfinished)
{
	int fd, ret;

	snprintf(unfinished, KEYRING_NAME_MAX, UNFINISHED "%08x", randombytes_random());
	fd = openat(d->fd, unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return failed(d, name, "cannot be made");
	ret = fill(d, name, fd, text, size);
	close(fd);
	return ret;
}

/* Gives it its name, with renameat2()'s flags; or takes it away again. */
static int finish(const struct keyring_dir *d, const char *name, const char *unfinished, int ret,
		  unsigned int flags)
{
	int fd;

	if (!ret && !renameat2(d->fd, unfinished, d->fd, name, flags))
		return sync_folder(d);
	if (!ret && errno == EEXIST)
		ret = keyring_dir_say(d, name, -EEXIST, "is there already");
	else if (!ret)
		ret = failed(d, name, "cannot be made");
	/* Best effort: what failed first is what is reported. */
	fd = openat(d->fd, unfinished, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0) {
		wipe(fd);
		close(fd);
		unlinkat(d->fd, unfinished, 0);
	}
	return ret;
}

int keyring_dir_create(const struct keyring_dir *d, const char *name, const char *text, size_t size)
{
	char unfinished[KEYRING_NAME_MAX];
	int ret = write_unfinished(d, name, text, size, unfinished);

	return finish(d, name, unfinished, ret, RENAME_NOREPLACE);
}

int keyring_dir_replace(const struct keyring_dir *d, const char *name, const char *text,
			size_t size)
{
	int fd = openat(d->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), ret;
	char unfinished[KEYRING_NAME_MAX];

	if (fd < 0)
		return failed(d, name, "cannot be replaced");
	ret = write_unfinished(d, name, text, size, unfinished);
	ret = finish(d, name, unfinished, ret, 0);
	if (!ret && wipe(fd))
		ret = failed(d, name, "is replaced, but the old one cannot be erased");
	close(fd);
	return ret;
}

/* The number of a file of this kind, whose name is exactly what it would be. */
static bool is_of(const char *name, const char *kind, uint32_t *number)
{
	char exact[KEYRING_NAME_MAX];
	size_t length = strlen(kind);

	if (strncmp(name, kind, length) || sscanf(name + length, "-%" SCNu32 ".key", number) != 1)
		return false;
	keyring_dir_name(kind, *number, exact);
	return !strcmp(name, exact);
}

/* For closedir(). */
static int open_list(const struct keyring_dir *d, DIR **list)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;

	*list = fd < 0 ? NULL : fdopendir(fd);
	if (*list)
		return 0;
	ret = failed(d, NULL, "cannot be read");
	if (fd >= 0)
		close(fd);
	return ret;
}

int keyring_dir_each(const struct keyring_dir *d, const char *kind,
		     int (*visit)(void *arg, uint32_t number), void *arg)
{
	const struct dirent *e;
	uint32_t number;
	DIR *list;
	int ret = open_list(d, &list);

	if (ret)
		return ret;
	while (!ret && (e = readdir(list)) != NULL) {
		if (is_of(e->d_name, kind, &number))
			ret = visit(arg, number);
	}
	closedir(list);
	return ret;
}

/* Is it a file that keyring_dir_tidy() takes away? */
static bool is_past(const char *name, const char *kind, uint32_t end)
{
	uint32_t number;

	return !strncmp(name, UNFINISHED, strlen(UNFINISHED)) ||
	       (is_of(name, kind, &number) && number < end);
}

int keyring_dir_tidy(const struct keyring_dir *d, const char *kind, uint32_t end)
{
	const struct dirent *e;
	DIR *list;
	int ret = open_list(d, &list);

	if (ret)
		return ret;
	/* All that can be erased is, and the last one that could not is reported. */
	while ((e = readdir(list)) != NULL) {
		int one = is_past(e->d_name, kind, end) ? keyring_dir_erase(d, e->d_name) : 0;

		ret = one ? one : ret;
	}
	closedir(list);
	return ret;
}
