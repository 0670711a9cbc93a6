// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a profile what decode and encode rely on? Profiles come from outside: all
 * that is assumed about one elsewhere is established here.
 */
#include "profile_check.h"

#define RX_FLAGS                                                              \
	(OVPP_MESSAGE_EXT | OVPP_MESSAGE_FD | OVPP_MESSAGE_PGN |              \
	 OVPP_MESSAGE_TRIGGER | OVPP_MESSAGE_OPTIONAL)
#define TX_FLAGS                                                              \
	(OVPP_MESSAGE_TX | OVPP_MESSAGE_EXT | OVPP_MESSAGE_FD |               \
	 OVPP_MESSAGE_BRS | OVPP_MESSAGE_PGN)

#define MODBUS_SIGNAL_FLAGS                                                   \
	(OVPP_SIGNAL_SWAPPED | OVPP_SIGNAL_SCALED | OVPP_SIGNAL_CONST)

/* How a raw value is read: at most one of these. */
#define READINGS                                                              \
	(OVPP_SIGNAL_SIGNED | OVPP_SIGNAL_FLOAT | OVPP_SIGNAL_PAIRS |         \
	 OVPP_SIGNAL_MAP)

#define FIRST_COMMAND OVPP_POINT_P_SET

/* J1939: the identifier without its priority. */
#define J1939_MASK 0x03ffffffU

static bool is_tx(const struct ovpp_message *msg)
{
	return msg->flags & OVPP_MESSAGE_TX;
}

static bool is_modbus(const struct ovpp_message *msg)
{
	return msg->bus == OVPP_BUS_MODBUS;
}

static size_t payload_max(const struct ovpp_message *msg)
{
	if (is_modbus(msg))
		return msg->length;
	return msg->flags & OVPP_MESSAGE_FD ? 64 : 8;
}

static bool is_frame_length(const struct ovpp_message *msg)
{
	static const u8 fd_length[] = { 12, 16, 20, 24, 32, 48, 64 };
	unsigned int i;

	if (msg->length <= 8)
		return true;
	if (!(msg->flags & OVPP_MESSAGE_FD))
		return false;
	for (i = 0; i < sizeof(fd_length); i++)
		if (msg->length == fd_length[i])
			return true;
	return false;
}

static const char *check_rx(const struct ovpp_message *msg)
{
	if (msg->flags & ~RX_FLAGS)
		return "flag that a received message cannot have";
	if (msg->period_ms || msg->gap_ms)
		return "period or gap of a received message";
	if (msg->length > payload_max(msg))
		return "longer than a frame";
	if (msg->flags & OVPP_MESSAGE_PGN && (msg->id & 0xff || msg->stride))
		return "source address or stride in a received PGN";
	return NULL;
}

static const char *check_tx(const struct ovpp_message *msg)
{
	if (msg->flags & ~TX_FLAGS)
		return "flag that a sent message cannot have";
	if (msg->timeout_ms)
		return "timeout of a sent message";
	if (!is_frame_length(msg))
		return "no frame has this length";
	if (msg->flags & OVPP_MESSAGE_BRS && !(msg->flags & OVPP_MESSAGE_FD))
		return "bit rate switch without FD";
	return NULL;
}

static const char *check_frame(const struct ovpp_message *msg)
{
	u32 id;

	if (msg->flags & OVPP_MESSAGE_PGN && !(msg->flags & OVPP_MESSAGE_EXT))
		return "PGN without a 29-bit identifier";
	if (ovpp_message_id(msg, 0, &id))
		return "identifier out of range";
	return is_tx(msg) ? check_tx(msg) : check_rx(msg);
}

static const char *check_message(const struct ovpp_profile *prof,
				 const struct ovpp_message *msg)
{
	if ((unsigned int)msg->signal + msg->signals > prof->n_signals)
		return "signals beyond the table";
	return is_modbus(msg) ? ovpp_modbus_check_message(prof, msg) :
				check_frame(msg);
}

/* Bits are moved to their place in the point, no more: see ovpp_signal_keep(). */
static const char *check_bits(const struct ovpp_signal *sig)
{
	if (sig->flags & (OVPP_SIGNAL_SIGNED | OVPP_SIGNAL_FLOAT))
		return "bits that are signed or float";
	if (sig->flags & OVPP_SIGNAL_MAP)
		return NULL;
	if (sig->num <= 0 || sig->num & (sig->num - 1) || sig->den != 1 ||
	    sig->offset)
		return "bits that are more than shifted";
	return NULL;
}

static const char *check_reading(const struct ovpp_signal *sig)
{
	unsigned int reading = sig->flags & READINGS;
	s64 lo, hi;

	if (reading & (reading - 1))
		return "signed, float, pairs and map exclude each other";
	if (reading == OVPP_SIGNAL_FLOAT && sig->length != 32)
		return "float not of 32 bits";
	if (reading == OVPP_SIGNAL_PAIRS && sig->length % 2)
		return "pairs of an odd number of bits";
	if (!sig->den || !sig->num)
		return "scale is zero or without a denominator";
	ovpp_signal_range(sig, &lo, &hi);
	if (lo > hi)
		return "no raw value is within its range";
	return sig->flags & OVPP_SIGNAL_BITS ? check_bits(sig) : NULL;
}

