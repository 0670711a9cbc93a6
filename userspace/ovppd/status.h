/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The status socket: whoever connects gets one JSON object. */
#ifndef OVPPD_STATUS_H
#define OVPPD_STATUS_H

#include "loop.h"

struct daemon;

/**
 * struct status - the socket
 * @watch: listens
 * @path: where it is; empty if it is not open
 */
struct status {
	struct loop_watch watch;
	char path[108];
};

/* Opens the socket at @path. Return: 0 or -errno; the daemon runs without. */
int status_open(struct status *status, struct daemon *daemon, const char *path);
void status_close(struct status *status);

#endif /* OVPPD_STATUS_H */
