// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: SunSpec maps to profiles, and what the core reads and writes with them. */
#include <errno.h>
#include <glob.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "core/engine.h"
#include "file.h"
#include "profile.h"
#include "sunspec_dump.h"
#include "sunspec_image.h"
#include "sunspec_profile.h"
#include "units.h"

#define KW(n) ((s64)(n)*1000000)
#define PROFILES 8
#define N(a) (sizeof(a) / sizeof((a)[0]))

/**
 * struct written - the profiles of an image, as the core has them
 * @im: image
 * @wish: how they are written
 * @text: what was written
 * @n: their number
 * @prof: compiled ones
 * @img: what the last one that was read measures
 */
FIXTURE(written)
{
	struct image im;
	struct ovpp_sunspec_wish wish;
	struct ovpp_sunspec_profile *text;
	size_t n;
	struct ovpp_profile *prof[PROFILES];
	struct ovpp_image img;
};

FIXTURE_SETUP(written)
{
	memset(self, 0, sizeof(*self));
	self->wish.unit = 7;
	self->wish.revert_s = 60;
	image_begin(&self->im);
	image_common(&self->im, "Acme Inc.", "Sun 5", "12345");
}

#define SELF FIXTURE_DATA(written) * self

static void forget(SELF)
{
	for (size_t i = 0; i < self->n; i++)
		ovpp_profile_free(self->prof[i]);
	ovpp_sunspec_profiles_free(self->text, self->n);
	self->n = 0;
	self->text = NULL;
}

FIXTURE_TEARDOWN(written)
{
	forget(self);
}

static struct ovpp_profile *compile(const struct ovpp_sunspec_profile *p)
{
	int fd = memfd_create("profile", MFD_CLOEXEC);
	struct ovpp_profile *prof = NULL;
	char path[64], err[512] = "";
	json_t *obj = NULL;

	if (write(fd, p->yaml, strlen(p->yaml)) != (ssize_t)strlen(p->yaml))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ovpp_profile_load(path, &obj, err, sizeof(err)) ||
	    ovpp_profile_compile(obj, &prof, err, sizeof(err)))
		ksft_print_msg("%s\n%s", err, p->yaml);
	json_decref(obj);
	close(fd);
	return prof;
}

/* Ends the chain, and writes and compiles its profiles; false if one is not right. */
static bool make(SELF)
{
	const struct ovpp_sunspec_map map = image_map(&self->im);
	bool good = true;

	forget(self);
	if (ovpp_sunspec_profiles(&map, 2, &self->wish, &self->text, &self->n) ||
	    self->n > PROFILES)
		abort();
	for (size_t i = 0; i < self->n; i++) {
		self->prof[i] = compile(&self->text[i]);
		good = good && self->prof[i];
	}
	return good;
}

/* All that a profile reads, out of registers from @base on. */
static void sample_from(SELF, const struct ovpp_profile *prof, const uint16_t *from, uint32_t base)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	u8 data[2 * 125];

	memset(&self->img, 0, sizeof(self->img));
	for (unsigned int m = 0; m < prof->n_messages; m++) {
		const struct ovpp_message *msg = &prof->message[m];
		const u16 *reg = from + (OVPP_MODBUS_ADDRESS(msg->id) - base);
		int n;

		if (msg->flags & OVPP_MESSAGE_TX)
			continue;
		for (unsigned int i = 0; i < msg->length / 2u; i++) {
			data[2 * i] = (u8)(reg[i] >> 8);
			data[2 * i + 1] = (u8)reg[i];
		}
		n = ovpp_message_decode(prof, msg, data, msg->length, up);
		if (n < 0)
			abort();
		ovpp_image_update(&self->img, up, (unsigned int)n, 1, msg->timeout_ms);
	}
}

static void sample(SELF, const struct ovpp_profile *prof)
{
	sample_from(self, prof, self->im.reg, IMAGE_BASE);
}

