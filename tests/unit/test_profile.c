// SPDX-License-Identifier: GPL-2.0-or-later
/* core/profile.c and profile_check.c: what the bytes of a device mean. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "core/profile.h"
#include "pylontech.h"

#define BIT(p) OVPP_POINT_BIT(OVPP_POINT_##p)

FIXTURE(profile)
{
	struct ovpp_message message[OPENVPP_MESSAGE_MAX + 1];
	struct ovpp_signal signal[OPENVPP_SIGNAL_MAX + 1];
	struct ovpp_map map[4];
	struct ovpp_profile prof;
	struct ovpp_profile_error err;
	struct ovpp_update up[OVPP_UPDATE_MAX];
	int n;
};

/* A profile of one message, rx unless told, with one signal of 16 bits. */
FIXTURE_SETUP(profile)
{
	static const struct ovpp_signal p = SIGNAL(P, 0, 16, S16, 1000);

	memset(self, 0, sizeof(*self));
	self->message[0] = (struct ovpp_message){
		.id = 0x100,
		.timeout_ms = 500,
		.signals = 1,
		.length = 8,
	};
	self->signal[0] = p;
	self->prof.n_messages = 1;
	self->prof.n_signals = 1;
	self->prof.message = self->message;
	self->prof.signal = self->signal;
	self->prof.map = self->map;
}

FIXTURE_TEARDOWN(profile)
{
}

#define SELF FIXTURE_DATA(profile) * self

static int check(SELF)
{
	return ovpp_profile_check(&self->prof, &self->err);
}

static const struct ovpp_signal *add(SELF, struct ovpp_signal sig)
{
	self->message[0].signals++;
	self->signal[self->prof.n_signals++] = sig;
	return &self->signal[self->prof.n_signals - 1];
}

static void make_tx(SELF)
{
	self->message[0].flags |= OVPP_MESSAGE_TX;
	self->message[0].timeout_ms = 0;
	self->signal[0].point = OVPP_POINT_P_SET;
}

static int decode(SELF, unsigned int message, const void *data, size_t len)
{
	self->n = ovpp_message_decode(&self->prof, &self->message[message], data, len, self->up);
	return self->n;
}

/* The update of a point; NULL if there is none. */
static const struct ovpp_update *find(SELF, enum ovpp_point point)
{
	int i;

	for (i = 0; i < self->n; i++)
		if (self->up[i].point == point)
			return &self->up[i];
	return NULL;
}

static s64 good(SELF, enum ovpp_point point)
{
	const struct ovpp_update *u = find(self, point);

	return u && u->quality == OVPP_QUALITY_GOOD ? u->value : S64_MIN;
}

TEST_F(profile, pylontech_frames_have_the_values_their_vendor_means)
{
	pylontech(&self->prof, self->message, self->signal);
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);

	EXPECT_EQ(4, decode(self, 0, "\x14\x02\xc0\x12\xc0\x12\xc2\x01", 8));
	EXPECT_EQ(53200, good(self, OVPP_POINT_V_CHARGE_MAX));
	EXPECT_EQ(480000, good(self, OVPP_POINT_I_CHARGE_MAX));
	EXPECT_EQ(480000, good(self, OVPP_POINT_I_DISCHARGE_MAX));
	EXPECT_EQ(45000, good(self, OVPP_POINT_V_DISCHARGE_MIN));

	EXPECT_EQ(2, decode(self, 1, "\x58\x00\x5e\x00", 4));
	EXPECT_EQ(880000, good(self, OVPP_POINT_SOC));
	EXPECT_EQ(940000, good(self, OVPP_POINT_SOH));

	EXPECT_EQ(3, decode(self, 2, "\x7a\x13\xf2\xfe\x6b\x01", 6));
	EXPECT_EQ(49860, good(self, OVPP_POINT_V));
	EXPECT_EQ(27000, good(self, OVPP_POINT_I)); /* discharges */
	EXPECT_EQ(36300, good(self, OVPP_POINT_TEMP));

	EXPECT_EQ(1, decode(self, 3, "\0\0\0\0\6PN", 7));
	EXPECT_EQ(0, good(self, OVPP_POINT_ALARM));
	EXPECT_EQ(1, decode(self, 3, "\x82\x80\0\0\6PN", 7));
	EXPECT_EQ(2 | 128 | 2048, good(self, OVPP_POINT_ALARM));

	EXPECT_EQ(2, decode(self, 4, "\xc0\0", 2));
	EXPECT_EQ(1, good(self, OVPP_POINT_CHARGE_OK));
	EXPECT_EQ(1, good(self, OVPP_POINT_DISCHARGE_OK));
}

