// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: profiles of Modbus devices, from YAML to requests. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "core/modbus.h"
#include "core/profile.h"
#include "profile.h"
#include "profile_text.h"

#define HEAD "name: x\nbus: modbus\nmessages:\n"
#define READ \
	HEAD "- name: m\n  read: holding\n  period_ms: 100\n  timeout_ms: 500\n  signals:\n  - "
#define WRITE HEAD "- name: m\n  write: registers\n  signals:\n  - "

/* A group of this name and these keys with one signal. */
#define GROUP(name, keys, signal)                                                   \
	"- { name: " name ", read: holding, period_ms: 100, timeout_ms: 500, " keys \
	"signals: [ " signal " ] }\n"

/* The value of the only signal for a payload. */
static int decode_one(const char *signal, const char *bytes, size_t len, s64 *value)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_profile *prof;
	char text[1024];
	int n = -1;

	snprintf(text, sizeof(text), READ "%s\n", signal);
	prof = compile(text);
	if (prof)
		n = ovpp_message_decode(prof, prof->message, (const u8 *)bytes, len, up);
	if (n == 1)
		*value = up[0].value;
	ovpp_profile_free(prof);
	return n == 1 ? up[0].quality : -1;
}

static bool gives(const char *signal, const char *bytes, size_t len, s64 want)
{
	s64 got;

	return decode_one(signal, bytes, len, &got) == OVPP_QUALITY_GOOD && got == want;
}

static const struct ovpp_signal *signal_of(const struct ovpp_profile *prof, unsigned int message,
					   unsigned int signal)
{
	return &prof->signal[prof->message[message].signal + signal];
}

TEST(types_of_registers_are_read_as_they_say)
{
	EXPECT_TRUE(gives("{ point: p, register: 7, type: u16 }", "\xff\xfe", 2, 65534000));
	EXPECT_TRUE(gives("{ point: p, register: 7, type: i16 }", "\xff\xfe", 2, -2000));
	EXPECT_TRUE(gives("{ point: p, register: 7, type: u32 }", "\0\1\0\2", 4, 65538000));
	EXPECT_TRUE(gives("{ point: p, register: 7, type: i32 }", "\xff\xff\xff\xfe", 4, -2000));
	EXPECT_TRUE(gives("{ point: p, register: 7, type: i32, words: little }", "\xff\xfe\xff\xff",
			  4, -2000));
	EXPECT_TRUE(gives("{ point: p, register: 7, type: i32, words: big }", "\xff\xff\xff\xfe", 4,
			  -2000));
	EXPECT_TRUE(gives("{ point: e_import, register: 7, type: u64, unit: Wh }",
			  "\0\0\0\0\0\1\0\0", 8, 65536000));
	EXPECT_TRUE(gives("{ point: e_import, register: 7, type: u64, unit: Wh, words: little }",
			  "\0\0\0\1\0\0\0\0", 8, 65536000));
	EXPECT_TRUE(gives("{ point: p, register: 7, type: i64, unit: mW }",
			  "\xff\xff\xff\xff\xff\xff\xff\xfe", 8, -2));
	EXPECT_TRUE(gives("{ point: v, register: 7, type: float32 }", "\x43\x66\x80\0", 4, 230500));
	EXPECT_TRUE(gives("{ point: v, register: 7, type: float32, words: little }",
			  "\x80\0\x43\x66", 4, 230500));
}

TEST(bits_of_a_register_are_counted_from_the_least_significant_one)
{
	EXPECT_TRUE(gives("{ point: alarm, register: 7, bit: 0 }", "\0\1", 2, 1));
	EXPECT_TRUE(gives("{ point: alarm, register: 7, bit: 15 }", "\x80\0", 2, 1));
	EXPECT_TRUE(gives("{ point: alarm, register: 7, bit: 4, length: 3 }", "\0\x5f", 2, 5));
	EXPECT_TRUE(gives("{ point: alarm, register: 7, bit: 6, length: 4 }", "\2\x40", 2, 9));
	EXPECT_TRUE(gives("{ point: state, register: 7, bit: 8, length: 4, map: { 3: running } }",
			  "\xf3\xff", 2, OVPP_DER_STATE_RUNNING));
	EXPECT_TRUE(gives("{ point: alarm, register: 7, type: u16, pairs: true }", "\0\x41", 2, 9));
}

