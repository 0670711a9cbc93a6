// SPDX-License-Identifier: GPL-2.0-or-later
/* timeout: 300 */
/* The io_uring commands of a site that wait for records and send the heartbeat. */

#include <pthread.h>
#include <sys/wait.h>

#include "uring_fixture.h"

/* ---- wait ---- */

TEST_F(uring, wait_for_records_that_are_there_ends_at_once)
{
	ASSERT_EQ(0, bench_records(&self->b, 3));
	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd, self->head, 3, 0, 7));
	EXPECT_LE(3, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, wait_ends_when_all_its_records_are_there_and_not_before)
{
	uint64_t head = self->head;
	int i, got;

	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd, head, 5, 0, 7));
	for (i = 0; i < 5; i++) {
		/* The loop's own records count too, so look at the head. */
		if (has_cqe(&self->io))
			EXPECT_LE(head + 5, bench_head(&self->b));
		ASSERT_EQ(0, bench_records(&self->b, 1));
	}
	got = next_cqe(&self->io, NULL, NULL);
	EXPECT_LE(5, got);
	EXPECT_GE(bench_head(&self->b) - head, (uint64_t)got);
}

TEST_F(uring, wait_of_a_lapped_reader_tells_how_far_behind_it_is)
{
	ASSERT_EQ(0, bench_records(&self->b, 2 * RECORDS));
	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd, self->head, 1, 0, 7));
	EXPECT_LE(2 * RECORDS, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, wait_ends_with_what_is_there_after_its_timeout)
{
	uint64_t start = bench_now_ns();
	int got;

	ASSERT_EQ(0, bench_records(&self->b, 2));
	ASSERT_EQ(1,
		  submit_wait(&self->io, variant->sqe_flags, self->fd, self->head, 1000000, 30, 7));
	got = next_cqe(&self->io, NULL, NULL);
	EXPECT_LE(30000000, bench_now_ns() - start);
	EXPECT_LE(2, got);
	EXPECT_GT(1000000, got);
}

TEST_F(uring, wait_with_nothing_there_times_out_with_zero)
{
	/* A cursor so far ahead that nothing of the loop's gets there. */
	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd, self->head + 1000000, 1,
				 20, 7));
	EXPECT_EQ(0, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, wait_with_a_long_timeout_ends_with_its_records)
{
	ASSERT_EQ(1,
		  submit_wait(&self->io, variant->sqe_flags, self->fd, self->head, 2, 3600000, 7));
	ASSERT_EQ(0, bench_records(&self->b, 2));
	EXPECT_LE(2, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, each_of_many_waits_ends_with_its_records)
{
	uint64_t who, ended = 0;
	int i, got;

	for (i = 1; i <= 32; i++)
		ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd, self->head,
					 (uint32_t)i, 0, (uint64_t)i));
	ASSERT_EQ(0, bench_records(&self->b, 32));
	for (i = 1; i <= 32; i++) {
		got = next_cqe(&self->io, &who, NULL);
		EXPECT_LE((int)who, got);
		ended |= 1ULL << who;
	}
	EXPECT_EQ(0x1fffffffeULL, ended);
}

TEST_F(uring, wait_for_nothing_is_refused)
{
	union command cmd = {.wait = {.cursor = 0, .count = 0}};

	EXPECT_EQ(-EINVAL, raw(&self->io, self->fd, OVPP_URING_WAIT, &cmd));
}

TEST_F(uring, wait_beyond_the_last_number_is_refused)
{
	union command cmd = {.wait = {.cursor = UINT64_MAX, .count = 1}};

	EXPECT_EQ(-EINVAL, raw(&self->io, self->fd, OVPP_URING_WAIT, &cmd));
}

TEST_F(uring, reader_without_rights_may_wait)
{
	int fd = open(self->b.node, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, bench_records(&self->b, 1));
	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, fd, self->head, 1, 0, 7));
	EXPECT_LE(1, next_cqe(&self->io, NULL, NULL));
	close(fd);
}

/* ---- the ends of a pending wait ---- */

