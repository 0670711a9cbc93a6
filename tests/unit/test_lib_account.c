// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/account.c: accounts in files. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "account.h"
#include "keyring.h"

#define PASS "correct horse"
#define OTHER "battery staple"
/* The first account of anvil and hardhat, which everybody knows. */
#define SECRET "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
#define ADDRESS "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
#define KNOWN                                                           \
	"{\"version\": 1, \"account\": 0,\n"                            \
	" \"address\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\n" \
	" \"secret\": \"" SECRET "\"}\n"

FIXTURE(accounts)
{
	char top[256];
	char dir[300];
	char file[340];
	char err[512];
	struct ovpp_evm_key *k;
};

FIXTURE_SETUP(accounts)
{
	const char *out = getenv("OUT");

	ASSERT_LE(0, sodium_init());
	snprintf(self->top, sizeof(self->top), "%s/account-XXXXXX", out ? out : ".");
	ASSERT_NE(NULL, mkdtemp(self->top));
	snprintf(self->dir, sizeof(self->dir), "%s/keys", self->top);
	snprintf(self->file, sizeof(self->file), "%s/account-0.key", self->dir);
}

FIXTURE_TEARDOWN(accounts)
{
	char command[300];

	ovpp_evm_key_free(self->k);
	snprintf(command, sizeof(command), "rm -rf '%s'", self->top);
	EXPECT_EQ(0, system(command));
}

#define ERR self->err, sizeof(self->err)
#define CREATE(passphrase) ovpp_account_create(self->dir, passphrase, &self->k, ERR)
#define OPEN(passphrase) ovpp_account_open(self->dir, passphrase, &self->k, ERR)
#define PROTECT(has, wanted) ovpp_account_protect(self->dir, has, wanted, ERR)
#define SAYS(text) EXPECT_NE(NULL, strstr(self->err, text)) TH_LOG("said: %s", self->err)

/* Closes the account, if the last call gave one. */
#define CLOSE()                             \
	do {                                \
		ovpp_evm_key_free(self->k); \
		self->k = NULL;             \
	} while (0)

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	fchmod(fd, mode);
	close(fd);
}

static bool has(const char *path, const char *text)
{
	char content[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, content, sizeof(content) - 1);

	close(fd);
	content[n < 0 ? 0 : n] = '\0';
	return strstr(content, text);
}

static bool is_known(const struct ovpp_evm_key *k)
{
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(ovpp_evm_key_address(k), text);
	return !strcmp(text, ADDRESS);
}

TEST_F(accounts, there_is_none_before_the_first)
{
	EXPECT_EQ(-ENOENT, OPEN(NULL));
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	EXPECT_EQ(-ENOENT, OPEN(NULL));
	SAYS("there is no account yet");
	EXPECT_EQ(NULL, self->k);
}

TEST_F(accounts, the_first_one_is_made_once)
{
	ovpp_address address;
	struct stat st;

	ASSERT_EQ(0, CREATE(NULL)) TH_LOG("%s", self->err);
	memcpy(address, ovpp_evm_key_address(self->k), sizeof(address));
	CLOSE();
	ASSERT_EQ(0, stat(self->file, &st));
	EXPECT_EQ(0600, st.st_mode & 07777);
	ASSERT_EQ(0, CREATE(NULL));
	EXPECT_EQ(0, memcmp(address, ovpp_evm_key_address(self->k), sizeof(address)));
	CLOSE();
	ASSERT_EQ(0, OPEN(NULL));
	EXPECT_EQ(0, memcmp(address, ovpp_evm_key_address(self->k), sizeof(address)));
}

TEST_F(accounts, the_file_is_as_documented)
{
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	put(self->file, KNOWN, 0600);
	ASSERT_EQ(0, OPEN(NULL)) TH_LOG("%s", self->err);
	EXPECT_TRUE(is_known(self->k));
}

