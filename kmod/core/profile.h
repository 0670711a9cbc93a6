/* SPDX-License-Identifier: GPL-2.0-only */
/* A compiled profile: check, decode a received frame, encode a command. */
#ifndef OVPP_CORE_PROFILE_H
#define OVPP_CORE_PROFILE_H

#include "image.h"
#include "signal.h"
#include "types.h"

/*
 * A message of a Modbus profile is one request: a block of registers or coils
 * that is read or written in one go. On its bus it is a frame like any other: its
 * payload are the registers as they stand on the line, its identifier has the
 * function code, the unit (the node) and the address of the first register. What
 * handles frames (images, hooks, taps) knows no difference.
 */
#define OVPP_MODBUS_ID(function, unit, address) \
	((u32)(function) << 24 | (u32)(unit) << 16 | (u32)(address))
#define OVPP_MODBUS_FUNCTION(id) ((u8)((id) >> 24))
#define OVPP_MODBUS_UNIT(id) ((u8)((id) >> 16))
#define OVPP_MODBUS_ADDRESS(id) ((u16)(id))

/* How long an answer may take where a profile does not say it. */
#define OVPP_MODBUS_RESPONSE_MS 500

/* Greatest payload of a message: 125 registers. */
#define OVPP_PAYLOAD_MAX 250

/**
 * struct ovpp_message - one frame, or one request, of a profile
 * @id: CAN identifier without flags of node 0; J1939: priority, PGN, node 0;
 *	Modbus: OVPP_MODBUS_ID() of unit 0
 * @stride: added to @id once per node; J1939 rx and Modbus: 0, the node is the
 *	source address or the unit
 * @timeout_ms: rx: values older than this are stale; 0: never
 * @period_ms: tx: sent at least so often; 0: only on a change. Modbus rx: read
 *	so often
 * @gap_ms: tx: a change waits so long after the last frame
 * @signal: first signal in the profile's table
 * @signals: number of signals
 * @flags: enum ovpp_message_flags
 * @length: tx: bytes sent; rx: bytes at least; Modbus: bytes of all its registers,
 *	or of its coils, packed
 * @fill: tx: bytes before the signals are written
 * @bus: enum ovpp_bus_type of its profile, set by ovpp_profile_check()
 */
struct ovpp_message {
	u32 id;
	u32 stride;
	u32 timeout_ms;
	u32 period_ms;
	u32 gap_ms;
	u16 signal;
	u16 signals;
	u8 flags;
	u8 length;
	u8 fill;
	u8 bus;
};

/**
 * struct ovpp_profile - what the bytes of a kind of device mean
 * @name: its name, NUL-terminated
 * @version: as given
 * @kind: enum ovpp_kind
 * @bus: enum ovpp_bus_type that it is for
 * @spacing_ms: Modbus: least time from the end of a request to the next
 * @response_ms: Modbus: the longest that an answer may take, >= 1
 * @measured: bit per point that a received message or a derivation gives
 * @required: those of @measured that a message without OVPP_MESSAGE_OPTIONAL
 *	gives, not muxed and within its least length: without them the device
 *	counts as silent
 * @commands: bit per point that a sent message carries
 * @derive_p: P is not received and is computed from V and I
 * @n_messages: length of @message
 * @n_signals: length of @signal
 * @n_maps: length of @map
 * @message: messages
 * @signal: signals of all messages
 * @map: value maps of all signals
 */
struct ovpp_profile {
	char name[OPENVPP_NAME_MAX + 1];
	u32 version;
	u32 kind;
	u32 bus;
	u32 spacing_ms;
	u32 response_ms;
	u32 measured;
	u32 required;
	u32 commands;
	bool derive_p;
	u16 n_messages;
	u16 n_signals;
	u16 n_maps;
	struct ovpp_message *message;
	struct ovpp_signal *signal;
	struct ovpp_map *map;
};

/**
 * struct ovpp_profile_error - what is wrong with a profile
 * @message: index of the message, or -1
 * @signal: index of the signal within the message, or -1
 * @text: a sentence without a full stop
 */
struct ovpp_profile_error {
	int message;
	int signal;
	const char *text;
};

/* Greatest number of updates that one frame can give. */
#define OVPP_UPDATE_MAX OVPP_POINT_N

