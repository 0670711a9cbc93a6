// SPDX-License-Identifier: GPL-2.0-or-later
/* core/profile_modbus.c: what the registers of a Modbus device mean. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "core/modbus.h"
#include "core/profile.h"
#include "pylontech.h"

#define BE OVPP_SIGNAL_BIG_ENDIAN
#define READ(function, address) OVPP_MODBUS_ID(OVPP_MODBUS_READ_##function, 0, address)
#define WRITE(function, address) OVPP_MODBUS_ID(OVPP_MODBUS_WRITE_##function, 0, address)

/* Bits of a register from bit 15 on, @n_ registers after the first. */
#define REGISTER(point_, n_, length_, flags_, num_, ...) \
	SIGNAL(point_, 16 * (n_) + 7, length_, BE | (flags_), num_, __VA_ARGS__)
#define CONSTANT(n_, length_, value_)                          \
	((struct ovpp_signal){.start = 16 * (n_) + 7,          \
			      .length = length_,               \
			      .flags = BE | OVPP_SIGNAL_CONST, \
			      .mux_value = value_})

FIXTURE(modbus)
{
	struct ovpp_message message[OPENVPP_MESSAGE_MAX + 1];
	struct ovpp_signal signal[OPENVPP_SIGNAL_MAX + 1];
	struct ovpp_profile prof;
	struct ovpp_profile_error err;
	struct ovpp_update up[OVPP_UPDATE_MAX];
};

#define SELF FIXTURE_DATA(modbus) * self

/* A read of two holding registers with one signal, in the first. */
FIXTURE_SETUP(modbus)
{
	memset(self, 0, sizeof(*self));
	self->message[0] = (struct ovpp_message){
		.id = READ(HOLDING, 100),
		.period_ms = 200,
		.timeout_ms = 1000,
		.signals = 1,
		.length = 4,
	};
	self->signal[0] = (struct ovpp_signal)REGISTER(P, 0, 16, S16, 1000);
	self->prof.bus = OVPP_BUS_MODBUS;
	self->prof.response_ms = 500;
	self->prof.n_messages = 1;
	self->prof.n_signals = 1;
	self->prof.message = self->message;
	self->prof.signal = self->signal;
}

FIXTURE_TEARDOWN(modbus)
{
}

static int check(SELF)
{
	return ovpp_profile_check(&self->prof, &self->err);
}

static void make_write(SELF, u32 id, u8 length)
{
	self->message[0] = (struct ovpp_message){
		.id = id,
		.flags = OVPP_MESSAGE_TX,
		.period_ms = 30000,
		.signals = 1,
		.length = length,
	};
	self->signal[0] = (struct ovpp_signal)REGISTER(P_SET, 0, 16, S16, 1000);
}

static void add(SELF, struct ovpp_signal sig)
{
	self->message[0].signals++;
	self->signal[self->prof.n_signals++] = sig;
}

/* A second message, with the signal that follows those of the first. */
static struct ovpp_message *add_message(SELF, struct ovpp_message msg, struct ovpp_signal sig)
{
	msg.signal = self->prof.n_signals;
	msg.signals = 1;
	self->signal[self->prof.n_signals++] = sig;
	self->message[self->prof.n_messages++] = msg;
	return &self->message[self->prof.n_messages - 1];
}

static unsigned int quantity(SELF, unsigned int message)
{
	return ovpp_message_quantity(&self->prof, &self->message[message]);
}

#define EXPECT_REFUSED(text_, signal_)                                     \
	do {                                                               \
		EXPECT_EQ(-EINVAL, check(self));                           \
		EXPECT_STREQ(text_, self->err.text ? self->err.text : ""); \
		EXPECT_EQ(signal_, self->err.signal);                      \
	} while (0)

