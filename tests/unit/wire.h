/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial line in virtual time: the master of core/line.c at one end, devices at
 * the other. Every character takes its time; two at once spoil each other.
 */
#ifndef OVPP_TEST_WIRE_H
#define OVPP_TEST_WIRE_H

#include <stdio.h>
#include <stdlib.h>

#include "core/line.h"

#define WIRE_DEVICES 40
#define WIRE_REGISTERS 256
#define WIRE_BYTES 4096
#define WIRE_OUTCOMES 4096

#define MS(n) ((u64)(n)*OVPP_NS_PER_MS)

/**
 * struct wire_device - a device
 * @unit: its address
 * @latency_ns: from the end of a request to its answer, at least t3.5
 * @silent: answers nothing
 * @deaf_from: answers nothing that is about this register or one beyond; 0: all
 * @garble: so many answers have a wrong bit
 * @drop: so many answers do not come
 * @late_ns: so much later come answers
 * @late: so many
 * @exception: code that it refuses everything with; 0: nothing
 * @glitch: a character of noise comes when it begins to send
 * @answered: requests that it answered
 * @asked_ns: when the last request to it began
 * @reg: its registers; coils are their lowest bits
 */
struct wire_device {
	u8 unit;
	u64 latency_ns;
	bool silent;
	u16 deaf_from;
	unsigned int garble;
	unsigned int drop;
	u64 late_ns;
	unsigned int late;
	u8 exception;
	bool glitch;
	unsigned int answered;
	u64 asked_ns;
	u16 reg[WIRE_REGISTERS];
};

/* A character, and when its last bit has come. */
struct wire_byte {
	u64 at;
	u8 c;
};

/**
 * struct wire - a line
 * @line: its master
 * @now: current time
 * @echo: it repeats what the master sends
 * @glitch: a character of noise comes before that
 * @chunk: the receiver hands on so many characters at once
 * @babble_ns: somebody sends a character so often; 0: nobody
 * @babble_at: when the next one comes
 * @sent: requests sent
 * @adu: the last of them
 * @adu_len: its length
 * @sent_ns: when it began
 * @free_ns: when the last character was on the line
 * @shortest_ns: least silence before a request
 * @byte: characters to come
 * @n_bytes: length of @byte
 * @dev: devices
 * @n_dev: length of @dev
 * @out: outcomes so far, the last WIRE_OUTCOMES of them
 * @n_out: how many there were
 */
struct wire {
	struct ovpp_line line;
	u64 now;
	bool echo;
	bool glitch;
	unsigned int chunk;
	u64 babble_ns;
	u64 babble_at;
	unsigned int sent;
	u8 adu[OVPP_MODBUS_ADU_MAX];
	size_t adu_len;
	u64 sent_ns;
	u64 free_ns;
	u64 shortest_ns;
	struct wire_byte byte[WIRE_BYTES];
	unsigned int n_bytes;
	struct wire_device dev[WIRE_DEVICES];
	unsigned int n_dev;
	struct ovpp_line_outcome out[WIRE_OUTCOMES];
	unsigned int n_out;
};

static inline void wire_init(struct wire *w, u32 baud, unsigned int bits)
{
	struct ovpp_modbus_timing t;

	memset(w, 0, sizeof(*w));
	w->now = MS(1000);
	w->chunk = 1;
	w->shortest_ns = S64_MAX;
	if (ovpp_modbus_timing(&t, baud, bits))
		abort();
	ovpp_line_init(&w->line);
	ovpp_line_set_timing(&w->line, &t, w->now);
}

static inline struct wire_device *wire_add(struct wire *w, u8 unit, u64 latency_ns)
{
	struct wire_device *d = &w->dev[w->n_dev++];
	unsigned int i;

	d->unit = unit;
	d->latency_ns = latency_ns;
	for (i = 0; i < WIRE_REGISTERS; i++)
		d->reg[i] = unit << 8 | i;
	return d;
}

/* One character; another at the same time spoils both. */
static inline void wire_put(struct wire *w, u64 at, u8 c)
{
	unsigned int i = w->n_bytes++;

	if (w->n_bytes > WIRE_BYTES)
		abort();
	for (; i && w->byte[i - 1].at > at; i--)
		w->byte[i] = w->byte[i - 1];
	w->byte[i] = (struct wire_byte){at, c};
	if (i && at - w->byte[i - 1].at < w->line.timing.char_ns)
		w->byte[i].c ^= 0x55;
	if (i + 1 < w->n_bytes && w->byte[i + 1].at - at < w->line.timing.char_ns)
		w->byte[i + 1].c ^= 0x55;
}

/* Characters in a row, the first of which begins at @at. */
static inline void wire_put_all(struct wire *w, u64 at, const u8 *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		wire_put(w, at + (i + 1) * w->line.timing.char_ns, data[i]);
}

static inline size_t wire_read(const struct wire_device *d, const struct ovpp_modbus_request *req,
			       u8 *pdu)
{
	size_t len = ovpp_modbus_answer_len(req);
	unsigned int i;

	memset(pdu, 0, len);
	pdu[0] = req->function;
	pdu[1] = len - 2;
	for (i = 0; i < req->quantity; i++) {
		u16 reg = d->reg[(req->address + i) % WIRE_REGISTERS];

		if (req->function <= OVPP_MODBUS_READ_INPUTS) {
			pdu[2 + i / 8] |= (reg & 1) << i % 8;
		} else {
			pdu[2 + 2 * i] = reg >> 8;
			pdu[3 + 2 * i] = reg;
		}
	}
	return len;
}

