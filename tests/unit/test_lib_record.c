// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: records as JSON, and the io_uring entries of the device. */
#include "kselftest_harness.h"

#include "record.h"
#include "uring.h"

static json_t *get(const json_t *obj, const char *key)
{
	return json_object_get(obj, key);
}

#define INT(obj, key) json_integer_value(get(obj, key))
#define STR(obj, key) json_string_value(get(obj, key))

TEST(record_size_is_what_the_ring_holds)
{
	EXPECT_EQ(128, sizeof(struct ovpp_record));
}

TEST(sample_value_that_is_not_known_is_null_never_zero)
{
	struct ovpp_record rec = {
		.seq = 12,
		.type = OVPP_RECORD_SAMPLE,
		.site = 1,
		.der = 2,
		.sample =
			{
				.p_mw = -1500000,
				.soc_ppm = 880000,
				.state = OVPP_DER_STATE_RUNNING,
				.quality = OVPP_QUALITY_GOOD << (2 * OVPP_SAMPLE_P) |
					   OVPP_QUALITY_STALE << (2 * OVPP_SAMPLE_SOC) |
					   OVPP_QUALITY_INVALID << (2 * OVPP_SAMPLE_V) |
					   OVPP_QUALITY_GOOD << (2 * OVPP_SAMPLE_STATE),
				.supervision = OVPP_SUPERVISION_ONLINE,
			},
	};
	json_t *obj = ovpp_record_json(&rec);

	EXPECT_STREQ("sample", STR(obj, "type"));
	EXPECT_EQ(12, INT(obj, "seq"));
	EXPECT_EQ(-1500000, INT(obj, "p_mw"));
	EXPECT_EQ(880000, INT(obj, "soc_ppm"));
	EXPECT_STREQ("stale", STR(get(obj, "quality"), "soc_ppm"));
	EXPECT_TRUE(json_is_null(get(obj, "v_mv")));
	EXPECT_STREQ("invalid", STR(get(obj, "quality"), "v_mv"));
	EXPECT_TRUE(json_is_null(get(obj, "q_mvar")));
	EXPECT_STREQ("never", STR(get(obj, "quality"), "q_mvar"));
	EXPECT_STREQ("running", STR(obj, "state"));
	EXPECT_TRUE(json_is_null(get(obj, "p_set_mw")));
	EXPECT_STREQ("online", STR(obj, "supervision"));
	EXPECT_TRUE(json_is_false(get(obj, "clamped")));
	json_decref(obj);
}

TEST(sample_flags_and_command_are_shown)
{
	struct ovpp_record rec = {
		.type = OVPP_RECORD_SAMPLE,
		.sample = {.p_set_mw = 5,
			   .flags = OVPP_SAMPLE_CONTROLLED | OVPP_SAMPLE_CLAMPED |
				    OVPP_SAMPLE_E_INTEGRATED},
	};
	json_t *obj = ovpp_record_json(&rec);

	EXPECT_EQ(5, INT(obj, "p_set_mw"));
	EXPECT_TRUE(json_is_true(get(obj, "clamped")));
	EXPECT_TRUE(json_is_true(get(obj, "e_integrated")));
	EXPECT_TRUE(json_is_false(get(obj, "pcc")));
	EXPECT_TRUE(json_is_null(get(obj, "age_ms")));
	json_decref(obj);
}

TEST(site_record_shows_state_and_hides_what_is_not_in_force)
{
	struct ovpp_record rec = {
		.type = OVPP_RECORD_SITE,
		.site_sample = {.state = OVPP_SITE_FAIL_SAFE,
				.cause = OVPP_CAUSE_LEASE_EXPIRED,
				.lease_left_ms = UINT32_MAX,
				.pcc_mw = 3,
				.target_mw = 4,
				.pcc_quality = OVPP_QUALITY_GOOD},
	};
	json_t *obj = ovpp_record_json(&rec);

	EXPECT_STREQ("site", STR(obj, "type"));
	EXPECT_STREQ("fail_safe", STR(obj, "state"));
	EXPECT_STREQ("lease_expired", STR(obj, "cause"));
	EXPECT_EQ(3, INT(obj, "pcc_mw"));
	EXPECT_TRUE(json_is_null(get(obj, "target_mw")));
	EXPECT_TRUE(json_is_null(get(obj, "lease_left_ms")));
	EXPECT_TRUE(json_is_null(get(obj, "f_mhz")));
	json_decref(obj);
}

