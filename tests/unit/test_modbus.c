// SPDX-License-Identifier: GPL-2.0-or-later
/* core/modbus.c: Modbus RTU frames, the way there and the way back. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "core/modbus.h"

#define UNIT 0x11

/* The examples of the application protocol, and what they mean. */
struct example {
	struct ovpp_modbus_request req;
	size_t pdu_len;
	u8 pdu[16];
	size_t answer_len;
	u8 answer[16];
};

static const struct example examples[] = {
	{
		.req = {1, 19, 19, 19, 0, NULL, 0},
		.pdu_len = 5,
		.pdu = {1, 0x00, 0x13, 0x00, 0x13},
		.answer_len = 5,
		.answer = {1, 3, 0xcd, 0x6b, 0x05},
	},
	{
		.req = {2, 196, 22, 196, 0, NULL, 0},
		.pdu_len = 5,
		.pdu = {2, 0x00, 0xc4, 0x00, 0x16},
		.answer_len = 5,
		.answer = {2, 3, 0xac, 0xdb, 0x35},
	},
	{
		.req = {3, 107, 3, 107, 0, NULL, 0},
		.pdu_len = 5,
		.pdu = {3, 0x00, 0x6b, 0x00, 0x03},
		.answer_len = 8,
		.answer = {3, 6, 0x02, 0x2b, 0x00, 0x00, 0x00, 0x64},
	},
	{
		.req = {4, 8, 1, 8, 0, NULL, 0},
		.pdu_len = 5,
		.pdu = {4, 0x00, 0x08, 0x00, 0x01},
		.answer_len = 4,
		.answer = {4, 2, 0x00, 0x0a},
	},
	{
		.req = {5, 172, 1, 172, 1, (const u8[]){1}, 1},
		.pdu_len = 5,
		.pdu = {5, 0x00, 0xac, 0xff, 0x00},
		.answer_len = 5,
		.answer = {5, 0x00, 0xac, 0xff, 0x00},
	},
	{
		.req = {5, 172, 1, 172, 1, (const u8[]){0}, 1},
		.pdu_len = 5,
		.pdu = {5, 0x00, 0xac, 0x00, 0x00},
		.answer_len = 5,
		.answer = {5, 0x00, 0xac, 0x00, 0x00},
	},
	{
		.req = {6, 1, 1, 1, 1, (const u8[]){0x00, 0x03}, 2},
		.pdu_len = 5,
		.pdu = {6, 0x00, 0x01, 0x00, 0x03},
		.answer_len = 5,
		.answer = {6, 0x00, 0x01, 0x00, 0x03},
	},
	{
		.req = {15, 19, 10, 19, 10, (const u8[]){0xcd, 0x01}, 2},
		.pdu_len = 8,
		.pdu = {15, 0x00, 0x13, 0x00, 0x0a, 2, 0xcd, 0x01},
		.answer_len = 5,
		.answer = {15, 0x00, 0x13, 0x00, 0x0a},
	},
	{
		.req = {16, 1, 2, 1, 2, (const u8[]){0x00, 0x0a, 0x01, 0x02}, 4},
		.pdu_len = 10,
		.pdu = {16, 0x00, 0x01, 0x00, 0x02, 4, 0x00, 0x0a, 0x01, 0x02},
		.answer_len = 5,
		.answer = {16, 0x00, 0x01, 0x00, 0x02},
	},
	{
		.req = {22, 4, 1, 4, 1, (const u8[]){0x00, 0xf2, 0x00, 0x25}, 4},
		.pdu_len = 7,
		.pdu = {22, 0x00, 0x04, 0x00, 0xf2, 0x00, 0x25},
		.answer_len = 7,
		.answer = {22, 0x00, 0x04, 0x00, 0xf2, 0x00, 0x25},
	},
	{
		.req = {23, 3, 2, 14, 1, (const u8[]){0x00, 0xff}, 2},
		.pdu_len = 12,
		.pdu = {23, 0x00, 0x03, 0x00, 0x02, 0x00, 0x0e, 0x00, 0x01, 2, 0x00, 0xff},
		.answer_len = 6,
		.answer = {23, 4, 0x00, 0xfe, 0x0a, 0xcd},
	},
};

