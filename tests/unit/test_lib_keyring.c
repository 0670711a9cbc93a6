// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/keyring*.c, passphrase.c: key files, and the keys that come from them. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "keyring.h"

#define PASS "correct horse"
#define OTHER "battery staple"

FIXTURE(keys)
{
	char top[256];
	char dir[300];
	char file[340];
	char err[512];
	struct ovpp_keyring *k;
};

FIXTURE_SETUP(keys)
{
	const char *out = getenv("OUT");

	ASSERT_LE(0, sodium_init());
	snprintf(self->top, sizeof(self->top), "%s/keyring-XXXXXX", out ? out : ".");
	ASSERT_NE(NULL, mkdtemp(self->top));
	snprintf(self->dir, sizeof(self->dir), "%s/keys", self->top);
	snprintf(self->file, sizeof(self->file), "%s/gateway-0.key", self->dir);
	unsetenv("OVPP_PASSPHRASE_FILE");
	unsetenv("CREDENTIALS_DIRECTORY");
}

FIXTURE_TEARDOWN(keys)
{
	char command[300];

	ovpp_keyring_close(self->k);
	snprintf(command, sizeof(command), "rm -rf '%s'", self->top);
	EXPECT_EQ(0, system(command));
}

#define ERR self->err, sizeof(self->err)
#define CREATE(epoch, passphrase) ovpp_keyring_create(self->dir, epoch, passphrase, &self->k, ERR)
#define OPEN(epoch, passphrase) ovpp_keyring_open(self->dir, epoch, passphrase, &self->k, ERR)
#define SAYS(text) EXPECT_NE(NULL, strstr(self->err, text)) TH_LOG("said: %s", self->err)

/* Closes the keyring, if the last call gave one. */
#define CLOSE()                              \
	do {                                 \
		ovpp_keyring_close(self->k); \
		self->k = NULL;              \
	} while (0)

static size_t get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, size - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

static void put(const char *path, const char *text, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (write(fd, text, size) != (ssize_t)size)
		abort();
	fchmod(fd, mode);
	close(fd);
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

/* Number of entries of a folder. */
static int entries(const char *dir)
{
	char command[400];
	FILE *f;
	int n = -1;

	snprintf(command, sizeof(command), "ls -A '%s' | wc -l", dir);
	f = popen(command, "r");
	if (!f || fscanf(f, "%d", &n) != 1)
		n = -1;
	pclose(f);
	return n;
}

TEST_F(keys, a_new_key_is_the_same_when_it_is_opened)
{
	uint8_t public[OVPP_KEY_SIZE], signature[OVPP_SIGNATURE_SIZE];

	ASSERT_EQ(0, CREATE(7, NULL)) TH_LOG("%s", self->err);
	EXPECT_EQ(7, ovpp_keyring_epoch(self->k));
	EXPECT_FALSE(ovpp_keyring_encrypted(self->k));
	memcpy(public, ovpp_keyring_public(self->k), sizeof(public));
	CLOSE();
	ASSERT_EQ(0, OPEN(7, NULL));
	EXPECT_EQ(0, memcmp(public, ovpp_keyring_public(self->k), sizeof(public)));
	ASSERT_EQ(0, ovpp_keyring_sign(self->k, "message", 7, signature));
	EXPECT_EQ(0, crypto_sign_verify_detached(signature, (const uint8_t *)"message", 7, public));
	EXPECT_NE(0, crypto_sign_verify_detached(signature, (const uint8_t *)"massage", 7, public));
}

TEST_F(keys, two_keys_differ)
{
	uint8_t public[OVPP_KEY_SIZE];

	ASSERT_EQ(0, CREATE(0, NULL));
	memcpy(public, ovpp_keyring_public(self->k), sizeof(public));
	CLOSE();
	ASSERT_EQ(0, CREATE(1, NULL));
	EXPECT_NE(0, memcmp(public, ovpp_keyring_public(self->k), sizeof(public)));
}

TEST_F(keys, nobody_else_can_read_it_whatever_the_umask_is)
{
	umask(0);
	ASSERT_EQ(0, CREATE(0, NULL));
	EXPECT_EQ(0700, mode_of(self->dir));
	EXPECT_EQ(0600, mode_of(self->file));
	EXPECT_EQ(1, entries(self->dir));
}

TEST_F(keys, a_file_that_is_there_is_not_overwritten)
{
	char before[4096], after[4096];

	ASSERT_EQ(0, CREATE(0, NULL));
	CLOSE();
	get(self->file, before, sizeof(before));
	EXPECT_EQ(-EEXIST, CREATE(0, NULL));
	SAYS("is there already");
	EXPECT_EQ(NULL, self->k);
	get(self->file, after, sizeof(after));
	EXPECT_STREQ(before, after);
	EXPECT_EQ(1, entries(self->dir));
}

TEST_F(keys, what_is_not_there_is_said)
{
	EXPECT_EQ(-ENOENT, OPEN(0, NULL));
	ASSERT_EQ(0, CREATE(0, NULL));
	CLOSE();
	EXPECT_EQ(-ENOENT, OPEN(1, NULL));
	SAYS("gateway-1.key: there is no such key file");
}

/* BLAKE2b and Ed25519 of other implementations, for a secret of bytes 0 to 31. */
#define KNOWN                                                                                \
	"{\"version\": 1, \"epoch\": 0,"                                                     \
	" \"public\": \"397cd8cec4f3aa0fd80fd5d0a581ce0cbdb96d0c378ccde4688f937643e448d1\"," \
	" \"secret\": \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"}"

