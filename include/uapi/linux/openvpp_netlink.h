/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	docs/netlink/specs/openvpp.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_OPENVPP_NETLINK_H
#define _UAPI_LINUX_OPENVPP_NETLINK_H

#define OVPP_FAMILY_NAME	"openvpp"
#define OVPP_FAMILY_VERSION	1

#define OPENVPP_NAME_MAX	31
#define OPENVPP_MESSAGE_MAX	32
#define OPENVPP_PATH_MAX	127
#define OPENVPP_SIGNAL_MAX	128
#define OPENVPP_MAP_MAX		128
#define OPENVPP_BLOCK_MAX	288

/**
 * enum ovpp_point - Standard quantities of a DER.
 * @OVPP_POINT_P: Active power, mW. > 0 flows into the site.
 * @OVPP_POINT_Q: Reactive power, mvar.
 * @OVPP_POINT_V: Voltage, mV.
 * @OVPP_POINT_I: Current, mA, signed as P.
 * @OVPP_POINT_F: Frequency, mHz.
 * @OVPP_POINT_E_IMPORT: Energy taken from the site, mWh, cumulative.
 * @OVPP_POINT_E_EXPORT: Energy given to the site, mWh, cumulative.
 * @OVPP_POINT_SOC: State of charge, ppm.
 * @OVPP_POINT_SOH: State of health, ppm.
 * @OVPP_POINT_TEMP: Temperature, m°C.
 * @OVPP_POINT_STATE: What the device says it does, enum der-state.
 * @OVPP_POINT_ALARM: Bits of active protections; not zero: the device must be
 *   at its safe value.
 * @OVPP_POINT_WARNING: Bits of active warnings.
 * @OVPP_POINT_P_MAX: Greatest active power that the device offers now, mW.
 * @OVPP_POINT_P_MIN: Least active power that the device offers now, mW.
 * @OVPP_POINT_I_CHARGE_MAX: Greatest charging current that the device allows
 *   now, mA, >= 0.
 * @OVPP_POINT_I_DISCHARGE_MAX: Greatest discharging current that the device
 *   allows now, mA, >= 0.
 * @OVPP_POINT_V_CHARGE_MAX: Voltage to charge up to, mV.
 * @OVPP_POINT_V_DISCHARGE_MIN: Voltage to discharge down to, mV.
 * @OVPP_POINT_CHARGE_OK: 0: the device forbids charging.
 * @OVPP_POINT_DISCHARGE_OK: 0: the device forbids discharging.
 * @OVPP_POINT_P_SET: Command: active power, mW.
 * @OVPP_POINT_P_LIMIT: Command: greatest generation, mW, >= 0.
 * @OVPP_POINT_Q_SET: Command: reactive power, mvar.
 * @OVPP_POINT_CONNECT: Command: 1 run, 0 stand still.
 * @OVPP_POINT_HEARTBEAT: Command: counts up with every frame sent.
 */
enum ovpp_point {
	OVPP_POINT_P,
	OVPP_POINT_Q,
	OVPP_POINT_V,
	OVPP_POINT_I,
	OVPP_POINT_F,
	OVPP_POINT_E_IMPORT,
	OVPP_POINT_E_EXPORT,
	OVPP_POINT_SOC,
	OVPP_POINT_SOH,
	OVPP_POINT_TEMP,
	OVPP_POINT_STATE,
	OVPP_POINT_ALARM,
	OVPP_POINT_WARNING,
	OVPP_POINT_P_MAX,
	OVPP_POINT_P_MIN,
	OVPP_POINT_I_CHARGE_MAX,
	OVPP_POINT_I_DISCHARGE_MAX,
	OVPP_POINT_V_CHARGE_MAX,
	OVPP_POINT_V_DISCHARGE_MIN,
	OVPP_POINT_CHARGE_OK,
	OVPP_POINT_DISCHARGE_OK,
	OVPP_POINT_P_SET,
	OVPP_POINT_P_LIMIT,
	OVPP_POINT_Q_SET,
	OVPP_POINT_CONNECT,
	OVPP_POINT_HEARTBEAT,

	/* private: */
	__OVPP_POINT_MAX,
	OVPP_POINT_MAX = (__OVPP_POINT_MAX - 1)
};

/**
 * enum ovpp_quality - How far a value may be trusted.
 * @OVPP_QUALITY_NEVER: No value has come yet.
 * @OVPP_QUALITY_GOOD: In range and younger than its timeout.
 * @OVPP_QUALITY_STALE: Older than its timeout.
 * @OVPP_QUALITY_INVALID: The device said that it does not know, or the value
 *   was out of range.
 */
enum ovpp_quality {
	OVPP_QUALITY_NEVER,
	OVPP_QUALITY_GOOD,
	OVPP_QUALITY_STALE,
	OVPP_QUALITY_INVALID,
};