#define N_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

static bool same(const struct ovpp_modbus_request *a, const struct ovpp_modbus_request *b)
{
	return a->function == b->function && a->address == b->address &&
	       a->quantity == b->quantity && a->write_address == b->write_address &&
	       a->write_quantity == b->write_quantity && a->len == b->len &&
	       (!a->len || !memcmp(a->data, b->data, a->len));
}

static size_t answer_adu(const struct example *x, u8 *adu)
{
	return ovpp_modbus_adu(UNIT, x->answer, x->answer_len, adu);
}

TEST(crc_of_known_frames)
{
	static const u8 digits[] = "123456789";
	static const u8 read[] = {0x01, 0x03, 0x00, 0x00, 0x00, 0x0a, 0xc5, 0xcd};
	static const u8 write[] = {0x11, 0x06, 0x00, 0x01, 0x00, 0x03, 0x9a, 0x9b};
	u8 adu[OVPP_MODBUS_ADU_MAX];

	EXPECT_EQ(0x4b37, ovpp_modbus_crc(digits, 9));
	EXPECT_EQ(0xffff, ovpp_modbus_crc(digits, 0));
	EXPECT_EQ(8, ovpp_modbus_adu(1, read + 1, 5, adu));
	EXPECT_EQ(0, memcmp(adu, read, 8));
	EXPECT_EQ(8, ovpp_modbus_adu(UNIT, write + 1, 5, adu));
	EXPECT_EQ(0, memcmp(adu, write, 8));
}

TEST(silences_are_exact_to_the_nanosecond)
{
	static const struct {
		u32 baud;
		unsigned int bits;
		struct ovpp_modbus_timing t;
	} lines[] = {
		/* 8N1: 10 bits; 8E1: 11; 8N2: 11; 8E2: 12 */
		{1200, 10, {8333334, 12500000, 29166667}},
		{1200, 11, {9166667, 13750000, 32083334}},
		{2400, 11, {4583334, 6875000, 16041667}},
		{4800, 11, {2291667, 3437500, 8020834}},
		{9600, 10, {1041667, 1562500, 3645834}},
		{9600, 11, {1145834, 1718750, 4010417}},
		{9600, 12, {1250000, 1875000, 4375000}},
		{19200, 10, {520834, 781250, 1822917}},
		{19200, 11, {572917, 859375, 2005209}},
		{38400, 10, {260417, 750000, 1750000}},
		{57600, 11, {190973, 750000, 1750000}},
		{115200, 10, {86806, 750000, 1750000}},
		{115200, 11, {95487, 750000, 1750000}},
		{50, 12, {240000000, 360000000, 840000000}},
		{12000000, 7, {584, 750000, 1750000}},
	};
	struct ovpp_modbus_timing t;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ASSERT_EQ(0, ovpp_modbus_timing(&t, lines[i].baud, lines[i].bits));
		EXPECT_EQ(lines[i].t.char_ns, t.char_ns);
		EXPECT_EQ(lines[i].t.t15_ns, t.t15_ns);
		EXPECT_EQ(lines[i].t.t35_ns, t.t35_ns);
	}
	EXPECT_EQ(-EINVAL, ovpp_modbus_timing(&t, 49, 10));
	EXPECT_EQ(-EINVAL, ovpp_modbus_timing(&t, 12000001, 10));
	EXPECT_EQ(-EINVAL, ovpp_modbus_timing(&t, 9600, 6));
	EXPECT_EQ(-EINVAL, ovpp_modbus_timing(&t, 9600, 13));
}

TEST(requests_of_every_function_both_ways)
{
	struct ovpp_modbus_request req;
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	size_t i;

	for (i = 0; i < N_EXAMPLES; i++) {
		const struct example *x = &examples[i];

		ASSERT_EQ((int)x->pdu_len, ovpp_modbus_pdu(&x->req, pdu));
		EXPECT_EQ(0, memcmp(x->pdu, pdu, x->pdu_len));
		ASSERT_EQ(0, ovpp_modbus_parse(x->pdu, x->pdu_len, &req));
		EXPECT_TRUE(same(&x->req, &req));
	}
}

