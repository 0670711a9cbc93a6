// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/eip712.c, evm_key.c, evm_tx.c: what is signed for an EVM chain, and by whom. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "eip712.h"
#include "evm_key.h"
#include "evm_tx.h"
#include "keccak.h"

#define N(x) (sizeof(x) / sizeof(*(x)))

static void unhex(const char *text, uint8_t *out, size_t size)
{
	if (ovpp_unhex(text, out, size))
		abort();
}

#define EXPECT_HEX(text, data, size)                                                   \
	do {                                                                           \
		char got[1024];                                                        \
		ovpp_hex(data, size, got);                                             \
		EXPECT_EQ(0, strcmp(text, got)) TH_LOG("is %s, want %s", got, (text)); \
	} while (0)

static struct ovpp_evm_key *key_of(const char *secret)
{
	uint8_t bytes[OVPP_EVM_SECRET_SIZE];
	struct ovpp_evm_key *k;

	unhex(secret, bytes, sizeof(bytes));
	if (ovpp_evm_key_new(bytes, &k))
		abort();
	return k;
}

/* ---- EIP-712: the mail of its example ---- */

#define PERSON "Person(string name,address wallet)"
#define MAIL "Mail(Person from,Person to,string contents)" PERSON

static void person(const char *name, const char *wallet, ovpp_hash out)
{
	struct ovpp_abi v[2] = {ovpp_abi_bytes(name, strlen(name))};
	ovpp_address address;

	if (ovpp_address_parse(wallet, address))
		abort();
	v[1] = ovpp_abi_address(address);
	if (ovpp_eip712_struct(PERSON, v, 2, out))
		abort();
}

TEST(eip712_the_mail_of_its_example)
{
	ovpp_hash from, to, mail, domain, digest;
	struct ovpp_evm_signature sig;
	struct ovpp_evm_key *cow;
	ovpp_address contract, who;
	struct ovpp_abi v[3];

	person("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826", from);
	person("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB", to);
	v[0] = ovpp_abi_word(from);
	v[1] = ovpp_abi_word(to);
	v[2] = ovpp_abi_bytes("Hello, Bob!", 11);
	ASSERT_EQ(0, ovpp_eip712_struct(MAIL, v, 3, mail));
	EXPECT_HEX("c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e", mail, 32);
	ASSERT_EQ(0, ovpp_address_parse("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC", contract));
	ovpp_eip712_domain("Ether Mail", "1", 1, contract, domain);
	EXPECT_HEX("f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f", domain, 32);
	ovpp_eip712_digest(domain, mail, digest);
	EXPECT_HEX("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2", digest, 32);

	ovpp_keccak256("cow", 3, from);
	ASSERT_EQ(0, ovpp_evm_key_new(from, &cow));
	ASSERT_EQ(0, ovpp_evm_key_sign(cow, digest, &sig));
	EXPECT_HEX("4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d", sig.r, 32);
	EXPECT_HEX("07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562", sig.s, 32);
	EXPECT_TRUE(sig.odd) TH_LOG("v is 28");
	EXPECT_EQ(0, ovpp_evm_recover(digest, &sig, who));
	EXPECT_EQ(0, memcmp(who, ovpp_evm_key_address(cow), sizeof(who)));
	ovpp_evm_key_free(cow);
}

TEST(eip712_types_and_values_that_do_not_fit)
{
	static const char *const bad[] = {
		"Mail",		"Mail(uint8)",		 "Mail(uint8 a", "Mail(uint8[] a)",
		"Mail(what a)", "Mail(uint8 a,uint8 b)", "Mail()"};
	struct ovpp_abi v[2] = {ovpp_abi_uint(1), ovpp_abi_uint(256)};
	ovpp_hash h;

	for (size_t i = 0; i < N(bad); i++) {
		EXPECT_EQ(-EINVAL, ovpp_eip712_struct(bad[i], v, 1, h)) TH_LOG("%s", bad[i]);
	}
	EXPECT_EQ(0, ovpp_eip712_struct("Mail(uint8 a)", v, 1, h));
	EXPECT_EQ(-EINVAL, ovpp_eip712_struct("Mail(uint8 a)", v + 1, 1, h));
	EXPECT_EQ(-EINVAL, ovpp_eip712_struct("Mail(uint8 a)", v, 2, h));
}

/* ---- keys and addresses ---- */

/* EIP-55. */
TEST(address_with_a_checksum)
{
	static const char *const right[] = {
		"0x52908400098527886E0F7030069857D2E4169EE7",
		"0xde709f2102306220921060314715629080e2fb77",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
		"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
		"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
	};
	char text[OVPP_ADDRESS_TEXT];
	ovpp_address a;

	for (size_t i = 0; i < N(right); i++) {
		EXPECT_EQ(0, ovpp_address_parse(right[i], a));
		ovpp_address_format(a, text);
		EXPECT_STREQ(right[i], text);
	}
}