/* A command must have a raw value for every value that it can take. */
static const char *check_map(const struct ovpp_profile *prof,
			     const struct ovpp_message *msg,
			     const struct ovpp_signal *sig)
{
	s64 command;
	u64 raw;

	if (!sig->maps || (unsigned int)sig->map + sig->maps > prof->n_maps)
		return "map empty or beyond the table";
	if (!is_tx(msg))
		return NULL;
	if (sig->point != OVPP_POINT_CONNECT)
		return "map on a command that is a number";
	for (command = 0; command <= 1; command++)
		if (ovpp_signal_encode(sig, prof->map, command, &raw))
			return "map of connect lacks 0 or 1";
	return NULL;
}

static const char *check_mux(const struct ovpp_message *msg,
			     const struct ovpp_signal *sig)
{
	if (sig->flags & (READINGS | OVPP_SIGNAL_MUXED | OVPP_SIGNAL_BITS))
		return "multiplexer is more than a number";
	/* Without it the frame has no meaning, so it must always be there. */
	if (!ovpp_signal_fits(sig, msg->length))
		return "multiplexer beyond the message's length";
	if (is_tx(msg) && sig->length < 64 && sig->mux_value >> sig->length)
		return "value of the multiplexer beyond its length";
	return NULL;
}

static const char *check_signal(const struct ovpp_profile *prof,
				const struct ovpp_message *msg,
				const struct ovpp_signal *sig)
{
	size_t room = is_tx(msg) ? msg->length : payload_max(msg);
	bool command = sig->point >= FIRST_COMMAND;
	const char *why = NULL;

	if (!ovpp_signal_fits(sig, room))
		return "beyond the message";
	if (is_modbus(msg))
		why = ovpp_modbus_check_signal(msg, sig);
	else if (sig->flags & MODBUS_SIGNAL_FLAGS)
		why = "flag that only Modbus signals can have";
	if (why || sig->flags & OVPP_SIGNAL_CONST)
		return why;
	if (sig->flags & OVPP_SIGNAL_MUX)
		return check_mux(msg, sig);
	if (sig->point > OVPP_POINT_MAX || is_tx(msg) != command)
		return is_tx(msg) ? "point is not a command" :
				    "point is not a measurement";
	if (is_tx(msg) && sig->flags & (OVPP_SIGNAL_MUXED | OVPP_SIGNAL_BITS))
		return "command is muxed or one of several bits";
	if (sig->point == OVPP_POINT_HEARTBEAT && sig->flags & READINGS)
		return "heartbeat is not a plain counter";
	why = check_reading(sig);
	if (!why && sig->flags & OVPP_SIGNAL_MAP)
		why = check_map(prof, msg, sig);
	return why;
}

static bool has_point(const struct ovpp_signal *sig)
{
	return !(sig->flags & (OVPP_SIGNAL_MUX | OVPP_SIGNAL_CONST));
}

/* May two signals of one message, @a before @b, stand beside each other? */
static const char *check_beside(const struct ovpp_signal *a,
				const struct ovpp_signal *b)
{
	u16 both = a->flags & b->flags;

	if (both & OVPP_SIGNAL_MUX)
		return "second multiplexer";
	if (!has_point(a) || !has_point(b) || a->point != b->point)
		return NULL;
	/* A power may be two limits that are the same, one of either direction. */
	if (a->point >= FIRST_COMMAND)
		return NULL;
	if (both & OVPP_SIGNAL_BITS)
		return NULL;
	if (both & OVPP_SIGNAL_MUXED && a->mux_value != b->mux_value)
		return NULL;
	return "point appears twice";
}

static const struct ovpp_signal *find_mux(const struct ovpp_profile *prof,
					  const struct ovpp_message *msg)
{
	unsigned int i;

	for (i = 0; i < msg->signals; i++)
		if (prof->signal[msg->signal + i].flags & OVPP_SIGNAL_MUX)
			return &prof->signal[msg->signal + i];
	return NULL;
}

/* Signals of one message; *@bad is the index of the one that is wrong. */
static const char *check_signals(const struct ovpp_profile *prof,
				 const struct ovpp_message *msg, int *bad)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;
	bool mux = find_mux(prof, msg);
	u8 used[OVPP_PAYLOAD_MAX] = { 0 };
	const char *why;
	int i, k;

	for (i = 0; i < msg->signals; i++) {
		*bad = i;
		why = check_signal(prof, msg, &sig[i]);
		if (why)
			return why;
		if (sig[i].flags & OVPP_SIGNAL_MUXED && !mux)
			return "muxed signal without a multiplexer";
		for (k = 0; k < i; k++) {
			why = check_beside(&sig[k], &sig[i]);
			if (why)
				return why;
		}
		if (!is_tx(msg))
			continue;
		if (ovpp_signal_raw(&sig[i], used, msg->length))
			return "overlaps another signal";
		ovpp_signal_put(&sig[i], used, msg->length, U64_MAX);
	}
	*bad = -1;
	return is_modbus(msg) ? ovpp_modbus_check_used(prof, msg, used) : NULL;
}

