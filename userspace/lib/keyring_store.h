/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key files of any kind in their folder. All say what went wrong through the folder. */
#ifndef OVPP_KEYRING_STORE_H
#define OVPP_KEYRING_STORE_H

#include "keyring_dir.h"
#include "keyring_file.h"

/*
 * Encrypts the file if there is a passphrase, and writes it with @write:
 * keyring_dir_create() or keyring_dir_replace(). 0 or -errno.
 */
int keyring_store_write(const struct keyring_dir *d, struct keyring_file *f, const char *passphrase,
			int (*write)(const struct keyring_dir *d, const char *name,
				     const char *text, size_t size));

/*
 * The file of a number, its secret still encrypted where it is. 0; errors of
 * keyring_dir_read() and keyring_file_parse(); -EBADMSG also for that of another number.
 */
int keyring_store_read(const struct keyring_dir *d, const struct keyring_kind *kind,
		       uint32_t number, struct keyring_file *f);

/* Sets the secret, if it is not there yet. 0; -ENOKEY: no passphrase; -EKEYREJECTED; -ENOMEM. */
int keyring_store_unseal(const struct keyring_dir *d, struct keyring_file *f,
			 const char *passphrase);

/* Says that the secret is not that of the public part. Return: -EBADMSG. */
int keyring_store_foreign(const struct keyring_dir *d, const struct keyring_file *f);

#endif /* OVPP_KEYRING_STORE_H */
