/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial lines of buses (bus_tty.c). */
#ifndef OVPP_CLI_BUS_H
#define OVPP_CLI_BUS_H

#include "cli.h"
#include "serial.h"

/* The speed and format that the options ask for; enum cli_status. */
int bus_serial(struct cli *cli, struct ovpp_serial *serial);

/* Opens a tty and gives it the line discipline; enum cli_status. */
int bus_open_tty(struct cli *cli, const char *path, const struct ovpp_serial *serial, int *fd);

int bus_rebind(struct cli *cli);

#endif /* OVPP_CLI_BUS_H */
