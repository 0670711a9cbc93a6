// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * liburing before 2.6 has no helper for IORING_OP_URING_CMD, so the entries are
 * filled here.
 */
#include "uring.h"

#include <stddef.h>
#include <string.h>

static void prep(struct io_uring_sqe *sqe, int fd, uint32_t op, const void *cmd)
{
	memset(sqe, 0, offsetof(struct io_uring_sqe, cmd));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = op;
	/* The 16 bytes at the end of a 64-byte entry. */
	memcpy((char *)sqe + offsetof(struct io_uring_sqe, cmd), cmd, 16);
}

void ovpp_uring_prep_wait(struct io_uring_sqe *sqe, int fd, uint64_t cursor, uint32_t count,
			  uint32_t timeout_ms)
{
	struct ovpp_uring_wait wait = {
		.cursor = cursor,
		.count = count,
		.timeout_ms = timeout_ms,
	};

	_Static_assert(sizeof(wait) == 16, "it fills the entry's command");
	prep(sqe, fd, OVPP_URING_WAIT, &wait);
}

void ovpp_uring_prep_heartbeat(struct io_uring_sqe *sqe, int fd)
{
	struct ovpp_uring_heartbeat heartbeat = {0};

	_Static_assert(sizeof(heartbeat) == 16, "it fills the entry's command");
	prep(sqe, fd, OVPP_URING_HEARTBEAT, &heartbeat);
}

void ovpp_uring_prep_dispatch(struct io_uring_sqe *sqe, int fd,
			      const struct ovpp_uring_block *blocks, uint32_t count)
{
	struct ovpp_uring_dispatch dispatch = {
		.blocks = (uintptr_t)blocks,
		.count = count,
	};

	_Static_assert(sizeof(dispatch) == 16, "it fills the entry's command");
	prep(sqe, fd, OVPP_URING_DISPATCH, &dispatch);
}

void ovpp_uring_prep_modbus(struct io_uring_sqe *sqe, int fd, const struct ovpp_uring_modbus *req)
{
	_Static_assert(sizeof(*req) == 16, "it fills the entry's command");
	prep(sqe, fd, OVPP_URING_MODBUS, req);
}
