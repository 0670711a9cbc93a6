// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: JSON <-> netlink attributes, and the kernel's refusals as texts. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/openvpp_netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "kselftest_harness.h"

#include "extack.h"
#include "json_attr.h"

/* A request as nl.c builds it, with room for @size bytes. */
static struct nl_msg *new_request(size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	genlmsg_put(msg, 0, 1, 0x20, 0, 0, 1, 1);
	return msg;
}

static json_t *read_back(struct nl_msg *msg, const struct ovpp_spec_set *set)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	json_t *out = NULL;

	ovpp_attr_get(nlmsg_attrdata(hdr, GENL_HDRLEN), nlmsg_attrlen(hdr, GENL_HDRLEN), set, &out);
	return out;
}

FIXTURE(attr)
{
	struct nl_msg *msg;
	char err[512];
};

FIXTURE_SETUP(attr)
{
	self->msg = new_request(65536);
	self->err[0] = '\0';
}

FIXTURE_TEARDOWN(attr)
{
	nlmsg_free(self->msg);
}

static int put(struct nl_msg *msg, const char *op_name, const char *json, char *err, size_t size)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(op_name);
	json_t *obj = json_loads(json, JSON_DECODE_ANY, NULL);
	int ret = ovpp_attr_put(msg, op->set, op->request, obj, err, size);

	json_decref(obj);
	return ret;
}

#define PUT(op, json) put(self->msg, op, json, self->err, sizeof(self->err))
#define REFUSED(op, json, text)                    \
	do {                                       \
		EXPECT_EQ(-EINVAL, PUT(op, json)); \
		EXPECT_STREQ(text, self->err);     \
	} while (0)

TEST_F(attr, every_object_that_can_be_sent_comes_back_as_it_was)
{
	static const struct {
		const char *op;
		const char *json;
	} objects[] = {
		{"site-new", "{\"name\": \"home\", \"period_ns\": 1000000, \"cpu\": -1}"},
		{"der-new", "{\"site\": 1, \"name\": \"b\", \"kind\": \"battery\", \"pcc\": 0,"
			    " \"safe_mw\": -5000000000}"},
		{"profile-new",
		 "{\"name\": \"x\", \"message\": [{\"id\": 849, \"flags\": [\"ext\", \"optional\"],"
		 " \"signal\": [{\"point\": \"soc\", \"start\": 0, \"length\": 16, \"raw_min\": -1,"
		 " \"map\": [{\"raw\": 4294967296, \"value\": -9223372036854775807}]},"
		 " {\"flags\": []}]}, {\"id\": 850}]}"},
		{"dispatch-new", "{\"block\": [{\"p_mw\": 1}, {}, {\"p_mw\": -1}]}"},
	};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		const struct ovpp_spec_op *op = ovpp_spec_op(objects[i].op);
		json_t *sent = json_loads(objects[i].json, 0, NULL);
		struct nl_msg *msg = new_request(65536);
		json_t *back;

		ASSERT_EQ(0, ovpp_attr_put(msg, op->set, op->request, sent, self->err,
					   sizeof(self->err)));
		back = read_back(msg, op->set);
		EXPECT_TRUE(json_equal(sent, back));
		json_decref(sent);
		json_decref(back);
		nlmsg_free(msg);
	}
}

TEST_F(attr, wide_integers_take_four_bytes_where_they_fit_and_eight_elsewhere)
{
	static const struct {
		const char *json;
		int len;
	} sizes[] = {
		{"{\"safe_mw\": 2147483647}", 4},
		{"{\"safe_mw\": 2147483648}", 8},
		{"{\"safe_mw\": -2147483648}", 4},
		{"{\"safe_mw\": -2147483649}", 8},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct nl_msg *msg = new_request(4096);

		ASSERT_EQ(0, put(msg, "der-new", sizes[i].json, self->err, sizeof(self->err)));
		EXPECT_EQ(sizes[i].len, nla_len(nlmsg_attrdata(nlmsg_hdr(msg), GENL_HDRLEN)));
		nlmsg_free(msg);
	}
	ASSERT_EQ(0, PUT("site-new", "{\"period_ns\": 4294967295}"));
	EXPECT_EQ(4, nla_len(nlmsg_attrdata(nlmsg_hdr(self->msg), GENL_HDRLEN)));
}

TEST_F(attr, unknown_key_is_refused_with_the_list_of_known_ones)
{
	REFUSED("site-del", "{\"nme\": \"x\"}", "nme: unknown key; known are id, name");
}

