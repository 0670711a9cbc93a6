// SPDX-License-Identifier: GPL-2.0-or-later
// timeout: 300
/* What the netlink family gives: dumps, absent values, limits, heartbeat, events. */

#include "helpers.h"

#include <poll.h>
#include <sched.h>

#include "kselftest_harness.h"
#include "rawnl.h"

#define SITE "kselftest-objects"
#define NONE 274877906944

FIXTURE(objects)
{
	struct bench b;
};

FIXTURE_SETUP(objects)
{
	ASSERT_EQ(0, bench_new(&self->b, SITE, NULL));
}

FIXTURE_TEARDOWN(objects)
{
	bench_end(&self->b);
}

static json_t *get(struct bench *b, const char *op, json_t *req)
{
	json_t *reply = NULL;

	bench_must(b->nl, op, req, &reply);
	return reply;
}

/* ---- dumps in several parts ---- */

#define PARTS_DER 150
/* Parts are as large as what was read at once before; of a new socket, small. */
#define PART 8192

/* Begins a dump on a socket that has not read anything. */
static int dump_begin(struct raw *r, uint8_t cmd, const struct field *fields)
{
	struct nl_msg *msg;
	int ret;

	ret = raw_open(r);
	if (ret)
		return ret;
	nl_socket_free(r->sk);
	ret = raw_connect(r, 0, r->family);
	if (ret)
		return ret;
	msg = raw_request(r, cmd, NLM_F_REQUEST | NLM_F_DUMP, fields);
	ret = msg ? nl_send_auto(r->sk, msg) : -ENOMEM;
	nlmsg_free(msg);
	return ret < 0 ? -EIO : 0;
}

/* One part of a dump: calls @see with each message; false when it has ended. */
static bool read_part(struct raw *r, void (*see)(struct nlmsghdr *n, void *arg), void *arg,
		      int *parts)
{
	static char buf[PART] __attribute__((aligned(8)));
	ssize_t len = recv(nl_socket_get_fd(r->sk), buf, sizeof(buf), 0);
	struct nlmsghdr *n;

	if (len <= 0)
		return false;
	(*parts)++;
	for (n = (struct nlmsghdr *)buf; NLMSG_OK(n, len); n = NLMSG_NEXT(n, len)) {
		if (n->nlmsg_type == NLMSG_DONE || n->nlmsg_type == NLMSG_ERROR)
			return false;
		see(n, arg);
	}
	return true;
}

static const struct nlattr *attr_of(struct nlmsghdr *n, int type)
{
	return nlmsg_find_attr(n, GENL_HDRLEN, type);
}

/* Ids in the order in which a dump gives them. */
struct ids {
	uint32_t id[PARTS_DER * 2];
	int n;
};

static void see_der(struct nlmsghdr *n, void *arg)
{
	const struct nlattr *id = attr_of(n, OVPP_A_DER_ID);
	struct ids *ids = arg;

	if (id && ids->n < PARTS_DER * 2)
		ids->id[ids->n++] = nla_get_u32(id);
}

static bool has_id(const struct ids *ids, uint32_t id)
{
	for (int i = 0; i < ids->n; i++)
		if (ids->id[i] == id)
			return true;
	return false;
}

static int der_del(struct bench *b, json_int_t id)
{
	return bench_must(b->nl, "der-del",
			  json_pack("{s:I,s:I}", "site", (json_int_t)b->site, "id", id), NULL);
}

TEST_F_TIMEOUT(objects, dump_of_many_der_is_complete_while_some_are_removed, 120)
{
	struct ids ids = {.n = 0};
	struct raw raw;
	int parts = 0;

	for (uint32_t i = 0; i < PARTS_DER; i++)
		ASSERT_EQ((int)i + 1, bench_der(&self->b, BENCH_BATTERY, i));

	ASSERT_EQ(0, dump_begin(&raw, OVPP_CMD_DER_GET, FIELDS(STRING(DER_SITE_NAME, SITE))));
	ASSERT_TRUE(read_part(&raw, see_der, &ids, &parts));
	/* One that was given already, and one that was not. */
	ASSERT_EQ(1, ids.id[0]);
	ASSERT_EQ(0, der_del(&self->b, 1));
	ASSERT_EQ(0, der_del(&self->b, PARTS_DER - 1));
	while (read_part(&raw, see_der, &ids, &parts))
		;
	raw_close(&raw);

	EXPECT_LE(5, parts);
	EXPECT_EQ(PARTS_DER - 1, ids.n);
	EXPECT_FALSE(has_id(&ids, PARTS_DER - 1));
	EXPECT_TRUE(has_id(&ids, PARTS_DER));
	for (int i = 1; i < ids.n; i++)
		EXPECT_LT(ids.id[i - 1], ids.id[i]);
}

