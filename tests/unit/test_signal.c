// SPDX-License-Identifier: GPL-2.0-or-later
/* core/signal.c: bits of a frame <-> scaled integers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "core/signal.h"

static struct ovpp_signal plain(u16 start, u8 length, u16 flags)
{
	return (struct ovpp_signal){
		.num = 1,
		.den = 1,
		.raw_min = S64_MIN,
		.raw_max = S64_MAX,
		.start = start,
		.length = length,
		.flags = flags,
	};
}

static int decode(const struct ovpp_signal *sig, u64 raw, s64 *value)
{
	return ovpp_signal_decode(sig, NULL, raw, value);
}

static s64 value_of(const struct ovpp_signal *sig, u64 raw)
{
	s64 value = 0x5a5a5a5a5a5a;

	return decode(sig, raw, &value) ? 0x5a5a5a5a5a5a : value;
}

static u64 raw_of(const struct ovpp_signal *sig, s64 value)
{
	u64 raw = 0;

	return ovpp_signal_encode(sig, NULL, value, &raw) ? 0xdeadbeef : raw;
}

static u32 float_bits(float f)
{
	u32 bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

TEST(little_endian_signal_starts_at_its_least_significant_bit)
{
	static const u8 data[8] = {0x14, 0x02, 0xc0, 0x12, 0xc0, 0x12, 0xc2, 1};
	struct ovpp_signal sig = plain(0, 16, 0);

	EXPECT_EQ(0x0214, ovpp_signal_raw(&sig, data, 8));
	sig = plain(48, 16, 0);
	EXPECT_EQ(0x01c2, ovpp_signal_raw(&sig, data, 8));
	sig = plain(4, 8, 0);
	EXPECT_EQ(0x21, ovpp_signal_raw(&sig, data, 8));
	sig = plain(62, 1, 0);
	EXPECT_EQ(0, ovpp_signal_raw(&sig, data, 8));
}

TEST(big_endian_signal_starts_at_its_most_significant_bit)
{
	static const u8 data[8] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0};
	struct ovpp_signal sig = plain(7, 16, OVPP_SIGNAL_BIG_ENDIAN);

	EXPECT_EQ(0x1234, ovpp_signal_raw(&sig, data, 8));
	sig = plain(3, 12, OVPP_SIGNAL_BIG_ENDIAN);
	EXPECT_EQ(0x234, ovpp_signal_raw(&sig, data, 8));
	sig = plain(13, 9, OVPP_SIGNAL_BIG_ENDIAN);
	EXPECT_EQ(0x34 << 3 | 0x56 >> 5, ovpp_signal_raw(&sig, data, 8) | 0x0);
	sig = plain(7, 64, OVPP_SIGNAL_BIG_ENDIAN);
	EXPECT_EQ(0x123456789abcdef0ULL, ovpp_signal_raw(&sig, data, 8));
}

TEST(signal_of_64_bits_across_nine_bytes_is_read_whole)
{
	u8 data[16] = {0};
	struct ovpp_signal le = plain(5, 64, 0);
	struct ovpp_signal be = plain(1, 64, OVPP_SIGNAL_BIG_ENDIAN);

	ovpp_signal_put(&le, data, 16, 0xfedcba9876543210ULL);
	EXPECT_EQ(0xfedcba9876543210ULL, ovpp_signal_raw(&le, data, 16));
	memset(data, 0xff, sizeof(data));
	ovpp_signal_put(&be, data, 16, 0x0123456789abcdefULL);
	EXPECT_EQ(0x0123456789abcdefULL, ovpp_signal_raw(&be, data, 16));
}

TEST(only_signals_within_the_payload_fit)
{
	struct ovpp_signal sig = plain(56, 8, 0);

	EXPECT_TRUE(ovpp_signal_fits(&sig, 8));
	EXPECT_FALSE(ovpp_signal_fits(&sig, 7));
	sig = plain(57, 8, 0);
	EXPECT_FALSE(ovpp_signal_fits(&sig, 8));
	sig = plain(63, 8, OVPP_SIGNAL_BIG_ENDIAN);
	EXPECT_TRUE(ovpp_signal_fits(&sig, 8));
	sig = plain(62, 8, OVPP_SIGNAL_BIG_ENDIAN);
	EXPECT_FALSE(ovpp_signal_fits(&sig, 8));
	sig = plain(0, 0, 0);
	EXPECT_FALSE(ovpp_signal_fits(&sig, 8));
	sig = plain(0, 65, 0);
	EXPECT_FALSE(ovpp_signal_fits(&sig, 64));
	sig = plain(65535, 64, 0);
	EXPECT_FALSE(ovpp_signal_fits(&sig, 64));
}

TEST(signal_beyond_the_payload_is_neither_read_nor_written)
{
	u8 *data = malloc(4);
	struct ovpp_signal sig = plain(24, 16, 0);

	memset(data, 0xff, 4);
	EXPECT_EQ(0, ovpp_signal_raw(&sig, data, 4));
	ovpp_signal_put(&sig, data, 4, 0);
	EXPECT_EQ(0xff, data[3]);
	free(data);
}

TEST(put_leaves_all_other_bits)
{
	unsigned int start, length, bit;

	for (start = 0; start < 64; start++) {
		for (length = 1; length <= 64; length++) {
			struct ovpp_signal sig =
				plain(start, length, start & 1 ? OVPP_SIGNAL_BIG_ENDIAN : 0);
			u8 ones[8], zeros[8] = {0};
			unsigned int changed = 0;

			if (!ovpp_signal_fits(&sig, 8))
				continue;
			memset(ones, 0xff, 8);
			ovpp_signal_put(&sig, ones, 8, 0);
			ovpp_signal_put(&sig, zeros, 8, U64_MAX);
			for (bit = 0; bit < 64; bit++) {
				bool was_ones = ones[bit / 8] >> bit % 8 & 1;
				bool was_zeros = zeros[bit / 8] >> bit % 8 & 1;

				ASSERT_NE(was_ones, was_zeros);
				changed += was_zeros;
			}
			ASSERT_EQ(length, changed);
		}
	}
}

TEST(signed_raw_values_keep_their_sign)
{
	struct ovpp_signal sig = plain(0, 12, OVPP_SIGNAL_SIGNED);

	EXPECT_EQ(-1, value_of(&sig, 0xfff));
	EXPECT_EQ(-2048, value_of(&sig, 0x800));
	EXPECT_EQ(2047, value_of(&sig, 0x7ff));
	sig = plain(0, 64, OVPP_SIGNAL_SIGNED);
	EXPECT_EQ(S64_MIN, value_of(&sig, 1ULL << 63));
	EXPECT_EQ(-1, value_of(&sig, U64_MAX));
	sig = plain(0, 1, OVPP_SIGNAL_SIGNED);
	EXPECT_EQ(-1, value_of(&sig, 1));
}

TEST(scaling_rounds_half_away_from_zero)
{
	struct ovpp_signal sig = plain(0, 16, OVPP_SIGNAL_SIGNED);

	sig.den = 2;
	EXPECT_EQ(1, value_of(&sig, 1));
	EXPECT_EQ(-1, value_of(&sig, 0xffff));
	EXPECT_EQ(2, value_of(&sig, 3));
	sig.num = 10;
	sig.den = 4;
	sig.offset = -100;
	EXPECT_EQ(-97, value_of(&sig, 1));
	EXPECT_EQ(-103, value_of(&sig, 0xffff));
	sig.num = -1;
	sig.den = 1;
	sig.offset = 0;
	EXPECT_EQ(-7, value_of(&sig, 7));
}

TEST(scaling_is_exact_where_the_product_needs_128_bits)
{
	struct ovpp_signal sig = plain(0, 64, OVPP_SIGNAL_SIGNED);

	sig.num = 4000000000LL;
	sig.den = 4000000000U;
	EXPECT_EQ(S64_MAX, value_of(&sig, S64_MAX));
	EXPECT_EQ(S64_MIN, value_of(&sig, 1ULL << 63));
	sig.num = 3;
	sig.den = 4;
	EXPECT_EQ(6917529027641081855LL, value_of(&sig, S64_MAX));
}

TEST(value_that_does_not_fit_is_refused)
{
	struct ovpp_signal sig = plain(0, 64, OVPP_SIGNAL_SIGNED);
	s64 value;

	sig.num = 2;
	EXPECT_EQ(-ERANGE, decode(&sig, S64_MAX, &value));
	sig.num = 1;
	sig.offset = 1;
	EXPECT_EQ(-ERANGE, decode(&sig, S64_MAX, &value));
	sig.offset = 0;
	sig.num = -1;
	EXPECT_EQ(-ERANGE, decode(&sig, 1ULL << 63, &value));
}

TEST(unsigned_raw_beyond_s64_is_no_value)
{
	struct ovpp_signal sig = plain(0, 64, 0);
	s64 value;

	EXPECT_EQ(-ENODATA, decode(&sig, 1ULL << 63, &value));
	EXPECT_EQ(S64_MAX, value_of(&sig, S64_MAX));
}

/* J1939: the top values of a byte or word say "error" and "not available". */
TEST(j1939_not_available_is_no_value)
{
	struct ovpp_signal byte = plain(0, 8, 0), word = plain(0, 16, 0);
	s64 value;

	byte.raw_max = 0xfa;
	byte.num = 4000;
	byte.den = 10;
	EXPECT_EQ(100000, value_of(&byte, 0xfa));
	EXPECT_EQ(-ENODATA, decode(&byte, 0xfe, &value));
	EXPECT_EQ(-ENODATA, decode(&byte, 0xff, &value));
	word.raw_max = 0xfaff;
	EXPECT_EQ(0xfaff, value_of(&word, 0xfaff));
	EXPECT_EQ(-ENODATA, decode(&word, 0xfe00, &value));
}

