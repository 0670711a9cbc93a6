// SPDX-License-Identifier: GPL-2.0-or-later
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "folder.h"

/* Broken runs that a job prints. */
#define PRINTED 5

/**
 * struct job - a process that does some of the runs
 * @o: what is asked for
 * @dir: folder of the work
 * @marks: file with its marks
 * @control: file of @fault
 * @fault: what goes wrong now
 * @result: shared
 * @check: shared
 */
struct job {
	const struct faults_options *o;
	char dir[PATH_MAX];
	char marks[PATH_MAX];
	char control[PATH_MAX];
	struct fault *fault;
	struct faults_result *result;
	struct check_result *check;
};

static int open_job(struct job *j, const struct faults_options *o, unsigned int number)
{
	int fd;

	j->o = o;
	snprintf(j->dir, sizeof(j->dir), "%s/work-%u", o->scratch, number);
	snprintf(j->marks, sizeof(j->marks), "%s/marks-%u", o->scratch, number);
	snprintf(j->control, sizeof(j->control), "%s/fault-%u", o->scratch, number);
	fd = open(j->control, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*j->fault)))
		return -errno;
	j->fault = mmap(NULL, sizeof(*j->fault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	j->check = folder_shared(sizeof(*j->check));
	return j->fault == MAP_FAILED || !j->check ? -ENOMEM : 0;
}

static void be_worker(const struct job *j)
{
	char scale[16];

	snprintf(scale, sizeof(scale), "%u", j->o->scale);
	setenv("LD_PRELOAD", j->o->library, 1);
	setenv("OVPP_CRASH_DIR", j->dir, 1);
	setenv("OVPP_CRASH_MARKS", j->marks, 1);
	setenv("OVPP_CRASH_FAULT", j->control, 1);
	unsetenv("OVPP_CRASH_TRACE");
	execl(j->o->program, j->o->program, "work", j->dir, scale, NULL);
	_exit(126);
}

/* The work, once, under @fault. Its exit status, or -errno. */
static int work(struct job *j, struct fault fault)
{
	int status, fd, ret = folder_empty(j->dir);
	pid_t pid;

	if (ret)
		return ret;
	fd = open(j->marks, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	*j->fault = fault;
	pid = fork();
	if (!pid)
		be_worker(j);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Does all that was acknowledged hold, now that the fault has gone? */
static int look_at(struct job *j, uint64_t n, int status)
{
	struct faults_result *r = j->result;
	struct marks marks = {0};
	int ret;

	r->runs++;
	r->hit += j->fault->hit > 0;
	r->recovered += j->fault->hit && !status;
	ret = marks_read(&marks, j->marks);
	marks.said = marks.n;
	if (!ret)
		ret = folder_check(j->dir, &marks, j->check);
	marks_free(&marks);
	if (j->check->open_us > r->open_us)
		r->open_us = j->check->open_us;
	if (status > 1 || (status && !j->fault->hit)) {
		snprintf(j->check->why, sizeof(j->check->why), "the work ended with %d", status);
		ret = -EBADMSG;
	}
	if (ret == -EBADMSG && r->broken++ < PRINTED)
		printf("# n = %" PRIu64 ": %s\n", n, j->check->why);
	return ret == -EBADMSG ? 0 : ret;
}

static struct fault fault_of(const struct faults_options *o, uint64_t n)
{
	if (o->kind == FAULTS_FULL)
		return (struct fault){.room = n * FAULT_BLOCK};
	return (struct fault){.fail_at = n, .for_good = o->kind == FAULTS_FOR_GOOD};
}

/* Up to the first n that nothing fails for any more. */
static int run_job(struct job *j, unsigned int number)
{
	uint64_t step = j->o->stride * j->o->jobs;
	int ret = 0;

	for (uint64_t n = j->o->first + j->o->stride * number; !ret; n += step) {
		int status = work(j, fault_of(j->o, n));

		if (status < 0)
			return status;
		ret = look_at(j, n, status);
		if (!j->fault->hit)
			break;
	}
	return ret;
}

static int be_job(const struct faults_options *o, unsigned int number, struct faults_result *result)
{
	struct job j = {.result = result};
	int ret = open_job(&j, o, number);

	if (!ret)
		ret = run_job(&j, number);
	folder_remove(j.dir);
	fflush(stdout);
	return ret;
}

int faults_run(const struct faults_options *o, struct faults_result *sum)
{
	struct faults_result *results = folder_shared(o->jobs * sizeof(*results));
	pid_t pid[o->jobs];
	int ret = 0, status;

	*sum = (struct faults_result){0};
	if (!results)
		return -ENOMEM;
	fflush(stdout);
	for (unsigned int i = 0; i < o->jobs; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(be_job(o, i, &results[i]) ? 1 : 0);
	}
	for (unsigned int i = 0; i < o->jobs; i++) {
		if (pid[i] < 0 || waitpid(pid[i], &status, 0) != pid[i] || status)
			ret = -EIO;
		sum->runs += results[i].runs;
		sum->hit += results[i].hit;
		sum->recovered += results[i].recovered;
		sum->broken += results[i].broken;
		if (results[i].open_us > sum->open_us)
			sum->open_us = results[i].open_us;
	}
	return ret;
}
