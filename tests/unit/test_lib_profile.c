// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: profiles from YAML to what kmod/core decodes and encodes with. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "core/profile.h"
#include "profile.h"
#include "profile_text.h"

#define HEAD "name: x\nmessages:\n- name: m\n  id: 0x100\n  timeout_ms: 0\n  signals:\n  - "
#define TX "name: x\nmessages:\n- name: m\n  id: 0x100\n  tx: true\n  signals:\n  - "

/* The value of the only signal for 8 bytes of payload. */
static int decode_one(const char *signal, const char *bytes, s64 *value)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_profile *prof;
	char text[1024];
	int n = -1;

	snprintf(text, sizeof(text), HEAD "%s\n", signal);
	prof = compile(text);
	if (prof)
		n = ovpp_message_decode(prof, prof->message, (const u8 *)bytes, 8, up);
	if (n == 1)
		*value = up[0].value;
	ovpp_profile_free(prof);
	return n == 1 ? up[0].quality : -1;
}

static bool gives(const char *signal, const char *bytes, s64 want)
{
	s64 got;

	return decode_one(signal, bytes, &got) == OVPP_QUALITY_GOOD && got == want;
}

TEST(units_for_people_become_milli_units_exactly)
{
	EXPECT_TRUE(
		gives("{ point: v, start: 0, length: 16, scale: 0.01 }", "\x7a\x13......", 49860));
	EXPECT_TRUE(gives("{ point: p, start: 0, length: 16 }", "\x01\x00......", 1000));
	EXPECT_TRUE(gives("{ point: p, start: 0, length: 8, unit: kW }", "\x03.......", 3000000));
	EXPECT_TRUE(gives("{ point: p, start: 0, length: 8, unit: mW }", "\x03.......", 3));
	EXPECT_TRUE(gives("{ point: soc, start: 0, length: 8 }", "\x58.......", 880000));
	EXPECT_TRUE(gives("{ point: e_import, start: 0, length: 8, scale: 0.1 }", "\x05.......",
			  500000));
	EXPECT_TRUE(
		gives("{ point: f, start: 0, length: 16, scale: 1/128 }", "\x20\x19......", 50250));
	EXPECT_TRUE(gives("{ point: temp, start: 0, length: 8, unit: K, offset: 200 }",
			  "\x64.......", 26850));
	EXPECT_TRUE(gives("{ point: temp, start: 0, length: 8, unit: degC, offset: -40 }",
			  "\x64.......", 60000));
	EXPECT_TRUE(gives("{ point: i, start: 0, length: 16, signed: true, scale: -0.1 }",
			  "\xf2\xfe......", 27000));
	EXPECT_TRUE(gives("{ point: v, start: 0, length: 32, float: true }", "\x00\x00\x48\x43....",
			  200000));
}

TEST(byte_orders_put_the_start_bit_where_dbc_files_put_it)
{
	EXPECT_TRUE(gives("{ point: q, start: 23, length: 16, order: big }", "..\x12\x34....",
			  0x1234 * 1000));
	EXPECT_TRUE(gives("{ point: q, start: 16, length: 16, order: little }", "..\x34\x12....",
			  0x1234 * 1000));
}

TEST(map_gives_values_and_knows_nothing_else)
{
	static const char *const state =
		"{ point: state, start: 0, length: 8, map: { 0: off, 0x10: running, 2: fault } }";
	static const char *const pairs =
		"{ point: charge_ok, start: 0, length: 8, map: { 1: 0, 2: 1 } }";
	s64 value;

	EXPECT_TRUE(gives(state, "\x00.......", OVPP_DER_STATE_OFF));
	EXPECT_TRUE(gives(state, "\x10.......", OVPP_DER_STATE_RUNNING));
	EXPECT_TRUE(gives(state, "\x02.......", OVPP_DER_STATE_FAULT));
	EXPECT_EQ(OVPP_QUALITY_INVALID, decode_one(state, "\x03.......", &value));
	EXPECT_TRUE(gives(pairs, "\x01.......", 0));
	EXPECT_TRUE(gives("{ point: p_max, start: 0, length: 8, unit: kW, map: { 1: 1.5 } }",
			  "\x01.......", 1500000));
}