/**
 * enum ovpp_kind - What a DER is.
 * @OVPP_KIND_OTHER: Anything else.
 * @OVPP_KIND_METER: Meter; the one marked as PCC closes the loop.
 * @OVPP_KIND_PV: Photovoltaic inverter.
 * @OVPP_KIND_WIND: Wind turbine.
 * @OVPP_KIND_BATTERY: Stationary battery.
 * @OVPP_KIND_EV: Electric vehicle on its charger.
 * @OVPP_KIND_GENERATOR: Generator set.
 * @OVPP_KIND_LOAD: Load.
 */
enum ovpp_kind {
	OVPP_KIND_OTHER,
	OVPP_KIND_METER,
	OVPP_KIND_PV,
	OVPP_KIND_WIND,
	OVPP_KIND_BATTERY,
	OVPP_KIND_EV,
	OVPP_KIND_GENERATOR,
	OVPP_KIND_LOAD,

	/* private: */
	__OVPP_KIND_MAX,
	OVPP_KIND_MAX = (__OVPP_KIND_MAX - 1)
};

/**
 * enum ovpp_der_state - What a device says that it does, value of the point
 *   state.
 * @OVPP_DER_STATE_UNKNOWN: Not known.
 * @OVPP_DER_STATE_OFF: Off or disconnected.
 * @OVPP_DER_STATE_STANDBY: Ready, not running.
 * @OVPP_DER_STATE_STARTING: On its way to running.
 * @OVPP_DER_STATE_RUNNING: Running.
 * @OVPP_DER_STATE_LIMITED: Running at a limit of its own.
 * @OVPP_DER_STATE_STOPPING: On its way to a stop.
 * @OVPP_DER_STATE_FAULT: In fault.
 */
enum ovpp_der_state {
	OVPP_DER_STATE_UNKNOWN,
	OVPP_DER_STATE_OFF,
	OVPP_DER_STATE_STANDBY,
	OVPP_DER_STATE_STARTING,
	OVPP_DER_STATE_RUNNING,
	OVPP_DER_STATE_LIMITED,
	OVPP_DER_STATE_STOPPING,
	OVPP_DER_STATE_FAULT,

	/* private: */
	__OVPP_DER_STATE_MAX,
	OVPP_DER_STATE_MAX = (__OVPP_DER_STATE_MAX - 1)
};

/**
 * enum ovpp_supervision - What the supervisor thinks of a DER.
 * @OVPP_SUPERVISION_WAITING: Has not yet sent everything that it must.
 * @OVPP_SUPERVISION_ONLINE: Sends all it must in time.
 * @OVPP_SUPERVISION_SILENT: In quarantine: a required message is late. Held at
 *   its safe value.
 * @OVPP_SUPERVISION_ALARMED: Reports an alarm or a fault. Held at its safe
 *   value.
 * @OVPP_SUPERVISION_DISABLED: Switched off by policy. Held at its safe value.
 * @OVPP_SUPERVISION_UNREACHABLE: Its bus is down or absent.
 * @OVPP_SUPERVISION_REFLEX: A hook sent it to its safe value, where it is
 *   held.
 */
enum ovpp_supervision {
	OVPP_SUPERVISION_WAITING,
	OVPP_SUPERVISION_ONLINE,
	OVPP_SUPERVISION_SILENT,
	OVPP_SUPERVISION_ALARMED,
	OVPP_SUPERVISION_DISABLED,
	OVPP_SUPERVISION_UNREACHABLE,
	OVPP_SUPERVISION_REFLEX,
};

/**
 * enum ovpp_site_state - The state of a site's lease, see kmod/core/lease.h
 *   for the diagram.
 * @OVPP_SITE_START: Created; every DER at its safe value until told otherwise.
 * @OVPP_SITE_AUTONOMOUS: Local rules: the fall-back target.
 * @OVPP_SITE_FOLLOWING: A setpoint from outside is in force.
 * @OVPP_SITE_FAIL_SAFE: The lease has ended; every DER at its safe value.
 * @OVPP_SITE_FAULT: Control is impossible; every DER at its safe value.
 */
enum ovpp_site_state {
	OVPP_SITE_START,
	OVPP_SITE_AUTONOMOUS,
	OVPP_SITE_FOLLOWING,
	OVPP_SITE_FAIL_SAFE,
	OVPP_SITE_FAULT,

	/* private: */
	__OVPP_SITE_MAX,
	OVPP_SITE_MAX = (__OVPP_SITE_MAX - 1)
};

