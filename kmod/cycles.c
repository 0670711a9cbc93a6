// SPDX-License-Identifier: GPL-2.0-only
/* The processor's counter and its rate. */

#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/smp.h>

#include "cycles.h"

/* How long the rate is measured: an interrupt in between does not matter then. */
#define OVPP_CYCLES_SPAN_US 5000

/* So many of the one are so many of the other; constant after init. */
static u64 ovpp_cycles_span __ro_after_init = 1;
static u64 ovpp_cycles_span_ns __ro_after_init = 1;

/**
 * struct ovpp_cycles_pair - both clocks at one moment
 * @cycles: counter
 * @ns: CLOCK_MONOTONIC
 */
struct ovpp_cycles_pair {
	u64 cycles;
	u64 ns;
};

static struct ovpp_cycles_pair __init ovpp_cycles_look(void)
{
	struct ovpp_cycles_pair pair;
	unsigned long flags;

	local_irq_save(flags);
	pair.ns = ktime_get_ns();
	pair.cycles = ovpp_cycles();
	local_irq_restore(flags);
	return pair;
}

int __init ovpp_cycles_init(void)
{
	struct ovpp_cycles_pair from, to;

	migrate_disable();
	from = ovpp_cycles_look();
	usleep_range(OVPP_CYCLES_SPAN_US, 2 * OVPP_CYCLES_SPAN_US);
	to = ovpp_cycles_look();
	migrate_enable();
	if (to.cycles <= from.cycles)
		return -ENODEV;
	ovpp_cycles_span = to.cycles - from.cycles;
	ovpp_cycles_span_ns = to.ns - from.ns;
	return 0;
}

u64 ovpp_cycles_of_ns(u64 ns)
{
	return mul_u64_u64_div_u64(ns, ovpp_cycles_span, ovpp_cycles_span_ns);
}

u64 ovpp_cycles_to_ns(u64 cycles)
{
	return mul_u64_u64_div_u64(cycles, ovpp_cycles_span_ns, ovpp_cycles_span);
}
