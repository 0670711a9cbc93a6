// SPDX-License-Identifier: GPL-2.0-or-later
// timeout: 400
/*
 * What the netlink family refuses: one wrong field a test. Each refusal has its
 * error, its text, points at the field, and changes nothing.
 */

#include "helpers.h"

#include <errno.h>

#include "kselftest_harness.h"
#include "rawnl.h"

#define SITE "kselftest-netlink"
#define TOO_LONG "a-name-of-thirty-two-characters-"

/* Texts of the kernel's own validation. */
#define RANGE "integer out of range"
#define LENGTH "invalid attribute length"
#define POLICY "Attribute failed policy validation"
#define UNKNOWN "Unknown attribute type"
#define UNSUPPORTED "Unsupported attribute"

#define BAD_NAME "a name has printable ASCII characters only, no blanks and no slashes"
#define NO_SITE "no such site in this network namespace"
#define TOO_MUCH "power is beyond +-274877906944 mW"
#define BEYOND 274877906945

FIXTURE(refusal)
{
	struct bench b;
	struct raw raw;
	json_t *before;
};

/*
 * @attr: the attribute that the refusal points at, within the innermost nest; 0:
 * none. @missing: because it is not there.
 */
FIXTURE_VARIANT(refusal)
{
	uint8_t cmd;
	bool dump;
	const struct field *fields;
	int err;
	const char *text;
	uint16_t attr;
	bool missing;
};

/* Everything that a request could have changed, without what changes by itself. */
static json_t *state_of(struct ovpp_nl *nl)
{
	static const char *const whole[] = {"policy-get", "envelope-get", "profile-get"};
	static const char *const counted[] = {"site-get", "bus-get", "der-get", "dispatch-get"};
	json_t *state = json_object(), *list;

	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		list = NULL;
		if (!ovpp_nl_dump(nl, whole[i], NULL, &list))
			json_object_set_new(state, whole[i], list);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
		list = NULL;
		if (!ovpp_nl_dump(nl, counted[i], NULL, &list))
			json_object_set_new(state, counted[i],
					    json_integer((json_int_t)json_array_size(list)));
		json_decref(list);
	}
	return state;
}

static bool state_is(struct ovpp_nl *nl, json_t *before)
{
	json_t *now = state_of(nl);
	bool same = json_equal(before, now);

	json_decref(now);
	return same;
}

/* One heartbeat is enough for a whole test, so that dispatches are looked at. */
static int site_new(struct bench *b)
{
	return bench_new(b, SITE, json_pack("{s:i}", "heartbeat_ms", 3600000));
}

static int keep_alive(struct bench *b, struct raw *raw)
{
	json_t *req = json_pack("{s:s}", "name", SITE);
	struct answer a;
	int ret = raw_beat(raw, SITE, &a);

	if (!ret && !bench_wait(bench_get(b->nl, "site-get", json_incref(req),
					  "heartbeat_age_ms") != INT64_MIN))
		ret = -ETIMEDOUT;
	json_decref(req);
	return ret;
}

FIXTURE_SETUP(refusal)
{
	ASSERT_EQ(0, site_new(&self->b));
	ASSERT_LT(0, bench_der(&self->b, BENCH_BATTERY, 0));
	ASSERT_LT(0, bench_der(&self->b, BENCH_METER, 0));
	ASSERT_EQ(0, raw_open(&self->raw));
	ASSERT_EQ(0, keep_alive(&self->b, &self->raw));
	self->before = state_of(self->b.nl);
	ASSERT_EQ(7, json_object_size(self->before));
}

FIXTURE_TEARDOWN(refusal)
{
	json_decref(self->before);
	raw_close(&self->raw);
	bench_end(&self->b);
}

TEST_F(refusal, says_what_is_wrong_and_changes_nothing)
{
	int flags = NLM_F_REQUEST | (variant->dump ? NLM_F_DUMP : NLM_F_ACK);
	struct answer a;

	ASSERT_EQ(0, raw_ask(&self->raw,
			     raw_request(&self->raw, variant->cmd, flags, variant->fields), &a));
	EXPECT_EQ(variant->err, a.err);
	EXPECT_STREQ(variant->text, a.text);
	EXPECT_EQ(variant->attr, a.attr);
	EXPECT_EQ(variant->missing, a.missing);

	/* A DER that was made and given up is freed a little later. */
	EXPECT_TRUE(bench_wait(state_is(self->b.nl, self->before)));
}

/* clang-format off */

#define REFUSED(name, command, error, message, ...)		\
	FIXTURE_VARIANT_ADD(refusal, name) {			\
		.cmd = OVPP_CMD_##command,			\
		.err = error,					\
		.text = message,				\
		__VA_ARGS__					\
	}
#define BAD(a) .attr = OVPP_A_##a
#define MISSING(a) .attr = OVPP_A_##a, .missing = true
#define IN(...) .fields = FIELDS(__VA_ARGS__)

/* ---- the family ---- */

FIXTURE_VARIANT_ADD(refusal, unknown_command) {
	.cmd = 200, .err = -EOPNOTSUPP, .text = "",
};
REFUSED(event_as_a_request, EVENT_NTF, -EOPNOTSUPP, "");

/* ---- site ---- */

