/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reader of a site's mapped record ring. */
#ifndef OVPP_RING_H
#define OVPP_RING_H

#include <linux/openvpp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ovpp_ring;

/**
 * ovpp_ring_open() - open and map /dev/ovppN
 * @path: device node
 * @writable: open for heartbeat and dispatch too (needs CAP_NET_ADMIN)
 * @out: set to the new reader; to be closed with ovpp_ring_close()
 *
 * Return: 0 or -errno; -EPROTO if the mapping is not a ring of this version.
 */
int ovpp_ring_open(const char *path, bool writable, struct ovpp_ring **out);
void ovpp_ring_close(struct ovpp_ring *ring);

int ovpp_ring_fd(const struct ovpp_ring *ring);
uint32_t ovpp_ring_site(const struct ovpp_ring *ring);

/* Number of records that it holds. */
uint32_t ovpp_ring_records(const struct ovpp_ring *ring);

/* Number of records ever written. */
uint64_t ovpp_ring_head(const struct ovpp_ring *ring);

/* The next record that ovpp_ring_read() gives; starts at the oldest kept. */
uint64_t ovpp_ring_cursor(const struct ovpp_ring *ring);
void ovpp_ring_seek(struct ovpp_ring *ring, uint64_t cursor);

/**
 * ovpp_ring_read() - copy records, without a system call
 * @ring: reader
 * @rec: room for @max records
 * @max: greatest number to copy
 * @lost: set to the exact number of records that were overwritten before this
 *	reader came to them; they precede the first record copied
 *
 * Return: number of records copied, 0 if there are none.
 */
size_t ovpp_ring_read(struct ovpp_ring *ring, struct ovpp_record *rec, size_t max, uint64_t *lost);

#endif /* OVPP_RING_H */
