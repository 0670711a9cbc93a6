// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that programs of hooks may call; bpf/openvpp.bpf.h says what they
 * do. Their contexts are found behind what programs see of them. A program gets
 * such a pointer as an argument only and cannot keep it, and of which type it is
 * the verifier knows; what it does not know is checked here.
 */

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/ratelimit.h>

#include "der.h"
#include "hook_run.h"

/* Every context begins with a struct ovpp_hook_ctx, and tells where it is from. */
static struct ovpp_hook *ovpp_hook_who(struct ovpp_hook_ctx *ctx)
{
	switch (ctx->point) {
	case OVPP_HOOK_FRAME_RX:
	case OVPP_HOOK_FRAME_TX:
		return container_of(ctx, struct ovpp_frame_call, ctx.ctx)->hook;
	case OVPP_HOOK_CONTROL:
		return container_of(ctx, struct ovpp_control_call, ctx.ctx)->hook;
	default:
		return container_of(ctx, struct ovpp_record_call, ctx)->hook;
	}
}

/* Under the RCU of the call, which keeps what it returns. */
static struct ovpp_der *ovpp_hook_der(struct ovpp_site *site, u32 id)
{
	return xa_load(&site->der_ids, id);
}

__bpf_kfunc_start_defs();

__bpf_kfunc u8 *ovpp_frame_data(struct ovpp_frame_ctx *frame, u32 offset,
				const size_t rdwr_buf_size)
{
	struct ovpp_frame_call *call =
		container_of(frame, struct ovpp_frame_call, ctx);

	if (rdwr_buf_size > frame->len || offset > frame->len - rdwr_buf_size)
		return NULL;
	if (!call->open) {
		memcpy(call->buf, call->frame.data, frame->len);
		call->open = true;
	}
	return call->buf + offset;
}

__bpf_kfunc int ovpp_reflex(struct ovpp_frame_ctx *frame, u32 der, u32 hold_ms)
{
	struct ovpp_frame_call *call =
		container_of(frame, struct ovpp_frame_call, ctx);
	struct ovpp_der *target;

	if (frame->ctx.point != OVPP_HOOK_FRAME_RX)
		return -EPERM;
	if (!hold_ms || hold_ms > OVPP_REFLEX_MAX_MS)
		return -EINVAL;
	target = ovpp_hook_der(call->hook->site, der);
	if (!target || !ovpp_der_controllable(&target->ctl))
		return -ENOENT;
	this_cpu_inc(call->hook->stats->reflexes);
	return ovpp_der_reflex(target, hold_ms);
}

__bpf_kfunc int ovpp_point_read(struct ovpp_hook_ctx *ctx, u32 der, u32 point,
				struct ovpp_hook_value *value)
{
	struct ovpp_site *site = ovpp_hook_who(ctx)->site;
	struct ovpp_der *d = ovpp_hook_der(site, der);

	memset(value, 0, sizeof(*value));
	if (!d)
		return -ENOENT;
	if (point > OVPP_POINT_MAX)
		return -EINVAL;
	ovpp_der_point(d, array_index_nospec(point, OVPP_POINT_N), value);
	return 0;
}

__bpf_kfunc int ovpp_der_read(struct ovpp_hook_ctx *ctx, u32 least,
			      struct ovpp_hook_der *der)
{
	struct ovpp_site *site = ovpp_hook_who(ctx)->site;
	unsigned long id = least;
	struct ovpp_der *d;

	memset(der, 0, sizeof(*der));
	d = xa_find(&site->der_ids, &id, U32_MAX, XA_PRESENT);
	if (!d)
		return -ENOENT;
	ovpp_der_show(d, der);
	return 0;
}

/*
 * The loop may be in the middle of a tick: each value is a whole one, of that tick
 * or of the one before.
 */
__bpf_kfunc int ovpp_site_read(struct ovpp_hook_ctx *ctx,
			       struct ovpp_hook_site *site)
{
	struct ovpp_site *s = ovpp_hook_who(ctx)->site;
	const struct ovpp_control *law = &s->eng.control;
	struct ovpp_der_ctl *pcc = READ_ONCE(s->eng.pcc);