/*
 * A frame must belong to one message. What is sent may share an identifier if a
 * multiplexer tells the messages apart.
 */
static bool same_frame(const struct ovpp_profile *prof,
		       const struct ovpp_message *a,
		       const struct ovpp_message *b)
{
	const struct ovpp_signal *mux_a, *mux_b;
	u32 diff = a->id ^ b->id;

	/* An address may be read and written: function 23 has both in one. */
	if (is_modbus(a) && is_tx(a) != is_tx(b))
		return false;
	if ((a->flags ^ b->flags) & OVPP_MESSAGE_EXT)
		return false;
	if ((a->flags | b->flags) & OVPP_MESSAGE_PGN)
		diff &= J1939_MASK;
	if (diff)
		return false;
	mux_a = find_mux(prof, a);
	mux_b = find_mux(prof, b);
	return !(is_tx(a) && is_tx(b) && mux_a && mux_b &&
		 mux_a->mux_value != mux_b->mux_value);
}

static void derive_fields(struct ovpp_profile *prof)
{
	u32 v_and_i = OVPP_POINT_BIT(OVPP_POINT_V) |
		      OVPP_POINT_BIT(OVPP_POINT_I);
	unsigned int m, i;

	prof->measured = 0;
	prof->required = 0;
	prof->commands = 0;
	for (m = 0; m < prof->n_messages; m++) {
		const struct ovpp_message *msg = &prof->message[m];

		for (i = 0; i < msg->signals; i++) {
			const struct ovpp_signal *sig =
				&prof->signal[msg->signal + i];
			u32 bit = OVPP_POINT_BIT(sig->point);

			if (!has_point(sig))
				continue;
			if (is_tx(msg)) {
				prof->commands |= bit;
				continue;
			}
			prof->measured |= bit;
			if (!(msg->flags & OVPP_MESSAGE_OPTIONAL) &&
			    !(sig->flags & OVPP_SIGNAL_MUXED) &&
			    ovpp_signal_fits(sig, msg->length))
				prof->required |= bit;
		}
	}
	prof->derive_p = !(prof->measured & OVPP_POINT_BIT(OVPP_POINT_P)) &&
			 (prof->measured & v_and_i) == v_and_i;
	if (prof->derive_p)
		prof->measured |= OVPP_POINT_BIT(OVPP_POINT_P);
}

static int refuse(struct ovpp_profile_error *err, int message, int signal,
		  const char *text, int result)
{
	err->message = message;
	err->signal = signal;
	err->text = text;
	return result;
}

static const char *check_bus(const struct ovpp_profile *prof)
{
	if (prof->bus > OVPP_BUS_MAX)
		return "unknown kind of bus";
	if (prof->bus == OVPP_BUS_MODBUS)
		return prof->response_ms ? NULL : "no time to answer";
	if (prof->spacing_ms || prof->response_ms)
		return "spacing or response on a bus of frames";
	return NULL;
}

/* What follows from the bus, for those who have a message alone. */
static void adopt(const struct ovpp_profile *prof, struct ovpp_message *msg)
{
	msg->bus = prof->bus;
	if (is_modbus(msg))
		msg->flags |= OVPP_MESSAGE_EXT;
}

int ovpp_profile_check(struct ovpp_profile *prof,
		       struct ovpp_profile_error *err)
{
	const char *why;
	int m, k, bad;

	if (prof->n_messages > OPENVPP_MESSAGE_MAX)
		return refuse(err, -1, -1, "too many messages", -E2BIG);
	if (prof->n_signals > OPENVPP_SIGNAL_MAX)
		return refuse(err, -1, -1, "too many signals", -E2BIG);
	if (prof->n_maps > OPENVPP_MAP_MAX)
		return refuse(err, -1, -1, "too many map entries", -E2BIG);
	if (!prof->n_messages)
		return refuse(err, -1, -1, "no message", -EINVAL);
	if (prof->kind > OVPP_KIND_MAX)
		return refuse(err, -1, -1, "unknown kind", -EINVAL);
	why = check_bus(prof);
	if (why)
		return refuse(err, -1, -1, why, -EINVAL);

	for (m = 0; m < prof->n_messages; m++) {
		struct ovpp_message *msg = &prof->message[m];

		adopt(prof, msg);
		why = check_message(prof, msg);
		if (why)
			return refuse(err, m, -1, why, -EINVAL);
		why = check_signals(prof, msg, &bad);
		if (why)
			return refuse(err, m, bad, why, -EINVAL);
		for (k = 0; k < m; k++)
			if (same_frame(prof, &prof->message[k], msg))
				return refuse(err, m, -1,
					      "identifier appears twice",
					      -EINVAL);
	}
	derive_fields(prof);
	return 0;
}