REFUSED(site_new_without_name, SITE_NEW, -EINVAL, "name is missing", MISSING(SITE_NAME));
REFUSED(site_new_empty_name, SITE_NEW, -EINVAL, "a name cannot be empty", BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "")));
REFUSED(site_new_name_with_slash, SITE_NEW, -EINVAL, BAD_NAME, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "a/b")));
REFUSED(site_new_name_with_blank, SITE_NEW, -EINVAL, BAD_NAME, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "a b")));
REFUSED(site_new_name_not_ascii, SITE_NEW, -EINVAL, BAD_NAME, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "h\xc3\xb6" "f")));
REFUSED(site_new_name_too_long, SITE_NEW, -EINVAL, POLICY, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, TOO_LONG)));
REFUSED(site_new_name_without_end, SITE_NEW, -EINVAL, POLICY, BAD(SITE_NAME),
	IN(BYTES(SITE_NAME, "name")));
REFUSED(site_new_name_taken, SITE_NEW, -EEXIST, "a site of this name is there already", 0,
	IN(STRING(SITE_NAME, SITE)));
REFUSED(site_new_period_too_short, SITE_NEW, -ERANGE, RANGE, BAD(SITE_PERIOD_NS),
	IN(STRING(SITE_NAME, "x"), UINT(SITE_PERIOD_NS, 99999)));
REFUSED(site_new_period_too_long, SITE_NEW, -ERANGE, RANGE, BAD(SITE_PERIOD_NS),
	IN(STRING(SITE_NAME, "x"), UINT(SITE_PERIOD_NS, 1000000001)));
REFUSED(site_new_period_of_three_bytes, SITE_NEW, -EINVAL, LENGTH, BAD(SITE_PERIOD_NS),
	IN(STRING(SITE_NAME, "x"), BYTES(SITE_PERIOD_NS, "123")));
REFUSED(site_new_priority_of_a_byte, SITE_NEW, -EINVAL, LENGTH, BAD(SITE_PRIORITY),
	IN(STRING(SITE_NAME, "x"), U8(SITE_PRIORITY, 80)));
REFUSED(site_new_priority_99, SITE_NEW, -ERANGE, RANGE, BAD(SITE_PRIORITY),
	IN(STRING(SITE_NAME, "x"), U32(SITE_PRIORITY, 99)));
REFUSED(site_new_cpu_not_there, SITE_NEW, -EINVAL, "cpu 100000 is not online", 0,
	IN(STRING(SITE_NAME, "x"), U32(SITE_CPU, 100000)));
REFUSED(site_new_ring_not_power_of_two, SITE_NEW, -EINVAL, "ring-records is not a power of two", 0,
	IN(STRING(SITE_NAME, "x"), U32(SITE_RING_RECORDS, 100)));
REFUSED(site_new_ring_too_large, SITE_NEW, -ERANGE, RANGE, BAD(SITE_RING_RECORDS),
	IN(STRING(SITE_NAME, "x"), U32(SITE_RING_RECORDS, 1048577)));
REFUSED(site_new_heartbeat_too_short, SITE_NEW, -ERANGE, RANGE, BAD(SITE_HEARTBEAT_MS),
	IN(STRING(SITE_NAME, "x"), U32(SITE_HEARTBEAT_MS, 9)));
REFUSED(site_new_with_a_state, SITE_NEW, -EINVAL, UNKNOWN, BAD(SITE_STATE),
	IN(STRING(SITE_NAME, "x"), U32(SITE_STATE, OVPP_SITE_FOLLOWING)));
REFUSED(site_set_ring_records, SITE_SET, -EINVAL, UNSUPPORTED, BAD(SITE_RING_RECORDS),
	IN(STRING(SITE_NAME, SITE), U32(SITE_RING_RECORDS, 64)));
REFUSED(site_get_unnamed, SITE_GET, -EINVAL, "site is not named; give its id or its name",
	MISSING(SITE_ID));
REFUSED(site_get_named_twice, SITE_GET, -EINVAL, "site is named twice; give its id or its name",
	BAD(SITE_NAME), IN(U32(SITE_ID, 0), STRING(SITE_NAME, SITE)));
REFUSED(site_get_unknown_name, SITE_GET, -ENOENT, NO_SITE, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "nobody")));
REFUSED(site_get_unknown_id, SITE_GET, -ENOENT, NO_SITE, BAD(SITE_ID), IN(U32(SITE_ID, 4711)));
REFUSED(site_dump_of_one, SITE_GET, -EINVAL, "this dump takes no attributes", BAD(SITE_NAME),
	.dump = true, IN(STRING(SITE_NAME, SITE)));
REFUSED(site_del_unknown, SITE_DEL, -ENOENT, NO_SITE, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "nobody")));
REFUSED(heartbeat_unknown_site, HEARTBEAT, -ENOENT, NO_SITE, BAD(SITE_NAME),
	IN(STRING(SITE_NAME, "nobody")));
REFUSED(stats_reset_unnamed, STATS_RESET, -EINVAL, "site is not named; give its id or its name",
	MISSING(STATS_SITE));

/* ---- bus ---- */

#define BUS_SITE STRING(BUS_SITE_NAME, SITE)

REFUSED(bus_new_without_site, BUS_NEW, -EINVAL, "site is not named; give its id or its name",
	MISSING(BUS_SITE), IN(STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, "lo")));
REFUSED(bus_new_without_name, BUS_NEW, -EINVAL, "name is missing", MISSING(BUS_NAME),
	IN(BUS_SITE, STRING(BUS_IFNAME, "lo")));
