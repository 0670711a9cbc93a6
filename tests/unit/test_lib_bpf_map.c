// SPDX-License-Identifier: GPL-2.0-or-later
/* Settings of hooks by the BTF of tests/bpf/accept.bpf.c, without a kernel. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "kselftest_harness.h"

#include "bpf_map.h"

#define OBJECT "build/tests-bpf/accept.bpf.o"
#define MAPS 16

static int der_id(void *arg, const char *name, uint32_t *id)
{
	(void)arg;
	if (!strcmp(name, "unheard"))
		return -ENODEV;
	*id = !strcmp(name, "a.from") ? 8 : 7;
	return strcmp(name, "bat0") && strcmp(name, "a.from") ? -ENOENT : 0;
}

static const char *der_name(void *arg, uint32_t id)
{
	(void)arg;
	return id == 7 ? "bat0" : NULL;
}

static const struct ovpp_bpf_names names = {.id = der_id, .name = der_name};

FIXTURE(map)
{
	struct bpf_object *object;
	struct ovpp_bpf_map maps[MAPS];
	size_t n;
	struct ovpp_bpf_setting got;
	uint8_t entry[64];
	char text[4096];
	char err[512];
};

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

FIXTURE_SETUP(map)
{
	struct bpf_map *m;

	libbpf_set_print(silent);
	self->object = bpf_object__open(OBJECT);
	ASSERT_NE(NULL, self->object);
	self->n = 0;
	bpf_object__for_each_map(m, self->object)
	{
		ASSERT_LT(self->n, (size_t)MAPS);
		ovpp_bpf_map_init(&self->maps[self->n++], self->object, m);
	}
	memset(self->entry, 0, sizeof(self->entry));
	self->text[0] = '\0';
}

FIXTURE_TEARDOWN(map)
{
	bpf_object__close(self->object);
}

#define PARSE(setting)                                                                      \
	ovpp_bpf_setting_parse(self->maps, self->n, &names, setting, &self->got, self->err, \
			       sizeof(self->err))

/* The setting is taken, for this key, with this value at this place. */
#define TAKEN(setting, wanted_key, at, ctype, wanted)         \
	do {                                                  \
		uint32_t key_;                                \
		ctype v_;                                     \
		EXPECT_EQ(0, PARSE(setting))                  \
		{                                             \
			TH_LOG("%s: %s", setting, self->err); \
		}                                             \
		memcpy(&key_, self->got.key, sizeof(key_));   \
		memcpy(&v_, self->got.value, sizeof(v_));     \
		EXPECT_EQ(wanted_key, key_);                  \
		EXPECT_EQ(at, self->got.offset);              \
		EXPECT_EQ(sizeof(ctype), self->got.size);     \
		EXPECT_EQ(wanted, v_);                        \
	} while (0)

#define REFUSED(setting, ret, why)              \
	do {                                    \
		EXPECT_EQ(ret, PARSE(setting)); \
		EXPECT_STREQ(why, self->err);   \
	} while (0)

TEST_F(map, integers_have_the_range_of_their_type)
{
	TAKEN("config.small=255", 0, 0, uint8_t, 255);
	TAKEN("config.small=0xff", 0, 0, uint8_t, 255);
	TAKEN("config.change=-128", 0, 1, int8_t, -128);
	TAKEN("config.change=-0", 0, 1, int8_t, 0);
	TAKEN("config.limit_mw=-9223372036854775808", 0, 8, int64_t, INT64_MIN);
	TAKEN("config.wide=18446744073709551615", 0, 16, uint64_t, UINT64_MAX);
	REFUSED("config.small=256", -ERANGE, "config.small: '256' is out of range: 0 to 255");
	REFUSED("config.small=-1", -ERANGE, "config.small: '-1' is out of range: 0 to 255");
	REFUSED("config.change=128", -ERANGE, "config.change: '128' is out of range: -128 to 127");
	REFUSED("config.limit_mw=9223372036854775808", -ERANGE,
		"config.limit_mw: '9223372036854775808' is out of range: "
		"-9223372036854775808 to 9223372036854775807");
	REFUSED("config.wide=18446744073709551616", -ERANGE,
		"config.wide: '18446744073709551616' is out of range: "
		"0 to 18446744073709551615");
}

