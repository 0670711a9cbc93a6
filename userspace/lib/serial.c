// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own struct termios2 takes any speed; <termios.h> knows a list of them
 * and cannot be included beside it.
 */
#include "serial.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <linux/tty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const uint32_t ovpp_serial_rs485 = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;

/* What a file says that cannot be had: the caller names it. */
static int refused(int error, char *err, size_t size)
{
	snprintf(err, size, "%s", strerror(error));
	return -error;
}

/* -errno of the call that has just failed, with a sentence. */
static int failed(const char *what, char *err, size_t size)
{
	int ret = -errno;

	snprintf(err, size, "%s: %s", what, strerror(-ret));
	return ret;
}

static uint32_t cflag_of(const struct ovpp_serial *serial)
{
	uint32_t cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT;

	if (serial->parity != OVPP_PARITY_NONE)
		cflag |= PARENB;
	if (serial->parity == OVPP_PARITY_ODD)
		cflag |= PARODD;
	if (serial->stop_bits == 2)
		cflag |= CSTOPB;
	return cflag;
}

/* Drivers take what they can: what they could not is seen afterwards. */
static int set_format(int fd, const struct ovpp_serial *serial, char *err, size_t size)
{
	struct termios2 t = {
		/* Characters with an error are marked, for the module to count. */
		.c_iflag = serial->parity == OVPP_PARITY_NONE ? 0 : INPCK,
		.c_cflag = cflag_of(serial),
		.c_ispeed = serial->baud,
		.c_ospeed = serial->baud,
	};
	const uint32_t format = CSIZE | PARENB | PARODD | CSTOPB;
	uint32_t wanted = t.c_cflag & format;

	t.c_cc[VMIN] = 1;
	if (ioctl(fd, TCSETS2, &t) || ioctl(fd, TCGETS2, &t))
		return failed("no serial port", err, size);
	if ((t.c_cflag & format) != wanted) {
		snprintf(err, size, "the port cannot have this parity or stop bits");
		return -EINVAL;
	}
	/* Dividers hit a speed within some percent, more and receivers lose step. */
	if (t.c_ospeed < serial->baud - serial->baud / 50 ||
	    t.c_ospeed > serial->baud + serial->baud / 50) {
		snprintf(err, size, "the port cannot do %u Bd; next is %u", serial->baud,
			 t.c_ospeed);
		return -EINVAL;
	}
	return 0;
}

static int set_rs485(int fd, const struct ovpp_serial *serial, char *err, size_t size)
{
	struct serial_rs485 rs485;

	if (!serial->set_rs485)
		return 0;
	/* Delays stay as the driver, or its device tree, has them. */
	if (ioctl(fd, TIOCGRS485, &rs485))
		return failed("the port's driver knows no RS-485", err, size);
	rs485.flags = serial->rs485;
	if (ioctl(fd, TIOCSRS485, &rs485))
		return failed("cannot set RS-485", err, size);
	return 0;
}

/* The superuser's open() of a port that somebody has for himself does not fail. */
static int check_free(int fd, char *err, size_t size)
{
	int exclusive;

	if (ioctl(fd, TIOCGEXCL, &exclusive))
		return failed("no serial port", err, size);
	return exclusive ? refused(EBUSY, err, size) : 0;
}

int ovpp_serial_open(const char *path, const struct ovpp_serial *serial, char *err, size_t size)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return refused(errno, err, size);
	ret = check_free(fd, err, size);
	if (!ret)
		ret = set_format(fd, serial, err, size);
	if (!ret)
		ret = set_rs485(fd, serial, err, size);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

int ovpp_serial_give(int fd, char *err, size_t size)
{
	int discipline = N_DEVELOPMENT;

	if (!ioctl(fd, TIOCSETD, &discipline))
		return 0;
	if (errno == EPERM) {
		snprintf(err, size, "giving a tty to the module needs CAP_NET_ADMIN");
		return -EPERM;
	}
	return failed("the module openvpp takes no tty", err, size);
}