TEST(scale_register_multiplies_by_its_power_of_ten)
{
	static const char *const sig = "{ point: p, register: 7, type: i16, scale_register: 9 }";
	s64 value;

	EXPECT_TRUE(gives(sig, "\4\xd2\x55\x55\xff\xff", 6, 123400));
	EXPECT_TRUE(gives(sig, "\4\xd2\x55\x55\0\1", 6, 12340000));
	EXPECT_EQ(OVPP_QUALITY_INVALID, decode_one(sig, "\4\xd2\x55\x55\x80\0", 6, &value));
	/* before the value */
	EXPECT_TRUE(gives("{ point: p, register: 9, type: u32, scale_register: 8 }",
			  "\xff\xff\0\0\4\xd2", 6, 123400));
}

TEST(coils_are_read_from_the_lowest_bit_on)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_profile *prof = compile(
		HEAD
		"- name: m\n  read: discrete\n  period_ms: 100\n  timeout_ms: 500\n  signals:\n"
		"  - { point: charge_ok, coil: 20 }\n"
		"  - { point: alarm, coil: 22, length: 4 }\n");

	ASSERT_NE(NULL, prof);
	EXPECT_EQ(OVPP_MODBUS_ID(2, 0, 20), prof->message->id);
	EXPECT_EQ(1, prof->message->length);
	EXPECT_EQ(6, ovpp_message_quantity(prof, prof->message));
	ASSERT_EQ(2, ovpp_message_decode(prof, prof->message, (const u8 *)"\x25", 1, up));
	EXPECT_EQ(1, up[0].value);
	EXPECT_EQ(9, up[1].value);
	ovpp_profile_free(prof);
}

TEST(signals_are_packed_into_the_fewest_requests)
{
	struct ovpp_profile *prof = compile(READ "{ point: v, register: 20, type: u16 }\n"
						 "  - { point: p, register: 2, type: float32 }\n"
						 "  - { point: f, register: 12, type: u16 }\n"
						 "  - { point: q, register: 29, type: u16 }\n");

	ASSERT_NE(NULL, prof);
	/* 4 to 12: eight are not used; 21 to 29: eight; 13 to 20: seven */
	ASSERT_EQ(1, prof->n_messages);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 2), prof->message[0].id);
	EXPECT_EQ(56, prof->message[0].length);
	EXPECT_EQ(OVPP_POINT_P, signal_of(prof, 0, 0)->point);
	EXPECT_EQ(7, signal_of(prof, 0, 0)->start);
	EXPECT_EQ(OVPP_POINT_F, signal_of(prof, 0, 1)->point);
	EXPECT_EQ(167, signal_of(prof, 0, 1)->start);
	EXPECT_EQ(100, prof->message[0].period_ms);
	EXPECT_EQ(500, prof->message[0].timeout_ms);
	ovpp_profile_free(prof);
}

TEST(hole_says_how_much_is_read_in_vain)
{
	static const char *const text = HEAD
		"- name: m\n  read: holding\n  period_ms: 100\n  timeout_ms: 500\n  hole: %d\n"
		"  signals:\n  - { point: p, register: 2, type: u16 }\n"
		"  - { point: v, register: 5, type: u16 }\n";
	struct ovpp_profile *prof;
	char yaml[512];

	snprintf(yaml, sizeof(yaml), text, 2);
	prof = compile(yaml);
	ASSERT_NE(NULL, prof);
	EXPECT_EQ(1, prof->n_messages);
	ovpp_profile_free(prof);
	snprintf(yaml, sizeof(yaml), text, 1);
	prof = compile(yaml);
	ASSERT_NE(NULL, prof);
	ASSERT_EQ(2, prof->n_messages);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 5), prof->message[1].id);
	EXPECT_EQ(2, prof->message[1].length);
	EXPECT_EQ(7, signal_of(prof, 1, 0)->start);
	ovpp_profile_free(prof);
}