TEST(map_gives_its_values_and_nothing_else)
{
	static const struct ovpp_map maps[] = {
		{9, 9},
		{0, OVPP_DER_STATE_OFF},
		{5, OVPP_DER_STATE_RUNNING},
	};
	struct ovpp_signal sig = plain(0, 8, OVPP_SIGNAL_MAP);
	s64 value;
	u64 raw;

	sig.map = 1;
	sig.maps = 2;
	EXPECT_EQ(0, ovpp_signal_decode(&sig, maps, 5, &value));
	EXPECT_EQ(OVPP_DER_STATE_RUNNING, value);
	EXPECT_EQ(-ENODATA, ovpp_signal_decode(&sig, maps, 9, &value));
	EXPECT_EQ(0, ovpp_signal_encode(&sig, maps, OVPP_DER_STATE_OFF, &raw));
	EXPECT_EQ(0, raw);
	EXPECT_EQ(-ENODATA, ovpp_signal_encode(&sig, maps, 9, &raw));
}

TEST(status_pair_is_active_at_01_only)
{
	struct ovpp_signal sig = plain(0, 8, OVPP_SIGNAL_PAIRS);

	EXPECT_EQ(0x0, value_of(&sig, 0xaa)); /* all inactive */
	EXPECT_EQ(0x0, value_of(&sig, 0x00)); /* not supported */
	EXPECT_EQ(0x0, value_of(&sig, 0xff)); /* not available */
	EXPECT_EQ(0xf, value_of(&sig, 0x55));
	EXPECT_EQ(0x2, value_of(&sig, 0xa6)); /* 10 10 01 10 */
	EXPECT_EQ(0x41, raw_of(&sig, 0x9));
	sig.length = 64;
	EXPECT_EQ(0xffffffff, value_of(&sig, 0x5555555555555555ULL));
}

