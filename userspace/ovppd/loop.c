// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <errno.h>
#include <poll.h>

#include "clock.h"

#define ENTRIES 256
/* Nothing to wait for: an hour is as good as any time. */
#define IDLE_NS (3600 * CLOCK_S)

int loop_init(struct loop *loop)
{
	*loop = (struct loop){0};
	return io_uring_queue_init(ENTRIES, &loop->uring, 0);
}

void loop_exit(struct loop *loop)
{
	io_uring_queue_exit(&loop->uring);
}

struct io_uring_sqe *loop_sqe(struct loop *loop)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&loop->uring)))
		io_uring_submit(&loop->uring);
	return sqe;
}

void loop_submit(struct io_uring_sqe *sqe, struct loop_op *op)
{
	op->busy = true;
	io_uring_sqe_set_data(sqe, op);
}

void loop_cancel(struct loop *loop, struct loop_op *op)
{
	struct io_uring_sqe *sqe;

	if (!op->busy)
		return;
	sqe = loop_sqe(loop);
	io_uring_prep_cancel(sqe, op, 0);
	io_uring_sqe_set_data(sqe, NULL);
}

void loop_timer_add(struct loop *loop, struct loop_timer *timer)
{
	timer->next = loop->timers;
	loop->timers = timer;
}

void loop_timer_remove(struct loop *loop, struct loop_timer *timer)
{
	for (struct loop_timer **t = &loop->timers; *t; t = &(*t)->next) {
		if (*t == timer) {
			*t = timer->next;
			return;
		}
	}
}

static void watch_arm(struct loop_watch *w)
{
	struct io_uring_sqe *sqe = loop_sqe(w->loop);

	io_uring_prep_poll_add(sqe, w->fd, POLLIN);
	loop_submit(sqe, &w->op);
}

static void watch_done(void *arg, int res)
{
	struct loop_watch *w = arg;

	/* Canceled; what watches since then has an entry of its own. */
	if (w->fd < 0 || res < 0)
		return;
	w->ready(w->arg);
	/* It may have been unwatched, and even watched again, by ready(). */
	if (w->fd >= 0 && !w->op.busy)
		watch_arm(w);
}

void loop_watch(struct loop *loop, struct loop_watch *w)
{
	w->loop = loop;
	w->op.done = watch_done;
	w->op.arg = w;
	watch_arm(w);
}

void loop_unwatch(struct loop *loop, struct loop_watch *w)
{
	w->fd = -1;
	loop_cancel(loop, &w->op);
}

static uint64_t next_timer(const struct loop *loop)
{
	uint64_t at_ns = clock_mono() + IDLE_NS;

	for (const struct loop_timer *t = loop->timers; t; t = t->next)
		if (t->at_ns && t->at_ns < at_ns)
			at_ns = t->at_ns;
	return at_ns;
}

/* One due timer. Its call may add and remove others, so look anew each time. */
static bool fire_one(struct loop *loop, uint64_t now)
{
	for (struct loop_timer *t = loop->timers; t; t = t->next) {
		if (!t->at_ns || t->at_ns > now)
			continue;
		t->at_ns = 0;
		t->fire(t->arg);
		return true;
	}
	return false;
}

static void run_completions(struct loop *loop)
{
	struct io_uring_cqe *cqe;

	while (!io_uring_peek_cqe(&loop->uring, &cqe)) {
		struct loop_op *op = io_uring_cqe_get_data(cqe);
		int res = cqe->res;

		io_uring_cqe_seen(&loop->uring, cqe);
		if (!op)
			continue;
		op->busy = false;
		op->done(op->arg, res);
	}
}

int loop_round(struct loop *loop, bool wait)
{
	uint64_t at_ns = next_timer(loop), now = clock_mono();
	uint64_t wait_ns = wait && at_ns > now ? at_ns - now : 0;
	struct __kernel_timespec ts = {
		.tv_sec = (long long)(wait_ns / CLOCK_S),
		.tv_nsec = (long long)(wait_ns % CLOCK_S),
	};
	struct io_uring_cqe *cqe;
	int ret;

	ret = io_uring_submit_and_wait_timeout(&loop->uring, &cqe, 1, &ts, NULL);
	if (ret < 0 && ret != -ETIME && ret != -EINTR && ret != -EAGAIN && ret != -EBUSY)
		return ret;
	run_completions(loop);
	now = clock_mono();
	while (fire_one(loop, now))
		;
	return 0;
}
