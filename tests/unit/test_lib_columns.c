// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: records in columns, as the ledger stores them. */
#include <errno.h>
#include <zstd.h>

#include "kselftest_harness.h"

#include "../bench/day.h"
#include "columns.h"
#include "evidence.h"

FIXTURE(columns)
{
	struct ovpp_columns *c;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
	struct ovpp_record back[OVPP_BATCH_RECORDS];
	size_t size;
};

FIXTURE_SETUP(columns)
{
	self->c = ovpp_columns_new();
	ASSERT_NE(NULL, self->c);
	memset(self->rec, 0, sizeof(self->rec));
}

FIXTURE_TEARDOWN(columns)
{
	ovpp_columns_free(self->c);
}

/* Packs @n of the records and unpacks them. 0: they are the same. */
static int round_trip(FIXTURE_DATA(columns) * self, size_t n)
{
	const uint8_t *data;
	uint8_t *copy;
	size_t back;
	int ret = ovpp_columns_pack(self->c, self->rec, n, &data, &self->size);

	if (ret)
		return ret;
	/* A buffer of exactly this size, so that the sanitizer sees every step over. */
	copy = malloc(self->size);
	memcpy(copy, data, self->size);
	memset(self->back, 0x5a, sizeof(self->back));
	ret = ovpp_columns_unpack(self->c, copy, self->size, self->back, &back);
	free(copy);
	if (ret)
		return ret;
	return back != n || memcmp(self->rec, self->back, n * sizeof(*self->rec)) ? -EILSEQ : 0;
}

/* Random bits, the same in every run. */
static uint64_t noise(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	return *x ^= *x << 17;
}

static void fill_day(struct ovpp_record *rec, size_t seconds)
{
	struct day d;

	day_init(&d);
	for (size_t i = 0; i < seconds; i++)
		day_next(&d, rec + i * DAY_RECORDS);
}

TEST_F(columns, a_minute_of_a_site_comes_back_and_takes_less_than_16_bytes_a_record)
{
	const size_t n = 60 * DAY_RECORDS;

	fill_day(self->rec, 60);
	ASSERT_EQ(0, round_trip(self, n));
	EXPECT_LE(self->size, 16 * n);
}

TEST_F(columns, batches_of_any_size_come_back)
{
	fill_day(self->rec, OVPP_BATCH_RECORDS / DAY_RECORDS);
	for (size_t n = 1; n < 64; n++)
		EXPECT_EQ(0, round_trip(self, n));
	EXPECT_EQ(0, round_trip(self, 4095));
	EXPECT_EQ(0, round_trip(self, 4096));
}

TEST_F(columns, an_empty_batch_and_one_that_is_too_large_are_refused)
{
	EXPECT_EQ(-EINVAL, round_trip(self, 0));
	EXPECT_EQ(-EINVAL, round_trip(self, OVPP_BATCH_RECORDS + 1));
}

TEST_F(columns, records_that_are_all_the_same_but_for_seq_take_next_to_nothing)
{
	for (size_t i = 0; i < OVPP_BATCH_RECORDS; i++)
		self->rec[i].seq = 1000 + i;
	ASSERT_EQ(0, round_trip(self, OVPP_BATCH_RECORDS));
	EXPECT_LE(self->size, 64);
}

TEST_F(columns, records_of_pure_noise_come_back)
{
	uint64_t x = 1, *word = (uint64_t *)self->rec;

	for (size_t i = 0; i < sizeof(self->rec) / 8; i++)
		word[i] = noise(&x);
	EXPECT_EQ(0, round_trip(self, OVPP_BATCH_RECORDS));
	/* Few series, so that the noise is in columns. */
	for (size_t i = 0; i < OVPP_BATCH_RECORDS; i++) {
		self->rec[i].type = (uint16_t)(i % 6);
		self->rec[i].der = i % 4;
	}
	EXPECT_EQ(0, round_trip(self, OVPP_BATCH_RECORDS));
	EXPECT_LE(self->size, OVPP_BATCH_RECORDS * (OVPP_LEAF_SIZE + 8));
}