TEST(answers_of_every_function)
{
	size_t i, k;

	for (i = 0; i < N_EXAMPLES; i++) {
		const struct example *x = &examples[i];

		ASSERT_EQ(x->answer_len, ovpp_modbus_answer_len(&x->req));
		EXPECT_EQ(0, ovpp_modbus_is_answer(&x->req, x->answer, x->answer_len));
		/* of that length and no other */
		for (k = 0; k < x->answer_len; k++)
			EXPECT_EQ(-EBADMSG, ovpp_modbus_is_answer(&x->req, x->answer, k));
		EXPECT_EQ(-EBADMSG, ovpp_modbus_is_answer(&x->req, x->answer, k + 1));
		EXPECT_EQ(x->req.function < 5 || x->req.function == 23,
			  ovpp_modbus_reads(x->req.function));
	}
}

TEST(answer_repeats_what_it_has_to)
{
	size_t i, k;

	for (i = 0; i < N_EXAMPLES; i++) {
		const struct example *x = &examples[i];
		/* a read: function and count; a write: all of it */
		size_t repeated = ovpp_modbus_reads(x->req.function) ? 2 : x->answer_len;

		for (k = 0; k < x->answer_len; k++) {
			u8 answer[16];

			memcpy(answer, x->answer, sizeof(answer));
			answer[k] ^= 0x40;
			EXPECT_EQ(k < repeated ? -EBADMSG : 0,
				  ovpp_modbus_is_answer(&x->req, answer, x->answer_len));
		}
	}
}

TEST(exceptions_are_told_by_their_code)
{
	u8 adu[OVPP_MODBUS_ADU_MAX];
	size_t i, len, at, n;
	u8 code;

	for (i = 0; i < N_EXAMPLES; i++) {
		for (code = 1; code < 12; code++) {
			u8 pdu[] = {examples[i].req.function | OVPP_MODBUS_EXCEPTION, code};

			EXPECT_EQ(code, ovpp_modbus_is_answer(&examples[i].req, pdu, 2));
			len = ovpp_modbus_adu(UNIT, pdu, 2, adu);
			EXPECT_EQ(code, ovpp_modbus_find_answer(&examples[i].req, UNIT, adu, len,
								&at, &n));
			EXPECT_EQ(1, at);
			EXPECT_EQ(2, n);
			pdu[0] ^= 1; /* of another function */
			EXPECT_EQ(-EBADMSG, ovpp_modbus_is_answer(&examples[i].req, pdu, 2));
		}
	}
	EXPECT_EQ(-EBADMSG, ovpp_modbus_is_answer(&examples[0].req, (const u8[]){0x81, 0}, 2));
}

TEST(answer_is_found_when_its_last_byte_has_come)
{
	u8 adu[OVPP_MODBUS_ADU_MAX];
	size_t i, k, len, at, n;

	for (i = 0; i < N_EXAMPLES; i++) {
		const struct ovpp_modbus_request *req = &examples[i].req;

		len = answer_adu(&examples[i], adu);
		for (k = 0; k < len; k++)
			EXPECT_EQ(-EAGAIN, ovpp_modbus_find_answer(req, UNIT, adu, k, &at, &n));
		EXPECT_EQ(0, ovpp_modbus_find_answer(req, UNIT, adu, len, &at, &n));
		EXPECT_EQ(1, at);
		EXPECT_EQ(examples[i].answer_len, n);
		EXPECT_EQ(-EAGAIN, ovpp_modbus_find_answer(req, UNIT + 1, adu, len, &at, &n));
	}
}

TEST(answer_with_a_flipped_bit_is_none)
{
	u8 adu[OVPP_MODBUS_ADU_MAX];
	size_t i, bit, len, at, n;

	for (i = 0; i < N_EXAMPLES; i++) {
		len = answer_adu(&examples[i], adu);
		for (bit = 0; bit < 8 * len; bit++) {
			adu[bit / 8] ^= 1 << bit % 8;
			EXPECT_EQ(-EAGAIN, ovpp_modbus_find_answer(&examples[i].req, UNIT, adu, len,
								   &at, &n));
			adu[bit / 8] ^= 1 << bit % 8;
		}
	}
}