TEST(no_request_is_longer_than_125_registers)
{
	struct ovpp_profile *prof = compile(
		HEAD "- name: m\n  read: input\n  period_ms: 100\n  timeout_ms: 500\n  hole: 124\n"
		     "  signals:\n  - { point: p, register: 0, type: u32 }\n"
		     "  - { point: v, register: 123, type: u32 }\n"
		     "  - { point: f, register: 125, type: u16 }\n");

	ASSERT_NE(NULL, prof);
	ASSERT_EQ(2, prof->n_messages);
	EXPECT_EQ(250, prof->message[0].length);
	EXPECT_EQ(2, prof->message[0].signals);
	ovpp_profile_free(prof);
	prof = compile(READ "{ point: p, register: 0, type: u16 }\n"
			    "  - { point: v, register: 8, type: u16, scale_register: 125 }\n");
	ASSERT_NE(NULL, prof);
	ASSERT_EQ(2, prof->n_messages);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 8), prof->message[1].id);
	EXPECT_EQ(236, prof->message[1].length);
	EXPECT_EQ(16 * 117 + 7, signal_of(prof, 1, 0)->scale_start);
	ovpp_profile_free(prof);
}

TEST(groups_that_are_alike_are_read_together)
{
	struct ovpp_profile *prof = compile(
		HEAD GROUP("a", "", "{ point: p, register: 7, type: u16 }")
			GROUP("b", "trigger: true, ", "{ point: q, register: 8, type: u16 }")
				GROUP("c", "", "{ point: v, register: 5, type: u16 }")
					GROUP("d", "address: 0, count: 9, ",
					      "{ point: f, register: 6, type: u16 }"));

	ASSERT_NE(NULL, prof);
	ASSERT_EQ(3, prof->n_messages);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 5), prof->message[0].id);
	EXPECT_EQ(2, prof->message[0].signals);
	EXPECT_EQ(6, prof->message[0].length);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 8), prof->message[1].id);
	EXPECT_TRUE(prof->message[1].flags & OVPP_MESSAGE_TRIGGER);
	EXPECT_EQ(OVPP_MODBUS_ID(3, 0, 0), prof->message[2].id);
	EXPECT_EQ(18, prof->message[2].length);
	EXPECT_EQ(103, signal_of(prof, 2, 0)->start);
	ovpp_profile_free(prof);
}

/* What only the kernel's own check finds names the groups that were packed. */
TEST(errors_after_packing_name_the_groups)
{
	EXPECT_TRUE(refused(HEAD GROUP("a", "", "{ point: p, register: 7, type: u16 }")
				    GROUP("b", "", "{ point: p, register: 8, type: u16 }"),
			    "message 'a+b' (0x3000007), signal 2 (p): point appears twice"));
	EXPECT_TRUE(refused(
		HEAD GROUP("a", "", "{ point: p, register: 7, type: u16 }")
			GROUP("b", "optional: true, ", "{ point: v, register: 7, type: u16 }"),
		"message 'b' (0x3000007): identifier appears twice"));
}

TEST(writes_have_commands_and_constants)
{
	static const char *const text = WRITE
		"{ point: p_set, register: 40, type: i32, words: little, scale: -10 }\n"
		"  - { register: 42, type: u16, const: 60 }\n"
		"  - { register: 43, type: i16, const: -2 }\n"
		"  - { register: 44, bit: 0, length: 15, const: 3 }\n"
		"  - { point: connect, register: 44, bit: 15 }\n"
		"  period_ms: 30000\n  gap_ms: 1000\n";
	s64 command[OVPP_POINT_N] = {[OVPP_POINT_P_SET] = 30000, [OVPP_POINT_CONNECT] = 1};
	struct ovpp_profile *prof = compile(text);
	u8 data[OVPP_PAYLOAD_MAX];

	ASSERT_NE(NULL, prof);
	EXPECT_EQ(OVPP_MODBUS_ID(16, 0, 40), prof->message->id);
	EXPECT_EQ(30000, prof->message->period_ms);
	EXPECT_EQ(1000, prof->message->gap_ms);
	ASSERT_EQ(10, ovpp_message_encode(prof, prof->message, command, data));
	EXPECT_EQ(0, memcmp(data, "\xff\xfd\xff\xff\0\x3c\xff\xfe\x80\3", 10));
	ovpp_profile_free(prof);
}

