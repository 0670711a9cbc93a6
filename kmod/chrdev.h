/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/ovppN: open, mmap, read, poll and the io_uring commands. */
#ifndef OVPP_CHRDEV_H
#define OVPP_CHRDEV_H

#include <linux/mutex.h>
#include <linux/types.h>

struct io_uring_cmd;
struct ovpp_ring;
struct ovpp_site;

/**
 * struct ovpp_file - an open file
 * @site: holds a reference
 * @ring: the site's, holds a reference of its own
 * @cursor: next record that read() gives; starts with the first one written
 *	after open. Under @lock, READ_ONCE() by poll().
 * @lock: read() calls, one at a time; never held while one waits
 */
struct ovpp_file {
	struct ovpp_site *site;
	struct ovpp_ring *ring;
	u64 cursor;
	struct mutex lock;
};

int ovpp_chrdev_init(void);
void ovpp_chrdev_exit(void);

/* Publish and unpublish /dev/ovpp<site->id>; none to unpublish is fine. Process context. */
int ovpp_chrdev_add(struct ovpp_site *site);
void ovpp_chrdev_del(struct ovpp_site *site);

/* file_operations.uring_cmd */
int ovpp_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);

/* uring_modbus.c: one of these commands, and its cancellation. */
int ovpp_uring_modbus(struct io_uring_cmd *cmd, unsigned int issue_flags);
void ovpp_uring_modbus_cancel(struct io_uring_cmd *cmd,
			      unsigned int issue_flags);

#endif /* OVPP_CHRDEV_H */