	memset(site, 0, sizeof(*site));
	site->target_mw = READ_ONCE(law->target_mw);
	site->demand_mw = READ_ONCE(law->demand_mw);
	site->load_mw = READ_ONCE(law->load_mw);
	site->has_target = READ_ONCE(law->started);
	site->state = READ_ONCE(s->state);
	if (pcc)
		site->pcc_quality =
			ovpp_der_value(container_of(pcc, struct ovpp_der, ctl),
				       OVPP_POINT_P, ktime_get_ns(),
				       &site->pcc_mw);
	return 0;
}

__bpf_kfunc int ovpp_setpoint_read(struct ovpp_control_ctx *control, u32 index,
				   struct ovpp_hook_setpoint *setpoint)
{
	struct ovpp_control_call *call =
		container_of(control, struct ovpp_control_call, ctx);
	const struct ovpp_engine *eng = &call->hook->site->eng;
	const struct ovpp_der_ctl *der;

	memset(setpoint, 0, sizeof(*setpoint));
	if (index >= eng->n_order)
		return -ENOENT;
	der = eng->order[array_index_nospec(index, eng->n_order)];
	setpoint->p_mw = der->p_cmd_mw;
	setpoint->lo_mw = der->cap_lo_mw;
	setpoint->hi_mw = der->cap_hi_mw;
	setpoint->p_now_mw = der->p_known ? der->p_mw : 0;
	setpoint->der = der->id;
	setpoint->kind = der->kind;
	setpoint->rank = der->policy.rank;
	setpoint->held = der->tripped;
	return 0;
}

__bpf_kfunc int ovpp_setpoint_clamp(struct ovpp_control_ctx *control, u32 index,
				    s64 lo_mw, s64 hi_mw)
{
	struct ovpp_control_call *call =
		container_of(control, struct ovpp_control_call, ctx);
	struct ovpp_engine *eng = &call->hook->site->eng;

	if (index >= eng->n_order)
		return -ENOENT;
	if (lo_mw > hi_mw)
		return -EINVAL;
	index = array_index_nospec(index, eng->n_order);
	if (!ovpp_engine_narrow(eng->order[index], lo_mw, hi_mw))
		return 0;
	call->narrowed = true;
	this_cpu_inc(call->hook->stats->point[OVPP_HOOK_CONTROL].clamped);
	return 0;
}

__bpf_kfunc int ovpp_event_emit(struct ovpp_hook_ctx *ctx, u32 der, s64 arg)
{
	struct ovpp_hook *hook = ovpp_hook_who(ctx);

	if (der && !ovpp_hook_der(hook->site, der))
		return -ENOENT;
	if (!__ratelimit(&hook->emits))
		return -EAGAIN;
	ovpp_site_report(hook->site, OVPP_EVENT_HOOK_EVENT, 0, der, arg);
	return 0;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(ovpp_hook_kfuncs)
BTF_ID_FLAGS(func, ovpp_frame_data, KF_TRUSTED_ARGS | KF_RET_NULL)
BTF_ID_FLAGS(func, ovpp_reflex, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, ovpp_point_read, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, ovpp_der_read, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, ovpp_site_read, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, ovpp_setpoint_read, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, ovpp_setpoint_clamp, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, ovpp_event_emit, KF_TRUSTED_ARGS)
BTF_KFUNCS_END(ovpp_hook_kfuncs)

/* Every struct_ops program of the machine is offered these: ours may have them. */
static int ovpp_hook_kfunc_filter(const struct bpf_prog *prog, u32 kfunc_id)
{
	if (!btf_id_set8_contains(&ovpp_hook_kfuncs, kfunc_id))
		return 0;
	return ovpp_hook_owns(prog) ? 0 : -EACCES;
}

static const struct btf_kfunc_id_set ovpp_hook_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &ovpp_hook_kfuncs,
	.filter = ovpp_hook_kfunc_filter,
};

int __init ovpp_hook_kfunc_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS,
					 &ovpp_hook_kfunc_set);
}
