/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line that a command of ovpp sunspec reads from. */
#ifndef OVPP_SUNSPEC_LINE_H
#define OVPP_SUNSPEC_LINE_H

#include "cli.h"

struct ovpp_modbus;

/**
 * struct sunspec_line - a line
 * @modbus: master of its own; NULL where the kernel is the master
 * @fd: the site's device
 * @bus: bus of that site
 */
struct sunspec_line {
	struct ovpp_modbus *modbus;
	int fd;
	uint32_t bus;
};

/* Opens what --tty, --tcp or --bus name; enum cli_status. */
int sunspec_line_open(struct cli *cli, struct sunspec_line *line);
void sunspec_line_close(struct sunspec_line *line);

/**
 * sunspec_line_read() - as ovpp_modbus_read()
 * @patient: the device is there, so it is given time, and asked again where that can
 *	help
 *
 * On a bus of a site the kernel knows best how long an answer may take. -EINTR when
 * sunspec_line_run() was interrupted.
 */
int sunspec_line_read(struct sunspec_line *line, uint8_t unit, unsigned int timeout_ms,
		      bool patient, uint16_t address, uint16_t n, uint16_t *reg);

/* As ovpp_modbus_write(), patiently; -EPERM or -EACCES where the site does not let us. */
int sunspec_line_write(struct sunspec_line *line, uint8_t unit, uint16_t address, uint16_t n,
		       const uint16_t *reg);

/*
 * Does work that SIGINT and SIGTERM end between two requests, so that the line is put
 * back and no file is half.
 */
int sunspec_line_run(int (*work)(void *ctx), void *ctx);
bool sunspec_line_stopped(void);

/* A whole number at @text, and what is behind it; -1 if there is none up to @max. */
long sunspec_number(const char *text, const char **end, long max);

#endif /* OVPP_SUNSPEC_LINE_H */
