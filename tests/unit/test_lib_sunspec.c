// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: SunSpec maps, and dumps of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "sunspec_dump.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define SUNS 0x5375, 0x6e53
#define ABSENT "-"

/* ---- a log of what a visitor is told: "{Crv0 V=1.5 }Crv" ---- */

struct log {
	char text[4096];
	size_t len;
	size_t stop; /* after so many points; 0: never */
};

static void say(struct log *log, const char *a, const char *b, const char *c)
{
	size_t room = sizeof(log->text) - log->len;
	int n = snprintf(log->text + log->len, room, "%s%s%s%s", log->len ? " " : "", a, b, c);

	log->len += (size_t)n < room ? (size_t)n : room - 1;
}

static int log_point(void *ctx, const struct ovpp_sunspec_value *v)
{
	char text[OVPP_SUNSPEC_TEXT], raw[OVPP_SUNSPEC_TEXT];
	struct log *log = ctx;

	if (v->state == OVPP_SUNSPEC_UNSCALED) {
		ovpp_sunspec_format_raw(v, raw);
		say(log, v->point->name, "=raw:", raw);
	} else {
		say(log, v->point->name, "=",
		    ovpp_sunspec_format(v, text) == -ENODATA ? ABSENT : text);
	}
	return log->stop && !--log->stop ? -ECANCELED : 0;
}

static int log_enter(void *ctx, const struct ovpp_sunspec_group *group, size_t index)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", index);
	say(ctx, "{", group->name, number);
	return 0;
}

static int log_leave(void *ctx, const struct ovpp_sunspec_group *group)
{
	say(ctx, "}", group->name, "");
	return 0;
}

/* The log of a model's registers; without ID and L. */
static int visit(struct log *log, const struct ovpp_sunspec_model *model, const uint16_t *reg,
		 size_t n, size_t *used)
{
	const struct ovpp_sunspec_visitor visitor = {log_point, log_enter, log_leave, log};
	uint16_t *all = calloc(n + 2, sizeof(*all));
	struct ovpp_sunspec_block block = {
		.id = model->id,
		.length = (uint16_t)n,
		.reg = all,
		.n = n + 2,
		.complete = true,
		.model = model,
	};
	int ret;

	if (n)
		memcpy(all + 2, reg, n * sizeof(*reg));
	ret = ovpp_sunspec_decode(&block, &visitor, used);
	free(all);
	return ret;
}

#define EXPECT_LOG(want, model, ...)                                          \
	do {                                                                  \
		static const uint16_t regs_[] = {__VA_ARGS__};                \
		struct log log_ = {0};                                        \
		size_t used_;                                                 \
		EXPECT_EQ(0, visit(&log_, (model), regs_, N(regs_), &used_)); \
		EXPECT_STREQ((want), log_.text);                              \
	} while (0)

/* ---- types ---- */

/* A model of one point, and its exponent behind it. */
static const char *one(enum ovpp_sunspec_type type, uint8_t size, bool scaled, const uint16_t *reg,
		       size_t n)
{
	const struct ovpp_sunspec_point points[] = {
		{"x", NULL, scaled ? "SF" : NULL, NULL, (uint8_t)type, size, 2},
		{"SF", NULL, NULL, NULL, OVPP_SUNSPEC_SUNSSF, 1, (uint16_t)(2 + size)},
	};
	const struct ovpp_sunspec_model model = {1, {.name = "m", .point = points, .n_points = 1}};
	const struct ovpp_sunspec_model with = {1, {.name = "m", .point = points, .n_points = 2}};
	static struct log log;
	size_t used;

	log = (struct log){.stop = 1};
	visit(&log, scaled ? &with : &model, reg, n, &used);
	return log.text + (log.len ? strlen("x=") : 0);
}

