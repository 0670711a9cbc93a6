// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/keccak.c, u256.c, rlp.c, abi*.c: what an EVM chain's bytes are. */
#include <errno.h>
#include <string.h>

#include "kselftest_harness.h"

#include "abi.h"
#include "keccak.h"
#include "rlp.h"

#define N(x) (sizeof(x) / sizeof(*(x)))

/* Bytes of hexadecimal text; all tests here have less. */
struct hex {
	uint8_t data[1024];
	size_t size;
};

static struct hex unhex(const char *text)
{
	struct hex h = {.size = strlen(text) / 2};

	if (h.size > sizeof(h.data) || ovpp_unhex(text, h.data, h.size))
		abort();
	return h;
}

#define EXPECT_BYTES(text, data_, size_)                                               \
	do {                                                                           \
		char got[4096] = "";                                                   \
		if ((size_) < sizeof(got) / 2)                                         \
			ovpp_hex(data_, size_, got);                                   \
		EXPECT_EQ(0, strcmp(text, got)) TH_LOG("is %s, want %s", got, (text)); \
	} while (0)

/* ---- keccak ---- */

/* Of the Keccak team's test vectors, and of many a contract. */
TEST(keccak_known_hashes)
{
	ovpp_hash h;

	ovpp_keccak256("", 0, h);
	EXPECT_BYTES("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", h, 32);
	ovpp_keccak256("abc", 3, h);
	EXPECT_BYTES("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", h, 32);
	ovpp_abi_topic("Transfer(address,address,uint256)", h);
	EXPECT_BYTES("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", h, 32);
}

/* Around a block of 136 bytes, where the padding is one byte, or a block of its own. */
TEST(keccak_at_the_ends_of_blocks)
{
	static const struct {
		size_t size;
		const char *hash;
	} of[] = {
		{135, "cbdfd9dee5faad3818d6b06f95a219fd290b0e1706f6a82e5a595b9ce9faca62"},
		{136, "7ce759f1ab7f9ce437719970c26b0a66ff11fe3e38e17df89cf5d29c7d7f807e"},
		{137, "ac73d4fae68b8453f764007c1a20ce95994187861f0c3227a3a8e99a73a3b1db"},
		{271, "7c974895b2a88303ff2dc6b58f438ceb0b298cac91099ac0539cc0f477506191"},
		{272, "fdf2ec49e749960d3c8521a0219af8d03e30e2b3bf19bd16150ee0eaf133d66e"},
		{273, "4f707289a9c3ccd0c4a51f2f17339f5dd171d371c04ff7783b735b5b22682eaf"},
	};
	uint8_t data[300];
	ovpp_hash h;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t i = 0; i < N(of); i++) {
		ovpp_keccak256(data, of[i].size, h);
		EXPECT_BYTES(of[i].hash, h, 32);
	}
}

TEST(keccak_out_may_be_in)
{
	ovpp_hash h = {0}, want;

	ovpp_keccak256(h, 32, want);
	ovpp_keccak256(h, 32, h);
	EXPECT_EQ(0, memcmp(h, want, 32));
}

/* ---- numbers ---- */

#define LARGEST "115792089237316195423570985008687907853269984665640564039457584007913129639935"

TEST(u256_text_there_and_back)
{
	static const char *const decimal[] = {"0", "9", "18446744073709551615",
					      "18446744073709551616", LARGEST};
	static const char *const quantity[] = {"0x0", "0x1f", "0xffffffffffffffff",
					       "0x10000000000000000"};
	char text[OVPP_U256_TEXT];
	struct ovpp_u256 x;

	for (size_t i = 0; i < 5; i++) {
		EXPECT_EQ(0, ovpp_u256_from_decimal(&x, decimal[i]));
		ovpp_u256_to_decimal(&x, text);
		EXPECT_STREQ(decimal[i], text);
	}
	for (size_t i = 0; i < 4; i++) {
		EXPECT_EQ(0, ovpp_u256_from_quantity(&x, quantity[i]));
		ovpp_u256_to_quantity(&x, text);
		EXPECT_STREQ(quantity[i], text);
	}
}

