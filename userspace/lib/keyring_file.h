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
 * struct keyring_kind - what a key file is of
 * @name: of the file, before its number: "gateway"
 * @number: what its number is called: "epoch"
 * @public: what its public part is called: "public"
 * @size: of the public part, at most OVPP_KEY_SIZE
 * @magic: 8 bytes that tell what is encrypted from that of other kinds
 */
struct keyring_kind {
	const char *name;
	const char *number;
	const char *public;
	size_t size;
	const char *magic;
};

/* The gateway's keys of an epoch, and an account on EVM chains. */
extern const struct keyring_kind keyring_gateway, keyring_account;

/**
 * struct keyring_file - what a key file has; in memory that is locked
 * @kind: kind
 * @number: epoch, or number of the account
 * @public: key of the gateway, or address; zeros behind it
 * @sealed: @secret is in the file as @box only
 * @ops: passes of Argon2id
 * @mem: its memory, bytes
 * @salt: of Argon2id
 * @nonce: of XChaCha20-Poly1305
 * @box: the secret, encrypted, and its tag
 * @secret: what all keys of the epoch are derived from; of an account the key itself
 */
struct keyring_file {
	const struct keyring_kind *kind;
	uint32_t number;
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
 * @kind: that it should be of
 * @text: with a NUL behind it; a secret in it is overwritten before anything is
 *	copied from it
 * @size: its size without that NUL
 *
 * Return: 0; -EBADMSG; -EPROTO: of another version.
 */
int keyring_file_parse(struct keyring_file *f, const struct keyring_kind *kind, char *text,
		       size_t size);

#endif /* OVPP_KEYRING_FILE_H */
