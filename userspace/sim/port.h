/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a line ends on this machine: a tty, or a pty that is made for it. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "line.h"

/**
 * struct port - an end of a line
 * @line: line
 * @fd: the tty, or the master's end of the pty; -1: not open
 * @far: the other end of the pty, kept open so that it outlives who uses it
 * @path: of the tty, or of the pty's other end
 * @link: symbolic link to @path that was made; empty: none
 */
struct port {
	struct line *line;
	int fd;
	int far;
	char path[64];
	char link[128];
};

/* Before port_open() and after port_close(): nothing is open. */
#define PORT_CLOSED                 \
	{                           \
		.fd = -1, .far = -1 \
	}

/**
 * port_open() - open a line's end
 * @port: filled
 * @line: line; it becomes a paced one on a pty
 * @where: path of a tty, or "pty:LINK"
 * @err: what is wrong
 *
 * Return: 0 or -errno, with a text in @err. To be closed in either case.
 */
int port_open(struct port *port, struct line *line, const char *where, struct sim_error *err);
void port_close(struct port *port);

/**
 * ports_serve() - let the slaves hear and answer
 * @port: ports
 * @n: their number
 * @stop: file descriptor that ends it when it can be read, -1: none
 * @due_ns: and this moment of CLOCK_MONOTONIC, INT64_MAX: never
 *
 * Return: 0 or -errno of a tty that failed.
 */
int ports_serve(struct port *port, size_t n, int stop, int64_t due_ns);

/* CLOCK_MONOTONIC. */
int64_t now_ns(void);

#endif /* SIM_PORT_H */