static const struct {
	uint64_t device;
	const char *key;
} known_devices[] = {
	{0, "1af8f30e1ab567ea29e7c7a57fd61771a2857cb216726266fd74029276d5e17c"},
	{1, "518a4d1dbe82bc6a05d641a50cd93aef0dd4afb6e13b3fa8f7d29eb1fc30604f"},
	{UINT64_C(1) << 40, "cd6107c63d247ba202d16c92146120395afb457234c390d0c992975cbf4bf74e"},
};

TEST_F(keys, derived_keys_are_those_of_other_implementations)
{
	uint8_t key[OVPP_KEY_SIZE];
	char hex[2 * OVPP_KEY_SIZE + 1];

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	put(self->file, KNOWN, strlen(KNOWN), 0600);
	ASSERT_EQ(0, OPEN(0, NULL)) TH_LOG("%s", self->err);
	for (size_t i = 0; i < sizeof(known_devices) / sizeof(known_devices[0]); i++) {
		ovpp_keyring_device_public(self->k, known_devices[i].device, key);
		ovpp_hex(key, sizeof(key), hex);
		EXPECT_STREQ(known_devices[i].key, hex);
	}
}

TEST_F(keys, a_device_is_bound_to_its_gateway)
{
	struct ovpp_device d = {.der = 1, .name = "bat0", .kind = "battery"};
	uint8_t other[OVPP_KEY_SIZE] = {1}, key[OVPP_KEY_SIZE];

	ASSERT_EQ(0, CREATE(0, NULL));
	ovpp_keyring_device_public(self->k, 5, d.id);
	ASSERT_EQ(0, ovpp_keyring_device_bind(self->k, 5, ovpp_keyring_public(self->k), &d));
	ovpp_keyring_device_public(self->k, 5, key);
	EXPECT_EQ(0, memcmp(key, d.key, sizeof(key)));
	EXPECT_EQ(0, ovpp_device_check(&d, ovpp_keyring_public(self->k)));
	EXPECT_EQ(-EKEYREJECTED, ovpp_device_check(&d, other));
}

TEST_F(keys, with_a_passphrase_only_the_passphrase_opens_it)
{
	uint8_t public[OVPP_KEY_SIZE];
	char text[4096];

	ASSERT_EQ(0, CREATE(0, PASS));
	EXPECT_TRUE(ovpp_keyring_encrypted(self->k));
	memcpy(public, ovpp_keyring_public(self->k), sizeof(public));
	CLOSE();
	get(self->file, text, sizeof(text));
	EXPECT_EQ(NULL, strstr(text, "secret"));
	EXPECT_EQ(-ENOKEY, OPEN(0, NULL));
	SAYS("--passphrase-file");
	EXPECT_EQ(-EKEYREJECTED, OPEN(0, OTHER));
	SAYS("the passphrase is wrong");
	EXPECT_EQ(-EKEYREJECTED, OPEN(0, ""));
	ASSERT_EQ(0, OPEN(0, PASS));
	EXPECT_EQ(0, memcmp(public, ovpp_keyring_public(self->k), sizeof(public)));
}