TEST(raw_values_outside_their_range_are_invalid)
{
	static const char *const sig = "{ point: v, start: 0, length: 16, max_raw: 0xfaff }";
	s64 value;

	EXPECT_TRUE(gives(sig, "\xff\xfa......", 0xfaffLL * 1000));
	EXPECT_EQ(OVPP_QUALITY_INVALID, decode_one(sig, "\x00\xfb......", &value));
}

TEST(multiplexed_signals_are_there_for_their_value_only)
{
	static const char *const text = HEAD
		"{ mux: true, start: 0, length: 8 }\n"
		"  - { point: v, start: 8, length: 8, mux_value: 1 }\n"
		"  - { point: i, start: 8, length: 8, mux_value: 2 }\n";
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_profile *prof = compile(text);

	ASSERT_NE(NULL, prof);
	ASSERT_EQ(1, ovpp_message_decode(prof, prof->message, (const u8 *)"\x02\x07", 2, up));
	EXPECT_EQ(OVPP_POINT_I, up[0].point);
	EXPECT_EQ(7000, up[0].value);
	EXPECT_EQ(0, ovpp_message_decode(prof, prof->message, (const u8 *)"\x03\x07", 2, up));
	EXPECT_EQ(0, prof->required);
	ovpp_profile_free(prof);
}

TEST(commands_are_encoded_as_the_profile_says)
{
	static const char *const text =
		"name: x\nmessages:\n- name: m\n  id: 0x100\n  tx: true\n  period_ms: 100\n"
		"  gap_ms: 10\n  fill: 0xff\n  stride: 2\n  signals:\n"
		"  - { point: p_set, start: 7, length: 16, order: big, signed: true,"
		" scale: -10, min_raw: -100, max_raw: 100 }\n"
		"  - { point: connect, start: 16, length: 2, map: { 1: 0, 2: 1 } }\n"
		"  - { point: heartbeat, start: 24, length: 8 }\n";
	s64 command[OVPP_POINT_N] = {0};
	struct ovpp_profile *prof = compile(text);
	u8 data[64];
	u32 id;

	ASSERT_NE(NULL, prof);
	command[OVPP_POINT_P_SET] = 500000;
	command[OVPP_POINT_CONNECT] = 1;
	command[OVPP_POINT_HEARTBEAT] = 259;
	ASSERT_EQ(4, ovpp_message_encode(prof, prof->message, command, data));
	EXPECT_EQ(0, memcmp(data, "\xff\xce\xfe\x03", 4));
	command[OVPP_POINT_P_SET] = -5000000;
	ovpp_message_encode(prof, prof->message, command, data);
	EXPECT_EQ(0, memcmp(data, "\x00\x64", 2));
	EXPECT_EQ(100, prof->message->period_ms);
	EXPECT_EQ(10, prof->message->gap_ms);
	ASSERT_EQ(0, ovpp_message_id(prof->message, 3, &id));
	EXPECT_EQ(0x106, id);
	ovpp_profile_free(prof);
}

TEST(j1939_messages_are_named_by_their_pgn)
{
	static const char *const text =
		"name: x\nkind: generator\nmessages:\n"
		"- { name: a, pgn: 0xf004, timeout_ms: 0,"
		" signals: [ { point: f, start: 24, length: 16 } ] }\n"
		"- { name: b, pgn: 0xef00, tx: true, source: 0x27, priority: 3, length: 8 }\n";
	struct ovpp_profile *prof = compile(text);
	u32 id;

	ASSERT_NE(NULL, prof);
	ASSERT_EQ(0, ovpp_message_id(&prof->message[0], 0x33, &id));
	EXPECT_EQ(0xf00433, id & 0x3ffffff);
	ASSERT_EQ(0, ovpp_message_id(&prof->message[1], 0x33, &id));
	EXPECT_EQ(0x0cef3327, id);
	ovpp_profile_free(prof);
}

