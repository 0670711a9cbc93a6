/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CAN net device that the devices are on, and the record of its frames. */
#ifndef SIM_BUS_H
#define SIM_BUS_H

#include <linux/can.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BUS_FILTERS_MAX 64

/**
 * struct bus - a CAN net device and a record
 * @fd: raw socket; -1: none, frames go to the record only
 * @record: file in the format of candump -L, or NULL
 * @name: the net device's name, "sim" without one
 * @now_ms: bus time for the record, which so is the same in every run
 * @sent: frames that the net device took
 * @dropped: frames that it did not take (queue full, net down)
 */
struct bus {
	int fd;
	FILE *record;
	char name[16];
	uint64_t now_ms;
	uint64_t sent;
	uint64_t dropped;
};

/**
 * bus_open() - open net device and record
 * @bus: filled
 * @ifname: net device, or NULL
 * @record: path, or NULL
 * @ids: identifiers to be received, 11 bits
 * @n: their number, at most BUS_FILTERS_MAX
 *
 * Return: 0 or -errno. To be closed with bus_close() in either case.
 */
int bus_open(struct bus *bus, const char *ifname, const char *record, const canid_t *ids, size_t n);

/* 0, or -errno if the record could not be written. */
int bus_close(struct bus *bus);

/* For struct wire_sink. */
void bus_send(void *context, const struct can_frame *frame);

/* The next frame that came, without waiting. */
bool bus_receive(struct bus *bus, struct can_frame *frame);

#endif /* SIM_BUS_H */