TEST_F(keys, a_file_without_passphrase_opens_with_any)
{
	ASSERT_EQ(0, CREATE(0, NULL));
	CLOSE();
	EXPECT_EQ(0, OPEN(0, PASS));
	EXPECT_FALSE(ovpp_keyring_encrypted(self->k));
}

/* Changes what follows "KEY": or "KEY": " in a text, by one in its last digit. */
static void change(char *text, const char *key)
{
	char *at = strstr(text, key) + strlen(key);

	at += strspn(at, "\": ");
	while (strchr("0123456789abcdef", at[1]))
		at++;
	*at = *at == '9' ? '8' : *at == 'f' ? 'e' : (char)(*at + 1);
}

TEST_F(keys, no_field_of_an_encrypted_file_can_be_exchanged)
{
	static const char *const field[] = {"public", "ops", "mem", "salt", "nonce", "ciphertext"};
	char text[4096], changed[4096];
	size_t n;

	ASSERT_EQ(0, CREATE(0, PASS));
	CLOSE();
	n = get(self->file, text, sizeof(text));
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		snprintf(changed, sizeof(changed), "%s", text);
		change(changed, field[i]);
		put(self->file, changed, n, 0600);
		EXPECT_EQ(-EKEYREJECTED, OPEN(0, PASS)) TH_LOG("%s", field[i]);
	}
	snprintf(changed, sizeof(changed), "%s", text);
	change(changed, "epoch");
	put(self->file, changed, n, 0600);
	EXPECT_EQ(-EBADMSG, OPEN(0, PASS));
	SAYS("is the key of epoch 1");
	snprintf(self->file, sizeof(self->file), "%s/gateway-1.key", self->dir);
	put(self->file, changed, n, 0600);
	EXPECT_EQ(-EKEYREJECTED, OPEN(1, PASS));
}

TEST_F(keys, a_file_that_asks_for_too_much_is_damaged)
{
	static const char *const bad[][2] = {
		{"\"mem\": 67108864", "\"mem\": 9999999999999"},
		{"\"mem\": 67108864", "\"mem\": 1"},
		{"\"ops\": 3", "\"ops\": 2000000000"},
		{"\"ops\": 3", "\"ops\": 0"},
		{"argon2id", "scrypt"},
		{"xchacha20poly1305", "none"},
	};
	char text[4096], changed[4300], *at;

	ASSERT_EQ(0, CREATE(0, PASS));
	CLOSE();
	get(self->file, text, sizeof(text));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		at = strstr(text, bad[i][0]);
		ASSERT_NE(NULL, at);
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, bad[i][1],
			 at + strlen(bad[i][0]));
		put(self->file, changed, strlen(changed), 0600);
		EXPECT_EQ(-EBADMSG, OPEN(0, PASS)) TH_LOG("%s", bad[i][1]);
	}
}

TEST_F(keys, part_of_a_file_is_damaged)
{
	size_t n = strlen(KNOWN);

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	for (size_t size = 0; size < n; size++) {
		put(self->file, KNOWN, size, 0600);
		ASSERT_EQ(-EBADMSG, OPEN(0, NULL)) TH_LOG("%zu bytes", size);
	}
	SAYS("gateway-0.key: is damaged");
	put(self->file, KNOWN "\n{}", n + 3, 0600);
	EXPECT_EQ(-EBADMSG, OPEN(0, NULL));
}

/* Whatever a disk makes of it, it is not taken for another key. */
TEST_F(keys, a_flipped_bit_never_gives_another_key)
{
	static const uint8_t first = 0x39;
	char text[] = KNOWN;
	int refused = 0;

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	for (size_t i = 0; i < 8 * strlen(KNOWN); i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		put(self->file, text, strlen(KNOWN), 0600);
		text[i / 8] ^= (char)(1 << i % 8);
		if (OPEN(0, NULL)) {
			refused++;
			continue;
		}
		ASSERT_EQ(first, ovpp_keyring_public(self->k)[0]) TH_LOG("bit %zu", i);
		CLOSE();
	}
	EXPECT_LT(1400, refused);
}

