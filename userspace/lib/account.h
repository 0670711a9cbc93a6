/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accounts of EVM chains in files. The gateway's own is beside its evidence keys, as
 * "account-N.key", in the format of these and with the same passphrase; it is not derived
 * from them: money may be there when they are replaced. Others (an owner's, an
 * attestor's) are in files of their own: 64 hexadecimal digits, that only their owner
 * can read.
 */
#ifndef OVPP_ACCOUNT_H
#define OVPP_ACCOUNT_H

#include "evm_key.h"

/**
 * ovpp_account_open() - the gateway's account
 * @dir: folder of the keys
 * @passphrase: of the keys, or NULL
 * @out: set; to be freed with ovpp_evm_key_free()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: 0; -ENOENT: there is none yet; or as ovpp_keyring_open().
 */
int ovpp_account_open(const char *dir, const char *passphrase, struct ovpp_evm_key **out, char *err,
		      size_t size);

/* Makes the first one, or opens what is there. Arguments and errors as above. */
int ovpp_account_create(const char *dir, const char *passphrase, struct ovpp_evm_key **out,
			char *err, size_t size);

/* Its address alone, which needs no passphrase. 0 or as ovpp_account_open(). */
int ovpp_account_address(const char *dir, ovpp_address address, char *err, size_t size);

/*
 * All account files get another passphrase, or none with @wanted NULL. One that has it
 * already stays, so that a call that was cut short is made again; nothing is changed if one
 * of them opens with neither. 0 or as ovpp_account_open().
 */
int ovpp_account_protect(const char *dir, const char *passphrase, const char *wanted, char *err,
			 size_t size);

/* From a file of its own. 0; -EINVAL: no key; -EPERM: others may read it; or another -errno. */
int ovpp_account_file(const char *path, struct ovpp_evm_key **out, char *err, size_t size);

#endif /* OVPP_ACCOUNT_H */
