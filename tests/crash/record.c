// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library to be preloaded into a program: it records what the program does to the
 * files of a folder, or lets calls on them fail. It stands in place of libc's
 * functions and makes the system calls itself; nothing is remembered between two
 * calls, so that descriptors may be copied and inherited.
 *
 *	OVPP_CRASH_DIR		the folder: an absolute path without links
 *	OVPP_CRASH_TRACE	file for the record (trace.h); unset: none
 *	OVPP_CRASH_MARKS	a line that is written there is a mark in the record
 *	OVPP_CRASH_FAULT	file with a struct fault (fault.h); unset: nothing fails
 *
 * It is for one thread at a time. Inode numbers name files: the folder must be on a
 * file system that does not use one twice (tmpfs). What goes past it (stdio's own
 * calls, a writable mapping) is not seen; replay.c compares the record with what is
 * in the folder in the end, so that nothing goes past it unnoticed.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault.h"
#include "trace.h"

/* Name of @path in the folder: "" for the folder itself, NULL outside of it. */
static const char *inside(const char *path)
{
	const char *dir = getenv("OVPP_CRASH_DIR");
	size_t n = dir ? strlen(dir) : 0;

	if (!n || strncmp(path, dir, n))
		return NULL;
	return path[n] == '/' ? path + n + 1 : path[n] ? NULL : path + n;
}

static bool link_of(const char *link, char path[PATH_MAX])
{
	ssize_t n = syscall(SYS_readlink, link, path, PATH_MAX - 1);

	path[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool path_of(int fd, char path[PATH_MAX])
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return link_of(link, path);
}

static const char *name_of(int fd, char path[PATH_MAX])
{
	int err = errno;
	const char *name = path_of(fd, path) ? inside(path) : NULL;

	errno = err;
	return name;
}

/* Name of a path that may be relative. */
static const char *name_at(int dirfd, const char *path, char full[PATH_MAX])
{
	int err = errno;
	bool found;
	size_t n;

	if (*path == '/')
		return inside(path);
	found = dirfd == AT_FDCWD ? link_of("/proc/self/cwd", full) : path_of(dirfd, full);
	errno = err;
	if (!found)
		return NULL;
	n = strlen(full);
	snprintf(full + n, PATH_MAX - n, "/%s", path);
	return inside(full);
}

/* SQLite makes the index of its log again after a crash; locks have no content. */
static bool is_lost_anyway(const char *name)
{
	size_t n = strlen(name);

	return (n > 4 && !strcmp(name + n - 4, "-shm")) ||
	       (n > 5 && !strcmp(name + n - 5, ".lock"));
}

static void emit(struct trace_head head, const char *name, const char *to, const void *data)
{
	const char *path = getenv("OVPP_CRASH_TRACE");
	int err = errno;
	struct iovec part[] = {
		{&head, sizeof(head)},
		{(void *)name, strlen(name)},
		{(void *)to, strlen(to)},
		{(void *)data, head.size},
	};
	size_t total = 0;
	int fd;

	if (!path || is_lost_anyway(name))
		return;
	head.name_size = (uint32_t)strlen(name);
	head.to_size = (uint32_t)strlen(to);
	for (size_t i = 0; i < 4; i++)
		total += part[i].iov_len;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
			  0600);
	/* A record with a hole is worse than none. */
	if (fd < 0 || syscall(SYS_writev, fd, part, 4) != (long)total)
		abort();
	syscall(SYS_close, fd);
	errno = err;
}

static uint64_t ino_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

/* ---- faults ---- */

static struct fault *fault(void)
{
	static struct fault *map;
	const char *path = getenv("OVPP_CRASH_FAULT");
	int fd;

	if (map || !path)
		return map;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	map = (void *)syscall(SYS_mmap, NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			      0);
	if (fd < 0 || map == MAP_FAILED)
		abort();
	syscall(SYS_close, fd);
	return map;
}

/* Is this call, which changes something in the folder, to fail? */
static bool fails(void)
{
	struct fault *f = fault();
	uint64_t n;

	if (!f)
		return false;
	n = ++f->calls;
	if (!f->fail_at || !(n == f->fail_at || (f->for_good && n > f->fail_at)))
		return false;
	f->hit++;
	errno = EIO;
	return true;
}

static uint64_t blocks(uint64_t size)
{
	return (size + FAULT_BLOCK - 1) / FAULT_BLOCK * FAULT_BLOCK;
}

