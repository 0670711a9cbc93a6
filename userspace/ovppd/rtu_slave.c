// SPDX-License-Identifier: GPL-2.0-or-later
#include "rtu_slave.h"

#include <string.h>

#include "clock.h"

/* How late an adapter on USB may hand over what it has heard. */
#define ECHO_LATE_NS (100 * CLOCK_MS)

/* Adds to what was received; the oldest bytes make room. */
static void keep(struct rtu_slave *s, const uint8_t *bytes, size_t len)
{
	size_t room = sizeof(s->rx) - s->rx_len;

	if (len > room) {
		s->rx_len -= len - room;
		memmove(s->rx, s->rx + (len - room), s->rx_len);
	}
	memcpy(s->rx + s->rx_len, bytes, len);
	s->rx_len += len;
}

/* Does the answer look the same as its request? Then so does its echo. */
static bool repeats(const struct rtu_slave *s)
{
	return s->tx_len == s->asked_len && !memcmp(s->tx, s->asked, s->tx_len);
}

static void echo_over(struct rtu_slave *s, bool echoes)
{
	s->echoes = echoes;
	s->echo_until_ns = 0;
}

/* Return: how many of the bytes belong to what may be an echo. */
static size_t take_echo(struct rtu_slave *s, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
	size_t n = 0;

	if (!s->echo_until_ns)
		return 0;
	if (now_ns > s->echo_until_ns) {
		echo_over(s, false);
		return 0;
	}
	while (n < len && s->echo_len < s->tx_len && bytes[n] == s->tx[s->echo_len]) {
		s->echo_len++;
		n++;
	}
	if (s->echo_len == s->tx_len) {
		bool again = repeats(s) && !s->echoes;

		if (again)
			keep(s, s->tx, s->tx_len);
		echo_over(s, !again);
	} else if (n < len) {
		/* It began like the answer, and was none. */
		keep(s, s->tx, s->echo_len);
		echo_over(s, false);
	}
	return n;
}

void rtu_slave_received(struct rtu_slave *s, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
	size_t n = take_echo(s, bytes, len, now_ns);

	s->silent = false;
	keep(s, bytes + n, len - n);
}

/* Takes all requests out of what was received. Return: is there a newest one? */
static bool take_newest(struct rtu_slave *s)
{
	bool found = false;
	size_t len, end;
	int at;

	while ((at = ovpp_modbus_find_request(s->rx, s->rx_len, &len)) >= 0) {
		end = (size_t)at + len;
		memcpy(s->asked, s->rx + at, len);
		s->asked_len = len;
		s->rx_len -= end;
		memmove(s->rx, s->rx + end, s->rx_len);
		found = true;
	}
	return found;
}

/* The line is silent, and no request is on its way. */
static void proceed(struct rtu_slave *s)
{
	if (take_newest(s)) {
		s->ready = false;
		/* Other units of that line answer for themselves. */
		if (proxy_gate_has_unit(s->request.gate, s->asked[0]))
			proxy_request_ask(&s->request, s->asked[0], s->asked + 1, s->asked_len - 3);
	} else if (s->ready) {
		s->ready = false;
		s->answered(s->arg);
	}
}

static void slave_answered(void *arg)
{
	struct rtu_slave *s = arg;
	const struct proxy_call *call = &s->request.call;

	s->tx_len = ovpp_modbus_adu(call->unit, call->pdu, call->len, s->tx);
	s->echo_until_ns = 0;
	s->ready = true;
	if (s->silent)
		proceed(s);
}

void rtu_slave_init(struct rtu_slave *s, struct proxy_gate *gate, void (*answered)(void *arg),
		    void *arg)
{
	*s = (struct rtu_slave){.answered = answered, .arg = arg, .echoes = true};
	proxy_request_init(&s->request, gate, slave_answered, s);
}

void rtu_slave_silence(struct rtu_slave *s)
{
	s->silent = true;
	if (!s->request.call.busy)
		proceed(s);
}

void rtu_slave_sent(struct rtu_slave *s, uint64_t end_ns)
{
	s->echo_len = 0;
	s->echo_until_ns = end_ns + ECHO_LATE_NS;
}
