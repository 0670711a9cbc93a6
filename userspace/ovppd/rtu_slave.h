/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slave's end of a Modbus RTU line, without its tty: bytes that came to
 * requests, their answers to bytes that go.
 *
 * A master that asks anew has given up what it asked before. So an answer goes out
 * only while the line is silent and no other request has come: it never meets
 * another frame, and is never taken for the answer to a later request.
 *
 * Some adapters give back what they send. Answers to the functions 5, 6, 15, 22 and
 * so on look like requests, and a write must not repeat itself for ever: what comes
 * back is left out, where an answer that is no request has shown that it does.
 */
#ifndef OVPPD_RTU_SLAVE_H
#define OVPPD_RTU_SLAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/modbus.h"
#include "proxy_gate.h"

/**
 * struct rtu_slave - a port
 * @request: the request at hand
 * @answered: called when @tx is to be sent now; rtu_slave_sent() follows if it was
 * @arg: for @answered
 * @silent: 3.5 characters have passed since the last byte
 * @ready: @tx waits for its moment
 * @echoes: what is sent comes back, as far as is known
 * @echo_until_ns: until when it may; 0: nothing more is expected
 * @echo_len: bytes of @tx that have come back
 * @rx_len: bytes in @rx
 * @asked_len: bytes in @asked
 * @tx_len: bytes in @tx
 * @rx: received, and not yet found to be a request
 * @asked: the request at hand as it came
 * @tx: its answer
 */
struct rtu_slave {
	struct proxy_request request;
	void (*answered)(void *arg);
	void *arg;
	bool silent;
	bool ready;
	bool echoes;
	uint64_t echo_until_ns;
	size_t echo_len;
	size_t rx_len;
	size_t asked_len;
	size_t tx_len;
	uint8_t rx[2 * OVPP_MODBUS_ADU_MAX];
	uint8_t asked[OVPP_MODBUS_ADU_MAX];
	uint8_t tx[OVPP_MODBUS_ADU_MAX];
};

void rtu_slave_init(struct rtu_slave *s, struct proxy_gate *gate, void (*answered)(void *arg),
		    void *arg);

/* Bytes came, at most OVPP_MODBUS_ADU_MAX at once. */
void rtu_slave_received(struct rtu_slave *s, const uint8_t *bytes, size_t len, uint64_t now_ns);

/* No byte came for 3.5 characters. */
void rtu_slave_silence(struct rtu_slave *s);

/* The answer is on its way; its last byte leaves at @end_ns. */
void rtu_slave_sent(struct rtu_slave *s, uint64_t end_ns);

#endif /* OVPPD_RTU_SLAVE_H */
