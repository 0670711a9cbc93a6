// SPDX-License-Identifier: GPL-2.0-or-later
#include "bus.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int set_filter(int fd, const canid_t *ids, size_t n)
{
	struct can_filter filter[BUS_FILTERS_MAX];

	if (n > BUS_FILTERS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++) {
		filter[i].can_id = ids[i];
		filter[i].can_mask = CAN_SFF_MASK | CAN_EFF_FLAG;
	}
	if (setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, filter, (socklen_t)(n * sizeof(filter[0]))))
		return -errno;
	return 0;
}

static int open_socket(struct bus *bus, const canid_t *ids, size_t n)
{
	struct sockaddr_can address = {.can_family = AF_CAN};
	unsigned int index = if_nametoindex(bus->name);
	int ret;

	if (!index)
		return -errno;
	bus->fd = socket(PF_CAN, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, CAN_RAW);
	if (bus->fd < 0)
		return -errno;
	ret = set_filter(bus->fd, ids, n);
	if (ret)
		return ret;
	address.can_ifindex = (int)index;
	if (bind(bus->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

int bus_open(struct bus *bus, const char *ifname, const char *record, const canid_t *ids, size_t n)
{
	*bus = (struct bus){.fd = -1, .name = "sim"};
	if (record) {
		bus->record = fopen(record, "we");
		if (!bus->record)
			return -errno;
	}
	if (!ifname)
		return 0;
	if (strlen(ifname) >= sizeof(bus->name))
		return -ENODEV;
	strcpy(bus->name, ifname);
	return open_socket(bus, ids, n);
}

int bus_close(struct bus *bus)
{
	int ret = 0;

	if (bus->fd >= 0)
		close(bus->fd);
	if (bus->record && (ferror(bus->record) | fclose(bus->record)))
		ret = -EIO;
	bus->fd = -1;
	bus->record = NULL;
	return ret;
}

/* As candump -L writes it. */
static void write_record(const struct bus *bus, const struct can_frame *frame)
{
	fprintf(bus->record, "(%" PRIu64 ".%03u000) %s ", bus->now_ms / 1000,
		(unsigned int)(bus->now_ms % 1000), bus->name);
	if (frame->can_id & CAN_EFF_FLAG)
		fprintf(bus->record, "%08X#", frame->can_id & CAN_EFF_MASK);
	else
		fprintf(bus->record, "%03X#", frame->can_id & CAN_SFF_MASK);
	if (frame->can_id & CAN_RTR_FLAG)
		fprintf(bus->record, "R%u", frame->len);
	else
		for (unsigned int i = 0; i < frame->len; i++)
			fprintf(bus->record, "%02X", frame->data[i]);
	fputc('\n', bus->record);
}

void bus_send(void *context, const struct can_frame *frame)
{
	struct bus *bus = context;

	if (bus->record)
		write_record(bus, frame);
	if (bus->fd < 0)
		return;
	/* A frame that finds no room is late already: the next one is newer. */
	if (write(bus->fd, frame, sizeof(*frame)) == sizeof(*frame))
		bus->sent++;
	else
		bus->dropped++;
}

bool bus_receive(struct bus *bus, struct can_frame *frame)
{
	if (bus->fd < 0 || read(bus->fd, frame, sizeof(*frame)) != sizeof(*frame))
		return false;
	if (bus->record)
		write_record(bus, frame);
	return true;
}
