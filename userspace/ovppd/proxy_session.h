/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Modbus TCP connection without its socket: bytes that came to requests, their
 * answers to bytes that go.
 *
 * A client may send many requests at once. They wait in the receive buffer and
 * are answered one after the other in the order in which they came: the line can
 * do no more than one at a time anyway, each client gets the same share of it, and
 * a master that does not look at transaction numbers is served right as well.
 */
#ifndef OVPPD_PROXY_SESSION_H
#define OVPPD_PROXY_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "mbap.h"
#include "proxy_gate.h"

#define PROXY_SESSION_RX (8 * MBAP_MAX)

/**
 * struct proxy_session - a connection
 * @request: the request at hand
 * @transaction: its transaction
 * @answered: called when @tx has an answer to send
 * @arg: for @answered
 * @rx_len: bytes in @rx
 * @tx_len: bytes in @tx; 0: nothing to send
 * @rx: received, from the request after the one at hand on
 * @tx: an answer
 */
struct proxy_session {
	struct proxy_request request;
	uint16_t transaction;
	void (*answered)(void *arg);
	void *arg;
	size_t rx_len;
	size_t tx_len;
	uint8_t rx[PROXY_SESSION_RX];
	uint8_t tx[MBAP_MAX];
};

void proxy_session_init(struct proxy_session *s, struct proxy_gate *gate,
			void (*answered)(void *arg), void *arg);

/* How many bytes it takes now; 0: none before an answer was sent. */
size_t proxy_session_room(const struct proxy_session *s);

/*
 * Bytes were received, no more than there was room for; the answer was sent.
 * Return: 0; -EPROTO: the client does not speak Modbus TCP and is to be cut off.
 */
int proxy_session_received(struct proxy_session *s, const uint8_t *bytes, size_t len);
int proxy_session_sent(struct proxy_session *s);

#endif /* OVPPD_PROXY_SESSION_H */
