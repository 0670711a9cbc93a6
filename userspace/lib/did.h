/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ed25519 public keys as decentralized identifiers of the method did:key. */
#ifndef OVPP_DID_H
#define OVPP_DID_H

#include <jansson.h>

#include "evidence.h"

/* Room for one, with its NUL. */
#define OVPP_DID_SIZE 64

/* "did:key:z6Mk..." */
void ovpp_did_key(const uint8_t key[OVPP_KEY_SIZE], char did[OVPP_DID_SIZE]);

/*
 * The document that such an identifier resolves to (W3C DID Core), as a new object.
 * @known_as: an array of other identifiers of the same thing, may be NULL or empty.
 */
json_t *ovpp_did_document(const uint8_t key[OVPP_KEY_SIZE], json_t *known_as);

#endif /* OVPP_DID_H */