TEST(address_text_that_is_refused)
{
	ovpp_address a;

	EXPECT_EQ(-EBADMSG, ovpp_address_parse("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", a));
	EXPECT_EQ(0, ovpp_address_parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", a));
	EXPECT_EQ(0, ovpp_address_parse("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", a));
	EXPECT_EQ(-EINVAL, ovpp_address_parse("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", a));
	EXPECT_EQ(-EINVAL, ovpp_address_parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", a));
	EXPECT_EQ(-EINVAL, ovpp_address_parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedff", a));
	EXPECT_EQ(-EINVAL, ovpp_address_parse("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg", a));
}

/* The first account of anvil and hardhat, which everybody knows. */
TEST(key_has_an_address)
{
	struct ovpp_evm_key *k =
		key_of("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(ovpp_evm_key_address(k), text);
	EXPECT_STREQ("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", text);
	ovpp_evm_key_free(k);
}

TEST(key_zero_and_beyond_the_order_are_none)
{
	static const char *const bad[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
	};
	uint8_t secret[OVPP_EVM_SECRET_SIZE];
	struct ovpp_evm_key *k = NULL;

	for (size_t i = 0; i < N(bad); i++) {
		unhex(bad[i], secret, sizeof(secret));
		EXPECT_EQ(-EINVAL, ovpp_evm_key_new(secret, &k));
	}
	EXPECT_EQ(NULL, k);
}

/* Order of the group less s. */
static void other_s(struct ovpp_evm_signature *sig)
{
	uint8_t n[32];
	int borrow = 0;

	unhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", n, 32);
	for (int i = 31; i >= 0; i--) {
		int d = n[i] - sig->s[i] - borrow;

		borrow = d < 0;
		sig->s[i] = (uint8_t)d;
	}
	sig->odd = !sig->odd;
}

TEST(signature_has_the_lower_s_and_no_other_is_taken)
{
	struct ovpp_evm_key *k =
		key_of("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
	struct ovpp_evm_signature sig;
	ovpp_address who;
	ovpp_hash hash;

	for (uint32_t i = 0; i < 64; i++) {
		ovpp_keccak256(&i, sizeof(i), hash);
		ASSERT_EQ(0, ovpp_evm_key_sign(k, hash, &sig));
		EXPECT_LT(sig.s[0], 0x80);
		ASSERT_EQ(0, ovpp_evm_recover(hash, &sig, who));
		EXPECT_EQ(0, memcmp(who, ovpp_evm_key_address(k), sizeof(who)));
		other_s(&sig);
		EXPECT_EQ(-EBADMSG, ovpp_evm_recover(hash, &sig, who));
	}
	ovpp_evm_key_free(k);
}

/* ---- transactions ---- */

#define SENDER "8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63"
#define CHAIN 7822

/* Of the test vectors of EIP-1559, without the RLP string around them. */
static const struct {
	uint64_t nonce, value, gas, tip, fee;
	const char *raw;
} vector[] = {
	{819, 43203529, 35552, 75853, 121212,
	 "02f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000"
	 "000000aaaa8402933bc980c080a0d067f2167008c59219652f91cbf8788dbca5f771f6e9"
	 "1e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400ed24dcace0a7e30d4e85701"
	 "dcaaf484cd079e"},
	{353, 61901619, 32593, 38850, 136295,
	 "02f86f821e8e8201618297c283021467827f519400000000000000000000000000000000"
	 "0000aaaa8403b08b3380c001a004205678f13fc1d7b10feea6513dfa76e24418b6e08097"
	 "d95c6f93a3b64e536da01d45ad61bfece43862de2cce7d2575a8c1d08c26c87f3cb5f26d"
	 "7b0be54a91b2"},
	{985, 32531825, 68541, 66377, 136097,
	 "02f871821e8e8203d983010349830213a183010bbd940000000000000000000000000000"
	 "00000000aaaa8401f0657180c001a0e6d23c5ecc0f388a4d41a9523c3ad171e98083a612"
	 "88c340b968dfe0903a6741a07319e8d54a4fd8f0c081d3ce093d869f9df598481991c853"
	 "4bfd8f2c163884b4"},
	{939, 2782905, 45047, 45216, 91648,
	 "02f86e821e8e8203ab82b0a08301660082aff79400000000000000000000000000000000"
	 "0000aaaa832a76b980c001a0a0e7d9b07c7ec68f24788a554f993b99d59a3f08439cc6c9"
	 "42f62ea0341f2aeba078122b9957c146f7c87811bd58a7e9916ca8c07dabcf875b97bbde"
	 "f79cb9c197"},
	{119, 65456115, 62341, 24721, 107729,
	 "02f86d821e8e778260918301a4d182f38594000000000000000000000000000000000000"
	 "aaaa8403e6c7f380c001a0e38e239770801eb995498c821e55ac9c19ae09184bb27b34be"
	 "105e02fe3b7615a067c64ca6bd6d9107e85fd581ab2e70a14b637eb36505bb40861ef9d6"
	 "e800cab6"},
};

TEST(tx_vectors_of_eip_1559)
{
	struct ovpp_evm_key *k = key_of(SENDER);
	struct ovpp_buffer raw = {0};
	ovpp_hash hash, want;

	for (size_t i = 0; i < N(vector); i++) {
		struct ovpp_evm_tx tx = {
			.chain_id = CHAIN,
			.nonce = vector[i].nonce,
			.tip = vector[i].tip,
			.fee = vector[i].fee,
			.gas = vector[i].gas,
			.to = {[18] = 0xaa, 0xaa},
			.value = ovpp_u256(vector[i].value),
		};

		raw.size = 0;
		ASSERT_EQ(0, ovpp_evm_tx_sign(&tx, k, &raw, hash));
		EXPECT_HEX(vector[i].raw, raw.data, raw.size);
		ovpp_keccak256(raw.data, raw.size, want);
		EXPECT_EQ(0, memcmp(hash, want, sizeof(hash)));
	}
	ovpp_buffer_free(&raw);
	ovpp_evm_key_free(k);
}

static struct ovpp_evm_tx call(const void *data, size_t size)
{
	return (struct ovpp_evm_tx){
		.chain_id = 8453,
		.nonce = 7,
		.tip = 1000000,
		.fee = 20000000000,
		.gas = 50000,
		.to = {1, 2, 3},
		.data = data,
		.size = size,
	};
}

TEST(tx_comes_back)
{
	struct ovpp_evm_tx tx = call("calldata", 8), back;
	struct ovpp_evm_key *k = key_of(SENDER);
	struct ovpp_buffer raw = {0};
	ovpp_address from;
	ovpp_hash hash;

	ASSERT_EQ(0, ovpp_buffer_add(&raw, "before", 6));
	ASSERT_EQ(0, ovpp_evm_tx_sign(&tx, k, &raw, hash));
	ASSERT_EQ(0, ovpp_evm_tx_decode(raw.data + 6, raw.size - 6, &back, from));
	EXPECT_EQ(0, memcmp(from, ovpp_evm_key_address(k), sizeof(from)));
	EXPECT_EQ(8453, back.chain_id);
	EXPECT_EQ(7, back.nonce);
	EXPECT_EQ(1000000, back.tip);
	EXPECT_EQ(20000000000, back.fee);
	EXPECT_EQ(50000, back.gas);
	EXPECT_EQ(0, memcmp(back.to, tx.to, sizeof(back.to)));
	EXPECT_EQ(8, back.size);
	EXPECT_EQ(0, memcmp(back.data, "calldata", 8));
	ovpp_buffer_free(&raw);
	ovpp_evm_key_free(k);
}

/* A byte that is different gives another sender or none; one less gives none. */
TEST(tx_damaged_is_never_of_the_same_sender)
{
	struct ovpp_evm_tx tx = call("calldata", 8), back;
	struct ovpp_evm_key *k = key_of(SENDER);
	struct ovpp_buffer raw = {0};
	ovpp_address from;
	ovpp_hash hash;

	ASSERT_EQ(0, ovpp_evm_tx_sign(&tx, k, &raw, hash));
	for (size_t i = 0; i < raw.size; i++) {
		raw.data[i] ^= 1;
		EXPECT_TRUE(ovpp_evm_tx_decode(raw.data, raw.size, &back, from) ||
			    memcmp(from, ovpp_evm_key_address(k), sizeof(from)));
		raw.data[i] ^= 1;
		EXPECT_EQ(-EBADMSG, ovpp_evm_tx_decode(raw.data, i, &back, from));
	}
	ovpp_buffer_free(&raw);
	ovpp_evm_key_free(k);
}

TEST(tx_of_another_kind_is_refused)
{
	/* Type 1 (EIP-2930), and one from before there were types. */
	static const uint8_t other[] = {0x01, 0xc0}, legacy[] = {0xc0};
	struct ovpp_evm_tx tx;
	ovpp_address from;

	EXPECT_EQ(-EBADMSG, ovpp_evm_tx_decode(other, sizeof(other), &tx, from));
	EXPECT_EQ(-EBADMSG, ovpp_evm_tx_decode(legacy, sizeof(legacy), &tx, from));
}

TEST_HARNESS_MAIN
