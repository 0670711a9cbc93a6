// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libovpp: DBC files. OVPP_DBC_CORPUS names a folder with DBC files in it and
 * vectors.jsonl: lines of {"dbc", "id", "ext", "data", "raw": {SIGNAL: RAW}}.
 */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "core/profile.h"
#include "dbc.h"
#include "file.h"
#include "profile.h"

#define FILE_MAX (16 * 1024 * 1024)

static int parse(const char *text, json_t **out, char err[256])
{
	*out = NULL;
	return ovpp_dbc_parse(text, strlen(text), "f", out, err, 256);
}

static json_t *get(const json_t *obj, const char *key)
{
	return json_object_get(obj, key);
}

static json_t *message(const json_t *dbc, const char *id)
{
	return get(get(dbc, "messages"), id);
}

static json_t *signal_of(const json_t *dbc, const char *id, const char *name)
{
	return get(get(message(dbc, id), "signals"), name);
}

#define INT(obj, key) json_integer_value(get(obj, key))
#define STR(obj, key) json_string_value(get(obj, key))

/* Everything that is read, and much that is passed over. */
static const char *const sample =
	"VERSION \"1.0\"\n\nNS_ :\n\tNS_DESC_\n\tCM_\n\tBA_\n\nBS_: 500:1,2\n\nBU_: Pack Gateway\n"
	"VAL_TABLE_ Table 1 \"one;\" 0 \"zero\" ;\n\n"
	"BO_ 849 Limits: 8 Pack\n"
	" SG_ Voltage : 7|16@0+ (0.1,0) [0|60] \"V\" Gateway,Other\n"
	" SG_ Current : 16|16@1- (-0.1,5) [0|0] \"A\"  Gateway\n"
	" SG_ Real : 32|32@1- (1,0) [0|0] \"\" Vector__XXX\n\n"
	"BO_ 2566844679 Muxed: 8 Pack\n"
	" SG_ Page M : 0|8@1+ (1,0) [0|0] \"\" Gateway\n"
	" SG_ Soc m1 : 8|8@1+ (1E-01,-0) [-1.5E+1|+3] \"%\" Gateway\n"
	" SG_ Deep m2M : 16|8@1+ (1,0) [0|0] \"\" Gateway\n\n"
	"BO_ 5 NoSender: 1\n\n"
	"EV_ Env: 0 [0|0] \"\" 0 1 DUMMY_NODE_VECTOR0 Vector__XXX;\n"
	"CM_ \"of the file\";\nCM_ BU_ Pack \"a \\\"pack\\\"\nin two lines\";\n"
	"CM_ SG_ 849 Voltage \"semicolon; inside\";\n"
	"BA_DEF_ BO_ \"GenMsgCycleTime\" INT 0 65535;\n"
	"BA_DEF_ BO_ \"VFrameFormat\" ENUM "
	"\"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\n"
	"BA_DEF_ \"Bus\" STRING ;\n"
	"BA_DEF_DEF_ \"GenMsgCycleTime\" 1000;\nBA_DEF_DEF_ \"VFrameFormat\" \"StandardCAN\";\n"
	"BA_ \"Bus\" \"CAN\";\nBA_ \"GenMsgCycleTime\" BO_ 849 100;\nBA_ \"VFrameFormat\" BO_ 849 "
	"3;\n"
	"BA_ \"Nothing\" BO_ 12345 1;\nBA_REL_ \"x\" BU_BO_REL_ Pack 849 0;\n"
	"VAL_ 849 Voltage 1 \"low\" -2 \"off; not\" ;\nVAL_ Env 1 \"x\" ;\n"
	"SIG_VALTYPE_ 849 Real : 1;\nSIG_GROUP_ 849 G 1 : Voltage;\n"
	"SG_MUL_VAL_ 2566844679 Deep Page 2-2, 4-5;\nFUTURE_ thing \"a;b\" 3;\n";

FIXTURE(dbc)
{
	json_t *dbc;
	char err[256];
};