TEST(answer_is_found_between_noise)
{
	/* the worst noise: beginnings of answers, of ours and of others' */
	static const u8 noise[] = {0x00, UNIT, 3, 6, 0xff, UNIT, UNIT, 0x83, UNIT, 3};
	u8 buf[2 * OVPP_MODBUS_ADU_MAX];
	size_t i, before, len, at, n;

	for (i = 0; i < N_EXAMPLES; i++) {
		for (before = 0; before <= sizeof(noise); before++) {
			memcpy(buf, noise, before);
			len = before + answer_adu(&examples[i], buf + before);
			memcpy(buf + len, noise, sizeof(noise));
			ASSERT_EQ(0, ovpp_modbus_find_answer(&examples[i].req, UNIT, buf,
							     len + sizeof(noise), &at, &n));
			EXPECT_EQ(before + 1, at);
			EXPECT_EQ(examples[i].answer_len, n);
		}
	}
}

TEST(answer_of_another_length_is_not_ours)
{
	const struct ovpp_modbus_request *req = &examples[2].req; /* 3 registers */
	static const u8 late[] = {3, 4, 0x02, 0x2b, 0x00, 0x00};
	u8 adu[OVPP_MODBUS_ADU_MAX];
	size_t at, n;

	EXPECT_EQ(-EAGAIN,
		  ovpp_modbus_find_answer(req, UNIT, adu,
					  ovpp_modbus_adu(UNIT, late, sizeof(late), adu), &at, &n));
}

TEST(greatest_quantities_are_taken_and_no_more)
{
	static const u8 data[OVPP_MODBUS_PDU_MAX];
	static const struct {
		u8 function;
		u16 read, write;
		u8 len;
		int pdu, answer;
	} most[] = {
		{1, 2000, 0, 0, 5, 252},       {2, 2000, 0, 0, 5, 252},
		{3, 125, 0, 0, 5, 252},	       {4, 125, 0, 0, 5, 252},
		{15, 0, 1968, 246, 252, 5},    {16, 0, 123, 246, 252, 5},
		{23, 125, 121, 242, 252, 252},
	};
	struct ovpp_modbus_request req, back;
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	size_t i;

	for (i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		req = (struct ovpp_modbus_request){
			.function = most[i].function,
			.quantity = most[i].read ?: most[i].write,
			.write_quantity = most[i].write,
			.data = data,
			.len = most[i].len,
		};
		ASSERT_EQ(most[i].pdu, ovpp_modbus_pdu(&req, pdu));
		EXPECT_EQ(0, ovpp_modbus_parse(pdu, most[i].pdu, &back));
		EXPECT_EQ(most[i].answer, (int)ovpp_modbus_answer_len(&req));
		req.quantity++;
		EXPECT_EQ(-EINVAL, ovpp_modbus_pdu(&req, pdu));
		pdu[4]++; /* the lower byte of its quantity, read or written */
		EXPECT_EQ(-EINVAL, ovpp_modbus_parse(pdu, most[i].pdu, &back));
		req.quantity = 0;
		EXPECT_EQ(-EINVAL, ovpp_modbus_pdu(&req, pdu));
		pdu[3] = 0;
		pdu[4] = 0;
		EXPECT_EQ(-EINVAL, ovpp_modbus_parse(pdu, most[i].pdu, &back));
	}
}

