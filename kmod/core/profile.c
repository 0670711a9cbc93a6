// SPDX-License-Identifier: GPL-2.0-only
/* A compiled profile: decode and encode, see profile.h. */
#include "modbus.h"
#include "profile.h"

#define EXT_ID_MAX 0x1fffffffU
#define STD_ID_MAX 0x7ffU
#define J1939_NODE_MAX 253U

static int modbus_id(const struct ovpp_message *msg, u32 node, u32 *id)
{
	if (node < OVPP_MODBUS_UNIT_MIN || node > OVPP_MODBUS_UNIT_MAX)
		return -ERANGE;
	*id = msg->id | OVPP_MODBUS_ID(0, node, 0);
	return 0;
}

int ovpp_message_id(const struct ovpp_message *msg, u32 node, u32 *id)
{
	u32 max = msg->flags & OVPP_MESSAGE_EXT ? EXT_ID_MAX : STD_ID_MAX;
	u64 stride = msg->stride;
	u64 sum;

	if (msg->bus == OVPP_BUS_MODBUS)
		return modbus_id(msg, node, id);
	if (msg->flags & OVPP_MESSAGE_PGN) {
		if (node > J1939_NODE_MAX)
			return -ERANGE;
		/* What is received comes from the node's source address. */
		if (!(msg->flags & OVPP_MESSAGE_TX))
			stride = 1;
	}
	sum = msg->id + node * stride;
	if (sum > max)
		return -ERANGE;
	*id = sum;
	return 0;
}

/* Value of the message's multiplexer; a message without one has no muxed signals. */
static u64 read_mux(const struct ovpp_signal *sig, unsigned int n,
		    const u8 *data, size_t len)
{
	for (; n; n--, sig++)
		if (sig->flags & OVPP_SIGNAL_MUX)
			return ovpp_signal_raw(sig, data, len);
	return 0;
}

/* Several signals may add their bits to one point: all known, or none. */
static bool merge_bits(struct ovpp_update *up, unsigned int n,
		       const struct ovpp_update *part)
{
	for (; n; n--, up++) {
		if (up->point != part->point)
			continue;
		up->value |= part->value;
		up->keep &= part->keep;
		if (part->quality != OVPP_QUALITY_GOOD)
			up->quality = part->quality;
		return true;
	}
	return false;
}

int ovpp_message_decode(const struct ovpp_profile *prof,
			const struct ovpp_message *msg, const u8 *data,
			size_t len, struct ovpp_update *up)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;
	const struct ovpp_signal *end = sig + msg->signals;
	unsigned int n = 0;
	u64 mux;

	if (len < msg->length)
		return -EMSGSIZE;
	mux = read_mux(sig, msg->signals, data, len);
	for (; sig < end; sig++) {
		struct ovpp_update u = {
			.point = sig->point,
			.keep = ovpp_signal_keep(sig, prof->map),
			.quality = OVPP_QUALITY_GOOD,
		};

		if (sig->flags & OVPP_SIGNAL_MUX)
			continue;
		if (sig->flags & OVPP_SIGNAL_MUXED && sig->mux_value != mux)
			continue;
		if (!ovpp_signal_fits(sig, len))
			continue;
		if (ovpp_signal_read(sig, prof->map, data, len, &u.value)) {
			u.value = 0;
			u.quality = OVPP_QUALITY_INVALID;
		}
		if (sig->flags & OVPP_SIGNAL_BITS && merge_bits(up, n, &u))
			continue;
		up[n++] = u;
	}
	return n;
}

/* A counter goes round within what its signal can carry. */
static u64 encode_counter(const struct ovpp_signal *sig, s64 count)
{
	s64 lo, hi;
	u64 span;

	ovpp_signal_range(sig, &lo, &hi);
	span = (u64)hi - (u64)lo + 1;
	return lo + (span ? (u64)count % span : (u64)count);
}

void ovpp_message_put(const struct ovpp_profile *prof,
		      const struct ovpp_message *msg,
		      const s64 command[OVPP_POINT_N], u8 *data)
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;
	const struct ovpp_signal *end = sig + msg->signals;

	for (; sig < end; sig++) {
		if (sig->flags & (OVPP_SIGNAL_MUX | OVPP_SIGNAL_CONST))
			ovpp_signal_put(sig, data, msg->length, sig->mux_value);
		else if (sig->point == OVPP_POINT_HEARTBEAT)
			ovpp_signal_put(sig, data, msg->length,
					encode_counter(sig,
						       command[sig->point]));
		else
			ovpp_signal_write(sig, prof->map, command[sig->point],
					  data, msg->length);
	}
}

int ovpp_message_encode(const struct ovpp_profile *prof,
			const struct ovpp_message *msg,
			const s64 command[OVPP_POINT_N], u8 *data)
{
	memset(data, msg->fill, msg->length);
	ovpp_message_put(prof, msg, command, data);
	return msg->length;
}

static u8 worse_quality(u8 a, u8 b)
{
	if (a == OVPP_QUALITY_NEVER || b == OVPP_QUALITY_NEVER)
		return OVPP_QUALITY_NEVER;
	return a == OVPP_QUALITY_GOOD ? b : a;
}

void ovpp_image_derive(const struct ovpp_profile *prof, struct ovpp_image *img)
{
	const struct ovpp_value *v = &img->point[OVPP_POINT_V];
	const struct ovpp_value *i = &img->point[OVPP_POINT_I];
	struct ovpp_value *p = &img->point[OVPP_POINT_P];
	s64 uw;

	if (!prof->derive_p)
		return;
	uw = ovpp_mul_sat(v->value, i->value);
	p->value = uw / 1000 + uw % 1000 / 500;
	p->time_ns = v->time_ns < i->time_ns ? v->time_ns : i->time_ns;
	p->timeout_ms = v->timeout_ms;
	if (!p->timeout_ms || (i->timeout_ms && i->timeout_ms < p->timeout_ms))
		p->timeout_ms = i->timeout_ms;
	p->quality = worse_quality(v->quality, i->quality);
	p->seq = v->seq + i->seq;
}
