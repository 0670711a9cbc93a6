/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CAN net devices as rtnetlink and ethtool describe them. */
#ifndef OVPP_CAN_LINK_H
#define OVPP_CAN_LINK_H

#include <linux/can/netlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct can_link - a CAN net device
 * @name: its name
 * @kind: kind of link: "can", "vcan", "vxcan"
 * @up: it is up
 * @running: it has carrier
 * @queue: length of its transmit queue
 * @timed: @timing is known
 * @timing: bit rate and sample point
 * @has_state: @state is known
 * @state: controller state
 * @restart_ms: the driver restarts after bus-off after so long; 0: it does not
 * @has_errors: @errors is known
 * @errors: error counters
 * @stats: counts of what went wrong
 */
struct can_link {
	char name[IF_NAMESIZE];
	char kind[16];
	bool up;
	bool running;
	uint32_t queue;
	bool timed;
	struct can_bittiming timing;
	bool has_state;
	uint32_t state;
	uint32_t restart_ms;
	bool has_errors;
	struct can_berr_counter errors;
	struct can_device_stats stats;
};

/**
 * can_links() - all CAN net devices of this network namespace
 * @links: set to a new array, to be freed
 * @n: set to its length
 *
 * Return: 0 or -errno.
 */
int can_links(struct can_link **links, size_t *n);

/**
 * can_link_coalescing() - how the driver gathers receive interrupts
 * @name: device
 * @usecs: set to the longest time that a frame waits
 * @frames: set to how many frames are gathered; 0 or 1: none
 *
 * Return: 0; -EOPNOTSUPP if the driver has no such setting; or another -errno.
 */
int can_link_coalescing(const char *name, uint32_t *usecs, uint32_t *frames);

#endif /* OVPP_CAN_LINK_H */