TEST(u256_other_text_is_refused)
{
	static const char *const decimal[] = {"", "01", "-1", "+1", " 1", "1 ", "0x1", "1e3", "a"};
	static const char *const quantity[] = {"", "0x", "0x01", "1", "0xg", "0x-1", "0X1", "0x1 "};
	struct ovpp_u256 x;

	for (size_t i = 0; i < N(decimal); i++) {
		EXPECT_EQ(-EINVAL, ovpp_u256_from_decimal(&x, decimal[i])) TH_LOG("%s", decimal[i]);
	}
	for (size_t i = 0; i < N(quantity); i++) {
		EXPECT_EQ(-EINVAL, ovpp_u256_from_quantity(&x, quantity[i]))
		TH_LOG("%s", quantity[i]);
	}
	EXPECT_EQ(-ERANGE, ovpp_u256_from_decimal(&x, LARGEST "0"));
	EXPECT_EQ(
		-ERANGE,
		ovpp_u256_from_quantity(
			&x, "0x10000000000000000000000000000000000000000000000000000000000000000"));
}

TEST(u256_arithmetic_never_wraps)
{
	struct ovpp_u256 x = ovpp_u256(UINT64_MAX), one = ovpp_u256(1), top;
	uint64_t small;

	EXPECT_EQ(0, ovpp_u256_add(&x, &one));
	EXPECT_EQ(1, x.w[1]);
	EXPECT_EQ(-ERANGE, ovpp_u256_to_u64(&x, &small));
	EXPECT_EQ(0, ovpp_u256_mul(&x, 10));
	EXPECT_EQ(7, ovpp_u256_div(&x, 9));
	EXPECT_EQ(0, ovpp_u256_from_decimal(&top, LARGEST));
	x = top;
	EXPECT_EQ(-EOVERFLOW, ovpp_u256_add(&x, &one));
	EXPECT_EQ(0, ovpp_u256_compare(&x, &top));
	x = top;
	EXPECT_EQ(-EOVERFLOW, ovpp_u256_mul(&x, 2));
	EXPECT_EQ(0, ovpp_u256_compare(&x, &top));
	EXPECT_GT(0, ovpp_u256_compare(&one, &top));
	EXPECT_LT(0, ovpp_u256_compare(&top, &one));
}

/* ---- RLP: the vectors of Ethereum's wiki ---- */

FIXTURE(rlp)
{
	struct ovpp_buffer b;
	struct ovpp_rlp_out w;
};

FIXTURE_SETUP(rlp)
{
	self->w.out = &self->b;
}

FIXTURE_TEARDOWN(rlp)
{
	ovpp_buffer_free(&self->b);
}

#define EXPECT_RLP(text)                                        \
	do {                                                    \
		EXPECT_EQ(0, self->w.ret);                      \
		EXPECT_BYTES(text, self->b.data, self->b.size); \
		self->b.size = 0;                               \
	} while (0)

TEST_F(rlp, strings)
{
	static const char lorem[] = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";

	ovpp_rlp_put_bytes(&self->w, "dog", 3);
	EXPECT_RLP("83646f67");
	ovpp_rlp_put_bytes(&self->w, "", 0);
	EXPECT_RLP("80");
	ovpp_rlp_put_bytes(&self->w, "\x7f", 1);
	EXPECT_RLP("7f");
	ovpp_rlp_put_bytes(&self->w, "\x80", 1);
	EXPECT_RLP("8180");
	ovpp_rlp_put_bytes(&self->w, lorem, 55);
	EXPECT_EQ(0xb7, self->b.data[0]);
	self->b.size = 0;
	ovpp_rlp_put_bytes(&self->w, lorem, 56);
	ASSERT_EQ(58, self->b.size);
	EXPECT_EQ(0, memcmp(self->b.data, "\xb8\x38Lorem", 7));
}

TEST_F(rlp, numbers)
{
	struct ovpp_u256 x = ovpp_u256(1024);

	ovpp_rlp_put_uint(&self->w, 0);
	EXPECT_RLP("80");
	ovpp_rlp_put_uint(&self->w, 15);
	EXPECT_RLP("0f");
	ovpp_rlp_put_uint(&self->w, 1024);
	EXPECT_RLP("820400");
	ovpp_rlp_put_u256(&self->w, &x);
	EXPECT_RLP("820400");
}