TEST_F(columns, noise_of_any_width_with_outliers_comes_back)
{
	uint64_t x = 1, import = 0;

	for (unsigned int shift = 0; shift < 64; shift++) {
		for (size_t i = 0; i < 300; i++) {
			struct ovpp_record *rec = &self->rec[i];

			*rec = (struct ovpp_record){.seq = i, .type = OVPP_RECORD_SAMPLE};
			rec->sample.p_mw = (int64_t)noise(&x) >> shift;
			rec->sample.q_mvar = (int64_t)noise(&x) >> (i % 50 ? 63 : shift);
			rec->sample.e_import_mwh = import += noise(&x) >> (i % 70 ? 60 : shift);
			rec->sample.i_ma = (int32_t)noise(&x) >> shift / 2;
			rec->sample.supervision = (uint16_t)(noise(&x) >> (48 + shift / 4));
		}
		EXPECT_EQ(0, round_trip(self, 300));
	}
}

TEST_F(columns, numbers_at_the_ends_of_their_range_come_back)
{
	const int64_t ends[] = {INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN, INT64_MIN + 1};

	for (size_t i = 0; i < 490; i++) {
		struct ovpp_sample *s = &self->rec[i].sample;
		int64_t v = ends[i * (1 + i / 70) % 7];

		self->rec[i].type = OVPP_RECORD_SAMPLE;
		self->rec[i].seq = (uint64_t)v;
		self->rec[i].mono_ns = (uint64_t)v;
		self->rec[i].real_ns = ~(uint64_t)v;
		s->p_mw = v;
		s->e_import_mwh = (uint64_t)v;
		s->v_mv = (int32_t)(v >> 32);
		s->i_ma = (int32_t)v;
		s->soc_ppm = (uint32_t)(v >> 32);
		s->flags = (uint16_t)(v >> 48);
	}
	EXPECT_EQ(0, round_trip(self, 490));
	EXPECT_EQ(0, round_trip(self, 2));
	EXPECT_EQ(0, round_trip(self, 7));
}

TEST_F(columns, a_common_divisor_is_taken_out)
{
	size_t size[2];
	uint64_t x = 1;

	for (int times = 0; times < 2; times++) {
		for (size_t i = 0; i < 1000; i++)
			self->rec[i] = (struct ovpp_record){
				.seq = i,
				.type = OVPP_RECORD_SAMPLE,
				.sample.p_mw = (int64_t)(noise(&x) >> 60) * (times ? 1000000 : 1),
			};
		ASSERT_EQ(0, round_trip(self, 1000));
		size[times] = self->size;
	}
	EXPECT_LE(size[1], size[0] + 8);
}

TEST_F(columns, lost_records_cost_a_few_bytes)
{
	size_t whole;

	fill_day(self->rec, 60);
	ASSERT_EQ(0, round_trip(self, 540));
	whole = self->size;
	for (size_t i = 100; i < 540; i++)
		self->rec[i].seq += i < 300 ? 1 : UINT64_C(1) << 40;
	ASSERT_EQ(0, round_trip(self, 540));
	EXPECT_LE(self->size, whole + 20);
}

TEST_F(columns, records_of_one_tick_share_its_time)
{
	uint64_t x = 1;

	for (size_t i = 0; i < 4000; i++)
		self->rec[i] = (struct ovpp_record){
			.seq = i,
			.mono_ns = i % 8 ? self->rec[i - 1].mono_ns
					 : i * 125000000 + (noise(&x) >> 48),
			.real_ns = 77,
			.type = OVPP_RECORD_SAMPLE,
			.der = i % 8,
		};
	for (size_t i = 0; i < 4000; i++)
		self->rec[i].real_ns += self->rec[i].mono_ns;
	ASSERT_EQ(0, round_trip(self, 4000));
	/* Two bytes of noise and a bit of its difference, once a tick. */
	EXPECT_LE(self->size, 500 * 18 / 8 + 200);
}

