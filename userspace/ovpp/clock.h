/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPP_CLOCK_H
#define OVPP_CLOCK_H

#include <stdint.h>
#include <time.h>

/* A clock in ns. */
static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

#endif /* OVPP_CLOCK_H */
