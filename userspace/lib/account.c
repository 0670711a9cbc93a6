// SPDX-License-Identifier: GPL-2.0-or-later
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyring_store.h"

/* "0x", digits, the end of the line; one more byte shows that there is more. */
#define SECRET_TEXT (2 + 2 * OVPP_EVM_SECRET_SIZE + 2 + 1)

_Static_assert(KEYRING_SECRET_SIZE == OVPP_EVM_SECRET_SIZE, "an account is in a key file");

/* Room for a file in locked memory; freed with sodium_free(). */
static int new_file(const struct keyring_dir *d, struct keyring_file **f)
{
	*f = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(**f));
	if (!*f)
		return keyring_dir_say(d, NULL, -ENOMEM, "no memory for keys");
	memset(*f, 0, sizeof(**f));
	return 0;
}

/* The account of a file whose secret is there. */
static int key_of(const struct keyring_dir *d, const struct keyring_file *f,
		  struct ovpp_evm_key **out)
{
	int ret = ovpp_evm_key_new(f->secret, out);

	if (!ret && !memcmp(ovpp_evm_key_address(*out), f->public, OVPP_ADDRESS_SIZE))
		return 0;
	if (ret && ret != -EINVAL)
		return keyring_dir_say(d, NULL, ret, "no memory for keys");
	if (!ret)
		ovpp_evm_key_free(*out);
	*out = NULL;
	return keyring_store_foreign(d, f);
}

static int open_account(const struct keyring_dir *d, uint32_t number, const char *passphrase,
			struct ovpp_evm_key **out)
{
	struct keyring_file *f;
	int ret = new_file(d, &f);

	if (!ret)
		ret = keyring_store_read(d, &keyring_account, number, f);
	if (!ret)
		ret = keyring_store_unseal(d, f, passphrase);
	if (!ret)
		ret = key_of(d, f, out);
	sodium_free(f);
	return ret;
}

/* A keyring_dir_each() visitor; @newest is an int64_t. */
static int find_newest(void *newest, uint32_t number)
{
	int64_t *n = newest;

	*n = number > *n ? number : *n;
	return 0;
}

static int newest_of(const struct keyring_dir *d, uint32_t *number)
{
	int64_t newest = -1;
	int ret = keyring_dir_each(d, keyring_account.name, find_newest, &newest);

	if (ret)
		return ret;
	if (newest < 0)
		return keyring_dir_say(d, NULL, -ENOENT, "there is no account yet");
	*number = (uint32_t)newest;
	return 0;
}

static int open_newest(const struct keyring_dir *d, const char *passphrase,
		       struct ovpp_evm_key **out)
{
	uint32_t number;
	int ret = newest_of(d, &number);

	return ret ? ret : open_account(d, number, passphrase, out);
}

int ovpp_account_open(const char *dir, const char *passphrase, struct ovpp_evm_key **out, char *err,
		      size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	*out = NULL;
	if (!ret)
		ret = open_newest(&d, passphrase, out);
	keyring_dir_close(&d);
	return ret;
}

static int read_address(const struct keyring_dir *d, ovpp_address address)
{
	struct keyring_file *f;
	uint32_t number;
	int ret = newest_of(d, &number);

	if (!ret)
		ret = new_file(d, &f);
	if (ret)
		return ret;
	ret = keyring_store_read(d, &keyring_account, number, f);
	memcpy(address, f->public, OVPP_ADDRESS_SIZE);
	sodium_free(f);
	return ret;
}

int ovpp_account_address(const char *dir, ovpp_address address, char *err, size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret)
		ret = read_address(&d, address);
	keyring_dir_close(&d);
	return ret;
}

static int create_account(const struct keyring_dir *d, const char *passphrase,
			  struct ovpp_evm_key **out)
{
	struct keyring_file *f;
	int ret = new_file(d, &f);

	if (ret)
		return ret;
	f->kind = &keyring_account;
	/* Nearly all numbers are keys of that curve. */
	do {
		randombytes_buf(f->secret, sizeof(f->secret));
		ret = ovpp_evm_key_new(f->secret, out);
	} while (ret == -EINVAL);
	if (!ret) {
		memcpy(f->public, ovpp_evm_key_address(*out), OVPP_ADDRESS_SIZE);
		ret = keyring_store_write(d, f, passphrase, keyring_dir_create);
		if (ret) {
			ovpp_evm_key_free(*out);
			*out = NULL;
		}
	} else {
		keyring_dir_say(d, NULL, ret, "no memory for keys");
	}
	sodium_free(f);
	return ret;
}

