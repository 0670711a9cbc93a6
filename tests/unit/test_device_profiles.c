// SPDX-License-Identifier: GPL-2.0-or-later
/* Profiles of Modbus devices that are shipped: registers to points, commands to registers. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "core/modbus.h"
#include "core/profile.h"
#include "profile.h"

/* A device's registers, of holding and input alike: none here has both. */
FIXTURE(device)
{
	u16 reg[65536];
	struct ovpp_profile *prof;
	struct ovpp_image img;
	u64 now;
};

FIXTURE_SETUP(device)
{
	memset(self, 0, sizeof(*self));
	unsetenv("OVPP_PROFILES");
}

FIXTURE_TEARDOWN(device)
{
	ovpp_profile_free(self->prof);
}

#define SELF FIXTURE_DATA(device) * self

static void use(SELF, const char *name)
{
	char path[PATH_MAX], err[512] = "no such file";
	json_t *obj = NULL;

	if (ovpp_profile_find(name, path, sizeof(path)) ||
	    ovpp_profile_load(path, &obj, err, sizeof(err)) ||
	    ovpp_profile_compile(obj, &self->prof, err, sizeof(err))) {
		ksft_print_msg("%s: %s\n", name, err);
		abort();
	}
	json_decref(obj);
}

static void set(SELF, u16 address, unsigned int n, const u16 *value)
{
	memcpy(&self->reg[address], value, n * sizeof(*value));
}

/* Registers from an address on. */
#define SET(address_, ...) \
	set(self, address_, sizeof((u16[]){__VA_ARGS__}) / sizeof(u16), (u16[]){__VA_ARGS__})

static bool reads(const struct ovpp_message *msg)
{
	return !(msg->flags & OVPP_MESSAGE_TX);
}

/* All that the profile reads, into the image. */
static void read_all(SELF)
{
	for (u16 m = 0; m < self->prof->n_messages; m++) {
		const struct ovpp_message *msg = &self->prof->message[m];
		const u16 *reg = &self->reg[OVPP_MODBUS_ADDRESS(msg->id)];
		struct ovpp_update up[OVPP_UPDATE_MAX];
		u8 data[OVPP_PAYLOAD_MAX];
		int n;

		if (!reads(msg))
			continue;
		for (unsigned int i = 0; i < msg->length / 2U; i++) {
			data[2 * i] = reg[i] >> 8;
			data[2 * i + 1] = reg[i];
		}
		n = ovpp_message_decode(self->prof, msg, data, msg->length, up);
		ovpp_image_update(&self->img, up, n, ++self->now, msg->timeout_ms);
	}
	ovpp_image_derive(self->prof, &self->img);
}

/* All that it writes, into the registers. */
static void write_all(SELF, s64 p_mw)
{
	s64 command[OVPP_POINT_N] = {[OVPP_POINT_P_SET] = p_mw, [OVPP_POINT_CONNECT] = 1};
	u8 data[OVPP_PAYLOAD_MAX];

	for (u16 m = 0; m < self->prof->n_messages; m++) {
		const struct ovpp_message *msg = &self->prof->message[m];
		u16 *reg = &self->reg[OVPP_MODBUS_ADDRESS(msg->id)];

		if (reads(msg))
			continue;
		ovpp_message_encode(self->prof, msg, command, data);
		for (unsigned int i = 0; i < msg->length / 2U; i++)
			reg[i] = data[2 * i] << 8 | data[2 * i + 1];
	}
}

static s64 good(SELF, enum ovpp_point point)
{
	const struct ovpp_value *v = &self->img.point[point];

	return v->quality == OVPP_QUALITY_GOOD ? v->value : S64_MIN;
}

static u8 quality(SELF, enum ovpp_point point)
{
	return self->img.point[point].quality;
}

static unsigned int requests(SELF)
{
	unsigned int n = 0;

	for (u16 m = 0; m < self->prof->n_messages; m++)
		n += reads(&self->prof->message[m]);
	return n;
}

