// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"
#include "marks.h"
#include "trace.h"

/* Broken states that a job prints. */
#define PRINTED 5
/* Random cuts a moment in the first round, beside those of the table. */
#define RANDOM 4
/* A state that took longer than this to open is opened again, a few times at most. */
#define SLOW_US 500000
#define TRIES 3

static const struct disk_cut table[] = {
	{.names = DISK_NONE, .data = DISK_NONE, .sizes = DISK_NONE},
	{.names = DISK_ALL, .data = DISK_ALL, .sizes = DISK_ALL},
	{.names = DISK_ALL, .data = DISK_NONE, .sizes = DISK_NONE},
	{.names = DISK_ALL, .data = DISK_NONE, .sizes = DISK_ALL},
	{.names = DISK_ALL, .data = DISK_NONE, .sizes = DISK_ALL, .noise = true},
	{.names = DISK_NONE, .data = DISK_ALL, .sizes = DISK_ALL},
	{.names = DISK_ALL, .data = DISK_NONE, .sizes = DISK_ALL, .last_only = true},
	{.names = DISK_ALL, .data = DISK_ALL, .sizes = DISK_ALL, .last_only = true},
	{.names = DISK_ALL, .data = DISK_ALL, .sizes = DISK_ALL, .tear = 1},
	{.names = DISK_ALL, .data = DISK_ALL, .sizes = DISK_ALL, .tear = -1},
	{.names = DISK_ALL, .data = DISK_ALL, .sizes = DISK_ALL, .tear = 4, .noise = true},
};

#define TABLE (sizeof(table) / sizeof(table[0]))

/**
 * struct job - a process that looks at its part of the states
 * @o: what is asked for
 * @trace: record
 * @marks: all marks of it; marks.said moves on
 * @disk: the disk at this moment
 * @number: of the job
 * @seen: hashes of states, open addressing; 0: free
 * @room: of @seen, a power of two
 * @result: shared
 * @check: shared
 */
struct job {
	const struct replay_options *o;
	const struct trace *trace;
	struct marks marks;
	struct disk disk;
	unsigned int number;
	uint64_t *seen;
	size_t room;
	struct replay_result *result;
	struct check_result *check;
};

static struct disk_cut random_cut(uint64_t seed)
{
	static const unsigned int units[] = {0, DISK_SECTOR, 4096};
	uint64_t bits = disk_mix(seed, 0);

	return (struct disk_cut){
		.names = (enum disk_share)(bits % 4),
		.data = DISK_SOME,
		.sizes = bits >> 8 & 1 ? DISK_ALL : DISK_FIRST,
		.unit = units[(bits >> 16) % 3],
		.noise = bits >> 24 & 1,
		.seed = bits,
	};
}

/* Was this state looked at before? It counts as seen from now on. */
static bool is_new(struct job *j, uint64_t hash)
{
	size_t at;

	hash = hash ? hash : 1;
	if (4 * j->result->distinct >= 3 * j->room)
		return false;
	for (at = hash & (j->room - 1); j->seen[at]; at = (at + 1) & (j->room - 1))
		if (j->seen[at] == hash)
			return false;
	j->seen[at] = hash;
	return true;
}

/* Makes the state and checks it. 0; -EBADMSG: a promise is broken; or another -errno. */
static int check_state(struct job *j, const struct disk_image *image, const char *dir)
{
	int ret = folder_empty(dir);

	if (!ret)
		ret = disk_image_write(image, dir);
	return ret ? ret : folder_check(dir, &j->marks, j->check);
}

static int look_at(struct job *j, const struct disk_image *image, uint64_t id)
{
	struct replay_result *r = j->result;
	uint64_t open_us = UINT64_MAX;
	char dir[PATH_MAX];
	int ret = 0;

	snprintf(dir, sizeof(dir), "%s/state-%u", j->o->scratch, j->number);
	/* A machine that is busy with other things is not the state's fault. */
	for (int i = 0; i < TRIES && open_us > SLOW_US && !ret; i++) {
		ret = check_state(j, image, dir);
		open_us = j->check->open_us < open_us ? j->check->open_us : open_us;
	}
	r->open_us = open_us > r->open_us ? open_us : r->open_us;
	/* As it was, for who wants to look at it. */
	if (j->o->only && (folder_empty(dir) || disk_image_write(image, dir)))
		return -EIO;
	if (ret != -EBADMSG)
		return ret;
	if (r->broken++ < PRINTED || j->o->only)
		printf("# state %" PRIu64 ", after %zu marks: %s\n", id, j->marks.said,
		       j->check->why);
	return 0;
}

/* A state: by its number, the moment and which cut of that. */
static int cut_at(struct job *j, size_t point, uint64_t which, uint64_t per_point)
{
	uint64_t id = which / per_point * per_point * (j->trace->n + 1) + point * per_point +
		      which % per_point + 1;
	struct disk_cut cut = which < TABLE ? table[which] : random_cut(disk_mix(j->o->seed, id));
	struct disk_image image;
	uint64_t hash;
	int ret = 0;

	if (j->o->only && id != j->o->only)
		return 0;
	ret = disk_cut(&j->disk, &cut, &image);
	if (ret)
		return ret;
	j->result->generated++;
	hash = disk_mix(image.hash, j->marks.said);
	if (is_new(j, hash)) {
		j->result->distinct++;
		if (hash % j->o->jobs == j->number)
			ret = look_at(j, &image, id);
	}
	disk_image_free(&image);
	return ret;
}