FIXTURE_SETUP(dbc)
{
	ASSERT_EQ(0, parse(sample, &self->dbc, self->err));
}

FIXTURE_TEARDOWN(dbc)
{
	json_decref(self->dbc);
}

TEST_F(dbc, messages_carry_identifier_length_and_sender)
{
	EXPECT_EQ(3, json_object_size(get(self->dbc, "messages")));
	EXPECT_EQ(849, INT(message(self->dbc, "849"), "id"));
	EXPECT_STREQ("Limits", STR(message(self->dbc, "849"), "name"));
	EXPECT_STREQ("Pack", STR(message(self->dbc, "849"), "sender"));
	EXPECT_TRUE(json_is_false(get(message(self->dbc, "849"), "ext")));
	EXPECT_TRUE(json_is_true(get(message(self->dbc, "2566844679"), "ext")));
	EXPECT_EQ(0x18fef107, INT(message(self->dbc, "2566844679"), "id"));
	EXPECT_STREQ("Vector__XXX", STR(message(self->dbc, "5"), "sender"));
}

TEST_F(dbc, signals_carry_layout_scale_unit_and_receivers)
{
	json_t *v = signal_of(self->dbc, "849", "Voltage");
	json_t *i = signal_of(self->dbc, "849", "Current");

	EXPECT_EQ(7, INT(v, "start"));
	EXPECT_EQ(16, INT(v, "length"));
	EXPECT_STREQ("big", STR(v, "order"));
	EXPECT_TRUE(json_is_false(get(v, "signed")));
	EXPECT_STREQ("0.1", STR(v, "scale"));
	EXPECT_STREQ("60", STR(v, "max"));
	EXPECT_STREQ("V", STR(v, "unit"));
	EXPECT_STREQ("Other", json_string_value(json_array_get(get(v, "receivers"), 1)));
	EXPECT_STREQ("little", STR(i, "order"));
	EXPECT_TRUE(json_is_true(get(i, "signed")));
	EXPECT_STREQ("-0.1", STR(i, "scale"));
	EXPECT_STREQ("5", STR(i, "offset"));
	EXPECT_EQ(32, INT(signal_of(self->dbc, "849", "Real"), "float"));
}

TEST_F(dbc, multiplexers_and_what_they_select_are_told_apart)
{
	json_t *page = signal_of(self->dbc, "2566844679", "Page");
	json_t *soc = signal_of(self->dbc, "2566844679", "Soc");
	json_t *deep = signal_of(self->dbc, "2566844679", "Deep");

	EXPECT_TRUE(json_is_true(get(page, "mux")));
	EXPECT_EQ(NULL, get(page, "mux_value"));
	EXPECT_EQ(NULL, get(soc, "mux"));
	EXPECT_EQ(1, INT(soc, "mux_value"));
	EXPECT_STREQ("1E-01", STR(soc, "scale"));
	EXPECT_STREQ("-1.5E+1", STR(soc, "min"));
	EXPECT_TRUE(json_is_true(get(deep, "mux")));
	EXPECT_EQ(2, INT(deep, "mux_value"));
}

TEST_F(dbc, comments_and_values_go_to_what_they_are_of)
{
	json_t *v = signal_of(self->dbc, "849", "Voltage");

	EXPECT_STREQ("of the file", STR(self->dbc, "comment"));
	EXPECT_STREQ("a \"pack\"\nin two lines",
		     STR(get(get(self->dbc, "nodes"), "Pack"), "comment"));
	EXPECT_STREQ("semicolon; inside", STR(v, "comment"));
	EXPECT_STREQ("low", STR(get(v, "values"), "1"));
	EXPECT_STREQ("off; not", STR(get(v, "values"), "-2"));
}

