// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_session.h"

#include <errno.h>
#include <string.h>

static void session_answered(void *arg)
{
	struct proxy_session *s = arg;
	const struct mbap frame = {
		.transaction = s->transaction,
		.unit = s->request.call.unit,
		.len = s->request.call.len,
		.pdu = s->request.call.pdu,
	};

	s->tx_len = mbap_put(s->tx, &frame);
	s->answered(s->arg);
}

void proxy_session_init(struct proxy_session *s, struct proxy_gate *gate,
			void (*answered)(void *arg), void *arg)
{
	*s = (struct proxy_session){.answered = answered, .arg = arg};
	proxy_request_init(&s->request, gate, session_answered, s);
}

/* Begins with the next request, if there is one and none is at hand. */
static int step(struct proxy_session *s)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	struct mbap frame;
	int used;

	if (s->request.call.busy || s->tx_len)
		return 0;
	used = mbap_get(s->rx, s->rx_len, &frame);
	if (used < 0)
		return used == -EAGAIN ? 0 : used;
	s->transaction = frame.transaction;
	/* Out of the buffer first: it may be answered at once. */
	memcpy(pdu, frame.pdu, frame.len);
	s->rx_len -= (size_t)used;
	memmove(s->rx, s->rx + used, s->rx_len);
	proxy_request_ask(&s->request, frame.unit, pdu, frame.len);
	return 0;
}

size_t proxy_session_room(const struct proxy_session *s)
{
	return sizeof(s->rx) - s->rx_len;
}

int proxy_session_received(struct proxy_session *s, const uint8_t *bytes, size_t len)
{
	memcpy(s->rx + s->rx_len, bytes, len);
	s->rx_len += len;
	return step(s);
}

int proxy_session_sent(struct proxy_session *s)
{
	s->tx_len = 0;
	return step(s);
}