/**
 * ovpp_profile_check() - check a profile and compute its derived fields
 * @prof: profile with messages, signals and maps filled in; measured,
 *	required, commands and derive_p are set here, of its messages bus and, for
 *	Modbus, OVPP_MESSAGE_EXT
 * @err: what is wrong, set on error
 *
 * Everything that decode and encode rely on is checked here: indices within
 * the tables, tx signals within the message's length and rx signals within a
 * frame, no overlap of tx signals, one multiplexer a message at most, den >= 1,
 * num not 0, J1939 and id ranges, FD lengths that exist (0-8, 12, 16, 20, 24,
 * 32, 48, 64), points measured in rx messages and commanded in tx messages
 * only, no measured point twice in one message unless OVPP_SIGNAL_BITS or different
 * mux values, identifiers unique (tx: or told apart by a multiplexer, which sends
 * its mux_value), no trigger or timeout on tx, no period on rx.
 *
 * Modbus: functions, quantities and lengths that the protocol has, registers and
 * coils below 65536, reads with a period that their timeout is not shorter than,
 * writes of which a signal decides every bit, function 23 in pairs; scaled and
 * swapped signals within the registers, constants that fit.
 *
 * Return: 0, -EINVAL or -E2BIG (beyond OPENVPP_*_MAX).
 */
int ovpp_profile_check(struct ovpp_profile *prof,
		       struct ovpp_profile_error *err);

/**
 * ovpp_message_id() - identifier of a message on the bus
 * @msg: message
 * @node: node of the DER
 * @id: result, without flags
 *
 * Return: 0, or -ERANGE if it does not fit into 11 or 29 bits (J1939: node
 * beyond 253; Modbus: not 1 to 247).
 */
int ovpp_message_id(const struct ovpp_message *msg, u32 node, u32 *id);

/**
 * ovpp_message_quantity() - how many registers or coils a Modbus message has
 * @prof: profile
 * @msg: one of its messages, of a Modbus profile
 *
 * Return: registers; of coils and discrete inputs those up to the last one that
 * a signal has.
 */
unsigned int ovpp_message_quantity(const struct ovpp_profile *prof,
				   const struct ovpp_message *msg);

/**
 * ovpp_message_decode() - a received payload to updates of the image
 * @prof: checked profile
 * @msg: one of its rx messages
 * @data: payload
 * @len: its length
 * @up: room for OVPP_UPDATE_MAX
 *
 * Signals that lie beyond @len are left out if @len is at least the message's
 * length (newer firmware appends, some vendors leave out the tail).
 *
 * Return: number of updates, or -EMSGSIZE if @len is less than the message's
 * length.
 */
int ovpp_message_decode(const struct ovpp_profile *prof,
			const struct ovpp_message *msg, const u8 *data,
			size_t len, struct ovpp_update *up);

/**
 * ovpp_message_encode() - commands to a payload
 * @prof: checked profile
 * @msg: one of its tx messages
 * @command: by enum ovpp_point, in the point's unit
 * @data: room for OVPP_PAYLOAD_MAX bytes
 *
 * The heartbeat goes round within its signal; other commands are held at what
 * their signals can carry.
 *
 * Return: length of the payload.
 */
int ovpp_message_encode(const struct ovpp_profile *prof,
			const struct ovpp_message *msg,
			const s64 command[OVPP_POINT_N], u8 *data);

/**
 * ovpp_message_put() - the signals alone, leaving all other bits
 * @prof: checked profile
 * @msg: one of its tx messages
 * @command: by enum ovpp_point, in the point's unit
 * @data: payload of the message's length
 *
 * With the commands that a payload was encoded from, undoes whatever was done to
 * the bits that carry them; constants are commands, too.
 */
void ovpp_message_put(const struct ovpp_profile *prof,
		      const struct ovpp_message *msg,
		      const s64 command[OVPP_POINT_N], u8 *data);

/**
 * ovpp_image_derive() - compute the points that follow from others
 * @prof: checked profile
 * @img: image
 *
 * P from V and I where the profile gives no P: as old as the older of the two,
 * with the quality of the worse and the shorter timeout.
 */
void ovpp_image_derive(const struct ovpp_profile *prof, struct ovpp_image *img);

#endif /* OVPP_CORE_PROFILE_H */