TEST_F(dbc, attributes_fall_back_to_their_default)
{
	json_t *a = message(self->dbc, "849"), *b = message(self->dbc, "2566844679");

	EXPECT_STREQ("100", ovpp_dbc_attribute(self->dbc, a, "GenMsgCycleTime"));
	EXPECT_STREQ("1000", ovpp_dbc_attribute(self->dbc, b, "GenMsgCycleTime"));
	EXPECT_STREQ("J1939PG", ovpp_dbc_attribute(self->dbc, a, "VFrameFormat"));
	EXPECT_STREQ("StandardCAN", ovpp_dbc_attribute(self->dbc, b, "VFrameFormat"));
	EXPECT_STREQ("CAN", ovpp_dbc_attribute(self->dbc, self->dbc, "Bus"));
	EXPECT_EQ(NULL, ovpp_dbc_attribute(self->dbc, a, "Other"));
}

TEST(broken_messages_and_signals_are_refused_with_their_line)
{
	static const struct {
		const char *text;
		const char *why;
	} broken[] = {
		{"\nBO_ x Name: 8 N\n", "f:2: expected BO_ ID NAME: LENGTH SENDER"},
		{"BO_ 4294967296 Name: 8 N\n", "f:1: expected BO_ ID NAME: LENGTH SENDER"},
		{" SG_ A : 0|8@1+ (1,0) [0|0] \"\" N\n", "f:1: a signal before any message"},
		{"BO_ 1 M: 8 N\n SG_ A : 0|8@2+ (1,0) [0|0] \"\" N\n",
		 "f:2: expected 0 or 1 after '@'"},
		{"BO_ 1 M: 8 N\n SG_ A : 0|8@1 (1,0) [0|0] \"\" N\n",
		 "f:2: expected + or - after the byte order"},
		{"BO_ 1 M: 8 N\n SG_ A x1 : 0|8@1+ (1,0) [0|0] \"\" N\n",
		 "f:2: expected M or m<number>"},
		{"BO_ 1 M: 8 N\n SG_ A : 0|0@1+ (1,0) [0|0] \"\" N\n",
		 "f:2: start bit or length out of range"},
		{"BO_ 1 M: 8 N\n SG_ A : 0|8@1+ (1) [0|0] \"\" N\n",
		 "f:2: expected (SCALE,OFFSET) [MIN|MAX]"},
		{"BO_ 1 M: 8 N\n SG_ A : 0|8@1+ (1,0) [0|0] N\n",
		 "f:2: expected the unit of the signal, \"\""},
	};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		char err[256];
		json_t *dbc;

		EXPECT_EQ(-EINVAL, parse(broken[i].text, &dbc, err));
		EXPECT_STREQ(broken[i].why, err);
	}
}

TEST(text_in_latin_1_is_understood)
{
	char err[256];
	json_t *dbc;

	ASSERT_EQ(0, parse("BO_ 1 M: 8 N\n SG_ T : 0|8@1+ (1,0) [0|0] \"\xb0"
			   "C\" N\n",
			   &dbc, err));
	EXPECT_STREQ("°C", STR(signal_of(dbc, "1", "T"), "unit"));
	json_decref(dbc);
}

