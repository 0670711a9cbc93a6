/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The passphrase of the key files, as the user gives it. */
#ifndef OVPP_PASSPHRASE_H
#define OVPP_PASSPHRASE_H

#include <stddef.h>

/**
 * ovpp_passphrase_read() - read it
 * @path: file with one line; NULL: $OVPP_PASSPHRASE_FILE, or if that is not set the
 *	service manager's credential "ovppd-passphrase"
 * @out: set to it, or to NULL if none is given; to be freed with
 *	ovpp_passphrase_free()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -EPERM: everybody can read the file; -EINVAL: it is not one line of 1 to
 * 1024 bytes; or another -errno.
 */
int ovpp_passphrase_read(const char *path, char **out, char *err, size_t size);

/* Another one, in memory that is locked; NULL without memory. */
char *ovpp_passphrase_copy(const char *passphrase);

/* Frees what the others gave, and erases it. */
void ovpp_passphrase_free(char *passphrase);

#endif /* OVPP_PASSPHRASE_H */
