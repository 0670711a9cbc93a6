/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A battery that speaks the Pylontech CAN protocol, as a compiled profile. */
#ifndef OVPP_TEST_PYLONTECH_H
#define OVPP_TEST_PYLONTECH_H

#include "core/profile.h"

#define S16 OVPP_SIGNAL_SIGNED
#define RANGED(point_, start_, length_, flags_, num_, min_, max_, ...)                             \
	{                                                                                          \
		.point = OVPP_POINT_##point_, .start = start_, .length = length_, .flags = flags_, \
		.num = num_, .den = 1, .raw_min = min_, .raw_max = max_, __VA_ARGS__               \
	}
#define SIGNAL(point_, start_, length_, flags_, num_, ...) \
	RANGED(point_, start_, length_, flags_, num_, S64_MIN, S64_MAX, __VA_ARGS__)

static const struct ovpp_signal pylontech_signal[] = {
	/* 0x351 */
	SIGNAL(V_CHARGE_MAX, 0, 16, 0, 100),
	SIGNAL(I_CHARGE_MAX, 16, 16, S16, 100),
	SIGNAL(I_DISCHARGE_MAX, 32, 16, S16, 100),
	SIGNAL(V_DISCHARGE_MIN, 48, 16, 0, 100),
	/* 0x355 */
	RANGED(SOC, 0, 16, 0, 10000, 0, 100),
	RANGED(SOH, 16, 16, 0, 10000, 0, 100),
	/* 0x356: current is positive while charging */
	SIGNAL(V, 0, 16, S16, 10),
	SIGNAL(I, 16, 16, S16, -100),
	SIGNAL(TEMP, 32, 16, S16, 100),
	/* 0x359: protections, bit 3 of byte 1 in one source, bit 7 in another */
	SIGNAL(ALARM, 1, 4, OVPP_SIGNAL_BITS, 2),
	SIGNAL(ALARM, 7, 1, OVPP_SIGNAL_BITS, 128),
	SIGNAL(ALARM, 8, 1, OVPP_SIGNAL_BITS, 256),
	SIGNAL(ALARM, 11, 1, OVPP_SIGNAL_BITS, 2048),
	SIGNAL(ALARM, 15, 1, OVPP_SIGNAL_BITS, 2048),
	/* 0x35c */
	SIGNAL(CHARGE_OK, 7, 1, 0, 1),
	SIGNAL(DISCHARGE_OK, 6, 1, 0, 1),
};

static const struct ovpp_message pylontech_message[] = {
	{.id = 0x351, .timeout_ms = 5000, .signal = 0, .signals = 4, .length = 6},
	{.id = 0x355, .timeout_ms = 5000, .signal = 4, .signals = 2, .length = 4},
	{.id = 0x356, .timeout_ms = 5000, .signal = 6, .signals = 3, .length = 6},
	{.id = 0x359,
	 .timeout_ms = 5000,
	 .signal = 9,
	 .signals = 5,
	 .length = 7,
	 .flags = OVPP_MESSAGE_OPTIONAL},
	{.id = 0x35c,
	 .timeout_ms = 5000,
	 .signal = 14,
	 .signals = 2,
	 .length = 1,
	 .flags = OVPP_MESSAGE_OPTIONAL},
	{.id = 0x305, .period_ms = 1000, .signal = 16, .length = 8, .flags = OVPP_MESSAGE_TX},
};

/* Fills @prof, which then points to the tables given. */
static inline void pylontech(struct ovpp_profile *prof, struct ovpp_message *message,
			     struct ovpp_signal *signal)
{
	memcpy(message, pylontech_message, sizeof(pylontech_message));
	memcpy(signal, pylontech_signal, sizeof(pylontech_signal));
	*prof = (struct ovpp_profile){
		.name = "pylontech",
		.kind = OVPP_KIND_BATTERY,
		.n_messages = sizeof(pylontech_message) / sizeof(*message),
		.n_signals = sizeof(pylontech_signal) / sizeof(*signal),
		.message = message,
		.signal = signal,
	};
}

#endif /* OVPP_TEST_PYLONTECH_H */
