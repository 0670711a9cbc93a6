// SPDX-License-Identifier: GPL-2.0-or-later
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PORTS_MAX 64

/* Sleep comes to an end about this much late: the rest of a pause is waited for awake. */
#define AWAKE_NS 100000

static const struct {
	uint32_t baud;
	speed_t speed;
} speeds[] = {
	{1200, B1200},	   {2400, B2400},     {4800, B4800},	 {9600, B9600},
	{19200, B19200},   {38400, B38400},   {57600, B57600},	 {115200, B115200},
	{230400, B230400}, {460800, B460800}, {921600, B921600},
};

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int fail(struct sim_error *err, const char *path, int code)
{
	sim_fail(err, "%s: %s", path, strerror(code));
	return -code;
}

static int speed_of(uint32_t baud, speed_t *out)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		if (speeds[i].baud == baud) {
			*out = speeds[i].speed;
			return 0;
		}
	}
	return -EINVAL;
}

/* Bytes as they are, in the line's format. */
static void set_format(struct termios *t, const struct line *line)
{
	cfmakeraw(t);
	t->c_cflag |= CLOCAL | CREAD;
	t->c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | PARODD | CRTSCTS);
	if (line->stop_bits == 2)
		t->c_cflag |= CSTOPB;
	if (line->parity != OVPP_PARITY_NONE)
		t->c_cflag |= PARENB;
	if (line->parity == OVPP_PARITY_ODD)
		t->c_cflag |= PARODD;
	t->c_cc[VMIN] = 1;
	t->c_cc[VTIME] = 0;
}

static int set_line(int fd, const struct line *line, const char *path, struct sim_error *err)
{
	struct termios t;
	speed_t speed;

	if (speed_of(line->baud, &speed))
		return sim_fail(err, "%s: %u Bd is no speed of a tty", path, line->baud);
	if (tcgetattr(fd, &t))
		return fail(err, path, errno);
	set_format(&t, line);
	cfsetspeed(&t, speed);
	if (tcsetattr(fd, TCSANOW, &t) || tcflush(fd, TCIOFLUSH))
		return fail(err, path, errno);
	return 0;
}

static int open_tty(struct port *port, const char *path, struct sim_error *err)
{
	snprintf(port->path, sizeof(port->path), "%s", path);
	port->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (port->fd < 0)
		return fail(err, path, errno);
	return set_line(port->fd, port->line, path, err);
}

/* A link that is there already is an older run's; anything else is not touched. */
static int make_link(struct port *port, const char *link, struct sim_error *err)
{
	struct stat st;

	if (strlen(link) >= sizeof(port->link))
		return fail(err, link, ENAMETOOLONG);
	if (!lstat(link, &st) && S_ISLNK(st.st_mode))
		unlink(link);
	if (symlink(port->path, link))
		return fail(err, link, errno);
	strcpy(port->link, link);
	return 0;
}

static int open_pty(struct port *port, const char *link, struct sim_error *err)
{
	struct termios t;

	port->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (port->fd < 0 || grantpt(port->fd) || unlockpt(port->fd) ||
	    ptsname_r(port->fd, port->path, sizeof(port->path)))
		return fail(err, "pty", errno);
	port->far = open(port->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (port->far < 0 || tcgetattr(port->far, &t))
		return fail(err, port->path, errno);
	set_format(&t, port->line);
	if (tcsetattr(port->far, TCSANOW, &t))
		return fail(err, port->path, errno);
	port->line->paced = true;
	/* Its times are kept to less than the usual 50 us. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	return make_link(port, link, err);
}

int port_open(struct port *port, struct line *line, const char *where, struct sim_error *err)
{
	*port = (struct port)PORT_CLOSED;
	port->line = line;
	if (!strncmp(where, "pty:", 4))
		return open_pty(port, where + 4, err);
	return open_tty(port, where, err);
}

void port_close(struct port *port)
{
	if (port->link[0])
		unlink(port->link);
	if (port->fd >= 0)
		close(port->fd);
	if (port->far >= 0)
		close(port->far);
	*port = (struct port)PORT_CLOSED;
}

static int receive(struct port *port)
{
	uint8_t data[LINE_RX_MAX];
	ssize_t n;

	while ((n = read(port->fd, data, sizeof(data))) > 0)
		line_receive(port->line, data, (size_t)n, (uint64_t)now_ns());
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n < 0 ? -errno : -EIO;
}

/* Sends what is due; @wake is brought forward to what is due next. */
static int transmit(struct port *port, uint64_t *wake)
{
	uint8_t data[LINE_RX_MAX];
	uint64_t next;
	size_t n;

	while ((n = line_send(port->line, (uint64_t)now_ns(), data, &next))) {
		/* Bytes that find no room are lost, as on a line that nobody reads. */
		if (write(port->fd, data, n) < 0 && errno != EAGAIN)
			return -errno;
	}
	if (next < *wake)
		*wake = next;
	return 0;
}

static int transmit_all(struct port *port, size_t n, uint64_t *wake)
{
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++)
		ret = transmit(&port[i], wake);
	return ret;
}

static int wait_for(struct pollfd *fds, nfds_t n, int64_t until)
{
	int64_t left = until - now_ns();
	struct timespec t = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
	int ret;

	if (left < 0)
		t = (struct timespec){0};
	ret = ppoll(fds, n, until == INT64_MAX ? NULL : &t, NULL);
	return ret < 0 && errno != EINTR ? -errno : 0;
}

/* For what a paced line has to send, which at 115,200 Bd is a matter of some us. */
static int wait_exactly(struct pollfd *fds, nfds_t n, int64_t until)
{
	int ret = wait_for(fds, n, until - AWAKE_NS);

	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents)
			return ret;
	while (now_ns() < until)
		;
	return ret;
}

int ports_serve(struct port *port, size_t n, int stop, int64_t due)
{
	struct pollfd fds[PORTS_MAX + 1] = {{.fd = stop, .events = POLLIN}};
	int ret = 0;

	if (n > PORTS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		fds[1 + i] = (struct pollfd){.fd = port[i].fd, .events = POLLIN};
	do {
		uint64_t wake = (uint64_t)due;

		ret = transmit_all(port, n, &wake);
		if (!ret)
			ret = (int64_t)wake < due ? wait_exactly(fds, n + 1, (int64_t)wake)
						  : wait_for(fds, n + 1, due);
		for (size_t i = 0; i < n && !ret; i++)
			if (fds[1 + i].revents)
				ret = receive(&port[i]);
	} while (!ret && !fds[0].revents && now_ns() < due);
	return ret;
}