REFUSED(bus_new_without_ifname, BUS_NEW, -EINVAL, "ifname is missing", MISSING(BUS_IFNAME),
	IN(BUS_SITE, STRING(BUS_NAME, "x")));
REFUSED(bus_new_ifname_too_long, BUS_NEW, -EINVAL, POLICY, BAD(BUS_IFNAME),
	IN(BUS_SITE, STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, "sixteen-letters-")));
REFUSED(bus_new_no_such_device, BUS_NEW, -ENODEV, "no such net device", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, "nocan")));
REFUSED(bus_new_device_not_can, BUS_NEW, -EINVAL, "not a CAN net device", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, "lo")));
REFUSED(bus_new_device_taken, BUS_NEW, -EBUSY, "net device serves a bus already", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, BENCH_IFNAME)));
REFUSED(bus_new_name_taken, BUS_NEW, -EEXIST, "a bus of this name is there already", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "bus"), STRING(BUS_IFNAME, BENCH_IFNAME)));
REFUSED(bus_new_unknown_type, BUS_NEW, -ERANGE, RANGE, BAD(BUS_TYPE),
	IN(BUS_SITE, STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, "lo"),
	   U32(BUS_TYPE, OVPP_BUS_MAX + 1)));
REFUSED(bus_new_line_without_tty, BUS_NEW, -EINVAL, "ifname is missing", MISSING(BUS_IFNAME),
	IN(BUS_SITE, STRING(BUS_NAME, "x"), U32(BUS_TYPE, OVPP_BUS_MODBUS)));
REFUSED(bus_new_line_on_nothing, BUS_NEW, -ENODEV,
	"no such serdev device; a tty is given as an open file", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "x"), STRING(BUS_IFNAME, "lo"),
	   U32(BUS_TYPE, OVPP_BUS_MODBUS)));
REFUSED(bus_new_line_of_no_file, BUS_NEW, -EBADF, "tty-fd is no open file", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "x"), U32(BUS_TYPE, OVPP_BUS_MODBUS),
	   U32(BUS_TTY_FD, 1000000)));
REFUSED(bus_new_line_named_twice, BUS_NEW, -EINVAL,
	"the device is named twice; give ifname or tty-fd", BAD(BUS_IFNAME),
	IN(BUS_SITE, STRING(BUS_NAME, "x"), U32(BUS_TYPE, OVPP_BUS_MODBUS),
	   STRING(BUS_IFNAME, "lo"), U32(BUS_TTY_FD, 0)));
REFUSED(bus_new_line_with_loopback, BUS_NEW, -EINVAL, "loopback and restarts are of CAN buses", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "x"), U32(BUS_TYPE, OVPP_BUS_MODBUS),
	   STRING(BUS_IFNAME, "lo"), U8(BUS_LOOPBACK, 1)));
REFUSED(bus_set_tty_of_a_can_bus, BUS_SET, -EINVAL,
	"tty-fd, path, rs485 and foreign-write are of serial lines", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "bus"), U32(BUS_TTY_FD, 0)));
REFUSED(bus_set_path, BUS_SET, -EINVAL, UNSUPPORTED, BAD(BUS_PATH),
	IN(BUS_SITE, STRING(BUS_NAME, "bus"), STRING(BUS_PATH, "/dev/ttyS0")));
REFUSED(bus_set_loopback_2, BUS_SET, -ERANGE, RANGE, BAD(BUS_LOOPBACK),
	IN(BUS_SITE, STRING(BUS_NAME, "bus"), U8(BUS_LOOPBACK, 2)));
REFUSED(bus_set_restart_order, BUS_SET, -EINVAL, "restart-min-ms is above restart-max-ms", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "bus"), U32(BUS_RESTART_MIN_MS, 10001)));
REFUSED(bus_set_ifname, BUS_SET, -EINVAL, UNSUPPORTED, BAD(BUS_IFNAME),
	IN(BUS_SITE, STRING(BUS_NAME, "bus"), STRING(BUS_IFNAME, "lo")));
REFUSED(bus_get_unknown, BUS_GET, -ENOENT, "no such bus in this site", BAD(BUS_NAME),
	IN(BUS_SITE, STRING(BUS_NAME, "nobus")));
REFUSED(bus_dump_unknown_site, BUS_GET, -ENOENT, NO_SITE, BAD(BUS_SITE_NAME), .dump = true,
	IN(STRING(BUS_SITE_NAME, "nobody")));
REFUSED(bus_del_in_use, BUS_DEL, -EBUSY, "2 DER are on this bus", 0,
	IN(BUS_SITE, STRING(BUS_NAME, "bus")));

/* ---- DER ---- */

#define DER_SITE STRING(DER_SITE_NAME, SITE)
#define DER_GIVEN DER_SITE, STRING(DER_NAME, "x"), STRING(DER_BUS_NAME, "bus"), \
	STRING(DER_PROFILE, BENCH_BATTERY)

REFUSED(der_new_without_name, DER_NEW, -EINVAL, "name is missing", MISSING(DER_NAME),
	IN(DER_SITE, STRING(DER_BUS_NAME, "bus"), STRING(DER_PROFILE, BENCH_BATTERY)));
REFUSED(der_new_without_profile, DER_NEW, -EINVAL, "profile is missing", MISSING(DER_PROFILE),
	IN(DER_SITE, STRING(DER_NAME, "x"), STRING(DER_BUS_NAME, "bus")));
