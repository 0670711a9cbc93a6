/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef OVPPD_CONFIG_CHAIN_H
#define OVPPD_CONFIG_CHAIN_H

#include "config_attr.h"
#include "outbox.h"

/* Checks the section "chain" of the file (lib/chain_config.h), and puts it into @out. */
void config_chain(struct config *c, const json_t *map, json_t *out);

/*
 * Where the desired state has batches anchored. 0; -ENOENT: nowhere; or another -errno:
 * the section is not right any more.
 */
int config_chain_target(const json_t *desired, struct ovpp_outbox_target *target);

#endif /* OVPPD_CONFIG_CHAIN_H */