TEST_F(rlp, lists)
{
	ovpp_rlp_put_bytes(&self->w, "cat", 3);
	ovpp_rlp_put_bytes(&self->w, "dog", 3);
	ovpp_rlp_put_list(&self->w, 0);
	EXPECT_RLP("c88363617483646f67");
	/* [ [], [[]], [ [], [[]] ] ] */
	ovpp_rlp_put_list(&self->w, 0);
	ovpp_rlp_put_list(&self->w, 1);
	ovpp_rlp_put_list(&self->w, 1);
	ovpp_rlp_put_list(&self->w, 3);
	ovpp_rlp_put_list(&self->w, 4);
	ovpp_rlp_put_list(&self->w, 4);
	ovpp_rlp_put_list(&self->w, 3);
	ovpp_rlp_put_list(&self->w, 0);
	EXPECT_RLP("c7c0c1c0c3c0c1c0");
}

TEST_F(rlp, a_long_list_is_read_back)
{
	struct ovpp_rlp r, list;
	size_t size;

	for (int i = 0; i < 300; i++)
		ovpp_rlp_put_bytes(&self->w, "dog", 3);
	ovpp_rlp_put_list(&self->w, 0);
	ASSERT_EQ(0, self->w.ret);
	r = ovpp_rlp(self->b.data, self->b.size);
	EXPECT_TRUE(ovpp_rlp_is_list(&r));
	list = ovpp_rlp_list(&r);
	for (int i = 0; i < 300; i++) {
		const uint8_t *dog = ovpp_rlp_bytes(&list, &size);

		ASSERT_EQ(3, size);
		EXPECT_EQ(0, memcmp(dog, "dog", 3));
	}
	ovpp_rlp_end(&list, &r);
	ovpp_rlp_end(&r, NULL);
	EXPECT_FALSE(r.bad);
}

/* Each of them is not the one encoding of anything. */
TEST(rlp_only_the_one_encoding_is_read)
{
	static const char *const string[] = {
		"",
		"c0",
		"817f",
		"8100",
		"83646f",
		"b837",
		"b80164",
		"b8",
		"b90038",
		"b90000",
		"bfffff",
		"bfffffffffffffffff",
		"bf0000000000000001",
	};
	static const char *const number[] = {"00", "820001",
					     "a10100000000000000000000000000000000000000"
					     "00000000000000000000000000"};

	for (size_t i = 0; i < N(string); i++) {
		struct hex h = unhex(string[i]);
		struct ovpp_rlp r = ovpp_rlp(h.data, h.size);
		size_t size;

		ovpp_rlp_bytes(&r, &size);
		EXPECT_TRUE(r.bad) TH_LOG("%s", string[i]);
		EXPECT_EQ(0, size);
	}
	for (size_t i = 0; i < N(number); i++) {
		struct hex h = unhex(number[i]);
		struct ovpp_rlp r = ovpp_rlp(h.data, h.size);
		struct ovpp_u256 x = ovpp_rlp_u256(&r);

		EXPECT_TRUE(r.bad) TH_LOG("%s", number[i]);
		EXPECT_TRUE(ovpp_u256_is_zero(&x));
	}
}

TEST(rlp_what_follows_is_wrong_and_goes_up)
{
	struct hex h = unhex("c20102");
	struct ovpp_rlp r = ovpp_rlp(h.data, h.size), list = ovpp_rlp_list(&r);

	EXPECT_EQ(1, ovpp_rlp_uint(&list));
	ovpp_rlp_end(&list, &r);
	EXPECT_TRUE(r.bad);
	EXPECT_EQ(0, ovpp_rlp_uint(&r));
}

/* ---- ABI: the examples of Solidity's specification ---- */

FIXTURE(abi)
{
	struct ovpp_buffer b;
};

FIXTURE_SETUP(abi)
{
}

FIXTURE_TEARDOWN(abi)
{
	ovpp_buffer_free(&self->b);
}

#define W(hex) "00000000000000000000000000000000000000000000000000000000000000" hex

#define SAM                                                                                        \
	W("60")                                                                                    \
	W("01")                                                                                    \
	W("a0")                                                                                    \
	W("04")                                                                                    \
	"6461766500000000000000000000000000000000000000000000000000000000" W("03") W("01") W("02") \
		W("03")
#define SAM_TYPE "(bytes,bool,uint256[])"

TEST_F(abi, values_of_fixed_size)
{
	struct ovpp_abi v[] = {ovpp_abi_uint(69), ovpp_abi_uint(1)};

	ASSERT_EQ(0, ovpp_abi_encode_call("baz(uint32,bool)", v, 2, &self->b));
	EXPECT_BYTES("cdcd77c0" W("45") W("01"), self->b.data, self->b.size);
}