/* Made from the description alone, with Python and libsodium. */
TEST_F(accounts, an_encrypted_file_is_as_documented)
{
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	put(self->file,
	    "{\"version\": 1, \"account\": 0,"
	    " \"address\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\","
	    " \"kdf\": {\"name\": \"argon2id\", \"ops\": 1, \"mem\": 8388608,"
	    " \"salt\": \"000102030405060708090a0b0c0d0e0f\"},"
	    " \"cipher\": \"xchacha20poly1305\","
	    " \"nonce\": \"6465666768696a6b6c6d6e6f707172737475767778797a7b\","
	    " \"ciphertext\": "
	    "\"1629f0ecc805a8862de082224c6cf395484a25f5c858d41dc4b423c4cc5ebb880cc7ed0a0926beddbc57"
	    "d177b849a477\"}",
	    0600);
	ASSERT_EQ(0, OPEN(PASS)) TH_LOG("%s", self->err);
	EXPECT_TRUE(is_known(self->k));
}

TEST_F(accounts, the_newest_one_is_meant)
{
	char path[340];

	ASSERT_EQ(0, CREATE(NULL));
	EXPECT_FALSE(is_known(self->k));
	CLOSE();
	snprintf(path, sizeof(path), "%s/account-3.key", self->dir);
	put(path,
	    "{\"version\": 1, \"account\": 3,"
	    " \"address\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\", \"secret\": \"" SECRET
	    "\"}",
	    0600);
	snprintf(path, sizeof(path), "%s/account-4.key.bak", self->dir);
	put(path, "x", 0600);
	ASSERT_EQ(0, OPEN(NULL)) TH_LOG("%s", self->err);
	EXPECT_TRUE(is_known(self->k));
}

TEST_F(accounts, a_wrong_file_is_told)
{
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	put(self->file, KNOWN, 0640);
	EXPECT_EQ(-EPERM, OPEN(NULL));
	SAYS("chmod 600");
	put(self->file,
	    "{\"version\": 1, \"account\": 0,"
	    " \"address\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92267\", \"secret\": \"" SECRET
	    "\"}",
	    0600);
	EXPECT_EQ(-EBADMSG, OPEN(NULL));
	SAYS("does not belong");
	put(self->file,
	    "{\"version\": 1, \"account\": 1,"
	    " \"address\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\", \"secret\": \"" SECRET
	    "\"}",
	    0600);
	EXPECT_EQ(-EBADMSG, OPEN(NULL));
	SAYS("is the key of account 1");
	put(self->file,
	    "{\"version\": 1, \"epoch\": 0,"
	    " \"public\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\", \"secret\": \"" SECRET
	    "\"}",
	    0600);
	EXPECT_EQ(-EBADMSG, OPEN(NULL));
	SAYS("is damaged");
	EXPECT_EQ(-EBADMSG, CREATE(NULL));
	EXPECT_EQ(NULL, self->k);
}

TEST_F(accounts, a_passphrase_is_needed_and_checked)
{
	ASSERT_EQ(0, CREATE(PASS));
	CLOSE();
	EXPECT_FALSE(has(self->file, "\"secret\""));
	EXPECT_EQ(-ENOKEY, OPEN(NULL));
	SAYS("--passphrase-file");
	EXPECT_EQ(-EKEYREJECTED, OPEN(OTHER));
	EXPECT_EQ(0, OPEN(PASS));
}

TEST_F(accounts, an_address_needs_no_passphrase)
{
	ovpp_address address;

	EXPECT_EQ(-ENOENT, ovpp_account_address(self->dir, address, ERR));
	ASSERT_EQ(0, CREATE(PASS));
	ASSERT_EQ(0, ovpp_account_address(self->dir, address, ERR));
	EXPECT_EQ(0, memcmp(address, ovpp_evm_key_address(self->k), sizeof(address)));
}

TEST_F(accounts, rotating_evidence_keys_leaves_them)
{
	struct ovpp_keyring *ring;

	ASSERT_EQ(0, CREATE(NULL));
	CLOSE();
	ASSERT_EQ(0, ovpp_keyring_create(self->dir, 0, NULL, &ring, ERR));
	ovpp_keyring_close(ring);
	ASSERT_EQ(0, ovpp_keyring_tidy(self->dir, 1, ERR));
	EXPECT_EQ(0, OPEN(NULL));
}

