/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family openvpp. */
#ifndef OVPP_NETLINK_H
#define OVPP_NETLINK_H

#include <linux/workqueue.h>

int ovpp_netlink_init(void);
void ovpp_netlink_exit(void);

/* Work function of site->event_work: sends new events of the ring to the group. */
void ovpp_netlink_events(struct work_struct *work);

#endif /* OVPP_NETLINK_H */