/* 0x42c80000 is 100, 0x43664ccd 230.3, 0x42483d71 50.06, 0xc0a00000 -5. */
TEST_F(device, eastron_sdm120)
{
	use(self, "eastron-sdm120");
	SET(0, 0x4366, 0x4ccd);					 /* 230.3 V */
	SET(12, 0x42c8, 0x0000);				 /* takes 100 W */
	SET(24, 0xc0a0, 0x0000);				 /* gives 5 var */
	SET(70, 0x4248, 0x3d71, 0x4640, 0xe6b7, 0x3f00, 0x0000); /* 50.06 Hz, 12345.679, 0.5 kWh */
	read_all(self);
	EXPECT_EQ(-100000, good(self, OVPP_POINT_P));
	EXPECT_EQ(230300, good(self, OVPP_POINT_V));
	EXPECT_EQ(5000, good(self, OVPP_POINT_Q));
	EXPECT_EQ(50060, good(self, OVPP_POINT_F));
	EXPECT_EQ(12345678711, good(self, OVPP_POINT_E_IMPORT));
	EXPECT_EQ(500000, good(self, OVPP_POINT_E_EXPORT));
	SET(12, 0x7fc0, 0x0000); /* NaN */
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_P));
	EXPECT_EQ(OVPP_KIND_METER, self->prof->kind);
	EXPECT_EQ(0, self->prof->commands);
}

TEST_F(device, eastron_sdm630)
{
	use(self, "eastron-sdm630");
	SET(0, 0x4366, 0x4ccd);
	SET(52, 0xc59c, 0x4000); /* gives 5 kW */
	SET(70, 0x4248, 0x3d71, 0x3f00, 0x0000, 0x4000, 0x0000);
	read_all(self);
	EXPECT_EQ(5000000, good(self, OVPP_POINT_P));
	EXPECT_EQ(230300, good(self, OVPP_POINT_V));
	EXPECT_EQ(50060, good(self, OVPP_POINT_F));
	EXPECT_EQ(500000, good(self, OVPP_POINT_E_IMPORT));
	EXPECT_EQ(2000000, good(self, OVPP_POINT_E_EXPORT));
	EXPECT_TRUE(self->prof->message[0].flags & OVPP_MESSAGE_TRIGGER);
	EXPECT_EQ(OVPP_MODBUS_ID(4, 0, 52), self->prof->message[0].id);
	SET(52, 0xff80, 0x0000); /* minus infinity */
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_P));
}

TEST_F(device, carlo_gavazzi_em300)
{
	use(self, "carlo-gavazzi-em300");
	SET(0, 2307, 0);
	SET(40, 0x86a1, 0x0001); /* 100001: takes 10000.1 W */
	read_all(self);
	EXPECT_EQ(-10000100, good(self, OVPP_POINT_P));
	EXPECT_EQ(230700, good(self, OVPP_POINT_V));
	SET(40, 0xfff6, 0xffff);
	read_all(self);
	EXPECT_EQ(1000, good(self, OVPP_POINT_P));
	SET(40, 0xffff, 0x7fff);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_P));
}

TEST_F(device, deye_3p_battery)
{
	use(self, "deye-3p");
	SET(516, 0x86a0, 0x0001, 0x0064, 0x0000); /* 10000, 10 kWh */
	SET(588, 77, 0xffff, (u16)-2500);
	read_all(self);
	EXPECT_EQ(770000, good(self, OVPP_POINT_SOC));
	EXPECT_EQ(-2500000, good(self, OVPP_POINT_P)); /* charges */
	EXPECT_EQ(10000000000, good(self, OVPP_POINT_E_IMPORT));
	EXPECT_EQ(10000000, good(self, OVPP_POINT_E_EXPORT));
	SET(588, 101);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_SOC));
	EXPECT_EQ(2, requests(self));
	EXPECT_EQ(OVPP_KIND_BATTERY, self->prof->kind);
}

TEST_F(device, deye_3p_meter)
{
	use(self, "deye-3p-meter");
	SET(522, 0x0001, 0x0000, 0x0000, 0x0001); /* bought 0.1, sold 6553.6 kWh */
	SET(598, 2299);
	SET(625, 1200); /* buys */
	read_all(self);
	EXPECT_EQ(-1200000, good(self, OVPP_POINT_P));
	EXPECT_EQ(229900, good(self, OVPP_POINT_V));
	EXPECT_EQ(100000, good(self, OVPP_POINT_E_IMPORT));
	EXPECT_EQ(6553600000, good(self, OVPP_POINT_E_EXPORT));
	SET(625, (u16)-1200);
	read_all(self);
	EXPECT_EQ(1200000, good(self, OVPP_POINT_P));
}

/* Both parts may hang on one unit: no request is the same. */
TEST_F(device, parts_of_one_inverter_share_its_unit)
{
	static const char *const part[][2] = {{"deye-3p", "deye-3p-meter"},
					      {"sungrow-hybrid", "sungrow-hybrid-meter"}};

	for (size_t i = 0; i < 2; i++) {
		struct ovpp_profile *other;

		use(self, part[i][0]);
		other = self->prof;
		use(self, part[i][1]);
		for (u16 a = 0; a < other->n_messages; a++)
			for (u16 b = 0; b < self->prof->n_messages; b++)
				EXPECT_NE(other->message[a].id, self->prof->message[b].id);
		ovpp_profile_free(other);
		ovpp_profile_free(self->prof);
		self->prof = NULL;
	}
}