TEST(float_is_converted_exactly_without_floating_point)
{
	static const float probes[] = {
		0.0f,
		-0.0f,
		1.0f,
		-1.0f,
		0.5f,
		-0.5f,
		0.4999999f,
		1.5f,
		2.5f,
		230.1f,
		49.98f,
		-1234.5678f,
		1e-30f,
		1e-45f,
		16777216.0f,
		8e9f,
		9.2e18f,
		-9.2e18f,
		1.17549435e-38f,
		3.1415927f,
	};
	struct ovpp_signal sig = plain(0, 32, OVPP_SIGNAL_FLOAT);
	size_t i;

	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		EXPECT_EQ(llround((double)probes[i]), value_of(&sig, float_bits(probes[i])))
	TH_LOG("%.9g", (double)probes[i]);
	sig.num = 1000;
	EXPECT_EQ(230100, value_of(&sig, float_bits(230.1f)));
	EXPECT_EQ(49980, value_of(&sig, float_bits(49.98f)));
	EXPECT_EQ(-1234568, value_of(&sig, float_bits(-1234.5678f)));
	sig.num = 1LL << 62;
	EXPECT_EQ(1LL << 42, value_of(&sig, float_bits(ldexpf(1, -20))));
	sig.den = 3;
	EXPECT_EQ(1537228672809129301LL, value_of(&sig, float_bits(1)));
}