/* What is thrown away of the first round when fewer states are asked for. */
static bool is_taken(const struct job *j, size_t point, uint64_t which)
{
	uint64_t all = (j->trace->n + 1) * (TABLE + RANDOM);

	return j->o->only || disk_mix(j->o->seed, point << 8 | which) % all < 2 * j->o->states;
}

static bool is_enough(const struct job *j)
{
	return j->result->distinct >= j->o->states;
}

/* The record from its beginning to its end, with these cuts at each moment. */
static int walk(struct job *j, uint64_t first, uint64_t n)
{
	int ret = 0;

	disk_free(&j->disk);
	j->marks.said = 0;
	for (size_t point = 0; point <= j->trace->n && !ret; point++) {
		for (uint64_t i = first; i < first + n && !ret && !is_enough(j); i++)
			if (is_taken(j, point, i))
				ret = cut_at(j, point, i, TABLE + RANDOM);
		if (!ret && point < j->trace->n) {
			const struct trace_op *op = &j->trace->op[point];

			j->marks.said += op->type == TRACE_MARK;
			ret = disk_apply(&j->disk, op,
					 j->o->deaf && !fnmatch(j->o->deaf, op->name, 0));
		}
	}
	return ret;
}

/* Rounds until there are enough states, or there are no more. */
static int run_job(struct job *j)
{
	uint64_t round = j->o->only ? (j->o->only - 1) / (TABLE + RANDOM) / (j->trace->n + 1) : 0;
	int ret = walk(j, round * (TABLE + RANDOM), TABLE + RANDOM);

	while (!ret && !is_enough(j) && !j->o->only) {
		uint64_t before = j->result->distinct;

		ret = walk(j, ++round * (TABLE + RANDOM), TABLE + RANDOM);
		if (j->result->distinct == before)
			break;
	}
	return ret;
}

/* The whole record leads to what is there: nothing went past it. */
static int compare(const struct replay_options *o, const struct trace *t)
{
	struct disk d = {0};
	struct disk_image image = {0};
	char dir[PATH_MAX], command[3 * PATH_MAX];
	int ret = 0;

	for (size_t i = 0; i < t->n && !ret; i++)
		ret = disk_apply(&d, &t->op[i], false);
	if (!ret)
		ret = disk_cut(&d, &table[1], &image);
	snprintf(dir, sizeof(dir), "%s/final", o->scratch);
	if (!ret)
		ret = folder_empty(dir);
	if (!ret)
		ret = disk_image_write(&image, dir);
	snprintf(command, sizeof(command), "diff -r -x '*-shm' -x '*.lock' '%s' '%s'", o->final,
		 dir);
	if (!ret && system(command)) {
		printf("# the record does not lead to what the program left\n");
		ret = -EBADMSG;
	}
	disk_image_free(&image);
	disk_free(&d);
	folder_remove(dir);
	return ret;
}

static int read_marks(const struct trace *t, struct marks *m)
{
	int ret = 0;

	for (size_t i = 0; i < t->n && !ret; i++)
		if (t->op[i].type == TRACE_MARK)
			ret = marks_add(m, (const char *)t->op[i].data);
	m->complete = true;
	return ret;
}

static int start_job(struct job *j)
{
	int ret;

	/* The seen states are at most as many as are asked for. */
	for (j->room = 64; j->room < 2 * j->o->states + 64;)
		j->room *= 2;
	j->seen = calloc(j->room, sizeof(*j->seen));
	ret = j->seen ? run_job(j) : -ENOMEM;
	fflush(stdout);
	return ret;
}

/* All jobs see the same states and share them out by their hashes. */
static int run_jobs(const struct replay_options *o, struct job *job, struct replay_result *results,
		    struct replay_result *sum)
{
	pid_t pid[o->jobs];
	int ret = 0, status;

	fflush(stdout);
	for (unsigned int i = 0; i < o->jobs; i++) {
		job->number = i;
		job->result = &results[i];
		pid[i] = fork();
		if (!pid[i]) {
			job->check = folder_shared(sizeof(*job->check));
			_exit(job->check && !start_job(job) ? 0 : 1);
		}
	}
	for (unsigned int i = 0; i < o->jobs; i++) {
		if (pid[i] < 0 || waitpid(pid[i], &status, 0) != pid[i] || status)
			ret = -EIO;
		sum->generated = results[i].generated;
		sum->distinct = results[i].distinct;
		sum->broken += results[i].broken;
		if (results[i].open_us > sum->open_us)
			sum->open_us = results[i].open_us;
	}
	return ret;
}

int replay_run(const struct replay_options *o, struct replay_result *result)
{
	struct replay_result *results = folder_shared(o->jobs * sizeof(*results));
	struct trace trace;
	struct job job = {.o = o, .trace = &trace};
	int ret = trace_read(o->trace, &trace);

	*result = (struct replay_result){0};
	if (ret)
		return ret;
	ret = results ? read_marks(&trace, &job.marks) : -ENOMEM;
	if (!ret && o->final)
		ret = compare(o, &trace);
	if (!ret)
		ret = run_jobs(o, &job, results, result);
	result->points = trace.n + 1;
	marks_free(&job.marks);
	trace_free(&trace);
	return ret;
}
