/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * OpenVPP: records, the mapped ring and the io_uring commands of /dev/ovppN.
 *
 * Names of points, states and events are in openvpp_netlink.h, which is
 * generated from docs/netlink/specs/openvpp.yaml. Units are SI milli-units,
 * P > 0 flows from a DER into the site, at the PCC P > 0 is export.
 */
#ifndef _UAPI_LINUX_OPENVPP_H
#define _UAPI_LINUX_OPENVPP_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/openvpp_netlink.h>

/**
 * enum ovpp_record_type - what a record holds
 * @OVPP_RECORD_SAMPLE: measurements of a DER, struct ovpp_sample
 * @OVPP_RECORD_SITE: control state of the site, struct ovpp_site_sample
 * @OVPP_RECORD_EVENT: an event, struct ovpp_event
 * @OVPP_RECORD_DISPATCH: a dispatch ended, struct ovpp_dispatch_result
 */
enum ovpp_record_type {
	OVPP_RECORD_SAMPLE = 1,
	OVPP_RECORD_SITE = 2,
	OVPP_RECORD_EVENT = 3,
	OVPP_RECORD_DISPATCH = 4,
};

/**
 * struct ovpp_sample - newest measurements of a DER at the record's time
 * @p_mw: active power
 * @q_mvar: reactive power
 * @e_import_mwh: energy taken from the site, cumulative
 * @e_export_mwh: energy given to the site, cumulative
 * @p_set_mw: command in force; 0 for a DER that takes none
 * @v_mv: voltage
 * @i_ma: current
 * @f_mhz: frequency
 * @temp_mc: temperature, m°C
 * @soc_ppm: state of charge
 * @soh_ppm: state of health
 * @state: enum ovpp_der_state as the device says
 * @alarm: alarm bits
 * @warning: warning bits
 * @age_ms: age of the oldest value that is good or stale
 * @quality: two bits a value, enum ovpp_quality, in the order p, q, e_import,
 *	e_export, v, i, f, temp, soc, soh, state, alarm, warning from bit 0 on.
 *	A value whose quality is never or invalid is 0 and not known.
 * @supervision: enum ovpp_supervision
 * @flags: OVPP_SAMPLE_*
 */
struct ovpp_sample {
	__s64 p_mw;
	__s64 q_mvar;
	__u64 e_import_mwh;
	__u64 e_export_mwh;
	__s64 p_set_mw;
	__s32 v_mv;
	__s32 i_ma;
	__s32 f_mhz;
	__s32 temp_mc;
	__u32 soc_ppm;
	__u32 soh_ppm;
	__u32 state;
	__u32 alarm;
	__u32 warning;
	__u32 age_ms;
	__u32 quality;
	__u16 supervision;
	__u16 flags;
};

/* The energy registers were integrated by the module from P. */
#define OVPP_SAMPLE_E_INTEGRATED 0x1
/* The DER takes a command; p_set_mw is meaningful. */
#define OVPP_SAMPLE_CONTROLLED 0x2
/* The DER is the PCC meter. */
#define OVPP_SAMPLE_PCC 0x4
/* The envelope held the command back. */
#define OVPP_SAMPLE_CLAMPED 0x8

/**
 * struct ovpp_site_sample - control state of a site
 * @pcc_mw: newest PCC power; meaningful by @pcc_quality
 * @target_mw: PCC target in force, droop included; meaningful by @flags
 * @demand_mw: sum asked of the controllable DER
 * @load_mw: estimate of what flows to everything else
 * @ticks: ticks so far
 * @missed: deadlines missed so far
 * @wake_max_ns: greatest wake latency since the last site record
 * @tick_max_ns: longest tick since the last site record
 * @f_mhz: frequency at the PCC; 0: not known
 * @state: enum ovpp_site_state
 * @cause: enum ovpp_cause
 * @pcc_quality: enum ovpp_quality
 * @flags: OVPP_SITE_*
 * @pad: 0
 * @lease_left_ms: until the state ends by itself; 0xffffffff: it does not
 * @reserved: 0
 */
struct ovpp_site_sample {
	__s64 pcc_mw;
	__s64 target_mw;
	__s64 demand_mw;
	__s64 load_mw;
	__u64 ticks;
	__u64 missed;
	__u32 wake_max_ns;
	__u32 tick_max_ns;
	__s32 f_mhz;
	__u8 state;
	__u8 cause;
	__u8 pcc_quality;
	__u8 flags;
	__u32 lease_left_ms;
	__u32 pad;
	__u64 reserved[2];
};