TEST_F(columns, a_clock_that_is_set_costs_once)
{
	size_t whole;

	fill_day(self->rec, 60);
	ASSERT_EQ(0, round_trip(self, 540));
	whole = self->size;
	for (size_t i = 271; i < 540; i++)
		self->rec[i].real_ns -= UINT64_C(3600123456789);
	ASSERT_EQ(0, round_trip(self, 540));
	EXPECT_LE(self->size, whole + DAY_RECORDS * 16);
}

TEST_F(columns, every_record_may_be_a_series_of_its_own)
{
	for (size_t i = 0; i < OVPP_BATCH_RECORDS; i++)
		self->rec[i] = (struct ovpp_record){
			.seq = i, .type = (uint16_t)(i % 5), .der = (uint32_t)(i / 5) << 20};
	ASSERT_EQ(0, round_trip(self, OVPP_BATCH_RECORDS));
	EXPECT_LE(self->size, 2 * OVPP_BATCH_RECORDS);
}

TEST_F(columns, a_site_of_a_thousand_der_takes_less_than_16_bytes_a_record_as_well)
{
	struct ovpp_record second[DAY_RECORDS];
	struct day d;

	day_init(&d);
	for (size_t i = 0; i < OVPP_BATCH_RECORDS; i++) {
		struct ovpp_record *rec = &self->rec[i];

		if (i % 8 == 0)
			day_next(&d, second);
		*rec = second[i % 8];
		rec->seq = i;
		rec->der = (uint32_t)(i % 1000);
		rec->mono_ns = i * 1000000 + rec->mono_ns % 1000;
		rec->real_ns = rec->mono_ns + 12345;
	}
	ASSERT_EQ(0, round_trip(self, OVPP_BATCH_RECORDS));
	EXPECT_LE(self->size, 16 * OVPP_BATCH_RECORDS);
}

TEST_F(columns, series_may_come_and_go)
{
	uint64_t x = 1;

	for (size_t i = 0; i < OVPP_BATCH_RECORDS; i++)
		self->rec[i] = (struct ovpp_record){
			.seq = i, .type = 1 + noise(&x) % 5, .der = (uint32_t)(noise(&x) % 40)};
	EXPECT_EQ(0, round_trip(self, OVPP_BATCH_RECORDS));
}

/* ---- damage ---- */

static int unpack(FIXTURE_DATA(columns) * self, const uint8_t *data, size_t size)
{
	size_t n;

	return ovpp_columns_unpack(self->c, data, size, self->back, &n);
}

TEST_F(columns, what_is_cut_short_or_too_long_or_of_another_version_is_refused)
{
	const uint8_t *data;
	uint8_t *copy;

	fill_day(self->rec, 20);
	ASSERT_EQ(0, ovpp_columns_pack(self->c, self->rec, 180, &data, &self->size));
	copy = malloc(self->size + 1);
	memcpy(copy, data, self->size);
	copy[self->size] = 0;
	for (size_t size = 0; size < self->size; size++)
		EXPECT_EQ(-EBADMSG, unpack(self, copy, size));
	EXPECT_EQ(0, unpack(self, copy, self->size));
	EXPECT_EQ(-EBADMSG, unpack(self, copy, self->size + 1));
	copy[0]++;
	EXPECT_EQ(-EBADMSG, unpack(self, copy, self->size));
	free(copy);
}