static inline void wire_write(struct wire_device *d, const struct ovpp_modbus_request *req)
{
	const u8 *data = req->data;
	unsigned int i;

	for (i = 0; i < req->write_quantity; i++) {
		u16 *reg = &d->reg[(req->write_address + i) % WIRE_REGISTERS];

		switch (req->function) {
		case OVPP_MODBUS_WRITE_COIL:
		case OVPP_MODBUS_WRITE_COILS:
			*reg = (*reg & ~1) | (data[i / 8] >> i % 8 & 1);
			break;
		case OVPP_MODBUS_MASK_WRITE:
			*reg = (*reg & (data[0] << 8 | data[1])) |
			       ((data[2] << 8 | data[3]) & ~(data[0] << 8 | data[1]));
			break;
		default:
			*reg = data[2 * i] << 8 | data[2 * i + 1];
		}
	}
}

/* What a device answers to a PDU. */
static inline size_t wire_answer(struct wire_device *d, const u8 *request, size_t len, u8 *pdu)
{
	struct ovpp_modbus_request req;

	if (ovpp_modbus_parse(request, len, &req))
		abort();
	if (d->exception) {
		pdu[0] = req.function | OVPP_MODBUS_EXCEPTION;
		pdu[1] = d->exception;
		return 2;
	}
	if (req.write_quantity)
		wire_write(d, &req);
	if (ovpp_modbus_reads(req.function))
		return wire_read(d, &req, pdu);
	memcpy(pdu, request, ovpp_modbus_answer_len(&req));
	return ovpp_modbus_answer_len(&req);
}

static inline void wire_device_hears(struct wire *w, struct wire_device *d, u64 end)
{
	u64 at = end + ovpp_max(d->latency_ns, w->line.timing.t35_ns);
	u8 pdu[OVPP_MODBUS_PDU_MAX], adu[OVPP_MODBUS_ADU_MAX];
	size_t len;

	d->asked_ns = w->sent_ns;
	if (d->silent || (d->deaf_from && w->line.req.address >= d->deaf_from))
		return;
	len = ovpp_modbus_adu(d->unit, pdu, wire_answer(d, w->adu + 1, w->adu_len - 3, pdu), adu);
	if (d->drop) {
		d->drop--;
		return;
	}
	if (d->garble) {
		d->garble--;
		adu[len / 2] ^= 0x10;
	} else {
		d->answered++;
	}
	if (d->late) {
		d->late--;
		at += d->late_ns;
	}
	if (d->glitch)
		wire_put(w, end + w->line.timing.char_ns, 0x00);
	wire_put_all(w, at, adu, len);
}

static inline void wire_send(struct wire *w, const u8 *adu, size_t len)
{
	u64 end = w->now + len * w->line.timing.char_ns;
	unsigned int i;

	if (w->sent)
		w->shortest_ns = ovpp_min(w->shortest_ns, w->now - ovpp_min(w->free_ns, w->now));
	w->sent++;
	w->sent_ns = w->now;
	w->free_ns = end;
	memcpy(w->adu, adu, len);
	w->adu_len = len;
	if (w->glitch)
		wire_put(w, w->now, 0xff);
	if (w->echo)
		wire_put_all(w, w->now, adu, len);
	for (i = 0; i < w->n_dev; i++)
		if (w->dev[i].unit == adu[0])
			wire_device_hears(w, &w->dev[i], end);
}

/* Hands on what has come together. */
static inline void wire_receive(struct wire *w)
{
	u8 data[256];
	unsigned int n = 0;

	do {
		w->now = w->byte[n].at;
		data[n] = w->byte[n].c;
		n++;
	} while (n < w->chunk && n < w->n_bytes &&
		 w->byte[n].at - w->now < 2 * w->line.timing.char_ns);
	w->n_bytes -= n;
	memmove(w->byte, w->byte + n, w->n_bytes * sizeof(w->byte[0]));
	w->free_ns = ovpp_max(w->free_ns, w->now);
	ovpp_line_receive(&w->line, data, n, w->now);
}

static inline void wire_babble(struct wire *w)
{
	u8 c = 0xa5;

	w->now = w->babble_at;
	w->babble_at += w->babble_ns;
	w->free_ns = ovpp_max(w->free_ns, w->now);
	ovpp_line_receive(&w->line, &c, 1, w->now);
}

/*
 * One turn of the master's loop. After an outcome no time passes. Return: false when
 * nothing is to come.
 */
static inline bool wire_step(struct wire *w, u64 until)
{
	u64 wake, next = until;
	const u8 *adu;
	size_t len;

	if (ovpp_line_outcome(&w->line, w->now, &w->out[w->n_out % WIRE_OUTCOMES])) {
		w->n_out++;
		return true;
	}
	len = ovpp_line_next(&w->line, w->now, &adu, &wake);
	if (len) {
		wire_send(w, adu, len);
		return true;
	}
	next = ovpp_min(next, w->n_bytes ? w->byte[0].at : until);
	if (w->babble_ns && w->babble_at < next && w->babble_at <= wake) {
		wire_babble(w);
	} else if (w->n_bytes && next == w->byte[0].at && next <= wake) {
		wire_receive(w);
	} else if (wake < until) {
		if (wake <= w->now)
			abort();
		w->now = wake;
	} else {
		w->now = until;
		return false;
	}
	return true;
}

static inline void wire_run(struct wire *w, u64 ns)
{
	u64 until = w->now + ns;

	while (wire_step(w, until))
		;
}

/* Until there is another outcome, or so long; NULL: there is none. */
static inline const struct ovpp_line_outcome *wire_wait(struct wire *w, u64 ns)
{
	u64 until = w->now + ns;
	unsigned int n = w->n_out;

	while (wire_step(w, until) && w->n_out == n)
		;
	return w->n_out == n ? NULL : &w->out[n % WIRE_OUTCOMES];
}

#endif /* OVPP_TEST_WIRE_H */
