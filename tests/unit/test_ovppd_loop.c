// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/loop.c: completions, timers and watched files in one io_uring. */
#include <sys/eventfd.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../../userspace/ovppd/loop.c"

struct seen {
	int n;
	int res;
	int fd;
	struct loop *loop;
	struct loop_watch *watch;
};

FIXTURE(loop)
{
	struct loop loop;
	struct seen seen;
};

FIXTURE_SETUP(loop)
{
	int ret = loop_init(&self->loop);

	if (ret == -EPERM || ret == -ENOSYS)
		SKIP(return, "no io_uring here");
	ASSERT_EQ(0, ret);
	self->seen = (struct seen){.loop = &self->loop};
}

FIXTURE_TEARDOWN(loop)
{
	if (self->seen.loop)
		loop_exit(&self->loop);
}

static void count(void *arg)
{
	struct seen *s = arg;

	s->n++;
}

static void take(void *arg)
{
	struct seen *s = arg;
	eventfd_t n;

	eventfd_read(s->fd, &n);
	s->n += (int)n;
}

static void complete(void *arg, int res)
{
	struct seen *s = arg;

	s->n++;
	s->res = res;
}

TEST_F(loop, a_timer_fires_once_and_not_before_its_time)
{
	uint64_t at_ns = clock_mono() + 20 * CLOCK_MS;
	struct loop_timer t = {.fire = count, .arg = &self->seen, .at_ns = at_ns};
	struct loop_timer end = {.fire = count, .arg = &self->seen, .at_ns = at_ns + 20 * CLOCK_MS};

	loop_timer_add(&self->loop, &t);
	loop_timer_add(&self->loop, &end);
	while (!self->seen.n)
		ASSERT_EQ(0, loop_round(&self->loop, true));
	EXPECT_LE(at_ns, clock_mono());
	EXPECT_EQ(0, t.at_ns);
	while (end.at_ns)
		ASSERT_EQ(0, loop_round(&self->loop, true));
	EXPECT_EQ(2, self->seen.n);
}

TEST_F(loop, a_round_that_does_not_wait_does_what_is_due_only)
{
	struct loop_timer due = {.fire = count, .arg = &self->seen, .at_ns = 1};
	struct loop_timer later = {
		.fire = count, .arg = &self->seen, .at_ns = clock_mono() + 3600 * CLOCK_S};

	loop_timer_add(&self->loop, &due);
	loop_timer_add(&self->loop, &later);
	/* Hangs until the test's time is over if it waits. */
	ASSERT_EQ(0, loop_round(&self->loop, false));
	ASSERT_EQ(0, loop_round(&self->loop, false));
	EXPECT_EQ(1, self->seen.n);
}

TEST_F(loop, a_removed_timer_does_not_fire)
{
	struct loop_timer t = {.fire = count, .arg = &self->seen, .at_ns = 1};
	struct loop_timer other = {.fire = count, .arg = &self->seen, .at_ns = 1};

	loop_timer_add(&self->loop, &t);
	loop_timer_add(&self->loop, &other);
	loop_timer_remove(&self->loop, &t);
	ASSERT_EQ(0, loop_round(&self->loop, true));
	EXPECT_EQ(1, self->seen.n);
	EXPECT_EQ(1, t.at_ns);
}

TEST_F(loop, a_watched_file_is_reported_as_often_as_it_is_readable)
{
	struct loop_watch w = {.ready = take, .arg = &self->seen};

	self->seen.fd = w.fd = eventfd(0, EFD_NONBLOCK);
	loop_watch(&self->loop, &w);
	for (int i = 1; i <= 5; i++) {
		eventfd_write(w.fd, 1);
		while (self->seen.n < i)
			ASSERT_EQ(0, loop_round(&self->loop, true));
	}
	EXPECT_EQ(5, self->seen.n);
	close(w.fd);
}

TEST_F(loop, a_watch_may_go_to_another_file_at_once)
{
	struct loop_watch w = {.ready = take, .arg = &self->seen};
	int old = eventfd(0, EFD_NONBLOCK);

	w.fd = old;
	loop_watch(&self->loop, &w);
	io_uring_submit(&self->loop.uring);
	loop_unwatch(&self->loop, &w);
	close(old);
	self->seen.fd = w.fd = eventfd(0, EFD_NONBLOCK);
	loop_watch(&self->loop, &w);
	for (int i = 1; i <= 3; i++) {
		eventfd_write(w.fd, 1);
		while (self->seen.n < i)
			ASSERT_EQ(0, loop_round(&self->loop, true));
	}
	EXPECT_EQ(3, self->seen.n);
	close(w.fd);
}

TEST_F(loop, a_canceled_operation_completes_once)
{
	struct loop_op op = {.done = complete, .arg = &self->seen};
	int fd = eventfd(0, EFD_NONBLOCK);
	struct io_uring_sqe *sqe = loop_sqe(&self->loop);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	loop_submit(sqe, &op);
	EXPECT_TRUE(op.busy);
	loop_cancel(&self->loop, &op);
	while (op.busy)
		ASSERT_EQ(0, loop_round(&self->loop, true));
	EXPECT_EQ(1, self->seen.n);
	EXPECT_EQ(-ECANCELED, self->seen.res);
	loop_cancel(&self->loop, &op);
	close(fd);
}

TEST_F(loop, more_operations_than_entries_all_complete)
{
	struct loop_op op = {.done = complete, .arg = &self->seen};

	for (int i = 0; i < 1000; i++) {
		struct io_uring_sqe *sqe = loop_sqe(&self->loop);

		io_uring_prep_nop(sqe);
		loop_submit(sqe, &op);
	}
	while (self->seen.n < 1000)
		ASSERT_EQ(0, loop_round(&self->loop, true));
}

TEST_HARNESS_MAIN
