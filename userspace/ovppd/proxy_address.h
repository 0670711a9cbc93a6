/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPPD_PROXY_ADDRESS_H
#define OVPPD_PROXY_ADDRESS_H

#include <sys/socket.h>

/**
 * proxy_address() - an address to listen on
 * @text: "192.0.2.1:1502", "[2001:db8::1]:1502", or "1502", which is on 127.0.0.1
 * @addr: result
 * @len: its length
 *
 * Numbers only: what a name stands for may change.
 *
 * Return: 0 or -EINVAL.
 */
int proxy_address(const char *text, struct sockaddr_storage *addr, socklen_t *len);

#endif /* OVPPD_PROXY_ADDRESS_H */