#define PARTS_PROFILES 90

static void profile_name(char *name, size_t size, int i)
{
	/* Added in another order than that of their names. */
	snprintf(name, size, "kselftest-part-%02d", i * 37 % PARTS_PROFILES);
}

struct names {
	char last[OPENVPP_NAME_MAX + 1];
	int n;
	bool ascending;
};

static void see_profile(struct nlmsghdr *n, void *arg)
{
	const struct nlattr *name = attr_of(n, OVPP_A_PROFILE_NAME);
	struct names *names = arg;

	if (!name)
		return;
	names->ascending &= strcmp(names->last, nla_get_string(name)) < 0;
	snprintf(names->last, sizeof(names->last), "%s", nla_get_string(name));
	names->n += !strncmp(names->last, "kselftest-part-", 15);
}

TEST_F_TIMEOUT(objects, dump_of_many_profiles_is_complete_while_some_are_removed, 120)
{
	struct names names = {.ascending = true};
	char name[32];
	struct raw raw;
	int parts = 0;

	for (int i = 0; i < PARTS_PROFILES; i++) {
		json_t *profile = bench_meter_profile();

		profile_name(name, sizeof(name), i);
		json_object_set_new(profile, "name", json_string(name));
		ASSERT_EQ(0, bench_profile(self->b.nl, profile));
	}

	ASSERT_EQ(0, dump_begin(&raw, OVPP_CMD_PROFILE_GET, NULL));
	ASSERT_TRUE(read_part(&raw, see_profile, &names, &parts));
	/* The very one that the dump goes on after. */
	ASSERT_EQ(0, bench_must(self->b.nl, "profile-del", json_pack("{s:s}", "name", names.last),
				NULL));
	while (read_part(&raw, see_profile, &names, &parts))
		;
	raw_close(&raw);

	EXPECT_LE(2, parts);
	EXPECT_EQ(PARTS_PROFILES, names.n);
	EXPECT_TRUE(names.ascending);

	for (int i = 0; i < PARTS_PROFILES; i++) {
		profile_name(name, sizeof(name), i);
		bench_do(self->b.nl, "profile-del", json_pack("{s:s}", "name", name), NULL);
	}
}

/* ---- what is not known is absent ---- */

static json_t *point_of(json_t *der, const char *id)
{
	json_t *point;
	size_t i;

	json_array_foreach (json_object_get(der, "point"), i, point)
		if (!strcmp(json_string_value(json_object_get(point, "id")), id))
			return point;
	return NULL;
}

static bool is(const json_t *object, const char *key, json_int_t value)
{
	const json_t *v = json_object_get(object, key);

	return json_is_integer(v) && json_integer_value(v) == value;
}

TEST_F(objects, value_that_never_came_is_absent_and_zero_is_a_value)
{
	json_int_t site = self->b.site;
	json_t *der, *p;

	ASSERT_EQ(1, bench_der(&self->b, BENCH_METER, 0));
	der = get(&self->b, "der-get", json_pack("{s:I,s:i}", "site", site, "id", 1));
	p = point_of(der, "p");
	ASSERT_NE(NULL, p);
	EXPECT_STREQ("never", json_string_value(json_object_get(p, "quality")));
	EXPECT_EQ(NULL, json_object_get(p, "value"));
	EXPECT_EQ(NULL, json_object_get(p, "age_ms"));
	EXPECT_EQ(NULL, json_object_get(der, "p_set_mw"));
	EXPECT_EQ(NULL, json_object_get(der, "serial"));
	json_decref(der);

	ASSERT_EQ(0, bench_can_report(&self->b, BENCH_METER_RX, 0, 50000));
	ASSERT_TRUE(bench_wait(bench_get(self->b.nl, "der-get",
					 json_pack("{s:I,s:i}", "site", site, "id", 1),
					 "rx_frames") == 1));
	der = get(&self->b, "der-get", json_pack("{s:I,s:i}", "site", site, "id", 1));
	p = point_of(der, "p");
	EXPECT_STREQ("good", json_string_value(json_object_get(p, "quality")));
	EXPECT_TRUE(is(p, "value", 0));
	EXPECT_TRUE(is(p, "seq", 1));
	EXPECT_TRUE(is(point_of(der, "f"), "value", 50000));
	json_decref(der);
}