TEST_F(profile, fields_that_follow_from_the_messages_are_derived)
{
	pylontech(&self->prof, self->message, self->signal);
	ASSERT_EQ(0, check(self));
	EXPECT_EQ(0, self->prof.commands);
	EXPECT_TRUE(self->prof.derive_p);
	EXPECT_EQ(BIT(P) | BIT(V) | BIT(I) | BIT(TEMP) | BIT(SOC) | BIT(SOH) | BIT(V_CHARGE_MAX) |
			  BIT(I_CHARGE_MAX) | BIT(I_DISCHARGE_MAX) | BIT(V_DISCHARGE_MIN) |
			  BIT(ALARM) | BIT(CHARGE_OK) | BIT(DISCHARGE_OK),
		  self->prof.measured);
	/* not what is optional, nor what lies beyond the least length */
	EXPECT_EQ(BIT(V) | BIT(I) | BIT(TEMP) | BIT(SOC) | BIT(SOH) | BIT(V_CHARGE_MAX) |
			  BIT(I_CHARGE_MAX) | BIT(I_DISCHARGE_MAX),
		  self->prof.required);
}

TEST_F(profile, power_follows_from_voltage_and_current)
{
	struct ovpp_image img = {0};
	struct ovpp_value *v = &img.point[OVPP_POINT_V];
	struct ovpp_value *i = &img.point[OVPP_POINT_I];
	struct ovpp_value *p = &img.point[OVPP_POINT_P];

	pylontech(&self->prof, self->message, self->signal);
	ASSERT_EQ(0, check(self));
	ovpp_image_derive(&self->prof, &img);
	EXPECT_EQ(OVPP_QUALITY_NEVER, p->quality);

	decode(self, 2, "\x7a\x13\xf2\xfe\x6b\x01", 6);
	ovpp_image_update(&img, self->up, self->n, 70, 5000);
	i->time_ns = 60;
	i->timeout_ms = 3000;
	ovpp_image_derive(&self->prof, &img);
	EXPECT_EQ(1346220, p->value);
	EXPECT_EQ(OVPP_QUALITY_GOOD, p->quality);
	EXPECT_EQ(60, p->time_ns);
	EXPECT_EQ(3000, p->timeout_ms);

	i->quality = OVPP_QUALITY_INVALID;
	ovpp_image_derive(&self->prof, &img);
	EXPECT_EQ(OVPP_QUALITY_INVALID, p->quality);

	v->value = S64_MAX;
	i->value = S64_MIN;
	ovpp_image_derive(&self->prof, &img);
	EXPECT_GT(0, p->value);
}

TEST_F(profile, a_derived_power_is_new_whenever_one_of_its_parts_is)
{
	struct ovpp_image img = {0};
	u16 seq;

	pylontech(&self->prof, self->message, self->signal);
	ASSERT_EQ(0, check(self));
	decode(self, 2, "\x7a\x13\xf2\xfe\x6b\x01", 6);
	ovpp_image_update(&img, self->up, self->n, 70, 5000);
	ovpp_image_derive(&self->prof, &img);
	seq = img.point[OVPP_POINT_P].seq;
	ovpp_image_derive(&self->prof, &img);
	EXPECT_EQ(seq, img.point[OVPP_POINT_P].seq);
	ovpp_image_update(&img, self->up, self->n, 80, 5000);
	ovpp_image_derive(&self->prof, &img);
	EXPECT_NE(seq, img.point[OVPP_POINT_P].seq);
}

TEST_F(profile, frame_shorter_than_its_message_is_refused)
{
	ASSERT_EQ(0, check(self));
	EXPECT_EQ(-EMSGSIZE, decode(self, 0, "\1\0\0\0\0\0\0", 7));
	EXPECT_EQ(1, decode(self, 0, "\1\0\0\0\0\0\0\0", 8));
	EXPECT_EQ(1000, good(self, OVPP_POINT_P));
}

