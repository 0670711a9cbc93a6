/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of Modbus TCP: a header (MBAP) and a PDU.
 *
 * Source: Modbus Messaging on TCP/IP Implementation Guide 1.0b, 3.1.3.
 */
#ifndef OVPPD_MBAP_H
#define OVPPD_MBAP_H

#include <linux/openvpp.h>
#include <stddef.h>
#include <stdint.h>

/* Transaction, protocol, length and unit. */
#define MBAP_HEADER 7
#define MBAP_MAX (MBAP_HEADER + OVPP_MODBUS_PDU_MAX)

/**
 * struct mbap - a frame
 * @transaction: what an answer repeats of its request
 * @unit: unit
 * @len: length of the PDU, 1 to OVPP_MODBUS_PDU_MAX
 * @pdu: PDU; of a frame that was read it points to the caller's bytes
 */
struct mbap {
	uint16_t transaction;
	uint8_t unit;
	uint8_t len;
	const uint8_t *pdu;
};

/**
 * mbap_get() - the frame at the beginning of received bytes
 * @buf: bytes
 * @len: their number
 * @frame: result
 *
 * Return: length of the frame; -EAGAIN: it is not complete; -EPROTO: this is no
 * Modbus TCP, and where a next frame would begin cannot be known.
 */
int mbap_get(const uint8_t *buf, size_t len, struct mbap *frame);

/* Writes a frame to @buf, which has room for MBAP_MAX. Return: its length. */
size_t mbap_put(uint8_t *buf, const struct mbap *frame);

#endif /* OVPPD_MBAP_H */
