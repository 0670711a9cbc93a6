/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site, a battery and an io_uring, in each of the ways in which io_uring can be
 * used; and the commands of the site's node. The fixture of two programs.
 */
#ifndef OVPP_TEST_URING_FIXTURE_H
#define OVPP_TEST_URING_FIXTURE_H

#include "helpers.h"

#include <liburing.h>

#include "kselftest_harness.h"
#include "ring.h"
#include "uring.h"

#define RECORDS 64
#define ENTRIES 64

/* 10 kW, what the battery is told and says that it does. */
#define POWER_MW 10000000

FIXTURE(uring)
{
	struct bench b;
	struct io_uring io;
	int fd;
	int battery;
	uint64_t head;
};

/* Each way of using io_uring takes other paths through a command's life. */
FIXTURE_VARIANT(uring)
{
	unsigned int setup;
	unsigned int sqe_flags;
};

FIXTURE_VARIANT_ADD(uring, plain){
	.setup = 0,
};

FIXTURE_VARIANT_ADD(uring, big){
	.setup = IORING_SETUP_SQE128 | IORING_SETUP_CQE32,
};

FIXTURE_VARIANT_ADD(uring, deferred){
	.setup = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};

FIXTURE_VARIANT_ADD(uring, worker){
	.setup = IORING_SETUP_CQE32,
	.sqe_flags = IOSQE_ASYNC,
};

FIXTURE_SETUP(uring)
{
	self->fd = -1;
	self->io.ring_fd = -1;
	ASSERT_EQ(0, bench_new(&self->b, "kselftest-uring",
			       json_pack("{s:i,s:i}", "ring_records", RECORDS, "heartbeat_ms",
					 60000)));
	self->battery = bench_der(&self->b, BENCH_BATTERY, 0);
	ASSERT_LT(0, self->battery);
	ASSERT_EQ(0, bench_can_report(&self->b, BENCH_BATTERY_RX, POWER_MW, 500000));
	self->fd = open(self->b.node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, io_uring_queue_init(ENTRIES, &self->io, variant->setup));
	self->head = bench_head(&self->b);
}

FIXTURE_TEARDOWN(uring)
{
	if (self->io.ring_fd >= 0)
		io_uring_queue_exit(&self->io);
	if (self->fd >= 0)
		close(self->fd);
	bench_end(&self->b);
}

/* ---- one command ---- */

/* A command as its 16 bytes. */
union command {
	struct ovpp_uring_wait wait;
	struct ovpp_uring_dispatch dispatch;
	struct ovpp_uring_heartbeat heartbeat;
};

static inline struct io_uring_sqe *new_sqe(struct io_uring *io)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(io);

	memset(sqe, 0, io->flags & IORING_SETUP_SQE128 ? 128 : 64);
	return sqe;
}

static inline int submit_wait(struct io_uring *io, unsigned int flags, int fd, uint64_t cursor,
			      uint32_t count, uint32_t timeout_ms, uint64_t user_data)
{
	struct io_uring_sqe *sqe = new_sqe(io);

	ovpp_uring_prep_wait(sqe, fd, cursor, count, timeout_ms);
	sqe->flags = (uint8_t)flags;
	sqe->user_data = user_data;
	return io_uring_submit(io);
}

static inline int submit_dispatch(struct io_uring *io, unsigned int flags, int fd,
				  const struct ovpp_uring_block *blocks, uint32_t count,
				  uint64_t user_data)
{
	struct io_uring_sqe *sqe = new_sqe(io);

	ovpp_uring_prep_dispatch(sqe, fd, blocks, count);
	sqe->flags = (uint8_t)flags;
	sqe->user_data = user_data;
	return io_uring_submit(io);
}

static inline void prep_raw(struct io_uring_sqe *sqe, int fd, uint32_t op, const union command *cmd)
{
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = op;
	memcpy((char *)sqe + offsetof(struct io_uring_sqe, cmd), cmd, sizeof(*cmd));
}

/* The next completion; -ETIME if there is none for very long. */
static inline int next_cqe(struct io_uring *io, uint64_t *user_data, int64_t *energy)
{
	struct __kernel_timespec patience = {BENCH_PATIENCE_MS / 1000, 0};
	struct io_uring_cqe *cqe;
	int ret;

	do {
		ret = io_uring_wait_cqe_timeout(io, &cqe, &patience);
	} while (ret == -EINTR);
	if (ret)
		return -ETIME;
	ret = cqe->res;
	if (user_data)
		*user_data = cqe->user_data;
	if (energy)
		*energy = io->flags & IORING_SETUP_CQE32 ? (int64_t)cqe->big_cqe[0] : 0;
	io_uring_cqe_seen(io, cqe);
	return ret;
}

/* Is there a completion by now? Runs what io_uring has put off. */
static inline bool has_cqe(struct io_uring *io)
{
	struct io_uring_cqe *cqe;

	io_uring_get_events(io);
	return !io_uring_peek_cqe(io, &cqe);
}

static inline int heartbeat(struct io_uring *io, int fd)
{
	struct io_uring_sqe *sqe = new_sqe(io);

	ovpp_uring_prep_heartbeat(sqe, fd);
	io_uring_submit(io);
	return next_cqe(io, NULL, NULL);
}

/* One command with its fields as given, and its result. */
static inline int raw(struct io_uring *io, int fd, uint32_t op, const union command *cmd)
{
	prep_raw(new_sqe(io), fd, op, cmd);
	io_uring_submit(io);
	return next_cqe(io, NULL, NULL);
}

static inline bool dispatch_is(struct bench *b, int id, const char *state)
{
	return bench_is(b->nl, "dispatch-get",
			json_pack("{s:I,s:i}", "site", (json_int_t)b->site, "id", id), "state",
			state);
}

static inline struct ovpp_uring_block hour_block(int der)
{
	return (struct ovpp_uring_block){
		.p_mw = POWER_MW,
		.duration_ms = 3600000,
		.der = (uint32_t)der,
	};
}

#endif /* OVPP_TEST_URING_FIXTURE_H */