REFUSED(der_new_without_bus, DER_NEW, -EINVAL, "bus is not named; give its id or its name",
	MISSING(DER_BUS), IN(DER_SITE, STRING(DER_NAME, "x"), STRING(DER_PROFILE, BENCH_BATTERY)));
REFUSED(der_new_bus_named_twice, DER_NEW, -EINVAL, "bus is named twice; give its id or its name",
	BAD(DER_BUS_NAME), IN(DER_GIVEN, U32(DER_BUS, 1)));
REFUSED(der_new_unknown_profile, DER_NEW, -ENOENT, "no such profile", 0,
	IN(DER_SITE, STRING(DER_NAME, "x"), STRING(DER_BUS_NAME, "bus"),
	   STRING(DER_PROFILE, "nothing")));
REFUSED(der_new_name_taken, DER_NEW, -EEXIST, "a DER of this name is there already", 0,
	IN(DER_SITE, STRING(DER_NAME, "battery0"), STRING(DER_BUS_NAME, "bus"),
	   STRING(DER_PROFILE, BENCH_BATTERY)));
REFUSED(der_new_identifier_taken, DER_NEW, -EEXIST,
	"identifier 0x100 on this bus is already that of DER battery0", 0, IN(DER_GIVEN));
REFUSED(der_new_node_out_of_range, DER_NEW, -ERANGE, RANGE, BAD(DER_NODE),
	IN(DER_GIVEN, U32(DER_NODE, 65536)));
REFUSED(der_new_node_moves_identifier_out, DER_NEW, -ERANGE,
	"node 1600 moves identifier 0x200 out of range", 0, IN(DER_GIVEN, U32(DER_NODE, 1600)));
REFUSED(der_new_unknown_kind, DER_NEW, -ERANGE, RANGE, BAD(DER_KIND),
	IN(DER_GIVEN, U32(DER_NODE, 1), U32(DER_KIND, 8)));
REFUSED(der_new_second_pcc, DER_NEW, -EEXIST, "the site has a PCC meter already", 0,
	IN(DER_GIVEN, U32(DER_NODE, 1), U8(DER_PCC, 1)));
REFUSED(der_new_safe_value_beyond, DER_NEW, -ERANGE, TOO_MUCH, BAD(DER_SAFE_MW),
	IN(DER_GIVEN, U32(DER_NODE, 1), SINT(DER_SAFE_MW, -BEYOND)));
REFUSED(der_new_serial_with_newline, DER_NEW, -EINVAL,
	"a serial number has printable ASCII characters only", BAD(DER_SERIAL),
	IN(DER_GIVEN, U32(DER_NODE, 1), STRING(DER_SERIAL, "a\n")));
REFUSED(der_set_profile, DER_SET, -EINVAL, UNSUPPORTED, BAD(DER_PROFILE),
	IN(DER_SITE, STRING(DER_NAME, "battery0"), STRING(DER_PROFILE, BENCH_METER)));
REFUSED(der_set_measurement, DER_SET, -EINVAL, UNSUPPORTED, BAD(DER_PCC),
	IN(DER_SITE, STRING(DER_NAME, "battery0"), U8(DER_PCC, 1)));
REFUSED(der_get_unknown, DER_GET, -ENOENT, "no such DER in this site", BAD(DER_ID),
	IN(DER_SITE, U32(DER_ID, 4711)));
REFUSED(der_del_unnamed, DER_DEL, -EINVAL, "DER is not named; give its id or its name",
	MISSING(DER_ID), IN(DER_SITE));

/* ---- policy and envelope ---- */

#define POLICY_SITE STRING(POLICY_SITE_NAME, SITE)
#define POLICY_DER POLICY_SITE, STRING(POLICY_DER_NAME, "battery0")
#define ENVELOPE_SITE STRING(ENVELOPE_SITE_NAME, SITE)
#define ENVELOPE_DER ENVELOPE_SITE, STRING(ENVELOPE_DER_NAME, "battery0")

REFUSED(policy_set_rank_of_a_site, POLICY_SET, -EINVAL, "part of a DER's policy; name the DER too",
	BAD(POLICY_RANK), IN(POLICY_SITE, U32(POLICY_RANK, 1)));
REFUSED(policy_set_droop_of_a_der, POLICY_SET, -EINVAL, "part of the site's policy; name no DER",
	BAD(POLICY_DROOP_MW_HZ), IN(POLICY_DER, UINT(POLICY_DROOP_MW_HZ, 1)));
REFUSED(policy_set_unknown_der, POLICY_SET, -ENOENT, "no such DER in this site",
	BAD(POLICY_DER_NAME), IN(POLICY_SITE, STRING(POLICY_DER_NAME, "x"), U32(POLICY_RANK, 1)));
REFUSED(policy_set_fallback_beyond, POLICY_SET, -ERANGE, TOO_MUCH, BAD(POLICY_FALLBACK_MW),
	IN(POLICY_SITE, SINT(POLICY_FALLBACK_MW, BEYOND)));
REFUSED(policy_set_limit_beyond, POLICY_SET, -ERANGE, RANGE, BAD(POLICY_EXPORT_MAX_MW),
	IN(POLICY_SITE, UINT(POLICY_EXPORT_MAX_MW, BEYOND)));
REFUSED(policy_set_ramp_beyond, POLICY_SET, -ERANGE, RANGE, BAD(POLICY_RAMP_MW_S),
	IN(POLICY_SITE, UINT(POLICY_RAMP_MW_S, -1)));