#define EXPECT_POINT(want, point_)                                                          \
	do {                                                                                \
		EXPECT_EQ(OVPP_QUALITY_GOOD, self->img.point[OVPP_POINT_##point_].quality); \
		EXPECT_EQ((s64)(want), self->img.point[OVPP_POINT_##point_].value);         \
	} while (0)
#define EXPECT_QUALITY(want, point_) \
	EXPECT_EQ(OVPP_QUALITY_##want, self->img.point[OVPP_POINT_##point_].quality)

#define MEASURES(prof, point) (!!((prof)->measured & OVPP_POINT_BIT(OVPP_POINT_##point)))
#define TAKES(prof, point) (!!((prof)->commands & OVPP_POINT_BIT(OVPP_POINT_##point)))

/* All that a profile writes: "40228=5000,0,60,0/30000 ...", the period behind it. */
static const char *writes(const struct ovpp_profile *prof, enum ovpp_point point, s64 value)
{
	s64 command[OVPP_POINT_N] = {0};
	static char text[512];
	size_t len = 0;
	u8 data[256];

	command[point] = value;
	text[0] = '\0';
	for (unsigned int m = 0; m < prof->n_messages; m++) {
		const struct ovpp_message *msg = &prof->message[m];
		int n;

		if (!(msg->flags & OVPP_MESSAGE_TX))
			continue;
		n = ovpp_message_encode(prof, msg, command, data);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", len ? " " : "",
					OVPP_MODBUS_ADDRESS(msg->id));
		for (int i = 0; i < n; i += 2)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%c%u",
						i ? ',' : '=', data[i] << 8 | data[i + 1]);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "/%u", msg->period_ms);
	}
	return text;
}

#define EXPECT_WRITES(prof, point, value, ...)                                         \
	do {                                                                           \
		char want_[512];                                                       \
		snprintf(want_, sizeof(want_), __VA_ARGS__);                           \
		EXPECT_STREQ(want_, writes((prof), OVPP_POINT_##point, (s64)(value))); \
	} while (0)

static bool notes(SELF, size_t i, const char *text)
{
	return strstr(self->text[i].yaml, text);
}

/* ---- images ---- */

static void inverter(SELF)
{
	image_model(&self->im, 103);
	image_set(&self->im, "A", 614);
	image_set(&self->im, "A_SF", -1);
	image_set(&self->im, "PhVphA", 2301);
	image_set(&self->im, "V_SF", -1);
	image_set(&self->im, "W", 1447);
	image_set(&self->im, "W_SF", 1);
	image_set(&self->im, "Hz", 5002);
	image_set(&self->im, "Hz_SF", -2);
	image_set(&self->im, "WH", 4418970);
	image_set(&self->im, "WH_SF", 0);
	image_set(&self->im, "TmpSnk", 412);
	image_set(&self->im, "Tmp_SF", -1);
	image_set(&self->im, "St", 4);
	image_set(&self->im, "Evt1", 0);
}

static void settings(SELF)
{
	image_model(&self->im, 121);
	image_set(&self->im, "WMax", 5000);
	image_set(&self->im, "WMax_SF", 1);
}

static void controls(SELF)
{
	image_model(&self->im, 123);
	image_set(&self->im, "Conn_WinTms", 0);
	image_set(&self->im, "Conn_RvrtTms", 0);
	image_set(&self->im, "Conn", 1);
	image_set(&self->im, "WMaxLimPct", 10000);
	image_set(&self->im, "WMaxLimPct_WinTms", 0);
	image_set(&self->im, "WMaxLimPct_RvrtTms", 0);
	image_set(&self->im, "WMaxLimPct_RmpTms", 0);
	image_set(&self->im, "WMaxLim_Ena", 0);
	image_set(&self->im, "WMaxLimPct_SF", -2);
}

static void storage(SELF)
{
	image_model(&self->im, 124);
	image_set(&self->im, "WChaMax", 8000);
	image_set(&self->im, "WChaMax_SF", 0);
	image_set(&self->im, "ChaState", 5550);
	image_set(&self->im, "ChaState_SF", -2);
	image_set(&self->im, "ChaSt", 4);
	image_set(&self->im, "StorCtl_Mod", 0);
	image_set(&self->im, "OutWRte", 10000);
	image_set(&self->im, "InWRte", 10000);
	image_set(&self->im, "InOutWRte_RvrtTms", 0);
	image_set(&self->im, "InOutWRte_SF", -2);
}

static void meter(SELF, uint16_t id)
{
	image_model(&self->im, id);
	image_set(&self->im, "PhV", 23015);
	image_set(&self->im, "V_SF", -2);
	image_set(&self->im, "Hz", 500);
	image_set(&self->im, "Hz_SF", -1);
	image_set(&self->im, "W", 654);
	image_set(&self->im, "W_SF", 1);
	image_set(&self->im, "VAR", -79);
	image_set(&self->im, "VAR_SF", 1);
	image_set(&self->im, "TotWhImp", 90663);
	image_set(&self->im, "TotWh_SF", 1);
}

static void der(SELF)
{
	image_model(&self->im, 701);
	image_set(&self->im, "InvSt", 4);
	image_set(&self->im, "Alrm", 0);
	image_set(&self->im, "W", -980);
	image_set(&self->im, "W_SF", 1);
	image_set(&self->im, "LNV", 2400);
	image_set(&self->im, "V_SF", -1);
	image_set(&self->im, "Hz", 60010);
	image_set(&self->im, "Hz_SF", -3);
	image_set(&self->im, "TotWhInj", 5000000000);
	image_set(&self->im, "TotWhAbs", 0);
	image_set(&self->im, "TotWh_SF", 0);
	image_model(&self->im, 702);
	image_set(&self->im, "WMaxRtg", 12000);
	image_set(&self->im, "WMax", 10000);
	image_set(&self->im, "W_SF", 0);
}

static void der_controls(SELF)
{
	image_model(&self->im, 704);
	image_set(&self->im, "WMaxLimPctEna", 0);
	image_set(&self->im, "WMaxLimPct", 1000);
	image_set(&self->im, "WMaxLimPctRvrtTms", 0);
	image_set(&self->im, "WMaxLimPct_SF", -1);
	image_set(&self->im, "WSetEna", 0);
	image_set(&self->im, "WSetMod", 0);
	image_set(&self->im, "WSet", 0);
	image_set(&self->im, "WSetRvrtTms", 0);
	image_set(&self->im, "WSet_SF", 1);
}

/* ---- inverters ---- */

TEST_F(written, an_inverter)
{
	inverter(self);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	EXPECT_STREQ("acme-inc.-sun-5-12345", self->text[0].name);
	EXPECT_STREQ(self->text[0].name, self->prof[0]->name);
	EXPECT_EQ(OVPP_KIND_PV, self->prof[0]->kind);
	EXPECT_EQ(OVPP_BUS_MODBUS, self->prof[0]->bus);
	sample(self, self->prof[0]);
	EXPECT_POINT(14470000, P);
	EXPECT_POINT(61400, I);
	EXPECT_POINT(230100, V);
	EXPECT_POINT(50020, F);
	EXPECT_POINT(4418970000, E_EXPORT);
	EXPECT_POINT(41200, TEMP);
	EXPECT_POINT(OVPP_DER_STATE_RUNNING, STATE);
	EXPECT_POINT(0, ALARM);
	EXPECT_POINT(0, WARNING);
	EXPECT_FALSE(MEASURES(self->prof[0], Q));
	EXPECT_EQ(0, self->prof[0]->commands);
}

TEST_F(written, values_that_go_missing_are_invalid)
{
	unsigned int size;

	inverter(self);
	ASSERT_TRUE(make(self));
	image_set(&self->im, "W", -32768);
	image_set(&self->im, "PhVphA", 65535);
	image_set(&self->im, "Hz_SF", -32768);
	image_set(&self->im, "WH", 0);
	*image_at(&self->im, "St", &size) = 9;
	sample(self, self->prof[0]);
	EXPECT_QUALITY(INVALID, P);
	EXPECT_QUALITY(INVALID, V);
	EXPECT_QUALITY(INVALID, F);
	EXPECT_QUALITY(INVALID, E_EXPORT);
	EXPECT_QUALITY(INVALID, STATE);
	EXPECT_QUALITY(GOOD, I);
}

TEST_F(written, a_scale_factor_may_change)
{
	inverter(self);
	ASSERT_TRUE(make(self));
	image_set(&self->im, "W", 14470);
	image_set(&self->im, "W_SF", 0);
	sample(self, self->prof[0]);
	EXPECT_POINT(14470000, P);
}

TEST_F(written, a_point_without_a_scale_factor_is_left_out)
{
	inverter(self);
	image_set(&self->im, "W_SF", -32768);
	image_set(&self->im, "Hz_SF", 11);
	ASSERT_TRUE(make(self));
	EXPECT_FALSE(MEASURES(self->prof[0], P));
	EXPECT_FALSE(MEASURES(self->prof[0], I));
	EXPECT_FALSE(MEASURES(self->prof[0], F));
	EXPECT_TRUE(MEASURES(self->prof[0], V));
}

TEST_F(written, states_of_both_generations)
{
	static const u8 old[] = {OVPP_DER_STATE_OFF,	  OVPP_DER_STATE_STANDBY,
				 OVPP_DER_STATE_STARTING, OVPP_DER_STATE_RUNNING,
				 OVPP_DER_STATE_LIMITED,  OVPP_DER_STATE_STOPPING,
				 OVPP_DER_STATE_FAULT,	  OVPP_DER_STATE_STANDBY};

	inverter(self);
	ASSERT_TRUE(make(self));
	for (int i = 0; i < 8; i++) {
		image_set(&self->im, "St", i + 1);
		sample(self, self->prof[0]);
		EXPECT_POINT(old[i], STATE);
	}
	image_begin(&self->im);
	image_model(&self->im, 701);
	image_set(&self->im, "InvSt", 0);
	ASSERT_TRUE(make(self));
	for (int i = 0; i < 8; i++) {
		image_set(&self->im, "InvSt", i);
		sample(self, self->prof[0]);
		EXPECT_POINT(old[i], STATE);
	}
}

TEST_F(written, events_that_are_faults_and_those_that_are_not)
{
	static const u32 faults = 1u << 0 | 1u << 1 | 1u << 5 | 1u << 7 | 1u << 12 | 1u << 14 |
				  1u << 15;

	inverter(self);
	ASSERT_TRUE(make(self));
	for (unsigned int bit = 0; bit < 16; bit++) {
		u32 event = 1u << bit;

		image_set(&self->im, "Evt1", event);
		sample(self, self->prof[0]);
		EXPECT_POINT(event & faults, ALARM);
		EXPECT_POINT(event & ~faults, WARNING);
	}
}

TEST_F(written, an_inverter_of_floats)
{
	image_model(&self->im, 113);
	image_float(&self->im, "W", 1234.5f);
	image_float(&self->im, "Hz", 50.02f);
	image_float(&self->im, "PhVphA", 230.25f);
	image_float(&self->im, "WH", 1e6f);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	sample(self, self->prof[0]);
	EXPECT_POINT(1234500, P);
	EXPECT_POINT(230250, V);
	EXPECT_POINT(50020, F);
	EXPECT_POINT(1000000000, E_EXPORT);
	EXPECT_FALSE(MEASURES(self->prof[0], TEMP));
	image_set(&self->im, "W", 0x7fc00000);
	sample(self, self->prof[0]);
	EXPECT_QUALITY(INVALID, P);
}

/* ---- 123 ---- */

TEST_F(written, a_limit_is_a_percentage_with_its_timers_and_then_its_switch)
{
	unsigned int at;

	inverter(self);
	settings(self);
	controls(self);
	at = image_address(&self->im, "WMaxLimPct");
	ASSERT_TRUE(make(self));
	EXPECT_TRUE(TAKES(self->prof[0], P_LIMIT));
	EXPECT_FALSE(TAKES(self->prof[0], CONNECT));
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(25), "%u=5000,0,60,0/30000 %u=1/30000", at,
		      at + 4);
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(0), "%u=0,0,60,0/30000 %u=1/30000", at, at + 4);
	/* No limit is 100 %. */
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(274877), "%u=10000,0,60,0/30000 %u=1/30000", at,
		      at + 4);
}

TEST_F(written, a_limit_is_refreshed_within_half_of_its_timer)
{
	unsigned int at;

	inverter(self);
	settings(self);
	controls(self);
	at = image_address(&self->im, "WMaxLimPct");
	self->wish.revert_s = 9;
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(50), "%u=10000,0,9,0/4500 %u=1/4500", at, at + 4);
	self->wish.revert_s = 600;
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(50), "%u=10000,0,600,0/30000 %u=1/30000", at,
		      at + 4);
}