/**
 * enum ovpp_cause - Why a site is in its state.
 * @OVPP_CAUSE_NONE: Nothing to explain.
 * @OVPP_CAUSE_CREATED: The site is new.
 * @OVPP_CAUSE_SETPOINT: A setpoint came.
 * @OVPP_CAUSE_SETPOINT_EXPIRED: The setpoint's time to live ended.
 * @OVPP_CAUSE_HEARTBEAT_LOST: No heartbeat within its timeout.
 * @OVPP_CAUSE_LEASE_EXPIRED: The time allowed without a heartbeat ended.
 * @OVPP_CAUSE_GRACE: Heartbeats came, but no setpoint within the grace time.
 * @OVPP_CAUSE_PCC_LOST: The PCC meter is absent, stale or invalid.
 * @OVPP_CAUSE_RECOVERED: What made control impossible has gone.
 */
enum ovpp_cause {
	OVPP_CAUSE_NONE,
	OVPP_CAUSE_CREATED,
	OVPP_CAUSE_SETPOINT,
	OVPP_CAUSE_SETPOINT_EXPIRED,
	OVPP_CAUSE_HEARTBEAT_LOST,
	OVPP_CAUSE_LEASE_EXPIRED,
	OVPP_CAUSE_GRACE,
	OVPP_CAUSE_PCC_LOST,
	OVPP_CAUSE_RECOVERED,

	/* private: */
	__OVPP_CAUSE_MAX,
	OVPP_CAUSE_MAX = (__OVPP_CAUSE_MAX - 1)
};

/**
 * enum ovpp_bus_type
 * @OVPP_BUS_CAN: A SocketCAN net device.
 * @OVPP_BUS_MODBUS: A serial line with Modbus RTU devices; the gateway is its
 *   master.
 */
enum ovpp_bus_type {
	OVPP_BUS_CAN,
	OVPP_BUS_MODBUS,

	/* private: */
	__OVPP_BUS_MAX,
	OVPP_BUS_MAX = (__OVPP_BUS_MAX - 1)
};

/**
 * enum ovpp_bus_state
 * @OVPP_BUS_STATE_ABSENT: The device is gone. A net device is taken back when
 *   it returns under its name; a tty when it is given again.
 * @OVPP_BUS_STATE_DOWN: The net device is down.
 * @OVPP_BUS_STATE_UP: Frames can pass.
 * @OVPP_BUS_STATE_BUS_OFF: The controller has left the bus; a restart is
 *   pending.
 */
enum ovpp_bus_state {
	OVPP_BUS_STATE_ABSENT,
	OVPP_BUS_STATE_DOWN,
	OVPP_BUS_STATE_UP,
	OVPP_BUS_STATE_BUS_OFF,
};

/**
 * enum ovpp_parity - Parity bit of a serial line.
 * @OVPP_PARITY_NONE: There is none.
 * @OVPP_PARITY_EVEN: Makes the number of ones even.
 * @OVPP_PARITY_ODD: Makes it odd.
 */
enum ovpp_parity {
	OVPP_PARITY_NONE,
	OVPP_PARITY_EVEN,
	OVPP_PARITY_ODD,
};

/**
 * enum ovpp_message_flags - What a message of a profile is.
 * @OVPP_MESSAGE_TX: Sent by the gateway; otherwise received.
 * @OVPP_MESSAGE_EXT: 29-bit identifier.
 * @OVPP_MESSAGE_FD: CAN FD frame, up to 64 bytes.
 * @OVPP_MESSAGE_BRS: CAN FD with bit rate switch (tx only).
 * @OVPP_MESSAGE_PGN: J1939: id holds priority and PGN; node is the source
 *   address (rx) and the priority is not compared.
 * @OVPP_MESSAGE_TRIGGER: Runs the tick at once when it arrives (rx).
 * @OVPP_MESSAGE_OPTIONAL: Its absence is no silence (rx).
 */
enum ovpp_message_flags {
	OVPP_MESSAGE_TX = 1,
	OVPP_MESSAGE_EXT = 2,
	OVPP_MESSAGE_FD = 4,
	OVPP_MESSAGE_BRS = 8,
	OVPP_MESSAGE_PGN = 16,
	OVPP_MESSAGE_TRIGGER = 32,
	OVPP_MESSAGE_OPTIONAL = 64,
};

/**
 * enum ovpp_signal_flags - How the bits of a signal are read.
 * @OVPP_SIGNAL_BIG_ENDIAN: Motorola byte order; start is the most significant
 *   bit as in DBC files.
 * @OVPP_SIGNAL_SIGNED: Two's complement.
 * @OVPP_SIGNAL_FLOAT: IEEE 754, 32 bits; converted without floating point.
 * @OVPP_SIGNAL_MUX: The multiplexer of its message; has no point.
 * @OVPP_SIGNAL_MUXED: Present only when the multiplexer has the value
 *   mux-value.
 * @OVPP_SIGNAL_PAIRS: Two-bit status pairs; a pair is active at 01b. Bit n of
 *   the result is pair n.
 * @OVPP_SIGNAL_BITS: Sets its own bits of the point and leaves those of other
 *   messages; signals of one message add theirs (or).
 * @OVPP_SIGNAL_MAP: The raw value is looked up in the signal's map.
 * @OVPP_SIGNAL_SWAPPED: Modbus: of its 16-bit registers the least significant
 *   one comes first.
 * @OVPP_SIGNAL_SCALED: Modbus: multiplied by ten to the power of the register
 *   at scale-start, of the same message; -32768 there: not known.
 * @OVPP_SIGNAL_CONST: Modbus, sent messages: has no point and always sends
 *   mux-value.
 */
