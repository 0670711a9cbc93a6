/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Modbus device on a pty, as real ones are: a thread that answers what comes from
 * the line, with faults at will.
 */
#ifndef OVPP_TEST_MODBUS_SLAVE_H
#define OVPP_TEST_MODBUS_SLAVE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/modbus.h"

#define SLAVE_UNIT 7
#define SLAVE_REGISTERS 512

/* What is wrong with it. */
enum slave_fault {
	SLAVE_WELL,
	SLAVE_SILENT,
	SLAVE_REFUSES,	/* illegal address, to everything */
	SLAVE_GARBLED,	/* a wrong CRC */
	SLAVE_NOISY,	/* noise before each answer, which comes byte by byte */
	SLAVE_BABBLING, /* answers, and sends rubbish all the time */
};

/**
 * struct slave - a device
 * @fd: master side of its pty; the device's end of the line
 * @tty: the line's other end
 * @thread: it
 * @stop: the thread is to end
 * @fault: enum slave_fault
 * @reads: requests that only read, answered
 * @writes: requests that write, answered
 * @reg: its registers, input and holding ones alike
 * @buf: what came
 * @len: bytes at @buf
 */
struct slave {
	int fd;
	char tty[64];
	pthread_t thread;
	atomic_bool stop;
	atomic_int fault;
	atomic_uint reads;
	atomic_uint writes;
	atomic_uint reg[SLAVE_REGISTERS];
	uint8_t buf[1024];
	size_t len;
};

static inline void slave_set32(struct slave *s, unsigned int address, int32_t value)
{
	atomic_store(&s->reg[address], (uint32_t)value >> 16);
	atomic_store(&s->reg[address + 1], (uint32_t)value & 0xffff);
}

static inline int32_t slave_get32(struct slave *s, unsigned int address)
{
	return (int32_t)(atomic_load(&s->reg[address]) << 16 | atomic_load(&s->reg[address + 1]));
}

static inline void slave_write(struct slave *s, const struct ovpp_modbus_request *req)
{
	if (req->function == OVPP_MODBUS_WRITE_COIL || req->function == OVPP_MODBUS_WRITE_COILS)
		return;
	for (unsigned int i = 0; i < req->write_quantity; i++)
		atomic_store(&s->reg[(req->write_address + i) % SLAVE_REGISTERS],
			     (unsigned int)req->data[2 * i] << 8 | req->data[2 * i + 1]);
}

/* The PDU that answers; its length. */
static inline size_t slave_answer(struct slave *s, const struct ovpp_modbus_request *req,
				  const uint8_t *pdu, uint8_t *out)
{
	size_t n = ovpp_modbus_answer_len(req);

	out[0] = req->function;
	if (atomic_load(&s->fault) == SLAVE_REFUSES) {
		out[0] |= OVPP_MODBUS_EXCEPTION;
		out[1] = OVPP_MODBUS_ILLEGAL_ADDRESS;
		return 2;
	}
	if (req->write_quantity) {
		slave_write(s, req);
		memcpy(out, pdu, n);
		return n;
	}
	out[1] = (uint8_t)(n - 2);
	for (unsigned int i = 0; i < (n - 2) / 2; i++) {
		unsigned int v = atomic_load(&s->reg[(req->address + i) % SLAVE_REGISTERS]);

		out[2 + 2 * i] = (uint8_t)(v >> 8);
		out[3 + 2 * i] = (uint8_t)v;
	}
	return n;
}

static inline void slave_send(struct slave *s, const uint8_t *adu, size_t len)
{
	static const uint8_t noise[] = {0x00, SLAVE_UNIT, 0x03, 0xff};
	ssize_t n = 0;

	if (atomic_load(&s->fault) != SLAVE_NOISY) {
		n = write(s->fd, adu, len);
		(void)n;
		return;
	}
	n = write(s->fd, noise, sizeof(noise));
	for (size_t i = 0; i < len && n > 0; i++)
		n = write(s->fd, adu + i, 1);
}

static inline void slave_serve(struct slave *s, const uint8_t *adu, size_t len)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX], out[OVPP_MODBUS_ADU_MAX];
	struct ovpp_modbus_request req;
	size_t n;

	if (adu[0] != SLAVE_UNIT || atomic_load(&s->fault) == SLAVE_SILENT ||
	    ovpp_modbus_parse(adu + 1, len - 3, &req))
		return;
	n = slave_answer(s, &req, adu + 1, pdu);
	n = ovpp_modbus_adu(SLAVE_UNIT, pdu, n, out);
	if (atomic_load(&s->fault) == SLAVE_GARBLED)
		out[n - 1] ^= 0x55;
	slave_send(s, out, n);
	atomic_fetch_add(req.write_quantity ? &s->writes : &s->reads, 1);
}

static inline void slave_look(struct slave *s)
{
	size_t len;
	int at;

	while ((at = ovpp_modbus_find_request(s->buf, s->len, &len)) >= 0) {
		slave_serve(s, s->buf + at, len);
		s->len -= (size_t)at + len;
		memmove(s->buf, s->buf + at + len, s->len);
	}
}

static inline void *slave_run(void *arg)
{
	static const uint8_t rubbish[256] = {SLAVE_UNIT, 0x83, 0x12, SLAVE_UNIT, 0x03, 0xfa};
	struct slave *s = arg;

	while (!atomic_load(&s->stop)) {
		struct pollfd fd = {.fd = s->fd, .events = POLLIN};
		ssize_t n;

		if (atomic_load(&s->fault) == SLAVE_BABBLING) {
			n = write(s->fd, rubbish, sizeof(rubbish));
			(void)n;
		}
		if (poll(&fd, 1, 5) <= 0 || !(fd.revents & POLLIN))
			continue;
		if (s->len == sizeof(s->buf))
			s->len = 0;
		n = read(s->fd, s->buf + s->len, sizeof(s->buf) - s->len);
		if (n <= 0)
			continue;
		s->len += (size_t)n;
		slave_look(s);
	}
	return NULL;
}

/* Plugs it in, on a pty of its own. */
static inline int slave_start(struct slave *s)
{
	s->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	s->len = 0;
	atomic_store(&s->stop, false);
	if (grantpt(s->fd) || unlockpt(s->fd) || ptsname_r(s->fd, s->tty, sizeof(s->tty)) ||
	    pthread_create(&s->thread, NULL, slave_run, s)) {
		close(s->fd);
		s->fd = -1;
		return -EIO;
	}
	return 0;
}

/* Pulls it out: the line's end hangs up. What it holds stays. */
static inline void slave_stop(struct slave *s)
{
	if (s->fd < 0)
		return;
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	close(s->fd);
	s->fd = -1;
}

#endif /* OVPP_TEST_MODBUS_SLAVE_H */
