/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * OpenVPP: what BPF programs in the control path are called with.
 *
 * A hook is a struct_ops map of type struct ovpp_ops: up to five programs of
 * one site that come and go together. The module and the programs share this
 * file; programs include it through bpf/openvpp.bpf.h, which has the kfuncs.
 * Fields are only ever added, at the ends of structs.
 *
 * A hook can only tighten: what leaves the gateway has passed the envelope after
 * the last program, whatever any of them has returned or written.
 */
#ifndef _UAPI_LINUX_OPENVPP_HOOK_H
#define _UAPI_LINUX_OPENVPP_HOOK_H

#include <linux/openvpp.h>

/**
 * enum ovpp_verdict - what a program may return
 * @OVPP_ACCEPT: go on
 * @OVPP_DROP: frame_rx, frame_tx, sample: as if it were not there
 *
 * Anything else is no verdict: it counts as OVPP_ACCEPT of what the program was
 * given, and the hook is ejected.
 */
enum ovpp_verdict {
	OVPP_ACCEPT = 0,
	OVPP_DROP = 1,
};

/**
 * struct ovpp_hook_ctx - where and when a program runs
 * @now_ns: CLOCK_MONOTONIC of the frame, tick or event
 * @real_ns: CLOCK_REALTIME of the tick or event; 0 for frames
 * @site: site id
 * @point: enum ovpp_hook_point
 */
struct ovpp_hook_ctx {
	__u64 now_ns;
	__u64 real_ns;
	__u32 site;
	__u32 point;
};

/**
 * struct ovpp_frame_ctx - a frame
 * @ctx: see there
 * @bus: bus id
 * @der: DER whose message it is; 0: nobody's
 * @id: CAN identifier without flags
 * @len: bytes of payload, see ovpp_frame_data()
 * @flags: OVPP_MESSAGE_EXT, OVPP_MESSAGE_FD, OVPP_MESSAGE_BRS
 * @pad: 0
 */
struct ovpp_frame_ctx {
	struct ovpp_hook_ctx ctx;
	__u32 bus;
	__u32 der;
	__u32 id;
	__u8 len;
	__u8 flags;
	__u16 pad;
};

/**
 * struct ovpp_control_ctx - the setpoints of a tick
 * @ctx: see there
 * @setpoints: number of DER that take commands, see ovpp_setpoint_read()
 * @state: enum ovpp_site_state
 */
struct ovpp_control_ctx {
	struct ovpp_hook_ctx ctx;
	__u32 setpoints;
	__u32 state;
};

/**
 * struct ovpp_hook_value - a point of a DER, see ovpp_point_read()
 * @value: in the point's unit; 0 unless the quality is good or stale
 * @age_ns: since it was captured; 0 if it never was
 * @quality: enum ovpp_quality
 * @seq: counts captures, modulo 2^16
 */
struct ovpp_hook_value {
	__s64 value;
	__u64 age_ns;
	__u32 quality;
	__u32 seq;
};

/**
 * struct ovpp_hook_der - a DER, see ovpp_der_read()
 * @id: DER id
 * @bus: bus id
 * @node: its node
 * @kind: enum ovpp_kind
 * @supervision: enum ovpp_supervision
 * @controllable: 1: it takes commands of active power
 * @p_cmd_mw: command in force; 0 for one that takes none
 */
struct ovpp_hook_der {
	__u32 id;
	__u32 bus;
	__u32 node;
	__u32 kind;
	__u32 supervision;
	__u32 controllable;
	__s64 p_cmd_mw;
};

/**
 * struct ovpp_hook_site - a site after its last tick, see ovpp_site_read()
 * @target_mw: PCC target in force; meaningful with @has_target
 * @demand_mw: sum asked of the controllable DER
 * @load_mw: estimate of what flows to everything else
 * @pcc_mw: power at the PCC; meaningful by @pcc_quality
 * @state: enum ovpp_site_state
 * @pcc_quality: enum ovpp_quality
 * @has_target: 1: @target_mw is in force
 * @pad: 0
 */
struct ovpp_hook_site {
	__s64 target_mw;
	__s64 demand_mw;
	__s64 load_mw;
	__s64 pcc_mw;
	__u32 state;
	__u32 pcc_quality;
	__u32 has_target;
	__u32 pad;
};

