// SPDX-License-Identifier: GPL-2.0-or-later
#include "keyring_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "abi.h"

#define VERSION 1

/*
 * Argon2id as RFC 9106 has it for machines with little memory: three passes over
 * 64 MiB. A file with much more than that is none that we wrote, and would only
 * hold up who reads it.
 */
#define OPS 3
#define MEM (64u << 20)
#define OPS_MAX 64
#define MEM_MAX (1u << 30)

#define HEX(size) (2 * (size) + 1)

const struct keyring_kind keyring_gateway = {"gateway", "epoch", "public", OVPP_KEY_SIZE,
					     "OVPP-KF1"};
const struct keyring_kind keyring_account = {"account", "account", "address", OVPP_ADDRESS_SIZE,
					     "OVPP-AF1"};

/* What is not encrypted is signed by the tag, so that no two files can be mixed. */
struct associated {
	uint8_t magic[8];
	uint8_t number[4];
	uint8_t public[OVPP_KEY_SIZE];
	uint8_t ops[8];
	uint8_t mem[8];
	uint8_t salt[crypto_pwhash_SALTBYTES];
};

static void put_be(uint8_t *to, size_t size, uint64_t value)
{
	while (size--) {
		to[size] = (uint8_t)value;
		value >>= 8;
	}
}

static struct associated associated_of(const struct keyring_file *f)
{
	struct associated a;

	memcpy(a.magic, f->kind->magic, sizeof(a.magic));
	put_be(a.number, sizeof(a.number), f->number);
	memcpy(a.public, f->public, sizeof(a.public));
	put_be(a.ops, sizeof(a.ops), f->ops);
	put_be(a.mem, sizeof(a.mem), f->mem);
	memcpy(a.salt, f->salt, sizeof(a.salt));
	return a;
}

static int derive(const struct keyring_file *f, const char *passphrase,
		  uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES])
{
	int failed = crypto_pwhash(key, crypto_aead_xchacha20poly1305_ietf_KEYBYTES, passphrase,
				   strlen(passphrase), f->salt, f->ops, (size_t)f->mem,
				   crypto_pwhash_ALG_ARGON2ID13);

	return failed ? -ENOMEM : 0;
}

int keyring_file_seal(struct keyring_file *f, const char *passphrase)
{
	uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	struct associated a;
	int ret;

	f->ops = OPS;
	f->mem = MEM;
	randombytes_buf(f->salt, sizeof(f->salt));
	randombytes_buf(f->nonce, sizeof(f->nonce));
	a = associated_of(f);
	ret = derive(f, passphrase, key);
	if (!ret) {
		crypto_aead_xchacha20poly1305_ietf_encrypt(f->box, NULL, f->secret,
							   sizeof(f->secret), (const uint8_t *)&a,
							   sizeof(a), NULL, f->nonce, key);
		f->sealed = true;
	}
	sodium_memzero(key, sizeof(key));
	return ret;
}

int keyring_file_unseal(struct keyring_file *f, const char *passphrase)
{
	uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	struct associated a = associated_of(f);
	int ret = derive(f, passphrase, key);

	if (!ret && crypto_aead_xchacha20poly1305_ietf_decrypt(f->secret, NULL, NULL, f->box,
							       sizeof(f->box), (const uint8_t *)&a,
							       sizeof(a), f->nonce, key))
		ret = -EKEYREJECTED;
	sodium_memzero(key, sizeof(key));
	return ret;
}

static size_t format_sealed(const struct keyring_file *f, const char *head, char *text)
{
	char salt[HEX(sizeof(f->salt))], nonce[HEX(sizeof(f->nonce))], box[HEX(sizeof(f->box))];

	return (size_t)snprintf(text, KEYRING_TEXT_MAX,
				"%s \"kdf\": {\"name\": \"argon2id\", \"ops\": %llu, \"mem\": %llu,"
				" \"salt\": \"%s\"},\n \"cipher\": \"xchacha20poly1305\",\n"
				" \"nonce\": \"%s\",\n \"ciphertext\": \"%s\"}\n",
				head, (unsigned long long)f->ops, (unsigned long long)f->mem,
				sodium_bin2hex(salt, sizeof(salt), f->salt, sizeof(f->salt)),
				sodium_bin2hex(nonce, sizeof(nonce), f->nonce, sizeof(f->nonce)),
				sodium_bin2hex(box, sizeof(box), f->box, sizeof(f->box)));
}

