/* SPDX-License-Identifier: GPL-2.0-only */
/* What the test of hooks and its programs tell each other: hook.bpf.c's .bss. */
#ifndef HOOK_TEST_H
#define HOOK_TEST_H

enum rx_mode {
	RX_ACCEPT,
	RX_DROP,
	RX_REWRITE, /* the first four bytes become @p_mw */
	RX_NONSENSE,
	RX_REFLEX,
	RX_BOUNDS, /* asks for bytes beyond the frame */
};

enum tx_mode {
	TX_ACCEPT,
	TX_DROP,
	TX_REWRITE, /* all bytes become 0xff */
	TX_REFLEX,
	TX_NONSENSE,
};

enum control_mode {
	CONTROL_WATCH,
	CONTROL_CLAMP, /* every setpoint between @lo_mw and @hi_mw */
	CONTROL_CROSSED,
	CONTROL_NONSENSE,
};

/* Of one call: what came with it. */
struct hook_seen {
	unsigned long long runs;
	unsigned long long now_ns;
	unsigned long long real_ns;
	unsigned int site;
	unsigned int point;
	unsigned int bus;
	unsigned int der;
	unsigned int id;
	unsigned int len;
	unsigned int flags;
	unsigned int first;  /* first four bytes */
	unsigned int detail; /* record type, event code, number of setpoints */
	unsigned int order;  /* what the clock of calls said */
};

struct hook_test {
	/* told */
	unsigned int rx_mode;
	unsigned int tx_mode;
	unsigned int control_mode;
	unsigned int drop_samples;
	unsigned int der; /* for kfuncs */
	unsigned int hold_ms;
	unsigned int emit; /* events that the event program emits */
	int p_mw;
	long long lo_mw;
	long long hi_mw;
	/* heard */
	struct hook_seen rx;
	struct hook_seen tx;
	struct hook_seen sample;
	struct hook_seen control;
	struct hook_seen event;
	struct hook_seen second; /* of the second hook's frame_rx */
	unsigned int clock;
	int ret;
	int beyond;
	int no_point;
	int no_der;
	int no_hold;
	int emitted;
	unsigned int refused; /* events that were too many */
	unsigned int ders;
	unsigned int kinds;
	unsigned int quality;
	unsigned int state;
	unsigned int held;
	unsigned long long age_ns;
	long long value;
	long long p_cmd_mw;
	long long setpoint_mw;
	long long hi_seen_mw;
};

#endif /* HOOK_TEST_H */