#define ONE(type, size, ...) \
	one(OVPP_SUNSPEC_##type, size, false, (const uint16_t[]){__VA_ARGS__}, size)
#define SCALED(type, size, ...) \
	one(OVPP_SUNSPEC_##type, size, true, (const uint16_t[]){__VA_ARGS__}, (size) + 1)

TEST(integers)
{
	EXPECT_STREQ("-2", ONE(INT16, 1, 0xfffe));
	EXPECT_STREQ("65534", ONE(UINT16, 1, 0xfffe));
	EXPECT_STREQ("32768", ONE(UINT16, 1, 0x8000));
	EXPECT_STREQ("65535", ONE(ACC16, 1, 0xffff));
	EXPECT_STREQ("4", ONE(ENUM16, 1, 4));
	EXPECT_STREQ("5", ONE(BITFIELD16, 1, 5));
	EXPECT_STREQ("-10", ONE(SUNSSF, 1, 0xfff6));
	EXPECT_STREQ("7", ONE(PAD, 1, 7));
	EXPECT_STREQ("-65536", ONE(INT32, 2, 0xffff, 0));
	EXPECT_STREQ("4294901760", ONE(UINT32, 2, 0xffff, 0));
	EXPECT_STREQ("65536", ONE(ACC32, 2, 1, 0));
	EXPECT_STREQ("65537", ONE(ENUM32, 2, 1, 1));
	EXPECT_STREQ("2147483648", ONE(BITFIELD32, 2, 0x8000, 0));
	EXPECT_STREQ("-1", ONE(INT64, 4, 0xffff, 0xffff, 0xffff, 0xffff));
	EXPECT_STREQ("18446744073709551614", ONE(UINT64, 4, 0xffff, 0xffff, 0xffff, 0xfffe));
	EXPECT_STREQ("9223372036854775808", ONE(ACC64, 4, 0x8000, 0, 0, 0));
	EXPECT_STREQ("0", ONE(INT16, 1, 0));
	EXPECT_STREQ("0", ONE(UINT32, 2, 0, 0));
}

TEST(integers_that_are_not_implemented_are_absent)
{
	EXPECT_STREQ(ABSENT, ONE(INT16, 1, 0x8000));
	EXPECT_STREQ(ABSENT, ONE(UINT16, 1, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(ACC16, 1, 0));
	EXPECT_STREQ(ABSENT, ONE(ENUM16, 1, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(BITFIELD16, 1, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(SUNSSF, 1, 0x8000));
	EXPECT_STREQ(ABSENT, ONE(PAD, 1, 0x8000));
	EXPECT_STREQ(ABSENT, ONE(INT32, 2, 0x8000, 0));
	EXPECT_STREQ(ABSENT, ONE(UINT32, 2, 0xffff, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(ACC32, 2, 0, 0));
	EXPECT_STREQ(ABSENT, ONE(ENUM32, 2, 0xffff, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(BITFIELD32, 2, 0xffff, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(INT64, 4, 0x8000, 0, 0, 0));
	EXPECT_STREQ(ABSENT, ONE(UINT64, 4, 0xffff, 0xffff, 0xffff, 0xffff));
	EXPECT_STREQ(ABSENT, ONE(ACC64, 4, 0, 0, 0, 0));
}

TEST(floats)
{
	EXPECT_STREQ("230.1", ONE(FLOAT32, 2, 0x4366, 0x199a));
	EXPECT_STREQ("-0.5", ONE(FLOAT32, 2, 0xbf00, 0));
	EXPECT_STREQ("0", ONE(FLOAT32, 2, 0, 0));
	EXPECT_STREQ("16777215", ONE(FLOAT32, 2, 0x4b7f, 0xffff));
	EXPECT_STREQ("inf", ONE(FLOAT32, 2, 0x7f80, 0));
	EXPECT_STREQ(ABSENT, ONE(FLOAT32, 2, 0x7fc0, 0));
	EXPECT_STREQ(ABSENT, ONE(FLOAT32, 2, 0xffff, 0xffff));
	EXPECT_STREQ("0.1", ONE(FLOAT64, 4, 0x3fb9, 0x9999, 0x9999, 0x999a));
	EXPECT_STREQ(ABSENT, ONE(FLOAT64, 4, 0x7ff8, 0, 0, 0));
}

TEST(texts)
{
	EXPECT_STREQ("ABC", ONE(STRING, 4, 0x4142, 0x4300, 0, 0));
	EXPECT_STREQ("ABCD", ONE(STRING, 2, 0x4142, 0x4344));
	EXPECT_STREQ("A ?", ONE(STRING, 2, 0x4120, 0x1b00));
	EXPECT_STREQ("A", ONE(STRING, 2, 0x4100, 0x4200));
	EXPECT_STREQ(ABSENT, ONE(STRING, 2, 0, 0));
	EXPECT_STREQ("192.168.0.1", ONE(IPADDR, 2, 0xc0a8, 1));
	EXPECT_STREQ(ABSENT, ONE(IPADDR, 2, 0, 0));
	EXPECT_STREQ("fe80:0:0:0:0:0:0:1", ONE(IPV6ADDR, 8, 0xfe80, 0, 0, 0, 0, 0, 0, 1));
	EXPECT_STREQ(ABSENT, ONE(IPV6ADDR, 8, 0, 0, 0, 0, 0, 0, 0, 0));
	EXPECT_STREQ("00:1B:C5:01:02:FF", ONE(EUI48, 4, 0, 0x001b, 0xc501, 0x02ff));
	EXPECT_STREQ(ABSENT, ONE(EUI48, 4, 0xffff, 0xffff, 0xffff, 0xffff));
}

TEST(scale_factors_are_exact)
{
	EXPECT_STREQ("12345", SCALED(UINT16, 1, 12345, 0));
	EXPECT_STREQ("123.45", SCALED(UINT16, 1, 12345, 0xfffe));
	EXPECT_STREQ("123.4", SCALED(UINT16, 1, 12340, 0xfffe));
	EXPECT_STREQ("50", SCALED(UINT16, 1, 5000, 0xfffe));
	EXPECT_STREQ("0.0000012345", SCALED(UINT16, 1, 12345, 0xfff6));
	EXPECT_STREQ("0.12345", SCALED(UINT16, 1, 12345, 0xfffb));
	EXPECT_STREQ("-0.998", SCALED(INT16, 1, 0xfc1a, 0xfffd));
	EXPECT_STREQ("-300", SCALED(INT16, 1, 0xfffd, 2));
	EXPECT_STREQ("0", SCALED(INT16, 1, 0, 10));
	EXPECT_STREQ("0", SCALED(INT16, 1, 0, 0xfff6));
	EXPECT_STREQ("184467440737095516140000000000",
		     SCALED(UINT64, 4, 0xffff, 0xffff, 0xffff, 0xfffe, 10));
	EXPECT_STREQ("-922337203.6854775807", SCALED(INT64, 4, 0x8000, 0, 0, 1, 0xfff6));
	EXPECT_STREQ("42949672.94", SCALED(UINT32, 2, 0xffff, 0xfffe, 0xfffe));
}

TEST(without_a_scale_factor_the_raw_value_stays)
{
	EXPECT_STREQ("raw:12345", SCALED(UINT16, 1, 12345, 0x8000));
	EXPECT_STREQ("raw:12345", SCALED(UINT16, 1, 12345, 11));
	EXPECT_STREQ("raw:-1", SCALED(INT16, 1, 0xffff, 0xfff5));
	EXPECT_STREQ(ABSENT, SCALED(UINT16, 1, 0xffff, 0x8000));
	/* The model ends before it. */
	EXPECT_STREQ("raw:5", one(OVPP_SUNSPEC_UINT16, 1, true, (const uint16_t[]){5}, 1));
}

TEST(symbols)
{
	static const struct ovpp_sunspec_symbol values[] = {{4, "MPPT"}, {99, "BIT"}, {0, NULL}};
	const struct ovpp_sunspec_point state = {.symbol = values, .type = OVPP_SUNSPEC_ENUM16};
	const struct ovpp_sunspec_point set = {.symbol = values, .type = OVPP_SUNSPEC_BITFIELD32};
	struct ovpp_sunspec_value v = {.point = &state, .raw = 4};

	EXPECT_TRUE(ovpp_sunspec_has(&v, &values[0]));
	EXPECT_FALSE(ovpp_sunspec_has(&v, &values[1]));
	v.point = &set;
	EXPECT_FALSE(ovpp_sunspec_has(&v, &values[0]));
	v.raw = UINT32_MAX;
	EXPECT_TRUE(ovpp_sunspec_has(&v, &values[0]));
	EXPECT_FALSE(ovpp_sunspec_has(&v, &values[1]));
	v.state = OVPP_SUNSPEC_ABSENT;
	EXPECT_FALSE(ovpp_sunspec_has(&v, &values[0]));
}

/* ---- groups ---- */

static const struct ovpp_sunspec_point pair[] = {
	{"V", NULL, "V_SF", NULL, OVPP_SUNSPEC_UINT16, 1, 0},
	{"T", NULL, NULL, NULL, OVPP_SUNSPEC_UINT32, 2, 1},
};

#define PAIRS(by, n)                                                                 \
	{                                                                            \
		.name = "Pt", .point = pair, .n_points = 2, .size = 3, .count = (n), \
		.count_by = (by)                                                     \
	}

static const struct ovpp_sunspec_point head[] = {
	{"NPt", NULL, NULL, NULL, OVPP_SUNSPEC_UINT16, 1, 2},
	{"V_SF", NULL, NULL, NULL, OVPP_SUNSPEC_SUNSSF, 1, 3},
};

static const struct ovpp_sunspec_point act[] = {
	{"Act", NULL, NULL, NULL, OVPP_SUNSPEC_UINT16, 1, 0},
};

static const struct ovpp_sunspec_group by_point[] = {PAIRS("NPt", 0)};
static const struct ovpp_sunspec_group fixed[] = {PAIRS(NULL, 2)};
static const struct ovpp_sunspec_group fill[] = {PAIRS(NULL, 0)};
static const struct ovpp_sunspec_group nested[] = {
	{"Crv", act, 1, 1, by_point, 1, 0, NULL},
};
static const struct ovpp_sunspec_group twice[] = {
	{"A", act, 1, 1, by_point, 1, 1, NULL},
	{"B", act, 1, 1, by_point, 1, 1, NULL},
};

#define MODEL(groups)                                               \
	{                                                           \
		9,                                                  \
		{                                                   \
			"m", head, 2, 4, groups, N(groups), 1, NULL \
		}                                                   \
	}

static const struct ovpp_sunspec_model m_by_point = MODEL(by_point);
static const struct ovpp_sunspec_model m_fixed = MODEL(fixed);
static const struct ovpp_sunspec_model m_fill = MODEL(fill);
static const struct ovpp_sunspec_model m_nested = MODEL(nested);
static const struct ovpp_sunspec_model m_twice = MODEL(twice);

#define TWO 15, 0, 1, 25, 0, 2

TEST(groups_as_often_as_a_point_says)
{
	EXPECT_LOG("NPt=2 V_SF=-1 {Pt0 V=1.5 T=1 }Pt {Pt1 V=2.5 T=2 }Pt", &m_by_point, 2, 0xffff,
		   TWO);
	EXPECT_LOG("NPt=1 V_SF=-1 {Pt0 V=1.5 T=1 }Pt", &m_by_point, 1, 0xffff, TWO);
	EXPECT_LOG("NPt=0 V_SF=0", &m_by_point, 0, 0, TWO);
	EXPECT_LOG("NPt=- V_SF=0", &m_by_point, 0xffff, 0, TWO);
	/* It says more than there is. */
	EXPECT_LOG("NPt=60000 V_SF=0 {Pt0 V=15 T=1 }Pt {Pt1 V=25 T=2 }Pt", &m_by_point, 60000, 0,
		   TWO);
	EXPECT_LOG("NPt=9 V_SF=0 {Pt0 V=15 T=1 }Pt {Pt1 V=25 }Pt", &m_by_point, 9, 0, 15, 0, 1, 25,
		   0);
}

TEST(groups_of_a_number_and_as_many_as_fit)
{
	EXPECT_LOG("NPt=7 V_SF=0 {Pt0 V=15 T=1 }Pt {Pt1 V=25 T=2 }Pt", &m_fixed, 7, 0, TWO, TWO);
	EXPECT_LOG("NPt=7 V_SF=0 {Pt0 V=15 T=1 }Pt {Pt1 V=25 T=2 }Pt", &m_fill, 7, 0, TWO, 1, 1);
	EXPECT_LOG("NPt=7 V_SF=0", &m_fill, 7, 0, 1, 1);
}

TEST(groups_in_groups)
{
	EXPECT_LOG("NPt=1 V_SF=0 {Crv0 Act=8 {Pt0 V=15 T=1 }Pt }Crv {Crv1 Act=9 {Pt0 V=25 T=2 }Pt "
		   "}Crv",
		   &m_nested, 1, 0, 8, 15, 0, 1, 9, 25, 0, 2);
	EXPECT_LOG("NPt=1 V_SF=0 {A0 Act=8 {Pt0 V=15 T=1 }Pt }A {B0 Act=9 {Pt0 V=25 T=2 }Pt }B",
		   &m_twice, 1, 0, 8, 15, 0, 1, 9, 25, 0, 2);
}

TEST(a_model_that_is_shorter_or_longer_than_its_table)
{
	static const uint16_t regs[] = {2, 0, TWO, 0xaaaa, 0xbbbb};
	struct log log = {0};
	size_t used;

	EXPECT_EQ(0, visit(&log, &m_by_point, regs, N(regs), &used));
	EXPECT_EQ(10, used);
	log = (struct log){0};
	EXPECT_EQ(0, visit(&log, &m_by_point, regs, 1, &used));
	EXPECT_STREQ("NPt=2", log.text);
	EXPECT_EQ(3, used);
	log = (struct log){0};
	EXPECT_EQ(0, visit(&log, &m_by_point, regs, 0, &used));
	EXPECT_STREQ("", log.text);
	EXPECT_EQ(2, used);
	log = (struct log){.stop = 2};
	EXPECT_EQ(-ECANCELED, visit(&log, &m_by_point, regs, N(regs), &used));
}

TEST(a_common_model_has_65_or_66_registers)
{
	struct log log = {0};
	uint16_t reg[66] = {0x4163, 0x6d65, [64] = 7, [65] = 0x8000};
	size_t used;

	EXPECT_EQ(0, visit(&log, ovpp_sunspec_model(1), reg, 65, &used));
	EXPECT_EQ(67, used);
	EXPECT_STREQ("Mn=Acme Md=- Opt=- Vr=- SN=- DA=7", log.text);
	log = (struct log){0};
	EXPECT_EQ(0, visit(&log, ovpp_sunspec_model(1), reg, 66, &used));
	EXPECT_EQ(68, used);
	EXPECT_STREQ("Mn=Acme Md=- Opt=- Vr=- SN=- DA=7 Pad=-", log.text);
}

/* ---- the chain ---- */

TEST(the_marker_is_found_at_its_bases_and_anywhere)
{
	static const uint16_t reg[] = {0x5375, SUNS, 0xffff, SUNS};
	const struct ovpp_sunspec_map map = {reg, N(reg), 998};
	size_t at = 0;

	EXPECT_EQ(-ENOENT, ovpp_sunspec_find(&map, ovpp_sunspec_bases, ovpp_sunspec_n_bases, &at));
	EXPECT_EQ(0, ovpp_sunspec_find(&map, NULL, 0, &at));
	EXPECT_EQ(3, at);
	EXPECT_EQ(0, ovpp_sunspec_find(&map, (const uint32_t[]){0, 5, 1002, 999}, 4, &at));
	EXPECT_EQ(6, at);
	/* Cut in the middle of the marker, and nothing at all. */
	EXPECT_EQ(-ENOENT, ovpp_sunspec_find(&(struct ovpp_sunspec_map){reg, 2, 0}, NULL, 0, &at));
	EXPECT_EQ(-ENOENT, ovpp_sunspec_find(&(struct ovpp_sunspec_map){reg, 0, 0}, NULL, 0, &at));
}

#define NEXT(map, at, block) ovpp_sunspec_next(&(map), &(at), &(block))
#define MAP(reg)                   \
	{                          \
		(reg), N(reg), 100 \
	}

TEST(a_chain_to_its_end)
{
	static const uint16_t reg[] = {SUNS, 64999, 1, 7, 64998, 0, 0xffff, 0};
	const struct ovpp_sunspec_map map = MAP(reg);
	struct ovpp_sunspec_block block;
	size_t at = 2;

	EXPECT_EQ(1, NEXT(map, at, block));
	EXPECT_EQ(64999, block.id);
	EXPECT_EQ(1, block.length);
	EXPECT_EQ(102, block.address);
	EXPECT_EQ(3, block.n);
	EXPECT_TRUE(block.complete);
	EXPECT_EQ(NULL, block.model);
	EXPECT_EQ(1, NEXT(map, at, block));
	EXPECT_EQ(64998, block.id);
	EXPECT_EQ(0, block.length);
	EXPECT_EQ(0, NEXT(map, at, block));
}

TEST(chains_that_do_not_end)
{
	static const uint16_t cut[] = {SUNS, 1, 60000, 5};
	static const uint16_t open[] = {SUNS, 64999, 1, 7};
	static const uint16_t half[] = {SUNS, 64999};
	static const uint16_t zero[] = {SUNS, 0, 0, 0};
	const struct ovpp_sunspec_map m_cut = MAP(cut), m_open = MAP(open), m_half = MAP(half),
				      m_zero = MAP(zero);
	struct ovpp_sunspec_block block;
	size_t at = 2;

	EXPECT_EQ(1, NEXT(m_cut, at, block));
	EXPECT_FALSE(block.complete);
	EXPECT_EQ(60000, block.length);
	EXPECT_EQ(3, block.n);
	EXPECT_EQ(-ENODATA, NEXT(m_cut, at, block));
	EXPECT_EQ(-ENODATA, NEXT(m_cut, at, block));
	at = 2;
	EXPECT_EQ(1, NEXT(m_open, at, block));
	EXPECT_TRUE(block.complete);
	EXPECT_EQ(-ENODATA, NEXT(m_open, at, block));
	at = 2;
	EXPECT_EQ(-ENODATA, NEXT(m_half, at, block));
	at = 2;
	EXPECT_EQ(-EBADMSG, NEXT(m_zero, at, block));
}

/* ---- the tables ---- */

static size_t check_group(const struct ovpp_sunspec_group *group, size_t from)
{
	size_t bad = !group->n_points;

	for (size_t i = 0; i < group->n_points; i++) {
		bad += group->point[i].offset != from || !group->point[i].size;
		from += group->point[i].size;
	}
	bad += from != group->size;
	for (size_t i = 0; i < group->n_groups; i++)
		bad += check_group(&group->group[i], 0);
	return bad;
}

TEST(the_models_are_whole)
{
	static const struct {
		uint16_t id;
		size_t size;
	} sizes[] = {{1, 68},	 {103, 52},  {113, 62}, {120, 28}, {160, 10}, {203, 107},
		     {213, 126}, {701, 155}, {704, 59}, {715, 9},  {802, 64}, {803, 28}};

	for (size_t i = 0; i < ovpp_sunspec_n_models; i++)
		EXPECT_EQ(0, check_group(&ovpp_sunspec_models[i].top, 2));
	for (size_t i = 0; i < N(sizes); i++) {
		ASSERT_NE(NULL, ovpp_sunspec_model(sizes[i].id));
		EXPECT_EQ(sizes[i].size, ovpp_sunspec_model(sizes[i].id)->top.size);
	}
	EXPECT_EQ(NULL, ovpp_sunspec_model(2));
	EXPECT_EQ(38, ovpp_sunspec_n_models);
}

/* Curves of three kinds, each with points, in a model of the 700 series. */
TEST(a_trip_model)
{
	EXPECT_LOG("Ena=1 AdptCrvReq=0 AdptCrvRslt=1 NPt=1 NCrvSet=1 V_SF=-1 Tms_SF=-2 {Crv0 "
		   "ReadOnly=1 {MustTrip0 ActPt=1 {Pt0 V=88.5 Tms=2 }Pt }MustTrip {MayTrip0 "
		   "ActPt=1 {Pt0 V=70 Tms=0.16 }Pt }MayTrip {MomCess0 ActPt=0 {Pt0 V=- Tms=- }Pt "
		   "}MomCess }Crv",
		   ovpp_sunspec_model(707), 1, 0, 1, 1, 1, 0xffff, 0xfffe, 1, 1, 885, 0, 200, 1,
		   700, 0, 16, 0, 0xffff, 0xffff, 0xffff);
}

TEST(modules_of_an_mppt_model)
{
	struct log log = {0};
	uint16_t reg[8 + 40] = {0xffff, 0, 1, 0x8000, 0, 0, 2, 0};
	size_t used;

	reg[8] = 1;
	reg[8 + 9] = 33; /* DCA */
	reg[28] = 2;
	EXPECT_EQ(0, visit(&log, ovpp_sunspec_model(160), reg, N(reg), &used));
	EXPECT_EQ(50, used);
	EXPECT_NE(NULL, strstr(log.text, "{module0 ID=1 IDStr=- DCA=3.3 "));
	EXPECT_NE(NULL, strstr(log.text, "{module1 ID=2 "));
	EXPECT_EQ(NULL, strstr(log.text, "{module2"));
}

/* ---- dumps ---- */

FIXTURE(dump)
{
	struct ovpp_sunspec_dump *d;
	char err[256];
};

FIXTURE_SETUP(dump)
{
	self->d = malloc(sizeof(*self->d));
}

FIXTURE_TEARDOWN(dump)
{
	free(self->d);
}

#define PARSE(text, base)                                                              \
	ovpp_sunspec_dump_parse((text), strlen(text), "f", (base), self->d, self->err, \
				sizeof(self->err))
#define REFUSED(what, text, base)                      \
	do {                                           \
		EXPECT_EQ(-EINVAL, PARSE(text, base)); \
		EXPECT_STREQ(what, self->err);         \
	} while (0)
#define EXPECT_REG(value, address)                       \
	do {                                             \
		EXPECT_TRUE(self->d->known[address]);    \
		EXPECT_EQ(value, self->d->reg[address]); \
	} while (0)

TEST_F(dump, lines)
{
	EXPECT_EQ(0, PARSE("# a dump\n\n40000: 5375 6e53 # SunS\r\n0x9c42 0x0001\n 40003, 41\n"
			   "40010:\n65535:f",
			   -1));
	EXPECT_REG(0x5375, 40000);
	EXPECT_REG(0x6e53, 40001);
	EXPECT_REG(1, 40002);
	EXPECT_REG(0x41, 40003);
	EXPECT_REG(15, 65535);
	EXPECT_FALSE(self->d->known[40004]);
	EXPECT_FALSE(self->d->known[40010]);
}

TEST_F(dump, words_without_addresses)
{
	EXPECT_EQ(0, PARSE("5375 6e53\n0001,0042", 1000));
	EXPECT_REG(0x42, 1003);
	EXPECT_EQ(0, PARSE("[\"5375\", 28243]", 0));
	EXPECT_REG(0x6e53, 1);
}

TEST_F(dump, json)
{
	EXPECT_EQ(0, PARSE("{\"source\": \"x\", \"regs\": {\"7\": \"ffff\", \"0x8\": 3}}", -1));
	EXPECT_REG(0xffff, 7);
	EXPECT_REG(3, 8);
	EXPECT_EQ(0, PARSE(" {\"7\": \"ab\"}", -1));
	EXPECT_REG(0xab, 7);
	EXPECT_EQ(0, PARSE("{\"regs\": [1, 2]}", 5));
	EXPECT_REG(2, 6);
}

TEST_F(dump, what_is_wrong_and_where)
{
	REFUSED("f:2: 'xyz' is no register of four hex digits", "1: 2\n2: xyz", -1);
	REFUSED("f:1: '12345' is no register of four hex digits", "1: 12345", -1);
	REFUSED("f:1: '65536' is no address of a register", "65536: 1", -1);
	REFUSED("f:1: '' is no address of a register", ": 1", -1);
	REFUSED("f:1: 'SunS' is no address of a register", "SunS 1", -1);
	REFUSED("f:1: one address is wanted before ':'", "1 2: 3", -1);
	REFUSED("f:1: '65536' is beyond the last address, 65535", "65535: 1 2", -1);
	REFUSED("f:2: '5' comes twice, with different values", "5: 1\n5: 2", -1);
	REFUSED("f:1: neither 'ADDRESS: HEX ...' nor 'ADDRESS HEX'; for a list without addresses "
		"say --base",
		"1 2 3", -1);
	REFUSED("f:1: has an address; --base is for a dump without any", "1: 2", 0);
	REFUSED("f: has addresses; --base is for a dump without any", "{\"1\": 2}", 0);
	REFUSED("f: has no addresses; say --base", "[1]", -1);
	REFUSED("f: '1' is the index of what is no register", "[1, 65536]", 0);
	REFUSED("f: '5' has no register of four hex digits or 0 to 65535", "{\"5\": null}", -1);
	REFUSED("f: 'x' is no address of a register", "{\"x\": 1}", -1);
	REFUSED("f: 'regs' is neither an object nor an array", "{\"regs\": 1}", -1);
	EXPECT_EQ(-EINVAL, PARSE("{\n\"regs\": ", -1));
	EXPECT_EQ(0, strncmp("f:2: ", self->err, 5));
	EXPECT_EQ(-EINVAL, ovpp_sunspec_dump_parse("1: 2\0", 5, "f", -1, self->d, self->err, 256));
	EXPECT_STREQ("f: this is no text", self->err);
}

TEST_F(dump, the_map_in_it)
{
	struct ovpp_sunspec_map map;
	size_t at;

	/* A gap ends the registers; the base that comes first in the list wins. */
	EXPECT_EQ(0, PARSE("7: 5375 6e53\n1000: 5375 6e53\n39999: 0 5375 6e53 1\n40004: 1", -1));
	ASSERT_EQ(0, ovpp_sunspec_dump_find(self->d, &map, &at));
	EXPECT_EQ(39999, map.base);
	EXPECT_EQ(4, map.n);
	EXPECT_EQ(3, at);
	EXPECT_EQ(0, PARSE("7: 5375 6e53", -1));
	ASSERT_EQ(0, ovpp_sunspec_dump_find(self->d, &map, &at));
	EXPECT_EQ(7, map.base);
	EXPECT_EQ(0, PARSE("65534: 5375 6e53", -1));
	EXPECT_EQ(0, ovpp_sunspec_dump_find(self->d, &map, &at));
	EXPECT_EQ(0, PARSE("7: 5375\n9: 6e53", -1));
	EXPECT_EQ(-ENOENT, ovpp_sunspec_dump_find(self->d, &map, &at));
	EXPECT_EQ(0, PARSE("", -1));
	EXPECT_EQ(-ENOENT, ovpp_sunspec_dump_find(self->d, &map, &at));
}

TEST_HARNESS_MAIN
