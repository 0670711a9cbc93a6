/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accounts of an EVM chain: secret keys of secp256k1, in memory that is locked and
 * guarded, signatures from which the signer is recovered, and addresses.
 */
#ifndef OVPP_EVM_KEY_H
#define OVPP_EVM_KEY_H

#include <stdbool.h>

#include "abi.h"

#define OVPP_EVM_SECRET_SIZE 32
/* "0x", 40 digits and the end. */
#define OVPP_ADDRESS_TEXT 43

struct ovpp_evm_key;

/**
 * struct ovpp_evm_signature - over a hash
 * @r: as is
 * @s: the lower of the two that hold (EIP-2)
 * @odd: of the point R: what recovers the signer
 */
struct ovpp_evm_signature {
	uint8_t r[32];
	uint8_t s[32];
	bool odd;
};

/* 0; -EINVAL: it is no secret key; or another -errno. To be freed. */
int ovpp_evm_key_new(const uint8_t secret[OVPP_EVM_SECRET_SIZE], struct ovpp_evm_key **out);
void ovpp_evm_key_free(struct ovpp_evm_key *k);

const uint8_t *ovpp_evm_key_address(const struct ovpp_evm_key *k);
/* Deterministic (RFC 6979). 0 or -errno. */
int ovpp_evm_key_sign(const struct ovpp_evm_key *k, const ovpp_hash hash,
		      struct ovpp_evm_signature *sig);

/* Who signed. 0; -EBADMSG: nobody, or with the higher s. */
int ovpp_evm_recover(const ovpp_hash hash, const struct ovpp_evm_signature *sig,
		     ovpp_address address);

/* With the checksum of EIP-55. */
void ovpp_address_format(const ovpp_address address, char text[OVPP_ADDRESS_TEXT]);
/*
 * "0x" and 40 digits; a checksum must hold unless all letters are of one case. 0;
 * -EINVAL: it is no address; -EBADMSG: the checksum is wrong.
 */
int ovpp_address_parse(const char *text, ovpp_address address);

#endif /* OVPP_EVM_KEY_H */