TEST_F(uring, wait_ends_with_what_is_left_when_the_site_is_removed)
{
	int got;

	ASSERT_EQ(1,
		  submit_wait(&self->io, variant->sqe_flags, self->fd, self->head, 1000000, 0, 7));
	ASSERT_EQ(0, bench_site_del(&self->b));
	got = next_cqe(&self->io, NULL, NULL);
	EXPECT_LT(0, got);
	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd,
				 self->head + (uint64_t)got, 1, 0, 7));
	EXPECT_EQ(-ENODEV, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, wait_for_what_never_comes_ends_with_enodev)
{
	ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd, self->head + 1000000, 1,
				 3600000, 7));
	ASSERT_EQ(0, bench_site_del(&self->b));
	EXPECT_EQ(-ENODEV, next_cqe(&self->io, NULL, NULL));
}

/* A task that submits to a ring which another one looks at, and ends. */
struct submitter {
	struct io_uring *io;
	int fd;
	uint64_t cursor;
	unsigned int flags;
};

static void *submit_and_end(void *arg)
{
	const struct submitter *s = arg;

	submit_wait(s->io, s->flags, s->fd, s->cursor, 1, 3600000, 7);
	return NULL;
}

TEST_F(uring, wait_of_a_thread_that_has_ended_gets_its_records)
{
	struct submitter s = {
		.io = &self->io,
		.fd = self->fd,
		.cursor = bench_head(&self->b) + 4,
		.flags = variant->sqe_flags,
	};
	pthread_t thread;

	if (variant->setup & IORING_SETUP_SINGLE_ISSUER)
		SKIP(return, "such a ring has one task");
	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_and_end, &s));
	pthread_join(thread, NULL);
	ASSERT_EQ(0, bench_records(&self->b, 5));
	EXPECT_LE(1, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, wait_is_canceled_when_its_task_runs_another_program)
{
	struct submitter s = {
		.io = &self->io,
		.fd = self->fd,
		.cursor = self->head + 1000000,
		.flags = variant->sqe_flags,
	};
	int status;
	pid_t pid;

	if (variant->setup & IORING_SETUP_SINGLE_ISSUER)
		SKIP(return, "such a ring has one task");
	pid = fork();
	if (!pid) {
		submit_and_end(&s);
		execlp("true", "true", NULL);
		_exit(127);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	EXPECT_EQ(-ECANCELED, next_cqe(&self->io, NULL, NULL));
}

/* Has the last file that owned the heartbeat been closed? */
static bool is_free(struct io_uring *io, int fd)
{
	return heartbeat(io, fd) >= 0;
}

TEST_F(uring, closing_the_ring_ends_what_is_pending_and_lets_the_file_go)
{
	struct ovpp_uring_block block = hour_block(self->battery);
	struct io_uring other;
	int i, fd;

	ASSERT_EQ(0, io_uring_queue_init(8, &other, 0));
	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	for (i = 0; i < 16; i++)
		ASSERT_EQ(1, submit_wait(&self->io, variant->sqe_flags, self->fd,
					 self->head + 1000000, 1, i % 2 ? 3600000 : 0, 7));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 8));
	EXPECT_TRUE(bench_wait(dispatch_is(&self->b, 1, "running")));

	/* The commands hold the file: only when they have ended it is closed. */
	fd = open(self->b.node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(-EBUSY, heartbeat(&other, fd));
	io_uring_queue_exit(&self->io);
	self->io.ring_fd = -1;
	EXPECT_TRUE(bench_wait(is_free(&other, fd)));
	EXPECT_TRUE(bench_wait(dispatch_is(&self->b, 1, "cancelled")));
	close(fd);
	io_uring_queue_exit(&other);
}

/* Every tick writes a record, every millisecond. */
static int write_all_the_time(struct bench *b)
{
	return bench_must(b->nl, "site-set",
			  json_pack("{s:I,s:i,s:i}", "id", (json_int_t)b->site, "sample_ms", 0,
				    "period_ns", 1000000),
			  NULL);
}

