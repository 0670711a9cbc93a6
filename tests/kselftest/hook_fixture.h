/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site with two batteries and a meter, and a hook that has all members attached to
 * it. The fixture of two programs.
 */
#ifndef OVPP_TEST_HOOK_FIXTURE_H
#define OVPP_TEST_HOOK_FIXTURE_H

#include "helpers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/openvpp_hook.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest_harness.h"

#include "../bpf/hook_test.h"

#define SITE "kselftest-hook"
#define OBJECTS "build/tests-bpf/"
#define SOC_HALF 500000

/**
 * struct loaded - an object whose hooks are attached one by one
 * @obj: it
 * @test: its .bss
 */
struct loaded {
	struct bpf_object *obj;
	struct hook_test *test;
};

FIXTURE(hook)
{
	struct bench b;
	struct loaded l;
	struct bpf_link *link;
	struct bpf_link *other;
	int battery;
	int meter;
	int second;
};

static inline int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static inline struct ovpp_ops *ops_of(struct loaded *l, const char *map)
{
	size_t size;

	return bpf_map__initial_value(bpf_object__find_map_by_name(l->obj, map), &size);
}

/* Emulation is slow, and nothing here is about budgets unless it says so. */
static inline void describe(struct ovpp_ops *ops, const char *name, int priority)
{
	strcpy(ops->site, SITE);
	strcpy(ops->name, name);
	ops->priority = priority;
	for (int i = 0; i <= OVPP_HOOK_MAX; i++)
		ops->budget_ns[i] = OVPP_HOOK_BUDGET_MAX_NS;
}

static inline int open_object(struct loaded *l)
{
	l->obj = bpf_object__open_file(OBJECTS "hook.bpf.o", NULL);
	if (!l->obj)
		return -errno;
	bpf_map__set_autocreate(bpf_object__find_map_by_name(l->obj, "nothing"), false);
	describe(ops_of(l, "all"), "all", 10);
	describe(ops_of(l, "second"), "second", 20);
	describe(ops_of(l, "empty"), "all", 10);
	return 0;
}

static inline int load_object(struct loaded *l)
{
	int ret = bpf_object__load(l->obj);
	void *bss;

	if (ret)
		return ret;
	bss = mmap(NULL, sizeof(*l->test), PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_object__find_map_fd_by_name(l->obj, ".bss"), 0);
	if (bss == MAP_FAILED)
		return -errno;
	l->test = bss;
	return 0;
}

static inline struct bpf_link *attach(struct loaded *l, const char *map)
{
	return bpf_map__attach_struct_ops(bpf_object__find_map_by_name(l->obj, map));
}

/* Loading takes its time: done once, for all tests, which are children of this process. */
static struct loaded common;

static void __attribute__((constructor)) load_common(void)
{
	libbpf_set_print(quiet);
	if (geteuid() || access("/sys/kernel/btf/openvpp", F_OK))
		return;
	if (open_object(&common) || load_object(&common))
		common.test = NULL;
}

static inline int shell(const char *command)
{
	return system(command) ? -EIO : 0;
}

FIXTURE_SETUP(hook)
{
	struct bench *b = &self->b;

	if (geteuid())
		SKIP(return, "needs root, for BPF and a network namespace");
	if (access("/sys/kernel/btf/openvpp", F_OK))
		SKIP(return, "the module has no BTF");
	ASSERT_NE(NULL, common.test);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, shell("ip link add vcan0 type vcan && ip link set vcan0 up"));
	ASSERT_EQ(0,
		  bench_new(b, SITE,
			    json_pack("{s:i,s:i}", "heartbeat_ms", 3600000, "period_ns", 2000000)));
	self->battery = bench_der(b, BENCH_BATTERY, 0);
	ASSERT_LT(0, self->battery);
	self->meter = bench_der(b, BENCH_METER, 0);
	ASSERT_LT(0, self->meter);
	self->second = bench_der(b, BENCH_BATTERY, 1);
	ASSERT_LT(0, self->second);
	self->l = common;
	memset(self->l.test, 0, sizeof(*self->l.test));
	self->l.test->der = (unsigned int)self->battery;
	self->l.test->lo_mw = -1000;
	self->l.test->hi_mw = 1000;
	self->l.test->hold_ms = 60000;
	self->link = attach(&self->l, "all");
	ASSERT_NE(NULL, self->link);
}

