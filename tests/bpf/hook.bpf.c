// SPDX-License-Identifier: GPL-2.0-only
/* Programs of every member that do what the test tells them (hook_test.h). */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "hook_test.h"

char LICENSE[] SEC("license") = "GPL";

struct hook_test test;

static void see(struct hook_seen *s, const struct ovpp_hook_ctx *ctx)
{
	s->runs++;
	s->now_ns = ctx->now_ns;
	s->real_ns = ctx->real_ns;
	s->site = ctx->site;
	s->point = ctx->point;
	s->order = ++test.clock;
}

static void see_frame(struct hook_seen *s, struct ovpp_frame_ctx *frame)
{
	__u8 *data = ovpp_frame_data(frame, 0, 4);

	s->bus = frame->bus;
	s->der = frame->der;
	s->id = frame->id;
	s->len = frame->len;
	s->flags = frame->flags;
	if (data)
		s->first = data[0] | data[1] << 8 | data[2] << 16 | (__u32)data[3] << 24;
	see(s, &frame->ctx);
}

static void rewrite(struct ovpp_frame_ctx *frame, __u32 value)
{
	__u8 *data = ovpp_frame_data(frame, 0, 4);

	if (!data)
		return;
	data[0] = value;
	data[1] = value >> 8;
	data[2] = value >> 16;
	data[3] = value >> 24;
}

SEC("struct_ops/frame_rx")
int BPF_PROG(frame_rx, struct ovpp_frame_ctx *frame)
{
	see_frame(&test.rx, frame);
	switch (test.rx_mode) {
	case RX_DROP:
		return OVPP_DROP;
	case RX_REWRITE:
		rewrite(frame, test.p_mw);
		break;
	case RX_NONSENSE:
		rewrite(frame, test.p_mw);
		return 2000000000;
	case RX_REFLEX:
		test.no_der = ovpp_reflex(frame, 4711, 100);
		test.no_hold = ovpp_reflex(frame, test.der, 0);
		test.ret = ovpp_reflex(frame, test.der, test.hold_ms);
		break;
	case RX_BOUNDS:
		test.beyond = !ovpp_frame_data(frame, 5, 4) && !ovpp_frame_data(frame, -1, 4) &&
			      !ovpp_frame_data(frame, 0, 9) && ovpp_frame_data(frame, 4, 4) &&
			      ovpp_frame_data(frame, 0, 8);
		break;
	}
	return OVPP_ACCEPT;
}

SEC("struct_ops/frame_tx")
int BPF_PROG(frame_tx, struct ovpp_frame_ctx *frame)
{
	__u8 *data;

	see_frame(&test.tx, frame);
	switch (test.tx_mode) {
	case TX_DROP:
		return OVPP_DROP;
	case TX_REWRITE:
		data = ovpp_frame_data(frame, 0, 8);
		if (data)
			__builtin_memset(data, 0xff, 8);
		break;
	case TX_REFLEX:
		test.ret = ovpp_reflex(frame, test.der, 100);
		break;
	case TX_NONSENSE:
		return -1;
	}
	return OVPP_ACCEPT;
}

SEC("struct_ops/sample")
int BPF_PROG(sample, struct ovpp_hook_ctx *call, const struct ovpp_record *record)
{
	test.sample.detail = record->type;
	test.sample.der = record->der;
	if (record->type == OVPP_RECORD_SAMPLE)
		test.value = record->sample.p_mw;
	see(&test.sample, call);
	return test.drop_samples ? OVPP_DROP : OVPP_ACCEPT;
}

static void look(struct ovpp_hook_ctx *ctx)
{
	struct ovpp_hook_value value = {};
	struct ovpp_hook_site site = {};
	struct ovpp_hook_der der = {};
	__u32 id = 1, n = 0, kinds = 0;
	int i;

	for (i = 0; i < 4; i++) {
		if (ovpp_der_read(ctx, id, &der))
			break;
		if (der.id == test.der)
			test.p_cmd_mw = der.p_cmd_mw;
		kinds = kinds * 100 + der.kind * 10 + der.controllable;
		id = der.id + 1;
		n++;
	}
	test.ders = n;
	test.kinds = kinds;
	test.no_der = ovpp_point_read(ctx, 4711, OVPP_POINT_SOC, &value);
	test.no_point = ovpp_point_read(ctx, test.der, OVPP_POINT_MAX + 1, &value);
	ovpp_point_read(ctx, test.der, OVPP_POINT_SOC, &value);
	test.value = value.value;
	test.age_ns = value.age_ns;
	test.quality = value.quality;
	ovpp_site_read(ctx, &site);
	test.state = site.state;
}

SEC("struct_ops/control")
int BPF_PROG(control, struct ovpp_control_ctx *call)
{
	struct ovpp_hook_setpoint sp = {};
	__u32 i;

	test.control.detail = call->setpoints;
	see(&test.control, &call->ctx);
	look(&call->ctx);
	for (i = 0; i < 4; i++) {
		if (ovpp_setpoint_read(call, i, &sp))
			break;
		if (sp.der == test.der) {
			test.setpoint_mw = sp.p_mw;
			test.hi_seen_mw = sp.hi_mw;
			test.held = sp.held;
		}
		if (test.control_mode == CONTROL_CLAMP)
			test.ret = ovpp_setpoint_clamp(call, i, test.lo_mw, test.hi_mw);
		if (test.control_mode == CONTROL_CROSSED)
			test.ret = ovpp_setpoint_clamp(call, i, 1, 0);
	}
	test.beyond = ovpp_setpoint_clamp(call, call->setpoints, 0, 0);
	return test.control_mode == CONTROL_NONSENSE ? 1 : 0;
}

SEC("struct_ops/event")
void BPF_PROG(event, struct ovpp_hook_ctx *call, const struct ovpp_record *record)
{
	__u32 i;

	/* A slow machine tells of its ticks whenever it likes. */
	if (record->event.code == OVPP_EVENT_DEADLINE_MISSED)
		return;
	test.event.detail = record->event.code;
	test.event.der = record->der;
	see(&test.event, call);
	for (i = 0; i < 20 && i < test.emit; i++) {
		test.ret = ovpp_event_emit(call, 0, 1000 + i);
		if (test.ret)
			test.refused++;
		else
			test.emitted++;
	}
	test.no_der = ovpp_event_emit(call, 4711, 0);
}

SEC("struct_ops/frame_rx")
int BPF_PROG(second_rx, struct ovpp_frame_ctx *frame)
{
	see_frame(&test.second, frame);
	return OVPP_ACCEPT;
}

SEC("struct_ops/frame_rx")
int BPF_PROG(empty_rx, struct ovpp_frame_ctx *frame)
{
	return OVPP_ACCEPT;
}

OVPP_HOOK(all) = {
	.frame_rx = (void *)frame_rx,
	.frame_tx = (void *)frame_tx,
	.sample = (void *)sample,
	.control = (void *)control,
	.event = (void *)event,
};

OVPP_HOOK(second) = {
	.frame_rx = (void *)second_rx,
};

OVPP_HOOK(empty) = {
	.frame_rx = (void *)empty_rx,
};

/* Refused by validate: there is nothing in it. */
OVPP_HOOK(nothing) = {};