enum ovpp_signal_flags {
	OVPP_SIGNAL_BIG_ENDIAN = 1,
	OVPP_SIGNAL_SIGNED = 2,
	OVPP_SIGNAL_FLOAT = 4,
	OVPP_SIGNAL_MUX = 8,
	OVPP_SIGNAL_MUXED = 16,
	OVPP_SIGNAL_PAIRS = 32,
	OVPP_SIGNAL_BITS = 64,
	OVPP_SIGNAL_MAP = 128,
	OVPP_SIGNAL_SWAPPED = 256,
	OVPP_SIGNAL_SCALED = 512,
	OVPP_SIGNAL_CONST = 1024,
};

/**
 * enum ovpp_dispatch_state
 * @OVPP_DISPATCH_PENDING: Its first block has not begun.
 * @OVPP_DISPATCH_RUNNING: A block is in force, or the next one is to come.
 * @OVPP_DISPATCH_DONE: All its blocks have run.
 * @OVPP_DISPATCH_SUPERSEDED: A newer dispatch took its place.
 * @OVPP_DISPATCH_CANCELLED: Withdrawn.
 * @OVPP_DISPATCH_DROPPED: The site's lease ended under it.
 */
enum ovpp_dispatch_state {
	OVPP_DISPATCH_PENDING,
	OVPP_DISPATCH_RUNNING,
	OVPP_DISPATCH_DONE,
	OVPP_DISPATCH_SUPERSEDED,
	OVPP_DISPATCH_CANCELLED,
	OVPP_DISPATCH_DROPPED,
};

/**
 * enum ovpp_event_code - What happened. The words after each say what arg
 *   holds.
 * @OVPP_EVENT_SITE_ADDED: 0
 * @OVPP_EVENT_SITE_REMOVED: 0
 * @OVPP_EVENT_SITE_STATE: New state, enum site-state, in bits 0-7; cause, enum
 *   cause, in bits 8-15.
 * @OVPP_EVENT_BUS_ADDED: 0
 * @OVPP_EVENT_BUS_REMOVED: 0
 * @OVPP_EVENT_BUS_STATE: New state, enum bus-state.
 * @OVPP_EVENT_BUS_RENAMED: New interface index.
 * @OVPP_EVENT_DER_ADDED: 0
 * @OVPP_EVENT_DER_REMOVED: 0
 * @OVPP_EVENT_DER_SUPERVISION: New value, enum supervision.
 * @OVPP_EVENT_DER_ALARM: Alarm bits.
 * @OVPP_EVENT_FRAME_MALFORMED: CAN identifier. Reported at most once a second
 *   a DER; every one is counted.
 * @OVPP_EVENT_DEADLINE_MISSED: By how many ns. Reported at most once a second;
 *   every one is counted.
 * @OVPP_EVENT_ENVELOPE_CHANGED: DER id or 0 for the site's.
 * @OVPP_EVENT_ENVELOPE_LOCKED: 0
 * @OVPP_EVENT_ENVELOPE_HELD: Site limit could not be met by any allocation:
 *   remaining excess, mW.
 * @OVPP_EVENT_POLICY_CHANGED: DER id or 0 for the site's.
 * @OVPP_EVENT_DISPATCH_STATE: New state, enum dispatch-state, in bits 0-7;
 *   dispatch id above.
 * @OVPP_EVENT_OWNER_CHANGED: 1 a heartbeat owner appeared, 0 it went.
 * @OVPP_EVENT_HOOK_ATTACHED: Hook id.
 * @OVPP_EVENT_HOOK_DETACHED: Hook id.
 * @OVPP_EVENT_HOOK_REPLACED: Hook id.
 * @OVPP_EVENT_HOOK_EJECTED: Hook id in bits 0-31; why, enum hook-cause, in
 *   bits 32-39; where, enum hook-point, in bits 40-47.
 * @OVPP_EVENT_HOOK_EVENT: What a hook's program says.
 * @OVPP_EVENT_DER_REFLEX: A hook sent the DER to its safe value; for how many
 *   ms it is held there. Reported when it begins.
 * @OVPP_EVENT_MODBUS_EXCEPTION: The DER refused a request: its message's
 *   identifier in bits 0-31, the exception code in bits 32-39. Reported at
 *   most once a second a DER; every one is counted.
 */
