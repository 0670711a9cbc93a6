// SPDX-License-Identifier: GPL-2.0-only
/*
 * deadband: records only what has changed.
 *
 * A sample of a DER is kept if its P moved by more than deadband_mw or its state of
 * charge by more than soc_ppm since the last one that was kept, or if that one is
 * max_ms old. It is never kept within min_ms of the last one. One in which state,
 * alarm, warning, supervision or a quality differs is always kept.
 *
 * Maps:
 *	config	one entry, for all DER: deadband_mw, soc_ppm, min_ms, max_ms
 *	ders	by DER: the same; a member that is 0 is that of config
 *
 * Units: mW, ppm, ms. max_ms 0: no dead band. min_ms 0: no least distance. Nothing
 * set: every sample is kept.
 *
 *	ovpp hook load deadband --pin --set config.deadband_mw=50000 \
 *		--set config.soc_ppm=5000 --set config.max_ms=60000 \
 *		--set ders.bat0.deadband_mw=10000
 *
 * Limits: other values (voltage, current, temperature, energy) are those of the
 * moment when a sample was kept for another reason. 1,024 DER; samples of further
 * ones are all kept. Records of the site, events and results of dispatches are
 * kept. A value near the edge of validity, whose quality flickers, is kept each
 * time.
 */
#include <linux/bpf.h>
#include "openvpp.bpf.h"
#include "deadband.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct deadband);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, ovpp_der_id);
	__type(value, struct deadband);
} ders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, ovpp_der_id);
	__type(value, struct deadband_last);
} last_state SEC(".maps");

static __always_inline void limits_of(__u32 der, struct deadband *limits)
{
	const struct deadband *site, *own;
	__u32 zero = 0;

	site = bpf_map_lookup_elem(&config, &zero);
	if (site)
		*limits = *site;
	own = bpf_map_lookup_elem(&ders, &der);
	if (!own)
		return;
	if (own->deadband_mw)
		limits->deadband_mw = own->deadband_mw;
	if (own->soc_ppm)
		limits->soc_ppm = own->soc_ppm;
	if (own->min_ms)
		limits->min_ms = own->min_ms;
	if (own->max_ms)
		limits->max_ms = own->max_ms;
}

SEC("struct_ops/sample")
int BPF_PROG(deadband_sample, struct ovpp_hook_ctx *hook, const struct ovpp_record *record)
{
	struct deadband_last now = {}, *last;
	struct deadband limits = {};
	__u32 der = record->der;

	if (record->type != OVPP_RECORD_SAMPLE)
		return OVPP_ACCEPT;

	now.kept_ns = hook->now_ns;
	now.p_mw = record->sample.p_mw;
	now.soc_ppm = record->sample.soc_ppm;
	now.state = record->sample.state;
	now.alarm = record->sample.alarm;
	now.warning = record->sample.warning;
	now.quality = record->sample.quality;
	now.supervision = record->sample.supervision;

	last = bpf_map_lookup_elem(&last_state, &der);
	if (last) {
		limits_of(der, &limits);
		if (!deadband_keep(&limits, last, &now))
			return OVPP_DROP;
		*last = now;
	} else {
		bpf_map_update_elem(&last_state, &der, &now, BPF_ANY);
	}
	return OVPP_ACCEPT;
}

OVPP_HOOK(deadband) = {
	.sample = (void *)deadband_sample,
};