TEST(nan_infinity_and_huge_floats_are_no_values)
{
	struct ovpp_signal sig = plain(0, 32, OVPP_SIGNAL_FLOAT);
	s64 value;

	EXPECT_EQ(-ENODATA, decode(&sig, float_bits(NAN), &value));
	EXPECT_EQ(-ENODATA, decode(&sig, float_bits(INFINITY), &value));
	EXPECT_EQ(-ENODATA, decode(&sig, float_bits(-INFINITY), &value));
	EXPECT_EQ(-ENODATA, decode(&sig, float_bits(9.3e18f), &value));
	EXPECT_EQ(-ENODATA, decode(&sig, 0xffc00000, &value));
	sig.raw_max = 100;
	EXPECT_EQ(-ENODATA, decode(&sig, float_bits(100.6f), &value));
	EXPECT_EQ(100, value_of(&sig, float_bits(100.4f)));
}

TEST(float_commands_are_the_nearest_float)
{
	static const s64 probes[] = {
		0,	1,	  -1,	     3,	      1000,    230100,
		-49980, 16777217, 123456789, S64_MAX, S64_MIN, -987654321012345LL,
	};
	struct ovpp_signal sig = plain(0, 32, OVPP_SIGNAL_FLOAT);
	size_t i;

	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		sig.num = 1;
		EXPECT_EQ(float_bits((float)probes[i]), raw_of(&sig, probes[i]))
		TH_LOG("%lld", (long long)probes[i]);
		sig.num = 1000;
		EXPECT_EQ(float_bits((float)((long double)probes[i] / 1000)),
			  raw_of(&sig, probes[i]))
		TH_LOG("%lld / 1000", (long long)probes[i]);
	}
	sig.num = 1;
	sig.raw_max = 10;
	EXPECT_EQ(float_bits(10), raw_of(&sig, 11));
}

TEST(command_is_held_at_what_its_signal_can_carry)
{
	struct ovpp_signal sig = plain(0, 8, 0);

	EXPECT_EQ(255, raw_of(&sig, 256));
	EXPECT_EQ(0, raw_of(&sig, -1));
	sig.raw_max = 250;
	EXPECT_EQ(250, raw_of(&sig, S64_MAX));
	sig = plain(0, 16, OVPP_SIGNAL_SIGNED);
	EXPECT_EQ(0x7fff, raw_of(&sig, 40000));
	EXPECT_EQ(0x8000, raw_of(&sig, -40000) & 0xffff);
	sig.num = 100; /* 0.1 W */
	EXPECT_EQ(123, raw_of(&sig, 12345));
	EXPECT_EQ(124, raw_of(&sig, 12350));
	EXPECT_EQ((u64)-124, raw_of(&sig, -12350));
	sig.num = -100;
	EXPECT_EQ((u64)-124, raw_of(&sig, 12350));
	sig = plain(0, 64, 0);
	sig.den = 4000000000U;
	EXPECT_EQ(S64_MAX, raw_of(&sig, S64_MAX));
	sig.offset = S64_MAX;
	EXPECT_EQ(0, raw_of(&sig, S64_MIN));
}

TEST(swapped_registers_come_least_significant_first)
{
	static const u8 data[8] = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0};
	struct ovpp_signal sig = plain(7, 32, OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SWAPPED);
	u8 out[8] = {0};

	EXPECT_EQ(0x56781234, ovpp_signal_raw(&sig, data, 8));
	sig.start = 23;
	EXPECT_EQ(0x9abc5678, ovpp_signal_raw(&sig, data, 8));
	sig = plain(7, 64, OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SWAPPED);
	EXPECT_EQ(0xdef09abc56781234ULL, ovpp_signal_raw(&sig, data, 8));
	ovpp_signal_put(&sig, out, 8, 0xdef09abc56781234ULL);
	EXPECT_EQ(0, memcmp(out, data, 8));
	/* bytes of a register the other way round, high register first */
	sig = plain(0, 32, OVPP_SIGNAL_SWAPPED);
	EXPECT_EQ(0x34127856, ovpp_signal_raw(&sig, data, 8));
}

