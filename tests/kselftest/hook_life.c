// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks: their order, their limits, their lives, and what is refused. */
// timeout: 300
// processors: 1

#include "hook_fixture.h"

#include <signal.h>
#include <sys/wait.h>

static bool is_listed(SELF, const char *name)
{
	json_t *hook = hook_get(self, name);

	json_decref(hook);
	return hook;
}

/* ---- order and lives ---- */

TEST_F(hook, hooks_are_called_in_the_order_of_their_priorities)
{
	struct hook_test *t = self->l.test;

	self->other = attach(&self->l, "second");
	ASSERT_NE(NULL, self->other);
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(t->second.runs == 1));
	EXPECT_LT(t->rx.order, t->second.order);
	t->rx_mode = RX_REWRITE;
	t->p_mw = 99;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(t->second.runs == 2));
	EXPECT_EQ(99, t->second.first)
	TH_LOG("the second one does not see what the first one wrote");
	t->rx_mode = RX_DROP;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(t->rx.runs == 3));
	bench_sleep_ms(50);
	EXPECT_EQ(2, t->second.runs) TH_LOG("a dropped frame is shown to the next hook");
}

TEST_F(hook, names_are_unique_and_sites_exist)
{
	struct loaded twin = {0};

	ASSERT_EQ(0, open_object(&twin));
	strcpy(ops_of(&twin, "second")->site, "elsewhere");
	ASSERT_EQ(0, load_object(&twin));
	EXPECT_EQ(NULL, attach(&twin, "all"));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(NULL, attach(&twin, "second"));
	EXPECT_EQ(ENOENT, errno);
	bpf_object__close(twin.obj);
}

TEST_F(hook, bad_parameters_are_refused)
{
	static const struct {
		const char *map;
		const char *name;
		unsigned int budget;
	} bad[] = {
		{"second", "", 0},	{"second", "a b", 0},
		{"second", "a/b", 0},	{"second", "fine", OVPP_HOOK_BUDGET_MAX_NS + 1},
		{"nothing", "fine", 0},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct loaded l = {0};
		struct bpf_link *link;

		ASSERT_EQ(0, open_object(&l));
		bpf_map__set_autocreate(bpf_object__find_map_by_name(l.obj, "nothing"), true);
		describe(ops_of(&l, "nothing"), "nothing", 0);
		strcpy(ops_of(&l, bad[i].map)->name, bad[i].name);
		ops_of(&l, bad[i].map)->budget_ns[0] = bad[i].budget;
		ASSERT_EQ(0, load_object(&l));
		link = attach(&l, bad[i].map);
		EXPECT_EQ(NULL, link) TH_LOG("case %zu is taken", i);
		bpf_link__destroy(link);
		bpf_object__close(l.obj);
	}
}

TEST_F(hook, hook_ends_with_its_link)
{
	EXPECT_TRUE(is_listed(self, "all"));
	bpf_link__destroy(self->link);
	self->link = NULL;
	EXPECT_FALSE(is_listed(self, "all"));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 7, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, 7)));
	EXPECT_EQ(0, self->l.test->rx.runs);
}

/* A child that loads its own; killed as a program that crashed would be. */
static pid_t owner(bool pin, int ready)
{
	struct loaded l = {0};
	struct bpf_link *link;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (open_object(&l))
		_exit(1);
	describe(ops_of(&l, "second"), "owned", 0);
	if (load_object(&l))
		_exit(2);
	link = attach(&l, "second");
	if (!link || (pin && bpf_link__pin(link, "/sys/fs/bpf/kselftest-hook")))
		_exit(3);
	if (write(ready, "", 1) != 1)
		_exit(4);
	for (;;)
		pause();
}

static int own(bool pin)
{
	int ready[2], status;
	pid_t pid;
	char c;

	if (pipe(ready))
		return -errno;
	pid = owner(pin, ready[1]);
	close(ready[1]);
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		return -EIO;
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 0 : -EIO;
}

TEST_F(hook, hook_ends_with_its_owner)
{
	ASSERT_EQ(0, own(false));
	EXPECT_TRUE(bench_wait(!is_listed(self, "owned")));
}

TEST_F(hook, pinned_hook_outlives_its_owner)
{
	unlink("/sys/fs/bpf/kselftest-hook");
	ASSERT_EQ(0, own(true));
	bench_sleep_ms(50);
	EXPECT_TRUE(is_listed(self, "owned"));
	EXPECT_EQ(0, unlink("/sys/fs/bpf/kselftest-hook"));
	EXPECT_TRUE(bench_wait(!is_listed(self, "owned")));
}

TEST_F(hook, module_stays_while_a_hook_does)
{
	bench_end(&self->b);
	EXPECT_NE(0, shell("rmmod openvpp 2>/dev/null"));
	EXPECT_EQ(0, access("/sys/module/openvpp", F_OK));
}

TEST_F(hook, replacement_takes_place_and_counters)
{
	json_int_t id;
	json_t *hook;

	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(self->l.test->rx.runs == 1));
	hook = hook_get(self, "all");
	id = json_integer_value(json_object_get(hook, "id"));
	json_decref(hook);
	ASSERT_EQ(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "empty")));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 7, SOC_HALF));
	EXPECT_TRUE(bench_wait(battery_gives(self, 7)));
	EXPECT_EQ(1, self->l.test->rx.runs);
	EXPECT_EQ(2, hook_number(self, "all", "frame_rx", "runs"));
	EXPECT_EQ(INT64_MIN, hook_number(self, "all", "control", "runs"));
	hook = hook_get(self, "all");
	EXPECT_EQ(id, json_integer_value(json_object_get(hook, "id")));
	json_decref(hook);
	/* Another name is another hook. */
	EXPECT_NE(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "second")));
	EXPECT_TRUE(is_listed(self, "all"));
}