/* A device's DBC that says which signal is which point. */
static const char *const device =
	"BU_: Inverter Gateway\n"
	"BO_ 256 Status: 8 Inverter\n"
	" SG_ Power : 0|16@1- (0.01,0) [-300|300] \"kW\" Gateway\n"
	" SG_ Temperature : 16|8@1+ (1,-40) [0|0] \"degC\" Gateway\n"
	" SG_ Mode : 24|8@1+ (1,0) [0|0] \"\" Gateway\n"
	" SG_ Spare : 32|8@1+ (1,0) [0|0] \"\" Gateway\n"
	"BO_ 512 Command: 8 Gateway\n"
	" SG_ Setpoint : 7|16@0- (10,0) [0|0] \"W\" Inverter\n"
	"BO_ 768 Other: 8 Somebody\n"
	" SG_ Thing : 0|8@1+ (1,0) [0|0] \"\" Gateway\n"
	"BA_DEF_ SG_ \"OvppPoint\" STRING ;\nBA_DEF_DEF_ \"OvppPoint\" \"\";\n"
	"BA_DEF_ BO_ \"OvppTx\" INT 0 1;\nBA_DEF_DEF_ \"OvppTx\" 0;\n"
	"BA_ \"OvppKind\" BU_ Inverter \"pv\";\n"
	"BA_ \"OvppPoint\" SG_ 256 Power \"p\";\nBA_ \"OvppPoint\" SG_ 256 Temperature \"temp\";\n"
	"BA_ \"OvppPoint\" SG_ 256 Mode \"state\";\nBA_ \"OvppPoint\" SG_ 512 Setpoint \"p_set\";\n"
	"BA_ \"GenMsgCycleTime\" BO_ 256 100;\nBA_ \"GenMsgCycleTime\" BO_ 512 50;\n"
	"BA_ \"OvppTx\" BO_ 512 1;\nBA_ \"OvppStride\" BO_ 256 16;\n"
	"BA_ \"OvppTrigger\" BO_ 256 1;\nBA_ \"OvppGap\" BO_ 512 5;\n"
	"VAL_ 256 Mode 0 \"Off\" 3 \"Running\" 9 \"Dancing\" ;\n";

/* A memory file with a path. */
static int text_file(const char *text, char path[64])
{
	int fd = memfd_create("dbc", MFD_CLOEXEC);

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static struct ovpp_profile *import(const char *dbc, const char *node, char **yaml)
{
	struct ovpp_profile *prof = NULL;
	char path[64], err[512] = "";
	json_t *obj = NULL;
	int fd = text_file(dbc, path);
	int ret = ovpp_profile_import_dbc(path, node, yaml, err, sizeof(err));

	close(fd);
	if (!ret) {
		fd = text_file(*yaml, path);
		ret = ovpp_profile_load(path, &obj, err, sizeof(err));
		close(fd);
	}
	if (!ret)
		ret = ovpp_profile_compile(obj, &prof, err, sizeof(err));
	if (ret)
		ksft_print_msg("%s\n", err);
	json_decref(obj);
	return prof;
}

TEST(file_that_names_its_points_becomes_a_profile_without_a_hand)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	s64 command[OVPP_POINT_N] = {[OVPP_POINT_P_SET] = -1230000};
	struct ovpp_profile *prof;
	char *yaml = NULL;
	u8 data[64];

	prof = import(device, "Inverter", &yaml);
	ASSERT_NE(NULL, prof);
	EXPECT_STREQ("inverter", prof->name);
	EXPECT_EQ(OVPP_KIND_PV, prof->kind);
	ASSERT_EQ(2, prof->n_messages);
	EXPECT_EQ(300, prof->message[0].timeout_ms);
	EXPECT_EQ(16, prof->message[0].stride);
	EXPECT_EQ(OVPP_MESSAGE_TRIGGER, prof->message[0].flags);
	EXPECT_EQ(50, prof->message[1].period_ms);
	EXPECT_EQ(5, prof->message[1].gap_ms);
	ASSERT_EQ(3, ovpp_message_decode(prof, &prof->message[0],
					 (const u8 *)"\x0c\xfe\x64\x03....", 8, up));
	EXPECT_EQ(-5000000, up[0].value);
	EXPECT_EQ(60000, up[1].value);
	EXPECT_EQ(OVPP_DER_STATE_RUNNING, up[2].value);
	ovpp_message_decode(prof, &prof->message[0], (const u8 *)"\x31\x75\x64\x09....", 8, up);
	EXPECT_EQ(OVPP_QUALITY_INVALID, up[0].quality);
	EXPECT_EQ(OVPP_QUALITY_INVALID, up[2].quality);
	ovpp_message_encode(prof, &prof->message[1], command, data);
	EXPECT_EQ(0, memcmp(data, "\xff\x85", 2));
	EXPECT_NE(NULL, strstr(yaml, "# Spare"));
	EXPECT_EQ(NULL, strstr(yaml, "Thing"));
	ovpp_profile_free(prof);
	free(yaml);
}