TEST(last_bits_of_125_registers_are_read_and_written)
{
	struct ovpp_signal sig = plain(8 * 246 + 7, 32, OVPP_SIGNAL_BIG_ENDIAN);
	u8 data[250] = {0};

	ASSERT_TRUE(ovpp_signal_fits(&sig, 250));
	EXPECT_FALSE(ovpp_signal_fits(&sig, 249));
	ovpp_signal_put(&sig, data, 250, 0x12345678);
	EXPECT_EQ(0, memcmp(data + 246, "\x12\x34\x56\x78", 4));
	EXPECT_EQ(0x12345678, ovpp_signal_raw(&sig, data, 250));
	sig = plain(1999, 1, 0);
	ASSERT_TRUE(ovpp_signal_fits(&sig, 250));
	ovpp_signal_put(&sig, data, 250, 1);
	EXPECT_EQ(0xf8, data[249]);
}

/* A value of 16 bits, then its power of ten. */
static struct ovpp_signal scaled(u16 flags)
{
	struct ovpp_signal sig = plain(7, 16, OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SCALED | flags);

	sig.scale_start = 23;
	return sig;
}

static int read_scaled(const struct ovpp_signal *sig, const char *data, s64 *value)
{
	return ovpp_signal_read(sig, NULL, (const u8 *)data, 4, value);
}

static s64 scaled_value(const struct ovpp_signal *sig, const char *data)
{
	s64 value;

	return read_scaled(sig, data, &value) ? 0x5a5a5a5a5a5a : value;
}

TEST(power_of_ten_comes_from_the_payload)
{
	struct ovpp_signal sig = scaled(OVPP_SIGNAL_SIGNED);

	EXPECT_EQ(1234, scaled_value(&sig, "\x04\xd2\x00\x00"));
	EXPECT_EQ(1234000, scaled_value(&sig, "\x04\xd2\x00\x03"));
	EXPECT_EQ(12, scaled_value(&sig, "\x04\xd2\xff\xfe"));
	EXPECT_EQ(327670000000000LL, scaled_value(&sig, "\x7f\xff\x00\x0a"));
	sig.num = -1000;
	sig.offset = 7;
	EXPECT_EQ(-123400 + 7, scaled_value(&sig, "\x04\xd2\xff\xff"));
	EXPECT_EQ(123400 + 7, scaled_value(&sig, "\xfb\x2e\xff\xff"));
	sig.num = 10;
	sig.den = 4;
	sig.offset = 0;
	EXPECT_EQ(30850, scaled_value(&sig, "\x04\xd2\x00\x01"));
}

TEST(scaled_values_are_rounded_once_half_away_from_zero)
{
	struct ovpp_signal sig = scaled(OVPP_SIGNAL_SIGNED);

	EXPECT_EQ(1, scaled_value(&sig, "\x00\x05\xff\xff"));
	EXPECT_EQ(0, scaled_value(&sig, "\x00\x04\xff\xff"));
	EXPECT_EQ(-1, scaled_value(&sig, "\xff\xfb\xff\xff"));
	/* 0.45 x 1.2: rounded in between it would be 0 */
	sig.num = 6;
	sig.den = 5;
	EXPECT_EQ(1, scaled_value(&sig, "\x00\x2d\xff\xfe"));
}

TEST(power_of_ten_that_is_not_known_or_absurd_is_no_value)
{
	struct ovpp_signal sig = scaled(0);
	s64 value;

	EXPECT_EQ(-ENODATA, read_scaled(&sig, "\x00\x01\x80\x00", &value));
	EXPECT_EQ(-ENODATA, read_scaled(&sig, "\x00\x01\x00\x0b", &value));
	EXPECT_EQ(-ENODATA, read_scaled(&sig, "\x00\x01\xff\xf5", &value));
	EXPECT_EQ(0, read_scaled(&sig, "\x00\x01\xff\xf6", &value));
	EXPECT_EQ(0, value);
	sig.raw_max = 0xfffe;
	EXPECT_EQ(-ENODATA, read_scaled(&sig, "\xff\xff\x00\x00", &value));
	sig.scale_start = 39;
	EXPECT_EQ(-ENODATA, read_scaled(&sig, "\x00\x01\x00\x00", &value));
}