TEST_F(uring, waits_racing_with_records_timeouts_and_the_end_of_the_ring_end_once)
{
	struct io_uring io;
	uint64_t who, ended;
	int round, i;

	ASSERT_EQ(0, write_all_the_time(&self->b));
	for (round = 0; round < 20; round++) {
		uint64_t head = bench_head(&self->b);

		ASSERT_EQ(0, io_uring_queue_init(ENTRIES, &io, variant->setup));
		for (i = 0; i < 32; i++)
			submit_wait(&io, variant->sqe_flags, self->fd, head + (uint64_t)i, 2,
				    (uint32_t)(i % 4), (uint64_t)i);
		for (ended = 0, i = 0; i < 16; i++) {
			EXPECT_LE(0, next_cqe(&io, &who, NULL));
			EXPECT_EQ(0, ended >> who & 1);
			ended |= 1ULL << who;
		}
		io_uring_queue_exit(&io);
	}
}

/* ---- heartbeat ---- */

TEST_F(uring, heartbeat_tells_the_state_of_the_site)
{
	EXPECT_EQ(OVPP_SITE_START, heartbeat(&self->io, self->fd));
}

TEST_F(uring, first_file_owns_the_heartbeat_until_it_is_closed)
{
	json_int_t site = self->b.site;
	int fd = open(self->b.node, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_LE(0, heartbeat(&self->io, self->fd));
	EXPECT_LE(0, heartbeat(&self->io, self->fd));
	EXPECT_EQ(-EBUSY, heartbeat(&self->io, fd));
	EXPECT_EQ(-EBUSY, bench_do(self->b.nl, "heartbeat", json_pack("{s:I}", "id", site), NULL));
	close(self->fd);
	self->fd = -1;
	EXPECT_TRUE(bench_wait(is_free(&self->io, fd)));
	close(fd);
}

TEST_F(uring, heartbeat_through_a_file_for_reading_is_refused)
{
	int fd = open(self->b.node, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, heartbeat(&self->io, fd));
	EXPECT_LE(0, heartbeat(&self->io, self->fd));
	close(fd);
}

/* ---- what must be zero ---- */

TEST_F(uring, unknown_command_is_refused)
{
	union command cmd = {0};

	EXPECT_EQ(-ENOTTY, raw(&self->io, self->fd, 0, &cmd));
	EXPECT_EQ(-ENOTTY, raw(&self->io, self->fd, OVPP_URING_WAIT + 7, &cmd));
}

TEST_F(uring, flags_that_do_not_exist_are_refused)
{
	struct ovpp_uring_block block = {.duration_ms = 1000};
	union command dispatch = {
		.dispatch = {.blocks = (uintptr_t)&block, .count = 1, .flags = 1}};
	union command first = {.heartbeat = {.flags = {1, 0}}};
	union command second = {.heartbeat = {.flags = {0, 1}}};
	struct io_uring *io = &self->io;

	EXPECT_EQ(-EINVAL, raw(io, self->fd, OVPP_URING_DISPATCH, &dispatch));
	EXPECT_EQ(-EINVAL, raw(io, self->fd, OVPP_URING_HEARTBEAT, &first));
	EXPECT_EQ(-EINVAL, raw(io, self->fd, OVPP_URING_HEARTBEAT, &second));
}

TEST_F(uring, fields_without_a_use_are_refused)
{
	union command cmd = {.wait = {.cursor = 0, .count = 1}};
	struct io_uring *io = &self->io;
	struct io_uring_sqe *sqe;

	ASSERT_EQ(0, bench_records(&self->b, 1));
	EXPECT_LT(0, raw(io, self->fd, OVPP_URING_WAIT, &cmd));

	sqe = new_sqe(io);
	prep_raw(sqe, self->fd, OVPP_URING_WAIT, &cmd);
	sqe->addr = 1;
	io_uring_submit(io);
	EXPECT_EQ(-EINVAL, next_cqe(io, NULL, NULL));

	sqe = new_sqe(io);
	prep_raw(sqe, self->fd, OVPP_URING_WAIT, &cmd);
	sqe->len = 1;
	io_uring_submit(io);
	EXPECT_EQ(-EINVAL, next_cqe(io, NULL, NULL));
}

TEST_HARNESS_MAIN
