/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modbus in words. */
#ifndef OVPP_CLI_MODBUS_TEXT_H
#define OVPP_CLI_MODBUS_TEXT_H

/* What an exception code says: "illegal address (2)". */
const char *modbus_refusal(unsigned int exception);

#endif /* OVPP_CLI_MODBUS_TEXT_H */