TEST(every_way_to_write_has_its_function)
{
	static const struct {
		const char *write;
		const char *signal;
		u32 id;
		int length;
	} ways[] = {
		{"coil", "{ point: connect, coil: 3 }", OVPP_MODBUS_ID(5, 0, 3), 1},
		{"register", "{ point: connect, register: 3, type: u16 }", OVPP_MODBUS_ID(6, 0, 3),
		 2},
		{"coils", "{ point: connect, coil: 3 }, { coil: 4, length: 8, const: 0xa5 }",
		 OVPP_MODBUS_ID(15, 0, 3), 2},
		{"mask", "{ point: connect, register: 3, bit: 9 }", OVPP_MODBUS_ID(22, 0, 3), 2},
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct ovpp_profile *prof;
		char text[512];

		snprintf(text, sizeof(text), HEAD "- { name: m, write: %s, signals: [ %s ] }\n",
			 ways[i].write, ways[i].signal);
		prof = compile(text);
		ASSERT_NE(NULL, prof);
		EXPECT_EQ(ways[i].id, prof->message->id);
		EXPECT_EQ(ways[i].length, prof->message->length);
		ovpp_profile_free(prof);
	}
}

TEST(exchange_is_a_write_and_the_read_behind_it)
{
	static const char *const write = "- { name: w, write: exchange, signals: [ { point: p_set, "
					 "register: 9, type: u16 } ]"
					 " }\n";
	static const char *const read =
		"- { name: r, read: exchange, period_ms: 100, timeout_ms: 500, signals: ["
		" { point: p, register: 90, type: u16 }, { point: v, register: 190, type: u16 } ] "
		"}\n";
	struct ovpp_profile *prof;
	char text[1024];

	snprintf(text, sizeof(text), HEAD "%s%s", write, read);
	prof = compile(text);
	ASSERT_NE(NULL, prof);
	ASSERT_EQ(2, prof->n_messages);
	EXPECT_EQ(OVPP_MODBUS_ID(23, 0, 9), prof->message[0].id);
	EXPECT_EQ(OVPP_MODBUS_ID(23, 0, 90), prof->message[1].id);
	EXPECT_EQ(202, prof->message[1].length);
	ovpp_profile_free(prof);
	snprintf(text, sizeof(text), HEAD "%s%s", read, write);
	EXPECT_TRUE(refused(text, "message 'r' (0x1700005a): no write of function 23 before it"));
}

TEST(times_of_the_device_are_part_of_the_profile)
{
	static const char *const signal =
		"messages:\n- { name: m, read: input, period_ms: 1, optional: true,"
		" signals: [ { point: p, register: 0, type: u16 } ] }\n";
	struct ovpp_profile *prof;
	char text[512];

	snprintf(text, sizeof(text), "name: x\nbus: modbus\nspacing_ms: 50\nresponse_ms: 900\n%s",
		 signal);
	prof = compile(text);
	ASSERT_NE(NULL, prof);
	EXPECT_EQ(OVPP_BUS_MODBUS, prof->bus);
	EXPECT_EQ(50, prof->spacing_ms);
	EXPECT_EQ(900, prof->response_ms);
	ovpp_profile_free(prof);
	snprintf(text, sizeof(text), "name: x\nbus: modbus\n%s", signal);
	prof = compile(text);
	ASSERT_NE(NULL, prof);
	EXPECT_EQ(0, prof->spacing_ms);
	EXPECT_EQ(500, prof->response_ms);
	ovpp_profile_free(prof);
	EXPECT_TRUE(refused("name: x\nspacing_ms: 50\n", "'spacing_ms' is for modbus only"));
	EXPECT_TRUE(refused("name: x\nbus: modbus\nresponse_ms: 0\n",
			    "'response_ms' must be 1 to 10000"));
	EXPECT_TRUE(refused("name: x\nbus: mod\n", "unknown bus 'mod'; known are can, modbus"));
}