TEST_F(written, timers_that_a_device_lacks_are_not_written)
{
	unsigned int at;

	inverter(self);
	settings(self);
	controls(self);
	at = image_address(&self->im, "WMaxLimPct");
	image_set(&self->im, "WMaxLimPct_RmpTms", 0xffff);
	image_set(&self->im, "WMaxLimPct_WinTms", 0xffff);
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(50), "%u=10000,0,60/30000 %u=1/30000", at, at + 4);
	EXPECT_FALSE(notes(self, 0, "no timer"));
	image_set(&self->im, "WMaxLimPct_RvrtTms", 0xffff);
	/* Nor can the limit be read back: it can be written all the same. */
	image_set(&self->im, "WMaxLimPct", 0xffff);
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(50), "%u=10000/30000 %u=1/30000", at, at + 4);
	EXPECT_TRUE(notes(self, 0, "no timer that takes this command back"));
}

TEST_F(written, the_rating_stands_in_where_there_is_no_setting)
{
	unsigned int at;

	inverter(self);
	image_model(&self->im, 120);
	image_set(&self->im, "WRtg", 400);
	image_set(&self->im, "WRtg_SF", 2);
	controls(self);
	at = image_address(&self->im, "WMaxLimPct");
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(10), "%u=2500,0,60,0/30000 %u=1/30000", at,
		      at + 4);
}

