// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes of a Modbus TCP connection, and of a serial line with a slave: whatever
 * comes, in whatever pieces, and whatever the line says to it, every answer is a
 * whole frame that belongs to a request, and nothing is written that may not be.
 */
#include "core/modbus.h"
#include "input.h"

#include "../../userspace/ovppd/mbap.c"
#include "../../userspace/ovppd/proxy_gate.c"
#include "../../userspace/ovppd/proxy_line.c"
#include "../../userspace/ovppd/proxy_session.c"
#include "../../userspace/ovppd/rtu_slave.c"
#include "../unit/proxy_line_fake.h"

static void count(void *arg)
{
	(*(unsigned int *)arg)++;
}

/* Nothing reaches the line that the gate does not allow. */
static void check_call(const struct proxy_gate *gate, const struct proxy_call *call)
{
	struct ovpp_modbus_request req;

	PROMISE(proxy_gate_has_unit(gate, call->unit));
	PROMISE(!ovpp_modbus_parse(call->pdu, call->len, &req));
	PROMISE(!req.write_quantity || gate->write);
}

/* The line answers the call at hand, anything or nothing. */
static void end_call(struct input *in, struct fake *fake)
{
	size_t len = draw_below(in, OVPP_MODBUS_PDU_MAX + 1);
	u8 *pdu;

	if (len) {
		pdu = draw_bytes(in, len);
		fake_end(fake, 0, (int)len, pdu);
		free(pdu);
	} else {
		fake_end(fake, 0, -(int)draw_below(in, 134), NULL);
	}
}

static void check_frame(const struct proxy_session *s)
{
	struct mbap f;

	PROMISE(s->tx_len <= MBAP_MAX);
	PROMISE(mbap_get(s->tx, s->tx_len, &f) == (int)s->tx_len);
	PROMISE(f.transaction == s->transaction);
}

static void connection(struct input *in, struct proxy_gate *gate, struct fake *fake)
{
	struct proxy_session s;
	unsigned int answers = 0;
	int ret = 0;

	proxy_session_init(&s, gate, count, &answers);
	while (in->at < in->end && !ret) {
		size_t len = draw_below(in, 64), room = proxy_session_room(&s);
		u8 *bytes = draw_bytes(in, len < room ? len : room);

		ret = proxy_session_received(&s, bytes, len < room ? len : room);
		free(bytes);
		if (fake->n) {
			PROMISE(fake->n == 1 && !s.tx_len);
			check_call(gate, fake->call[0]);
			if (draw(in, 1) & 1)
				end_call(in, fake);
		}
		if (s.tx_len && draw(in, 1) & 1) {
			check_frame(&s);
			ret = proxy_session_sent(&s);
		}
	}
	while (fake->n)
		fake_end(fake, 0, -ENODEV, NULL);
	/* One for each request: there is none that nobody answers. */
	PROMISE(answers == gate->requests);
}

static void check_adu(const struct rtu_slave *s)
{
	PROMISE(s->tx_len >= 4 && s->tx_len <= OVPP_MODBUS_ADU_MAX);
	PROMISE(s->tx[0] == s->asked[0]);
	/* A CRC over a frame with its CRC is 0. */
	PROMISE(!ovpp_modbus_crc(s->tx, s->tx_len));
}

static void port(struct input *in, struct proxy_gate *gate, struct fake *fake)
{
	unsigned int answers = 0, before;
	struct rtu_slave s;
	u64 now = 1;

	rtu_slave_init(&s, gate, count, &answers);
	while (in->at < in->end) {
		size_t len = draw_below(in, 64);
		u8 *bytes = draw_bytes(in, len);

		before = answers;
		now += draw(in, 1) * OVPP_NS_PER_MS;
		/* Valid requests are not found by chance. */
		if (len > 6 && bytes[0] & 1) {
			u16 crc = ovpp_modbus_crc(bytes + 1, len - 3);

			bytes[len - 2] = (u8)crc;
			bytes[len - 1] = (u8)(crc >> 8);
		}
		rtu_slave_received(&s, bytes, len, now);
		free(bytes);
		if (draw(in, 1) & 1)
			rtu_slave_silence(&s);
		PROMISE(fake->n <= 1);
		if (fake->n) {
			check_call(gate, fake->call[0]);
			if (draw(in, 1) & 1)
				end_call(in, fake);
		}
		PROMISE(answers <= before + 1);
		if (answers > before) {
			check_adu(&s);
			rtu_slave_sent(&s, now);
		}
	}
	while (fake->n)
		fake_end(fake, 0, -ENODEV, NULL);
	PROMISE(answers <= gate->requests);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, data + size};
	unsigned int how = draw(&in, 1);
	struct proxy_gate gate = {.write = how & 1};
	struct fake fake;

	fake_init(&fake);
	gate.line = &fake.line;
	if (how & 2)
		proxy_gate_all_units(&gate);
	else
		proxy_gate_add_unit(&gate, 1);
	if (how & 4)
		port(&in, &gate, &fake);
	else
		connection(&in, &gate, &fake);
	return 0;
}