TEST_F(columns, any_bit_that_is_turned_gives_other_records_or_an_error)
{
	const uint8_t *data;
	uint8_t *copy;
	int ret;

	fill_day(self->rec, 10);
	ASSERT_EQ(0, ovpp_columns_pack(self->c, self->rec, 90, &data, &self->size));
	copy = malloc(self->size);
	memcpy(copy, data, self->size);
	for (size_t bit = 0; bit < 8 * self->size; bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ret = unpack(self, copy, self->size);
		EXPECT_TRUE(!ret || ret == -EBADMSG);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	EXPECT_EQ(0, unpack(self, copy, self->size));
	free(copy);
}

/* A frame of these bytes, and bytes of zero bits behind it. */
static int unpack_frame(FIXTURE_DATA(columns) * self, const uint8_t *bytes, size_t size,
			size_t bits)
{
	uint8_t data[1024] = {1};
	size_t frame = ZSTD_compress(data + 1, sizeof(data) - 1, bytes, size, 1);

	return unpack(self, data, 1 + frame + bits);
}

TEST_F(columns, a_frame_that_would_be_larger_than_any_batch_is_refused)
{
	const size_t size = 64 << 20;
	uint8_t *bytes = calloc(1, size), *data = malloc(ZSTD_compressBound(size));

	data[0] = 1;
	EXPECT_EQ(-EBADMSG,
		  unpack(self, data,
			 1 + ZSTD_compress(data + 1, ZSTD_compressBound(size), bytes, size, 1)));
	free(bytes);
	free(data);
}

/* Two records of one series: 2, seq 5, none missing; a new series, then it again. */
#define TWO_RECORDS 2, 5, 1, 1, 0, 0
#define TWO_FIRST 6
#define TWO_CHANGED (TWO_FIRST + OVPP_LEAF_SIZE - 8)
#define TWO_MONO (TWO_CHANGED + 1)
#define TWO_SIZE (TWO_MONO + 3)

TEST_F(columns, numbers_that_cannot_be_are_refused)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = {
		{0, 0},		      /* no records */
		{0, 1},		      /* fewer than seq has */
		{0, 3},		      /* more than there are */
		{2, 2},		      /* a run beyond the end */
		{3, 2},		      /* a series without its first record */
		{3, 3},		      /* a run beyond the end */
		{4, 2},		      /* a series that was left out */
		{5, 1},		      /* a run beyond the end */
		{TWO_CHANGED, 0x01},  /* seq is no column */
		{TWO_CHANGED, 0x08},  /* nor is type */
		{TWO_CHANGED, 0x40},  /* nor is der */
		{TWO_CHANGED, 0x80},  /* a byte too many */
		{TWO_MONO, 3},	      /* order */
		{TWO_MONO, 4},	      /* a divisor that is not there */
		{TWO_MONO, 8},	      /* patches that are not there */
		{TWO_MONO, 16},	      /* no such flag */
		{TWO_MONO + 1, 1},    /* bits that are not there */
		{TWO_MONO + 1, 65},   /* width */
		{TWO_MONO + 2, 0x80}, /* half a number */
	};
	const uint8_t good[TWO_SIZE + 1] = {TWO_RECORDS};
	uint8_t bytes[TWO_SIZE];

	EXPECT_EQ(0, unpack_frame(self, good, TWO_SIZE, 0));
	EXPECT_EQ(6, self->back[1].seq);
	EXPECT_EQ(-EBADMSG, unpack_frame(self, good, TWO_SIZE + 1, 0));
	EXPECT_EQ(-EBADMSG, unpack_frame(self, good, TWO_SIZE, 1));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(bytes, good, TWO_SIZE);
		bytes[bad[i].at] = bad[i].value;
		EXPECT_EQ(-EBADMSG, unpack_frame(self, bytes, TWO_SIZE, 0))
		{
			TH_LOG("byte %zu as %u", bad[i].at, bad[i].value);
		}
	}
}

TEST_F(columns, patches_beyond_the_column_are_refused)
{
	/* A column of one number: count - 1, numbers between, rest. */
	const uint8_t good[TWO_SIZE + 3] = {TWO_RECORDS, [TWO_MONO] = 8, [TWO_SIZE + 2] = 7};
	uint8_t bytes[sizeof(good)];

	EXPECT_EQ(0, unpack_frame(self, good, sizeof(good), 0));
	EXPECT_EQ((uint64_t)-4, self->back[1].mono_ns);
	for (size_t at = TWO_SIZE; at < TWO_SIZE + 2; at++) {
		memcpy(bytes, good, sizeof(good));
		bytes[at] = 1;
		EXPECT_EQ(-EBADMSG, unpack_frame(self, bytes, sizeof(bytes), 0));
	}
	memcpy(bytes, good, sizeof(good));
	bytes[TWO_MONO + 1] = 64;
	EXPECT_EQ(-EBADMSG, unpack_frame(self, bytes, sizeof(bytes), 8));
}

TEST_HARNESS_MAIN