TEST_F(written, no_limit_without_what_it_needs)
{
	inverter(self);
	controls(self);
	ASSERT_TRUE(make(self));
	EXPECT_EQ(0, self->prof[0]->commands);
	EXPECT_TRUE(notes(self, 0, "no p_limit"));
	settings(self);
	ASSERT_TRUE(make(self));
	EXPECT_TRUE(TAKES(self->prof[0], P_LIMIT));
	self->wish.read_only = true;
	ASSERT_TRUE(make(self));
	EXPECT_EQ(0, self->prof[0]->commands);
}

TEST_F(written, no_limit_whose_scale_cannot_say_100_percent)
{
	inverter(self);
	settings(self);
	controls(self);
	for (int sf = -3; sf <= 3; sf += 6) {
		image_set(&self->im, "WMaxLimPct_SF", sf);
		ASSERT_TRUE(make(self));
		EXPECT_EQ(0, self->prof[0]->commands);
		EXPECT_TRUE(notes(self, 0, "no p_limit"));
	}
}

TEST_F(written, a_connection_is_a_command_where_it_is_wanted)
{
	unsigned int at, conn;

	inverter(self);
	settings(self);
	controls(self);
	at = image_address(&self->im, "WMaxLimPct");
	conn = image_address(&self->im, "Conn");
	self->wish.connect = true;
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], CONNECT, 1, "%u=0,0,60,0/30000 %u=1/30000 %u=0,60,1/30000", at,
		      at + 4, conn - 2);
}

/* ---- guards ---- */

/* What the core lets a DER do, measured as the image says. */
static void bounds(SELF, const struct ovpp_profile *prof, s64 *lo, s64 *hi)
{
	struct ovpp_der_ctl ctl = {0};

	sample(self, prof);
	ovpp_der_ctl_init(&ctl, 1, prof, prof->kind, false);
	ctl.reachable = true;
	ctl.envelope.p_min_mw = KW(-10);
	ctl.envelope.p_max_mw = KW(10);
	ovpp_der_sense(&ctl, &self->img, 1);
	*lo = ctl.lo_mw;
	*hi = ctl.tripped ? -1 : ctl.hi_mw;
}

