/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What a hook writes into a ring buffer so that "ovpp hook tap" shows frames as
 * candump does. Programs and ovpp share this file.
 */
#ifndef OPENVPP_TAP_H
#define OPENVPP_TAP_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/**
 * struct ovpp_tap - a frame
 * @time_ns: CLOCK_MONOTONIC, as struct ovpp_hook_ctx has it
 * @bus: bus id
 * @der: DER whose message it is; 0: nobody's
 * @id: identifier without flags
 * @len: bytes at @data
 * @flags: OVPP_MESSAGE_EXT, OVPP_MESSAGE_FD, OVPP_MESSAGE_BRS
 * @sent: 1: the site sends it; 0: it has arrived
 * @pad: 0
 * @data: payload; longer than any, so that @len can be trusted
 */
struct ovpp_tap {
	__u64 time_ns;
	__u32 bus;
	__u32 der;
	__u32 id;
	__u8 len;
	__u8 flags;
	__u8 sent;
	__u8 pad;
	__u8 data[256];
};

#endif /* OPENVPP_TAP_H */
