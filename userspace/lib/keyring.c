// SPDX-License-Identifier: GPL-2.0-or-later
#include "keyring.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "keyring_store.h"

/* Contexts of crypto_kdf: what a key is for. */
#define GATEWAY "ovppgate"
#define DEVICE "ovppdevi"

/**
 * struct ovpp_keyring - the keys of an epoch, in memory that is locked and guarded
 * @file: as in the file; @file.secret is set
 * @sign: the gateway's secret key
 */
struct ovpp_keyring {
	struct keyring_file file;
	uint8_t sign[crypto_sign_SECRETKEYBYTES];
};

static void derive(const struct keyring_file *f, uint64_t number, const char *context,
		   uint8_t public[crypto_sign_PUBLICKEYBYTES],
		   uint8_t secret[crypto_sign_SECRETKEYBYTES])
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	crypto_kdf_derive_from_key(seed, sizeof(seed), number, context, f->secret);
	crypto_sign_seed_keypair(public, secret, seed);
	sodium_memzero(seed, sizeof(seed));
}

static int new_keyring(const struct keyring_dir *d, struct ovpp_keyring **k)
{
	*k = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(**k));
	if (!*k)
		return keyring_dir_say(d, NULL, -ENOMEM, "no memory for keys");
	memset(*k, 0, sizeof(**k));
	return 0;
}

void ovpp_keyring_close(struct ovpp_keyring *k)
{
	sodium_free(k);
}

static int create(const struct keyring_dir *d, uint32_t epoch, const char *passphrase,
		  struct ovpp_keyring **out)
{
	struct ovpp_keyring *k;
	int ret = new_keyring(d, &k);

	if (ret)
		return ret;
	k->file.kind = &keyring_gateway;
	k->file.number = epoch;
	crypto_kdf_keygen(k->file.secret);
	derive(&k->file, 0, GATEWAY, k->file.public, k->sign);
	ret = keyring_store_write(d, &k->file, passphrase, keyring_dir_create);
	if (ret)
		ovpp_keyring_close(k);
	else
		*out = k;
	return ret;
}

int ovpp_keyring_create(const char *dir, uint32_t epoch, const char *passphrase,
			struct ovpp_keyring **out, char *err, size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, true, err, size);

	if (!ret)
		ret = create(&d, epoch, passphrase, out);
	keyring_dir_close(&d);
	return ret;
}

static int load(const struct keyring_dir *d, uint32_t epoch, const char *passphrase,
		struct ovpp_keyring *k)
{
	uint8_t public[OVPP_KEY_SIZE];
	int ret = keyring_store_read(d, &keyring_gateway, epoch, &k->file);

	if (!ret)
		ret = keyring_store_unseal(d, &k->file, passphrase);
	if (ret)
		return ret;
	derive(&k->file, 0, GATEWAY, public, k->sign);
	if (!memcmp(public, k->file.public, sizeof(public)))
		return 0;
	return keyring_store_foreign(d, &k->file);
}

static int open_file(const struct keyring_dir *d, uint32_t epoch, const char *passphrase,
		     struct ovpp_keyring **out)
{
	struct ovpp_keyring *k;
	int ret = new_keyring(d, &k);

	if (ret)
		return ret;
	ret = load(d, epoch, passphrase, k);
	if (ret)
		ovpp_keyring_close(k);
	else
		*out = k;
	return ret;
}

int ovpp_keyring_open(const char *dir, uint32_t epoch, const char *passphrase,
		      struct ovpp_keyring **out, char *err, size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret)
		ret = open_file(&d, epoch, passphrase, out);
	keyring_dir_close(&d);
	return ret;
}

static int inspect(const struct keyring_dir *d, uint32_t epoch, struct ovpp_keyring_info *info)
{
	struct ovpp_keyring *k;
	int ret = new_keyring(d, &k);

	if (ret)
		return ret;
	ret = keyring_store_read(d, &keyring_gateway, epoch, &k->file);
	memcpy(info->key, k->file.public, sizeof(info->key));
	info->encrypted = k->file.sealed;
	ovpp_keyring_close(k);
	return ret;
}