TEST_F(attr, key_of_the_set_that_the_operation_does_not_take_is_refused)
{
	REFUSED("site-del", "{\"name\": \"x\", \"state\": \"start\"}",
		"state: unknown key; known are id, name");
}

TEST_F(attr, unknown_name_is_refused_with_the_list_of_known_ones)
{
	REFUSED("der-new", "{\"kind\": \"batery\"}",
		"kind: unknown value 'batery'; known are other, meter, pv, wind, battery, ev, "
		"generator, load");
}

TEST_F(attr, error_names_the_place_in_a_nested_object)
{
	REFUSED("profile-new",
		"{\"message\": [{}, {\"signal\": [{\"length\": 1}, {\"length\": \"8\"}]}]}",
		"message[1].signal[1].length: must be an integer");
}

TEST_F(attr, value_of_the_wrong_type_is_refused)
{
	REFUSED("site-new", "{\"name\": 5}", "name: must be a string");
	REFUSED("site-new", "{\"period_ns\": 1.5}", "period_ns: must be an integer");
	REFUSED("site-new", "{\"period_ns\": true}", "period_ns: must be an integer");
	REFUSED("der-new", "{\"kind\": 4}", "kind: must be a name");
	REFUSED("profile-new", "{\"message\": {}}", "message: must be a list");
	REFUSED("profile-new", "{\"message\": [1]}", "message[0]: must be an object");
	REFUSED("profile-new", "{\"message\": [{\"flags\": \"tx\"}]}",
		"message[0].flags: must be a list of names");
	REFUSED("site-new", "[]", "the request must be an object");
}

TEST_F(attr, integer_beyond_its_type_is_refused_never_cut)
{
	REFUSED("site-new", "{\"priority\": 4294967296}", "priority: must be 0 to 4294967295");
	REFUSED("site-new", "{\"priority\": -1}", "priority: must be 0 to 4294967295");
	REFUSED("der-new", "{\"pcc\": 256}", "pcc: must be 0 to 255");
	REFUSED("site-new", "{\"cpu\": 2147483648}", "cpu: must be -2147483648 to 2147483647");
	REFUSED("site-new", "{\"period_ns\": -1}", "period_ns: must not be negative");
}

TEST_F(attr, truth_values_are_taken_for_flags_of_a_byte)
{
	ASSERT_EQ(0, PUT("der-new", "{\"pcc\": true}"));
	EXPECT_EQ(1, nla_get_u8(nlmsg_attrdata(nlmsg_hdr(self->msg), GENL_HDRLEN)));
}

TEST_F(attr, request_that_does_not_fit_is_refused)
{
	struct nl_msg *msg = new_request(64);

	EXPECT_EQ(-EMSGSIZE,
		  put(msg, "site-new",
		      "{\"name\": \"a name that is longer than what is left of the message\"}",
		      self->err, sizeof(self->err)));
	EXPECT_STREQ("the request is too big", self->err);
	nlmsg_free(msg);
}

TEST_F(attr, biggest_profile_fits_into_a_request)
{
	json_t *messages = json_array(), *signals = json_array(), *maps = json_array();
	json_t *obj;

	for (int i = 0; i < OPENVPP_MAP_MAX; i++)
		json_array_append_new(
			maps, json_pack("{s:I, s:I}", "raw", 1LL << 62, "value", 1LL << 62));
	for (int i = 0; i < OPENVPP_SIGNAL_MAX; i++)
		json_array_append_new(
			signals,
			json_pack("{s:s, s:i, s:i, s:[s], s:I, s:I, s:I, s:I, s:I, s:I, s:O*}",
				  "point", "p", "start", 0, "length", 64, "flags", "signed", "num",
				  1LL << 62, "den", 1LL << 31, "offset", 1LL << 62, "raw_min",
				  -(1LL << 62), "raw_max", 1LL << 62, "mux_value", 1LL << 62, "map",
				  i ? NULL : maps));
	for (int i = 0; i < OPENVPP_MESSAGE_MAX; i++)
		json_array_append_new(
			messages, json_pack("{s:i, s:O*}", "id", i, "signal", i ? NULL : signals));
	obj = json_pack("{s:s, s:O}", "name", "big", "message", messages);
	EXPECT_EQ(0, ovpp_attr_put(self->msg, ovpp_spec_op("profile-new")->set, NULL, obj,
				   self->err, sizeof(self->err)));
	json_decref(obj);
	json_decref(messages);
	json_decref(signals);
	json_decref(maps);
}

