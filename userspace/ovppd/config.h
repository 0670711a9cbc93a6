/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file and the desired state that it describes:
 *
 *   { "sites": [ {
 *       "site": { attributes of site-new },
 *       "buses": [ { attributes of bus-new } ],
 *       "ders": [ { "der": { attributes of der-new }, "policy": { of
 *                   policy-set }, "envelope": { of envelope-set } } ],
 *       "proxies": [ { "bus", "write", "units": [ ], "listen", "clients" or
 *                    "tty", "baud", "parity", "stop_bits", "rs485" } ],
 *       "policy": { }, "envelope": { }, "lock": bool,
 *       "target": { "p_mw", "ttl_ms" }, "schedule": [ { "at_s", "p_mw" } ] } ],
 *     "profiles": { name: { attributes of profile-new } },
 *     "ledger": { "path", "age_ms", "size" },
 *     "chain": { the section as it is, see lib/chain_config.h },
 *     "socket": path }
 *
 * It names everything that the kernel needs, profiles compiled, so that it can
 * be kept in the ledger and restored without any file. All but "chain" is: who may read
 * the ledger is not to learn the keys that URLs of nodes have in them.
 */
#ifndef OVPPD_CONFIG_H
#define OVPPD_CONFIG_H

#include <jansson.h>

#define CONFIG_PATH "/etc/openvpp/ovppd.yaml"
#define CONFIG_DATABASE "/var/lib/openvpp/ledger.db"
#define CONFIG_SOCKET "/run/openvpp/ovppd.sock"

/**
 * config_load() - read a configuration file
 * @path: file
 * @out: set to the desired state
 * @errors: array to which every error is added as a text "FILE: KEY: what"
 *
 * Return: 0; -EINVAL with errors; -ENOENT, -EACCES, ... when the file cannot be
 * read, with an error too.
 */
int config_load(const char *path, json_t **out, json_t *errors);

#endif /* OVPPD_CONFIG_H */
