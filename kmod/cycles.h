/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The processor's counter as a clock: reading it takes a few instructions, other
 * clocks ten times as many. Its rate is measured once. Two processors' counters may
 * be apart, so both ends of a span have to be read on one.
 */
#ifndef OVPP_CYCLES_H
#define OVPP_CYCLES_H

#include <linux/timex.h>
#include <linux/types.h>

static inline u64 ovpp_cycles(void)
{
	return get_cycles();
}

/* Measures the rate; sleeps for some ms. -ENODEV where there is no counter. */
int ovpp_cycles_init(void);

/* After ovpp_cycles_init(). */
u64 ovpp_cycles_of_ns(u64 ns);
u64 ovpp_cycles_to_ns(u64 cycles);

#endif /* OVPP_CYCLES_H */