REFUSED(policy_set_gain_too_small, POLICY_SET, -ERANGE, RANGE, BAD(POLICY_GAIN_PPM),
	IN(POLICY_SITE, U32(POLICY_GAIN_PPM, 999)));
REFUSED(policy_set_nominal_frequency, POLICY_SET, -ERANGE, RANGE, BAD(POLICY_F_NOMINAL_MHZ),
	IN(POLICY_SITE, U32(POLICY_F_NOMINAL_MHZ, 50)));
REFUSED(policy_set_rank_256, POLICY_SET, -ERANGE, RANGE, BAD(POLICY_RANK),
	IN(POLICY_DER, U32(POLICY_RANK, 256)));
REFUSED(policy_set_enable_2, POLICY_SET, -ERANGE, RANGE, BAD(POLICY_ENABLE),
	IN(POLICY_DER, U8(POLICY_ENABLE, 2)));
REFUSED(policy_set_soc_order, POLICY_SET, -EINVAL, "soc-min-ppm is above soc-max-ppm",
	BAD(POLICY_SOC_MIN_PPM),
	IN(POLICY_DER, U32(POLICY_SOC_MIN_PPM, 2), U32(POLICY_SOC_MAX_PPM, 1)));
REFUSED(envelope_set_power_of_a_site, ENVELOPE_SET, -EINVAL,
	"part of a DER's envelope; name the DER too", BAD(ENVELOPE_P_MAX_MW),
	IN(ENVELOPE_SITE, SINT(ENVELOPE_P_MAX_MW, 1)));
REFUSED(envelope_set_export_of_a_der, ENVELOPE_SET, -EINVAL,
	"part of the site's envelope; name no DER", BAD(ENVELOPE_EXPORT_MAX_MW),
	IN(ENVELOPE_DER, UINT(ENVELOPE_EXPORT_MAX_MW, 1)));
REFUSED(envelope_set_power_beyond, ENVELOPE_SET, -ERANGE, TOO_MUCH, BAD(ENVELOPE_P_MIN_MW),
	IN(ENVELOPE_DER, SINT(ENVELOPE_P_MIN_MW, -BEYOND)));
REFUSED(envelope_set_power_order, ENVELOPE_SET, -EINVAL, "p-min-mw is above p-max-mw",
	BAD(ENVELOPE_P_MIN_MW), IN(ENVELOPE_DER, SINT(ENVELOPE_P_MIN_MW, 100000001)));
REFUSED(envelope_set_voltage_order, ENVELOPE_SET, -EINVAL, "v-min-mv is above v-max-mv",
	BAD(ENVELOPE_V_MIN_MV),
	IN(ENVELOPE_SITE, U32(ENVELOPE_V_MIN_MV, 2), U32(ENVELOPE_V_MAX_MV, 1)));
REFUSED(envelope_set_frequency_order, ENVELOPE_SET, -EINVAL, "f-min-mhz is above f-max-mhz",
	BAD(ENVELOPE_F_MIN_MHZ),
	IN(ENVELOPE_DER, U32(ENVELOPE_F_MIN_MHZ, 2), U32(ENVELOPE_F_MAX_MHZ, 1)));
REFUSED(envelope_set_soc_above_full, ENVELOPE_SET, -ERANGE, RANGE, BAD(ENVELOPE_SOC_MAX_PPM),
	IN(ENVELOPE_DER, U32(ENVELOPE_SOC_MAX_PPM, 1000001)));
REFUSED(envelope_set_lock, ENVELOPE_SET, -EINVAL, UNSUPPORTED, BAD(ENVELOPE_LOCKED),
	IN(ENVELOPE_SITE, U8(ENVELOPE_LOCKED, 1)));

/* ---- dispatch ---- */

#define DISPATCH_SITE STRING(DISPATCH_SITE_NAME, SITE)
#define MINUTE U32(BLOCK_DURATION_MS, 60000)

REFUSED(dispatch_new_without_block, DISPATCH_NEW, -EINVAL, "block is missing",
	MISSING(DISPATCH_BLOCK), IN(DISPATCH_SITE));
REFUSED(dispatch_new_block_without_duration, DISPATCH_NEW, -EINVAL,
	"duration-ms of a block is missing", MISSING(BLOCK_DURATION_MS),
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1))));
REFUSED(dispatch_new_block_without_power, DISPATCH_NEW, -EINVAL, "p-mw of a block is missing",
	MISSING(BLOCK_P_MW), IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, MINUTE)));
REFUSED(dispatch_new_empty_block, DISPATCH_NEW, -ERANGE, RANGE, BAD(BLOCK_DURATION_MS),
	IN(DISPATCH_SITE,
	   NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), U32(BLOCK_DURATION_MS, 0))));
REFUSED(dispatch_new_power_beyond, DISPATCH_NEW, -ERANGE,
	"block 0: power or time beyond what can be", 0,
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, BEYOND), MINUTE)));
REFUSED(dispatch_new_over_already, DISPATCH_NEW, -ETIME, "all blocks are over", 0,
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), UINT(BLOCK_START_NS, 1),
			       U32(BLOCK_DURATION_MS, 1))));
REFUSED(dispatch_new_at_the_end_of_time, DISPATCH_NEW, -ERANGE,
	"block 0: power or time beyond what can be", 0,
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), UINT(BLOCK_START_NS, -1),
			       MINUTE)));