TEST_F(attr, attribute_of_a_newer_kernel_is_passed_over)
{
	json_t *back;

	nla_put_u32(self->msg, 999, 1);
	ASSERT_EQ(0, PUT("site-del", "{\"id\": 3}"));
	back = read_back(self->msg, ovpp_spec_op("site-del")->set);
	EXPECT_EQ(1, json_object_size(back));
	EXPECT_EQ(3, json_integer_value(json_object_get(back, "id")));
	json_decref(back);
}

TEST_F(attr, value_without_a_name_stays_a_number)
{
	json_t *back;

	nla_put_u32(self->msg, OVPP_A_SITE_STATE, 77);
	nla_put_u32(self->msg, OVPP_A_SITE_CAUSE, OVPP_CAUSE_GRACE);
	back = read_back(self->msg, ovpp_spec_op("site-get")->set);
	EXPECT_EQ(77, json_integer_value(json_object_get(back, "state")));
	EXPECT_STREQ("grace", json_string_value(json_object_get(back, "cause")));
	json_decref(back);
}

TEST_F(attr, unsigned_value_beyond_json_integers_is_kept_exactly)
{
	json_t *back;

	nla_put_u64(self->msg, OVPP_A_SITE_HEAD, UINT64_MAX);
	back = read_back(self->msg, ovpp_spec_op("site-get")->set);
	EXPECT_STREQ("18446744073709551615", json_string_value(json_object_get(back, "head")));
	json_decref(back);
}

TEST_F(attr, payload_of_the_wrong_length_is_no_value)
{
	static const char three[3];
	json_t *out = NULL;
	struct nlmsghdr *hdr;

	nla_put(self->msg, OVPP_A_SITE_HEAD, sizeof(three), three);
	hdr = nlmsg_hdr(self->msg);
	EXPECT_EQ(-EBADMSG,
		  ovpp_attr_get(nlmsg_attrdata(hdr, GENL_HDRLEN), nlmsg_attrlen(hdr, GENL_HDRLEN),
				ovpp_spec_op("site-get")->set, &out));
	EXPECT_EQ(NULL, out);
}

TEST(every_operation_and_name_of_the_tables_can_be_looked_up)
{
	for (size_t i = 0; i < ovpp_spec_n_ops; i++) {
		EXPECT_EQ(&ovpp_spec_ops[i], ovpp_spec_op(ovpp_spec_ops[i].name));
		EXPECT_EQ(&ovpp_spec_ops[i], ovpp_spec_op_by_cmd(ovpp_spec_ops[i].cmd));
		EXPECT_EQ(ovpp_spec_ops[i].has_do, ovpp_spec_ops[i].request != NULL);
		EXPECT_EQ(ovpp_spec_ops[i].has_dump, ovpp_spec_ops[i].dump_request != NULL);
	}
	EXPECT_STREQ("fail_safe", ovpp_enum_name("site-state", OVPP_SITE_FAIL_SAFE));
	EXPECT_STREQ("heartbeat", ovpp_enum_name("point", OVPP_POINT_HEARTBEAT));
	EXPECT_EQ(NULL, ovpp_enum_name("point", OVPP_POINT_MAX + 1));
	EXPECT_EQ(NULL, ovpp_enum_name("no such", 0));
	EXPECT_EQ(NULL, ovpp_spec_op("site-make"));
}

/* An answer of the kernel: error number, attributes of the acknowledgment. */
FIXTURE(extack)
{
	struct nl_msg *request;
	struct nl_msg *answer;
	const struct ovpp_spec_set *set;
	char text[512];
};