enum ovpp_event_code {
	OVPP_EVENT_SITE_ADDED,
	OVPP_EVENT_SITE_REMOVED,
	OVPP_EVENT_SITE_STATE,
	OVPP_EVENT_BUS_ADDED,
	OVPP_EVENT_BUS_REMOVED,
	OVPP_EVENT_BUS_STATE,
	OVPP_EVENT_BUS_RENAMED,
	OVPP_EVENT_DER_ADDED,
	OVPP_EVENT_DER_REMOVED,
	OVPP_EVENT_DER_SUPERVISION,
	OVPP_EVENT_DER_ALARM,
	OVPP_EVENT_FRAME_MALFORMED,
	OVPP_EVENT_DEADLINE_MISSED,
	OVPP_EVENT_ENVELOPE_CHANGED,
	OVPP_EVENT_ENVELOPE_LOCKED,
	OVPP_EVENT_ENVELOPE_HELD,
	OVPP_EVENT_POLICY_CHANGED,
	OVPP_EVENT_DISPATCH_STATE,
	OVPP_EVENT_OWNER_CHANGED,
	OVPP_EVENT_HOOK_ATTACHED,
	OVPP_EVENT_HOOK_DETACHED,
	OVPP_EVENT_HOOK_REPLACED,
	OVPP_EVENT_HOOK_EJECTED,
	OVPP_EVENT_HOOK_EVENT,
	OVPP_EVENT_DER_REFLEX,
	OVPP_EVENT_MODBUS_EXCEPTION,

	/* private: */
	__OVPP_EVENT_MAX,
	OVPP_EVENT_MAX = (__OVPP_EVENT_MAX - 1)
};

/**
 * enum ovpp_hook_point - Where a hook's programs are called.
 * @OVPP_HOOK_FRAME_RX: A frame has arrived.
 * @OVPP_HOOK_FRAME_TX: A frame is about to be sent.
 * @OVPP_HOOK_SAMPLE: A sample record is about to be written.
 * @OVPP_HOOK_CONTROL: The control law has spoken, the envelope has not.
 * @OVPP_HOOK_EVENT: An event has been recorded.
 */
enum ovpp_hook_point {
	OVPP_HOOK_FRAME_RX,
	OVPP_HOOK_FRAME_TX,
	OVPP_HOOK_SAMPLE,
	OVPP_HOOK_CONTROL,
	OVPP_HOOK_EVENT,

	/* private: */
	__OVPP_HOOK_MAX,
	OVPP_HOOK_MAX = (__OVPP_HOOK_MAX - 1)
};

/**
 * enum ovpp_hook_cause - Why a hook was ejected.
 * @OVPP_HOOK_CAUSE_NONE: It was not.
 * @OVPP_HOOK_CAUSE_BUDGET: A call took longer than its budget.
 * @OVPP_HOOK_CAUSE_VERDICT: A program returned what is no verdict.
 */
enum ovpp_hook_cause {
	OVPP_HOOK_CAUSE_NONE,
	OVPP_HOOK_CAUSE_BUDGET,
	OVPP_HOOK_CAUSE_VERDICT,
};

enum {
	OVPP_A_SITE_ID = 1,
	OVPP_A_SITE_NAME,
	OVPP_A_SITE_PERIOD_NS,
	OVPP_A_SITE_CPU,
	OVPP_A_SITE_PRIORITY,
	OVPP_A_SITE_RING_RECORDS,
	OVPP_A_SITE_SAMPLE_MS,
	OVPP_A_SITE_HEARTBEAT_MS,
	OVPP_A_SITE_FALLBACK_MS,
	OVPP_A_SITE_GRACE_MS,
	OVPP_A_SITE_STATE,
	OVPP_A_SITE_CAUSE,
	OVPP_A_SITE_STATE_SINCE_NS,
	OVPP_A_SITE_LEASE_LEFT_MS,
	OVPP_A_SITE_HEARTBEAT_AGE_MS,
	OVPP_A_SITE_TARGET_MW,
	OVPP_A_SITE_PCC_MW,
	OVPP_A_SITE_PCC_QUALITY,
	OVPP_A_SITE_PCC_F_MHZ,
	OVPP_A_SITE_DEMAND_MW,
	OVPP_A_SITE_LOAD_MW,
	OVPP_A_SITE_LOCKED,
	OVPP_A_SITE_BUS_COUNT,
	OVPP_A_SITE_DER_COUNT,
	OVPP_A_SITE_HEAD,

	__OVPP_A_SITE_MAX,
	OVPP_A_SITE_MAX = (__OVPP_A_SITE_MAX - 1)
};