REFUSED(dispatch_new_blocks_overlap, DISPATCH_NEW, -EINVAL,
	"block 1 is empty, out of order or overlaps", 0,
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), MINUTE),
	   NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), UINT(BLOCK_START_NS, 1), MINUTE)));
REFUSED(dispatch_new_blocks_of_two_targets, DISPATCH_NEW, -EINVAL,
	"all blocks are for the same DER, or all for the PCC", BAD(DISPATCH_BLOCK),
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), MINUTE),
	   NEST(DISPATCH_BLOCK, U32(BLOCK_DER, 1), SINT(BLOCK_P_MW, 1), MINUTE)));
REFUSED(dispatch_new_unknown_der, DISPATCH_NEW, -ENOENT,
	"no DER of this id that takes commands, or no PCC meter", 0,
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, U32(BLOCK_DER, 4711), SINT(BLOCK_P_MW, 1),
			       MINUTE)));
REFUSED(dispatch_new_block_not_marked_as_nest, DISPATCH_NEW, -EINVAL, "NLA_F_NESTED is missing",
	BAD(DISPATCH_BLOCK),
	IN(DISPATCH_SITE, UNMARKED_NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), MINUTE)));
REFUSED(dispatch_new_unknown_field_of_a_block, DISPATCH_NEW, -EINVAL, UNKNOWN, .attr = 9,
	IN(DISPATCH_SITE, NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), MINUTE,
			       { FIELD_U32, 9, 1, NULL, NULL })));
REFUSED(dispatch_new_with_a_state, DISPATCH_NEW, -EINVAL, UNSUPPORTED, BAD(DISPATCH_STATE),
	IN(DISPATCH_SITE, U32(DISPATCH_STATE, OVPP_DISPATCH_DONE)));
REFUSED(dispatch_get_without_id, DISPATCH_GET, -EINVAL, "id is missing", MISSING(DISPATCH_ID),
	IN(DISPATCH_SITE));
REFUSED(dispatch_get_unknown, DISPATCH_GET, -ENOENT, "no such dispatch in this site",
	BAD(DISPATCH_ID), IN(DISPATCH_SITE, U32(DISPATCH_ID, 4711)));
REFUSED(dispatch_del_unknown, DISPATCH_DEL, -ENOENT,
	"no such dispatch in this site, or it has ended", BAD(DISPATCH_ID),
	IN(DISPATCH_SITE, U32(DISPATCH_ID, 4711)));

/* ---- profile ---- */

#define PROFILE STRING(PROFILE_NAME, "kselftest-x")
#define MESSAGE(...) NEST(PROFILE_MESSAGE, __VA_ARGS__)
#define ID U32(MESSAGE_ID, 0x100)
#define EIGHT U32(MESSAGE_LENGTH, 8)
#define TX U32(MESSAGE_FLAGS, OVPP_MESSAGE_TX)
#define P U32(SIGNAL_POINT, OVPP_POINT_P)
#define P_SET U32(SIGNAL_POINT, OVPP_POINT_P_SET)
#define BITS(start, length) U32(SIGNAL_START, start), U32(SIGNAL_LENGTH, length)
#define SIGNAL(...) NEST(MESSAGE_SIGNAL, __VA_ARGS__)
#define ONE_SIGNAL(...) PROFILE, MESSAGE(ID, EIGHT, SIGNAL(__VA_ARGS__))

REFUSED(profile_new_without_name, PROFILE_NEW, -EINVAL, "name is missing", MISSING(PROFILE_NAME),
	IN(MESSAGE(ID, EIGHT)));
REFUSED(profile_new_without_message, PROFILE_NEW, -EINVAL, "message is missing",
	MISSING(PROFILE_MESSAGE), IN(PROFILE));
REFUSED(profile_new_unknown_kind, PROFILE_NEW, -ERANGE, RANGE, BAD(PROFILE_KIND),
	IN(PROFILE, U32(PROFILE_KIND, 8)));
REFUSED(profile_new_name_taken, PROFILE_NEW, -EEXIST, "a profile of this name is there already", 0,
	IN(STRING(PROFILE_NAME, BENCH_METER), MESSAGE(ID, EIGHT, SIGNAL(P, BITS(0, 8)))));
REFUSED(profile_message_without_id, PROFILE_NEW, -EINVAL, "id of a message is missing",
	MISSING(MESSAGE_ID), IN(PROFILE, MESSAGE(EIGHT)));
REFUSED(profile_message_without_length, PROFILE_NEW, -EINVAL, "length of a message is missing",
	MISSING(MESSAGE_LENGTH), IN(PROFILE, MESSAGE(ID)));
REFUSED(profile_message_id_of_30_bits, PROFILE_NEW, -ERANGE, RANGE, BAD(MESSAGE_ID),
	IN(PROFILE, MESSAGE(U32(MESSAGE_ID, 0x20000000), EIGHT)));
REFUSED(profile_message_id_of_12_bits, PROFILE_NEW, -EINVAL,
	"message 0: identifier out of range", 0,
	IN(PROFILE, MESSAGE(U32(MESSAGE_ID, 0x800), EIGHT, SIGNAL(P, BITS(0, 8)))));
REFUSED(profile_message_unknown_flag, PROFILE_NEW, -EINVAL, "reserved bit set", BAD(MESSAGE_FLAGS),
	IN(PROFILE, MESSAGE(ID, EIGHT, U32(MESSAGE_FLAGS, 128))));