/* Bytes that the files of a folder have, in blocks. */
static uint64_t used(const char *path)
{
	DIR *dir = opendir(path);
	uint64_t sum = 0;
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir))) {
		char name[PATH_MAX];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (!stat(name, &st))
			sum += S_ISDIR(st.st_mode) ? used(name) : blocks((uint64_t)st.st_size);
	}
	if (dir)
		closedir(dir);
	return sum;
}

/* How many bytes of @n at @offset the disk has room for; -1 with errno: none. */
static ssize_t fits(int fd, size_t n, uint64_t offset)
{
	struct fault *f = fault();
	uint64_t others, most;
	struct stat st;

	if (!f || !f->room || fstat(fd, &st))
		return (ssize_t)n;
	others = used(getenv("OVPP_CRASH_DIR")) - blocks((uint64_t)st.st_size);
	most = f->room > others ? (f->room - others) / FAULT_BLOCK * FAULT_BLOCK : 0;
	if (most < blocks((uint64_t)st.st_size))
		most = blocks((uint64_t)st.st_size);
	if (offset + n <= most)
		return (ssize_t)n;
	f->hit++;
	if (offset < most)
		return (ssize_t)(most - offset);
	errno = ENOSPC;
	return -1;
}

/* ---- writes ---- */

static void note_write(int fd, const char *name, const void *data, ssize_t n, uint64_t offset)
{
	struct trace_head head = {
		.type = TRACE_WRITE,
		.ino = ino_of(fd),
		.offset = offset,
		.size = n > 0 ? (size_t)n : 0,
	};

	if (n > 0)
		emit(head, name, "", data);
}

static void note_mark(const char *path, const void *data, ssize_t n)
{
	const char *marks = getenv("OVPP_CRASH_MARKS");
	struct trace_head head = {.type = TRACE_MARK, .size = n > 0 ? (size_t)n : 0};

	if (marks && n > 0 && !strcmp(marks, path))
		emit(head, "", "", data);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t offset)
{
	char path[PATH_MAX];
	const char *name = name_of(fd, path);
	ssize_t part = (ssize_t)n, done;

	if (name) {
		if (fails())
			return -1;
		part = fits(fd, n, (uint64_t)offset);
		if (part < 0)
			return -1;
	}
	done = syscall(SYS_pwrite64, fd, data, (size_t)part, offset);
	if (name)
		note_write(fd, name, data, done, (uint64_t)offset);
	return done;
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
	return pwrite64(fd, data, n, offset);
}

/* Where write() will write. */
static uint64_t position(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags >= 0 && (flags & O_APPEND) && !fstat(fd, &st))
		return (uint64_t)st.st_size;
	return (uint64_t)lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t n)
{
	char path[PATH_MAX];
	const char *name = name_of(fd, path);
	ssize_t part = (ssize_t)n, done;
	uint64_t at = 0;

	if (name) {
		if (fails())
			return -1;
		at = position(fd);
		part = fits(fd, n, at);
		if (part < 0)
			return -1;
	}
	done = syscall(SYS_write, fd, data, (size_t)part);
	if (name)
		note_write(fd, name, data, done, at);
	else
		note_mark(path, data, done);
	return done;
}

ssize_t writev(int fd, const struct iovec *part, int n)
{
	char path[PATH_MAX];
	ssize_t sum = 0, done;

	if (!name_of(fd, path))
		return syscall(SYS_writev, fd, part, n);
	for (int i = 0; i < n; i++) {
		done = write(fd, part[i].iov_base, part[i].iov_len);
		if (done < 0)
			return sum ? sum : done;
		sum += done;
		if ((size_t)done < part[i].iov_len)
			break;
	}
	return sum;
}

int ftruncate64(int fd, off64_t size)
{
	char path[PATH_MAX];
	const char *name = name_of(fd, path);
	int ret;

	if (name && fails())
		return -1;
	ret = (int)syscall(SYS_ftruncate, fd, size);
	if (name && !ret)
		emit((struct trace_head){.type = TRACE_SIZE,
					 .ino = ino_of(fd),
					 .offset = (uint64_t)size},
		     name, "", "");
	return ret;
}

int ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

static int sync_file(int fd, long call)
{
	char path[PATH_MAX];
	const char *name = name_of(fd, path);
	int ret;

	if (name && fails())
		return -1;
	ret = (int)syscall(call, fd);
	if (name && !ret)
		emit((struct trace_head){.type = TRACE_SYNC, .ino = ino_of(fd)}, name, "", "");
	return ret;
}