TEST_F(map, what_is_no_number_is_refused)
{
	static const char *const texts[] = {"",	   "-",	  "x",	"1x", "0x", "0xg",
					    "1.5", "--1", " 1", "1 ", "- 1"};
	char setting[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(setting, sizeof(setting), "config.small=%s", texts[i]);
		EXPECT_EQ(-EINVAL, PARSE(setting))
		{
			TH_LOG("taken: '%s'", texts[i]);
		}
	}
	EXPECT_STREQ("config.small: '- 1' is no whole number", self->err);
}

TEST_F(map, truth_has_words_and_digits)
{
	TAKEN("config.loud=1", 0, 2, uint8_t, 1);
	TAKEN("config.loud=Yes", 0, 2, uint8_t, 1);
	TAKEN("config.loud=no", 0, 2, uint8_t, 0);
	REFUSED("config.loud=2", -EINVAL, "config.loud: '2' is neither yes nor no");
}

TEST_F(map, enumerations_take_names_with_and_without_their_common_prefix)
{
	TAKEN("config.mode=loud", 0, 4, uint32_t, 7);
	TAKEN("config.mode=ACCEPT_MODE_QUIET", 0, 4, uint32_t, 1);
	TAKEN("config.mode=accept-mode-off", 0, 4, uint32_t, 0);
	REFUSED("config.mode=7", -EINVAL,
		"config.mode: '7' is unknown; known are off, quiet, loud");
}

TEST_F(map, der_are_named_or_numbered)
{
	TAKEN("config.der=bat0", 0, 24, uint32_t, 7);
	TAKEN("config.der=3", 0, 24, uint32_t, 3);
	REFUSED("config.der=bat1", -ENOENT, "config.der: there is no DER 'bat1' at this site");
	REFUSED("config.der=unheard", -ENODEV, "");
}

TEST_F(map, times_of_day_are_minutes)
{
	static const char *const wrong[] = {"24:00", "1440", "12:60", "7:5x", "-1",	 "",
					    ":",     "7:",   " 7",    "+7",   "07:00:00"};
	char setting[64];

	TAKEN("config.from=23:59", 0, 28, uint32_t, 1439);
	TAKEN("config.from=7:30", 0, 28, uint32_t, 450);
	TAKEN("config.from=1439", 0, 28, uint32_t, 1439);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(setting, sizeof(setting), "config.from=%s", wrong[i]);
		EXPECT_EQ(-EINVAL, PARSE(setting))
		{
			TH_LOG("taken: '%s'", wrong[i]);
		}
	}
	REFUSED("config.from=noon", -EINVAL,
		"config.from: 'noon' is no time of day: 00:00 to 23:59, or minutes after "
		"midnight, 0 to 1439");
}

TEST_F(map, members_of_members_and_places_of_arrays_follow_with_a_dot)
{
	TAKEN("config.band.high=-5", 0, 34, int16_t, -5);
	TAKEN("config.list.1=9", 0, 40, uint32_t, 9);
	REFUSED("config.list.2=9", -ENOENT, "config.list has no '2'; it has 0 to 1");
	REFUSED("config.band=1", -ENOENT, "config.band is no single value; it has low, high");
	REFUSED("config.band.=1", -ENOENT, "config.band has no '.'; it has low, high");
	REFUSED("config.small.x=1", -ENOENT, "config.small has no 'x'");
}

TEST_F(map, entries_have_keys)
{
	TAKEN("weights.bat0=-1", 7, 0, int32_t, -1);
	TAKEN("weights.12=5", 12, 0, int32_t, 5);
	TAKEN("weights.a.from=5", 8, 0, int32_t, 5);
	TAKEN("modes.3=quiet", 3, 0, uint32_t, 1);
	TAKEN("windows.bat0.until=1:00", 7, 4, uint32_t, 60);
	TAKEN("windows.a.from.from=1:00", 8, 0, uint32_t, 60);
	REFUSED("modes.4=quiet", -ERANGE, "modes: '4' is out of range: 0 to 3");
	REFUSED("modes.-1=quiet", -ERANGE, "modes: '-1' is out of range: 0 to 4294967295");
	REFUSED("weights.bat1=1", -ENOENT, "weights: there is no DER 'bat1' at this site");
	REFUSED("windows.bat0=1", -ENOENT,
		"windows.bat0 is no single value; it has from, until, p_w");
	REFUSED("windows.bat0.till=1", -ENOENT,
		"windows.bat0 has no 'till'; it has from, until, p_w");
}