/* A PCC target is in force. */
#define OVPP_SITE_TARGET 0x1

/**
 * struct ovpp_event - something happened
 * @arg: see enum ovpp_event_code
 * @code: enum ovpp_event_code
 * @bus: bus id or 0
 * @reserved: 0
 */
struct ovpp_event {
	__s64 arg;
	__u32 code;
	__u32 bus;
	__u64 reserved[9];
};

/**
 * struct ovpp_dispatch_result - a dispatch ended
 * @e_asked_mwh: energy asked for
 * @e_delivered_mwh: energy measured while it ran
 * @error_mean_mw: mean of |actual - asked|
 * @unknown_ms: time in which the actual value was not known
 * @start_ns: start of its first block, CLOCK_MONOTONIC
 * @end_ns: end of its last block
 * @id: dispatch id
 * @state: enum ovpp_dispatch_state
 * @reserved: 0
 */
struct ovpp_dispatch_result {
	__s64 e_asked_mwh;
	__s64 e_delivered_mwh;
	__u64 error_mean_mw;
	__u64 unknown_ms;
	__u64 start_ns;
	__u64 end_ns;
	__u32 id;
	__u32 state;
	__u64 reserved[4];
};

/**
 * struct ovpp_record - what the ring holds, 128 bytes
 * @seq: number of the record, from 0; while it is being written
 *	OVPP_RECORD_BUSY
 * @mono_ns: CLOCK_MONOTONIC when it was taken
 * @real_ns: CLOCK_REALTIME at that moment
 * @type: enum ovpp_record_type
 * @pad: 0
 * @site: site id
 * @der: DER id, 0 if it is not about one
 * @pad2: 0
 * @sample: OVPP_RECORD_SAMPLE
 * @site_sample: OVPP_RECORD_SITE
 * @event: OVPP_RECORD_EVENT
 * @dispatch: OVPP_RECORD_DISPATCH
 */
struct ovpp_record {
	__u64 seq;
	__u64 mono_ns;
	__u64 real_ns;
	__u16 type;
	__u16 pad;
	__u32 site;
	__u32 der;
	__u32 pad2;
	union {
		struct ovpp_sample sample;
		struct ovpp_site_sample site_sample;
		struct ovpp_event event;
		struct ovpp_dispatch_result dispatch;
	};
};

#define OVPP_RECORD_BUSY (~(__u64)0)

/**
 * struct ovpp_ring_header - first page of the mapping, read-only
 * @magic: OVPP_RING_MAGIC
 * @version: OVPP_RING_VERSION
 * @header_size: offset of the first record, a multiple of the page size
 * @record_size: sizeof(struct ovpp_record)
 * @records: number of records, a power of two
 * @site: site id
 * @reserved: 0
 * @head: number of records ever written; record n is at n % records
 *
 * Map header_size + records * record_size bytes at offset 0 with PROT_READ and
 * MAP_SHARED; the size is also found by lseek(fd, 0, SEEK_END). To read record
 * n < head: load head (acquire); if n + records < head, the records below
 * head - records are lost; copy the record; it is valid if its seq was n before
 * (acquire) and is n after the copy (read barrier before the second load). If it
 * is not, it has just been lost too.
 */
struct ovpp_ring_header {
	__u32 magic;
	__u32 version;
	__u32 header_size;
	__u32 record_size;
	__u32 records;
	__u32 site;
	__u64 reserved[5];
	__u64 head;
};

#define OVPP_RING_MAGIC 0x7070766f /* "ovpp", little-endian */
#define OVPP_RING_VERSION 1

/*
 * io_uring commands of /dev/ovppN: IORING_OP_URING_CMD with one of these as
 * cmd_op and the struct beside it in the 16 bytes of sqe->cmd. SQE128 rings
 * may use them too. sqe->addr and sqe->len are 0.
 *
 * -EINVAL: a field that must be 0 is not, or one is out of range; -ENOTTY: no
 * such command; -EBADF: it needs a file opened for writing.
 *
 * A pending command is canceled (-ECANCELED, a dispatch is withdrawn) when the
 * io_uring is closed, or its task calls execve(). IORING_OP_ASYNC_CANCEL does not
 * reach commands of drivers.
 */