TEST_F(profile, signals_beyond_a_shorter_frame_are_left_out)
{
	self->message[0].length = 2;
	add(self, (struct ovpp_signal)SIGNAL(Q, 16, 16, S16, 1));
	ASSERT_EQ(0, check(self));
	EXPECT_EQ(BIT(P), self->prof.required);
	EXPECT_EQ(1, decode(self, 0, "\1\0\2", 3));
	EXPECT_EQ(2, decode(self, 0, "\1\0\2\0", 4));
	EXPECT_EQ(2, good(self, OVPP_POINT_Q));
}

TEST_F(profile, value_out_of_range_is_invalid_not_zero)
{
	self->signal[0].raw_max = 100;
	ASSERT_EQ(0, check(self));
	decode(self, 0, "\x65\0\0\0\0\0\0\0", 8);
	ASSERT_NE(NULL, find(self, OVPP_POINT_P));
	EXPECT_EQ(OVPP_QUALITY_INVALID, find(self, OVPP_POINT_P)->quality);
}

TEST_F(profile, muxed_signals_are_there_only_under_their_mux_value)
{
	self->signal[0].flags |= OVPP_SIGNAL_MUXED;
	self->signal[0].mux_value = 3;
	add(self, (struct ovpp_signal)SIGNAL(Q, 0, 16, S16 | OVPP_SIGNAL_MUXED, 1, .mux_value = 4));
	add(self,
	    (struct ovpp_signal)SIGNAL(P, 16, 16, S16 | OVPP_SIGNAL_MUXED, 1, .mux_value = 5));
	add(self, (struct ovpp_signal)SIGNAL(P, 56, 8, OVPP_SIGNAL_MUX, 1));
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(0, self->prof.required);

	EXPECT_EQ(1, decode(self, 0, "\1\0\2\0\0\0\0\3", 8));
	EXPECT_EQ(1000, good(self, OVPP_POINT_P));
	EXPECT_EQ(1, decode(self, 0, "\1\0\2\0\0\0\0\4", 8));
	EXPECT_EQ(1, good(self, OVPP_POINT_Q));
	EXPECT_EQ(1, decode(self, 0, "\1\0\2\0\0\0\0\5", 8));
	EXPECT_EQ(2, good(self, OVPP_POINT_P));
	EXPECT_EQ(0, decode(self, 0, "\1\0\2\0\0\0\0\6", 8));
}

TEST_F(profile, bits_of_which_one_part_is_not_known_are_not_known)
{
	self->signal[0] = (struct ovpp_signal)SIGNAL(ALARM, 0, 8, OVPP_SIGNAL_BITS, 1);
	add(self, (struct ovpp_signal)RANGED(ALARM, 8, 8, OVPP_SIGNAL_BITS, 256, 0, 0xfd));
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(1, decode(self, 0, "\1\2\0\0\0\0\0\0", 8));
	EXPECT_EQ(0x201, good(self, OVPP_POINT_ALARM));
	EXPECT_EQ(1, decode(self, 0, "\1\xff\0\0\0\0\0\0", 8));
	EXPECT_EQ(OVPP_QUALITY_INVALID, self->up[0].quality);
}

TEST_F(profile, bits_of_two_messages_stand_beside_each_other)
{
	struct ovpp_image img = {0};
	const struct ovpp_value *alarm = &img.point[OVPP_POINT_ALARM];

	self->signal[0] =
		(struct ovpp_signal)SIGNAL(ALARM, 0, 8, OVPP_SIGNAL_BITS | OVPP_SIGNAL_PAIRS, 1);
	self->signal[1] = (struct ovpp_signal)SIGNAL(ALARM, 0, 4, OVPP_SIGNAL_BITS, 16);
	self->message[1] = self->message[0];
	self->message[1].id++;
	self->message[1].signal = 1;
	self->prof.n_messages = 2;
	self->prof.n_signals = 2;
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);

	ASSERT_EQ(1, decode(self, 1, "\x05\0\0\0\0\0\0\0", 8));
	ovpp_image_update(&img, self->up, 1, 1, 0);
	EXPECT_EQ(0x50, alarm->value);
	ASSERT_EQ(1, decode(self, 0, "\x41\0\0\0\0\0\0\0", 8));
	ovpp_image_update(&img, self->up, 1, 2, 0);
	EXPECT_EQ(0x59, alarm->value) TH_LOG("the other message's bits are gone");
	ASSERT_EQ(1, decode(self, 1, "\x02\0\0\0\0\0\0\0", 8));
	ovpp_image_update(&img, self->up, 1, 3, 0);
	EXPECT_EQ(0x29, alarm->value);
	ASSERT_EQ(1, decode(self, 0, "\xaa\0\0\0\0\0\0\0", 8));
	ovpp_image_update(&img, self->up, 1, 4, 0);
	EXPECT_EQ(0x20, alarm->value);
}

