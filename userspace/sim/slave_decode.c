// SPDX-License-Identifier: GPL-2.0-or-later
#include "slave_decode.h"

#include <core/modbus.h>
#include <math.h>

/* Signals that say something of one point. */
#define PARTS_MAX 8

/**
 * struct parts - what the registers say of a point
 * @sig: signals
 * @value: of each
 * @n: their number
 */
struct parts {
	const struct ovpp_signal *sig[PARTS_MAX];
	int64_t value[PARTS_MAX];
	size_t n;
};

struct span slave_span(const struct slave *s, const struct ovpp_message *msg)
{
	return (struct span){
		.table = registers_of(s->regs, OVPP_MODBUS_FUNCTION(msg->id)),
		.address = OVPP_MODBUS_ADDRESS(msg->id),
		.n = ovpp_message_quantity(s->profile, msg),
	};
}

struct span slave_signal_span(const struct slave *s, const struct ovpp_message *msg,
			      const struct ovpp_signal *sig)
{
	struct span span = slave_span(s, msg);
	size_t bits = registers_are_bits(span.table) ? 1 : 16;
	size_t first = ovpp_signal_first(sig) / bits;

	span.address += first;
	span.n = (ovpp_signal_first(sig) + sig->length - 1) / bits - first + 1;
	return span;
}

void slave_payload(const struct slave *s, const struct ovpp_message *msg, uint8_t *data)
{
	struct span span = slave_span(s, msg);

	memset(data, 0, OVPP_MODBUS_PDU_MAX);
	registers_get(s->regs, span.table, span.address, span.n, data);
}

static void add_part(struct parts *p, const struct ovpp_signal *sig, int64_t value)
{
	if (p->n == PARTS_MAX)
		return;
	p->sig[p->n] = sig;
	p->value[p->n++] = value;
}

static bool was_written(const struct slave *s, const struct ovpp_message *msg,
			const struct ovpp_signal *sig)
{
	struct span span = slave_signal_span(s, msg, sig);

	return registers_have(s->regs, span.table, span.address, span.n, REGISTERS_WRITTEN);
}

static void find_parts(const struct slave *s, const struct ovpp_message *msg, enum ovpp_point point,
		       struct parts *p)
{
	const struct ovpp_signal *sig = s->profile->signal + msg->signal;
	uint8_t data[OVPP_MODBUS_PDU_MAX];
	int64_t value;

	slave_payload(s, msg, data);
	for (unsigned int i = 0; i < msg->signals; i++, sig++) {
		if (sig->flags & OVPP_SIGNAL_CONST || sig->point != point ||
		    !was_written(s, msg, sig))
			continue;
		if (!ovpp_signal_read(sig, s->profile->map, data, msg->length, &value))
			add_part(p, sig, value);
	}
}

static size_t finest(const struct parts *p)
{
	size_t best = 0;

	for (size_t i = 1; i < p->n; i++)
		if (fabs((double)p->sig[i]->num) / p->sig[i]->den <
		    fabs((double)p->sig[best]->num) / p->sig[best]->den)
			best = i;
	return best;
}

/* Would this command stand in all registers as they are? */
static bool agreed(const struct slave *s, const struct parts *p, int64_t value)
{
	for (size_t i = 0; i < p->n; i++) {
		uint64_t raw;
		int64_t back;

		if (ovpp_signal_encode(p->sig[i], s->profile->map, value, &raw) ||
		    ovpp_signal_decode(p->sig[i], s->profile->map, raw, &back) ||
		    back != p->value[i])
			return false;
	}
	return true;
}

int slave_decode(const struct slave *s, enum ovpp_point point, int64_t *value)
{
	struct parts p = {.n = 0};

	for (unsigned int i = 0; i < s->profile->n_messages; i++)
		if (s->profile->message[i].flags & OVPP_MESSAGE_TX)
			find_parts(s, &s->profile->message[i], point, &p);
	if (!p.n)
		return -EAGAIN;
	*value = p.value[finest(&p)];
	if (p.n == 1 || agreed(s, &p, *value))
		return 0;
	*value = 0;
	return agreed(s, &p, 0) ? 0 : -EAGAIN;
}
