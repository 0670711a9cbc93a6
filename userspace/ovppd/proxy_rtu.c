// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_rtu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"

static void port_gone(struct proxy_rtu *r)
{
	proxy_rtu_close(r);
	r->lost(r->arg);
}

static void port_ready(void *arg)
{
	struct proxy_rtu *r = arg;
	uint8_t bytes[OVPP_MODBUS_ADU_MAX];
	ssize_t n = read(r->watch.fd, bytes, sizeof(bytes));
	uint64_t now = clock_mono();

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		port_gone(r);
		return;
	}
	rtu_slave_received(&r->slave, bytes, (size_t)n, now);
	r->silence.at_ns = now + r->timing.t35_ns;
}

static void line_silent(void *arg)
{
	struct proxy_rtu *r = arg;

	rtu_slave_silence(&r->slave);
}

/* An answer is shorter than the buffer of any tty: what does not fit is lost. */
static void answer_ready(void *arg)
{
	struct proxy_rtu *r = arg;
	struct rtu_slave *s = &r->slave;

	if (!r->closing && write(r->watch.fd, s->tx, s->tx_len) == (ssize_t)s->tx_len)
		rtu_slave_sent(s, clock_mono() + s->tx_len * r->timing.char_ns);
}

int proxy_rtu_open(struct proxy_rtu *r, struct loop *loop, struct proxy_gate *gate,
		   const char *path, const struct ovpp_serial *serial, char *err, size_t size)
{
	unsigned int bits = 9 + (serial->parity != OVPP_PARITY_NONE) + serial->stop_bits;
	int fd, ret = ovpp_modbus_timing(&r->timing, serial->baud, bits);

	if (ret) {
		snprintf(err, size, "%u Bd: %s", serial->baud, strerror(-ret));
		return ret;
	}
	fd = ovpp_serial_open(path, serial, err, size);
	if (fd < 0)
		return fd;
	/* For nobody else, and without what was said before. */
	ioctl(fd, TIOCEXCL);
	tcflush(fd, TCIOFLUSH);
	r->loop = loop;
	r->closing = false;
	r->watch = (struct loop_watch){.ready = port_ready, .arg = r, .fd = fd};
	r->silence = (struct loop_timer){.fire = line_silent, .arg = r};
	rtu_slave_init(&r->slave, gate, answer_ready, r);
	loop_timer_add(loop, &r->silence);
	loop_watch(loop, &r->watch);
	return 0;
}

void proxy_rtu_close(struct proxy_rtu *r)
{
	int fd = r->watch.fd;

	if (r->closing)
		return;
	r->closing = true;
	proxy_line_forget(&r->slave.request.call);
	loop_timer_remove(r->loop, &r->silence);
	loop_unwatch(r->loop, &r->watch);
	/* A pty outlives the last who has it open, and would stay his. */
	ioctl(fd, TIOCNXCL);
	close(fd);
}

bool proxy_rtu_closed(const struct proxy_rtu *r)
{
	return r->closing && !r->watch.op.busy && !r->slave.request.call.busy;
}