#define EXPECT_BOUNDS(lo_, hi_, prof)              \
	do {                                       \
		s64 low, high;                     \
		bounds(self, (prof), &low, &high); \
		EXPECT_EQ((lo_), low);             \
		EXPECT_EQ((hi_), high);            \
	} while (0)

TEST_F(written, a_limit_is_0_once_its_scale_has_changed)
{
	unsigned int size;
	uint16_t *max, *max_sf, *sf;

	inverter(self);
	settings(self);
	max = image_at(&self->im, "WMax", &size);
	max_sf = image_at(&self->im, "WMax_SF", &size);
	controls(self);
	sf = image_at(&self->im, "WMaxLimPct_SF", &size);
	ASSERT_TRUE(make(self));
	EXPECT_BOUNDS(0, KW(10), self->prof[0]);
	*sf = 0;
	EXPECT_BOUNDS(0, 0, self->prof[0]);
	*sf = (uint16_t)-2;
	*max = 4999;
	EXPECT_BOUNDS(0, 0, self->prof[0]);
	*max = 5000;
	*max_sf = 0;
	EXPECT_BOUNDS(0, 0, self->prof[0]);
	*max_sf = 1;
	EXPECT_BOUNDS(0, KW(10), self->prof[0]);
}

TEST_F(written, a_guard_is_one_request)
{
	unsigned int size;
	uint16_t *max;

	inverter(self);
	settings(self);
	max = image_at(&self->im, "WMax", &size);
	image_word(&self->im, 64999);
	image_word(&self->im, 100);
	for (int i = 0; i < 100; i++)
		image_word(&self->im, 0);
	controls(self);
	ASSERT_TRUE(make(self));
	EXPECT_TRUE(notes(self, 0, "not guarded: WMax"));
	*max = 4999;
	EXPECT_BOUNDS(0, KW(10), self->prof[0]);
	image_set(&self->im, "WMaxLimPct_SF", 0);
	EXPECT_BOUNDS(0, 0, self->prof[0]);
}

/* ---- 124 ---- */

TEST_F(written, a_hybrid_inverter_is_two_der)
{
	unsigned int out;

	inverter(self);
	settings(self);
	controls(self);
	storage(self);
	out = image_address(&self->im, "OutWRte");
	ASSERT_TRUE(make(self));
	ASSERT_EQ(2, self->n);
	EXPECT_STREQ("acme-inc.-sun-5-12345", self->text[0].name);
	EXPECT_STREQ("acme-inc.-sun-5-12345-bat", self->text[1].name);
	EXPECT_EQ(OVPP_KIND_PV, self->prof[0]->kind);
	EXPECT_EQ(OVPP_KIND_BATTERY, self->prof[1]->kind);
	EXPECT_TRUE(TAKES(self->prof[0], P_LIMIT));
	sample(self, self->prof[1]);
	EXPECT_POINT(555000, SOC);
	EXPECT_POINT(OVPP_DER_STATE_RUNNING, STATE);
	/* Both limits are the power, then StorCtl_Mod has both count. */
	EXPECT_WRITES(self->prof[1], P_SET, KW(2), "%u=2500,%u,0,60/30000 %u=3/30000", out,
		      65536 - 2500, out - 7);
	EXPECT_WRITES(self->prof[1], P_SET, KW(-8), "%u=%u,10000,0,60/30000 %u=3/30000", out,
		      65536 - 10000, out - 7);
	EXPECT_WRITES(self->prof[1], P_SET, KW(-100), "%u=%u,10000,0,60/30000 %u=3/30000", out,
		      65536 - 10000, out - 7);
}

TEST_F(written, a_battery_stands_still_once_its_scale_has_changed)
{
	inverter(self);
	storage(self);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(2, self->n);
	EXPECT_BOUNDS(KW(-10), KW(10), self->prof[1]);
	image_set(&self->im, "WChaMax", 9000);
	EXPECT_BOUNDS(0, 0, self->prof[1]);
	image_set(&self->im, "WChaMax", 8000);
	image_set(&self->im, "InOutWRte_SF", 0);
	EXPECT_BOUNDS(0, 0, self->prof[1]);
}

TEST_F(written, a_model_of_storage_without_any_is_no_battery)
{
	inverter(self);
	image_model(&self->im, 124);
	image_set(&self->im, "WChaMax_SF", 0);
	ASSERT_TRUE(make(self));
	EXPECT_EQ(1, self->n);
}

/* ---- meters ---- */

TEST_F(written, a_meter_counts_import_as_positive_and_we_do_not)
{
	meter(self, 203);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	EXPECT_STREQ("acme-inc.-sun-5-12345", self->text[0].name);
	EXPECT_EQ(OVPP_KIND_METER, self->prof[0]->kind);
	EXPECT_TRUE(self->prof[0]->message[0].flags & OVPP_MESSAGE_TRIGGER);
	sample(self, self->prof[0]);
	EXPECT_POINT(-6540000, P);
	EXPECT_POINT(790000, Q);
	EXPECT_POINT(230150, V);
	EXPECT_POINT(50000, F);
	EXPECT_POINT(906630000, E_IMPORT);
	/* It counts none yet, or it never will. */
	EXPECT_QUALITY(INVALID, E_EXPORT);
	image_set(&self->im, "TotWhExp", 1);
	sample(self, self->prof[0]);
	EXPECT_POINT(10000, E_EXPORT);
}