int ovpp_account_create(const char *dir, const char *passphrase, struct ovpp_evm_key **out,
			char *err, size_t size)
{
	struct keyring_dir d;
	int ret = keyring_dir_open(&d, dir, true, err, size);

	*out = NULL;
	if (!ret)
		ret = open_newest(&d, passphrase, out);
	if (ret == -ENOENT) {
		ret = create_account(&d, passphrase, out);
		/* Somebody else was faster. */
		if (ret == -EEXIST)
			ret = open_newest(&d, passphrase, out);
	}
	keyring_dir_close(&d);
	return ret;
}

/**
 * struct protection - accounts get another passphrase
 * @d: folder
 * @passphrase: that they have, or NULL
 * @wanted: that they get, or NULL
 * @check: only look whether they all open
 */
struct protection {
	const struct keyring_dir *d;
	const char *passphrase;
	const char *wanted;
	bool check;
};

/* Opens a file with either passphrase; @done: it is as it should be. */
static int open_either(const struct protection *p, struct keyring_file *f, bool *done)
{
	int ret;

	*done = f->sealed == (p->wanted != NULL) &&
		(!p->wanted || !keyring_file_unseal(f, p->wanted));
	ret = *done ? 0 : keyring_store_unseal(p->d, f, p->passphrase);
	return ret;
}

/* A keyring_dir_each() visitor; @arg is a struct protection. */
static int protect(void *arg, uint32_t number)
{
	const struct protection *p = arg;
	struct keyring_file *f;
	bool done;
	int ret = new_file(p->d, &f);

	if (!ret)
		ret = keyring_store_read(p->d, &keyring_account, number, f);
	if (!ret)
		ret = open_either(p, f, &done);
	if (!ret && !done && !p->check)
		ret = keyring_store_write(p->d, f, p->wanted, keyring_dir_replace);
	sodium_free(f);
	return ret;
}

int ovpp_account_protect(const char *dir, const char *passphrase, const char *wanted, char *err,
			 size_t size)
{
	struct keyring_dir d;
	struct protection p = {&d, passphrase, wanted, true};
	int ret = keyring_dir_open(&d, dir, false, err, size);

	if (!ret)
		ret = keyring_dir_each(&d, keyring_account.name, protect, &p);
	p.check = false;
	if (!ret)
		ret = keyring_dir_each(&d, keyring_account.name, protect, &p);
	keyring_dir_close(&d);
	return ret;
}

static int read_text(int fd, char text[SECRET_TEXT], size_t *size)
{
	ssize_t n = 1;

	for (*size = 0; n && *size < SECRET_TEXT - 1; *size += (size_t)n) {
		n = read(fd, text + *size, SECRET_TEXT - 1 - *size);
		if (n < 0)
			return -errno;
	}
	text[*size] = '\0';
	return 0;
}

/* The digits, with "0x" or without, in one line. */
static int parse_secret(char *text, uint8_t secret[OVPP_EVM_SECRET_SIZE])
{
	size_t n = strlen(text);

	if (n && text[n - 1] == '\n')
		text[--n] = '\0';
	if (n && text[n - 1] == '\r')
		text[--n] = '\0';
	return ovpp_unhex(!strncmp(text, "0x", 2) ? text + 2 : text, secret, OVPP_EVM_SECRET_SIZE);
}

/* @text and @secret are in locked memory. */
static int read_secret(const char *path, char *text, uint8_t *secret, char *err, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret;
	struct stat st;
	size_t n;

	ret = fd < 0 || fstat(fd, &st) ? -errno : 0;
	if (ret) {
		snprintf(err, size, "%s: %s", path, strerror(-ret));
	} else if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		ret = -EPERM;
		snprintf(err, size, "%s: others can read or write it (mode %04o): chmod 600 it",
			 path, st.st_mode & 07777);
	} else {
		ret = S_ISREG(st.st_mode) ? read_text(fd, text, &n) : -EINVAL;
		if (!ret)
			ret = parse_secret(text, secret);
		if (ret)
			snprintf(err, size, "%s: %s", path,
				 ret == -EINVAL ? "must have 64 hexadecimal digits: a secret key"
						: strerror(-ret));
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

int ovpp_account_file(const char *path, struct ovpp_evm_key **out, char *err, size_t size)
{
	char *text = sodium_init() < 0 ? NULL : sodium_malloc(SECRET_TEXT + OVPP_EVM_SECRET_SIZE);
	uint8_t *secret = (uint8_t *)text + SECRET_TEXT;
	int ret = -ENOMEM;

	*out = NULL;
	if (text)
		ret = read_secret(path, text, secret, err, size);
	else
		snprintf(err, size, "%s: %s", path, strerror(ENOMEM));
	if (!ret) {
		ret = ovpp_evm_key_new(secret, out);
		if (ret)
			snprintf(err, size, "%s: %s", path,
				 ret == -EINVAL ? "is no secret key of secp256k1" : strerror(-ret));
	}
	sodium_free(text);
	return ret;
}
