/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernels, here and nowhere else. */
#ifndef OVPP_COMPAT_H
#define OVPP_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#error "OpenVPP needs Linux 6.12 or newer"
#endif

#ifndef CONFIG_64BIT
#error "OpenVPP needs a 64-bit kernel"
#endif

/* hrtimer_setup() came with 6.13; hrtimer_init() went with 6.15. */
static inline void
ovpp_hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*fn)(struct hrtimer *timer),
		   clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#endif
}

#endif /* OVPP_COMPAT_H */