TEST_F(written, a_meter_whose_sign_is_known_to_differ)
{
	meter(self, 203);
	self->wish.positive = OVPP_SUNSPEC_EXPORT;
	ASSERT_TRUE(make(self));
	sample(self, self->prof[0]);
	EXPECT_POINT(6540000, P);
	/* The maker of the device that it hangs on says it. */
	self->wish.positive = OVPP_SUNSPEC_BY_MAKER;
	image_begin(&self->im);
	image_common(&self->im, "SolarEdge ", "SE5K", "7E1");
	inverter(self);
	image_common(&self->im, "WattNode", "WND", "99");
	meter(self, 203);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(2, self->n);
	EXPECT_STREQ("solaredge-se5k-7e1", self->text[0].name);
	EXPECT_STREQ("wattnode-wnd-99", self->text[1].name);
	sample(self, self->prof[1]);
	EXPECT_POINT(6540000, P);
	self->wish.positive = OVPP_SUNSPEC_IMPORT;
	ASSERT_TRUE(make(self));
	sample(self, self->prof[1]);
	EXPECT_POINT(-6540000, P);
}

TEST_F(written, meters_behind_an_inverter)
{
	inverter(self);
	meter(self, 201);
	meter(self, 204);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(3, self->n);
	EXPECT_STREQ("acme-inc.-sun-5-12345-meter1", self->text[0].name);
	EXPECT_STREQ("acme-inc.-sun-5-12345-meter2", self->text[1].name);
	EXPECT_STREQ("acme-inc.-sun-5-12345", self->text[2].name);
}

TEST_F(written, a_meter_of_floats)
{
	image_model(&self->im, 213);
	image_float(&self->im, "W", -1000.25f);
	image_float(&self->im, "PhV", 231.5f);
	image_float(&self->im, "Hz", 49.99f);
	image_float(&self->im, "TotWhImp", 12345.0f);
	image_float(&self->im, "TotWhExp", 0.0f);
	ASSERT_TRUE(make(self));
	sample(self, self->prof[0]);
	EXPECT_POINT(1000250, P);
	EXPECT_POINT(231500, V);
	EXPECT_POINT(49990, F);
	EXPECT_POINT(12345000, E_IMPORT);
	EXPECT_POINT(0, E_EXPORT);
}

/* ---- 7xx ---- */

TEST_F(written, a_der_of_the_newer_models)
{
	unsigned int ena, hb;

	der(self);
	der_controls(self);
	ena = image_address(&self->im, "WMaxLimPctEna");
	image_model(&self->im, 715);
	image_set(&self->im, "LocRemCtl", 0);
	image_set(&self->im, "ControllerHb", 0);
	hb = image_address(&self->im, "ControllerHb");
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(OVPP_KIND_PV, self->prof[0]->kind);
	sample(self, self->prof[0]);
	EXPECT_POINT(-9800000, P);
	EXPECT_POINT(240000, V);
	EXPECT_POINT(60010, F);
	EXPECT_POINT(5000000000000, E_EXPORT);
	EXPECT_POINT(0, E_IMPORT);
	EXPECT_POINT(OVPP_DER_STATE_LIMITED, STATE);
	EXPECT_POINT(0, WARNING);
	/* The timer, the limit, the switch, the heartbeat. */
	EXPECT_WRITES(self->prof[0], P_LIMIT, KW(5),
		      "%u=0,60/30000 %u=500/30000 %u=1/30000 %u=0,0/1000", ena + 4, ena + 1, ena,
		      hb);
	EXPECT_WRITES(self->prof[0], HEARTBEAT, 65537,
		      "%u=0,60/30000 %u=0/30000 %u=1/30000 %u=1,1/1000", ena + 4, ena + 1, ena, hb);
	EXPECT_BOUNDS(0, KW(10), self->prof[0]);
	image_set(&self->im, "LocRemCtl", 1);
	sample(self, self->prof[0]);
	EXPECT_POINT(0x80000000, WARNING);
}

TEST_F(written, a_limit_of_the_newer_models_is_guarded)
{
	unsigned int size;
	uint16_t *max;

	der(self);
	max = image_at(&self->im, "WMax", &size);
	der_controls(self);
	ASSERT_TRUE(make(self));
	*max = 9000;
	EXPECT_BOUNDS(0, 0, self->prof[0]);
	*max = 10000;
	image_set(&self->im, "WMaxLimPct_SF", 0);
	EXPECT_BOUNDS(0, 0, self->prof[0]);
}