TEST_F(profile, commands_fill_their_frame)
{
	s64 command[OVPP_POINT_N] = {[OVPP_POINT_P_SET] = -1500000,
				     [OVPP_POINT_CONNECT] = 1,
				     [OVPP_POINT_HEARTBEAT] = 19};
	u8 data[64];

	make_tx(self);
	self->message[0].fill = 0xff;
	self->prof.n_maps = 2;
	self->map[0] = (struct ovpp_map){.raw = 2, .value = 1};
	self->map[1] = (struct ovpp_map){.raw = 1, .value = 0};
	add(self, (struct ovpp_signal)SIGNAL(CONNECT, 16, 2, OVPP_SIGNAL_MAP, 1, .maps = 2));
	add(self, (struct ovpp_signal)SIGNAL(HEARTBEAT, 24, 4, 0, 1));
	add(self, (struct ovpp_signal)SIGNAL(P, 32, 8, OVPP_SIGNAL_MUX, 1, .mux_value = 0x42));
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(BIT(P_SET) | BIT(CONNECT) | BIT(HEARTBEAT), self->prof.commands);
	EXPECT_EQ(8, ovpp_message_encode(&self->prof, &self->message[0], command, data));
	EXPECT_EQ(0, memcmp(data, "\x24\xfa\xfe\xf3\x42\xff\xff\xff", 8));
}

TEST_F(profile, heartbeat_goes_round_within_its_range)
{
	s64 command[OVPP_POINT_N] = {0};
	u8 data[64];
	unsigned int i;

	make_tx(self);
	self->signal[0] = (struct ovpp_signal)RANGED(HEARTBEAT, 0, 8, 0, 1, 1, 5);
	ASSERT_EQ(0, check(self));
	for (i = 0; i < 12; i++) {
		command[OVPP_POINT_HEARTBEAT] = 1000 + i;
		ovpp_message_encode(&self->prof, &self->message[0], command, data);
		EXPECT_EQ(1 + (1000 + i) % 5, data[0]);
	}
}

TEST_F(profile, node_moves_the_identifier)
{
	struct ovpp_message *msg = &self->message[0];
	u32 id;

	msg->id = 0x7f0;
	msg->stride = 2;
	EXPECT_EQ(0, ovpp_message_id(msg, 7, &id));
	EXPECT_EQ(0x7fe, id);
	EXPECT_EQ(-ERANGE, ovpp_message_id(msg, 8, &id));
	msg->flags = OVPP_MESSAGE_EXT;
	EXPECT_EQ(0, ovpp_message_id(msg, 8, &id));
	msg->stride = 0x1fffffff;
	EXPECT_EQ(-ERANGE, ovpp_message_id(msg, 65535, &id));
	*msg = (struct ovpp_message){
		.id = 0x18f00400, .stride = 0, .flags = OVPP_MESSAGE_EXT | OVPP_MESSAGE_PGN};
	EXPECT_EQ(0, ovpp_message_id(msg, 0xfd, &id));
	EXPECT_EQ(0x18f004fd, id);
	EXPECT_EQ(-ERANGE, ovpp_message_id(msg, 254, &id));
	/* sent: the destination is part of the identifier, the source is ours */
	*msg = (struct ovpp_message){.id = 0x0cef0044,
				     .stride = 0x100,
				     .flags = OVPP_MESSAGE_EXT | OVPP_MESSAGE_PGN |
					      OVPP_MESSAGE_TX};
	EXPECT_EQ(0, ovpp_message_id(msg, 0x21, &id));
	EXPECT_EQ(0x0cef2144, id);
}