enum {
	OVPP_A_BUS_SITE = 1,
	OVPP_A_BUS_SITE_NAME,
	OVPP_A_BUS_ID,
	OVPP_A_BUS_NAME,
	OVPP_A_BUS_TYPE,
	OVPP_A_BUS_IFNAME,
	OVPP_A_BUS_IFINDEX,
	OVPP_A_BUS_STATE,
	OVPP_A_BUS_LOOPBACK,
	OVPP_A_BUS_RESTART_MIN_MS,
	OVPP_A_BUS_RESTART_MAX_MS,
	OVPP_A_BUS_FD,
	OVPP_A_BUS_RX_FRAMES,
	OVPP_A_BUS_RX_OTHER,
	OVPP_A_BUS_RX_MALFORMED,
	OVPP_A_BUS_RX_ERRORS,
	OVPP_A_BUS_TX_FRAMES,
	OVPP_A_BUS_TX_FAILED,
	OVPP_A_BUS_BUS_OFFS,
	OVPP_A_BUS_RESTARTS,
	OVPP_A_BUS_TTY_FD,
	OVPP_A_BUS_PATH,
	OVPP_A_BUS_BAUD,
	OVPP_A_BUS_PARITY,
	OVPP_A_BUS_STOP_BITS,
	OVPP_A_BUS_RS485,
	OVPP_A_BUS_FOREIGN_WRITE,
	OVPP_A_BUS_TIMEOUTS,
	OVPP_A_BUS_EXCEPTIONS,
	OVPP_A_BUS_FOREIGN,
	OVPP_A_BUS_BUSY_PPM,

	__OVPP_A_BUS_MAX,
	OVPP_A_BUS_MAX = (__OVPP_A_BUS_MAX - 1)
};

enum {
	OVPP_A_POINT_ID = 1,
	OVPP_A_POINT_VALUE,
	OVPP_A_POINT_QUALITY,
	OVPP_A_POINT_AGE_MS,
	OVPP_A_POINT_SEQ,

	__OVPP_A_POINT_MAX,
	OVPP_A_POINT_MAX = (__OVPP_A_POINT_MAX - 1)
};

enum {
	OVPP_A_DER_SITE = 1,
	OVPP_A_DER_SITE_NAME,
	OVPP_A_DER_ID,
	OVPP_A_DER_NAME,
	OVPP_A_DER_BUS,
	OVPP_A_DER_BUS_NAME,
	OVPP_A_DER_PROFILE,
	OVPP_A_DER_NODE,
	OVPP_A_DER_KIND,
	OVPP_A_DER_PCC,
	OVPP_A_DER_SERIAL,
	OVPP_A_DER_SAFE_MW,
	OVPP_A_DER_SUPERVISION,
	OVPP_A_DER_POINT,
	OVPP_A_DER_P_SET_MW,
	OVPP_A_DER_RX_FRAMES,
	OVPP_A_DER_RX_MALFORMED,
	OVPP_A_DER_TX_FRAMES,
	OVPP_A_DER_SILENCES,
	OVPP_A_DER_MEMORY,
	OVPP_A_DER_TIMEOUTS,
	OVPP_A_DER_EXCEPTIONS,
	OVPP_A_DER_EXCEPTION,
	OVPP_A_DER_RESPONSE_US,
	OVPP_A_DER_TIMEOUT_US,

	__OVPP_A_DER_MAX,
	OVPP_A_DER_MAX = (__OVPP_A_DER_MAX - 1)
};

enum {
	OVPP_A_MAP_RAW = 1,
	OVPP_A_MAP_VALUE,

	__OVPP_A_MAP_MAX,
	OVPP_A_MAP_MAX = (__OVPP_A_MAP_MAX - 1)
};

enum {
	OVPP_A_SIGNAL_POINT = 1,
	OVPP_A_SIGNAL_START,
	OVPP_A_SIGNAL_LENGTH,
	OVPP_A_SIGNAL_FLAGS,
	OVPP_A_SIGNAL_NUM,
	OVPP_A_SIGNAL_DEN,
	OVPP_A_SIGNAL_OFFSET,
	OVPP_A_SIGNAL_RAW_MIN,
	OVPP_A_SIGNAL_RAW_MAX,
	OVPP_A_SIGNAL_MUX_VALUE,
	OVPP_A_SIGNAL_MAP,
	OVPP_A_SIGNAL_SCALE_START,

	__OVPP_A_SIGNAL_MAX,
	OVPP_A_SIGNAL_MAX = (__OVPP_A_SIGNAL_MAX - 1)
};

enum {
	OVPP_A_MESSAGE_ID = 1,
	OVPP_A_MESSAGE_STRIDE,
	OVPP_A_MESSAGE_FLAGS,
	OVPP_A_MESSAGE_LENGTH,
	OVPP_A_MESSAGE_TIMEOUT_MS,
	OVPP_A_MESSAGE_PERIOD_MS,
	OVPP_A_MESSAGE_GAP_MS,
	OVPP_A_MESSAGE_FILL,
	OVPP_A_MESSAGE_SIGNAL,

	__OVPP_A_MESSAGE_MAX,
	OVPP_A_MESSAGE_MAX = (__OVPP_A_MESSAGE_MAX - 1)
};