int ovpp_keyring_inspect(const char *dir, uint32_t epoch, struct ovpp_keyring_info *info, char *err,
			 size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret)
		ret = inspect(&d, epoch, info);
	keyring_dir_close(&d);
	return ret;
}

int ovpp_keyring_protect(struct ovpp_keyring *k, const char *dir, const char *passphrase, char *err,
			 size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret)
		ret = keyring_store_write(&d, &k->file, passphrase, keyring_dir_replace);
	keyring_dir_close(&d);
	return ret;
}

int ovpp_keyring_erase(const char *dir, uint32_t epoch, char *err, size_t size)
{
	char name[KEYRING_NAME_MAX];
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	keyring_dir_name(keyring_gateway.name, epoch, name);
	if (!ret)
		ret = keyring_dir_erase(&d, name);
	keyring_dir_close(&d);
	return ret;
}

int ovpp_keyring_tidy(const char *dir, uint32_t epoch, char *err, size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret)
		ret = keyring_dir_tidy(&d, keyring_gateway.name, epoch);
	keyring_dir_close(&d);
	return ret;
}

int ovpp_keyring_lock(const char *dir, char *err, size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret && !flock(d.fd, LOCK_EX | LOCK_NB))
		return d.fd;
	if (!ret && errno == EWOULDBLOCK)
		ret = keyring_dir_say(&d, NULL, -EBUSY, "another 'ovpp key' is at work here");
	else if (!ret)
		ret = keyring_dir_say(&d, NULL, -errno, "cannot be locked: %s", strerror(errno));
	keyring_dir_close(&d);
	return ret;
}

uint32_t ovpp_keyring_epoch(const struct ovpp_keyring *k)
{
	return k->file.number;
}

bool ovpp_keyring_encrypted(const struct ovpp_keyring *k)
{
	return k->file.sealed;
}

const uint8_t *ovpp_keyring_public(const struct ovpp_keyring *k)
{
	return k->file.public;
}

/* An ovpp_sign with a secret key of libsodium. */
static int sign_with(void *secret, const void *data, size_t size,
		     uint8_t signature[OVPP_SIGNATURE_SIZE])
{
	return crypto_sign_detached(signature, NULL, data, size, secret) ? -EINVAL : 0;
}

int ovpp_keyring_sign(void *keyring, const void *data, size_t size,
		      uint8_t signature[OVPP_SIGNATURE_SIZE])
{
	struct ovpp_keyring *k = keyring;

	return sign_with(k->sign, data, size, signature);
}

void ovpp_keyring_device_public(const struct ovpp_keyring *k, uint64_t device,
				uint8_t key[OVPP_KEY_SIZE])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	derive(&k->file, device, DEVICE, key, secret);
	sodium_memzero(secret, sizeof(secret));
}

int ovpp_keyring_device_bind(const struct ovpp_keyring *k, uint64_t device,
			     const uint8_t gateway[OVPP_KEY_SIZE], struct ovpp_device *entry)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	int ret;

	derive(&k->file, device, DEVICE, entry->key, secret);
	ret = ovpp_device_bind(entry, gateway, sign_with, secret);
	sodium_memzero(secret, sizeof(secret));
	return ret;
}

int ovpp_keyring_device_sign(void *device, const void *data, size_t size,
			     uint8_t signature[OVPP_SIGNATURE_SIZE])
{
	const struct ovpp_keyring_device *d = device;
	uint8_t public[OVPP_KEY_SIZE], secret[crypto_sign_SECRETKEYBYTES];
	int ret;

	derive(&d->keyring->file, d->device, DEVICE, public, secret);
	ret = sign_with(secret, data, size, signature);
	sodium_memzero(secret, sizeof(secret));
	return ret;
}