#define EXPECT_REFUSED(text_, signal_)                                     \
	do {                                                               \
		EXPECT_EQ(-EINVAL, check(self));                           \
		EXPECT_STREQ(text_, self->err.text ? self->err.text : ""); \
		EXPECT_EQ(signal_, self->err.signal);                      \
	} while (0)

TEST_F(profile, tables_that_are_too_long_are_refused)
{
	self->prof.n_messages = OPENVPP_MESSAGE_MAX + 1;
	EXPECT_EQ(-E2BIG, check(self));
	self->prof.n_messages = 1;
	self->prof.n_signals = OPENVPP_SIGNAL_MAX + 1;
	EXPECT_EQ(-E2BIG, check(self));
	self->prof.n_signals = 1;
	self->prof.n_maps = OPENVPP_MAP_MAX + 1;
	EXPECT_EQ(-E2BIG, check(self));
	self->prof.n_maps = 0;
	self->prof.n_messages = 0;
	EXPECT_REFUSED("no message", -1);
}

TEST_F(profile, indices_beyond_the_tables_are_refused)
{
	self->message[0].signals = 2;
	EXPECT_REFUSED("signals beyond the table", -1);
	self->message[0].signal = 65535;
	self->message[0].signals = 65535;
	EXPECT_REFUSED("signals beyond the table", -1);
	self->message[0].signal = 0;
	self->message[0].signals = 1;
	self->signal[0].flags = OVPP_SIGNAL_MAP;
	EXPECT_REFUSED("map empty or beyond the table", 0);
	self->signal[0].map = 65535;
	self->signal[0].maps = 65535;
	EXPECT_REFUSED("map empty or beyond the table", 0);
}

TEST_F(profile, received_messages_have_no_attribute_of_sent_ones)
{
	self->message[0].flags = OVPP_MESSAGE_BRS | OVPP_MESSAGE_FD;
	EXPECT_REFUSED("flag that a received message cannot have", -1);
	self->message[0].flags = 128;
	EXPECT_REFUSED("flag that a received message cannot have", -1);
	self->message[0].flags = 0;
	self->message[0].gap_ms = 1;
	EXPECT_REFUSED("period or gap of a received message", -1);
	self->message[0].gap_ms = 0;
	self->message[0].length = 9;
	EXPECT_REFUSED("longer than a frame", -1);
	self->message[0].flags = OVPP_MESSAGE_FD;
	EXPECT_EQ(0, check(self));
	self->signal[0].point = OVPP_POINT_P_SET;
	EXPECT_REFUSED("point is not a measurement", 0);
}

TEST_F(profile, sent_messages_have_no_attribute_of_received_ones)
{
	make_tx(self);
	EXPECT_EQ(0, check(self));
	self->message[0].flags |= OVPP_MESSAGE_TRIGGER;
	EXPECT_REFUSED("flag that a sent message cannot have", -1);
	self->message[0].flags = OVPP_MESSAGE_TX;
	self->message[0].timeout_ms = 1;
	EXPECT_REFUSED("timeout of a sent message", -1);
	self->message[0].timeout_ms = 0;
	self->message[0].flags |= OVPP_MESSAGE_BRS;
	EXPECT_REFUSED("bit rate switch without FD", -1);
	self->message[0].flags = OVPP_MESSAGE_TX;
	self->signal[0].point = OVPP_POINT_P;
	EXPECT_REFUSED("point is not a command", 0);
	self->signal[0].point = OVPP_POINT_MAX + 1;
	EXPECT_REFUSED("point is not a command", 0);
	self->signal[0].point = OVPP_POINT_P_SET;
	self->signal[0].flags |= OVPP_SIGNAL_BITS;
	EXPECT_REFUSED("command is muxed or one of several bits", 0);
}