enum {
	OVPP_A_PROFILE_NAME = 1,
	OVPP_A_PROFILE_VERSION,
	OVPP_A_PROFILE_KIND,
	OVPP_A_PROFILE_MESSAGE,
	OVPP_A_PROFILE_MESSAGE_COUNT,
	OVPP_A_PROFILE_SIGNAL_COUNT,
	OVPP_A_PROFILE_POINTS,
	OVPP_A_PROFILE_COMMANDS,
	OVPP_A_PROFILE_USERS,
	OVPP_A_PROFILE_BUS,
	OVPP_A_PROFILE_SPACING_MS,
	OVPP_A_PROFILE_RESPONSE_MS,

	__OVPP_A_PROFILE_MAX,
	OVPP_A_PROFILE_MAX = (__OVPP_A_PROFILE_MAX - 1)
};

enum {
	OVPP_A_POLICY_SITE = 1,
	OVPP_A_POLICY_SITE_NAME,
	OVPP_A_POLICY_DER,
	OVPP_A_POLICY_DER_NAME,
	OVPP_A_POLICY_FALLBACK_MW,
	OVPP_A_POLICY_EXPORT_MAX_MW,
	OVPP_A_POLICY_IMPORT_MAX_MW,
	OVPP_A_POLICY_RAMP_MW_S,
	OVPP_A_POLICY_DEADBAND_MW,
	OVPP_A_POLICY_GAIN_PPM,
	OVPP_A_POLICY_SETTLE_MS,
	OVPP_A_POLICY_F_NOMINAL_MHZ,
	OVPP_A_POLICY_DROOP_MW_HZ,
	OVPP_A_POLICY_DROOP_DEADBAND_MHZ,
	OVPP_A_POLICY_ENABLE,
	OVPP_A_POLICY_RANK,
	OVPP_A_POLICY_REST_MW,
	OVPP_A_POLICY_SOC_MIN_PPM,
	OVPP_A_POLICY_SOC_MAX_PPM,

	__OVPP_A_POLICY_MAX,
	OVPP_A_POLICY_MAX = (__OVPP_A_POLICY_MAX - 1)
};

enum {
	OVPP_A_ENVELOPE_SITE = 1,
	OVPP_A_ENVELOPE_SITE_NAME,
	OVPP_A_ENVELOPE_DER,
	OVPP_A_ENVELOPE_DER_NAME,
	OVPP_A_ENVELOPE_LOCKED,
	OVPP_A_ENVELOPE_EXPORT_MAX_MW,
	OVPP_A_ENVELOPE_IMPORT_MAX_MW,
	OVPP_A_ENVELOPE_P_MIN_MW,
	OVPP_A_ENVELOPE_P_MAX_MW,
	OVPP_A_ENVELOPE_RAMP_MW_S,
	OVPP_A_ENVELOPE_SOC_MIN_PPM,
	OVPP_A_ENVELOPE_SOC_MAX_PPM,
	OVPP_A_ENVELOPE_V_MIN_MV,
	OVPP_A_ENVELOPE_V_MAX_MV,
	OVPP_A_ENVELOPE_F_MIN_MHZ,
	OVPP_A_ENVELOPE_F_MAX_MHZ,

	__OVPP_A_ENVELOPE_MAX,
	OVPP_A_ENVELOPE_MAX = (__OVPP_A_ENVELOPE_MAX - 1)
};

enum {
	OVPP_A_BLOCK_DER = 1,
	OVPP_A_BLOCK_START_NS,
	OVPP_A_BLOCK_DURATION_MS,
	OVPP_A_BLOCK_P_MW,

	__OVPP_A_BLOCK_MAX,
	OVPP_A_BLOCK_MAX = (__OVPP_A_BLOCK_MAX - 1)
};

enum {
	OVPP_A_DISPATCH_SITE = 1,
	OVPP_A_DISPATCH_SITE_NAME,
	OVPP_A_DISPATCH_ID,
	OVPP_A_DISPATCH_BLOCK,
	OVPP_A_DISPATCH_BLOCK_COUNT,
	OVPP_A_DISPATCH_STATE,
	OVPP_A_DISPATCH_CURRENT,
	OVPP_A_DISPATCH_E_ASKED_MWH,
	OVPP_A_DISPATCH_E_DELIVERED_MWH,
	OVPP_A_DISPATCH_ERROR_MEAN_MW,
	OVPP_A_DISPATCH_UNKNOWN_MS,
	OVPP_A_DISPATCH_INSTEAD_OF,

	__OVPP_A_DISPATCH_MAX,
	OVPP_A_DISPATCH_MAX = (__OVPP_A_DISPATCH_MAX - 1)
};

enum {
	OVPP_A_HISTOGRAM_COUNT = 1,
	OVPP_A_HISTOGRAM_SUM,
	OVPP_A_HISTOGRAM_LEAST,
	OVPP_A_HISTOGRAM_GREATEST,
	OVPP_A_HISTOGRAM_BUCKET,