TEST_F(device, sungrow_hybrid_battery)
{
	use(self, "sungrow-hybrid");
	SET(13021, (u16)-3100, 654);
	read_all(self);
	EXPECT_EQ(-3100000, good(self, OVPP_POINT_P)); /* charges */
	EXPECT_EQ(654000, good(self, OVPP_POINT_SOC));
	SET(13021, 0x7fff, 0xffff);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_P));
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_SOC));
	EXPECT_EQ(1, requests(self));
}

TEST_F(device, sungrow_hybrid_meter)
{
	use(self, "sungrow-hybrid-meter");
	SET(5018, 2305);
	SET(13009, 0x1170, 0x0001); /* 70000: exports 70 kW */
	read_all(self);
	EXPECT_EQ(70000000, good(self, OVPP_POINT_P));
	EXPECT_EQ(230500, good(self, OVPP_POINT_V));
	SET(13009, 0xffff, 0xffff);
	read_all(self);
	EXPECT_EQ(-1000, good(self, OVPP_POINT_P));
	SET(13009, 0xffff, 0x7fff);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_P));
}

TEST_F(device, growatt_hybrid)
{
	use(self, "growatt-hybrid");
	SET(1, 0x0001, 0x0000); /* 6553.6 W */
	SET(91, 0x0000, 0x1234);
	read_all(self);
	EXPECT_EQ(6553600, good(self, OVPP_POINT_P));
	EXPECT_EQ(466000000, good(self, OVPP_POINT_E_EXPORT));
	EXPECT_EQ(OVPP_KIND_PV, self->prof->kind);
}

TEST_F(device, abb_terra_ac)
{
	use(self, "abb-terra-ac");
	SET(0x400c, 0x0000, 0x0400); /* charges */
	SET(0x4016, 0x0000, 2311);
	SET(0x401c, 0x0000, 0x2af8);
	read_all(self);
	EXPECT_EQ(OVPP_DER_STATE_RUNNING, good(self, OVPP_POINT_STATE));
	EXPECT_EQ(231100, good(self, OVPP_POINT_V));
	EXPECT_EQ(-11000000, good(self, OVPP_POINT_P));
	SET(0x400d, 0x81ff); /* a bit beside the state is set */
	read_all(self);
	EXPECT_EQ(OVPP_DER_STATE_STANDBY, good(self, OVPP_POINT_STATE));
	SET(0x400d, 0x0600);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_STATE));
	EXPECT_EQ(1, requests(self));
	EXPECT_EQ(0, self->prof->commands);
}

TEST_F(device, keba_p30_is_read)
{
	use(self, "keba-p30");
	SET(1000, 0x0000, 3);
	SET(1020, 0x0054, 0x6b28); /* 5532456 mW */
	read_all(self);
	EXPECT_EQ(-5532456, good(self, OVPP_POINT_P));
	EXPECT_EQ(OVPP_DER_STATE_RUNNING, good(self, OVPP_POINT_STATE));
	SET(1000, 0x0000, 9);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_STATE));
	EXPECT_EQ(500, self->prof->spacing_ms);
	EXPECT_EQ(2, requests(self));
	for (u16 m = 0; m < self->prof->n_messages; m++)
		if (reads(&self->prof->message[m]))
			EXPECT_EQ(4, self->prof->message[m].length);
}

TEST_F(device, keba_p30_is_commanded)
{
	use(self, "keba-p30");
	write_all(self, -11000000);
	EXPECT_EQ(14474, self->reg[5004]);
	EXPECT_EQ(1, self->reg[5014]);
	EXPECT_EQ(0, self->reg[5016]);
	EXPECT_EQ(60, self->reg[5018]);
	write_all(self, -4560000);
	EXPECT_EQ(6000, self->reg[5004]);
	EXPECT_EQ(1, self->reg[5014]);
	write_all(self, -4559999);
	EXPECT_EQ(0, self->reg[5014]);
	write_all(self, 0);
	EXPECT_EQ(0, self->reg[5014]);
	write_all(self, 5000000); /* it cannot give */
	EXPECT_EQ(0, self->reg[5014]);
	write_all(self, -100000000);
	EXPECT_EQ(63000, self->reg[5004]);
	EXPECT_EQ(1, self->reg[5014]);
}