REFUSED(profile_message_of_251_bytes, PROFILE_NEW, -ERANGE, RANGE, BAD(MESSAGE_LENGTH),
	IN(PROFILE, MESSAGE(ID, U32(MESSAGE_LENGTH, 251))));
REFUSED(profile_message_longer_than_its_frame, PROFILE_NEW, -EINVAL,
	"message 0: longer than a frame", 0,
	IN(PROFILE, MESSAGE(ID, U32(MESSAGE_LENGTH, 9), SIGNAL(P, BITS(0, 8)))));
REFUSED(profile_message_of_a_length_no_frame_has, PROFILE_NEW, -EINVAL,
	"message 0: no frame has this length", 0,
	IN(PROFILE, MESSAGE(ID, U32(MESSAGE_FLAGS, OVPP_MESSAGE_TX | OVPP_MESSAGE_FD),
			    U32(MESSAGE_LENGTH, 9), SIGNAL(P_SET, BITS(0, 8)))));
REFUSED(profile_two_messages_of_one_id, PROFILE_NEW, -EINVAL,
	"message 1: identifier appears twice", 0,
	IN(PROFILE, MESSAGE(ID, EIGHT, SIGNAL(P, BITS(0, 8))),
	   MESSAGE(ID, EIGHT, SIGNAL(P, BITS(0, 8)))));
REFUSED(profile_signal_without_point, PROFILE_NEW, -EINVAL, "point of a signal is missing",
	MISSING(SIGNAL_POINT), IN(ONE_SIGNAL(BITS(0, 8))));
REFUSED(profile_signal_without_start, PROFILE_NEW, -EINVAL, "start of a signal is missing",
	MISSING(SIGNAL_START), IN(ONE_SIGNAL(P, U32(SIGNAL_LENGTH, 8))));
REFUSED(profile_signal_without_length, PROFILE_NEW, -EINVAL, "length of a signal is missing",
	MISSING(SIGNAL_LENGTH), IN(ONE_SIGNAL(P, U32(SIGNAL_START, 0))));
REFUSED(profile_signal_unknown_point, PROFILE_NEW, -ERANGE, RANGE, BAD(SIGNAL_POINT),
	IN(ONE_SIGNAL(U32(SIGNAL_POINT, OVPP_POINT_MAX + 1), BITS(0, 8))));
REFUSED(profile_signal_of_65_bits, PROFILE_NEW, -ERANGE, RANGE, BAD(SIGNAL_LENGTH),
	IN(ONE_SIGNAL(P, BITS(0, 65))));
REFUSED(profile_signal_of_no_bit, PROFILE_NEW, -ERANGE, RANGE, BAD(SIGNAL_LENGTH),
	IN(ONE_SIGNAL(P, BITS(0, 0))));
REFUSED(profile_signal_beyond_any_frame, PROFILE_NEW, -ERANGE, RANGE, BAD(SIGNAL_START),
	IN(ONE_SIGNAL(P, BITS(2000, 8))));
REFUSED(profile_signal_beyond_its_message, PROFILE_NEW, -EINVAL,
	"message 0 signal 0: beyond the message", 0, IN(ONE_SIGNAL(P, BITS(57, 8))));
REFUSED(profile_big_endian_signal_beyond_its_message, PROFILE_NEW, -EINVAL,
	"message 0 signal 0: beyond the message", 0,
	IN(ONE_SIGNAL(P, BITS(62, 8), U32(SIGNAL_FLAGS, OVPP_SIGNAL_BIG_ENDIAN))));
REFUSED(profile_signal_muxed_without_value, PROFILE_NEW, -EINVAL,
	"mux-value of a muxed signal is missing", MISSING(SIGNAL_MUX_VALUE),
	IN(ONE_SIGNAL(P, BITS(0, 8), U32(SIGNAL_FLAGS, OVPP_SIGNAL_MUXED))));
REFUSED(profile_constant_without_value, PROFILE_NEW, -EINVAL, "mux-value of a constant is missing",
	MISSING(SIGNAL_MUX_VALUE),
	IN(ONE_SIGNAL(BITS(0, 8), U32(SIGNAL_FLAGS, OVPP_SIGNAL_CONST))));
REFUSED(profile_scaled_signal_without_scale, PROFILE_NEW, -EINVAL,
	"scale-start of a scaled signal is missing", MISSING(SIGNAL_SCALE_START),
	IN(ONE_SIGNAL(P, BITS(0, 8), U32(SIGNAL_FLAGS, OVPP_SIGNAL_SCALED))));
REFUSED(profile_scale_beyond_any_message, PROFILE_NEW, -ERANGE, RANGE, BAD(SIGNAL_SCALE_START),
	IN(ONE_SIGNAL(P, BITS(0, 8), U32(SIGNAL_SCALE_START, 2000))));
REFUSED(profile_constant_of_a_frame, PROFILE_NEW, -EINVAL,
	"message 0 signal 0: flag that only Modbus signals can have", 0,
	IN(ONE_SIGNAL(BITS(0, 8), U32(SIGNAL_FLAGS, OVPP_SIGNAL_CONST),
		      UINT(SIGNAL_MUX_VALUE, 1))));
REFUSED(profile_unknown_bus, PROFILE_NEW, -ERANGE, RANGE, BAD(PROFILE_BUS),
	IN(U32(PROFILE_BUS, OVPP_BUS_MAX + 1), ONE_SIGNAL(P, BITS(0, 8))));