TEST_F(hook, replacement_of_an_ejected_hook_runs)
{
	self->l.test->rx_mode = RX_NONSENSE;
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	ASSERT_TRUE(bench_wait(ejected(self, "verdict", "frame_rx")));
	ASSERT_EQ(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "empty")));
	EXPECT_FALSE(ejected(self, "verdict", "frame_rx"));
	ASSERT_EQ(0, say(self, BENCH_BATTERY_RX, 0, SOC_HALF));
	EXPECT_TRUE(bench_wait(hook_number(self, "all", "frame_rx", "runs") == 2));
}

TEST_F(hook, der_goes_while_programs_run)
{
	struct hook_test *t = self->l.test;
	int i;

	ASSERT_TRUE(follow(self, 5000000));
	t->rx_mode = RX_REFLEX;
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, say_all(self));
		if (i != 10)
			continue;
		ASSERT_EQ(0, bench_must(self->b.nl, "der-del", der_req(self, self->battery), NULL));
	}
	EXPECT_TRUE(bench_wait((say(self, BENCH_METER_RX, 0, 50000), t->ret == -ENOENT)));
	EXPECT_TRUE(bench_wait(t->control.detail == 1));
}

TEST_F(hook, site_goes_while_programs_run)
{
	ASSERT_TRUE(follow(self, 5000000));
	ASSERT_EQ(0, say_all(self));
	ASSERT_EQ(0, bench_site_del(&self->b));
	/* The link is there still, attached to nothing; so is a new site's room. */
	EXPECT_NE(0, bpf_link__update_map(self->link,
					  bpf_object__find_map_by_name(self->l.obj, "empty")));
	bench_close(&self->b);
	ASSERT_EQ(0, bench_new(&self->b, SITE, json_object()));
	EXPECT_FALSE(is_listed(self, "all"));
	self->other = attach(&self->l, "second");
	EXPECT_NE(NULL, self->other);
}

/* ---- budgets ---- */

TEST_F(hook, program_over_its_budget_is_ejected_and_what_it_did_forgotten)
{
	struct loaded l = {.obj = bpf_object__open_file(OBJECTS "spin.bpf.o", NULL)};

	ASSERT_NE(NULL, l.obj);
	bpf_link__destroy(self->link);
	describe(ops_of(&l, "spin"), "all", 0);
	ops_of(&l, "spin")->budget_ns[OVPP_HOOK_FRAME_RX] = 1000;
	ASSERT_EQ(0, bpf_object__load(l.obj));
	self->link = attach(&l, "spin");
	ASSERT_NE(NULL, self->link);
	/* A call in which the task was switched out may not count, but not thrice. */
	EXPECT_TRUE(bench_wait(
		(say(self, BENCH_BATTERY_RX, 5, SOC_HALF), ejected(self, "budget", "frame_rx"))));
	EXPECT_GE(3, hook_number(self, "all", "frame_rx", "runs"));
	EXPECT_TRUE(bench_wait(battery_gives(self, 5)));
	EXPECT_EQ(hook_number(self, "all", "frame_rx", "runs") - 1,
		  hook_number(self, "all", "frame_rx", "rewritten"));
	bpf_object__close(l.obj);
}

TEST_F(hook, runs_and_times_are_counted)
{
	ASSERT_EQ(0, say_all(self));
	ASSERT_TRUE(bench_wait(hook_number(self, "all", "frame_rx", "runs") == 3));
	EXPECT_LT(0, hook_number(self, "all", "frame_rx", "time_ns"));
	EXPECT_EQ(OVPP_HOOK_BUDGET_MAX_NS, hook_number(self, "all", "frame_rx", "budget_ns"));
	EXPECT_EQ(0, hook_number(self, "all", "frame_rx", "dropped"));
}

/* ---- refused programs ---- */

/* Loads one object; true if it is refused with this in the verifier's log. */
static bool is_refused(const char *path, const char *why)
{
	static char log[1 << 16];
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log,
		    .kernel_log_size = sizeof(log), .kernel_log_level = 1);
	struct bpf_object *obj;
	int ret;

	log[0] = '\0';
	obj = bpf_object__open_file(path, &opts);
	ret = obj ? bpf_object__load(obj) : -errno;
	bpf_object__close(obj);
	if (ret && strstr(log, why))
		return true;
	printf("# %s: %d; no \"%s\" in: %s\n", path, ret, why, log);
	return false;
}

TEST_F(hook, programs_that_are_not_safe_are_refused)
{
	static const struct {
		const char *object;
		const char *why;
	} bad[] = {
		{"refused", "invalid mem access"},
		{"writes_context", "only read is supported"},
		{"beyond", "invalid access to memory"},
		{"unbounded", "infinite loop"},
		{"kernel_kfunc", "attach to unsupported member"},
		{"loops", "program of this type cannot use helper bpf_loop"},
		{"tail", "program of this type cannot use helper bpf_tail_call"},
		{"sleeps", "attach to unsupported member"},
		{"foreign", "is not allowed"},
	};
	char path[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(path, sizeof(path), OBJECTS "%s.bpf.o", bad[i].object);
		ASSERT_EQ(0, access(path, R_OK)) TH_LOG("%s is missing", path);
		EXPECT_TRUE(is_refused(path, bad[i].why));
	}
}

TEST_HARNESS_MAIN