TEST_F(modbus, unit_is_part_of_the_identifier)
{
	u32 id;

	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_TRUE(self->message[0].flags & OVPP_MESSAGE_EXT);
	ASSERT_EQ(0, ovpp_message_id(&self->message[0], 247, &id));
	EXPECT_EQ(0x03f70064, id);
	EXPECT_EQ(OVPP_MODBUS_READ_HOLDING, OVPP_MODBUS_FUNCTION(id));
	EXPECT_EQ(247, OVPP_MODBUS_UNIT(id));
	EXPECT_EQ(100, OVPP_MODBUS_ADDRESS(id));
	EXPECT_EQ(0, ovpp_message_id(&self->message[0], 1, &id));
	EXPECT_EQ(-ERANGE, ovpp_message_id(&self->message[0], 0, &id));
	EXPECT_EQ(-ERANGE, ovpp_message_id(&self->message[0], 248, &id));
	EXPECT_EQ(-ERANGE, ovpp_message_id(&self->message[0], 65537, &id));
}

TEST_F(modbus, a_checked_profile_may_be_checked_again)
{
	ASSERT_EQ(0, check(self));
	EXPECT_EQ(0, check(self));
}

TEST_F(modbus, times_of_the_bus_are_for_modbus_alone)
{
	self->prof.response_ms = 0;
	EXPECT_REFUSED("no time to answer", -1);
	self->prof.bus = OVPP_BUS_MAX + 1;
	EXPECT_REFUSED("unknown kind of bus", -1);
	self->prof.bus = OVPP_BUS_CAN;
	self->prof.spacing_ms = 1;
	EXPECT_REFUSED("spacing or response on a bus of frames", -1);
	self->prof.spacing_ms = 0;
	self->prof.response_ms = 500;
	EXPECT_REFUSED("spacing or response on a bus of frames", -1);
}

TEST_F(modbus, only_functions_that_read_are_received)
{
	unsigned int f;

	for (f = 0; f < 32; f++) {
		bool reads = f >= 1 && f <= 4;

		self->message[0].id = OVPP_MODBUS_ID(f, 0, 100);
		/* coils are packed, the lowest first */
		self->signal[0] = f <= 2 ? (struct ovpp_signal)SIGNAL(ALARM, 0, 32, 0, 1)
					 : (struct ovpp_signal)REGISTER(P, 0, 16, S16, 1);
		EXPECT_EQ(reads ? 0 : -EINVAL, check(self)) TH_LOG("function %u", f);
	}
	self->message[0].id = WRITE(REGISTERS, 100);
	EXPECT_REFUSED("no function that reads", -1);
	self->message[0].id = READ(HOLDING, 100) | 1 << 16;
	EXPECT_REFUSED("unit in the identifier", -1);
	self->message[0].id = 0x20000000 | READ(HOLDING, 100);
	EXPECT_REFUSED("no function that reads", -1);
}

TEST_F(modbus, only_functions_that_write_are_sent)
{
	make_write(self, READ(HOLDING, 100), 2);
	EXPECT_REFUSED("no function that writes", -1);
	make_write(self, WRITE(REGISTER, 100), 2);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	make_write(self, WRITE(REGISTERS, 100), 2);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	make_write(self, OVPP_MODBUS_ID(OVPP_MODBUS_MASK_WRITE, 0, 100), 2);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	make_write(self, WRITE(COIL, 100), 1);
	self->signal[0] = (struct ovpp_signal)SIGNAL(CONNECT, 0, 1, 0, 1);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	make_write(self, WRITE(COILS, 100), 1);
	self->signal[0] = (struct ovpp_signal)SIGNAL(CONNECT, 0, 1, 0, 1);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
}

