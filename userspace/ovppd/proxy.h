/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proxies of the desired state: Modbus servers and slaves for other masters. */
#ifndef OVPPD_PROXY_H
#define OVPPD_PROXY_H

#include <jansson.h>
#include <stdbool.h>

struct daemon;

/* Opens what the desired state has and closes what it has not; equal ones stay. */
void proxies_update(struct daemon *daemon);

/* Closes all of them, for good. */
void proxies_close(struct daemon *daemon);

/* Frees those that have ended. */
void proxies_reap(struct daemon *daemon);

/* What is known of them, for people; a new array. */
json_t *proxies_status(const struct daemon *daemon);

#endif /* OVPPD_PROXY_H */
