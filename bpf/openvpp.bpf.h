/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For programs of hooks: the kfuncs of the module, and how to declare programs.
 *
 *	#include "openvpp.bpf.h"
 *
 *	SEC("struct_ops/frame_rx")
 *	int BPF_PROG(my_frame_rx, struct ovpp_frame_ctx *frame)
 *	{
 *		return frame->id == 0x7df ? OVPP_DROP : OVPP_ACCEPT;
 *	}
 *
 *	OVPP_HOOK(my_hook) = {
 *		.frame_rx = (void *)my_frame_rx,
 *	};
 *
 * An argument cannot be called ctx: BPF_PROG() has one of that name.
 *
 * "ovpp hook load" fills in site, name, priority and budgets. Include vmlinux.h
 * before this file if types of the kernel itself are wanted.
 */
#ifndef OPENVPP_BPF_H
#define OPENVPP_BPF_H

#ifdef __VMLINUX_H__
/* vmlinux.h has the types, and commands of /dev/ovppN are not called from here. */
#define _LINUX_TYPES_H
#define _LINUX_IOCTL_H
#endif

/* Offsets of fields are those of the running module. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#include <linux/openvpp_hook.h>
#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define OVPP_HOOK(name) SEC(".struct_ops.link") struct ovpp_ops name

/*
 * Types that say what a value of a map or a setting names, so that "ovpp hook
 * set" takes "bat0" or "23:30" for it: the name, or the id, of a DER of the
 * site; minutes after midnight.
 */
typedef __u32 ovpp_der_id;
typedef __u32 ovpp_minutes;

/*
 * Maps by CAN identifier: a number of 11 bits and one of 29 bits are two different
 * identifiers, the second has bit 31 set.
 */
#define OVPP_KEY_EXT 0x80000000U

static inline __u32 ovpp_frame_key(const struct ovpp_frame_ctx *frame)
{
	return frame->flags & OVPP_MESSAGE_EXT ? frame->id | OVPP_KEY_EXT : frame->id;
}

/**
 * ovpp_frame_data() - bytes of a frame
 * @frame: frame of this call
 * @offset: first byte
 * @rdwr_buf_size: bytes, a constant
 *
 * May be read and written. Valid until the program returns.
 *
 * Return: pointer, or NULL if the frame is shorter than @offset + @rdwr_buf_size.
 */
extern __u8 *ovpp_frame_data(struct ovpp_frame_ctx *frame, __u32 offset,
			     const __u64 rdwr_buf_size) __ksym;

/**
 * ovpp_reflex() - send a DER to its safe value, now
 * @frame: frame of a call of frame_rx
 * @der: DER of the site, by id
 * @hold_ms: hold it there for so long, 1 to OVPP_REFLEX_MAX_MS; from another call
 *	the later end counts
 *
 * The command is sent from here, without waiting for a tick, if the DER is not
 * held by a reflex already.
 *
 * Return: 0; -EPERM outside frame_rx; -ENOENT if there is no such DER that takes
 * commands; -EINVAL for @hold_ms; -ENETDOWN or -ENOBUFS when the frame could not
 * be sent at once: the loop, which is woken in any case, sends it.
 */
extern int ovpp_reflex(struct ovpp_frame_ctx *frame, __u32 der, __u32 hold_ms) __ksym;

/**
 * ovpp_point_read() - newest value of a point of a DER
 * @ctx: context of this call
 * @der: DER of the site, by id
 * @point: enum ovpp_point
 * @value: result, zeroed on error
 *
 * Return: 0; -ENOENT without such a DER; -EINVAL without such a point.
 */
extern int ovpp_point_read(struct ovpp_hook_ctx *ctx, __u32 der, __u32 point,
			   struct ovpp_hook_value *value) __ksym;

/**
 * ovpp_der_read() - the DER with the least id that is not below another
 * @ctx: context of this call
 * @least: id from which to look on; 1 for the first
 * @der: result, zeroed on error
 *
 * Return: 0, or -ENOENT if there is no more.
 */
extern int ovpp_der_read(struct ovpp_hook_ctx *ctx, __u32 least,
			 struct ovpp_hook_der *der) __ksym;

/**
 * ovpp_site_read() - state of the site
 * @ctx: context of this call
 * @site: result
 *
 * Return: 0.
 */
extern int ovpp_site_read(struct ovpp_hook_ctx *ctx, struct ovpp_hook_site *site) __ksym;

/**
 * ovpp_setpoint_read() - a setpoint of this tick
 * @control: context of a call of control
 * @index: 0 to @control->setpoints - 1, in the order of ranks
 * @setpoint: result, zeroed on error
 *
 * Return: 0, or -ENOENT beyond the last.
 */
extern int ovpp_setpoint_read(struct ovpp_control_ctx *control, __u32 index,
			      struct ovpp_hook_setpoint *setpoint) __ksym;

/**
 * ovpp_setpoint_clamp() - narrow the bounds of a setpoint for this tick
 * @control: context of a call of control
 * @index: as ovpp_setpoint_read()
 * @lo_mw: least power wanted
 * @hi_mw: greatest power wanted
 *
 * Bounds that are wider than those in force change nothing; what lies beyond them
 * becomes their nearest end. A DER that is held stays where it is. The envelope
 * still has the last word: where a limit of the site demands it, it moves DER out
 * of these bounds, within its own.
 *
 * Return: 0; -ENOENT beyond the last; -EINVAL if @lo_mw is above @hi_mw.
 */
extern int ovpp_setpoint_clamp(struct ovpp_control_ctx *control, __u32 index, __s64 lo_mw,
			       __s64 hi_mw) __ksym;

/**
 * ovpp_event_emit() - record an event of type hook-event
 * @ctx: context of this call
 * @der: DER that it is about, or 0
 * @arg: what it says
 *
 * Return: 0; -ENOENT without such a DER; -EAGAIN beyond 10 a second and hook.
 */
extern int ovpp_event_emit(struct ovpp_hook_ctx *ctx, __u32 der, __s64 arg) __ksym;

#endif /* OPENVPP_BPF_H */