TEST_F(map, what_is_missing_is_named)
{
	REFUSED("config", -EINVAL, "'config' is no setting; write it as MAP.KEY=VALUE");
	REFUSED("config=1", -EINVAL,
		"what of config? config.MEMBER; it has small, change, loud, mode, limit_mw, wide, "
		"der, from, band, list");
	REFUSED("windows.=1", -EINVAL,
		"what of windows? windows.KEY.MEMBER; it has from, until, p_w");
	REFUSED("weights=1", -EINVAL, "what of weights? weights.KEY");
	REFUSED("nothing.x=1", -ENOENT,
		"there is no map 'nothing'; there are config, weights, modes, windows");
	REFUSED("config.nothing=1", -ENOENT,
		"config has no 'nothing'; it has small, change, loud, mode, limit_mw, wide, der, "
		"from, band, list");
}

TEST_F(map, what_is_the_programs_own_cannot_be_set)
{
	REFUSED("accept_state.0=1", -EPERM,
		"accept_state cannot be set: it is the programs' own state");
	REFUSED("counts.0=1", -EPERM, "counts cannot be set: every CPU has its own values of it");
	REFUSED("tap.0=1", -EPERM, "tap cannot be set: it is a ring buffer");
	REFUSED("accept.priority=1", -EPERM, "accept cannot be set: it is the hook itself");
}

static const struct ovpp_bpf_map *find(const struct ovpp_bpf_map *maps, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(maps[i].name, name))
			return &maps[i];
	}
	return NULL;
}

/* Writes each setting into the entry. */
static void fill(struct ovpp_bpf_map *maps, size_t n, const char *const *settings, uint8_t *entry)
{
	struct ovpp_bpf_setting s;
	char err[512];

	for (; *settings; settings++) {
		if (!ovpp_bpf_setting_parse(maps, n, &names, *settings, &s, err, sizeof(err)))
			memcpy(entry + s.offset, s.value, s.size);
	}
}

static const char *const settings[] = {
	"config.small=1",
	"config.change=-2",
	"config.loud=yes",
	"config.mode=loud",
	"config.limit_mw=-5000",
	"config.wide=18446744073709551615",
	"config.der=bat0",
	"config.from=07:05",
	"config.band.low=-3",
	"config.list.1=4",
	NULL,
};

static void collect(void *arg, const char *path, const struct ovpp_bpf_scalar *scalar,
		    const void *value)
{
	char text[OVPP_BPF_TEXT], *all = arg;

	ovpp_bpf_format(scalar, &names, value, text);
	snprintf(all + strlen(all), 4096 - strlen(all), "%s=%s ", path, text);
}

TEST_F(map, what_is_shown_is_what_can_be_set)
{
	fill(self->maps, self->n, settings, self->entry);
	ovpp_bpf_entry_each(find(self->maps, self->n, "config"), self->entry, collect, self->text);
	EXPECT_STREQ("small=1 change=-2 loud=yes mode=loud limit_mw=-5000 "
		     "wide=18446744073709551615 der=bat0 from=07:05 band.low=-3 band.high=0 "
		     "list.0=0 list.1=4 ",
		     self->text);
}

TEST_F(map, json_has_numbers_truth_and_names)
{
	json_t *got, *wanted;

	fill(self->maps, self->n, settings, self->entry);
	got = ovpp_bpf_entry_json(find(self->maps, self->n, "config"), self->entry);
	wanted = json_pack("{s:i, s:i, s:b, s:s, s:i, s:s, s:i, s:i, s:{s:i, s:i}, s:[i, i]}",
			   "small", 1, "change", -2, "loud", 1, "mode", "loud", "limit_mw", -5000,
			   "wide", "18446744073709551615", "der", 7, "from", 425, "band", "low", -3,
			   "high", 0, "list", 0, 4);
	EXPECT_TRUE(json_equal(wanted, got));
	json_decref(wanted);
	json_decref(got);
}

