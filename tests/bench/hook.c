// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What hooks cost. Runs in a guest whose clock counts instructions (ICOUNT=1), so
 * that what it calls ns are instructions; tests/bench/hook.sh makes a report of it.
 *
 *	hook call	ovpp_bus_receive() with an empty hook, and an empty fentry program
 *	hook frame	a frame and a tick without any hook
 *	hook replace	replacements at 1 kHz under full bus load
 *	hook spin	a program that runs to its limit, in the tick
 *
 * Each prints lines "KEY VALUE".
 */
#include "../kselftest/helpers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/openvpp_hook.h>
#include <stdlib.h>

#define SITE "bench-hook"
#define OBJECTS "build/tests-bpf/"

/* Pairs of measurements, bursts in each, and frames in a burst. */
#define ROUNDS 20
#define BURSTS 25
#define FRAMES 20

#define REPLACEMENTS 1000
#define PERIOD_NS 1000000
/* 500 kbit/s at 111 bits a frame carry 4,500 frames a second. */
#define FRAMES_A_MS 5

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static struct bpf_object *load(const char *file, const char *const *maps, uint32_t budget_ns)
{
	char path[64];
	struct bpf_object *obj;
	struct ovpp_ops *ops;
	size_t size;

	snprintf(path, sizeof(path), OBJECTS "%s.bpf.o", file);
	obj = bpf_object__open_file(path, NULL);
	if (!obj)
		return NULL;
	for (; *maps; maps++) {
		ops = bpf_map__initial_value(bpf_object__find_map_by_name(obj, *maps), &size);
		strcpy(ops->site, SITE);
		strcpy(ops->name, "bench");
		for (int i = 0; i <= OVPP_HOOK_MAX; i++)
			ops->budget_ns[i] = budget_ns;
	}
	if (!bpf_object__load(obj))
		return obj;
	bpf_object__close(obj);
	return NULL;
}

static struct bpf_link *attach(struct bpf_object *obj, const char *map)
{
	return bpf_map__attach_struct_ops(bpf_object__find_map_by_name(obj, map));
}

/* A frame that the site decodes; its thread is the one that receives it. */
static void send_frames(struct bench *b, unsigned int n)
{
	while (n--)
		bench_can_report(b, BENCH_BATTERY_RX, 1000, 500000);
}

/* Of the burst that no timer disturbed. */
static double frame_cost(struct bench *b)
{
	uint64_t start, took, least = UINT64_MAX;

	send_frames(b, FRAMES);
	for (int i = 0; i < BURSTS; i++) {
		start = bench_now_ns();
		send_frames(b, FRAMES);
		took = bench_now_ns() - start;
		if (took < least)
			least = took;
	}
	return (double)least / FRAMES;
}

static int open_site(struct bench *b, json_int_t period_ns)
{
	int ret = bench_new(
		b, SITE, json_pack("{s:I,s:i}", "period_ns", period_ns, "heartbeat_ms", 3600000));

	return ret ? ret : bench_der(b, BENCH_BATTERY, 0);
}

/* Interleaved, so that whatever drifts drifts for all three. */
static int measure_call(struct bench *b)
{
	static const char *const maps[] = {"empty", "twin", NULL};
	struct bpf_object *obj = load("empty", maps, OVPP_HOOK_BUDGET_MAX_NS);
	struct bpf_link *link;
	double plain = 0, fentry = 0, hook = 0;

	if (!obj)
		return -errno;
	for (int i = 0; i < ROUNDS; i++) {
		plain += frame_cost(b);
		link = bpf_program__attach(bpf_object__find_program_by_name(obj, "empty_fentry"));
		if (!link)
			return -errno;
		fentry += frame_cost(b);
		bpf_link__destroy(link);
		link = attach(obj, "empty");
		if (!link)
			return -errno;
		hook += frame_cost(b);
		bpf_link__destroy(link);
	}
	printf("plain %.1f\nfentry %.1f\nhook %.1f\n", plain / ROUNDS, fentry / ROUNDS,
	       hook / ROUNDS);
	bpf_object__close(obj);
	return 0;
}

static json_t *stats(struct bench *b)
{
	json_t *reply = NULL;

	bench_must(b->nl, "stats-get", bench_req(b), &reply);
	return reply;
}

static json_int_t counted(json_t *stats, const char *key, const char *part)
{
	json_t *v = json_object_get(stats, key);

	return json_integer_value(part ? json_object_get(v, part) : v);
}

/* With frames, then with ticks only. */
static int measure_frame(struct bench *b)
{
	double frames = 0;
	json_t *s;

	for (int i = 0; i < ROUNDS; i++)
		frames += frame_cost(b);
	bench_must(b->nl, "site-set",
		   json_pack("{s:I,s:i}", "id", (json_int_t)b->site, "period_ns", PERIOD_NS), NULL);
	bench_must(b->nl, "stats-reset", bench_req(b), NULL);
	bench_sleep_ms(2000);
	s = stats(b);
	printf("plain %.1f\ntick %.1f\n", frames / ROUNDS,
	       (double)counted(s, "tick_ns", "sum") / (double)counted(s, "tick_ns", "count"));
	json_decref(s);
	return 0;
}

