/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of the key files: whole files that are there or not, whatever is cut
 * when, and that nobody else can read.
 */
#ifndef OVPP_KEYRING_DIR_H
#define OVPP_KEYRING_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for the name of a file. */
#define KEYRING_NAME_MAX 48

/**
 * struct keyring_dir - an open folder
 * @path: as the user calls it
 * @fd: open
 * @uid: owner: files that root makes are given to it, since it has to read them
 * @gid: group, likewise
 * @err: room for a text, set on error
 * @size: its size
 */
struct keyring_dir {
	const char *path;
	int fd;
	uid_t uid;
	gid_t gid;
	char *err;
	size_t size;
};

/**
 * keyring_dir_open() - open the folder
 * @d: set; to be closed with keyring_dir_close(), also after an error
 * @path: its path
 * @make: make it with mode 0700 if it is not there
 * @err: room for a text, set on error here and later
 * @size: its size
 *
 * Return: 0; -ENOENT; -EPERM: others may write to it; or another -errno.
 */
int keyring_dir_open(struct keyring_dir *d, const char *path, bool make, char *err, size_t size);
void keyring_dir_close(struct keyring_dir *d);

/* Sets the text, "PATH/NAME: ...". Return: @ret. */
int keyring_dir_say(const struct keyring_dir *d, const char *name, int ret, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * keyring_dir_read() - read a file
 * @d: folder
 * @name: file
 * @text: set, with a NUL behind it
 * @max: room in it
 * @size: set to the size without that NUL
 *
 * Return: 0; -ENOENT; -EPERM: others may read or write it; -EBADMSG: it is too long
 * or no file; or another -errno.
 */
int keyring_dir_read(const struct keyring_dir *d, const char *name, char *text, size_t max,
		     size_t *size);

/* A new file, complete and on the disk, or none. 0; -EEXIST; or another -errno. */
int keyring_dir_create(const struct keyring_dir *d, const char *name, const char *text,
		       size_t size);

/* The same in the place of a file, whose bytes are erased. 0 or -errno. */
int keyring_dir_replace(const struct keyring_dir *d, const char *name, const char *text,
			size_t size);

/* Overwrites a file and removes it. 0 or -errno. */
int keyring_dir_erase(const struct keyring_dir *d, const char *name);

/* "KIND-NUMBER.key" */
void keyring_dir_name(const char *kind, uint32_t number, char name[KEYRING_NAME_MAX]);

/**
 * keyring_dir_each() - all files of a kind
 * @d: folder
 * @kind: "gateway"
 * @visit: called with the number of each, in no order; not 0: stop with it
 * @arg: its first argument
 *
 * Return: 0, what @visit returned, or -errno.
 */
int keyring_dir_each(const struct keyring_dir *d, const char *kind,
		     int (*visit)(void *arg, uint32_t number), void *arg);

/*
 * Erases the files of a kind whose number is below @end, and what interrupted calls have
 * left. Nobody else may be creating a file meanwhile. 0 or -errno.
 */
int keyring_dir_tidy(const struct keyring_dir *d, const char *kind, uint32_t end);

#endif /* OVPP_KEYRING_DIR_H */
