/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ed25519 public keys as decentralized identifiers of the method did:key. */
#ifndef OVPP_DID_H
#define OVPP_DID_H

#include "evidence.h"

/* Room for one, with its NUL. */
#define OVPP_DID_SIZE 64

/* "did:key:z6Mk..." */
void ovpp_did_key(const uint8_t key[OVPP_KEY_SIZE], char did[OVPP_DID_SIZE]);

#endif /* OVPP_DID_H */
