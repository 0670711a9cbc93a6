// SPDX-License-Identifier: GPL-2.0-or-later
/* timeout: 300 */
/* The io_uring command of a site that runs a dispatch. */

#include "uring_fixture.h"

/* The record of the only dispatch that has ended since @cursor. */
static bool find_result(struct bench *b, uint64_t cursor, struct ovpp_dispatch_result *out)
{
	struct ovpp_record rec;
	struct ovpp_ring *ring;
	bool found = false;
	uint64_t lost;

	if (ovpp_ring_open(b->node, false, &ring))
		return false;
	ovpp_ring_seek(ring, cursor);
	while (ovpp_ring_read(ring, &rec, 1, &lost)) {
		if (rec.type != OVPP_RECORD_DISPATCH)
			continue;
		*out = rec.dispatch;
		found = true;
	}
	ovpp_ring_close(ring);
	return found;
}

TEST_F(uring, dispatch_runs_and_tells_what_it_delivered)
{
	const struct ovpp_uring_block blocks[] = {
		{.p_mw = POWER_MW, .duration_ms = 600, .der = (uint32_t)self->battery},
		{.p_mw = POWER_MW, .duration_ms = 600, .der = (uint32_t)self->battery},
	};
	struct ovpp_dispatch_result result;
	int64_t energy;

	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, blocks, 2, 7));
	EXPECT_EQ(0, next_cqe(&self->io, NULL, &energy));
	ASSERT_TRUE(find_result(&self->b, self->head, &result));
	EXPECT_EQ(OVPP_DISPATCH_DONE, result.state);
	/* 10 kW for 1.2 s. */
	EXPECT_EQ(3333, result.e_asked_mwh);
	EXPECT_LT(0, result.e_delivered_mwh);
	EXPECT_GE(3333, result.e_delivered_mwh);
	if (variant->setup & IORING_SETUP_CQE32)
		EXPECT_EQ(result.e_delivered_mwh, energy);
}

TEST_F(uring, newer_dispatch_supersedes_an_older_one)
{
	struct ovpp_uring_block block = hour_block(self->battery);
	uint64_t who;

	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 1));
	EXPECT_TRUE(bench_wait(dispatch_is(&self->b, 1, "running")));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 2));
	EXPECT_EQ(-ESTALE, next_cqe(&self->io, &who, NULL));
	EXPECT_EQ(1, who);
	EXPECT_TRUE(dispatch_is(&self->b, 2, "running"));
}

TEST_F(uring, withdrawn_dispatch_ends_with_ecanceled)
{
	struct ovpp_uring_block block = hour_block(self->battery);

	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 1));
	EXPECT_TRUE(bench_wait(dispatch_is(&self->b, 1, "running")));
	ASSERT_EQ(0, bench_must(self->b.nl, "dispatch-del",
				json_pack("{s:I,s:i}", "site", (json_int_t)self->b.site, "id", 1),
				NULL));
	EXPECT_EQ(-ECANCELED, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, dispatch_of_a_lost_lease_ends_with_etimedout)
{
	struct ovpp_uring_block block = hour_block(self->battery);

	ASSERT_EQ(0, bench_must(self->b.nl, "site-set",
				json_pack("{s:I,s:i}", "id", (json_int_t)self->b.site,
					  "heartbeat_ms", 300),
				NULL));
	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 1));
	EXPECT_EQ(-ETIMEDOUT, next_cqe(&self->io, NULL, NULL));
}

TEST_F(uring, dispatch_of_a_removed_site_ends_with_enodev)
{
	struct ovpp_uring_block block = hour_block(self->battery);

	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 1));
	EXPECT_TRUE(bench_wait(dispatch_is(&self->b, 1, "running")));
	ASSERT_EQ(0, bench_site_del(&self->b));
	EXPECT_EQ(-ENODEV, next_cqe(&self->io, NULL, NULL));
	ASSERT_EQ(1, submit_dispatch(&self->io, variant->sqe_flags, self->fd, &block, 1, 2));
	EXPECT_EQ(-ENODEV, next_cqe(&self->io, NULL, NULL));
	EXPECT_EQ(-ENODEV, heartbeat(&self->io, self->fd));
}