/**
 * struct ovpp_hook_setpoint - a setpoint of this tick, see ovpp_setpoint_read()
 * @p_mw: what the control law says
 * @lo_mw: least that it may become: bounds of envelope and device, and what
 *	hooks have made of them
 * @hi_mw: greatest
 * @p_now_mw: power that the DER gives, measured or estimated; 0 if not known
 * @der: DER id
 * @kind: enum ovpp_kind
 * @rank: DER of lower ranks are moved first
 * @held: 1: held at its safe value, nothing moves it
 */
struct ovpp_hook_setpoint {
	__s64 p_mw;
	__s64 lo_mw;
	__s64 hi_mw;
	__s64 p_now_mw;
	__u32 der;
	__u32 kind;
	__u32 rank;
	__u32 held;
};

/* What a call may take, see struct ovpp_ops. */
#define OVPP_HOOK_BUDGET_NS 100000
#define OVPP_HOOK_BUDGET_MAX_NS 1000000000

/* A reflex holds its DER for at most so long, see ovpp_reflex(). */
#define OVPP_REFLEX_MAX_MS 60000

/**
 * struct ovpp_ops - a hook
 * @frame_rx: A frame has arrived on one of the site's buses, from whatever
 *	device, before it is decoded; what the site itself sends does not come
 *	here. ovpp_frame_data() gives its bytes, which may
 *	be changed; @frame->der sees the result, nobody else on the bus does. A
 *	frame that is dropped was never there: its DER falls silent. May call
 *	ovpp_reflex().
 *	Called in softirq, or in a thread on PREEMPT_RT; on several CPUs at once.
 *	Returns enum ovpp_verdict.
 * @frame_tx: A frame of a DER is about to be sent. Its bytes may be changed but
 *	for those bits that carry commands, which are put back. Only a repetition
 *	can be dropped: a frame that carries a new command or holds a DER at its
 *	safe value goes out, and the verdict counts as overruled. Not called for
 *	what a reflex sends.
 *	Called in the site's loop. Returns enum ovpp_verdict.
 * @sample: A record of type sample or site is about to be written. Events and
 *	results of dispatches are not asked about.
 *	Called in the site's loop. Returns enum ovpp_verdict.
 * @control: The control law has set the setpoints of this tick, the envelope has
 *	not yet had its word. ovpp_setpoint_clamp() narrows the bounds of a DER for
 *	this tick; what it can no longer take is then shared over the others.
 *	What a program has narrowed before it is ejected stays so for the tick.
 *	Not called while the site's lease is not active. Called in the site's loop.
 *	Returns 0.
 * @event: An event was recorded. Not called for what programs themselves report
 *	or cause.
 *	Called in any context but hard interrupt and NMI.
 * @site: name of the site
 * @name: name of the hook, unique in its site
 * @priority: hooks of lower priority are called first; equals in the order in
 *	which they came. A frame or sample that one drops is not shown to the next.
 * @budget_ns: what one call may take, by enum ovpp_hook_point; 0 stands for
 *	OVPP_HOOK_BUDGET_NS, at most OVPP_HOOK_BUDGET_MAX_NS. A call in which the
 *	task was switched out does not count, unless it is the third such in a row.
 *
 * Every program may be left out, all may not. Programs are not sleepable, may not
 * call kfuncs of the kernel itself, nor helpers that loop, call back or jump
 * (bpf_loop(), bpf_for_each_map_elem(), bpf_timer_*(), bpf_tail_call()): so the
 * verifier's limit is a limit of their time too.
 */
struct ovpp_ops {
	int (*frame_rx)(struct ovpp_frame_ctx *frame);
	int (*frame_tx)(struct ovpp_frame_ctx *frame);
	int (*sample)(struct ovpp_hook_ctx *ctx, const struct ovpp_record *record);
	int (*control)(struct ovpp_control_ctx *control);
	void (*event)(struct ovpp_hook_ctx *ctx, const struct ovpp_record *record);
	char site[OPENVPP_NAME_MAX + 1];
	char name[OPENVPP_NAME_MAX + 1];
	__s32 priority;
	__u32 budget_ns[OVPP_HOOK_MAX + 1];
};

#endif /* _UAPI_LINUX_OPENVPP_HOOK_H */