TEST(node_without_messages_is_an_error)
{
	char path[64], err[256];
	char *yaml;
	int fd = text_file(device, path);

	EXPECT_EQ(-ENOENT, ovpp_profile_import_dbc(path, "Nobody", &yaml, err, sizeof(err)));
	EXPECT_NE(NULL, strstr(err, "no message of node Nobody"));
	close(fd);
}

static const json_t *find_by(const json_t *list, const char *key, const json_t *like)
{
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry)
		if (json_equal(get(entry, key), get(like, key)))
			return entry;
	return NULL;
}

/* Each signal of @profile is in @dbc, the same in every respect. */
static unsigned int differences(const json_t *profile, const json_t *dbc)
{
	const json_t *other;
	json_t *msg, *sig;
	unsigned int n = 0;
	size_t i, k;

	json_array_foreach (get(profile, "message"), i, msg) {
		other = find_by(get(dbc, "message"), "id", msg);
		json_array_foreach (get(msg, "signal"), k, sig) {
			if (json_equal(find_by(get(other, "signal"), "point", sig), sig))
				continue;
			ksft_print_msg("%s: message 0x%llx: %s\n", STR(profile, "name"),
				       INT(msg, "id"), STR(sig, "point"));
			n++;
		}
	}
	return n;
}

/* ovpp_profile_find() for the DBC file, which stands beside the profiles. */
static int shipped_dbc(char path[PATH_MAX])
{
	int ret = ovpp_profile_find("ovpp-der", path, PATH_MAX);

	if (!ret)
		strcpy(strrchr(path, '.'), ".dbc");
	return ret;
}

TEST(shipped_dbc_and_shipped_profiles_say_the_same)
{
	static const char *const names[] = {"pv", "wind", "load", "meter", "generator"};
	json_t *dbc = NULL, *obj = NULL;
	char path[PATH_MAX], err[512];
	char *yaml = NULL;
	int fd;

	unsetenv("OVPP_PROFILES");
	ASSERT_EQ(0, shipped_dbc(path));
	ASSERT_EQ(0, ovpp_profile_import_dbc(path, NULL, &yaml, err, sizeof(err)));
	fd = text_file(yaml, path);
	ASSERT_EQ(0, ovpp_profile_load(path, &dbc, err, sizeof(err)));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ASSERT_EQ(0, ovpp_profile_find(names[i], path, sizeof(path)));
		ASSERT_EQ(0, ovpp_profile_load(path, &obj, err, sizeof(err)));
		EXPECT_EQ(0, differences(obj, dbc));
		json_decref(obj);
	}
	json_decref(dbc);
	free(yaml);
	close(fd);
}

/* ---- the corpus ---- */

static json_t *load_dbc(const char *dir, const char *file)
{
	char path[PATH_MAX], err[256];
	json_t *dbc = NULL;
	size_t size;
	char *text;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (ovpp_file_read(path, FILE_MAX, &text, &size))
		return NULL;
	if (ovpp_dbc_parse(text, size, path, &dbc, err, sizeof(err)))
		ksft_print_msg("%s\n", err);
	free(text);
	return dbc;
}

TEST(every_file_of_the_corpus_can_be_imported)
{
	const char *dir = getenv("OVPP_DBC_CORPUS");
	char pattern[PATH_MAX];
	glob_t found;

	if (!dir)
		SKIP(return, "OVPP_DBC_CORPUS is not set: no corpus of DBC files here");
	snprintf(pattern, sizeof(pattern), "%s/*.[dD][bB][cC]", dir);
	ASSERT_EQ(0, glob(pattern, 0, NULL, &found));
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char err[512] = "";
		char *yaml = NULL;
		int ret = ovpp_profile_import_dbc(found.gl_pathv[i], NULL, &yaml, err, sizeof(err));

		/* A few files of the corpus are about empty ones. */
		EXPECT_TRUE(!ret || (ret == -ENOENT && strstr(err, ": no message")))
		{
			TH_LOG("%s", err);
		}
		free(yaml);
	}
	ksft_print_msg("%zu files\n", found.gl_pathc);
	globfree(&found);
}