TEST_F(written, storage_of_the_newer_models_is_set_in_watts)
{
	unsigned int ena;

	der(self);
	der_controls(self);
	ena = image_address(&self->im, "WSetEna");
	image_model(&self->im, 713);
	image_set(&self->im, "SoC", 505);
	image_set(&self->im, "Pct_SF", -1);
	image_set(&self->im, "Sta", 1);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(OVPP_KIND_BATTERY, self->prof[0]->kind);
	EXPECT_FALSE(TAKES(self->prof[0], P_LIMIT));
	sample(self, self->prof[0]);
	EXPECT_POINT(-9800000, P);
	EXPECT_POINT(505000, SOC);
	EXPECT_POINT(0, ALARM);
	/* WSet_SF is 1. */
	EXPECT_WRITES(self->prof[0], P_SET, KW(-5), "%u=0,60/30000 %u=1,65535,%u/30000 %u=1/30000",
		      ena + 9, ena + 1, 65536 - 500, ena);
	image_set(&self->im, "Sta", 2);
	sample(self, self->prof[0]);
	EXPECT_POINT(1 << 30, ALARM);
}

TEST_F(written, a_battery_alone)
{
	unsigned int hb;

	image_model(&self->im, 802);
	image_set(&self->im, "SoC", 423);
	image_set(&self->im, "SoC_SF", -1);
	image_set(&self->im, "V", 5120);
	image_set(&self->im, "V_SF", -1);
	image_set(&self->im, "A", -105);
	image_set(&self->im, "A_SF", -1);
	image_set(&self->im, "W", -5376);
	image_set(&self->im, "W_SF", 0);
	image_set(&self->im, "AChaMax", 50);
	image_set(&self->im, "ADisChaMax", 60);
	image_set(&self->im, "AMax_SF", 0);
	image_set(&self->im, "State", 3);
	image_set(&self->im, "Evt1", 1 << 13 | 1 << 20);
	image_set(&self->im, "CtrlHb", 0);
	hb = image_address(&self->im, "CtrlHb");
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	EXPECT_EQ(OVPP_KIND_BATTERY, self->prof[0]->kind);
	sample(self, self->prof[0]);
	EXPECT_POINT(423000, SOC);
	EXPECT_POINT(512000, V);
	EXPECT_POINT(-10500, I);
	EXPECT_POINT(-5376000, P);
	EXPECT_POINT(50000, I_CHARGE_MAX);
	EXPECT_POINT(60000, I_DISCHARGE_MAX);
	EXPECT_POINT(OVPP_DER_STATE_RUNNING, STATE);
	EXPECT_POINT(1 << 20, ALARM);
	EXPECT_POINT(1 << 13, WARNING);
	EXPECT_WRITES(self->prof[0], HEARTBEAT, 65537, "%u=1/1000", hb);
}

/* SetOp is 1 and 2; without being asked for nothing of it is written. */
TEST_F(written, a_battery_is_disconnected_by_an_operation)
{
	unsigned int op;

	image_model(&self->im, 802);
	image_set(&self->im, "SoC", 423);
	image_set(&self->im, "SoC_SF", -1);
	op = image_address(&self->im, "SetOp");
	ASSERT_TRUE(make(self));
	ASSERT_EQ(0, self->prof[0]->commands);
	self->wish.connect = true;
	ASSERT_TRUE(make(self));
	EXPECT_WRITES(self->prof[0], CONNECT, 1, "%u=1/30000", op);
	EXPECT_WRITES(self->prof[0], CONNECT, 0, "%u=2/30000", op);
}

TEST_F(written, a_battery_behind_a_der_has_bits_of_its_own)
{
	der(self);
	image_set(&self->im, "WMax", 10000);
	image_model(&self->im, 802);
	image_set(&self->im, "SoC", 42);
	image_set(&self->im, "SoC_SF", 0);
	image_set(&self->im, "Evt1", 1 << 20);
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	sample(self, self->prof[0]);
	EXPECT_POINT(420000, SOC);
	EXPECT_POINT(-9800000, P);
	EXPECT_POINT(1 << 17, ALARM);
}

/* ---- names, and what is no DER ---- */

