// SPDX-License-Identifier: GPL-2.0-only
/*
 * The struct_ops type ovpp_ops: what the kernel asks when a map of it is loaded,
 * its programs are verified, and it is attached.
 */

#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/ctype.h>
#include <linux/filter.h>
#include <linux/module.h>

#include "hook.h"

/* Our module's BTF, compared only; NULL where it has none. */
static const struct btf *ovpp_hook_btf;
BTF_ID_LIST_SINGLE(ovpp_ops_id, struct, ovpp_ops)

/* Why there are no hooks; NULL if there are. Constant after init. */
static const char *ovpp_ops_why;

const char *ovpp_hook_unavailable(void)
{
	return ovpp_ops_why;
}

void __init ovpp_ops_missing(const char *why)
{
	ovpp_ops_why = why;
	pr_notice("openvpp: hooks are unavailable: %s\n", why);
}

bool ovpp_hook_owns(const struct bpf_prog *prog)
{
	return ovpp_hook_btf && prog->aux->attach_btf == ovpp_hook_btf &&
	       prog->aux->attach_btf_id == ovpp_ops_id[0];
}

static int ovpp_ops_init(struct btf *btf)
{
	ovpp_hook_btf = btf;
	return 0;
}

static bool ovpp_name_valid(const char *name)
{
	size_t len = strnlen(name, OPENVPP_NAME_MAX + 1);
	size_t i;

	if (!len || len > OPENVPP_NAME_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isgraph(name[i]) || name[i] == '/')
			return false;
	return true;
}

static int ovpp_take_name(char *to, const char *from)
{
	if (!ovpp_name_valid(from))
		return -EINVAL;
	strscpy(to, from, OPENVPP_NAME_MAX + 1);
	return 1;
}

static int ovpp_take_budgets(u32 *to, const u32 *from)
{
	unsigned int i;

	for (i = 0; i < OVPP_HOOK_POINTS; i++)
		if (from[i] > OVPP_HOOK_BUDGET_MAX_NS)
			return -ERANGE;
	memcpy(to, from, OVPP_HOOK_POINTS * sizeof(*to));
	return 1;
}

/* 1: taken care of; 0: a program. */
static int ovpp_ops_init_member(const struct btf_type *t,
				const struct btf_member *member, void *kdata,
				const void *udata)
{
	const struct ovpp_ops *from = udata;
	struct ovpp_ops *to = kdata;

	switch (__btf_member_bit_offset(t, member) / BITS_PER_BYTE) {
	case offsetof(struct ovpp_ops, site):
		return ovpp_take_name(to->site, from->site);
	case offsetof(struct ovpp_ops, name):
		return ovpp_take_name(to->name, from->name);
	case offsetof(struct ovpp_ops, priority):
		to->priority = from->priority;
		return 1;
	case offsetof(struct ovpp_ops, budget_ns):
		return ovpp_take_budgets(to->budget_ns, from->budget_ns);
	}
	return 0;
}

/*
 * No sleep, and no kfunc of the kernel itself: some of those iterate as long as
 * they are told, which would take the bound off a program's time.
 */
static int ovpp_ops_check_member(const struct btf_type *t,
				 const struct btf_member *member,
				 const struct bpf_prog *prog)
{
	u32 i;

	if (prog->sleepable)
		return -EINVAL;
	for (i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		/* Offset 0 stands for the kernel's BTF, others for modules'. */
		if (insn->code == (BPF_JMP | BPF_CALL) &&
		    insn->src_reg == BPF_PSEUDO_KFUNC_CALL && !insn->off)
			return -EACCES;
	}
	return 0;
}

static int ovpp_ops_validate(void *kdata)
{
	unsigned int point;

	for (point = 0; point < OVPP_HOOK_POINTS; point++)
		if (ovpp_ops_has(kdata, point))
			return 0;
	return -EINVAL;
}

/* Helpers that loop, call back or jump: see struct ovpp_ops. */
static const struct bpf_func_proto *
ovpp_ops_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_loop:
	case BPF_FUNC_for_each_map_elem:
	case BPF_FUNC_find_vma:
	case BPF_FUNC_user_ringbuf_drain:
	case BPF_FUNC_timer_init:
	case BPF_FUNC_timer_set_callback:
	case BPF_FUNC_timer_start:
	case BPF_FUNC_timer_cancel:
	case BPF_FUNC_tail_call:
		return NULL;
	default:
		return bpf_base_func_proto(id, prog);
	}
}

static bool ovpp_ops_is_valid_access(int off, int size,
				     enum bpf_access_type type,
				     const struct bpf_prog *prog,
				     struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops ovpp_ops_verifier = {
	.get_func_proto = ovpp_ops_func_proto,
	.is_valid_access = ovpp_ops_is_valid_access,
};

/* What the kernel looks at for the types of the members' arguments. */
static int ovpp_stub_frame_rx(struct ovpp_frame_ctx *frame)
{
	return OVPP_ACCEPT;
}

static int ovpp_stub_frame_tx(struct ovpp_frame_ctx *frame)
{
	return OVPP_ACCEPT;
}

static int ovpp_stub_sample(struct ovpp_hook_ctx *ctx,
			    const struct ovpp_record *record)
{
	return OVPP_ACCEPT;
}

static int ovpp_stub_control(struct ovpp_control_ctx *control)
{
	return 0;
}

static void ovpp_stub_event(struct ovpp_hook_ctx *ctx,
			    const struct ovpp_record *record)
{
}

static struct ovpp_ops ovpp_ops_stubs = {
	.frame_rx = ovpp_stub_frame_rx,
	.frame_tx = ovpp_stub_frame_tx,
	.sample = ovpp_stub_sample,
	.control = ovpp_stub_control,
	.event = ovpp_stub_event,
};

static int ovpp_ops_reg(void *kdata, struct bpf_link *link)
{
	return ovpp_hook_attach(kdata);
}

static void ovpp_ops_unreg(void *kdata, struct bpf_link *link)
{
	ovpp_hook_detach(kdata);
}

static int ovpp_ops_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return ovpp_hook_replace(old_kdata, kdata);
}

static struct bpf_struct_ops ovpp_ops_type = {
	.verifier_ops = &ovpp_ops_verifier,
	.init = ovpp_ops_init,
	.check_member = ovpp_ops_check_member,
	.init_member = ovpp_ops_init_member,
	.reg = ovpp_ops_reg,
	.unreg = ovpp_ops_unreg,
	.update = ovpp_ops_update,
	.validate = ovpp_ops_validate,
	.cfi_stubs = &ovpp_ops_stubs,
	.owner = THIS_MODULE,
	.name = "ovpp_ops",
};

/*
 * Registration succeeds without BTF too, and does nothing then: that init was
 * called is what tells.
 */
int __init ovpp_ops_register(void)
{
	int err;

	err = register_bpf_struct_ops(&ovpp_ops_type, ovpp_ops);
	if (!err && !ovpp_hook_btf)
		ovpp_ops_missing("the module has no BTF that fits this kernel");
	return err;
}