static json_int_t hook_runs(struct bench *b)
{
	json_int_t runs = -1;
	json_t *hook = NULL, *member;
	size_t i;

	bench_must(b->nl, "hook-get",
		   json_pack("{s:I,s:s}", "site", (json_int_t)b->site, "name", "bench"), &hook);
	json_array_foreach (json_object_get(hook, "member"), i, member)
		runs = json_integer_value(json_object_get(member, "runs"));
	json_decref(hook);
	return runs;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static int measure_replace(struct bench *b)
{
	static const char *const maps[] = {"empty", "twin", NULL};
	struct bpf_object *obj = load("empty", maps, OVPP_HOOK_BUDGET_MAX_NS);
	struct bpf_link *link = obj ? attach(obj, "empty") : NULL;
	json_int_t missed, ticks, runs;
	json_t *s;
	uint64_t at;

	if (!link)
		return -errno;
	bench_sleep_ms(100);
	s = stats(b);
	missed = counted(s, "missed", NULL);
	ticks = counted(s, "ticks", NULL);
	json_decref(s);
	runs = hook_runs(b);
	at = bench_now_ns();
	for (int i = 0; i < REPLACEMENTS; i++) {
		at += 1000000;
		sleep_until(at);
		send_frames(b, FRAMES_A_MS);
		if (bpf_link__update_map(
			    link, bpf_object__find_map_by_name(obj, i % 2 ? "empty" : "twin")))
			return -errno;
	}
	bench_sleep_ms(20);
	s = stats(b);
	printf("replacements %d\nseconds %.2f\nticks %lld\nmissed %lld\nframes %d\nunfiltered "
	       "%lld\n",
	       REPLACEMENTS, (double)(bench_now_ns() - at + REPLACEMENTS * 1000000ULL) / 1e9,
	       (long long)(counted(s, "ticks", NULL) - ticks),
	       (long long)(counted(s, "missed", NULL) - missed), REPLACEMENTS * FRAMES_A_MS,
	       (long long)(runs + REPLACEMENTS * FRAMES_A_MS - hook_runs(b)));
	json_decref(s);
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return 0;
}

/* The site follows, so that its ticks ask the programs at control. */
static int follow(struct bench *b)
{
	bench_do(b->nl, "heartbeat", json_pack("{s:I}", "id", (json_int_t)b->site), NULL);
	return bench_must(b->nl, "dispatch-new",
			  json_pack("{s:I,s:[{s:i,s:i,s:i}]}", "site", (json_int_t)b->site, "block",
				    "der", 1, "p_mw", 1000, "duration_ms", 3600000),
			  NULL);
}

static int measure_spin(struct bench *b)
{
	static const char *const maps[] = {"spin", "spin_tick", NULL};
	struct bpf_object *obj = load("spin_limit", maps, 0);
	struct bpf_link *link;
	json_t *s, *hook = NULL;
	json_int_t missed;
	char *text;

	if (!obj || follow(b))
		return -errno;
	bench_sleep_ms(100);
	s = stats(b);
	missed = counted(s, "missed", NULL);
	json_decref(s);
	link = attach(obj, "spin_tick");
	if (!link)
		return -errno;
	bench_sleep_ms(100);
	s = stats(b);
	printf("missed %lld\n", (long long)(counted(s, "missed", NULL) - missed));
	json_decref(s);
	printf("runs %lld\n", (long long)hook_runs(b));
	bench_must(b->nl, "hook-get",
		   json_pack("{s:I,s:s}", "site", (json_int_t)b->site, "name", "bench"), &hook);
	printf("took %lld\n", (long long)json_integer_value(json_object_get(hook, "cause_arg")));
	text = json_dumps(json_object_get(hook, "cause"), JSON_ENCODE_ANY);
	printf("cause %s\n", text);
	free(text);
	json_decref(hook);
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return 0;
}

static const struct {
	const char *name;
	json_int_t period_ns;
	int (*measure)(struct bench *b);
} measurements[] = {
	/* Without a tick in between. */
	{"call", 1000000000, measure_call},
	{"frame", 1000000000, measure_frame},
	{"replace", PERIOD_NS, measure_replace},
	{"spin", PERIOD_NS, measure_spin},
};

int main(int argc, char **argv)
{
	struct bench b;
	int ret = -EINVAL;

	libbpf_set_print(quiet);
	for (size_t i = 0; argc == 2 && i < sizeof(measurements) / sizeof(measurements[0]); i++) {
		if (strcmp(argv[1], measurements[i].name))
			continue;
		ret = open_site(&b, measurements[i].period_ns);
		if (ret >= 0)
			ret = measurements[i].measure(&b);
		bench_end(&b);
	}
	if (ret < 0)
		fprintf(stderr, "hook %s: %s\n", argc > 1 ? argv[1] : "?", strerror(-ret));
	return ret < 0;
}