TEST(default_length_is_what_the_signals_need)
{
	static const struct {
		const char *signal;
		int length;
	} lengths[] = {
		{"{ point: p, start: 0, length: 8 }", 1},
		{"{ point: p, start: 7, length: 2 }", 2},
		{"{ point: p, start: 7, length: 9, order: big }", 2},
		{"{ point: p, start: 0, length: 2, order: big }", 2},
		{"{ point: p, start: 23, length: 16, order: big }", 4},
	};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct ovpp_profile *prof;
		char text[512];

		snprintf(text, sizeof(text), HEAD "%s\n", lengths[i].signal);
		prof = compile(text);
		ASSERT_NE(NULL, prof);
		EXPECT_EQ(lengths[i].length, prof->message->length);
		ovpp_profile_free(prof);
	}
}

TEST(fd_length_is_one_that_exists)
{
	struct ovpp_profile *prof = compile(
		"name: x\nmessages:\n- name: m\n  id: 1\n  tx: true\n  fd: true\n  brs: true\n"
		"  signals:\n  - { point: p_set, start: 64, length: 16 }\n");

	ASSERT_NE(NULL, prof);
	EXPECT_EQ(12, prof->message->length);
	ovpp_profile_free(prof);
}

/* What a person writes wrongly, and what it is told. */
TEST(errors_name_message_signal_and_key)
{
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, lenght: 8 }",
			    "message 'm': signal 1 (p): unknown key 'lenght'; known are point, "
			    "start, length, order, signed, float, scale, offset, unit, min_raw, "
			    "max_raw, mux, mux_value, bits, pairs"));
	EXPECT_TRUE(
		refused(HEAD "{ point: pp, start: 0, length: 8 }", "q_set, connect, heartbeat"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, unit: V }",
			    "\"V\" is not a quantity (units: mW W kW MW GW)"));
	EXPECT_TRUE(refused(HEAD "{ point: alarm, start: 0, length: 8, unit: V }",
			    "signal 1 (alarm): it has no unit"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, scale: x }",
			    "signal 1 (p): 'scale': x is not a number"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, scale: 0 }",
			    "'scale' must not be 0"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, offset: 0.0001 }",
			    "'offset' is not a whole number of milli-units"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, scale: 1e-17 }",
			    "'scale' cannot be held exactly"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0 }", "'start' and 'length' are required"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 65 }", "'length' must be 1 to 64"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: \"0\", length: 8 }",
			    "'start' must be an integer"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, order: middle }",
			    "'order' must be little or big"));
	EXPECT_TRUE(refused(HEAD "{ point: state, start: 0, length: 8, map: { 1: runing } }",
			    "'map': unknown state; known are unknown, off, standby, starting, "
			    "running, limited, stopping, fault"));
	EXPECT_TRUE(refused(HEAD "{ point: state, start: 0, length: 4, map: { 16: off } }",
			    "'map': 16 does not fit into 4 bits"));
	EXPECT_TRUE(refused(HEAD "{ point: state, start: 0, length: 8, map: { 1: off, 0x1: off } }",
			    "'map': 0x1 is there twice"));
	EXPECT_TRUE(refused(HEAD "{ mux: true, point: p, start: 0, length: 8 }",
			    "'point' is not for a multiplexer"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8, map: { 1: 1 }, scale: 2 }",
			    "'scale' is not for a signal with a map"));
}

