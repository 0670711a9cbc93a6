/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The io_uring commands of /dev/ovppN. */
#ifndef OVPP_URING_H
#define OVPP_URING_H

#include <liburing.h>
#include <linux/openvpp.h>
#include <stdint.h>

/* Each fills a submission queue entry; user_data is the caller's to set. */
void ovpp_uring_prep_wait(struct io_uring_sqe *sqe, int fd, uint64_t cursor, uint32_t count,
			  uint32_t timeout_ms);
void ovpp_uring_prep_heartbeat(struct io_uring_sqe *sqe, int fd);

/* @blocks are read after the entry is submitted: keep them until it completes. */
void ovpp_uring_prep_dispatch(struct io_uring_sqe *sqe, int fd,
			      const struct ovpp_uring_block *blocks, uint32_t count);

/* The PDU at req->pdu must stay until the entry completes; its answer goes there. */
void ovpp_uring_prep_modbus(struct io_uring_sqe *sqe, int fd, const struct ovpp_uring_modbus *req);

#endif /* OVPP_URING_H */
