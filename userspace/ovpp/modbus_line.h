/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests on the serial lines of a site, in the gaps that its own leave. */
#ifndef OVPP_CLI_MODBUS_LINE_H
#define OVPP_CLI_MODBUS_LINE_H

#include "cli.h"

/*
 * The bus that a word names, by id or name, and the site's device. Each prints what
 * went wrong and returns enum cli_status.
 */
int modbus_find_bus(struct cli *cli, const char *word, uint32_t *id);
int modbus_open_site(struct cli *cli, int *fd);

/* Length of the answer, which takes the place of the request, or -errno. */
int modbus_transact(int fd, uint32_t bus, uint8_t unit, uint8_t *pdu, int len);

#endif /* OVPP_CLI_MODBUS_LINE_H */
