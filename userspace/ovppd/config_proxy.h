/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPPD_CONFIG_PROXY_H
#define OVPPD_CONFIG_PROXY_H

#include "config_attr.h"

/*
 * Reads the proxies of a site into site["proxies"], and has its serial buses say
 * whether others may write to them.
 */
void config_proxies(struct config *c, const json_t *map, json_t *site);

#endif /* OVPPD_CONFIG_PROXY_H */