TEST_F(keys, a_secret_of_another_key_is_refused)
{
	char text[] = KNOWN;

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	change(text, "secret");
	put(self->file, text, strlen(text), 0600);
	EXPECT_EQ(-EBADMSG, OPEN(0, NULL));
	SAYS("does not belong to its public key");
}

TEST_F(keys, other_text_is_no_key_file)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"null",
		"{\"version\": 1, \"secret\": \"\"}",
		"{\"version\": 1, \"epoch\": 0, \"public\": \"\", \"secret\": \"\"}",
		"{\"version\": 1, \"epoch\": 0, \"\\u0073ecret\": \"00\"}",
		"\"secret\"",
		"\"secret\": \"",
	};

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(self->file, bad[i], strlen(bad[i]), 0600);
		EXPECT_EQ(-EBADMSG, OPEN(0, NULL)) TH_LOG("%s", bad[i]);
	}
}

TEST_F(keys, a_newer_version_is_said)
{
	static const char text[] = "{\"version\": 2, \"epoch\": 0, \"new\": true}";

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	put(self->file, text, strlen(text), 0600);
	EXPECT_EQ(-EPROTO, OPEN(0, NULL));
	SAYS("newer version");
}

TEST_F(keys, a_long_file_is_none)
{
	char text[4096];

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	memset(text, ' ', sizeof(text));
	put(self->file, text, sizeof(text), 0600);
	EXPECT_EQ(-EBADMSG, OPEN(0, NULL));
	SAYS("too long");
}

TEST_F(keys, a_file_that_others_can_use_is_refused)
{
	static const mode_t mode[] = {0640, 0620, 0604, 0602, 0610, 0601, 0660, 0644, 0666};

	ASSERT_EQ(0, CREATE(0, NULL));
	CLOSE();
	for (size_t i = 0; i < sizeof(mode) / sizeof(mode[0]); i++) {
		chmod(self->file, mode[i]);
		EXPECT_EQ(-EPERM, OPEN(0, NULL)) TH_LOG("%o", mode[i]);
		SAYS("chmod 600");
	}
	chmod(self->file, 0400);
	EXPECT_EQ(0, OPEN(0, NULL));
}

TEST_F(keys, a_folder_that_others_can_write_to_is_refused)
{
	ASSERT_EQ(0, CREATE(0, NULL));
	CLOSE();
	chmod(self->dir, 0770);
	EXPECT_EQ(-EPERM, OPEN(0, NULL));
	SAYS("chmod 700");
	chmod(self->dir, 0702);
	EXPECT_EQ(-EPERM, OPEN(0, NULL));
	EXPECT_EQ(-EPERM, CREATE(1, NULL));
	chmod(self->dir, 0755);
	EXPECT_EQ(0, OPEN(0, NULL));
}

TEST_F(keys, what_is_no_file_is_refused)
{
	char real[320];

	snprintf(real, sizeof(real), "%s/real", self->top);
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	put(real, KNOWN, strlen(KNOWN), 0600);
	ASSERT_EQ(0, symlink(real, self->file));
	EXPECT_EQ(-ELOOP, OPEN(0, NULL));
	unlink(self->file);
	ASSERT_EQ(0, mkfifo(self->file, 0600));
	EXPECT_EQ(-EBADMSG, OPEN(0, NULL));
	unlink(self->file);
	ASSERT_EQ(0, mkdir(self->file, 0700));
	EXPECT_EQ(-EBADMSG, OPEN(0, NULL));
}