FIXTURE_SETUP(extack)
{
	char err[256];
	struct nlmsgerr e = {.error = -EINVAL};

	self->set = ovpp_spec_op("profile-new")->set;
	self->request = new_request(4096);
	put(self->request, "profile-new",
	    "{\"name\": \"x\", \"message\": [{\"id\": 1},"
	    " {\"id\": 2, \"signal\": [{\"start\": 0, \"length\": 77}]}]}",
	    err, sizeof(err));
	self->answer = nlmsg_alloc_size(4096);
	nlmsg_put(self->answer, 0, 1, NLMSG_ERROR, 0, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nlmsg_append(self->answer, &e, sizeof(e), NLMSG_ALIGNTO);
}

FIXTURE_TEARDOWN(extack)
{
	nlmsg_free(self->request);
	nlmsg_free(self->answer);
}

/* Offset of an attribute by the path of types that leads to it. */
static uint32_t offset_of(struct nl_msg *request, const int *path)
{
	struct nlmsghdr *hdr = nlmsg_hdr(request);
	struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int rem = nlmsg_attrlen(hdr, GENL_HDRLEN);

	for (;; path++) {
		/* Of several, the last one. */
		struct nlattr *found = NULL;

		for (; nla_ok(nla, rem); nla = nla_next(nla, &rem))
			if (nla_type(nla) == *path)
				found = nla;
		if (!path[1])
			return (uint32_t)((char *)found - (char *)hdr);
		nla = nla_data(found);
		rem = nla_len(found);
	}
}

#define TEXT()                                                                                     \
	ovpp_extack_text(nlmsg_hdr(self->answer), nlmsg_hdr(self->request), self->set, self->text, \
			 sizeof(self->text))

TEST_F(extack, text_of_the_kernel_is_shown_with_the_attribute_it_points_at)
{
	static const int path[] = {OVPP_A_PROFILE_MESSAGE, OVPP_A_MESSAGE_SIGNAL,
				   OVPP_A_SIGNAL_LENGTH, 0};

	nla_put_string(self->answer, NLMSGERR_ATTR_MSG, "integer out of range");
	nla_put_u32(self->answer, NLMSGERR_ATTR_OFFS, offset_of(self->request, path));
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("integer out of range: message[1].signal[0].length", self->text);
}

TEST_F(extack, range_that_the_kernel_tells_is_shown)
{
	static const int path[] = {OVPP_A_PROFILE_MESSAGE, OVPP_A_MESSAGE_ID, 0};
	struct nlattr *policy;

	nla_put_string(self->answer, NLMSGERR_ATTR_MSG, "integer out of range");
	nla_put_u32(self->answer, NLMSGERR_ATTR_OFFS, offset_of(self->request, path));
	policy = nla_nest_start(self->answer, NLMSGERR_ATTR_POLICY);
	nla_put_u64(self->answer, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, 1);
	nla_put_u64(self->answer, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, 64);
	nla_nest_end(self->answer, policy);
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("integer out of range: message[1].id, allowed 1 to 64", self->text);
}

TEST_F(extack, missing_attribute_is_named)
{
	static const int path[] = {OVPP_A_PROFILE_MESSAGE, OVPP_A_MESSAGE_SIGNAL, 0};

	nla_put_u32(self->answer, NLMSGERR_ATTR_MISS_TYPE, OVPP_A_SIGNAL_POINT);
	nla_put_u32(self->answer, NLMSGERR_ATTR_MISS_NEST, offset_of(self->request, path));
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("Invalid argument: message[1].signal[0].point is missing", self->text);
}

TEST_F(extack, missing_attribute_of_the_request_itself_is_named)
{
	nla_put_u32(self->answer, NLMSGERR_ATTR_MISS_TYPE, OVPP_A_PROFILE_KIND);
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("Invalid argument: kind is missing", self->text);
}

TEST_F(extack, text_that_says_what_is_missing_is_shown_with_the_place_only)
{
	nla_put_string(self->answer, NLMSGERR_ATTR_MSG, "profile has no kind");
	nla_put_u32(self->answer, NLMSGERR_ATTR_MISS_TYPE, OVPP_A_PROFILE_KIND);
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("profile has no kind: kind", self->text);
}

TEST_F(extack, refusal_without_a_text_gives_the_error_numbers_text)
{
	nlmsg_hdr(self->answer)->nlmsg_flags = 0;
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("Invalid argument", self->text);
}

TEST_F(extack, offset_beyond_the_request_is_passed_over)
{
	nla_put_string(self->answer, NLMSGERR_ATTR_MSG, "no");
	nla_put_u32(self->answer, NLMSGERR_ATTR_OFFS, 1 << 20);
	EXPECT_EQ(-EINVAL, TEXT());
	EXPECT_STREQ("no", self->text);
}

TEST_F(extack, answer_that_is_cut_short_is_no_answer)
{
	nlmsg_hdr(self->answer)->nlmsg_len = NLMSG_HDRLEN + 2;
	EXPECT_EQ(-EBADMSG, TEXT());
}

TEST_HARNESS_MAIN