TEST(errors_of_messages_and_files_are_told)
{
	EXPECT_TRUE(refused("[]", ": must be a mapping"));
	EXPECT_TRUE(refused("name: x\nmessages: []", ": no message"));
	EXPECT_TRUE(refused("messages: []", ": 'name' is missing"));
	EXPECT_TRUE(refused("name: a b\n", "'name' must be 1 to 31 of A-Z a-z 0-9 . _ -"));
	EXPECT_TRUE(refused("name: x\nkind: car\n",
			    "unknown kind 'car'; known are other, meter, pv, wind, battery, ev, "
			    "generator, load"));
	EXPECT_TRUE(refused("name: x\nmessage: []",
			    "unknown key 'message'; known are name, version, kind, bus, "
			    "spacing_ms, response_ms, include, messages"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- id: 1\n", "a message has no 'name'"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, timeout_ms: 0 }\n",
			    "message 'm': 'id' or 'pgn' is required"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, id: 1 }\n",
			    "message 'm': 'timeout_ms' is required"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, id: 1, tx: true, trigger: true }\n",
			    "message 'm': 'trigger' is not for sent messages"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, id: 1, period_ms: 5 }\n",
			    "message 'm': 'period_ms' is not for received messages"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, id: 0x20000000, tx: true }\n",
			    "message 'm': 'id' must be 0 to 536870911"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, id: 1, tx: true }\n"
			    "- { name: m, id: 2, tx: true }\n",
			    "message 'm' is there twice"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, pgn: 0xef01, tx: true, source: 1 }\n",
			    "'pgn': an addressed one ends in 00"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, pgn: 0xef00, tx: true }\n",
			    "'source' is required"));
	EXPECT_TRUE(refused("name: x\nmessages:\n- { name: m, id: 1, priority: 1, tx: true }\n",
			    "'priority' and 'source' are for 'pgn' only"));
}

/* What only the kernel's own check finds is told with the names of the file. */
TEST(profile_that_lies_about_its_lengths_is_refused)
{
	EXPECT_TRUE(refused(TX "{ point: p_set, start: 0, length: 16 }\n  length: 1\n",
			    "message 'm' (0x100), signal 1 (p_set): beyond the message"));
	EXPECT_TRUE(refused(TX "{ point: p_set, start: 60, length: 16 }\n",
			    "message 'm' (0x100): no frame has this length"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 60, length: 16 }\n",
			    "message 'm' (0x100): longer than a frame"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 0, length: 8 }\n  length: 9\n",
			    "message 'm' (0x100): longer than a frame"));
	EXPECT_TRUE(refused(HEAD "{ point: p, start: 511, length: 64 }\n",
			    "message 'm': a signal lies beyond 64 bytes"));
	EXPECT_TRUE(refused(HEAD "{ point: p_set, start: 0, length: 8 }\n",
			    "signal 1 (p_set): point is not a measurement"));
	EXPECT_TRUE(refused(TX "{ point: p_set, start: 0, length: 8 }\n"
			       "  - { point: q_set, start: 7, length: 8 }\n",
			    "signal 2 (q_set): overlaps another signal"));
}

static int compile_json(const char *json, char err[256])
{
	struct ovpp_profile *prof = NULL;
	json_t *obj = json_loads(json, 0, NULL);
	int ret = ovpp_profile_compile(obj, &prof, err, 256);

	ovpp_profile_free(prof);
	json_decref(obj);
	return ret;
}

TEST(object_with_values_beyond_c_types_is_refused_never_cut)
{
	char err[256];

	EXPECT_EQ(-EINVAL, compile_json("{\"name\": \"x\", \"message\": [{\"id\": 1, \"signal\":"
					" [{\"start\": 0, \"length\": 264}]}]}",
					err));
	EXPECT_STREQ("message 0x1, signal 1 (p): length must be 1 to 64", err);
	EXPECT_EQ(-EINVAL,
		  compile_json("{\"name\": \"x\", \"message\": [{\"length\": 264}]}", err));
	EXPECT_STREQ("message 0x0: length must be at most 250", err);
	EXPECT_EQ(-EINVAL, compile_json("{\"name\": \"x\", \"message\": [{\"id\": \"1\"}]}", err));
	EXPECT_STREQ("message[0].id: must be an integer", err);
	EXPECT_EQ(-EINVAL, compile_json("{\"message\": []}", err));
	EXPECT_STREQ("it has no name", err);
	EXPECT_EQ(-EINVAL, compile_json("{\"name\": \"0123456789012345678901234567890123\"}", err));
	EXPECT_STREQ("name is longer than 31 characters", err);
}