	__OVPP_A_HISTOGRAM_MAX,
	OVPP_A_HISTOGRAM_MAX = (__OVPP_A_HISTOGRAM_MAX - 1)
};

enum {
	OVPP_A_STATS_SITE = 1,
	OVPP_A_STATS_SITE_NAME,
	OVPP_A_STATS_TICKS,
	OVPP_A_STATS_TRIGGERED,
	OVPP_A_STATS_MISSED,
	OVPP_A_STATS_WAKE_NS,
	OVPP_A_STATS_TICK_NS,
	OVPP_A_STATS_TRIGGER_NS,
	OVPP_A_STATS_SETPOINTS,
	OVPP_A_STATS_HEARTBEATS,
	OVPP_A_STATS_FAIL_SAFES,
	OVPP_A_STATS_ENVELOPE_CLAMPS,
	OVPP_A_STATS_RECORDS,

	__OVPP_A_STATS_MAX,
	OVPP_A_STATS_MAX = (__OVPP_A_STATS_MAX - 1)
};

enum {
	OVPP_A_HOOK_MEMBER_POINT = 1,
	OVPP_A_HOOK_MEMBER_BUDGET_NS,
	OVPP_A_HOOK_MEMBER_RUNS,
	OVPP_A_HOOK_MEMBER_TIME_NS,
	OVPP_A_HOOK_MEMBER_MAX_NS,
	OVPP_A_HOOK_MEMBER_DROPPED,
	OVPP_A_HOOK_MEMBER_REWRITTEN,
	OVPP_A_HOOK_MEMBER_OVERRULED,
	OVPP_A_HOOK_MEMBER_CLAMPED,

	__OVPP_A_HOOK_MEMBER_MAX,
	OVPP_A_HOOK_MEMBER_MAX = (__OVPP_A_HOOK_MEMBER_MAX - 1)
};

enum {
	OVPP_A_HOOK_SITE = 1,
	OVPP_A_HOOK_SITE_NAME,
	OVPP_A_HOOK_ID,
	OVPP_A_HOOK_NAME,
	OVPP_A_HOOK_PRIORITY,
	OVPP_A_HOOK_MEMBER,
	OVPP_A_HOOK_REFLEXES,
	OVPP_A_HOOK_CAUSE,
	OVPP_A_HOOK_CAUSE_POINT,
	OVPP_A_HOOK_CAUSE_ARG,
	OVPP_A_HOOK_CAUSE_REAL_NS,

	__OVPP_A_HOOK_MAX,
	OVPP_A_HOOK_MAX = (__OVPP_A_HOOK_MAX - 1)
};

enum {
	OVPP_A_EVENT_SITE = 1,
	OVPP_A_EVENT_SEQ,
	OVPP_A_EVENT_TIME_NS,
	OVPP_A_EVENT_REAL_NS,
	OVPP_A_EVENT_CODE,
	OVPP_A_EVENT_BUS,
	OVPP_A_EVENT_DER,
	OVPP_A_EVENT_ARG,
	OVPP_A_EVENT_LOST,

	__OVPP_A_EVENT_MAX,
	OVPP_A_EVENT_MAX = (__OVPP_A_EVENT_MAX - 1)
};

enum {
	OVPP_CMD_SITE_GET = 1,
	OVPP_CMD_SITE_NEW,
	OVPP_CMD_SITE_SET,
	OVPP_CMD_SITE_DEL,
	OVPP_CMD_BUS_GET,
	OVPP_CMD_BUS_NEW,
	OVPP_CMD_BUS_SET,
	OVPP_CMD_BUS_DEL,
	OVPP_CMD_DER_GET,
	OVPP_CMD_DER_NEW,
	OVPP_CMD_DER_SET,
	OVPP_CMD_DER_DEL,
	OVPP_CMD_PROFILE_GET,
	OVPP_CMD_PROFILE_NEW,
	OVPP_CMD_PROFILE_DEL,
	OVPP_CMD_POLICY_GET,
	OVPP_CMD_POLICY_SET,
	OVPP_CMD_ENVELOPE_GET,
	OVPP_CMD_ENVELOPE_SET,
	OVPP_CMD_ENVELOPE_LOCK,
	OVPP_CMD_DISPATCH_GET,
	OVPP_CMD_DISPATCH_NEW,
	OVPP_CMD_DISPATCH_DEL,
	OVPP_CMD_HEARTBEAT,
	OVPP_CMD_STATS_GET,
	OVPP_CMD_STATS_RESET,
	OVPP_CMD_HOOK_GET,
	OVPP_CMD_EVENT_NTF,

	__OVPP_CMD_MAX,
	OVPP_CMD_MAX = (__OVPP_CMD_MAX - 1)
};

#define OPENVPP_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_OPENVPP_NETLINK_H */