TEST_F(modbus, attributes_of_can_are_refused)
{
	static const u8 rx[] = {OVPP_MESSAGE_FD, OVPP_MESSAGE_BRS, OVPP_MESSAGE_PGN};
	static const u8 tx[] = {OVPP_MESSAGE_FD, OVPP_MESSAGE_BRS, OVPP_MESSAGE_PGN,
				OVPP_MESSAGE_TRIGGER, OVPP_MESSAGE_OPTIONAL};
	size_t i;

	for (i = 0; i < sizeof(rx); i++) {
		self->message[0].flags = rx[i];
		EXPECT_REFUSED("flag that a read cannot have", -1);
	}
	self->message[0].flags = OVPP_MESSAGE_TRIGGER | OVPP_MESSAGE_OPTIONAL;
	EXPECT_EQ(0, check(self));
	self->message[0].stride = 1;
	EXPECT_REFUSED("stride between units", -1);
	for (i = 0; i < sizeof(tx); i++) {
		make_write(self, WRITE(REGISTER, 100), 2);
		self->message[0].flags |= tx[i];
		EXPECT_REFUSED("flag that a write cannot have", -1);
	}
	make_write(self, WRITE(REGISTER, 100), 2);
	self->signal[0].flags |= OVPP_SIGNAL_MUXED;
	EXPECT_REFUSED("flag that a Modbus signal cannot have", 0);
	self->signal[0].flags = BE | OVPP_SIGNAL_MUX;
	EXPECT_REFUSED("flag that a Modbus signal cannot have", 0);
	self->signal[0].flags = BE | 2048;
	EXPECT_REFUSED("flag that a Modbus signal cannot have", 0);
}

TEST_F(modbus, reads_have_a_period_and_are_not_stale_within_it)
{
	self->message[0].period_ms = 0;
	EXPECT_REFUSED("read without a period", -1);
	self->message[0].period_ms = 1001;
	EXPECT_REFUSED("stale before it is read again", -1);
	self->message[0].period_ms = 1000;
	EXPECT_EQ(0, check(self));
	self->message[0].timeout_ms = 0;
	EXPECT_EQ(0, check(self));
	self->message[0].gap_ms = 1;
	EXPECT_REFUSED("gap or fill of a read", -1);
	self->message[0].gap_ms = 0;
	self->message[0].fill = 1;
	EXPECT_REFUSED("gap or fill of a read", -1);
	make_write(self, WRITE(REGISTER, 100), 2);
	self->message[0].timeout_ms = 1;
	EXPECT_REFUSED("timeout of a write", -1);
	self->message[0].timeout_ms = 0;
	self->message[0].fill = 255;
	EXPECT_REFUSED("fill of a write", -1);
}

TEST_F(modbus, registers_are_counted_by_their_length)
{
	struct ovpp_message *msg = &self->message[0];

	msg->length = 250;
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(125, quantity(self, 0));
	msg->length = 252;
	EXPECT_REFUSED("more than one request can have", -1);
	msg->length = 3;
	EXPECT_REFUSED("length is half a register", -1);
	msg->length = 1;
	EXPECT_REFUSED("no register or coil", -1);
	msg->length = 4;
	msg->id = READ(HOLDING, 65534);
	EXPECT_EQ(0, check(self));
	msg->id = READ(HOLDING, 65535);
	EXPECT_REFUSED("beyond the last address", -1);
	make_write(self, WRITE(REGISTER, 100), 4);
	EXPECT_REFUSED("more than one request can have", -1);
	make_write(self, OVPP_MODBUS_ID(OVPP_MODBUS_MASK_WRITE, 0, 100), 4);
	EXPECT_REFUSED("more than one request can have", -1);
}

TEST_F(modbus, at_most_123_registers_are_written)
{
	unsigned int i;

	make_write(self, WRITE(REGISTERS, 100), 246);
	for (i = 1; i + 4 <= 123; i += 4)
		add(self, CONSTANT(i, 64, 0));
	for (; i < 123; i++)
		add(self, CONSTANT(i, 16, 0));
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(123, quantity(self, 0));
	self->message[0].length = 248;
	EXPECT_REFUSED("more than one request can have", -1);
}

