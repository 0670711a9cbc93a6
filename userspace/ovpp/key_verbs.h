/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of ovpp key, and what they share. */
#ifndef OVPP_KEY_VERBS_H
#define OVPP_KEY_VERBS_H

#include "cli.h"
#include "evidence.h"
#include <limits.h>

int key_show(struct cli *cli);
int key_rotate(struct cli *cli);
int key_revoke(struct cli *cli);
int key_passphrase(struct cli *cli);

/* The ledger that is meant. */
const char *key_ledger(const struct cli *cli);

/* The folder of its keys, in @buf of PATH_MAX bytes or as it was given. */
const char *key_folder(const struct cli *cli, char *buf);

/* Bytes in hexadecimal and a key's identifier, as new JSON texts. */
json_t *key_hex(const uint8_t key[OVPP_KEY_SIZE]);
json_t *key_did(const uint8_t key[OVPP_KEY_SIZE]);

/*
 * Prints DID documents of a gateway and its devices, which are as "ovpp key show --json" has
 * them: all, or the one of @id. enum cli_status.
 */
int key_documents(struct cli *cli, const json_t *gateway, const char *id);

/* A statement, as a new object. */
json_t *key_statement(const struct ovpp_key_statement *s);

#endif /* OVPP_KEY_VERBS_H */