TEST_F(objects, site_without_a_meter_has_no_pcc_values)
{
	static const char *const keys[] = {"pcc_mw",	      "pcc_quality", "pcc_f_mhz",
					   "load_mw",	      "target_mw",   "lease_left_ms",
					   "heartbeat_age_ms"};
	json_t *site = get(&self->b, "site-get", json_pack("{s:s}", "name", SITE));
	size_t absent = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		absent += !json_object_get(site, keys[i]);
	EXPECT_EQ(ARRAY_SIZE(keys), absent);
	EXPECT_TRUE(is(site, "bus_count", 1));
	EXPECT_TRUE(is(site, "der_count", 0));
	json_decref(site);
}

/* ---- limits, round trips ---- */

TEST_F(objects, limit_is_taken_away_by_the_greatest_power)
{
	json_int_t site = self->b.site;
	static const char *const ops[][2] = {{"policy-set", "policy-get"},
					     {"envelope-set", "envelope-get"}};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		json_t *reply;

		ASSERT_EQ(0, bench_must(self->b.nl, ops[i][0],
					json_pack("{s:I,s:i,s:I}", "site", site, "export_max_mw", 0,
						  "import_max_mw", (json_int_t)NONE - 1),
					NULL));
		reply = get(&self->b, ops[i][1], bench_req(&self->b));
		EXPECT_TRUE(is(reply, "export_max_mw", 0));
		EXPECT_TRUE(is(reply, "import_max_mw", (json_int_t)NONE - 1));
		json_decref(reply);

		ASSERT_EQ(0, bench_must(self->b.nl, ops[i][0],
					json_pack("{s:I,s:I}", "site", site, "export_max_mw",
						  (json_int_t)NONE),
					NULL));
		reply = get(&self->b, ops[i][1], bench_req(&self->b));
		EXPECT_EQ(NULL, json_object_get(reply, "export_max_mw"));
		EXPECT_TRUE(is(reply, "import_max_mw", (json_int_t)NONE - 1));
		json_decref(reply);
	}
}

TEST_F(objects, what_a_change_does_not_name_stays)
{
	json_int_t site = self->b.site;
	json_t *before, *after;

	ASSERT_EQ(1, bench_der(&self->b, BENCH_BATTERY, 0));
	before = get(&self->b, "envelope-get", json_pack("{s:I,s:i}", "site", site, "der", 1));
	ASSERT_EQ(0, bench_must(self->b.nl, "envelope-set",
				json_pack("{s:I,s:i,s:i}", "site", site, "der", 1, "ramp_mw_s", 5),
				NULL));
	after = get(&self->b, "envelope-get", json_pack("{s:I,s:i}", "site", site, "der", 1));
	EXPECT_TRUE(is(after, "ramp_mw_s", 5));
	EXPECT_TRUE(is(after, "p_max_mw", 100000000));
	json_object_set_new(before, "ramp_mw_s", json_integer(5));
	EXPECT_TRUE(json_equal(before, after));
	json_decref(before);
	json_decref(after);
}

TEST_F(objects, profile_that_was_read_makes_the_same_profile)
{
	json_t *one, *two;

	ASSERT_EQ(0, bench_profile(self->b.nl, bench_battery_profile()));
	one = get(&self->b, "profile-get", json_pack("{s:s}", "name", BENCH_BATTERY));
	two = json_pack("{s:s,s:O,s:O,s:O}", "name", "kselftest-copy", "version",
			json_object_get(one, "version"), "kind", json_object_get(one, "kind"),
			"message", json_object_get(one, "message"));
	ASSERT_EQ(0, bench_must(self->b.nl, "profile-new", two, NULL));
	two = get(&self->b, "profile-get", json_pack("{s:s}", "name", "kselftest-copy"));
	json_object_set_new(one, "name", json_string("kselftest-copy"));
	json_object_set_new(one, "users", json_integer(0));
	EXPECT_TRUE(json_equal(one, two));
	json_decref(one);
	json_decref(two);
	EXPECT_EQ(0, bench_must(self->b.nl, "profile-del",
				json_pack("{s:s}", "name", "kselftest-copy"), NULL));
}