TEST_F(written, names_are_short_and_safe)
{
	static const struct {
		const char *maker, *model, *serial, *name;
	} names[] = {
		{"Fronius", "Primo 5.0-1", "", "fronius-primo-5.0-1-u7"},
		{"  A/B\\C  ", "../../x", "", "a-b-c-..-..-x-u7"},
		{"\xc3\xa9t\xc3\xa9", "", "s\xc3\xa9r", "t-s-r"},
		{"A manufacturer with a long name", "And a model", "0123456789012345",
		 "a-manufacturer-with-6789012345"},
		{"", "", "", "sunspec-u7"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		image_begin(&self->im);
		image_common(&self->im, names[i].maker, names[i].model, names[i].serial);
		inverter(self);
		ASSERT_TRUE(make(self));
		ASSERT_EQ(1, self->n);
		EXPECT_STREQ(names[i].name, self->text[0].name);
	}
	image_begin(&self->im);
	image_common(&self->im, "Acme", "X", "12345");
	inverter(self);
	self->wish.by_unit = true;
	ASSERT_TRUE(make(self));
	EXPECT_STREQ("acme-x-u7", self->text[0].name);
}

TEST_F(written, a_text_of_the_device_cannot_write_the_profile)
{
	image_begin(&self->im);
	image_common(&self->im, "x\nkind: meter", "\r\n- {", "\x1b[1m");
	inverter(self);
	ASSERT_TRUE(make(self));
	EXPECT_EQ(OVPP_KIND_PV, self->prof[0]->kind);
}

TEST_F(written, nothing_where_nothing_is_a_der)
{
	image_model(&self->im, 120);
	ASSERT_TRUE(make(self));
	EXPECT_EQ(0, self->n);
	/* An inverter that gives nothing. */
	image_model(&self->im, 103);
	ASSERT_TRUE(make(self));
	EXPECT_EQ(0, self->n);
}

TEST_F(written, a_model_that_is_cut_gives_what_there_is_of_it)
{
	inverter(self);
	self->im.n = self->im.model + 16;
	ASSERT_TRUE(make(self));
	ASSERT_EQ(1, self->n);
	EXPECT_TRUE(MEASURES(self->prof[0], P));
	EXPECT_FALSE(MEASURES(self->prof[0], F));
}

/* ---- real devices ---- */

/* Number of points of a dump's model that the profile has as the decoder has them; -1. */
static int agree(SELF, const struct ovpp_sunspec_block *block, bool meter)
{
	const struct {
		const char *name;
		enum ovpp_point point;
		const char *unit;
		enum ovpp_unit kind;
		bool is_signed;
	} points[] = {
		{"W", OVPP_POINT_P, " W", OVPP_UNIT_MW, true},
		{meter ? "PhV" : "PhVphA", OVPP_POINT_V, " V", OVPP_UNIT_MV, false},
		{"Hz", OVPP_POINT_F, " Hz", OVPP_UNIT_MHZ, false},
		{"WH", OVPP_POINT_E_EXPORT, " Wh", OVPP_UNIT_MWH, false},
		{"TotWhExp", OVPP_POINT_E_EXPORT, " Wh", OVPP_UNIT_MWH, false},
		{"TotWhImp", OVPP_POINT_E_IMPORT, " Wh", OVPP_UNIT_MWH, false},
	};
	struct ovpp_sunspec_value v;
	char text[OVPP_SUNSPEC_TEXT];
	int n = 0;

	for (size_t i = 0; i < N(points); i++) {
		const struct ovpp_value *got = &self->img.point[points[i].point];
		int64_t want;

		if (ovpp_sunspec_get(block, points[i].name, &v))
			continue;
		if (ovpp_sunspec_format(&v, text)) {
			n = got->quality == OVPP_QUALITY_GOOD ? -1 : n;
			continue;
		}
		strcat(text, points[i].unit);
		if (ovpp_units_parse(text, points[i].kind, &want) ||
		    got->quality != OVPP_QUALITY_GOOD ||
		    got->value != (points[i].is_signed && meter ? -want : want)) {
			ksft_print_msg("%s: %s, not %lld\n", points[i].name, text,
				       (long long)got->value);
			return -1;
		}
		n++;
	}
	return n;
}

/* A dump's profiles agree with the decoder; the number of points, or -1. */
static int dump_agrees(SELF, const char *path)
{
	struct ovpp_sunspec_dump *dump = malloc(sizeof(*dump));
	struct ovpp_sunspec_block block;
	struct ovpp_sunspec_map map;
	int n = 0, points = 0;
	size_t at, size;
	char err[256], *text;

	if (ovpp_file_read(path, 1 << 20, &text, &size) ||
	    ovpp_sunspec_dump_parse(text, size, path, -1, dump, err, sizeof(err)) ||
	    ovpp_sunspec_dump_find(dump, &map, &at))
		abort();
	forget(self);
	if (ovpp_sunspec_profiles(&map, at, &self->wish, &self->text, &self->n))
		abort();
	for (size_t i = 0; i < self->n; i++) {
		self->prof[i] = compile(&self->text[i]);
		if (!self->prof[i])
			n = -1;
	}
	while (n >= 0 && self->n && ovpp_sunspec_next(&map, &at, &block) > 0) {
		bool meter = block.id >= 201 && block.id <= 214;

		if (!meter && (block.id < 101 || block.id > 113))
			continue;
		sample_from(self, self->prof[0], map.reg, map.base);
		n = agree(self, &block, meter);
		points += n;
	}
	free(text);
	free(dump);
	return n < 0 ? -1 : points;
}

TEST_F(written, profiles_of_real_devices_agree_with_the_decoder)
{
	const char *shared = getenv("OVPP_SHARED");
	char pattern[512];
	int points = 0;
	glob_t dumps;

	snprintf(pattern, sizeof(pattern), "%s/data/sunspec/dumps/*.json",
		 shared ? shared : "../shared");
	if (glob(pattern, 0, NULL, &dumps))
		SKIP(return, "NOTHING COMPARED: there is no %s (OVPP_SHARED)", pattern);
	for (size_t i = 0; i < dumps.gl_pathc; i++) {
		int n = dump_agrees(self, dumps.gl_pathv[i]);

		EXPECT_LE(0, n)
		{
			ksft_print_msg("%s\n", dumps.gl_pathv[i]);
		}
		points += n;
	}
	ksft_print_msg("%d points agree in %zu dumps\n", points, dumps.gl_pathc);
	EXPECT_LT(0, points);
	globfree(&dumps);
}

TEST_HARNESS_MAIN