TEST(requests_that_cannot_be_made)
{
	static const u8 data[] = {0, 1, 0, 2};
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	const struct ovpp_modbus_request wrong[] = {
		{.function = 7, .quantity = 1},
		{.function = 0x83, .quantity = 1},
		{.function = 3, .quantity = 1, .write_quantity = 1, .data = data, .len = 2},
		{.function = 6, .quantity = 1, .write_quantity = 1, .data = data, .len = 4},
		{.function = 6, .quantity = 2, .write_quantity = 2, .data = data, .len = 4},
		{.function = 16, .quantity = 1, .write_quantity = 2, .data = data, .len = 4},
		{.function = 16, .quantity = 2, .write_quantity = 2, .data = data, .len = 3},
		{.function = 15, .quantity = 9, .write_quantity = 9, .data = data, .len = 1},
		{.function = 22, .quantity = 1, .write_quantity = 1, .data = data, .len = 2},
		{.function = 23, .quantity = 1, .write_quantity = 0},
		{.function = 23, .quantity = 0, .write_quantity = 1, .data = data, .len = 2},
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		EXPECT_EQ(-EINVAL, ovpp_modbus_pdu(&wrong[i], pdu));
	EXPECT_EQ(0, ovpp_modbus_answer_len(&wrong[0]));
}

TEST(pdus_that_are_no_requests)
{
	static const struct {
		int error;
		size_t len;
		u8 pdu[12];
	} wrong[] = {
		{-EINVAL, 0, {0}},
		{-EOPNOTSUPP, 1, {0}},
		{-EOPNOTSUPP, 1, {7}},
		{-EOPNOTSUPP, 5, {24, 0, 0, 0, 1}},
		{-EOPNOTSUPP, 7, {43, 14, 1, 0}},
		{-EOPNOTSUPP, 2, {0x83, 2}},
		{-EINVAL, 5, {5, 0, 0, 0xff, 0x01}},
		{-EINVAL, 5, {5, 0, 0, 0x01, 0x00}},
		{-EINVAL, 8, {16, 0, 0, 0, 2, 2, 0, 0}},
		{-EINVAL, 9, {15, 0, 0, 0, 8, 2, 0, 0}},
		{-EINVAL, 6, {16, 0, 0, 0, 0, 0}},
		{-EINVAL, 12, {23, 0, 0, 0, 1, 0, 0, 0, 2, 2, 0, 0}},
	};
	struct ovpp_modbus_request req;
	u8 pdu[OVPP_MODBUS_PDU_MAX + 1];
	size_t i, k;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		EXPECT_EQ(wrong[i].error, ovpp_modbus_parse(wrong[i].pdu, wrong[i].len, &req));
	for (i = 0; i < N_EXAMPLES; i++) {
		for (k = 1; k < examples[i].pdu_len; k++)
			EXPECT_EQ(-EINVAL, ovpp_modbus_parse(examples[i].pdu, k, &req));
		memcpy(pdu, examples[i].pdu, sizeof(examples[i].pdu));
		EXPECT_EQ(-EINVAL, ovpp_modbus_parse(pdu, examples[i].pdu_len + 1, &req));
	}
	memset(pdu, 0, sizeof(pdu));
	pdu[0] = 16;
	pdu[4] = 124;
	pdu[5] = 248;
	EXPECT_EQ(-EINVAL, ovpp_modbus_parse(pdu, 254, &req));
}

TEST(slave_finds_a_request_in_any_split_and_between_noise)
{
	static const u8 noise[] = {0xff, 0x00, 16, 0, 23, 1, 3, 0};
	u8 buf[2 * OVPP_MODBUS_ADU_MAX];
	size_t i, k, before, len, n;

	for (i = 0; i < N_EXAMPLES; i++) {
		for (before = 0; before <= sizeof(noise); before++) {
			memcpy(buf, noise, before);
			len = ovpp_modbus_adu(UNIT, examples[i].pdu, examples[i].pdu_len,
					      buf + before);
			for (k = 0; k < before + len; k++)
				ASSERT_EQ(-EAGAIN, ovpp_modbus_find_request(buf, k, &n));
			memcpy(buf + k, noise, sizeof(noise));
			ASSERT_EQ((int)before, ovpp_modbus_find_request(buf, k, &n));
			EXPECT_EQ(len, n);
			ASSERT_EQ((int)before,
				  ovpp_modbus_find_request(buf, k + sizeof(noise), &n));
			EXPECT_EQ(len, n);
		}
	}
}

TEST(slave_takes_no_frame_that_is_too_long)
{
	/* a count of 255 would make it 264 bytes */
	u8 buf[300] = {UNIT, 16, 0, 0, 0, 2, 255};
	u16 crc = ovpp_modbus_crc(buf, 262);
	size_t n;

	buf[262] = crc;
	buf[263] = crc >> 8;
	EXPECT_EQ(-EAGAIN, ovpp_modbus_find_request(buf, 264, &n));
}

TEST_HARNESS_MAIN
