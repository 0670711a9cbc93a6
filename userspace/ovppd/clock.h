/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPPD_CLOCK_H
#define OVPPD_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS UINT64_C(1000000)
#define CLOCK_S UINT64_C(1000000000)

static inline uint64_t clock_now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * CLOCK_S + (uint64_t)ts.tv_nsec;
}

/* What all control and all timers run on; never steps. */
static inline uint64_t clock_mono(void)
{
	return clock_now(CLOCK_MONOTONIC);
}

/* What schedules and readers of the ledger mean; may step at any time. */
static inline uint64_t clock_real(void)
{
	return clock_now(CLOCK_REALTIME);
}

#endif /* OVPPD_CLOCK_H */