TEST_F(modbus, coils_are_counted_by_their_signals)
{
	struct ovpp_message *msg = &self->message[0];

	msg->id = READ(COILS, 100);
	msg->length = 2;
	self->signal[0] = (struct ovpp_signal)SIGNAL(ALARM, 2, 8, 0, 1);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(10, quantity(self, 0));
	msg->length = 3;
	EXPECT_REFUSED("length is not that of its coils", -1);
	msg->length = 250;
	self->signal[0].start = 1992;
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(2000, quantity(self, 0));
	msg->id = READ(INPUTS, 65536 - 1999);
	EXPECT_REFUSED("beyond the last address", -1);
	msg->length = 251;
	self->signal[0].start = 1993;
	EXPECT_REFUSED("more than one request can have", -1);
	msg->signals = 0;
	EXPECT_REFUSED("no register or coil", -1);
	msg->signals = 1;
	msg->length = 1;
	self->signal[0] = (struct ovpp_signal)SIGNAL(ALARM, 7, 8, BE, 1);
	msg->length = 2;
	EXPECT_REFUSED("coils are little endian", 0);
	make_write(self, WRITE(COIL, 100), 1);
	self->signal[0] = (struct ovpp_signal)SIGNAL(CONNECT, 1, 1, 0, 1);
	EXPECT_REFUSED("more than one request can have", -1);
}

TEST_F(modbus, bits_that_no_signal_has_are_not_written)
{
	make_write(self, WRITE(REGISTERS, 100), 4);
	EXPECT_REFUSED("writes bits that no signal has", -1);
	EXPECT_EQ(0, self->err.message);
	add(self, CONSTANT(1, 15, 3));
	EXPECT_REFUSED("writes bits that no signal has", -1);
	self->signal[1].length = 16;
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	make_write(self, WRITE(COILS, 100), 1);
	self->prof.n_signals = 1;
	self->signal[0] = (struct ovpp_signal)SIGNAL(CONNECT, 1, 1, 0, 1);
	EXPECT_REFUSED("writes bits that no signal has", -1);
	add(self, (struct ovpp_signal){.length = 1, .flags = OVPP_SIGNAL_CONST, .mux_value = 1});
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	make_write(self, OVPP_MODBUS_ID(OVPP_MODBUS_MASK_WRITE, 0, 100), 2);
	self->signal[0] = (struct ovpp_signal)SIGNAL(CONNECT, 3, 1, 0, 1);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	self->message[0].signals = 0;
	EXPECT_REFUSED("nothing is written", -1);
}

TEST_F(modbus, write_and_read_of_function_23_stand_together)
{
	u32 id = OVPP_MODBUS_ID(OVPP_MODBUS_READ_WRITE, 0, 100);
	const struct ovpp_message read = {
		.id = id, .period_ms = 100, .timeout_ms = 100, .length = 250};
	struct ovpp_signal p = REGISTER(P, 124, 16, 0, 1);
	struct ovpp_message *msg;

	make_write(self, id, 2);
	EXPECT_REFUSED("no read of function 23 behind it", -1);
	msg = add_message(self, read, p);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(1, quantity(self, 0));
	EXPECT_EQ(125, quantity(self, 1));
	msg->id = READ(HOLDING, 100);
	EXPECT_REFUSED("no read of function 23 behind it", -1);
	msg->id = id;
	msg = add_message(self, read, p);
	EXPECT_REFUSED("no write of function 23 before it", -1);
	EXPECT_EQ(2, self->err.message);
	self->prof.message = msg;
	self->prof.n_messages = 1;
	EXPECT_REFUSED("no write of function 23 before it", -1);
}

TEST_F(modbus, reads_may_overlap_but_each_is_one_request)
{
	struct ovpp_message *msg;

	msg = add_message(self, self->message[0], self->signal[0]);
	EXPECT_REFUSED("identifier appears twice", -1);
	msg->id = READ(HOLDING, 101);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	msg->id = READ(INPUT_REGISTERS, 100);
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
}

TEST_F(modbus, registers_give_their_points)
{
	self->message[0].length = 12;
	add(self, (struct ovpp_signal)REGISTER(Q, 1, 32, S16 | OVPP_SIGNAL_SWAPPED, 100));
	add(self, (struct ovpp_signal)REGISTER(F, 3, 32, OVPP_SIGNAL_FLOAT, 1000));
	/* bits 4 to 6 of the last register */
	add(self, (struct ovpp_signal)SIGNAL(ALARM, 94, 3, BE, 1));
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	ASSERT_EQ(4, ovpp_message_decode(&self->prof, &self->message[0],
					 (const u8 *)"\xff\xfe\xff\xfd\xff\xff\x42\x48\0\0\xff\xd7",
					 12, self->up));
	EXPECT_EQ(-2000, self->up[0].value);
	EXPECT_EQ(-300, self->up[1].value);
	EXPECT_EQ(50000, self->up[2].value);
	EXPECT_EQ(5, self->up[3].value);
	EXPECT_EQ(-EMSGSIZE,
		  ovpp_message_decode(&self->prof, &self->message[0], (const u8 *)"", 0, self->up));
}

