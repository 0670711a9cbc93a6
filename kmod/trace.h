/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of the control loop: what came, when a tick ran, what it sent. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM openvpp

#if !defined(OVPP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define OVPP_TRACE_H

#include <linux/tracepoint.h>

#include <uapi/linux/openvpp.h>

TRACE_EVENT(ovpp_tick,
	TP_PROTO(u32 site, u64 now, u64 late_ns, bool triggered),
	TP_ARGS(site, now, late_ns, triggered),
	TP_STRUCT__entry(
		__field(u64, now)
		__field(u64, late_ns)
		__field(u32, site)
		__field(bool, triggered)
	),
	TP_fast_assign(
		__entry->now = now;
		__entry->late_ns = late_ns;
		__entry->site = site;
		__entry->triggered = triggered;
	),
	TP_printk("site=%u now=%llu late_ns=%llu triggered=%d", __entry->site,
		  __entry->now, __entry->late_ns, __entry->triggered)
);

TRACE_EVENT(ovpp_tick_end,
	TP_PROTO(u32 site, u64 now, s64 pcc_mw, s64 target_mw, s64 demand_mw),
	TP_ARGS(site, now, pcc_mw, target_mw, demand_mw),
	TP_STRUCT__entry(
		__field(u64, now)
		__field(s64, pcc_mw)
		__field(s64, target_mw)
		__field(s64, demand_mw)
		__field(u32, site)
	),
	TP_fast_assign(
		__entry->now = now;
		__entry->pcc_mw = pcc_mw;
		__entry->target_mw = target_mw;
		__entry->demand_mw = demand_mw;
		__entry->site = site;
	),
	TP_printk("site=%u now=%llu pcc_mw=%lld target_mw=%lld demand_mw=%lld",
		  __entry->site, __entry->now, __entry->pcc_mw,
		  __entry->target_mw, __entry->demand_mw)
);

TRACE_EVENT(ovpp_frame_rx,
	TP_PROTO(u32 site, u32 bus, u32 der, u32 id, u8 len),
	TP_ARGS(site, bus, der, id, len),
	TP_STRUCT__entry(
		__field(u32, site)
		__field(u32, bus)
		__field(u32, der)
		__field(u32, id)
		__field(u8, len)
	),
	TP_fast_assign(
		__entry->site = site;
		__entry->bus = bus;
		__entry->der = der;
		__entry->id = id;
		__entry->len = len;
	),
	TP_printk("site=%u bus=%u der=%u id=%#x len=%u", __entry->site,
		  __entry->bus, __entry->der, __entry->id, __entry->len)
);

TRACE_EVENT(ovpp_frame_tx,
	TP_PROTO(u32 site, u32 bus, u32 der, u32 id, u8 len, int result),
	TP_ARGS(site, bus, der, id, len, result),
	TP_STRUCT__entry(
		__field(u32, site)
		__field(u32, bus)
		__field(u32, der)
		__field(u32, id)
		__field(int, result)
		__field(u8, len)
	),
	TP_fast_assign(
		__entry->site = site;
		__entry->bus = bus;
		__entry->der = der;
		__entry->id = id;
		__entry->result = result;
		__entry->len = len;
	),
	TP_printk("site=%u bus=%u der=%u id=%#x len=%u result=%d",
		  __entry->site, __entry->bus, __entry->der, __entry->id,
		  __entry->len, __entry->result)
);

TRACE_EVENT(ovpp_event,
	TP_PROTO(u32 site, u32 code, u32 bus, u32 der, s64 arg),
	TP_ARGS(site, code, bus, der, arg),
	TP_STRUCT__entry(
		__field(s64, arg)
		__field(u32, site)
		__field(u32, code)
		__field(u32, bus)
		__field(u32, der)
	),
	TP_fast_assign(
		__entry->arg = arg;
		__entry->site = site;
		__entry->code = code;
		__entry->bus = bus;
		__entry->der = der;
	),
	TP_printk("site=%u code=%u bus=%u der=%u arg=%lld", __entry->site,
		  __entry->code, __entry->bus, __entry->der, __entry->arg)
);

#endif /* OVPP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