/**
 * struct ovpp_uring_wait - OVPP_URING_WAIT: wait for records
 * @cursor: number of the next record to read
 * @count: complete when this many from @cursor on are there, >= 1
 * @timeout_ms: complete with what is there after so long; 0: no timeout
 *
 * Completes with the number of records from @cursor on (at most INT_MAX), which
 * may exceed the size of the ring when the reader was lapped; with -ENODEV when
 * the site is gone and no record is left from @cursor on.
 */
struct ovpp_uring_wait {
	__u64 cursor;
	__u32 count;
	__u32 timeout_ms;
};

/**
 * struct ovpp_uring_dispatch - OVPP_URING_DISPATCH: run a schedule
 * @blocks: address of an array of struct ovpp_uring_block, which must stay until
 *	the command completes
 * @count: its length, 1 to OPENVPP_BLOCK_MAX
 * @flags: 0
 *
 * Needs a file opened for writing. Completes when the dispatch has ended: 0 all
 * blocks have run; -ESTALE superseded; -ECANCELED withdrawn; -ETIMEDOUT the
 * site's lease ended; -ENODEV the site is gone; or, at once, with why it was not
 * taken, -EAGAIN if no heartbeat is alive. The second result (CQE32) is the energy
 * delivered, mWh.
 */
struct ovpp_uring_dispatch {
	__u64 blocks;
	__u32 count;
	__u32 flags;
};

/**
 * struct ovpp_uring_block - one setpoint of a dispatch
 * @start_ns: CLOCK_MONOTONIC; 0: now, or when the block before it ends
 * @p_mw: PCC target or the DER's power
 * @duration_ms: 1 to 604,800,000
 * @der: DER id; 0: PCC target. The same in all blocks of a dispatch.
 */
struct ovpp_uring_block {
	__u64 start_ns;
	__s64 p_mw;
	__u32 duration_ms;
	__u32 der;
};

/**
 * struct ovpp_uring_heartbeat - OVPP_URING_HEARTBEAT: renew the lease
 * @flags: 0
 *
 * Needs a file opened for writing. The first file to send one owns the site's
 * heartbeat until it is closed; from another one it is refused with -EBUSY.
 * Completes at once with the site's state, enum ovpp_site_state.
 */
struct ovpp_uring_heartbeat {
	__u64 flags[2];
};

/**
 * struct ovpp_uring_modbus - OVPP_URING_MODBUS: one request on a serial line
 * @pdu: address of OVPP_MODBUS_PDU_MAX bytes: function code and data of the request;
 *	those of the answer when it completes
 * @bus: bus id
 * @timeout_ms: give up when it has not been put on the line after so long; 0:
 *	5,000
 * @unit: 1 to 247
 * @len: bytes of the request
 *
 * Needs a file opened for writing. The site's own requests go first: this one is
 * put on the line when it would not make one of them late, or has waited long.
 *
 * Completes with the length of the answer, which may be an exception (bit 7 of the
 * function code set, and the code). -ETIMEDOUT: no answer, or never on the line;
 * -EBADMSG: answered, but garbled; -EPERM: writes are not allowed on this bus;
 * -EACCES: a register that carries commands of a DER; -EOPNOTSUPP: a function
 * other than 1-6, 15, 16, 22, 23; -EINVAL: not a request of its function; -EBUSY:
 * OVPP_MODBUS_QUEUE_MAX are waiting; -ENODEV: no such bus, no serial line, or its
 * tty is gone.
 */
struct ovpp_uring_modbus {
	__u64 pdu;
	__u32 bus;
	__u16 timeout_ms;
	__u8 unit;
	__u8 len;
};

/* Greatest function code with data, Modbus Application Protocol 1.1b3, 4.1. */
#define OVPP_MODBUS_PDU_MAX 253
#define OVPP_MODBUS_QUEUE_MAX 16

#define OVPP_URING_WAIT _IOR('o', 0x40, struct ovpp_uring_wait)
#define OVPP_URING_DISPATCH _IOW('o', 0x41, struct ovpp_uring_dispatch)
#define OVPP_URING_HEARTBEAT _IOW('o', 0x42, struct ovpp_uring_heartbeat)
#define OVPP_URING_MODBUS _IOWR('o', 0x43, struct ovpp_uring_modbus)

#endif /* _UAPI_LINUX_OPENVPP_H */