TEST_F(modbus, floats_may_be_swapped)
{
	self->signal[0] = (struct ovpp_signal)REGISTER(
		V, 0, 32, OVPP_SIGNAL_FLOAT | OVPP_SIGNAL_SWAPPED, 1000);
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	ASSERT_EQ(1, ovpp_message_decode(&self->prof, &self->message[0],
					 (const u8 *)"\x80\x00\x43\x66", 4, self->up));
	EXPECT_EQ(230500, self->up[0].value);
}

TEST_F(modbus, values_are_scaled_by_a_register_of_the_same_message)
{
	self->signal[0].flags |= OVPP_SIGNAL_SCALED;
	self->signal[0].scale_start = 23;
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	ASSERT_EQ(1, ovpp_message_decode(&self->prof, &self->message[0],
					 (const u8 *)"\x04\xd2\xff\xff", 4, self->up));
	EXPECT_EQ(123400, self->up[0].value);
	ASSERT_EQ(1, ovpp_message_decode(&self->prof, &self->message[0],
					 (const u8 *)"\x04\xd2\x80\x00", 4, self->up));
	EXPECT_EQ(OVPP_QUALITY_INVALID, self->up[0].quality);
	EXPECT_EQ(0, self->up[0].value);
}

TEST_F(modbus, scale_registers_lie_beside_the_value)
{
	struct ovpp_signal *sig = &self->signal[0];
	const struct ovpp_signal was = *sig;

	sig->flags |= OVPP_SIGNAL_SCALED;
	sig->scale_start = 7;
	EXPECT_REFUSED("power of ten within the value", 0);
	sig->scale_start = 39;
	EXPECT_REFUSED("power of ten beyond the message", 0);
	self->message[0].length = 6;
	sig->scale_start = 15;
	EXPECT_REFUSED("power of ten is no register", 0);
	sig->scale_start = 39;
	EXPECT_EQ(0, check(self));
	sig->start = 23;
	sig->length = 32;
	EXPECT_REFUSED("power of ten within the value", 0);
	sig->scale_start = 7;
	EXPECT_EQ(0, check(self));
	sig->flags = BE | OVPP_SIGNAL_SCALED | OVPP_SIGNAL_FLOAT;
	EXPECT_REFUSED("scaled is for plain numbers", 0);
	sig->flags = BE | OVPP_SIGNAL_SCALED | OVPP_SIGNAL_MAP;
	EXPECT_REFUSED("scaled is for plain numbers", 0);
	sig->flags = BE | OVPP_SIGNAL_SCALED | OVPP_SIGNAL_BITS;
	EXPECT_REFUSED("scaled is for plain numbers", 0);
	sig->flags = BE | OVPP_SIGNAL_SCALED | OVPP_SIGNAL_PAIRS;
	EXPECT_REFUSED("scaled is for plain numbers", 0);
	make_write(self, WRITE(REGISTERS, 100), 2);
	*sig = was;
	sig->point = OVPP_POINT_P_SET;
	sig->flags |= OVPP_SIGNAL_SCALED;
	EXPECT_REFUSED("scaled, but not by a register that is read", 0);
}