int fsync(int fd)
{
	return sync_file(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return sync_file(fd, SYS_fdatasync);
}

/* ---- names ---- */

static bool is_there(int dirfd, const char *path)
{
	struct stat st;
	int err = errno;
	bool there = !syscall(SYS_newfstatat, dirfd, path, &st, AT_SYMLINK_NOFOLLOW);

	errno = err;
	return there;
}

static int open_at(int dirfd, const char *path, int flags, mode_t mode)
{
	char full[PATH_MAX];
	const char *name = name_at(dirfd, path, full);
	bool creates = name && (flags & O_CREAT) && !is_there(dirfd, path);
	int fd;

	if ((creates || (name && (flags & O_TRUNC))) && fails())
		return -1;
	fd = (int)syscall(SYS_openat, dirfd, path, flags, mode);
	if (fd < 0 || !name)
		return fd;
	if (creates)
		emit((struct trace_head){.type = TRACE_NAME, .ino = ino_of(fd)}, name, "", "");
	else if (flags & O_TRUNC)
		emit((struct trace_head){.type = TRACE_SIZE, .ino = ino_of(fd)}, name, "", "");
	return fd;
}

/* The mode, if there is one, is the argument after the flags. */
#define OPEN(dirfd, path, flags)                                           \
	({                                                                 \
		mode_t mode_ = 0;                                          \
		va_list args_;                                             \
                                                                           \
		if ((flags)&O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE) { \
			va_start(args_, flags);                            \
			mode_ = va_arg(args_, mode_t);                     \
			va_end(args_);                                     \
		}                                                          \
		open_at(dirfd, path, flags, mode_);                        \
	})

int open(const char *path, int flags, ...)
{
	return OPEN(AT_FDCWD, path, flags);
}

int open64(const char *path, int flags, ...)
{
	return OPEN(AT_FDCWD, path, flags);
}

int openat(int dirfd, const char *path, int flags, ...)
{
	return OPEN(dirfd, path, flags);
}

int openat64(int dirfd, const char *path, int flags, ...)
{
	return OPEN(dirfd, path, flags);
}

/* libc chooses the name, by calls of its own. */
int mkostemp64(char *path, int flags)
{
	int (*real)(char *, int) = (int (*)(char *, int))dlsym(RTLD_NEXT, "mkostemp64");
	char full[PATH_MAX];
	const char *name = name_at(AT_FDCWD, path, full);
	int fd;

	if (name && fails())
		return -1;
	fd = real(path, flags);
	if (fd >= 0 && name)
		emit((struct trace_head){.type = TRACE_NAME, .ino = ino_of(fd)},
		     name_at(AT_FDCWD, path, full), "", "");
	return fd;
}

int mkostemp(char *path, int flags)
{
	return mkostemp64(path, flags);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	char from_full[PATH_MAX], to_full[PATH_MAX];
	const char *name = name_at(from_fd, from, from_full);
	const char *to_name = name_at(to_fd, to, to_full);
	int ret;

	if ((name || to_name) && fails())
		return -1;
	ret = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
	if (ret || (!name && !to_name))
		return ret;
	/* A file from outside has no history here. */
	if (!name || !to_name || (flags & RENAME_EXCHANGE))
		abort();
	emit((struct trace_head){.type = TRACE_RENAME}, name, to_name, "");
	return ret;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	return renameat2(from_fd, from, to_fd, to, 0);
}

int rename(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	char full[PATH_MAX];
	const char *name = name_at(to_fd, to, full);
	struct stat st;
	int ret;

	if (name && fails())
		return -1;
	ret = (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
	if (!ret && name && !fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW))
		emit((struct trace_head){.type = TRACE_NAME, .ino = st.st_ino}, name, "", "");
	return ret;
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int dirfd, const char *path, int flags)
{
	char full[PATH_MAX];
	const char *name = name_at(dirfd, path, full);
	int ret;

	if (name && fails())
		return -1;
	ret = (int)syscall(SYS_unlinkat, dirfd, path, flags);
	if (!ret && name)
		emit((struct trace_head){.type = TRACE_UNLINK}, name, "", "");
	return ret;
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int dirfd, const char *path, mode_t mode)
{
	char full[PATH_MAX];
	const char *name = name_at(dirfd, path, full);
	struct stat st;
	int ret;

	if (name && fails())
		return -1;
	ret = (int)syscall(SYS_mkdirat, dirfd, path, mode);
	if (!ret && name && !fstatat(dirfd, path, &st, 0))
		emit((struct trace_head){.type = TRACE_MKDIR, .ino = st.st_ino}, name, "", "");
	return ret;
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}
