/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key file as bytes: JSON, in one of two forms. See docs/keys.md. */
#ifndef OVPP_KEYRING_FILE_H
#define OVPP_KEYRING_FILE_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence.h"

#define KEYRING_SECRET_SIZE crypto_kdf_KEYBYTES

/* No key file is longer. */
#define KEYRING_TEXT_MAX 2048

/**
 * struct keyring_file - what a key file has; in memory that is locked
 * @epoch: epoch
 * @public: key of the gateway
 * @sealed: @secret is in the file as @box only
 * @ops: passes of Argon2id
 * @mem: its memory, bytes
 * @salt: of Argon2id
 * @nonce: of XChaCha20-Poly1305
 * @box: the secret, encrypted, and its tag
 * @secret: what all keys of the epoch are derived from
 */
struct keyring_file {
	uint32_t epoch;
	uint8_t public[OVPP_KEY_SIZE];
	bool sealed;
	uint64_t ops;
	uint64_t mem;
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
	uint8_t box[KEYRING_SECRET_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES];
	uint8_t secret[KEYRING_SECRET_SIZE];
};

/* Fills @sealed to @box from the rest. 0 or -ENOMEM. */
int keyring_file_seal(struct keyring_file *f, const char *passphrase);

/* Sets @secret. 0; -ENOMEM; -EKEYREJECTED: another passphrase, or not these bytes. */
int keyring_file_unseal(struct keyring_file *f, const char *passphrase);

/* Return: length of the text. */
size_t keyring_file_format(const struct keyring_file *f, char text[KEYRING_TEXT_MAX]);

/**
 * keyring_file_parse() - read a text
 * @f: set
 * @text: with a NUL behind it; a secret in it is overwritten before anything is
 *	copied from it
 * @size: its size without that NUL
 *
 * Return: 0; -EBADMSG; -EPROTO: of another version.
 */
int keyring_file_parse(struct keyring_file *f, char *text, size_t size);

#endif /* OVPP_KEYRING_FILE_H */