TEST(errors_of_signals_are_told)
{
	EXPECT_TRUE(
		refused(READ "{ point: p, register: 1 }",
			"message 'm': signal 1 (p): 'type' must be u16, i16, u32, i32, u64, i64 "
			"or float32"));
	EXPECT_TRUE(
		refused(READ "{ point: p, type: u16 }", "signal 1 (p): 'register' is required"));
	EXPECT_TRUE(refused(READ "{ point: p, start: 0, length: 16 }",
			    "unknown key 'start'; known are point, register, type, words, "
			    "scale_register, scale, offset, unit, min_raw, max_raw, bits, pairs"));
	EXPECT_TRUE(refused(READ "{ point: p, coil: 1 }", "'coil' is not for registers"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, bit: 3, type: u16 }",
			    "'type' is not for bits of a register"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, bit: 12, length: 5 }",
			    "'length' must be 1 to 4"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, type: u16, length: 5 }",
			    "'length' is not for a register"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, type: u16, words: little }",
			    "'words' is for types of several registers"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, type: u32, words: middle }",
			    "'words' must be little or big"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 65535, type: u32 }",
			    "it ends beyond address 65535"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, type: u16, scale_register: 126 }",
			    "its scale register is too far away to be read with it"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, type: u32, scale_register: 2 }",
			    "message 'm' (0x3000001), signal 1 (p): power of ten within the "
			    "value"));
	EXPECT_TRUE(refused(READ "{ point: p, register: 1, type: float32, scale_register: 3 }",
			    "scaled is for plain numbers"));
	EXPECT_TRUE(refused(READ "{ register: 1, type: u16, const: 3 }",
			    "signal 1 (constant): constant in a read"));
	EXPECT_TRUE(refused(WRITE "{ register: 1, type: u16, const: 65536 }",
			    "signal 1 (constant): 'const' must be 0 to 65535"));
	EXPECT_TRUE(refused(WRITE "{ register: 1, type: i16, const: -32769 }",
			    "'const' must be -32768 to 32767"));
	EXPECT_TRUE(refused(WRITE "{ register: 1, type: float32, const: 1 }",
			    "a constant is an integer"));
	EXPECT_TRUE(refused(WRITE "{ point: p_set, register: 1, type: u16, const: 1 }",
			    "'point' is not for a constant"));
	EXPECT_TRUE(refused(HEAD "- { name: m, write: coil, signals: [ { point: connect,"
				 " register: 1, type: u16 } ] }\n",
			    "'coil' is required"));
}

TEST(errors_of_messages_are_told)
{
	static const char *const p = "signals: [ { point: p, register: 5, type: u16 } ] }\n";
	static const struct {
		const char *keys;
		const char *why;
	} wrongs[] = {
		{"{ name: m, ", "message 'm': either 'read' or 'write' is required"},
		{"{ name: m, read: input, write: coil, ", "either 'read' or 'write' is required"},
		{"{ read: input, ", "a message has no 'name'"},
		{"{ name: m, read: register, ",
		 "'read' must be coils, discrete, holding, input or exchange"},
		{"{ name: m, read: input, ", "'period_ms' is required"},
		{"{ name: m, read: input, period_ms: 1, ", "'timeout_ms' is required"},
		{"{ name: m, read: input, period_ms: 2, timeout_ms: 1, ",
		 "message 'm' (0x4000005): stale before it is read again"},
		{"{ name: m, read: input, period_ms: 0, timeout_ms: 1, ", "read without a period"},
		{"{ name: m, read: input, gap_ms: 1, ", "'gap_ms' is not for reads"},
		{"{ name: m, write: register, timeout_ms: 1, ", "'timeout_ms' is not for writes"},
		{"{ name: m, write: register, id: 7, ",
		 "unknown key 'id'; known are name, write, period_ms, gap_ms, signals"},
		{"{ name: m, write: input, ",
		 "'write' must be coil, register, coils, registers, mask or exchange"},
		{"{ name: m, read: input, period_ms: 1, timeout_ms: 1, count: 1, ",
		 "'count' stands with 'address'"},
		{"{ name: m, read: input, period_ms: 1, timeout_ms: 1, address: 1, ",
		 "'address' stands with 'count' and without 'hole'"},
		{"{ name: m, read: input, period_ms: 1, timeout_ms: 1, address: 1, count: 4, ",
		 "a signal lies outside registers 1 to 4"},
		{"{ name: m, read: input, period_ms: 1, timeout_ms: 1, address: 1, count: 126, ",
		 "'count' must be 1 to 125"},
	};

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text), HEAD "- %s%s", wrongs[i].keys, p);
		EXPECT_TRUE(refused(text, wrongs[i].why));
	}
	EXPECT_TRUE(refused(HEAD "- { name: m, write: coil }\n", "'signals' are required"));
	EXPECT_TRUE(refused(WRITE "{ point: p_set, register: 1, type: u16 }\n"
				  "  - { register: 3, type: u16, const: 0 }\n",
			    "message 'm' (0x10000001): writes bits that no signal has"));
	EXPECT_TRUE(refused(WRITE "{ point: p_set, register: 1, type: u16 }\n"
				  "  - { register: 300, type: u16, const: 0 }\n",
			    "addresses 1 to 300 are more than one request can have"));
}

TEST_HARNESS_MAIN