TEST(object_beyond_the_limits_is_refused)
{
	json_t *list = json_array(), *obj = json_pack("{s:s, s:O}", "name", "x", "message", list);
	struct ovpp_profile *prof = NULL;
	char err[256];

	for (int i = 0; i <= OPENVPP_MESSAGE_MAX; i++)
		json_array_append_new(list, json_pack("{s:i}", "id", i));
	EXPECT_EQ(-E2BIG, ovpp_profile_compile(obj, &prof, err, sizeof(err)));
	EXPECT_STREQ("more than 32 messages, 128 signals or 128 map entries", err);
	json_decref(obj);
	json_decref(list);
}

/* Real frames of Pylontech packs and what their vendor means by them. */
TEST(real_pylontech_frames_are_decoded_to_what_the_vendor_means)
{
	static const char *const text =
		"name: pack\nkind: battery\nmessages:\n"
		"- { name: limits, id: 0x351, timeout_ms: 4000, length: 6, signals: [\n"
		"    { point: v_charge_max, start: 0, length: 16, scale: 0.1 },\n"
		"    { point: i_charge_max, start: 16, length: 16, signed: true, scale: 0.1 },\n"
		"    { point: i_discharge_max, start: 32, length: 16, signed: true, scale: 0.1 },\n"
		"    { point: v_discharge_min, start: 48, length: 16, scale: 0.1 } ] }\n"
		"- { name: charge, id: 0x355, timeout_ms: 4000, length: 4, signals: [\n"
		"    { point: soc, start: 0, length: 16 }, { point: soh, start: 16, length: 16 } ] "
		"}\n"
		"- { name: values, id: 0x356, timeout_ms: 4000, signals: [\n"
		"    { point: v, start: 0, length: 16, signed: true, scale: 0.01 },\n"
		"    { point: i, start: 16, length: 16, signed: true, scale: -0.1 },\n"
		"    { point: temp, start: 32, length: 16, signed: true, scale: 0.1 } ] }\n"
		"- { name: pairs, id: 0x35a, optional: true, signals: [\n"
		"    { point: alarm, start: 0, length: 32, pairs: true },\n"
		"    { point: warning, start: 32, length: 32, pairs: true } ] }\n"
		"- { name: requests, id: 0x35c, optional: true, signals: [\n"
		"    { point: charge_ok, start: 7, length: 1 },\n"
		"    { point: discharge_ok, start: 6, length: 1 } ] }\n";
	static const struct {
		int message;
		int len;
		const char *data;
		int n;
		s64 value[4];
	} frame[] = {
		{0, 8, "\x14\x02\xc0\x12\xc0\x12\xc2\x01", 4, {53200, 480000, 480000, 45000}},
		{0, 6, "\x14\x02\x74\x0e\x74\x0e", 3, {53200, 370000, 370000}},
		{1, 4, "\x58\x00\x5e\x00", 2, {880000, 940000}},
		{1, 6, "\x54\x00\x60\x00\x00\x00", 2, {840000, 960000}},
		{2, 6, "\x7a\x13\xf2\xfe\x6b\x01", 3, {49860, 27000, 36300}},
		{2, 6, "\x4e\x13\x02\x03\x04\x05", 3, {49420, -77000, 128400}},
		/* A healthy BYD pack says 10b, a healthy Pylontech 00b. */
		{3, 8, "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa", 2, {0, 0}},
		{3, 8, "\x00\x00\x00\x00\x00\x00\x00\x00", 2, {0, 0}},
		{3, 8, "\x06\xaa\xaa\xaa\xaa\xaa\xaa\x6a", 2, {2, 1 << 15}},
		{4, 2, "\xc0\x00", 2, {1, 1}},
		{4, 2, "\x40\x00", 2, {0, 1}},
	};
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_profile *prof = compile(text);

	ASSERT_NE(NULL, prof);
	for (size_t i = 0; i < sizeof(frame) / sizeof(frame[0]); i++) {
		ASSERT_EQ(frame[i].n,
			  ovpp_message_decode(prof, &prof->message[frame[i].message],
					      (const u8 *)frame[i].data, (size_t)frame[i].len, up));
		for (int k = 0; k < frame[i].n; k++) {
			EXPECT_EQ(OVPP_QUALITY_GOOD, up[k].quality);
			EXPECT_EQ(frame[i].value[k], up[k].value);
		}
	}
	EXPECT_EQ(-EMSGSIZE,
		  ovpp_message_decode(prof, &prof->message[0], (const u8 *)"\x14\x02", 2, up));
	EXPECT_TRUE(prof->derive_p);
	EXPECT_FALSE(prof->required & OVPP_POINT_BIT(OVPP_POINT_V_DISCHARGE_MIN));
	EXPECT_FALSE(prof->required & OVPP_POINT_BIT(OVPP_POINT_CHARGE_OK));
	EXPECT_TRUE(prof->required & OVPP_POINT_BIT(OVPP_POINT_SOC));
	ovpp_profile_free(prof);
}

