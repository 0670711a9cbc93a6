/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keccak-256 as Ethereum has it: the padding of the submission to the SHA-3 contest
 * (0x01), not that of FIPS 202 (0x06).
 */
#ifndef OVPP_KECCAK_H
#define OVPP_KECCAK_H

#include "merkle.h"

/* @out may be part of @data. */
void ovpp_keccak256(const void *data, size_t size, ovpp_hash out);

#endif /* OVPP_KECCAK_H */
