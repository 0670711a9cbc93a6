/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The secret keys of a gateway, in a folder that only their owner can read: one file
 * an epoch, "gateway-N.key", JSON. A file has 32 random bytes, from which all keys of
 * the epoch are derived (crypto_kdf): the gateway's, and one for each device. With a passphrase the
 * bytes are encrypted (Argon2id, XChaCha20-Poly1305).
 *
 * Which epoch is in force says the ledger, not the folder: see ledger_key.h.
 */
#ifndef OVPP_KEYRING_H
#define OVPP_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence.h"
#include "passphrase.h"

struct ovpp_keyring;

/**
 * ovpp_keyring_create() - make the keys of an epoch
 * @dir: folder, made with mode 0700 if it is not there
 * @epoch: epoch
 * @passphrase: NULL: the file is not encrypted
 * @out: set; to be closed with ovpp_keyring_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * The file is complete and on the disk, its name too, or it is not there. One that is
 * there already is never overwritten.
 *
 * Return: 0; -EEXIST; or another -errno.
 */
int ovpp_keyring_create(const char *dir, uint32_t epoch, const char *passphrase,
			struct ovpp_keyring **out, char *err, size_t size);

/**
 * ovpp_keyring_open() - read the keys of an epoch
 *
 * Return: 0; -ENOENT: there is no file; -ENOKEY: it is encrypted and there is no
 * passphrase; -EKEYREJECTED: the passphrase is wrong; -EPERM: others may read or
 * write the file; -EBADMSG: it is damaged; -EPROTO: it is of another version; or
 * another -errno.
 */
int ovpp_keyring_open(const char *dir, uint32_t epoch, const char *passphrase,
		      struct ovpp_keyring **out, char *err, size_t size);
void ovpp_keyring_close(struct ovpp_keyring *k);

/**
 * struct ovpp_keyring_info - what a key file says to who has no passphrase
 * @key: public key of the gateway
 * @encrypted: with a passphrase
 */
struct ovpp_keyring_info {
	uint8_t key[OVPP_KEY_SIZE];
	bool encrypted;
};

/* Reads only that; errors as in ovpp_keyring_open(). */
int ovpp_keyring_inspect(const char *dir, uint32_t epoch, struct ovpp_keyring_info *info, char *err,
			 size_t size);

/**
 * ovpp_keyring_protect() - write the file anew, with another passphrase
 * @k: keys
 * @dir: folder
 * @passphrase: NULL: the file is not encrypted any more
 *
 * At any time the one file is there or the other, complete.
 *
 * Return: 0 or -errno.
 */
int ovpp_keyring_protect(struct ovpp_keyring *k, const char *dir, const char *passphrase, char *err,
			 size_t size);

/* Erases the file of an epoch: its bytes, then its name. 0 or -errno. */
int ovpp_keyring_erase(const char *dir, uint32_t epoch, char *err, size_t size);

/*
 * Erases the files of all epochs before @epoch, and what interrupted calls have left;
 * with the folder locked. 0 or -errno.
 */
int ovpp_keyring_tidy(const char *dir, uint32_t epoch, char *err, size_t size);

/*
 * Keeps out others who lock the folder, for what takes several steps. Return: a
 * descriptor, to be closed; -EBUSY; or another -errno.
 */
int ovpp_keyring_lock(const char *dir, char *err, size_t size);

uint32_t ovpp_keyring_epoch(const struct ovpp_keyring *k);
bool ovpp_keyring_encrypted(const struct ovpp_keyring *k);
const uint8_t *ovpp_keyring_public(const struct ovpp_keyring *k);

/* Signs with the gateway's key; an ovpp_sign, @keyring is a struct ovpp_keyring. */
int ovpp_keyring_sign(void *keyring, const void *data, size_t size,
		      uint8_t signature[OVPP_SIGNATURE_SIZE]);

/* Key of the device of this number (from 0), and the entry's key and binding. */
void ovpp_keyring_device_public(const struct ovpp_keyring *k, uint64_t device,
				uint8_t key[OVPP_KEY_SIZE]);
int ovpp_keyring_device_bind(const struct ovpp_keyring *k, uint64_t device,
			     const uint8_t gateway[OVPP_KEY_SIZE], struct ovpp_device *entry);

/**
 * struct ovpp_keyring_device - the key of a device
 * @keyring: keyring
 * @device: number, from 0
 */
struct ovpp_keyring_device {
	const struct ovpp_keyring *keyring;
	uint64_t device;
};

/* Signs with it; an ovpp_sign, @device is a struct ovpp_keyring_device. */
int ovpp_keyring_device_sign(void *device, const void *data, size_t size,
			     uint8_t signature[OVPP_SIGNATURE_SIZE]);

#endif /* OVPP_KEYRING_H */