TEST_F(device, heidelberg_energy_control_is_read)
{
	use(self, "heidelberg-energy-control");
	SET(5, 7, 160, 160, 160, 325, 238, 237, 236, 1, 11000);
	read_all(self);
	EXPECT_EQ(OVPP_DER_STATE_RUNNING, good(self, OVPP_POINT_STATE));
	EXPECT_EQ(32500, good(self, OVPP_POINT_TEMP));
	EXPECT_EQ(238000, good(self, OVPP_POINT_V));
	EXPECT_EQ(-11000000, good(self, OVPP_POINT_P));
	SET(5, 1, 0, 0, 0, (u16)-145);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_STATE));
	EXPECT_EQ(-14500, good(self, OVPP_POINT_TEMP));
	EXPECT_EQ(1, requests(self));
}

TEST_F(device, heidelberg_energy_control_is_commanded)
{
	use(self, "heidelberg-energy-control");
	write_all(self, -7665900); /* 101 steps of 75.9 W */
	EXPECT_EQ(101, self->reg[261]);
	EXPECT_EQ(1, self->reg[259]);
	EXPECT_EQ(0, self->reg[262]);
	EXPECT_EQ(15000, self->reg[257]);
	write_all(self, -7665899);
	EXPECT_EQ(100, self->reg[261]);
	write_all(self, -4554000);
	EXPECT_EQ(60, self->reg[261]);
	EXPECT_EQ(1, self->reg[259]);
	write_all(self, -4553999);
	EXPECT_EQ(0, self->reg[259]);
	write_all(self, 0);
	EXPECT_EQ(0, self->reg[259]);
	write_all(self, -22000000);
	EXPECT_EQ(160, self->reg[261]);
}

/* What a charger draws at 3 x 253 V with what it was told is within the command. */
TEST_F(device, chargers_never_draw_more_than_was_commanded)
{
	static const struct {
		const char *name;
		u16 current;
		u16 enable;
		s64 uw_per_raw;
	} charger[] = {
		{"keba-p30", 5004, 5014, 759000},
		{"heidelberg-energy-control", 261, 259, 75900000},
	};

	for (size_t i = 0; i < sizeof(charger) / sizeof(charger[0]); i++) {
		use(self, charger[i].name);
		for (s64 p = 0; p >= -23000000; p -= 997) {
			s64 drawn;

			write_all(self, p);
			drawn = self->reg[charger[i].enable] ? self->reg[charger[i].current] : 0;
			ASSERT_GE(-p * 1000, drawn * charger[i].uw_per_raw)
			TH_LOG("%s at %lld mW", charger[i].name, (long long)p);
		}
		ovpp_profile_free(self->prof);
		self->prof = NULL;
	}
}

/* Its own time to fall back is refreshed at half of it at the latest. */
TEST_F(device, chargers_fall_back_by_themselves)
{
	static const struct {
		const char *name;
		u16 address;
		u32 ms;
	} timer[] = {
		{"keba-p30", 5018, 60000},
		{"heidelberg-energy-control", 257, 15000},
	};

	for (size_t i = 0; i < sizeof(timer) / sizeof(timer[0]); i++) {
		use(self, timer[i].name);
		for (u16 m = 0; m < self->prof->n_messages; m++) {
			const struct ovpp_message *msg = &self->prof->message[m];

			if (reads(msg))
				continue;
			EXPECT_LT(0, msg->period_ms);
			EXPECT_GE(timer[i].ms / 2, msg->period_ms);
		}
		write_all(self, 0);
		EXPECT_NE(0, self->reg[timer[i].address]);
		ovpp_profile_free(self->prof);
		self->prof = NULL;
	}
}

TEST_F(device, bornay_wind)
{
	use(self, "bornay-wind");
	SET(5021, 352, 0, 1830, 2100, 0, 521, 1);
	read_all(self);
	EXPECT_EQ(35200, good(self, OVPP_POINT_I));
	EXPECT_EQ(1830000, good(self, OVPP_POINT_P));
	EXPECT_EQ(2100000, good(self, OVPP_POINT_P_MAX));
	EXPECT_EQ(52100, good(self, OVPP_POINT_V));
	EXPECT_EQ(OVPP_DER_STATE_RUNNING, good(self, OVPP_POINT_STATE));
	SET(5027, 3);
	read_all(self);
	EXPECT_EQ(OVPP_QUALITY_INVALID, quality(self, OVPP_POINT_STATE));
	ASSERT_EQ(1, self->prof->n_messages);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 5000), self->prof->message[0].id);
	EXPECT_EQ(31, ovpp_message_quantity(self->prof, &self->prof->message[0]));
	EXPECT_EQ(1000, self->prof->message[0].period_ms);
}

TEST_HARNESS_MAIN