TEST_F(keys, the_public_part_needs_no_passphrase)
{
	struct ovpp_keyring_info info;

	ASSERT_EQ(0, CREATE(0, PASS));
	ASSERT_EQ(0, ovpp_keyring_inspect(self->dir, 0, &info, ERR));
	EXPECT_TRUE(info.encrypted);
	EXPECT_EQ(0, memcmp(info.key, ovpp_keyring_public(self->k), sizeof(info.key)));
	CLOSE();
	ASSERT_EQ(0, CREATE(1, NULL));
	ASSERT_EQ(0, ovpp_keyring_inspect(self->dir, 1, &info, ERR));
	EXPECT_FALSE(info.encrypted);
	EXPECT_EQ(-ENOENT, ovpp_keyring_inspect(self->dir, 2, &info, ERR));
}

/* Does a file, seen under another name, have only zeros? */
static bool is_wiped(const char *path, size_t size)
{
	char text[4096];
	size_t n = get(path, text, sizeof(text));

	for (size_t i = 0; i < n; i++) {
		if (text[i])
			return false;
	}
	return n == size;
}

TEST_F(keys, another_passphrase_leaves_the_keys)
{
	static const char *const change_to[] = {PASS, OTHER, NULL, NULL};
	const char *has = NULL;
	uint8_t public[OVPP_KEY_SIZE];
	char text[4096], link_name[340];

	snprintf(link_name, sizeof(link_name), "%s/old", self->top);
	ASSERT_EQ(0, CREATE(0, NULL));
	memcpy(public, ovpp_keyring_public(self->k), sizeof(public));
	CLOSE();
	for (size_t i = 0; i < sizeof(change_to) / sizeof(change_to[0]); i++) {
		ASSERT_EQ(0, OPEN(0, has));
		ASSERT_EQ(0, link(self->file, link_name));
		ASSERT_EQ(0, ovpp_keyring_protect(self->k, self->dir, change_to[i], ERR));
		EXPECT_EQ(change_to[i] != NULL, ovpp_keyring_encrypted(self->k));
		CLOSE();
		EXPECT_TRUE(is_wiped(link_name, (size_t)get(link_name, text, sizeof(text))));
		unlink(link_name);
		EXPECT_EQ(1, entries(self->dir));
		EXPECT_EQ(0600, mode_of(self->file));
		has = change_to[i];
		ASSERT_EQ(0, OPEN(0, has)) TH_LOG("%s", self->err);
		EXPECT_EQ(0, memcmp(public, ovpp_keyring_public(self->k), sizeof(public)));
		CLOSE();
	}
}

TEST_F(keys, the_bytes_of_an_erased_file_are_gone)
{
	char text[4096], link_name[340];
	size_t n;

	snprintf(link_name, sizeof(link_name), "%s/old", self->top);
	ASSERT_EQ(0, CREATE(0, PASS));
	ASSERT_EQ(0, link(self->file, link_name));
	n = get(link_name, text, sizeof(text));
	ASSERT_EQ(0, ovpp_keyring_erase(self->dir, 0, ERR));
	EXPECT_EQ(0, entries(self->dir));
	EXPECT_LT(256, n);
	EXPECT_TRUE(is_wiped(link_name, n));
	EXPECT_EQ(-ENOENT, ovpp_keyring_erase(self->dir, 0, ERR));
}

TEST_F(keys, tidying_takes_what_is_past_and_nothing_else)
{
	static const char *const gone[] = {"gateway-0.key", "gateway-2.key", ".gateway-0badcafe"};
	static const char *const kept[] = {"gateway-3.key", "gateway-4.key", "gateway-01.key",
					   "gateway-1.key.bak", "notes"};
	char path[400];

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->dir, gone[i]);
		put(path, "x", 1, 0600);
	}
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->dir, kept[i]);
		put(path, "x", 1, 0600);
	}
	ASSERT_EQ(0, ovpp_keyring_tidy(self->dir, 3, ERR));
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->dir, gone[i]);
		EXPECT_NE(0, access(path, F_OK)) TH_LOG("%s", gone[i]);
	}
	EXPECT_EQ((int)(sizeof(kept) / sizeof(kept[0])), entries(self->dir));
}

TEST_F(keys, one_has_the_folder_at_a_time)
{
	int fd, again;

	ASSERT_EQ(0, mkdir(self->dir, 0700));
	fd = ovpp_keyring_lock(self->dir, ERR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBUSY, ovpp_keyring_lock(self->dir, ERR));
	SAYS("another 'ovpp key'");
	close(fd);
	again = ovpp_keyring_lock(self->dir, ERR);
	EXPECT_LE(0, again);
	close(again);
}