TEST_F(objects, profile_of_a_der_just_removed_can_be_removed)
{
	ASSERT_EQ(1, bench_der(&self->b, BENCH_BATTERY, 0));
	ASSERT_EQ(0, der_del(&self->b, 1));
	EXPECT_EQ(0, bench_must(self->b.nl, "profile-del",
				json_pack("{s:s}", "name", BENCH_BATTERY), NULL));
}

TEST_F(objects, dispatch_comes_back_with_its_blocks)
{
	json_int_t site = self->b.site, id;
	json_t *reply, *blocks, *block;
	uint64_t now;

	ASSERT_EQ(1, bench_der(&self->b, BENCH_BATTERY, 0));
	ASSERT_EQ(0, bench_must(self->b.nl, "site-set",
				json_pack("{s:I,s:i}", "id", site, "heartbeat_ms", 3600000), NULL));
	ASSERT_EQ(0, bench_must(self->b.nl, "heartbeat", json_pack("{s:I}", "id", site), NULL));
	ASSERT_TRUE(bench_wait(bench_get(self->b.nl, "site-get", json_pack("{s:I}", "id", site),
					 "heartbeat_age_ms") != INT64_MIN));
	now = bench_now_ns();
	reply = get(&self->b, "dispatch-new",
		    json_pack("{s:I,s:[{s:i,s:i,s:i},{s:i,s:i,s:i}]}", "site", site, "block", "der",
			      1, "duration_ms", 60000, "p_mw", -5, "der", 1, "duration_ms", 1000,
			      "p_mw", 7));
	id = json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	EXPECT_LT(0, id);

	reply = get(&self->b, "dispatch-get", json_pack("{s:I,s:I}", "site", site, "id", id));
	EXPECT_TRUE(is(reply, "block_count", 2));
	EXPECT_EQ(NULL, json_object_get(reply, "e_delivered_mwh"));
	blocks = json_object_get(reply, "block");
	ASSERT_EQ(2, json_array_size(blocks));
	block = json_array_get(blocks, 0);
	EXPECT_TRUE(is(block, "p_mw", -5));
	EXPECT_TRUE(is(block, "duration_ms", 60000));
	EXPECT_LE(now, (uint64_t)json_integer_value(json_object_get(block, "start_ns")));
	block = json_array_get(blocks, 1);
	EXPECT_TRUE(is(block, "p_mw", 7));
	EXPECT_TRUE(is(block, "der", 1));
	EXPECT_EQ(json_integer_value(json_object_get(json_array_get(blocks, 0), "start_ns")) +
			  60000000000,
		  json_integer_value(json_object_get(block, "start_ns")));
	json_decref(reply);

	EXPECT_EQ(0, bench_must(self->b.nl, "dispatch-del",
				json_pack("{s:I,s:I}", "site", site, "id", id), NULL));
	EXPECT_TRUE(bench_is(self->b.nl, "dispatch-get",
			     json_pack("{s:I,s:I}", "site", site, "id", id), "state", "cancelled"));
}

/* ---- heartbeat ---- */

TEST_F(objects, heartbeat_is_its_first_senders_until_the_socket_closes)
{
	struct raw one, two;
	struct answer a;

	ASSERT_EQ(0, raw_open(&one));
	ASSERT_EQ(0, raw_open(&two));
	EXPECT_EQ(0, raw_beat(&one, SITE, &a));
	EXPECT_EQ(0, raw_beat(&one, SITE, &a));
	EXPECT_EQ(-EBUSY, raw_beat(&two, SITE, &a));
	EXPECT_STREQ("another program sends this site's heartbeat", a.text);
	raw_close(&one);
	EXPECT_EQ(0, raw_beat(&two, SITE, &a));
	raw_close(&two);
}

/* Opens and closes a socket with this port in another namespace. */
static int visit_elsewhere(uint32_t port)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct raw raw = {0};
	int ret;

	if (home < 0 || unshare(CLONE_NEWNET))
		return -errno;
	ret = raw_connect(&raw, port, 0);
	raw_close(&raw);
	if (setns(home, CLONE_NEWNET))
		ret = -errno;
	close(home);
	return ret;
}