TEST_F(map, value_that_has_no_name_is_shown_as_a_number)
{
	uint32_t mode = 99, der = 5, late = 2000;
	struct ovpp_bpf_scalar scalar;
	json_t *json;

	ovpp_bpf_entry_each(find(self->maps, self->n, "modes"), &mode, collect, self->text);
	ovpp_bpf_key_text(find(self->maps, self->n, "weights"), &names, &der, self->text + 512);
	EXPECT_STREQ("=99 ", self->text);
	EXPECT_STREQ("5", self->text + 512);
	der = 7;
	ovpp_bpf_key_text(find(self->maps, self->n, "weights"), NULL, &der, self->text);
	EXPECT_STREQ("7", self->text);
	json = ovpp_bpf_entry_json(find(self->maps, self->n, "modes"), &mode);
	EXPECT_EQ(99, json_integer_value(json));
	json_decref(json);
	ASSERT_EQ(0, ovpp_bpf_scalar(bpf_object__btf(self->object),
				     (uint32_t)btf__find_by_name(bpf_object__btf(self->object),
								 "ovpp_minutes"),
				     &scalar));
	ovpp_bpf_format(&scalar, NULL, &late, self->text);
	EXPECT_STREQ("2000", self->text);
}

TEST_F(map, entry_is_carried_into_one_of_the_same_type)
{
	const struct ovpp_bpf_map *config = find(self->maps, self->n, "config");
	uint8_t into[sizeof(self->entry)] = {0};

	fill(self->maps, self->n, settings, self->entry);
	EXPECT_EQ(0, ovpp_bpf_entry_carry(config, self->entry, config, into, self->text,
					  sizeof(self->text)));
	EXPECT_EQ(0, memcmp(self->entry, into, config->value_size));
	EXPECT_STREQ("", self->text);
}

/* config has a "from" of the type of windows' too, at another place; no "until". */
TEST_F(map, value_is_carried_to_where_its_name_and_type_are)
{
	static const char *const window[] = {"windows.3.from=07:05", NULL};
	const struct ovpp_bpf_map *windows = find(self->maps, self->n, "windows");
	const struct ovpp_bpf_map *config = find(self->maps, self->n, "config");
	uint8_t into[sizeof(self->entry)] = {0};

	into[0] = 9;
	fill(self->maps, self->n, window, self->entry);
	EXPECT_EQ(0, ovpp_bpf_entry_carry(windows, self->entry, config, into, self->text,
					  sizeof(self->text)));
	ovpp_bpf_entry_each(config, into, collect, self->text);
	EXPECT_NE(NULL, strstr(self->text, "from=07:05"));
	EXPECT_NE(NULL, strstr(self->text, "small=9 "));
}

TEST_F(map, value_without_a_counterpart_is_named)
{
	static const char *const window[] = {"windows.3.from=07:05", "windows.3.p_w=-1",
					     "windows.3.until=08:00", NULL};
	const struct ovpp_bpf_map *windows = find(self->maps, self->n, "windows");
	const struct ovpp_bpf_map *modes = find(self->maps, self->n, "modes");
	uint8_t into[sizeof(self->entry)] = {0};

	fill(self->maps, self->n, window, self->entry);
	EXPECT_EQ(-ENOENT,
		  ovpp_bpf_entry_carry(windows, self->entry, find(self->maps, self->n, "config"),
				       into, self->text, sizeof(self->text)));
	EXPECT_STREQ("until", self->text);
	/* Of the same path, "", but another type. */
	self->entry[0] = 1;
	EXPECT_EQ(-ENOENT,
		  ovpp_bpf_entry_carry(modes, self->entry, find(self->maps, self->n, "weights"),
				       into, self->text, sizeof(self->text)));
	EXPECT_STREQ("", self->text);
}

TEST_F(map, keys_are_alike_by_their_type)
{
	const struct ovpp_bpf_map *weights = find(self->maps, self->n, "weights");

	EXPECT_TRUE(ovpp_bpf_keys_alike(weights, find(self->maps, self->n, "windows")));
	EXPECT_FALSE(ovpp_bpf_keys_alike(weights, find(self->maps, self->n, "modes")));
	EXPECT_FALSE(ovpp_bpf_keys_alike(weights, find(self->maps, self->n, "tap")));
}

TEST_HARNESS_MAIN