TEST_F(abi, bytes_and_arrays)
{
	struct ovpp_abi v[] = {
		ovpp_abi_bytes("dave", 4), ovpp_abi_uint(1), ovpp_abi_array(3),
		ovpp_abi_uint(1),	   ovpp_abi_uint(2), ovpp_abi_uint(3),
	};

	ASSERT_EQ(0, ovpp_abi_encode_call("sam" SAM_TYPE, v, N(v), &self->b));
	EXPECT_BYTES("a5643bf2" SAM, self->b.data, self->b.size);
}

TEST_F(abi, arrays_of_arrays_and_strings)
{
	struct ovpp_abi v[] = {
		ovpp_abi_array(2),	    ovpp_abi_array(2),	      ovpp_abi_uint(1),
		ovpp_abi_uint(2),	    ovpp_abi_array(1),	      ovpp_abi_uint(3),
		ovpp_abi_array(3),	    ovpp_abi_bytes("one", 3), ovpp_abi_bytes("two", 3),
		ovpp_abi_bytes("three", 5),
	};

	ASSERT_EQ(0, ovpp_abi_encode_call("g(uint256[][],string[])", v, N(v), &self->b));
	EXPECT_BYTES(
		"2289b18c" W("40") "000000000000000000000000000000000000000000000000000000000000014"
				   "0" W("02") W("40") W("a0") W("02") W("01") W("02") W("01") W(
					   "03") W("03") W("60") W("a0") W("e0")
					   W("03") "6f6e6500000000000000000000000000000000000000000"
						   "00000000000000000" W(
							   "03") "74776f000000000000000000000000000"
								 "000000000000000000000000000000"
								 "0" W("05") "746872656500000000000"
									     "000000000000000000000"
									     "000000000000000000000"
									     "0",
		self->b.data, self->b.size);
}

/* A tuple of fixed size lies among the heads, another one in the tail. */
TEST_F(abi, tuples)
{
	struct ovpp_abi v[] = {ovpp_abi_uint(1), ovpp_abi_uint(2), ovpp_abi_uint(3),
			       ovpp_abi_bytes("dave", 4), ovpp_abi_uint(4)};
	struct ovpp_abi back[5];
	size_t n = N(back);

	ASSERT_EQ(0, ovpp_abi_encode("((uint8,uint8),(uint8,bytes),uint8)", v, N(v), &self->b));
	EXPECT_BYTES(
		W("01") W("02") W("80") W("04") W("03") W("40")
			W("04") "6461766500000000000000000000000000000000000000000000000000000000",
		self->b.data, self->b.size);
	ASSERT_EQ(0, ovpp_abi_decode("((uint8,uint8),(uint8,bytes),uint8)", self->b.data,
				     self->b.size, back, &n));
	ASSERT_EQ(5, n);
	EXPECT_EQ(4, back[3].size);
	EXPECT_EQ(0, memcmp(back[3].data, "dave", 4));
}

TEST_F(abi, values_come_back)
{
	struct hex h = unhex(SAM);
	struct ovpp_abi v[6];
	size_t n = N(v);
	uint64_t x;

	ASSERT_EQ(0, ovpp_abi_decode(SAM_TYPE, h.data, h.size, v, &n));
	ASSERT_EQ(6, n);
	EXPECT_EQ(0, memcmp(v[0].data, "dave", 4));
	EXPECT_EQ(3, v[2].size);
	EXPECT_EQ(0, ovpp_abi_to_uint(&v[5], &x));
	EXPECT_EQ(3, x);
}

TEST_F(abi, calls_are_told_by_their_selector)
{
	struct ovpp_abi v[] = {ovpp_abi_uint(69), ovpp_abi_uint(1)};
	size_t n = N(v);

	ASSERT_EQ(0, ovpp_abi_encode_call("baz(uint32,bool)", v, 2, &self->b));
	EXPECT_EQ(0, ovpp_abi_decode_call("baz(uint32,bool)", self->b.data, self->b.size, v, &n));
	EXPECT_EQ(-ENOENT,
		  ovpp_abi_decode_call("bar(uint32,bool)", self->b.data, self->b.size, v, &n));
	EXPECT_EQ(-ENOENT, ovpp_abi_decode_call("baz(uint32,bool)", self->b.data, 3, v, &n));
}

