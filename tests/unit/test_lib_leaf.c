// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: the leaf of a record. */
#include "kselftest_harness.h"

#include "leaf.h"

static const uint16_t types[] = {0,
				 OVPP_RECORD_SAMPLE,
				 OVPP_RECORD_SITE,
				 OVPP_RECORD_EVENT,
				 OVPP_RECORD_DISPATCH,
				 OVPP_RECORD_DISPATCH + 1,
				 0xffff};
#define TYPES (sizeof(types) / sizeof(types[0]))

TEST(leaf_fields_of_every_type_cover_each_byte_once)
{
	for (size_t t = 0; t < TYPES; t++) {
		const struct ovpp_leaf_field *f;
		size_t n, next = 0;

		f = ovpp_leaf_fields(types[t], &n);
		EXPECT_LE(n, OVPP_LEAF_FIELDS_MAX);
		for (size_t i = 0; i < n; i++) {
			EXPECT_EQ(next, f[i].offset);
			EXPECT_EQ(0, f[i].offset % f[i].size);
			next += f[i].size;
		}
		EXPECT_EQ(OVPP_LEAF_SIZE, next);
	}
}

TEST(leaf_is_big_endian_and_signs_are_kept)
{
	struct ovpp_record rec = {.seq = 0x0102030405060708,
				  .type = OVPP_RECORD_SAMPLE,
				  .der = 0xa1a2a3a4,
				  .sample = {.p_mw = -2, .temp_mc = -3, .supervision = 0x1122}};
	uint8_t leaf[OVPP_LEAF_SIZE];

	ovpp_leaf_encode(&rec, leaf);
	EXPECT_EQ(0x01, leaf[0]);
	EXPECT_EQ(0x08, leaf[7]);
	EXPECT_EQ(0, leaf[24]);
	EXPECT_EQ(1, leaf[25]);
	EXPECT_EQ(0xa1, leaf[32]);
	EXPECT_EQ(0xff, leaf[40]);
	EXPECT_EQ(0xfe, leaf[47]);
	EXPECT_EQ(0xff, leaf[92]);
	EXPECT_EQ(0xfd, leaf[95]);
	EXPECT_EQ(0x11, leaf[124]);
	EXPECT_EQ(0x22, leaf[125]);
}

TEST(leaf_of_every_type_comes_back_with_every_bit)
{
	for (size_t t = 0; t < TYPES; t++) {
		uint8_t leaf[OVPP_LEAF_SIZE], again[OVPP_LEAF_SIZE];
		struct ovpp_record rec;

		for (size_t i = 0; i < sizeof(leaf); i++)
			leaf[i] = (uint8_t)(37 * i + 11);
		leaf[24] = (uint8_t)(types[t] >> 8);
		leaf[25] = (uint8_t)types[t];
		ovpp_leaf_decode(leaf, &rec);
		EXPECT_EQ(types[t], rec.type);
		ovpp_leaf_encode(&rec, again);
		EXPECT_EQ(0, memcmp(leaf, again, sizeof(leaf)));
	}
}

TEST(leaf_field_that_is_set_is_got_with_its_sign)
{
	for (size_t t = 0; t < TYPES; t++) {
		const struct ovpp_leaf_field *f;
		struct ovpp_record rec = {0};
		size_t n;

		f = ovpp_leaf_fields(types[t], &n);
		for (size_t i = 0; i < n; i++) {
			uint64_t ones = f[i].size == 8 ? UINT64_MAX
						       : (UINT64_C(1) << 8 * f[i].size) - 1;

			ovpp_leaf_set(&rec, &f[i], -1);
			EXPECT_EQ(f[i].is_signed ? -1 : (int64_t)ones, ovpp_leaf_get(&rec, &f[i]));
			ovpp_leaf_set(&rec, &f[i], 0);
			EXPECT_EQ(0, ovpp_leaf_get(&rec, &f[i]));
		}
	}
}

TEST_HARNESS_MAIN
