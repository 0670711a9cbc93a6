// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is left of a ledger when the power goes, or a write fails. crash.sh makes
 * tests of it.
 *
 *	crash work DIR SCALE
 *	crash replay TRACE SCRATCH [--final DIR] [--deaf PATTERN] [--states N]
 *		[--seed N] [--jobs N] [--only N]
 *	crash faults once|for-good|full LIBRARY SCRATCH [--scale N] [--first N]
 *		[--stride N] [--jobs N]
 *	crash check DIR MARKS
 *
 * The last line on standard output is "KEY VALUE" pairs. Status: 0; 1: a promise is
 * broken, or a step of the work was left out; 2: wrong usage; 3: it could not be done.
 */
#include <getopt.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "faults.h"
#include "replay.h"
#include "work.h"

enum {
	DONE,
	BROKEN,
	USAGE,
	FAILED,
};

static int fail(int ret)
{
	fprintf(stderr, "crash: %s\n", strerror(-ret));
	return FAILED;
}

static int do_work(const char *dir, const char *scale)
{
	int ret = work_run(dir, (unsigned int)atoi(scale));

	return ret < 0 ? fail(ret) : ret ? BROKEN : DONE;
}

static int do_check(const char *dir, const char *path)
{
	struct marks marks = {0};
	struct check_result r;
	int ret = marks_read(&marks, path);

	if (ret)
		return fail(ret);
	marks.said = marks.n;
	ret = check_folder(dir, &marks, &r);
	marks_free(&marks);
	if (ret)
		printf("# %s\n", r.why);
	printf("batches %" PRIu64 " open_us %" PRIu64 "\n", r.batches, r.open_us);
	return ret ? BROKEN : DONE;
}

/**
 * struct numbers - options of both commands
 */
struct numbers {
	const char *final;
	const char *deaf;
	uint64_t states;
	uint64_t seed;
	uint64_t jobs;
	uint64_t only;
	uint64_t scale;
	uint64_t first;
	uint64_t stride;
};

static int parse(int argc, char **argv, struct numbers *n)
{
	static const struct option options[] = {
		{"final", 1, NULL, 'f'},  {"deaf", 1, NULL, 'd'},
		{"states", 1, NULL, 's'}, {"seed", 1, NULL, 'e'},
		{"jobs", 1, NULL, 'j'},	  {"only", 1, NULL, 'o'},
		{"scale", 1, NULL, 'c'},  {"first", 1, NULL, 'n'},
		{"stride", 1, NULL, 't'}, {0},
	};
	uint64_t *number[128] = {
		['s'] = &n->states, ['e'] = &n->seed,  ['j'] = &n->jobs,   ['o'] = &n->only,
		['c'] = &n->scale,  ['n'] = &n->first, ['t'] = &n->stride,
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) > 0) {
		if (c == 'f')
			n->final = optarg;
		else if (c == 'd')
			n->deaf = optarg;
		else if (c != '?' && strtoull(optarg, NULL, 10) > 0)
			*number[c] = strtoull(optarg, NULL, 10);
		else
			return USAGE;
	}
	return optind == argc ? DONE : USAGE;
}

static int do_replay(const char *trace, const char *scratch, const struct numbers *n)
{
	struct replay_options o = {
		.trace = trace,
		.scratch = scratch,
		.final = n->final,
		.deaf = n->deaf,
		.states = n->states,
		.jobs = (unsigned int)n->jobs,
		.seed = n->seed,
		.only = n->only,
	};
	struct replay_result r;
	int ret = replay_run(&o, &r);

	if (ret)
		return fail(ret);
	printf("points %" PRIu64 " generated %" PRIu64 " distinct %" PRIu64 " broken %" PRIu64
	       " open_us %" PRIu64 "\n",
	       r.points, r.generated, r.distinct, r.broken, r.open_us);
	return r.broken ? BROKEN : DONE;
}

static int do_faults(const char *program, char **argv, const struct numbers *n)
{
	static const char *const kinds[] = {
		[FAULTS_ONCE] = "once",
		[FAULTS_FOR_GOOD] = "for-good",
		[FAULTS_FULL] = "full",
	};
	struct faults_options o = {
		.program = program,
		.library = argv[1],
		.scratch = argv[2],
		.scale = (unsigned int)n->scale,
		.stride = n->stride,
		.first = n->first,
		.jobs = (unsigned int)n->jobs,
	};
	struct faults_result r;
	int ret;

	while (o.kind <= FAULTS_FULL && strcmp(kinds[o.kind], argv[0]))
		o.kind++;
	if (o.kind > FAULTS_FULL)
		return USAGE;
	ret = faults_run(&o, &r);
	if (ret)
		return fail(ret);
	printf("runs %" PRIu64 " hit %" PRIu64 " recovered %" PRIu64 " broken %" PRIu64
	       " open_us %" PRIu64 "\n",
	       r.runs, r.hit, r.recovered, r.broken, r.open_us);
	return r.broken ? BROKEN : DONE;
}

static int run(int argc, char **argv)
{
	struct numbers n = {
		.states = 100, .seed = 1, .jobs = 1, .scale = 1, .first = 1, .stride = 1};

	if (argc == 4 && !strcmp(argv[1], "work"))
		return do_work(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "check"))
		return do_check(argv[2], argv[3]);
	if (argc >= 4 && !strcmp(argv[1], "replay"))
		return parse(argc - 3, argv + 3, &n) ? USAGE : do_replay(argv[2], argv[3], &n);
	if (argc >= 5 && !strcmp(argv[1], "faults"))
		return parse(argc - 4, argv + 4, &n) ? USAGE : do_faults(argv[0], argv + 2, &n);
	return USAGE;
}

int main(int argc, char **argv)
{
	int status = sodium_init() < 0 ? FAILED : run(argc, argv);

	if (status == USAGE)
		fprintf(stderr, "usage: see the head of tests/crash/crash.c\n");
	return status;
}