TEST_F(modbus, swapped_words_are_whole_registers)
{
	struct ovpp_signal *sig = &self->signal[0];

	self->message[0].length = 12;
	sig->flags |= OVPP_SIGNAL_SWAPPED;
	EXPECT_REFUSED("swapped words that are not two or four", 0);
	sig->length = 48;
	EXPECT_REFUSED("swapped words that are not two or four", 0);
	sig->length = 64;
	EXPECT_EQ(0, check(self));
	sig->length = 32;
	EXPECT_EQ(0, check(self));
	sig->start = 15;
	EXPECT_REFUSED("swapped words that are no registers", 0);
	sig->start = 6;
	EXPECT_REFUSED("swapped words that are no registers", 0);
	sig->start = 23;
	EXPECT_EQ(0, check(self));
	self->message[0].id = READ(COILS, 0);
	self->message[0].length = 4;
	*sig = (struct ovpp_signal)SIGNAL(ALARM, 0, 32, OVPP_SIGNAL_SWAPPED, 1);
	EXPECT_REFUSED("swapped words that are no registers", 0);
}

TEST_F(modbus, constants_have_no_point_and_fit)
{
	make_write(self, WRITE(REGISTERS, 100), 4);
	add(self, CONSTANT(1, 16, 0x10000));
	EXPECT_REFUSED("constant beyond its length", 1);
	self->signal[1].mux_value = 0xffff;
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	EXPECT_EQ(OVPP_POINT_BIT(OVPP_POINT_P_SET), self->prof.commands);
	self->signal[1].flags |= OVPP_SIGNAL_SIGNED;
	EXPECT_REFUSED("constant is more than a number", 1);
	self->signal[1].flags = BE | OVPP_SIGNAL_CONST;
	self->signal[1].start = 7;
	EXPECT_REFUSED("overlaps another signal", 1);
	self->message[0] = (struct ovpp_message){
		.id = READ(HOLDING, 1), .length = 4, .period_ms = 1, .signals = 1};
	self->signal[0] = CONSTANT(0, 16, 1);
	EXPECT_REFUSED("constant in a read", 0);
}

TEST_F(modbus, several_constants_are_not_one_point_twice)
{
	make_write(self, WRITE(REGISTERS, 100), 6);
	self->signal[0].point = OVPP_POINT_P_SET;
	add(self, CONSTANT(1, 16, 1));
	add(self, CONSTANT(2, 16, 2));
	EXPECT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
}

TEST_F(modbus, commands_and_constants_fill_the_registers)
{
	s64 command[OVPP_POINT_N] = {[OVPP_POINT_P_SET] = -3000, [OVPP_POINT_CONNECT] = 1};
	u8 data[OVPP_PAYLOAD_MAX];

	make_write(self, WRITE(REGISTERS, 100), 8);
	self->signal[0] =
		(struct ovpp_signal)REGISTER(P_SET, 0, 32, S16 | OVPP_SIGNAL_SWAPPED, 1000);
	add(self, CONSTANT(2, 16, 60));
	add(self, (struct ovpp_signal)REGISTER(CONNECT, 3, 16, 0, 1));
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	ASSERT_EQ(8, ovpp_message_encode(&self->prof, &self->message[0], command, data));
	EXPECT_EQ(0, memcmp(data, "\xff\xfd\xff\xff\0\x3c\0\1", 8));
	/* whoever changed them: all of it is restored */
	memset(data, 0x55, 8);
	ovpp_message_put(&self->prof, &self->message[0], command, data);
	EXPECT_EQ(0, memcmp(data, "\xff\xfd\xff\xff\0\x3c\0\1", 8));
}

TEST_F(modbus, flags_of_modbus_signals_are_not_for_can)
{
	static const u16 flags[] = {OVPP_SIGNAL_SWAPPED, OVPP_SIGNAL_SCALED, OVPP_SIGNAL_CONST};
	size_t i;

	self->prof.bus = OVPP_BUS_CAN;
	self->prof.response_ms = 0;
	self->message[0] = (struct ovpp_message){.id = 0x100, .length = 8, .signals = 1};
	ASSERT_EQ(0, check(self)) TH_LOG("%s", self->err.text);
	self->signal[0].length = 32;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		self->signal[0].flags = BE | flags[i];
		EXPECT_REFUSED("flag that only Modbus signals can have", 0);
	}
}

TEST_HARNESS_MAIN