FIXTURE_TEARDOWN(hook)
{
	bpf_link__destroy(self->other);
	bpf_link__destroy(self->link);
	bench_end(&self->b);
}

#define SELF FIXTURE_DATA(hook) * self

/* ---- the site around them ---- */

static inline json_t *der_req(SELF, int der)
{
	return json_pack("{s:I,s:i}", "site", (json_int_t)self->b.site, "id", der);
}

static inline int say(SELF, uint32_t id, int32_t mw, uint32_t second)
{
	return bench_can_report(&self->b, id, mw, second);
}

static inline int say_all(SELF)
{
	int ret = say(self, BENCH_BATTERY_RX, 0, SOC_HALF);

	ret = ret ? ret : say(self, BENCH_BATTERY_RX + 1, 0, SOC_HALF);
	return ret ? ret : say(self, BENCH_METER_RX, 0, 50000);
}

static inline json_int_t der_count(SELF, int der, const char *key)
{
	return bench_get(self->b.nl, "der-get", der_req(self, der), key);
}

static inline bool supervised(SELF, int der, const char *supervision)
{
	return bench_is(self->b.nl, "der-get", der_req(self, der), "supervision", supervision);
}

static inline bool commanded(SELF, int der, json_int_t mw)
{
	return der_count(self, der, "p_set_mw") == mw;
}

/* A dispatch of the first battery. */
static inline int dispatch(SELF, int mw)
{
	return bench_must(self->b.nl, "dispatch-new",
			  json_pack("{s:I,s:[{s:i,s:i,s:i}]}", "site", (json_int_t)self->b.site,
				    "block", "der", self->battery, "p_mw", mw, "duration_ms",
				    3600000),
			  NULL);
}

static inline bool follow(SELF, int mw)
{
	if (!bench_wait((say_all(self), supervised(self, self->battery, "online"))))
		return false;
	bench_do(self->b.nl, "heartbeat", json_pack("{s:I}", "id", (json_int_t)self->b.site), NULL);
	return !dispatch(self, mw) && bench_wait(commanded(self, self->battery, mw));
}

/* Newest value of the battery's P, as the module knows it. */
static inline bool battery_gives(SELF, json_int_t mw)
{
	json_t *reply = NULL, *point;
	bool same = false;
	size_t i;

	if (bench_do(self->b.nl, "der-get", der_req(self, self->battery), &reply))
		return false;
	json_array_foreach (json_object_get(reply, "point"), i, point)
		same |= !strcmp("p", json_string_value(json_object_get(point, "id"))) &&
			json_integer_value(json_object_get(point, "value")) == mw;
	json_decref(reply);
	return same;
}

/* What netlink says of a hook; NULL if it is not listed. */
static inline json_t *hook_get(SELF, const char *name)
{
	json_t *reply = NULL;

	if (bench_do(self->b.nl, "hook-get",
		     json_pack("{s:I,s:s}", "site", (json_int_t)self->b.site, "name", name),
		     &reply))
		return NULL;
	return reply;
}

static inline json_int_t hook_number(SELF, const char *name, const char *point, const char *key)
{
	json_t *hook = hook_get(self, name), *member;
	json_int_t value = INT64_MIN;
	size_t i;

	json_array_foreach (json_object_get(hook, "member"), i, member)
		if (!strcmp(point, json_string_value(json_object_get(member, "point"))) &&
		    json_object_get(member, key))
			value = json_integer_value(json_object_get(member, key));
	json_decref(hook);
	return value;
}

static inline bool ejected(SELF, const char *cause, const char *point)
{
	json_t *hook = hook_get(self, "all");
	const char *is = json_string_value(json_object_get(hook, "cause"));
	const char *at = json_string_value(json_object_get(hook, "cause_point"));
	bool same = is && !strcmp(is, cause) && at && !strcmp(at, point);

	json_decref(hook);
	return same;
}

#endif /* OVPP_TEST_HOOK_FIXTURE_H */