TEST_F(accounts, another_passphrase_can_be_asked_for_again)
{
	static const char *const to[] = {PASS, PASS, OTHER, NULL, NULL};
	const char *had = NULL;
	ovpp_address address;

	ASSERT_EQ(0, CREATE(NULL));
	memcpy(address, ovpp_evm_key_address(self->k), sizeof(address));
	CLOSE();
	for (size_t i = 0; i < sizeof(to) / sizeof(*to); i++) {
		ASSERT_EQ(0, PROTECT(had, to[i])) TH_LOG("%zu: %s", i, self->err);
		/* As if it had been cut short before the end: once more. */
		ASSERT_EQ(0, PROTECT(had, to[i])) TH_LOG("%zu: %s", i, self->err);
		had = to[i];
		EXPECT_EQ(!had, has(self->file, "\"secret\""));
		ASSERT_EQ(0, OPEN(had));
		EXPECT_EQ(0, memcmp(address, ovpp_evm_key_address(self->k), sizeof(address)));
		CLOSE();
	}
}

/* One of two cannot be opened: the other one stays as it is, too. */
TEST_F(accounts, none_gets_a_passphrase_unless_all_can)
{
	char path[340], moved[340];

	ASSERT_EQ(0, CREATE(PASS));
	CLOSE();
	snprintf(path, sizeof(path), "%s/account-7.key", self->dir);
	snprintf(moved, sizeof(moved), "%s/away", self->top);
	ASSERT_EQ(0, rename(self->file, moved));
	put(path,
	    "{\"version\": 1, \"account\": 7,"
	    " \"address\": \"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\", \"secret\": \"" SECRET
	    "\"}",
	    0600);
	ASSERT_EQ(0, rename(moved, self->file));
	EXPECT_EQ(-EKEYREJECTED, PROTECT(OTHER, OTHER "!"));
	EXPECT_EQ(-ENOKEY, PROTECT(NULL, OTHER));
	EXPECT_TRUE(has(path, "\"secret\""));
	EXPECT_EQ(0, PROTECT(PASS, OTHER));
	EXPECT_FALSE(has(path, "\"secret\""));
	EXPECT_EQ(0, OPEN(OTHER));
	EXPECT_TRUE(is_known(self->k));
}

#define FILE_OF(text, mode)                                          \
	({                                                           \
		snprintf(path, sizeof(path), "%s/owner", self->top); \
		put(path, text, mode);                               \
		ovpp_account_file(path, &self->k, ERR);              \
	})

TEST_F(accounts, one_of_a_file_of_its_own)
{
	static const char *const good[] = {SECRET, "0x" SECRET, SECRET "\n", "0x" SECRET "\r\n"};
	char path[340];

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		ASSERT_EQ(0, FILE_OF(good[i], 0600)) TH_LOG("%s", self->err);
		EXPECT_TRUE(is_known(self->k));
		CLOSE();
	}
	ASSERT_EQ(0, FILE_OF(SECRET, 0400));
}

TEST_F(accounts, what_is_no_such_file)
{
	static const char *const bad[] = {
		"",
		"0x",
		SECRET "0",
		SECRET SECRET,
		"0X" SECRET,
		SECRET "\nx",
		SECRET "\n\n\n",
		" " SECRET,
		SECRET " ",
		"0000000000000000000000000000000000000000000000000000000000000000",
	};
	static const mode_t mode[] = {0640, 0620, 0604, 0602, 0610, 0601, 0666};
	char path[340];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(-EINVAL, FILE_OF(bad[i], 0600)) TH_LOG("%zu", i);
	}
	SAYS("no secret key");
	for (size_t i = 0; i < sizeof(mode) / sizeof(*mode); i++) {
		EXPECT_EQ(-EPERM, FILE_OF(SECRET, mode[i])) TH_LOG("%o", mode[i]);
	}
	SAYS("chmod 600");
	EXPECT_EQ(NULL, self->k);
	unlink(path);
	EXPECT_EQ(-ENOENT, ovpp_account_file(path, &self->k, ERR));
	ASSERT_EQ(0, mkdir(path, 0700));
	EXPECT_EQ(-EINVAL, ovpp_account_file(path, &self->k, ERR));
}

TEST_HARNESS_MAIN
