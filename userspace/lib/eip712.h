/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed data that is signed for contracts (EIP-712). */
#ifndef OVPP_EIP712_H
#define OVPP_EIP712_H

#include <jansson.h>

#include "abi.h"

/* Members of a struct, at most. */
#define OVPP_EIP712_MEMBERS 16

/* The domain of a contract: EIP712Domain with name, version, chainId, verifyingContract. */
void ovpp_eip712_domain(const char *name, const char *version, uint64_t chain_id,
			const ovpp_address contract, ovpp_hash out);

/**
 * ovpp_eip712_struct() - hash of a struct
 * @type: as encodeType has it, "Batch(uint256 gateway,uint48 seq,bytes32 root)", with the
 *	types that it refers to behind it
 * @v: a value for each member; for one that is a struct its hash as a word
 * @n: how many
 * @out: set
 *
 * Return: 0; -EINVAL: a type that is not known (arrays are not), a value that does not
 * fit it, or too few or too many values.
 */
int ovpp_eip712_struct(const char *type, const struct ovpp_abi *v, size_t n, ovpp_hash out);

/**
 * ovpp_eip712_json() - the same for a wallet, as eth_signTypedData_v4 takes it
 * @name: of the domain
 * @version: of the domain
 * @chain_id: of the domain
 * @contract: of the domain
 * @type: as above, without members that are structs
 * @v: a value for each member
 * @n: how many
 *
 * Return: a new object; NULL: what ovpp_eip712_struct() refuses, or no memory.
 */
json_t *ovpp_eip712_json(const char *name, const char *version, uint64_t chain_id,
			 const ovpp_address contract, const char *type, const struct ovpp_abi *v,
			 size_t n);

/* What is signed. */
void ovpp_eip712_digest(const ovpp_hash domain, const ovpp_hash structure, ovpp_hash out);

#endif /* OVPP_EIP712_H */