TEST(event_and_dispatch_records_name_what_happened)
{
	struct ovpp_record rec = {
		.type = OVPP_RECORD_EVENT,
		.event = {.code = OVPP_EVENT_BUS_STATE, .bus = 3, .arg = -1},
	};
	json_t *obj = ovpp_record_json(&rec);

	EXPECT_STREQ("bus_state", STR(obj, "code"));
	EXPECT_EQ(3, INT(obj, "bus"));
	EXPECT_EQ(-1, INT(obj, "arg"));
	json_decref(obj);

	rec = (struct ovpp_record){
		.type = OVPP_RECORD_DISPATCH,
		.dispatch = {.id = 9, .state = OVPP_DISPATCH_SUPERSEDED, .e_delivered_mwh = -7},
	};
	obj = ovpp_record_json(&rec);
	EXPECT_STREQ("dispatch", STR(obj, "type"));
	EXPECT_STREQ("superseded", STR(obj, "state"));
	EXPECT_EQ(-7, INT(obj, "e_delivered_mwh"));
	json_decref(obj);
}

TEST(record_of_a_newer_kernel_keeps_its_numbers)
{
	struct ovpp_record rec = {.type = 99, .seq = 1};
	json_t *obj = ovpp_record_json(&rec);

	EXPECT_EQ(99, INT(obj, "type"));
	json_decref(obj);
	rec = (struct ovpp_record){.type = OVPP_RECORD_EVENT, .event.code = 500};
	obj = ovpp_record_json(&rec);
	EXPECT_EQ(500, INT(obj, "code"));
	json_decref(obj);
}

TEST(uring_entries_carry_the_command_in_their_last_16_bytes)
{
	struct io_uring_sqe sqe;
	struct ovpp_uring_wait wait;
	struct ovpp_uring_dispatch dispatch;
	struct ovpp_uring_block block;

	memset(&sqe, 0xff, sizeof(sqe));
	ovpp_uring_prep_wait(&sqe, 5, 1ULL << 40, 16, 250);
	memcpy(&wait, (char *)&sqe + 48, sizeof(wait));
	EXPECT_EQ(IORING_OP_URING_CMD, sqe.opcode);
	EXPECT_EQ(5, sqe.fd);
	EXPECT_EQ(OVPP_URING_WAIT, sqe.cmd_op);
	EXPECT_EQ(0, sqe.flags);
	EXPECT_EQ(0, sqe.rw_flags);
	EXPECT_EQ(1ULL << 40, wait.cursor);
	EXPECT_EQ(16, wait.count);
	EXPECT_EQ(250, wait.timeout_ms);

	memset(&sqe, 0xff, sizeof(sqe));
	ovpp_uring_prep_dispatch(&sqe, 5, &block, 1);
	memcpy(&dispatch, (char *)&sqe + 48, sizeof(dispatch));
	EXPECT_EQ(OVPP_URING_DISPATCH, sqe.cmd_op);
	EXPECT_EQ((uintptr_t)&block, dispatch.blocks);
	EXPECT_EQ(1, dispatch.count);
	EXPECT_EQ(0, dispatch.flags);

	memset(&sqe, 0xff, sizeof(sqe));
	ovpp_uring_prep_heartbeat(&sqe, 5);
	EXPECT_EQ(OVPP_URING_HEARTBEAT, sqe.cmd_op);
	for (int i = 48; i < 64; i++)
		EXPECT_EQ(0, ((char *)&sqe)[i]);
}

TEST_HARNESS_MAIN