/* The example with one thing wrong in each. */
TEST_F(abi, only_the_one_encoding_is_read)
{
	static const struct {
		size_t at;
		uint8_t byte;
		const char *what;
	} wrong[] = {
		{31, 0x80, "a tail elsewhere"},
		{0, 1, "an offset beyond 64 bits"},
		{63, 2, "a bool of 2"},
		{95, 0x60, "two tails in one place"},
		{127, 3, "fewer bytes, and no zeros"},
		{120, 1, "a huge length"},
		{132, 1, "something behind bytes"},
		{191, 4, "an element that is not there"},
		{191, 2, "an element too many"},
		{160, 0x80, "a huge number of elements"},
	};
	struct ovpp_abi v[8];
	size_t n;

	for (size_t i = 0; i < N(wrong); i++) {
		struct hex h = unhex(SAM);

		h.data[wrong[i].at] = wrong[i].byte;
		n = N(v);
		EXPECT_EQ(-EBADMSG, ovpp_abi_decode(SAM_TYPE, h.data, h.size, v, &n))
		TH_LOG("%s", wrong[i].what);
	}
	for (size_t size = 0; size < strlen(SAM) / 2; size++) {
		struct hex h = unhex(SAM);

		n = N(v);
		EXPECT_EQ(-EBADMSG, ovpp_abi_decode(SAM_TYPE, h.data, size, v, &n));
	}
}

TEST_F(abi, more_values_than_there_is_room_for)
{
	struct hex h = unhex(SAM);
	struct ovpp_abi v[5];
	size_t n = N(v);

	EXPECT_EQ(-ENOBUFS, ovpp_abi_decode(SAM_TYPE, h.data, h.size, v, &n));
}

TEST_F(abi, words_are_in_the_range_of_their_type)
{
	static const struct {
		const char *type;
		const char *fits;
		const char * not ;
	} of[] = {
		{"(uint8)", W("ff"),
		 "0000000000000000000000000000000000000000000000000000000000000100"},
		{"(bool)", W("01"), W("02")},
		{"(address)", "000000000000000000000000ffffffffffffffffffffffffffffffffffffffff",
		 "000000000000000000000001ffffffffffffffffffffffffffffffffffffffff"},
		{"(bytes4)", "ffffffff00000000000000000000000000000000000000000000000000000000",
		 "ffffffff80000000000000000000000000000000000000000000000000000000"},
	};
	struct ovpp_abi v;
	size_t n = 1;

	for (size_t i = 0; i < N(of); i++) {
		struct hex fits = unhex(of[i].fits), not = unhex(of[i].not );

		EXPECT_EQ(0, ovpp_abi_decode(of[i].type, fits.data, 32, &v, &n));
		EXPECT_EQ(-EBADMSG, ovpp_abi_decode(of[i].type, not .data, 32, &v, &n));
		v = ovpp_abi_word(not .data);
		EXPECT_EQ(-EINVAL, ovpp_abi_encode(of[i].type, &v, 1, &self->b));
		n = 1;
	}
}

TEST_F(abi, types_that_are_not_known_and_wrong_numbers_of_values)
{
	static const char *const bad[] = {"",
					  "uint256",
					  "(uint7)",
					  "(uint264)",
					  "(int8)",
					  "(bytes33)",
					  "(uint)",
					  "(uint08)",
					  "(uint8[3])",
					  "(fixed)",
					  "(uint8",
					  "uint8)",
					  "(uint8,)",
					  "(()[])",
					  "(bytes0)",
					  "(uint8)x",
					  "((((((((((uint8))))))))))"};
	struct ovpp_abi v[2] = {ovpp_abi_uint(0), ovpp_abi_uint(0)};
	size_t n = N(v);

	for (size_t i = 0; i < N(bad); i++) {
		EXPECT_EQ(-EINVAL, ovpp_abi_encode(bad[i], v, 1, &self->b)) TH_LOG("%s", bad[i]);
		EXPECT_EQ(-EINVAL, ovpp_abi_decode(bad[i], v[0].word, 32, v, &n));
	}
	EXPECT_EQ(-EINVAL, ovpp_abi_encode("(uint8)", v, 2, &self->b));
	EXPECT_EQ(-EINVAL, ovpp_abi_encode("(uint8,uint8)", v, 1, &self->b));
	v[0] = ovpp_abi_array(1000000);
	EXPECT_EQ(-EINVAL, ovpp_abi_encode("(uint8[])", v, 2, &self->b));
	EXPECT_EQ(0, ovpp_abi_encode("()", v, 0, &self->b));
	EXPECT_EQ(0, ovpp_abi_decode("()", NULL, 0, v, &n));
	EXPECT_EQ(0, n);
}

TEST_HARNESS_MAIN
