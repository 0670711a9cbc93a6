/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readiness protocol of sd_notify(3), without libsystemd. */
#ifndef OVPPD_NOTIFY_H
#define OVPPD_NOTIFY_H

#include <stdint.h>

/*
 * Tells the service manager "READY=1", "WATCHDOG=1", "STATUS=...". Returns 0,
 * also when there is no service manager, or -errno.
 */
int notify_send(const char *state);

/* How often it wants "WATCHDOG=1" at the latest, ns; 0: not at all. */
uint64_t notify_watchdog_ns(void);

#endif /* OVPPD_NOTIFY_H */