TEST_F(profile, bits_are_moved_only)
{
	self->signal[0] = (struct ovpp_signal)SIGNAL(ALARM, 0, 8, OVPP_SIGNAL_BITS, 3);
	EXPECT_REFUSED("bits that are more than shifted", 0);
	self->signal[0].num = -2;
	EXPECT_REFUSED("bits that are more than shifted", 0);
	self->signal[0].num = 2;
	EXPECT_EQ(0, check(self));
	self->signal[0].den = 2;
	EXPECT_REFUSED("bits that are more than shifted", 0);
	self->signal[0].den = 1;
	self->signal[0].offset = 1;
	EXPECT_REFUSED("bits that are more than shifted", 0);
	self->signal[0].offset = 0;
	self->signal[0].flags |= OVPP_SIGNAL_SIGNED;
	EXPECT_REFUSED("bits that are signed or float", 0);
}

TEST_F(profile, only_lengths_that_frames_have_are_sent)
{
	unsigned int length;

	make_tx(self);
	self->message[0].flags |= OVPP_MESSAGE_FD;
	for (length = 2; length < 256; length++) {
		bool real = length <= 8 || length == 12 || length == 16 || length == 20 ||
			    length == 24 || length == 32 || length == 48 || length == 64;

		self->message[0].length = length;
		EXPECT_EQ(real ? 0 : -EINVAL, check(self));
	}
	self->message[0].flags = OVPP_MESSAGE_TX;
	self->message[0].length = 12;
	EXPECT_REFUSED("no frame has this length", -1);
}

TEST_F(profile, identifiers_out_of_range_are_refused)
{
	self->message[0].id = 0x800;
	EXPECT_REFUSED("identifier out of range", -1);
	self->message[0].flags = OVPP_MESSAGE_EXT;
	EXPECT_EQ(0, check(self));
	self->message[0].id = 0x20000000;
	EXPECT_REFUSED("identifier out of range", -1);
	self->message[0].flags = OVPP_MESSAGE_PGN;
	EXPECT_REFUSED("PGN without a 29-bit identifier", -1);
	self->message[0].flags |= OVPP_MESSAGE_EXT;
	self->message[0].id = 0x18f00401;
	EXPECT_REFUSED("source address or stride in a received PGN", -1);
}

TEST_F(profile, an_identifier_belongs_to_one_message)
{
	self->prof.n_messages = 2;
	self->message[1] = self->message[0];
	EXPECT_REFUSED("identifier appears twice", -1);
	EXPECT_EQ(1, self->err.message);
	self->message[1].flags = OVPP_MESSAGE_EXT;
	EXPECT_EQ(0, check(self));
	self->message[0].flags = OVPP_MESSAGE_EXT | OVPP_MESSAGE_PGN;
	self->message[1].flags = OVPP_MESSAGE_EXT | OVPP_MESSAGE_PGN;
	self->message[0].id = 0x18f00400;
	self->message[1].id = 0x0cf00400; /* another priority */
	EXPECT_REFUSED("identifier appears twice", -1);
}

TEST_F(profile, sent_messages_may_share_an_identifier_under_a_multiplexer)
{
	make_tx(self);
	add(self, (struct ovpp_signal)SIGNAL(P, 56, 8, OVPP_SIGNAL_MUX, 1, .mux_value = 1));
	self->prof.n_messages = 2;
	self->message[1] = self->message[0];
	self->message[1].signal = 2;
	self->prof.n_signals = 4;
	self->signal[2] = self->signal[0];
	self->signal[3] = self->signal[1];
	EXPECT_REFUSED("identifier appears twice", -1);
	self->signal[3].mux_value = 2;
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	self->signal[3].mux_value = 256;
	EXPECT_REFUSED("value of the multiplexer beyond its length", 1);
}