/* By hand, since a JSON library would leave the secret in memory that it frees. */
size_t keyring_file_format(const struct keyring_file *f, char text[KEYRING_TEXT_MAX])
{
	char public[HEX(sizeof(f->public))], secret[HEX(sizeof(f->secret))], head[160];
	size_t n;

	snprintf(head, sizeof(head), "{\"version\": %d,\n \"%s\": %u,\n \"%s\": \"%s\",\n", VERSION,
		 f->kind->number, f->number, f->kind->public,
		 sodium_bin2hex(public, sizeof(public), f->public, f->kind->size));
	if (f->sealed)
		return format_sealed(f, head, text);
	n = (size_t)snprintf(text, KEYRING_TEXT_MAX, "%s \"secret\": \"%s\"}\n", head,
			     sodium_bin2hex(secret, sizeof(secret), f->secret, sizeof(f->secret)));
	sodium_memzero(secret, sizeof(secret));
	return n;
}

static bool unhex(const char *text, size_t length, uint8_t *data, size_t size)
{
	const char *end;
	size_t n;

	return length == 2 * size && !sodium_hex2bin(data, size, text, length, NULL, &n, &end) &&
	       n == size && end == text + length;
}

/* Moves the secret out of the text, before a parser copies it to who knows where. */
static bool take_secret(char *text, uint8_t secret[KEYRING_SECRET_SIZE])
{
	static const char name[] = "\"secret\"";
	char *value = strstr(text, name);
	size_t length;

	if (!value)
		return false;
	value += sizeof(name) - 1;
	value += strspn(value, ": \t\r\n\"");
	length = strcspn(value, "\"");
	if (!unhex(value, length, secret, KEYRING_SECRET_SIZE))
		return false;
	memset(value, '0', length);
	return true;
}

#define UNHEX(text, data) unhex(text, strlen(text), data, sizeof(data))

static bool parse_plain(struct keyring_file *f, json_t *root, json_int_t *number)
{
	const char *public, *taken;
	json_int_t version;

	return !json_unpack(root, "{s:I, s:I, s:s, s:s!}", "version", &version, f->kind->number,
			    number, f->kind->public, &public, "secret", &taken) &&
	       unhex(public, strlen(public), f->public, f->kind->size);
}

static bool parse_sealed(struct keyring_file *f, json_t *root, json_int_t *number)
{
	const char *public, *kdf, *salt, *cipher, *nonce, *box;
	json_int_t version, ops, mem;

	f->sealed = true;
	if (json_unpack(root, "{s:I, s:I, s:s, s:{s:s, s:I, s:I, s:s!}, s:s, s:s, s:s!}", "version",
			&version, f->kind->number, number, f->kind->public, &public, "kdf", "name",
			&kdf, "ops", &ops, "mem", &mem, "salt", &salt, "cipher", &cipher, "nonce",
			&nonce, "ciphertext", &box))
		return false;
	if (strcmp(kdf, "argon2id") || strcmp(cipher, "xchacha20poly1305") ||
	    ops < (json_int_t)crypto_pwhash_OPSLIMIT_MIN || ops > OPS_MAX ||
	    mem < (json_int_t)crypto_pwhash_MEMLIMIT_MIN || mem > MEM_MAX)
		return false;
	f->ops = (uint64_t)ops;
	f->mem = (uint64_t)mem;
	return unhex(public, strlen(public), f->public, f->kind->size) && UNHEX(salt, f->salt) &&
	       UNHEX(nonce, f->nonce) && UNHEX(box, f->box);
}

int keyring_file_parse(struct keyring_file *f, const struct keyring_kind *kind, char *text,
		       size_t size)
{
	bool plain, good;
	json_int_t number = -1;
	json_t *root, *version;
	int ret = 0;

	memset(f, 0, sizeof(*f));
	f->kind = kind;
	plain = take_secret(text, f->secret);
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	version = json_object_get(root, "version");
	good = root && (plain ? parse_plain(f, root, &number) : parse_sealed(f, root, &number)) &&
	       number >= 0 && number <= UINT32_MAX;
	if (json_is_integer(version) && json_integer_value(version) != VERSION)
		ret = -EPROTO;
	else if (!good)
		ret = -EBADMSG;
	f->number = (uint32_t)number;
	json_decref(root);
	return ret;
}