static size_t unhex(const char *hex, u8 *data)
{
	size_t n;

	for (n = 0; n < 64 && hex[2 * n] && hex[2 * n + 1]; n++)
		sscanf(hex + 2 * n, "%2hhx", &data[n]);
	return n;
}

/* The raw value as our decoder sees it, when it agrees with the vector's. */
static bool raw_agrees(const json_t *sig, const json_t *want, const u8 *data, size_t len)
{
	struct ovpp_signal s = {
		.start = (u16)INT(sig, "start"),
		.length = (u8)INT(sig, "length"),
		.flags = strcmp(STR(sig, "order"), "big") ? 0 : OVPP_SIGNAL_BIG_ENDIAN,
	};
	u64 raw;
	float f;

	if (!ovpp_signal_fits(&s, len))
		return false;
	raw = ovpp_signal_raw(&s, data, len);
	if (INT(sig, "float") == 32) {
		u32 bits = (u32)raw;

		memcpy(&f, &bits, sizeof(f));
		if (json_is_string(want))
			return isnan(f);
		return f == (float)json_number_value(want);
	}
	if (json_is_true(get(sig, "signed")) && s.length < 64 && raw >> (s.length - 1) & 1)
		raw |= U64_MAX << s.length;
	return (s64)raw == json_integer_value(want);
}

struct tally {
	unsigned int agree;
	unsigned int differ;
	unsigned int unknown;
};

static void check_vector(const char *dir, const json_t *vector, json_t *cache, struct tally *t)
{
	const char *file = STR(vector, "dbc"), *name;
	unsigned long id = (unsigned long)INT(vector, "id");
	json_t *dbc = get(cache, file), *want;
	char key[32];
	u8 data[64];
	size_t len;

	if (!dbc) {
		dbc = load_dbc(dir, file);
		json_object_set_new(cache, file, dbc ? dbc : json_object());
	}
	if (json_is_true(get(vector, "ext")))
		id |= 0x80000000UL;
	snprintf(key, sizeof(key), "%lu", id);
	len = unhex(STR(vector, "data"), data);
	json_object_foreach (get(vector, "raw"), name, want) {
		json_t *sig = signal_of(dbc, key, name);

		/* Long names stand in an attribute; 64-bit floats are not ours. */
		if (!sig || INT(sig, "float") == 64)
			t->unknown++;
		else if (raw_agrees(sig, want, data, len))
			t->agree++;
		else
			t->differ++;
		if (sig && t->differ == 1 && !raw_agrees(sig, want, data, len))
			ksft_print_msg("%s %s %s\n", file, key, name);
	}
}

TEST(raw_values_of_the_corpus_are_those_of_another_decoder)
{
	const char *dir = getenv("OVPP_DBC_CORPUS");
	json_t *cache = json_object(), *vector;
	struct tally t = {0};
	char path[PATH_MAX];
	char *line = NULL;
	size_t size;
	FILE *f;

	if (!dir)
		SKIP(return, "OVPP_DBC_CORPUS is not set: no corpus of DBC files here");
	snprintf(path, sizeof(path), "%s/vectors.jsonl", dir);
	f = fopen(path, "r");
	if (!f)
		SKIP(return, "no vectors.jsonl in OVPP_DBC_CORPUS");
	while (getline(&line, &size, f) > 0) {
		vector = json_loads(line, 0, NULL);
		/* Integers beyond 63 bits. */
		t.unknown += !vector;
		if (vector)
			check_vector(dir, vector, cache, &t);
		json_decref(vector);
	}
	free(line);
	fclose(f);
	json_decref(cache);
	ksft_print_msg("%u values agree, %u differ, %u not compared\n", t.agree, t.differ,
		       t.unknown);
	EXPECT_EQ(0, t.differ);
	EXPECT_LT(0, t.agree);
}

TEST_HARNESS_MAIN