TEST_F(profile, signals_that_cannot_be_read_are_refused)
{
	struct ovpp_signal *sig = &self->signal[0];
	const struct ovpp_signal was = *sig;

	sig->start = 57;
	EXPECT_REFUSED("beyond the message", 0);
	*sig = was;
	sig->length = 0;
	EXPECT_REFUSED("beyond the message", 0);
	*sig = was;
	sig->den = 0;
	EXPECT_REFUSED("scale is zero or without a denominator", 0);
	*sig = was;
	sig->num = 0;
	EXPECT_REFUSED("scale is zero or without a denominator", 0);
	*sig = was;
	sig->flags = OVPP_SIGNAL_FLOAT;
	EXPECT_REFUSED("float not of 32 bits", 0);
	sig->length = 32;
	EXPECT_EQ(0, check(self));
	sig->flags |= OVPP_SIGNAL_SIGNED;
	EXPECT_REFUSED("signed, float, pairs and map exclude each other", 0);
	*sig = was;
	sig->flags = OVPP_SIGNAL_PAIRS;
	sig->length = 7;
	EXPECT_REFUSED("pairs of an odd number of bits", 0);
	*sig = was;
	sig->raw_min = 40000;
	EXPECT_REFUSED("no raw value is within its range", 0);
	*sig = was;
	sig->flags |= OVPP_SIGNAL_MUXED;
	EXPECT_REFUSED("muxed signal without a multiplexer", 0);
}

TEST_F(profile, a_command_may_stand_twice_in_a_message)
{
	s64 command[OVPP_POINT_N] = {[OVPP_POINT_P_SET] = 300};
	u8 data[8];

	self->message[0].flags = OVPP_MESSAGE_TX;
	self->message[0].timeout_ms = 0;
	self->message[0].length = 4;
	self->signal[0] = (struct ovpp_signal)SIGNAL(P_SET, 0, 16, OVPP_SIGNAL_SIGNED, 1);
	add(self, (struct ovpp_signal)SIGNAL(P_SET, 16, 16, OVPP_SIGNAL_SIGNED, -1));
	EXPECT_EQ(0, check(self));
	EXPECT_EQ(4, ovpp_message_encode(&self->prof, &self->message[0], command, data));
	EXPECT_EQ(300, (s16)(data[0] | data[1] << 8));
	EXPECT_EQ(-300, (s16)(data[2] | data[3] << 8));
}

TEST_F(profile, points_and_multiplexers_are_unique_in_a_message)
{
	add(self, (struct ovpp_signal)SIGNAL(P, 16, 16, 0, 1));
	EXPECT_REFUSED("point appears twice", 1);
	self->signal[0].num = 1;
	self->signal[0].flags = OVPP_SIGNAL_BITS;
	EXPECT_REFUSED("point appears twice", 1);
	self->signal[1].flags |= OVPP_SIGNAL_BITS;
	EXPECT_EQ(0, check(self));
	self->signal[0].flags = OVPP_SIGNAL_MUX;
	self->signal[1].flags = OVPP_SIGNAL_MUX;
	EXPECT_REFUSED("second multiplexer", 1);
	self->signal[1].flags = OVPP_SIGNAL_MUX | OVPP_SIGNAL_SIGNED;
	EXPECT_REFUSED("multiplexer is more than a number", 1);
	self->message[0].length = 1;
	EXPECT_REFUSED("multiplexer beyond the message's length", 0);
}

TEST_F(profile, sent_signals_do_not_overlap)
{
	make_tx(self);
	add(self, (struct ovpp_signal)SIGNAL(Q_SET, 15, 8, 0, 1));
	EXPECT_REFUSED("overlaps another signal", 1);
	self->signal[1].start = 16;
	EXPECT_EQ(0, check(self));
	self->signal[1].flags = OVPP_SIGNAL_BIG_ENDIAN;
	self->signal[1].start = 23;
	EXPECT_EQ(0, check(self));
	self->signal[1].start = 8;
	EXPECT_REFUSED("overlaps another signal", 1);
}

TEST_F(profile, maps_of_commands_know_every_value_of_the_command)
{
	make_tx(self);
	self->prof.n_maps = 2;
	self->map[0] = (struct ovpp_map){.raw = 7, .value = 1};
	self->signal[0].flags = OVPP_SIGNAL_MAP;
	self->signal[0].maps = 1;
	EXPECT_REFUSED("map on a command that is a number", 0);
	self->signal[0].point = OVPP_POINT_CONNECT;
	EXPECT_REFUSED("map of connect lacks 0 or 1", 0);
	self->signal[0].maps = 2;
	EXPECT_EQ(0, check(self));
	self->signal[0] = (struct ovpp_signal)SIGNAL(HEARTBEAT, 0, 8, S16, 1);
	EXPECT_REFUSED("heartbeat is not a plain counter", 0);
}

TEST_HARNESS_MAIN