/* Files that include each other need a folder: one beside this program. */
FIXTURE(files)
{
	char dir[PATH_MAX];
	char err[512];
	json_t *obj;
};

FIXTURE_SETUP(files)
{
	ssize_t n = readlink("/proc/self/exe", self->dir, sizeof(self->dir) - 32);

	ASSERT_LT(0, n);
	strcpy(self->dir + n, ".XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	self->obj = NULL;
}

FIXTURE_TEARDOWN(files)
{
	char pattern[PATH_MAX + 8];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*", self->dir);
	if (!glob(pattern, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
		globfree(&found);
	}
	rmdir(self->dir);
	json_decref(self->obj);
}

static void add_file(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX + 64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

static int load_from(const char *dir, const char *name, json_t **obj, char err[512])
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return ovpp_profile_load(path, obj, err, 512);
}

static json_int_t message_id(const json_t *obj, size_t i)
{
	return json_integer_value(
		json_object_get(json_array_get(json_object_get(obj, "message"), i), "id"));
}

TEST_F(files, include_adds_messages_and_a_message_of_the_same_name_replaces)
{
	add_file(self->dir, "base.yaml",
		 "name: base\nkind: pv\nversion: 7\nmessages:\n"
		 "- { name: a, id: 1, tx: true }\n- { name: b, id: 2, tx: true }\n");
	add_file(self->dir, "top.yaml",
		 "name: top\nkind: battery\ninclude: [ base ]\nmessages:\n"
		 "- { name: a, id: 3, tx: true }\n- { name: c, id: 4, tx: true }\n");
	ASSERT_EQ(0, load_from(self->dir, "top.yaml", &self->obj, self->err));
	EXPECT_EQ(3, json_array_size(json_object_get(self->obj, "message")));
	EXPECT_EQ(3, message_id(self->obj, 0));
	EXPECT_EQ(2, message_id(self->obj, 1));
	EXPECT_EQ(4, message_id(self->obj, 2));
	EXPECT_STREQ("top", json_string_value(json_object_get(self->obj, "name")));
	EXPECT_STREQ("battery", json_string_value(json_object_get(self->obj, "kind")));
	EXPECT_EQ(0, json_integer_value(json_object_get(self->obj, "version")));
}

TEST_F(files, error_in_an_included_file_names_that_file)
{
	add_file(self->dir, "base.yaml", "name: base\nmessages: [ { name: a, id: 1 } ]\n");
	add_file(self->dir, "top.yaml", "name: top\ninclude: [ base ]\n");
	ASSERT_EQ(-EINVAL, load_from(self->dir, "top.yaml", &self->obj, self->err));
	EXPECT_NE(NULL, strstr(self->err, "/base.yaml: message 'a': 'timeout_ms' is required"));
}

TEST_F(files, profiles_of_one_bus_include_each_other)
{
	add_file(self->dir, "base.yaml",
		 "name: base\nbus: modbus\nspacing_ms: 70\nresponse_ms: 100\nmessages:\n"
		 "- { name: a, read: input, period_ms: 9, optional: true,"
		 " signals: [ { point: p, register: 4, type: u16 } ] }\n"
		 "- { name: b, read: input, period_ms: 9, optional: true,"
		 " signals: [ { point: q, register: 6, type: u16 } ] }\n");
	add_file(self->dir, "top.yaml",
		 "name: top\nbus: modbus\nspacing_ms: 20\nresponse_ms: 300\ninclude: [ base ]\n"
		 "messages:\n- { name: b, read: input, period_ms: 9, optional: true,"
		 " signals: [ { point: v, register: 5, type: u16 } ] }\n");
	add_file(self->dir, "can.yaml", "name: can\ninclude: [ base ]\n");
	ASSERT_EQ(0, load_from(self->dir, "top.yaml", &self->obj, self->err))
	TH_LOG("%s", self->err);
	/* packed when all are known: one request for registers 4 and 5 */
	EXPECT_EQ(1, json_array_size(json_object_get(self->obj, "message")));
	EXPECT_EQ(0x4000004, message_id(self->obj, 0));
	EXPECT_EQ(70, json_integer_value(json_object_get(self->obj, "spacing_ms")));
	EXPECT_EQ(300, json_integer_value(json_object_get(self->obj, "response_ms")));
	json_decref(self->obj);
	self->obj = NULL;
	ASSERT_EQ(-EINVAL, load_from(self->dir, "can.yaml", &self->obj, self->err));
	EXPECT_NE(NULL,
		  strstr(self->err, "base.yaml: included, but its bus is another one: modbus"));
}

TEST_F(files, include_that_is_not_there_or_has_no_end_is_refused)
{
	add_file(self->dir, "top.yaml", "name: top\ninclude: [ no-such-profile ]\n");
	ASSERT_EQ(-EINVAL, load_from(self->dir, "top.yaml", &self->obj, self->err));
	EXPECT_NE(NULL, strstr(self->err, "no profile 'no-such-profile' to include"));
	add_file(self->dir, "loop.yaml", "name: loop\ninclude: [ loop ]\n");
	ASSERT_EQ(-EINVAL, load_from(self->dir, "loop.yaml", &self->obj, self->err));
	EXPECT_NE(NULL, strstr(self->err, "included more than 4 deep"));
}

TEST_F(files, profile_is_found_by_name_in_the_folders_of_the_environment)
{
	char dirs[PATH_MAX + 64], path[PATH_MAX], want[PATH_MAX + 64];

	add_file(self->dir, "mine.yaml", "name: mine\n");
	snprintf(dirs, sizeof(dirs), "/nonexistent:%s", self->dir);
	setenv("OVPP_PROFILES", dirs, 1);
	ASSERT_EQ(0, ovpp_profile_find("mine", path, sizeof(path)));
	snprintf(want, sizeof(want), "%s/mine.yaml", self->dir);
	EXPECT_STREQ(want, path);
	EXPECT_EQ(-ENOENT, ovpp_profile_find("other", path, sizeof(path)));
	EXPECT_EQ(0, ovpp_profile_find(want, path, sizeof(path)));
	EXPECT_EQ(-ENOENT, ovpp_profile_find("./other.yaml", path, sizeof(path)));
	EXPECT_EQ(-ENOENT, ovpp_profile_find("mine", path, 8));
}

TEST(every_profile_that_is_shipped_is_right_and_named_as_its_file)
{
	char path[PATH_MAX], err[512];
	glob_t found;

	unsetenv("OVPP_PROFILES");
	ASSERT_EQ(0, ovpp_profile_find("pylontech-bms", path, sizeof(path)));
	strcpy(strrchr(path, '/'), "/*.yaml");
	ASSERT_EQ(0, glob(path, 0, NULL, &found));
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = strrchr(found.gl_pathv[i], '/') + 1;
		json_t *obj = NULL;

		EXPECT_EQ(0, ovpp_profile_load(found.gl_pathv[i], &obj, err, sizeof(err)))
		{
			TH_LOG("%s", err);
		}
		EXPECT_EQ(strlen(file) - 5, json_string_length(json_object_get(obj, "name")));
		EXPECT_EQ(0, strncmp(file, json_string_value(json_object_get(obj, "name")) ?: "",
				     strlen(file) - 5));
		json_decref(obj);
	}
	globfree(&found);
}

TEST_HARNESS_MAIN