TEST(scale_that_overflows_with_its_power_is_refused)
{
	struct ovpp_signal sig = scaled(0);
	s64 value;

	sig.num = S64_MAX;
	EXPECT_EQ(-ERANGE, read_scaled(&sig, "\x00\x01\x00\x01", &value));
	EXPECT_EQ(0, read_scaled(&sig, "\x00\x01\x00\x00", &value));
	EXPECT_EQ(922337204, scaled_value(&sig, "\x00\x01\xff\xf6"));
	sig.num = 1;
	sig.den = 4000000000U;
	EXPECT_EQ(-ERANGE, read_scaled(&sig, "\x00\x01\xff\xf6", &value));
	sig.den = 1;
	sig.num = 1000000000LL;
	EXPECT_EQ(-ERANGE, read_scaled(&sig, "\xff\xff\x00\x0a", &value));
}

TEST(value_is_written_with_the_power_of_ten_that_is_there)
{
	struct ovpp_signal sig = scaled(OVPP_SIGNAL_SIGNED);
	u8 data[4] = {0, 0, 0xff, 0xff};

	sig.num = 1000;
	EXPECT_EQ(0, ovpp_signal_write(&sig, NULL, 123400, data, 4));
	EXPECT_EQ(0, memcmp(data, "\x04\xd2\xff\xff", 4));
	data[3] = 0xfe;
	EXPECT_EQ(0, ovpp_signal_write(&sig, NULL, -123400, data, 4));
	EXPECT_EQ(0, memcmp(data, "\xcf\xcc\xff\xfe", 4));
	data[2] = 0;
	data[3] = 3;
	EXPECT_EQ(0, ovpp_signal_write(&sig, NULL, 2500000, data, 4));
	EXPECT_EQ(0, memcmp(data, "\x00\x03\x00\x03", 4));
	EXPECT_EQ(0, ovpp_signal_write(&sig, NULL, S64_MAX, data, 4));
	EXPECT_EQ(0, memcmp(data, "\x7f\xff\x00\x03", 4));
	data[2] = 0x80;
	data[3] = 0;
	EXPECT_EQ(-ENODATA, ovpp_signal_write(&sig, NULL, 0, data, 4));
	EXPECT_EQ(0, memcmp(data, "\x7f\xff\x80\x00", 4));
}

TEST(what_was_read_is_written_as_it_was)
{
	unsigned int i;

	srand48(11);
	for (i = 0; i < 20000; i++) {
		struct ovpp_signal sig = scaled(lrand48() & OVPP_SIGNAL_SIGNED);
		s16 power = lrand48() % 11;
		u8 data[4] = {lrand48(), lrand48(), 0, power}, copy[4];
		s64 value;

		sig.num = 1 + lrand48() % 100000;
		sig.den = 1 + lrand48() % sig.num;
		memcpy(copy, data, 4);
		if (ovpp_signal_read(&sig, NULL, data, 4, &value))
			continue;
		ASSERT_EQ(0, ovpp_signal_write(&sig, NULL, value, copy, 4));
		ASSERT_EQ(0, memcmp(copy, data, 4));
	}
}

/* What a signal can carry comes back as it went. */
TEST(encode_and_decode_are_inverse)
{
	unsigned int i;

	srand48(7);
	for (i = 0; i < 20000; i++) {
		struct ovpp_signal sig =
			plain(0, 1 + lrand48() % 63, lrand48() & OVPP_SIGNAL_SIGNED);
		u64 mask = (1ULL << sig.length) - 1;
		u64 raw = ((u64)mrand48() << 32 ^ (u64)lrand48()) & mask;
		s64 value;
		u64 back;

		sig.num = 1 + lrand48() % 100000;
		sig.den = 1 + lrand48() % sig.num; /* no two raws share a value */
		sig.offset = mrand48();
		if (decode(&sig, raw, &value))
			continue;
		ASSERT_EQ(0, ovpp_signal_encode(&sig, NULL, value, &back));
		ASSERT_EQ(raw, back & mask);
	}
}

TEST_HARNESS_MAIN