TEST_F(objects, socket_of_the_same_port_in_another_namespace_takes_no_heartbeat_away)
{
	const uint32_t port = 4242001;
	struct raw one, two;
	struct answer a;

	ASSERT_EQ(0, raw_connect(&one, port, 0));
	ASSERT_EQ(0, raw_open(&two));
	ASSERT_EQ(0, raw_beat(&one, SITE, &a));
	ASSERT_EQ(0, visit_elsewhere(port));
	EXPECT_EQ(-EBUSY, raw_beat(&two, SITE, &a));
	raw_close(&one);
	raw_close(&two);
}

/* ---- namespaces ---- */

TEST_F(objects, site_is_not_seen_from_another_namespace)
{
	json_t *list = NULL;
	struct ovpp_nl *nl;

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, ovpp_nl_open(&nl));
	EXPECT_EQ(-ENOENT, bench_do(nl, "site-get", json_pack("{s:s}", "name", SITE), NULL));
	EXPECT_EQ(-ENOENT, bench_do(nl, "site-del",
				    json_pack("{s:I}", "id", (json_int_t)self->b.site), NULL));
	EXPECT_EQ(0, ovpp_nl_dump(nl, "site-get", NULL, &list));
	EXPECT_EQ(0, json_array_size(list));
	json_decref(list);
	ovpp_nl_close(nl);
}

/* ---- events ---- */

static struct ovpp_nl *listener(int *fd)
{
	struct ovpp_nl *nl = NULL;

	*fd = -1;
	if (!ovpp_nl_open(&nl))
		*fd = ovpp_nl_subscribe(nl);
	return nl;
}

/* The next event of this code, or NULL. */
static json_t *next_event(struct ovpp_nl *nl, int fd, const char *code)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	json_t *event;

	while (poll(&pfd, 1, BENCH_PATIENCE_MS) == 1) {
		event = NULL;
		while (!ovpp_nl_event(nl, &event)) {
			const char *c = json_string_value(json_object_get(event, "code"));

			if (c && !strcmp(c, code))
				return event;
			json_decref(event);
			event = NULL;
		}
	}
	return NULL;
}

TEST_F(objects, event_has_the_number_of_its_record_and_says_what_it_is_about)
{
	json_int_t site = self->b.site, first;
	struct ovpp_nl *nl;
	json_t *event;
	int fd;

	ASSERT_EQ(1, bench_der(&self->b, BENCH_BATTERY, 0));
	nl = listener(&fd);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0,
		  bench_must(self->b.nl, "policy-set",
			     json_pack("{s:I,s:i,s:i}", "site", site, "der", 1, "rank", 9), NULL));
	ASSERT_EQ(0, bench_must(self->b.nl, "policy-set",
				json_pack("{s:I,s:i}", "site", site, "ramp_mw_s", 9), NULL));

	event = next_event(nl, fd, "policy_changed");
	ASSERT_NE(NULL, event);
	EXPECT_TRUE(is(event, "site", site));
	EXPECT_TRUE(is(event, "der", 1));
	EXPECT_EQ(NULL, json_object_get(event, "bus"));
	EXPECT_EQ(NULL, json_object_get(event, "lost"));
	EXPECT_GE(bench_now_ns(), (uint64_t)json_integer_value(json_object_get(event, "time_ns")));
	first = json_integer_value(json_object_get(event, "seq"));
	json_decref(event);

	event = next_event(nl, fd, "policy_changed");
	ASSERT_NE(NULL, event);
	EXPECT_EQ(NULL, json_object_get(event, "der"));
	EXPECT_LT(first, json_integer_value(json_object_get(event, "seq")));
	json_decref(event);
	ovpp_nl_close(nl);
}

TEST_F(objects, removal_of_the_site_is_its_last_event)
{
	struct ovpp_nl *nl;
	json_t *event;
	int fd;

	nl = listener(&fd);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, bench_site_del(&self->b));
	event = next_event(nl, fd, "site_removed");
	ASSERT_NE(NULL, event);
	EXPECT_TRUE(is(event, "site", self->b.site));
	json_decref(event);
	ovpp_nl_close(nl);
}

TEST_HARNESS_MAIN