TEST_F(keys, what_root_makes_belongs_to_the_folders_owner)
{
	struct stat st;

	if (geteuid())
		SKIP(return, "not root");
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	ASSERT_EQ(0, chown(self->dir, 4711, 4712));
	ASSERT_EQ(0, CREATE(0, NULL));
	ASSERT_EQ(0, stat(self->file, &st));
	EXPECT_EQ(4711, st.st_uid);
	EXPECT_EQ(4712, st.st_gid);
	EXPECT_EQ(0600, st.st_mode & 07777);
	ASSERT_EQ(0, ovpp_keyring_protect(self->k, self->dir, PASS, ERR));
	ASSERT_EQ(0, stat(self->file, &st));
	EXPECT_EQ(4711, st.st_uid);
	EXPECT_EQ(0600, st.st_mode & 07777);
}

/*
 * Where in this process a pattern is, whose bytes are inverted in @inverse: its
 * number of places. What is huge is the sanitizer's own.
 */
static int places(const uint8_t *inverse, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY), n = 0;
	unsigned long long start, end;
	char line[512], rights[8];
	uint8_t *copy;

	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%llx-%llx %7s", &start, &end, rights) != 3 ||
		    strncmp(rights, "rw", 2) || end - start > 256 << 20)
			continue;
		copy = mmap(NULL, end - start, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		if (copy != MAP_FAILED && pread(mem, copy, end - start, (off_t)start) > 0) {
			for (size_t i = 0; i + size <= end - start; i++) {
				size_t k = 0;

				while (k < size && (copy[i + k] ^ inverse[k]) == 0xff)
					k++;
				n += k == size;
			}
		}
		if (copy != MAP_FAILED)
			munmap(copy, end - start);
	}
	fclose(maps);
	close(mem);
	return n;
}

/* The secret of a file and its digits, inverted, and nowhere as they are. */
static void get_inverse(const char *path, uint8_t raw[32], uint8_t digits[64])
{
	char text[1024], *at;
	unsigned int byte;

	get(path, text, sizeof(text));
	at = strstr(text, "\"secret\": \"") + strlen("\"secret\": \"");
	for (size_t i = 0; i < 64; i++)
		digits[i] = (uint8_t)~at[i];
	for (size_t i = 0; i < 32; i++) {
		sscanf((char[]){at[2 * i], at[2 * i + 1], '\0'}, "%x", &byte);
		raw[i] = (uint8_t)~byte;
	}
	sodium_memzero(text, sizeof(text));
}

TEST_F(keys, nothing_is_left_in_memory)
{
	uint8_t raw[32], digits[64], planted[32];
	struct ovpp_device d = {.der = 1};

	ASSERT_EQ(0, CREATE(0, NULL));
	get_inverse(self->file, raw, digits);
	EXPECT_LE(1, places(raw, sizeof(raw)));
	ASSERT_EQ(0, ovpp_keyring_device_bind(self->k, 1, ovpp_keyring_public(self->k), &d));
	CLOSE();
	ASSERT_EQ(0, OPEN(0, NULL));
	ASSERT_EQ(0, ovpp_keyring_protect(self->k, self->dir, PASS, ERR));
	CLOSE();
	ASSERT_EQ(0, OPEN(0, PASS));
	CLOSE();
	EXPECT_EQ(0, places(raw, sizeof(raw)));
	EXPECT_EQ(0, places(digits, sizeof(digits)));
	for (size_t i = 0; i < sizeof(raw); i++)
		planted[i] = (uint8_t)~raw[i];
	EXPECT_LE(1, places(raw, sizeof(raw)));
	sodium_memzero(planted, sizeof(planted));
}

/* What passphrase.c makes of a file's content. */
static int read_passphrase(const char *path, const char *text, size_t n, mode_t mode, char **out,
			   char *err, size_t size)
{
	put(path, text, n, mode);
	return ovpp_passphrase_read(path, out, err, size);
}