REFUSED(profile_spacing_of_a_can_device, PROFILE_NEW, -EINVAL,
	"spacing or response on a bus of frames", 0,
	IN(U32(PROFILE_SPACING_MS, 1), ONE_SIGNAL(P, BITS(0, 8))));
REFUSED(profile_modbus_message_of_no_function, PROFILE_NEW, -EINVAL,
	"message 0: no function that reads", 0,
	IN(U32(PROFILE_BUS, OVPP_BUS_MODBUS), ONE_SIGNAL(P, BITS(0, 8))));
REFUSED(profile_signal_denominator_0, PROFILE_NEW, -ERANGE, RANGE, BAD(SIGNAL_DEN),
	IN(ONE_SIGNAL(P, BITS(0, 8), U32(SIGNAL_DEN, 0))));
REFUSED(profile_signals_overlap_in_a_command, PROFILE_NEW, -EINVAL,
	"message 0 signal 1: overlaps another signal", 0,
	IN(PROFILE, MESSAGE(ID, EIGHT, TX, SIGNAL(P_SET, BITS(0, 16)),
			    SIGNAL(U32(SIGNAL_POINT, OVPP_POINT_HEARTBEAT), BITS(8, 16)))));
REFUSED(profile_command_received, PROFILE_NEW, -EINVAL,
	"message 0 signal 0: point is not a measurement", 0, IN(ONE_SIGNAL(P_SET, BITS(0, 8))));
REFUSED(profile_map_without_value, PROFILE_NEW, -EINVAL, "value of a map is missing",
	MISSING(MAP_VALUE),
	IN(ONE_SIGNAL(P, BITS(0, 8), NEST(SIGNAL_MAP, UINT(MAP_RAW, 1)))));
REFUSED(profile_signal_longer_than_its_message_attribute, PROFILE_NEW, -EINVAL,
	"bytes leftover after parsing attributes", 0,
	IN(PROFILE, { FIELD_BYTES, NLA_F_NESTED | OVPP_A_PROFILE_MESSAGE, 8,
		      "\x40\x00\x01\x00\x00\x01\x00\x00", NULL }));
REFUSED(profile_dump_of_one, PROFILE_GET, -EINVAL, "this dump takes no attributes",
	BAD(PROFILE_NAME), .dump = true, IN(STRING(PROFILE_NAME, BENCH_METER)));
REFUSED(profile_get_without_name, PROFILE_GET, -EINVAL, "name is missing", MISSING(PROFILE_NAME));
REFUSED(profile_get_unknown, PROFILE_GET, -ENOENT, "no such profile", BAD(PROFILE_NAME),
	IN(STRING(PROFILE_NAME, "nothing")));
REFUSED(profile_del_unknown, PROFILE_DEL, -ENOENT, "no such profile", 0,
	IN(STRING(PROFILE_NAME, "nothing")));
REFUSED(profile_del_in_use, PROFILE_DEL, -EBUSY, "profile is used by 1 DER", 0,
	IN(STRING(PROFILE_NAME, BENCH_METER)));

/* clang-format on */

/* ---- too many ---- */

/* @n times the same attribute after @head. */
static struct nl_msg *repeated(struct raw *r, uint8_t cmd, const struct field *head,
			       const struct field *one, int n)
{
	struct nl_msg *msg = raw_request(r, cmd, NLM_F_REQUEST | NLM_F_ACK, head);

	while (msg && n--)
		if (fields_put(msg, one)) {
			nlmsg_free(msg);
			return NULL;
		}
	return msg;
}

FIXTURE(many)
{
	struct bench b;
	struct raw raw;
};

FIXTURE_SETUP(many)
{
	ASSERT_EQ(0, site_new(&self->b));
	ASSERT_LT(0, bench_der(&self->b, BENCH_METER, 0));
	ASSERT_EQ(0, raw_open(&self->raw));
	ASSERT_EQ(0, keep_alive(&self->b, &self->raw));
}

FIXTURE_TEARDOWN(many)
{
	raw_close(&self->raw);
	bench_end(&self->b);
}

TEST_F(many, dispatch_of_288_blocks_is_taken_and_of_289_refused)
{
	const struct field *head = FIELDS(DISPATCH_SITE);
	const struct field *block = FIELDS(NEST(DISPATCH_BLOCK, SINT(BLOCK_P_MW, 1), MINUTE));
	struct answer a;

	ASSERT_EQ(0, raw_ask(&self->raw,
			     repeated(&self->raw, OVPP_CMD_DISPATCH_NEW, head, block, 288), &a));
	EXPECT_EQ(0, a.err);
	ASSERT_EQ(0, raw_ask(&self->raw,
			     repeated(&self->raw, OVPP_CMD_DISPATCH_NEW, head, block, 289), &a));
	EXPECT_EQ(-E2BIG, a.err);
	EXPECT_STREQ("289 blocks; a dispatch has at most 288", a.text);
}

TEST_F(many, profile_of_33_messages_is_refused)
{
	const struct field *message = FIELDS(MESSAGE(ID, EIGHT, SIGNAL(P, BITS(0, 8))));
	struct answer a;

	ASSERT_EQ(0,
		  raw_ask(&self->raw,
			  repeated(&self->raw, OVPP_CMD_PROFILE_NEW, FIELDS(PROFILE), message, 33),
			  &a));
	EXPECT_EQ(-E2BIG, a.err);
	EXPECT_STREQ("33 messages; a profile has at most 32", a.text);
}

TEST_HARNESS_MAIN
