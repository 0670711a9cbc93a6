/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions of type 2 (EIP-1559), with an empty access list. */
#ifndef OVPP_EVM_TX_H
#define OVPP_EVM_TX_H

#include "evm_key.h"

/**
 * struct ovpp_evm_tx - a call of a contract
 * @chain_id: chain
 * @nonce: of the sender
 * @tip: max_priority_fee_per_gas, wei
 * @fee: max_fee_per_gas, wei
 * @gas: limit
 * @to: who is called
 * @value: wei
 * @data: of the call; borrowed
 * @size: its size
 */
struct ovpp_evm_tx {
	uint64_t chain_id;
	uint64_t nonce;
	uint64_t tip;
	uint64_t fee;
	uint64_t gas;
	ovpp_address to;
	struct ovpp_u256 value;
	const uint8_t *data;
	size_t size;
};

/**
 * ovpp_evm_tx_sign() - a transaction as it is sent
 * @tx: transaction
 * @key: of the sender
 * @raw: the bytes are added
 * @hash: set: by which the chain knows it
 *
 * Return: 0 or -errno.
 */
int ovpp_evm_tx_sign(const struct ovpp_evm_tx *tx, const struct ovpp_evm_key *key,
		     struct ovpp_buffer *raw, ovpp_hash hash);

/**
 * ovpp_evm_tx_decode() - a signed transaction that ovpp_evm_tx_sign() could have made
 * @raw: bytes, which @tx->data points into
 * @size: their number
 * @tx: set
 * @from: set: who signed it
 *
 * Return: 0 or -EBADMSG.
 */
int ovpp_evm_tx_decode(const uint8_t *raw, size_t size, struct ovpp_evm_tx *tx, ovpp_address from);

#endif /* OVPP_EVM_TX_H */