#define READ(text, n, mode) read_passphrase(path, text, n, mode, &pass, ERR)

TEST_F(keys, a_device_signs_with_a_key_of_its_own)
{
	uint8_t key[OVPP_KEY_SIZE], signature[OVPP_SIGNATURE_SIZE];
	struct ovpp_keyring_device device = {.device = 3};

	ASSERT_EQ(0, CREATE(0, NULL));
	device.keyring = self->k;
	ovpp_keyring_device_public(self->k, 3, key);
	ASSERT_EQ(0, ovpp_keyring_device_sign(&device, "message", 7, signature));
	EXPECT_EQ(0, crypto_sign_verify_detached(signature, (const uint8_t *)"message", 7, key));
	ovpp_keyring_device_public(self->k, 4, key);
	EXPECT_NE(0, crypto_sign_verify_detached(signature, (const uint8_t *)"message", 7, key));
}

TEST_F(keys, a_passphrase_is_one_line)
{
	static const char *const bad[] = {"", "\n", "\r\n", "a\nb", "a\rb\n", "a\n\n"};
	char path[300], *pass = NULL, longest[1100];

	snprintf(path, sizeof(path), "%s/pass", self->top);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-EINVAL, READ(bad[i], strlen(bad[i]), 0600)) TH_LOG("%zu", i);
		EXPECT_EQ(NULL, pass);
	}
	EXPECT_EQ(-EINVAL, READ("a\0b", 3, 0600));
	SAYS("one line");
	ASSERT_EQ(0, READ(" two words \n", 12, 0600));
	EXPECT_STREQ(" two words ", pass);
	ovpp_passphrase_free(pass);
	ASSERT_EQ(0, READ("dos\r\n", 5, 0640));
	EXPECT_STREQ("dos", pass);
	ovpp_passphrase_free(pass);
	memset(longest, 'x', sizeof(longest));
	ASSERT_EQ(0, READ(longest, 1024, 0400));
	EXPECT_EQ(1024, strlen(pass));
	ovpp_passphrase_free(pass);
	EXPECT_EQ(-EINVAL, READ(longest, 1025, 0600));
	EXPECT_EQ(-EINVAL, READ(longest, sizeof(longest), 0600));
}

TEST_F(keys, a_passphrase_that_everybody_can_read_is_none)
{
	char path[300], *pass = NULL;

	snprintf(path, sizeof(path), "%s/pass", self->top);
	EXPECT_EQ(-EPERM, READ("word\n", 5, 0644));
	SAYS("chmod 600");
	EXPECT_EQ(NULL, pass);
}

TEST_F(keys, a_passphrase_is_looked_for_in_three_places)
{
	char path[300], *pass = NULL;

	EXPECT_EQ(0, ovpp_passphrase_read(NULL, &pass, ERR));
	EXPECT_EQ(NULL, pass);
	setenv("CREDENTIALS_DIRECTORY", self->top, 1);
	EXPECT_EQ(0, ovpp_passphrase_read(NULL, &pass, ERR));
	EXPECT_EQ(NULL, pass);
	snprintf(path, sizeof(path), "%s/ovppd-passphrase", self->top);
	put(path, "credential", 10, 0440);
	ASSERT_EQ(0, ovpp_passphrase_read(NULL, &pass, ERR));
	EXPECT_STREQ("credential", pass);
	ovpp_passphrase_free(pass);
	snprintf(path, sizeof(path), "%s/env", self->top);
	setenv("OVPP_PASSPHRASE_FILE", path, 1);
	EXPECT_EQ(-ENOENT, ovpp_passphrase_read(NULL, &pass, ERR));
	SAYS("/env: ");
	put(path, "variable", 8, 0600);
	ASSERT_EQ(0, ovpp_passphrase_read(NULL, &pass, ERR));
	EXPECT_STREQ("variable", pass);
	ovpp_passphrase_free(pass);
	snprintf(path, sizeof(path), "%s/option", self->top);
	ASSERT_EQ(0, READ("option", 6, 0600));
	EXPECT_STREQ("option", pass);
	ovpp_passphrase_free(pass);
}

TEST_HARNESS_MAIN
