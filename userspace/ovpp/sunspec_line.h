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

/*
 * As ovpp_modbus_read(). On a bus of a site the kernel knows best how long an answer
 * may take.
 */
int sunspec_line_read(struct sunspec_line *line, uint8_t unit, unsigned int timeout_ms,
		      uint16_t address, uint16_t n, uint16_t *reg);

/* A whole number at @text, and what is behind it; -1 if there is none up to @max. */
long sunspec_number(const char *text, const char **end, long max);

#endif /* OVPP_SUNSPEC_LINE_H */