/* How many dispatches of the site have not ended? */
static size_t dispatches_left(struct bench *b)
{
	json_t *list = NULL, *d;
	size_t i, left = 0;

	if (ovpp_nl_dump(b->nl, "dispatch-get", NULL, &list))
		return SIZE_MAX;
	json_array_foreach (list, i, d) {
		const char *state = json_string_value(json_object_get(d, "state"));

		left += !strcmp(state, "pending") || !strcmp(state, "running");
	}
	json_decref(list);
	return left;
}

TEST_F(uring, dispatches_racing_with_the_end_of_their_ring_are_withdrawn)
{
	struct ovpp_uring_block block = hour_block(self->battery);
	struct io_uring io;
	int round;

	ASSERT_LE(0, heartbeat(&self->io, self->fd));
	for (round = 0; round < 20; round++) {
		ASSERT_EQ(0, io_uring_queue_init(8, &io, variant->setup));
		submit_dispatch(&io, variant->sqe_flags, self->fd, &block, 1, 1);
		submit_dispatch(&io, variant->sqe_flags, self->fd, &block, 1, 2);
		bench_sleep_ms((unsigned int)round % 5);
		io_uring_queue_exit(&io);
	}
	EXPECT_TRUE(bench_wait(!dispatches_left(&self->b)));
}

/* The result of a dispatch that is not taken. */
static int refusal(struct io_uring *io, int fd, const struct ovpp_uring_block *blocks,
		   uint32_t count)
{
	submit_dispatch(io, 0, fd, blocks, count, 1);
	return next_cqe(io, NULL, NULL);
}

TEST_F(uring, dispatch_of_bad_blocks_is_refused)
{
	uint32_t der = (uint32_t)self->battery;
	struct ovpp_uring_block many[OPENVPP_BLOCK_MAX + 1] = {0};
	struct ovpp_uring_block b[2] = {
		{.p_mw = 1, .duration_ms = 1000, .der = der},
		{.p_mw = 1, .duration_ms = 1000, .der = der},
	};
	struct io_uring *io = &self->io;
	int fd = self->fd;

	EXPECT_EQ(-EINVAL, refusal(io, fd, b, 0));
	EXPECT_EQ(-EINVAL, refusal(io, fd, many, OPENVPP_BLOCK_MAX + 1));
	EXPECT_EQ(-EINVAL, refusal(io, fd, b, UINT32_MAX));
	b[1].duration_ms = 0;
	EXPECT_EQ(-EINVAL, refusal(io, fd, b, 2));
	b[1].duration_ms = 604800001;
	EXPECT_EQ(-EINVAL, refusal(io, fd, b, 2));
	b[1].duration_ms = 1000;
	b[1].der = 0;
	EXPECT_EQ(-EINVAL, refusal(io, fd, b, 2));
	b[1].der = der;
	b[0].start_ns = b[1].start_ns = bench_now_ns() + 1000000000;
	EXPECT_EQ(-EINVAL, refusal(io, fd, b, 2));
	b[0].start_ns = UINT64_MAX;
	EXPECT_EQ(-ERANGE, refusal(io, fd, b, 1));
	b[0].start_ns = 1;
	EXPECT_EQ(-ETIME, refusal(io, fd, b, 1));
	b[0].start_ns = 0;
	b[0].p_mw = INT64_MAX;
	EXPECT_EQ(-ERANGE, refusal(io, fd, b, 1));
	b[0].p_mw = 1;
	b[0].der = 99999;
	EXPECT_EQ(-EAGAIN, refusal(io, fd, b, 1));
	ASSERT_LE(0, heartbeat(io, fd));
	EXPECT_EQ(-ENOENT, refusal(io, fd, b, 1));
}

TEST_F(uring, dispatch_from_bad_memory_is_refused)
{
	struct io_uring *io = &self->io;

	EXPECT_EQ(-EFAULT, refusal(io, self->fd, (void *)16, 1));
	EXPECT_EQ(-EFAULT, refusal(io, self->fd, NULL, 1));
	EXPECT_EQ(-EFAULT, refusal(io, self->fd, (void *)~0xfffUL, 1));
}

TEST_F(uring, dispatch_through_a_file_for_reading_is_refused)
{
	struct ovpp_uring_block block = {
		.p_mw = 1,
		.duration_ms = 1000,
		.der = (uint32_t)self->battery,
	};
	int fd = open(self->b.node, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, refusal(&self->io, fd, &block, 1));
	close(fd);
}

TEST_HARNESS_MAIN
